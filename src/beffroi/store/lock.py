"""Lock: one process writes a store. The kernel holds it (flock), so a killed process leaves none behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beffroi.errors import StoreError


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the store in `directory`, made if need be. Raises StoreError where another process holds it."""
    try:
        directory.mkdir(0o700, parents=True, exist_ok=True)
        handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as bad:
        raise StoreError(str(directory), f"cannot be written: {bad.strerror}") from bad
    try:
        _take(handle, directory)
        yield
    finally:
        os.close(handle)


def _take(handle: int, directory: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        owner = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
        raise StoreError(str(directory), f"process {owner or '?'} already writes this store") from taken
    os.truncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
