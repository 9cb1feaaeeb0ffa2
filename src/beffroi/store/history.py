"""History: where every track was, each second, as Parquet. Derived: it can be made again from the log.

    20261122T10Z/1795341600250.parquet    parts of the hour that runs, named by their first moment (ms)
    20261122T10Z.parquet                  an hour that is over: one file, sorted by track and time

Numbers are whole: microdegrees, decimetres, milliseconds; a row takes some 12 bytes. Files are written under
a temporary name and renamed. An hour that is over never changes: rows that a later replay gives again for it
are passed over. What an unmanned aircraft says it is can lead to its operator, and is not kept here.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from beffroi.errors import StoreError
from beffroi.picture import Picture
from beffroi.site import Store
from beffroi.store.checkpoint import sync

HOUR_MS = 3_600_000
Columns = dict[str, NDArray[Any]]
Box = tuple[float, float, float, float]
"""South, west, north, east in degrees; west above east crosses the antimeridian."""

_STAMP = "%Y%m%dT%HZ"
_NAME = re.compile(r"(\d{8}T\d{2}Z)(\.parquet)?")
_NOTHING = np.iinfo(np.int32).min
"""Stands for absent on the way into DuckDB."""


class _Column(NamedTuple):
    name: str
    """What it is called when it is read."""
    dtype: type
    unit: float | None = None
    """In SI units or degrees, where it is a number with one."""


_COLUMNS = {
    "time_ms": _Column("time_s", np.int64, 1e-3), "track": _Column("track", np.int64),
    "lat_udeg": _Column("lat_deg", np.int32, 1e-6), "lon_udeg": _Column("lon_deg", np.int32, 1e-6),
    "alt_dm": _Column("alt_msl_m", np.int32, 0.1), "speed_dmps": _Column("ground_speed_mps", np.int32, 0.1),
    "track_ddeg": _Column("track_deg", np.int32, 0.1), "climb_dmps": _Column("climb_mps", np.int32, 0.1),
    "sigma_dm": _Column("sigma_m", np.int32, 0.1), "kind": _Column("kind", object),
    "measured": _Column("measured", bool), "coasting": _Column("coasting", bool),
    "on_ground": _Column("on_ground", bool), "icao24": _Column("icao24", object),
    "callsign": _Column("callsign", object),
}  # fmt: skip
"""The columns of a file."""


class History:
    """Writes the history in one directory. Raises StoreError where it cannot."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._blocks: list[Columns] = []
        self._second = -1
        self._db = duckdb.connect(":memory:", config={"threads": 1})
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise StoreError(str(directory), f"cannot be written: {bad.strerror}") from bad

    def go_on(self, after_s: float) -> None:
        """The step at `after_s` was the last that was added, in an earlier life."""
        self._second = int(after_s)

    def add(self, picture: Picture) -> None:
        """Take the confirmed tracks of the first step of each second."""
        if int(picture.now_s) != self._second:
            self._second = int(picture.now_s)
            if picture.tracks.confirmed.any():
                self._blocks.append(_columns(picture))

    def take(self) -> Columns:
        """What was added and not yet taken, to be written."""
        blocks, self._blocks = self._blocks, []
        return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]} if blocks else {}

    def write(self, rows: Columns) -> None:
        """Write what was taken as parts of their hours. Raises StoreError."""
        hours = rows["time_ms"] // HOUR_MS if rows else np.zeros(0, np.int64)
        for hour in np.unique(hours):
            folder = self._directory / _folder(int(hour))
            if not folder.with_suffix(".parquet").exists():
                part = {name: column[hours == hour] for name, column in rows.items()}
                self._put(part, folder)

    def _put(self, part: Columns, folder: Path) -> None:
        """Write a part of an hour. Parts that begin later are of a run whose tail this one gives again."""
        first_ms = int(part["time_ms"][0])
        folder.mkdir(exist_ok=True)
        self._copy(part, folder / f"{first_ms}.parquet")
        for later in folder.glob("*.parquet"):
            if int(later.stem) > first_ms:
                later.unlink()

    def close_hours(self, before_s: float) -> None:
        """Make one file of each hour that was over at `before_s`. Raises StoreError."""
        for folder in sorted(self._directory.glob("*Z")):
            if (_hour(folder) + 1) * HOUR_MS <= before_s * 1000:
                parts = sorted(str(p) for p in folder.glob("*.parquet"))
                whole = folder.with_suffix(".parquet")
                if parts and not whole.exists():
                    self._write(f"SELECT * FROM read_parquet({parts!r})", whole)
                rmtree(folder)

    def purge(self, limits: Store, now_s: float) -> list[str]:
        """Delete the hours that are as old as traffic may get; the names of those deleted."""
        gone = []
        for path in self._directory.iterdir():
            if _NAME.fullmatch(path.name) and _hour(path) + max(limits.traffic_hours, 1.0) <= now_s / 3600:
                rmtree(path) if path.is_dir() else path.unlink()
                gone.append(path.name)
        return gone

    def close(self) -> None:
        """Close it. What was not taken and written is lost, but for the log."""
        self._db.close()

    def _copy(self, rows: Columns, target: Path) -> None:
        self._db.register("part", rows)
        absent = {n: f"nullif({n}, {_NOTHING}) AS {n}" for n in ("alt_dm", "climb_dmps")}
        self._write(f"SELECT {', '.join(absent.get(n, n) for n in rows)} FROM part", target)
        self._db.unregister("part")

    def _write(self, query: str, target: Path) -> None:
        part = target.with_name(f"{target.name}.writing")
        form = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2"
        try:
            self._db.execute(f"COPY ({query} ORDER BY track, time_ms) TO {str(part)!r} ({form})")
            part.rename(target)
            sync(target.parent)
        except (OSError, duckdb.Error) as bad:
            raise StoreError(str(target), f"cannot be written: {bad}") from bad


def read_history(directory: Path, since_s: float, until_s: float, box: Box | None = None) -> Columns:
    """Where tracks were from `since_s` until before `until_s`, inside `box`, by track and time.

    Columns (n,): `time_s`, `track`, `lat_deg`, `lon_deg`, `alt_msl_m` and `climb_mps` (NaN: absent),
    `ground_speed_mps`, `track_deg`, `sigma_m`, `kind`, `measured`, `coasting`, `on_ground`, `icao24` and
    `callsign` (empty: absent). Raises StoreError where a file is damaged.
    """
    query = f"FROM read_parquet(?) WHERE time_ms >= ? AND time_ms < ? {_inside(box)}ORDER BY track, time_ms"
    rows = _asked(directory, query, _files(directory, since_s, until_s), since_s * 1000, until_s * 1000)
    rows = rows or {column: np.empty(0, said.dtype) for column, said in _COLUMNS.items()}
    return {said.name: _read(rows[column], said) for column, said in _COLUMNS.items()}


def begins_s(directory: Path, since_s: float = 0.0) -> float | None:
    """The time of the first row from `since_s` on; None if there is none. Raises StoreError."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if _NAME.fullmatch(path.name) and (_hour(path) + 1) * 3600 > since_s:
            hour_s = _hour(path) * 3600.0
            query = "SELECT min(time_ms) AS first FROM read_parquet(?) WHERE time_ms >= ?"
            rows = _asked(directory, query, _files(directory, hour_s, hour_s + 1.0), since_s * 1000)
            if len(rows) and not np.ma.is_masked(rows["first"]):
                return float(rows["first"][0]) / 1000
    return None


def thinned(directory: Path, since_s: float, until_s: float, every_s: int, kinds: Sequence[str]) -> Columns:
    """Where tracks of some kinds flew, each `every_s` whole seconds, by track and time: columns (n,) `track`,
    `time_s`, `lat_deg`, `lon_deg`. Raises StoreError where a file is damaged."""
    names = ("track", "time_ms", "lat_udeg", "lon_udeg")
    query = (
        f"SELECT {', '.join(names)} FROM read_parquet(?) WHERE time_ms >= ? AND time_ms < ? "
        f"AND (time_ms // 1000) % {every_s:d} = 0 AND NOT on_ground AND list_contains(?, kind) "
        "ORDER BY track, time_ms"
    )
    asked = (since_s * 1000, until_s * 1000, list(kinds))
    rows = _asked(directory, query, _files(directory, since_s, until_s), *asked)
    rows = rows or {name: np.empty(0, np.int64) for name in names}
    return {_COLUMNS[name].name: _read(rows[name], _COLUMNS[name]) for name in names}


def _asked(directory: Path, query: str, files: list[str], *asked: Any) -> Columns:
    """The columns of a query of some files; none where there are no files. Raises StoreError."""
    if not files:
        return {}
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as db:
            made: Columns = db.execute(query, [files, *asked]).fetchnumpy()
            return made
    except duckdb.Error as bad:
        raise StoreError(str(directory), f"the history cannot be read: {bad}") from bad


def _files(directory: Path, since_s: float, until_s: float) -> list[str]:
    """The files that can hold rows of a time. Parts of an hour that is one file already are left out."""
    files = []
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if _NAME.fullmatch(path.name) and (_hour(path) + 1) * 3600 > since_s and _hour(path) * 3600 < until_s:
            if path.is_file():
                files.append(str(path))
            elif not path.with_suffix(".parquet").exists():
                files.extend(map(str, sorted(path.glob("*.parquet"))))
    return files


def _inside(box: Box | None) -> str:
    if box is None:
        return ""
    south, west, north, east = (round(1e6 * float(side)) for side in box)
    across = "AND" if west <= east else "OR"
    return f"AND lat_udeg BETWEEN {south} AND {north} AND (lon_udeg >= {west} {across} lon_udeg <= {east}) "


def _read(column: NDArray[Any], said: _Column) -> NDArray[Any]:
    if said.unit is None:
        return np.asarray(column, said.dtype)
    return np.ma.filled(np.ma.asarray(column).astype(np.float64) * said.unit, np.nan)


def _hour(path: Path) -> int:
    stamp = path.name.removesuffix(".parquet")
    return int(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp()) // 3600


def _folder(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).strftime(_STAMP)


def _columns(picture: Picture) -> Columns:
    """The confirmed tracks of a picture, as they are in the file."""
    t, sure = picture.tracks, np.flatnonzero(picture.tracks.confirmed)
    lat, lon = picture.plane.inverse(t.x_m[sure], t.y_m[sure])
    sigma = np.sqrt((t.var_x_m2[sure] + t.var_y_m2[sure]) / 2)
    said = [picture.identity(i) or "" for i in sure.tolist()]
    return {
        "time_ms": np.full(len(sure), round(picture.now_s * 1000), np.int64),
        "track": t.id[sure],
        "lat_udeg": _whole(lat, 1e-6),
        "lon_udeg": _whole(lon, 1e-6),
        "alt_dm": _whole(t.alt_m[sure], 0.1),
        "speed_dmps": _whole(t.speed_mps[sure], 0.1),
        "track_ddeg": _whole(t.track_deg[sure], 0.1),
        "climb_dmps": _whole(t.climb_mps[sure], 0.1),
        "sigma_dm": _whole(sigma, 0.1),
        "kind": np.array(t.kind, dtype=object)[sure],
        "measured": np.isfinite(t.measured_s[sure]),
        "coasting": t.coasting[sure],
        "on_ground": t.on_ground[sure],
        "icao24": np.array([s[7:] if s.startswith("icao24:") else "" for s in said], dtype=object),
        "callsign": np.array([picture.callsigns.get(int(n), "") for n in t.id[sure]], dtype=object),
    }


def _whole(values: NDArray[Any], unit: float) -> NDArray[np.int32]:
    return np.where(np.isfinite(values), np.round(values / unit), _NOTHING).astype(np.int32)
