"""Rows: a table of places with their times, as truth and plots come in CSV.

Needed: a time and a place. `time_s` is Unix seconds; `time` is ISO 8601, UTC where it names no zone. Other
columns are what the caller asks for, or are not looked at. Column names of common GPS loggers are known too.
"""

import csv
import io
import math
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from beffroi.errors import PlotError

NAMES = {
    "lat_deg": ("lat_deg", "latitude", "lat"),
    "lon_deg": ("lon_deg", "longitude", "lon"),
    "alt_msl_m": ("alt_msl_m", "alt_m", "altitude (m)", "altitude", "ele"),
    "alt_wgs84_m": ("alt_wgs84_m",),
    "sigma_m": ("sigma_m", "horizontal_sigma_m"),
    "received_at_s": ("received_at_s",),
    "target": ("target",),
    "sensor": ("sensor",),
    "track": ("track", "track_id"),
    "class": ("class",),
}
"""What a column is → the names it goes by, the first that is there."""
LIMITS = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
    "alt_msl_m": (-1e3, 1e5),
    "alt_wgs84_m": (-1e3, 1e5),
    "sigma_m": (1e-3, 1e6),
    "received_at_s": (0.0, 1e11),
}
"""Numbers, and what they can be."""
WORDS = ("target", "sensor", "track", "class")


class Row(msgspec.Struct, kw_only=True):
    """One row. What a column lacks is None."""

    line: int
    time_s: float
    lat_deg: float
    lon_deg: float
    numbers: dict[str, float | None]
    words: dict[str, str | None]


def is_table(text: str) -> bool:
    """Does the first line name a time and a place?"""
    return _header(text.partition("\n")[0].split(",")) is not None


def rows(text: str, file: str) -> Iterator[Row]:
    """The rows of a table. Raises PlotError with file and line."""
    reader = csv.reader(io.StringIO(text))
    columns = _header(next(reader, []))
    if columns is None:
        raise PlotError(f"{file}, line 1", "needs the columns time_s (or time), lat_deg and lon_deg")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(cells, columns, reader.line_num)
    except (ValueError, csv.Error) as bad:
        raise PlotError(f"{file}, line {reader.line_num}", str(bad)) from bad


def _header(names: list[str]) -> dict[str, int] | None:
    """Where each known column stands; None if time or place is not there."""
    there = [name.strip().lower() for name in names]
    columns = {
        what: there.index(name)
        for what, known in NAMES.items()
        if (name := next((n for n in known if n in there), None))
    }
    for name in ("time_s", "time"):
        if name in there:
            placed = {"lat_deg", "lon_deg"} <= set(columns)
            return {name: there.index(name), **columns} if placed else None
    return None


def _row(cells: list[str], columns: dict[str, int], line: int) -> Row:
    said = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
    numbers = {name: _number(name, said[name]) for name in LIMITS if name in said}
    lat, lon = numbers.pop("lat_deg"), numbers.pop("lon_deg")
    if lat is None or lon is None:
        raise ValueError("lat_deg and lon_deg must be given")
    time_s = _seconds(said["time_s"]) if "time_s" in said else moment_s(said["time"])
    words = {name: said.get(name) or None for name in WORDS}
    return Row(line=line, time_s=time_s, lat_deg=lat, lon_deg=lon, numbers=numbers, words=words)


def _number(name: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{name} is {cell[:40]!r}, not a number") from None
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise ValueError(f"{name} is {cell[:40]}, not between {low:g} and {high:g}")
    return value


def _seconds(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"time_s is {cell[:40]!r}, not a number") from None
    if not 0.0 <= value < 1e11 or not math.isfinite(value):
        raise ValueError(f"time_s is {cell[:40]}, not Unix seconds")
    return value


def moment_s(text: str) -> float:
    """Unix seconds of an ISO 8601 time, UTC where it names no zone. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time is {text[:40]!r}, not ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
