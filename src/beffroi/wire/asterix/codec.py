"""Data blocks and records of ASTERIX, read and written by the tables of this folder.

EUROCONTROL-SPEC-0149 (Part 1, edition 3.1): a data block is CAT (1 octet), LEN (2 octets, all included) and
records; a record is an FSPEC and the data items that it announces, in the order of the category's User
Application Profile (UAP): in form a compound item.

Two passes make it fast. The first finds where each item of a record starts, by a plan that is made once for
each FSPEC, and so proves that all of it lies inside the block. The second reads an item when it is asked for.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from beffroi.errors import WireError
from beffroi.wire.asterix.item import Compound, Item, Value, named


class Category:
    """A category: its number, its specification and its profile, each item with number, title and format."""

    def __init__(
        self, number: int, source: str, *uap: tuple[str, str, Item] | None, blocking: bool = True
    ) -> None:
        self.number = number
        self.source = source
        self.blocking = blocking
        """False: the specification allows one record a block only."""
        self.titles = {entry[0]: entry[1] for entry in uap if entry}
        self.profile = Compound(*((entry[0], entry[2]) if entry else None for entry in uap))


class Record:
    """One record: read it as a dict by item number, `record["040"]`. Items are decoded when asked for.

    Values are not to be changed: what comes again and again is decoded once.
    """

    __slots__ = ("_data", "_items", "_places")

    def __init__(self, items: dict[str, Item], data: bytes, places: dict[str, int]) -> None:
        self._items = items
        self._data = data
        self._places = places

    def __getitem__(self, item: str) -> Value:
        return self._items[item].decode(self._data, self._places[item])

    def get(self, item: str) -> Value:
        """The value of an item, or None where the record has none."""
        at = self._places.get(item)
        return None if at is None else self._items[item].decode(self._data, at)

    def __contains__(self, item: str) -> bool:
        return item in self._places

    def keys(self) -> Iterator[str]:
        """The numbers of the items that are there, so that `dict(record)` decodes all of it."""
        return iter(self._places)

    __iter__ = keys


class Block(NamedTuple):
    """A data block that was read whole."""

    category: int
    offset: int
    """Octets before it in the datagram."""
    records: tuple[Record, ...]


def decode_block(category: Category, data: bytes, offset: int, end: int) -> Block:
    """The block of `data` that starts at `offset` and ends before `end`.

    Raises WireError if one record is wrong: after it nothing is sure, before it little.
    """
    at = offset + 3
    records = []
    profile = category.profile
    items = profile.items
    try:
        while at < end:
            places, at = profile.locate(data, at)
            records.append(Record(items, data, places))
    except IndexError:
        at = end + 1
    except WireError as wrong:
        raise WireError(f"octet {at}", f"category {category.number:03d}: {wrong.reason}") from wrong
    if at > end:
        raise WireError(f"octet {offset}", f"category {category.number:03d}: a record runs past LEN")
    if not records or (len(records) > 1 and not category.blocking):
        raise WireError(
            f"octet {offset}", f"category {category.number:03d}: {len(records)} records in a block"
        )
    return Block(category.number, offset, tuple(records))


def encode_block(category: Category, records: Iterable[dict[str, Value]]) -> bytes:
    """A block of records, each a dict by item number. Raises WireError where a value does not fit."""
    name = f"I{category.number:03d}"
    written = [named(name, category.profile, record) for record in records]
    length = 3 + sum(map(len, written))
    if length > 0xFFFF:
        raise WireError(name, f"{length} octets do not fit a block")
    if not written or (len(written) > 1 and not category.blocking):
        raise WireError(name, f"{len(written)} records do not make a block")
    return bytes([category.number]) + length.to_bytes(2, "big") + b"".join(written)
