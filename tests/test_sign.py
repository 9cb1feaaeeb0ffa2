"""The one table of priorities."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.sign import LOWER, Consequence, priority

ORDER = {"notice": 0, "high": 1, "urgent": 2}
CONSEQUENCES: tuple[Consequence, ...] = ("flight", "aerodrome", "order")


@pytest.mark.parametrize("consequence", CONSEQUENCES)
@given(st.floats(0.0, 2000.0), st.floats(0.0, 2000.0))
def test_the_less_time_is_left_the_more_it_presses(consequence: Consequence, a_s: float, b_s: float) -> None:
    soon, late = sorted((a_s, b_s))
    assert ORDER[priority(consequence, soon)] >= ORDER[priority(consequence, late)]


@pytest.mark.parametrize("consequence", CONSEQUENCES)
@given(st.floats(0.0, 2000.0))
def test_a_claim_lowers_by_one_step_at_most(consequence: Consequence, left_s: float) -> None:
    plain, claimed = priority(consequence, left_s), priority(consequence, left_s, claimed_harmless=True)
    assert claimed == LOWER[plain]
    assert ORDER[plain] - ORDER[claimed] in (0, 1)


def test_what_does_not_press_is_a_notice() -> None:
    assert {priority(c, math.inf) for c in CONSEQUENCES} == {"notice"}
    assert priority("order", 0.0) == "notice"
    assert priority("flight", 0.0) == "urgent"
