"""Clocks and other doubts: what whoever reads the figures of a trial must know first.

The usual fault of a first day is a clock: a time zone, the 18 s between GPS and UTC, a laptop that nobody
set. Truth moved in time that then fits far better says so.
"""

import numpy as np

from beffroi.kernels.score import nearest
from beffroi.track import I
from beffroi.trial.course import Course
from beffroi.trial.figures import TARGET, Seen
from beffroi.trial.logs import Met
from beffroi.trial.report import Detected, Report
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


def notes(
    made: Report,
    met: Met,
    of: Course,
    reports: dict[str, Reports],
    seen: dict[str, Seen],
    late: dict[str, int],
) -> list[str]:
    """Sentences, the most important first."""
    said: list[str] = []
    for each in made.detection:
        key = each.sensor
        if reports[key].bearing.all():
            said.append(f"{each.label} gives bearings alone: it has no tracks of itself.")
        said += _clock(each.label, reports[key], seen[key], of, made.gate_m) or _lag(each)
        said += _noise(each, made.gate_m)
        if late[key]:
            said.append(f"{each.label}: {late[key]} reports came too late to move a track.")
    for line in made.tracking:
        if line.all.horizontal_m and line.all.horizontal_m.p95 > CUT * made.gate_m:
            said.append(
                f"{line.line}: the gate of {number(made.gate_m, 0)} m cuts the errors of its tracks off; "
                f"some of its breaks are errors larger than that."
            )
    if made.site is None and not any(s.range_m for s in met.site.source) and made.range_m is None:
        said.append("No sensor's range is known: every second of truth counts as in its volume.")
    if met.missing:
        said.append(f"{met.missing} observations that the log once held are gone.")
    if met.refused:
        few = "; ".join(f"{n} × {reason}" for reason, n in met.refused.most_common(REASONS))
        said.append(f"{met.refused.total()} parts of the logs could not be read: {few}.")
    return said


def _clock(label: str, reports: Reports, seen: Seen, of: Course, gate_m: float) -> list[str]:
    """A shift of truth with which many more reports lie on it."""
    rows = np.flatnonzero(~reports.bearing & ~reports.claim | (seen.on == TARGET) & ~reports.bearing)
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
