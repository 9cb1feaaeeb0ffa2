"""The biases of a sensor are learnt from aircraft that report themselves, and corrected."""

import numpy as np
import pytest

from beffroi.track import F
from beffroi.tracks.register import Bias
from beffroi.tracks.scan import Scan, Sensor, positions
from beffroi.tracks.tracker import Tracker

RADAR = Sensor(id="radar", sees_all=True, period_s=4.0, x_m=0.0, y_m=0.0)
ADSB = Sensor(id="adsb", measured=False, stamp_sigma_s=0.0)
RANGE_M, AZIMUTH_RAD, TIME_S = 90.0, np.radians(0.4), 0.25
SIGMA_RANGE_M, SIGMA_AZIMUTH_RAD = 40.0, np.radians(0.08)


def radar_scan(truth: F, speed: F, time_s: float, rng: np.random.Generator) -> Scan:
    """What a biased radar makes of aircraft: wrong in range and azimuth, and stamped late."""
    dx, dy = truth.T
    away = np.hypot(dx, dy) + RANGE_M + rng.normal(0, SIGMA_RANGE_M, len(truth))
    azimuth = np.arctan2(dx, dy) + AZIMUTH_RAD + rng.normal(0, SIGMA_AZIMUTH_RAD, len(truth))
    scan = positions(
        np.full(len(truth), time_s + TIME_S), away * np.sin(azimuth), away * np.cos(azimuth), SIGMA_RANGE_M
    )
    along, across = SIGMA_RANGE_M**2, (away * SIGMA_AZIMUTH_RAD) ** 2
    sin, cos = np.sin(azimuth), np.cos(azimuth)
    scan.var_x_m2, scan.var_y_m2 = along * sin**2 + across * cos**2, along * cos**2 + across * sin**2
    scan.cov_xy_m2 = (along - across) * sin * cos
    return scan


def claims(truth: F, speed: F, time_s: float, rng: np.random.Generator) -> Scan:
    said = truth + rng.normal(0, 15, truth.shape)
    scan = positions(np.full(len(truth), time_s), said[:, 0].copy(), said[:, 1].copy(), 15.0)
    scan.identity = np.arange(len(truth))
    scan.vx_mps, scan.vy_mps = speed[:, 0].copy(), speed[:, 1].copy()
    scan.var_v_m2ps2 = np.ones(len(truth))
    return scan


def watch(aircraft: int, duration_s: int, forged_m: float = 0.0) -> tuple[Tracker, Bias]:
    """A radar and the claims of some aircraft; the first may report itself `forged_m` too far east."""
    rng, tracker = np.random.default_rng(11), Tracker()
    start = rng.uniform(-40e3, 40e3, (aircraft, 2))
    course = rng.uniform(0, 2 * np.pi, aircraft)
    speed = 180.0 * np.stack([np.sin(course), np.cos(course)], axis=1)
    lie = np.zeros((aircraft, 2))
    lie[0, 0] = forged_m
    for k in range(duration_s):
        if k % 4 == 0:
            tracker.scan(radar_scan(start + speed * k, speed, float(k), rng), RADAR)
        t = k + 0.6
        tracker.scan(claims(start + speed * t + lie, speed, t, rng), ADSB)
    bias = tracker.bias("radar")
    assert bias is not None
    return tracker, bias


def test_the_biases_are_learnt_with_honest_sigmas() -> None:
    tracker, bias = watch(12, 240)
    assert bias.witnesses >= 8
    assert bias.range_sigma_m < 25.0
    assert bias.azimuth_sigma_rad < np.radians(0.1)
    assert abs(bias.range_m - RANGE_M) < 3 * bias.range_sigma_m
    assert abs(bias.azimuth_rad - AZIMUTH_RAD) < 3 * bias.azimuth_sigma_rad
    assert abs(bias.time_s - TIME_S) < 3 * bias.time_sigma_s
    c = tracker.columns(240.0)
    assert int(c.confirmed.sum()) == 12
    assert sorted(c.identity[c.confirmed].tolist()) == list(range(12))


def test_one_witness_corrects_nothing() -> None:
    tracker, bias = watch(1, 120)
    assert bias.witnesses <= 1
    c = tracker.columns(119.0)
    held = np.flatnonzero(~np.isnan(c.measured_s) & c.confirmed)
    assert len(held) == 1


def test_one_that_lies_does_not_bend_the_rest() -> None:
    _, bias = watch(12, 240, forged_m=1500.0)
    assert bias.range_m == pytest.approx(RANGE_M, abs=30.0)
    assert bias.azimuth_rad == pytest.approx(AZIMUTH_RAD, abs=np.radians(0.15))


def test_a_sensor_that_was_never_heard_has_no_bias() -> None:
    assert Tracker().bias("nobody") is None
