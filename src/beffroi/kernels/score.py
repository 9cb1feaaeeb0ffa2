"""Scores: tracks and plots against truth, as pure figures from columns.

Sources: Bernardin, Stiefelhagen, *Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics*,
EURASIP J. Image and Video Processing 2008: which track a target has, switches · SIAP System Engineering Task
Force, TR 2001-003, *SIAP Attributes*: completeness, ambiguity, longest track segment.

Truth is given per target, (targets, steps), on steps of equal length; NaN where the target is not there or
not known. Tracks are rows (step, id, place), ordered by step.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]

NEVER = -1


def resample(time_s: F, values: F, at_s: F, gap_s: float) -> F:
    """Columns (k, n) at other times (k, m): linear between fixes at most `gap_s` apart, else NaN.

    `time_s` (n,) ascends without repeats. At the time of a fix it is the fix.
    """
    if not len(time_s):
        return np.full((len(values), len(at_s)), np.nan)
    after = np.clip(np.searchsorted(time_s, at_s), 0, len(time_s) - 1)
    before = np.where((time_s[after] > at_s) & (after > 0), after - 1, after)
    span_s = time_s[after] - time_s[before]
    share = np.divide(at_s - time_s[before], span_s, out=np.zeros(len(at_s)), where=span_s > 0)
    outside = (at_s < time_s[0]) | (at_s > time_s[-1]) | (span_s > gap_s)
    between = values[:, before] + share * (values[:, after] - values[:, before])
    return np.where(outside, np.nan, np.where(share == 0, values[:, before], between))


def in_gap(time_s: F, at_s: F, gap_s: float) -> B:
    """Which times (m,) lie between two fixes more than `gap_s` apart."""
    after = np.searchsorted(time_s, at_s)
    inside = (after > 0) & (after < len(time_s))
    after = np.where(inside, after, 0)
    long = (time_s[after] - time_s[after - 1] > gap_s) & (time_s[after] > at_s)
    return np.asarray(inside & long)


def nearest(truth_x: F, truth_y: F, x: F, y: F) -> tuple[I, F]:
    """(target, distance) of the target nearest to each plot; (-1, inf) where no target is known.

    Truth at the time of each plot, (targets, plots); plots (plots,).
    """
    away = np.hypot(truth_x - x, truth_y - y)
    away = np.where(np.isfinite(away), away, np.inf)
    if not len(away):
        return np.full(len(x), NEVER), np.full(len(x), np.inf)
    best = away.argmin(0)
    distance = away[best, np.arange(len(x))]
    return np.where(np.isfinite(distance), best, NEVER), distance


class Held(NamedTuple):
    """Which track each target has at each step, and how the rows stand to the targets."""

    id: I
    """(targets, steps): -1 = none."""
    row: I
    """(targets, steps): its row, -1 = none."""
    near: B
    """(rows,): within the gate of some target, whether it has it or not."""


def hold(truth_x: F, truth_y: F, step: I, id: I, x: F, y: F, gate_m: float) -> Held:
    """Give each target at most one track a step, and each track at most one target (CLEAR MOT, 2.1).

    A target keeps the track that it last had while that lies within the gate; the others are given so that
    most targets get one, then so that the sum of distances is least.
    """
    targets, steps = truth_x.shape
    ids, rows = np.full((targets, steps), NEVER), np.full((targets, steps), NEVER)
    near, last = np.zeros(len(step), np.bool_), np.full(targets, NEVER)
    cuts = np.searchsorted(step, np.arange(steps + 1))
    for now in np.unique(step):
        these = np.arange(cuts[now], cuts[now + 1])
        away = np.hypot(truth_x[:, now, None] - x[these], truth_y[:, now, None] - y[these])
        away = np.where(away <= gate_m, away, np.inf)
        near[these] = np.isfinite(away).any(0)
        for target, at in _given(away, id[these], last):
            last[target] = ids[target, now] = id[these[at]]
            rows[target, now] = these[at]
    return Held(ids, rows, near)


def _given(away: F, id: I, last: I) -> list[tuple[int, int]]:
    """Pairs (target, track) of one step; `away` is infinite outside the gate."""
    pairs: list[tuple[int, int]] = []
    for target in np.flatnonzero(last >= 0):
        for at in np.flatnonzero((id == last[target]) & np.isfinite(away[target])):
            pairs.append((int(target), int(at)))
            away[target], away[:, at] = np.inf, np.inf
    free = np.isfinite(away)
    if free.any():
        rows, columns = np.flatnonzero(free.any(1)), np.flatnonzero(free.any(0))
        cost = np.where(free, away, 1e12)[np.ix_(rows, columns)]
        for r, c in zip(*linear_sum_assignment(cost), strict=True):
            if cost[r, c] < 1e12:
                pairs.append((int(rows[r]), int(columns[c])))
    return pairs


def passes(inside: B, known: B, most_gap: int) -> I:
    """Number of the pass of a target through the volume at each step (steps,), from 0; -1 = not in it.

    A pass ends where the target is known to be outside, or where it is not known for more than `most_gap`
    steps.
    """
    out = np.full(len(inside), NEVER)
    there = np.flatnonzero(inside & known)
    if not len(there):
        return out
    left = np.cumsum(known & ~inside)
    new = (np.diff(there) > most_gap + 1) | (np.diff(left[there]) > 0)
    out[there] = np.concatenate([[0], np.cumsum(new)])
    return out


class Continuity(NamedTuple):
    """How one target was tracked in one pass. In steps."""

    steps: int
    """So long it was in the volume and known."""
    tracked: int
    """So long it had a track."""
    longest: int
    """The longest stretch with one track that was not lost."""
    breaks: int
    """How often it lost its track while it was in the volume."""
    switches: int
    """How often its track was another than the one before."""
    first: int
    """Steps from the entry to the first track; -1 = never."""


def continuity(held: I) -> Continuity:
    """Continuity from the ids (steps,) that a target had at the known steps of one pass, -1 = none."""
    has = held >= 0
    ids = held[has]
    lost = has[:-1] & ~has[1:]
    same = np.concatenate([[False], has[1:] & (held[1:] == held[:-1])])
    run, longest = 0, 0
    for on, again in zip(has.tolist(), same.tolist(), strict=True):
        run = (run + 1 if again else 1) if on else 0
        longest = max(longest, run)
    return Continuity(
        steps=len(held),
        tracked=int(has.sum()),
        longest=longest,
        breaks=int(lost.sum()),
        switches=int((ids[1:] != ids[:-1]).sum()),
        first=int(has.argmax()) if has.any() else NEVER,
    )


def looks(time_s: F, period_s: float) -> int:
    """How many looks of a sensor the times of its plots (n,) stand for; those of one look count once."""
    count, last = 0, -np.inf
    for at in np.sort(time_s).tolist():
        if at - last >= period_s / 2:
            count, last = count + 1, at
    return count


@dataclass(frozen=True, slots=True)
class Spread:
    """What a set of errors comes to."""

    number: int
    mean: float
    median: float
    p95: float
    """95 % are not larger."""
    rms: float


def spread(errors: ArrayLike) -> Spread | None:
    """The spread of the finite errors; None if there is none."""
    e = np.asarray(errors, dtype=np.float64)
    e = e[np.isfinite(e)]
    if not len(e):
        return None
    median, p95 = np.percentile(e, [50, 95])
    return Spread(len(e), float(e.mean()), float(median), float(p95), float(np.sqrt((e * e).mean())))


def lag(error_x: F, error_y: F, vx_mps: F, vy_mps: F) -> tuple[float, float]:
    """(seconds, one sigma) by which places (n,) lie behind truth that moves so; NaN if it does not move.

    Least squares of error = -velocity x lag: a stamp that is late, or a place that is old, shows as a lag.
    """
    moved = float((vx_mps**2 + vy_mps**2).sum())
    if len(error_x) < 2 or moved <= 0:
        return float("nan"), float("nan")
    late_s = -float((error_x * vx_mps + error_y * vy_mps).sum()) / moved
    left = (error_x + late_s * vx_mps) ** 2 + (error_y + late_s * vy_mps) ** 2
    return late_s, float(np.sqrt(left.sum() / (2 * len(error_x) - 1) / moved))
