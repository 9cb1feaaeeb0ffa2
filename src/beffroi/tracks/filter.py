"""The live tracks as columns, and how their states move and take plots."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from beffroi.kernels import kalman
from beffroi.kernels.kalman import TURN, VX, VY, X, Y
from beffroi.track import CLASSES, B, F, I
from beffroi.tracks.scan import Scan, Settings

STEADY, TURNING, AGILE = range(3)
"""The modes. In the agile one a target may stop."""
STRAIN_FADE = 0.8
"""A look back of 1 / (1 - fade) plots."""


SHOCK = 12.0
"""A squared innovation that wakes a steady track by itself: 1 in 400."""
PACE_S = 20.0
GROUND_STEP_S = 2.0
"""A height on the ground is carried on no longer than this. Source: two periods of state vectors."""
_GROWTH = 64
_MANY = 1000
"""From so many tracks on, row by row is faster: NumPy would walk down the columns, and miss the cache."""


class Targets(msgspec.Struct, kw_only=True):
    """Tracks as columns; n is the last axis of each. A place whose id is 0 is free."""

    id: I
    time_s: F
    """When the state holds."""
    mean: F
    """(5, m, n), see `kernels.kalman`."""
    cov: F
    """(5, 5, m, n)"""
    weight: F
    """(m, n): probability of each mode. A steady track has 1 in the first, and its other modes sleep."""
    strain: F
    """Squared innovations of a steady track, faded."""
    height: F
    """(2, n): altitude and climb; NaN = no height known."""
    height_cov: F
    """(3, n): variance of altitude, covariance, variance of climb."""
    height_s: F
    existence: F
    hidden: F
    """Probability that it is there but no Doppler sensor can see it (it hovers)."""
    asked_s: F
    """When existence was last carried forward."""
    confirmed: B
    first_s: F
    measured_s: F
    claimed_s: F
    ground_s: F
    """When a claim last said that it is on the ground."""
    seen_s: F
    """(s, n): when each sensor's look at it was last accounted for, hit or miss."""
    hit_s: F
    """(s, n): when each measuring sensor last gave it a plot."""
    missed: I
    """Looks in a row without a plot."""
    hits: I
    identity: I
    named_s: F
    """When a plot last gave that identity."""
    class_log: F
    """(c, n): log likelihood of each class, from the sensors' words."""
    pace_mps: F
    """Usual speed, averaged over `PACE_S`."""
    restless: F
    """Share of the time in a mode that is not steady, averaged alike."""

    def __len__(self) -> int:
        return len(self.id)


def none(settings: Settings) -> Targets:
    """No track."""
    m = len(settings.share)
    flat = np.zeros(0)
    whole = np.zeros(0, np.int64)
    return Targets(
        id=whole, time_s=flat, mean=np.zeros((5, m, 0)), cov=np.zeros((5, 5, m, 0)), weight=np.zeros((m, 0)),
        strain=flat, height=np.zeros((2, 0)), height_cov=np.zeros((3, 0)), height_s=flat, existence=flat,
        hidden=flat, asked_s=flat, confirmed=np.zeros(0, bool), first_s=flat, measured_s=flat, claimed_s=flat,
        ground_s=flat, seen_s=np.zeros((0, 0)), hit_s=np.zeros((0, 0)), missed=whole, hits=whole,
        identity=whole, named_s=flat, class_log=np.zeros((len(CLASSES), 0)), pace_mps=flat, restless=flat,
    )  # fmt: skip


def live(targets: Targets) -> I:
    """Indices of the tracks that live."""
    return np.flatnonzero(targets.id)


def put(targets: Targets, new: Targets) -> I:
    """Write new tracks into free places, which are returned; the columns grow when they are full."""
    free = np.flatnonzero(targets.id == 0)[: len(new)]
    if len(free) < len(new):
        grow = max(_GROWTH, len(targets) + len(new))
        for name in Targets.__struct_fields__:
            column = getattr(targets, name)
            more = np.zeros((*column.shape[:-1], grow), column.dtype)
            setattr(targets, name, np.concatenate([column, more], axis=-1))
        free = np.flatnonzero(targets.id == 0)[: len(new)]
    for name in Targets.__struct_fields__:
        scatter(getattr(targets, name), free, getattr(new, name))
    return free


def gather(column: F, track: I) -> F:
    """Some tracks of a column, of which they are the last axis."""
    if len(track) < _MANY or column.ndim == 1:
        few: F = column.take(track, -1, mode="clip")  # which spares NumPy a copy; all indices are there
        return few
    out = np.empty((*column.shape[:-1], len(track)))
    for row in np.ndindex(column.shape[:-1]):
        np.take(column[row], track, out=out[row], mode="clip")
    return out


def scatter(column: NDArray[Any], track: I, value: NDArray[Any]) -> None:
    """Write some tracks of a column, of which they are the last axis."""
    if len(track) < _MANY or column.ndim == 1:
        column[..., track] = value
        return
    for row in np.ndindex(column.shape[:-1]):
        column[row][track] = value[row]


def end(targets: Targets, track: I) -> None:
    """Let go of tracks; their places are free."""
    targets.id[track] = 0
    targets.existence[track] = 0.0
    targets.confirmed[track] = False


def add_sensor(targets: Targets, now_s: float) -> None:
    """One more row for a sensor that is heard for the first time."""
    n = len(targets)
    targets.seen_s = np.concatenate([targets.seen_s, np.full((1, n), now_s)])
    targets.hit_s = np.concatenate([targets.hit_s, np.full((1, n), -np.inf)])


@lru_cache(maxsize=8)
def modes(settings: Settings, count: int) -> kalman.Modes:
    """The first `count` models of motion of the settings."""
    return kalman.Modes(
        noise=np.array(settings.noise[:count]),
        turn_noise=np.array(settings.turn_noise[:count]),
        fade_hz=np.array(settings.fade_hz[:count]),
        turn_sigma=np.full(count, settings.turn_sigma),
        stay_s=np.array(settings.stay_s[:count]),
        share=np.array(settings.share[:count]),
    )


def born(scan: Scan, these: I, first_id: int, sensors: int, settings: Settings) -> Targets:
    """A track for each of the plots `these`; a speed that the plot gives is used."""
    n, m = len(these), len(settings.share)
    time_s = scan.time_s[these]
    mean, cov = np.zeros((5, m, n)), np.zeros((5, 5, m, n))
    mean[X], mean[Y] = scan.x_m[these], scan.y_m[these]
    cov[X, X], cov[Y, Y] = scan.var_x_m2[these], scan.var_y_m2[these]
    cov[X, Y] = cov[Y, X] = scan.cov_xy_m2[these]
    cov[VX, VX] = cov[VY, VY] = np.array(settings.speed_sigma_mps)[:, None] ** 2
    cov[TURN, TURN] = settings.turn_sigma**2
    if scan.vx_mps is not None and scan.vy_mps is not None and scan.var_v_m2ps2 is not None:
        known = np.isfinite(scan.vx_mps[these])
        pick = these[known]
        # The agile mode does not believe it: stated speeds are often old, and then the places tell.
        mean[VX][:AGILE, known], mean[VY][:AGILE, known] = scan.vx_mps[pick], scan.vy_mps[pick]
        cov[VX, VX][:AGILE, known] = cov[VY, VY][:AGILE, known] = scan.var_v_m2ps2[pick]
    height, height_cov = _first_height(scan, these, settings)
    never, zero = np.full(n, np.nan), np.zeros(n, np.int64)
    return Targets(
        id=first_id + np.arange(n, dtype=np.int64), time_s=time_s, mean=mean, cov=cov,
        weight=np.repeat(np.array(settings.share)[:, None], n, axis=1), strain=np.zeros(n),
        height=height, height_cov=height_cov, height_s=time_s.copy(),
        existence=np.full(n, settings.birth_p), hidden=np.zeros(n), asked_s=time_s.copy(),
        confirmed=np.zeros(n, bool), first_s=time_s.copy(), measured_s=never, claimed_s=never.copy(),
        ground_s=never.copy(), seen_s=np.repeat(time_s[None], sensors, axis=0),
        hit_s=np.full((sensors, n), -np.inf), missed=zero, hits=zero.copy(),
        identity=np.full(n, -1, np.int64), named_s=never.copy(),
        class_log=np.zeros((len(CLASSES), n)), pace_mps=np.full(n, np.nan), restless=np.zeros(n),
    )  # fmt: skip


def _first_height(scan: Scan, these: I, settings: Settings) -> tuple[F, F]:
    height = np.full((2, len(these)), np.nan)
    cov = np.zeros((3, len(these)))
    if scan.z_m is not None and scan.var_z_m2 is not None:
        known = np.isfinite(scan.z_m[these])
        height[0, known], height[1, known] = scan.z_m[these[known]], 0.0
        cov[0, known], cov[2, known] = scan.var_z_m2[these[known]], settings.climb_sigma_mps**2
    return height, cov


class Ahead(NamedTuple):
    """The states of some tracks (k of them) at the times of their plots, before they take them."""

    track: I
    """Index into the columns."""
    time_s: F
    mean: F
    cov: F
    weight: F
    model: kalman.Modes


def ahead(targets: Targets, track: I, time_s: F, settings: Settings, steady: bool) -> Ahead:
    """Tracks at `time_s`, each at its own, none taken back in time; steady ones in the steady mode alone."""
    count, size = (1, TURN) if steady else (len(settings.share), kalman.SIZE)
    model = modes(settings, count)
    to_s = np.maximum(time_s, targets.time_s[track])
    dt_s = to_s - targets.time_s[track]
    mean, cov = gather(targets.mean[:size, :count], track), gather(targets.cov[:size, :size, :count], track)
    mean, cov, weight = kalman.mix(model, mean, cov, gather(targets.weight[:count], track), dt_s)
    mean, cov = kalman.predict(model, mean, cov, dt_s)
    return Ahead(track, to_s, mean, cov, weight, model)


def expect(there: Ahead, row: I, time_s: F) -> kalman.Expected:
    """Where rows of `there` are expected at `time_s`; other than their own time is retrodiction."""
    dt_s = time_s - there.time_s[row]
    if not dt_s.any():
        at = kalman.expect(there.mean, there.cov)
        x, y, xx, xy, yy = (part.take(row, -1) for part in at[:5])
        return kalman.Expected(x, y, xx, xy, yy, at.along_x, at.along_y)
    mean, cov = gather(there.mean, row), gather(there.cov, row)
    return kalman.expect(mean, cov, kalman.motion(there.model, mean, dt_s))


def take(
    targets: Targets, there: Ahead, row: I, time_s: F, z: F, noise: F, log_density: F, inside: F
) -> None:
    """Rows of `there` take a position each: `z` (2, k) with covariance `noise` (3, k)."""
    mean, cov = gather(there.mean, row), gather(there.cov, row)
    dt_s = time_s - there.time_s[row]
    at = kalman.expect(mean, cov, kalman.motion(there.model, mean, dt_s) if dt_s.any() else None)
    mean, cov = kalman.update(mean, cov, at, z, noise)
    weight, _ = kalman.reweigh(there.weight.take(row, -1), log_density)
    write(targets, there.track[row], there.time_s[row], mean, cov, weight)
    strain = STRAIN_FADE * targets.strain[there.track[row]] + inside
    targets.strain[there.track[row]] = np.where(inside > SHOCK, np.inf, strain)


def write(targets: Targets, track: I, time_s: F, mean: F, cov: F, weight: F) -> None:
    """The new state of some tracks."""
    count = len(weight)
    share = 1 - np.exp((targets.time_s[track] - time_s) / PACE_S)
    speed = np.hypot(*(mean[VX : VY + 1] * weight).sum(1))
    before = targets.pace_mps[track]
    targets.pace_mps[track] = np.where(np.isnan(before), speed, before + share * (speed - before))
    targets.restless[track] += share * (1 - weight[STEADY] - targets.restless[track])
    size = len(mean)
    scatter(targets.mean[:size, :count], track, mean)
    scatter(targets.cov[:size, :size, :count], track, cov)
    scatter(targets.weight[:count], track, weight)
    targets.time_s[track] = time_s


def take_height(targets: Targets, track: I, time_s: F, z: F, var: F, settings: Settings) -> None:
    """Tracks take a height each where `z` is not NaN."""
    given = np.isfinite(z)
    track, time_s, z, var = track[given], time_s[given], z[given], var[given]
    height, cov = heights_at(targets, track, time_s, settings)
    new = np.isnan(height[0])
    s = cov[0] + var
    gain = np.where(new, 0.0, cov[:2] / s)
    height = np.where(new, [z, np.zeros(len(z))], height + gain * (z - height[0]))
    first = [var, np.zeros(len(z)), np.full(len(z), settings.climb_sigma_mps**2)]
    after = [cov[0] - gain[0] * cov[0], cov[1] - gain[0] * cov[1], cov[2] - gain[1] * cov[1]]
    targets.height[:, track] = height
    targets.height_cov[:, track] = np.where(new, first, after)
    targets.height_s[track] = time_s


def glance(targets: Targets, track: I, now_s: float) -> tuple[F, F]:
    """Mean (5, k) and covariance (5, 5, k) over the modes, the mean carried straight on to `now_s`."""
    count = 1 if (targets.weight[STEADY, track] == 1.0).all() else len(targets.weight)
    weight = targets.weight[:count].take(track, -1)
    mean, cov = kalman.combine(
        targets.mean[:, :count].take(track, -1), targets.cov[:, :, :count].take(track, -1), weight
    )
    mean[:VX] += mean[VX:TURN] * (now_s - targets.time_s[track])
    return mean, cov


def may_stop(targets: Targets, track: I) -> None:
    """Tracks that hover unseen, for all we know: in the mode in which a target comes to a stop."""
    targets.mean[:, AGILE, track], targets.cov[:, :, AGILE, track] = kalman.combine(
        targets.mean.take(track, -1), targets.cov.take(track, -1), targets.weight.take(track, -1)
    )
    targets.weight[:, track] = np.array([[0.0], [0.0], [1.0]])


def settle(targets: Targets, settings: Settings) -> None:
    """Let the other modes of steady tracks sleep, and wake those of tracks that no longer fly straight."""
    alone = targets.weight[STEADY] == 1.0
    calm = ~alone & targets.confirmed & (targets.weight[STEADY] > settings.settle_p)
    if calm.any():
        targets.weight[:, calm] = np.array([[1.0], [0.0], [0.0]])
        targets.strain[calm] = 2 / (1 - STRAIN_FADE)
    wake = np.flatnonzero(alone & (targets.strain > settings.strain_limit))
    if not len(wake):
        return
    # As if the manoeuvre had begun a look back ago.
    model = modes(settings, len(settings.share))
    mean = np.repeat(targets.mean[:, :1, wake], len(model.share), axis=1)
    cov = np.repeat(targets.cov[:, :, :1, wake], len(model.share), axis=2)
    back_s = np.full(len(wake), 1 / (1 - STRAIN_FADE))
    kalman.add_noise(model, cov, back_s, settings.noise[AGILE])
    targets.mean[..., wake], targets.cov[..., wake] = mean, cov
    targets.weight[:, wake] = model.share[:, None]


def heights_at(targets: Targets, these: I, time_s: F, settings: Settings) -> tuple[F, F]:
    """Altitude and climb (2, k) with covariance (3, k) of tracks at times; NaN where not known.

    What said last that it is on the ground does not leave it while nobody hears of it.
    """
    dt = time_s - targets.height_s[these]
    dt = np.where(np.isnan(targets.ground_s[these]), dt, np.minimum(dt, GROUND_STEP_S))
    height, cov = targets.height[:, these].copy(), targets.height_cov[:, these].copy()
    height[0] += height[1] * dt
    q, later = settings.climb_noise, np.abs(dt)
    cov[0] += 2 * dt * cov[1] + dt**2 * cov[2] + q * later**3 / 3
    cov[1] += dt * cov[2] + q * later * dt / 2
    cov[2] += q * later
    return height, cov
