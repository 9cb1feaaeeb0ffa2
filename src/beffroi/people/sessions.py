"""Sessions: who came in, from where, and whether a hand was seen lately.

    password ──▶ second ──code or passkey──▶ open ◀──password or passkey── locked
       └─────────── no second factor ─────────▲ └── no hand for `lock_s` ────▲
                                    after `end_s`, or when a role is taken: over

The token is 256 random bits in a cookie; its digest is kept. They lie in memory; a restart finds them again.
"""

import secrets
import threading
from typing import NamedTuple

import msgspec

from beffroi.errors import AccessError
from beffroi.people import password
from beffroi.people.accounts import key
from beffroi.people.factors import Factors
from beffroi.people.register import Register
from beffroi.people.tries import Tries
from beffroi.person import Person, Role
from beffroi.store import people
from beffroi.store.people import Account, Session
from beffroi.store.tables import PERSON, SESSION

SECOND_S = 300.0
"""So long a second factor is awaited."""
WRITTEN_S, ROLES_S = 60.0, 5.0
"""How old what is written of a hand, and what is known of roles, may be."""


class _Known(NamedTuple):
    name: str
    roles: frozenset[Role]
    version: int
    at_s: float


class Sessions:
    """The sessions of one store; safe to use from several threads."""

    def __init__(
        self, register: Register, tries: Tries, factors: Factors, lock_s: float, end_s: float
    ) -> None:  # fmt: skip
        self._register, self._tries, self._factors = register, tries, factors
        self._lock_s, self._end_s = lock_s, end_s
        self._lock = threading.Lock()
        self._seen: dict[int, float] = {}
        """When a hand was last seen, by the number of the session."""
        self._written: dict[int, float] = {}
        self._sessions: dict[bytes, Session] = {}
        self._known: dict[int, _Known] = {}
        self._version, self._read_s = -1, 0.0

    # Who is it

    def of(self, token: str) -> Session | None:
        """The session of a token, as it is now; None: none, or over."""
        if not token:
            return None
        self._read_again()
        session = self._sessions.get(people.digest(token))
        if session is None or self.ends_s(session) <= self._register.now_s():
            return None
        seen_s = self._seen.get(session.id, session.seen_at_s)
        if session.state == "open" and self._register.now_s() - seen_s >= self._lock_s:
            return msgspec.structs.replace(session, state="locked", seen_at_s=seen_s)
        return msgspec.structs.replace(session, seen_at_s=seen_s)

    def person(self, session: Session) -> Person | None:
        """Who looks in a session; None while a second factor is awaited, and for who has no role."""
        if session.state == "second":
            return None
        known = self._who(session.person)
        if not known.roles:
            return None
        return Person(
            key=key(session.person), name=known.name, roles=known.roles, site=self._register.site,
            locked=session.state == "locked",
        )  # fmt: skip

    def ends_s(self, session: Session) -> float:
        """When a session is over, whatever happens."""
        return session.made_at_s + (SECOND_S if session.state == "second" else self._end_s)

    def locks_s(self, session: Session) -> float:
        """When it locks, if no hand is seen."""
        return session.seen_at_s + self._lock_s

    def name(self, person: int) -> str:
        """What a person is called."""
        return self._who(person).name

    def _who(self, person: int) -> _Known:
        known, now_s = self._known.get(person), self._register.now_s()
        if known is None or known.version != self._register.version or now_s - known.at_s > ROLES_S:
            version = self._register.version
            with self._register.look() as db:
                account = people.one(db, Account, PERSON.c.id == person)
                live = account is not None and account.closed_at_s is None
                roles = people.roles(db, person, now_s) if live else frozenset()
            known = _Known(account.name if account else key(person), roles, version, now_s)
            self._known[person] = known
        return known

    def _read_again(self) -> None:
        """Read the sessions, if anything of people changed since."""
        with self._lock:
            now_s, version = self._register.now_s(), self._register.version
            if (version, now_s - self._read_s < ROLES_S) == (self._version, True):
                return
            with self._register.look() as db:
                self._sessions = {session.token: session for session in people.found(db, Session)}
            self._version, self._read_s = version, now_s
            alive = {session.id for session in self._sessions.values()}
            for known in (self._seen, self._written):
                for gone in [*known.keys() - alive]:
                    known.pop(gone, None)

    # Coming in

    def login(self, login: str, word: str, address: str) -> str:
        """A token for who knows the password of a name. Raises AccessError."""
        login = login.strip().casefold()
        with self._register.look() as db:
            account = people.one(db, Account, PERSON.c.login == login, PERSON.c.closed_at_s.is_(None))
        self._prove(login, account, word, address)
        assert account is not None
        second = bool(self._factors.of(account.id))
        return self._begin(account, address, "second" if second else "open")

    def second(self, token: str, code: str, address: str) -> str:
        """A new token for who brings the second factor. Raises AccessError."""
        session, account = self._awaiting(token)
        with self._tries.turn(account.login):
            self._tries.check(account.login, address)
            if not self._factors.use(account.id, code):
                raise self._failed(account.login, address, account)
        return self.proven(account, address, session)

    def proven(self, account: Account, address: str, before: Session | None = None) -> str:
        """A token for somebody who has proven all there is to prove; `before` ends."""
        if before is not None:
            with self._register.change() as db:
                people.remove(db, Session, SESSION.c.id == before.id)
        return self._begin(account, address, "open")

    def vouched(self, account: Account, address: str) -> str:
        """A token for whom an issuer vouches for; whoever has a second factor here brings it, too."""
        return self._begin(account, address, "second" if self._factors.of(account.id) else "open")

    def _begin(self, account: Account, address: str, state: people.State) -> str:
        token, now_s = secrets.token_urlsafe(32), self._register.now_s()
        if state == "open":
            if not self._who(account.id).roles:
                raise AccessError("refused", "name", "this account has no role: ask an administrator")
            self._tries.succeeded(account.login, address)
        with self._register.change() as db:
            people.remove(db, Session, SESSION.c.made_at_s < now_s - self._end_s)
            session = people.add(
                db, Session, token=people.digest(token), person=account.id, state=state, made_at_s=now_s,
                seen_at_s=now_s, address=address,
            )  # fmt: skip
            if state == "open":
                self._register.enter(db, key(account.id), "session.begin", f"session:{session.id}")
        return token

    def _awaiting(self, token: str) -> tuple[Session, Account]:
        session = self.of(token)
        if session is None or session.state != "second":
            raise AccessError("refused", "code", "no second factor is awaited")
        return session, self.account(session.person)

    def account(self, person: int) -> Account:
        """The account of a person."""
        with self._register.look() as db:
            account = people.one(db, Account, PERSON.c.id == person, PERSON.c.closed_at_s.is_(None))
        if account is None:
            raise AccessError("unknown", "name", "there is no such account")
        return account

    def _prove(self, login: str, account: Account | None, word: str, address: str) -> None:
        """Raises AccessError for a wrong password, and for whoever must wait."""
        with self._tries.turn(login):
            self._tries.check(login, address)
            if not password.right(account.password if account else None, word):
                raise self._failed(login, address, account)

    def _failed(self, login: str, address: str, account: Account | None) -> AccessError:
        self._tries.failed(login, address)
        with self._register.change() as db:
            subject = key(account.id) if account else "nobody"
            self._register.enter(db, "", "refused.session.open", subject)
        return AccessError("wrong", "name", "name, password or code is wrong")

    # While it lasts

    def touch(self, session: Session) -> None:
        """A hand was seen. Written down once a minute."""
        now_s = self._register.now_s()
        if session.state != "open":
            return
        self._seen[session.id] = now_s
        if now_s - self._written.get(session.id, session.made_at_s) >= WRITTEN_S:
            self._written[session.id] = now_s
            with self._register.look() as db:
                people.change(db, Session, session.id, seen_at_s=now_s)

    def lock(self, session: Session) -> None:
        """Lock a session now."""
        self._set(session, "locked", "session.lock")

    def unlock(self, session: Session, word: str, address: str) -> None:
        """Unlock it with the password. Raises AccessError."""
        account = self.account(session.person)
        self._prove(account.login, account, word, address)
        self._tries.succeeded(account.login, address)
        self.unlocked(session)

    def unlocked(self, session: Session) -> None:
        """Whoever locked it has shown to be there."""
        if session.state != "second":
            self._set(session, "open", "session.unlock")

    def _set(self, session: Session, state: people.State, done: str) -> None:
        now_s = self._register.now_s()
        with self._register.change() as db:
            seen_s = now_s if state == "open" else session.seen_at_s
            people.change(db, Session, session.id, state=state, seen_at_s=seen_s)
            self._seen.pop(session.id, None)
            self._register.enter(db, key(session.person), done, f"session:{session.id}")

    def all(self, person: int) -> list[Session]:
        """The sessions of a person that are not over."""
        with self._register.look() as db:
            mine = people.found(db, Session, SESSION.c.person == person, SESSION.c.state != "second")
        return [s for s in mine if self.ends_s(s) > self._register.now_s()]

    def end(self, by: str, person: int, number: int | None = None) -> None:
        """End a session of a person, or all of them. Raises AccessError if there is none such."""
        with self._register.change() as db:
            here = [SESSION.c.person == person, *([SESSION.c.id == number] if number is not None else [])]
            gone = people.found(db, Session, *here)
            if number is not None and not gone:
                raise AccessError("unknown", "id", "there is no such session")
            people.remove(db, Session, *here)
            for session in gone:
                self._register.enter(db, by, "session.end", f"session:{session.id}")

    def change_password(self, session: Session, old: str, new: str, address: str) -> None:
        """Set a new password; all other sessions end. Raises AccessError."""
        account = self.account(session.person)
        self._prove(account.login, account, old, address)
        password.check(new, (account.login, account.name, self._register.site))
        kept = password.hashed(new)
        with self._register.change() as db:
            people.change(db, Account, account.id, password=kept)
            people.remove(db, Session, SESSION.c.person == account.id, SESSION.c.id != session.id)
            self._register.enter(db, key(account.id), "people.password", key(account.id))
