"""Reading the log: the files of all classes merged by place into the run again.

    20261122T10Z-operator.sqlite ┐
    20261122T10Z-sensor.sqlite   ├ by place → Batch, one for each tick that was stepped, empty ones too
    20261122T10Z-traffic.sqlite  │
    20261122T10Z-ticks.sqlite    ┘

What a purge or damage took away is counted in the batch that lacks it; `whole` says which file and why.
"""

import heapq
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from beffroi.errors import StoreError
from beffroi.observation import Observation
from beffroi.site import Retention
from beffroi.store.hours import DATA, Hour, check, hours, name, reading, span


class Refused(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A frame, or a part of one, that could not become an observation."""

    source: str
    received_at_s: float
    place: str
    """Where in the frame."""
    reason: str
    digest: bytes
    """BLAKE2b-128 of the frame."""
    frame: bytes | None = None
    """The frame; absent where it could carry data of a person."""
    count: int = 1
    """How many were refused; above 1 in the row that stands for the rest of a flood."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick took."""

    place: int
    """Of the end of the tick in the log."""
    tick_end_s: float
    observations: list[Observation]
    refused: list[Refused] = []
    missing: dict[Retention, int] = {}
    """Observations that were there and are no more, by class."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that befell the log itself: a start, a purge, damage, a jump of the wall clock."""

    time_s: float
    code: str
    text: str


class Tick(msgspec.Struct, frozen=True):
    """The end of a tick as the log keeps it."""

    end_s: float
    counts: tuple[int, ...]
    """Observations it took of each class, in the order of `DATA`."""


Row = tuple[int, Retention | None, Sequence[Observation] | Refused | Tick]
"""Place, class (None: the end of a tick), content."""

_OBSERVATIONS = msgspec.msgpack.Decoder(list[Observation])
_REFUSED = msgspec.msgpack.Decoder(Refused)


def pack(observations: Sequence[Observation]) -> bytes:
    """The body of a row: msgpack, then zlib level 1 (whose Adler-32 guards it)."""
    return zlib.compress(msgspec.msgpack.encode(observations), 1)


def unpack(body: bytes) -> list[Observation]:
    """The observations of a row. Raises zlib.error or msgspec.DecodeError where it is damaged."""
    return _OBSERVATIONS.decode(zlib.decompress(body))


def read(directory: Path, since: int = 0) -> Iterator[Batch]:
    """The ticks after a place, in their order. Raises StoreError where their ends cannot be read."""
    rows: list[tuple[Retention, Sequence[Observation]]] = []
    refused: list[Refused] = []
    for place, kind, content in merged(directory, since):
        if isinstance(content, Tick):
            yield _batch(place, content, rows, refused)
            rows, refused = [], []
        elif isinstance(content, Refused):
            refused.append(content)
        elif kind is not None:
            rows.append((kind, content))


def _batch(
    place: int, tick: Tick, rows: list[tuple[Retention, Sequence[Observation]]], refused: list[Refused]
) -> Batch:
    """What a tick took of the rows before its end: the last ones, as many as it says of each class. Others
    are of ticks whose ends were lost."""
    missing = dict(zip(DATA, tick.counts, strict=True))
    taken: list[Sequence[Observation]] = []
    for kind, observations in reversed(rows):
        if missing[kind] >= len(observations):
            missing[kind] -= len(observations)
            taken.append(observations)
    return Batch(
        place=place,
        tick_end_s=tick.end_s,
        observations=[o for row in reversed(taken) for o in row],
        refused=refused,
        missing={kind: count for kind, count in missing.items() if count},
    )


def after_last_tick(directory: Path, after: int = 0) -> Iterator[Row]:
    """The rows after a place that have not seen the end of their tick. Raises StoreError."""
    last = after
    for hour in hours(directory):
        if hour.kind == "ticks" and not hour.damaged:
            with reading(hour.path) as db:
                last = max(last, db.execute("SELECT max(place) FROM tick").fetchone()[0] or 0)
    return merged(directory, last)


def merged(directory: Path, since: int = 0) -> Iterator[Row]:
    """All rows after a place, by place. The files of an hour are opened when their turn comes."""
    spans = _spans(directory, since)
    first = {h.number: min(p[0] for g, p in spans if g.number == h.number) for h, _ in spans}
    # Ends of ticks first: read while the log is written, no tick may be newer than the rows.
    waiting = sorted(spans, key=lambda s: (first[s[0].number], s[0].kind != "ticks"), reverse=True)
    heap: list[tuple[int, Row, Iterator[Row]]] = []
    while waiting or heap:
        while waiting and (not heap or first[waiting[-1][0].number] <= heap[0][0]):
            _push(heap, _rows(waiting.pop()[0], since))
        if heap:
            _, row, rest = heapq.heappop(heap)
            yield row
            _push(heap, rest)


def _spans(directory: Path, since: int) -> list[tuple[Hour, tuple[int, int]]]:
    """The files that hold places after one, oldest first. They are looked at from the newest back, to the
    hour that is all before it: a log has thousands."""
    found: list[tuple[Hour, tuple[int, int]]] = []
    for _, files in groupby(reversed(hours(directory)), lambda hour: hour.number):
        spans = [(hour, places) for hour in files if (places := _span(hour))]
        after = [span for span in spans if span[1][1] > since]
        if spans and not after:
            break
        found += after
    return found[::-1]


def _push(heap: list[tuple[int, Row, Iterator[Row]]], rows: Iterator[Row]) -> None:
    row = next(rows, None)
    if row is not None:
        heapq.heappush(heap, (row[0], row, rows))


def _span(hour: Hour) -> tuple[int, int] | None:
    try:
        return None if hour.damaged else span(hour)
    except StoreError:
        if hour.kind == "ticks":
            raise
        return None


def _rows(hour: Hour, since: int) -> Iterator[Row]:
    """The rows of one file after a place; of a damaged file those that can be read."""
    try:
        with reading(hour.path) as db:
            if hour.kind == "ticks":
                query = "SELECT * FROM tick WHERE place > ? ORDER BY place"
                yield from ((p, None, Tick(end_s, tuple(n))) for p, end_s, *n in db.execute(query, (since,)))
            else:
                yield from _data(db, hour.kind, since)
    except StoreError:
        if hour.kind == "ticks":
            raise


def _data(db: sqlite3.Connection, kind: Retention, since: int) -> Iterator[Row]:
    query = (
        "SELECT place, body, 0 FROM batch WHERE place > :since UNION ALL "
        "SELECT place, body, 1 FROM refused WHERE place > :since ORDER BY place"
    )
    for place, body, refused in db.execute(query, {"since": since}):
        try:
            yield place, kind, _REFUSED.decode(body) if refused else unpack(body)
        except (zlib.error, msgspec.DecodeError):
            continue


def find(directory: Path, digests: Iterable[bytes], look_back: int = 100_000) -> dict[bytes, Observation]:
    """The latest observation of each frame, looked for backwards among the last `look_back` of each class."""
    return {frame: said[0] for frame, said in find_all(directory, digests, look_back).items()}


def find_all(
    directory: Path, digests: Iterable[bytes], look_back: int = 100_000
) -> dict[bytes, list[Observation]]:
    """The same with all observations of each frame, the latest first: a datagram may hold many plots."""
    wanted, found = set(digests), dict[bytes, list[Observation]]()
    newest: dict[Retention, int] = dict.fromkeys(DATA, look_back)
    for hour in reversed(hours(directory)):
        if hour.kind != "ticks" and not hour.damaged and wanted and newest[hour.kind] > 0:
            newest[hour.kind] -= _find(hour, wanted, found, newest[hour.kind])
    return found


def _find(hour: Hour, wanted: set[bytes], found: dict[bytes, list[Observation]], limit: int) -> int:
    """Look through one file; returns how many observations were looked at."""
    seen = 0
    try:
        with reading(hour.path) as db:
            for count, body in db.execute("SELECT observations, body FROM batch ORDER BY place DESC"):
                raw = zlib.decompress(body)
                if any(digest in raw for digest in wanted):
                    for o in reversed(_OBSERVATIONS.decode(raw)):
                        if o.frame in wanted:
                            found.setdefault(o.frame, []).append(o)
                    wanted -= found.keys()
                seen += count
                if not wanted or seen >= limit:
                    break
    except (StoreError, zlib.error, msgspec.DecodeError):
        return limit
    return seen


def events(directory: Path) -> list[Event]:
    """What befell the log, oldest first. Raises StoreError."""
    made: list[Event] = []
    for hour in hours(directory):
        if hour.kind == "ticks" and not hour.damaged:
            with reading(hour.path) as db:
                rows = db.execute("SELECT time_s, code, text FROM event ORDER BY place").fetchall()
            made.extend(Event(time_s=t, code=c, text=x) for t, c, x in rows)
    return made


def whole(directory: Path) -> list[str]:
    """What is wrong with the log, a sentence each; empty if nothing. What a purge deleted is no fault."""
    faults = [fault for hour in hours(directory) for fault in _faults(hour)]
    if faults:
        return faults
    purged = {e.text for e in events(directory) if e.code == "purged"}
    lost: Counter[str] = Counter()
    for batch in read(directory):
        for kind, count in batch.missing.items():
            # A tick that ends just after the hour took rows of the hour before.
            files = {name(int(batch.tick_end_s // 3600) - back, kind) for back in (0, 1)}
            lost[kind] += 0 if files & purged else count
    return [f"{count} observations of class {kind} are missing" for kind, count in lost.items() if count]


def _faults(hour: Hour) -> Iterator[str]:
    if hour.damaged:
        yield f"{hour.path.name}: was found damaged and set aside"
        return
    try:
        check(hour)
        if hour.kind != "ticks":
            with reading(hour.path) as db:
                yield from _bad_rows(db, hour)
    except StoreError as bad:
        yield str(bad)


def _bad_rows(db: sqlite3.Connection, hour: Hour) -> Iterator[str]:
    for place, count, body in db.execute("SELECT place, observations, body FROM batch"):
        try:
            if len(unpack(body)) != count:
                yield f"{hour.path.name}: row {place} does not hold its {count} observations"
        except (zlib.error, msgspec.DecodeError) as bad:
            yield f"{hour.path.name}: row {place}: {bad}"
