"""Records: the signs, their changes, the evidence that they cite; what was refused, by the hour.

SQLAlchemy Core on SQLite (WAL, `synchronous=FULL`), or another database by URL. The desk reads here and never
waits for a feed. A change of a sign is one row with a key of its own, so writing it again changes nothing.
Its evidence is copied from the log in the same transaction, and so lives as long as the sign.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from beffroi.errors import StoreError
from beffroi.life import Act, DeskSign, Event, key_of
from beffroi.observation import Observation
from beffroi.sign import Priority, Sign
from beffroi.site import Store
from beffroi.store import desk
from beffroi.store.tables import ACT, CHANGE, COUNTED, COUNTER, EVENT, EVIDENCE, QUARANTINE, SIGN, STORE

DAY_S = 86_400.0

Find = Callable[[set[bytes]], Mapping[bytes, Observation]]
"""Digests of frames → the observations made of them, as far as they are kept."""


class Counts(msgspec.Struct, kw_only=True):
    """What was counted since the last time, by hour (whole hours since the Unix epoch)."""

    sources: dict[tuple[int, str, str], int] = {}
    """(hour, source, counter) → more of it."""
    quarantine: dict[tuple[int, str, str], tuple[str, int]] = {}
    """(hour, source, reason) → (place in the latest such frame, how many more)."""


class Records:
    """The records in one database. Raises StoreError where it is damaged, locked or of a later version."""

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        """`url` as SQLAlchemy has it: `sqlite:////path/records.sqlite`. Who only reads does not `migrate`."""
        self._url = url
        self._engine = sa.create_engine(url)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _configure)
        if migrate:
            with self.change() as db:
                _migrate(db)

    @classmethod
    def within(cls, directory: Path, *, migrate: bool = True) -> "Records":
        """The records of the store in `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{(directory / 'records.sqlite').absolute()}", migrate=migrate)

    def add(self, signs: Sequence[Sign], find: Find) -> list[Sign]:
        """Write changes of signs with the observations that they cite; gives those that were new.

        `find` gives the observations of digests; what it does not find is not there any more.
        """
        with self.change() as db:
            new = [sign for sign in signs if self._add(db, sign)]
            self._cite(db, new, find)
        return new

    def signs(self, *, open_only: bool = False) -> list[Sign]:
        """Every sign as it is now, oldest first."""
        query = sa.select(SIGN.c.body).order_by(SIGN.c.opened_at_s, SIGN.c.id)
        if open_only:
            query = query.where(SIGN.c.over_at_s.is_(None))
        return [msgspec.msgpack.decode(body, type=Sign) for (body,) in self.read(query)]

    def changes(self, sign: Sign | None = None) -> list[Sign]:
        """The changes of one sign, or of all, in their order."""
        query = sa.select(CHANGE.c.body).order_by(CHANGE.c.time_s, CHANGE.c.id, CHANGE.c.updates)
        if sign is not None:
            query = query.where(*_same(CHANGE, sign))
        return [msgspec.msgpack.decode(body, type=Sign) for (body,) in self.read(query)]

    def evidence(self, sign: Sign) -> dict[bytes, Observation]:
        """The observations that a sign cites, by the digest of their frame."""
        rows = self.read(sa.select(EVIDENCE.c.frame, EVIDENCE.c.body).where(*_same(EVIDENCE, sign)))
        return {bytes(frame): msgspec.msgpack.decode(body, type=Observation) for frame, body in rows}

    def counted_to(self) -> int:
        """The place in the log up to which everything is counted."""
        rows = self.read(sa.select(COUNTED.c.place))
        return int(rows[0][0]) if rows else 0

    def count(self, place: int, counts: Counts) -> None:
        """Add what was counted after `counted_to()` and up to `place`."""
        with self.change() as db:
            db.execute(sa.delete(COUNTED))
            db.execute(sa.insert(COUNTED), {"place": place})
            for (hour, source, name), more in counts.sources.items():
                _put(db, COUNTER, {"hour": hour, "source": source, "name": name, "count": more})
            for (hour, source, reason), (at, more) in counts.quarantine.items():
                row = {"hour": hour, "source": source, "reason": reason, "place": at, "count": more}
                _put(db, QUARANTINE, row)

    def counted(self) -> Counts:
        """Everything that was counted."""
        rows, refused = self.read(sa.select(COUNTER)), self.read(sa.select(QUARANTINE))
        return Counts(
            sources={(hour, source, name): n for hour, source, name, n in rows},
            quarantine={(hour, source, reason): (place, n) for hour, source, reason, place, n in refused},
        )

    def purge(self, limits: Store, now_s: float) -> int:
        """Delete signs that have been over (or closed, where the machine never said so) for as long as the
        site says, with all that belongs to them, and the counters of that age. Returns how many signs."""
        before_s = now_s - limits.signs_days * DAY_S
        since_s = sa.func.coalesce(SIGN.c.over_at_s, SIGN.c.ended_at_s)
        old = sa.select(SIGN.c.opened_at_s, SIGN.c.id).where(since_s <= before_s)
        with self.change() as db:
            desk.purged(db, old, now_s)
            for table in (CHANGE, EVIDENCE, EVENT, ACT):
                db.execute(sa.delete(table).where(sa.tuple_(table.c.opened_at_s, table.c.id).in_(old)))
            for table in (COUNTER, QUARANTINE):
                db.execute(sa.delete(table).where(table.c.hour < before_s // 3600))
            return db.execute(sa.delete(SIGN).where(since_s <= before_s)).rowcount

    # What people do with signs, see `beffroi.desk`

    def act(self, key: str, act: Act) -> int:
        """Write down an act: the number of its event. Raises DeskError."""
        with self.change() as db:
            return desk.act(db, key, act)

    def store(self) -> str:
        """Which store this is: numbers of events are those of this one."""
        return str(self.read(sa.select(STORE.c.id))[0][0])

    def last(self) -> int:
        """The number of the last event."""
        return int(self.read(desk.last())[0][0])

    def events(self, since: int, limit: int) -> list[Event]:
        """The events after number `since`, oldest first, at most `limit`."""
        return desk.events(self.read(desk.after(since, limit)))

    def events_of(self, key: str) -> list[Event]:
        """All events of one sign, oldest first; none if there is no such sign. Raises DeskError."""
        return desk.events(self.read(desk.of(key)))

    def rang(self, after_s: float) -> list[Event]:
        """The events after a time that raised an alarm."""
        return desk.events(self.read(desk.rang_after(after_s)))

    def standing(self) -> list[DeskSign]:
        """The signs that have not ended, as they stand."""
        return [event.sign for event in desk.events(self.read(desk.standing()))]

    def ended(self, limit: int, rule: str | None = None) -> list[DeskSign]:
        """The signs that ended last; of one rule, or of all."""
        return [event.sign for event in desk.events(self.read(desk.ended(limit, rule)))]

    def stood(self, at_s: float) -> tuple[int, list[DeskSign]]:
        """The number of the last event by `at_s`, and the signs that had not ended then, as they stood."""
        number = int(self.read(desk.last_by(at_s))[0][0] or 0)
        there = desk.events(self.read(desk.stood(number, at_s)))
        return number, [event.sign for event in there if not event.sign.ended]

    def marks(self, from_s: float, to_s: float) -> list[tuple[str, float, str, Priority]]:
        """Signs that were opened in a time: (key, when, rule, priority), a row for each priority they had."""
        return [
            (key_of(sign, at_s), at_s, *rest) for at_s, sign, *rest in self.read(desk.marks(from_s, to_s))
        ]

    def read(self, query: sa.Select[Any]) -> Sequence[Any]:
        """The rows of a query. Raises StoreError."""
        with _plainly(self._url), self._engine.connect() as db:
            return db.execute(query).all()

    @contextmanager
    def change(self) -> Iterator[sa.Connection]:
        """One transaction: what is done in it is written whole, or not at all. Raises StoreError."""
        with _plainly(self._url), self._engine.begin() as db:
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Several queries that see one state, whoever writes meanwhile. Raises StoreError."""
        with _plainly(self._url), self._engine.connect() as db:
            if db.dialect.name == "sqlite":
                db.exec_driver_sql("BEGIN")
            else:
                db.execution_options(isolation_level="REPEATABLE READ")
            yield db

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _add(self, db: sa.Connection, sign: Sign) -> bool:
        """Write one change; False if it was there."""
        body = msgspec.msgpack.encode(sign)
        key = {"opened_at_s": sign.opened_at_s, "id": sign.id}
        change = {"updates": sign.updates, "change": sign.change, "time_s": sign.time_s, "body": body}
        row = sa.select(CHANGE.c.id).where(
            *_same(CHANGE, sign), CHANGE.c.updates == sign.updates, CHANGE.c.change == sign.change
        )
        if db.execute(row).first():
            return False
        db.execute(sa.insert(CHANGE), key | change)
        now = {
            "rule": sign.rule, "subject": sign.subject, "priority": sign.priority,
            "updated_at_s": sign.time_s, "over_at_s": sign.over_at_s, "body": body,
        }  # fmt: skip
        if not db.execute(sa.update(SIGN).where(*_same(SIGN, sign)), now).rowcount:
            db.execute(sa.insert(SIGN), key | now)
        desk.changed(db, sign)
        return True

    def _cite(self, db: sa.Connection, signs: Sequence[Sign], find: Find) -> None:
        """Copy the observations that signs cite and that are not yet with them, looked for all at once."""
        wanted = {(s.opened_at_s, s.id, digest) for s in signs for digest in _cited(s)}
        key = sa.tuple_(EVIDENCE.c.opened_at_s, EVIDENCE.c.id)
        query = sa.select(EVIDENCE.c.opened_at_s, EVIDENCE.c.id, EVIDENCE.c.frame)
        there = db.execute(query.where(key.in_(sorted({cited[:2] for cited in wanted}))))
        wanted -= {(at_s, number, bytes(frame)) for at_s, number, frame in there}
        if not wanted:
            return
        bodies = {d: msgspec.msgpack.encode(o) for d, o in find({cited[2] for cited in wanted}).items()}
        rows = [
            {"opened_at_s": at_s, "id": number, "frame": digest, "body": bodies[digest]}
            for at_s, number, digest in sorted(wanted)
            if digest in bodies
        ]
        if rows:
            db.execute(sa.insert(EVIDENCE), rows)


def _put(db: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Add to a count, or begin one."""
    keys = table.primary_key.columns.keys()
    more = {k: v for k, v in row.items() if k not in keys} | {"count": table.c.count + row["count"]}
    changed = db.execute(sa.update(table).where(*(table.c[k] == row[k] for k in keys)).values(more))
    if not changed.rowcount:
        db.execute(sa.insert(table), row)


def _same(table: sa.Table, sign: Sign) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.opened_at_s == sign.opened_at_s, table.c.id == sign.id


def _cited(sign: Sign) -> set[bytes]:
    """Digests of the frames that a sign cites."""
    return {bytes.fromhex(e[6:]) for r in sign.reasons for e in r.evidence if e.startswith("frame:")}


@contextmanager
def _plainly(url: str) -> Iterator[None]:
    """What the database finds wrong becomes a StoreError."""
    try:
        yield
    except (SQLAlchemyError, CommandError) as bad:
        reason = str(getattr(bad, "orig", None) or bad)
        raise StoreError(url.removeprefix("sqlite:///"), reason) from bad


def _configure(db: sqlite3.Connection, _: object) -> None:
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")


def _migrate(db: sa.Connection) -> None:
    """Bring the tables to this version's, all or nothing."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("BEGIN IMMEDIATE")  # else each table would be committed alone
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = db
    command.upgrade(config, "head")
