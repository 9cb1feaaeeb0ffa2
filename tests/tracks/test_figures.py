"""How true the tracks are: the re-creatable scenario and real flights, with the tracker's own settings."""

import csv
import gzip
import importlib.util
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from beffroi.kernels.geodesy import Plane
from beffroi.track import F, TrackColumns
from beffroi.tracks.scan import Scan, Sensor, positions
from beffroi.tracks.tracker import Tracker
from shared import BENCH, DATA, needs_data


def vg_cv2d() -> ModuleType:
    """The scenario and its score."""
    spec = importlib.util.spec_from_file_location("vg_cv2d", BENCH / "vg_cv2d.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scored(seed: int, **case: float) -> tuple[float, float]:
    """Mean GOSPA and false tracks over the steps 10 to 59."""
    bench, tracker, sensor = vg_cv2d(), Tracker(), Sensor(id="plots", sees_all=True, period_s=1.0)
    truth, scans = bench.scenario(seed=seed, **case)
    totals, false = [], []
    for k, plots in enumerate(scans):
        tracker.scan(positions(np.full(len(plots), float(k)), plots[:, 0], plots[:, 1], 10.0), sensor)
        t = tracker.columns(float(k))
        if k >= 10:
            there = truth[k][~np.isnan(truth[k][:, 0])]
            total, _, f, _ = bench.gospa(there, np.stack([t.x_m, t.y_m], axis=1)[t.confirmed])
            totals.append(total)
            false.append(f)
    return float(np.mean(totals)), float(np.mean(false))


@needs_data
@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ({"n": 100}, 67.0),
        ({"n": 100, "turn": 0.08}, 98.0),
        ({"n": 100, "clutter": 300.0, "stagger": 30}, 180.0),
        ({"n": 300}, 110.0),
    ],
)
def test_gospa_is_as_asked(case: dict[str, float], asked: float) -> None:
    total, false = scored(seed=6, **case)
    assert total <= asked
    assert false <= 1.5


def innovation(t: TrackColumns, i: int, x_m: float, y_m: float, var: F) -> float:
    """Squared innovation of a plot against track `i`, divided by its dimension."""
    apart = np.array([x_m - t.x_m[i], y_m - t.y_m[i]])
    total = np.array([[t.var_x_m2[i], t.cov_xy_m2[i]], [t.cov_xy_m2[i], t.var_y_m2[i]]]) + var
    return float(apart @ np.linalg.solve(total, apart)) / 2


def recording(minutes: float) -> Iterator[Scan]:
    """The recording over Paris as claims, second by second, one sigma 30 m."""
    path = DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["lat"] and row["lon"]]
    plane, names = Plane.at(48.72, 2.37), dict[str, int]()
    by_second: dict[float, dict[int, dict[str, str]]] = {}
    for row in rows:
        by_second.setdefault(float(row["time"]), {})[names.setdefault(row["icao24"], len(names))] = row
    for now_s in sorted(by_second)[: int(60 * minutes)]:
        said = by_second[now_s]
        number = {key: np.array([float(r[key] or "nan") for r in said.values()])
                  for key in ("lat", "lon", "groundspeed_kt", "track_deg")}  # fmt: skip
        x, y = plane.forward(number["lat"], number["lon"])
        scan = positions(np.full(len(said), now_s), x, y, 30.0)
        speed, course = number["groundspeed_kt"] * 1852 / 3600, np.radians(number["track_deg"])
        scan.vx_mps, scan.vy_mps = speed * np.sin(course), speed * np.cos(course)
        scan.var_v_m2ps2, scan.identity = np.full(len(said), 9.0), np.array(list(said))
        yield scan


@needs_data
def test_innovations_on_the_recording_are_as_large_as_they_should_be() -> None:
    tracker, sensor, squares = Tracker(), Sensor(id="adsb", measured=False), []
    for scan in recording(10.0):
        now_s = float(scan.time_s[0])
        t = tracker.columns(now_s)
        assert scan.identity is not None
        for k, who in enumerate(scan.identity.tolist()):
            mine = np.flatnonzero((t.identity == who) & t.confirmed & (now_s - t.claimed_s < 5.0))
            if len(mine):
                v = np.nan_to_num(np.array([scan.vx_mps, scan.vy_mps])[:, k]) * 0.3
                var = np.eye(2) * 30.0**2 + np.outer(v, v)
                squares.append(innovation(t, int(mine[-1]), scan.x_m[k], scan.y_m[k], var))
        tracker.scan(scan, sensor)
    assert len(squares) > 5000
    assert 0.5 <= np.mean(squares) <= 2.0


@needs_data
@pytest.mark.parametrize(("sigma_m", "seed"), [(5.0, 1), (10.0, 2), (10.0, 3)])
def test_a_real_drone_flight_is_one_track_with_honest_innovations(sigma_m: float, seed: int) -> None:
    with open(DATA / "uav-gps-flight" / "UAV_Rot.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    lat, lon = (np.array([float(r[k]) for r in rows]) for k in ("latitude", "longitude"))
    x, y = Plane.at(float(lat[0]), float(lon[0])).forward(lat, lon)
    noise = np.random.default_rng(seed).normal(0, sigma_m, (2, len(x)))
    tracker, sensor, squares, ids = Tracker(), Sensor(id="radar", sees_all=True), [], set()
    for k, row in enumerate(rows):
        now_s, px, py = float(row["timestamp"]), x[k] + noise[0, k], y[k] + noise[1, k]
        t = tracker.columns(now_s)
        sure = np.flatnonzero(t.confirmed)
        squares += [innovation(t, int(i), px, py, np.eye(2) * sigma_m**2) for i in sure[:1]]
        ids |= set(t.id[sure].tolist())
        tracker.scan(positions(np.array([now_s]), px[None], py[None], sigma_m), sensor)
    assert len(ids) == 1
    assert 0.5 <= np.mean(squares) <= 2.0
