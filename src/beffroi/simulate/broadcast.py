"""Broadcast: the Remote ID that drones send, as a Wi-Fi monitor hears it. ASTM F3411-22a packs in beacons."""

from collections.abc import Iterator

import numpy as np

from beffroi.simulate.scenario import Actor
from beffroi.simulate.world import World, declared
from beffroi.track import F
from beffroi.wire import bearer, f3411

CHANNEL_HZ = 2.437e9


def frames(world: World, time_s: float, geoid_m: float) -> Iterator[bytes]:
    """One beacon from each transmitter that is on air; ask once a second. `geoid_m`: mean sea level above the
    ellipsoid."""
    for number, actor in enumerate(world.scenario.actor):
        here = world.actor(number, time_s) if actor.serial else None
        if here is not None:
            transmitter = actor.transmitter or f"02:00:00:00:{number >> 8:02x}:{number & 0xFF:02x}"
            yield _beacon(actor, world, declared(actor, here), time_s, geoid_m, transmitter)


def _beacon(actor: Actor, world: World, said: F, time_s: float, geoid_m: float, transmitter: str) -> bytes:
    lat, lon = (float(v) for v in world.plane.inverse(said[0], said[1]))
    place = f3411.Location(
        status="airborne", lat_deg=lat, lon_deg=lon, alt_wgs84_m=float(said[2]) + geoid_m,
        track_deg=float(np.degrees(np.arctan2(said[3], said[4])) % 360.0),
        ground_speed_mps=float(np.hypot(said[3], said[4])), vertical_speed_mps=0.0, horizontal_95_m=10.0,
        vertical_95_m=10.0, after_hour_s=round(time_s % 3600.0, 1),
    )  # fmt: skip
    who = f3411.BasicId(id_type="serial", ua_type="helicopter_or_multirotor", uas_id=actor.serial)
    contents: list[f3411.Message] = [who, place]
    if actor.operator:
        contents.append(f3411.System(lat_deg=actor.operator[0], lon_deg=actor.operator[1], place="takeoff",
                                     time_s=time_s))  # fmt: skip
    pack = f3411.encode_pack(contents)
    return bearer.write_beacon(pack, transmitter, int(time_s) & 0xFF, signal_dbm=-65, frequency_hz=CHANNEL_HZ)
