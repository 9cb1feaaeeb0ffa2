"""Heights: from each datum to mean sea level, with how sure. What a conversion lacks makes it absent.

Barometric heights on 1013.25 hPa need the QNH, heights on the ellipsoid the geoid; heights above ground or
above the take-off point would need terrain, which Beffroi does not carry, and are not converted.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from beffroi.kernels import pressure
from beffroi.observation import Observation
from beffroi.track import F

BAROMETRIC_SIGMA_M = 20.0
"""125 ft at 95 % between what the pilot sees and what is sent (ICAO Annex 10 Volume IV, chapter 3)."""
M_PER_HPA = 8.3
"""Height of one hPa near sea level (ICAO Doc 7488)."""
TEMPERATURE_SHARE = 0.04
"""A barometric height errs by about 4 % for 10 °C away from the standard (ICAO Doc 8168 part III)."""
GEOMETRIC_SIGMA_M = 15.0
"""Of a satellite height whose accuracy nobody states."""


class Reference(msgspec.Struct, kw_only=True):
    """What is known here and now to compare heights."""

    qnh_hpa: float | None = None
    qnh_sigma_hpa: float = 0.0
    geoid_m: float | None = None


def above_sea(
    observations: Sequence[Observation], reference: Reference, sigma_m: float | None = None
) -> tuple[F, F]:
    """(height above mean sea level, variance) of each observation, the best of what it gives; NaN if none.

    `sigma_m` is that of geometric heights whose accuracy the observation does not state.
    """
    usual = GEOMETRIC_SIGMA_M if sigma_m is None else sigma_m
    sigma = np.array([o.vertical_sigma_m for o in observations], dtype=np.float64)
    msl = np.array([o.alt_msl_m for o in observations], dtype=np.float64)
    wgs84 = np.array([o.alt_wgs84_m for o in observations], dtype=np.float64)
    qnh = np.array([o.alt_qnh_m for o in observations], dtype=np.float64)
    standard = np.array([o.alt_1013_m for o in observations], dtype=np.float64)
    geometric = np.where(np.isfinite(sigma), sigma, usual)
    choices = [(msl, geometric**2)]
    if reference.geoid_m is not None:
        choices.append((wgs84 - reference.geoid_m, geometric**2))
    choices.append((qnh, _barometric(qnh, 0.0)))
    if reference.qnh_hpa is not None:
        on_qnh = np.asarray(pressure.qnh_altitude_m(standard, reference.qnh_hpa))
        choices.append((on_qnh, _barometric(on_qnh, reference.qnh_sigma_hpa)))
    z, var = np.full(len(sigma), np.nan), np.full(len(sigma), np.nan)
    for value, its_var in choices:
        use = np.isfinite(value) & (~np.isfinite(z) | (its_var < var))
        z, var = np.where(use, value, z), np.where(use, its_var, var)
    return z, var


def _barometric(height_m: F, qnh_sigma_hpa: float) -> F:
    share = TEMPERATURE_SHARE * np.abs(height_m)
    return np.asarray(BAROMETRIC_SIGMA_M**2 + (M_PER_HPA * qnh_sigma_hpa) ** 2 + share**2)
