"""Accounts: one-time links that let people in, and the roles that they are given and lose.

An administrator invites; the approver's role takes two people, of whom none is the one who gets it, and a
delay in which either of them can take it back. Nobody is deleted: records name people by number.
"""

import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple, cast

import sqlalchemy as sa

from beffroi.errors import AccessError
from beffroi.people import password
from beffroi.people.register import Register
from beffroi.person import ROLES, Person, Role
from beffroi.store import people
from beffroi.store.people import Account, Grant, Link, Session
from beffroi.store.tables import FACTOR, GRANT, LINK, PERSON, SESSION

HOUR_S = 3600.0
NAME_LENGTH = 60
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
FIRST: tuple[Role, ...] = ("administrator", "supervisor")
"""What the first person of a site is."""
GUARDED: Role = "approver"
"""The role that one person cannot give."""


class Known(NamedTuple):
    """Somebody, as other people read of them."""

    account: Account
    roles: frozenset[Role]
    grants: list[Grant]
    """Those that hold, and those that wait."""
    factors: int


def key(number: int) -> str:
    """How records name a person."""
    return f"person:{number}"


def number(key: str) -> int:
    """The number in the key of a person. Raises AccessError."""
    kind, _, digits = key.partition(":")
    if kind != "person" or not digits.isdecimal() or len(digits) > 12:
        raise AccessError("unknown", "key", "there is no such person")
    return int(digits)


class Accounts:
    """Who can come in, and with which roles."""

    def __init__(self, register: Register, link_s: float, delay_s: float) -> None:
        """`link_s`: how long a link lives; `delay_s`: how long an agreed approver waits."""
        self._register, self._link_s, self._delay_s = register, link_s, delay_s

    def empty(self) -> bool:
        """Whether nobody ever had an account."""
        with self._register.look() as db:
            return people.one(db, Account) is None

    # Links

    def first_link(self) -> str | None:
        """The link that makes the first person; None if there is one. An earlier such link dies."""
        with self._register.change() as db:
            if people.one(db, Account) is not None:
                return None
            people.remove(db, Link, LINK.c.made_by == "")
            return self._link(db, "", "", FIRST)

    def invite(self, by: Person, name: str, roles: Sequence[Role]) -> tuple[Link, str]:
        """A link that makes a person of that name, with those roles; the secret is not kept."""
        given = tuple(r for r in ROLES if r in roles)
        if not given or GUARDED in given:
            raise AccessError(
                "invalid", "roles", f"one role at least; {GUARDED} is given later, by two people"
            )
        with self._register.change() as db:
            secret = self._link(db, by.key, _name(name), given)
            link = people.one(db, Link, LINK.c.secret == people.digest(secret))
            assert link is not None
            self._register.enter(db, by.key, "people.invite", f"link:{link.id}")
        return link, secret

    def reset(self, by: Person, person: str) -> str:
        """A link by which somebody sets a new password. Second factors stay."""
        with self._register.change() as db:
            account = _account(db, person)
            people.remove(db, Link, LINK.c.person == account.id)
            secret = self._link(db, by.key, account.name, (), account.id)
            self._register.enter(db, by.key, "people.link", key(account.id))
        return secret

    def links(self) -> list[Link]:
        """The links that can still be used."""
        with self._register.look() as db:
            return people.found(db, Link, LINK.c.until_s > self._register.now_s(), LINK.c.made_by != "")

    def withdraw(self, by: Person, link: int) -> None:
        """Let a link die."""
        with self._register.change() as db:
            if not people.remove(db, Link, LINK.c.id == link, LINK.c.made_by != ""):
                raise AccessError("unknown", "id", "there is no such link")
            self._register.enter(db, by.key, "people.withdraw", f"link:{link}")

    def behind(self, secret: str) -> tuple[Link, Account | None]:
        """What a link is for. Raises AccessError if it is none, was used, or is too old."""
        with self._register.look() as db:
            return self._behind(db, secret)

    def accept(self, secret: str, login: str, name: str, word: str) -> Account:
        """Use a link: make the account that it is for, or set the password of one. A link is used once."""
        link, account = self.behind(secret)
        login = account.login if account else login.strip().casefold()
        shown = _name(account.name if account else link.name or name)
        password.check(word, (login, shown, self._register.site))
        kept = password.hashed(word)
        with self._register.change() as db:
            self._behind(db, secret)
            if not people.remove(db, Link, LINK.c.id == link.id):
                raise AccessError("unknown", "link", "this link was used")
            made = self._set(db, account, kept) if account else self._make(db, link, login, shown, kept)
            done = "people.password" if account else "people.join"
            self._register.enter(db, key(made.id), done, key(made.id), f"link:{link.id}")
        return made

    def _behind(self, db: sa.Connection, secret: str) -> tuple[Link, Account | None]:
        link = people.one(db, Link, LINK.c.secret == people.digest(secret))
        if link is None or link.until_s <= self._register.now_s():
            raise AccessError("unknown", "link", "this link was used or is too old: ask for a new one")
        account = None
        if link.person is not None:
            account = people.one(db, Account, PERSON.c.id == link.person)
        if link.made_by == "" and people.one(db, Account) is not None:
            raise AccessError("unknown", "link", "the first person is there")
        return link, account

    def _link(
        self, db: sa.Connection, by: str, name: str, roles: Sequence[Role], person: int | None = None
    ) -> str:
        secret, now_s = secrets.token_urlsafe(32), self._register.now_s()
        people.remove(db, Link, LINK.c.until_s <= now_s)
        people.add(
            db, Link, secret=people.digest(secret), person=person, name=name, roles=" ".join(roles),
            made_by=by, made_at_s=now_s, until_s=now_s + self._link_s,
        )  # fmt: skip
        return secret

    def _make(self, db: sa.Connection, link: Link, login: str, name: str, kept: str) -> Account:
        if not LOGIN.fullmatch(login):
            raise AccessError("invalid", "login", "2 to 32 of a to z, 0 to 9, dot, dash and underline")
        if people.one(db, Account, PERSON.c.login == login):
            raise AccessError("invalid", "login", "somebody has this name")
        now_s = self._register.now_s()
        made = people.add(db, Account, login=login, name=name, password=kept, made_at_s=now_s)
        for role in link.roles.split():
            _give(db, made.id, cast(Role, role), link.made_by, now_s)
        return made

    def _set(self, db: sa.Connection, account: Account, kept: str) -> Account:
        people.change(db, Account, account.id, password=kept)
        people.remove(db, Session, SESSION.c.person == account.id)
        return account

    def issued(self, issued: str, name: str, roles: frozenset[Role]) -> Account:
        """The account of somebody whom an issuer vouches for, made when they first come; `roles`, never that
        of an approver, become those that the issuer gives."""
        by, roles, now_s = "issuer", roles - {GUARDED}, self._register.now_s()
        with self._register.change() as db:
            account = people.one(db, Account, PERSON.c.issued == issued)
            if account is not None and account.closed_at_s is not None:
                raise AccessError("refused", "name", "this account is closed")
            if account is None:
                login = f"oidc-{people.digest(issued).hex()[:12]}"
                account = people.add(
                    db, Account, login=login, name=_name(name), issued=issued, made_at_s=now_s
                )
                self._register.enter(db, key(account.id), "people.join", key(account.id))
            theirs = people.found(db, Grant, _HOLDS, GRANT.c.person == account.id, GRANT.c.asked_by == by)
            for grant in theirs:
                if grant.role not in roles:
                    people.change(db, Grant, grant.id, ended_by=by, ended_at_s=now_s)
                    self._register.enter(db, by, "people.revoke", f"{key(account.id)} {grant.role}")
            for role in roles - {g.role for g in theirs}:
                _give(db, account.id, role, by, now_s)
                self._register.enter(db, by, "people.grant", f"{key(account.id)} {role}")
        return account

    # Roles

    def grant(self, by: Person, person: str, role: Role) -> Grant:
        """Give a role; that of an approver waits for a second person."""
        with self._register.change() as db:
            account, now_s = _account(db, person), self._register.now_s()
            if people.one(db, Grant, _HOLDS, GRANT.c.person == account.id, GRANT.c.role == role):
                raise AccessError("refused", "role", "this role was given or asked for")
            if role == GUARDED:
                _not_oneself(by, account)
                made = people.add(
                    db, Grant, person=account.id, role=role, asked_by=by.key, asked_at_s=now_s
                )  # fmt: skip
            else:
                made = _give(db, account.id, role, by.key, now_s)
            done = "people.ask" if role == GUARDED else "people.grant"
            self._register.enter(db, by.key, done, f"{key(account.id)} {role}")
        return made

    def agree(self, by: Person, grant: int) -> Grant:
        """Agree, as the second person: from now on the delay runs."""
        with self._register.change() as db:
            asked = _grant(db, grant)
            account = _account(db, key(asked.person))
            _not_oneself(by, account)
            if asked.agreed_by is not None:
                raise AccessError("refused", "id", "this is agreed")
            if asked.asked_by == by.key:
                raise AccessError("refused", "id", "somebody else must agree: it takes two people")
            if not people.factors(db, account.id):
                raise AccessError("refused", "id", "an approver needs a second factor first")
            from_s = self._register.now_s() + self._delay_s
            people.change(db, Grant, grant, agreed_by=by.key, from_s=from_s)
            self._register.enter(db, by.key, "people.agree", f"{key(account.id)} {asked.role}")
            return _grant(db, grant)

    def take(self, by: Person, grant: int) -> Account:
        """Take a role, or what was asked for. Whoever loses one that held is logged out."""
        with self._register.change() as db:
            held = _grant(db, grant)
            account = people.one(db, Account, PERSON.c.id == held.person)
            assert account is not None
            if held.role == "administrator" and _administrators(db) == {held.person}:
                raise AccessError("refused", "id", "the last administrator stays one")
            self._end(db, by, held)
            if held.from_s is not None and held.from_s <= self._register.now_s():
                people.remove(db, Session, SESSION.c.person == held.person)
        return account

    def waits(self, grant: int) -> bool:
        """Whether a grant does not hold yet."""
        with self._register.look() as db:
            from_s = _grant(db, grant).from_s
        return from_s is None or from_s > self._register.now_s()

    def close(self, by: Person, person: str) -> None:
        """Close an account: its roles, sessions, links and factors end. What it did stays."""
        with self._register.change() as db:
            account, now_s = _account(db, person), self._register.now_s()
            if _administrators(db) == {account.id}:
                raise AccessError("refused", "key", "the last administrator stays")
            for grant in people.found(db, Grant, _HOLDS, GRANT.c.person == account.id):
                people.change(db, Grant, grant.id, ended_by=by.key, ended_at_s=now_s)
            for what, column in ((Session, SESSION.c.person), (Link, LINK.c.person),
                                 (people.Factor, FACTOR.c.person)):  # fmt: skip
                people.remove(db, what, column == account.id)
            people.change(db, Account, account.id, closed_at_s=now_s, password=None)
            self._register.enter(db, by.key, "people.close", key(account.id))

    def rename(self, person: str, name: str) -> None:
        """Change what somebody is called."""
        with self._register.change() as db:
            account = _account(db, person)
            people.change(db, Account, account.id, name=_name(name))
            self._register.enter(db, person, "people.rename", person)

    def disarm(self, by: Person, person: str) -> None:
        """Take the second factors of somebody who lost them; an approver is none any more."""
        with self._register.change() as db:
            account = _account(db, person)
            people.remove(db, people.Factor, FACTOR.c.person == account.id)
            people.remove(db, Session, SESSION.c.person == account.id)
            for grant in people.found(
                db, Grant, _HOLDS, GRANT.c.person == account.id, GRANT.c.role == GUARDED
            ):  # fmt: skip
                self._end(db, by, grant)
            self._register.enter(db, by.key, "people.disarm", key(account.id))

    def all(self) -> list[Known]:
        """Everybody, oldest first; who is closed, too."""
        with self._register.look() as db:
            now_s = self._register.now_s()
            grants = people.found(db, Grant, _HOLDS)
            return [
                Known(
                    a,
                    people.roles(db, a.id, now_s) if a.closed_at_s is None else frozenset(),
                    [g for g in grants if g.person == a.id],
                    len(people.factors(db, a.id)),
                )
                for a in people.found(db, Account)
            ]

    def _end(self, db: sa.Connection, by: Person, grant: Grant) -> None:
        people.change(db, Grant, grant.id, ended_by=by.key, ended_at_s=self._register.now_s())
        self._register.enter(db, by.key, "people.revoke", f"{key(grant.person)} {grant.role}")


_HOLDS = GRANT.c.ended_at_s.is_(None)


def _administrators(db: sa.Connection) -> set[int]:
    return {g.person for g in people.found(db, Grant, _HOLDS, GRANT.c.role == "administrator")}


def _give(db: sa.Connection, person: int, role: Role, by: str, now_s: float) -> Grant:
    return people.add(
        db, Grant, person=person, role=role, asked_by=by, asked_at_s=now_s, agreed_by=by, from_s=now_s
    )  # fmt: skip


def _not_oneself(by: Person, account: Account) -> None:
    if by.key == key(account.id):
        raise AccessError("refused", "key", f"nobody makes oneself {GUARDED}")


def _account(db: sa.Connection, person: str) -> Account:
    """An account that is not closed."""
    account = people.one(db, Account, PERSON.c.id == number(person), PERSON.c.closed_at_s.is_(None))
    if account is None:
        raise AccessError("unknown", "key", "there is no such person")
    return account


def _grant(db: sa.Connection, number: int) -> Grant:
    grant = people.one(db, Grant, _HOLDS, GRANT.c.id == number)
    if grant is None:
        raise AccessError("unknown", "id", "there is no such grant")
    return grant


def _name(name: str) -> str:
    """A name for the eye: printable, one line."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise AccessError("invalid", "name", f"a name has 1 to {NAME_LENGTH} printable characters")
    return name
