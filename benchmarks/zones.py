"""10,000 positions against 1,000 zones: milliseconds of CPU for one look, and for the preparation.

Half of the zones are as authorities publish them, spread over a country; the second row crowds them round
one airport, so that a position lies in ten zones at a time.
"""

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

import numpy as np

from beffroi.kernels.polygon import Areas, Outline, circle, polygon

POSITIONS, ZONES, LOOKS = 10_000, 1_000, 20


def outline(rng: np.random.Generator, spread_m: float) -> Outline:
    """A circle, or a polygon of 3 to 120 corners; 200 m to 8 km."""
    x, y, r = *rng.uniform(-spread_m, spread_m, 2), rng.uniform(200, 8000)
    if rng.random() < 0.25:
        return circle(x, y, r)
    corners = int(rng.integers(3, 121))
    angle, reach = np.sort(rng.uniform(0, 2 * np.pi, corners)), r * rng.uniform(0.4, 1, corners)
    return polygon((x + reach * np.cos(angle), y + reach * np.sin(angle)))


def measure(spread_m: float, seed: int = 1) -> dict[str, float]:
    """Figures of one setting: hits, and CPU milliseconds of the preparation and of a look (median)."""
    rng = np.random.default_rng(seed)
    shapes = [outline(rng, spread_m) for _ in range(ZONES)]
    began = process_time()
    areas = Areas(shapes)
    prepared_ms = (process_time() - began) * 1e3
    looks, hits = [], 0
    for _ in range(LOOKS):
        x, y = rng.uniform(-spread_m, spread_m, (2, POSITIONS))
        began = process_time()
        hits = len(areas.inside(x, y)[0])
        looks.append((process_time() - began) * 1e3)
    return {"hits": hits, "prepare_ms": prepared_ms, "look_ms": float(np.median(looks))}


def rows(km: int) -> Iterator[dict[str, Any]]:
    """Two rows of the bench table (see benchmarks/README.md) for zones spread over `km`."""
    figures = measure(km * 500.0)
    what = f"{POSITIONS:,} positions against {ZONES:,} zones over {km} km"
    peer: dict[str, Any] = {"peer": "", "peer_measured": None}
    look_ms = round(figures["look_ms"], 3)
    note = f"{figures['hits']:.0f} hits"
    yield {"what": f"{what}, one look", "measured": look_ms, "unit": "ms CPU", "asked": "<= 10", **peer,
           "met": look_ms <= 10, "note": note}  # fmt: skip
    yield {"what": f"{what}, preparation", "measured": round(figures["prepare_ms"], 3), "unit": "ms CPU",
           "asked": "", **peer, "met": None}  # fmt: skip


if __name__ == "__main__":
    for km in (300, 60):
        for row in rows(km):
            print(json.dumps(row))
