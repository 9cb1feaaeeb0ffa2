"""Counts of a time, and the record of a rule: none where chance would speak."""

import pytest

from beffroi.cases.period import ENOUGH, Told, operator_hours, period, record

DAY_S = 86_400.0


def sign(number: int, rule: str = "loitering", **more: object) -> Told:
    given = {"rule": rule, "opened_s": 100.0 * number, "priority": "high", "rang": 1} | more
    return Told(**given)  # type: ignore[arg-type]


def test_few_cases_give_no_record() -> None:
    assert record("loitering", ["unfounded"] * (ENOUGH - 1)) is None
    found = record("loitering", ["unfounded"] * 4 + ["confirmed"] * 27)
    assert found is not None
    assert (found.unfounded, found.confirmed, found.closed, found.days) == (4, 27, 31, 90)


def test_exercises_are_counted_apart() -> None:
    made = period([sign(1), sign(2, exercise=True)], 0.0, DAY_S, 2.0)
    assert [rule.opened for rule in made.rules] == [1]
    assert made.exercise == 1
    assert made.alarms_per_operator_hour == pytest.approx(0.5)


def test_how_fast_people_decide() -> None:
    made = period([sign(1, acted_s=130.0), sign(2, acted_s=260.0), sign(3)], 0.0, DAY_S, 0.0)
    assert made.rules[0].median_decide_s == pytest.approx(45.0)
    assert made.rules[0].decided == 2
    assert made.alarms_per_operator_hour is None


def test_what_was_opened_at_another_time_does_not_count() -> None:
    assert period([sign(1), sign(900)], 0.0, DAY_S / 10, 1.0).rules[0].opened == 1


def test_hours_are_those_of_views_that_ended() -> None:
    begun = [(0.0, "person:1"), (3600.0, "person:2"), (7200.0, "person:1")]
    ended = [(7200.0, "person:2"), (3600.0, "person:1")]
    assert operator_hours(begun, ended, 0.0, DAY_S) == pytest.approx(2.0)
    assert operator_hours(begun, ended, 1800.0, 5400.0) == pytest.approx(1.0)
    assert operator_hours(begun, ended, 7200.0, DAY_S) == 0.0


def test_a_view_whose_end_was_lost_counts_nothing() -> None:
    begun = [(0.0, "person:1"), (36_000.0, "person:1")]
    assert operator_hours(begun, [(39_600.0, "person:1")], 0.0, DAY_S) == pytest.approx(1.0)
