"""Encounters of two aircraft on straight paths: closest approach, loss of well clear, near mid-air collision.

Sources: RTCA DO-365B, 2.2.4.3 and appendix C (well clear, its thresholds); C. Muñoz, A. Narkawicz, NASA
TM-2014-218173 (the interval of the modified-tau volume, of which a cylinder is the case without time
threshold); RTCA DO-185B (NMAC: 500 ft and 100 ft).

Columns in a plane that both share: metres, m/s, seconds. Positions and velocities are those of the other
relative to oneself; arguments broadcast. NaN = never, or not known. Whether the two sides are swapped does
not matter.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from beffroi.units import M_PER_FT, M_PER_NM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Separation(NamedTuple):
    """A volume that another must not enter."""

    dthr_m: float
    """Horizontal distance (DMOD and HMD)."""
    zthr_m: float
    """Vertical distance."""
    tthr_s: float = 0.0
    """Modified tau under which it counts as entered though it is farther away."""
    tcoa_s: float = 0.0
    """Time to co-altitude under which the vertical distance counts as lost."""


NMAC = Separation(500 * M_PER_FT, 100 * M_PER_FT)
"""Near mid-air collision (DO-185B)."""
DWC_PHASE_I = Separation(0.66 * M_PER_NM, 450 * M_PER_FT, 35.0)
"""En route, cooperative (DO-365B)."""
DWC_PHASE_II = Separation(1500 * M_PER_FT, 450 * M_PER_FT)
"""Terminal area (DO-365B)."""
DWC_NON_COOPERATIVE = Separation(2200 * M_PER_FT, 450 * M_PER_FT)
"""En route, without transponder (DO-365B)."""


def closest_approach(x_m: Floats, y_m: Floats, vx_mps: Floats, vy_mps: Floats) -> tuple[Floats, Floats]:
    """(TCPA [s], horizontal distance then [m]). Where they part, TCPA is 0 and the distance that of now."""
    closing = x_m * vx_mps + y_m * vy_mps
    speed2 = vx_mps * vx_mps + vy_mps * vy_mps
    with np.errstate(divide="ignore", invalid="ignore"):
        tcpa_s = np.where(speed2 > np.finfo(np.float64).tiny, np.maximum(-closing / speed2, 0.0), 0.0)
    return tcpa_s, np.hypot(x_m + tcpa_s * vx_mps, y_m + tcpa_s * vy_mps)


def violation(
    x_m: Floats,
    y_m: Floats,
    z_m: Floats,
    vx_mps: Floats,
    vy_mps: Floats,
    vz_mps: Floats,
    volume: Separation,
    horizon_s: float,
) -> tuple[Floats, Floats]:
    """(from, to) in seconds from now of the first violation within the horizon; NaN = none.

    `from` is 0 where the volume is violated now. Where `z_m` is NaN the vertical is taken as violated all
    the time: with no height, nothing is proven by height.
    """
    from_s, to_s = _vertical(z_m, vz_mps, volume, horizon_s)
    begin_x, begin_y = x_m + from_s * vx_mps, y_m + from_s * vy_mps
    enter_s, leave_s = _horizontal(begin_x, begin_y, vx_mps, vy_mps, volume)
    enter_s, leave_s = from_s + enter_s, np.minimum(from_s + leave_s, to_s)
    with np.errstate(invalid="ignore"):
        met = enter_s <= leave_s
    return np.where(met, enter_s, np.nan), np.where(met, leave_s, np.nan)


def _vertical(z_m: Floats, vz_mps: Floats, volume: Separation, horizon_s: float) -> tuple[Floats, Floats]:
    """(from, to) within [0, horizon] of vertical violation; NaN = none."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        early_m = np.maximum(volume.zthr_m, np.abs(vz_mps) * volume.tcoa_s)
        away = np.sign(vz_mps)
        from_s = (-away * early_m - z_m) / vz_mps
        to_s = (away * volume.zthr_m - z_m) / vz_mps
        level = np.where(np.abs(z_m) <= volume.zthr_m, -np.inf, np.nan)
        unknown = np.isnan(z_m) | np.isnan(vz_mps)
        from_s = np.where(vz_mps == 0, level, from_s)
        to_s = np.where(vz_mps == 0, -level, to_s)
        from_s = np.maximum(np.where(unknown, 0.0, from_s), 0.0)
        to_s = np.minimum(np.where(unknown, horizon_s, to_s), horizon_s)
        none = ~(from_s <= to_s)
    return np.where(none, np.nan, from_s), np.where(none, np.nan, to_s)


def _horizontal(
    x_m: Floats, y_m: Floats, vx_mps: Floats, vy_mps: Floats, volume: Separation
) -> tuple[Floats, Floats]:
    """(from, to), not before 0, of horizontal violation; NaN = none.

    It begins where modified tau falls to TTHR, at the first root of
    v² t² + (2 s·v + TTHR v²) t + s² + TTHR s·v - DTHR² = 0, and ends where the disc of DTHR is left.
    """
    a, sv = vx_mps * vx_mps + vy_mps * vy_mps, x_m * vx_mps + y_m * vy_mps
    beyond = x_m * x_m + y_m * y_m - volume.dthr_m**2
    b, c = 2 * sv + volume.tthr_s * a, beyond + volume.tthr_s * sv
    with np.errstate(divide="ignore", invalid="ignore"):
        enter_s = np.maximum((-b - np.sqrt(b * b - 4 * a * c)) / (2 * a), 0.0)
        leave_s = (-sv + np.sqrt(sv * sv - a * beyond)) / a
        enter_s = np.where(sv < 0, enter_s, np.nan)
        inside = beyond <= 0
        leave_s = np.where(inside & (a == 0), np.inf, leave_s)
    return np.where(inside, 0.0, enter_s), leave_s


def near_pairs(
    x1_m: Floats, y1_m: Floats, speed1_mps: Floats, x2_m: Floats, y2_m: Floats, speed2_mps: Floats,
    reach_m: float, horizon_s: float,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Pairs (index into the first, into the second) that can come within `reach_m` before the horizon."""
    reach = np.add.outer(reach_m + speed1_mps * horizon_s, speed2_mps * horizon_s)
    near = np.abs(np.subtract.outer(x1_m, x2_m)) <= reach
    near &= np.abs(np.subtract.outer(y1_m, y2_m)) <= reach
    first, second = np.nonzero(near)
    return first, second


def chance_within(miss_m: Floats, sigma_m: Floats, radius_m: float | Floats) -> Floats:
    """Probability that a miss, measured with a normal error across the path, is really within a radius."""
    miss, sigma = np.abs(miss_m), np.maximum(sigma_m, 1e-9)
    return np.asarray(ndtr((radius_m - miss) / sigma) - ndtr((-radius_m - miss) / sigma))
