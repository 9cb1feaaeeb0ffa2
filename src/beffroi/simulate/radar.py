"""Radar: sweeps and sees everything in its volume, with noise, misses and false echoes. ASTERIX 048 and 034.

An airliner, a bird, a car on a raised road and a drone are plots alike; the radar is a primary one and knows
no names. One datagram a sector of a quarter turn.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from beffroi.kernels.geodesy import Plane, geodetic_to_polar
from beffroi.observation import Class
from beffroi.simulate.scenario import Radar
from beffroi.simulate.world import World
from beffroi.site import Source
from beffroi.track import F
from beffroi.units import M_PER_FT, M_PER_NM
from beffroi.wire import asterix

SECTORS = 4
BLIND_MPS = 1.0
"""A thing that moves slower along the beam gives no echo that differs from the ground's."""
HIGHEST_MPS = 511.0
"""What I048/120 can say. Recorded aircraft may jump faster: the stamps of their rows are whole seconds."""
HEIGHT_SIGMA_M = 15.0
HIGHEST_DEG = 60.0
FLAGS: dict[Class, tuple[int, float]] = {"bird": (19, 0.7), "vehicle": (6, 0.8)}
"""What the plot extractor calls a thing (EUROCONTROL-SPEC-0149-4, I048/030: 19 birds, 6 slow target along a
road), and how often."""
WRONG_FLAG = 0.02
"""Share of the plots of anything else that get a flag all the same."""
NORTH, SECTOR = 1, 2
"""Message types of category 034 (EUROCONTROL-SPEC-0149-2b, I034/000)."""


def time_of_day_s(time_s: float) -> float:
    """Seconds since UTC midnight."""
    day = datetime.fromtimestamp(time_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return time_s - day.timestamp()


class Sweeper:
    """One radar at work. Ask it in order of time, one sector after the other."""

    def __init__(self, radar: Radar, source: Source, world: World, seed: int) -> None:
        if source.lat_deg is None or source.lon_deg is None or source.range_m is None:
            raise ValueError(f"{source.id}: a radar needs a place and a range")
        self._radar, self._source, self._world = radar, source, world
        self._place = (source.lat_deg, source.lon_deg, source.alt_msl_m or 0.0)
        self._range_m = source.range_m
        self._rng = np.random.default_rng(seed)
        self._sector_s = (source.period_s or 1.0) / SECTORS

    def sector(self, number: int, time_s: float) -> bytes:
        """The datagram of sector `number` (from the start), which the beam has just left at `time_s`."""
        quarter = number % SECTORS
        from_deg = 360.0 / SECTORS * quarter
        plots = list(self._plots(from_deg, time_s))
        who = {"SAC": self._radar.sac, "SIC": self._radar.sic}
        day_s = time_of_day_s(time_s)
        service: dict[str, asterix.Value] = {
            "010": who,
            "000": NORTH if quarter == 0 else SECTOR,
            "030": day_s,
        }
        if quarter:
            service["020"] = from_deg
        else:
            service["041"] = self._source.period_s or 1.0
        blocks = asterix.encode(34, [service])
        records: list[dict[str, asterix.Value]] = [
            {"010": who, "140": day_s, "020": {"TYP": 1}, **p} for p in plots
        ]
        return blocks + (asterix.encode(48, records) if records else b"")

    def _plots(self, from_deg: float, time_s: float) -> Iterator[dict[str, asterix.Value]]:
        things = self._world.at(time_s)
        lat, lon = self._world.plane.inverse(things.x_m, things.y_m)
        range_m, azimuth, elevation = geodetic_to_polar(lat, lon, things.alt_m, *self._place)
        radial = self._radial(things.x_m, things.y_m, things.vx_mps, things.vy_mps)
        there = (range_m <= self._range_m) & (elevation > self._source.elevation_from_deg)
        there &= (elevation < HIGHEST_DEG) & (azimuth >= from_deg) & (azimuth < from_deg + 360.0 / SECTORS)
        seen = np.flatnonzero(there & (np.abs(radial) >= BLIND_MPS))
        seen = seen[self._rng.random(len(seen)) < self._radar.detection_p]
        noise = self._rng.normal(size=(3, len(seen)))
        for k, i in enumerate(seen.tolist()):
            yield self._plot(
                float(range_m[i] + noise[0, k] * (self._source.range_sigma_m or 10.0)),
                float(azimuth[i] + noise[1, k] * (self._source.azimuth_sigma_deg or 0.1)),
                float(things.alt_m[i] + noise[2, k] * HEIGHT_SIGMA_M),
                float(radial[i]),
                self._flag(things.kind[i]),
            )
        for _ in range(self._rng.poisson(self._radar.clutter_per_turn / SECTORS)):
            yield self._plot(
                float(self._range_m * np.sqrt(self._rng.random())),
                float(from_deg + self._rng.uniform(0.0, 360.0 / SECTORS)),
                float(self._place[2] + self._rng.uniform(0.0, 400.0)),
                float(self._rng.normal(0.0, 5.0)),
            )

    def _flag(self, kind: Class) -> int | None:
        code, often = FLAGS.get(kind, (19 if self._rng.random() < 0.5 else 6, WRONG_FLAG))
        return code if self._rng.random() < often else None

    def _radial(self, x: F, y: F, vx: F, vy: F) -> F:
        plane: Plane = self._world.plane
        x0, y0 = plane.forward(self._place[0], self._place[1])
        dx, dy = x - x0, y - y0
        return np.asarray((dx * vx + dy * vy) / np.maximum(np.hypot(dx, dy), 1.0))

    def _plot(
        self, range_m: float, azimuth_deg: float, alt_m: float, radial_mps: float, flag: int | None = None
    ) -> dict[str, asterix.Value]:
        plot: dict[str, asterix.Value] = {
            "040": {"RHO": max(range_m, 0.0) / M_PER_NM, "THETA": azimuth_deg % 360.0},
            "110": {"3DH": alt_m / M_PER_FT},
            "120": {"CAL": {"D": 0, "CAL": round(min(max(radial_mps, -HIGHEST_MPS), HIGHEST_MPS))}},
        }
        return plot if flag is None else plot | {"030": [flag]}
