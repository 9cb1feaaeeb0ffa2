"""Incident: what the server says of cases and of the aerodrome, as web/src/desk/wire.ts has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from beffroi import case as noun
from beffroi import policy
from beffroi.case import CaseKind, Entry, Joined, Outcome, Phase, PlaceState
from beffroi.cases import fold, phase, place
from beffroi.console import message
from beffroi.console.seen import Seen
from beffroi.person import Person
from beffroi.policy import Action, Thing
from beffroi.sign import Priority, Sign
from beffroi.subject import kind_of, value_of

ACTION: dict[str, Action] = {
    "join": "case.edit", "own": "case.own", "title": "case.edit", "rank": "case.edit", "phase": "case.phase",
    "note": "case.edit", "tick": "case.edit", "relate": "case.edit", "merge": "case.merge",
    "split": "case.merge", "close": "case.close", "reopen": "case.close",
}  # fmt: skip
"""What the policy calls an act on a case."""
DAY_S = 86_400.0


class Who(msgspec.Struct, kw_only=True):
    """A person."""

    key: str
    name: str


class Summary(msgspec.Struct, kw_only=True):
    """A case in a list."""

    key: str
    version: int
    kind: CaseKind
    title: str
    state: Literal["open", "closed"]
    phase: Phase
    priority: Priority
    owner: Who | None
    signs: tuple[str, ...]
    sightings: int
    track: int | None
    lat_deg: float | None
    lon_deg: float | None
    opened_s: float
    changed_s: float
    outcome: Outcome | None
    exercise: bool
    simulated: bool
    here: list[Who]


class CaseTold(msgspec.Struct, tag_field="m", tag="case", kw_only=True):
    """A case has changed."""

    case: Summary


class Decision(msgspec.Struct, kw_only=True):
    """A phase that was decided."""

    phase: Phase
    at_s: float
    by: Who | None
    reason: str
    evidence: tuple[str, ...]


class Sighting(msgspec.Struct, kw_only=True):
    """What a person reported."""

    subject: str
    time_s: float
    reporter: str
    grade: str | None
    what: str
    count: int | None
    text: str
    lat_deg: float | None
    lon_deg: float | None


class Done(msgspec.Struct, kw_only=True):
    """Who ticked a line, and when."""

    by: Who
    at_s: float


class Item(msgspec.Struct, kw_only=True):
    """A line of a checklist."""

    id: str
    text: str
    done: Done | None


class CaseFile(msgspec.Struct, kw_only=True):
    """A still, a clip or a file."""

    digest: str
    name: str
    media_type: str
    bytes: int
    at_s: float
    by: Who | None
    camera: str | None
    bearing_deg: float | None
    field_of_view_deg: float | None


class TimelineEntry(msgspec.Struct, kw_only=True):
    """One thing that befell a case."""

    version: int
    at_s: float
    by: Who | None
    code: str
    params: dict[str, str | float]
    text: str | None


class TowerText(msgspec.Struct, kw_only=True):
    """A text for the tower."""

    id: int
    case: str
    text: str
    by: Who
    draft_s: float
    sent_s: float | None
    shown_s: float | None
    readback_s: float | None
    overdue: bool


class Closure(msgspec.Struct, kw_only=True):
    """What holds for a runway or a zone."""

    place: str
    name: str
    kind: Literal["runway", "zone"]
    state: PlaceState
    since_s: float
    by: Who | None
    why: str
    case: str | None
    may_resume_s: float | None
    lost_today_min: float


class Lost(msgspec.Struct, kw_only=True):
    """Minutes of a place that a case cost, and what its signs predicted."""

    place: str
    name: str
    measured: float
    predicted: float | None


class Cited(msgspec.Struct, kw_only=True):
    """A frame that a sign cites."""

    frame: str
    source: str
    time_s: float | None


class Case(Summary, kw_only=True):
    """A case, whole."""

    phases: list[Decision]
    reports: list[Sighting]
    checklist: list[Item]
    files: list[CaseFile]
    related: tuple[str, ...]
    tower: list[TowerText]
    closures: list[Closure]
    lost_min: list[Lost]
    flights: list[message.Effect]
    evidence: list[Cited]
    timeline: list[TimelineEntry]
    may: list[str]


class Aerodrome(msgspec.Struct, kw_only=True):
    """Every runway and zone, and what the tower has not read back."""

    version: int
    wait_s: float
    places: list[Closure]
    tower: list[TowerText]


class AerodromeTold(msgspec.Struct, tag_field="m", tag="aerodrome", kw_only=True):
    """The aerodrome has changed."""

    aerodrome: Aerodrome


# --- how they are made ------------------------------------------------------------------------------------


def who(seen: Seen, key: str | None) -> Who | None:
    """A person by key; None is nobody, or the machine."""
    return Who(key=key, name=seen.name(key)) if key else None


def thing(case: noun.Case) -> Thing:
    """A case as the policy asks for it."""
    return Thing(owner=case.owner, ended=case.state == "closed")


def summary(seen: Seen, case: noun.Case) -> Summary:
    """A case as a list has it."""
    return Summary(**_summary(seen, case))


def _summary(seen: Seen, case: noun.Case) -> dict[str, Any]:
    newest = seen.casework.newest(case)
    track = value_of(newest.subject) if newest and kind_of(newest.subject) == "track" else None
    here = (who(seen, key) for key in seen.casework.here(case.key))
    return {
        "key": case.key, "version": case.version, "kind": case.kind, "title": case.title,
        "state": case.state, "phase": case.phase, "priority": case.priority, "owner": who(seen, case.owner),
        "signs": case.signs, "sightings": len(case.sightings), "track": None if track is None else int(track),
        "lat_deg": newest.lat_deg if newest else case.lat_deg,
        "lon_deg": newest.lon_deg if newest else case.lon_deg, "opened_s": case.opened_s,
        "changed_s": case.changed_s, "outcome": case.outcome, "exercise": case.exercise,
        "simulated": case.simulated, "here": [w for w in here if w],
    }  # fmt: skip


def whole(seen: Seen, asks: Person, case: noun.Case) -> Case:
    """A case with all that befell it, for a person. Waits for the database."""
    signs = seen.casework.signs(case)
    return Case(
        **_summary(seen, case),
        phases=[
            Decision(phase=d.phase, at_s=d.at_s, by=who(seen, d.by), reason=d.reason, evidence=d.evidence)
            for d in case.phases
        ],
        reports=[_sighting(j) for j in case.joined if j.is_sighting],
        checklist=[_item(seen, item) for item in case.checklist],
        files=[_file(seen, file) for file in case.files],
        related=case.related,
        tower=[text_of(seen, case, text) for text in case.tower],
        closures=[closure(seen, c) for c in seen.casework.aerodrome.closures if c.case in case.keys],
        lost_min=list(_lost(seen, case)),
        flights=_flights(signs),
        evidence=list(_evidence(seen, case, signs)),
        timeline=[_entry(seen, entry) for entry in seen.casework.timeline(case.key)],
        may=[c for c in fold.allowed(case) if policy.may(asks, ACTION[c], thing(case))],
    )


def _sighting(said: Joined) -> Sighting:
    return Sighting(
        subject=said.key, time_s=said.at_s, reporter=said.reporter, grade=said.grade, what=said.what,
        count=said.count, text=said.text, lat_deg=said.lat_deg, lon_deg=said.lon_deg,
    )  # fmt: skip


def _item(seen: Seen, item: noun.Item) -> Item:
    by = who(seen, item.done_by)
    return Item(id=item.id, text=item.text, done=Done(by=by, at_s=item.done_s or 0.0) if by else None)


def _file(seen: Seen, file: noun.File) -> CaseFile:
    said = msgspec.structs.asdict(file)
    return CaseFile(**said | {"by": who(seen, file.by)})


def text_of(seen: Seen, case: noun.Case, text: noun.TowerText) -> TowerText:
    """A text for the tower."""
    by = who(seen, text.by) or Who(key="", name="")
    return TowerText(
        id=text.id, case=case.key, text=text.text, by=by, draft_s=text.draft_s, sent_s=text.sent_s,
        shown_s=text.shown_s, readback_s=text.readback_s,
        overdue=text.overdue_s is not None and text.readback_s is None,
    )  # fmt: skip


def closure(seen: Seen, said: noun.Closure) -> Closure:
    """A decision on a place, or how it stands."""
    work, now_s = seen.casework, seen.clock.now_s()
    known = work.places.get(said.place)
    stands = work.aerodrome.now(said.place, exercise=said.exercise) == said and said.state != "open"
    midnight_s = now_s // DAY_S * DAY_S
    lost_s = place.lost_s(work.aerodrome, said.place, midnight_s, now_s, exercise=said.exercise)
    return Closure(
        place=said.place, name=known.name if known else value_of(said.place),
        kind="zone" if kind_of(said.place) == "zone" else "runway", state=said.state, since_s=said.since_s,
        by=who(seen, said.by), why=said.why, case=said.case,
        may_resume_s=work.may_resume_s(said.place, exercise=said.exercise) if stands else None,
        lost_today_min=lost_s / 60,
    )  # fmt: skip


def _lost(seen: Seen, case: noun.Case) -> Iterator[Lost]:
    work, now_s = seen.casework, seen.clock.now_s()
    predicted_s = work.predicted_s(case)
    for key in phase.places(case, work.aerodrome):
        measured_s = place.lost_s(work.aerodrome, key, 0.0, now_s, case.keys, exercise=case.exercise)
        known = work.places.get(key)
        yield Lost(
            place=key, name=known.name if known else value_of(key), measured=measured_s / 60,
            predicted=None if predicted_s is None else predicted_s / 60,
        )  # fmt: skip


def _flights(signs: Sequence[Sign]) -> list[message.Effect]:
    """Flights that the signs of a case concern, each as it was said last."""
    found = {f.subject: message.Effect.of(f, s.time_s, None) for s in signs for f in s.flights}
    return [*found.values()]


def _evidence(seen: Seen, case: noun.Case, signs: Sequence[Sign]) -> Iterator[Cited]:
    cited = dict.fromkeys(e[6:] for s in signs for r in s.reasons for e in r.evidence if e[:6] == "frame:")
    kept = seen.casework.cited(signs)
    for digest in cited:
        found = kept.get(bytes.fromhex(digest))
        yield Cited(
            frame=digest, source=found.source if found else "", time_s=found.time_s if found else None
        )
    for said in case.joined:
        if said.frame:
            yield Cited(frame=said.frame, source="", time_s=said.at_s)


SENTENCE = {"split": "left", "merge": "took", "merged": "merge"} | {str(s): "state" for s in place.STATES}
"""Entries whose sentence is called otherwise."""


def _entry(seen: Seen, entry: Entry) -> TimelineEntry:
    params, text = _flat(seen, entry.params)
    if entry.code == "merged":
        params["other"] = params["into"]
    if entry.code in place.STATES:
        known = seen.casework.places.get(entry.params["place"])
        params["name"] = known.name if known else value_of(entry.params["place"])
    return TimelineEntry(
        version=entry.version, at_s=entry.at_s, by=who(seen, entry.by), params=params, text=text,
        code=SENTENCE.get(entry.code, entry.code),
    )  # fmt: skip


def _flat(seen: Seen, params: Mapping[str, Any]) -> tuple[dict[str, str | float], str | None]:
    """The fields of an entry as words and numbers, and what a person wrote."""
    flat: dict[str, str | float] = {}
    text = None
    for name, value in params.items():
        match value:
            case str() if name in ("text", "reason", "why"):
                text = value
            case str() if name == "person":
                flat[name] = seen.name(value)
            case str() | int() | float():
                flat[name] = int(value) if isinstance(value, bool) else value
            case Joined():
                text = value.text or None
                said = _sighting(value) if value.is_sighting else value
                fields = (
                    ("subject", "reporter", "what", "count") if value.is_sighting else ("rule", "priority")
                )
                flat |= {f: getattr(said, f) for f in fields if getattr(said, f) is not None}
                flat["sign"] = value.key
            case noun.File():
                flat |= {"name": value.name, "digest": value.digest, "media_type": value.media_type}
                flat |= {"camera": value.camera} if value.camera else {}
            case tuple():
                flat["count"] = len(value)
    return flat, text


def aerodrome(seen: Seen) -> Aerodrome:
    """Every place as it stands."""
    work = seen.casework
    stands = (work.aerodrome.now(key) or noun.Closure(place=key, state="open", since_s=0.0, by="")
              for key in work.places)  # fmt: skip
    waiting = [
        text_of(seen, case, text)
        for case in work.cases()
        for text in case.tower
        if text.sent_s is not None and text.readback_s is None
    ]
    return Aerodrome(
        version=work.aerodrome.version, wait_s=seen.site.desk.wait_s,
        places=[closure(seen, c) for c in stands], tower=waiting,
    )  # fmt: skip
