"""One that stays: about one place, for minutes, near a runway."""

from typing import Any

import numpy as np
import pytest

from beffroi.scene import NOW_S, scene
from beffroi.sign import Finding
from beffroi.window import STEP_S
from ruling import found, limited


def of(path: list[tuple[float, float]], at: Any = None, **row: Any) -> list[Finding]:
    here = {"id": 4, "x_m": path[-1][0], "y_m": path[-1][1], "alt_m": 180.0,
            "first_s": NOW_S - STEP_S * len(path)} | row  # fmt: skip
    return found("loitering", scene([here], paths={4: path}, at=at))


def circle(radius_m: float, seconds: float) -> list[tuple[float, float]]:
    turns = np.linspace(0.0, 8.0 * np.pi, round(seconds / STEP_S))
    return [(2500.0 + radius_m * float(np.cos(a)), 500.0 + radius_m * float(np.sin(a))) for a in turns]


def test_who_circles_stays_and_who_circles_wide_does_not() -> None:
    assert of(circle(380.0, 240.0))[0].params["radius_m"] == pytest.approx(380.0, abs=20.0)
    assert of(circle(450.0, 240.0)) == []


def test_how_long_it_must_stay_is_up_to_the_site() -> None:
    assert of(circle(50.0, 120.0)) == []
    finding = of(circle(50.0, 120.0), at=limited("loitering", for_s=100.0))[0]
    assert finding.params["for_s"] == pytest.approx(102.0, abs=3.0)


@pytest.mark.parametrize(
    "row", [{"kind": "bird"}, {"existence": 0.9}, {"on_ground": True}, {"first_s": NOW_S - 30.0}],
    ids=["bird", "perhaps gone", "parked", "new"],
)  # fmt: skip
def test_what_is_not_meant(row: dict[str, Any]) -> None:
    assert of(circle(50.0, 240.0), **row) == []


def test_one_that_left_and_came_back_did_not_stay() -> None:
    away = [(2500.0, 500.0)] * 50 + [(4500.0, 500.0)] * 10 + [(2500.0, 500.0)] * 60
    assert of(away) == []


def test_far_from_every_runway_it_is_nobody_s_business() -> None:
    far = [(12_000.0 + x, y) for x, y in circle(50.0, 240.0)]
    assert of(far) == []


def test_one_that_hovers_unseen_for_a_while_still_stays() -> None:
    """A radar that sees what moves loses it; the track is carried on, and so is the sign."""
    assert len(of(circle(10.0, 240.0), coasting=True)) == 1
