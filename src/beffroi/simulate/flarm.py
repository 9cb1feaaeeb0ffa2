"""FLARM: what gliders and ultralights send, as a receiver of the Open Glider Network passes it on (APRS)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from beffroi.simulate.scenario import Actor
from beffroi.simulate.world import World
from beffroi.track import F
from beffroi.units import M_PER_FT, MPS_PER_KT

AIRCRAFT_TYPE = {"glider": 1, "helicopter": 3, "parachute": 4, "ultralight": 6, "paraglider": 7, "light": 8}
"""Types of the OGN beacon; a delta ultralight sends as hang glider."""
ADDRESS_FLARM = 2


def lines(world: World, time_s: float, station: str) -> Iterator[bytes]:
    """One line from each sender; ask every other second."""
    for number, actor in enumerate(world.scenario.actor):
        here = world.actor(number, time_s) if actor.flarm else None
        if here is not None and actor.flarm is not None:
            yield _line(world, actor, actor.flarm, here, time_s, station)


def _line(world: World, actor: Actor, address: str, here: F, time_s: float, station: str) -> bytes:
    lat, lon = (float(v) for v in world.plane.inverse(here[0], here[1]))
    clock = datetime.fromtimestamp(time_s, UTC).strftime("%H%M%S")
    (lat_text, lat_more), (lon_text, lon_more) = _degrees(lat, 2, "NS"), _degrees(lon, 3, "EW")
    course = round(float(np.degrees(np.arctan2(here[3], here[4])))) % 360
    speed_kt = round(float(np.hypot(here[3], here[4])) / MPS_PER_KT)
    feet = round(float(here[2]) / M_PER_FT)
    kind = AIRCRAFT_TYPE.get(actor.kind, 0) << 2 | ADDRESS_FLARM
    text = (
        f"FLR{address}>OGFLR,qAS,{station}:/{clock}h{lat_text}/{lon_text}'{course:03d}/{speed_kt:03d}"
        f"/A={feet:06d} !W{lat_more}{lon_more}! id{kind:02X}{address} +000fpm +0.0rot 20.0dB 0e +0.0kHz"
        " gps2x3"
    )
    return text.encode() + b"\r\n"


def _degrees(value: float, width: int, sides: str) -> tuple[str, int]:
    """Degrees and minutes with two decimals as APRS has them, and the third decimal apart."""
    thousandths = round(abs(value) * 60_000)
    degrees, rest = divmod(thousandths, 60_000)
    minutes, third = divmod(rest, 10)
    side = sides[0] if value >= 0 else sides[1]
    return f"{degrees:0{width}d}{minutes // 100:02d}.{minutes % 100:02d}{side}", third
