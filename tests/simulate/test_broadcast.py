"""Remote ID: beacons that the real feed reads as what the drone says of itself, true or not."""

from typing import Any

import numpy as np
import pytest

from beffroi.observation import Observation
from beffroi.simulate import broadcast
from beffroi.simulate.world import World
from simulate_made import PLANE, START_S, actor, decoded, leg, world

SERIAL = "1588E040445AC000111"
GEOID_M = 44.4


def said(here: World, since_s: float) -> list[Observation]:
    at_s = START_S + since_s
    return list(decoded("remote_id", [(at_s, f) for f in broadcast.frames(here, at_s, GEOID_M)]))


def drone(**more: Any) -> World:
    fields: dict[str, Any] = {"serial": SERIAL, "transmitter": "02:00:00:00:01:11", "operator": (48.70, 2.35)}
    way = leg(500.0, 800.0, 170.0, speed_mps=12.0), leg(2900.0, 2600.0, 170.0)
    return world(actor(*way, **(fields | more)))


def test_a_claim_is_what_the_drone_does() -> None:
    here = drone()
    (o,) = said(here, 20.0)
    true = here.actor(0, START_S + 20.0)
    assert true is not None
    x, y = PLANE.forward(o.lat_deg or 0.0, o.lon_deg or 0.0)
    assert np.hypot(x - true[0], y - true[1]) < 0.1, "steps of 1e-7 degrees"
    assert o.alt_wgs84_m == pytest.approx(170.0 + GEOID_M, abs=0.5)
    assert o.ground_speed_mps == pytest.approx(12.0, abs=0.25)
    assert o.track_deg == pytest.approx(np.degrees(np.arctan2(true[3], true[4])), abs=1.0)
    assert (o.kind, o.subject, o.said_class) == ("claim", f"uas:{SERIAL}", "drone")
    assert o.transmitter == "mac:02:00:00:00:01:11"
    assert o.time_s == pytest.approx(START_S + 20.0, abs=0.1)
    assert o.on_ground is False


def test_the_operator_stands_where_the_scenario_says() -> None:
    (o,) = said(drone(), 5.0)
    assert o.operator is not None
    assert o.operator.lat_deg == pytest.approx(48.70)
    assert o.operator.lon_deg == pytest.approx(2.35)
    assert o.operator.at_takeoff
    (bare,) = said(drone(operator=None), 5.0)
    assert bare.operator is None


def test_a_forger_says_another_place() -> None:
    here = drone(declared_m=(-3200.0, 900.0))
    (o,) = said(here, 20.0)
    true = here.actor(0, START_S + 20.0)
    assert true is not None
    x, y = PLANE.forward(o.lat_deg or 0.0, o.lon_deg or 0.0)
    assert [float(x) - true[0], float(y) - true[1]] == pytest.approx([-3200.0, 900.0], abs=0.5)


def test_who_has_no_serial_or_does_not_fly_is_not_on_air() -> None:
    assert said(drone(serial=None), 5.0) == []
    assert said(drone(), 10_000.0) == []


def test_every_drone_has_a_radio_of_its_own() -> None:
    several = world(
        *(actor(leg(0.0, 0.0), leg(900.0, 0.0), name=f"d{k}", serial=f"1588E0{k}") for k in range(300))
    )
    assert len({o.transmitter for o in said(several, 1.0)}) == 300
