"""Sightings: what a pilot, the tower, a patrol, staff or the public reports, one JSON document each.

Layout: `Form` below, our own; its words follow ICAO Doc 4444 App. 1 (air report: where, when, what) and the
grade is the Admiralty code (NATO STANAG 2511): source A to F, information 1 to 6. A key that is not in the
form is refused. A sighting is evidence with its grade: it never moves a track.

The place is `lat_deg`, `lon_deg`, or a bearing and distance from a point whose place is given (`from`).
The form has no field for the reporter's name, and needs none.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from beffroi.errors import FeedError
from beffroi.kernels.geodesy import destination
from beffroi.observation import Class, Observation, Report, digest

SOURCE = "Beffroi sighting form; ICAO Doc 4444 App. 1; grades of STANAG 2511"
FRAMING = "json"
PERSONAL = True
SAMPLE = (
    b'{"time":"2021-10-07T13:40:00Z","reporter":"pilot","grade":"B2","what":"drone","count":2,'
    b'"from":{"name":"ORY 06 threshold","lat_deg":48.7197,"lon_deg":2.3206},"bearing_deg":240,'
    b'"distance_m":1850,"sigma_m":400,"height_agl_m":120,"text":"two quadcopters, left of final"}'
)

_Lat = Annotated[float, Meta(ge=-90, le=90)]
_Lon = Annotated[float, Meta(ge=-180, le=180)]


class Point(msgspec.Struct, forbid_unknown_fields=True):
    """A named point."""

    lat_deg: _Lat
    lon_deg: _Lon
    name: Annotated[str, Meta(max_length=100)] = ""


class Form(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is reported."""

    time: Annotated[datetime, Meta(tz=True)] | None = None
    """When it was seen, ISO 8601 with zone. Absent: when the report came."""
    reporter: Literal["pilot", "tower", "patrol", "public", "staff"]
    grade: Annotated[str, Meta(pattern="^[A-F][1-6]$")] | None = None
    what: Class = "unknown"
    count: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    text: Annotated[str, Meta(max_length=2_000)] = ""
    lat_deg: _Lat | None = None
    lon_deg: _Lon | None = None
    sigma_m: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    """How sure the place is, one sigma."""
    seen_from: Point | None = msgspec.field(default=None, name="from")
    bearing_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    """From the point, true."""
    distance_m: Annotated[float, Meta(ge=0, le=1e5)] | None = None
    height_agl_m: Annotated[float, Meta(ge=-500, le=30_000)] | None = None
    alt_msl_m: Annotated[float, Meta(ge=-500, le=30_000)] | None = None
    track_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    """Where it was heading."""


_form = msgspec.json.Decoder(Form).decode


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """One report → one observation. Raises FeedError."""
    try:
        form = _form(frame)
    except msgspec.ValidationError as bad:
        reason, _, path = str(bad).partition(" - at ")
        raise FeedError(path.strip("`") or "$", reason) from bad
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise FeedError("JSON", str(bad)) from bad
    lat_deg, lon_deg = _place(form)
    name = digest(frame)
    yield Observation(
        source=source,
        kind="sighting",
        time_s=received_at_s if form.time is None else form.time.timestamp(),
        received_at_s=received_at_s,
        frame=name,
        subject=f"sighting:{name.hex()[:12]}",
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        horizontal_sigma_m=form.sigma_m,
        height_agl_m=form.height_agl_m,
        alt_msl_m=form.alt_msl_m,
        track_deg=None if form.track_deg is None else form.track_deg % 360.0,
        classes=None if form.what == "unknown" else {form.what: 1.0},
        report=Report(text=form.text, reporter=form.reporter, grade=form.grade, count=form.count),
    )


def _place(form: Form) -> tuple[float, float]:
    """Where it was seen. Raises FeedError unless the place is given in one way, and whole."""
    here, there = (form.lat_deg, form.lon_deg), (form.seen_from, form.bearing_deg, form.distance_m)
    given = [way for way in (here, there) if any(value is not None for value in way)]
    if len(given) != 1:
        raise FeedError("$", "a place is needed: lat_deg and lon_deg, or from, bearing_deg and distance_m")
    if form.lat_deg is not None and form.lon_deg is not None:
        return form.lat_deg, form.lon_deg
    if form.seen_from is None or form.bearing_deg is None or form.distance_m is None:
        raise FeedError("$", "half a place: lat_deg and lon_deg, or from, bearing_deg and distance_m")
    point = form.seen_from
    lat, lon = destination(point.lat_deg, point.lon_deg, form.bearing_deg, form.distance_m)
    return float(lat), float(lon)
