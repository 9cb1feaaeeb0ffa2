"""FLARM: lines that the real feed reads as what the glider or ultralight does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.observation import Observation
from beffroi.simulate import flarm
from beffroi.simulate.world import World
from simulate_made import PLANE, START_S, actor, decoded, leg, world


def said(here: World, since_s: float) -> list[Observation]:
    at_s = START_S + since_s
    return list(decoded("ogn", [(at_s, line) for line in flarm.lines(here, at_s, "LFPX")]))


def flying(x_m: float, y_m: float, kind: str = "ultralight") -> World:
    return world(
        actor(leg(x_m, y_m, 320.0, speed_mps=21.0), leg(x_m + 2100.0, y_m, 320.0), kind=kind, flarm="DD1F01")
    )


@given(st.floats(-60_000.0, 60_000.0), st.floats(-60_000.0, 60_000.0))
def test_a_line_is_what_it_does_wherever_it_flies(x_m: float, y_m: float) -> None:
    """Thousandths of a minute: 1.9 m; whole knots, feet and degrees."""
    here = flying(x_m, y_m)
    (o,) = said(here, 10.0)
    true = here.actor(0, START_S + 10.0)
    assert true is not None
    x, y = PLANE.forward(o.lat_deg or 0.0, o.lon_deg or 0.0)
    assert np.hypot(x - true[0], y - true[1]) < 1.5
    assert o.alt_msl_m == pytest.approx(320.0, abs=0.2)
    assert o.ground_speed_mps == pytest.approx(21.0, abs=0.3)
    assert o.track_deg == pytest.approx(90.0, abs=1.5)
    assert o.time_s == START_S + 10.0


@pytest.mark.parametrize("kind", ["glider", "helicopter", "ultralight", "paraglider", "light"])
def test_it_says_what_it_is(kind: str) -> None:
    (o,) = said(flying(0.0, 0.0, kind), 1.0)
    assert o.said_class in (kind, "paraglider" if kind == "ultralight" else kind, "ultralight")
    assert o.subject == "ogn:flarm-dd1f01"


def test_without_flarm_it_is_silent() -> None:
    assert said(world(actor(leg(0.0, 0.0), leg(900.0, 0.0), kind="glider")), 1.0) == []


def test_south_and_west_are_written_so() -> None:
    assert flarm._degrees(-33.5, 2, "NS") == ("3330.00S", 0)
    assert flarm._degrees(-0.0001, 3, "EW") == ("00000.00W", 6)
    assert flarm._degrees(9.99999999, 2, "NS") == ("1000.00N", 0), "it carries over"
