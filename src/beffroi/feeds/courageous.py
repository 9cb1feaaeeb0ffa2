"""COURAGEOUS: what a counter-drone system detected and tracked in a test, one JSON document a trial.

Layout: COURAGEOUS-isf/format, schema 0.4.1 (the log format of the project behind CEN CWA 18150): detection
sets and tracks, each a list of records. What is read, and how:
- a record of a track, or of a detection set with `uas_id`, is a plot of the system's own track of that
  number;
- an arc or a quadrant is a bearing through its middle, its accuracy that of an even spread over its width;
- `height_amsl` is above EGM96, taken as mean sea level;
- the class Other is neither a UAV nor its control station, nor named: it stays `unknown`;
- the place of a ground control station is the operator's, not that of a flying thing;
- the system's own place comes as its health, at the first record and wherever it changes; its height is
  above the sea, which a health report does not carry: the site states it (`alt_msl_m`).
"""

from collections.abc import Iterator
from math import atan2, degrees, hypot, sqrt
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from beffroi.errors import FeedError
from beffroi.observation import Class, Health, Observation, Operator, digest
from beffroi.subject import subject

SOURCE = "COURAGEOUS-isf/format, JSON schema 0.4.1 (log format of CEN CWA 18150 trials)"
FRAMING = "whole"
PERSONAL = True
"""A ground control station stands where its operator stands."""
SAMPLE = (
    b'{"version":"0.4.1","vendor_name":"Maker","system_name":"System",'
    b'"static_cuas_location":{"lat":48.72,"lon":2.36,"height_amsl":90},"detection":[{"records":['
    b'{"record_number":1,"time":1696255068480,"classification":"Unknown",'
    b'"location":{"$type":"BearingElevation","bearing":43.5,"elevation":2.25}}]}],"tracks":[{"uas_id":7,'
    b'"name":"Object 7","records":[{"record_number":2,"time":1696255069480,"classification":"UAV",'
    b'"identification":"quadcopter","alarm":{"active":true,"certainty":0.7},'
    b'"velocity":{"east":-3.0,"north":4.0,"up":0.5},'
    b'"location":{"$type":"Position3d","lat":48.73,"lon":2.37,"height_amsl":150.5}}]}]}'
)

QUADRANT_DEG = {"North": 0.0, "East": 90.0, "South": 180.0, "West": 270.0}
CLASSES: dict[str, dict[Class, float]] = {"UAV": {"drone": 1.0}, "Other": {"unknown": 1.0}}
SPEED_MPS = 3_000.0

_Lat = Annotated[float, Meta(ge=-90, le=90)]
_Lon = Annotated[float, Meta(ge=-180, le=180)]
_Height = Annotated[float, Meta(ge=-1e3, le=1e5)]
_Bearing = Annotated[float, Meta(ge=-360, le=360)]
_Elevation = Annotated[float, Meta(ge=-90, le=90)]
_Speed = Annotated[float, Meta(ge=-SPEED_MPS, le=SPEED_MPS)]


class Place(msgspec.Struct, frozen=True):
    """A place of the system itself."""

    lat: _Lat
    lon: _Lon
    height_amsl: _Height


class Velocity(msgspec.Struct):
    """East, north, up, metres a second."""

    east: _Speed
    north: _Speed
    up: _Speed


class _Location(msgspec.Struct, tag_field="$type"):
    """Where it is: one of the forms below."""


class Arc(_Location, tag="Arc"):
    """Between two bearings, clockwise."""

    start: _Bearing = msgspec.field(name="from")
    end: _Bearing = msgspec.field(name="to")


class Quad(_Location, tag="Quad"):
    """In a quadrant."""

    quad: Literal["North", "East", "South", "West"]


class Bearing(_Location, tag="Bearing"):
    """In a direction."""

    bearing: _Bearing


class BearingElevation(_Location, tag="BearingElevation"):
    """In a direction and at an angle above the horizon."""

    bearing: _Bearing
    elevation: _Elevation


class BearingElevationDistance(_Location, tag="BearingElevationDistance"):
    """As above, and so far away."""

    bearing: _Bearing
    elevation: _Elevation
    distance: Annotated[float, Meta(ge=0, le=1e7)]


class Position2d(_Location, tag="Position2d"):
    """At a place."""

    lat: _Lat
    lon: _Lon


class Position3d(_Location, tag="Position3d"):
    """At a place and height."""

    lat: _Lat
    lon: _Lon
    height_amsl: _Height


Location = Arc | Quad | Bearing | BearingElevation | BearingElevationDistance | Position2d | Position3d


class Record(msgspec.Struct):
    """One detection, or one point of a track."""

    time: Annotated[int, Meta(ge=0, le=10**14)]
    classification: Literal["Unknown", "UAV", "GCS", "Other"]
    location: Location | None = None
    velocity: Velocity | None = None
    identification: Annotated[str, Meta(max_length=2_000)] | None = None
    cuas_location: Place | None = None


class Set(msgspec.Struct):
    """A detection set or a track."""

    records: list[msgspec.Raw]
    uas_id: Annotated[int, Meta(ge=0)] | None = None


class Document(msgspec.Struct):
    """The whole log."""

    version: str
    system_name: str
    static_cuas_location: Place
    detection: list[Set]
    tracks: list[Set]


BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_DOCUMENT = msgspec.json.Decoder(Document)
_RECORD = msgspec.json.Decoder(Record)


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """One document → its records by time, and an error for each that cannot be read."""
    try:
        document = _DOCUMENT.decode(frame)
    except BAD as bad:
        raise FeedError("document", str(bad)) from bad
    if not document.version.startswith("0.4."):
        raise FeedError("version", f"{document.version[:20]!r} is not 0.4.x")
    records: list[tuple[Record, int | None]] = []
    for name, sets in (("detection", document.detection), ("tracks", document.tracks)):
        for number, one in enumerate(sets):
            for at, raw in enumerate(one.records):
                try:
                    records.append((_RECORD.decode(raw), one.uas_id))
                except BAD as bad:
                    yield FeedError(f"{name}[{number}].records[{at}]", str(bad))
    said = {
        "source": source,
        "received_at_s": received_at_s,
        "frame": digest(frame),
        "sensor": document.system_name or None,
    }
    yield from _observations(document, sorted(records, key=lambda r: r[0].time), said)


def _observations(
    document: Document, records: list[tuple[Record, int | None]], said: dict[str, Any]
) -> Iterator[Observation]:
    here: Place | None = None
    for record, number in records:
        time_s = record.time / 1000
        place = record.cuas_location or document.static_cuas_location
        if place != here:
            here = place
            health = Health(lat_deg=place.lat, lon_deg=place.lon)
            yield Observation(kind="health", time_s=time_s, health=health, **said)
        yield Observation(
            kind="plot", time_s=time_s, **said, **_plot(record, number, document.system_name or "system")
        )


def _plot(record: Record, number: int | None, system: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": record.identification or None}
    if number is not None:
        fields |= {"subject": subject("sensor", f"{system}/{number}"), "sensor_track": str(number)}
    where = _where(record.location)
    if record.classification == "GCS":
        stands = {name: where[name] for name in ("lat_deg", "lon_deg") if name in where}
        return fields | {"operator": Operator(**stands)}
    if record.velocity is not None:
        fields |= _motion(record.velocity)
    return fields | where | {"classes": CLASSES.get(record.classification)}


def _motion(v: Velocity) -> dict[str, Any]:
    speed = hypot(v.east, v.north)
    heading = {"track_deg": degrees(atan2(v.east, v.north)) % 360 % 360} if speed > 0 else {}
    return {"ground_speed_mps": speed, "vertical_speed_mps": v.up, **heading}


def _where(location: Location | None) -> dict[str, Any]:
    match location:
        case Position2d(lat, lon):
            return {"lat_deg": lat, "lon_deg": lon}
        case Position3d(lat, lon, height):
            return {"lat_deg": lat, "lon_deg": lon, "alt_msl_m": height}
        case BearingElevationDistance(bearing, elevation, distance):
            return {"azimuth_deg": bearing % 360, "elevation_deg": elevation, "range_m": distance}
        case BearingElevation(bearing, elevation):
            return {"azimuth_deg": bearing % 360, "elevation_deg": elevation}
        case Bearing(bearing):
            return {"azimuth_deg": bearing % 360}
        case Quad(quad):
            return _sector(QUADRANT_DEG[quad] - 45.0, 90.0)
        case Arc(start, end):
            return _sector(start, (end - start) % 360)
    return {}


def _sector(start_deg: float, width_deg: float) -> dict[str, Any]:
    sigma = width_deg / sqrt(12)
    middle = (start_deg + width_deg / 2) % 360 % 360
    return {"azimuth_deg": middle, **({"azimuth_sigma_deg": sigma} if sigma > 0 else {})}
