"""Replay: what was recorded goes through the watch again, as fast as it goes.

Our own log gives its very ticks. Foreign captures take their times from their own stamps: several files
merge by time, ties by the order of the arguments, and are cut into ticks of 250 ms of that time. A file
belongs to a source of the site: the one that is said (`SOURCE=FILE`), else the one whose link names the file,
else the one whose format reads it.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from shutil import rmtree

import msgspec

from beffroi import feeds
from beffroi.errors import InputError, UseError, WireError
from beffroi.links import decoded, decoder
from beffroi.links.clock import TICK_S
from beffroi.links.replay import Frame, open_capture
from beffroi.observation import Observation
from beffroi.site import Site, Source
from beffroi.store import lock
from beffroi.store.history import HOUR_MS, History
from beffroi.store.reading import Batch, read
from beffroi.store.results import Results
from beffroi.watch import Step, Watch
from beffroi.window import WINDOW_S
from beffroi.zone import Zone

TRIED = 200
"""Frames of a file that are read to find its source."""
HALF_DAY_S = 43_200.0
AHEAD_S = 3600.0
"""A stamp without a date may be ahead of its arrival by this (see `beffroi.wire.stamp`)."""


class Report(msgspec.Struct, kw_only=True):
    """What a replay met."""

    ticks: int = 0
    observations: Counter[str] = msgspec.field(default_factory=Counter)
    """By source."""
    refused: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """Parts that could not be read, by source and reason."""
    missing: Counter[str] = msgspec.field(default_factory=Counter)
    """Observations that a purge or damage took from a log, by class."""


def replay(
    files: Sequence[str | Path], site: Site, zones: Sequence[Zone] = (), report: Report | None = None
) -> Iterator[Step]:
    """The steps of a watch over recordings: one directory of our own log, or captures.

    `report` counts what was met. Raises UseError where a file fits no source or several, StoreError where a
    log is damaged, LinkError where a file cannot be opened.
    """
    watch = Watch(site, zones)
    for batch in batches(files, site, report):
        yield watch.step(batch.observations, batch.tick_end_s)


def replay_into(
    directory: Path, files: Sequence[str | Path], site: Site, zones: Sequence[Zone] = ()
) -> Report:
    """Replay into `tracks.jsonl` and `signs.jsonl` of a directory. Raises as `replay`, and StoreError."""
    report = Report()
    with Results(directory) as results:
        for step in replay(files, site, zones, report):
            results.add(step.picture, step.signs)
    return report


def batches(files: Sequence[str | Path], site: Site, report: Report | None = None) -> Iterator[Batch]:
    """The ticks of recordings. Raises as `replay`."""
    report = report or Report()
    logs = [log for file in files if (log := _log(Path(file)))]
    if logs and len(files) > 1:
        raise UseError("a log is replayed alone: give one directory, or captures")
    for batch in read(logs[0]) if logs else _ticks(_merged(files, site, report)):
        report.ticks += 1
        report.observations.update(o.source for o in batch.observations)
        for refused in batch.refused:
            report.refused[refused.source, refused.reason] += refused.count
        report.missing.update(batch.missing)
        yield batch


def rebuild_history(directory: Path, site: Site, zones: Sequence[Zone] = ()) -> None:
    """Make the history of a store again from its log. What the log has no more, the history has no more.

    Raises StoreError, also while a watch writes the store.
    """
    with lock.held(directory):
        fresh = directory / "history.rebuilt"
        rmtree(fresh, ignore_errors=True)
        history, hour = History(fresh), -1
        for step in replay([directory], site, zones):
            if (now := int(step.picture.now_s * 1000) // HOUR_MS) != hour:
                history.write(history.take())
                hour = now
            history.add(step.picture)
        history.write(history.take())
        history.close()
        rmtree(directory / "history", ignore_errors=True)
        fresh.rename(directory / "history")


def _log(path: Path) -> Path | None:
    """The log in a directory: of a store, or the log's own."""
    if not path.is_dir():
        return None
    return path / "log" if (path / "log").is_dir() else path


def _ticks(observations: Iterator[Observation]) -> Iterator[Batch]:
    """Observations in order of reception, cut into ticks. A silence that outlasts the window is jumped."""
    taken: list[Observation] = []
    place, end_s, last_s = 0, math.nan, math.nan
    for o in observations:
        due_s = math.ceil(o.received_at_s / TICK_S) * TICK_S
        while end_s < due_s:
            place += 1
            yield Batch(place=place, tick_end_s=end_s, observations=taken)
            taken = []
            end_s = due_s if end_s - last_s > WINDOW_S else end_s + TICK_S
        end_s = due_s if math.isnan(end_s) else end_s
        last_s = o.received_at_s
        taken.append(o)
    if taken:
        yield Batch(place=place + 1, tick_end_s=end_s, observations=taken)


# Foreign captures


class _Capture(msgspec.Struct, kw_only=True):
    """A file and the source that it is taken for."""

    path: Path
    source: Source
    first_s: float | None
    """The first time in it, if its stamps have dates."""


def _merged(files: Sequence[str | Path], site: Site, report: Report) -> Iterator[Observation]:
    captures = [_capture(str(file), site) for file in files]
    dated = [c.first_s for c in captures if c.first_s is not None]
    read = [_observations(c, _latest_s(c, dated), report) for c in captures]
    return heapq.merge(*read, key=lambda o: o.received_at_s)


def _latest_s(capture: _Capture, dated: list[float]) -> float:
    """A day for stamps without one: the dated captures beside it, else when the file was written."""
    return min(dated) + HALF_DAY_S - AHEAD_S if dated else capture.path.stat().st_mtime


def _observations(capture: _Capture, received_at_s: float, report: Report) -> Iterator[Observation]:
    """The observations of a file by the time they came; where it does not say, by when they were true."""
    decode, name = decoder(capture.source), capture.source.id
    unstamped: list[Observation] = []
    for item in _frames(capture.path, capture.source):
        if isinstance(item, WireError):
            report.refused[name, item.reason] += 1
            continue
        time_s, frame = item
        for got in decoded(decode, frame, received_at_s if time_s is None else time_s, name):
            if isinstance(got, InputError):
                report.refused[name, got.reason] += 1
            elif time_s is None:
                unstamped.append(msgspec.structs.replace(got, received_at_s=got.time_s))
            else:
                yield got
    yield from sorted(unstamped, key=lambda o: o.received_at_s)


def _frames(path: Path, source: Source) -> Iterator[Frame | WireError]:
    return open_capture(path, feeds.feed(source.format).FRAMING)


def _capture(file: str, site: Site) -> _Capture:
    """The source that a file belongs to."""
    path, sources = Path(file), [s for s in site.source if s.enabled]
    if said := [s for s in sources if file.startswith(f"{s.id}=")]:
        sources, path = said, Path(file.removeprefix(f"{said[0].id}="))
    elif named := [s for s in sources if s.link.startswith("file:") and _name(s.link) == path.name]:
        sources = named
    read = [(s, *_try(path, s)) for s in sources]
    best = max((well for _, well, _ in read if well > (0, 0)), default=None)
    fits = [(s, first_s) for s, well, first_s in read if well == best or len(read) == 1]
    if len(fits) != 1:
        which = " or ".join(f"{s.id}={file}" for s, _ in fits)
        reason = f"could be of several sources; say {which}" if fits else "no source of the site reads it"
        raise UseError(f"{file}: {reason}")
    return _Capture(path=path, source=fits[0][0], first_s=fits[0][1])


def _name(link: str) -> str:
    return Path(link.removeprefix("file:").partition("?")[0]).name


def _try(path: Path, source: Source) -> tuple[tuple[int, int], float | None]:
    """How well a source's format reads the beginning of a file: many observations, then few errors; and the
    first time, if stamps have dates (then they do not depend on when they were received)."""
    tries = []
    for received_at_s in (1.7e9, 1.6e9):
        decode, got = feeds.decoder(source.format), list[Observation | InputError]()
        for item in islice(_frames(path, source), TRIED):
            if isinstance(item, WireError):
                got.append(item)
            else:
                time_s, frame = item
                got += decoded(decode, frame, received_at_s if time_s is None else time_s, "")
        tries.append(got)
    times = [[o.time_s for o in got if isinstance(o, Observation)] for got in tries]
    return (len(times[0]), len(times[0]) - len(tries[0])), min(times[0]) if times[0] and times[0] == times[
        1
    ] else None
