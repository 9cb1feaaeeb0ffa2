"""Stone Soup 1.9.1 on a file of plots: global nearest neighbour, 2-D assignment, k-d tree.

    python peer_stone_soup.py PLOTS.csv TRACKS.csv [--noise 0.5] [--scans 60]

Settings of the published comparison: constant velocity, gate 4 sigma, birth speed sigma 25 m/s, confirmed at
3 plots (a tentative track ends after 2 scans without one), ended after 5 scans without one. Prints JSON.
It runs in an environment of its own.
"""

import argparse
import csv
import datetime
import json
import time
from collections import defaultdict
from typing import Any

import numpy as np
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.tree import DetectionKDTreeMixIn
from stonesoup.deleter.time import UpdateTimeStepsDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator, SimpleMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

SIGMA_M = 10.0


class Associator(DetectionKDTreeMixIn, GNNWith2DAssignment):  # type: ignore[misc]
    """Global nearest neighbour whose candidates come from a tree over the plots."""


def build(noise: float) -> tuple[Any, Any, Any, Any, Any]:
    """Measurement, associator, updater, initiator and deleter of the published settings."""
    model = CombinedLinearGaussianTransitionModel([ConstantVelocity(noise), ConstantVelocity(noise)])
    measurement = LinearGaussian(4, (0, 2), np.diag([SIGMA_M**2, SIGMA_M**2]))
    predictor, updater = KalmanPredictor(model), KalmanUpdater(measurement)
    hypothesiser = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=4)
    associator = Associator(hypothesiser, predictor=predictor, updater=updater, max_distance=200.0)
    prior = GaussianState([[0], [0], [0], [0]], np.diag([SIGMA_M**2, 25.0**2, SIGMA_M**2, 25.0**2]))
    initiator = MultiMeasurementInitiator(
        prior, UpdateTimeStepsDeleter(2), associator, updater, measurement_model=measurement, min_points=3,
        initiator=SimpleMeasurementInitiator(prior, measurement),
    )  # fmt: skip
    return measurement, associator, updater, initiator, UpdateTimeStepsDeleter(5)


def scans_of(path: str) -> dict[float, list[tuple[float, float]]]:
    """Plots by their time."""
    scans = defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            scans[float(row["time_s"])].append((float(row["x_m"]), float(row["y_m"])))
    return scans


def main() -> None:
    """Track the file and write the tracks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plots")
    parser.add_argument("tracks")
    parser.add_argument("--noise", type=float, default=0.5)
    parser.add_argument("--scans", type=int, default=10**9)
    a = parser.parse_args()
    measurement, associator, updater, initiator, deleter = build(a.noise)
    begin = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - Stone Soup wants a naive time
    scans = sorted(scans_of(a.plots).items())[: a.scans]
    tracks: set[Any] = set()
    rows, cpu_s = [], 0.0
    for time_s, plots in scans:
        at = begin + datetime.timedelta(seconds=time_s)
        detections = {Detection([[x], [y]], timestamp=at, measurement_model=measurement) for x, y in plots}
        started = time.process_time()
        used = set()
        for track, hypothesis in associator.associate(tracks, detections, at).items():
            if hypothesis:
                track.append(updater.update(hypothesis))
                used.add(hypothesis.measurement)
            else:
                track.append(hypothesis.prediction)
        tracks -= deleter.delete_tracks(tracks)
        tracks |= initiator.initiate(detections - used, at)
        cpu_s += time.process_time() - started
        rows += [(time_s, t.id, float(t.state_vector[0, 0]), float(t.state_vector[2, 0])) for t in tracks]
    with open(a.tracks, "w", newline="") as file:
        csv.writer(file).writerows([("time_s", "track_id", "x_m", "y_m"), *rows])
    print(json.dumps({"scans": len(scans), "cpu_ms_a_scan": round(1e3 * cpu_s / len(scans), 3)}))


if __name__ == "__main__":
    main()
