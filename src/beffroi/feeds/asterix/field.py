"""What several categories of ASTERIX say alike, as fields of an observation."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from beffroi.errors import FeedError
from beffroi.observation import Class
from beffroi.subject import icao24
from beffroi.units import M_PER_FT, M_PER_NM
from beffroi.wire.asterix import Record

Fields = dict[str, Any]
"""Fields of an Observation by name; `time_s` is a time of day yet, or None."""
Reader = Callable[[Record, str], Fields]
"""(record, source) → fields. Raises FeedError, with the item as its place, for a record that is not used."""

M_PER_FL = 100 * M_PER_FT

ARTIFICIAL = {"SIM": "a simulated target", "TST": "a test target", "RAB": "a field monitor, not a target"}
PREDICTED = {"CST": "a predicted position, not a measured one"}

EMERGENCY = {
    1: "general", 2: "medical", 3: "minimum_fuel", 4: "no_communications", 5: "unlawful_interference",
    6: "downed",
}  # fmt: skip
"""I021/200 PS, I062/080 EMS, I062/380 SAB."""

EMITTER: Mapping[int, Class] = {
    1: "light", 2: "aircraft", 3: "aircraft", 4: "aircraft", 5: "aircraft", 6: "aircraft", 10: "helicopter",
    11: "glider", 12: "balloon", 13: "drone", 15: "ultralight", 16: "parachute", 20: "vehicle", 21: "vehicle",
    22: "clutter", 23: "clutter", 24: "clutter",
}  # fmt: skip
"""I021/020, I062/380 EMC: emitter category. 22 to 24 are obstacles."""

_WARNING: Mapping[int, Class] = {
    1: "clutter",      # multipath reply
    2: "clutter",      # sidelobe
    4: "clutter",      # second time around
    5: "clutter",      # angel
    6: "vehicle",      # slow, along a road
    7: "clutter",      # fixed plot
    10: "clutter",     # phantom
    19: "bird",
    20: "bird",        # a flock
    23: "clutter",     # wind turbine
    24: "helicopter",
}  # fmt: skip


def refuse(item: str, flags: Mapping[str, int] | None, reasons: Mapping[str, str]) -> None:
    """Raises FeedError if one of the flags that have a reason is set."""
    if flags:
        for name, reason in reasons.items():
            if flags.get(name):
                raise FeedError(item, reason)


def level_m(code: Mapping[str, float] | None) -> float | None:
    """Height on 1013.25 hPa of a flight level that is neither garbled nor unconfirmed."""
    return None if code is None or code["V"] or code["G"] else code["FL"] * M_PER_FL


def squawk(code: Mapping[str, Any] | None) -> str | None:
    """A Mode 3/A code that is neither garbled nor unconfirmed."""
    return None if code is None or code.get("V") or code.get("G") else code["MODE3A"]


def name(characters: str | None) -> str | None:
    """A call sign or registration; None where the characters are none."""
    stripped = characters.strip() if characters else ""
    return stripped if stripped.isalnum() and stripped.isascii() else None


def identity(item: Mapping[str, Any] | None, registration: int) -> tuple[str | None, str | None]:
    """Call sign and registration of a target identification: the value of STI says which of them it is."""
    if item is None:
        return None, None
    named = name(item["CHR"])
    return (None, named) if item["STI"] == registration else (named, None)


def metres(height_ft: float | None) -> float | None:
    """A height of feet."""
    return None if height_ft is None else height_ft * M_PER_FT


@lru_cache(65536)
def key(address: int | None, callsign: str | None, source: str = "", icao: bool = True) -> str | None:
    """The subject: its address, else its call sign. An address that is not ICAO's is a number of `source`."""
    if address and icao:
        return icao24(f"{address:06x}")
    if address:
        return f"sensor:{source}/~{address:06x}"
    return f"callsign:{callsign}" if callsign else None


def number(item: Mapping[str, int] | None, field: str) -> str | None:
    """A track number."""
    return None if item is None else str(item[field])


def wgs84(place: Mapping[str, float] | None) -> Fields:
    """A place in latitude and longitude."""
    return {"lat_deg": place["LAT"], "lon_deg": place["LON"]} if place else {}


def cartesian(velocity: Mapping[str, float] | None, east: str = "VX", north: str = "VY") -> Fields:
    """Speed and direction of a velocity in m/s."""
    if velocity is None:
        return {}
    x, y = velocity[east], velocity[north]
    speed = math.hypot(x, y)
    direction = math.degrees(math.atan2(x, y)) % 360.0 if speed else None
    return {"ground_speed_mps": speed, "track_deg": direction}


def polar(velocity: Mapping[str, float] | None, direction: str) -> Fields:
    """Speed and direction of a velocity in NM/s and degrees."""
    if velocity is None:
        return {}
    return {"ground_speed_mps": velocity["GSP"] * M_PER_NM, "track_deg": velocity[direction]}


def deviation(x: float | None, y: float | None) -> float | None:
    """One sigma per axis of two; two zeros state nothing."""
    return math.sqrt((x * x + y * y) / 2) or None if x is not None and y is not None else None


def on_ground(flight_status: int | None) -> bool | None:
    """Of the flight status of a Mode S reply (STAT); 4 and up leave it open."""
    return {0: False, 1: True, 2: False, 3: True}.get(flight_status) if flight_status is not None else None


def classes(kind: Class | None) -> Mapping[Class, float] | None:
    """What the source says that it is, without a doubt."""
    return {kind: 1.0} if kind else None


def ghost(track: Mapping[str, int]) -> Class | None:
    """A track status that calls the target a ghost."""
    return "clutter" if track.get("GHO") else None


def warned(codes: list[int] | None) -> Class | None:
    """What a sensor takes the target for, by its warnings (I048/030, I020/030)."""
    return next((_WARNING[code] for code in codes if code in _WARNING), None) if codes else None
