"""Window: the last 15 minutes, as columns: where every track was, and what every drone said of itself."""

import msgspec
import numpy as np

from beffroi.observation import Observation
from beffroi.track import F, I

WINDOW_S = 900.0
STEP_S = 2.0
"""Tracks are sampled this often."""


class Block(msgspec.Struct, kw_only=True):
    """All confirmed tracks at one moment."""

    time_s: float
    id: I
    x_m: F
    y_m: F
    alt_m: F
    speed_mps: F


class Path(msgspec.Struct, kw_only=True):
    """Where one track was, oldest first; (n,) each."""

    time_s: F
    x_m: F
    y_m: F
    alt_m: F
    speed_mps: F


class Window(msgspec.Struct, kw_only=True):
    """The recent past. Rules read it; only the watch writes it."""

    blocks: list[Block] = []
    claims: dict[str, list[Observation]] = {}
    """What each unmanned aircraft (`uas:`) declared, oldest first, from every transmitter."""

    def path(self, track: int, since_s: float = 0.0) -> Path:
        """The path of one track since a time."""
        rows = []
        for block in self.blocks:
            if block.time_s >= since_s and len(at := np.flatnonzero(block.id == track)):
                i = at[0]
                rows.append((block.time_s, block.x_m[i], block.y_m[i], block.alt_m[i], block.speed_mps[i]))
        columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
        return Path(time_s=columns[0], x_m=columns[1], y_m=columns[2], alt_m=columns[3], speed_mps=columns[4])
