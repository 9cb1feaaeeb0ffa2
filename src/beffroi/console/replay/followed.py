"""Followed: the track that a person at a replay looks at, with what was known of it at that moment."""

from beffroi.console import message, track
from beffroi.console.replay.shots import Shot
from beffroi.console.said import mine, raw
from beffroi.observation import Observation

LONGEST = 2000
"""So many words of sources are kept, the newest."""


class Followed:
    """One track, and what sources said of it on the way."""

    def __init__(self, geoid_m: float | None) -> None:
        self._geoid_m = geoid_m
        self.number: int | None = None
        self._said: list[Observation] = []

    def look_at(self, number: int) -> None:
        """Follow this one from here on."""
        if number != self.number:
            self.number = number
            self.forget()

    def forget(self) -> None:
        """What was said does not count where the replay goes next."""
        self._said = []

    def take(self, shot: Shot) -> None:
        """Keep what this step brought on the track."""
        frames = shot.picture.evidence.get(self.number, ()) if self.number is not None else ()
        if frames and self.number is not None:
            new = [o for o in shot.observations if o.frame in frames]
            self._said += mine(new, self.number, shot.picture, shot.window)
            del self._said[:-LONGEST]

    def info(self, shot: Shot) -> message.TrackInfo | None:
        """What was known of it; None where nothing is followed, or it did not live then."""
        if self.number is None:
            return None
        said = [o for o in self._said if o.time_s <= shot.now_s]
        dots = raw(said, shot.picture.qnh_hpa, self._geoid_m)
        return track.info(shot.picture, shot.window, self.number, dots)
