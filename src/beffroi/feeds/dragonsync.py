"""DragonSync: drones, signal alarms, aircraft and the kit's own state, as JSON objects, one a line.

DragonSync (WarDragon kits) publishes them over MQTT: `wardragon/drones`, `wardragon/signals`,
`wardragon/aircraft`, `wardragon/system/attrs`. What an object is shows in its keys, not in its topic.

It writes 0 where a value is missing, so a 0 says nothing and becomes None; the codes of F3411 for "unknown"
(speed 255, climb 63, altitude -1000, track 361) go the same way. `alt` is labelled "MSL" in its schema, but
for Remote ID it is the geodetic altitude above the ellipsoid, handed on as it came
(`core/telemetry_parser.py`); only what has no transmitter's address (DJI over its own radio link) is above
mean sea level. The `lat` and `lon` of an alarm are the kit's own place with an invented offset: not read.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from beffroi.errors import FeedError
from beffroi.observation import Class, Health, Observation, Operator, digest
from beffroi.subject import icao24, subject
from beffroi.units import M_PER_NM, MPS_PER_KT
from beffroi.wire.f3411 import SIGMA_PER_95, SIGMA_PER_RADIAL_95

SOURCE = "DragonSync docs/mqtt-schema.md"
FRAMING = "line"
PERSONAL = True
SAMPLE = (
    b'{"id":"drone-1588E040445AC004418","id_type":"Serial Number (ANSI/CTA-2063-A)","track_type":"drone",'
    b'"mac":"60:60:1f:00:00:01","lat":48.7262,"lon":2.3652,"alt":180.0,"height":45.0,"speed":8.0,'
    b'"vspeed":0.5,"direction":90.0,"pilot_lat":48.7251,"pilot_lon":2.3611,"rssi":-60.0,"freq_mhz":2437.0,'
    b'"horizontal_accuracy":"<3 m","op_status":"Airborne","observed_at":1.75e9,"seen_by":"wardragon-1"}',
    b'{"uid":"fpv-alert-5800MHz","signal_type":"fpv","source":"confirm","center_hz":5.8e9,"pal":0.9,'
    b'"ntsc":0.1,"rssi":-48.0,"sensor_lat":48.7,"sensor_lon":2.3,"seen_by":"wardragon-1"}',
)

_LARGEST = 1e12
_TIMES_S = (1e9, 1e10)
"""Unix seconds that a clock can show."""
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_ACCURACY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(NM|km|m/s|m)\b", re.IGNORECASE)
_UNIT_M = {"nm": M_PER_NM, "km": 1000.0, "m": 1.0, "m/s": 1.0}
_STATUSES = {
    "ground": "ground", "on ground": "ground", "airborne": "airborne", "emergency": "emergency",
    "remote id system failure": "system_failure", "system failure": "system_failure",
}  # fmt: skip
_BALLOONS = (8, 9, 10)
"""Free balloon, captive balloon, airship among the types of F3411."""


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """The observation in one JSON object, and a FeedError for each value that is of the wrong kind."""
    try:
        values = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError("line", str(error)) from error
    if not isinstance(values, dict):
        raise FeedError("line", "not a JSON object")
    fields = _Fields(values)
    for marks, reader in _READERS:
        if marks & values.keys():
            yield reader(fields, digest(frame), received_at_s, source)
            yield from fields.faults.values()
            return
    raise FeedError("line", "neither drone, signal, aircraft nor system")


class _Fields:
    """The values of an object, each of the kind that is asked for; `faults` holds what was not.

    A fault does not quote the value: it may be of a person, and faults are kept.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self.faults: dict[str, FeedError] = {}

    def text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is None or (isinstance(value, str) and value.isprintable()):
            return (value or "").strip() or None
        self._fault(key, "no printable text")
        return None

    def number(self, key: str, low: float = -_LARGEST, high: float = _LARGEST) -> float | None:
        """A number within the limits; None for 0, which stands for a missing value."""
        return None if self._values.get(key) == 0 else self._number(key, low, high)

    def _number(self, key: str, low: float, high: float) -> float | None:
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self._fault(key, f"no number from {low:g} to {high:g}")
            return None
        return float(value)

    def code(self, key: str, unknown: float, low: float, high: float) -> float | None:
        """As `number`; `unknown` is the code of F3411 for that."""
        return None if self._values.get(key) == unknown else self.number(key, low, high)

    def position(self, prefix: str) -> tuple[float | None, float | None]:
        """`…lat` and `…lon`. Both 0 is no position; one of them 0 is the equator or the first meridian."""
        lat = self._number(prefix + "lat", -90, 90)
        lon = self._number(prefix + "lon", -180, 180)
        return (lat, lon) if lat is not None and lon is not None and (lat or lon) else (None, None)

    def mac(self) -> str | None:
        text = self.text("mac")
        if text is None or _MAC.fullmatch(text.lower()):
            return text and subject("mac", text.lower())
        self._fault("mac", "no MAC address")
        return None

    def accuracy(self, key: str, factor: float) -> float | None:
        """One sigma of an accuracy class such as `<10 m` or `<0.1 NM`."""
        found = _ACCURACY.search(str(self._values.get(key) or ""))
        return float(found[1]) * _UNIT_M[found[2].lower()] * factor or None if found else None

    def _fault(self, key: str, reason: str) -> None:
        self.faults[key] = FeedError(key, reason)

    def is_true(self, key: str) -> bool | None:
        value = self._values.get(key)
        return value if isinstance(value, bool) else None


def _drone(fields: _Fields, frame: bytes, received_at_s: float, source: str) -> Observation:
    transmitter = fields.mac()
    is_alarm = fields.text("id") == "drone-alert"  # a DJI signal that the kit could not decode
    lat_deg, lon_deg = (None, None) if is_alarm else fields.position("")
    keys = _identities(fields)
    altitude_m = fields.code("alt", -1000, -1000, 40_000)
    height_m = fields.code("height", -1000, -1000, 40_000)
    over_takeoff = "take" in (fields.text("height_type") or "").lower()
    status = _STATUSES.get((fields.text("op_status") or "").lower())
    return Observation(
        source=source,
        kind="alert" if is_alarm else "claim",
        time_s=fields.number("observed_at", *_TIMES_S)
        or fields.number("last_update_time", *_TIMES_S)
        or received_at_s,
        received_at_s=received_at_s,
        frame=frame,
        subject=keys[0] if keys else transmitter,
        aliases=tuple(keys[1:]),
        sensor=fields.text("seen_by"),
        transmitter=transmitter,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        horizontal_sigma_m=fields.accuracy("horizontal_accuracy", SIGMA_PER_RADIAL_95),
        alt_1013_m=fields.code("pressure_altitude", -1000, -1000, 40_000),
        alt_msl_m=None if transmitter else altitude_m,
        alt_wgs84_m=altitude_m if transmitter else None,
        height_agl_m=None if over_takeoff else height_m,
        height_takeoff_m=height_m if over_takeoff else None,
        vertical_sigma_m=fields.accuracy("vertical_accuracy", SIGMA_PER_95),
        on_ground={"ground": True, "airborne": False}.get(status or ""),
        ground_speed_mps=fields.code("speed", 255, 0, 255),
        track_deg=_track(fields.code("direction", 361, 0, 360)),
        vertical_speed_mps=fields.code("vspeed", 63, -63, 63),
        speed_sigma_mps=fields.accuracy("speed_accuracy", SIGMA_PER_RADIAL_95),
        registration=fields.text("caa_id"),
        emergency="general" if status == "emergency" else None,
        classes=_classes(fields),
        status=status,
        text=_joined(fields.text("description"), fields.text("rid_make"), fields.text("rid_model")),
        rssi_dbm=fields.number("rssi"),
        frequency_hz=_frequency_hz(fields),
        operator=_operator(fields),
    )


def _identities(fields: _Fields) -> list[str]:
    """The serial number or session id, then the registration; names that DragonSync made up are none."""
    own, registration = (fields.text("id") or "").removeprefix("drone-"), fields.text("caa_id")
    made_up = own in ("", "unknown", "alert") or not fields.text("id_type")
    known = [None if made_up else own, registration]
    return list(dict.fromkeys(subject("uas", value) for value in known if value))


def _classes(fields: _Fields) -> dict[Class, float]:
    return {"balloon" if fields.number("ua_type") in _BALLOONS else "drone": 1.0}


def _operator(fields: _Fields) -> Operator | None:
    """The pilot's place; failing that, the take-off point."""
    operator_id = fields.text("operator_id")
    (lat_deg, lon_deg), at_takeoff = fields.position("pilot_"), False
    if lat_deg is None:
        (lat_deg, lon_deg), at_takeoff = fields.position("home_"), True
    if lat_deg is None:
        return Operator(operator_id=operator_id) if operator_id else None
    return Operator(operator_id=operator_id, lat_deg=lat_deg, lon_deg=lon_deg, at_takeoff=at_takeoff)


def _frequency_hz(fields: _Fields) -> float | None:
    """`freq_mhz`; failing that `freq`, in Hz or MHz: no radio link of a drone lies below 0.1 MHz."""
    mhz = fields.number("freq_mhz", 0)
    if mhz is not None:
        return mhz * 1e6
    frequency = fields.number("freq", 0)
    return frequency * 1e6 if frequency is not None and frequency < 1e5 else frequency


def _joined(*words: str | None) -> str | None:
    return ", ".join(filter(None, words)) or None


def _track(direction_deg: float | None) -> float | None:
    return None if direction_deg is None else direction_deg % 360


def _signal(fields: _Fields, frame: bytes, received_at_s: float, source: str) -> Observation:
    sensor, uid = fields.text("seen_by"), fields.text("uid")
    lat_deg, lon_deg = fields.position("sensor_")
    scores = ((name, fields.number(name)) for name in ("pal", "ntsc"))
    words = [f"{name} {score:g}" for name, score in scores if score is not None]
    return Observation(
        source=source,
        kind="alert",
        time_s=fields.number("observed_at", *_TIMES_S) or received_at_s,
        received_at_s=received_at_s,
        frame=frame,
        subject=subject("sensor", f"{sensor or source}/{uid}") if uid else None,
        sensor=sensor,
        sensor_track=uid,
        text=_joined(fields.text("signal_type"), fields.text("description"), *words),
        rssi_dbm=fields.number("rssi"),
        frequency_hz=fields.number("center_hz", 0),
        health=None if lat_deg is None else Health(lat_deg=lat_deg, lon_deg=lon_deg),
    )


def _aircraft(fields: _Fields, frame: bytes, received_at_s: float, source: str) -> Observation:
    """Its altitude is geometric or barometric, and it does not say which: it is not read."""
    lat_deg, lon_deg = fields.position("")
    speed_kt = fields.number("speed_kt", 0, 4000)
    return Observation(
        source=source,
        kind="claim",
        time_s=received_at_s,
        received_at_s=received_at_s,
        frame=frame,
        subject=icao24(fields.text("icao") or ""),
        sensor=fields.text("seen_by"),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        on_ground=fields.is_true("on_ground"),
        ground_speed_mps=None if speed_kt is None else speed_kt * MPS_PER_KT,
        track_deg=_track(fields.number("track", 0, 360)),
        callsign=fields.text("callsign"),
        squawk=fields.text("squawk"),
        registration=fields.text("registration"),
    )


def _system(fields: _Fields, frame: bytes, received_at_s: float, source: str) -> Observation:
    has_fix = fields.is_true("gps_fix")
    return Observation(
        source=source,
        kind="health",
        time_s=fields.number("updated", *_TIMES_S) or received_at_s,
        received_at_s=received_at_s,
        frame=frame,
        sensor=fields.text("id"),
        health=Health(
            state="degraded" if has_fix is False else "ok",
            lat_deg=fields.number("latitude", -90, 90),
            lon_deg=fields.number("longitude", -180, 180),
            alt_wgs84_m=fields.number("hae", -1000, 40_000),
            text="no GNSS fix" if has_fix is False else None,
        ),
    )


_READERS = (
    ({"signal_type", "center_hz"}, _signal),
    ({"icao"}, _aircraft),
    ({"cpu_usage", "gps_fix"}, _system),
    ({"id_type", "mac", "pilot_lat"}, _drone),
)
"""Keys of which an object of that kind has at least one, and no other kind has."""
