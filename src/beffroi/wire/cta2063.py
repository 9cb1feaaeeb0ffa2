"""Serial numbers of small unmanned aircraft: ANSI/CTA-2063-A §4.

Four characters for the maker (assigned by ICAO), one for the length of the rest (1 to 9, A to F = 1 to 15),
then the maker's own number. Digits and capital letters but O and I.
"""

import msgspec

from beffroi.errors import WireError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTHS = "123456789ABCDEF"


class Serial(msgspec.Struct, frozen=True):
    """A serial number, taken apart."""

    manufacturer: str
    number: str

    def __str__(self) -> str:
        return self.manufacturer + _LENGTHS[len(self.number) - 1] + self.number


def decode(text: str) -> Serial:
    """The parts of a serial number. Raises WireError naming the character at fault."""
    for at, character in enumerate(text):
        if character not in ALPHABET:
            raise WireError(f"character {at + 1}", f"{character!r} is not allowed in a serial number")
    if len(text) < 6:
        raise WireError("serial number", f"{len(text)} characters; the shortest has 6")
    if text[4] not in _LENGTHS:
        raise WireError("character 5", f"{text[4]!r} is no length (1 to 9, A to F)")
    announced, there = _LENGTHS.index(text[4]) + 1, len(text) - 5
    if announced != there:
        raise WireError("character 5", f"it announces {announced} characters, but {there} follow")
    return Serial(text[:4], text[5:])


def encode(manufacturer: str, number: str) -> str:
    """The serial number of the parts. Raises WireError where they cannot make one."""
    if len(manufacturer) != 4 or not 1 <= len(number) <= 15:
        raise WireError("serial number", "a maker has 4 characters, its number 1 to 15")
    return str(decode(str(Serial(manufacturer, number))))
