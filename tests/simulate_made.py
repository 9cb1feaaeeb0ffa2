"""A small world for the tests of the simulator: a field, a start, and actors on straight ways."""

from collections.abc import Iterable, Iterator
from typing import Any

from beffroi import feeds
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.simulate.scenario import Actor, Leg, Scenario
from beffroi.simulate.world import World
from beffroi.site import Source

LAT_DEG, LON_DEG = 48.7233, 2.3794
PLANE = Plane.at(LAT_DEG, LON_DEG)
START_S = 1_700_049_600.0
"""2023-11-15 12:00:00 UTC."""


def leg(x_m: float, y_m: float, alt_m: float = 150.0, **more: Any) -> Leg:
    """A place on the way, in metres from the field."""
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    return Leg(lat_deg=lat, lon_deg=lon, alt_msl_m=alt_m, **more)


def actor(*path: Leg, name: str = "drone", **more: Any) -> Actor:
    """An actor from the start of the scenario on."""
    said: dict[str, Any] = {"id": name, "kind": "drone", "start_s": 0.0, "path": path}
    return Actor(**(said | more))


def world(*actors: Actor, traffic: Any = None, **more: Any) -> World:
    """The world with these actors."""
    said: dict[str, Any] = {
        "name": "small",
        "seed": 7,
        "qnh_hpa": 1020.0,
        "station": "LFPX",
        "duration_s": 600.0,
    }
    return World(Scenario(**(said | {"actor": actors, "duration_s": 600.0} | more)), traffic, PLANE, START_S)


def sensor(**more: Any) -> Source:
    """A sensor at the field."""
    said: dict[str, Any] = {
        "id": "sensor", "format": "asterix", "link": "", "lat_deg": LAT_DEG, "lon_deg": LON_DEG,
        "alt_msl_m": 100.0, "range_m": 12_000.0, "period_s": 1.0, "range_sigma_m": 12.0,
        "azimuth_sigma_deg": 0.15,
    }  # fmt: skip
    return Source(**(said | more))


def decoded(name: str, frames: Iterable[tuple[float, bytes]]) -> Iterator[Observation]:
    """What the real feed makes of simulated frames and the times they came; every part of them is read."""
    decode = feeds.decoder(name)
    for at_s, frame in frames:
        for found in decode(frame, at_s, "sensor"):
            assert isinstance(found, Observation), found
            yield found
