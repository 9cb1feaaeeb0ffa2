"""Judge: sets what the sensors reported and what was made of it against truth.

Three kinds of lines are scored: each sensor alone through the watch, the tracks that a sensor gives itself,
and all sensors together.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

from beffroi.errors import InputError, UseError
from beffroi.kernels.geodesy import Plane
from beffroi.site import Place, Site
from beffroi.track import B, F
from beffroi.trial import clocks, course, figures, logs, report, runs, truth
from beffroi.trial.course import Course
from beffroi.trial.figures import Followed, Seen
from beffroi.trial.logs import Met
from beffroi.trial.report import Detected, Report, Tracked
from beffroi.trial.runs import STEP_S, Reports, Run, Tracks
from beffroi.trial.truth import Target

WARM_S = 120.0
"""The watch takes what came so long before the trial, as it would have been running."""
AFTER_S = 60.0
"""What came so late still belongs to the trial."""
LONGEST_S = 48 * 3600.0
ALL_TOGETHER = "All together"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial is judged."""

    gate_m: float = 100.0
    """What is this near to a target is on it."""
    range_m: float | None = None
    """How far every sensor is asked to see. Absent: as far as the site says, else everywhere."""
    sigma_m: float = 10.0
    """Noise an axis of sensors whose noise neither they nor the site state."""
    shift_s: float = 0.0
    """Added to the times of truth."""
    geoid_m: float | None = None
    """Height of mean sea level above the ellipsoid; the site's own if it states it."""
    from_s: float | None = None
    """Begin of the trial. Absent: the first fix of truth."""
    to_s: float | None = None


class Line(msgspec.Struct, kw_only=True):
    """One line of tracks, with all that a drawing of it needs."""

    name: str
    sensors: list[str]
    own: bool
    tracks: Tracks
    found: Followed
    inside: B
    """(targets, steps)"""


class Trial(msgspec.Struct, kw_only=True):
    """A trial that was judged: its report, and what it was made from."""

    report: Report
    course: Course
    reports: dict[str, Reports]
    seen: dict[str, Seen]
    places: dict[str, tuple[float, float]]
    """Of the sensors, in the plane; NaN = not known."""
    inside: dict[str, B]
    """(targets, steps): the volume of each sensor."""
    labels: dict[str, str]
    lines: list[Line]


def trial(
    logs: Sequence[str], truth_files: Sequence[Path], site: Site | None = None, terms: Terms | None = None
) -> Trial:
    """Judge a trial. `logs` are directories and files (see `beffroi.trial.logs`). Raises as
    `beffroi.trial.run`."""
    terms = terms or Terms()
    targets = [_shifted(t, terms.shift_s) for t in truth.read(truth_files)]
    at_s = _steps(targets, terms)
    site = site or _nowhere(targets[0])
    if site.site.geoid_m is None:
        place = msgspec.structs.replace(site.site, geoid_m=terms.geoid_m)
        site = msgspec.structs.replace(site, site=place)
    met = _read(logs, site, at_s, terms)
    stated = {s.id: s.period_s for s in site.source}
    plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
    of = course.course(targets, plane, at_s, site.site.geoid_m)
    return _judged(met, of, terms, stated, [str(f) for f in truth_files], list(logs))


def _shifted(target: Target, shift_s: float) -> Target:
    return msgspec.structs.replace(target, time_s=target.time_s + shift_s)


def _steps(targets: list[Target], terms: Terms) -> F:
    """The whole seconds of the trial."""
    begin_s = min(t.time_s[0] for t in targets) if terms.from_s is None else terms.from_s
    end_s = max(t.time_s[-1] for t in targets) if terms.to_s is None else terms.to_s
    if end_s - begin_s > LONGEST_S:
        raise UseError(f"the trial lasts {(end_s - begin_s) / 3600:.0f} h; say the part of it that counts")
    at_s = np.arange(np.ceil(begin_s / STEP_S), np.floor(end_s / STEP_S) + 1) * STEP_S
    if not len(at_s):
        raise UseError("the trial ends before it begins")
    return at_s


def _nowhere(target: Target) -> Site:
    """The site of a trial that has none: where the first target was first."""
    return Site(site=Place(name="trial", lat_deg=float(target.lat_deg[0]), lon_deg=float(target.lon_deg[0])))


def _read(files: Sequence[str], site: Site, at_s: F, terms: Terms) -> Met:
    begin_s, end_s = float(at_s[0]), float(at_s[-1])
    met = logs.read(files, site, begin_s - WARM_S, end_s + AFTER_S, terms.sigma_m)
    if not runs.sensors([o for o in met.observations if begin_s <= o.time_s <= end_s], met.site):
        there = "they hold no plot and no claim"
        if np.isfinite(met.first_s):
            there = f"they run from {report.span(met.first_s, met.last_s)}"
        raise InputError("logs", f"{there}; the trial runs from {report.span(begin_s, end_s)}")
    return met


def _judged(
    met: Met,
    of: Course,
    terms: Terms,
    stated: dict[str, float | None],
    truth_files: list[str],
    log_names: list[str],
) -> Trial:
    keys = runs.sensors(met.observations, met.site)
    alone = {key: runs.run(met.observations, met.site, of.at_s, key) for key in keys}
    together = runs.run(met.observations, met.site, of.at_s) if len(keys) > 1 else None
    reports = {key: one.reports for key, one in alone.items() if one.reports is not None}
    of.others = course.flew(of, reports.values(), terms.gate_m)
    seen = {key: figures.seen(r, of, terms.gate_m) for key, r in reports.items()}
    inside = {key: _volume(key, one, of, met.site, terms) for key, one in alone.items()}
    labels = _labels(keys)
    lines = _lines(alone, together, reports, of, inside, labels, terms.gate_m)
    made = Report(
        made_by=f"beffroi {version('beffroi')}",
        logs=log_names,
        truth=truth_files,
        site=None,
        from_s=float(of.at_s[0]),
        to_s=float(of.at_s[-1]),
        targets={t.name: t.kind for t in of.targets},
        gate_m=terms.gate_m,
        range_m=terms.range_m,
        sigma_m=terms.sigma_m,
        shift_s=terms.shift_s,
        step_s=STEP_S,
        detection=[
            _detected(key, labels[key], reports[key], seen[key], of, inside[key], stated) for key in reports
        ],
        tracking=[_tracked(line, of) for line in lines],
        notes=[],
    )
    late = {key: one.late for key, one in alone.items()}
    made.notes = clocks.notes(made, met, of, reports, seen, late)
    places = {key: one.places.get(key, (np.nan, np.nan)) for key, one in alone.items()}
    return Trial(
        report=made,
        course=of,
        reports=reports,
        seen=seen,
        places=places,
        inside=inside,
        labels=labels,
        lines=lines,
    )


def _labels(keys: Sequence[str]) -> dict[str, str]:
    """What people call the sensors: of a node's long id the beginning, if that tells them apart."""
    short = [key if len(key.partition("/")[2]) <= 12 else key[: key.index("/") + 9] for key in keys]
    return dict(zip(keys, short if len(set(short)) == len(keys) else keys, strict=True))


def _volume(key: str, one: Run, of: Course, site: Site, terms: Terms) -> B:
    source = next((s for s in site.source if s.id == key.partition("/")[0]), None)
    range_m = terms.range_m or (source.range_m if source else None)
    return course.volume(of, one.places.get(key, (np.nan, np.nan)), range_m)


def _lines(
    alone: dict[str, Run],
    together: Run | None,
    reports: dict[str, Reports],
    of: Course,
    inside: dict[str, B],
    labels: dict[str, str],
    gate_m: float,
) -> list[Line]:
    """All together first, then each sensor: what the watch makes of it, and its own tracks.

    A sensor that gives bearings alone has no line: nobody can track on them.
    """
    found: list[tuple[str, list[str], bool, Tracks, B]] = []
    if together is not None:
        anywhere = np.any(list(inside.values()), axis=0)
        found.append((ALL_TOGETHER, list(alone), False, together.tracks, anywhere))
    for key, one in alone.items():
        if key not in reports or reports[key].bearing.all():
            continue
        found.append((labels[key], [key], False, one.tracks, inside[key]))
        own = runs.own_tracks(reports[key], of.at_s)
        if own is not None:
            found.append((f"{labels[key]}, own tracks", [key], True, own, inside[key]))
    return [
        Line(
            name=name, sensors=sensors, own=is_own, tracks=tracks, inside=volume,
            found=figures.followed(tracks, of, gate_m),
        )
        for name, sensors, is_own, tracks, volume in found
    ]  # fmt: skip


def _detected(
    key: str, label: str, reports: Reports, seen: Seen, of: Course, inside: B, stated: dict[str, float | None]
) -> Detected:
    passes = of.passes(inside)
    period_s = stated.get(key.partition("/")[0])
    every = range(len(of.targets))
    return Detected(
        sensor=key,
        label=label,
        all=figures.detection(reports, seen, of, passes, every, period_s),
        targets={
            of.targets[t].name: figures.detection(reports, seen, of, passes, [t], period_s) for t in every
        },
    )


def _tracked(line: Line, of: Course) -> Tracked:
    passes = of.passes(line.inside)
    every, sensors = range(len(of.targets)), len(line.sensors)
    return Tracked(
        line=line.name,
        sensors=line.sensors,
        own=line.own,
        all=figures.tracking(line.tracks, line.found, of, passes, every, sensors),
        targets={
            of.targets[t].name: figures.tracking(line.tracks, line.found, of, passes, [t], sensors)
            for t in every
        },
    )
