"""200 drones against 5,000 aircraft: milliseconds of CPU to find all near mid-air collisions in two minutes.

The aircraft fly over 400 km, as round a big terminal area, or all within 40 km; the drones within 40 km.
"""

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

import numpy as np

from beffroi.kernels import encounter

DRONES, AIRCRAFT, HORIZON_S, LOOKS = 200, 5_000, 120.0, 10


def measure(spread_m: float, seed: int = 1) -> dict[str, float]:
    """Figures of one setting: pairs that were looked at closely, conflicts, CPU milliseconds (median)."""
    rng = np.random.default_rng(seed)
    x1, y1, vx1, vy1 = *rng.uniform(-20e3, 20e3, (2, DRONES)), *rng.normal(0, 10, (2, DRONES))
    x2, y2 = rng.uniform(-spread_m, spread_m, (2, AIRCRAFT))
    vx2, vy2 = rng.normal(0, 120, (2, AIRCRAFT))
    z1, z2 = rng.uniform(0, 150, DRONES), rng.uniform(0, 11_000, AIRCRAFT)
    looks, pairs, conflicts = [], 0, 0
    for _ in range(LOOKS):
        began = process_time()
        i, j = encounter.near_pairs(
            x1, y1, np.hypot(vx1, vy1), x2, y2, np.hypot(vx2, vy2), encounter.NMAC.dthr_m, HORIZON_S
        )
        from_s, _ = encounter.violation(
            x2[j] - x1[i], y2[j] - y1[i], z2[j] - z1[i], vx2[j] - vx1[i], vy2[j] - vy1[i], np.zeros(len(i)),
            encounter.NMAC, HORIZON_S,
        )  # fmt: skip
        looks.append((process_time() - began) * 1e3)
        pairs, conflicts = len(i), int((~np.isnan(from_s)).sum())
    return {"pairs": pairs, "conflicts": conflicts, "look_ms": float(np.median(looks))}


def rows() -> Iterator[dict[str, Any]]:
    """Rows of the bench table (see benchmarks/README.md)."""
    for spread_m, where in ((200_000.0, "over 400 km"), (20_000.0, "within 40 km")):
        figures = measure(spread_m)
        yield {
            "what": f"{DRONES} drones against {AIRCRAFT:,} aircraft {where}, one look",
            "measured": round(figures["look_ms"], 3), "unit": "ms CPU", "asked": "", "peer": "",
            "peer_measured": None, "met": None,
            "note": f"{figures['pairs']:,} pairs looked at closely, {figures['conflicts']} conflicts",
        }  # fmt: skip


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row), flush=True)
