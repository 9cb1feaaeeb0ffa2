"""Frame: a picture as columns that a browser lays over typed arrays (web/src/frame.ts).

Little-endian, one element a track; 29 bytes a track and its name. Only confirmed tracks are in it. Where an
operator stands is never in it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beffroi.console import message
from beffroi.flight import Flight
from beffroi.intake import Intake
from beffroi.kernels.geodesy import Plane
from beffroi.life import DeskSign
from beffroi.picture import Bearing, Picture, SourceState
from beffroi.sentence import plain
from beffroi.site import Site
from beffroi.track import CLASSES, B, F, I
from beffroi.window import Window

KINDS = ("unknown", *CLASSES)
"""What a number of the column `kind` stands for."""
MEASURED, COASTING, ON_GROUND, PROTECTED, SIMULATED, LATE, EXERCISE = 1, 2, 4, 8, 16, 32, 64
ABSENT_I2, ABSENT_U2 = -32768, 65535
STILL_MPS = 1.5
"""Slower than this it has no direction."""
LATE_PERIODS = 2.0
BEARINGS_S = 5.0
"""A bearing is drawn for so long."""


def frame(
    picture: Picture,
    site: Site,
    alarms: message.Alarms,
    concerned: Collection[str] = (),
    intakes: Mapping[str, Intake] = MappingProxyType({}),
    exercise: tuple[Picture, Window, Site] | None = None,
) -> message.Frame:
    """The frame of a picture, with the paths of the flights whose subjects are `concerned` by signs, and with
    what the `intakes` refused, as far as there are any: not in a replay. What there is of an `exercise` is
    added, and marked."""
    real, lines = columns(picture, site), list(bearings(picture, site))
    if exercise is not None:
        apart, _, there = exercise
        real = _together(real, columns(apart, there))
        lines += bearings(apart, there)
    return message.Frame(
        now_s=picture.now_s,
        n=len(real["id"]) // 4,
        tracks=real,
        bearings=lines,
        flights=[flight_path(f, picture.plane) for f in picture.flights if f.subject in concerned],
        sources=[source_state(key, state, intakes.get(key)) for key, state in picture.sources.items()],
        qnh_hpa=picture.qnh_hpa,
        alarms=alarms,
    )


def packed(
    site: Site,
    alarms: message.Alarms,
    picture: Picture,
    signs: Sequence[DeskSign],
    intakes: Mapping[str, Intake] = MappingProxyType({}),
    exercise: tuple[Picture, Window, Site] | None = None,
) -> bytes:
    """The frame of a picture as it goes over a socket, with the paths of the flights that signs concern."""
    concerned = {flight.subject for s in signs for flight in s.sign.flights}
    return message.packed(frame(picture, site, alarms, concerned, intakes, exercise))


def columns(picture: Picture, site: Site) -> dict[str, bytes | str]:
    """The confirmed tracks; see `TrackBytes` in web/src/wire.ts."""
    t, at = picture.tracks, np.flatnonzero(picture.tracks.confirmed)
    lat, lon = picture.plane.inverse(t.x_m[at], t.y_m[at])
    speed = t.speed_mps[at]
    turn_deg = picture.plane.convergence_deg(lat, lon)
    course_cdeg = np.rint((t.track_deg[at] - turn_deg) * 100) % 36_000
    major, minor, turned_deg = _ellipse(t.var_x_m2[at], t.cov_xy_m2[at], t.var_y_m2[at])
    names, simulated, late = _words(picture, site, t.id[at].tolist())
    sure = t.class_p[at].max(1, initial=0.0) >= 0.5
    flags = (
        MEASURED * np.isfinite(t.measured_s[at]) + COASTING * t.coasting[at] + ON_GROUND * t.on_ground[at]
        + PROTECTED * _protected(picture, site)[at] + SIMULATED * simulated + LATE * late
    )  # fmt: skip
    seen_s = np.fmax(t.measured_s[at], t.claimed_s[at])
    return {
        "id": _whole(t.id[at], "<i4"),
        "lat": _whole(lat * 1e7, "<i4"),
        "lon": _whole(lon * 1e7, "<i4"),
        "alt": _whole(t.alt_m[at], "<i2", ABSENT_I2),
        "climb": _whole(t.climb_mps[at] * 10, "<i2", ABSENT_I2),
        "speed": _whole(speed * 10, "<u2"),
        "course": _whole(np.where(speed < STILL_MPS, np.nan, course_cdeg), "<u2", ABSENT_U2),
        "major": _whole(major, "<u2"),
        "minor": _whole(minor, "<u2"),
        "turned": _whole(np.round(((turned_deg - turn_deg) % 180) * 256 / 180) % 256, "u1"),
        "kind": _whole(np.where(sure, _likeliest(t.class_p[at]) + 1, 0), "u1"),
        "flags": _whole(flags, "u1"),
        "age": _whole((picture.now_s - seen_s) * 10, "<u2", ABSENT_U2),
        "names": "\n".join(names),
    }


def _together(real: Mapping[str, Any], apart: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the real tracks and, marked, of those of an exercise."""
    if not apart["id"]:
        return dict(real)
    joined = {name: real[name] + apart[name] for name in real if name not in ("flags", "names")}
    joined["flags"] = real["flags"] + bytes(flags | EXERCISE for flags in apart["flags"])
    joined["names"] = real["names"] + "\n" * bool(real["id"]) + apart["names"]
    return joined


def _whole(values: ArrayLike, dtype: str, absent: int = 0) -> bytes:
    """Values as whole numbers of a type, cut to what it holds; not finite = `absent`."""
    limits, number = np.iinfo(dtype), np.asarray(values, dtype=np.float64)
    low = limits.min + (absent == ABSENT_I2)
    high = limits.max
    cut = np.clip(np.round(number), low, high)
    return np.where(np.isfinite(number), cut, absent).astype(dtype).tobytes()


def _likeliest(class_p: F) -> I:
    return np.asarray(class_p.argmax(1) if len(class_p) else np.zeros(0, np.int64))


def _ellipse(var_x: F, cov: F, var_y: F) -> tuple[F, F, F]:
    """Half axes of the one-sigma ellipse, and how far the long one is turned from grid north, degrees."""
    middle, apart = (var_x + var_y) / 2, np.hypot((var_x - var_y) / 2, cov)
    turned = np.degrees(0.5 * np.arctan2(2 * cov, var_y - var_x))
    return np.sqrt(middle + apart), np.sqrt(np.maximum(middle - apart, 0.0)), turned


def _protected(picture: Picture, site: Site) -> B:
    """Which tracks say that they are an aircraft that the site protects."""
    keys = [i for i, name in enumerate(picture.identities) if name in site.protected]
    return (
        np.isin(picture.tracks.identity, keys) if site.protected else np.zeros(len(picture.tracks), np.bool_)
    )


def _words(picture: Picture, site: Site, ids: list[int]) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """Names of tracks; whether only simulated sources speak of each; whether none has for two periods."""
    invented = {s.id for s in site.source if s.simulated}
    due_s = _due(picture, site)
    names, simulated, late = [], [], []
    for number in ids:
        heard = picture.heard.get(number, {})
        names.append(_name(picture.callsigns.get(number, "")))
        simulated.append(bool(heard) and invented.issuperset(heard))
        late.append(all(last_s < due_s.get(source, -np.inf) for source, last_s in heard.items()))
    return names, np.array(simulated, np.bool_), np.array(late, np.bool_)


def _name(said: str) -> str:
    return said if len(said) <= 24 and said.isprintable() else plain(said)


def _due(picture: Picture, site: Site) -> dict[str, float]:
    """Of each source the time since which an object should have been seen again."""
    delay_s = {s.id: s.delay_s for s in site.source}
    due: dict[str, float] = {}
    for state in picture.sources.values():
        wait_s = LATE_PERIODS * state.period_s + delay_s.get(state.id, 0.0)
        if np.isfinite(wait_s):
            due[state.id] = min(picture.now_s - wait_s, due.get(state.id, np.inf))
    return due


def bearings(picture: Picture, site: Site) -> Iterator[message.BearingLine]:
    """The latest bearing of each sensor to each thing."""
    ranges = {s.id: s.range_m for s in site.source}
    latest: dict[tuple[Any, ...], Bearing] = {}
    for b in picture.bearings:
        if picture.now_s - b.time_s <= BEARINGS_S:
            latest[b.source, b.track, b.subject, b.x_m, b.y_m] = b
    for b in latest.values():
        lat, lon = (float(v) for v in picture.plane.inverse(b.x_m, b.y_m))
        yield message.BearingLine(
            source=b.source, time_s=b.time_s, lat_deg=lat, lon_deg=lon,
            azimuth_deg=float(b.azimuth_deg - picture.plane.convergence_deg(lat, lon)) % 360.0,
            sigma_deg=b.sigma_deg, track=b.track if b.track >= 0 else None, range_m=ranges.get(b.source),
        )  # fmt: skip


def flight_path(flight: Flight, plane: Plane) -> message.FlightPath:
    """Where a flight will be, in degrees."""
    lat, lon = plane.inverse([p.x_m for p in flight.path], [p.y_m for p in flight.path])
    points = zip(flight.path, lat.tolist(), lon.tolist(), strict=True)
    return message.FlightPath(
        track=flight.track, callsign=flight.callsign, phase=flight.phase, runway=flight.runway,
        path=[(p.time_s, la, lo, p.alt_m, p.sigma_m) for p, la, lo in points],
    )  # fmt: skip


def source_state(key: str, state: SourceState, intake: Intake | None = None) -> message.SourceState:
    """A source, or a sensor behind one, which has no intake; a bias that nobody knows is absent."""
    return message.SourceState(
        id=key, state=state.state, last_s=known(state.last_s), period_s=known(state.period_s),
        observations=state.observations, late=state.late, unplaced=state.refused,
        refused=intake.refused if intake else None, dropped=intake.link.inbox.dropped if intake else None,
        range_bias_m=_learnt(state.range_bias_m, state.range_bias_sigma_m),
        azimuth_bias_deg=_learnt(state.azimuth_bias_deg, state.azimuth_bias_sigma_deg),
        time_bias_s=_learnt(state.time_bias_s, state.time_bias_sigma_s),
    )  # fmt: skip


def known(value: float) -> float | None:
    """The value, or None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def _learnt(bias: float, sigma: float) -> float | None:
    return known(bias) if np.isfinite(sigma) else None
