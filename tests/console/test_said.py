"""What sources said of one track: a datagram of a radar holds plots of many."""

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from beffroi.console.said import NEAR_M, Said, mine, raw
from beffroi.desk import Desk
from beffroi.links.clock import StepClock
from beffroi.observation import Observation
from beffroi.scene import NOW_S, scene
from beffroi.store.log import Log
from beffroi.store.records import Records
from beffroi.window import STEP_S, WINDOW_S

FRAME = b"\5" * 16
DRONE = {"id": 7, "x_m": 3000.0, "y_m": 0.0, "vx_mps": 20.0, "alt_m": 150.0}
PATHS = {7: [(2800.0, 0.0), (2840.0, 0.0), (2880.0, 0.0), (2920.0, 0.0), (2960.0, 0.0)]}


def plot(x_m: float, y_m: float, back_s: float = 0.0, **more: Any) -> Observation:
    """A plot of the radar in the middle of the field, which looks to grid north."""
    here = scene().now
    turn_deg = float(here.plane.convergence_deg(*here.plane.inverse(0.0, 0.0)))
    said: dict[str, Any] = {
        "range_m": math.hypot(x_m, y_m), "azimuth_deg": math.degrees(math.atan2(x_m, y_m)) - turn_deg
    }  # fmt: skip
    at_s = NOW_S - back_s
    return Observation(
        kind="plot", time_s=at_s, received_at_s=at_s, frame=FRAME, source="radar", **(said | more)
    )


def test_only_the_plots_where_the_track_was_are_its_own() -> None:
    world = scene([DRONE], paths=PATHS)
    own = [plot(3000.0, 30.0), plot(2880.0, 0.0, 3 * STEP_S)]
    others = [plot(3000.0, NEAR_M + 50.0), plot(-3000.0, 0.0), plot(2880.0, 900.0, 3 * STEP_S)]
    assert mine([*own, *others], 7, world.now, world.past) == own
    assert mine(own, 8, world.now, world.past) == []


def test_a_declared_place_counts_as_well_and_a_bearing_alone_does() -> None:
    world = scene([DRONE], paths=PATHS)
    lat, lon = (float(v) for v in world.now.plane.inverse(3000.0, 0.0))
    near = plot(0.0, 1.0, range_m=None, azimuth_deg=None, lat_deg=lat, lon_deg=lon)
    far = plot(0.0, 1.0, range_m=None, azimuth_deg=None, lat_deg=lat + 0.01, lon_deg=lon)
    bearing = plot(0.0, 1.0, range_m=None)
    assert mine([near, far, bearing], 7, world.now, world.past) == [near, bearing]


def test_they_are_told_oldest_first() -> None:
    told = raw([plot(3000.0, 0.0, alt_msl_m=160.0), plot(2880.0, 0.0, 6.0)], None, 44.0)
    assert told.time_s == [NOW_S - 6.0, NOW_S]
    assert told.alt_m == [None, 160.0]
    assert np.unique(told.source).tolist() == ["radar"]


def test_nothing_is_kept_for_longer_than_the_line_is(tmp_path: Path) -> None:
    """Neither of a track that is looked at on and on, nor of one that nobody looks at any more."""
    frames = [bytes([i]) * 16 for i in range(3)]
    later_s = NOW_S + WINDOW_S + 10.0
    with Log(tmp_path / "log") as log:
        for frame, at_s in zip(frames, (NOW_S, NOW_S, later_s), strict=True):
            log.append("operator", [msgspec.structs.replace(plot(3000.0, 0.0), frame=frame, time_s=at_s)])
        log.commit().result()
    records = Records.within(tmp_path)
    said = Said(records, Desk(records, StepClock(NOW_S)), tmp_path, None)
    world = scene([DRONE], paths=PATHS)
    world.now.evidence = {7: (frames[0],), 8: (frames[1],)}
    for number in (7, 8):
        said.of(number, world.now, world.past)
    assert {n: set(held) for n, held in said._frames.items()} == {7: {frames[0]}, 8: {frames[1]}}
    world.now.now_s, world.now.evidence = later_s, {7: (frames[2],)}
    said.of(7, world.now, world.past)
    assert {n: set(held) for n, held in said._frames.items()} == {7: {frames[2]}}
    said.forget(later_s + WINDOW_S + 10.0)
    assert not said._frames
    records.close()
