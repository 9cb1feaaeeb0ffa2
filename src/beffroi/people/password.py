"""Password: what may be one, its hash (argon2id, RFC 9106), and the check of it.

NIST SP 800-63B-4 §3.1.1: length counts, no rules of composition, no change without a reason; refused is what
holds the name of the person or of the site. A check takes as long for a name that nobody has.
"""

import re
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from beffroi.errors import AccessError

SHORTEST, LONGEST = 12, 256
_HASHER = PasswordHasher()
"""The second recommended choice of RFC 9106 §4: 64 MiB, 3 passes, 4 lanes."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB and some 0.1 s: no more than so many at once."""


def check(password: str, names: tuple[str, ...]) -> None:
    """Raises AccessError for what is too short, too long, or holds one of the names."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessError("invalid", "password", f"a password has {SHORTEST} to {LONGEST} characters")
    said = _plain(password)
    for word in {part for name in names for part in re.split(r"\W+", _plain(name)) if len(part) >= 3}:
        if word in said:
            raise AccessError("invalid", "password", "a password does not hold your name or that of the site")


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def right(kept: str | None, password: str) -> bool:
    """Whether it is the password. `None`: there is none; it takes as long."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), _normal(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    """A hash that no password is compared with in earnest."""
    return _HASHER.hash("a password that nobody has")


def _normal(password: str) -> str:
    """One text however it was typed; what is too long is cut where nothing longer was ever accepted."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1])


def _plain(text: str) -> str:
    return _normal(text).casefold()
