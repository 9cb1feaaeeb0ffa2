"""Past: how far back the store can tell what was, and where its record has gaps.

checkpoints + log     everything that was known, from `whole_from_s` on
history               positions alone, from `positions_from_s` on
"""

import math
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from beffroi.errors import StoreError
from beffroi.store import checkpoint
from beffroi.store.checkpoint import Checkpoint
from beffroi.store.history import begins_s
from beffroi.store.hours import KINDS, Hour, hours, number_of, reading, span

GAP_S = 3.0
"""A watch that was off for less leaves no gap. One that only falls behind takes longer ticks and no gap."""
NEXT_S = 0.25
"""The first picture after a checkpoint is that of the next tick."""


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one file of ticks tells."""

    first_place: int = 0
    first_s: float = math.inf
    """The end of the first tick; infinity if there is none."""
    last_place: int = 0
    last_s: float = -math.inf
    starts: tuple[int, ...] = ()
    """Places of the starts of a watch."""
    gaps: tuple[tuple[float, float], ...] = ()
    purged: tuple[int, ...] = ()
    """Hours of which a file was deleted."""


def start(directory: Path, at_s: float) -> Checkpoint | None:
    """From where a replay of what was known at `at_s`, or at the end of the log if that is before, begins: a
    checkpoint with the whole log after it; or an empty one before the first tick, if the log is there from
    its begin. None: nowhere."""
    since_s = _unbroken_s(directory)
    saved = checkpoint.before(directory / "checkpoints", min(at_s, _last_s(directory)))
    if saved is not None and saved.place and saved.tick_end_s >= since_s:
        return saved
    first = _first(directory)
    if first is not None and since_s == 0.0 and at_s >= first.first_s - GAP_S and _from_its_begin(directory):
        return Checkpoint(place=0, tick_end_s=0.0, state=b"")
    return None


def whole_from_s(directory: Path) -> float | None:
    """From when on everything that was known can be told; None if nothing can."""
    since_s, first = _unbroken_s(directory), _first(directory)
    if first is None:
        return None
    if since_s == 0.0 and _from_its_begin(directory):
        return first.first_s
    kept = (t for t in checkpoint.times(directory / "checkpoints") if t >= max(since_s, first.first_s))
    return next((time_s + NEXT_S for time_s in kept), None)


def positions_from_s(directory: Path) -> float | None:
    """From when on there are positions; None if there are none."""
    return begins_s(directory / "history")


def positions_after_s(directory: Path, since_s: float) -> float | None:
    """The next moment of which there may be positions."""
    return begins_s(directory / "history", since_s)


def gaps(directory: Path, from_s: float, to_s: float) -> list[tuple[float, float]]:
    """The times from `from_s` to `to_s` of which the log holds nothing. What comes after its last tick is not
    past, so no gap. Raises StoreError where a file cannot be read."""
    found: list[tuple[float, float]] = []
    before: _Facts | None = None
    for facts in _ticks(directory, from_s - 3600.0, to_s + 3600.0):
        since_s = before.last_s if before else from_s
        between = [(since_s, facts.first_s)] if before is None or _started(before, facts) else []
        for begin_s, end_s in (*between, *facts.gaps):
            begin_s, end_s = max(begin_s, from_s), min(end_s, to_s)
            if end_s - begin_s > GAP_S:
                found.append((begin_s, end_s))
        before = facts
    return found


def _started(before: _Facts, after: _Facts) -> bool:
    """Whether a watch started between two files."""
    return any(before.last_place < place < after.first_place for place in (*before.starts, *after.starts))


def _unbroken_s(directory: Path) -> float:
    """Since when no file of the log was deleted or set aside; 0.0 if none ever was."""
    there = hours(directory / "log")
    gone = [hour.number for hour in there if hour.damaged]
    gone += [number for facts in _all(there) for number in facts.purged]
    return (max(gone) + 1) * 3600.0 if gone else 0.0


def _from_its_begin(directory: Path) -> bool:
    """Whether the first row that was ever written is there: places count from 1."""
    there = hours(directory / "log")
    spans = [span(hour) for hour in there if hour.number == there[0].number and not hour.damaged]
    return any(places is not None and places[0] == 1 for places in spans)


def _first(directory: Path) -> _Facts | None:
    return next(_with_ticks(hours(directory / "log")), None)


def _last_s(directory: Path) -> float:
    """The end of the last tick."""
    newest = list(_with_ticks(hours(directory / "log")[-2 * len(KINDS) :]))
    return newest[-1].last_s if newest else 0.0


def _ticks(directory: Path, from_s: float, to_s: float) -> Iterator[_Facts]:
    there = hours(directory / "log")
    last = max((h.number for h in there), default=0)
    return _with_ticks([h for h in there if from_s // 3600 <= h.number <= to_s // 3600], last)


def _with_ticks(there: list[Hour], last: int | None = None) -> Iterator[_Facts]:
    return (facts for facts in _all(there, last) if facts.first_s < math.inf)


def _all(there: list[Hour], last: int | None = None) -> Iterator[_Facts]:
    """The facts of the files of ticks, oldest first."""
    last = max((h.number for h in there), default=0) if last is None else last
    for hour in there:
        if hour.kind == "ticks" and not hour.damaged:
            over = hour.number < last - 1  # nobody writes it any more
            facts = _kept(hour.path) if over else _read(hour.path)
            if facts is not None:
                yield facts


@lru_cache(maxsize=2048)
def _kept(path: Path) -> _Facts | None:
    return _read(path)


def _read(path: Path) -> _Facts | None:
    try:
        with reading(path) as db:
            first, last = db.execute(_FIRST).fetchone(), db.execute(_LAST).fetchone()
            told = db.execute("SELECT place, code, text FROM event").fetchall()
            starts = tuple(place for place, code, _ in told if code == "start")
            broken = {gap for place in starts if (gap := _around(db, place))}
    except StoreError:
        if not path.exists():
            return None  # its time came meanwhile
        raise
    gone = (number_of(text) for _, code, text in told if code == "purged")
    purged = tuple(number for number in gone if number is not None)
    facts = _Facts(starts=starts, gaps=tuple(sorted(broken)), purged=purged)
    if first is None:
        return facts
    ends = {"first_place": first[0], "first_s": first[1], "last_place": last[0], "last_s": last[1]}
    return msgspec.structs.replace(facts, **ends)


def _around(db: sqlite3.Connection, start: int) -> tuple[float, float] | None:
    """The gap between the ticks before and after the start of a watch, if there is one. Without a start there
    is none, so no other ticks are looked at: a file has thousands."""
    before, after = db.execute(_BEFORE, (start,)).fetchone(), db.execute(_AFTER, (start,)).fetchone()
    return (before[0], after[0]) if before and after and after[0] - before[0] > GAP_S else None


_FIRST = "SELECT place, end_s FROM tick ORDER BY place LIMIT 1"
_LAST = "SELECT place, end_s FROM tick ORDER BY place DESC LIMIT 1"
_BEFORE = "SELECT end_s FROM tick WHERE place < ? ORDER BY place DESC LIMIT 1"
_AFTER = "SELECT end_s FROM tick WHERE place > ? ORDER BY place LIMIT 1"
