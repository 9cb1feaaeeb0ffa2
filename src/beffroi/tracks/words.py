"""Words: how often a sensor says what a thing is, so that its silence counts too.

A radar that flags four of five plots of a bird as "birds", and gives twenty plots of something without a
flag, says that this is no bird. How often it flags is learnt from tracks that it has flagged often enough.
"""

import msgspec
import numpy as np

from beffroi.observation import Class, Observation
from beffroi.track import CLASSES, F

FLAGGED = 5
"""A track that got one word so often teaches how often that word comes."""
PLOTS = 200
"""Plots of such tracks before silence counts."""
HIGHEST = 0.95
"""Silence never proves more than that a word which usually comes did not."""


class Words(msgspec.Struct, kw_only=True):
    """What one sensor has said of its plots."""

    by_track: dict[int, dict[str, int]] = {}
    """Of each live track that got one, how many plots got which word."""
    plots: dict[str, int] = {}
    """Plots of tracks that the sensor called so, by word."""
    said: dict[str, int] = {}
    """How many of those plots bore the word."""

    def learn(self, o: Observation, track: int) -> None:
        """Take one plot that fell on a track."""
        word = o.said_class if o.said_class in CLASSES else None
        if word is None and track not in self.by_track:
            return
        heard = self.by_track.setdefault(track, {})
        if word is not None:
            heard[word] = heard.get(word, 0) + 1
        for usual, count in heard.items():
            if count >= FLAGGED:
                self.plots[usual] = self.plots.get(usual, 0) + 1
                self.said[usual] = self.said.get(usual, 0) + (usual == word)

    def forget(self, live: set[int]) -> None:
        """Let go of tracks that are no more."""
        self.by_track = {t: heard for t, heard in self.by_track.items() if t in live}

    def silence(self) -> F | None:
        """Log likelihood of a plot without a word, for each of `CLASSES`; None while too little is known."""
        log = np.zeros(len(CLASSES))
        for word, plots in self.plots.items():
            if plots >= PLOTS:
                log[CLASSES.index(_known(word))] = np.log1p(-min(self.said[word] / plots, HIGHEST))
        return log if log.any() else None


def _known(word: str) -> Class:
    return next(c for c in CLASSES if c == word)
