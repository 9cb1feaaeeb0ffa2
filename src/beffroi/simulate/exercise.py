"""Exercise: a scenario for training, laid round the reference point of whatever site it is played at; the
sensors that see it; and the score at its end.

Places are metres east and north of the reference point, heights metres above the aerodrome. The sensors are
the exercise's own: a radar, a direction finder and receivers whose ids begin `exercise:`, which no site has.
What they send is bytes of their real protocols.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration

from beffroi.errors import InputError
from beffroi.feeds import sighting
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class
from beffroi.simulate import broadcast, flarm, radar
from beffroi.simulate.direction_finder import Listener
from beffroi.simulate.judge import Notice
from beffroi.simulate.radar import Sweeper
from beffroi.simulate.scenario import Actor, Expect, Finder, Leg, Radar, Scenario
from beffroi.simulate.world import World
from beffroi.site import EXERCISE, Site, Source
from beffroi.wire.sapient.message import envelope
from beffroi.wire.sapient.registration import registration

SECOND_S, FLARM_S = 1.0, 2.0
RANGE_M, MAST_M, ASIDE_DEG = 12_000.0, 15.0, 0.01
"""Range and height of the sensors; how far east of the radar the direction finder stands."""
NEVER_S = 86_400.0
"""A source of an exercise may be silent as long as it likes."""
NODE = "6f1c9c1e-3a55-4b0e-9d1c-0f2d7a1b6cee"
"""Of the direction finder, a SAPIENT node."""
SAMPLES = ("drone",)
"""The exercises that come with the program."""

Metres = Annotated[float, Meta(ge=-50_000.0, le=50_000.0)]
Height = Annotated[float, Meta(ge=-100.0, le=10_000.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=86_400.0)]
Speed = Annotated[float, Meta(gt=0.0, le=300.0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class Stop(_Table, frozen=True, kw_only=True):
    """A place on the way."""

    east_m: Metres
    north_m: Metres
    height_m: Height
    """Above the aerodrome."""
    speed_mps: Speed = 10.0
    """On the way to the next place."""
    wait_s: Seconds = 0.0


class Mover(_Table, frozen=True, kw_only=True):
    """One thing that moves on a way."""

    id: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: Class = "drone"
    start_s: Seconds = 0.0
    path: Annotated[tuple[Stop, ...], Meta(min_length=1, max_length=500)]
    serial: Annotated[str, Meta(pattern="^[0-9A-Z]{1,20}$")] | None = None
    """Remote ID serial; absent: it sends none."""
    radio: bool = True
    """Of a drone: its control link can be heard by the direction finder."""
    operator_m: tuple[Metres, Metres] | None = None
    """Where its operator stands as declared, east and north."""
    declared_m: tuple[Metres, Metres] = (0.0, 0.0)
    """How far east and north of its true place it declares itself."""
    flarm: Annotated[str, Meta(pattern="^[0-9A-F]{6}$")] | None = None
    expect: tuple[Expect, ...] = ()
    """The signs that somebody must deal with: what the score counts."""


class Seen(_Table, frozen=True, kw_only=True):
    """What somebody reports."""

    at_s: Seconds
    east_m: Metres
    north_m: Metres
    reporter: Literal["pilot", "tower", "patrol", "public", "staff"] = "tower"
    grade: Annotated[str, Meta(pattern="^[A-F][1-6]$")] | None = None
    what: Class = "drone"
    text: Annotated[str, Meta(max_length=2_000)] = ""


class Exercise(_Table, frozen=True, kw_only=True):
    """The whole file."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    """Stands in the band on every screen."""
    text: Annotated[str, Meta(max_length=2_000)] = ""
    """For whoever leads it."""
    seed: int = 1
    duration_s: Annotated[float, Meta(gt=0.0, le=86_400.0)]
    """After that it ends by itself."""
    actor: Annotated[tuple[Mover, ...], Meta(max_length=100)] = ()
    sighting: Annotated[tuple[Seen, ...], Meta(max_length=100)] = ()


def read(text: str, rules: Collection[str] = ()) -> Exercise:
    """The exercise that a TOML document describes. Raises InputError with the path of the key.

    `rules`: the names of signs that there are, if what it expects is to be checked against them.
    """
    try:
        exercise = msgspec.toml.decode(text, type=Exercise)
    except msgspec.ValidationError as bad:
        reason, _, place = str(bad).partition(" - at ")
        raise InputError(place.strip("`") or "$", reason.removeprefix("Object contains ")) from bad
    except msgspec.DecodeError as bad:
        raise InputError("TOML", str(bad)) from bad
    if not exercise.actor and not exercise.sighting:
        raise InputError("$", "nothing happens: there is neither an actor nor a sighting")
    for i, mover in enumerate(exercise.actor):
        for k, expect in enumerate(mover.expect):
            if rules and expect.sign not in rules:
                raise InputError(f"$.actor[{i}].expect[{k}].sign", f"there is no sign {expect.sign!r}")
    return exercise


def sample(name: str) -> str:
    """The text of an exercise that comes with the program."""
    return (files("beffroi") / "simulate" / f"exercise-{name}.toml").read_text(encoding="utf-8")


# --- its sensors ------------------------------------------------------------------------------------------


class Frame(NamedTuple):
    """What a sensor sent."""

    at_s: float
    source: str
    data: bytes


def sources(site: Site) -> tuple[Source, ...]:
    """The sources of every exercise at a site. The radar does not see all: it must not speak against the
    real traffic, which it does not see."""
    place = site.site
    return (
        Source(
            id=f"{EXERCISE}radar", format="asterix", link="", lat_deg=place.lat_deg, lon_deg=place.lon_deg,
            alt_msl_m=place.elevation_m + MAST_M, range_m=RANGE_M, elevation_from_deg=-1.0, period_s=1.0,
            blind_mps=radar.BLIND_MPS, range_sigma_m=12.0, azimuth_sigma_deg=0.15, simulated=True,
            silent_after_s=NEVER_S,
        ),
        Source(
            id=f"{EXERCISE}sapient", format="sapient", link="", lat_deg=place.lat_deg,
            lon_deg=place.lon_deg + ASIDE_DEG, alt_msl_m=place.elevation_m + MAST_M, range_m=RANGE_M,
            azimuth_sigma_deg=3.0, period_s=1.0, simulated=True, silent_after_s=NEVER_S,
        ),
        *(
            Source(id=f"{EXERCISE}{name}", format=name, link="", simulated=True, silent_after_s=NEVER_S)
            for name in ("remote_id", "ogn", "sighting")
        ),
    )  # fmt: skip


class Sensors:
    """The sensors of one exercise, and the truth that they see. Ask them in order of time."""

    def __init__(self, exercise: Exercise, site: Site, start_s: float) -> None:
        self.exercise, self._site = exercise, site
        plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self.world = World(placed(exercise, site, plane), None, plane, start_s)
        self.sources = sources(site)
        made, seed = self.world.scenario, exercise.seed
        self._radar = Sweeper(made.radar[0], self.sources[0], self.world, seed)
        self._finder = Listener(made.finder[0], self.sources[1], self.world, seed + 1)

    def frames(self, from_s: float, until_s: float) -> Iterator[Frame]:
        """What they send after `from_s`, until `until_s`; oldest first."""
        streams = (
            self._sectors(from_s, until_s),
            self._seconds(from_s, until_s),
            self._bearings(from_s, until_s),
            self._flarm(from_s, until_s),
            self._reports(from_s, until_s),
        )
        yield from heapq.merge(*streams, key=lambda frame: frame.at_s)

    def _sectors(self, from_s: float, until_s: float) -> Iterator[Frame]:
        step_s = 1.0 / radar.SECTORS
        for number in self.world.due(from_s, until_s, step_s):
            at_s = self.world.start_s + number * step_s
            yield Frame(at_s, f"{EXERCISE}radar", self._radar.sector(number, at_s))

    def _seconds(self, from_s: float, until_s: float) -> Iterator[Frame]:
        for number in self.world.due(from_s, until_s, SECOND_S):
            at_s = self.world.start_s + number * SECOND_S
            for frame in broadcast.frames(self.world, at_s, self._site.site.geoid_m or 0.0):
                yield Frame(at_s, f"{EXERCISE}remote_id", frame)

    def _bearings(self, from_s: float, until_s: float) -> Iterator[Frame]:
        for number in self.world.due(from_s, until_s, SECOND_S):
            at_s = self.world.start_s + number * SECOND_S
            if number == 0:
                message = envelope(NODE, at_s)
                kind = Registration.NODE_TYPE_PASSIVE_RF
                message.registration.CopyFrom(
                    registration(kind, "Direction finder", polar=True, interval_s=5.0)
                )
                yield Frame(at_s, f"{EXERCISE}sapient", message.SerializeToString())
            for report in self._finder.detections(at_s):
                message = envelope(NODE, at_s)
                message.detection_report.CopyFrom(report)
                yield Frame(at_s, f"{EXERCISE}sapient", message.SerializeToString())

    def _flarm(self, from_s: float, until_s: float) -> Iterator[Frame]:
        for number in self.world.due(from_s, until_s, FLARM_S):
            at_s = self.world.start_s + number * FLARM_S
            for line in flarm.lines(self.world, at_s, "EXERCISE"):
                yield Frame(at_s, f"{EXERCISE}ogn", line)

    def _reports(self, from_s: float, until_s: float) -> Iterator[Frame]:
        for seen in sorted(self.exercise.sighting, key=lambda s: s.at_s):
            at_s = self.world.start_s + seen.at_s
            if from_s < at_s <= until_s:
                yield Frame(at_s, f"{EXERCISE}sighting", self._report(seen, at_s))

    def _report(self, seen: Seen, at_s: float) -> bytes:
        lat, lon = _degrees(self.world.plane, seen.east_m, seen.north_m)
        form = sighting.Form(
            time=datetime.fromtimestamp(at_s, UTC), reporter=seen.reporter, grade=seen.grade, what=seen.what,
            text=seen.text, lat_deg=lat, lon_deg=lon,
        )  # fmt: skip
        said = msgspec.to_builtins(form)
        return msgspec.json.encode({name: value for name, value in said.items() if value is not None})


def placed(exercise: Exercise, site: Site, plane: Plane) -> Scenario:
    """The scenario of an exercise at a site."""
    return Scenario(
        name=exercise.name, seed=exercise.seed, qnh_hpa=site.site.qnh_hpa or 1013.25, station="",
        duration_s=exercise.duration_s, radar=(Radar(source=f"{EXERCISE}radar", sac=0, sic=255,
                                                     detection_p=0.95, clutter_per_turn=0.0),),
        finder=(Finder(source=f"{EXERCISE}sapient", node_id=NODE, false_per_s=0.0),),
        actor=tuple(_actor(mover, plane, site.site.elevation_m) for mover in exercise.actor),
    )  # fmt: skip


def _actor(mover: Mover, plane: Plane, elevation_m: float) -> Actor:
    legs = []
    for stop in mover.path:
        lat, lon = _degrees(plane, stop.east_m, stop.north_m)
        legs.append(Leg(lat_deg=lat, lon_deg=lon, alt_msl_m=elevation_m + stop.height_m,
                        speed_mps=stop.speed_mps, wait_s=stop.wait_s))  # fmt: skip
    return Actor(
        id=mover.id, kind=mover.kind, start_s=mover.start_s, path=tuple(legs), serial=mover.serial,
        operator=_degrees(plane, *mover.operator_m) if mover.operator_m else None,
        declared_m=mover.declared_m, flarm=mover.flarm, expect=mover.expect,
        radio=mover.radio and mover.kind == "drone",
    )  # fmt: skip


def _degrees(plane: Plane, east_m: float, north_m: float) -> tuple[float, float]:
    lat, lon = plane.inverse(east_m, north_m)
    return float(lat), float(lon)


# --- its score --------------------------------------------------------------------------------------------


class Handled(NamedTuple):
    """When things were done with one sign, Unix seconds; None: never."""

    opened_s: float
    acted_s: float | None
    """The first act of a person."""
    confirmed_s: float | None
    """Its case was called confirmed."""
    decided_s: float | None
    """The first decision on a runway or a zone in its case."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation, and how long each step took: seconds of the exercise since there was reason for it,
    its pauses left out. None: it did not happen."""

    actor: str
    sign: str
    """The rule."""
    key: str | None = None
    """Of the sign that came."""
    seen_s: float | None = None
    """The machine opened the sign."""
    noticed_s: float | None = None
    """The first act of a person."""
    confirmed_s: float | None = None
    decided_s: float | None = None


class Played(NamedTuple):
    """The clock of an exercise: when it began, and from when to when it was paused."""

    start_s: float
    pauses: Sequence[tuple[float, float]] = ()

    def at(self, time_s: float) -> float:
        """How much of it had been played at a time, seconds."""
        stood_s = sum(max(0.0, min(to_s, time_s) - from_s) for from_s, to_s in self.pauses)
        return time_s - self.start_s - stood_s


def score(
    notices: Iterable[Notice],
    expects: Iterable[Expect],
    handled: Mapping[int, tuple[str, Handled]],
    played: Played,
) -> tuple[Mark, ...]:
    """The marks of an exercise, one for each expectation, in their order.

    `handled`: by the number of a sign its key and what became of it.
    """
    return tuple(
        _mark(notice, expect.after_s, handled.get(notice.number or 0), played)
        for notice, expect in zip(notices, expects, strict=True)
    )


def _mark(notice: Notice, after_s: float, found: tuple[str, Handled] | None, played: Played) -> Mark:
    if found is None:
        return Mark(actor=notice.actor, sign=notice.sign)

    def took_s(time_s: float | None) -> float | None:
        return None if time_s is None else max(0.0, played.at(time_s) - after_s)

    key, what = found
    return Mark(
        actor=notice.actor, sign=notice.sign, key=key, seen_s=took_s(what.opened_s),
        noticed_s=took_s(what.acted_s), confirmed_s=took_s(what.confirmed_s),
        decided_s=took_s(what.decided_s),
    )  # fmt: skip
