"""ULID: 48 bits of Unix milliseconds and 80 bits of anything, as 26 characters of Crockford's base 32.

Source: the ULID specification (github.com/ulid/spec); BSI Flex 335 v2.0 uses it for reports, objects, tasks,
regions and alerts. Only the canonical form is taken: upper case, first character 0 to 7.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_FORM = re.compile(f"[0-7][{ALPHABET}]{{25}}")
TIME_BITS, REST_BITS = 48, 80

is_ulid = _FORM.fullmatch
"""Truthy if the text is a canonical ULID."""


def encode(time_s: float, rest: int) -> str:
    """The ULID of a time (Unix seconds) and 80 further bits. Raises ValueError where one does not fit."""
    time_ms = round(time_s * 1000)
    if not (0 <= time_ms < 1 << TIME_BITS and 0 <= rest < 1 << REST_BITS):
        raise ValueError(f"no ULID holds {time_s!r} s and {rest!r}")
    number = time_ms << REST_BITS | rest
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def decode(text: str) -> tuple[float, int]:
    """(time in Unix seconds, 80 further bits) of a ULID. Raises ValueError if it is none."""
    if not is_ulid(text):
        raise ValueError(f"no ULID: {text[:40]!r}")
    number = 0
    for character in text:
        number = number << 5 | _VALUE[character]
    return (number >> REST_BITS) / 1000, number & (1 << REST_BITS) - 1
