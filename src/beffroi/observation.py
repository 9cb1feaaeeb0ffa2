"""Observation: one thing that arrived, decoded and nothing more.

Records at the edge: what a feed makes of bytes, what the log keeps, what `decode` prints. A field that the
source did not give is None; no value is ever guessed here.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Literal

import msgspec

Kind = Literal["plot", "claim", "sighting", "weather", "health", "alert"]
"""plot = measured by a sensor that stands apart from the object; claim = what the object says of itself;
sighting = what a person saw; weather; health = a sensor's own state; alert = a sensor's own alarm."""

Class = Literal["aircraft", "light", "glider", "helicopter", "ultralight", "paraglider", "parachute",
                "drone", "balloon", "bird", "vehicle", "person", "clutter", "unknown"]  # fmt: skip
"""What a thing is. `aircraft` is a crewed aeroplane of any size that is not known better."""

CREWED = ("aircraft", "light", "glider", "helicopter", "ultralight", "paraglider", "parachute")
"""Classes with a person aboard."""


class Operator(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where and who the operator of an unmanned aircraft is, as declared. Personal data."""

    operator_id: str | None = None
    """Registration of the operator (EN 4709-002), as declared."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_wgs84_m: float | None = None
    at_takeoff: bool | None = None
    """True if the place is the take-off point and not the operator's own."""


class Weather(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Weather at a station (WMO 306 FM 15 METAR)."""

    qnh_hpa: float | None = None
    wind_from_deg: float | None = None
    """Where the wind comes from, true. None when variable or calm."""
    wind_mps: float | None = None
    gust_mps: float | None = None
    visibility_m: float | None = None
    ceiling_m: float | None = None
    """Height above the aerodrome of the lowest broken or overcast layer."""
    temperature_c: float | None = None
    dewpoint_c: float | None = None
    text: str = ""


class Health(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a sensor says of itself."""

    state: Literal["ok", "degraded", "fault", "off"] | None = None
    mode: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_wgs84_m: float | None = None
    alt_msl_m: float | None = None
    range_m: float | None = None
    """How far it sees."""
    azimuth_from_deg: float | None = None
    azimuth_to_deg: float | None = None
    rotation_period_s: float | None = None
    text: str | None = None


class Report(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a person reported. Evidence with a grade; it never moves a track."""

    text: str = ""
    reporter: Literal["pilot", "tower", "patrol", "public", "staff"] = "public"
    grade: str | None = None
    """Admiralty grade of source and information, A1 to F6."""
    count: int | None = None
    """How many objects were seen."""


class Observation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """One thing that arrived from one source.

    It holds nothing that could hold it, so the collector of cycles need not look at the thousands of a tick.
    """

    source: str = ""
    """Id of the source in the site configuration."""
    kind: Kind
    time_s: float
    """When it was true, Unix seconds UTC."""
    received_at_s: float
    """When it came, by the one clock."""
    stated_time_s: float | None = None
    """When the object itself says it was, where that cannot be believed as it stands (Remote ID)."""
    frame: bytes = b""
    """BLAKE2b-128 digest of the raw frame (see `digest`). In JSON hexadecimal, as evidence cites it."""

    subject: str | None = None
    """Key of what it is about (see `subject`). A bare radar plot has none."""
    aliases: tuple[str, ...] = ()
    """Other keys under which the same message names the object."""
    sensor: str | None = None
    """The sensor behind the source, as the frame names it: SAC/SIC, a SAPIENT node, a receiver."""
    sensor_track: str | None = None
    """The object's number with that sensor."""
    transmitter: str | None = None
    """What sent a claim: `mac:…`. Several subjects from one transmitter are suspicious."""

    lat_deg: float | None = None
    lon_deg: float | None = None
    horizontal_sigma_m: float | None = None
    """One sigma per axis."""
    range_m: float | None = None
    """Slant range from the sensor."""
    range_sigma_m: float | None = None
    azimuth_deg: float | None = None
    """From the sensor, clockwise from true north. Without a range: a bearing."""
    azimuth_sigma_deg: float | None = None
    elevation_deg: float | None = None
    elevation_sigma_deg: float | None = None
    x_m: float | None = None
    """Local Cartesian, east of the sensor (where a sensor gives no better)."""
    y_m: float | None = None
    """Local Cartesian, north of the sensor."""

    alt_1013_m: float | None = None
    """Barometric, on the standard pressure 1013.25 hPa."""
    alt_qnh_m: float | None = None
    """Barometric, on the local QNH."""
    alt_msl_m: float | None = None
    """Geometric, above mean sea level."""
    alt_wgs84_m: float | None = None
    """Geometric, above the WGS 84 ellipsoid."""
    height_agl_m: float | None = None
    """Above the ground below."""
    height_takeoff_m: float | None = None
    """Above the take-off point."""
    vertical_sigma_m: float | None = None
    on_ground: bool | None = None

    ground_speed_mps: float | None = None
    track_deg: float | None = None
    """Direction of movement over ground, clockwise from true north."""
    vertical_speed_mps: float | None = None
    speed_sigma_mps: float | None = None

    callsign: str | None = None
    squawk: str | None = None
    registration: str | None = None
    emergency: str | None = None
    """Emergency as declared: general, medical, minimum_fuel, no_communications, unlawful_interference,
    downed, reserved."""
    classes: Mapping[Class, float] | None = None
    """What the source takes it for, with its confidence 0 to 1."""
    status: str | None = None
    """Flight status as declared: ground, airborne, emergency, system_failure."""
    text: str | None = None
    """Free text of the frame: self-id, remarks of an alert. Never trusted, always escaped."""
    rssi_dbm: float | None = None
    frequency_hz: float | None = None

    operator: Operator | None = None
    weather: Weather | None = None
    health: Health | None = None
    report: Report | None = None

    @property
    def said_class(self) -> Class | None:
        """What the source takes it for most."""
        return max(self.classes.items(), key=lambda c: c[1])[0] if self.classes else None


def to_json(observation: Observation) -> bytes:
    """One JSON object. `frame` is hexadecimal, so that what a sign cites (`frame:HEX`) is found in it."""
    said = msgspec.to_builtins(observation, builtin_types=(bytes,))
    if observation.frame:
        said["frame"] = observation.frame.hex()
    return msgspec.json.encode(said)


def from_json(text: bytes) -> Observation:
    """What `to_json` wrote. Raises msgspec.MsgspecError or ValueError for anything else."""
    said = msgspec.json.decode(text, type=dict[str, Any])
    said["frame"] = bytes.fromhex(said.get("frame", ""))
    return msgspec.convert(said, Observation)


def digest(frame: bytes) -> bytes:
    """What names a frame as evidence: BLAKE2b with 16 bytes (RFC 7693)."""
    return blake2b(frame, digest_size=16).digest()
