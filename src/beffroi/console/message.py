"""Message: what the server says to a browser, field by field as web/src/wire.ts has it.

On the sockets as MessagePack, in the API as JSON. None is absent. The structs are also the schemas of the
OpenAPI description.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from beffroi import life
from beffroi.life import Code, DeskSign, State
from beffroi.observation import Class
from beffroi.person import Role
from beffroi.policy import Action
from beffroi.sentence import Units
from beffroi.sign import APART, FlightEffect, Priority
from beffroi.site import Language
from beffroi.subject import kind_of, value_of

Shelf = Literal["open", "shelved", "ended"]
"""Where signs lie: to be looked at, put aside for a time, over and done with."""
Kind = Class


class Reason(msgspec.Struct, kw_only=True):
    """A reason for a sign; a negative weight speaks against."""

    code: str
    params: dict[str, Any]
    weight: float
    evidence: tuple[str, ...]


class Effect(msgspec.Struct, kw_only=True):
    """What a sign does to one flight."""

    callsign: str
    subject: str
    track: int | None
    at_s: float
    distance_m: float
    vertical_m: float | None
    probability: float
    runway: str | None

    @classmethod
    def of(cls, effect: FlightEffect, said_s: float, track: int | None) -> "Effect":
        """An effect that was predicted at `said_s`."""
        return cls(
            callsign=effect.callsign, subject=effect.subject, track=track, at_s=said_s + effect.in_s,
            distance_m=effect.distance_m, vertical_m=effect.vertical_m, probability=effect.probability,
            runway=effect.runway,
        )  # fmt: skip


class Life(msgspec.Struct, kw_only=True):
    """The last act of a person on a sign."""

    act: int
    code: Code
    by: str
    at_s: float
    until_s: float | None = None
    reason: str | None = None
    outcome: str | None = None

    @classmethod
    def of(cls, life: life.Life, name: Callable[[str], str]) -> "Life":
        """The last act, its person by name."""
        said = msgspec.convert(life, cls, from_attributes=True)
        said.by = name(said.by) if said.by else ""
        return said


class Sign(msgspec.Struct, kw_only=True):
    """A sign as a person works on it."""

    key: str
    """Opaque; stands in the address bar."""
    number: int
    rule: str
    track: int | None
    priority: Priority
    state: State
    over: bool
    opened_s: float
    changed_s: float
    over_s: float | None
    params: dict[str, Any]
    reasons: list[Reason]
    lat_deg: float | None
    lon_deg: float | None
    flights: list[Effect]
    source: str | None
    """The source that it is about, for signs of a sensor."""
    simulated: bool
    exercise: bool
    life: Life | None

    @classmethod
    def of(cls, stood: DeskSign, tracks: Mapping[str, int], name: Callable[[str], str]) -> "Sign":
        """A sign as it stands on the desk; `tracks`: the track that each flight is now; `name`: what the
        person of a key is called."""
        sign = stood.sign
        kind, value = kind_of(sign.subject), value_of(sign.subject)
        return cls(
            key=stood.key, number=sign.id % APART, rule=sign.rule,
            track=int(value) if kind == "track" else None, priority=sign.priority, state=stood.state,
            over=stood.over, opened_s=sign.opened_at_s, changed_s=stood.changed_s,
            over_s=sign.over_at_s, params=sign.params,
            reasons=[msgspec.convert(r, Reason, from_attributes=True) for r in sign.reasons],
            lat_deg=sign.lat_deg, lon_deg=sign.lon_deg,
            flights=[Effect.of(f, sign.time_s, tracks.get(f.subject)) for f in sign.flights],
            source=value if kind == "source" else None, simulated=sign.simulated, exercise=sign.exercise,
            life=Life.of(stood.life, name) if stood.life else None,
        )  # fmt: skip


class Loudest(msgspec.Struct, kw_only=True):
    """What rang most in the last hour: so many signs of so many."""

    name: str
    signs: int
    of: int


class Alarms(msgspec.Struct, kw_only=True):
    """The watch measured after ISA-18.2."""

    urgent: int = 0
    high: int = 0
    notice: int = 0
    open: int = 0
    in_10_min: int = 0
    loudest: Loudest | None = None
    shelved: int = 0
    stale: int = 0
    exercise: int = 0
    """Signs of an exercise; they are in no other figure."""


class SourceState(msgspec.Struct, kw_only=True):
    """A source as it is now."""

    id: str
    state: Literal["waiting", "ok", "degraded", "fault", "off", "silent"]
    last_s: float | None
    period_s: float | None
    observations: int
    late: int
    unplaced: int
    """Plots that nobody can place, as nobody says where the sensor stands."""
    refused: int | None
    """Frames, or parts of them, that could not be read. Null, as the next, for a sensor behind a source and
    in a replay."""
    dropped: int | None
    """Frames that came faster than they could be taken."""
    range_bias_m: float | None
    azimuth_bias_deg: float | None
    time_bias_s: float | None


class BearingLine(msgspec.Struct, kw_only=True):
    """A direction in which a sensor that gives no range hears something; azimuth from true north."""

    source: str
    time_s: float
    lat_deg: float
    lon_deg: float
    azimuth_deg: float
    sigma_deg: float
    track: int | None
    range_m: float | None


class FlightPath(msgspec.Struct, kw_only=True):
    """Where a flight will be: (time_s, lat_deg, lon_deg, alt_m, sigma_m) of each point."""

    track: int
    callsign: str | None
    phase: Literal["arrival", "departure", "overflight"]
    runway: str | None
    path: list[tuple[float, float, float, float | None, float]]


class Person(msgspec.Struct, kw_only=True):
    """Who looks, and what they may do."""

    key: str
    name: str
    role: str
    """The roles in one text, for the eye."""
    roles: tuple[Role, ...]
    may: tuple[Action, ...]
    """What the policy allows now, under whatever condition."""
    locked: bool
    """The session waits to be unlocked: picture and alarms only."""


class Exercise(msgspec.Struct, kw_only=True):
    """The exercise of which the band speaks."""

    name: str
    state: Literal["running", "paused", "ended"]
    why: Literal["urgent", "person", "behind", "fault", "over"] | None
    """Why it does not run."""
    since_s: float


class Hello(msgspec.Struct, tag_field="m", tag="hello", kw_only=True):
    """The first message of a socket."""

    now_s: float
    speed: float
    mode: Literal["live", "demonstration", "replay"]
    person: Person
    version: str
    store: str = ""
    """Which store numbers the events: to be said with them, `?since=STORE:NUMBER`. Not in a replay."""
    exercise: Exercise | None = None
    """Beside the live watch."""
    whole: bool = True
    """False, in a replay: of that time there are positions and signs only."""


class Seeking(msgspec.Struct, tag_field="m", tag="seeking", kw_only=True):
    """A replay is on its way to the moment that was asked for."""

    to_s: float
    reached_s: float


class Signs(msgspec.Struct, tag_field="m", tag="signs", kw_only=True):
    """All signs that a person still has to do with; `number` of the last event that is in them."""

    number: int
    signs: list[Sign]


class Event(msgspec.Struct, tag_field="m", tag="event", kw_only=True):
    """One sign after a change. Numbers go up by one."""

    number: int
    sign: Sign


class Cited(msgspec.Struct, kw_only=True):
    """How many messages of one source a reason has rested on since the sign was opened."""

    code: str
    source: str
    count: int


class SignHistory(msgspec.Struct, kw_only=True):
    """A sign, and all that befell it, oldest first: what the machine said and what people did."""

    sign: Sign
    events: list[Event]
    evidence: list[Cited]


class Frame(msgspec.Struct, tag_field="m", tag="frame", kw_only=True):
    """Everything that moves, at one moment."""

    now_s: float
    n: int
    tracks: dict[str, Any]
    """Columns as bytes, see `beffroi.console.frame`; `names` is text."""
    bearings: list[BearingLine]
    flights: list[FlightPath]
    sources: list[SourceState]
    qnh_hpa: float | None
    alarms: Alarms


class Threshold(msgspec.Struct, kw_only=True):
    """One end of a runway."""

    designator: str
    lat_deg: float
    lon_deg: float
    elevation_m: float | None


class Runway(msgspec.Struct, kw_only=True):
    """A runway."""

    aerodrome: str
    width_m: float
    ends: tuple[Threshold, Threshold]


class Aerodrome(msgspec.Struct, kw_only=True):
    """An aerodrome of the neighbourhood."""

    code: str
    name: str
    lat_deg: float
    lon_deg: float


class Zone(msgspec.Struct, kw_only=True):
    """A zone, or one of several areas of it, which then share the id."""

    id: str
    name: str
    restriction: Literal["prohibited", "authorisation", "conditional", "information"]
    rings: list[list[tuple[float, float]]]
    """Of (longitude, latitude), the outer one first."""
    lower_m: float | None
    upper_m: float | None
    datum: Literal["msl", "ground"]


class SourcePlace(msgspec.Struct, kw_only=True):
    """Where a source stands and how far it sees."""

    id: str
    format: str
    lat_deg: float | None
    lon_deg: float | None
    range_m: float | None
    simulated: bool


class SiteInfo(msgspec.Struct, kw_only=True):
    """What does not change while the watch runs."""

    name: str
    lat_deg: float
    lon_deg: float
    elevation_m: float
    languages: tuple[Language, ...]
    units: Units
    runways: list[Runway]
    aerodromes: list[Aerodrome]
    zones: list[Zone]
    sources: list[SourcePlace]
    recorded_on: str | None
    basemap: bool
    borders: bool


class Identity(msgspec.Struct, kw_only=True):
    """What a track says it is, and how far the place that it declares lies from where it is."""

    subject: str
    source: str
    first_s: float
    last_s: float
    distance_m: float | None


class Heard(msgspec.Struct, kw_only=True):
    """A source that spoke of a track, and when last."""

    source: str
    last_s: float


class Past(msgspec.Struct, kw_only=True):
    """The smoothed past of a track, oldest first."""

    time_s: list[float]
    lat_deg: list[float]
    lon_deg: list[float]
    alt_m: list[float | None]
    speed_mps: list[float]


class Raw(msgspec.Struct, kw_only=True):
    """What sources said of a track, oldest first."""

    time_s: list[float]
    alt_m: list[float | None]
    speed_mps: list[float | None]
    source: list[str]


class TrackInfo(msgspec.Struct, kw_only=True):
    """One track with all that is known of it. Where its operator stands is not in it."""

    id: int
    now_s: float
    kind: Kind
    kinds: dict[str, float]
    existence: float
    lat_deg: float
    lon_deg: float
    alt_msl_m: float | None
    alt_sigma_m: float | None
    ground_speed_mps: float
    track_deg: float
    climb_mps: float | None
    sigma_m: float
    callsign: str | None
    squawk: str | None
    identities: list[Identity]
    seen_by: list[Heard]
    flight: FlightPath | None
    permit: str | None
    operator: bool
    path: Past
    raw: Raw


class Track(msgspec.Struct, tag_field="m", tag="track", kw_only=True):
    """In a replay: what was known then of the track that is looked at."""

    info: TrackInfo


class RuleTexts(msgspec.Struct, kw_only=True):
    """The sentences of a rule in one language; `{name:quantity}` is filled by the reader."""

    name: str
    """What it is called in a list."""
    headline: str
    sentence: str
    look: str
    reasons: dict[str, str]
    measures: dict[str, tuple[str, str | None]]
    """What was found, filled with the parameters of the reason, and its limit, filled with `limits`."""
    limits: dict[str, Any]
    """The limits of this site."""
    false_alarms: str
    basis: tuple[str, ...]


class Catalogue(msgspec.Struct, kw_only=True):
    """All sentences and words of one language."""

    language: Language
    rules: dict[str, RuleTexts]
    words: dict[str, dict[str, str] | str | tuple[str, ...]]


class Act(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person does with a sign."""

    code: Code
    until_s: float | None = None
    reason: str | None = None
    outcome: str | None = None
    act: int | None = None
    """`undo`: the number of the act that is undone."""


class Purpose(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why a person wants to see where an operator stands."""

    purpose: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class OperatorPlace(msgspec.Struct, kw_only=True):
    """Where the operator of an unmanned aircraft stands, as declared."""

    lat_deg: float
    lon_deg: float
    at_takeoff: bool | None
    """True: the place is the take-off point."""
    subject: str
    source: str
    time_s: float


class Who(msgspec.Struct, kw_only=True):
    """A person: an opaque key, and a name for the eye."""

    key: str
    name: str


class Problem(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A refusal (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    at: str | None = None


class Conflict(msgspec.Struct, kw_only=True):
    """The problem document of a 409: the same field was changed meanwhile."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str
    theirs: str
    yours: str
    by: Who | None
    at_s: float


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot say a {type(value).__name__}")


packed = msgspec.msgpack.Encoder(enc_hook=_plain).encode
"""A message as it goes over a socket."""
json = msgspec.json.Encoder(enc_hook=_plain).encode
"""An answer of the API."""
