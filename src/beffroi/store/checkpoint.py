"""Checkpoint: the state of the watch and its place in the log, saved so that a restart replays little.

    BFRC, version 1 (4 bytes, big-endian), BLAKE2b-256 of the rest, place (8 bytes), tick end (double), state

The last two are kept; a damaged one is passed over. Written to a temporary name, synced, renamed.
"""

import os
import struct
from hashlib import blake2b
from pathlib import Path

import msgspec

from beffroi.errors import StoreError

_MAGIC = b"BFRC\x00\x00\x00\x01"
_HEAD = struct.Struct(">Qd")
_DIGEST = 32
KEPT = 2


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the watch was."""

    place: int
    """Of the last tick in the log that the state has seen; 0 before the first."""
    tick_end_s: float
    """When that tick ended."""
    state: bytes


def save(directory: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint and let go of all but the last two. Raises StoreError."""
    body = _HEAD.pack(checkpoint.place, checkpoint.tick_end_s) + checkpoint.state
    target = directory / f"{checkpoint.place:020d}.checkpoint"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        replace(target, _MAGIC + blake2b(body, digest_size=_DIGEST).digest() + body)
        for old in _found(directory)[KEPT:]:
            old.unlink()
    except OSError as bad:
        raise StoreError(str(target), f"cannot be written: {bad.strerror}") from bad


def load(directory: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and what is wrong with newer ones."""
    faults: list[str] = []
    for path in _found(directory):
        try:
            return _read(path), faults
        except StoreError as bad:
            faults.append(str(bad))
    return None, faults


def _found(directory: Path) -> list[Path]:
    """Newest first."""
    return sorted(directory.glob("*.checkpoint"), reverse=True)


def _read(path: Path) -> Checkpoint:
    try:
        data = path.read_bytes()
    except OSError as bad:
        raise StoreError(str(path), f"cannot be read: {bad.strerror}") from bad
    start = len(_MAGIC) + _DIGEST
    body = data[start:]
    if not data.startswith(_MAGIC) or len(body) < _HEAD.size:
        raise StoreError(str(path), "is not a checkpoint of this version")
    if blake2b(body, digest_size=_DIGEST).digest() != data[len(_MAGIC) : start]:
        raise StoreError(str(path), "is damaged: its digest does not agree")
    place, tick_end_s = _HEAD.unpack_from(body)
    return Checkpoint(place=place, tick_end_s=tick_end_s, state=body[_HEAD.size :])


def replace(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the power goes. Raises OSError."""
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.rename(target)
    sync(target.parent)


def sync(directory: Path) -> None:
    """Make renames in a directory last. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
