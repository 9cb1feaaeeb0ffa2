"""Verdict: what an examination of the audit log comes to. It reads the whole log once, in one state.

    entries      numbered without a gap, each as its tree says; the subject beside it is the one within
    head         the frontier of just these entries
    checkpoints  kept ones and those that were given away: signed by a key of the log, and their root is that
                 of as many entries, which is the consistency of RFC 9162 §2.1.4 with nothing left out
    decisions    each has its entry and fits the digest in it; each entry has its decision, or one that says
                 that it was deleted in time

What a checkpoint does not cover yet can be rewritten by whoever holds the database; he who holds the signing
key as well is found out by a checkpoint that lies elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from beffroi.errors import WireError
from beffroi.kernels import merkle
from beffroi.store import cases, desk, ledger
from beffroi.store.records import Records
from beffroi.store.tables import ACT, AUDIT_CHECKPOINT, AUDIT_ENTRY, AUDIT_HEAD, ENTRY, STORE
from beffroi.wire import tlog


class Decided(msgspec.Struct, frozen=True):
    """A table of decisions, each row with `entry` and `salt`."""

    kinds: tuple[str, ...]
    """Actions of its entries begin with one; `purge.KIND` says of a subject that its rows were deleted."""
    table: sa.Table
    told: Callable[[Mapping[str, Any]], tuple[str, str, bytes]]
    """A row → what its entry must say: action, subject, and the body under the digest."""


DECIDED = (
    Decided(("sign",), ACT, desk.told),
    Decided(("case", "runway", "tower", "handover", "checklist"), ENTRY, cases.told),
)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, and where."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Verdict(msgspec.Struct, kw_only=True):
    """How the log was found."""

    size: int = 0
    root: bytes = b""
    covered: int = 0
    """So many entries are under a signed checkpoint that holds."""
    keys: list[tuple[int, str]] = []
    """The keys that the log names, and from which entry on: a second says that the first was lost."""
    faults: list[Fault] = []


class _Claim(msgspec.Struct, frozen=True):
    """What a checkpoint says."""

    place: str
    note: str
    size: int
    root: bytes
    number: str


def judge(records: Records, given: Sequence[str] = (), keys: Sequence[str] = ()) -> Verdict:
    """Examine the log, also against checkpoints that were `given` away.

    `keys`: the verifier keys to trust; without them, those that the log itself names. Raises WireError if
    one of those is no key, and StoreError where the database cannot be read at all.
    """
    trusted = [tlog.verifier_key(key) for key in keys]
    with records.snapshot() as db:
        return _Examination(db, given, trusted).verdict


class _Examination:
    """One run over the log, faults in the order in which they are met."""

    def __init__(self, db: sa.Connection, given: Sequence[str], trusted: list[tlog.VerifierKey]) -> None:
        self._db = db
        self.verdict = Verdict(keys=list(self._named()))
        self._gap = False
        self._keys = trusted or [key for _, text in self.verdict.keys if (key := self._key(text))]
        self._origin = f"beffroi/{db.execute(sa.select(STORE.c.id)).scalar()}"
        claims = [*self._kept(), *self._given(given)]
        roots = self._entries({claim.size for claim in claims})
        self._head()
        self._claims(claims, roots)
        for decided in DECIDED:
            self._decisions(decided)

    def _fault(self, place: str, reason: str) -> None:
        self.verdict.faults.append(Fault(place, reason))

    # Keys and checkpoints

    def _named(self) -> Iterator[tuple[int, str]]:
        named = AUDIT_ENTRY.c.subject.between("key:", "key;")
        query = _raw(AUDIT_ENTRY).where(named).order_by(AUDIT_ENTRY.c.number)
        before = None
        for number, subject, _ in self._db.execute(query):
            if subject != before:
                yield number, str(subject).removeprefix("key:")
            before = subject

    def _key(self, text: str) -> tlog.VerifierKey | None:
        try:
            return tlog.verifier_key(text)
        except WireError as bad:
            self._fault(f"key {text}", bad.reason)
            return None

    def _kept(self) -> Iterator[_Claim]:
        """What the kept checkpoints claim; they are numbered from 1 without a gap."""
        rows = self._db.execute(_raw(AUDIT_CHECKPOINT).order_by(AUDIT_CHECKPOINT.c.number))
        for expected, (number, note) in enumerate(rows, 1):
            claim = self._claim(f"checkpoint {number}", note)
            if number != expected:
                self._fault(f"checkpoint {expected}", f"it is missing: {number!r} stands in its place")
                return
            if claim and claim.number != str(number):
                self._fault(claim.place, f"it says of itself that it is {claim.number}")
            if claim:
                yield claim

    def _given(self, given: Sequence[str]) -> Iterator[_Claim]:
        """What the checkpoints claim that were given away; the store must have kept them, too."""
        for place, note in enumerate(given, 1):
            claim = self._claim(f"given checkpoint {place}", note)
            if claim is None:
                continue
            query = sa.select(AUDIT_CHECKPOINT.c.note).where(AUDIT_CHECKPOINT.c.note == note)
            if not self._db.execute(query).first():
                self._fault(claim.place, "the store does not keep it any more")
            yield claim

    def _claim(self, place: str, note: object) -> _Claim | None:
        """A checkpoint that is signed, and of this store."""
        if not isinstance(note, str):
            self._fault(place, "it is no text")
            return None
        try:
            said = tlog.decode(tlog.opened(note, self._keys)[0])
        except WireError as bad:
            self._fault(place, str(bad))
            return None
        if said.origin != self._origin:
            self._fault(place, f"it is of {said.origin}, and this is {self._origin}")
            return None
        number = next((x[11:] for x in said.extensions if x.startswith("checkpoint ")), "none")
        return _Claim(place, note, said.size, said.root, number)

    def _claims(self, claims: Sequence[_Claim], roots: Mapping[int, bytes]) -> None:
        """Compare what checkpoints claim with the entries; of many that fail, the first is told."""
        failed = [claim for claim in claims if roots.get(claim.size) != claim.root]
        held = {claim.size for claim in claims if roots.get(claim.size) == claim.root}
        self.verdict.covered = max(held, default=0)
        if not failed:
            return
        first = min(failed, key=lambda claim: claim.size)
        more = f" (and {len(failed) - 1} more checkpoints)" if failed[1:] else ""
        if first.size > self.verdict.size:
            why = "one is missing" if self._gap else "the tail is cut, or this is an old copy"
            there = f"it covers {first.size} entries and {self.verdict.size} are there"
            self._fault(first.place, f"{there}: {why}{more}")
        else:
            since = max((size for size in held if size < first.size), default=0)
            self._fault(first.place, f"an entry from {since} to {first.size - 1} is not what it was{more}")

    # Entries

    def _entries(self, sizes: set[int]) -> dict[int, bytes]:
        """Read all entries; gives the roots at these sizes and at the end."""
        frontier: merkle.Frontier = ()
        roots = {0: merkle.root(())}
        size = 0
        for number, subject, body in self._db.execute(_raw(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.number)):
            if number != size:
                self._fault(f"entry {size}", f"it is missing: {number!r} stands in its place")
                self._gap = True
                break
            frontier = merkle.grown(size, frontier, merkle.leaf_hash(self._body(number, subject, body)))
            size += 1
            if size in sizes:
                roots[size] = merkle.root(frontier)
        self.verdict.size, self.verdict.root = size, merkle.root(frontier)
        roots[size] = self.verdict.root
        self._frontier = b"".join(frontier)
        return roots

    def _body(self, number: int, subject: object, body: object) -> bytes:
        """The bytes of an entry, which must be one and be filed under its subject."""
        if not isinstance(body, bytes):
            self._fault(f"entry {number}", "it is no bytes")
            return b""
        try:
            entry = ledger.decoded(body)
        except ValueError as bad:
            self._fault(f"entry {number}", str(bad))
            return body
        if entry.subject != subject:
            self._fault(f"entry {number}", f"it is of {entry.subject!r} and filed under {subject!r}")
        return body

    def _head(self) -> None:
        rows = [tuple(row) for row in self._db.execute(_raw(AUDIT_HEAD))]
        if rows != [(self.verdict.size, self._frontier)]:
            size = rows[0][0] if len(rows) == 1 else f"{len(rows)} rows instead of one"
            self._fault("head", f"it does not fit the {self.verdict.size} entries (it says: {size!r})")

    # Decisions

    def _decisions(self, decided: Decided) -> None:
        """Each row of a table against its entry, and each entry of that kind against the table."""
        join = decided.table.outerjoin(AUDIT_ENTRY, AUDIT_ENTRY.c.number == decided.table.c.entry)
        body = sa.type_coerce(AUDIT_ENTRY.c.body, sa.types.NullType()).label("_entry")
        for row in self._db.execute(_raw(decided.table).add_columns(body).select_from(join)).mappings():
            said = {name: value for name, value in row.items() if name != "_entry"}
            if reason := _differs(decided, said, row["_entry"]):
                place = f"{decided.table.name} {next(iter(said.values()))}"
                self._fault(place, f"{reason} (entry {said['entry']})")
        for number, subject in self._orphans(decided):
            self._fault(f"entry {number}", f"what was decided on {subject} is gone, and not by the clock")

    def _orphans(self, decided: Decided) -> list[tuple[int, str]]:
        """Entries whose decision is not there, and no later entry says that it was deleted."""
        join = AUDIT_ENTRY.outerjoin(decided.table, AUDIT_ENTRY.c.number == decided.table.c.entry)
        query = sa.select(AUDIT_ENTRY.c.number, sa.type_coerce(AUDIT_ENTRY.c.body, sa.types.NullType()))
        query = query.select_from(join).where(decided.table.c.entry.is_(None)).order_by(AUDIT_ENTRY.c.number)
        purges = {f"purge.{kind}" for kind in decided.kinds}
        begins = tuple(f"{kind}." for kind in decided.kinds)
        alone: dict[str, list[int]] = {}
        for number, body in self._db.execute(query):
            entry = _entry(body)
            if entry and entry.action in purges:
                alone.pop(entry.subject, None)
            elif entry and entry.digest and entry.action.startswith(begins):
                alone.setdefault(entry.subject, []).append(number)
        return sorted((number, subject) for subject, numbers in alone.items() for number in numbers)


def _differs(decided: Decided, row: Mapping[str, Any], body: object) -> str | None:
    """In what a decision differs from its entry."""
    entry = _entry(body)
    if entry is None:
        return "it has no entry in the log"
    try:
        action, subject, said = decided.told(row)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
        return "it cannot be read"
    if (action, subject) != (entry.action, entry.subject):
        return "its entry is of another"
    if not isinstance(row["salt"], bytes) or ledger.digest(row["salt"], said) != entry.digest:
        return "it is not what was decided"
    return None


def _entry(body: object) -> ledger.Entry | None:
    try:
        return ledger.decoded(body) if isinstance(body, bytes) else None
    except ValueError:
        return None  # told where the entries are read


def _raw(table: sa.Table) -> sa.Select[Any]:
    """All columns as the database has them: what was changed from outside may be of any type."""
    columns: list[sa.ColumnElement[Any]] = [
        sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.c
    ]
    return sa.select(*columns)
