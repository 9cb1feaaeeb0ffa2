"""Papers: what is written about the work: checklists, handovers, reports, the record of a rule.

Checklists and handovers are rows of entries like cases (`checklist:drone`, `handover:3`). Reports are made
when they are asked for and kept by nobody here; the audit log holds the digest of each, so that a copy can be
proven.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from beffroi.case import Case, CaseKind, Entry, Item
from beffroi.cases import checklist as lists
from beffroi.cases import handover as shifts
from beffroi.cases import occurrence as authority
from beffroi.cases import page, period, phase, report
from beffroi.cases.checklist import Checklist
from beffroi.cases.handover import Handover
from beffroi.cases.occurrence import Occurrence
from beffroi.cases.period import Period, Record
from beffroi.cases.place import lost_s
from beffroi.cases.report import Look, Minutes, Point, Report
from beffroi.casework import Casework
from beffroi.desk import Desk
from beffroi.errors import Conflict, DeskError
from beffroi.life import Event
from beffroi.links.clock import Clock
from beffroi.site import Language, Site
from beffroi.store.cases import Entries, Stale
from beffroi.store.records import Records

DAY_S = 86_400.0
LOOKS = 1000
"""So many looks stand in a report, the first ones."""
CLOSED = 10_000
"""So many of its signs that ended are looked through for the record of a rule."""


class Papers:
    """The papers of one watch; safe to use from several threads. Raises StoreError where the records fail."""

    def __init__(
        self, entries: Entries, records: Records, casework: Casework, desk: Desk, clock: Clock, site: Site
    ) -> None:
        self._entries, self._records, self._casework = entries, records, casework
        self._desk, self._clock, self._site = desk, clock, site
        self._writing = threading.Lock()
        """Held from the check of an act until it is on the disk."""

    # Checklists

    def checklist(self, kind: CaseKind) -> Checklist:
        """The list of a kind of case as it stands."""
        stood = lists.first(kind, self._site.site.languages[0])
        for entry in self._entries.of(f"checklist:{kind}"):
            items = msgspec.convert(entry.params["items"], tuple[Item, ...])
            stood = msgspec.structs.replace(stood, version=entry.version, items=items)
        return stood

    def edit_checklist(
        self, kind: CaseKind, items: Sequence[dict[str, Any]], made_on: int, by: str, role: str
    ) -> Checklist:
        """Write a list anew, made on version `made_on` of it. Raises DeskError; Conflict."""
        with self._writing:
            before = self.checklist(kind)
            after = lists.edited(before, items)
            if made_on != before.version:
                last = self._entries.of(f"checklist:{kind}")[-1]
                texts = ["\n".join(item.text for item in stood.items) for stood in (before, after)]
                raise Conflict(f"checklist:{kind}", "items", theirs=texts[0], yours=texts[1], by=last.by,
                               at_s=last.at_s)  # fmt: skip
            params = {"items": msgspec.to_builtins(after.items)}
            self._add(f"checklist:{kind}", after.version, "edited", params, by, role)
        return after

    def playbook(self, kind: CaseKind) -> dict[str, Any]:
        """The list as a CACAO 2.0 playbook."""
        entries = self._entries.of(f"checklist:{kind}")
        created_s = entries[0].at_s if entries else self._clock.now_s()
        modified_s = entries[-1].at_s if entries else created_s
        return lists.playbook(self.checklist(kind), owner=self._records.store(), created_s=created_s,
                              modified_s=modified_s)  # fmt: skip

    # Handovers

    def handover(self) -> Handover:
        """The last handover as it stands; without any, an empty one."""
        number = self._entries.count("handover")
        return shifts.fold(self._entries.of(f"handover:{number}")) if number else Handover()

    def begin_handover(self, by: str, role: str) -> Handover:
        """Write down what is to be handed over now. Raises DeskError while another one goes on."""
        with self._writing:
            number = self._entries.count("handover")
            if self.handover().state == "begun":
                raise DeskError("refused", f"handover:{number}", "code", "one is going on")
            picture, now_s = self._casework.picture, self._clock.now_s()
            made = shifts.lines(
                [case for case in self._casework.cases() if not case.exercise],
                [stood for stood in self._desk.signs("shelved") if not stood.sign.exercise],
                picture.sources if picture else {},
                self._casework.aerodrome, now_s,
            )  # fmt: skip
            params = {"lines": msgspec.to_builtins(made)}
            self._add(f"handover:{number + 1}", 1, "begun", params, by, role)
        return self.handover()

    def tick_handover(self, line: str, done: bool, by: str, role: str) -> Handover:
        """Tick a line, or take the tick back. Raises DeskError."""
        return self._go_on("ticked", {"line": line, "done": done}, by, role)

    def accept_handover(self, by: str, role: str) -> Handover:
        """Take over. Raises DeskError while a line is not ticked, or for who began it."""
        return self._go_on("accepted", {}, by, role)

    def _go_on(self, code: str, params: dict[str, Any], by: str, role: str) -> Handover:
        with self._writing:
            number, stood = self._entries.count("handover"), self.handover()
            about = f"handover:{max(number, 1)}"
            entry = self._entry(about, stood.version + 1, code, params, by, role)
            after = shifts.after(stood, entry)
            self._append(entry)
        return after

    # Reports

    def occurrence(self, key: str) -> Occurrence:
        """The report of a case to the authority, filled in as far as it can be. Raises DeskError."""
        case = self._casework.case(key)
        if case.exercise:
            raise DeskError("refused", f"case:{key}", "exercise", "an exercise is reported to no authority")
        signs = [events[-1].sign for events in self._events(case)]
        return authority.occurrence(case, signs, self._casework.aerodrome, self._site)

    def report(
        self, key: str, by: str, name: Callable[[str], str], language: Language, looks: Sequence[Look]
    ) -> Report:
        """What happened in a case. `name` gives what people are called. Raises DeskError."""
        case = self._casework.case(key)
        entries, events = self._casework.timeline(key), self._events(case)
        told = report.Told(
            case=case, entries=entries, signs=events, minutes=self._minutes(case), looks=looks[:LOOKS],
            closures=[c for c in self._casework.aerodrome.closures if c.case in case.keys],
            path=_path(events), names={who: name(who) for who in {by, *(e.by for e in entries)} if who},
        )  # fmt: skip
        now_s = self._clock.now_s()
        return report.made(told, self._site, now_s=now_s, by=by, language=language,
                           units=self._site.site.units)  # fmt: skip

    def page(self, made: Report) -> str:
        """The report as one HTML page, with its stills."""
        shown = {
            said.digest: (said.media_type, self._casework.file(made.case.key, said.digest)[1])
            for said in made.files
            if said.media_type in page.SHOWN
        }
        return page.page(made, shown)

    def period(self, from_s: float, to_s: float, operator_hours: float) -> Period:
        """What the signs that were opened in a time came to."""
        marks = self._records.marks(from_s, to_s)
        events = [self._records.events_of(key) for key in {key for key, *_ in marks}]
        return period.period([period.told(e) for e in events if e], from_s, to_s, operator_hours)

    def record(self, rule: str) -> Record | None:
        """The record of a rule; None under ten closed signs of the last 90 days."""
        since_s = self._clock.now_s() - period.DAYS * DAY_S
        closed = (
            sign.life.outcome
            for sign in self._records.ended(CLOSED, rule)
            if sign.state == "closed" and sign.changed_s >= since_s and sign.life
            if not sign.sign.exercise
        )
        return period.record(rule, (outcome for outcome in closed if outcome))

    # Inside

    def _events(self, case: Case) -> list[list[Event]]:
        """Everything that befell each sign of a case that is still there."""
        return [events for key in case.signs if (events := self._records.events_of(key))]

    def _minutes(self, case: Case) -> list[Minutes]:
        now_s = self._clock.now_s()
        aerodrome = self._casework.aerodrome
        predicted_s = self._casework.predicted_s(case)
        return [
            Minutes(
                place=place, predicted=None if predicted_s is None else predicted_s / 60.0,
                measured=lost_s(aerodrome, place, 0.0, now_s, case.keys, exercise=case.exercise) / 60.0,
            )
            for place in phase.places(case, aerodrome)
        ]  # fmt: skip

    def _entry(
        self, about: str, version: int, code: str, params: dict[str, Any], by: str, role: str
    ) -> Entry:
        return Entry(about=about, version=version, at_s=self._clock.now_s(), by=by, role=role, code=code,
                     params=params)  # fmt: skip

    def _add(self, about: str, version: int, code: str, params: dict[str, Any], by: str, role: str) -> None:
        self._append(self._entry(about, version, code, params, by, role))

    def _append(self, entry: Entry) -> None:
        try:
            self._entries.append([entry])
        except Stale as quicker:
            raise DeskError("refused", entry.about, "version", "somebody else was quicker") from quicker


def _path(events: Sequence[Sequence[Event]]) -> list[Point]:
    """Where the object of the signs was, as they told it."""
    places = {e.sign.sign.time_s: (e.sign.sign.lat_deg, e.sign.sign.lon_deg) for held in events for e in held}
    return [
        Point(time_s=at_s, lat_deg=lat, lon_deg=lon)
        for at_s, (lat, lon) in sorted(places.items())
        if lat is not None and lon is not None
    ]
