"""Airspace: limits of every datum in one, entries, runways, and the marks that places are told from."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.airspace import Airspace
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, columns, site
from beffroi.site import Authorisation, Place, Runway, Site, Threshold
from beffroi.zone import Circle, Period, Volume, Zone
from skies import PLANE, place

NAN = float("nan")


def volume(radius_m: float = 1000.0, **limits: Any) -> Volume:
    return Volume(shape=Circle(lat_deg=LAT_DEG, lon_deg=LON_DEG, radius_m=radius_m), **limits)


def zone(*volumes: Volume, **more: Any) -> Zone:
    said: dict[str, Any] = {"identifier": "Z", "country": "FRA", "restriction": "PROHIBITED"}
    return Zone(**(said | {"volumes": volumes} | more))


def airspace(*zones: Zone, at: Site | None = None) -> Airspace:
    return Airspace(zones, PLANE, at or site())


# --- limits


@pytest.mark.parametrize(
    ("limits", "lower_m", "upper_m", "assumed"),
    [
        ({}, NAN, NAN, False),
        (
            {"lower_m": 100.0, "lower_datum": "AMSL", "upper_m": 300.0, "upper_datum": "AMSL"},
            100.0,
            300.0,
            False,
        ),
        (
            {"lower_m": 100.0, "lower_datum": "AGL", "upper_m": 120.0, "upper_datum": "AGL"},
            189.0,
            209.0,
            True,
        ),
        (
            {"lower_m": 100.0, "lower_datum": "WGS84", "upper_m": 244.0, "upper_datum": "WGS84"},
            56.0,
            200.0,
            False,
        ),
        ({"lower_m": 0.0, "lower_datum": "AGL", "upper_m": 120.0, "upper_datum": "AMSL"}, NAN, 120.0, False),
        ({"lower_m": 0.0, "lower_datum": "AMSL"}, NAN, NAN, False),
        ({"lower_m": 0.0, "lower_datum": "WGS84"}, -44.0, NAN, False),
    ],
)
def test_limits_are_brought_to_mean_sea_level(
    limits: dict[str, Any], lower_m: float, upper_m: float, assumed: bool
) -> None:
    """The hand-made aerodrome lies 89 m high, mean sea level there 44 m above the ellipsoid."""
    made = airspace(zone(volume(**limits)))
    assert made.lower_m[0] == pytest.approx(lower_m, nan_ok=True)
    assert made.upper_m[0] == pytest.approx(upper_m, nan_ok=True)
    assert bool(made.assumed[0]) is assumed


def test_a_limit_on_the_ellipsoid_without_a_geoid_is_none() -> None:
    bare = msgspec.structs.replace(site(), site=place(geoid_m=None))
    assert np.isnan(airspace(zone(volume(upper_m=300.0, upper_datum="WGS84")), at=bare).upper_m[0])


def test_a_zone_from_the_ground_up_holds_what_flies_in_a_valley() -> None:
    """The river lies lower than the field: 40 m above the sea, the field at 89."""
    low = columns([{"alt_m": 60.0}])
    made = airspace(zone(volume(lower_m=0.0, lower_datum="AGL", upper_m=120.0, upper_datum="AGL")))
    assert len(made.entries(low, np.array([0]), 10.0)[0]) == 1


# --- entries


def entries(row: dict[str, Any], horizon_s: float, *volumes: Volume) -> list[float]:
    """When one track enters each volume that it enters."""
    made = airspace(zone(*volumes))
    return [float(t) for t in made.entries(columns([row]), np.array([0]), horizon_s)[2]]


def test_who_is_inside_enters_now_and_who_flies_there_in_time() -> None:
    assert entries({"x_m": 0.0}, 20.0, volume()) == [0.0]
    assert entries({"x_m": -1200.0, "vx_mps": 20.0}, 20.0, volume()) == [pytest.approx(10.0, abs=0.05)]
    assert entries({"x_m": -1200.0, "vx_mps": 20.0}, 5.0, volume()) == []
    assert entries({"x_m": -1200.0, "vx_mps": -20.0}, 20.0, volume()) == []
    assert entries({"x_m": -1200.0}, 20.0, volume()) == [], "one that stands goes nowhere"


@given(st.floats(-3000.0, 3000.0), st.floats(-3000.0, 3000.0), st.floats(-60.0, 60.0), st.floats(-60.0, 60.0))
def test_the_time_of_entry_is_when_it_is_there(x: float, y: float, vx: float, vy: float) -> None:
    found = entries({"x_m": x, "y_m": y, "vx_mps": vx, "vy_mps": vy}, 60.0, volume())
    steps = np.linspace(0.0, 60.0, 1201)
    inside = np.hypot(x + vx * steps, y + vy * steps) <= 1000.0
    if not found:
        assert not (np.hypot(x + vx * steps, y + vy * steps) <= 995.0).any()
    for at_s in found:
        assert np.hypot(x + vx * at_s, y + vy * at_s) <= 1000.0 + 1e-3
        assert not inside[steps < at_s - 0.01].any()


def test_heights_count_where_they_are_known() -> None:
    lid = volume(lower_m=200.0, lower_datum="AMSL", upper_m=300.0, upper_datum="AMSL")
    assert entries({"alt_m": 250.0}, 20.0, lid) == [0.0]
    assert entries({"alt_m": 350.0}, 20.0, lid) == []
    assert entries({"alt_m": 100.0, "climb_mps": 10.0}, 20.0, lid) == [pytest.approx(10.0)]
    assert entries({"alt_m": 350.0, "climb_mps": -5.0}, 20.0, lid) == [pytest.approx(10.0)]
    assert entries({}, 20.0, lid) == [0.0], "a track with no height is inside at any"


def test_each_volume_is_entered_for_itself() -> None:
    assert entries({"x_m": -1200.0, "vx_mps": 20.0}, 60.0, volume(), volume(400.0)) == [
        pytest.approx(10.0, abs=0.05), pytest.approx(40.0, abs=0.05),
    ]  # fmt: skip


def test_without_tracks_or_zones_nothing_is_entered() -> None:
    live = columns([{"x_m": 0.0}])
    assert [len(part) for part in airspace().entries(live, np.array([0]), 10.0)] == [0, 0, 0]
    nobody = np.zeros(0, np.int64)
    assert [len(part) for part in airspace(zone(volume())).entries(live, nobody, 10.0)] == [0, 0, 0]
    assert airspace().active(NOW_S).tolist() == []


def test_a_zone_applies_when_its_period_says_so() -> None:
    over = zone(volume(), periods=(Period(end_s=NOW_S),))
    on = zone(volume(), periods=(Period(start_s=NOW_S),))
    assert airspace(over, zone(volume()), on).active(NOW_S).tolist() == [False, True, True]


# --- runways and marks


def test_the_distance_to_a_runway_is_to_its_nearest_point() -> None:
    made = airspace()
    along = np.array([np.sin(np.radians(62.0)), np.cos(np.radians(62.0))])
    across = np.array([along[1], -along[0]])
    points = [300.0 * along + 250.0 * across, 2000.0 * along, -1200.0 * along, 1200.0 * along - 40.0 * across]
    x, y = np.array(points).T
    assert made.runway_m(x, y) == pytest.approx([250.0, 800.0, 0.0, 40.0], abs=0.5)


def test_without_a_runway_it_is_far_to_the_next() -> None:
    bare = Site(site=Place(name="Field", lat_deg=LAT_DEG, lon_deg=LON_DEG))
    assert airspace(at=bare).runway_m(np.zeros(2), np.zeros(2)).tolist() == [np.inf, np.inf]
    x, y, vx, vy = np.ones((4, 2))
    assert airspace(at=bare).lined_up_m(x, y, vx, vy, 20.0).tolist() == [np.inf, np.inf]
    assert [m.name for m in airspace(at=bare).marks] == ["Field"]
    assert airspace(at=bare).finals == ()


def test_who_is_lined_up_moves_along_the_runway_either_way() -> None:
    """The runway lies in 62°; 50 m right of its middle."""
    right = np.radians(152.0)
    course = np.radians(np.array([62.0, 242.0, 81.0, 43.0, 83.0, 41.0, 152.0]))
    x, y = np.full((2, 7), 50.0) * np.array([[np.sin(right)], [np.cos(right)]])
    found = airspace().lined_up_m(x, y, 30.0 * np.sin(course), 30.0 * np.cos(course), 20.0)
    assert found == pytest.approx([50.0] * 4 + [np.inf] * 3, abs=0.5)


def test_where_two_runways_cross_the_one_that_it_moves_along_counts() -> None:
    across = []
    for name, along_m in (("15", -1000.0), ("33", 1000.0)):
        lat, lon = PLANE.inverse(along_m * np.sin(np.radians(152.0)), along_m * np.cos(np.radians(152.0)))
        across.append(Threshold(designator=name, lat_deg=float(lat), lon_deg=float(lon), elevation_m=60.0))
    both = (*site().runway, Runway(ends=(across[0], across[1]), aerodrome="LFPX"))
    made = airspace(at=msgspec.structs.replace(site(), runway=both))
    x, y = np.array([100.0 * np.sin(np.radians(62.0))]), np.array([100.0 * np.cos(np.radians(62.0))])
    vx, vy = np.array([30.0 * np.sin(np.radians(152.0))]), np.array([30.0 * np.cos(np.radians(152.0))])
    assert made.runway_m(x, y) == pytest.approx([0.0], abs=0.5)
    assert made.lined_up_m(x, y, vx, vy, 20.0) == pytest.approx([100.0], abs=0.5)


def test_the_ground_is_that_of_the_nearest_threshold() -> None:
    ends = site().runway[0].ends
    sloping = Runway(ends=(msgspec.structs.replace(ends[0], elevation_m=66.0), ends[1]), aerodrome="LFPX")
    made = airspace(at=msgspec.structs.replace(site(), runway=(sloping,)))
    assert made.ground_m(np.array([-900.0, 900.0]), np.array([-500.0, 500.0])).tolist() == [66.0, 89.0]
    bare = Site(site=Place(name="Field", lat_deg=LAT_DEG, lon_deg=LON_DEG, elevation_m=40.0))
    assert airspace(at=bare).ground_m(np.zeros(1), np.zeros(1)).tolist() == [40.0]


def test_a_threshold_is_named_with_its_aerodrome_where_there_are_several() -> None:
    far = Runway(ends=(Threshold(designator="09", lat_deg=48.9, lon_deg=2.4),
                       Threshold(designator="27", lat_deg=48.9, lon_deg=2.45)), aerodrome="LFPY")  # fmt: skip
    one, two = site(), msgspec.structs.replace(site(), runway=(*site().runway, far))
    assert [m.name for m in airspace(at=one).marks] == ["Scene", "06", "24"]
    assert [m.name for m in airspace(at=two).marks] == ["Scene", "06 LFPX", "24 LFPX", "09 LFPY", "27 LFPY"]


def test_the_path_to_a_threshold_comes_from_outside() -> None:
    made = airspace()
    assert [f.name for f in made.finals] == ["LFPX 06", "LFPX 24"]
    first, second = made.finals
    out_m, off_m = first.seen_from(np.array([first.x_m, second.x_m]), np.array([first.y_m, second.y_m]))
    assert out_m == pytest.approx([0.0, -2400.0], abs=0.5)
    assert off_m == pytest.approx([0.0, 0.0], abs=0.5)
    x, y = first.x_m + 3000.0 * first.out_x, first.y_m + 3000.0 * first.out_y
    right_x, right_y = first.out_y, -first.out_x
    out_m, off_m = first.seen_from(np.array([x + 50.0 * right_x]), np.array([y + 50.0 * right_y]))
    assert (out_m[0], off_m[0]) == (pytest.approx(3000.0), pytest.approx(50.0))


# --- permits


def test_a_permit_holds_from_its_first_to_before_its_last_moment() -> None:
    table = Authorisation(id="A", operator="FRA1", serial="S", lat_deg=LAT_DEG, lon_deg=LON_DEG,
                          radius_m=100.0, up_to_m=200.0, from_time="2023-11-14T22:00:00Z",
                          to_time="2023-11-15T00:00:00+01:00")  # fmt: skip
    (permit,) = airspace(at=site(authorisation=(table,))).permits
    assert (permit.start_s, permit.end_s) == (1_699_999_200.0, 1_700_002_800.0)
    assert [permit.at(t) for t in (permit.start_s - 1, permit.start_s, permit.end_s - 1, permit.end_s)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert permit.volume.upper_datum == "AMSL"
