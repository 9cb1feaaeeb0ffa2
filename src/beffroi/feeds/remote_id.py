"""Remote ID: what unmanned aircraft broadcast of themselves over Wi-Fi and Bluetooth, DJI DroneID included.

A frame is a captured one or what a receiver took out of it: see `beffroi.wire.bearer`. Frames of others are
read past and nothing of them is kept.

Identity, position and operator come in separate messages: what a transmitter said is remembered for a minute
(F3411-22a asks for each static message at least every 3 s) and joined by its address. A position is never
repeated: an observation has one only if its own frame has. A transmitter that changes its id starts anew.
"""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from beffroi.errors import FeedError, WireError
from beffroi.observation import Class, Observation, Operator, digest
from beffroi.subject import subject
from beffroi.wire import bearer, dji, f3411
from beffroi.wire.bearer import Broadcast
from beffroi.wire.f3411 import (
    SIGMA_PER_95,
    SIGMA_PER_RADIAL_95,
    BasicId,
    Location,
    Message,
    OperatorId,
    SelfId,
    System,
)

SOURCE = "ASTM F3411-22a §5.4; EN 4709-002; DJI DroneID (no standard, see beffroi.wire.dji)"
FRAMING = "whole"
PERSONAL = True

MEMORY_S = 60.0
"""How long what a transmitter said of itself is joined to its later frames."""
TRANSMITTERS = 4096
"""So many are remembered; the one silent for longest goes first."""
AGE_S = 2.0
"""A stated time this long before reception is believed. F3411-22a allows 1 s; forged and cheap devices state
times that are minutes wrong, but radio waves are never late: beyond this the time of reception counts."""
AHEAD_S = 1.0
"""The same, after reception: clocks differ."""

_BALLOONS = ("free_balloon", "captive_balloon", "airship")
_IDENTITIES = ("serial", "registration", "session", "utm_uuid", "none")
"""Types of id; an aircraft is known by the first of them that it gives. Some send an id and no type."""
_NOWHERE = Location()

_Key = tuple[type[Message], str | None]
_Said = dict[_Key, Message]


class _Reception(NamedTuple):
    frame: bytes
    """Digest."""
    received_at_s: float
    source: str


class Decoder:
    """Joins what comes in separate frames."""

    def __init__(self, *, dji: bool = True) -> None:
        """`dji`: whether DJI DroneID may be read; on live links the law of the place decides."""
        self.not_allowed = 0
        """DJI broadcasts that were passed over because `dji` is off."""
        self._dji = dji
        self._memory = _Memory()

    def decode(
        self, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        """The claims in one frame, and a FeedError for each part that cannot be read; raised if none can."""
        reception, read = _Reception(digest(frame), received_at_s, source), False
        try:
            for broadcast in bearer.broadcasts(frame):
                for result in self._claims(broadcast, reception):
                    read = True
                    yield result
        except WireError as error:
            if not read:
                raise FeedError(error.place, error.reason) from error
            yield FeedError(error.place, error.reason)

    def _claims(self, broadcast: Broadcast, reception: _Reception) -> Iterator[Observation | FeedError]:
        if not broadcast.is_dji:
            yield from self._remote_id(broadcast, reception)
        elif not self._dji:
            self.not_allowed += 1
        else:
            try:
                yield _dji_claim(dji.decode(broadcast.body), broadcast, reception)
            except WireError as error:
                yield FeedError(error.place, error.reason)

    def _remote_id(self, broadcast: Broadcast, reception: _Reception) -> Iterator[Observation | FeedError]:
        said: list[Message] = []
        for message in f3411.messages(broadcast.body):
            if isinstance(message, WireError):
                yield FeedError(message.place, message.reason)
            else:
                said.append(message)
        if said:
            known = self._memory.join(broadcast.transmitter, said, reception.received_at_s)
            for location in [m for m in said if isinstance(m, Location)] or [_NOWHERE]:
                yield _claim(location, said, known, broadcast, reception)


class _Memory:
    """What each transmitter said lately, in the order in which they were last heard."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[float, dict[_Key, tuple[float, Message]]]] = {}

    def join(self, transmitter: str | None, said: list[Message], now_s: float) -> _Said:
        """The last message of each kind of `transmitter`, of now or of the last `MEMORY_S`."""
        fresh = {_key(message): message for message in said}
        if transmitter is None:
            return fresh
        _, memory = self._of.pop(transmitter, (now_s, {}))
        self._forget(now_s)
        if _is_another(memory, said):
            memory = {}
        memory |= {key: (now_s, message) for key, message in fresh.items()}
        self._of[transmitter] = now_s, memory
        return {key: message for key, (at_s, message) in memory.items() if now_s - at_s <= MEMORY_S}

    def _forget(self, now_s: float) -> None:
        while self._of:
            first = next(iter(self._of))
            if now_s - self._of[first][0] <= MEMORY_S and len(self._of) < TRANSMITTERS:
                return
            del self._of[first]


def _key(message: Message) -> _Key:
    return type(message), message.id_type if isinstance(message, BasicId) else None


def _is_another(memory: dict[_Key, tuple[float, Message]], said: list[Message]) -> bool:
    """True if an id that is remembered is replaced by another of its type."""
    said_now = {(_key(m), m.uas_id) for m in said if isinstance(m, BasicId)}
    types = {key for key, _ in said_now}
    return any(
        key in types and isinstance(old, BasicId) and (key, old.uas_id) not in said_now
        for key, (_, old) in memory.items()
    )


def _claim(
    location: Location, said: list[Message], known: _Said, broadcast: Broadcast, reception: _Reception
) -> Observation:
    basic_ids = [m for m in (*said, *known.values()) if isinstance(m, BasicId)]
    keys = _keys(basic_ids)
    transmitter = _transmitter(broadcast)
    vertical_95_m = location.pressure_95_m if location.alt_wgs84_m is None else location.vertical_95_m
    return Observation(
        source=reception.source,
        kind="claim",
        time_s=_time_s(location.after_hour_s, reception.received_at_s),
        stated_time_s=_stated_s(location.after_hour_s, reception.received_at_s),
        received_at_s=reception.received_at_s,
        frame=reception.frame,
        subject=keys[0] if keys else transmitter,
        aliases=tuple(keys[1:]),
        transmitter=transmitter,
        lat_deg=location.lat_deg,
        lon_deg=location.lon_deg,
        horizontal_sigma_m=_times(location.horizontal_95_m, SIGMA_PER_RADIAL_95),
        alt_1013_m=location.alt_1013_m,
        alt_wgs84_m=location.alt_wgs84_m,
        height_agl_m=location.height_m if location.height_above_ground else None,
        height_takeoff_m=None if location.height_above_ground else location.height_m,
        vertical_sigma_m=_times(vertical_95_m, SIGMA_PER_95),
        on_ground={"ground": True, "airborne": False}.get(location.status or ""),
        ground_speed_mps=location.ground_speed_mps,
        track_deg=location.track_deg,
        vertical_speed_mps=location.vertical_speed_mps,
        speed_sigma_mps=_times(location.speed_95_mps, SIGMA_PER_RADIAL_95),
        registration=next((m.uas_id for m in basic_ids if m.id_type == "registration"), None),
        emergency="general" if location.status == "emergency" else None,
        classes=_classes(basic_ids),
        status=location.status,
        text=_text(known),
        rssi_dbm=broadcast.radio.signal_dbm,
        frequency_hz=broadcast.radio.frequency_hz,
        operator=_operator(known),
    )


def _keys(basic_ids: Iterable[BasicId]) -> list[str]:
    """The keys of the aircraft, the best first, each once."""
    known = [
        (_IDENTITIES.index(m.id_type), m.uas_id) for m in basic_ids if m.id_type in _IDENTITIES and m.uas_id
    ]
    return list(dict.fromkeys(subject("uas", uas_id) for _, uas_id in sorted(known, key=lambda k: k[0])))


def _classes(basic_ids: Iterable[BasicId]) -> dict[Class, float] | None:
    """Whatever has Remote ID is unmanned; as declared, and so without doubt of its own."""
    types = [m.ua_type for m in basic_ids if m.ua_type != "ground_obstacle"]
    return {"balloon" if types[0] in _BALLOONS else "drone": 1.0} if types else None


def _operator(known: _Said) -> Operator | None:
    system, identity = known.get((System, None)), known.get((OperatorId, None))
    operator_id = identity.operator_id if isinstance(identity, OperatorId) else None
    if not isinstance(system, System):
        return Operator(operator_id=operator_id) if operator_id else None
    if operator_id is None and system.lat_deg is None:
        return None
    return Operator(
        operator_id=operator_id,
        lat_deg=system.lat_deg,
        lon_deg=system.lon_deg,
        alt_wgs84_m=system.alt_wgs84_m,
        at_takeoff=system.place == "takeoff" if system.place and system.lat_deg is not None else None,
    )


def _text(known: _Said) -> str | None:
    message = known.get((SelfId, None))
    return message.text if isinstance(message, SelfId) else None


def _dji_claim(
    record: dji.FlightRecord | dji.UserInformation, broadcast: Broadcast, reception: _Reception
) -> Observation:
    transmitter = _transmitter(broadcast)
    flight = record if isinstance(record, dji.FlightRecord) else _NO_FLIGHT
    speed_mps, track_deg = _course(flight.north_mps, flight.east_mps)
    flying = {True: "airborne", False: "ground"}.get(bool(flight.state & dji.IN_AIR))
    return Observation(
        source=reception.source,
        kind="claim",
        time_s=reception.received_at_s,
        received_at_s=reception.received_at_s,
        frame=reception.frame,
        subject=subject("uas", record.serial) if record.serial else transmitter,
        transmitter=transmitter,
        lat_deg=flight.lat_deg,
        lon_deg=flight.lon_deg,
        alt_msl_m=flight.altitude_m,
        height_takeoff_m=flight.height_m,
        on_ground=None if flight is _NO_FLIGHT else flying == "ground",
        ground_speed_mps=speed_mps,
        track_deg=track_deg,
        vertical_speed_mps=flight.up_mps,
        classes={"drone": 1.0},
        status=None if flight is _NO_FLIGHT else flying,
        text=_entered(record),
        rssi_dbm=broadcast.radio.signal_dbm,
        frequency_hz=broadcast.radio.frequency_hz,
        operator=_dji_operator(flight),
    )


_NO_FLIGHT = dji.FlightRecord()


def _entered(record: dji.FlightRecord | dji.UserInformation) -> str | None:
    """What the operator typed: an identification and a purpose."""
    if isinstance(record, dji.FlightRecord):
        return None
    return " / ".join(filter(None, (record.identification, record.purpose))) or None


def _dji_operator(flight: dji.FlightRecord) -> Operator | None:
    """The telephone's place; failing that, the take-off point."""
    if flight.operator_lat_deg is not None:
        return Operator(lat_deg=flight.operator_lat_deg, lon_deg=flight.operator_lon_deg, at_takeoff=False)
    if flight.home_lat_deg is not None:
        return Operator(lat_deg=flight.home_lat_deg, lon_deg=flight.home_lon_deg, at_takeoff=True)
    return None


def _course(north_mps: float | None, east_mps: float | None) -> tuple[float | None, float | None]:
    """Speed, and direction where there is movement."""
    if north_mps is None or east_mps is None:
        return None, None
    speed_mps = math.hypot(north_mps, east_mps)
    return speed_mps, math.degrees(math.atan2(east_mps, north_mps)) % 360 if speed_mps else None


def _time_s(after_hour_s: float | None, received_at_s: float) -> float:
    """The stated time, in the hour nearest to reception; the time of reception where that is not believed."""
    stated_s = _stated_s(after_hour_s, received_at_s)
    believed = stated_s is not None and -AHEAD_S <= received_at_s - stated_s <= AGE_S
    return stated_s if believed and stated_s is not None else received_at_s


def _stated_s(after_hour_s: float | None, received_at_s: float) -> float | None:
    """The stated time, in the hour nearest to reception."""
    if after_hour_s is None:
        return None
    return after_hour_s + 3600 * round((received_at_s - after_hour_s) / 3600)


def _times(bound: float | None, factor: float) -> float | None:
    return None if bound is None else bound * factor


def _transmitter(broadcast: Broadcast) -> str | None:
    return subject("mac", broadcast.transmitter) if broadcast.transmitter else None


SAMPLE = (
    bearer.write_beacon(
        f3411.encode_pack([
            BasicId(id_type="serial", ua_type="helicopter_or_multirotor", uas_id="1588E040445AC004418"),
            System(lat_deg=48.7251, lon_deg=2.3611, alt_wgs84_m=135.0, place="live"),
        ]),
        "60:60:1f:00:00:01", signal_dbm=-60, frequency_hz=2.437e9,
    ),
    bearer.write_beacon(
        f3411.encode_pack([Location(
            status="airborne", lat_deg=48.7262, lon_deg=2.3652, alt_wgs84_m=180.0, height_m=45.0,
            track_deg=90.0, ground_speed_mps=8.0, vertical_speed_mps=0.5, horizontal_95_m=3.0,
        )]),
        "60:60:1f:00:00:01", signal_dbm=-60, frequency_hz=2.437e9,
    ),
)  # fmt: skip
