"""Carpet: where traffic went in the last day, or as far back as it is recorded, as simplified lines.

Crewed aircraft in the air, one place each 10 s from the history, simplified (Douglas and Peucker 1973) until
the whole fits: coarser first, then fewer lines. Whose line it was is not in it.
"""

import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from beffroi.observation import CREWED
from beffroi.store.history import Columns, thinned

DAY_S = 86_400.0
AGAIN_S = 600.0
"""It is made anew this often."""
EVERY_S = 10
BROKEN_S = 60.0
"""A track that was not seen for longer becomes two lines."""
CAP_BYTES = 150_000
COARSER = (1, 2, 4, 8, 16, 32)
"""Largest errors, in `UNIT`."""
UNIT = 10_000
"""Places are whole 1e-4 degrees: 11 m."""

Line = NDArray[np.int64]


class Carpet(msgspec.Struct, frozen=True, kw_only=True):
    """Past traffic."""

    from_s: float
    to_s: float
    lines: list[list[int]]
    """Each line as whole 1e-4 degrees: lat, lon of its first point, then the steps to each next one."""


class Weaver:
    """Makes the carpet of one store, and keeps it for some minutes."""

    def __init__(self, directory: Path, cap_bytes: int = CAP_BYTES) -> None:
        """`directory` is that of the store."""
        self._history, self._cap = directory / "history", cap_bytes
        self._lock = threading.Lock()
        self._made_s = -np.inf
        self._carpet = b""

    def carpet(self, now_s: float) -> bytes:
        """The JSON of a `Carpet`, at most `cap_bytes`. Reads files: to be called in a thread. Raises
        StoreError where the history is damaged."""
        with self._lock:
            if not 0.0 <= now_s - self._made_s < AGAIN_S or not self._carpet:
                rows = thinned(self._history, now_s - DAY_S, now_s, EVERY_S, CREWED)
                self._carpet, self._made_s = _woven(rows, now_s, self._cap), now_s
            return self._carpet


@lru_cache(maxsize=8)
def _weaver(directory: Path) -> Weaver:
    return Weaver(directory)


def laid(directory: Path, now_s: float) -> bytes:
    """The carpet of the store in `directory`; see `Weaver.carpet`."""
    return _weaver(directory).carpet(now_s)


def _woven(rows: Columns, now_s: float, cap_bytes: int) -> bytes:
    """The carpet of some rows, as fine as fits."""
    whole = list(_lines(rows))
    from_s = float(rows["time_s"].min()) if whole else now_s
    for error in COARSER:
        lines = sorted((simplified(line, error) for line in whole), key=_length, reverse=True)
        made = _json(lines, from_s, now_s)
        if len(made) <= cap_bytes:
            return made
    while len(made) > cap_bytes:
        lines = lines[: int(len(lines) * 0.9 * cap_bytes / len(made))]
        made = _json(lines, from_s, now_s)
    return made


def _lines(rows: Columns) -> Iterator[Line]:
    """The places of each track, (n, 2)."""
    places = np.stack([rows["lat_deg"], rows["lon_deg"]], axis=1)
    places = np.round(places * UNIT).astype(np.int64)
    track, time_s = rows["track"], rows["time_s"]
    cuts = np.flatnonzero((np.diff(track) != 0) | (np.diff(time_s) > BROKEN_S)) + 1
    for line in np.split(places, cuts):
        if len(line) >= 2:
            yield line


def simplified(line: Line, error: float) -> Line:
    """The line with as few of its points as stay within `error` of all others, in its own unit (longitude
    shrunk to the latitude)."""
    flat = line * np.array([1.0, np.cos(np.radians(line[0, 0] / UNIT))])
    keep = np.zeros(len(line), np.bool_)
    keep[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        away = _away(flat[first + 1 : last], flat[first], flat[last])
        if len(away) and away.max() > error:
            middle = first + 1 + int(away.argmax())
            keep[middle] = True
            waiting += [(first, middle), (middle, last)]
    return line[keep]


def _away(points: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of points from the stretch from a to b."""
    along, length2 = b - a, float((b - a) @ (b - a))
    part = np.clip((points - a) @ along / length2, 0.0, 1.0) if length2 else np.zeros(len(points))
    return np.asarray(np.hypot(*(points - a - part[:, None] * along).T))


def _length(line: Line) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _json(lines: list[Line], from_s: float, to_s: float) -> bytes:
    steps = [np.concatenate([line[:1], np.diff(line, axis=0)]).ravel().tolist() for line in lines]
    return msgspec.json.encode(Carpet(from_s=from_s, to_s=to_s, lines=steps))
