"""The summary of the demonstration: what was noticed, who was accused, and false signs by what measures."""

import msgspec
import pytest

from beffroi.demo.show import summary
from beffroi.picture import Picture, SourceState
from beffroi.scene import scene
from beffroi.sign import Reason, Sign
from beffroi.simulate.judge import Judge
from beffroi.simulate.scenario import Finder, Radar
from simulate_made import PLANE, START_S, actor, leg, world

SENSORS = {
    "radar": (Radar(source="radar-north", sac=8, sic=11), Radar(source="radar-south", sac=8, sic=12)),
    "finder": (Finder(source="finder", node_id="6f1c9c1e-3a55-4b0e-9d1c-0f2d7a1b6c01"),),
}


def false_sign(number: int) -> Sign:
    """A sign 9 km from everything."""
    lat, lon = (float(v) for v in PLANE.inverse(0.0, 9000.0))
    return Sign(
        id=number, change="opened", time_s=START_S + 60.0, rule="zone_intrusion", subject=f"track:{number}",
        priority="high", opened_at_s=START_S + 60.0, reasons=(Reason(code="inside"),), params={},
        lat_deg=lat, lon_deg=lon,
    )  # fmt: skip


def heard(**observations: int) -> Picture:
    """An hour after the start; how much each source gave."""
    sources = [SourceState(id=i.replace("_", "-"), observations=n) for i, n in observations.items()]
    return msgspec.structs.replace(scene(sources=sources).now, now_s=START_S + 3600.0)


@pytest.mark.parametrize(
    ("given", "per_hour"),
    [
        ({"radar_north": 9}, "3.00"),
        ({"radar_north": 9, "radar_south": 9}, "1.50"),
        ({"radar_north": 9, "radar_south": 9, "finder": 2}, "1.00"),
        ({"radar_north": 9, "radar_south": 0}, "3.00"),
        ({"radar_north": 9, "metar": 1, "adsb": 9000, "flarm": 20, "remote_id": 400}, "3.00"),
    ],
    ids=["one radar", "two radars", "and a finder", "one is silent", "words are no sensors"],
)
def test_false_signs_are_counted_by_the_sensors_that_measure(given: dict[str, int], per_hour: str) -> None:
    judge = Judge(world(actor(leg(0.0, 0.0, speed_mps=10.0), leg(6000.0, 0.0)), **SENSORS))
    for number in (1, 2, 3):
        judge.take([false_sign(number)])
    *_, last = summary(heard(**given), [], judge, 10.0, 5.0)
    assert f"False signs: 3 ({per_hour} per sensor-hour)." in last
