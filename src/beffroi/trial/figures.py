"""Figures: what a trial comes to, for one sensor or all together, over all targets or one.

Every figure is defined in `words`. None = there was nothing to measure it on.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from beffroi.kernels import score
from beffroi.kernels.score import NEVER, Held, Spread
from beffroi.track import B, F, I
from beffroi.trial.course import Course
from beffroi.trial.runs import CODES, STEP_S, Reports, Tracks

BEARING_SIGMAS = 3.0
"""A bearing is on a target within so many of its stated sigmas."""

TARGET, DOUBLE, OTHER, FALSE, UNJUDGED = range(5)
"""What a plot or a row of a track is on: a target; a target that has another track; something else that flew;
nothing; it cannot be told, as truth is not known then."""


class Detection(msgspec.Struct, kw_only=True):
    """From the reports of one sensor."""

    reports: int
    on_target: int
    others: int | None = None
    false: int | None = None
    """None where only one target of several is looked at."""
    false_per_sensor_hour: float | None = None
    period_s: float | None = None
    rate: float | None = None
    passes: int
    detected: int
    time_to_detect_s: list[float | None]
    """Of each pass; None = never."""
    horizontal_m: Spread | None = None
    stated_sigma_m: float | None = None
    measured_sigma_m: float | None = None
    vertical_m: Spread | None = None
    vertical_bias_m: float | None = None
    bearing_deg: Spread | None = None
    delay_s: Spread | None = None
    lag_s: float | None = None
    lag_sigma_s: float | None = None
    class_right: float | None = None
    class_wrong: float | None = None
    class_unknown: float | None = None


class Tracking(msgspec.Struct, kw_only=True):
    """From tracks: of the watch, or the sensor's own."""

    seconds: float
    """Truth in the volume."""
    tracked: float | None = None
    continuity: float | None = None
    breaks: int
    switches: int
    tracks_per_target: float | None = None
    passes: int
    followed: int
    time_to_track_s: list[float | None]
    horizontal_m: Spread | None = None
    vertical_m: Spread | None = None
    vertical_bias_m: float | None = None
    tracks: int | None = None
    """Distinct tracks of all kinds; the next ones count among them. None where one target is looked at."""
    double_tracks: int | None = None
    other_tracks: int | None = None
    false_tracks: int | None = None
    false_target_tracks: int | None = None
    false_at_a_time: float | None = None
    sensor_hours: float | None = None
    false_tracks_per_sensor_hour: float | None = None
    class_right: float | None = None
    class_wrong: float | None = None
    class_unknown: float | None = None
    identified: int = 0
    """Passes in which the class was right at some time."""
    time_to_identify_s: list[float | None] = []
    identity_right: float | None = None
    identity_wrong: float | None = None
    identity_none: float | None = None


# Detection


class Seen(msgspec.Struct, kw_only=True):
    """Each report of one sensor against truth; (n,) each."""

    on: I
    """TARGET, OTHER, FALSE or UNJUDGED."""
    target: I
    """The target it is on, -1 = none."""
    truth: F
    """(3, targets, n)"""
    away_m: F
    """From the target; NaN for a bearing."""
    off_rad: F
    """Of a bearing, signed; NaN for a place."""


def seen(reports: Reports, of: Course, gate_m: float) -> Seen:
    """Set every report of a sensor against truth."""
    truth = of.truth(reports.time_s)
    target, away_m = score.nearest(truth[0], truth[1], reports.x_m, reports.y_m)
    off = np.full(len(target), np.nan)
    near = away_m <= gate_m
    if reports.bearing.any():
        line, its_off = _nearest_bearing(reports, truth)
        within = np.abs(its_off) <= BEARING_SIGMAS * reports.azimuth_sigma_rad
        target = np.where(reports.bearing, line, target)
        off = np.where(reports.bearing, its_off, np.nan)
        near = np.where(reports.bearing, within, near)
        away_m = np.where(reports.bearing, np.nan, away_m)
    other = of.foreign(reports) & reports.claim
    other |= ~reports.bearing & of.others_near(reports.time_s, reports.x_m, reports.y_m)
    on = np.where(other, OTHER, FALSE)
    on = np.where(near, TARGET, np.where(of.judged(reports.time_s), on, UNJUDGED))
    return Seen(on=on, target=np.where(near, target, NEVER), truth=truth, away_m=away_m, off_rad=off)


def _nearest_bearing(reports: Reports, truth: F) -> tuple[I, F]:
    """(target, signed angle) of the target nearest to each bearing; infinity where none is known."""
    towards = np.arctan2(truth[0] - reports.x_m, truth[1] - reports.y_m)
    off = (reports.azimuth_rad - towards + np.pi) % (2 * np.pi) - np.pi
    off = np.where(np.isfinite(off), off, np.inf)
    best = np.abs(off).argmin(0)
    return best, off[best, np.arange(off.shape[1])]


def detection(
    reports: Reports, found: Seen, of: Course, passes: I, targets: Sequence[int], period_s: float | None
) -> Detection:
    """Figures of one sensor over some targets. `passes` (targets, steps) through its volume."""
    hit = (found.on == TARGET) & np.isin(found.target, targets)
    every_s = period_s or _period_s(reports, found, hit)
    entries = [_entries(reports, hit & (found.target == t), of, passes[t], every_s) for t in targets]
    times = [time_s for each in entries for time_s, _, _ in each]
    due = sum(due for each in entries for _, due, _ in each)
    looks = sum(looks for each in entries for _, _, looks in each)
    made = Detection(
        reports=len(hit), on_target=int(hit.sum()), passes=len(times),
        detected=sum(t is not None for t in times), time_to_detect_s=times, period_s=every_s,
        rate=min(looks / due, 1.0) if due and every_s else None,
    )  # fmt: skip
    _errors(made, reports, found, of, hit)
    _words_of_reports(made, reports, of, found, hit)
    if len(targets) == len(of.targets):
        made.others = int((found.on == OTHER).sum())
        made.false = int((found.on == FALSE).sum())
        made.false_per_sensor_hour = made.false / hours(of)
    return made


def hours(of: Course) -> float:
    """How long false plots and tracks were looked for."""
    return max(float(of.judged(of.at_s).sum()) * STEP_S, STEP_S) / 3600.0


def _period_s(reports: Reports, found: Seen, hit: B) -> float | None:
    """Usual time between two reports of one target."""
    apart = [np.diff(reports.time_s[hit & (found.target == t)]) for t in np.unique(found.target[hit])]
    gaps = np.concatenate([np.zeros(0), *apart])
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if len(gaps) else None


def _entries(
    reports: Reports, hit: B, of: Course, passes: I, period_s: float | None
) -> list[tuple[float | None, float, float]]:
    """Of each pass of one target: time to the first report, looks that were due, looks that found it."""
    made: list[tuple[float | None, float, float]] = []
    for number in range(int(passes.max(initial=NEVER)) + 1):
        steps = np.flatnonzero(passes == number)
        enter_s, leave_s = float(of.at_s[steps[0]]), float(of.at_s[steps[-1]]) + STEP_S
        mine = hit & (reports.time_s >= enter_s - STEP_S) & (reports.time_s < leave_s)
        first_s = max(float(reports.received_s[mine].min()) - enter_s, 0.0) if mine.any() else None
        due = len(steps) * STEP_S / period_s if period_s else 0.0
        looks = score.looks(reports.time_s[mine], period_s) if period_s else 0
        made.append((first_s, due, float(looks)))
    return made


def _errors(made: Detection, reports: Reports, found: Seen, of: Course, hit: B) -> None:
    rows = np.flatnonzero(hit & ~reports.bearing)
    x, y, z = (found.truth[axis, found.target[rows], rows] for axis in range(3))
    made.horizontal_m = score.spread(found.away_m[rows])
    if len(rows):
        made.stated_sigma_m = float(np.sqrt(np.nanmedian(reports.var_m2[rows])))
        made.measured_sigma_m = float(np.sqrt(np.mean(found.away_m[rows] ** 2) / 2))
    made.vertical_m, made.vertical_bias_m = _vertical(reports.z_m[rows] - z)
    made.bearing_deg = score.spread(np.abs(np.degrees(found.off_rad[hit & reports.bearing])))
    delay = reports.received_s - reports.time_s
    made.delay_s = score.spread(delay[hit]) if np.any(delay != 0) else None
    made.lag_s, made.lag_sigma_s = _lag(
        reports, found, of, rows, reports.x_m[rows] - x, reports.y_m[rows] - y
    )


def _vertical(error_m: F) -> tuple[Spread | None, float | None]:
    known = error_m[np.isfinite(error_m)]
    return score.spread(np.abs(known)), float(known.mean()) if len(known) else None


def _lag(
    reports: Reports, found: Seen, of: Course, rows: I, dx: F, dy: F
) -> tuple[float | None, float | None]:
    vx, vy = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for target in np.unique(found.target[rows]).tolist():
        its = found.target[rows] == target
        vx[its], vy[its] = of.velocity(target, reports.time_s[rows[its]])
    moving = np.isfinite(vx)
    late_s, sigma_s = score.lag(dx[moving], dy[moving], vx[moving], vy[moving])
    return (late_s, sigma_s) if np.isfinite(late_s) else (None, None)


def _words_of_reports(made: Detection, reports: Reports, of: Course, found: Seen, hit: B) -> None:
    if np.any(reports.said >= 0):
        true = _kinds(of)[found.target[hit]]
        made.class_right, made.class_wrong, made.class_unknown = _shares(reports.said[hit], true)


def _kinds(of: Course) -> I:
    return np.array([CODES.index(t.kind) for t in of.targets])


def _shares(said: I, true: I) -> tuple[float | None, float | None, float | None]:
    """(right, wrong, unknown) shares; None if there is nothing."""
    if not len(said):
        return None, None, None
    unknown = (said == NEVER) | (said == CODES.index("unknown"))
    right, wrong = (said == true) & ~unknown, (said != true) & ~unknown
    return float(right.mean()), float(wrong.mean()), float(unknown.mean())


# Tracking and identification


class Followed(msgspec.Struct, kw_only=True):
    """Tracks against truth."""

    held: Held
    on: I
    """What each row is on, (n,)."""
    best: I
    """What the track of each row was on at its best: a track is false if nothing was ever there."""


def followed(tracks: Tracks, of: Course, gate_m: float) -> Followed:
    """Set tracks against truth."""
    held = score.hold(of.x_m, of.y_m, tracks.step, tracks.id, tracks.x_m, tracks.y_m, gate_m)
    at_s = of.at_s[tracks.step]
    other = of.foreign(tracks) | of.others_near(at_s, tracks.x_m, tracks.y_m)
    on = np.where(other, OTHER, FALSE)
    on = np.where(held.near, DOUBLE, np.where(of.judged(at_s), on, UNJUDGED))
    on[held.row[held.row >= 0]] = TARGET
    _, at = np.unique(tracks.id, return_inverse=True)
    best = np.full(at.max(initial=NEVER) + 1, UNJUDGED)
    np.minimum.at(best, at, on)
    return Followed(held=held, on=on, best=best[at])


def tracking(
    tracks: Tracks, found: Followed, of: Course, passes: I, targets: Sequence[int], sensors: int
) -> Tracking:
    """Figures of tracks over some targets. `passes` (targets, steps) through the volume."""
    each = [
        (t, np.flatnonzero(passes[t] == n))
        for t in targets
        for n in range(int(passes[t].max(initial=-1)) + 1)
    ]
    kept = [score.continuity(found.held.id[t, steps]) for t, steps in each]
    steps = sum(c.steps for c in kept)
    held = sum(c.tracked for c in kept)
    times = [None if c.first == NEVER else float(c.first * STEP_S) for c in kept]
    row, target = _rows_of(found, passes, targets)
    dx, dy = (
        tracks.x_m[row] - of.x_m[target, tracks.step[row]],
        tracks.y_m[row] - of.y_m[target, tracks.step[row]],
    )
    vertical, bias = _vertical(tracks.z_m[row] - of.z_m[target, tracks.step[row]])
    made = Tracking(
        seconds=steps * STEP_S,
        tracked=held / steps if steps else None,
        continuity=sum(c.longest for c in kept) / steps if steps else None,
        breaks=sum(c.breaks for c in kept),
        switches=sum(c.switches for c in kept),
        passes=len(kept),
        followed=sum(t is not None for t in times),
        time_to_track_s=times,
        horizontal_m=score.spread(np.hypot(dx, dy)),
        vertical_m=vertical,
        vertical_bias_m=bias,
    )
    _identification(made, tracks, of, row, target, each, found)
    if len(targets) == len(of.targets):
        _false(made, tracks, found, of, sensors)
    return made


def _rows_of(found: Followed, passes: I, targets: Sequence[int]) -> tuple[I, I]:
    """Rows that targets hold inside the volume, and their targets."""
    row, target = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for t in targets:
        its = found.held.row[t, passes[t] >= 0]
        row.append(its[its >= 0])
        target.append(np.full(len(row[-1]), t))
    return np.concatenate(row), np.concatenate(target)


def _identification(
    made: Tracking, tracks: Tracks, of: Course, row: I, target: I, each: list[tuple[int, I]], found: Followed
) -> None:
    kinds = _kinds(of)
    made.class_right, made.class_wrong, made.class_unknown = _shares(tracks.kind[row], kinds[target])
    for t, steps in each:
        rows = found.held.row[t, steps]
        right = np.flatnonzero(
            (rows >= 0) & (tracks.kind[rows] == kinds[t]) if len(tracks.kind) else rows > 0
        )
        made.time_to_identify_s = [*made.time_to_identify_s, float(right[0]) * STEP_S if len(right) else None]
    made.identified = sum(t is not None for t in made.time_to_identify_s)
    named = np.array([of.targets[t].subject is not None for t in target], np.bool_)
    if named.any():
        said = tracks.subject[row[named]]
        names = np.array([*tracks.subjects, ""], dtype=object)
        right_name = names[said] == np.array([of.targets[t].subject for t in target[named]], dtype=object)
        made.identity_right = float(right_name.mean())
        made.identity_none = float((said == NEVER).mean())
        made.identity_wrong = 1.0 - made.identity_right - made.identity_none


def _false(made: Tracking, tracks: Tracks, found: Followed, of: Course, sensors: int) -> None:
    """Tracks that are on no target, and how many those are in an hour."""
    false = found.best == FALSE
    made.tracks = _distinct(tracks, np.ones(len(false), np.bool_))
    made.double_tracks = _distinct(tracks, found.best == DOUBLE)
    made.other_tracks = _distinct(tracks, found.best == OTHER)
    made.false_tracks = _distinct(tracks, false)
    made.false_target_tracks = _distinct(tracks, false & np.isin(tracks.kind, _kinds(of)))
    made.false_at_a_time = float(false.sum() / max(of.judged(of.at_s).sum(), 1))
    made.sensor_hours = hours(of) * sensors
    made.false_tracks_per_sensor_hour = made.false_tracks / made.sensor_hours
    near = np.isin(found.on, (TARGET, DOUBLE)).sum()
    tracked = (found.held.id >= 0).sum()
    made.tracks_per_target = float(near / tracked) if tracked else None


def _distinct(tracks: Tracks, rows: B) -> int:
    return len(np.unique(tracks.id[rows]))
