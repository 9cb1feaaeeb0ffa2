"""What a track is: from how it moves and from what sensors say of it.

How it moves is judged on its usual speed, its height and how much it manoeuvres. The table is coarse on
purpose: movement alone seldom settles more than "light and slow" against "heavy and fast", and the result
must not pretend to more. Speeds: ICAO Doc 8643 (performance classes), Regulation (EU) 2019/947 (drones of
the open category), Alerstam et al., PLoS Biology 5(8), 2007 (flight speeds of 138 bird species: 8 to 23 m/s).
"""

from typing import NamedTuple

import numpy as np

from beffroi.track import CLASSES, F, I


class Habit(NamedTuple):
    """How a class moves."""

    prior: float
    speed_mps: float
    spread: float
    """One sigma of the logarithm of the speed."""
    ceiling_m: float
    """Seldom higher than this above the sea."""
    restless: float
    """Share of the time that it manoeuvres."""


HABITS: dict[str, Habit] = {
    "aircraft": Habit(0.20, 100.0, 0.5, 13000.0, 0.2),
    "light": Habit(0.10, 50.0, 0.3, 5000.0, 0.3),
    "glider": Habit(0.03, 28.0, 0.3, 6000.0, 0.6),
    "helicopter": Habit(0.05, 45.0, 0.6, 3000.0, 0.4),
    "ultralight": Habit(0.05, 28.0, 0.3, 3000.0, 0.4),
    "paraglider": Habit(0.02, 10.0, 0.3, 3000.0, 0.7),
    "parachute": Habit(0.01, 6.0, 0.6, 4500.0, 0.5),
    "drone": Habit(0.20, 10.0, 0.7, 600.0, 0.5),
    "balloon": Habit(0.01, 5.0, 0.6, 3000.0, 0.1),
    "bird": Habit(0.18, 13.0, 0.35, 1500.0, 0.5),
    "vehicle": Habit(0.10, 14.0, 0.6, 1000.0, 0.4),
    "clutter": Habit(0.05, 2.0, 1.0, 3000.0, 0.7),
}
_TABLE = np.array([HABITS[name] for name in CLASSES]).T[..., None]
_CLUTTER = CLASSES.index("clutter")
WORDS_LIMIT = 12.0
"""Log likelihood that a sensor's words can gather: it says the same thing again and again."""
WORDS_SHARE = 0.3
"""Part of each word that is new."""
FULL_AFTER = 10.0
"""Plots until the movement counts in full."""
OVER_CEILING_M = 300.0


def hear(class_log: F, words: F) -> F:
    """Log likelihoods (c, n) after the sensors' words (n, c)."""
    total = class_log + WORDS_SHARE * words.T
    total -= total.max(0, initial=-np.inf)
    return np.maximum(total, -WORDS_LIMIT)


def probabilities(class_log: F, pace_mps: F, restless: F, alt_m: F, hits: I, existence: F) -> F:
    """(n, c): probability of each class; what may not exist may be clutter."""
    prior, speed, spread, ceiling, unrest = _TABLE
    movement = -0.5 * (np.log((pace_mps + 1) / (speed + 1)) / spread) ** 2 - np.log(spread)
    movement += restless * np.log(unrest) + (1 - restless) * np.log(1 - unrest)
    movement -= np.nan_to_num(np.maximum(alt_m - ceiling, 0.0) / OVER_CEILING_M)
    log = np.log(prior) + class_log + movement * np.minimum(hits / FULL_AFTER, 1.0)
    p = np.exp(log - log.max(0, initial=-np.inf))
    p *= existence / p.sum(0)
    p[_CLUTTER] += 1 - existence
    by_track: F = p.T
    return by_track
