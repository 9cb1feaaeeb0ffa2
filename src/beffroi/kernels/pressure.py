"""Pressure and altitude: the ICAO standard atmosphere, QNH, and QNH learnt from aircraft on the ground.

Source: ICAO Doc 7488, Manual of the ICAO Standard Atmosphere, 3rd edition, tables A and D (troposphere and
lower stratosphere, to 20 km). QNH: the setting with which an altimeter on the runway shows its elevation
(ICAO Doc 8168). Altitudes in metres, pressures in hectopascals; absent values are NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beffroi.units import STANDARD_HPA

Floats = NDArray[np.float64]

T0_K = 288.15
LAPSE_K_PER_M = 0.0065
G_MPS2 = 9.80665
GAS_J_PER_KG_K = 287.05287
TROPOPAUSE_M = 11000.0

_EXPONENT = G_MPS2 / (GAS_J_PER_KG_K * LAPSE_K_PER_M)
_TROPOPAUSE_K = T0_K - LAPSE_K_PER_M * TROPOPAUSE_M
_TROPOPAUSE_HPA = STANDARD_HPA * (_TROPOPAUSE_K / T0_K) ** _EXPONENT
_SCALE_M = GAS_J_PER_KG_K * _TROPOPAUSE_K / G_MPS2

LOWEST_HPA, HIGHEST_HPA = 850.0, 1090.0
"""No sea-level pressure outside has been measured (WMO extremes: 870 and 1083.8): a row that asks for one is
not from an aircraft on the ground."""
AIRCRAFT_SIGMA_HPA = 1.8
"""Spread of one aircraft's altimetry on the ground, 50 ft: static ports near the ground, steps of 25 ft."""
COMMON_SIGMA_HPA = 1.0
"""What more aircraft do not average away: the slope of the runway, ports of one type."""


def pressure_hpa(altitude_m: ArrayLike) -> Floats:
    """Pressure of the standard atmosphere at a pressure altitude."""
    altitude = np.asarray(altitude_m, dtype=np.float64)
    low = np.minimum(altitude, TROPOPAUSE_M)
    below = STANDARD_HPA * (1 - LAPSE_K_PER_M / T0_K * low) ** _EXPONENT
    above = _TROPOPAUSE_HPA * np.exp(-(altitude - TROPOPAUSE_M) / _SCALE_M)
    return np.where(altitude > TROPOPAUSE_M, above, below)


def pressure_altitude_m(pressure_hpa: ArrayLike) -> Floats:
    """Altitude in the standard atmosphere at which there is this pressure."""
    pressure = np.asarray(pressure_hpa, dtype=np.float64)
    below = T0_K / LAPSE_K_PER_M * (1 - (pressure / STANDARD_HPA) ** (1 / _EXPONENT))
    above = TROPOPAUSE_M - _SCALE_M * np.log(pressure / _TROPOPAUSE_HPA)
    return np.where(pressure < _TROPOPAUSE_HPA, above, below)


def qnh_altitude_m(alt_1013_m: ArrayLike, qnh_hpa: ArrayLike) -> Floats:
    """What an altimeter shows on `qnh_hpa` where it shows `alt_1013_m` on 1013.25."""
    return np.asarray(alt_1013_m, dtype=np.float64) - pressure_altitude_m(qnh_hpa)


def standard_altitude_m(alt_qnh_m: ArrayLike, qnh_hpa: ArrayLike) -> Floats:
    """What an altimeter shows on 1013.25 where it shows `alt_qnh_m` on `qnh_hpa`."""
    return np.asarray(alt_qnh_m, dtype=np.float64) + pressure_altitude_m(qnh_hpa)


def learn_qnh(
    alt_1013_m: ArrayLike, elevation_m: ArrayLike, aircraft: ArrayLike
) -> tuple[float, float] | None:
    """(QNH, its sigma) in hPa from rows of aircraft that say they are on the ground; None if none is usable.

    `alt_1013_m`: what they report; `elevation_m`: of the aerodrome where they stand; `aircraft`: a number or
    a name for each, for an aircraft counts once however many rows it sends. The three broadcast. Rows that
    ask for an impossible pressure (a wrong ground bit in cruise) do not count, and the median over the
    aircraft bears up to half of them being wrong in other ways.
    """
    alt, elevation, who = np.broadcast_arrays(alt_1013_m, elevation_m, aircraft)
    with np.errstate(invalid="ignore"):
        qnh = pressure_hpa(np.asarray(alt - elevation, dtype=np.float64))
        usable = (qnh >= LOWEST_HPA) & (qnh <= HIGHEST_HPA)
    names = np.unique(who[usable])
    if not len(names):
        return None
    each = np.array([np.median(qnh[usable & (who == name)]) for name in names])
    middle = float(np.median(each))
    spread = max(1.4826 * float(np.median(np.abs(each - middle))), AIRCRAFT_SIGMA_HPA)
    return middle, float(np.hypot(spread / len(each) ** 0.5, COMMON_SIGMA_HPA))
