"""Cursor on Target: responders see the picture on a map of their own.

    pipeline ──take──▶ latest picture ──▶ its events ──▶ one outbox ───────▶ cot:// cots://   we call
                       nobody waits       (shot)         a connection: the   cot-listen://    clients call us
                                                         latest of a track   (line)

What stands on simulated evidence, or on a source that the site does not know (an exercise), leaves for
nobody but a demonstration on the loopback address. The place of an operator is personal data: it goes where
the site says so, for alarmed drones only, after its first showing was written down.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Literal

import msgspec

from beffroi.errors import BeffroiError
from beffroi.life import DeskSign
from beffroi.links import Clock
from beffroi.links.cot.line import Line
from beffroi.links.cot.shot import Shot
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.wire.cot import Event

Shown = Callable[[int, str], None]
"""Writes down that the place of the operator of a track is shown to a responder. It must not block. What it
raises of `BeffroiError` withholds that place."""
TRACKS = 5000
"""A picture holds no more; the alarmed go first, the rest is counted."""
AT_ONCE = 64
"""So many events are made before others have their turn."""


class ResponderState(msgspec.Struct, frozen=True, kw_only=True):
    """A responder as it is now."""

    id: str
    state: Literal["waiting", "connected", "lost"]
    trouble: str | None
    """Why it is lost, in words."""
    peers: int
    sent: int
    """Events that were handed to the network."""
    replaced: int
    """Events that a later picture replaced before they could be sent."""
    left_out: int
    """Tracks and alarms of the last picture that did not leave: simulated or unknown evidence."""
    too_many: int
    """Tracks of the last picture beyond `TRACKS`."""
    faults: dict[str, int]
    """What went wrong, with how often."""


class Responders:
    """All responders of a site. Raises LinkError where files of TLS cannot be used, SiteError where no such
    host can be."""

    def __init__(self, site: Site, store: str, now_s: Clock, shown: Shown) -> None:
        """`store` tells this watch from others (`Records.store()`): it goes into the uid of each track."""
        self._site, self._store, self._shown = site, store, shown
        self._lines = [Line(responder, now_s) for responder in site.responder]

    async def run(self) -> None:
        """Keep the connections, and send, until cancelled."""
        await asyncio.gather(*(line.run() for line in self._lines), *map(self._show_on, self._lines))

    def take(self, picture: Picture, standing: Sequence[DeskSign]) -> None:
        """Here is a picture, and the signs as they stand (`desk.standing()`). Costs nothing and waits for
        nothing; from the loop that runs `run`."""
        for line in self._lines:
            line.latest = picture, standing
            line.fresh.set()

    def states(self) -> list[ResponderState]:
        """How each responder is."""
        return [
            ResponderState(
                id=line.responder.id, state=line.state, trouble=line.trouble, peers=len(line.outboxes),
                sent=line.sent, replaced=line.replaced, left_out=line.left_out, too_many=line.too_many,
                faults=dict(line.faults),
            )
            for line in self._lines
        ]  # fmt: skip

    def port(self, responder: str) -> int | None:
        """Where a `cot-listen://` responder is called; None before it listens."""
        return next((line.port for line in self._lines if line.responder.id == responder), None)

    async def _show_on(self, line: Line) -> None:
        """Show one responder picture after picture, at its rate."""
        while True:
            await line.fresh.wait()
            line.fresh.clear()
            if line.outboxes:
                with _counted(line):
                    await self._show(line, *line.latest)
            await asyncio.sleep(1.0 / line.responder.max_rate_hz)

    async def _show(self, line: Line, picture: Picture, standing: Sequence[DeskSign]) -> None:
        shot = Shot(picture, self._site, standing, simulated=line.responder.simulated)
        chosen = shot.chosen(line.responder.sends)
        line.left_out, line.too_many = shot.left_out, max(0, len(chosen) - TRACKS)
        line.shown &= set(picture.tracks.id.tolist())
        events: dict[str, Event] = {}
        first = 0
        for at in range(0, min(len(chosen), TRACKS), AT_ONCE):
            for i in chosen[at : min(at + AT_ONCE, TRACKS)]:
                with _counted(line):
                    events |= self._events(line, shot, i)
                first = len(events) if shot.is_alarmed(i) else first
            await asyncio.sleep(0)
        for outbox in line.outboxes:
            line.replaced += outbox.put(events, first)

    def _events(self, line: Line, shot: Shot, i: int) -> dict[str, Event]:
        """The event of a track, and that of its operator where this responder may have it."""
        number = shot.number(i)
        track = shot.event(i, self._uid(f"track:{number}"))
        if not (line.responder.operators and shot.is_alarmed_drone(i)):
            return {track.uid: track}
        operator = shot.operator(i, self._uid(f"operator:{number}"), track)
        if operator is None or not self._logged(line, number):
            return {track.uid: track}
        return {track.uid: track, operator.uid: operator}

    def _logged(self, line: Line, number: int) -> bool:
        """Whether the showing of an operator is written down: once a track and responder."""
        if number not in line.shown:
            try:
                self._shown(number, line.responder.id)
            except BeffroiError as bad:
                line.faults[f"an operator is not shown: {bad}"] += 1
                return False
            line.shown.add(number)
        return True

    def _uid(self, key: str) -> str:
        """Opaque; the same for the whole life of a track."""
        return "beffroi-" + blake2b(f"{self._store}/{key}".encode(), digest_size=10).hexdigest()


@contextmanager
def _counted(line: Line) -> Iterator[None]:
    """A fault in one track or picture is counted; the others are shown."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001 - whatever it is, responders need the rest
        line.faults[f"{type(fault).__name__}: {fault}"] += 1
