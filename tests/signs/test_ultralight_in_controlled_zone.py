"""An ultralight in the control zone: from its own word, a radar, or a person; one sign for one machine."""

from typing import Any

import msgspec
import pytest

from beffroi.observation import Class, Observation, Report
from beffroi.scene import NOW_S, claim, scene
from beffroi.sentence import REPORTER
from beffroi.sign import Finding
from beffroi.signs import reason
from ruling import codes, found
from skies import PLANE, ring

RULE = "ultralight_in_controlled_zone"
CTR = ring(5000.0, reasons=("AIR_TRAFFIC",), restriction="REQ_AUTHORISATION")
MACHINE: dict[str, Any] = {
    "id": 5,
    "x_m": 1000.0,
    "y_m": 0.0,
    "alt_m": 300.0,
    "vx_mps": 22.0,
    "kind": "ultralight",
}


def of(
    *sightings: Observation, claims: Any = (), zone: Any = CTR, tracks: bool = True, **row: Any
) -> list[Finding]:
    rows = [MACHINE | row] if tracks else []
    return found(
        "ultralight_in_controlled_zone", scene(rows, zones=[zone], sightings=sightings, claims=claims)
    )


def seen(x_m: float, reporter: Any = "tower", kind: Class = "ultralight", **more: Any) -> Observation:
    lat, lon = (float(v) for v in PLANE.inverse(x_m, 0.0))
    said: dict[str, Any] = {
        "kind": "sighting",
        "time_s": NOW_S - 30.0,
        "received_at_s": NOW_S,
        "source": "desk",
    }
    said |= {"frame": b"\3" * 16, "lat_deg": lat, "lon_deg": lon, "classes": {kind: 0.9},
             "report": Report(reporter=reporter, grade="B2"), "subject": f"sighting:{x_m:.0f}"}  # fmt: skip
    return Observation(**(said | more))


def test_its_own_word_and_its_movement_are_different_reasons() -> None:
    assert codes(of()[0]) == ["moves_like"]
    assert codes(of(claims=[claim("ogn:flarm-dd1f01", 5, kind="ultralight")])[0]) == ["declared"]


@pytest.mark.parametrize("kind", ["ultralight", "glider", "paraglider", "parachute"])
def test_what_is_meant(kind: str) -> None:
    assert len(of(kind=kind)) == 1


@pytest.mark.parametrize(
    "row",
    [{"kind": "light"}, {"kind": "drone"}, {"kind": "helicopter"}, {"x_m": 5100.0}, {"alt_m": 500.0},
     {"on_ground": True}, {"confirmed": False}],
    ids=["light", "drone", "helicopter", "outside", "above", "landed", "tentative"],
)  # fmt: skip
def test_what_is_not(row: dict[str, Any]) -> None:
    assert of(**row) == []


def test_a_zone_that_has_nothing_to_do_with_traffic_does_not_count() -> None:
    assert of(zone=msgspec.structs.replace(CTR, reasons=("NATURE",))) == []


def test_a_report_alone_is_enough_and_says_who_told_it() -> None:
    (finding,) = of(seen(800.0), tracks=False)
    assert finding.subject == "sighting:800"
    assert REPORTER["tower"]["fr"] in reason(finding.reasons[0], RULE, "fr", "metric")
    assert "source:desk" in finding.reasons[0].evidence


@pytest.mark.parametrize(
    "more",
    [{"time_s": NOW_S - 700.0}, {"kind": "drone"}, {"x_m": 5100.0}, {"alt_msl_m": 900.0}, {"lat_deg": None},
     {"classes": None}],
    ids=["old", "a drone", "outside", "above", "no place", "no kind"],
)  # fmt: skip
def test_a_report_of_something_else_is_not(more: dict[str, Any]) -> None:
    assert of(seen(**({"x_m": 800.0} | more)), tracks=False) == []


def test_a_track_and_the_reports_of_it_are_one() -> None:
    (finding,) = of(seen(1500.0), seen(300.0, "pilot"))
    assert finding.subject == "track:5"
    assert codes(finding) == ["moves_like", "reported", "reported"]


def test_two_reports_of_one_are_one_and_of_two_are_two() -> None:
    (finding,) = of(seen(0.0), seen(900.0, "public"), tracks=False)
    assert finding.subject == "sighting:0"
    assert codes(finding) == ["reported", "reported"]
    assert len(of(seen(-2000.0), seen(2000.0), tracks=False)) == 2
