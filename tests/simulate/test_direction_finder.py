"""The direction finder: SAPIENT detections that the real feed reads as bearings, true within their error."""

from typing import Any

import numpy as np
import pytest
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration

from beffroi.kernels.geodesy import bearing_deg
from beffroi.observation import Observation
from beffroi.simulate.direction_finder import FREQUENCY_HZ, Listener
from beffroi.simulate.scenario import Finder
from beffroi.simulate.world import World
from beffroi.wire.sapient.message import envelope
from beffroi.wire.sapient.registration import registration
from beffroi.wire.sapient.rules import validate
from sapient_made import RADAR
from simulate_made import LAT_DEG, LON_DEG, START_S, actor, decoded, leg, sensor, world


def heard(here: World, seconds: int, seed: int = 3, **finder: Any) -> list[Observation]:
    """What the feed makes of what it hears."""
    said: dict[str, Any] = {"source": "sensor", "node_id": RADAR, "detection_p": 1.0, "false_per_s": 0.0}
    listener = Listener(Finder(**(said | finder)), sensor(azimuth_sigma_deg=3.0), here, seed)
    known = envelope(RADAR, START_S)
    known.registration.CopyFrom(
        registration(Registration.NODE_TYPE_PASSIVE_RF, "Direction finder", polar=True, interval_s=5.0)
    )
    frames = [(START_S, known.SerializeToString())]
    for second in range(seconds):
        for report in listener.detections(START_S + second):
            message = envelope(RADAR, START_S + second)
            message.detection_report.CopyFrom(report)
            assert not validate(message)
            frames.append((START_S + second, message.SerializeToString()))
    return [o for o in decoded("sapient", frames) if o.kind != "health"]


DRONE = actor(leg(3000.0, 2000.0, speed_mps=8.0), leg(9000.0, 4000.0), radio=True)


def test_a_bearing_points_where_the_drone_is_within_its_error() -> None:
    here = world(DRONE)
    off = []
    for o in heard(here, 400):
        true = here.actor(0, o.time_s)
        assert true is not None
        lat, lon = here.plane.inverse(true[0], true[1])
        assert o.azimuth_deg is not None
        off.append((o.azimuth_deg - float(bearing_deg(LAT_DEG, LON_DEG, lat, lon)) + 180.0) % 360.0 - 180.0)
    assert len(off) == 400
    assert np.mean(off) == pytest.approx(0.0, abs=0.6)
    assert np.std(off) == pytest.approx(3.0, rel=0.15)


def test_it_says_how_sure_it_is_and_what_it_heard_and_never_how_far() -> None:
    for o in heard(world(DRONE), 5):
        assert o.kind == "plot"
        assert o.azimuth_sigma_deg == pytest.approx(3.0)
        assert o.range_m is None
        assert o.lat_deg is None
        assert o.frequency_hz in (None, FREQUENCY_HZ)
        assert o.said_class == "drone"


def test_a_drone_keeps_its_number_and_every_false_one_has_its_own() -> None:
    found = heard(world(DRONE), 200, false_per_s=0.2)
    tracks = [o.sensor_track for o in found]
    assert tracks.count(max(set(tracks), key=tracks.count)) == 200
    false = len(tracks) - 200
    assert false == pytest.approx(40, abs=20)
    assert len(set(tracks)) == 1 + false


def test_only_radios_within_range_are_heard() -> None:
    silent = actor(leg(3000.0, 0.0), leg(9000.0, 0.0), name="silent")
    far = actor(leg(13_000.0, 0.0), leg(20_000.0, 0.0), name="far", radio=True)
    assert heard(world(silent, far), 20) == []


def test_the_same_seed_hears_the_same() -> None:
    assert heard(world(DRONE), 20, detection_p=0.5) == heard(world(DRONE), 20, detection_p=0.5)
    assert len(heard(world(DRONE), 300, detection_p=0.5)) == pytest.approx(150, abs=30)
