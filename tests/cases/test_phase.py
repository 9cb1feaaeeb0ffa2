"""Phases: one step forward on what it needs, a step back with a reason, nothing on nothing."""

from typing import Any

import msgspec
import pytest

from beffroi.case import PHASES, Aerodrome, Closure, Decision, PlaceState
from beffroi.cases import phase
from beffroi.errors import DeskError
from cased import stood


def case_in(*phases: str) -> Any:
    made = tuple(Decision(phase=p, at_s=0.0, by="ana") for p in phases)  # type: ignore[arg-type]
    return msgspec.structs.replace(stood(), phases=made)


def home(*states: PlaceState, case: str = "1", exercise: bool = False) -> Aerodrome:
    closures = tuple(
        Closure(place="runway:06/24", state=s, since_s=float(i), by="ana", case=case, exercise=exercise)
        for i, s in enumerate(states)
    )
    return Aerodrome(version=len(closures), closures=closures)


def go(case: Any, to: str, aerodrome: Aerodrome | None = None, **params: Any) -> None:
    phase.check(case, {"phase": to} | params, aerodrome or Aerodrome())


NAMED: dict[str, Any] = {"evidence": ("sign:0-0", "person:7", "frame:" + "02" * 16)}


def test_the_way_of_an_incident() -> None:
    go(case_in(), "credible", **NAMED)
    go(case_in("credible"), "confirmed", **NAMED)
    go(case_in("credible", "confirmed"), "suspended", home("suspended"))
    go(case_in("credible", "confirmed"), "suspended", home("restricted"))
    go(case_in("confirmed", "suspended"), "search", home("suspended"))
    go(case_in("confirmed", "suspended", "search"), "resumed", home("suspended", "open"))


@pytest.mark.parametrize("to", ["credible", "confirmed"])
def test_not_without_evidence(to: str) -> None:
    with pytest.raises(DeskError, match="needs named evidence"):
        go(case_in(), to, reason="I feel it")
    for bad in ("sign:9-9", "file:00", "sighting:aa", "rumour:x", "sign:", "person"):
        with pytest.raises(DeskError, match="evidence"):
            go(case_in(), to, evidence=(bad,))


def test_suspended_needs_a_place_that_is_not_open() -> None:
    before = case_in("confirmed")
    for aerodrome in (home(), home("suspended", "open"), home("suspended", case="2"),
                      home("suspended", exercise=True)):  # fmt: skip
        with pytest.raises(DeskError, match="no runway or zone"):
            go(before, "suspended", aerodrome)


def test_resumed_needs_every_place_open_again() -> None:
    before = case_in("confirmed", "suspended", "search")
    for last in ("suspended", "restricted"):
        with pytest.raises(DeskError, match="not open yet: runway:06/24"):
            go(before, "resumed", home("suspended", last))


@pytest.mark.parametrize("to", ["search", "resumed"])
def test_nothing_is_searched_or_resumed_that_was_not_suspended(to: str) -> None:
    with pytest.raises(DeskError, match="comes after suspended"):
        go(case_in("confirmed"), to, home("suspended", "open"), reason="why not")


def test_back_and_over_a_phase_with_a_reason_only() -> None:
    for done, to in ((("confirmed",), "credible"), ((), "confirmed"), (("suspended", "search"), "sighting")):
        with pytest.raises(DeskError, match="say why"):
            go(case_in(*done), to, **NAMED)
        go(case_in(*done), to, reason="it was a kite", **NAMED)
    with pytest.raises(DeskError, match="it is confirmed already"):
        go(case_in("confirmed"), "confirmed", **NAMED)
    with pytest.raises(DeskError, match="one of"):
        go(case_in(), "over")


def test_every_phase_has_a_need() -> None:
    assert tuple(phase.NEEDS) == PHASES
