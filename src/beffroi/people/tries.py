"""Tries: who failed to come in waits, longer each time; by account and by address.

    after 4 failures in a row 1 s, then 2 s, 4 s … 15 min; a day later they are forgotten

They lie in the records, so a restart forgets none; what is asked of them is kept in memory.
"""

import threading
from collections.abc import Iterable
from hashlib import sha256

from beffroi.errors import AccessError
from beffroi.people.register import Register
from beffroi.store import people

FREE, LONGEST_S, FORGOTTEN_S = 4, 900.0, 86_400.0
TURNS = 64
MANY = 20
"""An address may be that of a whole site: there it begins after so many."""


class Tries:
    """The failed logins of one store."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def turn(self, login: str) -> threading.Lock:
        """Held while somebody tries: who sends many at once waits as one who sends them one by one."""
        return self._turns[_keys(login, "")[0][0] % TURNS]

    def check(self, login: str, address: str) -> None:
        """Raises AccessError for who must wait."""
        now_s, free = self._register.now_s(), dict(zip(_keys(login, address), (FREE, MANY), strict=True))
        with self._register.look() as db:
            known = people.failures(db, [*free])
        waits = [_wait_s(count - free[key]) - (now_s - at_s) for key, (count, at_s) in known.items()]
        if (wait_s := max(waits, default=0.0)) > 0:
            raise AccessError("wait", "name", f"too many tries: wait {wait_s:.0f} s", wait_s)

    def failed(self, login: str, address: str) -> None:
        """Count a failure."""
        with self._register.change() as db:
            for key in _keys(login, address):
                people.failed(db, key, self._register.now_s())

    def succeeded(self, login: str, address: str) -> None:
        """Forget the failures of an account; those of an address fade."""
        account, _ = _keys(login, address)
        with self._register.change() as db:
            people.succeeded(db, [account], self._register.now_s() - FORGOTTEN_S)


def _wait_s(over: int) -> float:
    return 0.0 if over < 0 else float(min(2.0**over, LONGEST_S))


def _keys(login: str, address: str) -> tuple[bytes, bytes]:
    named: Iterable[str] = (f"account:{login}", f"address:{address}")
    account, place = (sha256(name.encode()).digest() for name in named)
    return account, place
