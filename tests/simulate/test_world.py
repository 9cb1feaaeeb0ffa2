"""The truth: ways with speeds and waits, birds and cars that stay where they belong; one seed, one world."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.simulate.scenario import Flock, Road
from beffroi.simulate.world import World, declared
from simulate_made import LAT_DEG, LON_DEG, PLANE, START_S, actor, leg, world


def test_a_way_is_flown_at_its_speeds_with_its_waits() -> None:
    way = actor(leg(0.0, 0.0, speed_mps=10.0), leg(300.0, 0.0, wait_s=20.0, speed_mps=5.0), leg(300.0, 100.0))
    here = world(way)
    places = [here.actor(0, START_S + t) for t in (0.0, 15.0, 30.0, 45.0, 60.0, 69.9)]
    xy = np.array([p[:2] for p in places if p is not None])
    assert xy == pytest.approx(
        np.array([[0, 0], [150, 0], [300, 0], [300, 0], [300, 50], [300, 99.5]]), abs=0.1
    )
    moving, waiting = here.actor(0, START_S + 10.0), here.actor(0, START_S + 40.0)
    assert moving is not None
    assert waiting is not None
    assert moving[3:] == pytest.approx([10.0, 0.0], abs=0.05)
    assert waiting[3:] == pytest.approx([0.0, 0.0], abs=0.05)


def test_before_and_after_its_way_an_actor_is_nowhere() -> None:
    here = world(actor(leg(0.0, 0.0), leg(100.0, 0.0), start_s=60.0))
    assert [here.actor(0, START_S + t) is not None for t in (59.9, 60.0, 69.9, 70.1)] == [
        False,
        True,
        True,
        False,
    ]
    assert [len(here.at(START_S + t).name) for t in (0.0, 65.0, 100.0)] == [0, 1, 0]


def test_a_mere_voice_is_not_there() -> None:
    here = world(actor(leg(0.0, 0.0), leg(100.0, 0.0), on_air_only=True))
    assert here.at(START_S + 1.0).name == []
    assert here.actor(0, START_S + 1.0) is not None


def test_a_climb_takes_time_too() -> None:
    here = world(actor(leg(0.0, 0.0, 100.0, speed_mps=5.0), leg(0.0, 0.0, 150.0)))
    place = here.actor(0, START_S + 5.0)
    assert place is not None
    assert place[2] == pytest.approx(125.0)


def populated() -> World:
    flock = Flock(lat_deg=LAT_DEG, lon_deg=LON_DEG, count=30, spread_m=400.0)
    south, north = PLANE.inverse(1000.0, -2000.0), PLANE.inverse(1000.0, 2000.0)
    road = Road(path=((float(south[0]), float(south[1])), (float(north[0]), float(north[1]))), alt_msl_m=95.0,
                cars=20)  # fmt: skip
    return world(flock=(flock,), road=(road,))


@given(st.floats(0.0, 10_000.0))
def test_birds_stay_about_their_place_and_cars_on_their_road(since_s: float) -> None:
    things = populated().at(START_S + since_s)
    bird = np.array([k == "bird" for k in things.kind])
    speed = np.hypot(things.vx_mps, things.vy_mps)
    assert bird.sum() == 30
    assert (np.hypot(things.x_m, things.y_m)[bird] < 4000.0).all()
    assert speed[bird].max() < 35.0
    assert np.abs(things.x_m[~bird] - 1000.0) == pytest.approx(np.zeros(20), abs=1.0)
    assert (np.abs(things.y_m[~bird]) <= 2000.5).all()
    assert (speed[~bird] < 20.0 * 1.21).all()
    assert len(set(things.name)) == 50


def test_things_move_as_their_speeds_say() -> None:
    here = populated()
    one, two = here.at(START_S + 100.0), here.at(START_S + 100.2)
    vx, vy = (two.x_m - one.x_m) / 0.2, (two.y_m - one.y_m) / 0.2
    turning = np.abs(np.abs(one.y_m) - 2000.0) < 10.0
    assert vx[~turning] == pytest.approx(one.vx_mps[~turning], abs=1.5)
    assert vy[~turning] == pytest.approx(one.vy_mps[~turning], abs=1.5)


def test_the_same_seed_is_the_same_world_and_another_is_another() -> None:
    def places(seed: int) -> np.ndarray:
        flock = Flock(lat_deg=LAT_DEG, lon_deg=LON_DEG, count=5)
        return world(flock=(flock,), seed=seed).at(START_S + 50.0).x_m

    assert (places(7) == places(7)).all()
    assert (places(7) != places(8)).all()


def test_a_forger_declares_another_place_and_its_own_speed() -> None:
    forger = actor(leg(0.0, 0.0, speed_mps=9.0), leg(500.0, 0.0), declared_m=(-3200.0, 900.0))
    here = world(forger).actor(0, START_S + 10.0)
    assert here is not None
    assert declared(forger, here) == pytest.approx(here + [-3200.0, 900.0, 0.0, 0.0, 0.0])
