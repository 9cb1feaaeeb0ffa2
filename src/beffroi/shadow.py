"""Shadow: the watch of an exercise beside the real one, and the sensors that it alone hears.

It begins as a copy of the real watch and takes the same ticks, with what the exercise's own sensors say among
them. Given out is what rests on those alone: tracks that they heard first, signs that cite them, marked.
Numbers of its tracks and signs are above `APART`, and tracks of two exercises never share one.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from beffroi.errors import FeedError
from beffroi.kernels import columns
from beffroi.life import key as key_of
from beffroi.links import decoded, decoder
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.sign import APART, Sign
from beffroi.simulate.exercise import Exercise, Played, Sensors
from beffroi.simulate.judge import Judge
from beffroi.site import Site, Source
from beffroi.store.log import Log
from beffroi.track import TrackColumns
from beffroi.watch import Step, Watch, WatchState
from beffroi.zone import Zone

A_SECOND = 50
"""So many numbers for tracks an exercise may use a second, so that two never share one: what is numbered
alike would join one case."""


class Shadow:
    """One exercise that is played. Only one thread steps it."""

    def __init__(
        self, exercise: Exercise, site: Site, zones: Sequence[Zone], folder: Path, now_s: float
    ) -> None:
        self.folder = folder
        self.sensors = Sensors(exercise, site, now_s)
        self.site = _site(site, self.sensors.sources)
        self.watch = Watch(self.site, zones)
        self.judge = Judge(self.sensors.world)
        self.log = Log(folder / "log")
        self.keys: dict[int, str] = {}
        """Of its signs."""
        self.picture: Picture | None = None
        """What there is of the exercise alone."""
        self._sources = {s.id for s in self.sensors.sources}
        self._decode = {s.id: decoder(s) for s in self.sensors.sources}
        self._live: dict[int, Sign] = {}
        self._next = APART + 1 + int(now_s * A_SECOND) % APART, APART
        """Numbers of the next track, and of the last sign."""
        self._began_s = self._until_s = now_s
        self._pauses: list[tuple[float, float]] = []

    @property
    def played(self) -> Played:
        """Its clock."""
        return Played(self._began_s, tuple(self._pauses))

    @property
    def played_s(self) -> float:
        """How much of it has been played."""
        return self._until_s - self.sensors.world.start_s

    def begin(self, state: bytes, at_s: float) -> None:
        """Begin, or go on, at `at_s` as a copy of the real watch. What rings there is no business of ours."""
        world = self.sensors.world
        if self.picture is None and not self._pauses:
            self._began_s = world.start_s = at_s
        else:
            self._pauses.append((self._until_s, at_s))
            world.start_s += at_s - self._until_s
        self._until_s = at_s
        known = columns.unpack(state, WatchState)
        known.sky.tracker.next_id, known.signs_made = self._next
        known.ringing = []
        self.watch.restore(columns.pack(known))

    def step(self, observations: Sequence[Observation], end_s: float) -> Step:
        """Take a tick of the real watch. What comes out rests on the exercise alone; what it rests on is in
        the log of the exercise."""
        own = list(self._sensed(end_s))
        self._until_s = end_s
        self.log.append("sensor", own)
        self.log.tick(end_s)
        step = self.watch.step([*observations, *own], end_s)
        signs = tuple(s for s in step.signs if s.exercise)
        self.judge.take(signs)
        for sign in signs:
            self.keys[sign.id] = key_of(sign)
            self._live[sign.id] = sign
            if sign.over_at_s is not None:
                del self._live[sign.id]
        self.picture = only(step.picture, self._sources)
        return Step(picture=self.picture, signs=signs)

    def rest(self, now_s: float) -> list[Sign]:
        """Its signs, which are over now: it pauses or ends."""
        known = columns.unpack(self.watch.state(), WatchState)
        self._next = max(self._next[0], known.sky.tracker.next_id), max(self._next[1], known.signs_made)
        live, self._live = self._live, {}
        return [over(sign, now_s) for sign in live.values()]

    def _sensed(self, end_s: float) -> Iterator[Observation]:
        """What its sensors say until then, as the real decoders read it. Raises FeedError."""
        for frame in self.sensors.frames(self._until_s, end_s):
            for found in decoded(self._decode[frame.source], frame.data, frame.at_s, frame.source):
                if isinstance(found, FeedError):
                    raise found
                yield found


def _site(site: Site, more: Sequence[Source]) -> Site:
    """A site with the sources of an exercise. No real sensor speaks against what it cannot see."""
    real = (msgspec.structs.replace(source, sees_all=False) for source in site.source)
    return msgspec.structs.replace(site, source=(*real, *more))


def over(sign: Sign, now_s: float) -> Sign:
    """A sign of an exercise that goes on no more."""
    return msgspec.structs.replace(
        sign, change="over", time_s=now_s, over_at_s=now_s, updates=sign.updates + 1
    )


def only(picture: Picture, sources: set[str]) -> Picture:
    """What of a picture rests on these sources: tracks that one of them heard first, what they said
    themselves."""
    t = picture.tracks
    mine = {track for track, heard in picture.heard.items() if next(iter(heard)) in sources}
    at = np.flatnonzero(np.isin(t.id, list(mine)))
    return msgspec.structs.replace(
        picture,
        tracks=TrackColumns(**{name: getattr(t, name)[at] for name in TrackColumns.__struct_fields__}),
        claims={k: c for k, c in picture.claims.items() if c.latest.source in sources},
        bearings=[b for b in picture.bearings if b.source in sources],
        sightings=[o for o in picture.sightings if o.source in sources],
        sources={k: s for k, s in picture.sources.items() if s.id in sources},
        flights=(),
        **{
            name: {track: getattr(picture, name)[track] for track in mine if track in getattr(picture, name)}
            for name in ("evidence", "callsigns", "squawks", "heard")
        },
    )
