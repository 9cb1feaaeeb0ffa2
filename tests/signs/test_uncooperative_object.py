"""Something flies near the aerodrome, a sensor holds it, and nobody hears it."""

from typing import Any

import numpy as np
import pytest

from beffroi.scene import NOW_S, scene
from beffroi.sign import Finding
from ruling import codes, found, limited

SILENT: dict[str, Any] = {"id": 4, "x_m": 2000.0, "y_m": 500.0, "alt_m": 180.0, "vx_mps": 12.0}


def of(**row: Any) -> list[Finding]:
    return found("uncooperative_object", scene([SILENT | row]))


def test_how_long_it_was_seen_is_said() -> None:
    finding = of(first_s=NOW_S - 42.0)[0]
    assert finding.reasons[0].params == {"seen_s": 42.0}


@pytest.mark.parametrize(
    "row",
    [
        {"identity": "uas:1"},
        {"claimed_s": NOW_S - 5.0},
        {"measured_s": NOW_S - 11.0},
        {"measured_s": np.nan},
        {"alt_m": 1100.0},
        {"x_m": 12_000.0},
        {"kind": "bird"},
        {"on_ground": True},
        {"first_s": NOW_S - 5.0},
        {"existence": 0.9},
    ],
    ids=[
        "says who it is",
        "spoke",
        "lost",
        "never measured",
        "high",
        "far",
        "bird",
        "parked",
        "new",
        "doubtful",
    ],
)
def test_what_is_not_meant(row: dict[str, Any]) -> None:
    assert of(**row) == []


def test_without_a_height_it_counts() -> None:
    assert len(of(alt_m=np.nan)) == 1


def test_several_sensors_are_a_second_reason() -> None:
    assert codes(of(sensors=1)[0]) == ["silent"]
    finding = of(sensors=3)[0]
    assert codes(finding) == ["silent", "several"]
    assert finding.reasons[1].params == {"count": 3}


def test_how_near_is_up_to_the_site() -> None:
    near = limited("uncooperative_object", near_m=500.0)
    assert found("uncooperative_object", scene([SILENT], at=near)) == []


def test_the_second_track_of_a_known_flight_is_no_object_of_its_own() -> None:
    """State vectors come late: the radar sees the airliner 100 m before the place that it tells."""
    flight = {"id": 5, "identity": "icao24:393322", "kind": "aircraft", "x_m": 2000.0, "y_m": 500.0,
              "alt_m": 180.0, "vx_mps": 80.0, "claimed_s": NOW_S, "measured_s": np.nan}  # fmt: skip
    seen = SILENT | {"x_m": 2100.0, "vx_mps": 80.0, "kind": "aircraft"}
    assert found("uncooperative_object", scene([seen, flight])) == []
    assert len(found("uncooperative_object", scene([seen | {"x_m": 2600.0}, flight]))) == 1
