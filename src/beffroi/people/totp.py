"""TOTP: one-time passwords of six digits that change every 30 s (RFC 6238 with SHA-1)."""

import hmac
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S, DIGITS = 30, 6
SECRET_BYTES = 20
SKEW = 1
"""Steps that a clock may be off (RFC 6238 §5.2)."""


def code(secret: bytes, step: int) -> str:
    """The code of a step: `time // 30 s`."""
    made = TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)
    return made.generate(step * STEP_S).decode()


def used(secret: bytes, said: str, now_s: float, last: int) -> int | None:
    """The step whose code was said, later than the step `last`, which was used before; None: no such."""
    now = int(now_s // STEP_S)
    said = said.replace(" ", "")
    steps = [s for s in range(max(now - SKEW, last + 1, 0), now + SKEW + 1) if _same(code(secret, s), said)]
    return steps[0] if steps else None


def _same(code: str, said: str) -> bool:
    return hmac.compare_digest(code.encode(), said.encode())


def address(secret: str, site: str, login: str) -> str:
    """What an authenticator reads from a square code; `secret` in base 32."""
    issuer = quote(f"Beffroi {site}", safe="")
    return f"otpauth://totp/{issuer}:{quote(login, safe='')}?secret={secret}&issuer={issuer}"
