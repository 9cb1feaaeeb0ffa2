"""A handover: its lines, who ticks, who may accept."""

from typing import Any

import msgspec
import pytest

from beffroi.case import Aerodrome, Case, Closure, Entry, TowerText
from beffroi.cases.handover import Handover, after, fold, lines
from beffroi.errors import DeskError
from beffroi.picture import SourceState

NOW_S = 1_700_000_000.0
ANN, BOB = "person:1", "person:2"


def case(key: str, **more: Any) -> Case:
    return Case(key=key, version=1, kind="drone", opened_s=NOW_S - 60, changed_s=NOW_S, **more)


def entry(version: int, by: str, code: str, **params: Any) -> Entry:
    return Entry(about="handover:1", version=version, at_s=NOW_S + version, by=by, code=code, params=params)


def begun() -> Handover:
    made = lines([case("7"), case("8")], [], {}, Aerodrome(), NOW_S)
    return fold([entry(1, ANN, "begun", lines=msgspec.to_builtins(made))])


def test_what_presses_most_comes_first() -> None:
    sent = TowerText(id=1, text="drone", by=ANN, draft_s=NOW_S, sent_s=NOW_S)
    closed = Closure(place="runway:06/24", state="suspended", since_s=NOW_S, by=ANN, why="drone")
    reopened = [closed, Closure(place="zone:R1", state="suspended", since_s=NOW_S, by=ANN)]
    reopened.append(Closure(place="zone:R1", state="open", since_s=NOW_S + 1, by=ANN))
    made = lines(
        [case("7", tower=(sent,)), case("9", state="closed")], [],
        {"radar": SourceState(id="radar", state="ok"), "rid": SourceState(id="rid", state="silent")},
        Aerodrome(closures=tuple(reopened)), NOW_S,
    )  # fmt: skip
    assert [line.key for line in made] == ["runway:06/24", "tower:7-1", "case:7", "source:rid"]


def test_it_is_accepted_when_every_line_is_ticked() -> None:
    stood = begun()
    assert stood.state == "begun"
    for version, line in enumerate(stood.lines, 2):
        stood = after(stood, entry(version, BOB, "ticked", line=line.key))
    stood = after(stood, entry(4, BOB, "accepted"))
    assert (stood.state, stood.giver, stood.taker) == ("accepted", ANN, BOB)


def test_a_tick_can_be_taken_back() -> None:
    stood = after(begun(), entry(2, BOB, "ticked", line="case:7"))
    assert after(stood, entry(3, BOB, "ticked", line="case:7", done=False)).ticks == {}


@pytest.mark.parametrize(
    ("by", "code", "params", "field"),
    [
        (BOB, "accepted", {}, "line"),
        (ANN, "accepted", {}, "by"),
        (BOB, "ticked", {"line": "case:99"}, "line"),
        (BOB, "sold", {}, "code"),
    ],
)
def test_what_cannot_be_is_refused(by: str, code: str, params: dict[str, Any], field: str) -> None:
    with pytest.raises(DeskError) as bad:
        after(begun(), entry(2, by, code, **params))
    assert bad.value.field == field


def test_nothing_is_ticked_before_it_begins() -> None:
    with pytest.raises(DeskError):
        after(Handover(), entry(1, BOB, "ticked", line="case:7"))
