"""Handover: what one shift leaves to the next, line by line.

The lines are written down when it begins. Whoever takes over ticks each of them and then accepts; nobody
accepts from themselves, nor while a line is not ticked. How it stands is the fold of its entries:

    begun (lines) ──ticked──▶ … ──accepted──▶ done        a new one may begin at any time
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from beffroi.case import Aerodrome, Case, Entry
from beffroi.errors import DeskError
from beffroi.life import DeskSign
from beffroi.picture import SourceState

Kind = Literal["case", "shelved", "source", "place", "task", "tower"]
QUIET = ("silent", "fault", "degraded", "off")
"""States of a source that the next shift must know."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to hand over."""

    key: str
    """What it is: `case:7`, `sign:KEY`, `source:ID`, `runway:06/24`, `tower:7-1`."""
    kind: Kind
    params: dict[str, Any]
    """Codes and values; the sentence is made where it is read."""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A line was read by whoever takes over."""

    by: str
    at_s: float


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A handover as it stands."""

    version: int = 0
    giver: str | None = None
    taker: str | None = None
    begun_s: float | None = None
    accepted_s: float | None = None
    lines: tuple[Line, ...] = ()
    ticks: dict[str, Tick] = {}

    @property
    def state(self) -> Literal["none", "begun", "accepted"]:
        """Where it stands."""
        if self.begun_s is None:
            return "none"
        return "begun" if self.accepted_s is None else "accepted"


def lines(
    cases: Iterable[Case],
    shelved: Iterable[DeskSign],
    sources: Mapping[str, SourceState],
    aerodrome: Aerodrome,
    now_s: float,
) -> tuple[Line, ...]:
    """What is to be handed over now: what presses most comes first."""
    standing = [case for case in cases if case.state == "open"]
    places = {c.place: c for c in aerodrome.closures if not c.exercise}
    return (
        *(_place(p, c.state, c.since_s, c.why) for p, c in sorted(places.items()) if c.state != "open"),
        *(line for case in standing for line in _tower(case)),
        *(_case(case) for case in sorted(standing, key=lambda c: c.opened_s)),
        *(_shelved(sign) for sign in shelved),
        *(_source(key, state, now_s) for key, state in sources.items() if state.state in QUIET),
    )


def _place(place: str, state: str, since_s: float, why: str) -> Line:
    return Line(key=place, kind="place", params={"state": state, "since_s": since_s, "why": why})


def _tower(case: Case) -> Iterable[Line]:
    for text in case.tower:
        if text.sent_s is not None and text.readback_s is None:
            params = {"case": case.key, "text": text.text, "sent_s": text.sent_s}
            yield Line(key=f"tower:{case.key}-{text.id}", kind="tower", params=params)


def _case(case: Case) -> Line:
    params = {
        "case": case.key, "title": case.title, "phase": case.phase, "kind": case.kind,
        "owner": case.owner or "", "opened_s": case.opened_s,
        "left": sum(item.done_s is None for item in case.checklist),
    }  # fmt: skip
    return Line(key=f"case:{case.key}", kind="case", params=params)


def _shelved(sign: DeskSign) -> Line:
    life = sign.life
    params = {
        "rule": sign.sign.rule, "until_s": (life.until_s if life else None) or 0.0,
        "reason": (life.reason if life else None) or "",
    }  # fmt: skip
    return Line(key=f"sign:{sign.key}", kind="shelved", params=params)


def _source(key: str, state: SourceState, now_s: float) -> Line:
    params: dict[str, Any] = {"source": key, "state": state.state}
    if state.observations:
        params["quiet_s"] = round(now_s - state.last_s)
    return Line(key=f"source:{key}", kind="source", params=params)


def after(before: Handover, entry: Entry) -> Handover:
    """The handover after an entry. Raises DeskError where that cannot be now."""
    match entry.code:
        case "begun":
            made = msgspec.convert(entry.params["lines"], tuple[Line, ...])
            return Handover(version=entry.version, giver=entry.by, begun_s=entry.at_s, lines=made)
        case "ticked":
            _must_stand(before, entry)
            if entry.params["line"] not in {line.key for line in before.lines}:
                raise DeskError("invalid", entry.about, "line", "there is no such line")
            ticks = {k: t for k, t in before.ticks.items() if k != entry.params["line"]}
            if entry.params.get("done", True):
                ticks[entry.params["line"]] = Tick(by=entry.by, at_s=entry.at_s)
            return msgspec.structs.replace(before, version=entry.version, ticks=ticks)
        case "accepted":
            _must_stand(before, entry)
            _may_accept(before, entry)
            return msgspec.structs.replace(
                before, version=entry.version, taker=entry.by, accepted_s=entry.at_s
            )
        case _:
            raise DeskError("invalid", entry.about, "code", f"{entry.code!r} is nothing that befalls it")


def fold(entries: Sequence[Entry]) -> Handover:
    """How a handover stands after all its entries."""
    stood = Handover()
    for entry in entries:
        stood = after(stood, entry)
    return stood


def _must_stand(before: Handover, entry: Entry) -> None:
    if before.state != "begun":
        raise DeskError("refused", entry.about, "code", "no handover is going on")


def _may_accept(before: Handover, entry: Entry) -> None:
    if entry.by == before.giver:
        raise DeskError("refused", entry.about, "by", "somebody else takes over")
    left = [line.key for line in before.lines if line.key not in before.ticks]
    if left:
        raise DeskError("refused", entry.about, "line", f"not ticked yet: {', '.join(left[:5])}")
