"""Which plot belongs to which track: candidates in space, what each pair gains, one best assignment.

Identity never forces association: what a plot says of itself is one likelihood ratio, inside the gate only.
"""

from typing import NamedTuple

import numpy as np

from beffroi.kernels import assign, kalman
from beffroi.kernels.kalman import TURN, VX, VY, X, Y
from beffroi.track import F, I
from beffroi.tracks import filter as states
from beffroi.tracks.filter import Ahead, Targets
from beffroi.tracks.scan import Scan, Settings

SAME_LOG_RATIO = 6.9
"""A plot that names the same object as the track: 1000 to 1."""
OTHER_LOG_RATIO = -6.9
"""One that names another, after the track's own name has not been heard for `NAME_S`; before, never."""
NAMED_GATE = 1.4
"""The gate grows by no more than this where the names agree."""
NAME_S = 30.0
HEIGHT_SPAN_M = 3000.0
"""Clutter is spread over this height."""
SPEED_SPAN_MPS = 100.0
"""Wrong plots spread their velocity over this, each axis one sigma."""
WRONG_SPEED_P = 0.02
"""How often a stated velocity is wrong: it never speaks louder against a pair than this."""
UNLIKELY = 0.01
"""Modes less likely than this do not widen the gate."""


class Pairs(NamedTuple):
    """Tracks that have candidates, where they are expected, and the pairs (p of them) inside the gate."""

    there: Ahead
    row: I
    """Index into `there`."""
    plot: I
    log_density: F
    """(m, p): of the plot in each mode of the track."""
    log_mixture: F
    """Over the modes, and the chance that the track was jolted out of all of them."""
    inside: F
    """Least squared distance over the modes, in sigmas."""

    @property
    def track(self) -> I:
        """Index of the track of each pair."""
        track: I = self.there.track[self.row]
        return track


def pairs(targets: Targets, these: I, scan: Scan, plots: I, settings: Settings, steady: bool) -> Pairs:
    """The pairs of tracks `these` with `plots` that lie inside the gate."""
    these = _free(targets, these, scan, plots)
    row, plot = _circle(targets, these, scan, plots, settings, steady)
    row, plot = _in_time(targets, these, row, scan, plot, settings)
    new = np.ones(len(row), bool)
    new[1:] = row[1:] != row[:-1]
    there = states.ahead(targets, these[row[new]], scan.time_s[plot[new]], settings, steady)
    row = np.cumsum(new) - 1
    at, (z, noise) = states.expect(there, row, scan.time_s[plot]), place_of(scan, plot)
    d2, log_density = kalman.measure(at, z, noise)
    weight = there.weight.take(row, -1)
    least = np.where(weight > UNLIKELY, d2, np.inf).min(0)
    jolted2, log_jolted = _jolted(
        at, z, noise, scan.time_s[plot] - targets.time_s[there.track[row]], settings
    )
    log = np.logaddexp(over_modes(weight, log_density), np.log(settings.jolt_p) + log_jolted)
    gate2 = settings.gate_sigmas**2 + _widened(targets, there.track[row], scan, plot, settings)
    inside = np.minimum(least, jolted2) <= gate2
    return Pairs(there, row[inside], plot[inside], log_density[:, inside], log[inside], least[inside])


def _jolted(at: kalman.Expected, z: F, noise: F, dt_s: F, settings: Settings) -> tuple[F, F]:
    """Squared distance and log density (p,) of a track that began to manoeuvre right after its last plot."""
    away2 = (0.5 * settings.jolt_mps2 * dt_s**2) ** 2
    first = at._replace(x=at.x[:1], y=at.y[:1], xx=at.xx[:1], xy=at.xy[:1], yy=at.yy[:1])
    d2, log = kalman.measure(first, z, noise + np.array([[1.0], [0.0], [1.0]]) * away2)
    return d2[0], log[0]


def _widened(targets: Targets, track: I, scan: Scan, plot: I, settings: Settings) -> F | float:
    """What a common name adds to the squared gate, as it does to the cost; nothing where a sensor holds."""
    if scan.identity is None:
        return 0.0
    free = ~(scan.time_s[plot] - targets.measured_s[track] <= settings.held_s)
    return np.where(free, 2 * np.maximum(name_ratio(targets, track, scan, plot), 0.0), 0.0)


def _free(targets: Targets, these: I, scan: Scan, plots: I) -> I:
    """Those of the tracks that may take one of the plots: not one that bears a name that none of them gives
    (see `name_ratio`)."""
    if scan.identity is None or (scan.identity[plots] < 0).any():
        return these
    mine = targets.identity[these]
    bound = (mine >= 0) & (scan.time_s[plots].max() - targets.named_s[these] < NAME_S)
    free: I = these[~bound | np.isin(mine, scan.identity[plots])]
    return free


def _in_time(targets: Targets, these: I, row: I, scan: Scan, plot: I, settings: Settings) -> tuple[I, I]:
    """The pairs whose plot is not too late for the track."""
    kept = targets.time_s[these[row]] - scan.time_s[plot] <= settings.late_s
    return row[kept], plot[kept]


def _circle(
    targets: Targets, these: I, scan: Scan, plots: I, settings: Settings, steady: bool
) -> tuple[I, I]:
    """Pairs that may belong together, from a generous circle round each track."""
    count = 1 if steady else len(settings.share)
    now_s, spread_s = _times(scan.time_s[plots])
    dt = now_s - targets.time_s[these]
    mean = states.gather(targets.mean[:TURN, :count], these)
    weight = states.gather(targets.weight[:count], these)
    cov = targets.cov[:, :, :count]
    place = np.sqrt(np.maximum(cov[X, X], cov[Y, Y]).take(these, -1))
    speed = np.sqrt(np.maximum(cov[VX, VX], cov[VY, VY]).take(these, -1))
    noise = np.array(settings.noise[:count])[:, None] * np.abs(dt) ** 3 / 3
    blur2 = float(np.maximum(scan.var_x_m2[plots], scan.var_y_m2[plots]).max(initial=0.0))
    sigma = np.sqrt((place + speed * np.abs(dt)) ** 2 + noise + blur2)
    x, y = mean[X] + mean[VX] * dt, mean[Y] + mean[VY] * dt
    centre_x, centre_y = (x * weight).sum(0), (y * weight).sum(0)
    apart = np.hypot(x - centre_x, y - centre_y)
    reach = settings.gate_sigmas if scan.identity is None else NAMED_GATE * settings.gate_sigmas
    sigma = np.hypot(sigma, 0.5 * settings.jolt_mps2 * dt**2)
    radius = np.where(weight > UNLIKELY, reach * sigma + apart, 0.0).max(0)
    if spread_s:
        radius += spread_s * np.hypot(mean[VX], mean[VY]).max(0)
    points, centres = np.array([scan.x_m[plots], scan.y_m[plots]]), np.array([centre_x, centre_y])
    row, at = assign.near(points.T, centres.T, radius)
    return row, plots[at]


def _times(time_s: F) -> tuple[float, float]:
    """Middle of the times, and how far they spread."""
    first, last = float(time_s.min()), float(time_s.max())
    return 0.5 * (first + last), last - first


def place_of(scan: Scan, plots: I) -> tuple[F, F]:
    """Position (2, k) and its covariance (3, k) of plots."""
    z = np.array([scan.x_m[plots], scan.y_m[plots]])
    return z, np.array([scan.var_x_m2[plots], scan.cov_xy_m2[plots], scan.var_y_m2[plots]])


def over_modes(weight: F, log_density: F) -> F:
    """Log density of the mixture."""
    if len(weight) == 1:
        only: F = log_density[0]
        return only
    top = log_density.max(0)
    total: F = top + np.log((weight * np.exp(log_density - top)).sum(0))
    return total


def name_ratio(targets: Targets, track: I, scan: Scan, plot: I) -> F:
    """Log likelihood ratio of what the plot says it is; -inf where two names must not meet."""
    if scan.identity is None:
        return np.zeros(len(track))
    mine, its = targets.identity[track], scan.identity[plot]
    both = (mine >= 0) & (its >= 0)
    fresh = scan.time_s[plot] - targets.named_s[track] < NAME_S
    other = np.where(fresh, -np.inf, OTHER_LOG_RATIO)
    return np.where(both, np.where(mine == its, SAME_LOG_RATIO, other), 0.0)


def height_ratio(targets: Targets, track: I, scan: Scan, plot: I, settings: Settings) -> F:
    """Log likelihood ratio of the height, where both give one; -inf outside the gate."""
    if scan.z_m is None or scan.var_z_m2 is None:
        return np.zeros(len(track))
    height, cov = states.heights_at(targets, track, scan.time_s[plot], settings)
    s = cov[0] + scan.var_z_m2[plot]
    d2 = (scan.z_m[plot] - height[0]) ** 2 / s
    log = -0.5 * (d2 + np.log(2 * np.pi * s)) + np.log(HEIGHT_SPAN_M)
    log[d2 > settings.gate_sigmas**2] = -np.inf
    return np.where(np.isnan(log), 0.0, log)


def speed_ratio(there: Ahead, row: I, scan: Scan, plot: I) -> F:
    """Log likelihood ratio of the velocity, where the plot gives one."""
    if scan.vx_mps is None or scan.vy_mps is None or scan.var_v_m2ps2 is None:
        return np.zeros(len(row))
    weight = there.weight[:, row]
    s = (0.5 * (there.cov[VX, VX] + there.cov[VY, VY])[:, row] * weight).sum(0) + scan.var_v_m2ps2[plot]
    dx = scan.vx_mps[plot] - (there.mean[VX][:, row] * weight).sum(0)
    dy = scan.vy_mps[plot] - (there.mean[VY][:, row] * weight).sum(0)
    log = -0.5 * (dx**2 + dy**2) / s - np.log(s / SPEED_SPAN_MPS**2)
    return np.where(np.isfinite(log), np.log(WRONG_SPEED_P + (1 - WRONG_SPEED_P) * np.exp(log)), 0.0)
