"""Scenario: what happens, written as TOML. Times count from the start of the scenario."""

import re

import msgspec

from beffroi.errors import InputError
from beffroi.observation import Class


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the scenario."""


class Leg(_Table, frozen=True, kw_only=True):
    """A place on the way."""

    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    speed_mps: float = 10.0
    """On the way to the next place."""
    wait_s: float = 0.0
    """Stay here so long."""


class Expect(_Table, frozen=True, kw_only=True):
    """A sign that must speak of an actor."""

    sign: str
    after_s: float
    """Since the start of the scenario: from then on there is reason for it."""
    within_s: float
    """It must be open so much later."""


class Actor(_Table, frozen=True, kw_only=True):
    """One thing that moves on a way."""

    id: str
    kind: Class
    start_s: float
    path: tuple[Leg, ...]
    serial: str | None = None
    """Remote ID serial; absent: it sends none."""
    transmitter: str | None = None
    operator: tuple[float, float] | None = None
    """Latitude and longitude of the operator, as declared."""
    declared_m: tuple[float, float] = (0.0, 0.0)
    """How far east and north of its true place it declares itself."""
    on_air_only: bool = False
    """There is no machine: a transmitter on the ground makes up its claims."""
    flarm: str | None = None
    """Address of its FLARM, six hexadecimal digits."""
    radio: bool = False
    """Its control link can be heard by a direction finder."""
    permitted: bool = False
    """It has an authorisation: nobody may accuse it."""
    expect: tuple[Expect, ...] = ()
    forbid: tuple[str, ...] = ()
    """Signs that would accuse it of what it does not do."""


class Flock(_Table, frozen=True, kw_only=True):
    """Birds."""

    lat_deg: float
    lon_deg: float
    count: int
    spread_m: float = 800.0
    alt_msl_m: float = 140.0
    speed_mps: float = 11.0


class Road(_Table, frozen=True, kw_only=True):
    """Cars on a road, to and fro."""

    path: tuple[tuple[float, float], ...]
    """Latitude, longitude."""
    alt_msl_m: float
    cars: int
    speed_mps: float = 20.0


class Radar(_Table, frozen=True, kw_only=True):
    """A 3-D surveillance radar for small objects."""

    source: str
    """Id of the source in the site configuration; place, range and noise are there."""
    sac: int
    sic: int
    detection_p: float = 0.9
    clutter_per_turn: float = 3.0


class Finder(_Table, frozen=True, kw_only=True):
    """A radio direction finder."""

    source: str
    node_id: str
    """UUID of the SAPIENT node."""
    false_per_s: float = 0.05
    detection_p: float = 0.8


class Scenario(_Table, frozen=True, kw_only=True):
    """Everything."""

    name: str
    seed: int
    qnh_hpa: float
    """True pressure of the day."""
    station: str
    duration_s: float
    actor: tuple[Actor, ...] = ()
    flock: tuple[Flock, ...] = ()
    road: tuple[Road, ...] = ()
    radar: tuple[Radar, ...] = ()
    finder: tuple[Finder, ...] = ()


def read(text: str) -> Scenario:
    """The scenario that a TOML document describes. Raises InputError with the path of the key."""
    try:
        return msgspec.toml.decode(text, type=Scenario)
    except msgspec.ValidationError as bad:
        reason, _, place = str(bad).partition(" - at ")
        raise InputError(place.strip("`") or "$", re.sub(r"Object contains ", "", reason)) from bad
    except msgspec.DecodeError as bad:
        raise InputError("TOML", str(bad)) from bad
