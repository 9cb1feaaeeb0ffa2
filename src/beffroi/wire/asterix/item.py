"""Data items of ASTERIX: fields, and the formats that hold them.

EUROCONTROL-SPEC-0149 (Part 1, edition 3.1). Formats: fixed; extended (octets chained by their lowest bit,
FX); repetitive (a count, or FX); explicit (its own length); compound (its own FSPEC).

Values are plain and in the unit of the specification: a dict by the names of the fields, or the bare value
where an item has one field without a name; a list where an item repeats; bytes for explicit items.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from beffroi.errors import WireError

Value = Any
"""int, float, str or bytes; a dict of those by field name; a list of such."""

PLANS = 2048
"""How many FSPEC patterns are remembered: a radar uses a dozen; hostile input must not fill the memory."""
READINGS = 256
"""How many values of one or two octets are remembered: codes and flags come again and again."""

OCTAL = "01234567"
ICAO = "".join(chr(code + 64 if code < 32 else code) for code in range(64))
"""Six-bit characters, ICAO Annex 10 Vol. IV table 3-9: A-Z, 0-9, space; the codes that it leaves undefined
stand for the characters of IA-5 that have the same low bits, so that no bit is lost."""
LATIN = "".join(map(chr, range(256)))


class Field(NamedTuple):
    """A run of bits. `name` is the specification's, empty where the item is one bare value."""

    name: str
    bits: int
    lsb: float = 1
    unit: str = ""
    signed: bool = False
    alphabet: str = ""
    """Not empty: the bits are characters, each an index into this."""
    spare: bool = False


def uint(name: str, bits: int) -> Field:
    """A code or a count."""
    return Field(name, bits)


def scaled(name: str, bits: int, lsb: float, unit: str) -> Field:
    """An unsigned quantity."""
    return Field(name, bits, lsb, unit)


def signed(name: str, bits: int, lsb: float, unit: str) -> Field:
    """A quantity in two's complement."""
    return Field(name, bits, lsb, unit, signed=True)


def octal(name: str, digits: int) -> Field:
    """Digits of three bits, a Mode 3/A code for one."""
    return Field(name, digits * 3, alphabet=OCTAL)


def icao(name: str, characters: int) -> Field:
    """Characters of six bits, padded with spaces, which decoding takes away."""
    return Field(name, characters * 6, alphabet=ICAO)


def text(name: str, characters: int) -> Field:
    """Characters of eight bits, padded with spaces, which decoding takes away."""
    return Field(name, characters * 8, alphabet=LATIN)


def flags(names: str) -> tuple[Field, ...]:
    """Single bits, from the highest."""
    return tuple(Field(name, 1) for name in names.split())


def spare(bits: int) -> Field:
    """Bits without meaning, written as 0."""
    return Field("", bits, spare=True)


class Item(Protocol):
    """A format of a data item."""

    def end(self, data: bytes, at: int) -> int:
        """Where the item that starts at `at` ends. May raise IndexError or WireError."""

    def decode(self, data: bytes, at: int) -> Value:
        """Its value; the whole item is known to be there."""

    def encode(self, value: Value) -> bytes:
        """Its octets. Raises WireError, with the name of the field, where the value does not fit."""


class Fixed:
    """Fields side by side in a fixed number of octets."""

    def __init__(self, *parts: Field | tuple[Field, ...]) -> None:
        fields = [f for part in parts for f in ((part,) if isinstance(part, Field) else part)]
        shift = sum(f.bits for f in fields)
        if shift % 8:
            raise ValueError(f"{shift} bits are no octets")
        self.octets = shift // 8
        self.slots: dict[str, tuple[Field, int]] = {}
        """Each field by its name, with the number of bits to its right."""
        for field in fields:
            shift -= field.bits
            if not field.spare:
                self.slots[field.name] = (field, shift)
        self._bare = list(self.slots) == [""]
        self._numbers = [_number(*slot) for slot in self.slots.values() if not slot[0].alphabet]
        self._texts = [_text(*slot) for slot in self.slots.values() if slot[0].alphabet]
        self.read: Callable[[int], Value] = self._read
        if self.octets <= 2:
            self.read = lru_cache(READINGS)(self._read)

    def end(self, data: bytes, at: int) -> int:
        return at + self.octets

    def decode(self, data: bytes, at: int) -> Value:
        return self.read(int.from_bytes(data[at : at + self.octets], "big"))

    def _read(self, word: int) -> Value:
        """The value of all the bits as one number."""
        if self._bare and self._numbers:
            _, shift, mask, half, lsb = self._numbers[0]
            return ((word >> shift & mask ^ half) - half) * lsb
        fields: dict[str, Value] = {
            name: ((word >> shift & mask ^ half) - half) * lsb
            for name, shift, mask, half, lsb in self._numbers
        }
        for name, shifts, mask, alphabet in self._texts:
            fields[name] = "".join([alphabet[word >> shift & mask] for shift in shifts]).rstrip(" ")
        return fields[""] if self._bare else fields

    def encode(self, value: Value) -> bytes:
        return self.write({"": value} if self._bare else value).to_bytes(self.octets, "big")

    def write(self, values: Value) -> int:
        """All the bits as one number. A field that is not given is written as 0."""
        word = 0
        for name, value in _entries(values):
            if name not in self.slots:
                raise WireError(name, "there is no such field")
            field, shift = self.slots[name]
            word |= _bits(field, value) << shift
        return word


def _number(field: Field, shift: int) -> tuple[str, int, int, int, float]:
    """What reading a number takes: shift, mask, sign bit (0 where there is none), worth of the lowest bit."""
    half = 1 << (field.bits - 1) if field.signed else 0
    return field.name, shift, (1 << field.bits) - 1, half, field.lsb


def _text(field: Field, shift: int) -> tuple[str, tuple[int, ...], int, str]:
    """What reading characters takes: the shift of each, their mask, their alphabet."""
    width = len(field.alphabet).bit_length() - 1
    shifts = tuple(range(shift + field.bits - width, shift - 1, -width))
    return field.name, shifts, len(field.alphabet) - 1, field.alphabet


def _entries(values: Value) -> Iterable[tuple[str, Value]]:
    if not isinstance(values, dict):
        raise WireError("", f"{values!r} is no dict of fields")
    return values.items()


def _bits(field: Field, value: Value) -> int:
    """The bits of one value. Raises WireError where they do not hold it."""
    if field.alphabet:
        return _characters(field, value)
    try:
        raw = int(round(value) if field.lsb == 1 else round(value / field.lsb))
    except (TypeError, ValueError, OverflowError) as wrong:
        raise WireError(field.name, f"{value!r} is not a number") from wrong
    low, top = (-(1 << field.bits - 1), 1 << field.bits - 1) if field.signed else (0, 1 << field.bits)
    if raw == top and field.unit == "deg" and field.lsb * (1 << field.bits) == 360:
        raw = low  # a full circle: what rounds up to its end is its start
    if not low <= raw < top:
        raise WireError(field.name, f"{value} {field.unit} does not fit {field.bits} bits".replace("  ", " "))
    return raw & ((1 << field.bits) - 1)


def _characters(field: Field, value: Value) -> int:
    width = len(field.alphabet).bit_length() - 1
    length = field.bits // width
    padded = str(value).ljust(length)
    codes = [field.alphabet.find(character) for character in padded]
    if len(codes) > length or -1 in codes:
        raise WireError(field.name, f"{value!r} is not {length} characters of its alphabet")
    word = 0
    for code in codes:
        word = word << width | code
    return word


def _chain_end(data: bytes, at: int) -> int:
    """Where octets chained by their lowest bit end."""
    while data[at] & 1:
        at += 1
    return at + 1


class Extended:
    """Octets chained by FX, of seven bits each. Octets past those of the edition are passed over."""

    def __init__(self, *parts: tuple[Field | tuple[Field, ...], ...]) -> None:
        self.parts = tuple(Fixed(*part, spare(1)) for part in parts)
        self._slots = {
            name: (i, *slot) for i, part in enumerate(self.parts) for name, slot in part.slots.items()
        }

    def end(self, data: bytes, at: int) -> int:
        return _chain_end(data, at)

    def decode(self, data: bytes, at: int) -> Value:
        fields: dict[str, Value] = {}
        for part in self.parts:
            octet = data[at]
            fields.update(part.read(octet))
            if not octet & 1:
                break
            at += 1
        return fields

    def encode(self, value: Value) -> bytes:
        octets = [1] * len(self.parts)
        last = 0
        for name, given in _entries(value):
            if name not in self._slots:
                raise WireError(name, "there is no such field")
            part, field, shift = self._slots[name]
            octets[part] |= _bits(field, given) << shift
            last = max(last, part)
        octets[last] &= 0xFE
        return bytes(octets[: last + 1])


class Repetitive:
    """A count in one octet, then that many of one fixed item."""

    def __init__(self, *parts: Field | tuple[Field, ...]) -> None:
        self.item = Fixed(*parts)

    def end(self, data: bytes, at: int) -> int:
        return at + 1 + data[at] * self.item.octets

    def decode(self, data: bytes, at: int) -> Value:
        step = self.item.octets
        return [self.item.decode(data, at + 1 + i * step) for i in range(data[at])]

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, list) or len(value) > 255:
            raise WireError("", "is not a list of at most 255")
        return bytes([len(value)]) + b"".join(map(self.item.encode, value))


class Chained:
    """One fixed item after the other, each with FX as its lowest bit. At least one."""

    def __init__(self, *parts: Field | tuple[Field, ...]) -> None:
        self.item = Fixed(*parts, spare(1))

    def end(self, data: bytes, at: int) -> int:
        at += self.item.octets
        while data[at - 1] & 1:
            at += self.item.octets
        return at

    def decode(self, data: bytes, at: int) -> Value:
        step = self.item.octets
        values = [self.item.decode(data, at)]
        while data[at + step - 1] & 1:
            at += step
            values.append(self.item.decode(data, at))
        return values

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, list) or not value:
            raise WireError("", "is not a list of at least one")
        octets = [bytearray(self.item.encode(one)) for one in value]
        for one in octets[:-1]:
            one[-1] |= 1
        return b"".join(octets)


class Explicit:
    """Octets whose number is given by the first of them: the fields RE and SP, kept as they are."""

    def end(self, data: bytes, at: int) -> int:
        if not data[at]:
            raise WireError(f"octet {at}", "an explicit length of 0")
        return at + data[at]

    def decode(self, data: bytes, at: int) -> Value:
        return data[at + 1 : at + data[at]]

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) > 254:
            raise WireError("", "is not at most 254 octets")
        return bytes([len(value) + 1]) + value


class Compound:
    """An FSPEC, then the items that it announces. None stands for a bit without an item."""

    def __init__(self, *parts: tuple[str, Item] | None) -> None:
        self.parts = parts
        self.items = dict(part for part in parts if part)
        self.plan = lru_cache(PLANS)(self._plan)

    def _plan(self, fspec: bytes) -> tuple[tuple[str, Item], ...]:
        """The items that an FSPEC announces, in their order."""
        announced = []
        for index in (8 * o + b for o, octet in enumerate(fspec) for b in range(7) if octet & 0x80 >> b):
            number = index - index // 8
            part = self.parts[number] if number < len(self.parts) else None
            if part is None:
                raise WireError(
                    "", f"FSPEC {fspec[:8].hex()} announces item {number + 1}, which is not defined"
                )
            announced.append(part)
        if not announced:
            raise WireError("", f"FSPEC {fspec[:8].hex()} announces nothing")
        return tuple(announced)

    def locate(self, data: bytes, at: int) -> tuple[dict[str, int], int]:
        """Where each announced item starts, and where the last one ends."""
        start, at = at, _chain_end(data, at)
        places = {}
        for name, item in self.plan(data[start:at]):
            places[name] = at
            at = item.end(data, at)
        return places, at

    def end(self, data: bytes, at: int) -> int:
        start, at = at, _chain_end(data, at)
        for _, item in self.plan(data[start:at]):
            at = item.end(data, at)
        return at

    def decode(self, data: bytes, at: int) -> Value:
        places, _ = self.locate(data, at)
        return {name: self.items[name].decode(data, start) for name, start in places.items()}

    def encode(self, value: Value) -> bytes:
        unknown = [name for name, _ in _entries(value) if name not in self.items]
        if unknown or not value:
            raise WireError(" ".join(unknown), "there is no such item" if unknown else "nothing to write")
        fspec, body = bytearray(), bytearray()
        for number, part in enumerate(self.parts):
            if part and part[0] in value:
                octet, bit = divmod(number, 7)
                fspec.extend(bytes(octet + 1 - len(fspec)))
                fspec[octet] |= 0x80 >> bit
                body += named(part[0], part[1], value[part[0]])
        for octet in range(len(fspec) - 1):
            fspec[octet] |= 1
        return bytes(fspec + body)


def named(name: str, item: Item, value: Value) -> bytes:
    """The octets of an item; an error is told with the name of the item too."""
    try:
        return item.encode(value)
    except WireError as wrong:
        raise WireError(f"{name} {wrong.place}".rstrip(), wrong.reason) from wrong
