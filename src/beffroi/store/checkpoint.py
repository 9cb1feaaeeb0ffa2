"""Checkpoint: the state of the watch and its place in the log, saved so that a restart replays little.

    BFRC, version 1 (4 bytes, big-endian), BLAKE2b-256 of the rest, place (8 bytes), tick end (double), state

The last two are kept for a restart; more of them so that a replay of the past has not far to go: one a minute
of the last hour, one each ten minutes before. They hold what operators declared in the minutes before, so
they live no longer than that may. Damaged ones are passed over. Written to a temporary name, synced, renamed.
"""

import os
import struct
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from beffroi.errors import StoreError
from beffroi.site import Store
from beffroi.window import WINDOW_S

_MAGIC = b"BFRC\x00\x00\x00\x01"
_HEAD = struct.Struct(">Qd")
_DIGEST = 32
KEPT = 2
DENSE_S, DENSE_EACH_S, EACH_S = 3600.0, 60.0, 600.0


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the watch was."""

    place: int
    """Of the last tick in the log that the state has seen; 0 before the first."""
    tick_end_s: float
    """When that tick ended."""
    state: bytes


def kept_s(limits: Store) -> float:
    """How long a state may be kept: what it remembers must not outlive any class of the log."""
    hours = min(limits.operator_hours, limits.sensor_hours, limits.traffic_hours)
    return max(hours * 3600.0 - WINDOW_S, 0.0)


def save(directory: Path, checkpoint: Checkpoint, keep_s: float = 0.0) -> None:
    """Write a checkpoint; let go of all but the last two and of what the replays of `keep_s` need. Raises
    StoreError."""
    body = _HEAD.pack(checkpoint.place, checkpoint.tick_end_s) + checkpoint.state
    target = directory / f"{checkpoint.place:020d}.checkpoint"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        replace(target, _MAGIC + blake2b(body, digest_size=_DIGEST).digest() + body)
        found = _found(directory)
        needed = _needed([_time_s(path) for path in found], keep_s)
        for i, path in enumerate(found):
            if i >= KEPT and i not in needed:
                path.unlink()
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


def before(directory: Path, time_s: float) -> Checkpoint | None:
    """The newest checkpoint that is whole of a tick that ended before a time; None if there is none."""
    for path in _found(directory):
        if _time_s(path) < time_s:
            try:
                return _read(path)
            except StoreError:
                continue  # damaged, or deleted meanwhile
    return None


def times(directory: Path) -> list[float]:
    """When the ticks of the kept checkpoints ended, oldest first."""
    return sorted(_time_s(path) for path in _found(directory))


def _needed(times_s: Sequence[float], keep_s: float) -> set[int]:
    """Which ones a replay needs, by their place in `times_s` (newest first): the first of each stretch."""
    first: dict[tuple[float, float], int] = {}
    for i, time_s in enumerate(times_s):
        age_s = times_s[0] - time_s
        if age_s <= keep_s:
            each_s = DENSE_EACH_S if age_s <= DENSE_S else EACH_S
            first[each_s, time_s // each_s] = i
    return set(first.values())


def _time_s(path: Path) -> float:
    """The tick end of a checkpoint, from its head; before all times if it cannot be read."""
    start = len(_MAGIC) + _DIGEST
    try:
        with path.open("rb") as file:
            return float(_HEAD.unpack(file.read(start + _HEAD.size)[start:])[1])
    except (OSError, struct.error):
        return float("-inf")


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
