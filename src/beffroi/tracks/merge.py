"""Two tracks of one object become one: a sensor's and the object's own, or those of two sensors.

Two tracks are one object when they stay together, in place, velocity and height, for a while, although no
sensor sees both and they do not name two objects. The track that a sensor holds stays; so a claim gains a
name for the track and moves nothing.
"""

import numpy as np

from beffroi.kernels import assign
from beffroi.kernels.kalman import VX, VY, X, Y
from beffroi.track import B, F, I
from beffroi.tracks import filter as states
from beffroi.tracks.filter import Targets
from beffroi.tracks.heights import BAROMETRIC_SIGMA_M
from beffroi.tracks.scan import Settings

TOGETHER = 5
"""Checks in a row, one a second, that two tracks must be together."""
ALIKE = 15.1
"""Squared distance in five dimensions that 99 % of equal pairs are within."""
FLOOR_M = 15.0
FLOOR_MPS = 2.0
FLOOR_S = 0.7
"""Errors that the two sources have beside their noise; the last is of the stamps of state vectors, which are
rounded to seconds and late. Source: own trials with a radar and real state vectors."""
FLOOR_ALT_M = BAROMETRIC_SIGMA_M
"""What a barometric height is off stays off for minutes, and no filter takes it away."""
SEEN_BY_BOTH_S = 10.0


def merge(targets: Targets, together: dict[str, int], now_s: float, settings: Settings) -> dict[str, int]:
    """Merge what belongs together; the counts of the pairs that may yet."""
    live = np.flatnonzero(targets.confirmed & (targets.id > 0))
    if len(live) < 2:
        return {}
    counts: dict[str, int] = {}
    for a, b in _alike(targets, live, now_s, settings):
        key = f"{targets.id[a]} {targets.id[b]}"
        counts[key] = together.get(key, 0) + 1
        if counts[key] >= TOGETHER and targets.id[a] and targets.id[b]:
            _join(targets, a, b)
            del counts[key]
    return counts


def _alike(targets: Targets, live: I, now_s: float, settings: Settings) -> list[tuple[int, int]]:
    """Pairs of tracks in one place with one velocity that no sensor tells apart, the one to keep first."""
    mean, cov = states.glance(targets, live, now_s)
    points = mean[[X, Y]].T
    floor_m2 = FLOOR_M**2 + FLOOR_S**2 * (mean[VX] ** 2 + mean[VY] ** 2)
    radius = 4 * np.sqrt(2 * np.maximum(cov[X, X], cov[Y, Y]) + floor_m2)
    one, other = assign.near(points, points, np.minimum(radius, 1000.0))
    one, other = one[one != other], other[one != other]
    first, second = np.minimum(one, other), np.maximum(one, other)
    pairs = np.unique(first * len(live) + second)
    first, second = pairs // len(live), pairs % len(live)
    d2 = _distance2(mean, cov, floor_m2, first, second)
    first, second = live[first], live[second]
    near = d2 + _height2(targets, first, second, now_s, settings) < ALIKE
    first, second = first[near], second[near]
    free = ~_told_apart(targets, first, second, now_s)
    return [_ordered(targets, int(a), int(b)) for a, b in zip(first[free], second[free], strict=True)]


def _distance2(mean: F, cov: F, floor_m2: F, a: I, b: I) -> F:
    """Squared distance in place and velocity."""
    apart = mean[:, a] - mean[:, b]
    total = cov[:, :, a] + cov[:, :, b]
    d2: F = apart[X] ** 2 / (total[X, X] + floor_m2[a]) + apart[Y] ** 2 / (total[Y, Y] + floor_m2[a])
    d2 += apart[VX] ** 2 / (total[VX, VX] + FLOOR_MPS**2) + apart[VY] ** 2 / (total[VY, VY] + FLOOR_MPS**2)
    return d2


def _height2(targets: Targets, a: I, b: I, now_s: float, settings: Settings) -> F:
    """Squared distance in height; 0 where one gives none."""
    when = np.full(len(a), now_s)
    (one, its), (other, others) = (states.heights_at(targets, t, when, settings) for t in (a, b))
    apart2: F = (one[0] - other[0]) ** 2 / (its[0] + others[0] + FLOOR_ALT_M**2)
    return np.nan_to_num(apart2)


def _told_apart(targets: Targets, a: I, b: I, now_s: float) -> B:
    """Pairs both seen by one sensor, or by none, or that name two objects."""
    seen = now_s - targets.hit_s <= SEEN_BY_BOTH_S
    both = (seen[:, a] & seen[:, b]).any(0)
    names = (
        (targets.identity[a] >= 0) & (targets.identity[b] >= 0) & (targets.identity[a] != targets.identity[b])
    )
    unseen = ~seen[:, a].any(0) & ~seen[:, b].any(0)
    apart: B = both | names | unseen
    return apart


def _ordered(targets: Targets, a: int, b: int) -> tuple[int, int]:
    """The track to keep first: the one that a sensor saw last, then the elder."""
    heard = np.nan_to_num(targets.measured_s[[a, b]], nan=-np.inf)
    if heard[0] == heard[1]:
        return (a, b) if targets.id[a] < targets.id[b] else (b, a)
    return (a, b) if heard[0] > heard[1] else (b, a)


def _join(targets: Targets, kept: int, gone: int) -> None:
    """Give `kept` what `gone` knew of names and times, and end `gone`."""
    if targets.identity[gone] >= 0:
        targets.identity[kept], targets.named_s[kept] = targets.identity[gone], targets.named_s[gone]
    targets.claimed_s[kept] = np.fmax(targets.claimed_s[kept], targets.claimed_s[gone])
    targets.ground_s[kept] = np.fmax(targets.ground_s[kept], targets.ground_s[gone])
    targets.first_s[kept] = min(targets.first_s[kept], targets.first_s[gone])
    targets.hit_s[:, kept] = np.maximum(targets.hit_s[:, kept], targets.hit_s[:, gone])
    targets.class_log[:, kept] += targets.class_log[:, gone]
    targets.hits[kept] += targets.hits[gone]
    if np.isnan(targets.height[0, kept]):
        targets.height[:, kept], targets.height_cov[:, kept] = (
            targets.height[:, gone],
            targets.height_cov[:, gone],
        )
        targets.height_s[kept] = targets.height_s[gone]
    states.end(targets, np.array([gone]))
