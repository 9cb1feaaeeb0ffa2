"""Audit: the log of what people did, read and were refused; append-only, a Merkle tree (RFC 9162), signed.

    append(db, entry)  in the transaction of what was decided: one cannot be without the other
    Audit.log(entry)   alone; threads that come together share one transaction and wait for the disk
    Audit.tick()       every 60 s with a new entry: a signed checkpoint, which is kept and can be given away

Whoever holds a checkpoint finds every later edit, deletion, swap or cut of what it covers (see `verdict`).
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from beffroi.errors import StoreError, UseError, WireError
from beffroi.kernels import merkle
from beffroi.store import ledger, signer
from beffroi.store.ledger import Entry, append, sealed
from beffroi.store.proof import Continuation, Proof
from beffroi.store.records import Records
from beffroi.store.tables import AUDIT_CHECKPOINT, AUDIT_ENTRY
from beffroi.store.verdict import Verdict, judge
from beffroi.wire import tlog

__all__ = ["Audit", "Entry", "Proof", "append", "sealed"]

EVERY_S = 60.0
"""A checkpoint is made so often while entries come."""
SAFEGUARD = "safeguard "


class _Waiting:
    """One who waits for the disk."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.done = False
        self.number: int | None = None
        self.reason = ""
        """Why it could not be written."""


class Audit:
    """The log of one store; safe to use from several threads. Raises StoreError where the records fail."""

    def __init__(
        self,
        records: Records,
        now_s: Callable[[], float],
        directory: Path,
        safeguards: Mapping[str, str] | None = None,
    ) -> None:
        """`directory`: where the key is, made at first use. `safeguards`: their settings, one line each; a
        change of them makes a checkpoint at once. Without them, those of the last checkpoint are repeated."""
        self._records, self._now_s = records, now_s
        self._lock = threading.Condition()
        """Held while the queue changes, never while the disk is waited for."""
        self._queue: list[_Waiting] = []
        self._writing = False
        """One of those who wait writes for all of them."""
        self._origin = f"beffroi/{records.store()}"
        self._private = signer.key(directory)
        self.key = str(tlog.key_of(self._origin, self._private))
        """The verifier key: give it to whoever shall check."""
        before = _safeguards(self._kept())
        self._safeguards = before if safeguards is None else _lines(safeguards)
        self._checked_s = now_s()
        self._name_key()
        if self._safeguards != before:
            self.checkpoint()

    def log(self, entry: Entry) -> int:
        """Add an entry; its number, once it is on the disk. Raises ValueError, StoreError."""
        ledger.encoded(entry)  # what is wrong is refused before others wait with it
        self.tick()
        mine = _Waiting(entry)
        with self._lock:
            self._queue.append(mine)
            self._lock.wait_for(lambda: mine.done or not self._writing)
            self._writing = self._writing or not mine.done
        if not mine.done:
            self._write()
        if mine.number is None:
            raise StoreError("audit", mine.reason)
        return mine.number

    def entries(
        self, since: int = 0, limit: int = 500, subject: str | None = None
    ) -> list[tuple[int, Entry]]:
        """Entries from number `since` on, at most `limit`, with their numbers; of one subject, or of all."""
        return entries(self._records, since, limit, subject)

    def tick(self) -> None:
        """Make a checkpoint if the last is old and an entry came since. Often called; mostly does nothing."""
        now_s = self._now_s()
        with self._lock:
            due = now_s - self._checked_s >= EVERY_S
            if due:
                self._checked_s = now_s
        if due:
            self._make(anew=False)

    def checkpoint(self) -> str:
        """A checkpoint of all that is there, signed now, and kept."""
        return self._make(anew=True)

    def latest(self) -> str:
        """The last checkpoint, or a new one if there are entries after it."""
        return self._make(anew=False)

    def prove(self, number: int) -> Proof:
        """That entry `number` is in the log of the latest checkpoint. Raises UseError if there is none."""
        note = self._kept()
        if note is None or number >= _checkpoint(note).size:
            note = self.latest()
        leaves = self._leaves(_checkpoint(note).size)
        if not 0 <= number < len(leaves):
            raise UseError(f"there is no entry {number}: the log has {len(leaves)}")
        query = sa.select(AUDIT_ENTRY.c.body).where(AUDIT_ENTRY.c.number == number)
        ((body,),) = self._records.read(query)
        return Proof(number=number, entry=body, path=merkle.inclusion(leaves, number), checkpoint=note)

    def prove_since(self, before: str) -> Continuation:
        """That the log goes on from an earlier checkpoint of it. Raises WireError, UseError."""
        size = tlog.decode(tlog.split(before)[0]).size
        note = self.latest()
        leaves = self._leaves(_checkpoint(note).size)
        if size > len(leaves):
            raise UseError(f"that checkpoint covers {size} entries, and the log has {len(leaves)}")
        return Continuation(before=before, path=merkle.consistency(leaves, size), checkpoint=note)

    def verify(self, *checkpoints: str, keys: tuple[str, ...] = ()) -> Verdict:
        """Check the whole log, also against checkpoints that were given away; see `verdict`."""
        return judge(self._records, checkpoints, keys)

    def close(self) -> None:
        """Make the last checkpoint, if an entry came since the one before."""
        self._make(anew=False)

    def _leaves(self, size: int) -> list[bytes]:
        """The hashes of the first entries."""
        query = sa.select(AUDIT_ENTRY.c.body).order_by(AUDIT_ENTRY.c.number).limit(size)
        with self._records.snapshot() as db:
            return [merkle.leaf_hash(body) for (body,) in db.execute(query)]

    def _write(self) -> None:
        """Write all that wait, in one transaction, and wake them. Whoever comes meanwhile is written next."""
        with self._lock:
            batch, self._queue = self._queue, []
        reason = "the write was interrupted"
        try:
            with self._records.change() as db:
                first = ledger.extend(db, [waiting.entry for waiting in batch])
            for number, waiting in enumerate(batch, first):
                waiting.number = number
        except StoreError as bad:
            reason = str(bad)
        finally:
            with self._lock:
                for waiting in batch:
                    waiting.done, waiting.reason = True, reason
                self._writing = False
                self._lock.notify_all()

    def _make(self, *, anew: bool) -> str:
        """Sign and keep a checkpoint; or give the last, if it covers everything and need not be `anew`."""
        with self._records.change() as db:
            size, frontier = ledger.head(db)
            last = db.execute(_LAST).first()
            if last and not anew and _checkpoint(last.note).size == size:
                return str(last.note)
            number = last.number + 1 if last else 1
            at = datetime.fromtimestamp(self._now_s(), UTC).isoformat(timespec="milliseconds")
            lines = (f"checkpoint {number}", f"time {at.replace('+00:00', 'Z')}", *self._safeguards)
            text = tlog.encode(
                tlog.Checkpoint(origin=self._origin, size=size, root=merkle.root(frontier), extensions=lines)
            )
            note = tlog.sign(text, self._origin, self._private)
            db.execute(sa.insert(AUDIT_CHECKPOINT), {"number": number, "note": note})
        return note

    def _kept(self) -> str | None:
        rows = self._records.read(_LAST)
        return str(rows[0].note) if rows else None

    def _name_key(self) -> None:
        """Say in the log which key signs from here on, if that is not the one that it named last."""
        query = sa.select(AUDIT_ENTRY.c.subject).where(AUDIT_ENTRY.c.subject.between("key:", "key;"))
        rows = self._records.read(query.order_by(AUDIT_ENTRY.c.number.desc()).limit(1))
        if not rows or rows[0].subject != f"key:{self.key}":
            self.log(Entry(at_s=self._now_s(), by="", action="key.use", subject=f"key:{self.key}"))


def entries(records: Records, since: int, limit: int, subject: str | None = None) -> list[tuple[int, Entry]]:
    """What `Audit.entries` gives, where nobody needs the key."""
    query = sa.select(AUDIT_ENTRY.c.number, AUDIT_ENTRY.c.body).where(AUDIT_ENTRY.c.number >= since)
    if subject is not None:
        query = query.where(AUDIT_ENTRY.c.subject == subject)
    rows = records.read(query.order_by(AUDIT_ENTRY.c.number).limit(limit))
    try:
        return [(number, ledger.decoded(body)) for number, body in rows]
    except ValueError as bad:
        raise StoreError("audit_entry", f"{bad}: see `beffroi audit verify`") from bad


_LAST = sa.select(AUDIT_CHECKPOINT).order_by(AUDIT_CHECKPOINT.c.number.desc()).limit(1)


def _lines(safeguards: Mapping[str, str]) -> tuple[str, ...]:
    """The lines of the settings in a checkpoint: their digest, then each. Raises ValueError."""
    if any(not name or name.split() != [name] for name in safeguards):
        raise ValueError("the name of a safeguard is one word")
    plain = tuple(f"{SAFEGUARD}{name} {value}" for name, value in sorted(safeguards.items()))
    whole = sha256("\n".join(plain).encode()).hexdigest()
    return f"safeguards {whole}", *plain


def _safeguards(note: str | None) -> tuple[str, ...]:
    """Those lines as they stand in a checkpoint."""
    lines = _checkpoint(note).extensions if note else ()
    return tuple(line for line in lines if line.startswith((SAFEGUARD, "safeguards ")))


def _checkpoint(note: str) -> tlog.Checkpoint:
    """What one of our own checkpoints says. Raises StoreError."""
    try:
        return tlog.decode(tlog.split(note)[0])
    except WireError as bad:
        raise StoreError("audit_checkpoint", f"{bad}: see `beffroi audit verify`") from bad
