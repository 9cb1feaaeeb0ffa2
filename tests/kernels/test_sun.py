"""Sunrise and its kin against PyEphem (VSOP87), which shares no formula with ours."""

from datetime import UTC, datetime
from math import pi

import ephem
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernels import sun

DAY_S = 86400.0
HORIZON = {"SR": "-0:50", "SS": "-0:50", "BMCT": "-6", "EECT": "-6"}
"""Height of the sun's centre."""


def oracle_s(lat_deg: float, lon_deg: float, day: int, event: sun.Event) -> float:
    place = ephem.Observer()
    place.lat, place.lon = lat_deg * pi / 180, lon_deg * pi / 180
    place.pressure, place.horizon = 0, HORIZON[event]
    noon_s = day * DAY_S + (12 - lon_deg / 15) * 3600
    place.date = ephem.Date(datetime.fromtimestamp(noon_s, UTC).replace(tzinfo=None))
    find = place.previous_rising if event in ("BMCT", "SR") else place.next_setting
    at: datetime = find(ephem.Sun(), use_center=True).datetime()
    return at.replace(tzinfo=UTC).timestamp()


@settings(max_examples=150)
@given(
    st.floats(-58, 58),
    st.floats(-180, 180),
    st.integers(10957, 29220),  # 2000 to 2049
    st.sampled_from(["BMCT", "SR", "SS", "EECT"]),
)
def test_within_a_minute_of_the_oracle(lat: float, lon: float, day: int, event: sun.Event) -> None:
    assert sun.event_s(lat, lon, day, event) == pytest.approx(oracle_s(lat, lon, day, event), abs=60)


def test_midsummer_and_midwinter_in_the_far_north() -> None:
    june, december = 19895, 20078  # 2024-06-21, 2024-12-21
    noon_s = june * DAY_S + (12 - 18.9 / 15) * 3600
    assert sun.event_s(69.6, 18.9, june, "SR") == pytest.approx(noon_s - 12 * 3600, abs=1200)
    assert sun.event_s(69.6, 18.9, june, "SS") == pytest.approx(noon_s + 12 * 3600, abs=1200)
    assert sun.event_s(69.6, 18.9, december, "SR") == sun.event_s(69.6, 18.9, december, "SS")
    assert sun.event_s(69.6, 18.9, december, "BMCT") < sun.event_s(69.6, 18.9, december, "EECT")
