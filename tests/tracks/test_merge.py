"""What becomes one track and what does not: place, velocity, height and the time of a stamp."""

import numpy as np
import pytest

from beffroi.track import TrackColumns
from beffroi.tracks.scan import Scan, Sensor, positions
from beffroi.tracks.tracker import Tracker

RADAR = Sensor(id="radar", sees_all=True, period_s=1.0, x_m=0.0, y_m=0.0, range_max_m=50_000.0)
ADSB = Sensor(id="adsb", measured=False, stamp_sigma_s=0.7)


def seen(time_s: float, x_m: float, alt_m: float) -> Scan:
    """What a radar says: 12 m, and 15 m in height."""
    scan = positions(np.array([time_s]), np.array([x_m]), np.array([2000.0]), 12.0)
    scan.z_m, scan.var_z_m2 = np.array([alt_m]), np.array([15.0**2])
    return scan


def said(
    time_s: float, x_m: float, alt_m: float, *, ground: bool = False, v_mps: float | None = None
) -> Scan:
    """A state vector; on the ground it stands at the height of the threshold."""
    scan = positions(np.array([time_s]), np.array([x_m]), np.array([2000.0]), 20.0)
    scan.identity, scan.on_ground = np.array([5]), np.array([ground])
    scan.z_m, scan.var_z_m2 = np.array([alt_m]), np.array([5.0**2 if ground else 20.0**2])
    if v_mps is not None:
        scan.vx_mps, scan.vy_mps, scan.var_v_m2ps2 = np.array([v_mps]), np.zeros(1), np.ones(1)
    return scan


def live(columns: TrackColumns) -> list[tuple[int, float]]:
    """(identity, height) of the confirmed tracks."""
    rows = zip(columns.identity, columns.alt_m, columns.confirmed, strict=True)
    return sorted((int(name), round(float(alt_m), -1)) for name, alt_m, sure in rows if sure)


def both(alt_m: float, seed: int) -> TrackColumns:
    """A radar sees something `alt_m` high, at 4 m/s; then an aircraft taxies as fast right below it."""
    tracker, rng = Tracker(), np.random.default_rng(seed)
    for k in range(60):
        noise = rng.normal(0.0, (10.0, 15.0, 8.0))
        tracker.scan(seen(k, 500.0 + 4.0 * k + noise[0], alt_m + noise[1]), RADAR)
        if k >= 5:
            tracker.scan(said(k + 0.3, 500.0 + 4.0 * k + noise[2], 45.0, ground=True), ADSB)
    return tracker.columns(60.0)


@pytest.mark.parametrize("seed", range(5))
def test_what_flies_over_a_taxiing_aircraft_gets_no_name(seed: int) -> None:
    columns = both(140.0, seed)
    assert [name for name, _ in live(columns)] == [-1, 5]
    assert columns.alt_m[columns.identity == 5] == pytest.approx(45.0, abs=10.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_taxiing_aircraft_itself_is_one_track(seed: int) -> None:
    assert [name for name, _ in live(both(45.0, seed))] == [5]


def flown(late_m: float, seed: int) -> TrackColumns:
    """It says at 85 m/s that it is where it was `late_m` ago; after 20 s a radar sees it too."""
    tracker, rng = Tracker(), np.random.default_rng(seed)
    for k in range(45):
        x = -6000.0 + 85.0 * k
        noise = rng.normal(0.0, (12.0, 15.0))
        if k >= 20:
            tracker.scan(seen(k, x + noise[0], 400.0 + noise[1]), RADAR)
        tracker.scan(said(k + 0.3, x + 85.0 * 0.3 - late_m, 400.0, v_mps=85.0), ADSB)
    return tracker.columns(45.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_fast_aircraft_whose_words_are_late_is_one_track(seed: int) -> None:
    """The stamps of state vectors are rounded to seconds."""
    assert [name for name, _ in live(flown(110.0, seed))] == [5]


@pytest.mark.parametrize("seed", range(5))
def test_two_that_fly_one_behind_the_other_are_two(seed: int) -> None:
    assert [name for name, _ in live(flown(500.0, seed))] == [-1, 5]


@pytest.mark.parametrize(("apart_m", "same"), [(0.0, True), (40.0, True), (120.0, False), (400.0, False)])
def test_a_plot_far_above_a_track_is_of_something_else(apart_m: float, same: bool) -> None:
    tracker = Tracker()
    for k in range(20):
        track = tracker.scan(seen(k, 500.0 + 10.0 * k, 150.0), RADAR)[0]
    assert bool(tracker.scan(seen(20.0, 700.0, 150.0 + apart_m), RADAR)[0] == track) is same


@pytest.mark.parametrize(("ground", "known"), [(True, True), (False, False)])
def test_what_stands_stays_at_its_height_while_nobody_hears_of_it(ground: bool, known: bool) -> None:
    tracker = Tracker()
    for k in range(20):
        tracker.scan(said(k, 500.0, 45.0, ground=ground), ADSB)
    columns = tracker.columns(45.0)
    assert (float(columns.alt_sigma_m[0]) < 15.0) is known
