"""Notes: clocks and other doubts, what whoever reads the figures of a trial must know first.

The usual fault of a first day is a clock: a time zone, the 18 s between GPS and UTC, a laptop that nobody
set. Truth moved in time that then fits far better says so.
"""

import numpy as np

from beffroi.kernels.score import nearest
from beffroi.track import I
from beffroi.trial.course import Course
from beffroi.trial.figures import TARGET
from beffroi.trial.logs import Met
from beffroi.trial.outcome import Sensor, Trial
from beffroi.trial.report import Detected, Tracked
from beffroi.trial.runs import Reports
from beffroi.trial.words import number

SHIFTS_S = np.arange(-60.0, 60.5, 0.5)
TRIED = 1500
"""Reports on which a shift is tried."""
CLEAR = 0.2
"""Share of reports that must come to lie on truth for a shift to be worth a word."""
LAG_S = 0.5
"""A lag that is this long, and surer than four sigma, is worth a word."""
NOISE = (0.5, 2.0)
"""Measured noise outside these shares of what is stated is worth a word."""
CUT = 0.8
"""Errors whose 95 % reach this share of the gate are cut off by it."""
REASONS = 3


def notes(of: Trial, met: Met) -> list[str]:
    """Sentences, the most important first."""
    made = of.report
    said = [f"{label}: its own place is not known, so none of its reports has one." for label in met.unplaced]
    for sensor, detected in zip(of.sensors, made.detection, strict=True):
        if sensor.reports.bearing.all():
            said.append(f"{sensor.label} gives bearings alone: it has no tracks of itself.")
        said += _clock(sensor, of.course, made.gate_m) or _lag(detected)
        said += _noise(detected, made.gate_m)
        if sensor.late:
            said.append(f"{sensor.label}: {sensor.late} reports came too late to move a track.")
    said += [note for line in made.tracking for note in _cut(line, made.gate_m)]
    if made.range_m is None and not any(s.range_m for s in met.site.source):
        said.append("No sensor's range is known: every second of truth counts as in its volume.")
    if met.missing:
        said.append(f"{met.missing} observations that the log once held are gone.")
    if met.refused:
        few = "; ".join(f"{n} × {reason}" for reason, n in met.refused.most_common(REASONS))
        said.append(f"{met.refused.total()} parts of the logs could not be read: {few}.")
    return said


def _cut(line: Tracked, gate_m: float) -> list[str]:
    """The gate is so near that errors of tracks look like breaks."""
    errors = line.all.horizontal_m
    if errors is None or errors.p95 <= CUT * gate_m:
        return []
    return [
        f"{line.line}: the gate of {number(gate_m, 0)} m cuts the errors of its tracks off; "
        "some of its breaks are errors larger than that."
    ]


def _clock(sensor: Sensor, of: Course, gate_m: float) -> list[str]:
    """A shift of truth with which many more reports lie on it."""
    reports, label = sensor.reports, sensor.label
    rows = np.flatnonzero(~reports.bearing & (~reports.claim | (sensor.seen.on == TARGET)))
    rows = rows[:: max(len(rows) // TRIED, 1)]
    if not len(rows):
        return []
    shares = [_share_on(reports, rows, of, shift_s, gate_m) for shift_s in SHIFTS_S.tolist()]
    now, best = shares[int(np.flatnonzero(SHIFTS_S == 0)[0])], max(shares)
    if best - now < CLEAR:
        return []
    there = SHIFTS_S[np.flatnonzero(np.array(shares) >= best - 0.01)]
    shift_s = float(np.median(there))
    share, instead = (number(100 * s, 0) for s in (best, now))
    return [
        f"{label}: its clock and that of truth seem to differ: with truth moved by {number(shift_s)} s, "
        f"{share} % of its reports lie on a target, now {instead} %. "
        f"Try --shift-s {shift_s:g}, or set the clock right."
    ]


def _share_on(reports: Reports, rows: I, of: Course, shift_s: float, gate_m: float) -> float:
    truth = of.truth(reports.time_s[rows] - shift_s)
    _, away_m = nearest(truth[0], truth[1], reports.x_m[rows], reports.y_m[rows])
    return float((away_m <= gate_m).mean())


def _lag(each: Detected) -> list[str]:
    lag_s, sigma_s = each.all.lag_s, each.all.lag_sigma_s
    if lag_s is None or sigma_s is None or not abs(lag_s) > max(LAG_S, 4 * sigma_s):
        return []
    where = "behind" if lag_s > 0 else "ahead of"
    return [f"{each.label}: its reports lie {number(abs(lag_s))} s {where} truth: look at its clock."]


def _noise(each: Detected, gate_m: float) -> list[str]:
    d = each.all
    said: list[str] = []
    if d.horizontal_m and d.horizontal_m.p95 > CUT * gate_m:
        said.append(f"{each.label}: the gate of {number(gate_m, 0)} m cuts its errors off; they are larger.")
    if d.stated_sigma_m and d.measured_sigma_m and d.on_target >= 20:
        share = d.measured_sigma_m / d.stated_sigma_m
        if not NOISE[0] <= share <= NOISE[1]:
            said.append(
                f"{each.label}: its noise is {number(share)} times what is stated "
                f"({number(d.measured_sigma_m)} m an axis, stated {number(d.stated_sigma_m)} m)."
            )
    return said
