"""Phase: how an incident goes on, as local procedure; which phase may follow, and on what.

    sighting → credible → confirmed → suspended → search → resumed

Phases follow EASA "Drone Incident Management at Aerodromes" (2021) and the ACI EUROPE concept (2020). One
step forward needs what `NEEDS` says. A step that goes back, or passes over a phase, needs a reason besides.
"""

import re
from typing import Any, Literal, get_args

from beffroi.case import PHASES, Aerodrome, Case, Phase
from beffroi.errors import DeskError

Need = Literal["evidence", "closed", "reopened", "nothing"]
NEEDS: dict[Phase, Need] = {
    "sighting": "nothing",
    "credible": "evidence",  # named, or a person who saw it
    "confirmed": "evidence",
    "suspended": "closed",  # a runway or a zone, in this case
    "search": "nothing",
    "resumed": "reopened",  # every place of this case
}
"""What must be there for a phase."""
ONLY_AFTER: dict[Phase, Phase] = {"search": "suspended", "resumed": "suspended"}
"""A phase that means nothing before another."""
EVIDENCE = ("sign", "frame", "file", "sighting", "person")
MOST = 20
"""Pieces of evidence named in one decision."""
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


def check(case: Case, params: dict[str, Any], aerodrome: Aerodrome) -> None:
    """Raises DeskError where a case may not go to the phase of `params` on what it names."""
    now, to = case.phase, params["phase"]
    if to not in get_args(Phase):
        raise _no("invalid", case, "phase", f"must be one of {', '.join(PHASES)}")
    evidence = params.get("evidence", ())
    _check_named(case, evidence)
    if case.phases and to == now:
        raise _no("refused", case, "phase", f"it is {now} already")
    if to in ONLY_AFTER and not any(d.phase == ONLY_AFTER[to] for d in case.phases):
        raise _no("refused", case, "phase", f"{to} comes after {ONLY_AFTER[to]}")
    step = PHASES.index(to) - PHASES.index(now)
    if step not in (0, 1) and not params.get("reason"):
        what = "goes back" if step < 0 else "passes over a phase"
        raise _no("invalid", case, "reason", f"from {now} to {to} {what}: say why")
    _check_need(case, to, evidence, aerodrome)


def places(case: Case, aerodrome: Aerodrome) -> tuple[str, ...]:
    """The places of which something was decided in this case, or in one that ended in it."""
    mine = [c.place for c in aerodrome.closures if c.case in case.keys]
    return tuple(dict.fromkeys(mine))


def closed(case: Case, aerodrome: Aerodrome) -> tuple[str, ...]:
    """Those that are not open now."""
    found = []
    for place in places(case, aerodrome):
        now = aerodrome.now(place, exercise=case.exercise)
        if now is not None and now.state != "open":
            found.append(place)
    return tuple(found)


def _check_need(case: Case, to: Phase, evidence: tuple[str, ...], aerodrome: Aerodrome) -> None:
    need, not_open = NEEDS[to], closed(case, aerodrome)
    if need == "evidence" and not evidence:
        raise _no("invalid", case, "evidence", f"{to} needs named evidence, or a person who saw it")
    if need == "closed" and not not_open:
        raise _no("refused", case, "phase", "no runway or zone is suspended or restricted in this case")
    if need == "reopened" and not_open:
        raise _no("refused", case, "phase", f"not open yet: {', '.join(not_open)}")


def _check_named(case: Case, evidence: tuple[str, ...]) -> None:
    """What is named must be of a kind that can be looked up, and of this case."""
    if len(evidence) > MOST:
        raise _no("invalid", case, "evidence", f"at most {MOST} are named")
    files = {f"file:{f.digest}" for f in case.files}
    there = {*(f"sign:{key}" for key in case.signs), *case.sightings, *files}
    for named in evidence:
        kind, _, key = named.partition(":")
        if kind not in EVIDENCE or not _KEY.fullmatch(key):
            raise _no("invalid", case, "evidence", f"must be one of {', '.join(EVIDENCE)}, with its key")
        if kind in ("sign", "file", "sighting") and named not in there:
            raise _no("invalid", case, "evidence", f"{named} is not of this case")


def _no(kind: Literal["refused", "invalid"], case: Case, field: str, reason: str) -> DeskError:
    return DeskError(kind, f"case:{case.key}", field, reason)
