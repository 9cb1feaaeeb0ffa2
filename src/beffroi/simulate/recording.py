"""Recording: the rows of a file of state vectors, in order of time, and where each aircraft was then.

The rows are played again as they are; the world uses them to know what a radar would see.
"""

from collections.abc import Iterator, Sequence
from copy import copy

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.kernels.pressure import qnh_altitude_m
from beffroi.track import B, F, I
from beffroi.units import M_PER_FT, MPS_PER_KT

STALE_S = 5.0
"""An aircraft is where its last row says for so long."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A state vector, as the file names its fields."""

    timestamp: float
    """Milliseconds since 1970."""
    icao24: str
    callsign: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    """Feet, on 1013.25 hPa."""
    groundspeed: float | None = None
    """Knots."""
    track: float | None = None
    vertical_rate: float | None = None
    """Feet a minute."""
    squawk: str | None = None
    onground: bool | None = None


_NUMBERS = ("latitude", "longitude", "altitude", "groundspeed", "track", "vertical_rate")
HEADER = "time,icao24,callsign,lat,lon,altitude_ft,groundspeed_kt,track_deg,vertical_rate_fpm,squawk,onground"


def read(document: bytes) -> list[Row]:
    """The rows of a JSON list of state vectors, by time. Raises msgspec.ValidationError if it is none."""
    rows = msgspec.json.decode(document, type=list[Row])
    return sorted(rows, key=lambda r: r.timestamp)


def line(row: Row) -> bytes:
    """A row as a line of comma-separated values, in the order of `HEADER`."""
    fields = (
        f"{row.timestamp / 1000.0:.3f}", row.icao24, row.callsign, row.latitude, row.longitude, row.altitude,
        row.groundspeed, row.track, row.vertical_rate, row.squawk, row.onground,
    )  # fmt: skip
    return (",".join("" if f is None else str(f) for f in fields) + "\n").encode()


class Traffic:
    """The aircraft of a recording as columns, asked in order of time."""

    def __init__(self, rows: Sequence[Row], plane: Plane, qnh_hpa: float) -> None:
        self._rows = rows
        self._time_s = np.array([r.timestamp for r in rows]) / 1000.0
        names = sorted({r.icao24 for r in rows})
        self.names = names
        number = {name: i for i, name in enumerate(names)}
        self._who: I = np.array([number[r.icao24] for r in rows], dtype=np.int64)
        column = {f: np.array([getattr(r, f) for r in rows], dtype=np.float64) for f in _NUMBERS}
        self._x, self._y = plane.forward(column["latitude"], column["longitude"])
        self._vx, self._vy = plane.velocity(
            column["latitude"], column["longitude"], column["groundspeed"] * MPS_PER_KT, column["track"]
        )
        self._alt: F = np.asarray(qnh_altitude_m(column["altitude"] * M_PER_FT, qnh_hpa))
        self._ground: B = np.array([bool(r.onground) for r in rows])
        self._last: I = np.full(len(names), -1, dtype=np.int64)
        self._next = 0

    def again(self) -> "Traffic":
        """The same traffic, to be asked from the start."""
        other = copy(self)
        other._last, other._next = np.full(len(self.names), -1, dtype=np.int64), 0
        return other

    @property
    def start_s(self) -> float:
        """Time of the first row."""
        return float(self._time_s[0])

    @property
    def end_s(self) -> float:
        """Time of the last row."""
        return float(self._time_s[-1])

    def between(self, from_s: float, to_s: float) -> Iterator[Row]:
        """Rows with from_s < time <= to_s."""
        first, last = np.searchsorted(self._time_s, [from_s, to_s], side="right")
        yield from self._rows[first:last]

    def at(self, time_s: float) -> tuple[I, F, F, F, F, F]:
        """(index into names, x, y, alt, vx, vy) of the aircraft in the air; times must not go back."""
        until = int(np.searchsorted(self._time_s, time_s, side="right"))
        placed = np.arange(self._next, until)
        placed = placed[np.isfinite(self._x[placed])]
        self._last[self._who[placed]] = placed
        self._next = max(until, self._next)
        known = np.flatnonzero(self._last >= 0)
        row = self._last[known]
        fresh = (time_s - self._time_s[row] <= STALE_S) & ~self._ground[row] & np.isfinite(self._alt[row])
        known, row = known[fresh], row[fresh]
        dt = time_s - self._time_s[row]
        vx, vy = np.nan_to_num(self._vx[row]), np.nan_to_num(self._vy[row])
        return known, self._x[row] + vx * dt, self._y[row] + vy * dt, self._alt[row], vx, vy
