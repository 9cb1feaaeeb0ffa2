"""ASTERIX 048 and 034: the plots of one radar, and what it says of itself.

EUROCONTROL-SPEC-0149-4, edition 1.32, and -2b, edition 1.29. A plot stays polar, as it was measured: slant
range, azimuth from true north. I048/090 is on 1013.25 hPa, I048/110 above mean sea level, I034/120 on the
WGS-84 ellipsoid. I048/120 is not used: the specification does not say whether a positive Doppler speed comes
or goes.
"""

from typing import Literal

from beffroi.errors import FeedError
from beffroi.feeds.asterix.field import (
    ARTIFICIAL,
    PREDICTED,
    Fields,
    classes,
    ghost,
    key,
    level_m,
    metres,
    name,
    number,
    on_ground,
    polar,
    refuse,
    squawk,
    warned,
)
from beffroi.observation import Health
from beffroi.units import M_PER_NM
from beffroi.wire.asterix import Record

SERVICE = {
    1: "north marker", 2: "sector crossing", 3: "geographical filtering", 4: "jamming strobe",
    5: "solar storm", 6: "SSR jamming strobe", 7: "Mode S jamming strobe",
}  # fmt: skip
"""I034/000."""
NORTH = 1
ALARMS = (4, 5, 6, 7)


def plot(record: Record, source: str) -> Fields:
    """Category 048."""
    descriptor, track = record.get("020") or {}, record.get("170") or {}
    refuse("I048/020", descriptor, ARTIFICIAL)
    if descriptor.get("TYP") == 0:
        raise FeedError("I048/020", PREDICTED["CST"])
    status, height = record.get("230"), record.get("110")
    callsign, strength = name(record.get("240")), record.get("130") or {}
    return {
        "kind": "plot",
        "time_s": record.get("140"),
        "subject": key(record.get("220"), callsign),
        "callsign": callsign,
        "sensor_track": number(record.get("161"), "TRN"),
        "alt_1013_m": level_m(record.get("090")),
        "alt_msl_m": metres(height["3DH"]) if height else None,
        "squawk": squawk(record.get("070")),
        "on_ground": on_ground(status["STAT"]) if status else None,
        "classes": classes(ghost(track) or warned(record.get("030"))),
        "rssi_dbm": strength.get("SAM", strength.get("PAM")),
        **_place(record, descriptor),
        **polar(record.get("200"), "HDG"),
    }


def _place(record: Record, descriptor: Fields) -> Fields:
    measured, plane = record.get("040"), record.get("042")
    if measured and not descriptor.get("ERR"):  # ERR: the range is beyond what the item holds
        return {"range_m": measured["RHO"] * M_PER_NM, "azimuth_deg": measured["THETA"]}
    return {"x_m": plane["X"] * M_PER_NM, "y_m": plane["Y"] * M_PER_NM} if plane else {}


def service(record: Record, source: str) -> Fields:
    """Category 034."""
    message = record.get("000")
    mode = SERVICE.get(message, f"message type {message}")
    error = record.get("090")
    health = Health(
        state=_state(record),
        mode=mode,
        rotation_period_s=record.get("041"),
        text=f"collimation error {error['RNG']:+.3f} NM, {error['AZM']:+.3f} deg" if error else None,
        **_site(record),
        **_sector(record),
    )
    alarm = message in ALARMS
    return {
        "kind": "alert" if alarm else "health",
        "time_s": record.get("030"),
        "health": health,
        "text": mode if alarm else None,
    }


def _state(record: Record) -> Literal["ok", "degraded", "fault"] | None:
    common = (record.get("050") or {}).get("COM")
    if not common:
        return None
    if common["NOGO"]:
        return "fault"
    return "degraded" if any(common[flag] for flag in ("OVLRDP", "OVLXMT", "TSV")) else "ok"


def _site(record: Record) -> Fields:
    """Where the radar stands."""
    site = record.get("120")
    if not site:
        return {}
    if abs(site["LAT"]) > 90:
        raise FeedError("I034/120", f"there is no latitude {site['LAT']:.4f}")
    return {"lat_deg": site["LAT"], "lon_deg": site["LON"], "alt_wgs84_m": float(site["HGT"])}


def _sector(record: Record) -> Fields:
    """Where the antenna points, or the window of which the message speaks."""
    window = record.get("100")
    if window:
        return {
            "range_m": window["RHOEND"] * M_PER_NM,
            "azimuth_from_deg": window["THETAST"],
            "azimuth_to_deg": window["THETAEND"],
        }
    return {"azimuth_from_deg": 0.0 if record.get("000") == NORTH else record.get("020")}
