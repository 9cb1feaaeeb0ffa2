"""Bearings without a range: they sharpen tracks that exist, and two that cross may begin one.

A bearing that several tracks explain about equally well moves none of them. One bearing alone begins nothing.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from beffroi.kernels import kalman
from beffroi.kernels.kalman import VX, VY, X, Y
from beffroi.track import F, I
from beffroi.tracks import filter as states
from beffroi.tracks.filter import Targets
from beffroi.tracks.scan import Scan, Sensor, Settings

FALSE_PER_RAD = 0.1
"""Density of bearings that belong to no track, a radian and look: about one every second look."""
DOUBT_LOG = 3.0
"""The best track must be this much (20 to 1) better than the next."""
RATIO_LIMIT = 10.0
"""One bearing never says more than this for the existence of a track: what lies behind it is not known."""
KEEP_S = 3.0
"""A bearing waits this long for another to cross it."""
LEAST_ANGLE_RAD = 0.26
"""Bearings that cross flatter than this (15 degrees) fix nothing."""
FARTHEST_M = 20_000.0


class Waiting(msgspec.Struct, kw_only=True):
    """Bearings that no track explained; (k,) each."""

    row: I
    """Of the sensor."""
    time_s: F
    x_m: F
    y_m: F
    azimuth_rad: F
    sigma_rad: F


class Seen(NamedTuple):
    """Tracks as a sensor sees them at a time; (n,) each."""

    azimuth_rad: F
    var: F
    away_m: F


def nothing() -> Waiting:
    """No bearing waits."""
    flat = np.zeros(0)
    return Waiting(
        row=np.zeros(0, np.int64), time_s=flat, x_m=flat, y_m=flat, azimuth_rad=flat, sigma_rad=flat
    )


def _turn(angle_rad: F) -> F:
    """An angle within half a turn of zero."""
    return (angle_rad + np.pi) % (2 * np.pi) - np.pi


def _seen(centre: F, cov: F, x_m: float, y_m: float) -> Seen:
    dx, dy = centre[X] - x_m, centre[Y] - y_m
    away2 = np.maximum(dx**2 + dy**2, 1.0)
    var = (dy**2 * cov[X, X] - 2 * dx * dy * cov[X, Y] + dx**2 * cov[Y, Y]) / away2**2
    return Seen(np.arctan2(dx, dy), var, np.sqrt(away2))


def choose(
    targets: Targets, live: I, scan: Scan, plot: int, sensor: Sensor, settings: Settings
) -> tuple[int, float]:
    """The track (an index) that explains a bearing, and the log ratio for it; -1 where none or several do."""
    if scan.azimuth_rad is None or scan.azimuth_sigma_rad is None or not len(live):
        return -1, 0.0
    centre, cov = states.glance(targets, live, float(scan.time_s[plot]))
    drift = np.abs(scan.time_s[plot] - targets.time_s[live])
    cov[X, X] += cov[VX, VX] * drift**2
    cov[Y, Y] += cov[VY, VY] * drift**2
    seen = _seen(centre, cov, float(scan.x_m[plot]), float(scan.y_m[plot]))
    s = seen.var + scan.azimuth_sigma_rad[plot] ** 2
    d2 = _turn(scan.azimuth_rad[plot] - seen.azimuth_rad) ** 2 / s
    log = -0.5 * (d2 + np.log(2 * np.pi * s)) + np.log(targets.existence[live] / FALSE_PER_RAD)
    log[(d2 > settings.gate_sigmas**2) | (seen.away_m > sensor.range_max_m)] = -np.inf
    best = int(log.argmax())
    next_best = np.delete(log, best).max(initial=-np.inf)
    clear = log[best] > 0 and log[best] - next_best > DOUBT_LOG
    return (int(live[best]), float(log[best])) if clear else (-1, 0.0)


def take(targets: Targets, track: int, scan: Scan, plot: int, sensor: Sensor, settings: Settings) -> None:
    """A track takes a bearing, and an elevation if there is one."""
    if scan.azimuth_rad is None or scan.azimuth_sigma_rad is None:
        return
    these, time_s = np.array([track]), scan.time_s[[plot]]
    there = states.ahead(targets, these, time_s, settings, steady=False)
    dx, dy = there.mean[X] - scan.x_m[plot], there.mean[Y] - scan.y_m[plot]
    away2 = dx**2 + dy**2
    slope = np.zeros_like(there.mean)
    slope[X], slope[Y] = dy / away2, -dx / away2
    residual = _turn(scan.azimuth_rad[plot] - np.arctan2(dx, dy))
    var = np.full(residual.shape, scan.azimuth_sigma_rad[plot] ** 2)
    mean, cov, log_density = kalman.update_scalar(there.mean, there.cov, slope, residual, var)
    weight, _ = kalman.reweigh(there.weight, log_density)
    states.write(targets, these, there.time_s, mean, cov, weight)
    _take_elevation(targets, these, float(np.sqrt(away2.mean())), scan, plot, sensor, settings)


def _take_elevation(
    targets: Targets, these: I, away_m: float, scan: Scan, plot: int, sensor: Sensor, settings: Settings
) -> None:
    if scan.elevation_rad is None or scan.elevation_sigma_rad is None or np.isnan(scan.elevation_rad[plot]):
        return
    elevation = scan.elevation_rad[plot]
    z = sensor.alt_m + away_m * np.tan(elevation)
    place_var = float(targets.cov[X, X, 0, these[0]] + targets.cov[Y, Y, 0, these[0]]) / 2
    var = (away_m / np.cos(elevation) ** 2 * scan.elevation_sigma_rad[plot]) ** 2 + np.tan(
        elevation
    ) ** 2 * place_var
    states.take_height(targets, these, scan.time_s[[plot]], np.array([z]), np.array([var]), settings)


def cross(waiting: Waiting, row: int, scan: Scan, plot: int) -> Scan | None:
    """The place where a bearing crosses the best of the waiting ones of other sensors, as a plot."""
    if scan.azimuth_rad is None or scan.azimuth_sigma_rad is None:
        return None
    best: tuple[float, F, F] | None = None
    for k in np.flatnonzero(waiting.row != row):
        ends = np.array([[waiting.x_m[k], waiting.y_m[k]], [scan.x_m[plot], scan.y_m[plot]]])
        angles = np.array([waiting.azimuth_rad[k], scan.azimuth_rad[plot]])
        sigmas = np.array([waiting.sigma_rad[k], scan.azimuth_sigma_rad[plot]])
        fix = _intersection(ends, angles, sigmas)
        if fix is not None and (best is None or np.trace(fix[1]) < best[0]):
            best = (float(np.trace(fix[1])), *fix)
    if best is None:
        return None
    _, place, cov = best
    return Scan(
        time_s=scan.time_s[[plot]], x_m=place[[0]], y_m=place[[1]], var_x_m2=cov[[0], [0]],
        cov_xy_m2=cov[[0], [1]], var_y_m2=cov[[1], [1]],
    )  # fmt: skip


def _intersection(ends: F, angle_rad: F, sigma_rad: F) -> tuple[F, F] | None:
    """Where two rays from `ends` (2, 2) meet, with its covariance (2, 2); None where they do not."""
    if abs(np.sin(angle_rad[1] - angle_rad[0])) < np.sin(LEAST_ANGLE_RAD):
        return None
    ahead = np.stack([np.sin(angle_rad), np.cos(angle_rad)], axis=1)
    along = np.linalg.solve(np.stack([ahead[0], -ahead[1]], axis=1), ends[1] - ends[0])
    if (along <= 0).any() or (along > FARTHEST_M).any():
        return None
    # Each bearing says how far across its ray the place lies.
    across = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    information = sum(np.outer(a, a) / (d * s) ** 2 for a, d, s in zip(across, along, sigma_rad, strict=True))
    return ends[0] + along[0] * ahead[0], np.linalg.inv(information)


def at_fix(targets: Targets, live: I, fix: Scan, settings: Settings) -> int:
    """The track (an index) that a crossing falls on, -1 = none: a second one is not begun there."""
    if not len(live):
        return -1
    centre, cov = states.glance(targets, live, float(fix.time_s[0]))
    xx, xy, yy = cov[X, X] + fix.var_x_m2, cov[X, Y] + fix.cov_xy_m2, cov[Y, Y] + fix.var_y_m2
    dx, dy = fix.x_m - centre[X], fix.y_m - centre[Y]
    d2 = (yy * dx**2 - 2 * xy * dx * dy + xx * dy**2) / (xx * yy - xy**2)
    best = int(d2.argmin())
    return int(live[best]) if d2[best] <= settings.gate_sigmas**2 else -1


def wait(waiting: Waiting, row: int, scan: Scan, plots: I) -> Waiting:
    """The waiting bearings with those of `plots` of the sensor in `row`."""
    if scan.azimuth_rad is None or scan.azimuth_sigma_rad is None or not len(plots):
        return waiting
    fresh = waiting.time_s >= scan.time_s[plots].max() - KEEP_S
    new = (scan.time_s, scan.x_m, scan.y_m, scan.azimuth_rad, scan.azimuth_sigma_rad)
    old = (waiting.time_s, waiting.x_m, waiting.y_m, waiting.azimuth_rad, waiting.sigma_rad)
    columns = [np.concatenate([o[fresh], n[plots]]) for o, n in zip(old, new, strict=True)]
    rows = np.concatenate([waiting.row[fresh], np.full(len(plots), row, np.int64)])
    return Waiting(
        row=rows,
        time_s=columns[0],
        x_m=columns[1],
        y_m=columns[2],
        azimuth_rad=columns[3],
        sigma_rad=columns[4],
    )
