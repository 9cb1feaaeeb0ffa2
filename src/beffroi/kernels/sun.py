"""Sunrise, sunset and civil twilight, for the daily times of zones.

Source: NOAA Global Monitoring Laboratory, solar calculation details (after Meeus, Astronomical Algorithms,
1998): within a minute between 72° south and north. Names: ED-318 CodeDaylightEventType.
"""

from math import acos, asin, cos, degrees, radians, sin, tan
from typing import Literal

Event = Literal["BMCT", "SR", "SS", "EECT"]
"""Begin of morning civil twilight, sunrise, sunset, end of evening civil twilight."""

ZENITH_DEG: dict[Event, float] = {"BMCT": 96.0, "SR": 90.833, "SS": 90.833, "EECT": 96.0}
"""Distance of the sun's centre from the zenith; 90.833° is the upper limb on the horizon with refraction."""

DAY_S = 86400.0
_EPOCH_TO_J2000_DAYS = 10957.5


def event_s(lat_deg: float, lon_deg: float, day: float, event: Event) -> float:
    """Unix seconds of the event on a date. `day` is the date as days since 1970-01-01 (whole number).

    The date is that of the place: the event lies within half a day of local noon of the date. Where the sun
    stays above the limit all day, morning events are 12 h before noon and evening events 12 h after it;
    where it stays below, all fall on noon.
    """
    noon_s = day * DAY_S + (12 - lon_deg / 15) * 3600
    morning = event in ("BMCT", "SR")
    at_s = noon_s
    for _ in range(3):  # declination and equation of time move by the time itself
        declination, equation_s = _sun(at_s)
        half_s = _half_day_s(radians(lat_deg), declination, radians(ZENITH_DEG[event]))
        at_s = noon_s - equation_s + (-half_s if morning else half_s)
    return at_s


def _half_day_s(lat: float, declination: float, zenith: float) -> float:
    """Time from noon to where the sun crosses the zenith distance."""
    cosine = cos(zenith) / (cos(lat) * cos(declination)) - tan(lat) * tan(declination)
    return degrees(acos(min(1.0, max(-1.0, cosine)))) * 240


def _sun(at_s: float) -> tuple[float, float]:
    """(declination [rad], equation of time [s]) at a Unix time."""
    t = (at_s / DAY_S - _EPOCH_TO_J2000_DAYS) / 36525
    mean_longitude = radians((280.46646 + t * (36000.76983 + t * 0.0003032)) % 360)
    anomaly = radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    e = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (
        sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * t)
    longitude = mean_longitude + radians(centre - 0.00569 - 0.00478 * sin(node))
    tilt = radians(23.43929111 - t * (0.01300417 + t * (1.64e-7 - t * 5.04e-7)) + 0.00256 * cos(node))
    y = tan(tilt / 2) ** 2
    equation = (
        y * sin(2 * mean_longitude)
        - 2 * e * sin(anomaly)
        + 4 * e * y * sin(anomaly) * cos(2 * mean_longitude)
        - 0.5 * y * y * sin(4 * mean_longitude)
        - 1.25 * e * e * sin(2 * anomaly)
    )
    return asin(sin(tilt) * sin(longitude)), degrees(equation) * 240
