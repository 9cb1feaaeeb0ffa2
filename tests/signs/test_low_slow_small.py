"""Low, slow and small by the runway; a height is needed, for low is the point."""

from typing import Any

import numpy as np
import pytest

from beffroi.scene import NOW_S, claim, scene
from beffroi.sign import Finding
from ruling import found
from skies import here, permit

DRONE: dict[str, Any] = {"id": 4, "x_m": -300.0, "y_m": 550.0, "alt_m": 149.0, "vx_mps": 5.0}


def of(**row: Any) -> list[Finding]:
    return found("low_slow_small", scene([DRONE | row]))


@pytest.mark.parametrize(("alt_m", "fires"), [(89.0 + 149.0, True), (89.0 + 151.0, False), (np.nan, False)])
def test_low_is_counted_from_the_aerodrome(alt_m: float, fires: bool) -> None:
    assert bool(of(alt_m=alt_m)) is fires


@pytest.mark.parametrize(
    "row",
    [{"vx_mps": 26.0}, {"kind": "bird"}, {"kind": "vehicle"}, {"on_ground": True},
     {"measured_s": NOW_S - 11.0}, {"x_m": 5000.0}],
    ids=["fast", "bird", "car", "parked", "lost", "far"],
)  # fmt: skip
def test_what_is_not_meant(row: dict[str, Any]) -> None:
    assert of(**row) == []


def test_how_far_the_runway_is_is_said() -> None:
    finding = of(x_m=0.0, y_m=600.0)[0]
    assert finding.params["runway_m"] == pytest.approx(600.0 * np.sin(np.radians(62.0)), abs=1.0)


def test_the_airport_s_own_drone_is_left_alone_where_a_sensor_holds_it() -> None:
    at = here(authorisation=(permit("S1"),))
    assert found("low_slow_small", scene([DRONE], claims=[claim("uas:S1", 4)], at=at)) == []
    stranger = found("low_slow_small", scene([DRONE], claims=[claim("uas:S2", 4)], at=at))
    assert [f.aliases for f in stranger] == [("uas:S2",)]
