"""A radar that is turned by a degree over real traffic: the watch learns it, says so, and corrects for it."""

from collections.abc import Iterator
from functools import cache

import msgspec
import numpy as np
import pytest

from beffroi.errors import FeedError, MissingPart
from beffroi.feeds import Decode, decoder
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.simulate import recording, scenario
from beffroi.simulate.radar import SECTORS, Sweeper
from beffroi.simulate.recording import Traffic
from beffroi.simulate.world import World
from beffroi.site import Place, Site, Source
from beffroi.watch import Watch

LAT_DEG, LON_DEG, QNH_HPA = 48.7233, 2.3794, 1028.0
RADAR = Source(
    id="radar", format="asterix", link="", lat_deg=LAT_DEG, lon_deg=LON_DEG, alt_msl_m=100.0,
    range_m=60_000.0, sees_all=True, period_s=4.0, range_sigma_m=30.0, azimuth_sigma_deg=0.08, blind_mps=1.0,
)  # fmt: skip
ADSB = Source(id="adsb", format="opensky", link="", delay_s=1.0, period_s=1.0)
SITE = Site(
    site=Place(
        name="Here", lat_deg=LAT_DEG, lon_deg=LON_DEG, elevation_m=89.0, geoid_m=44.4, qnh_hpa=QNH_HPA
    ),
    source=(RADAR, ADSB),
)
SECONDS = 150


@cache
def traffic(plane: Plane) -> Traffic:
    """The recording that the demonstration plays."""
    from beffroi.demo import recorded

    try:
        return Traffic(recorded.rows(), plane, QNH_HPA, SITE)
    except MissingPart as missing:
        pytest.skip(str(missing))


def decoded(decode: Decode, frame: bytes, now_s: float, source: str) -> list[Observation]:
    """What a frame says."""
    return [o for o in decode(frame, now_s, source) if not isinstance(o, FeedError)]


def turned(o: Observation, by_deg: float) -> Observation:
    """A plot of a radar whose north mark is off."""
    azimuth = None if o.azimuth_deg is None else (o.azimuth_deg + by_deg) % 360.0
    return msgspec.structs.replace(o, azimuth_deg=azimuth)


def ticks(by_deg: float) -> Iterator[tuple[float, list[Observation]]]:
    """Seconds of the recording, and a radar that sweeps a sector in each."""
    plane = Plane.at(LAT_DEG, LON_DEG)
    flown = traffic(plane)
    start_s = float(int(flown.start_s)) + 60.0
    told = scenario.Scenario(name="", seed=1, qnh_hpa=QNH_HPA, station="LFPO", duration_s=1e6)
    sweeper = Sweeper(
        scenario.Radar(source="radar", sac=8, sic=1), RADAR, World(told, flown, plane, start_s), seed=1
    )
    radar, adsb = decoder("asterix"), decoder("opensky")
    for number in range(1, SECONDS + 1):
        now_s = start_s + number * (RADAR.period_s or 1.0) / SECTORS
        seen = decoded(radar, sweeper.sector(number - 1, now_s), now_s, "radar")
        lines = [recording.line(row) for row in flown.between(now_s - 1.0, now_s)]
        heard = [o for line in lines for o in decoded(adsb, line, now_s, "adsb")]
        yield now_s, heard + [turned(o, by_deg) for o in seen]


@pytest.mark.parametrize("by_deg", [1.0, 0.0])
def test_a_turned_radar_is_found_out(by_deg: float) -> None:
    run, said = Watch(SITE), set()
    for now_s, heard in ticks(by_deg):
        step = run.step(heard, now_s)
        said |= {s.subject for s in step.signs if s.rule == "sensor_misaligned"}
    state = step.picture.sources["radar"]
    assert state.azimuth_bias_deg == pytest.approx(by_deg, abs=0.1)
    assert state.azimuth_bias_sigma_deg < 0.1
    assert abs(state.range_bias_m) < 100.0
    assert np.isinf(step.picture.sources["adsb"].azimuth_bias_sigma_deg), "it measures nothing"
    assert said == ({"source:radar"} if by_deg else set())
