"""Timeline: what happened when, what the log holds of it, and how far back a replay goes.

It reads files and may take some tenths of a second: a server calls it in a thread (`asyncio.to_thread`).
"""

from pathlib import Path

import msgspec

from beffroi.life import RANK, parts
from beffroi.sign import APART, Priority
from beffroi.store import past
from beffroi.store.records import Records


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A sign on the time strip: when it was opened, and the highest priority that it had."""

    key: str
    at_s: float
    priority: Priority
    rule: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What happened from one time to another."""

    from_s: float
    to_s: float
    marks: list[Mark]
    gaps: list[tuple[float, float]]
    """Times of which the log holds nothing: the watch did not run, or its log was deleted by the clock."""
    whole_from_s: float | None
    """From here on a replay shows everything that was known; None: nowhere."""
    positions_from_s: float | None
    """From here to `whole_from_s` it shows positions and signs only; None: nothing is kept."""


def timeline(records: Records, directory: Path, from_s: float, to_s: float) -> Timeline:
    """What happened from `from_s` to `to_s`. `directory` is that of the store. Raises StoreError."""
    return Timeline(
        from_s=from_s,
        to_s=to_s,
        marks=marks(records, from_s, to_s),
        gaps=past.gaps(directory, from_s, to_s),
        whole_from_s=past.whole_from_s(directory),
        positions_from_s=past.positions_from_s(directory),
    )


def marks(records: Records, from_s: float, to_s: float) -> list[Mark]:
    """The real signs that were opened in a time, oldest first. Raises StoreError."""
    found: dict[str, Mark] = {}
    for name, at_s, rule, priority in records.marks(from_s, to_s):
        if parts(name)[0] > APART:
            continue
        mark = found.get(name)
        if mark is None or RANK[priority] > RANK[mark.priority]:
            found[name] = Mark(key=name, at_s=at_s, priority=priority, rule=rule)
    return list(found.values())
