"""Who is in a zone, or will be: and nobody for the zone's restriction, hour or height that does not apply."""

from typing import Any

import numpy as np
import pytest

from beffroi.scene import NOW_S, Scene, claim, scene
from beffroi.sign import Finding
from beffroi.site import Site
from beffroi.zone import Period, Zone
from ruling import codes, found, limited
from skies import ring


def over(*zones: Zone, at: Site | None = None, squawk: str | None = None, **row: Any) -> list[Finding]:
    """What is found of a drone over the field, seen by the radar, saying nothing."""
    drone = {"id": 7, "x_m": 500.0, "y_m": 0.0, "alt_m": 150.0} | row
    squawks = {7: (squawk, None)} if squawk else {}
    return found("zone_intrusion", scene([drone], zones=zones or (ring(),), squawks=squawks, at=at))


def test_inside_and_entering_are_told_apart() -> None:
    inside, entering = over()[0], over(x_m=-2200.0, vx_mps=20.0)[0]
    assert codes(inside) == ["inside"]
    assert codes(entering) == ["entering"]
    assert inside.time_left_s == 0.0
    assert entering.time_left_s == pytest.approx(10.0, abs=0.1)
    assert entering.params["in_s"] == entering.time_left_s


def test_one_finding_a_track_however_many_zones() -> None:
    nested = [ring(), ring(1000.0, identifier="INNER"), ring(5000.0, identifier="OUTER")]
    finding = over(*nested, x_m=-1500.0, vx_mps=40.0)
    assert len(finding) == 1
    assert finding[0].time_left_s == 0.0, "it is inside two of them now"


@pytest.mark.parametrize(
    "row",
    [
        {"alt_m": 451.0, "climb_mps": 0.0},
        {"on_ground": True},
        {"kind": "bird"},
        {"kind": "vehicle"},
        {"confirmed": False},
        {"existence": 0.7},
        {"x_m": -2200.0, "vx_mps": -20.0},
        {"x_m": -2700.0, "vx_mps": 20.0},
        {"x_m": -2200.0, "vx_mps": 20.0, "var_x_m2": 8000.0, "var_y_m2": 8000.0},
    ],
    ids=["above", "parked", "bird", "car", "tentative", "doubtful", "leaving", "too far ahead", "vague"],
)
def test_what_is_not_an_intrusion(row: dict[str, Any]) -> None:
    assert over(**row) == []


def test_a_vague_track_inside_still_counts() -> None:
    assert len(over(var_x_m2=8000.0, var_y_m2=8000.0)) == 1


def test_without_a_height_it_counts_and_says_so() -> None:
    finding = over(alt_m=np.nan)[0]
    assert codes(finding) == ["inside", "no_height"]
    assert finding.params["level"] is None


@pytest.mark.parametrize("restriction", ["CONDITIONAL", "NO_RESTRICTION", "USPACE"])
def test_zones_that_do_not_forbid_do_not_count_unless_the_site_says_so(restriction: str) -> None:
    zone = ring(restriction=restriction)
    assert over(zone) == []
    assert len(over(zone, at=limited("zone_intrusion", restrictions=[restriction]))) == 1


def test_a_zone_counts_while_it_applies() -> None:
    assert over(ring(periods=(Period(end_s=NOW_S - 1.0),))) == []
    assert len(over(ring(periods=(Period(start_s=NOW_S - 1.0, end_s=NOW_S + 1.0),)))) == 1


def test_a_crewed_flight_in_its_place_passes_and_an_ultralight_does_not() -> None:
    flight: dict[str, Any] = {"kind": "aircraft", "identity": "icao24:393322", "vx_mps": 60.0}
    assert over(squawk="5363", **flight) == []
    assert len(over(squawk="7000", **flight)) == 1
    assert len(over(squawk="5363", **flight | {"kind": "ultralight", "vx_mps": 25.0})) == 1


def test_the_zone_is_named_in_every_language_and_cited() -> None:
    finding = over()[0]
    assert finding.params["zone"] == {"en": "LFPX ring", "fr": "LFPX ring", "vi": "LFPX ring"}
    assert "zone:FRA:RING" in finding.reasons[0].evidence
    assert "track:7" in finding.reasons[0].evidence


def test_its_declared_identity_ties_it_to_other_signs() -> None:
    drone = {"id": 7, "x_m": 500.0, "alt_m": 150.0}
    made: Scene = scene([drone], zones=[ring()], claims=[claim("uas:X1", 7)])
    assert found("zone_intrusion", made)[0].aliases == ("uas:X1",)
