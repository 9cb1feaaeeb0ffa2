"""Seen: what the console looks at: a site, its records and desk, and the latest picture of its watch."""

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from beffroi.console import ground, message
from beffroi.console.frame import source_state
from beffroi.console.said import Said
from beffroi.count import Count
from beffroi.desk import Desk
from beffroi.intake import Intake
from beffroi.life import DeskSign
from beffroi.links.clock import Clock
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.store.records import Records
from beffroi.watch import Watch
from beffroi.window import Window
from beffroi.zone import Zone

LOCAL = message.Person(
    name="local", role="operator", may=("acknowledge", "shelve", "return", "close", "undo", "operator")
)
"""Who looks, while there are no accounts."""
FRESH_S = 10.0
"""A picture that is older than this is not live."""


class Working(Protocol):
    """What the console takes of a pipeline."""

    @property
    def records(self) -> Records:
        """Its records."""

    @property
    def intakes(self) -> Sequence[Intake]:
        """Its sources, each with what it refused, and its link with what was dropped and failed."""

    @property
    def count(self) -> Count:
        """What the sources gave."""

    @property
    def faults(self) -> int:
        """Ticks that its watch could not take."""

    def note(self, code: str, text: str) -> None:
        """Write into its log what people did; waits until that is on the disk."""


class Seen:
    """What the API and the sockets tell of. Only `Console.take` changes it, in the loop of the pipeline."""

    def __init__(
        self,
        site: Site,
        zones: Sequence[Zone],
        watch: Watch,
        pipeline: Working,
        desk: Desk,
        clock: Clock,
        directory: Path,
        speed: float,
        recorded_on: str | None,
    ) -> None:
        self.site, self.zones, self.watch = site, zones, watch
        self.pipeline, self.records = pipeline, pipeline.records
        self.desk, self.clock, self.directory = desk, clock, directory
        self.speed, self.recorded_on = speed, recorded_on
        self.mode: Literal["live", "demonstration"] = "live" if recorded_on is None else "demonstration"
        self.person = LOCAL
        self.store = self.records.store()
        """Which store this is: numbers of events are those of this one."""
        self.faults = 0
        """How often the console could not do its part."""
        self._said = Said(self.records, desk, directory, site.site.geoid_m)
        self.picture: Picture | None = None
        self.taken = 0.0
        """When the picture came, by the machine's monotonic clock."""

    @property
    def fresh(self) -> bool:
        """Whether the picture is live."""
        return self.picture is not None and time.monotonic() - self.taken <= FRESH_S

    @cached_property
    def ground(self) -> message.SiteInfo:
        """What of the site does not move. Takes half a second, once."""
        return ground.info(self.site, self.zones, self.recorded_on)

    @property
    def intakes(self) -> dict[str, Intake]:
        """The sources of the pipeline by their id."""
        return {intake.source.id: intake for intake in self.pipeline.intakes}

    def sources(self) -> list[message.SourceState]:
        """The sources as they are now."""
        states, intakes = self.picture.sources if self.picture else {}, self.intakes
        return [source_state(key, state, intakes.get(key)) for key, state in states.items()]

    def alarms(self) -> message.Alarms:
        """The watch measured."""
        now_s = self.picture.now_s if self.picture else self.clock.now_s()
        return msgspec.convert(self.desk.alarms(now_s), message.Alarms, from_attributes=True)

    def said(self, sign: DeskSign) -> message.Sign:
        """A sign as the browser gets it."""
        flights = self.picture.flights if self.picture else ()
        return message.Sign.of(sign, {f.subject: f.track for f in flights if f.track >= 0})

    def raw(self, number: int) -> message.Raw:
        """What sources said of a track. Waits for the database."""
        if self.picture is None:
            return message.Raw(time_s=[], alt_m=[], speed_mps=[], source=[])
        return self._said.of(number, self.picture, Window(blocks=[*self.watch.window.blocks]))

    def forget(self, now_s: float) -> None:
        """Let go of what sources said of tracks that nobody looks at any more."""
        self._said.forget(now_s)

    def shown(self, number: int, subject: str, purpose: str) -> None:
        """Write into the log that somebody was shown where an operator stands."""
        said = {"track": number, "subject": subject, "purpose": purpose, "by": self.person.name}
        self.pipeline.note("operator-shown", message.json(said).decode())
