"""Outcome: a trial that was judged, with what its report was made from."""

import msgspec

from beffroi.track import B
from beffroi.trial.course import Course
from beffroi.trial.figures import Followed, Seen
from beffroi.trial.report import Report
from beffroi.trial.runs import Reports, Tracks


class Sensor(msgspec.Struct, kw_only=True):
    """One sensor, alone."""

    key: str
    """As the log names it."""
    label: str
    """As people read it."""
    period_s: float | None
    """As the site states it."""
    place: tuple[float, float]
    """In the plane; NaN = not known."""
    reports: Reports
    seen: Seen
    tracks: Tracks
    """What the watch makes of its reports."""
    inside: B
    """(targets, steps): its volume."""
    late: int
    """Reports that came too late to move a track."""


class Line(msgspec.Struct, kw_only=True):
    """One line of tracks, with all that a drawing of it needs."""

    name: str
    sensors: list[Sensor]
    own: bool
    tracks: Tracks
    found: Followed
    inside: B
    """(targets, steps)"""


class Trial(msgspec.Struct, kw_only=True):
    """A trial that was judged: its report, and what it was made from."""

    report: Report
    course: Course
    sensors: list[Sensor]
    lines: list[Line]
