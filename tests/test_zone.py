"""When a zone applies, what it is called, and where its edge runs."""

from datetime import UTC, datetime

import numpy as np
import pytest

from beffroi.kernels import geodesy, sun
from beffroi.zone import Authorisation, Circle, Daily, Period, Polygon, Text, Volume, Zone, areas

HERE = Volume(shape=Circle(lat_deg=48.7, lon_deg=2.35, radius_m=1000))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def zone(*periods: Period, volume: Volume = HERE) -> Zone:
    return Zone(identifier="Z", country="FRA", restriction="PROHIBITED", volumes=(volume,), periods=periods)


def daily(**fields: object) -> Zone:
    return zone(Period(daily=(Daily(**fields),)))  # type: ignore[arg-type]


def test_no_period_is_always_and_a_period_ends() -> None:
    assert zone().active(0)
    period = Period(start_s=at("2024-05-01"), end_s=at("2024-06-01"))
    assert [zone(period).active(at(d)) for d in ("2024-04-30", "2024-05-01", "2024-05-31", "2024-06-01")] == [
        False, True, True, False]  # fmt: skip


def test_hours_of_a_day() -> None:
    z = daily(start_s=16 * 3600.0, end_s=17 * 3600.0)
    assert [z.active(at(f"2024-05-01T{t}")) for t in ("15:59:59", "16:00", "16:59:59", "17:00")] == [
        False, True, True, False]  # fmt: skip


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    z = daily(days=("SAT",), start_s=22 * 3600.0, end_s=6 * 3600.0)
    assert z.active(at("2024-05-04T23:00"))  # Saturday
    assert z.active(at("2024-05-05T05:59"))  # Sunday morning
    assert not z.active(at("2024-05-05T23:00"))
    assert not z.active(at("2024-05-04T05:00"))


def test_days_follow_the_clock_of_the_times() -> None:
    z = daily(days=("MON",), start_s=0.0, end_s=86400.0, offset_s=7 * 3600.0)  # Ha Noi
    assert z.active(at("2024-05-05T17:00"))  # Monday there, Sunday in UTC
    assert not z.active(at("2024-05-05T16:59"))
    assert not z.active(at("2024-05-06T17:00"))


def test_midnight_to_midnight_is_the_whole_day() -> None:
    z = daily(days=("WED",), start_s=0.0, end_s=0.0)
    assert [z.active(at(f"2024-05-0{d}T12:00")) for d in (1, 2)] == [True, False]


def test_sunrise_to_sunset_and_back() -> None:
    day, night = daily(start_event="SR", end_event="SS"), daily(start_event="SS", end_event="SR")
    date = at("2024-06-21") / 86400
    rise, fall = (sun.event_s(48.7, 2.35, date, event) for event in ("SR", "SS"))
    assert datetime.fromtimestamp(rise, UTC).strftime("%H:%M") == "03:47"  # Paris Observatory: 05:47 CEST
    for now_s, is_day in ((rise - 60, False), (rise + 60, True), (fall - 60, True), (fall + 60, False)):
        assert day.active(now_s) is is_day
        assert night.active(now_s) is not is_day


def test_the_sun_that_never_rises_or_never_sets() -> None:
    north = Volume(shape=Circle(lat_deg=78.2, lon_deg=15.6, radius_m=1000))
    day = zone(Period(daily=(Daily(start_event="SR", end_event="SS"),)), volume=north)
    night = zone(Period(daily=(Daily(start_event="SS", end_event="SR"),)), volume=north)
    for hour in range(24):
        june, december = at(f"2024-06-21T{hour:02d}:30"), at(f"2024-12-21T{hour:02d}:30")
        assert (day.active(june), day.active(december)) == (True, False)
        assert (night.active(june), night.active(december)) == (False, True)


def test_name_in_a_language_else_english_else_any() -> None:
    names = (Text(text="A", lang="de-CH"), Text(text="B", lang="fr-CH"), Text(text="C", lang="en-GB"))
    z = Zone(identifier="Z", country="CHE", restriction="PROHIBITED", volumes=(HERE,), name=names)
    assert [z.name_in(lang) for lang in ("fr", "vi", "de")] == ["B", "C", "A"]
    assert zone().name_in("fr") == "Z"


def test_a_long_edge_is_straight_in_longitude_and_latitude() -> None:
    """100 km along a parallel: the straight line of the plane would run 200 m beside it."""
    ring = ((1.5, 48.5), (3.0, 48.5), (3.0, 49.0), (1.5, 49.0), (1.5, 48.5))
    plane = geodesy.Plane.at(48.7, 2.35)
    space = areas([Volume(shape=Polygon(rings=(ring,)))], plane)
    lon = np.linspace(1.51, 2.99, 200)
    north_of_edge, south_of_edge = np.full(200, 48.5 + 3e-6), np.full(200, 48.5 - 3e-6)  # 0.3 m
    assert len(space.inside(*plane.forward(north_of_edge, lon))[0]) == 200
    assert len(space.inside(*plane.forward(south_of_edge, lon))[0]) == 0


def test_a_circle_far_from_the_site_keeps_its_radius() -> None:
    shape = Circle(lat_deg=50.5, lon_deg=5.0, radius_m=5000)  # 270 km away
    plane = geodesy.Plane.at(48.7, 2.35)
    space = areas([Volume(shape=shape)], plane)
    turn = np.linspace(0, 359, 90)
    for far_m, inside in ((4999.0, 90), (5001.0, 0)):
        where = plane.forward(*geodesy.destination(50.5, 5.0, turn, far_m))
        assert len(space.inside(*where)[0]) == inside


def test_an_authorisation_has_its_time() -> None:
    permit = Authorisation(id="1", operator="FRA123", serial="1588E", volume=HERE, start_s=10, end_s=20)
    assert [permit.at(t) for t in (9, 10, 19.9, 20)] == [False, True, True, False]


@pytest.mark.parametrize("lat", [0.0, 48.7, 60.0])
def test_edges_of_the_widest_step_stay_within_a_decimetre(lat: float) -> None:
    plane = geodesy.Plane.at(lat, 0.0)
    from_x, from_y = plane.forward(lat, 1.0)
    to_x, to_y = plane.forward(lat, 1.02)
    on_x, on_y = plane.forward(lat, 1.01)
    along = np.hypot(to_x - from_x, to_y - from_y)
    beside = ((to_x - from_x) * (on_y - from_y) - (to_y - from_y) * (on_x - from_x)) / along
    assert abs(beside) < 0.1
