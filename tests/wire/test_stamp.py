"""A stamp without a date gets the day on which it arrived, midnight or not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.wire.stamp import AHEAD_S, DAY_S, of_day, of_month


def unix(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("second_s", "received", "true"),
    [
        (50_000.0, unix(2021, 10, 7, 14, 0, 0), unix(2021, 10, 7, 13, 53, 20)),
        (86_399.0, unix(2021, 10, 8, 0, 0, 5), unix(2021, 10, 7, 23, 59, 59)),  # the day before
        (5.0, unix(2021, 10, 7, 23, 59, 50), unix(2021, 10, 8, 0, 0, 5)),  # a clock that is ahead
        (0.0, unix(2021, 10, 7, 23, 0, 0), unix(2021, 10, 8)),
    ],
)
def test_the_day_of_a_time(second_s: float, received: float, true: float) -> None:
    assert of_day(second_s, received) == true


@given(second_s=st.integers(0, 86_399), received_at_s=st.integers(0, 4_000_000_000))
def test_it_is_of_the_last_24_hours_and_an_hour_ahead(second_s: int, received_at_s: int) -> None:
    moment_s = of_day(float(second_s), float(received_at_s))
    assert received_at_s + AHEAD_S - DAY_S < moment_s <= received_at_s + AHEAD_S
    assert moment_s % DAY_S == second_s


@pytest.mark.parametrize(
    ("day", "received", "true"),
    [
        (7, unix(2021, 10, 7, 14, 0, 0), unix(2021, 10, 7, 13, 30)),
        (8, unix(2021, 10, 7, 14, 0, 0), unix(2021, 9, 8, 13, 30)),
        (31, unix(2021, 10, 1, 0, 10, 0), unix(2021, 8, 31, 13, 30)),  # September has 30
        (31, unix(2022, 1, 1, 0, 10, 0), unix(2021, 12, 31, 13, 30)),
        (29, unix(2021, 3, 1, 0, 10, 0), unix(2021, 1, 29, 13, 30)),
        (29, unix(2024, 3, 1, 0, 10, 0), unix(2024, 2, 29, 13, 30)),
    ],
)
def test_the_month_of_a_day(day: int, received: float, true: float) -> None:
    assert of_month(day, 13.5 * 3600, received) == true


@pytest.mark.parametrize("day", [0, 32, 99])
def test_no_month_has_such_a_day(day: int) -> None:
    with pytest.raises(ValueError, match=f"no day {day}"):
        of_month(day, 0.0, unix(2021, 10, 7))
