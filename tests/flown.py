"""Sensors for tests that saw a flight: a seeded model makes their reports from truth, in real formats."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec
import numpy as np
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
    LOCATION_DATUM_WGS84_G,
)
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import (
    RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
    RANGE_BEARING_DATUM_TRUE,
)
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from beffroi.kernels.geodesy import Plane
from beffroi.trial import truth
from beffroi.trial.truth import Target
from beffroi.wire.sapient.frames import frame
from beffroi.wire.sapient.message import envelope, to_json
from beffroi.wire.sapient.registration import registration
from sapient_made import RADAR, an_id, reporting
from shared import DATA

F = np.ndarray[tuple[int], np.dtype[np.float64]]


class Plot(NamedTuple):
    """One plot, in the plane of the first fix."""

    time_s: float
    x_m: float
    y_m: float
    z_m: float
    kind: str
    own: int
    """Number of the sensor's own track; each false plot has one of its own."""


def plane(target: Target) -> Plane:
    return Plane.at(float(target.lat_deg[0]), float(target.lon_deg[0]))


def truth_at(target: Target, at_s: F) -> tuple[F, F, F]:
    x, y = plane(target).forward(target.lat_deg, target.lon_deg)
    return tuple(np.interp(at_s, target.time_s, v) for v in (x, y, target.alt_msl_m))  # type: ignore[return-value]


def plots(
    target: Target,
    *,
    seed: int,
    sigma_m: float = 10.0,
    period_s: float = 1.0,
    detection_p: float = 0.9,
    false_per_look: float = 0.0,
    radius_m: float = 3000.0,
    blind_s: tuple[float, float] = (0.0, 0.0),
    right_p: float = 1.0,
) -> list[Plot]:
    """What a sensor with these properties reports of a flight. `blind_s` counts from the first fix."""
    rng = np.random.default_rng(seed)
    at_s = np.arange(target.time_s[0], target.time_s[-1], period_s)
    made, false = [], 0
    for time_s, x, y, z in zip(at_s, *truth_at(target, at_s), strict=True):
        seen = rng.random() < detection_p
        noise, kind = rng.normal(0, sigma_m, 3), "drone" if rng.random() < right_p else "bird"
        if seen and not blind_s[0] <= time_s - target.time_s[0] < blind_s[1]:
            px, py, pz = (float(v) for v in (x + noise[0], y + noise[1], z + noise[2]))
            made.append(Plot(float(time_s), px, py, pz, kind, 1))
        for _ in range(rng.poisson(false_per_look)):
            false += 1
            dx, dy = rng.uniform(-radius_m, radius_m, 2)
            made.append(Plot(float(time_s), float(dx), float(dy), float(z), "bird", 1000 + false))
    return made


def write_csv(
    path: Path, target: Target, made: Sequence[Plot], *, delay_s: float = 0.0, **columns: str
) -> Path:
    """A table of plots; `columns` are the same in every row."""
    on = plane(target)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time_s", "lat_deg", "lon_deg", "alt_m", "class", "received_at_s", *columns])
        for p in made:
            lat, lon = (float(v) for v in on.inverse(p.x_m, p.y_m))
            out.writerow([p.time_s, lat, lon, p.z_m, p.kind, p.time_s + delay_s, *columns.values()])
    return path


CLASSES = {"drone": "UAV Rotary Wing", "bird": "Bird"}


def messages(target: Target, made: Sequence[Plot], node_id: str = RADAR) -> Iterator[SapientMessage]:
    """The messages of a SAPIENT radar that tracks: registration, status, detections."""
    on, begin_s = plane(target), float(target.time_s[0]) - 1.0
    hello = envelope(node_id, begin_s)
    hello.registration.CopyFrom(registration(Registration.NODE_TYPE_RADAR, "radar"))
    yield hello
    yield _status(node_id, begin_s, *on.inverse(0.0, 0.0))
    for number, p in enumerate(made):
        message = envelope(node_id, p.time_s)
        report = message.detection_report
        report.report_id, report.object_id = an_id(number + 1), an_id(900_000 + p.own)
        lat, lon = on.inverse(p.x_m, p.y_m)
        report.location.x, report.location.y, report.location.z = float(lon), float(lat), p.z_m
        report.location.coordinate_system = LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
        report.location.datum = LOCATION_DATUM_WGS84_G
        report.classification.add(type=CLASSES[p.kind], confidence=0.8)
        yield message


def bearings(
    target: Target, node_id: str, *, seed: int, sigma_deg: float, place_m: tuple[float, float]
) -> Iterator[SapientMessage]:
    """The messages of a SAPIENT direction finder at a place of the plane, a bearing a second."""
    rng, on = np.random.default_rng(seed), plane(target)
    begin_s = float(target.time_s[0]) - 1.0
    hello = envelope(node_id, begin_s)
    hello.registration.CopyFrom(registration(Registration.NODE_TYPE_PASSIVE_RF, "finder", polar=True))
    yield hello
    lat, lon = on.inverse(*place_m)
    yield _status(node_id, begin_s, lat, lon)
    turn_deg = float(on.convergence_deg(lat, lon))
    at_s = np.arange(target.time_s[0], target.time_s[-1], 1.0)
    x, y, _ = truth_at(target, at_s)
    for number, (time_s, dx, dy) in enumerate(zip(at_s, x - place_m[0], y - place_m[1], strict=True)):
        message = envelope(node_id, float(time_s))
        report = message.detection_report
        report.report_id, report.object_id = an_id(500_000 + number), an_id(800_001)
        towards = np.degrees(np.arctan2(dx, dy)) - turn_deg + rng.normal(0, sigma_deg)
        report.range_bearing.azimuth, report.range_bearing.azimuth_error = float(towards % 360), sigma_deg
        report.range_bearing.coordinate_system = RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
        report.range_bearing.datum = RANGE_BEARING_DATUM_TRUE
        report.classification.add(type="UAV", confidence=0.7)
        yield message


def _status(node_id: str, time_s: float, lat: object, lon: object) -> SapientMessage:
    message = reporting(node_id, time_s)
    place = message.status_report.node_location
    place.x, place.y, place.z = float(lon), float(lat), 0.0  # type: ignore[arg-type]
    place.datum = LOCATION_DATUM_WGS84_G
    return message


def write_capture(path: Path, made: Sequence[SapientMessage], *, json: bool = False) -> Path:
    """Messages in order of time, framed as on the wire or as JSON lines."""
    ordered = sorted(made, key=lambda m: (m.timestamp.seconds, m.timestamp.nanos))
    if json:
        path.write_text("\n".join(to_json(m) for m in ordered))
    else:
        path.write_bytes(b"".join(frame(m.SerializeToString()) for m in ordered))
    return path


def gpx(targets: Sequence[Target]) -> str:
    """Truth as GPX 1.1."""
    tracks = []
    for t in targets:
        points = "".join(
            f'<trkpt lat="{lat!r}" lon="{lon!r}"><ele>{alt!r}</ele>'
            f"<time>{np.datetime_as_string(np.datetime64(round(at * 1000), 'ms'))}Z</time></trkpt>"
            for at, lat, lon, alt in zip(
                t.time_s.tolist(), t.lat_deg.tolist(), t.lon_deg.tolist(), t.alt_msl_m.tolist(), strict=True
            )
        )
        tracks.append(f"<trk><name>{escape(t.name)}</name><trkseg>{points}</trkseg></trk>")
    head = '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{"".join(tracks)}</gpx>'


FLIGHT = DATA / "uav-gps-flight" / "UAV_Rot.csv"


def flight(seconds: int = 240, name: str = "quad") -> Target:
    """The beginning of the real flight."""
    whole = truth.read([FLIGHT])[0]
    columns = ("time_s", "lat_deg", "lon_deg", "alt_msl_m", "alt_wgs84_m")
    return msgspec.structs.replace(whole, name=name, **{c: getattr(whole, c)[:seconds] for c in columns})


def saved(path: Path, *targets: Target) -> Path:
    path.write_text(gpx(targets))
    return path


def text_file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


PLANE = Plane.at(48.7, 2.3)
BEGIN_S = 1_772_366_400.0


def made_target(
    name: str = "t", x0: float = 0.0, y0: float = 0.0, seconds: int = 60, vx: float = 10.0
) -> Target:
    at = np.arange(seconds + 1.0)
    lat, lon = PLANE.inverse(x0 + vx * at, np.full(len(at), y0))
    nothing = np.full(len(at), np.nan)
    return Target(
        name=name, time_s=BEGIN_S + at, lat_deg=lat, lon_deg=lon, alt_msl_m=np.full(len(at), 100.0),
        alt_wgs84_m=nothing,
    )  # fmt: skip
