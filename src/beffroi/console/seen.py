"""Seen: what the console looks at: a site, its records and desk, and the latest picture of its watch."""

import asyncio
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from starlette.requests import HTTPConnection

from beffroi import policy
from beffroi.casework import Casework
from beffroi.console import ground, message, session
from beffroi.console.frame import source_state
from beffroi.console.oidc import Issuer
from beffroi.console.passkey import Passkeys
from beffroi.console.said import Said
from beffroi.console.session import Caller
from beffroi.count import Count
from beffroi.desk import Desk
from beffroi.errors import AccessError
from beffroi.exercise import Exercises, Follow
from beffroi.intake import Intake
from beffroi.life import DeskSign
from beffroi.links.clock import Clock
from beffroi.papers import Papers
from beffroi.people import People
from beffroi.person import LOCAL, ROLES, Person
from beffroi.picture import Picture
from beffroi.policy import Action
from beffroi.sign import APART
from beffroi.site import Site
from beffroi.store.cases import Entries
from beffroi.store.ledger import Entry
from beffroi.store.records import Records
from beffroi.store.vault import Vault
from beffroi.watch import Watch
from beffroi.window import Window
from beffroi.zone import Zone

FRESH_S = 10.0
"""A picture that is older than this is not live."""


LOOK_S, STRANGER_S, LOOKS = 300.0, 60.0, 10_000
"""How long to look at a thing is one look; how long a stranger's refused requests are one; how many of either
are remembered."""


class Logbook(Protocol):
    """The audit log, see `beffroi.store.audit`."""

    def log(self, entry: Entry) -> int:
        """Add an entry; its number, once it is on the disk."""

    def entries(
        self, since: int = 0, limit: int = 500, subject: str | None = None
    ) -> list[tuple[int, Entry]]:
        """Entries from a number on, with their numbers; of one subject, or of all."""


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

    def follow(self, told: Follow) -> None:
        """Let `told` have what each tick took and gave."""


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
        audit: Logbook,
        people: People | None,
    ) -> None:
        self.site, self.zones, self.watch = site, zones, watch
        self.pipeline, self.records = pipeline, pipeline.records
        self.desk, self.clock, self.directory = desk, clock, directory
        self.speed, self.recorded_on = speed, recorded_on
        self.mode: Literal["live", "demonstration"] = "live" if recorded_on is None else "demonstration"
        self.store = self.records.store()
        """Which store this is: numbers of events are those of this one."""
        self.audit = audit
        self.people = people
        entries = Entries(self.records, Vault(directory, self.records))
        self.casework = Casework(entries, desk, clock, site, zones)
        """The cases and the aerodrome."""
        self.exercises = Exercises(site, zones, watch, self.records, desk, self.casework, clock, directory)
        self.papers = Papers(entries, self.records, self.casework, desk, clock, site)
        self.casework.checklist = lambda kind: self.papers.checklist(kind).items
        self._passkeys = None if people is None else Passkeys(people)
        openid = site.people.openid
        self._issuer = Issuer(people, openid) if people and openid else None
        self._looks: dict[tuple[str, str, str], float] = {}
        self._strangers: dict[str, float] = {}
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

    def exercise(self) -> message.Exercise | None:
        """The exercise that the band speaks of."""
        now = self.exercises.current
        return None if now is None else msgspec.convert(now, message.Exercise, from_attributes=True)

    def alarms(self) -> message.Alarms:
        """The watch measured."""
        now_s = self.picture.now_s if self.picture else self.clock.now_s()
        found = msgspec.convert(self.desk.alarms(now_s), message.Alarms, from_attributes=True)
        found.high += self.casework.overdue()
        return found

    def said(self, sign: DeskSign) -> message.Sign:
        """A sign as the browser gets it."""
        flights = self.picture.flights if self.picture else ()
        return message.Sign.of(sign, {f.subject: f.track for f in flights if f.track >= 0}, self.name)

    def raw(self, number: int) -> message.Raw:
        """What sources said of a track. Waits for the database."""
        there = self.around(number)
        if there is None:
            return message.Raw(time_s=[], alt_m=[], speed_mps=[], source=[])
        return self._said.of(number, *there)

    def around(self, number: int) -> tuple[Picture, Window] | None:
        """The picture and the last minutes that a track is in: those of the exercise, if it is one of it."""
        if number > APART:
            exercise = self.exercises.seen
            return exercise and exercise[:2]
        now = self.picture
        return None if now is None else (now, Window(blocks=[*self.watch.window.blocks]))

    def forget(self, now_s: float) -> None:
        """Let go of what sources said of tracks that nobody looks at any more."""
        self._said.forget(now_s)

    # People

    def caller(self, connection: HTTPConnection) -> Caller:
        """Who sends a request or opens a socket."""
        return session.caller(self.people, self.site.console, connection)

    @property
    def passkeys(self) -> Passkeys:
        """The ceremonies of passkeys. Raises AccessError where there are no people."""
        if self._passkeys is None:
            raise AccessError("refused", "passkey", "this console has no accounts")
        return self._passkeys

    @property
    def issuer(self) -> Issuer:
        """The issuer that vouches for people. Raises AccessError where there is none."""
        if self._issuer is None:
            raise AccessError("refused", "openid", "no issuer vouches for people here")
        return self._issuer

    async def touch(self, caller: Caller) -> None:
        """A hand was seen."""
        if self.people is not None and caller.session is not None:
            await asyncio.to_thread(self.people.sessions.touch, caller.session)

    def name(self, key: str) -> str:
        """What people call a person."""
        return LOCAL.name if key == LOCAL.key else self.people.name(key) if self.people else key

    def person(self, who: Person) -> message.Person:
        """A person as the browser gets one."""
        return message.Person(
            key=who.key, name=who.name, role=", ".join(r for r in ROLES if r in who.roles),
            roles=tuple(r for r in ROLES if r in who.roles), may=policy.allowed(who), locked=who.locked,
        )  # fmt: skip

    def shown(self, who: Person, number: int, subject: str, purpose: str) -> None:
        """Write into the log that somebody was shown where an operator stands."""
        said = {"track": number, "subject": subject, "purpose": purpose, "by": who.key}
        self.pipeline.note("operator-shown", message.json(said).decode())

    async def read(self, who: Person, action: Action, subject: str, purpose: str | None = None) -> None:
        """Write down that somebody reads something, before it is shown. To look at the same thing again, as a
        page does that keeps itself current, is one look; unless it is for a purpose."""
        look, now_s = (who.key, action, subject), time.monotonic()
        if purpose is None and now_s - self._looks.get(look, -LOOK_S) < LOOK_S:
            return
        await self.note(who, action, subject, purpose or "")
        if len(self._looks) > LOOKS:
            self._looks = {k: at_s for k, at_s in self._looks.items() if now_s - at_s < LOOK_S}
        self._looks[look] = now_s

    async def refused(self, caller: Caller, action: Action, subject: str) -> None:
        """Write down that somebody asked for what they may not. What strangers ask for is written down once a
        minute for each address, so that they cannot fill the disk."""
        if caller.who is None:
            now_s = time.monotonic()
            if now_s - self._strangers.get(caller.address, -STRANGER_S) < STRANGER_S:
                return
            if len(self._strangers) > LOOKS:
                self._strangers.clear()
            self._strangers[caller.address] = now_s
        await self.note(caller.who, action, subject, prefix="refused.")

    async def note(
        self, who: Person | None, action: Action, subject: str, purpose: str = "", prefix: str = ""
    ) -> None:
        """An entry of the audit log, on the disk when this returns."""
        role = ",".join(sorted(who.roles & policy.LAW[action].roles)) if who else ""
        entry = Entry(
            at_s=self.clock.now_s(), by=who.key if who else "", role=role, action=prefix + action,
            subject=subject, purpose=purpose,
        )  # fmt: skip
        await asyncio.to_thread(self.audit.log, entry)
