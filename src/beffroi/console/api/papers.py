"""Papers: checklists, handovers, occurrence reports, the report of a case and of a time, records of rules."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from beffroi.case import CaseKind
from beffroi.cases import page
from beffroi.cases import report as reports
from beffroi.cases.handover import Handover as Stood
from beffroi.cases.occurrence import Occurrence
from beffroi.cases.period import Period, Record, operator_hours
from beffroi.cases.report import Look, Report
from beffroi.console import incident
from beffroi.console.api.cases import CASE, Clash, OfCase, role
from beffroi.console.api.route import Given, Key, Moment, Refusal, Route, Said, require
from beffroi.console.seen import Seen
from beffroi.errors import Conflict
from beffroi.person import Person
from beffroi.site import Language
from beffroi.store.audit import Entry

Text = Annotated[str, Meta(max_length=1000)]
VIEWS = 1_000_000
"""More live views than the log will hold."""


class OfKind(Given, kw_only=True):
    """The list of a kind of case."""

    kind: CaseKind


class OfReport(OfCase, kw_only=True):
    """A report in a form and a language; without one, in the first of the site."""

    form: Literal["html", "json", "csv", "geojson"]
    language: Language | None = None


class OfPeriod(Given, kw_only=True):
    """From one time to another."""

    from_s: Moment
    to_s: Moment


class OfRule(Given, kw_only=True):
    """A rule by its name."""

    rule: Key


class Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A line of a checklist; one without an id is new."""

    id: Key | None = None
    text: Text


class Checklist(msgspec.Struct, kw_only=True):
    """A checklist."""

    kind: CaseKind
    version: int
    items: list[Line]


class Edit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A checklist written anew."""

    version: Annotated[int, Meta(ge=0, le=2**53)]
    items: Annotated[list[Line], Meta(max_length=100)]


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """Begin or accept: nothing more is said."""


class Tick(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A line that was read."""

    line: Annotated[str, Meta(min_length=1, max_length=300)]
    done: bool = True


class HandoverLine(msgspec.Struct, kw_only=True):
    """One thing to hand over."""

    key: str
    kind: Literal["case", "shelved", "source", "place", "task", "tower"]
    params: dict[str, Any]
    ticked: incident.Done | None


class Handover(msgspec.Struct, rename={"giver": "from", "taker": "to"}, kw_only=True):
    """A handover as it stands."""

    version: int
    state: Literal["none", "begun", "accepted"]
    giver: incident.Who | None
    taker: incident.Who | None
    begun_s: float | None
    accepted_s: float | None
    lines: list[HandoverLine]


# --- handlers ---------------------------------------------------------------------------------------------


def checklist(seen: Seen, who: Person, given: OfKind) -> Checklist:
    return msgspec.convert(seen.papers.checklist(given.kind), Checklist, from_attributes=True)


def edit(seen: Seen, who: Person, given: OfKind, body: Edit) -> Checklist:
    items = [{"id": line.id, "text": line.text} for line in body.items]
    try:
        seen.papers.edit_checklist(given.kind, items, body.version, who.key, role(who, "checklist.write"))
    except Conflict as met:
        raise Clash(seen, met) from met
    return checklist(seen, who, given)


def playbook(seen: Seen, who: Person, given: OfKind) -> dict[str, Any]:
    return seen.papers.playbook(given.kind)


def handover(seen: Seen, who: Person, given: Given) -> Handover:
    return _handover(seen, seen.papers.handover())


def begin(seen: Seen, who: Person, given: Given, body: Begin) -> Handover:
    return _handover(seen, seen.papers.begin_handover(who.key, role(who, "handover.write")))


def tick(seen: Seen, who: Person, given: Given, body: Tick) -> Handover:
    made = seen.papers.tick_handover(body.line, body.done, who.key, role(who, "handover.accept"))
    return _handover(seen, made)


def accept(seen: Seen, who: Person, given: Given, body: Begin) -> Handover:
    return _handover(seen, seen.papers.accept_handover(who.key, role(who, "handover.accept")))


def occurrence(seen: Seen, who: Person, given: OfCase) -> Occurrence:
    return seen.papers.occurrence(given.key)


def report(seen: Seen, who: Person, given: OfReport) -> Said:
    """The report in one form; its digest goes into the log before it leaves."""
    require(who, "case.read", incident.thing(seen.casework.case(given.key)))
    language = given.language or seen.site.site.languages[0]
    made = seen.papers.report(given.key, who.key, seen.name, language, _looks(seen, given.key))
    data = FORMS[given.form](seen, made)
    seen.audit.log(
        Entry(
            at_s=seen.clock.now_s(), by=who.key, role=role(who, "report.make"), action=f"report.{given.form}",
            subject=f"case:{given.key}", digest=sha256(data).digest(), exercise=made.case.exercise,
        )
    )  # fmt: skip
    return Said(data, HEADERS[given.form] | {
        "content-disposition": f'inline; filename="case-{given.key}.{given.form}"'
    })  # fmt: skip


def span(seen: Seen, who: Person, given: OfPeriod) -> Period:
    if given.to_s <= given.from_s:
        raise Refusal(400, "Bad parameter", "to_s lies before from_s", "to_s")
    begun, ended = (
        [(e.at_s, e.by) for _, e in seen.audit.entries(limit=VIEWS, subject=f"live#{what}")]
        for what in ("begin", "end")
    )
    hours = operator_hours(begun, ended, given.from_s, given.to_s)
    return seen.papers.period(given.from_s, given.to_s, hours)


def record(seen: Seen, who: Person, given: OfRule) -> Record | None:
    return seen.papers.record(given.rule)


def _handover(seen: Seen, stood: Stood) -> Handover:
    lines = []
    for line in stood.lines:
        ticked = stood.ticks.get(line.key)
        by = incident.who(seen, ticked.by) if ticked else None
        done = incident.Done(by=by, at_s=ticked.at_s) if by and ticked else None
        params = dict(line.params)
        if owner := params.get("owner"):
            params["owner"] = seen.name(owner)
        lines.append(HandoverLine(key=line.key, kind=line.kind, params=params, ticked=done))
    return Handover(
        version=stood.version, state=stood.state, giver=incident.who(seen, stood.giver),
        taker=incident.who(seen, stood.taker), begun_s=stood.begun_s, accepted_s=stood.accepted_s,
        lines=lines,
    )  # fmt: skip


def _looks(seen: Seen, key: str) -> list[Look]:
    """Who looked at a case and at its signs, as the log has it."""
    case = seen.casework.case(key)
    subjects = (*(f"case:{k}" for k in case.keys), *(f"sign:{s}" for s in case.signs))
    found = [
        Look(at_s=e.at_s, by=seen.name(e.by), action=e.action, subject=e.subject, purpose=e.purpose)
        for subject in subjects
        for _, e in seen.audit.entries(subject=subject)
        if e.action.endswith(".read")
    ]
    return sorted(found, key=lambda look: look.at_s)


FORMS: Mapping[str, Callable[[Seen, Report], bytes]] = {
    "html": lambda seen, made: seen.papers.page(made).encode(),
    "json": lambda seen, made: reports.as_json(made),
    "csv": lambda seen, made: reports.as_csv(made),
    "geojson": lambda seen, made: reports.as_geojson(made),
}
HEADERS: Mapping[str, dict[str, str]] = {
    "html": {"content-type": "text/html; charset=utf-8", "content-security-policy": page.POLICY},
    "json": {"content-type": "application/json"},
    "csv": {"content-type": "text/csv; charset=utf-8"},
    "geojson": {"content-type": "application/geo+json"},
}

ROUTES = (
    Route("GET", "/checklists/{kind}", "The checklist of a kind of case", checklist, Checklist, "case.read",
          OfKind),
    Route("PUT", "/checklists/{kind}", "Write a checklist anew", edit, Checklist, "checklist.write", OfKind,
          Edit, thing="checklist:{kind}"),
    Route("GET", "/checklists/{kind}/cacao", "A checklist as a CACAO 2.0 playbook", playbook, dict[str, Any],
          "case.read", OfKind),
    Route("GET", "/handover", "The last handover as it stands", handover, Handover, "case.read"),
    Route("POST", "/handover", "Begin a handover", begin, Handover, "handover.write", body=Begin,
          thing="handover"),
    Route("POST", "/handover/ticks", "Tick a line", tick, Handover, "handover.accept", body=Tick,
          thing="handover"),
    Route("POST", "/handover/accept", "Take over", accept, Handover, "handover.accept", body=Begin,
          thing="handover"),
    Route("GET", "/cases/{key}/occurrence", "The report to the authority, filled in", occurrence, Occurrence,
          "report.make", OfCase, reads="record", thing=CASE),
    Route("GET", "/cases/{key}/report.{form}", "What happened in a case", report, bytes, "report.make",
          OfReport, reads="record", thing=CASE),
    Route("GET", "/reports/period", "What the signs of a time came to", span, Period, "report.make", OfPeriod,
          reads="list", thing="period"),
    Route("GET", "/rules/{rule}/record", "What the signs of a rule came to", record, Record | None,
          "sign.read", OfRule),
)  # fmt: skip
