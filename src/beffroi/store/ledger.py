"""Ledger: entries of the audit log, written inside the transactions of whoever decides something.

One row, `audit_head`, holds how many entries there are and the frontier of the tree over them. Updating it
takes the write lock, so entries are numbered in the order of the commits and none is ever skipped. Append
last, after what the entry speaks of: then no two transactions wait for each other.
"""

import math
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa

from beffroi.errors import StoreError
from beffroi.kernels import merkle
from beffroi.store.tables import AUDIT_ENTRY, AUDIT_HEAD

SALT_BYTES = 16
# Built once: the statements of every entry.
_TAKE = (
    sa.update(AUDIT_HEAD)
    .values(size=AUDIT_HEAD.c.size + sa.bindparam("more", type_=sa.BigInteger))
    .returning(AUDIT_HEAD.c.size, AUDIT_HEAD.c.frontier)
)
_INSERT = sa.insert(AUDIT_ENTRY)
_GROW = sa.update(AUDIT_HEAD).values(frontier=sa.bindparam("hashes", type_=sa.LargeBinary))


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Who did what with what, when and why. Of what was decided, the digest alone: that can be deleted."""

    at_s: float
    by: str
    """Key of a person; empty: the machine itself (the clock, the watch)."""
    role: str = ""
    """In which role."""
    action: str
    """`sign.acknowledge`, `case.phase`, `read.case`, `refused.case.phase`, `session.enter`."""
    subject: str = ""
    """Opaque key: `sign:12-1700000000000`, `case:7`, `person:3`, `runway:06/24`; never a name."""
    purpose: str = ""
    """Of a read of personal data."""
    digest: bytes = b""
    """SHA-256 over (salt ‖ body) of what was decided; both live elsewhere and can die."""
    exercise: bool = False


def encoded(entry: Entry) -> bytes:
    """The bytes of an entry: what the tree is made of. Raises ValueError if a field is of a wrong type."""
    entry = decoded(msgspec.msgpack.encode(entry))
    if not math.isfinite(entry.at_s):
        raise ValueError("entry: `at_s` is no time")
    return msgspec.msgpack.encode(entry)


def decoded(body: bytes) -> Entry:
    """The entry of such bytes. Raises ValueError."""
    try:
        return msgspec.msgpack.decode(body, type=Entry)
    except msgspec.DecodeError as bad:
        raise ValueError(f"entry: {bad}") from bad


def append(db: sa.Connection, entry: Entry) -> int:
    """Add an entry in the caller's transaction; gives its number (from 0 = its leaf index).

    Takes the write lock. Raises ValueError, and StoreError where the log has no head.
    """
    return extend(db, [entry])


def extend(db: sa.Connection, entries: Sequence[Entry]) -> int:
    """Add entries in their order, at least one; gives the number of the first. Raises as `append` does."""
    rows: list[dict[str, Any]] = [{"subject": e.subject, "body": encoded(e)} for e in entries]
    size, frontier = head(db, len(rows))
    for number, row in enumerate(rows, size):
        row["number"] = number
        frontier = merkle.grown(number, frontier, merkle.leaf_hash(row["body"]))
    db.execute(_INSERT, rows)
    db.execute(_GROW, {"hashes": b"".join(frontier)})
    return size


def head(db: sa.Connection, more: int = 0) -> tuple[int, merkle.Frontier]:
    """How many entries there are, and the frontier; makes room for `more`. Takes the write lock."""
    rows = db.execute(_TAKE, {"more": more}).all()
    size, hashes = rows[0] if len(rows) == 1 else (0, b"")
    parts = parted(hashes) if isinstance(size, int) and isinstance(hashes, bytes) else ()
    if len(rows) != 1 or len(parts) != (size - more).bit_count():
        raise StoreError("audit_head", "the audit log has lost its head: see `beffroi audit verify`")
    return size - more, parts


def parted(hashes: bytes) -> merkle.Frontier:
    """The hashes that lie one behind the other."""
    return tuple(hashes[at : at + merkle.SIZE] for at in range(0, len(hashes), merkle.SIZE))


def sealed(body: bytes) -> tuple[bytes, bytes]:
    """(salt, digest) of a body: 16 random bytes, and SHA-256 over both. Keep the salt with the body."""
    salt = secrets.token_bytes(SALT_BYTES)
    return salt, digest(salt, body)


def digest(salt: bytes, body: bytes) -> bytes:
    """What an entry holds of a body."""
    return sha256(salt + body).digest()
