"""Judge: sets what the sensors reported and what was made of it against truth.

Three kinds of lines are scored: each sensor alone through the watch, the tracks that a sensor gives itself,
and all sensors together.
"""

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

from beffroi.errors import InputError, UseError
from beffroi.kernels.geodesy import Plane
from beffroi.site import Place, Site, Source
from beffroi.track import F
from beffroi.trial import course, figures, logs, notes, report, runs, truth
from beffroi.trial.course import Course
from beffroi.trial.figures import Detection, Tracking
from beffroi.trial.logs import Met
from beffroi.trial.outcome import Line, Sensor, Trial
from beffroi.trial.report import Detected, Report, Tracked
from beffroi.trial.runs import STEP_S, Tracks
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
    plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
    of = course.course(targets, plane, at_s, site.site.geoid_m)
    sensors = _sensors(met, site, of, terms)
    lines = _lines(met, sensors, of, terms.gate_m)
    made = Report(
        made_by=f"beffroi {version('beffroi')}",
        logs=list(logs),
        truth=[str(file) for file in truth_files],
        from_s=float(at_s[0]),
        to_s=float(at_s[-1]),
        targets={t.name: t.kind for t in targets},
        gate_m=terms.gate_m,
        range_m=terms.range_m,
        sigma_m=terms.sigma_m,
        shift_s=terms.shift_s,
        step_s=STEP_S,
        detection=[_detected(sensor, of) for sensor in sensors],
        tracking=[_tracked(line, of) for line in lines],
        notes=[],
    )
    judged = Trial(report=made, course=of, sensors=sensors, lines=lines)
    made.notes = notes.notes(judged, met)
    return judged


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


def _sensors(met: Met, site: Site, of: Course, terms: Terms) -> list[Sensor]:
    """Each sensor alone. One whose reports cannot be placed is none: a note says so."""
    keys = runs.sensors(met.observations, met.site)
    labels = _labels(keys)
    configured = {s.id for s in site.source}
    alone = {key: runs.run(met.observations, met.site, of.at_s, key) for key in keys}
    of.others = course.flew(of, [one.reports for one in alone.values() if one.reports], terms.gate_m)
    made = []
    for key, one in alone.items():
        source, place = _source(key, met.site), one.places.get(key, (np.nan, np.nan))
        if one.reports is None:
            met.unplaced.append(labels[key])
            continue
        made.append(
            Sensor(
                key=key,
                label=labels[key],
                period_s=source.period_s if source.id in configured else None,
                place=place,
                reports=one.reports,
                seen=figures.seen(one.reports, of, terms.gate_m),
                tracks=one.tracks,
                inside=course.volume(of, place, terms.range_m or source.range_m),
                late=one.late,
            )
        )
    return made


def _source(key: str, site: Site) -> Source:
    """The source that a sensor's reports come through."""
    fits = [s for s in site.source if key == s.id or key.startswith(f"{s.id}/")]
    return max(fits, key=lambda s: len(s.id))


def _labels(keys: Sequence[str]) -> dict[str, str]:
    """What people call the sensors: of a node's long id the beginning, if that tells them apart."""
    short = [re.sub(r"(/[0-9a-fA-F]{8})-[0-9a-fA-F-]{27}$", r"\1", key) for key in keys]
    return dict(zip(keys, short if len(set(short)) == len(keys) else keys, strict=True))


def _lines(met: Met, sensors: list[Sensor], of: Course, gate_m: float) -> list[Line]:
    """All together first, then each sensor: what the watch makes of it, and its own tracks.

    A sensor that gives bearings alone has no line: nobody can track on them.
    """
    found: list[tuple[str, list[Sensor], bool, Tracks]] = []
    if len(sensors) > 1:
        found.append((ALL_TOGETHER, sensors, False, runs.run(met.observations, met.site, of.at_s).tracks))
    for sensor in sensors:
        if sensor.reports.bearing.all():
            continue
        found.append((sensor.label, [sensor], False, sensor.tracks))
        own = runs.own_tracks(sensor.reports, of.at_s)
        if own is not None:
            found.append((f"{sensor.label}, own tracks", [sensor], True, own))
    return [
        Line(
            name=name,
            sensors=some,
            own=is_own,
            tracks=tracks,
            found=figures.followed(tracks, of, gate_m),
            inside=np.any([sensor.inside for sensor in some], axis=0),
        )
        for name, some, is_own, tracks in found
    ]


def _detected(sensor: Sensor, of: Course) -> Detected:
    passes, every = of.passes(sensor.inside), range(len(of.targets))

    def over(targets: Sequence[int]) -> Detection:
        return figures.detection(sensor.reports, sensor.seen, of, passes, targets, sensor.period_s)

    each = {of.targets[t].name: over([t]) for t in every}
    return Detected(sensor=sensor.key, label=sensor.label, all=over(every), targets=each)


def _tracked(line: Line, of: Course) -> Tracked:
    passes, every = of.passes(line.inside), range(len(of.targets))

    def over(targets: Sequence[int]) -> Tracking:
        return figures.tracking(line.tracks, line.found, of, passes, targets, len(line.sensors))

    each = {of.targets[t].name: over([t]) for t in every}
    keys = [sensor.key for sensor in line.sensors]
    return Tracked(line=line.name, sensors=keys, own=line.own, all=over(every), targets=each)
