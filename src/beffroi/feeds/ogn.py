"""Open Glider Network: APRS lines of gliders, paragliders, ultralights, drones, and of the receivers.

Sources: APRS Protocol Reference 1.0.1 ch. 6, 8, 12 (time, position, weather) · OGN wiki, "APRS protocol":
comment `idXXYYYYYY`, XX = stealth, no-tracking, aircraft type (4 bits), address type (2 bits) · FLARM
FTD-012 §3.1.6 (aircraft types). Read by `ogn_parser` (MIT); what it cannot survive is kept from it.

- Who asks not to be tracked (no-tracking, stealth) is Withheld, with a reason that names nobody: such a frame
  is counted and forgotten.
- Stamps have no date: their day comes from `received_at_s`, with care at midnight.
- Altitude is that of GNSS above mean sea level, but barometric on 1013 where an ADS-B receiver relays.
  Course 000 is "not known" (APRS ch. 7); north is 360.
- A receiver's own lines are its health; their free text can hold names and addresses, and is left out.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Literal

from ogn_parser import parse

from beffroi.errors import FeedError, Withheld
from beffroi.observation import Class, Health, Observation, Weather, digest
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT
from beffroi.wire.adsb import ALTITUDE_FT, DEGREES, RATE_FPM, Bounds
from beffroi.wire.stamp import of_day, of_month

SOURCE = "APRS 1.0.1 and OGN APRS protocol (aircraft, receiver, weather)"
FRAMING = "line"
PERSONAL = True
SAMPLE = (
    b"FLRDDA5BA>APRS,qAS,LFMX:/165829h4415.41N/00600.03E'342/049/A=005524 id0ADDA5BA -454fpm -1.1rot 8.8dB 0e"
    b" +51.2kHz gps4x5"
)

MPS_PER_MPH = 0.44704

_CLASSES: Mapping[int, Mapping[Class, float]] = {
    1: {"glider": 1.0},
    2: {"light": 1.0},        # tow plane
    3: {"helicopter": 1.0},
    4: {"parachute": 1.0},
    5: {"aircraft": 1.0},     # drop plane
    6: {"ultralight": 1.0},   # hang glider
    7: {"paraglider": 1.0},
    8: {"light": 1.0},        # piston engine
    9: {"aircraft": 1.0},     # jet, turboprop
    11: {"balloon": 1.0},
    12: {"balloon": 1.0},     # airship
    13: {"drone": 1.0},
    15: {"clutter": 1.0},     # static obstacle
}  # fmt: skip
"""Aircraft type → class. 0 and 10 say "unknown", 14 is reserved."""
_ADDRESSES = ("random", "icao", "flarm", "ogn")
_ADSB_RELAYS = ("OGADSB",)
"""Destinations of lines that relay ADS-B. Their altitudes come in steps of 25 ft: barometric."""
_OWN_LINES = "qAC"
"""A line with this in its path is of the station itself (it is logged in to the server)."""


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """One line → one observation; none for a comment of the server. Raises FeedError."""
    if frame[:1] == b"#":
        return
    header, colon, body = frame.decode("utf-8", "replace").partition(":")
    sender, arrow, rest = header.partition(">")
    if not (sender and arrow and colon):
        raise FeedError("line", "no APRS packet")
    to, *via = rest.split(",")
    fields: dict[str, Any] = {"source": source, "received_at_s": received_at_s, "frame": digest(frame)}
    if body[:1] == ">":
        fields |= {"time_s": _time_s(body[1:8], received_at_s)}
        yield _status(sender, via, body, fields)
        return
    position = _position(body)
    fields |= {
        "time_s": _time_s(position["timestamp"], received_at_s),
        "sensor": via[-1] if via else None,
        "lat_deg": position["latitude"],
        "lon_deg": position["longitude"],
    }
    if position["symbol_code"] == "_":
        yield Observation(kind="weather", subject=f"place:{sender}", weather=_weather(position), **fields)
    elif _OWN_LINES in via:
        yield _receiver(sender, position, fields)
    else:
        yield from _aircraft(sender, to, position, fields)


def _position(body: str) -> dict[str, Any]:
    """What ogn_parser reads in the body of a line. Raises FeedError, also where it panics."""
    try:
        # without the header: it refuses callsigns such as ZK-GSC, and its panics are in other kinds of lines
        parsed = parse(f"X>APRS:{body}")
    except BaseException as bad:
        if type(bad).__name__ != "PanicException":  # of Rust; it is no Exception
            raise
        raise FeedError("line", "ogn_parser broke") from None
    read = parsed[0] if len(parsed) == 1 else {}
    position: dict[str, Any] | None = read.get("aprs_packet", {}).get("position")
    if position is None:
        raise FeedError("line", next(iter(read.get("parser_error", {})), "neither a position nor a status"))
    if position.get("is_notrack") or position.get("is_stealth"):
        raise Withheld("no-tracking is set" if position.get("is_notrack") else "stealth is set")
    if not (abs(position["latitude"]) <= 90.0 and abs(position["longitude"]) <= 180.0):
        raise FeedError("position", "not on earth")
    return position


def _receiver(name: str, position: dict[str, Any], fields: dict[str, Any]) -> Observation:
    altitude_ft = position.get("altitude")
    health = Health(
        state="ok",
        lat_deg=fields.pop("lat_deg"),
        lon_deg=fields.pop("lon_deg"),
        alt_msl_m=None if altitude_ft is None else altitude_ft * M_PER_FT,
    )
    fields |= {"sensor": name, "subject": _station(name, fields["source"])}
    return Observation(kind="health", health=health, **fields)


def _status(sender: str, via: list[str], body: str, fields: dict[str, Any]) -> Observation:
    """A receiver's status as its health. Raises FeedError for an aircraft's: it can name the pilot."""
    if _OWN_LINES not in via:
        raise FeedError("status", "the status of an aircraft has no position and can name its pilot")
    state: Literal["ok", "degraded"] = "degraded" if "time_not_synched" in body else "ok"
    fields |= {"sensor": sender, "subject": _station(sender, fields["source"])}
    return Observation(kind="health", health=Health(state=state), **fields)


def _aircraft(
    sender: str, to: str, position: dict[str, Any], fields: dict[str, Any]
) -> Iterator[Observation | FeedError]:
    errors: list[FeedError] = []
    altitude_ft = _within(position.get("altitude"), ALTITUDE_FT, "altitude", errors)
    barometric_ft = _within(_number(position.get("flight_level"), 100.0), ALTITUDE_FT, "flight level", errors)
    climb_fpm = _within(position.get("climb_rate"), RATE_FPM, "climb rate", errors)
    course_deg = _within(position.get("course"), DEGREES, "course", errors)
    speed_kt = position.get("speed")
    if to in _ADSB_RELAYS:
        altitude_ft, barometric_ft = None, altitude_ft
    yield Observation(
        kind="claim",
        subject=_subject(sender, position),
        horizontal_sigma_m=_sigma_m(position.get("gps_quality")),
        alt_msl_m=None if altitude_ft is None else altitude_ft * M_PER_FT,
        alt_1013_m=None if barometric_ft is None else barometric_ft * M_PER_FT,
        ground_speed_mps=None if speed_kt is None else speed_kt * MPS_PER_KT,
        track_deg=course_deg % 360.0 if course_deg else None,
        vertical_speed_mps=None if climb_fpm is None else climb_fpm * MPS_PER_FPM,
        classes=_CLASSES.get(position.get("aircraft_type", 0)),
        rssi_dbm=_number(position.get("signal_power")),
        **fields,
    )
    yield from errors


def _within(value: float | None, bounds: Bounds, what: str, errors: list[FeedError]) -> float | None:
    if value is None or bounds[0] <= value <= bounds[1]:
        return value
    errors.append(FeedError(what, f"cannot be: {value:g}"))
    return None


def _subject(sender: str, position: dict[str, Any]) -> str:
    """ICAO address where the device has one, else the device."""
    address = position.get("address")
    if not address:
        return f"ogn:{sender.lower()}"
    kind = _ADDRESSES[position["address_type"] & 3]
    return f"icao24:{address:06x}" if kind == "icao" else f"ogn:{kind}-{address:06x}"


def _station(name: str, source: str) -> str:
    return f"sensor:{source}/{name}"


def _weather(position: dict[str, Any]) -> Weather:
    """Wind in mph, temperature in °F (APRS ch. 12). Which datum its pressure has is not said: left out."""
    wind_mph, gust_mph, temperature_f = (position.get(k) for k in ("wind_speed", "gust", "temperature"))
    return Weather(
        wind_from_deg=position.get("wind_direction") if wind_mph else None,
        wind_mps=None if wind_mph is None else wind_mph * MPS_PER_MPH,
        gust_mps=None if gust_mph is None else gust_mph * MPS_PER_MPH,
        temperature_c=None if temperature_f is None else (temperature_f - 32.0) / 1.8,
    )


def _sigma_m(quality: str | None) -> float | None:
    """`4x5` is 4 m across and 5 m up, as the device estimates it; taken as one sigma."""
    across = _number(quality.partition("x")[0]) if quality else None
    return across or None


def _number(text: str | None, factor: float = 1.0) -> float | None:
    try:
        number = float(text) * factor if text else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None


def _time_s(stamp: str, received_at_s: float) -> float:
    """`HHMMSSh` or `DDHHMMz`, UTC. Raises FeedError."""
    try:
        a, b, c = int(stamp[:2]), int(stamp[2:4]), int(stamp[4:6])
        if stamp[6:] == "h" and a < 24 and b < 60 and c < 61:
            return of_day(a * 3600.0 + b * 60.0 + c, received_at_s)
        if stamp[6:] == "z" and b < 24 and c < 60:
            return of_month(a, b * 3600.0 + c * 60.0, received_at_s)
    except ValueError:
        pass
    raise FeedError("time", f"no time: {stamp[:8]!r}")
