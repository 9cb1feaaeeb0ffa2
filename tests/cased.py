"""A desk with cases: records, signs, a clock, and people who act."""

from pathlib import Path
from typing import Any

import numpy as np

from beffroi.airspace import Airspace
from beffroi.case import MACHINE, Aerodrome, Case, Entry, Item, Joined
from beffroi.cases import fold
from beffroi.casework import Casework
from beffroi.desk import Desk
from beffroi.kernels.geodesy import Plane
from beffroi.life import key
from beffroi.links.clock import StepClock
from beffroi.observation import Observation, Report
from beffroi.picture import Picture
from beffroi.sign import Sign
from beffroi.site import Site, read
from beffroi.store.cases import Entries
from beffroi.store.records import Records
from beffroi.store.vault import Vault
from beffroi.store.verdict import judge
from beffroi.track import CLASSES, TrackColumns
from made import START_S, sign

SITE = """
[site]
name = "Orly"
lat_deg = 48.7233
lon_deg = 2.3794
elevation_m = 89.0
[[runway]]
ends = [ { designator = "06", lat_deg = 48.7197, lon_deg = 2.3206 },
         { designator = "24", lat_deg = 48.7330, lon_deg = 2.3598 } ]
[[runway]]
ends = [ { designator = "02", lat_deg = 48.7200, lon_deg = 2.3800 },
         { designator = "20", lat_deg = 48.7400, lon_deg = 2.3900 } ]
[desk]
wait_s = 600
"""
RUNWAY = "runway:06/24"
NOWHERE = Aerodrome()


class Hand:
    """How time goes for a person."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Room:
    """A desk with its cases, on records in a directory."""

    def __init__(self, directory: Path, site: str = SITE) -> None:
        self.directory, self.site = directory, read(site)
        self.clock, self.hand = StepClock(START_S), Hand()
        self.told: list[str] = []
        self.open()

    def open(self) -> None:
        self.records = Records.within(self.directory)
        self.desk = Desk(self.records, self.clock, self.hand)
        self.vault = Vault(self.directory, self.records)
        self.entries = Entries(self.records, self.vault)
        self.work = Casework(self.entries, self.desk, self.clock, self.site, (), self.hand)
        self.work.subscribe(self.told.append)

    def close(self) -> None:
        self.records.close()

    def verdict(self) -> list[str]:
        """What is wrong with the log."""
        return [str(fault) for fault in judge(self.records).faults]

    def say(self, *signs: Sign, sightings: tuple[Observation, ...] = (), exercise: bool = False) -> None:
        self.records.add(signs, lambda wanted: {})
        self.desk.take(signs)
        self.work.take(signs, picture(self.site, self.clock.now_s(), sightings=sightings), exercise=exercise)

    def case(self, number: int = 1, **fields: Any) -> Case:
        """A case that ana opened of a sign."""
        self.say(sign(number, **fields))
        return self.work.open("ana", "supervisor", sign=key(sign(number)))

    def later(self, seconds: float) -> None:
        self.clock.not_before(self.clock.now_s() + seconds)
        self.hand.now_s += seconds


def sighting(name: str = "aa", *, at_s: float = START_S, **fields: Any) -> Observation:
    """A drone that a pilot saw."""
    said: dict[str, Any] = {
        "lat_deg": 48.73, "lon_deg": 2.36, "classes": {"drone": 1.0},
        "report": Report(text="two quadcopters", reporter="pilot", grade="B2", count=2),
    }  # fmt: skip
    return Observation(
        kind="sighting", time_s=at_s, received_at_s=at_s, frame=bytes.fromhex(name),
        subject=f"sighting:{name}", **(said | fields),
    )  # fmt: skip


def picture(
    site: Site, now_s: float, *, tracks: TrackColumns | None = None, sightings: tuple[Observation, ...] = ()
) -> Picture:
    """A picture of a site."""
    plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
    return Picture(
        now_s=now_s, plane=plane, tracks=tracks or columns(0), identities=[], claims={}, bearings=[],
        sightings=list(sightings), sources={}, flights=(), airspace=Airspace((), plane, site), weather={},
        qnh_hpa=None, qnh_sigma_hpa=0.0, evidence={}, callsigns={}, squawks={}, heard={}, fast={},
    )  # fmt: skip


def columns(n: int, **given: float) -> TrackColumns:
    """`n` drones with these values, numbered from 1."""
    fields: dict[str, Any] = {}
    for name in TrackColumns.__struct_fields__:
        fields[name] = np.full(n, given.get(name, 0.0))
    fields["id"] = np.arange(1, n + 1)
    for name in ("confirmed", "coasting", "on_ground"):
        fields[name] = np.full(n, name == "confirmed")
    fields["identity"] = np.full(n, -1)
    fields["class_p"] = np.zeros((n, len(CLASSES)))
    fields["class_p"][:, CLASSES.index("drone")] = 0.9
    return TrackColumns(**fields)


# --- a case by itself, without records ----------------------------------------------------------------------


def entry(case: Case | None, code: str, by: str = "ana", *, exercise: bool = False, **params: Any) -> Entry:
    version = case.version + 1 if case else 1
    return Entry(
        about="case:1", version=version, at_s=float(version), by=by, code=code, params=params,
        exercise=exercise,
    )  # fmt: skip


def add(case: Case | None, code: str, by: str = "ana", made_on: int | None = None, **params: Any) -> Case:
    new = entry(case, code, by, **params)
    fold.check(case, new, NOWHERE, made_on)
    return fold.after(case, new)


def stood(*, exercise: bool = False) -> Case:
    case = fold.after(None, entry(None, "opened", kind="drone", exercise=exercise))
    for name in ("0-0", "0-1"):
        case = add(case, "join", MACHINE, joined=Joined(key=name, subjects=(f"track:{name}",), at_s=0.0))
    case = add(case, "listed", items=(Item(id="a", text="call"),))
    return case if exercise else add(case, "tower_draft", id=1, text="drone")
