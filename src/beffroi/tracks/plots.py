"""Tracks from a file of plots: what `beffroi track` does.

A file has the columns `time_s,x_m,y_m` (local east, north) or `time_s,lat_deg,lon_deg[,alt_m]`; others are
ignored. Nothing else is told: clutter, detection probability and the time between scans come from the plots.
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from beffroi.errors import PlotError
from beffroi.kernels.geodesy import Plane
from beffroi.track import F, I
from beffroi.tracks.scan import Scan, Sensor, positions
from beffroi.tracks.tracker import Tracker

LOCAL = ("time_s", "x_m", "y_m")
GEOGRAPHIC = ("time_s", "lat_deg", "lon_deg")
OUT = ("time_s", "track_id", "x_m", "y_m", "vx_mps", "vy_mps")
LONGEST_PERIOD_S = 30.0
NOISE_SIGMAS = 4.0
"""Two plots of a thing that stands are nearer than this, 98 of 100."""
SAMPLE = 400
"""Plots from which the time between scans is estimated."""


class Plots(msgspec.Struct, kw_only=True):
    """The plots of a file, by time; (n,) each."""

    time_s: F
    x_m: F
    y_m: F
    alt_m: F | None = None
    plane: Plane | None = None
    """The plane of x and y, if the file was geographic."""


class Table(NamedTuple):
    """Rows with named columns."""

    columns: tuple[str, ...]
    rows: list[tuple[float, ...]]

    def csv(self) -> str:
        """As text."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        shown = [
            _shown(0 if name == "track_id" else 7 if name.endswith("_deg") else 3) for name in self.columns
        ]
        writer.writerows([show(v) for show, v in zip(shown, row, strict=True)] for row in self.rows)
        return out.getvalue()


def _shown(digits: int) -> Callable[[float], str]:
    """How a number is written; NaN as nothing."""
    return lambda value: "" if value != value else f"{value:.{digits}f}"


def read(text: str) -> Plots:
    """The plots of a file. Raises PlotError with the line."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    header = [name.strip() for name in next(reader, [])]
    wanted = next((w for w in (LOCAL, GEOGRAPHIC) if set(w) <= set(header)), None)
    if wanted is None:
        raise PlotError("line 1", f"needs the columns {','.join(LOCAL)} or {','.join(GEOGRAPHIC)}[,alt_m]")
    names = (*wanted, "alt_m") if wanted is GEOGRAPHIC and "alt_m" in header else wanted
    at = [header.index(name) for name in names]
    rows = [_numbers(row, reader.line_num, names, at) for row in reader if any(row)]
    table = np.array(rows, dtype=np.float64).reshape(-1, len(names))
    table = table[np.argsort(table[:, 0], kind="stable")]
    if wanted is LOCAL:
        return Plots(time_s=table[:, 0], x_m=table[:, 1], y_m=table[:, 2])
    plane = Plane.at(*(table[0, 1:3].tolist() if len(table) else (0.0, 0.0)))
    x, y = plane.forward(table[:, 1], table[:, 2])
    return Plots(
        time_s=table[:, 0], x_m=x, y_m=y, alt_m=table[:, 3] if len(names) == 4 else None, plane=plane
    )


def _numbers(row: list[str], line: int, names: tuple[str, ...], at: list[int]) -> list[float]:
    values = []
    for name, column in zip(names, at, strict=True):
        cell = row[column].strip() if column < len(row) else ""
        try:
            value = float(cell) if cell or name != "alt_m" else float("nan")
        except ValueError:
            raise PlotError(f"line {line}", f"{name} is {cell!r}, not a number") from None
        limit = {"lat_deg": 89.9, "lon_deg": 180.0}.get(name, 1e12)
        if not abs(value) <= limit and (cell or name != "alt_m"):
            raise PlotError(f"line {line}", f"{name} is {cell}, out of range")
        values.append(value)
    return values


def period(plots: Plots, sigma_m: float = 10.0) -> float:
    """Time between two looks at the same place, seconds. `sigma_m` is the noise an axis.

    The next plot of the same object is among the nearest of those that follow within a while: it has moved
    least. Of those that noise does not tell from the nearest it is the first, or what hovers would seem to be
    looked at seldom.
    """
    times = np.unique(plots.time_s)
    if len(times) < 2:
        return 1.0
    gaps = []
    for i in np.unique(np.linspace(0, len(plots.time_s) - 1, SAMPLE).astype(int)):
        begin = np.searchsorted(plots.time_s, plots.time_s[i], side="right")
        end = np.searchsorted(plots.time_s, plots.time_s[i] + LONGEST_PERIOD_S, side="right")
        if begin < end:
            apart = np.hypot(plots.x_m[begin:end] - plots.x_m[i], plots.y_m[begin:end] - plots.y_m[i])
            first = int((apart <= apart.min() + NOISE_SIGMAS * sigma_m).argmax())
            gaps.append(plots.time_s[begin + first] - plots.time_s[i])
    return float(np.median(gaps)) if gaps else float(times[1] - times[0])


def groups(time_s: F, period_s: float) -> Iterator[I]:
    """Indices of the plots of each scan, or of each part of one that lasts: half a period at most."""
    begin = 0
    while begin < len(time_s):
        end = int(np.searchsorted(time_s, time_s[begin] + period_s / 2, side="left"))
        yield np.arange(begin, max(end, begin + 1))
        begin = max(end, begin + 1)


def track_plots(text: str, sigma_m: float = 10.0) -> Table:
    """A row for each confirmed track at each scan time. `sigma_m` is the sensor's noise an axis."""
    plots = read(text)
    period_s = period(plots, sigma_m)
    sensor = Sensor(id="plots", sees_all=True, period_s=period_s)
    tracker, rows = Tracker(), []
    for part in groups(plots.time_s, period_s):
        tracker.scan(_scan(plots, part, sigma_m), sensor)
        rows += _confirmed(tracker, float(plots.time_s[part[-1]]), plots)
    columns = OUT if plots.plane is None else (*OUT, *GEOGRAPHIC[1:])
    return Table(columns if plots.alt_m is None else (*columns, "alt_m"), rows)


def _scan(plots: Plots, part: I, sigma_m: float) -> Scan:
    scan = positions(plots.time_s[part], plots.x_m[part], plots.y_m[part], sigma_m)
    if plots.alt_m is not None:
        scan.z_m, scan.var_z_m2 = plots.alt_m[part], np.full(len(part), sigma_m**2)
    return scan


def _confirmed(tracker: Tracker, now_s: float, plots: Plots) -> list[tuple[float, ...]]:
    """The rows of one moment."""
    t = tracker.columns(now_s)
    sure = t.confirmed
    columns: list[F | I] = [
        np.full(int(sure.sum()), now_s),
        t.id[sure],
        t.x_m[sure],
        t.y_m[sure],
        t.vx_mps[sure],
        t.vy_mps[sure],
    ]
    if plots.plane is not None:
        columns += plots.plane.inverse(t.x_m[sure], t.y_m[sure])
    if plots.alt_m is not None:
        columns.append(t.alt_m[sure])
    return list(zip(*(c.tolist() for c in columns), strict=True))
