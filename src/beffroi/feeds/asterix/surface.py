"""ASTERIX 010 and 020: an airport's own picture, from surface radar and multilateration.

EUROCONTROL-SPEC-0149-7, edition 1.1, and -14, edition 1.11. I020/105 is a height on the WGS-84 ellipsoid.
I010/091 and I020/110 are above the plane of the system, which is none of our datums: they are not used.
"""

from collections.abc import Mapping
from typing import Literal

from beffroi.feeds.asterix.field import (
    ARTIFICIAL,
    PREDICTED,
    Fields,
    cartesian,
    classes,
    deviation,
    ghost,
    identity,
    key,
    level_m,
    metres,
    number,
    on_ground,
    polar,
    refuse,
    squawk,
    warned,
    wgs84,
)
from beffroi.observation import Class, Health
from beffroi.wire.asterix import Record

STATUS = {2: "start of update cycle", 3: "periodic status", 4: "event-triggered status"}
"""I010/000 of what is no target report."""

TARGET: Mapping[int, Class] = {1: "aircraft", 2: "vehicle", 3: "helicopter"}
"""I010/020 TOT."""
ADSB = 2
"""I010/020 TYP."""


def surface(record: Record, source: str) -> Fields:
    """Category 010."""
    if record.get("000") in STATUS:
        return _status(record)
    descriptor, track = record.get("020") or {}, record.get("170") or {}
    refuse("I010/020", descriptor, ARTIFICIAL)
    refuse("I010/170", track, PREDICTED)
    callsign, registration = identity(record.get("245"), registration=2)
    sigma = record.get("500") or {}
    kind = ghost(track) or _fleet(record) or TARGET.get(descriptor.get("TOT", 0))
    return {
        "kind": "claim" if descriptor.get("TYP") == ADSB else "plot",
        "time_s": record.get("140"),
        "subject": key(record.get("220"), callsign or registration),
        "callsign": callsign,
        "registration": registration,
        "sensor_track": number(record.get("161"), "TRK"),
        "horizontal_sigma_m": deviation(sigma.get("DEVX"), sigma.get("DEVY")),
        "alt_1013_m": level_m(record.get("090")),
        "squawk": squawk(record.get("060")),
        "on_ground": True if descriptor.get("GBS") else None,
        "classes": classes(kind),
        **_place(record),
        **(cartesian(record.get("202")) or polar(record.get("200"), "TRA")),
    }


def _place(record: Record) -> Fields:
    """Where a target is: on the earth, from the antenna, or, for want of better, on the sensor's plane."""
    earth, antenna, plane = record.get("041"), record.get("040"), record.get("042")
    place = wgs84(earth)
    if antenna:
        place |= {"range_m": float(antenna["RHO"]), "azimuth_deg": antenna["TH"]}
    if plane and not place:
        place = {"x_m": float(plane["X"]), "y_m": float(plane["Y"])}
    return place


def _fleet(record: Record) -> Class | None:
    """I010/300, I020/300: a vehicle of the airport's fleet; 0 is unknown."""
    return "vehicle" if record.get("300") else None


def _status(record: Record) -> Fields:
    status = record.get("550")
    state: Literal["ok", "degraded", "fault"] | None = None
    if status:
        weak = status["NOGO"] or any(status[flag] for flag in ("OVL", "TSV", "DIV", "TTF"))
        state = "fault" if status["NOGO"] > 1 else "degraded" if weak else "ok"
    health = Health(state=state, mode=STATUS[record["000"]])
    return {"kind": "health", "time_s": record.get("140"), "health": health}


def multilateration(record: Record, source: str) -> Fields:
    """Category 020."""
    descriptor, track = record.get("020") or {}, record.get("170") or {}
    refuse("I020/020", descriptor, ARTIFICIAL)
    refuse("I020/170", track, PREDICTED)
    callsign, registration = identity(record.get("245"), registration=1)
    sigma, status = record.get("500") or {}, record.get("230") or {}
    plane_sigma = sigma.get("SDP") or {}
    height_m = metres(record.get("105"))
    fields = {
        "kind": "plot",
        "time_s": record.get("140"),
        "subject": key(record.get("220"), callsign or registration, source, descriptor.get("CF") != 1),
        "callsign": callsign,
        "registration": registration,
        "sensor_track": number(record.get("161"), "TRN"),
        "horizontal_sigma_m": deviation(plane_sigma.get("X"), plane_sigma.get("Y")),
        "alt_1013_m": level_m(record.get("090")),
        "alt_wgs84_m": height_m,
        "vertical_sigma_m": None if height_m is None else sigma.get("SDH") or None,
        "squawk": squawk(record.get("070")),
        "on_ground": True if descriptor.get("GBS") else on_ground(status.get("STAT")),
        "classes": classes(ghost(track) or warned(record.get("030")) or _fleet(record)),
        **cartesian(record.get("202")),
    }
    earth, plane = record.get("041"), record.get("042")
    if plane and not earth:
        return fields | {"x_m": plane["X"], "y_m": plane["Y"]}
    return fields | wgs84(earth)
