"""Logs: what the sensors of a trial said, from wherever it was kept.

A directory is a log of Beffroi. A file is a table of plots (CSV, see `rows`), or a capture of any format that
`beffroi decode` reads. With a site, a capture belongs to a source of it, as in a replay (`SOURCE=FILE` says
which). Without one, each capture is a source of its own, and its format is the one that reads it best
(`FORMAT=FILE` says which).
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from beffroi import feeds, replay
from beffroi.errors import LinkError, MissingPart, PlotError, UseError
from beffroi.kernels.geodesy import Plane
from beffroi.links.replay import observations as decoded
from beffroi.observation import Observation, digest
from beffroi.site import Site, Source
from beffroi.subject import subject
from beffroi.tracks.plots import Plots, period
from beffroi.trial import rows
from beffroi.trial.truth import CLASSES, text_of

TRIED = 50
"""Observations of a file that are read to find its format."""
HEAD_BYTES = 65_536


class Met(msgspec.Struct, kw_only=True):
    """What reading the logs met."""

    site: Site
    observations: list[Observation] = []
    """In the order in which they came."""
    first_s: float = float("inf")
    last_s: float = float("-inf")
    """Of all plots and claims, also those that are not kept."""
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """By reason."""
    unplaced: list[str] = []
    """Sensors whose own place is not known, so that their reports have none."""
    missing: int = 0
    """Observations that a purge or damage took from a log."""


def read(logs: Sequence[str], site: Site, from_s: float, to_s: float, sigma_m: float) -> Met:
    """All observations that came from `from_s` to `to_s`, and the site with every source in them.

    `sigma_m` is the accuracy of places of sources that neither say theirs nor stand in the site.
    Raises UseError, LinkError, StoreError, PlotError.
    """
    met = Met(site=site)
    tables, captures = [], []
    for log in logs:
        name, path = _named(log)
        if path.is_dir():
            met.observations += _kept(_replayed([str(path)], site, met), met, from_s, to_s)
        elif _is_table(path):
            tables.append((name, path))
        else:
            captures.append((name, path))
    for name, path in tables:
        met.observations += _kept(_table(name, path, met, sigma_m), met, from_s, to_s)
    if captures:
        if site.source:
            files = [f"{name}={path}" if name else str(path) for name, path in captures]
        else:
            files = [_as_source(name, path, met, sigma_m) for name, path in captures]
        its = site if site.source else met.site
        met.observations += _kept(_replayed(files, its, met), met, from_s, to_s)
    met.observations.sort(key=lambda o: o.received_at_s)
    for source in sorted({o.source for o in met.observations}):
        _add_source(met, Source(id=source, format="", link="", horizontal_sigma_m=sigma_m))
    return met


def _named(log: str) -> tuple[str, Path]:
    """`NAME=FILE`, or a file or directory without a name."""
    name, equals, file = log.partition("=")
    if not equals or Path(log).exists():
        name, file = "", log
    path = Path(file)
    if not path.exists():
        raise LinkError(file, "is not there")
    return name, path


def _kept(observations: Iterable[Observation], met: Met, from_s: float, to_s: float) -> Iterator[Observation]:
    for o in observations:
        if o.kind in ("plot", "claim"):
            met.first_s, met.last_s = min(met.first_s, o.time_s), max(met.last_s, o.time_s)
        if from_s <= o.received_at_s <= to_s or (o.kind == "health" and o.received_at_s <= to_s):
            yield o


def _replayed(files: list[str], site: Site, met: Met) -> Iterator[Observation]:
    report = replay.Report()
    for batch in replay.batches(files, site, report):
        yield from batch.observations
    met.refused.update({reason: n for (_, reason), n in report.refused.items()})
    met.missing += report.missing.total()


def _add_source(met: Met, source: Source) -> None:
    """Make it known, unless the site has a source of that id."""
    if source.id not in {known.id for known in met.site.source}:
        met.site = msgspec.structs.replace(met.site, source=(*met.site.source, source))


# Captures


def _as_source(name: str, path: Path, met: Met, sigma_m: float) -> str:
    """A capture, without a site: a source of its own; the argument of a replay that says so."""
    format = name or _format(path)
    if format not in feeds.names():
        raise UseError(f"{name}={path}: no format {name!r}; there are: {' '.join(feeds.names())}")
    ids = {s.id for s in met.site.source}
    stems = [path.stem, path.name, *(f"{path.name}-{n}" for n in range(2, len(ids) + 3))]
    source = next(stem for stem in stems if stem not in ids)
    _add_source(met, Source(id=source, format=format, link="", horizontal_sigma_m=sigma_m))
    return f"{source}={path}"


def _format(path: Path) -> str:
    """The format that reads the beginning of a file best. Raises UseError if none does, or several."""
    marks = {name: _mark(path, name) for name in feeds.names()}
    best = max(marks.values())
    fits = [name for name, mark in marks.items() if mark == best > 0]
    if not fits:
        raise UseError(f"{path}: no format reads it; a table needs the columns time_s, lat_deg and lon_deg")
    if len(fits) > 1:
        raise UseError(f"{path}: could be of several formats; say {' or '.join(f'{f}={path}' for f in fits)}")
    return fits[0]


def _mark(path: Path, format: str) -> int:
    """Observations less errors at the beginning of a file."""
    try:
        head = list(islice(decoded(path, format, time.time()), TRIED))
    except MissingPart:
        return 0
    good = sum(isinstance(o, Observation) for o in head)
    return 2 * good - len(head)


# Tables of plots


def _is_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as bad:
        raise LinkError(str(path), bad.strerror or str(bad)) from bad
    return rows.is_table(head.decode("utf-8-sig", "replace"))


def _table(name: str, path: Path, met: Met, sigma_m: float) -> list[Observation]:
    """Plots of a table. Its sensor is the column `sensor`, else the name that is given, else the file's."""
    usual = name or path.stem
    made: dict[str, list[Observation]] = {}
    for row in rows.rows(text_of(path), str(path)):
        if row.words["class"] is not None and row.words["class"] not in CLASSES:
            place = f"{path}, line {row.line}"
            raise PlotError(place, f"class {row.words['class']!r} is none of {' '.join(CLASSES)}")
        sensor = row.words["sensor"] or usual
        made.setdefault(sensor, []).append(_plot(row, sensor))
    for sensor, plots in made.items():
        _add_source(met, _sensor(sensor, plots, sigma_m))
    return [plot for plots in made.values() for plot in plots]


def _plot(row: rows.Row, sensor: str) -> Observation:
    received_s, track = row.numbers.get("received_at_s"), row.words["track"]
    return Observation(
        source=sensor,
        kind="plot",
        time_s=row.time_s,
        received_at_s=row.time_s if received_s is None else received_s,
        frame=digest(f"{sensor} {row.line} {row.time_s!r} {row.lat_deg!r} {row.lon_deg!r}".encode()),
        subject=subject("sensor", f"{sensor}/{track}") if track else None,
        sensor_track=track,
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        horizontal_sigma_m=row.numbers.get("sigma_m"),
        alt_msl_m=row.numbers.get("alt_msl_m"),
        alt_wgs84_m=row.numbers.get("alt_wgs84_m"),
        classes={row.words["class"]: 1.0} if row.words["class"] else None,  # type: ignore[dict-item]
    )


def _sensor(name: str, plots: list[Observation], sigma_m: float) -> Source:
    """A sensor of which nothing but its plots is known: as `beffroi track` takes it, it sees all around."""
    lat, lon = (np.array([getattr(o, k) for o in plots]) for k in ("lat_deg", "lon_deg"))
    time_s = np.array([o.time_s for o in plots])
    order = np.argsort(time_s, kind="stable")
    x, y = Plane.at(float(lat[0]), float(lon[0])).forward(lat[order], lon[order])
    every_s = period(Plots(time_s=time_s[order], x_m=x, y_m=y))
    return Source(id=name, format="", link="", sees_all=True, period_s=every_s, horizontal_sigma_m=sigma_m)
