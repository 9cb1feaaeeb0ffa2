"""Hours: the files of the log. One SQLite database for each hour and class of data, named after both.

    20261122T10Z-traffic.sqlite

`operator`, `sensor` and `traffic` hold observations, as long as the site says for each; `ticks` holds the
ends of the ticks and what befell the log itself, and no data of anybody: it lives as long as the longest.
Deletion of data is deletion of a file (`expired`).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

import msgspec

from beffroi.errors import StoreError
from beffroi.site import Retention, Store

Kind = Literal["operator", "sensor", "traffic", "ticks"]
DATA: tuple[Retention, ...] = get_args(Retention)
KINDS: tuple[Kind, ...] = get_args(Kind)
VERSION = 1
SUFFIXES = ("", "-wal", "-shm", "-journal")
"""Of the files that make up one database."""

_NAME = re.compile(r"(\d{8}T\d{2})Z-(operator|sensor|traffic|ticks)\.sqlite(\.damaged)?")
_STAMP = "%Y%m%dT%H"

_DATA_TABLES = """
CREATE TABLE batch (place INTEGER PRIMARY KEY, received_at_s REAL NOT NULL, observations INTEGER NOT NULL,
                    body BLOB NOT NULL);
CREATE TABLE refused (place INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
_TICK_TABLES = """
CREATE TABLE tick (place INTEGER PRIMARY KEY, end_s REAL NOT NULL,
                   operator INTEGER NOT NULL, sensor INTEGER NOT NULL, traffic INTEGER NOT NULL);
CREATE TABLE event (place INTEGER PRIMARY KEY, time_s REAL NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL);
"""


class Hour(msgspec.Struct, frozen=True, order=True):
    """One file of the log."""

    number: int
    """Whole hours since the Unix epoch."""
    kind: Kind
    path: Path
    damaged: bool = False
    """It was found damaged and set aside."""


def name(number: int, kind: Kind) -> str:
    """The name of the file of an hour."""
    return f"{datetime.fromtimestamp(number * 3600, UTC):{_STAMP}}Z-{kind}.sqlite"


def number_of(name: str) -> int | None:
    """The hour of a file that is called so; None if no file of the log is."""
    match = _NAME.fullmatch(name)
    return int(datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp()) // 3600 if match else None


def hours(directory: Path) -> list[Hour]:
    """All files of the log in `directory`, oldest first."""
    found = []
    for path in directory.glob("*.sqlite*"):
        number, match = number_of(path.name), _NAME.fullmatch(path.name)
        if number is not None and match:
            found.append(Hour(number, match[2], path, bool(match[3])))  # type: ignore[arg-type]
    return sorted(found)


def expired(directory: Path, limits: Store, now_s: float) -> list[Hour]:
    """The files whose first row is as old as its class may get: nothing outlives its limit.

    So the last rows of an hour live up to an hour less. The hour that runs is never in the list.
    """
    lives: dict[Kind, float] = {
        "operator": limits.operator_hours,
        "sensor": limits.sensor_hours,
        "traffic": limits.traffic_hours,
    }
    lives["ticks"] = max(lives.values())
    now = now_s / 3600
    return [h for h in hours(directory) if h.number + max(lives[h.kind], 1.0) <= now]


def delete(hour: Hour) -> None:
    """Delete a file of the log, with what SQLite keeps beside it. Raises StoreError."""
    for suffix in SUFFIXES:
        try:
            hour.path.with_name(hour.path.name + suffix).unlink(missing_ok=True)
        except OSError as bad:
            raise StoreError(str(hour.path), f"cannot be deleted: {bad.strerror}") from bad


def set_aside(hour: Hour) -> None:
    """Rename a damaged file so that the log goes on without it; it is still deleted on its day."""
    for suffix in SUFFIXES:
        part = hour.path.with_name(hour.path.name + suffix)
        if part.exists():
            part.rename(hour.path.with_name(f"{hour.path.name}.damaged{suffix}"))


def writable(path: Path, kind: Kind) -> sqlite3.Connection:
    """Open a file of the log for writing; it is made if need be. Raises sqlite3.Error or StoreError.

    With `synchronous=FULL` a commit is on the disk when it returns: it survives the death of the process and,
    as far as the disk keeps what it promised, of the power.
    """
    made = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=FULL")
        version = made.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            tables = _TICK_TABLES if kind == "ticks" else _DATA_TABLES
            made.executescript(f"BEGIN;{tables}PRAGMA user_version={VERSION};COMMIT;")
        elif version != VERSION:
            raise StoreError(str(path), f"is of version {version}, this program writes version {VERSION}")
    except BaseException:
        made.close()
        raise
    return made


def _unmade(path: Path) -> sqlite3.Connection:
    """What a file holds whose writer died before it had made its tables: nothing."""
    empty = sqlite3.connect(":memory:", isolation_level=None)
    empty.executescript(_TICK_TABLES if path.name.endswith("-ticks.sqlite") else _DATA_TABLES)
    return empty


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of the log, open for reading. What SQLite finds wrong with it becomes a StoreError."""
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        ) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise StoreError(str(path), f"is of version {version}, this program reads version {VERSION}")
            if version == VERSION:
                yield db
            else:
                with closing(_unmade(path)) as empty:
                    yield empty
    except sqlite3.Error as bad:
        raise StoreError(str(path), str(bad)) from bad


def span(hour: Hour) -> tuple[int, int] | None:
    """The first and last place in a file; None if it is empty. Raises StoreError if it is damaged."""
    with reading(hour.path) as db:
        rows = db.execute(_SPAN[hour.kind == "ticks"]).fetchall()
    places = [place for row in rows for place in row if place is not None]
    return (min(places), max(places)) if places else None


def check(hour: Hour) -> None:
    """Read a whole file. Raises StoreError if it is damaged."""
    with reading(hour.path) as db:
        verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise StoreError(str(hour.path), verdict)


_SPAN = {
    True: "SELECT min(place), max(place) FROM tick UNION ALL SELECT min(place), max(place) FROM event",
    False: "SELECT min(place), max(place) FROM batch UNION ALL SELECT min(place), max(place) FROM refused",
}
