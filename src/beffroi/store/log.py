"""Log: the recording. What came is written here before anything that follows from it leaves the process.

    append, refuse     what came goes into the open row of its class
    tick               ends a tick; gives what the step is to take, in the order of the log
    commit             a future: everything so far is on the disk

A writer thread takes the open rows every 10 ms, or at once for a `commit`, and writes them as one group: rows
of observations first, ends of ticks last. So the end of a tick never stands without its rows, and rows whose
end was lost in a crash belong to the tick that comes next. Each row has a *place*, one counter for all files.

*Acknowledged* means that `commit` came back. With `synchronous=FULL` that survives the death of the process
and, as far as the disk keeps what it promised, of the power.
"""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from beffroi.errors import StoreError
from beffroi.observation import Observation
from beffroi.site import Retention, Store
from beffroi.store import hours
from beffroi.store.hours import DATA, Kind
from beffroi.store.reading import Batch, Event, Refused, Tick, after_last_tick, pack

COMMIT_S = 0.010
"""Rows wait at most this long for company."""
BACKLOG = 100_000
"""Observations that may wait for the disk; with more, `crowded` asks the sources to wait."""


Content = list[Observation] | Refused | Tick | Event


class _Row(NamedTuple):
    """A row on its way to the disk."""

    hour: int
    kind: Kind
    place: int
    content: Content


class Log:
    """The log in one directory, open for writing. Raises StoreError where a file cannot be written.

    A file that is found damaged is set aside, and an event says so. The caller holds the lock of the store.
    """

    def __init__(self, directory: Path, after: int = 0) -> None:
        """`after`: the place that a checkpoint has seen; no row before it waits for the end of its tick."""
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._wake = threading.Condition()
        self._open: dict[Retention, list[Observation]] = {}
        self._rows: list[_Row] = []
        self._taken: list[Observation] = []
        self._refused: list[Refused] = []
        self._counts = dict.fromkeys(DATA, 0)
        self._waiting: list[Future[int]] = []
        self._promised: list[Future[int]] = []
        self._place = self._backlog = 0
        self._idle = self._closing = False
        self._broken: StoreError | None = None
        self._files: dict[tuple[int, Kind], sqlite3.Connection] = {}
        self.damaged = self._survey()
        """Names of the files that were found damaged and set aside."""
        self._take_up(after)
        self._writer = threading.Thread(target=self._run, name="log", daemon=True)
        self._writer.start()

    @property
    def place(self) -> int:
        """Of the latest row, written or waiting."""
        return self._place

    @property
    def crowded(self) -> bool:
        """So much waits for the disk that sources had better wait for a `commit`."""
        return self._backlog > BACKLOG

    @property
    def holds(self) -> bool:
        """Whether something was taken since the last tick."""
        return bool(self._open or self._taken or self._refused)

    def append(self, retention: Retention, observations: Sequence[Observation]) -> None:
        """Take observations, oldest first. Raises StoreError if the log cannot be written any more."""
        with self._wake:
            self._usable()
            if observations:
                self._open.setdefault(retention, []).extend(observations)
                self._backlog += len(observations)
            if self._idle:
                self._idle = False
                self._wake.notify()

    def refuse(self, retention: Retention, refused: Refused) -> None:
        """Keep what could not be read. Raises StoreError."""
        with self._wake:
            self._usable()
            self._refused.append(refused)
            self._add(refused.received_at_s, retention, refused)

    def tick(self, end_s: float) -> Batch:
        """End a tick: what was appended since the last one belongs to it. Raises StoreError."""
        with self._wake:
            self._usable()
            self._close_rows()
            self._add(end_s, "ticks", Tick(end_s, tuple(self._counts.values())))
            taken, refused = self._taken, self._refused
            self._taken, self._refused, self._counts = [], [], dict.fromkeys(DATA, 0)
            return Batch(place=self._place, tick_end_s=end_s, observations=taken, refused=refused)

    def event(self, time_s: float, code: str, text: str) -> None:
        """Write down something that befell the log itself. Raises StoreError."""
        with self._wake:
            self._usable()
            self._add(time_s, "ticks", Event(time_s=time_s, code=code, text=text))

    def commit(self) -> Future[int]:
        """Resolves to the place up to which everything is on the disk, or to a StoreError."""
        done: Future[int] = Future()
        with self._wake:
            if self._broken:
                done.set_exception(self._broken)
            else:
                self._waiting.append(done)
                self._wake.notify()
        return done

    def purge(self, limits: Store, now_s: float) -> list[str]:
        """Delete the files that have reached their age; the names of those deleted."""
        gone = hours.expired(self._directory, limits, now_s)
        for hour in gone:
            hours.delete(hour)
            self.event(now_s, "purged", hour.path.name)
        return [hour.path.name for hour in gone]

    def close(self) -> None:
        """Write what waits and close the files."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._writer.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What was there before

    def _survey(self) -> list[str]:
        """Find the last place; the names of files that were set aside."""
        damaged = []
        files = [hour for hour in hours.hours(self._directory) if not hour.damaged]
        for hour in files:
            try:
                if hour.kind == "ticks" and hour.number >= files[-1].number - 1:
                    hours.check(hour)  # the rest of a run hangs on these
                self._place = max(self._place, *(hours.span(hour) or (0,)))
            except StoreError:
                hours.set_aside(hour)
                damaged.append(hour.path.name)
        return damaged

    def _take_up(self, after: int) -> None:
        """Rows that a crash left without the end of their tick open the next one."""
        for _, kind, content in after_last_tick(self._directory, after):
            if isinstance(content, Refused):
                self._refused.append(content)
            elif kind is not None and not isinstance(content, Tick):
                self._taken.extend(content)
                self._counts[kind] += len(content)

    # Under the lock

    def _usable(self) -> None:
        if self._broken:
            raise self._broken

    def _add(self, time_s: float, kind: Kind, content: Content) -> None:
        self._place += 1
        self._rows.append(_Row(int(time_s // 3600), kind, self._place, content))
        if self._idle:
            self._idle = False
            self._wake.notify()

    def _close_rows(self) -> None:
        for kind, observations in self._open.items():
            self._taken.extend(observations)
            self._counts[kind] += len(observations)
            self._add(observations[0].received_at_s, kind, observations)
        self._open = {}

    # The writer thread

    def _run(self) -> None:
        broken = StoreError(str(self._directory), "the log is closed")
        try:
            while self._write_group():
                pass
        except sqlite3.Error as bad:
            broken = StoreError(str(self._directory), f"the log cannot be written: {bad}")
        except StoreError as bad:
            broken = bad
        finally:
            self._end(broken)

    def _write_group(self) -> bool:
        with self._wake:
            self._idle = not (self._open or self._rows)
            self._wake.wait_for(lambda: not self._idle or self._waiting or self._closing)
            self._wake.wait_for(lambda: self._waiting or self._closing, COMMIT_S)
            self._close_rows()
            rows, self._rows = self._rows, []
            self._promised, self._waiting = self._waiting, []
            place, closing, self._backlog = self._place, self._closing, 0
        self._write(rows)
        while self._promised:
            done = self._promised.pop()
            if done.set_running_or_notify_cancel():
                done.set_result(place)
        return not closing

    def _write(self, rows: list[_Row]) -> None:
        """Write a group. Ends of ticks are committed after the rows that they close."""
        by_file = defaultdict[tuple[bool, int, Kind], list[_Row]](list)
        for row in rows:
            by_file[row.kind == "ticks", row.hour, row.kind].append(row)
        for (_, hour, kind), group in sorted(by_file.items()):
            db = self._file(hour, kind)
            db.execute("BEGIN IMMEDIATE")
            for row in group:
                db.execute(*_statement(row))
            db.execute("COMMIT")

    def _file(self, hour: int, kind: Kind) -> sqlite3.Connection:
        if (hour, kind) not in self._files:
            for old in [key for key in self._files if key[0] < hour - 1]:
                self._files.pop(old).close()
            path = self._directory / hours.name(hour, kind)
            self._files[hour, kind] = hours.writable(path, kind)
        return self._files[hour, kind]

    def _end(self, broken: StoreError) -> None:
        with self._wake:
            self._broken = broken
            for done in self._promised + self._waiting:
                if done.set_running_or_notify_cancel():
                    done.set_exception(broken)
        for db in self._files.values():
            db.close()


def _statement(row: _Row) -> tuple[str, tuple[object, ...]]:
    """How a row is written."""
    match row.content:
        case Refused() as refused:
            return "INSERT INTO refused VALUES (?, ?)", (row.place, msgspec.msgpack.encode(refused))
        case Tick(end_s, counts):
            return "INSERT INTO tick VALUES (?, ?, ?, ?, ?)", (row.place, end_s, *counts)
        case Event(time_s=time_s, code=code, text=text):
            return "INSERT INTO event VALUES (?, ?, ?, ?)", (row.place, time_s, code, text)
        case observations:
            received_at_s = observations[0].received_at_s
            body = pack(observations)
            return "INSERT INTO batch VALUES (?, ?, ?, ?)", (
                row.place,
                received_at_s,
                len(observations),
                body,
            )
