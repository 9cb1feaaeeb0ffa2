"""The tracker beside Stone Soup 1.9.1: CPU a scan and GOSPA on VG-CV2D, innovations on real flights.

Every row has the tracker's one set of settings, which is also that of `beffroi track`: only the noise of the
plots is told. Both sides take the plots of seed 1 and are timed in one run each, as CPU of their own process,
one after the other.
"""

import argparse
import csv
import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beffroi.kernels.geodesy import Plane
from beffroi.track import TrackColumns
from beffroi.tracks.intake import STAMP_SIGMA_S
from beffroi.tracks.scan import Sensor, positions
from beffroi.tracks.tracker import Tracker

F = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BEFFROI_SHARED", HERE.parents[1] / "shared"))
PEER = "Stone Soup 1.9.1, GNN with a k-d tree"
SIGMA_M = 10.0
CLAIM_SIGMA_M, CLAIM_STAMP_S = 30.0, STAMP_SIGMA_S["opensky"]
"""Accuracy that the demonstration's site states of a source of the recording's kind, and what the product
takes the times of its format for."""
CASES: dict[str, tuple[dict[str, float], float]] = {
    "n=300": ({"n": 300}, 110.0),
    "n=100": ({"n": 100}, 67.0),
    "n=100, turn 0.08": ({"n": 100, "turn": 0.08}, 98.0),
    "n=100, clutter 300, stagger 30": ({"n": 100, "clutter": 300.0, "stagger": 30}, 180.0),
}


def vg_cv2d() -> ModuleType:
    """The scenario and its score."""
    spec = importlib.util.spec_from_file_location("vg_cv2d", SHARED / "bench" / "vg_cv2d.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("vg_cv2d.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(scans: list[F]) -> float:
    """CPU milliseconds a scan, everything from plots to columns of tracks."""
    tracker, sensor = Tracker(), Sensor(id="plots", sees_all=True, period_s=1.0)
    began = process_time()
    for k, plots in enumerate(scans):
        tracker.scan(positions(np.full(len(plots), float(k)), plots[:, 0], plots[:, 1], SIGMA_M), sensor)
        tracker.columns(float(k))
    return (process_time() - began) * 1e3 / len(scans)


def scored(bench: ModuleType, truth: F, scans: list[F]) -> dict[str, float]:
    """GOSPA, missed and false tracks, averaged over the steps from 10."""
    tracker, sensor = Tracker(), Sensor(id="plots", sees_all=True, period_s=1.0)
    figures = []
    for k, plots in enumerate(scans):
        tracker.scan(positions(np.full(len(plots), float(k)), plots[:, 0], plots[:, 1], SIGMA_M), sensor)
        t = tracker.columns(float(k))
        if k >= 10:
            there = truth[k][~np.isnan(truth[k][:, 0])]
            figures.append(bench.gospa(there, np.stack([t.x_m, t.y_m], axis=1)[t.confirmed])[:3])
    total, missed, false = np.mean(figures, axis=0)
    return {"gospa": float(total), "missed": float(missed), "false": float(false)}


def peer(case: dict[str, float]) -> dict[str, float] | None:
    """The peer on seed 1: CPU milliseconds a scan and GOSPA; None where it is not installed."""
    python = os.environ.get("BEFFROI_PEERS")
    if not python:
        return None
    script = SHARED / "bench" / "vg_cv2d.py"
    with tempfile.TemporaryDirectory() as folder:
        plots, truth, tracks = (str(Path(folder) / name) for name in ("plots.csv", "truth.csv", "tracks.csv"))
        options = [word for key, value in case.items() for word in (f"--{key}", str(value))]
        dump = ["dump", *options, "--seed", "1", "--plots", plots, "--truth", truth]
        subprocess.run([sys.executable, script, *dump], check=True)
        run = subprocess.run(
            [python, HERE / "peer_stone_soup.py", plots, tracks], capture_output=True, text=True, check=False
        )
        if run.returncode:
            print(run.stderr[-500:], file=sys.stderr)
            return None
        score = subprocess.run(
            [sys.executable, script, "score", "--truth", truth, "--tracks", tracks],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return {**json.loads(run.stdout), **json.loads(score.stdout)}


def row(what: str, measured: float, unit: str, asked: str, **more: Any) -> dict[str, Any]:
    """One row of the table (see README.md)."""
    sign, _, number = asked.partition(" ")
    low, _, high = asked.partition(" to ")
    met = {"<=": lambda: measured <= float(number), ">=": lambda: measured >= float(number)}
    verdict = float(low) <= measured <= float(high) if high else met[sign]() if asked else None
    base = {"what": what, "measured": round(measured, 2), "unit": unit, "asked": asked}
    return {**base, "peer": "", "peer_measured": None, "met": verdict, **more}


def case_rows(bench: ModuleType, name: str, seeds: range) -> Iterator[dict[str, Any]]:
    """Rows of one case of VG-CV2D."""
    case, asked = CASES[name]
    made = [bench.scenario(seed=seed, **case) for seed in seeds]
    figures = [scored(bench, *one) for one in made]
    cpu_ms = timed(made[0][1])
    its = peer(case)
    of_peer = {"peer": PEER, "peer_measured": its["gospa"]} if its else {}
    totals = [f["gospa"] for f in figures]
    yield row(f"tracker, {name}, GOSPA", totals[0], "m", f"<= {asked:g}", note=_seeds(totals), **of_peer)
    of_peer = {"peer": PEER, "peer_measured": its["cpu_ms_a_scan"]} if its else {}
    limit = "<= 2" if name == "n=300" else ""
    yield row(f"tracker, {name}, one scan", cpu_ms, "ms CPU a scan", limit, **of_peer)
    if its and limit:
        yield row(
            f"tracker, {name}, less CPU than the peer", its["cpu_ms_a_scan"] / cpu_ms, "times", ">= 150"
        )
    if "clutter" in case:
        false = [f["false"] for f in figures]
        of_peer = {"peer": PEER, "peer_measured": its["false"]} if its else {}
        what = f"tracker, {name}, false tracks"
        yield row(what, false[0], "a scan", "<= 1.5", note=_seeds(false), **of_peer)


def _seeds(figures: list[float]) -> str:
    """What a note says of the seeds from 1 on."""
    each = ", ".join(f"{f:.1f}" for f in figures)
    return f"seed 1, as the peer; seeds 1 to {len(figures)}: {each}; mean {np.mean(figures):.1f}"


def crowd_row(bench: ModuleType) -> dict[str, Any]:
    """Ten thousand targets on 120 km."""
    _, scans = bench.scenario(10_000, seed=1, clutter=2000.0, half=60_000.0)
    return row("tracker, n=10,000 on 120 km, clutter 2,000", timed(scans), "ms CPU a scan", "<= 40")


def innovation(t: TrackColumns, i: int, x_m: float, y_m: float, var: F) -> float:
    """Squared innovation of a plot against track `i`, divided by its dimension."""
    apart = np.array([x_m - t.x_m[i], y_m - t.y_m[i]])
    total = np.array([[t.var_x_m2[i], t.cov_xy_m2[i]], [t.cov_xy_m2[i], t.var_y_m2[i]]]) + var
    return float(apart @ np.linalg.solve(total, apart)) / 2


def recording_row(minutes: float) -> dict[str, Any]:
    """Innovations on the recording over Paris, taken as claims."""
    path = SHARED / "data" / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = [r for r in csv.DictReader(file) if r["lat"] and r["lon"]]
    plane, names = Plane.at(48.72, 2.37), dict[str, int]()
    seconds: dict[float, dict[int, dict[str, str]]] = {}
    for r in rows:
        seconds.setdefault(float(r["time"]), {})[names.setdefault(r["icao24"], len(names))] = r
    tracker, sensor, squares = (
        Tracker(),
        Sensor(id="adsb", measured=False, stamp_sigma_s=CLAIM_STAMP_S),
        list[float](),
    )
    for now_s in sorted(seconds)[: int(60 * minutes)]:
        said = seconds[now_s]
        lat, lon, knots, course = (
            np.array([float(r[key] or "nan") for r in said.values()])
            for key in ("lat", "lon", "groundspeed_kt", "track_deg")
        )
        x, y = plane.forward(lat, lon)
        vx, vy = knots * 1852 / 3600 * np.array([np.sin(np.radians(course)), np.cos(np.radians(course))])
        t = tracker.columns(now_s)
        for k, who in enumerate(said):
            mine = np.flatnonzero((t.identity == who) & t.confirmed & (now_s - t.claimed_s < 5.0))
            if len(mine):
                along = np.nan_to_num(np.array([vx[k], vy[k]])) * CLAIM_STAMP_S
                var = np.eye(2) * CLAIM_SIGMA_M**2 + np.outer(along, along)
                squares.append(innovation(t, int(mine[-1]), x[k], y[k], var))
        scan = positions(np.full(len(said), now_s), x, y, CLAIM_SIGMA_M)
        scan.vx_mps, scan.vy_mps, scan.var_v_m2ps2 = vx, vy, np.full(len(said), 9.0)
        scan.identity = np.array(list(said))
        tracker.scan(scan, sensor)
    note = f"{len(squares)} innovations; stated: {CLAIM_SIGMA_M:g} m an axis, stamp {CLAIM_STAMP_S:g} s"
    what = "tracker, squared innovation / dimension, recording over Paris"
    return row(what, float(np.mean(squares)), "", "0.5 to 2", note=note)


def drone_row(sigma_m: float) -> dict[str, Any]:
    """Innovations on a real drone flight, seen by a sensor of one accuracy."""
    with open(SHARED / "data" / "uav-gps-flight" / "UAV_Rot.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    lat, lon = (np.array([float(r[k]) for r in rows]) for k in ("latitude", "longitude"))
    x, y = Plane.at(float(lat[0]), float(lon[0])).forward(lat, lon)
    seen = np.stack([x, y]) + np.random.default_rng(1).normal(0, sigma_m, (2, len(x)))
    tracker, sensor = Tracker(), Sensor(id="radar", sees_all=True)
    squares, ids = list[float](), set[int]()
    for r, (px, py) in zip(rows, seen.T, strict=True):
        t = tracker.columns(float(r["timestamp"]))
        sure = np.flatnonzero(t.confirmed)
        ids |= set(t.id[sure].tolist())
        squares += [innovation(t, int(i), px, py, np.eye(2) * sigma_m**2) for i in sure[:1]]
        tracker.scan(positions(np.array([float(r["timestamp"])]), px[None], py[None], sigma_m), sensor)
    what = f"tracker, squared innovation / dimension, drone flight seen with {sigma_m:g} m"
    return row(
        what, float(np.mean(squares)), "", "0.5 to 2", note=f"{len(squares)} innovations, {len(ids)} track"
    )


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    try:
        bench = vg_cv2d()
    except FileNotFoundError:
        print("the folder `shared` is not beside the checkout: nothing to measure", file=sys.stderr)
        return
    for name in ["n=100"] if quick else CASES:
        for made in case_rows(bench, name, range(1, 2 if quick else 6)):
            print(json.dumps(made), flush=True)
    if not quick:
        print(json.dumps(crowd_row(bench)), flush=True)
    print(json.dumps(recording_row(10 if quick else 40)), flush=True)
    for sigma_m in (10.0,) if quick else (5.0, 10.0):
        print(json.dumps(drone_row(sigma_m)), flush=True)


if __name__ == "__main__":
    main()
