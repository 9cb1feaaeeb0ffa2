"""Words: every figure of a trial, once: its name, what it means, where its definition is from.

The table, the page and the documentation take their figures from here. What CEN CWA 18150 judges is taken
from what the project behind it published: the abstracts of COURAGEOUS deliverables D4.2 (functional tests)
and D4.3 (integral test), and its log format. The text of the agreement itself was not at hand: no formula is
quoted from it, and each figure says whose its formula is.
"""

from collections.abc import Callable, Sequence

import msgspec

from beffroi.kernels.score import Spread
from beffroi.trial.figures import Detection, Tracking

NOTHING = "–"

DETECTING = "CWA 18150: quality of detection, false negatives. Formula: ours."
ALARMS = "CWA 18150: false positives, false detections. Formula: ours."
FOLLOWING = "CWA 18150: quality of the track. Formula: SIAP attributes (TR 2001-003)."
PLACING = "CWA 18150: quality of detection and track. Formula: usual."
FALSE_TRACKS = "CWA 18150: false tracks, clutter suppression. Formula: ours."
CLASSES = "CWA 18150: quality and reliability of identification, wrong classifications. Formula: ours."
MOT = "CWA 18150: quality of the track. Formula: CLEAR MOT (2008)."
OURS = "Ours."


class Figure(msgspec.Struct, frozen=True):
    """One figure."""

    name: str
    short: str
    """Heading of its column."""
    unit: str
    source: str
    show: Callable[..., str]
    """(Detection or Tracking) → text."""
    meaning: str

    @property
    def heading(self) -> str:
        """Of a column: name and unit."""
        return f"{self.short}, {self.unit}" if self.unit else self.short


def number(value: float | None, places: int = 1) -> str:
    """A number as people read it; a dash for nothing."""
    if value is None or value != value:
        return NOTHING
    value = round(value, places) + 0.0  # no negative zero
    return f"{value:,.{places}f}".replace(",", "\u202f").replace("-", "−")


def percent(value: float | None) -> str:
    """A share, without its sign: that stands in the heading."""
    return number(None if value is None else 100 * value)


def several(*parts: str) -> str:
    """Values that belong together; one dash for nothing at all."""
    return NOTHING if set(parts) == {NOTHING} else " / ".join(parts)


def spread(value: Spread | None, places: int = 1) -> str:
    """Median and 95 %."""
    return NOTHING if value is None else several(number(value.median, places), number(value.p95, places))


def times(values: Sequence[float | None]) -> str:
    """Median of the passes; how many never, if any."""
    got = sorted(v for v in values if v is not None)
    never = len(values) - len(got)
    if not got:
        return "never" if never else NOTHING
    middle = (got[(len(got) - 1) // 2] + got[len(got) // 2]) / 2
    return number(middle) + (f" ({never} of {len(values)} never)" if never else "")


def count(value: int | None) -> str:
    """A count."""
    return number(value, 0)


def _classes(of: Detection | Tracking) -> str:
    return several(*(percent(v) for v in (of.class_right, of.class_wrong, of.class_unknown)))


def _identities(of: Tracking) -> str:
    return several(*(percent(v) for v in (of.identity_right, of.identity_wrong, of.identity_none)))


def _lag(of: Detection) -> str:
    return NOTHING if of.lag_s is None else f"{number(of.lag_s, 2)} ± {number(of.lag_sigma_s, 2)}"


DETECTION: tuple[Figure, ...] = (
    Figure(
        "Time to detect",
        "Time to detect",
        "s",
        DETECTING,
        lambda d: times(d.time_to_detect_s),
        "From when the target enters the sensor's volume to the arrival of the first report on "
        "it. Median over the passes through the volume.",
    ),
    Figure(
        "Detection rate",
        "Rate",
        "%",
        DETECTING,
        lambda d: percent(d.rate),
        "Looks that found the target, out of those that were due while it was in the volume: its "
        "time there divided by the sensor's period.",
    ),
    Figure(
        "Period",
        "Period",
        "s",
        OURS,
        lambda d: number(d.period_s, 2),
        "Time between two looks: as the site says, else the usual time between two reports of one "
        "target. For a sensor that finds less than half of its looks the site must say it.",
    ),
    Figure(
        "Reports",
        "Reports on target / false / others",
        "",
        OURS,
        lambda d: several(count(d.on_target), count(d.false), count(d.others)),
        "Reports with a place or bearing: within the gate of a target; of nothing that is known; "
        "of something else that declares itself. The rest came while truth was not known.",
    ),
    Figure(
        "False reports an hour",
        "False an hour",
        "1/h",
        ALARMS,
        lambda d: number(d.false_per_sensor_hour),
        "False reports in an hour of the sensor.",
    ),
    Figure(
        "Position error of reports",
        "Error, median / 95 %",
        "m",
        PLACING,
        lambda d: spread(d.horizontal_m),
        "Distance of reports on target from truth at the time that they state, on the ground.",
    ),
    Figure(
        "Height error of reports",
        "Height, median / 95 %",
        "m",
        PLACING,
        lambda d: spread(d.vertical_m),
        "The same of heights above mean sea level, without sign.",
    ),
    Figure(
        "Bearing error",
        "Bearing, median / 95 %",
        "°",
        PLACING,
        lambda d: spread(d.bearing_deg),
        "Angle between a bearing and the target, seen from the sensor, without sign.",
    ),
    Figure(
        "Noise, stated and measured",
        "σ stated / measured",
        "m",
        OURS,
        lambda d: several(number(d.stated_sigma_m), number(d.measured_sigma_m)),
        "One sigma an axis: what the sensor or the site states, and what truth shows. Stated far "
        "too small, tracks are lost; far too large, they take what is not theirs.",
    ),
    Figure(
        "Delay",
        "Delay, median / 95 %",
        "s",
        OURS,
        lambda d: spread(d.delay_s, 2),
        "From when a report was true to its arrival. Needs a log that keeps both.",
    ),
    Figure(
        "Time lag",
        "Lag ± σ",
        "s",
        OURS,
        _lag,
        "How far reports lie behind the moving target, as time. Not zero: a clock is wrong, or a "
        "place is older than its stamp.",
    ),
    Figure(
        "Class in reports",
        "Class right / wrong / unknown",
        "%",
        CLASSES,
        _classes,
        "What the sensor itself takes the target for, report by report.",
    ),
)

TRACKING: tuple[Figure, ...] = (
    Figure(
        "Time to track",
        "Time to track",
        "s",
        DETECTING,
        lambda t: times(t.time_to_track_s),
        "From when the target enters the volume to its first confirmed track. Median over the passes.",
    ),
    Figure(
        "Tracked",
        "Tracked",
        "%",
        FOLLOWING,
        lambda t: percent(t.tracked),
        "Share of the target's time in the volume in which it has a track within the gate (completeness).",
    ),
    Figure(
        "Continuity",
        "Continuity",
        "%",
        FOLLOWING,
        lambda t: percent(t.continuity),
        "Longest stretch of a pass with one track that was never lost, as a share of the pass.",
    ),
    Figure(
        "Breaks",
        "Breaks",
        "",
        FOLLOWING,
        lambda t: count(t.breaks),
        "How often a target lost its track while it was in the volume.",
    ),
    Figure(
        "Switches",
        "Switches",
        "",
        MOT,
        lambda t: count(t.switches),
        "How often the track of a target was another one than before.",
    ),
    Figure(
        "Tracks a target",
        "Tracks a target",
        "",
        FOLLOWING,
        lambda t: number(t.tracks_per_target, 2),
        "Tracks within the gate of a target while it is tracked, on average (ambiguity). 1 is right.",
    ),
    Figure(
        "Position error of tracks",
        "Error, median / 95 %",
        "m",
        PLACING,
        lambda t: spread(t.horizontal_m),
        "Distance of the track from truth at the moment that it is shown: delay and prediction are in it.",
    ),
    Figure(
        "Height error of tracks",
        "Height, median / 95 %",
        "m",
        PLACING,
        lambda t: spread(t.vertical_m),
        "The same of heights above mean sea level, without sign.",
    ),
    Figure(
        "False tracks",
        "False tracks",
        "",
        FALSE_TRACKS,
        lambda t: count(t.false_tracks),
        "Confirmed tracks that in all their life never came within the gate of a target, nor near "
        "anything else that declares itself. Birds and cars count: they are no target.",
    ),
    Figure(
        "False tracks a sensor-hour",
        "False a sensor-hour",
        "1/h",
        FALSE_TRACKS,
        lambda t: number(t.false_tracks_per_sensor_hour),
        "False tracks divided by the hours of the trial and by the number of sensors.",
    ),
    Figure(
        "False tracks at a time",
        "False at a time",
        "",
        FALSE_TRACKS,
        lambda t: number(t.false_at_a_time, 2),
        "False tracks that are there at once, on average: a few long ones are as bad as many short ones.",
    ),
    Figure(
        "False tracks of a target's class",
        "False, of a target's class",
        "",
        FALSE_TRACKS,
        lambda t: count(t.false_target_tracks),
        "Those of them that were at some time taken for what a target is: false alarms.",
    ),
)

IDENTIFICATION: tuple[Figure, ...] = (
    Figure(
        "Time to identify",
        "Time to identify",
        "s",
        CLASSES,
        lambda t: times(t.time_to_identify_s),
        "From when the target enters the volume until its track is first of the right class. "
        "Median over the passes.",
    ),
    Figure(
        "Class",
        "Class right / wrong / unknown",
        "%",
        CLASSES,
        _classes,
        "Shares of the tracked time. COURAGEOUS calls the class of an object its identification.",
    ),
    Figure(
        "Identity",
        "Identity right / wrong / none",
        "%",
        OURS,
        _identities,
        "Shares of the tracked time in which the track has the identity that truth names, "
        "another, or none. Only for targets whose name is an identity, such as "
        "uas:1588E040445AC004418.",
    ),
)

ALL = (*DETECTION, *TRACKING, *IDENTIFICATION)
