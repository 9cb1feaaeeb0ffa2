"""Direction finder: hears the control links of drones and says where from, not how far. SAPIENT detections.

Some bearings are false: a reflection, another radio. A drone keeps its object id as long as it is heard.
"""

import numpy as np
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import (
    RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
    RANGE_BEARING_DATUM_TRUE,
    RangeBearing,
)

from beffroi.simulate.scenario import Finder
from beffroi.simulate.world import World
from beffroi.site import Source
from beffroi.wire.sapient.ulid import encode as ulid

PERIOD_S = 1.0
FREQUENCY_HZ = 2.44e9


class Listener:
    """One direction finder at work. Ask it once a second, in order of time."""

    def __init__(self, finder: Finder, source: Source, world: World, seed: int) -> None:
        if source.lat_deg is None or source.lon_deg is None or source.range_m is None:
            raise ValueError(f"{source.id}: a direction finder needs a place and a range")
        self._finder, self._world = finder, world
        x, y = world.plane.forward(source.lat_deg, source.lon_deg)
        self._x, self._y = float(x), float(y)
        self._turn_deg = float(world.plane.convergence_deg(source.lat_deg, source.lon_deg))
        self._range_m = source.range_m
        self._sigma_deg = source.azimuth_sigma_deg or 3.0
        self._rng = np.random.default_rng(seed)
        self._made = 0

    def detections(self, time_s: float) -> list[DetectionReport]:
        """What it hears now."""
        reports = []
        for number, actor in enumerate(self._world.scenario.actor):
            here = self._world.actor(number, time_s) if actor.radio else None
            if here is None or np.hypot(here[0] - self._x, here[1] - self._y) > self._range_m:
                continue
            if self._rng.random() < self._finder.detection_p:
                grid = np.degrees(np.arctan2(here[0] - self._x, here[1] - self._y))
                azimuth = float(grid - self._turn_deg + self._rng.normal(0.0, self._sigma_deg))
                reports.append(self._report(time_s, number, azimuth))
        for _ in range(self._rng.poisson(self._finder.false_per_s * PERIOD_S)):
            self._made += 1
            reports.append(self._report(time_s, 1_000_000 + self._made, float(self._rng.uniform(0.0, 360.0))))
        return reports

    def _report(self, time_s: float, object_number: int, azimuth_deg: float) -> DetectionReport:
        self._made += 1
        towards = RangeBearing(
            azimuth=azimuth_deg % 360.0, azimuth_error=self._sigma_deg,
            coordinate_system=RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M, datum=RANGE_BEARING_DATUM_TRUE,
        )  # fmt: skip
        report = DetectionReport(
            report_id=ulid(time_s, self._made),
            object_id=ulid(self._world.start_s, object_number),
            range_bearing=towards, detection_confidence=0.8,
        )  # fmt: skip
        report.classification.add(type="UAV", confidence=0.7)
        report.signal.add(amplitude=-70.0, centre_frequency=FREQUENCY_HZ)
        return report
