"""ASTERIX 062: tracks of an air traffic control centre.

EUROCONTROL-SPEC-0149-9, edition 1.21. I062/136 is on 1013.25 hPa; I062/135 says itself whether it is on QNH;
I062/130 is on the WGS-84 ellipsoid by its definition.
"""

import math
from collections.abc import Mapping
from typing import Any

from beffroi.feeds.asterix.field import (
    ARTIFICIAL,
    EMERGENCY,
    EMITTER,
    M_PER_FL,
    PREDICTED,
    Fields,
    cartesian,
    classes,
    deviation,
    identity,
    key,
    metres,
    name,
    on_ground,
    refuse,
    squawk,
    wgs84,
)
from beffroi.units import M_PER_NM, MPS_PER_FPM
from beffroi.wire.asterix import Record

DECLARED = {"ADS", "ES", "VDL", "UAT"}
"""I062/290: ages of what an aircraft says of itself; the others are of sensors that measure."""
OLDEST_S = 63.75
"""I062/290: an age of all ones says this or more."""
M_PER_DEG = 60 * M_PER_NM
MEASURED = (1, 2, 3, 7)
"""I062/080 SRC: I062/130 comes from GNSS, 3-D radar, triangulation, multilateration; else it was assumed."""


def system_track(record: Record, source: str) -> Fields:
    """Category 062."""
    status, measured = record.get("080") or {}, record.get("340") or {}
    refuse("I062/080", status, ARTIFICIAL | PREDICTED)
    refuse("I062/340", measured.get("TYP"), ARTIFICIAL)
    aircraft, track, rate = record.get("380") or {}, record.get("040"), record.get("220")
    callsign, registration = identity(record.get("245"), registration=2)
    callsign = callsign or name(aircraft.get("ID")) or name((record.get("390") or {}).get("CS"))
    declared = status.get("EMS") or aircraft.get("SAB", {}).get("STAT")
    fields = {
        "kind": "claim" if _only_declared(record.get("290") or {}) else "plot",
        "time_s": record.get("070"),
        "subject": key(aircraft.get("ADR"), callsign or registration),
        "callsign": callsign,
        "registration": registration,
        "sensor_track": None if track is None else str(track),
        "vertical_speed_mps": None if rate is None else rate * MPS_PER_FPM,
        "squawk": squawk(record.get("060")),
        "on_ground": _on_ground(status, aircraft),
        "emergency": EMERGENCY.get(declared or 0),
        "classes": classes(EMITTER.get(aircraft.get("EMC", 0))),
        **_place(record),
        **_heights(record, status),
        **cartesian(record.get("185")),
    }
    return fields | _accuracy(record.get("500") or {}, fields)


def _only_declared(ages: Mapping[str, float]) -> bool:
    """Whether nothing but an aircraft's own word keeps a track."""
    fresh = {source for source, age_s in ages.items() if age_s < OLDEST_S and source != "TRK"}
    return bool(fresh) and fresh <= DECLARED


def _place(record: Record) -> Fields:
    earth, plane = record.get("105"), record.get("100")
    if plane and not earth:
        return {"x_m": plane["X"], "y_m": plane["Y"]}
    return wgs84(earth)


def _on_ground(status: Mapping[str, int], aircraft: Mapping[str, Any]) -> bool | None:
    if status.get("SFC") or aircraft.get("SAB", {}).get("GBS"):
        return True
    return on_ground(aircraft.get("COM", {}).get("STAT"))


def _heights(record: Record, status: Mapping[str, int]) -> Fields:
    """The measured flight level, else the calculated one; each calculated height on its own datum."""
    geometric = record.get("130") if status.get("SRC") in MEASURED else None
    level, calculated = record.get("136"), record.get("135")
    heights: Fields = {
        "alt_1013_m": None if level is None else level * M_PER_FL,
        "alt_wgs84_m": metres(geometric),
    }
    if calculated and calculated["QNH"]:
        heights["alt_qnh_m"] = calculated["CTB"] * M_PER_FL
    elif calculated and level is None:
        heights["alt_1013_m"] = calculated["CTB"] * M_PER_FL
    return heights


def _accuracy(sigma: Mapping[str, Any], fields: Fields) -> Fields:
    """I062/500. The vertical one is that of the geometric height if there is one, else of the barometric."""
    plane, earth, speed = sigma.get("APC") or {}, sigma.get("APW"), sigma.get("ATV") or {}
    horizontal = deviation(plane.get("X"), plane.get("Y"))
    if horizontal is None and earth and "lat_deg" in fields:
        shrink = math.cos(math.radians(fields["lat_deg"]))
        horizontal = deviation(earth["LAT"] * M_PER_DEG, earth["LON"] * M_PER_DEG * shrink)
    vertical = metres(sigma.get("AGA"))
    if fields["alt_wgs84_m"] is None and "ABA" in sigma:
        vertical = sigma["ABA"] * M_PER_FL
    return {
        "horizontal_sigma_m": horizontal,
        "vertical_sigma_m": vertical or None,
        "speed_sigma_mps": deviation(speed.get("X"), speed.get("Y")),
    }
