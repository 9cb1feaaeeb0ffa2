"""Recording: the rows of a file of state vectors, in order of time, and where each aircraft was then.

The rows are played again as they are; the world uses them to know what a radar would see.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.kernels.pressure import qnh_altitude_m
from beffroi.site import Site
from beffroi.track import B, F, I
from beffroi.units import M_PER_FT

GAP_S = 15.0
"""An aircraft whose next row comes later than this was not there in between."""
TAXI_KT = 5.0
"""What is slower may well stand where it stood."""
_FAR_S = 1e7
"""Longer than any recording."""


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
    """The aircraft of a recording: between two of its places an aircraft flies straight."""

    def __init__(self, rows: Sequence[Row], plane: Plane, qnh_hpa: float, site: Site) -> None:
        """Aircraft whose rows say that they are on the ground stand at the nearest threshold's height."""
        self._rows = rows
        self._row_s = np.array([r.timestamp for r in rows]) / 1000.0
        self.names = sorted({r.icao24 for r in rows})
        number = {name: i for i, name in enumerate(self.names)}
        who: I = np.array([number[r.icao24] for r in rows], dtype=np.int64)
        lat, lon, feet, knots = (
            np.array([getattr(r, f) for r in rows], dtype=np.float64)
            for f in ("latitude", "longitude", "altitude", "groundspeed")
        )
        ground: B = np.array([bool(r.onground) for r in rows])
        x, y = plane.forward(lat, lon)
        alt = np.where(ground, _standing_m(x, y, plane, site), qnh_altitude_m(feet * M_PER_FT, qnh_hpa))
        order = np.lexsort((self._row_s, who))
        order = order[np.isfinite(x[order])]
        # A row that repeats the last place of what moves is an old place and no new one.
        held = (np.diff(x[order], prepend=np.nan) == 0) & (np.diff(who[order], prepend=-1) == 0)
        order = order[~held | (knots[order] <= TAXI_KT)]
        alt[order] = _filled(alt[order], who[order] * _FAR_S + self._row_s[order] - self._row_s[0])
        order = order[np.isfinite(alt[order])]
        self._who, self._time_s = who[order], self._row_s[order]
        self._place: F = np.array([x[order], y[order], alt[order]])
        self._key = self._who * _FAR_S + (self._time_s - self._row_s[0])

    @property
    def start_s(self) -> float:
        """Time of the first row."""
        return float(self._row_s[0])

    @property
    def end_s(self) -> float:
        """Time of the last row."""
        return float(self._row_s[-1])

    def between(self, from_s: float, to_s: float) -> Iterator[Row]:
        """Rows with from_s < time <= to_s."""
        first, last = np.searchsorted(self._row_s, [from_s, to_s], side="right")
        yield from self._rows[first:last]

    def at(self, time_s: float) -> tuple[I, F]:
        """(index into names, (5, n): x, y, alt, vx, vy) of the aircraft that are there at a time."""
        asked = np.arange(len(self.names)) * _FAR_S + (time_s - self._row_s[0])
        after = np.searchsorted(self._key, asked, side="right")
        inside = np.flatnonzero((after > 0) & (after < len(self._key)))
        after = after[inside]
        before = after - 1
        here = (self._who[before] == inside) & (self._who[after] == inside)
        here &= self._time_s[after] - self._time_s[before] <= GAP_S
        inside, before, after = inside[here], before[here], after[here]
        step_s = self._time_s[after] - self._time_s[before]
        speed = (self._place[:2, after] - self._place[:2, before]) / step_s
        share = (time_s - self._time_s[before]) / step_s
        place = self._place[:, before] + share * (self._place[:, after] - self._place[:, before])
        return inside, np.concatenate([place, speed])


def _standing_m(x_m: F, y_m: F, plane: Plane, site: Site) -> F:
    """Elevation of the threshold that is nearest to each place; the site's own where there is none."""
    ends = [e for r in site.runway for e in r.ends if e.elevation_m is not None]
    if not ends:
        return np.full(len(x_m), site.site.elevation_m)
    end_x, end_y = plane.forward([e.lat_deg for e in ends], [e.lon_deg for e in ends])
    away_m = np.hypot(end_x[:, None] - x_m, end_y[:, None] - y_m)
    level = np.array([e.elevation_m for e in ends], dtype=np.float64)
    return np.asarray(level[np.nan_to_num(away_m, nan=np.inf).argmin(0)])


def _filled(alt_m: F, key: F) -> F:
    """Heights that rows leave out, taken from the rows around them."""
    known = np.isfinite(alt_m)
    return np.interp(key, key[known], alt_m[known]) if known.any() else alt_m
