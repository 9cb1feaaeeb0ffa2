"""What ADS-B can say, however a receiver writes it down: bounds and code tables.

Sources: RTCA DO-260B / EUROCAE ED-102A §2.2.3.2 (messages), Table 2-70 (NACp) · ICAO Annex 10 Vol. IV
§3.1.2.6.5.4 (altitude code) · ICAO Doc 9871 Table B-2-8 (emitter category).
"""

from collections.abc import Mapping

Bounds = tuple[float, float]

ALTITUDE_FT: Bounds = (-1_500.0, 131_100.0)
"""Altitude code: from -1,000 (25 ft) or -1,200 (Gillham) to 126,750; GNSS height by a difference to it."""
SPEED_KT: Bounds = (0.0, 4_096.0)
"""Ground speed of subtype 2, supersonic: 4 kt steps, 1,022 of them."""
RATE_FPM: Bounds = (-32_768.0, 32_768.0)
"""Vertical rate: 64 ft/min, 511 steps each way, and what smoothing makes of them."""
DEGREES: Bounds = (0.0, 360.0)
LAT_DEG: Bounds = (-90.0, 90.0)
LON_DEG: Bounds = (-180.0, 180.0)

CATEGORY: Mapping[str, str] = {
    "A1": "light",       # below 7,031 kg
    "A2": "aircraft",    # small, below 34,019 kg
    "A3": "aircraft",    # large, below 136,078 kg
    "A4": "aircraft",    # high vortex
    "A5": "aircraft",    # heavy
    "A6": "aircraft",    # high performance
    "A7": "helicopter",  # rotorcraft
    "B1": "glider",
    "B2": "balloon",     # lighter than air
    "B3": "parachute",   # parachutist, skydiver
    "B4": "ultralight",  # ultralight, hang glider, paraglider
    "B6": "drone",       # unmanned aerial vehicle
    "C1": "vehicle",     # surface, emergency
    "C2": "vehicle",     # surface, service
    "C3": "clutter",     # point obstacle, tethered balloons too
    "C4": "clutter",     # cluster obstacle
    "C5": "clutter",     # line obstacle
}  # fmt: skip
"""Emitter category → what it is. A0, B0, C0 say nothing; B7 is a space vehicle; the others are reserved."""

EPU_M: Mapping[int, float] = {
    11: 3.0, 10: 10.0, 9: 30.0, 8: 92.6, 7: 185.2, 6: 555.6,
    5: 926.0, 4: 1_852.0, 3: 3_704.0, 2: 7_408.0, 1: 18_520.0,
}  # fmt: skip
"""NACp → radius of the circle that holds the true position with 95 %. NACp 0: 10 NM or more, or unknown."""

SIGMAS_IN_95 = 2.4477
"""Radius of the 95 % circle of two equal, independent normal errors: sqrt(-2 ln 0.05) sigma."""
SIGMAS_IN_CONTAINMENT = 4.8954
"""Radius of containment over sigma, where no NACp is given: the 95 % circle is half as wide (DO-242A)."""


def sigma_m(nac_p: int | None, containment_m: float | None = None) -> float | None:
    """One sigma per axis, from NACp, or from the radius of containment (NIC) where NACp is not given."""
    if nac_p is not None:
        epu_m = EPU_M.get(nac_p)
        return epu_m / SIGMAS_IN_95 if epu_m else None
    return containment_m / SIGMAS_IN_CONTAINMENT if containment_m else None
