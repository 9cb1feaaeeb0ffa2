"""Drawings of a trial, as SVG that stands in the page: a map, errors over time, who saw what when.

Colours and fonts come from the classes of the page. What is drawn:
- truth is a broad pale line; where it has a track, the track lies dark on it; where it has none it is dashed;
- false tracks are crosses; reports are dots;
- nothing is told by colour alone.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape

import numpy as np

from beffroi.track import B, F, I
from beffroi.trial.figures import FALSE, TARGET
from beffroi.trial.outcome import Line, Trial
from beffroi.trial.runs import STEP_S

MAP_WIDE, MAP_LOW, MAP_HIGH = 520.0, 220.0, 480.0
CHART = (520.0, 150.0)
LEFT, BOTTOM, TOP, RIGHT = 44.0, 22.0, 20.0, 8.0
ROW = 22.0
NAMES = 210.0
WIDE = 1060.0
MARKS = 1500
"""Drawn of one kind on a map, at most."""
TICKS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200)


def clean(text: str, longest: int = 60) -> str:
    """Outside text for a page: escaped, control characters visible, not too long."""
    shown = "".join(c if c.isprintable() else "·" for c in text)
    return escape(shown if len(shown) <= longest else shown[: longest - 1] + "…")


def _svg(width: float, height: float, label: str, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{clean(label, 200)}">{body}</svg>'
    )


def _path(x: F, y: F, name: str) -> str:
    """A line through points; it breaks where a point is NaN."""
    parts, pen = [], "M"
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if px != px or py != py:
            pen = "M"
        else:
            parts.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
    return f'<path class="{name}" d="{"".join(parts)}"/>' if parts else ""


def _text(x: float, y: float, words: str, name: str = "", anchor: str = "start") -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _runs(mask: B) -> Iterator[tuple[int, int]]:
    """(begin, end) of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


# The map


class _Map:
    """Places in metres → places on paper; one scale on both axes."""

    def __init__(self, made: Trial) -> None:
        x, y = made.course.x_m, made.course.y_m
        self._middle = [(float(np.nanmin(v)) + float(np.nanmax(v))) / 2 for v in (x, y)]
        spans = [float(np.nanmax(v)) - float(np.nanmin(v)) + 2 * made.report.gate_m for v in (x, y)]
        self.height = float(np.clip(MAP_WIDE * spans[1] / spans[0], MAP_LOW, MAP_HIGH))
        self.pixels_a_m = 0.9 * min(MAP_WIDE / spans[0], self.height / spans[1])

    def at(self, x_m: F, y_m: F) -> tuple[F, F]:
        """Where on paper."""
        return (
            MAP_WIDE / 2 + (x_m - self._middle[0]) * self.pixels_a_m,
            self.height / 2 - (y_m - self._middle[1]) * self.pixels_a_m,
        )


def plan(made: Trial, line: Line, number: int) -> str:
    """The map of one line: truth, its tracks, the reports behind them, its sensors."""
    on, course = _Map(made), made.course
    parts = [*_dots(line, on), _false_tracks(line, on)]
    for target in range(len(course.targets)):
        x, y = on.at(course.x_m[target], course.y_m[target])
        tracked = line.found.held.id[target] >= 0
        parts.append(_path(x, y, "truth"))
        parts.append(_path(_only(x, ~tracked), _only(y, ~tracked), "missed"))
    parts += _held_tracks(line, on)
    parts += _starts(made, on)
    parts += _sensors(line, on)
    ground = f'<rect {{}}width="{MAP_WIDE:g}" height="{on.height:g}" rx="6"/>'
    clip = f'<clipPath id="m{number}">{ground.format("")}</clipPath>'
    frame = ground.format('class="ground" ')
    body = f'{clip}{frame}<g clip-path="url(#m{number})">{"".join(parts)}</g>{_scale(on)}'
    return _svg(MAP_WIDE, on.height, f"Map: {line.name}", body)


def _starts(made: Trial, on: _Map) -> Iterator[str]:
    """The first fix of each target, with its name."""
    for target, fixes in zip(made.course.targets, made.course.fixes, strict=True):
        x, y = (float(v) for v in on.at(fixes[0, 0], fixes[1, 0]))
        yield f'<circle class="start" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        yield _label(x, y - 7, target.name)


def _label(x: float, y: float, name: str) -> str:
    """A name beside a mark, on the side where there is room."""
    right = x > MAP_WIDE / 2
    return _text(x - 8 if right else x + 8, y, clean(name, 24), "name", "end" if right else "start")


def _only(values: F, where: B) -> F:
    """With NaN elsewhere, but for the next point, so that lines meet."""
    kept = where.copy()
    kept[1:] |= where[:-1]
    kept[:-1] |= where[1:]
    return np.where(kept, values, np.nan)


def _held_tracks(line: Line, on: _Map) -> Iterator[str]:
    """The tracks of targets, each a line."""
    tracks = line.tracks
    x, y = on.at(tracks.x_m, tracks.y_m)
    its = np.flatnonzero(line.found.on == TARGET)
    for id in np.unique(tracks.id[its]).tolist():
        rows = its[tracks.id[its] == id]
        gap = np.diff(tracks.step[rows], prepend=tracks.step[rows[0]]) > 1
        at = np.insert(np.arange(len(rows)), np.flatnonzero(gap), -1)
        yield _path(np.where(at < 0, np.nan, x[rows][at]), np.where(at < 0, np.nan, y[rows][at]), "track")


def _false_tracks(line: Line, on: _Map) -> str:
    """Where false tracks were, a small cross for each second, or for some of them."""
    rows = np.flatnonzero(line.found.best == FALSE)
    x, y = on.at(line.tracks.x_m[rows], line.tracks.y_m[rows])
    return _marks(x, y, on, "false", "m-2 -2l4 4m0 -4l-4 4")


def _marks(x: F, y: F, on: _Map, name: str, shape: str) -> str:
    """A mark at each place that is on paper, or at some of them."""
    shown = np.flatnonzero((x >= 0) & (x <= MAP_WIDE) & (y >= 0) & (y <= on.height))
    shown = shown[:: len(shown) // MARKS + 1]
    marks = "".join(f"M{x[i]:.1f} {y[i]:.1f}{shape}" for i in shown)
    return f'<path class="{name}" d="{marks}"/>' if marks else ""


def _dots(line: Line, on: _Map) -> Iterator[str]:
    """The reports, a dot each, or some of them."""
    for sensor in line.sensors:
        placed = ~sensor.reports.bearing
        x, y = on.at(sensor.reports.x_m[placed], sensor.reports.y_m[placed])
        yield _marks(x, y, on, "dots", "h0")


def _sensors(line: Line, on: _Map) -> Iterator[str]:
    for sensor in line.sensors:
        x, y = (float(v) for v in on.at(np.array(sensor.place[0]), np.array(sensor.place[1])))
        if 0 <= x <= MAP_WIDE and 0 <= y <= on.height:
            yield f'<path class="sensor" d="M{x:.1f} {y - 5:.1f}l5 9h-10z"/>'
            yield _label(x, y + 4, sensor.label)


def _scale(on: _Map) -> str:
    """A bar of a round length."""
    wanted_m = 110.0 / on.pixels_a_m
    power = 10.0 ** np.floor(np.log10(wanted_m))
    length_m = max(f * power for f in (1, 2, 5) if f * power <= wanted_m)
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    x, y, wide = 14.0, on.height - 14.0, length_m * on.pixels_a_m
    bar = f'<path class="bar" d="M{x} {y - 5}v5h{wide:.1f}v-5"/>'
    return bar + _text(x + wide + 8, y, words, "axis")


# Errors over time


class _Time:
    """Steps of the trial → places along a line on paper."""

    def __init__(self, at_s: F, left: float, right: float) -> None:
        self.left, self.right = left, right
        self._begin_s, self._span_s = float(at_s[0]), max(float(at_s[-1] - at_s[0]), STEP_S)

    def x(self, at_s: F) -> F:
        """Where on paper."""
        return self.left + (at_s - self._begin_s) / self._span_s * (self.right - self.left)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """(place, words) of at most so many round times."""
        step_s = next((s for s in TICKS_S if self._span_s / s <= most), 86_400)
        first = np.ceil(self._begin_s / step_s) * step_s
        form = "%H:%M:%S" if step_s < 60 else "%H:%M"
        times = np.arange(first, self._begin_s + self._span_s + 1e-6, step_s)
        return [
            (float(self.x(np.array(t))), datetime.fromtimestamp(float(t), UTC).strftime(form)) for t in times
        ]


def errors(made: Trial, line: Line, target: int) -> str:
    """Distance of the track from truth, second by second; a grey ground where truth is in the volume."""
    course = made.course
    time = _Time(course.at_s, LEFT, CHART[0] - RIGHT)
    error_m = _error_m(line, course.x_m[target], course.y_m[target], target)
    top_m = _round_up(float(np.nanmax(error_m)) if np.isfinite(error_m).any() else made.report.gate_m)
    base, height = CHART[1] - BOTTOM, CHART[1] - BOTTOM - TOP
    parts = [_bands(line.inside[target] & course.known[target], course.at_s, time, TOP, height, "inside")]
    for value in (0.0, top_m / 2, top_m):
        y = base - value / top_m * height
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{CHART[0] - RIGHT:g}"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{value:g}", "axis", "end"))
    parts += [_text(x, CHART[1] - 6, words, "axis", "middle") for x, words in time.ticks(7)]
    parts.append(_path(time.x(course.at_s), base - error_m / top_m * height, "error"))
    name = clean(course.targets[target].name, 40)
    parts.append(_text(LEFT, 13, f"{name}: distance of its track from truth, m", "title"))
    return _svg(*CHART, f"Error over time: {line.name}, {course.targets[target].name}", "".join(parts))


def _error_m(line: Line, x_m: F, y_m: F, target: int) -> F:
    rows = line.found.held.row[target]
    some = np.flatnonzero(rows >= 0)
    error = np.full(len(rows), np.nan)
    error[some] = np.hypot(line.tracks.x_m[rows[some]] - x_m[some], line.tracks.y_m[rows[some]] - y_m[some])
    return error


def _round_up(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(next(f * power for f in (1, 2, 4, 6, 8, 10) if f * power >= value - 1e-9))


def _bands(mask: B, at_s: F, time: _Time, y: float, height: float, name: str) -> str:
    parts = []
    for begin, end in _runs(mask):
        left, right = time.x(at_s[begin]), time.x(at_s[end - 1] + STEP_S)
        wide = max(min(float(right), time.right) - float(left), 0.8)
        parts.append(
            f'<rect class="{name}" x="{left:.1f}" y="{y:g}" width="{wide:.1f}" height="{height:g}"/>'
        )
    return "".join(parts)


# Who saw what when


def timeline(made: Trial) -> str:
    """For each target: the reports of each sensor as ticks, the tracks of each line as bars."""
    course = made.course
    time = _Time(course.at_s, NAMES, WIDE - RIGHT)
    parts, y = [], 8.0
    for target in range(len(course.targets)):
        parts.append(_text(0, y + 13, clean(course.targets[target].name, 40), "title"))
        y += ROW
        for name, body in _lanes(made, target, time):
            parts.append(_text(12, y + 13, clean(name, 32), "lane"))
            parts.append(f'<g transform="translate(0 {y:g})">{body}</g>')
            y += ROW
        y += 8
    height = y + BOTTOM
    ticks = [
        f'<path class="grid" d="M{x:.1f} 8V{y:.1f}"/>' + _text(x, height - 6, words, "axis", "middle")
        for x, words in time.ticks(10)
    ]
    return _svg(WIDE, height, "Who saw what when", "".join(ticks) + "".join(parts))


def _lanes(made: Trial, target: int, time: _Time) -> Iterator[tuple[str, str]]:
    course = made.course
    for sensor in made.sensors:
        hit = np.flatnonzero((sensor.seen.on == TARGET) & (sensor.seen.target == target))
        places = time.x(sensor.reports.time_s[hit])
        steps = np.unique(np.round((places - time.left) * 2)) / 2 + time.left
        ground = _bands(sensor.inside[target] & course.known[target], course.at_s, time, 3, 14, "volume")
        ticks = "".join(f"M{x:.1f} 5v10" for x in steps if time.left <= x <= time.right)
        yield f"{sensor.label}: reports", ground + f'<path class="ticks" d="{ticks}"/>'
    for line in made.lines:
        ground = _bands(line.inside[target] & course.known[target], course.at_s, time, 3, 14, "volume")
        own = "" if line.own or len(line.sensors) > 1 else ": tracks"
        yield f"{line.name}{own}", ground + _held(line.found.held.id[target], course.at_s, time)


def _held(ids: I, at_s: F, time: _Time) -> str:
    """A bar for each stretch with one track; a notch where the next one takes over."""
    parts = [_bands(ids == id, at_s, time, 6, 8, "held") for id in np.unique(ids[ids >= 0]).tolist()]
    changes = np.flatnonzero((ids[1:] != ids[:-1]) & (ids[1:] >= 0) & (ids[:-1] >= 0)) + 1
    parts += [f'<path class="notch" d="M{time.x(at_s[at]):.1f} 2v16"/>' for at in changes]
    return "".join(parts)


def pictures(made: Trial) -> Sequence[tuple[str, str]]:
    """(name, map and charts) of each line."""
    return [
        (
            line.name,
            plan(made, line, number)
            + "<div>"
            + "".join(errors(made, line, t) for t in range(len(made.course.targets)))
            + "</div>",
        )
        for number, line in enumerate(made.lines)
    ]
