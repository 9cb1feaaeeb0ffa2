"""People: rows of accounts, roles, factors, sessions and links, inside the transactions of `beffroi.people`.

Nothing here can be used by who reads it: passwords lie as argon2id, tokens, links and recovery codes as
SHA-256 of what is too long to be guessed, secrets of one-time passwords sealed; a passkey is a public key.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa

from beffroi.person import Role
from beffroi.store.tables import FACTOR, GRANT, LINK, PERSON, SESSION, TRY

Kind = Literal["totp", "recovery", "passkey"]
State = Literal["second", "open", "locked"]
"""`second`: the password was right, the second factor is awaited."""
T = TypeVar("T")


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int


class Account(_Row, frozen=True, kw_only=True):
    """Somebody who can come in."""

    login: str
    """Unique, lower case; never given again."""
    name: str
    password: str | None
    """argon2id; None: comes in another way."""
    issued: str | None
    """`ISSUER SUBJECT` of OpenID Connect."""
    made_at_s: float
    closed_at_s: float | None


class Grant(_Row, frozen=True, kw_only=True):
    """A role that somebody was given, or that was asked for."""

    person: int
    role: Role
    asked_by: str
    asked_at_s: float
    agreed_by: str | None
    """None: it waits for a second person."""
    from_s: float | None
    """From when on it holds."""
    ended_by: str | None
    ended_at_s: float | None


class Factor(_Row, frozen=True, kw_only=True):
    """Something that a person has beside a password."""

    person: int
    kind: Kind
    label: str
    secret: bytes
    counter: int
    """totp: the last 30 s step whose code was used, -1 before it was confirmed; passkey: its own counter."""
    made_at_s: float
    used_at_s: float | None


class Session(_Row, frozen=True, kw_only=True):
    """One browser of a person."""

    token: bytes
    person: int
    state: State
    made_at_s: float
    seen_at_s: float
    """When a hand was last seen."""
    address: str


class Link(_Row, frozen=True, kw_only=True):
    """A one-time link: lets somebody make an account, or set the password of one."""

    secret: bytes
    person: int | None
    name: str
    roles: str
    """One space between."""
    made_by: str
    made_at_s: float
    until_s: float


TABLE: dict[type, sa.Table] = {
    Account: PERSON, Grant: GRANT, Factor: FACTOR, Session: SESSION, Link: LINK,
}  # fmt: skip


def digest(secret: str) -> bytes:
    """What is kept of a secret of 80 bits or more."""
    return sha256(secret.encode()).digest()


def found(db: sa.Connection, what: type[T], *where: sa.ColumnElement[bool]) -> list[T]:
    """The rows of a kind, oldest first."""
    table = TABLE[what]
    rows = db.execute(sa.select(table).where(*where).order_by(table.c.id)).mappings()
    return [msgspec.convert({str(k): v for k, v in row.items()}, what) for row in rows]


def one(db: sa.Connection, what: type[T], *where: sa.ColumnElement[bool]) -> T | None:
    """The first such row."""
    rows = found(db, what, *where)
    return rows[0] if rows else None


def add(db: sa.Connection, what: type[T], **values: Any) -> T:
    """Write a row, and give it with its number."""
    table = TABLE[what]
    empty = {str(name): None for name in table.columns.keys() if name != "id"}  # noqa: SIM118
    row = empty | values
    (number,) = db.execute(sa.insert(table).values(row).returning(table.c.id)).one()
    return msgspec.convert(row | {"id": number}, what)


def change(db: sa.Connection, what: type, number: int, **values: Any) -> None:
    """Change a row."""
    table = TABLE[what]
    db.execute(sa.update(table).where(table.c.id == number), values)


def remove(db: sa.Connection, what: type, *where: sa.ColumnElement[bool]) -> int:
    """Delete rows; how many."""
    return db.execute(sa.delete(TABLE[what]).where(*where)).rowcount


def roles(db: sa.Connection, person: int, now_s: float) -> frozenset[Role]:
    """The roles that somebody holds now. Who has no second factor is no approver."""
    agreed = GRANT.c.agreed_by.is_not(None) & (GRANT.c.from_s <= now_s) & GRANT.c.ended_at_s.is_(None)
    held = frozenset(g.role for g in found(db, Grant, GRANT.c.person == person, agreed))
    return held if factors(db, person) else held - {"approver"}


def factors(db: sa.Connection, person: int) -> list[Factor]:
    """The second factors that somebody can use: passkeys, and a one-time password that was confirmed."""
    usable = FACTOR.c.kind.in_(("totp", "passkey")) & (FACTOR.c.counter >= 0)
    return found(db, Factor, FACTOR.c.person == person, usable)


def failures(db: sa.Connection, keys: Sequence[bytes]) -> dict[bytes, tuple[int, float]]:
    """Failed logins in a row of some accounts and addresses, and when the last was."""
    rows = db.execute(sa.select(TRY).where(TRY.c.key.in_(keys)))
    return {bytes(key): (int(count), float(at_s)) for key, count, at_s in rows}


def failed(db: sa.Connection, key: bytes, at_s: float) -> None:
    """One more failed login."""
    more = sa.update(TRY).where(TRY.c.key == key).values(failures=TRY.c.failures + 1, at_s=at_s)
    if not db.execute(more).rowcount:
        db.execute(sa.insert(TRY), {"key": key, "failures": 1, "at_s": at_s})


def succeeded(db: sa.Connection, keys: Sequence[bytes], old_s: float) -> None:
    """Forget the failures of an account, and all that are old."""
    db.execute(sa.delete(TRY).where(TRY.c.key.in_(keys) | (TRY.c.at_s < old_s)))
