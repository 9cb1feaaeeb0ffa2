"""Heights: from each datum to mean sea level, with how sure. What a conversion lacks makes it absent.

Barometric heights on 1013.25 hPa need the QNH, heights on the ellipsoid the geoid; heights above ground or
above the take-off point would need terrain, which Beffroi does not carry, and are not converted.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter

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
AERODROME_M = 3000.0
"""What is on the ground so near to a threshold stands at its elevation."""
STANDING_SIGMA_M = 5.0
"""Slope of an aerodrome."""
GEOMETRIC_SIGMA_M = 15.0
"""Of a satellite height whose accuracy nobody states."""
FIELDS = ("vertical_sigma_m", "alt_msl_m", "alt_wgs84_m", "alt_qnh_m", "alt_1013_m")


class Reference(msgspec.Struct, kw_only=True):
    """What is known here and now to compare heights."""

    qnh_hpa: float | None = None
    qnh_sigma_hpa: float = 0.0
    geoid_m: float | None = None
    thresholds: tuple[tuple[float, float, float], ...] = ()
    """(x, y, elevation above the sea) of the runway ends whose elevation is known."""


def on_aerodrome(x_m: F, y_m: F, reference: Reference) -> F:
    """Height above the sea of what stands on the ground there: that of the nearest threshold; NaN where none
    is near, for Beffroi carries no terrain."""
    if not reference.thresholds:
        return np.full(len(x_m), np.nan)
    end_x, end_y, level = np.array(reference.thresholds).T[..., None]
    away_m = np.hypot(end_x - x_m, end_y - y_m)
    nearest = away_m.argmin(0)
    return np.where(away_m.min(0) <= AERODROME_M, level[nearest, 0], np.nan)


def above_sea(
    observations: Sequence[Observation], reference: Reference, sigma_m: float | None = None
) -> tuple[F, F]:
    """(height above mean sea level, variance) of each observation, the best of what it gives; NaN if none.

    `sigma_m` is that of geometric heights whose accuracy the observation does not state.
    """
    z, var = np.full(len(observations), np.nan), np.full(len(observations), np.nan)
    for value, its_var in _choices(
        observations, reference, GEOMETRIC_SIGMA_M if sigma_m is None else sigma_m
    ):
        use = np.isfinite(value) & (~np.isfinite(z) | (its_var < var))
        z, var = np.where(use, value, z), np.where(use, its_var, var)
    return z, var


def _choices(
    observations: Sequence[Observation], reference: Reference, usual_sigma_m: float
) -> Iterator[tuple[F, F | float]]:
    """Heights above the sea and their variances, one for each datum that is given and can be converted."""
    sigma, msl, wgs84, qnh, standard = (column(observations, name) for name in FIELDS)
    known = usual_sigma_m if sigma is None else np.where(np.isfinite(sigma), sigma, usual_sigma_m)
    if msl is not None:
        yield msl, known**2
    if wgs84 is not None and reference.geoid_m is not None:
        yield wgs84 - reference.geoid_m, known**2
    if qnh is not None:
        yield qnh, _barometric(qnh, 0.0)
    if standard is not None and reference.qnh_hpa is not None:
        on_qnh = np.asarray(pressure.qnh_altitude_m(standard, reference.qnh_hpa))
        yield on_qnh, _barometric(on_qnh, reference.qnh_sigma_hpa)


def column(observations: Sequence[Observation], name: str) -> F | None:
    """A field as a column; None if none gives it, as is usual."""
    values = list(map(attrgetter(name), observations))
    some = bool(values) and values[0] is not None  # as is usual, and sooner asked than all of them
    return np.array(values, dtype=np.float64) if some or values.count(None) < len(values) else None


def _barometric(height_m: F, qnh_sigma_hpa: float) -> F:
    share = TEMPERATURE_SHARE * np.abs(height_m)
    return np.asarray(BAROMETRIC_SIGMA_M**2 + (M_PER_HPA * qnh_sigma_hpa) ** 2 + share**2)
