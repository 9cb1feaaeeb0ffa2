"""ASTERIX 021: what aircraft say of themselves, received by a ground station.

EUROCONTROL-SPEC-0149-12, edition 2.7. I021/145 is on 1013.25 hPa, I021/140 on the WGS-84 ellipsoid. What the
station doubts is kept as text: a position that fails an independent check is still what was claimed; one
that it could not decode (CPR) or that lies beyond its range (RCF) is absent.
"""

import math

from beffroi.feeds.asterix.field import (
    ARTIFICIAL,
    EMERGENCY,
    EMITTER,
    M_PER_FL,
    Fields,
    classes,
    key,
    metres,
    name,
    number,
    refuse,
    squawk,
    wgs84,
)
from beffroi.units import M_PER_NM, MPS_PER_FPM
from beffroi.wire.adsb import SIGMAS_IN_95, sigma_m
from beffroi.wire.asterix import Record

ANONYMOUS = 3
"""I021/040 ATP: the address is not ICAO's."""
HEIGHT_BEYOND_FT = 0x7FFF * 6.25
"""I021/140 of this value says: more than that."""

DOUBTS = {
    "LLC": "address list lookup failed", "IPC": "independent position check failed", "NOGO": "NOGO",
    "CPR": "CPR validation failed", "LDPJ": "position jump", "RCF": "range check failed",
}  # fmt: skip
"""I021/040, second extension."""

SPEED_95_MPS = {1: 10.0, 2: 3.0, 3: 1.0, 4: 0.3}
"""I021/090 NACv, and NUCr with like bounds: 95 % of the errors are below (DO-260B table 2-22)."""
HEIGHT_95_M = {1: 150.0, 2: 45.0}
"""I021/090 GVA: 95 % of the errors are below (DO-260B table 2-71)."""
SIGMAS_IN_95_LINE = 1.96
"""95 % of one normal error."""


def adsb(record: Record, source: str) -> Fields:
    """Category 021."""
    descriptor, quality = record.get("040") or {}, record.get("090") or {}
    refuse("I021/040", descriptor, ARTIFICIAL)
    callsign, level, status = name(record.get("170")), record.get("145"), record.get("200")
    height_ft = record.get("140")
    return {
        "kind": "claim",
        "time_s": _time_s(record),
        "subject": key(record.get("080"), callsign, source, descriptor.get("ATP") != ANONYMOUS),
        "callsign": callsign,
        "sensor_track": number(record.get("161"), "TRNUM"),
        "alt_1013_m": None if level is None else level * M_PER_FL,
        "alt_wgs84_m": None if height_ft == HEIGHT_BEYOND_FT else metres(height_ft),
        "vertical_sigma_m": _sigma(HEIGHT_95_M.get(quality.get("GVA", 0)), SIGMAS_IN_95_LINE),
        "speed_sigma_mps": _sigma(SPEED_95_MPS.get(quality.get("NUCRNACV", 0)), SIGMAS_IN_95),
        "vertical_speed_mps": _vertical_mps(record),
        "squawk": squawk(record.get("070")),
        "on_ground": bool(descriptor["GBS"]) if "GBS" in descriptor else None,
        "emergency": EMERGENCY.get(status["PS"]) if status else None,
        "classes": classes(EMITTER.get(record.get("020") or 0)),
        "rssi_dbm": record.get("132"),
        "text": ", ".join(reason for flag, reason in DOUBTS.items() if descriptor.get(flag)) or None,
        **_place(record, descriptor, quality),
        **_velocity(record),
    }


def _place(record: Record, descriptor: Fields, quality: Fields) -> Fields:
    place = record.get("131") or record.get("130")
    if not place or descriptor.get("CPR") or descriptor.get("RCF"):
        return {}
    return wgs84(place) | {"horizontal_sigma_m": sigma_m(quality.get("NACP"))}


def _velocity(record: Record) -> Fields:
    vector = record.get("160")
    if not vector or vector["RE"]:  # RE: past the range of the item
        return {}
    return {"ground_speed_mps": vector["GS"] * M_PER_NM, "track_deg": vector["TA"]}


def _sigma(bound: float | None, sigmas: float) -> float | None:
    return None if bound is None else bound / sigmas


def _time_s(record: Record) -> float | None:
    """When the position was true: I021/071, else when it was received (073, fine 074), else sent (077)."""
    applicable: float | None = record.get("071")
    received: float | None = record.get("073")
    fine = record.get("074")
    if applicable is not None:
        return applicable
    if received is not None and fine and fine["FSI"] < 3:
        return math.floor(received) + (0, 1, -1)[fine["FSI"]] + float(fine["TOMRP"])
    return received if received is not None else record.get("077")


def _vertical_mps(record: Record) -> float | None:
    """Geometric vertical rate, else the barometric; a rate past its range is absent."""
    for item, field in (("157", "GVR"), ("155", "BVR")):
        rate = record.get(item)
        if rate and not rate["RE"]:
            return float(rate[field]) * MPS_PER_FPM
    return None
