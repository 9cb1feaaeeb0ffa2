"""Report: the outcome of a trial, as a record, as JSON and as plain text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from beffroi.trial import words
from beffroi.trial.figures import Detection, Tracking
from beffroi.trial.words import Figure

WIDTH = 110
"""Of the text, in characters."""


class Detected(msgspec.Struct, kw_only=True):
    """Detection figures of one sensor."""

    sensor: str
    """As the log names it."""
    label: str
    """As people read it."""
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
    site: str | None = None
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
    return f"{names}: {span(report.from_s, report.to_s)}"


def span(from_s: float, to_s: float) -> str:
    """From when to when; the day once."""
    begin, end = moment(from_s), moment(to_s)
    day, _, clock = end.partition(" ")
    return f"{begin.removesuffix(' UTC')} to {clock if begin.startswith(day) else end}"


class Section(msgspec.Struct):
    """One table: a figure a row, a sensor or line a column."""

    theme: str
    figures: list[Figure]
    columns: list[tuple[str, Detection | Tracking]]


def sections(report: Report, target: str | None = None) -> list[Section]:
    """The tables over all targets, or of one. A figure that nobody has is left out, so is an empty table."""
    detection = [(d.label, d.all if target is None else d.targets[target]) for d in report.detection]
    tracking = [(t.line, t.all if target is None else t.targets[target]) for t in report.tracking]
    made = (
        _section("Detection", words.DETECTION, detection),
        _section("Tracking", words.TRACKING, tracking),
        _section("Identification", words.IDENTIFICATION, tracking),
    )
    return [section for section in made if section.figures]


def _section(
    theme: str, figures: Sequence[Figure], columns: Sequence[tuple[str, Detection | Tracking]]
) -> Section:
    some = [f for f in figures if any(f.show(of) != words.NOTHING for _, of in columns)]
    return Section(theme, some, list(columns))


def text(report: Report) -> str:
    """As plain text, as wide as a terminal: the tables over all targets, then of each."""
    parts = [_plain(title(report))]
    for target in (None, *(report.targets if len(report.targets) > 1 else ())):
        if target is not None:
            parts.append(_plain(f"Target {target}"))
        parts += [block for section in sections(report, target) for block in _blocks(section)]
    if report.notes:
        parts.append("\n".join(f"note: {_plain(note)}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def _blocks(section: Section) -> Iterator[str]:
    """The table of a section, in pieces that fit the width."""
    first = [section.theme, *(f.heading for f in section.figures)]
    columns = [[_plain(name), *(f.show(of) for f in section.figures)] for name, of in section.columns]
    room = WIDTH - max(map(len, first))
    piece: list[list[str]] = []
    for column in columns:
        if piece and sum(_width(c) for c in (*piece, column)) > room:
            yield _block(first, piece)
            piece = []
        piece.append(column)
    if piece:
        yield _block(first, piece)


def _width(column: list[str]) -> int:
    return max(map(len, column)) + 2


def _block(first: list[str], columns: list[list[str]]) -> str:
    wide = max(map(len, first))
    lines = zip(first, *columns, strict=True)
    return "\n".join(
        head.ljust(wide) + "".join(cell.rjust(_width(c)) for cell, c in zip(cells, columns, strict=True))
        for head, *cells in lines
    )


def _plain(name: str) -> str:
    """A name without what could move the cursor."""
    return "".join(c if c.isprintable() else "·" for c in name)
