"""Runs: what the sensors of a trial saw, and what the watch makes of one sensor alone or of all together.

The watch's own intake and tracker do it, tick by tick as live; tracks are read once a second, predicted to
that second, as an operator would see them.
"""

from collections.abc import Iterator, Sequence
from typing import get_args

import msgspec
import numpy as np

from beffroi.airspace import Airspace
from beffroi.kernels.geodesy import Plane
from beffroi.kernels.score import NEVER, resample
from beffroi.links.clock import TICK_S
from beffroi.observation import Class, Observation
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.track import B, F, I
from beffroi.tracks.heights import Reference
from beffroi.tracks.intake import plots, sensor_key
from beffroi.tracks.sky import Sky

STEP_S = 1.0
"""Time between two looks at the tracks."""
CODES: tuple[str, ...] = get_args(Class)
"""What a code of a class stands for; -1 = nothing was said."""
OWN_REPORTS = 3
"""With fewer reports it is no track."""
OWN_GAP_S = (3.0, 30.0)
"""A sensor's own track is there between two of its reports up to three periods, within these limits."""


class Reports(msgspec.Struct, kw_only=True):
    """What one sensor reported with a place or a bearing, as columns by time; (n,) each."""

    time_s: F
    received_s: F
    x_m: F
    y_m: F
    """Of the sensor itself where `bearing`."""
    z_m: F
    """Above mean sea level; NaN = not known."""
    var_m2: F
    """Mean of the two horizontal variances, as the watch takes them."""
    bearing: B
    azimuth_rad: F
    azimuth_sigma_rad: F
    said: I
    """Index into `CODES`."""
    claim: B
    subject: I
    """Index into `subjects`; -1 = none."""
    own: I
    """Number of the sensor's own track, an index into `owns`; -1 = none."""
    subjects: list[str]
    owns: list[str]


class Tracks(msgspec.Struct, kw_only=True):
    """Tracks as rows by step; (n,) each."""

    step: I
    """Index into the steps of the trial."""
    id: I
    x_m: F
    y_m: F
    z_m: F
    kind: I
    """Index into `CODES`."""
    subject: I
    """Index into `subjects`; -1 = none."""
    subjects: list[str]


class Run(msgspec.Struct, kw_only=True):
    """One run of the watch."""

    tracks: Tracks
    reports: Reports | None
    """Of the one sensor; None if there are several, or it reported nothing that has a place."""
    places: dict[str, tuple[float, float]]
    """Of the sensors, at the end; NaN = not known."""
    late: int
    """Reports that came too late to move a track."""


def sensors(observations: Sequence[Observation], site: Site) -> list[str]:
    """The sensors that reported a place or a bearing."""
    configured = {s.id: s for s in site.source}
    found = (sensor_key(o, configured.get(o.source)) for o in observations if _placed(o))
    return sorted(set(found))


def _placed(o: Observation) -> bool:
    has_place = o.lat_deg is not None or o.azimuth_deg is not None or o.x_m is not None
    return o.kind in ("plot", "claim") and has_place


def run(observations: Sequence[Observation], site: Site, at_s: F, only: str | None = None) -> Run:
    """The watch over what came, in order of reception, with plots and claims of one sensor or of all.

    Its tracks are read at `at_s` (steps,), whole multiples of a tick.
    """
    configured = {s.id: s for s in site.source}
    keys = [sensor_key(o, configured.get(o.source)) for o in observations]
    mine = [
        o for o, key in zip(observations, keys, strict=True)
        if only in (None, key) or o.kind not in ("plot", "claim")
    ]  # fmt: skip
    sky, read = Sky(site), _Reader(site, only)
    plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
    airspace, pictures = Airspace((), plane, site), []
    step = 0
    for end_s, batch in _ticks(mine, at_s):
        sky.take(batch, end_s)
        read.take(batch, sky)
        if step < len(at_s) and end_s >= at_s[step]:
            pictures.append(_rows(step, sky.picture(end_s, airspace)))
            step += 1
    states = sky.state.sources
    return Run(
        tracks=_joined(pictures, list(sky.state.identities)),
        reports=read.columns(),
        places={key: (state.x_m, state.y_m) for key, state in states.items()},
        late=sum(state.late for state in states.values()),
    )


def _ticks(observations: Sequence[Observation], at_s: F) -> Iterator[tuple[float, list[Observation]]]:
    """Ends of ticks and what each took, until the last of `at_s`."""
    if not len(at_s):
        return
    begin = 0
    first_s = min(observations[0].received_at_s, float(at_s[0])) if observations else float(at_s[0])
    ticks = round((float(at_s[-1]) - np.floor(first_s / TICK_S) * TICK_S) / TICK_S)
    for number in range(1, ticks + 1):
        end_s = float(at_s[-1]) - (ticks - number) * TICK_S
        end = begin
        while end < len(observations) and observations[end].received_at_s <= end_s:
            end += 1
        yield end_s, list(observations[begin:end])
        begin = end


def _rows(step: int, picture: Picture) -> tuple[I, ...]:
    t = picture.tracks
    sure = np.flatnonzero(t.confirmed)
    kinds = t.kind
    code = np.array([CODES.index(kinds[i]) for i in sure], dtype=np.int64)
    code = np.where(code == CODES.index("unknown"), NEVER, code)
    steps = np.full(len(sure), step)
    return steps, t.id[sure], t.x_m[sure], t.y_m[sure], t.alt_m[sure], code, t.identity[sure]  # type: ignore[return-value]


def _joined(pictures: list[tuple[I, ...]], subjects: list[str]) -> Tracks:
    columns = list(zip(*pictures, strict=True)) or [()] * 7
    step, id, x, y, z, kind, who = (np.concatenate([np.zeros(0), *c]) for c in columns)
    whole = [c.astype(np.int64) for c in (step, id, kind, who)]
    return Tracks(
        step=whole[0], id=whole[1], x_m=x, y_m=y, z_m=z, kind=whole[2], subject=whole[3], subjects=subjects
    )


class _Reader:
    """Takes the reports of one sensor as columns, tick by tick, through the intake of the watch."""

    def __init__(self, site: Site, sensor: str | None) -> None:
        self._site, self._sensor = site, sensor
        self._configured = {s.id: s for s in site.source}
        self._plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self._rows: list[tuple[F | I | B, ...]] = []
        self._owns: dict[str, int] = {}
        self._subjects: dict[str, int] = {}

    def take(self, batch: Sequence[Observation], sky: Sky) -> None:
        """The reports of one tick, with what the sky knew of the sensor then."""
        rows = [at for at, o in enumerate(batch) if _placed(o)] if self._sensor else []
        if not rows or self._sensor is None:
            return
        qnh_hpa, sigma_hpa = sky.state.qnh.best(self._site)
        geoid_m = self._site.site.geoid_m
        reference = Reference(qnh_hpa=qnh_hpa, qnh_sigma_hpa=sigma_hpa, geoid_m=geoid_m)
        source, state = self._configured.get(batch[rows[0]].source), sky.state.sources[self._sensor]
        got = plots(rows, batch, source, state, self._plane, reference, sky.state.identities)
        scan, some = got.scan, [batch[int(r)] for r in got.row]
        nothing = np.full(len(some), np.nan)
        self._rows.append((
            scan.time_s, np.array([o.received_at_s for o in some]), scan.x_m, scan.y_m,
            nothing if scan.z_m is None else scan.z_m, (scan.var_x_m2 + scan.var_y_m2) / 2,
            np.zeros(len(some), np.bool_) if scan.bearing is None else scan.bearing,
            nothing if scan.azimuth_rad is None else scan.azimuth_rad,
            nothing if scan.azimuth_sigma_rad is None else scan.azimuth_sigma_rad,
            np.array([CODES.index(o.said_class) if o.said_class else NEVER for o in some], np.int64),
            np.array([o.kind == "claim" for o in some], np.bool_),
            _interned(self._subjects, [_said_subject(o) for o in some]),
            _interned(self._owns, [_own(o) for o in some]),
        ))  # fmt: skip

    def columns(self) -> Reports | None:
        """All that was read."""
        if not any(len(piece[0]) for piece in self._rows):
            return None
        names = [name for name in Reports.__struct_fields__ if name not in ("subjects", "owns")]
        joined = [np.concatenate(column) for column in zip(*self._rows, strict=True)]
        order = np.argsort(joined[0], kind="stable")
        columns = {name: column[order] for name, column in zip(names, joined, strict=True)}
        return Reports(**columns, subjects=list(self._subjects), owns=list(self._owns))


def _interned(known: dict[str, int], keys: list[str | None]) -> I:
    return np.array([NEVER if k is None else known.setdefault(k, len(known)) for k in keys], np.int64)


def _said_subject(o: Observation) -> str | None:
    """Who it says it is, or the sensor read it is: a claim's subject, or an alias that is a serial."""
    if o.kind == "claim":
        return o.subject
    return next((a for a in o.aliases if a.startswith(("uas:", "icao24:"))), None)


def _own(o: Observation) -> str | None:
    """The track that the sensor itself gives it."""
    return o.subject if o.kind == "claim" else o.sensor_track


def own_tracks(reports: Reports, at_s: F) -> Tracks | None:
    """The tracks that a sensor gives itself, at the steps; None if it gives none, or no place.

    Between two reports of a track its place is taken on the line between them.
    """
    placed = np.flatnonzero((reports.own >= 0) & ~reports.bearing)
    ids, count = np.unique(reports.own[placed], return_counts=True)
    ids = ids[count >= OWN_REPORTS]
    if not len(ids):
        return None
    gap_s = _gap_s(reports, placed)
    pieces = [_own_track(reports, placed[reports.own[placed] == one], at_s, gap_s) for one in ids.tolist()]
    columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    step, id, x, y, z, kind, who = (c[order] for c in columns)
    return Tracks(
        step=step.astype(np.int64), id=id.astype(np.int64), x_m=x, y_m=y, z_m=z, kind=kind.astype(np.int64),
        subject=who.astype(np.int64), subjects=reports.subjects,
    )  # fmt: skip


def _gap_s(reports: Reports, placed: I) -> float:
    """How far apart two reports of one track may be while it lives."""
    order = placed[np.argsort(reports.own[placed], kind="stable")]
    same = reports.own[order][1:] == reports.own[order][:-1]
    apart = np.diff(reports.time_s[order])[same]
    usual = float(np.median(apart)) if len(apart) else 0.0
    return float(np.clip(3.0 * usual, *OWN_GAP_S))


def _own_track(reports: Reports, rows: I, at_s: F, gap_s: float) -> tuple[F, ...]:
    """One own track at the steps where it is there."""
    time_s, first = np.unique(reports.time_s[rows], return_index=True)
    rows = rows[first]
    values = np.vstack([reports.x_m[rows], reports.y_m[rows], reports.z_m[rows]])
    x, y, z = resample(time_s, values, at_s, gap_s)
    there = np.flatnonzero(np.isfinite(x))
    latest = np.clip(np.searchsorted(time_s, at_s[there], side="right") - 1, 0, None)
    some = rows[latest]
    id = np.full(len(there), float(reports.own[rows[0]]))
    kind = np.where(reports.said[some] == CODES.index("unknown"), NEVER, reports.said[some])
    return (there.astype(np.float64), id, x[there], y[there], z[there],
            kind.astype(np.float64), reports.subject[some].astype(np.float64))  # fmt: skip
