"""Player: the other process of a replay. It reads the store, writes nothing, and can be killed whenever."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from beffroi.console import message
from beffroi.console.replay.followed import Followed
from beffroi.console.replay.shots import Shot, Shots
from beffroi.console.replay.standing import Standing
from beffroi.errors import BeffroiError
from beffroi.life import DeskSign, Event
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.zone import Zone

EACH_S = 0.25
"""It gives a moment this often, by the wall clock."""
TRACK_EACH_S = 1.0
"""And what was known of the track that is looked at this often."""
SEEKING_S = 0.5
"""On a longer way it says this often how far it is."""
GAP_S = 30.0
"""Nobody waits through a longer gap in the record."""
BEHIND_S = 1.0
"""A replay that is so far behind its speed goes on from where it is."""
FASTEST = 60.0


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person asks of a replay."""

    at_s: float | None = None
    speed: float | None = None
    """Seconds a second, up to 60; 0 stands."""
    track: int | None = None
    """What was known of this track is to be told too."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of the past."""

    now_s: float
    frame: Any
    """What `show` made of it."""
    signs: tuple[DeskSign, ...] | None
    """After a start or a seek: all signs that had not ended. None: `events` tell what changed."""
    events: tuple[Event, ...]
    """What befell signs since the moment before, without a gap."""
    number: int
    """Of the last event by then."""
    track: message.TrackInfo | None
    """The track that is looked at, once a second."""
    whole: bool
    """False: only positions and signs are kept of that time, or observations are missing."""
    speed: float


class Seeking(msgspec.Struct, frozen=True, kw_only=True):
    """It is still on its way from a checkpoint to the moment that was asked for."""

    to_s: float
    reached_s: float


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """It cannot go on."""

    reason: str


def run(
    pipe: Connection,
    site: Site,
    zones: Sequence[Zone],
    directory: Path,
    show: Callable[[Picture, Sequence[DeskSign]], Any],
    first: Ask,
) -> None:
    """Play until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    os.nice(5)
    try:
        followed = Followed(site.site.geoid_m)
        Player(pipe, Shots(site, zones, directory), Standing(directory), followed, show).play(first)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # nobody looks any more
    except BeffroiError as bad:
        pipe.send(Failed(reason=str(bad)))
    except Exception as fault:  # noqa: BLE001 - it is told where it can be read
        pipe.send(Failed(reason=f"{type(fault).__name__}: {fault}"))


class Player:
    """Plays shots at the speed that is asked for."""

    def __init__(
        self,
        pipe: Connection,
        shots: Shots,
        signs: Standing,
        followed: Followed,
        show: Callable[[Picture, Sequence[DeskSign]], Any],
    ) -> None:
        self._pipe, self._shots, self._signs, self._show = pipe, shots, signs, show
        self._followed = followed
        self._told_s = 0.0
        """When the track that is looked at was told last, by the wall."""
        self._given: Shot | None = None
        """The last shot that was given."""
        self._speed = 1.0
        self._seek: float | None = None
        """Where to go next."""
        self._rest: Shot | None = None
        """The last shot, if it was not given."""
        self._events: list[Event] = []
        """What happened since the last one that was."""
        self._shown_s = 0.0
        """When the last moment was given, by the wall."""
        self._begin = (0.0, 0.0)
        """A time of the wall and the time that was shown then."""

    def play(self, first: Ask) -> None:
        """Play until the pipe is closed. Raises EOFError then."""
        self._take(first)
        while True:
            to_s, self._seek = self._seek or 0.0, None
            shots = self._shots.since(to_s)
            self._given, self._told_s = None, 0.0
            self._followed.forget()
            shot = self._reach(shots, to_s)
            if shot is not None:
                self._go_on(shot, shots)

    def _reach(self, shots: Iterator[Shot | None], to_s: float) -> Shot | None:
        """Step from a checkpoint to the last picture by the moment that was asked for, and give it; None if
        asked to go elsewhere."""
        told_s, last = time.monotonic(), None
        for shot in shots:
            self._listen(EACH_S if shot is last is None else 0.0)
            if self._seek is not None:
                return None
            if shot is not None:
                self._followed.take(shot)
            reached = shot or last
            if reached is not None and (shot is None or shot.now_s >= to_s):
                self._signs.seek(reached.now_s)
                self._give(reached, whole=True)
                return reached
            last = shot
            if shot is not None and time.monotonic() - told_s >= SEEKING_S:
                told_s = time.monotonic()
                self._pipe.send(Seeking(to_s=to_s, reached_s=shot.now_s))
        return None

    def _go_on(self, last: Shot, shots: Iterator[Shot | None]) -> None:
        """Play on until asked to go elsewhere."""
        for shot in shots:
            if shot is None:
                self._give_rest()
                self._listen(EACH_S)  # the end of the log: the watch writes on
            elif self._due(shot, last):
                last = self._rest = shot
                self._followed.take(shot)
                self._events += self._signs.until(shot.now_s)
                if time.monotonic() >= self._shown_s + EACH_S * 0.9:
                    self._give_rest()
            if self._seek is not None:
                return

    def _due(self, shot: Shot, last: Shot) -> bool:
        """Wait until it is time for a shot; False if asked to go elsewhere."""
        if shot.now_s - last.now_s > GAP_S:
            self._begin = (time.monotonic(), shot.now_s)
        while self._seek is None:
            wall_s, from_s = self._begin
            now_s = time.monotonic()
            wait_s = (shot.now_s - from_s) / self._speed + wall_s - now_s if self._speed else 3600.0
            if wait_s <= 0.0:
                if wait_s < -BEHIND_S:
                    self._begin = (now_s, shot.now_s)
                self._listen(0.0)
                return self._seek is None
            if wait_s > EACH_S:
                self._give_rest()
            if self._listen(wait_s):
                self._begin = (time.monotonic(), last.now_s)
        return False

    def _listen(self, wait_s: float) -> bool:
        """Take all that is asked, waiting for it at most so long. Raises EOFError where nobody is there."""
        heard = False
        while self._pipe.poll(0.0 if heard else wait_s):
            self._take(self._pipe.recv())
            heard = True
        return heard

    def _take(self, ask: Ask) -> None:
        self._speed = self._speed if ask.speed is None else ask.speed
        self._seek = self._seek if ask.at_s is None else ask.at_s
        if ask.track is not None:
            self._followed.look_at(ask.track)
            self._told_s, self._rest = 0.0, self._rest or self._given

    def _give_rest(self) -> None:
        if self._rest is not None:
            self._give(self._rest)

    def _give(self, shot: Shot, *, whole: bool = False) -> None:
        """Give a moment; with `whole` all signs that stood."""
        standing = self._signs.now()
        self._shown_s = time.monotonic()
        if whole:
            self._begin, self._events = (self._shown_s, shot.now_s), []
        moment = Moment(
            now_s=shot.now_s, frame=self._show(shot.picture, standing), signs=standing if whole else None,
            events=tuple(self._events), number=self._signs.number, track=self._track(shot), whole=shot.whole,
            speed=self._speed,
        )  # fmt: skip
        self._given, self._rest, self._events = shot, None, []
        self._pipe.send(moment)

    def _track(self, shot: Shot) -> message.TrackInfo | None:
        """What was known of the track that is looked at, if it is time to tell."""
        if self._shown_s - self._told_s < TRACK_EACH_S:
            return None
        self._told_s = self._shown_s
        return self._followed.info(shot)
