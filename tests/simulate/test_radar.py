"""The radar: its datagrams, read by the real feed, say what is there within its noise, and no more."""

from typing import Any

import numpy as np
import pytest

from beffroi.kernels.geodesy import geodetic_to_polar
from beffroi.observation import Observation
from beffroi.simulate.radar import BLIND_MPS, HEIGHT_SIGMA_M, SECTORS, Sweeper
from beffroi.simulate.scenario import Flock, Radar
from beffroi.simulate.world import World
from simulate_made import LAT_DEG, LON_DEG, START_S, actor, decoded, leg, sensor, world


def swept(here: World, turns: int, seed: int = 3, **radar: Any) -> list[Observation]:
    """What the feed makes of some turns."""
    said: dict[str, Any] = {"source": "sensor", "sac": 8, "sic": 11, "detection_p": 1.0}
    sweeper = Sweeper(Radar(**(said | {"clutter_per_turn": 0.0} | radar)), sensor(), here, seed)
    times = [(number, START_S + number / SECTORS) for number in range(turns * SECTORS)]
    return list(decoded("asterix", [(at_s, sweeper.sector(number, at_s)) for number, at_s in times]))


def plots(found: list[Observation]) -> list[Observation]:
    return [o for o in found if o.kind == "plot"]


def test_a_plot_is_where_the_thing_is_within_the_noise() -> None:
    here = world(actor(leg(2000.0, 3000.0, 160.0, speed_mps=12.0), leg(5200.0, 5400.0, 160.0)))
    errors = []
    for o in plots(swept(here, 300)):
        true = here.actor(0, o.time_s)
        assert true is not None
        lat, lon = here.plane.inverse(true[0], true[1])
        range_m, azimuth, _ = geodetic_to_polar(lat, lon, true[2], LAT_DEG, LON_DEG, 100.0)
        assert o.range_m is not None
        assert o.azimuth_deg is not None
        assert o.alt_msl_m is not None
        errors.append([o.range_m - range_m, o.azimuth_deg - azimuth, o.alt_msl_m - true[2]])
    errors_ = np.array(errors, dtype=np.float64)
    assert len(errors_) == 300, "one plot a turn"
    sigma = np.array([12.0, 0.15, HEIGHT_SIGMA_M])
    assert (
        np.abs(errors_.mean(0)) == pytest.approx(np.zeros(3), abs=1.0)
        or (np.abs(errors_.mean(0)) < 4.0 * sigma / np.sqrt(300)).all()
    )
    assert (np.abs(errors_.std(0) / sigma - 1.0) < 0.25).all()


def test_what_moves_across_the_beam_hides() -> None:
    """A radar for small things sees what moves towards it or away."""
    hovers = actor(leg(3000.0, 0.0, wait_s=60.0), leg(3000.0, 1.0))
    assert plots(swept(world(hovers), 20)) == []
    assert BLIND_MPS > 0.0


def test_it_sees_as_far_as_it_does_and_not_overhead() -> None:
    far = actor(leg(11_500.0, 0.0, speed_mps=20.0), leg(13_000.0, 0.0))
    seen = plots(swept(world(far), 60))
    assert max(o.range_m or 0.0 for o in seen) < 12_000.0 + 4 * 12.0
    assert 20 <= len(seen) <= 30
    above = actor(leg(50.0, 0.0, 900.0, speed_mps=5.0), leg(200.0, 0.0, 900.0))
    assert plots(swept(world(above), 20)) == []


def test_it_misses_as_often_as_it_should() -> None:
    here = world(actor(leg(2000.0, 0.0, speed_mps=10.0), leg(6000.0, 0.0)))
    assert len(plots(swept(here, 300, detection_p=0.8))) == pytest.approx(240, abs=25)


def test_false_echoes_come_as_often_as_they_should_and_anywhere() -> None:
    seen = plots(swept(world(), 300, clutter_per_turn=3.0))
    assert len(seen) == pytest.approx(900, abs=100)
    quarter = np.bincount([int((o.azimuth_deg or 0.0) // 90.0) for o in seen], minlength=4)
    assert (np.abs(quarter - 225) < 60).all()
    inner = sum((o.range_m or 0.0) < 6000.0 for o in seen)
    assert inner == pytest.approx(225, abs=60), "even over the area: a quarter within half the range"


def test_most_birds_are_called_so_and_few_other_things() -> None:
    flock = Flock(lat_deg=LAT_DEG + 0.03, lon_deg=LON_DEG, count=20)
    seen = plots(swept(world(flock=(flock,)), 60))
    assert sum(o.said_class == "bird" for o in seen) / len(seen) == pytest.approx(0.7, abs=0.06)
    drone = world(actor(leg(2000.0, 0.0, speed_mps=5.0), leg(6000.0, 0.0)))
    flagged = sum(o.classes is not None for o in plots(swept(drone, 500)))
    assert 0 < flagged < 30


def test_a_thing_that_jumps_does_not_break_it() -> None:
    """A recording may hold a place for a while and then catch up."""
    jumps = actor(leg(0.0, 2000.0, speed_mps=4000.0), leg(0.0, 9000.0, speed_mps=10.0), leg(0.0, 9500.0))
    assert len(plots(swept(world(jumps), 20))) > 10


def test_every_turn_has_its_north_mark_and_tells_its_period() -> None:
    health = [o.health for o in swept(world(), 5) if o.kind == "health"]
    assert sum(h is not None and h.rotation_period_s == 1.0 for h in health) == 5


def test_its_clock_is_right_and_the_same_seed_gives_the_same_bytes() -> None:
    here = world(actor(leg(2000.0, 0.0, speed_mps=10.0), leg(6000.0, 0.0)))
    assert all(abs(o.time_s - o.received_at_s) <= 1 / 128 for o in swept(here, 20))
    assert swept(here, 20) == swept(here, 20)
    assert swept(here, 20) != swept(here, 20, seed=4)


def test_a_radar_needs_a_place() -> None:
    with pytest.raises(ValueError, match="needs a place"):
        Sweeper(Radar(source="s", sac=1, sic=1), sensor(lat_deg=None, lon_deg=None), world(), 1)
