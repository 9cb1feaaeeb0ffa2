"""Cases: what befell cases, the aerodrome, handovers and checklists: entries, only added.

An entry, the count of what it is about and its line in the audit log commit in one transaction. Whoever adds
says as the version of the entry which one it must be: if somebody was quicker nothing is written (`Stale`).
Bodies lie sealed under the key of their holder, and the digest in the log is of the row as it lies. So the
log is verified without a key, and a case dies by the destruction of one; what died is told in the log.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from beffroi.case import MACHINE, Entry
from beffroi.cases import fold
from beffroi.observation import Observation
from beffroi.sign import Sign
from beffroi.store import ledger
from beffroi.store.records import DAY_S, Records
from beffroi.store.tables import ABOUT, ENTRY, EVIDENCE
from beffroi.store.vault import Vault

PERIOD_S = 30 * DAY_S
"""What is about no case is held by the period in which it was written."""


class Stale(Exception):  # noqa: N818 - nothing is wrong: read again
    """Somebody else wrote meanwhile."""


class Entries:
    """The entries in the records. Safe to use from several threads. Raises StoreError."""

    def __init__(self, records: Records, vault: Vault) -> None:
        self._records, self._vault = records, vault

    def append(
        self,
        entries: Sequence[Entry],
        closed: Mapping[str, float | None] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> None:
        """Write entries, all or none; when this returns they are on the disk. `closed`: which of what they
        are about is closed since when, or open again. `file`: (media type, bytes) that the first speaks of.
        Raises Stale."""
        with self._records.change() as db:
            for entry in entries:
                _count(db, entry)
            if file is not None:
                self._vault.put(db, holder_of(entries[0]), file[1], file[0])
            for name, closed_s in (closed or {}).items():
                db.execute(sa.update(ABOUT).where(ABOUT.c.name == name).values(closed_s=closed_s))
            rows = [self._row(db, entry) for entry in entries]
            said = []
            for row in rows:
                action, subject, body = told(row)
                row["salt"], digest = ledger.sealed(body)
                said.append(_logged(row, action, subject, digest))
            first = ledger.extend(db, said)
            db.execute(sa.insert(ENTRY), [row | {"entry": first + i} for i, row in enumerate(rows)])

    def of(self, *names: str) -> list[Entry]:
        """Everything that befell these, in the order of the log."""
        return self._read(sa.select(ENTRY).where(ENTRY.c.about.in_(names)).order_by(ENTRY.c.entry))

    def held_by(self, *holders: str) -> list[Entry]:
        """Everything that lies under these keys, in the order of the log: of a case what befell it, and what
        was decided in it of the aerodrome."""
        return self._read(sa.select(ENTRY).where(ENTRY.c.holder.in_(holders)).order_by(ENTRY.c.entry))

    def standing(self, since_s: float) -> list[Entry]:
        """The entries of the cases that are open, or were closed after `since_s`."""
        names = sa.select(ABOUT.c.name).where(
            ABOUT.c.name.like("case:%"),
            sa.or_(ABOUT.c.closed_s.is_(None), ABOUT.c.closed_s > since_s),
            ABOUT.c.version > 0,
        )
        return self._read(sa.select(ENTRY).where(ENTRY.c.about.in_(names)).order_by(ENTRY.c.entry))

    def closed(self, limit: int) -> list[str]:
        """Names of the cases that were closed last, the newest first."""
        query = sa.select(ABOUT.c.name).where(ABOUT.c.closed_s.is_not(None), ABOUT.c.version > 0)
        return [row[0] for row in self._records.read(query.order_by(ABOUT.c.closed_s.desc()).limit(limit))]

    def version(self, name: str) -> int:
        """How many entries befell it; 0 if none, or if they have died."""
        rows = self._records.read(sa.select(ABOUT.c.version).where(ABOUT.c.name == name))
        return int(rows[0][0]) if rows else 0

    def total(self) -> int:
        """How many entries befell living cases and the aerodrome: it tells whether somebody else wrote."""
        ours = sa.or_(ABOUT.c.name == "aerodrome", ABOUT.c.name.like("case:%"))
        query = sa.select(sa.func.coalesce(sa.func.sum(ABOUT.c.version), 0)).where(ours)
        return int(self._records.read(query)[0][0])

    def count(self, kind: str) -> int:
        """How many there ever were of a kind: `case`."""
        query = sa.select(sa.func.count()).where(ABOUT.c.name.like(f"{kind}:%"))
        return int(self._records.read(query)[0][0])

    def file(self, holder: str, digest: str) -> tuple[str, bytes]:
        """(media type, bytes) of a file. Raises VaultError."""
        with self._records.snapshot() as db:
            return self._vault.get(db, holder, digest)

    def cited(self, signs: Sequence[Sign]) -> dict[bytes, Observation]:
        """The observations that signs cite, by the digest of their frame, asked for all at once."""
        wanted = [(sign.opened_at_s, sign.id) for sign in signs]
        query = sa.select(EVIDENCE.c.frame, EVIDENCE.c.body)
        key = sa.tuple_(EVIDENCE.c.opened_at_s, EVIDENCE.c.id)
        rows = self._records.read(query.where(key.in_(wanted))) if wanted else ()
        return {bytes(frame): msgspec.msgpack.decode(body, type=Observation) for frame, body in rows}

    def purge(self, before_s: float, now_s: float, keep: Collection[int] = ()) -> int:
        """Let die what was closed before a time, and what is about no case and older; how many cases died.

        `keep`: versions of the aerodrome that still hold. The last entry of each thing stays as well.
        """
        with self._records.change() as db:
            db.execute(sa.update(ABOUT).values(version=ABOUT.c.version).where(sa.false()))  # lock, then read
            old = sa.select(ABOUT.c.name).where(ABOUT.c.closed_s <= before_s, ABOUT.c.version > 0)
            cases = [row[0] for row in db.execute(old)]
            dying = [*cases, *_periods(db, before_s, keep)]
            for holder in dying:
                self._vault.destroy(db, holder)
            gone = _deleted(db, dying)
            db.execute(sa.update(ABOUT).where(ABOUT.c.name.in_(cases)).values(version=0))
            if gone:
                said = [ledger.Entry(at_s=now_s, by=MACHINE, action=a, subject=s) for a, s in gone]
                ledger.extend(db, said)
        if dying:
            self._vault.sweep()
        return len(cases)

    def _row(self, db: sa.Connection, entry: Entry) -> dict[str, Any]:
        """A row but for its place in the log."""
        holder = holder_of(entry)
        body = self._vault.seal(db, holder, msgspec.msgpack.encode(entry.params), _bound(entry))
        return {
            "about": entry.about, "version": entry.version, "at_s": float(entry.at_s), "by": entry.by,
            "role": entry.role, "code": entry.code, "subject": entry.params.get("place", entry.about),
            "exercise": entry.exercise, "holder": holder, "body": body,
        }  # fmt: skip

    def _read(self, query: sa.Select[Any]) -> list[Entry]:
        with self._records.snapshot() as db:
            return [self._entry(db, row) for row in db.execute(query).all()]

    def _entry(self, db: sa.Connection, row: Any) -> Entry:
        body = self._vault.open(db, row.holder, bytes(row.body), _bound(row))
        return Entry(
            about=row.about, version=row.version, at_s=row.at_s, by=row.by, role=row.role, code=row.code,
            params=fold.typed(msgspec.msgpack.decode(body)), exercise=row.exercise,
        )  # fmt: skip


def holder_of(entry: Entry) -> str:
    """Under whose key the body of an entry lies: its case, else the period in which it was written."""
    kind, _, key = entry.about.partition(":")
    if kind == "case":
        return f"case:{key}"
    if case := entry.params.get("case"):
        return f"case:{case}"
    return f"{kind}:{int(entry.at_s // PERIOD_S)}"


def told(row: Mapping[str, Any]) -> tuple[str, str, bytes]:
    """What the entry of a row must say in the log: action and subject; and the body under its digest."""
    left = ("entry", "salt")
    body = {name: value for name, value in row.items() if name not in left}
    body["exercise"] = {0: False, 1: True}[body["exercise"]]  # as written; another value is a KeyError
    return _action(row["about"], row["code"]), row["subject"], msgspec.msgpack.encode(body)


def _action(about: str, code: str) -> str:
    """What the log calls it: `case.phase`, `tower.sent`, `runway.suspended`."""
    if code.startswith("tower_"):
        return f"tower.{code.removeprefix('tower_')}"
    kind = about.partition(":")[0]
    return f"{'runway' if kind == 'aerodrome' else kind}.{code}"


def _logged(row: Mapping[str, Any], action: str, subject: str, digest: bytes) -> ledger.Entry:
    return ledger.Entry(
        at_s=row["at_s"], by=row["by"], role=row["role"], action=action, subject=subject, digest=digest,
        exercise=row["exercise"],
    )  # fmt: skip


def _deleted(db: sa.Connection, holders: Sequence[str]) -> list[tuple[str, str]]:
    """Delete what lay under some keys; what the log says of that: (action, subject) of each kind."""
    under = ENTRY.c.holder.in_(holders)
    rows = db.execute(sa.select(ENTRY.c.about, ENTRY.c.code, ENTRY.c.subject).distinct().where(under)).all()
    db.execute(sa.delete(ENTRY).where(under))
    return sorted(
        {(f"purge.{_action(about, code).partition('.')[0]}", subject) for about, code, subject in rows}
    )


def _count(db: sa.Connection, entry: Entry) -> None:
    """Make an entry the next of what it is about. Raises Stale. Takes the write lock."""
    name, version = entry.about, entry.version
    if version > 1:
        where = (ABOUT.c.name == name, ABOUT.c.version == version - 1)
        if not db.execute(sa.update(ABOUT).where(*where).values(version=version)).rowcount:
            raise Stale(name)
        return
    row = sa.select(sa.literal(name), sa.literal(version)).where(~sa.exists().where(ABOUT.c.name == name))
    if not db.execute(sa.insert(ABOUT).from_select(["name", "version"], row)).rowcount:
        raise Stale(name)


def _periods(db: sa.Connection, before_s: float, keep: Collection[int]) -> Iterable[str]:
    """Holders of what is about no case, if all of it is older and none of it holds still."""
    last = sa.select(ABOUT.c.version).where(ABOUT.c.name == ENTRY.c.about).scalar_subquery()
    kept = sa.and_(ENTRY.c.about == "aerodrome", ENTRY.c.version.in_(keep))
    holds = sa.or_(ENTRY.c.at_s > before_s, ENTRY.c.version == last, kept)
    living = sa.select(ENTRY.c.holder).where(holds)
    query = (
        sa.select(ENTRY.c.holder)
        .distinct()
        .where(ENTRY.c.holder.not_like("case:%"), ENTRY.c.body.is_not(None), ENTRY.c.holder.not_in(living))
    )
    return [row[0] for row in db.execute(query)]


def _bound(entry: Any) -> bytes:
    """What a sealed body belongs to."""
    return f"entry/{entry.about}/{entry.version}".encode()
