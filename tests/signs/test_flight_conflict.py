"""A strange object against named crewed flights; two flights in their place are not our business."""

from typing import Any

import numpy as np
import pytest

from beffroi.scene import scene
from beffroi.sign import Finding, priority
from beffroi.site import Site
from ruling import codes, found, limited

AIRLINER: dict[str, Any] = {
    "id": 5, "x_m": 0.0, "y_m": 0.0, "vx_mps": 80.0, "alt_m": 300.0, "alt_sigma_m": 15.0, "climb_mps": 0.0,
    "kind": "aircraft", "identity": "icao24:393322", "callsign": "AFR1234",
}  # fmt: skip
DRONE: dict[str, Any] = {
    "id": 4,
    "x_m": 2400.0,
    "y_m": 50.0,
    "alt_m": 310.0,
    "alt_sigma_m": 10.0,
    "climb_mps": 0.0,
}


def of(*others: dict[str, Any], at: Site | None = None, **row: Any) -> list[Finding]:
    """A drone in the way of an airliner, and others."""
    return found("flight_conflict", scene([DRONE | row, AIRLINER, *others], at=at))


def test_it_says_who_when_how_near_and_how_sure() -> None:
    (finding,) = of()
    (effect,) = finding.flights
    assert (effect.callsign, effect.subject) == ("AFR1234", "icao24:393322")
    assert effect.in_s == pytest.approx((2400.0 - np.sqrt(152.4**2 - 50.0**2)) / 80.0, abs=0.5)
    assert effect.distance_m == pytest.approx(50.0)
    assert effect.vertical_m == pytest.approx(10.0, abs=1e-6)
    assert 0.5 < effect.probability <= 1.0
    assert priority(finding.consequence, finding.time_left_s) == "urgent"
    assert {"track:4", "track:5"} <= set(finding.reasons[0].evidence)


@pytest.mark.parametrize(
    ("row", "fires"),
    [
        ({"y_m": 400.0}, False),
        ({"alt_m": 400.0}, False),
        ({"x_m": -2400.0}, False),
        ({"x_m": 5500.0}, False),
        ({"x_m": 2400.0, "y_m": -1500.0, "vy_mps": 50.0}, True),
        ({"alt_m": 100.0, "climb_mps": 6.7}, True),
    ],
    ids=["passes beside", "above", "behind", "more than a minute ahead", "crosses", "climbs into it"],
)
def test_where_they_meet_and_where_not(row: dict[str, Any], fires: bool) -> None:
    assert bool(of(**row)) is fires


def test_a_height_that_nobody_knows_leaves_it_possible_and_is_a_reason_against() -> None:
    (finding,) = of(alt_m=np.nan, alt_sigma_m=np.nan, climb_mps=np.nan)
    assert codes(finding) == ["closest", "no_height"]
    assert finding.reasons[1].weight < 0
    assert finding.flights[0].vertical_m is None


def test_the_surer_the_places_the_surer_the_conflict() -> None:
    sharp, vague = of()[0].flights[0], of(var_x_m2=300.0**2, var_y_m2=300.0**2)[0].flights[0]
    assert vague.probability < sharp.probability


def test_two_flights_in_their_place_are_not_our_business() -> None:
    second = DRONE | {"kind": "aircraft", "identity": "icao24:393323", "vx_mps": -80.0}
    assert found("flight_conflict", scene([second, AIRLINER])) == []


def test_a_second_track_of_the_same_aircraft_is_no_conflict() -> None:
    shadow = AIRLINER | {"id": 6, "x_m": -150.0, "identity": -1, "callsign": "X", "kind": "light"}
    assert found("flight_conflict", scene([shadow, AIRLINER])) == []


def test_an_ultralight_counts_and_a_bird_does_not() -> None:
    assert len(of(kind="ultralight", vx_mps=20.0)) == 1
    assert of(kind="bird") == []


def test_several_flights_are_one_finding_the_first_one_first() -> None:
    second = AIRLINER | {"id": 6, "x_m": -1000.0, "identity": "icao24:393399", "callsign": "BAW7"}
    (finding,) = of(second)
    assert [f.callsign for f in finding.flights] == ["AFR1234", "BAW7"]


def test_the_well_clear_volume_is_wider_and_up_to_the_site() -> None:
    beside: dict[str, Any] = {"y_m": 700.0}
    assert of(**beside) == []
    (finding,) = of(at=limited("flight_conflict", volume="well_clear"), **beside)
    assert finding.flights[0].in_s == 0.0, "with 35 s to go it is not well clear any more"


def test_on_the_ground_nobody_meets() -> None:
    assert found("flight_conflict", scene([DRONE, AIRLINER | {"on_ground": True}])) == []
    assert of(on_ground=True) == []
