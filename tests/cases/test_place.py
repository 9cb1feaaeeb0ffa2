"""Places: minutes lost are those of a clock beside the runway."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.case import Aerodrome, Case, Entry, PlaceState
from beffroi.cases import place
from beffroi.cases.place import Place
from beffroi.errors import Conflict, DeskError
from beffroi.site import read
from beffroi.zone import Text, Zone
from cased import SITE
from made import sign

R = "runway:06/24"
KNOWN = {R: Place(R, "06/24", "runway")}


def decide(
    home: Aerodrome, state: str, at_s: float = 0.0, case: str | None = None, made_on: int | None = None,
    *, name: str = R, exercise: bool = False, why: str = "drone",
) -> Aerodrome:  # fmt: skip
    params: dict[str, Any] = {"place": name, "state": state, "why": why} | ({"case": case} if case else {})
    new = Entry(
        about="aerodrome", version=home.version + 1, at_s=at_s, by="ana", code=state, params=params,
        exercise=exercise,
    )  # fmt: skip
    place.check(home, new, KNOWN, made_on)
    return place.after(home, new)


STATES = st.sampled_from(["open", "restricted", "suspended"])


@given(steps=st.lists(st.tuples(st.integers(1, 50), STATES, st.sampled_from(["1", "2"])), max_size=20),
       ask=st.tuples(st.integers(0, 300), st.integers(0, 300)))  # fmt: skip
def test_lost_time_is_what_a_clock_beside_the_runway_counts(
    steps: list[tuple[int, PlaceState, str]], ask: tuple[int, int]
) -> None:
    home, now, states = Aerodrome(), 0, []
    state: str = "open"
    for wait, wanted, case in steps:
        states += [state] * wait
        now += wait
        try:
            home = decide(home, wanted, float(now), case)
        except DeskError:
            continue
        state = wanted
    states += [state] * (400 - len(states))
    begin, end = sorted(ask)
    counted = sum(s == "suspended" for s in states[begin:end])
    assert place.lost_s(home, R, begin, end) == counted
    parts = [place.lost_s(home, R, begin, end, [c]) for c in ("1", "2")]
    assert max(parts) <= counted <= sum(parts)


def test_a_decision_needs_a_place_a_state_and_a_reason() -> None:
    home = decide(Aerodrome(), "suspended", case="1")
    assert home.now(R).state == "suspended"  # type: ignore[union-attr]
    for kwargs, match in (
        ({"state": "suspended", "case": "1"}, "suspended already"),
        ({"state": "closed"}, "one of"),
        ({"state": "restricted", "why": " "}, "say why"),
        ({"state": "restricted", "why": "x" * 501}, "at most 500"),
        ({"state": "restricted", "name": "runway:99"}, "no such runway"),
    ):
        with pytest.raises(DeskError, match=match):
            decide(home, **kwargs)  # type: ignore[arg-type]
    assert decide(home, "suspended", case="2").version == 2, "another case may need it, too"
    assert decide(home, "open", why="").now(R).state == "open"  # type: ignore[union-attr]


def test_what_an_exercise_decides_is_apart() -> None:
    home = decide(Aerodrome(), "suspended", case="1", exercise=True)
    assert home.now(R) is None
    assert place.lost_s(home, R, 0, 10) == 0
    assert place.lost_s(home, R, 0, 10, exercise=True) == 10
    assert decide(home, "suspended", made_on=0).version == 2


def test_who_is_slower_is_told() -> None:
    home = decide(Aerodrome(), "suspended", made_on=0)
    with pytest.raises(Conflict) as met:
        decide(home, "restricted", made_on=0)
    assert (met.value.theirs, met.value.yours, met.value.field) == ("suspended", "restricted", R)


def test_when_it_may_be_resumed() -> None:
    closure = decide(Aerodrome(), "suspended", 100.0).closures[0]
    over = [sign(1, change="over", over_at_s=500.0), sign(2, change="over", over_at_s=300.0)]
    assert place.may_resume_s(closure, None, over, 600.0) == 1100.0
    assert place.may_resume_s(closure, None, [*over, sign(3)], 600.0) is None
    assert place.may_resume_s(closure, None, [], 600.0) == 700.0
    assert (
        place.may_resume_s(closure, Case(key="1", version=1, kind="drone", opened_s=0, changed_s=0), [], 60.0)
        == 160
    )


def test_what_the_signs_predict() -> None:
    first = sign(1, opened_at_s=100.0, change="over", over_at_s=200.0)
    second = sign(2, opened_at_s=700.0)
    assert place.predicted_s([first], 600.0, 5000.0) == 700.0
    assert place.predicted_s([first, second], 600.0, 1000.0) == 900.0
    assert place.predicted_s([sign(3, priority="notice")], 600.0, 1000.0) is None


def test_the_places_of_a_site() -> None:
    zone = Zone(
        identifier="R-1", country="FRA", restriction="PROHIBITED", volumes=(), name=(Text(text="Paris"),)
    )
    found = place.places(read(SITE), [zone, zone])
    assert list(found) == [R, "runway:02/20", "zone:FRA:R-1"]
    assert found["zone:FRA:R-1"].name == "Paris"
