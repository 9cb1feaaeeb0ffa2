"""Something on the way of a flight that lands or takes off: named, timed, and only while somebody comes."""

from typing import Any

import numpy as np
import pytest

from beffroi.flight import Flight, PathPoint
from beffroi.scene import NOW_S, scene
from beffroi.sign import Finding
from ruling import codes, found

ALONG = np.array([np.sin(np.radians(62.0)), np.cos(np.radians(62.0))])
"""From the middle of the field to threshold 24, where flights come from."""
ACROSS = np.array([ALONG[1], -ALONG[0]])
THRESHOLD_M, FIELD_M = 1200.0, 89.0


def lands(
    name: str = "AFR1234", in_s: float = 90.0, phase: Any = "arrival", runway: str = "LFPX 24"
) -> Flight:
    """A flight on the centre line at 70 m/s, over threshold 24 in `in_s`, that rolls out."""
    points = tuple(
        PathPoint(time_s=NOW_S + in_s - d / 70.0, x_m=float(ALONG[0] * (THRESHOLD_M + d)),
                  y_m=float(ALONG[1] * (THRESHOLD_M + d)), sigma_m=30.0,
                  alt_m=FIELD_M + max(15.0 + 0.0524 * d, 0.0))
        for d in np.arange(70.0 * in_s, -1800.0, -350.0)
    )  # fmt: skip
    return Flight(subject=f"flight:{name}", callsign=name, phase=phase, runway=runway,
                  threshold_s=NOW_S + in_s, path=points, probability=0.9)  # fmt: skip


def of(
    *flights: Flight, out_m: float = 2000.0, off_m: float = 0.0, over_m: float = 0.0, **row: Any
) -> list[Finding]:
    """A drone before threshold 24, beside the centre line, above the glide path."""
    x, y = ALONG * (THRESHOLD_M + out_m) + ACROSS * off_m
    alt_m = FIELD_M + 15.0 + 0.0524 * max(out_m, 0.0) + over_m
    drone = {"id": 4, "x_m": float(x), "y_m": float(y), "alt_m": alt_m} | row
    return found("approach_path", scene([drone], flights=flights or (lands(),)))


def test_the_flight_is_named_with_its_time() -> None:
    (finding,) = of()
    (effect,) = finding.flights
    assert (effect.callsign, effect.runway) == ("AFR1234", "LFPX 24")
    assert effect.in_s == pytest.approx(90.0 - 2000.0 / 70.0, abs=3.0)
    assert 0.5 < effect.probability <= 0.9, "no surer than that the flight lands there"
    assert finding.time_left_s == effect.in_s
    assert "flight:AFR1234" in finding.reasons[1].evidence


@pytest.mark.parametrize(
    ("where", "inside"),
    [
        ({"out_m": 8900.0}, False),  # the flight is there already: it is behind it
        ({"out_m": 4000.0, "off_m": 500.0}, True),
        ({"out_m": 4000.0, "off_m": 560.0}, False),
        ({"out_m": 300.0, "off_m": 210.0}, False),
        ({"out_m": 2000.0, "over_m": 140.0}, True),
        ({"out_m": 2000.0, "over_m": 160.0}, False),
        ({"out_m": 2000.0, "over_m": -160.0}, False),
        ({"out_m": -1200.0, "over_m": 20.0}, True),
        ({"out_m": -3000.0, "over_m": 20.0}, False),
    ],
    ids=["passed", "wide", "too wide", "beside it", "high", "too high", "low", "over the runway", "beyond"],
)  # fmt: skip
def test_the_path_has_edges(where: dict[str, Any], inside: bool) -> None:
    assert bool(of(**where)) is inside


def test_without_a_flight_on_it_a_path_is_air() -> None:
    assert found("approach_path", scene([{"id": 4, "x_m": 2800.0, "y_m": 1490.0, "alt_m": 200.0}])) == []
    assert of(lands(phase="overflight")) == []
    assert of(lands(runway="LFPX 06")) == []
    assert of(lands(in_s=2000.0)) == [], "too far ahead"


def test_all_flights_that_pass_it_are_named_the_first_one_first() -> None:
    (finding,) = of(lands("BAW7", 240.0), lands("AFR1", 90.0), lands("DLH3", 160.0))
    assert [f.callsign for f in finding.flights] == ["AFR1", "DLH3", "BAW7"]
    assert finding.params["flight"] == "AFR1"
    assert finding.reasons[1].params["count"] == 3


def test_one_finding_a_track_though_two_paths_hold_it() -> None:
    """Over the runway it is in the way of who lands on either end."""
    other = lands("BAW7", 200.0, runway="LFPX 06")
    (finding,) = of(lands(), other, out_m=-1200.0, over_m=30.0)
    assert finding.flights[0].callsign == "AFR1234"


def test_without_a_height_it_counts_with_less_weight() -> None:
    (finding,) = of(alt_m=np.nan)
    assert codes(finding) == ["in_path", "flights", "no_height"]
    assert finding.reasons[2].weight < 0
    assert finding.flights[0].vertical_m is None


@pytest.mark.parametrize("row", [{"kind": "bird"}, {"on_ground": True}, {"confirmed": False}])
def test_what_is_not_meant(row: dict[str, Any]) -> None:
    assert of(**row) == []
