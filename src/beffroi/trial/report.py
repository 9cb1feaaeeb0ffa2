"""Report: the outcome of a trial, as a record, as JSON and as plain text."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from beffroi.trial import words
from beffroi.trial.figures import Detection, Tracking
from beffroi.trial.words import Figure


class Detected(msgspec.Struct, kw_only=True):
    """Detection figures of one sensor."""

    sensor: str
    all: Detection
    targets: dict[str, Detection]


class Tracked(msgspec.Struct, kw_only=True):
    """Tracking and identification figures of one line."""

    line: str
    """What is scored, as people read it."""
    sensors: list[str]
    own: bool
    """True for the tracks that a sensor gives itself; False for those that the watch makes of its reports."""
    all: Tracking
    targets: dict[str, Tracking]


class Report(msgspec.Struct, kw_only=True):
    """The outcome of a trial."""

    made_by: str
    logs: list[str]
    truth: list[str]
    site: str | None
    from_s: float
    to_s: float
    targets: dict[str, str]
    """Name → what it is."""
    gate_m: float
    range_m: float | None
    sigma_m: float
    shift_s: float
    step_s: float
    detection: list[Detected]
    tracking: list[Tracked]
    notes: list[str]
    """What whoever reads the figures must know."""


def json(report: Report) -> bytes:
    """As JSON. What is not finite becomes null."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def moment(time_s: float) -> str:
    """A time in UTC, to the second."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def title(report: Report) -> str:
    """One line on what was tried."""
    names = ", ".join(report.targets)
    return f"{names} from {moment(report.from_s)} to {moment(report.to_s)}"


Rows = list[tuple[str, Any]]
"""(what a row is of, its figures)."""


def detection_rows(report: Report) -> Rows:
    """A row a sensor; and one a target below it where there are several."""
    return _rows([(d.sensor, d.all, d.targets) for d in report.detection])


def tracking_rows(report: Report) -> Rows:
    """A row a line, and one a target."""
    return _rows([(t.line, t.all, t.targets) for t in report.tracking])


def _rows(found: Sequence[tuple[str, Any, dict[str, Any]]]) -> Rows:
    made: Rows = []
    for name, pooled, targets in found:
        made.append((name, pooled))
        if len(targets) > 1:
            made += [(f"· {target}", its) for target, its in targets.items()]
    return made


def sections(report: Report) -> list[tuple[str, Sequence[Figure], Rows]]:
    """Theme, its figures and its rows. A figure that nobody has is left out."""
    themes = (
        ("Detection", words.DETECTION, detection_rows(report)),
        ("Tracking", words.TRACKING, tracking_rows(report)),
        ("Identification", words.IDENTIFICATION, tracking_rows(report)),
    )
    return [(theme, [f for f in all_of if _some(f, rows)], rows) for theme, all_of, rows in themes]


def _some(figure: Figure, rows: Rows) -> bool:
    return any(figure.show(its) != words.NOTHING for _, its in rows)


def text(report: Report) -> str:
    """As plain text: a figure a line, a column a sensor, so that it fits a terminal."""
    parts = [_plain(title(report)), *(_block(*section) for section in sections(report))]
    if report.notes:
        parts.append("\n".join(f"note: {_plain(note)}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def _block(theme: str, figures: Sequence[Figure], rows: Rows) -> str:
    table = [[theme, *(_plain(name) for name, _ in rows)]]
    table += [[f.heading, *(f.show(its) for _, its in rows)] for f in figures]
    widths = [max(len(line[at]) for line in table) for at in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def _plain(name: str) -> str:
    """A name without what could move the cursor."""
    return "".join(c if c.isprintable() else "·" for c in name)
