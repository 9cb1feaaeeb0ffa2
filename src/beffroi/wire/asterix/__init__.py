"""ASTERIX, EUROCONTROL-SPEC-0149: bytes to plain values and back, one table of this folder a category.

`blocks` reads a datagram, `encode` writes a data block. A block that cannot be read is skipped by its LEN
and reported; so is one of a category that has no table here.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from beffroi.errors import WireError
from beffroi.wire.asterix.codec import Block, Category, Record, decode_block, encode_block
from beffroi.wire.asterix.item import Value

__all__ = ["Block", "Category", "Record", "Value", "blocks", "category", "encode"]


@cache
def category(number: int) -> Category | None:
    """The table of a category, 0 to 255, or None where there is none."""
    name = f"{__name__}.cat{number:03d}"
    if find_spec(name) is None:
        return None
    table: Category = import_module(name).CATEGORY
    return table


def blocks(data: bytes) -> Iterator[Block | WireError]:
    """The data blocks of a datagram or a file; in place of each one that cannot be read, why (not raised)."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 1 : at + 3], "big")
        if len(data) - at < 3 or length < 3 or at + length > len(data):
            yield WireError(f"octet {at}", f"LEN {length} of a block, {len(data) - at} octets are left")
            return
        yield _block(data, at, at + length)
        at += length


def _block(data: bytes, at: int, end: int) -> Block | WireError:
    table = category(data[at])
    if table is None:
        return WireError(f"octet {at}", f"category {data[at]:03d} is not known")
    try:
        return decode_block(table, data, at, end)
    except WireError as wrong:
        return wrong


def encode(number: int, records: Iterable[dict[str, Value]]) -> bytes:
    """One data block of category `number` with records, each a dict by item number.

    Fields that are not given are written as 0. Raises WireError where a value does not fit its bits or
    a name is not in the table, KeyError for a category without a table.
    """
    table = category(number)
    if table is None:
        raise KeyError(number)
    return encode_block(table, records)
