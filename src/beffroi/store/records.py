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
from beffroi.observation import Observation
from beffroi.sign import Sign
from beffroi.site import Store

DAY_S = 86_400.0

Find = Callable[[set[bytes]], Mapping[bytes, Observation]]
"""Digests of frames → the observations made of them, as far as they are kept."""

_tables = sa.MetaData()
# The key of a sign is its number and when it was opened: a watch that lost its state counts from 1 again.
SIGN = sa.Table("sign", _tables, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("rule", sa.Text),
    sa.Column("subject", sa.Text), sa.Column("priority", sa.Text), sa.Column("updated_at_s", sa.Double),
    sa.Column("over_at_s", sa.Double), sa.Column("body", sa.LargeBinary))  # fmt: skip
CHANGE = sa.Table("sign_change", _tables, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("updates", sa.Integer, primary_key=True),
    sa.Column("change", sa.Text, primary_key=True), sa.Column("time_s", sa.Double),
    sa.Column("body", sa.LargeBinary))  # fmt: skip
EVIDENCE = sa.Table("evidence", _tables, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("frame", sa.LargeBinary, primary_key=True),
    sa.Column("body", sa.LargeBinary))  # fmt: skip
COUNTER = sa.Table("counter", _tables, sa.Column("hour", sa.BigInteger, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True), sa.Column("name", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger))  # fmt: skip
QUARANTINE = sa.Table("quarantine", _tables, sa.Column("hour", sa.BigInteger, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True), sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("place", sa.Text), sa.Column("count", sa.BigInteger))  # fmt: skip
COUNTED = sa.Table("counted", _tables, sa.Column("place", sa.BigInteger))


class Counts(msgspec.Struct, kw_only=True):
    """What was counted since the last time, by hour (whole hours since the Unix epoch)."""

    sources: dict[tuple[int, str, str], int] = {}
    """(hour, source, counter) → more of it."""
    quarantine: dict[tuple[int, str, str], tuple[str, int]] = {}
    """(hour, source, reason) → (place in the latest such frame, how many more)."""


class Records:
    """The records in one database. Raises StoreError where it is damaged, locked or of a later version."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy has it: `sqlite:////path/records.sqlite`."""
        self._url = url
        self._engine = sa.create_engine(url)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _configure)
        with self._change() as db:
            _migrate(db)

    @classmethod
    def within(cls, directory: Path) -> "Records":
        """The records of the store in `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{(directory / 'records.sqlite').absolute()}")

    def add(self, signs: Sequence[Sign], find: Find) -> list[Sign]:
        """Write changes of signs with the observations that they cite; gives those that were new.

        `find` gives the observations of digests; what it does not find is not there any more.
        """
        with self._change() as db:
            new = [sign for sign in signs if self._add(db, sign)]
            for sign in new:
                self._cite(db, sign, find)
        return new

    def signs(self, *, open_only: bool = False) -> list[Sign]:
        """Every sign as it is now, oldest first."""
        query = sa.select(SIGN.c.body).order_by(SIGN.c.opened_at_s, SIGN.c.id)
        if open_only:
            query = query.where(SIGN.c.over_at_s.is_(None))
        return [msgspec.msgpack.decode(body, type=Sign) for (body,) in self._read(query)]

    def changes(self, sign: Sign | None = None) -> list[Sign]:
        """The changes of one sign, or of all, in their order."""
        query = sa.select(CHANGE.c.body).order_by(CHANGE.c.time_s, CHANGE.c.id, CHANGE.c.updates)
        if sign is not None:
            query = query.where(*_same(CHANGE, sign))
        return [msgspec.msgpack.decode(body, type=Sign) for (body,) in self._read(query)]

    def evidence(self, sign: Sign) -> dict[bytes, Observation]:
        """The observations that a sign cites, by the digest of their frame."""
        rows = self._read(sa.select(EVIDENCE.c.frame, EVIDENCE.c.body).where(*_same(EVIDENCE, sign)))
        return {bytes(frame): msgspec.msgpack.decode(body, type=Observation) for frame, body in rows}

    def counted_to(self) -> int:
        """The place in the log up to which everything is counted."""
        rows = self._read(sa.select(COUNTED.c.place))
        return int(rows[0][0]) if rows else 0

    def count(self, place: int, counts: Counts) -> None:
        """Add what was counted after `counted_to()` and up to `place`."""
        with self._change() as db:
            db.execute(sa.delete(COUNTED))
            db.execute(sa.insert(COUNTED), {"place": place})
            for (hour, source, name), more in counts.sources.items():
                _put(db, COUNTER, {"hour": hour, "source": source, "name": name, "count": more})
            for (hour, source, reason), (at, more) in counts.quarantine.items():
                row = {"hour": hour, "source": source, "reason": reason, "place": at, "count": more}
                _put(db, QUARANTINE, row)

    def counted(self) -> Counts:
        """Everything that was counted."""
        rows, refused = self._read(sa.select(COUNTER)), self._read(sa.select(QUARANTINE))
        return Counts(
            sources={(hour, source, name): n for hour, source, name, n in rows},
            quarantine={(hour, source, reason): (place, n) for hour, source, reason, place, n in refused},
        )

    def purge(self, limits: Store, now_s: float) -> int:
        """Delete signs that have been over for as long as the site says, with changes and evidence, and the
        counters of that age. Returns how many signs."""
        before_s = now_s - limits.signs_days * DAY_S
        old = sa.select(SIGN.c.opened_at_s, SIGN.c.id).where(SIGN.c.over_at_s <= before_s)
        with self._change() as db:
            for table in (CHANGE, EVIDENCE):
                db.execute(sa.delete(table).where(sa.tuple_(table.c.opened_at_s, table.c.id).in_(old)))
            for table in (COUNTER, QUARANTINE):
                db.execute(sa.delete(table).where(table.c.hour < before_s // 3600))
            return db.execute(sa.delete(SIGN).where(SIGN.c.over_at_s <= before_s)).rowcount

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
        return True

    def _cite(self, db: sa.Connection, sign: Sign, find: Find) -> None:
        """Copy the observations that a sign cites and that are not yet with it."""
        cited = {bytes.fromhex(e[6:]) for r in sign.reasons for e in r.evidence if e.startswith("frame:")}
        there = db.execute(sa.select(EVIDENCE.c.frame).where(*_same(EVIDENCE, sign)))
        wanted = cited - {bytes(frame) for frame in there.scalars()}
        for frame, observation in (find(wanted) if wanted else {}).items():
            row = {"frame": frame, "body": msgspec.msgpack.encode(observation)}
            db.execute(sa.insert(EVIDENCE), {"opened_at_s": sign.opened_at_s, "id": sign.id} | row)

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        with _plainly(self._url), self._engine.connect() as db:
            return db.execute(query).all()

    @contextmanager
    def _change(self) -> Iterator[sa.Connection]:
        with _plainly(self._url), self._engine.begin() as db:
            yield db


def _put(db: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Add to a count, or begin one."""
    keys = table.primary_key.columns.keys()
    more = {k: v for k, v in row.items() if k not in keys} | {"count": table.c.count + row["count"]}
    changed = db.execute(sa.update(table).where(*(table.c[k] == row[k] for k in keys)).values(more))
    if not changed.rowcount:
        db.execute(sa.insert(table), row)


def _same(table: sa.Table, sign: Sign) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.opened_at_s == sign.opened_at_s, table.c.id == sign.id


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
    """Bring the tables to this version's."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = db
    command.upgrade(config, "head")
