"""Is there such an object? Existence probability, and what a sensor misses and invents, learnt as it works.

A track is believed by the integrated probabilistic data association of D. Musicki, R. Evans, S. Stankovic
(IEEE TAC 39, 1994), with their second Markov chain for targets that exist and cannot be seen: a Doppler radar
does not see what hovers. Clutter is counted on a map of cells, shrunk towards the sensor's mean.
"""

import msgspec
import numpy as np

from beffroi.track import B, F, I
from beffroi.tracks.scan import Sensor, Settings

CELL_M = 2000.0
MEMORY_SCANS = 50.0
"""Clutter older than this fades."""
FORGOTTEN = 1e-3
MEMORY_LOOKS = 2000.0
PRIOR_SCANS = 10.0
"""Weight of the sensor's mean in a cell of its clutter map, in scans."""
PRIOR_LOOKS = 20.0
HOVER_ENTRY_S = 20.0
HOVER_STAY_S = 120.0
HIDES_AFTER = 10
"""Plots that a track must have before a miss may mean that it hides; false echoes never gather so many."""
HOVER_FROM_MPS = 25.0
"""What is faster does not stop within a few scans."""
_STRIDE = 1 << 32


class SensorMemory(msgspec.Struct, kw_only=True):
    """What has been learnt of a sensor."""

    row: int
    """Its row in `Targets.seen_s`."""
    last_s: float = float("nan")
    interval_s: float = 0.0
    """Time between its last two groups, at most a period."""
    scans: float = 0.0
    cells: I
    counts: F
    looks: float = 0.0
    hits: float = 0.0
    bias: F
    """Range (m), azimuth (rad), time (s): see `register`."""
    bias_cov: F
    """(3, 3)"""
    drifted_s: float = float("nan")
    witnesses: dict[int, float] = {}
    """Identities it was compared with, and when last."""


def begin(row: int, bias_sigma: tuple[float, float, float]) -> SensorMemory:
    """Nothing known yet."""
    return SensorMemory(
        row=row, cells=np.zeros(0, np.int64), counts=np.zeros(0), bias=np.zeros(3),
        bias_cov=np.diag(np.square(bias_sigma)),
    )  # fmt: skip


def tick(memory: SensorMemory, sensor: Sensor, now_s: float) -> None:
    """A group has come at `now_s`."""
    since = now_s - memory.last_s if memory.last_s == memory.last_s else sensor.period_s
    memory.interval_s = min(max(since, 0.0), sensor.period_s)
    memory.last_s = max(now_s, memory.last_s) if memory.last_s == memory.last_s else now_s


def learns(sensor: Sensor) -> bool:
    """Clutter and misses mean something only for a sensor that sees all there is."""
    return sensor.learns and sensor.measured and sensor.sees_all


def _keys(x_m: F, y_m: F) -> I:
    key: I = np.floor(x_m / CELL_M).astype(np.int64) * _STRIDE + np.floor(y_m / CELL_M).astype(np.int64)
    return key


def clutter(memory: SensorMemory, sensor: Sensor, x_m: F, y_m: F) -> F:
    """False plots a square metre and scan at each place."""
    if not learns(sensor) or not memory.scans or not len(memory.cells):
        return np.full(len(x_m), sensor.clutter_per_m2)
    area_m2 = CELL_M**2
    overall = (memory.counts.sum() + 1.0) / (memory.scans * area_m2 * (len(memory.cells) + 1))
    keys = _keys(x_m, y_m)
    at = np.minimum(np.searchsorted(memory.cells, keys), len(memory.cells) - 1)
    count = np.where(memory.cells[at] == keys, memory.counts[at], 0.0)
    density: F = (overall * PRIOR_SCANS + count / area_m2) / (PRIOR_SCANS + memory.scans)
    return density


def learn_clutter(memory: SensorMemory, sensor: Sensor, x_m: F, y_m: F, false_p: F) -> None:
    """Count plots, each as far as it is false."""
    part = memory.interval_s / sensor.period_s
    fade = 1 - part / MEMORY_SCANS
    memory.scans = memory.scans * fade + part
    cells, inverse = np.unique(np.concatenate([memory.cells, _keys(x_m, y_m)]), return_inverse=True)
    weight = np.concatenate([memory.counts * fade, false_p])
    counts: F = np.bincount(inverse, weights=weight, minlength=len(cells)).astype(np.float64)
    kept = counts > FORGOTTEN
    memory.cells, memory.counts = cells[kept], counts[kept]


def detection_p(memory: SensorMemory, sensor: Sensor) -> float:
    """Probability that the sensor sees what it can see."""
    if not learns(sensor):
        return sensor.detection_p
    return (memory.hits + PRIOR_LOOKS * sensor.detection_p) / (memory.looks + PRIOR_LOOKS)


def learn_detection(memory: SensorMemory, hits: float, misses: float) -> None:
    """Count looks at objects that are surely there."""
    looks = hits + misses
    fade = max(0.0, 1 - looks / MEMORY_LOOKS)
    memory.looks = memory.looks * fade + looks
    memory.hits = memory.hits * fade + hits


def overdue(memory: SensorMemory, sensor: Sensor, seen_s: F, now_s: float) -> B:
    """Tracks that the sensor has looked at since `seen_s`.

    A sensor that gives a whole scan at a time has looked at all; one that gives sectors is given a quarter of
    a period more, as the object may have moved with or against the beam.
    """
    wait = 1.25 * sensor.period_s - 0.5 * memory.interval_s
    late: B = now_s - seen_s >= wait
    return late


def survive(existence: F, dt_s: F, settings: Settings) -> F:
    """Existence after a time without a look."""
    kept: F = existence * np.exp(-np.maximum(dt_s, 0.0) / settings.survive_s)
    return kept


def hit(existence: F, likelihood_ratio: F, detection: float, settings: Settings) -> F:
    """Existence after a plot; the ratio is detection x density / clutter."""
    factor = 1 - detection + likelihood_ratio
    after: F = existence * factor / (1 - existence + existence * factor)
    return np.minimum(after, settings.existence_max)


def miss(existence: F, hidden: F, detection: float) -> tuple[F, F]:
    """Existence and hiddenness after a look that found nothing."""
    factor = hidden + (1 - hidden) * (1 - detection)
    after: F = existence * factor / (1 - existence + existence * factor)
    return after, hidden / factor


def hide(hidden: F, speed_mps: F, radial_mps: F, sigma_mps: F, dt_s: F, sensor: Sensor) -> F:
    """How likely each target is hidden from a Doppler sensor after a time: stopped, or flying across."""
    across = np.exp(-0.5 * (np.maximum(np.abs(radial_mps) - sensor.blind_mps, 0.0) / sigma_mps) ** 2)
    able = np.clip(2 * (1 - speed_mps / HOVER_FROM_MPS), 0.0, 1.0)
    stops = able * (1 - np.exp(-dt_s / HOVER_ENTRY_S))
    after: F = hidden * np.exp(-dt_s / HOVER_STAY_S) + (1 - hidden) * np.maximum(stops, 0.9 * across)
    return after


def covered(sensor: Sensor, x_m: F, y_m: F, alt_m: F) -> B:
    """Which places the sensor can look at; a height that is not known does not exclude."""
    if not np.isfinite(sensor.x_m):
        return np.ones(len(x_m), bool)
    away = np.hypot(x_m - sensor.x_m, y_m - sensor.y_m)
    elevation = np.arctan2(alt_m - sensor.alt_m, away)
    low, high = elevation < sensor.elevation_min_rad, elevation > sensor.elevation_max_rad
    return (away >= sensor.range_min_m) & (away <= sensor.range_max_m) & ~low & ~high
