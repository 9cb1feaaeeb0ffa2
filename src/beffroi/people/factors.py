"""Factors: what somebody has beside a password: one-time passwords, passkeys, codes for when they are lost.

The secret of one-time passwords lies sealed in the vault; of recovery codes only digests are kept; a passkey
is the public half of a key that never leaves its device.
"""

import base64
import secrets
from typing import NamedTuple

import sqlalchemy as sa

from beffroi.errors import AccessError
from beffroi.people import totp
from beffroi.people.accounts import GUARDED, key
from beffroi.people.register import Register
from beffroi.store import people
from beffroi.store.people import Account, Factor, Grant
from beffroi.store.tables import FACTOR, GRANT, PERSON

CODES, CODE_BYTES = 10, 10
"""Recovery codes: so many, of 80 bits."""
MOST = 10
"""Passkeys of a person."""


class Begun(NamedTuple):
    """A one-time password that is not yet confirmed."""

    secret: str
    """In base 32."""
    address: str


class Factors:
    """The second factors of people."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def of(self, person: int) -> list[Factor]:
        """Those that can be used."""
        with self._register.look() as db:
            return people.factors(db, person)

    def codes(self, person: int) -> int:
        """How many recovery codes are left."""
        with self._register.look() as db:
            return len(people.found(db, Factor, FACTOR.c.person == person, FACTOR.c.kind == "recovery"))

    def begin_totp(self, person: int) -> Begun:
        """A new secret for an authenticator; it counts once a code of it was said."""
        secret, now_s = secrets.token_bytes(totp.SECRET_BYTES), self._register.now_s()
        with self._register.change() as db:
            account = people.one(db, Account, PERSON.c.id == person)
            assert account is not None
            begun = (FACTOR.c.person == person) & (FACTOR.c.kind == "totp") & (FACTOR.c.counter < 0)
            people.remove(db, Factor, begun)
            sealed = self._register.master.seal(_holder(person), secret)
            people.add(
                db, Factor, person=person, kind="totp", label="", secret=sealed, counter=-1, made_at_s=now_s
            )  # fmt: skip
        shown = base64.b32encode(secret).decode()
        return Begun(shown, totp.address(shown, self._register.site, account.login))

    def confirm_totp(self, person: int, code: str) -> list[str]:
        """A code of the new secret: it takes the place of the one before. Gives new recovery codes."""
        with self._register.change() as db:
            here = (FACTOR.c.person == person) & (FACTOR.c.kind == "totp")
            begun = people.one(db, Factor, here, FACTOR.c.counter < 0)
            step = self._step(begun, code) if begun else None
            if begun is None or step is None:
                raise AccessError("wrong", "code", "this is not the code of now")
            people.remove(db, Factor, here, FACTOR.c.id != begun.id)
            people.change(db, Factor, begun.id, counter=step, used_at_s=self._register.now_s())
            codes = self._recovery(db, person)
            self._register.enter(db, key(person), "people.factor", f"factor:{begun.id} totp")
        return codes

    def use(self, person: int, code: str) -> bool:
        """Whether a code is right now. Each serves once, of one-time passwords and of recovery codes."""
        with self._register.change() as db:
            now_s = self._register.now_s()
            for factor in people.found(
                db, Factor, FACTOR.c.person == person, FACTOR.c.kind == "totp", FACTOR.c.counter >= 0
            ):  # fmt: skip
                if (step := self._step(factor, code)) is not None:
                    people.change(db, Factor, factor.id, counter=step, used_at_s=now_s)
                    return True
            said = people.digest(_plain(code))
            mine = (FACTOR.c.person == person) & (FACTOR.c.kind == "recovery")
            if people.remove(db, Factor, mine, FACTOR.c.secret == said):
                self._register.enter(db, key(person), "people.recovery", key(person))
                return True
        return False

    def add_passkey(self, person: int, label: str, credential: bytes, counter: int) -> list[str]:
        """Keep a passkey. Gives recovery codes, if there were none."""
        with self._register.change() as db:
            mine = (FACTOR.c.person == person) & (FACTOR.c.kind == "passkey")
            if len(people.found(db, Factor, mine)) >= MOST:
                raise AccessError("refused", "label", f"{MOST} passkeys are the most")
            factor = people.add(
                db, Factor, person=person, kind="passkey", label=label, secret=credential, counter=counter,
                made_at_s=self._register.now_s(),
            )  # fmt: skip
            there = people.one(db, Factor, FACTOR.c.person == person, FACTOR.c.kind == "recovery")
            codes = [] if there else self._recovery(db, person)
            self._register.enter(db, key(person), "people.factor", f"factor:{factor.id} passkey")
        return codes

    def passkey_used(self, factor: Factor, counter: int) -> None:
        """A passkey was shown. Raises AccessError if its counter went back: then there is a copy of it."""
        if counter and counter <= factor.counter:
            raise AccessError("wrong", "passkey", "this passkey has been copied: take it off your account")
        with self._register.change() as db:
            people.change(db, Factor, factor.id, counter=counter, used_at_s=self._register.now_s())

    def remove(self, person: int, factor: int) -> None:
        """Take a factor off. An approver who has none left is none any more."""
        with self._register.change() as db:
            if not people.remove(db, Factor, FACTOR.c.person == person, FACTOR.c.id == factor):
                raise AccessError("unknown", "id", "there is no such factor")
            if not people.factors(db, person):
                people.remove(db, Factor, FACTOR.c.person == person)
                guarded = (
                    (GRANT.c.person == person) & (GRANT.c.role == GUARDED) & GRANT.c.ended_at_s.is_(None)
                )
                for grant in people.found(db, Grant, guarded):
                    now_s = self._register.now_s()
                    people.change(db, Grant, grant.id, ended_by=key(person), ended_at_s=now_s)
                    self._register.enter(db, key(person), "people.revoke", f"{key(person)} {GUARDED}")
            self._register.enter(db, key(person), "people.unfactor", f"factor:{factor}")

    def _step(self, factor: Factor, code: str) -> int | None:
        secret = self._register.master.open(_holder(factor.person), factor.secret)
        return totp.used(secret, code, self._register.now_s(), factor.counter)

    def _recovery(self, db: sa.Connection, person: int) -> list[str]:
        """New recovery codes in the place of those before."""
        people.remove(db, Factor, FACTOR.c.person == person, FACTOR.c.kind == "recovery")
        codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
        for code in codes:
            people.add(
                db, Factor, person=person, kind="recovery", label="", secret=people.digest(code), counter=0,
                made_at_s=self._register.now_s(),
            )  # fmt: skip
        return ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in codes]


def _holder(person: int) -> str:
    return f"totp:{person}"


def _plain(code: str) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")
