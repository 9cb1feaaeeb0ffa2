"""Remote ID broadcast messages: ASTM F3411-22a §5.4 and EN 4709-002, both ways.

Every message has 25 bytes, little-endian. Byte 0: type (high nibble), protocol version (low nibble).

    0 Basic ID        1 id type | aircraft type   2-21 id   22-24 reserved
    1 Location        1 status(4) 0 height-reference east-west speed-multiplier   2 track   3 speed
                      4 climb (i8)   5 latitude   9 longitude (i32, 1e-7°)   13 pressure altitude
                      15 geodetic altitude   17 height (u16, 0.5 m, from -1000 m)
                      19 vertical | horizontal   20 pressure | speed accuracy
                      21 time (u16, 0.1 s after the hour)   23 time accuracy
    2 Authentication  1 auth type | page   page 0: 2 last page   3 length   4 time (u32)   8-24 data
                      other pages: 2-24 data
    3 Self-ID         1 text type   2-24 text
    4 System          1 classification(3) place type(2)   2 latitude   6 longitude of the operator
                      10 area count   12 radius (10 m)   13 ceiling   15 floor   17 category | class
                      18 altitude of the operator   20 time (u32, s since 2019-01-01)
    5 Operator ID     1 id type   2-21 id
    15 Pack           1 message size (25)   2 count (1 to 9)   then the messages

The layout agrees with `libopendroneid/opendroneid.h` of opendroneid-core-c. The codes for "invalid, no value
or unknown" become None: track 361, speed 255, climb 63, altitude and height -1000, time 65535, a position of
0/0, an empty or `NULL` id, reserved and out-of-range codes. Accuracies are upper bounds of their class and
hold for 95 % of the time (F3411 takes them from the NACp, GVA and NACv of ADS-B).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from struct import Struct, pack
from typing import Literal, TypeVar, get_args

import msgspec

from beffroi.errors import WireError
from beffroi.units import M_PER_NM
from beffroi.wire.padded import ascii_bytes, filled, free_text, identifier

SIZE = 25
PACK = 15
PACK_MAX = 9
APPLICATION_CODE = 0x0D
"""Stands before the message counter on every bearer but NAN."""
WIFI_OUI = bytes.fromhex("fa0bbc")
"""ASD-STAN's organisation in the vendor element of a Wi-Fi beacon (EN 4709-002)."""
NAN_SERVICE_ID = bytes.fromhex("8869199d9209")
"""First six bytes of the hash of `org.opendroneid.remoteid` (Wi-Fi Aware)."""
BLUETOOTH_UUID = 0xFFFA
"""Service of Bluetooth advertisements (ASTM's assigned number)."""
EPOCH_S = 1_546_300_800
"""2019-01-01T00:00:00Z."""

UAType = Literal[
    "aeroplane", "helicopter_or_multirotor", "gyroplane", "hybrid_lift", "ornithopter", "glider",
    "kite", "free_balloon", "captive_balloon", "airship", "free_fall_parachute", "rocket",
    "tethered_powered_aircraft", "ground_obstacle", "other",
]  # fmt: skip
IdType = Literal["none", "serial", "registration", "utm_uuid", "session"]
Status = Literal["ground", "airborne", "emergency", "system_failure"]
Place = Literal["takeoff", "live", "fixed"]
Category = Literal["undeclared", "open", "specific", "certified"]

_T = TypeVar("_T")


def _table(*meanings: _T | None) -> tuple[_T | None, ...]:
    """The meanings of the 16 codes of half a byte; None for unknown and for those that are reserved."""
    return meanings + (None,) * (16 - len(meanings))


UA_TYPES: tuple[UAType | None, ...] = _table(None, *get_args(UAType))
ID_TYPES: tuple[IdType | None, ...] = _table(*get_args(IdType))
STATUSES: tuple[Status | None, ...] = _table(None, *get_args(Status))
PLACES: tuple[Place | None, ...] = _table(*get_args(Place))
CATEGORIES: tuple[Category | None, ...] = _table(*get_args(Category))
HORIZONTAL_95_M = _table(
    None, *(n * M_PER_NM for n in (10, 4, 2, 1, 0.5, 0.3, 0.1, 0.05)), 30.0, 10.0, 3.0, 1.0
)
VERTICAL_95_M = _table(None, 150.0, 45.0, 25.0, 10.0, 3.0, 1.0)
SPEED_95_MPS = _table(None, 10.0, 3.0, 1.0, 0.3)
TIME_S = _table(None, *(n / 10 for n in range(1, 16)))

SIGMA_PER_RADIAL_95 = 1 / math.sqrt(-2 * math.log(0.05))
"""One sigma per axis, of the radius that holds 95 % of a two-dimensional normal distribution."""
SIGMA_PER_95 = 1 / 1.959964
"""One sigma, of the bound that holds 95 % of a normal distribution."""

_LOCATION = Struct("<xBBBbiiHHHBBHBx")
_SYSTEM = Struct("<xBiiHBHHBHIx")
_AUTH_ZERO = Struct("<BBI")
_HEXADECIMAL = ("utm_uuid", "session", None)
"""Ids that are no text; those of reserved types neither."""


class BasicId(msgspec.Struct, frozen=True, kw_only=True):
    """Who: one identity of the aircraft. Several may be sent, one for each type."""

    id_type: IdType | None = None
    ua_type: UAType | None = None
    """None: undeclared."""
    uas_id: str | None = None
    """Serial number or registration as text; UTM UUID and session id as hexadecimal digits."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where the aircraft is and how it moves."""

    status: Status | None = None
    """None: undeclared."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_1013_m: float | None = None
    alt_wgs84_m: float | None = None
    height_m: float | None = None
    height_above_ground: bool = False
    """True: `height_m` is above the ground; False: above the take-off point."""
    track_deg: float | None = None
    """True course over ground."""
    ground_speed_mps: float | None = None
    """254.25 stands for that or more."""
    vertical_speed_mps: float | None = None
    """Up is positive; ±62 stands for that or more."""
    horizontal_95_m: float | None = None
    vertical_95_m: float | None = None
    """Of the geodetic altitude."""
    pressure_95_m: float | None = None
    """Of the pressure altitude."""
    speed_95_mps: float | None = None
    time_accuracy_s: float | None = None
    after_hour_s: float | None = None
    """When it was true, in seconds after the full hour UTC."""


class Authentication(msgspec.Struct, frozen=True, kw_only=True):
    """One page of an authentication. Its contents are kept as they are."""

    auth_type: int
    page: int
    data: bytes
    """17 bytes on page 0, 23 on any other; filled up with zeros."""
    last_page: int | None = None
    """Page 0 only, as are the next two."""
    length: int | None = None
    time_s: float | None = None


class SelfId(msgspec.Struct, frozen=True, kw_only=True):
    """Free text of the operator. Type 0 plain, 1 about an emergency, 2 extended status."""

    text_type: int = 0
    text: str | None = None


class System(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's place and the area of a group of aircraft. Personal data."""

    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_wgs84_m: float | None = None
    place: Place | None = None
    """What the position is: the take-off point, where the operator is now, or fixed."""
    area_count: int = 1
    area_radius_m: float = 0.0
    area_ceiling_m: float | None = None
    area_floor_m: float | None = None
    category: Category | None = None
    """Of the European Union; None where another classification or none is used."""
    eu_class: int | None = None
    """C0 to C6."""
    time_s: float | None = None
    """When it was true, Unix seconds UTC. None before protocol version 2."""


class OperatorId(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's registration. Personal data."""

    operator_id_type: int = 0
    operator_id: str | None = None


Message = BasicId | Location | Authentication | SelfId | System | OperatorId


def messages(data: bytes) -> Iterator[Message | WireError]:
    """What one broadcast says: a pack or a single message.

    Yields every message that can be read, in order, and a WireError for each that cannot be, for a count
    that lies and for bytes that are left over.
    """
    if not data or data[0] >> 4 != PACK:
        yield _message(data[:SIZE], "message")
        yield from _surplus(data, SIZE)
        return
    if len(data) < 3 or data[1] != SIZE:
        yield WireError("pack", f"bad header {data[:3].hex()}: the size of a message must be {SIZE}")
        return
    count, there = data[2], (len(data) - 3) // SIZE
    if not 1 <= count <= PACK_MAX:
        yield WireError("pack", f"a count of {count}; it must be 1 to {PACK_MAX}")
    elif count > there:
        yield WireError("pack", f"a count of {count}, but bytes for {there}")
    read = min(count, there, PACK_MAX)
    for n in range(read):
        yield _message(data[3 + SIZE * n : 3 + SIZE * (n + 1)], f"message {n + 1} of the pack")
    if count <= there:
        yield from _surplus(data, 3 + SIZE * read)


def decode(data: bytes, place: str = "message") -> Message:
    """One message of 25 bytes. Raises WireError naming `place`."""
    if len(data) != SIZE:
        raise WireError(place, f"{len(data)} bytes instead of {SIZE}")
    reader = _READERS.get(data[0] >> 4)
    if reader is None:
        raise WireError(place, f"type {data[0] >> 4} is not a message")
    return reader(data, place)


def encode(message: Message, version: int = 2) -> bytes:
    """The 25 bytes of a message. Raises WireError on a value that the layout cannot carry."""
    number, writer = _WRITERS[type(message)]
    return (pack("B", number << 4 | version) + writer(message)).ljust(SIZE, b"\0")


def encode_pack(contents: Iterable[Message], version: int = 2) -> bytes:
    """A pack of one to nine messages. Raises WireError on another number."""
    encoded = [encode(message, version) for message in contents]
    if not 1 <= len(encoded) <= PACK_MAX:
        raise WireError("pack", f"{len(encoded)} messages; it must be 1 to {PACK_MAX}")
    return pack("BBB", PACK << 4 | version, SIZE, len(encoded)) + b"".join(encoded)


def _message(data: bytes, place: str) -> Message | WireError:
    try:
        return decode(data, place)
    except WireError as error:
        return error


def _surplus(data: bytes, used: int) -> Iterator[WireError]:
    if len(data) > used:
        yield WireError(f"offset {used}", f"{len(data) - used} bytes left over")


def _basic_id(data: bytes, place: str) -> BasicId:
    id_type = ID_TYPES[data[1] >> 4]
    raw = data[2:22]
    return BasicId(
        id_type=id_type,
        ua_type=UA_TYPES[data[1] & 15],
        uas_id=raw.rstrip(b"\0").hex() or None if id_type in _HEXADECIMAL else identifier(raw, place),
    )


def _write_basic_id(message: BasicId) -> bytes:
    text = message.uas_id or ""
    raw = _unhex(text) if message.id_type in _HEXADECIMAL else ascii_bytes(text, "uas_id")
    kinds = _code(ID_TYPES, message.id_type) << 4 | _code(UA_TYPES, message.ua_type)
    return pack("B", kinds) + filled(raw, 20, "uas_id")


def _location(data: bytes, place: str) -> Location:
    flags, track, speed, climb, lat, lon, pressure, geodetic, height, vh, ps, tenths, at = _LOCATION.unpack(
        data
    )
    lat_deg, lon_deg = _position(lat, lon, place)
    return Location(
        status=STATUSES[flags >> 4],
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_1013_m=_altitude(pressure),
        alt_wgs84_m=_altitude(geodetic),
        height_m=_altitude(height),
        height_above_ground=bool(flags & 4),
        track_deg=(track + 180 * (flags >> 1 & 1)) % 360.0 if track <= 180 else None,
        ground_speed_mps=_speed(speed, flags & 1),
        vertical_speed_mps=climb / 2 if -124 <= climb <= 124 else None,
        horizontal_95_m=HORIZONTAL_95_M[vh & 15],
        vertical_95_m=VERTICAL_95_M[vh >> 4],
        pressure_95_m=VERTICAL_95_M[ps >> 4],
        speed_95_mps=SPEED_95_MPS[ps & 15],
        time_accuracy_s=TIME_S[at & 15],
        after_hour_s=tenths / 10 if tenths <= 36_000 else None,
    )


def _write_location(message: Location) -> bytes:
    west, track = (1, 181) if message.track_deg is None else divmod(round(message.track_deg) % 360, 180)
    fast, speed = _write_speed(message.ground_speed_mps)
    climb = (
        126
        if message.vertical_speed_mps is None
        else max(-124, min(124, round(message.vertical_speed_mps * 2)))
    )
    lat, lon = _write_position(message.lat_deg, message.lon_deg)
    flags = _code(STATUSES, message.status) << 4 | message.height_above_ground << 2 | west << 1 | fast
    heights = (_write_altitude(h) for h in (message.alt_1013_m, message.alt_wgs84_m, message.height_m))
    horizontal, vertical = (
        _bound(HORIZONTAL_95_M, message.horizontal_95_m),
        _bound(VERTICAL_95_M, message.vertical_95_m),
    )
    pressure, rate = _bound(VERTICAL_95_M, message.pressure_95_m), _bound(SPEED_95_MPS, message.speed_95_mps)
    tenths = (
        0xFFFF
        if message.after_hour_s is None
        else _within(round(message.after_hour_s * 10), 0, 36_000, "after_hour_s")
    )
    return _LOCATION.pack(
        flags, track, speed, climb, lat, lon, *heights, vertical << 4 | horizontal, pressure << 4 | rate,
        tenths,
        _within(round((message.time_accuracy_s or 0) * 10), 0, 15, "time_accuracy_s"),
    )[1:]  # fmt: skip


def _authentication(data: bytes, _place: str) -> Authentication:
    auth_type, page = data[1] >> 4, data[1] & 15
    if page:
        return Authentication(auth_type=auth_type, page=page, data=data[2:])
    last, length, time = _AUTH_ZERO.unpack_from(data, 2)
    return Authentication(
        auth_type=auth_type, page=0, data=data[8:], last_page=last, length=length, time_s=_since_epoch(time)
    )


def _write_authentication(message: Authentication) -> bytes:
    head = pack(
        "B", _within(message.auth_type, 0, 15, "auth_type") << 4 | _within(message.page, 0, 15, "page")
    )
    if message.page:
        return head + filled(message.data, 23, "data")
    head += _AUTH_ZERO.pack(
        _within(message.last_page or 0, 0, 255, "last_page"),
        _within(message.length or 0, 0, 255, "length"),
        _write_since_epoch(message.time_s),
    )
    return head + filled(message.data, 17, "data")


def _self_id(data: bytes, _place: str) -> SelfId:
    return SelfId(text_type=data[1], text=free_text(data[2:]))


def _write_self_id(message: SelfId) -> bytes:
    return pack("B", _within(message.text_type, 0, 255, "text_type")) + filled(
        (message.text or "").encode(), 23, "text"
    )


def _system(data: bytes, place: str) -> System:
    flags, lat, lon, count, radius, ceiling, floor, eu, altitude, time = _SYSTEM.unpack(data)
    lat_deg, lon_deg = _position(lat, lon, place)
    european = flags >> 2 & 7 == 1
    return System(
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_wgs84_m=_altitude(altitude),
        place=PLACES[flags & 3],
        area_count=count,
        area_radius_m=radius * 10.0,
        area_ceiling_m=_altitude(ceiling),
        area_floor_m=_altitude(floor),
        category=CATEGORIES[eu >> 4] if european else None,
        eu_class=(eu & 15) - 1 if european and 1 <= eu & 15 <= 7 else None,
        time_s=_since_epoch(time),
    )


def _write_system(message: System) -> bytes:
    european = message.category is not None or message.eu_class is not None
    place = 3 if message.place is None else PLACES.index(message.place)
    lat, lon = _write_position(message.lat_deg, message.lon_deg)
    eu_class = 0 if message.eu_class is None else _within(message.eu_class, 0, 6, "eu_class") + 1
    return _SYSTEM.pack(
        european << 2 | place, lat, lon,
        _within(message.area_count, 0, 0xFFFF, "area_count"),
        _within(round(message.area_radius_m / 10), 0, 255, "area_radius_m"),
        _write_altitude(message.area_ceiling_m), _write_altitude(message.area_floor_m),
        _code(CATEGORIES, message.category) << 4 | eu_class,
        _write_altitude(message.alt_wgs84_m), _write_since_epoch(message.time_s),
    )[1:]  # fmt: skip


def _operator_id(data: bytes, place: str) -> OperatorId:
    # EN 4709-002 sends the word NULL where the operator has entered no number.
    operator_id = identifier(data[2:22], place)
    return OperatorId(operator_id_type=data[1], operator_id=None if operator_id == "NULL" else operator_id)


def _write_operator_id(message: OperatorId) -> bytes:
    return pack("B", _within(message.operator_id_type, 0, 255, "operator_id_type")) + filled(
        ascii_bytes(message.operator_id, "operator_id"), 20, "operator_id"
    )


def _code(table: tuple[_T, ...], word: _T | None) -> int:
    return 0 if word is None else table.index(word)


def _bound(bounds: tuple[float | None, ...], value: float | None) -> int:
    """The tightest class of accuracy that still covers `value`; 0 (unknown) where none does."""
    if value is None:
        return 0
    return max((n for n, bound in enumerate(bounds) if bound is not None and bound >= value), default=0)


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise WireError("uas_id", "it is not hexadecimal") from None


def _within(value: int, low: int, high: int, name: str) -> int:
    if not low <= value <= high:
        raise WireError(name, f"{value} is not within {low} to {high}")
    return value


def _position(lat: int, lon: int, place: str) -> tuple[float | None, float | None]:
    if lat == 0 and lon == 0:
        return None, None
    if not (-900_000_000 <= lat <= 900_000_000 and -1_800_000_000 <= lon <= 1_800_000_000):
        raise WireError(place, "a position outside the Earth's coordinates")
    return lat / 1e7, lon / 1e7


def _write_position(lat_deg: float | None, lon_deg: float | None) -> tuple[int, int]:
    if lat_deg is None or lon_deg is None:
        return 0, 0
    lat, lon = round(lat_deg * 1e7), round(lon_deg * 1e7)
    return _within(lat, -900_000_000, 900_000_000, "lat_deg"), _within(
        lon, -1_800_000_000, 1_800_000_000, "lon_deg"
    )


def _altitude(code: int) -> float | None:
    return code / 2 - 1000.0 if code else None


def _write_altitude(altitude_m: float | None) -> int:
    return 0 if altitude_m is None else _within(round((altitude_m + 1000) * 2), 1, 0xFFFF, "altitude")


def _speed(code: int, fast: int) -> float | None:
    if not fast:
        return code * 0.25
    return code * 0.75 + 63.75 if code < 255 else None


def _write_speed(speed_mps: float | None) -> tuple[int, int]:
    if speed_mps is None:
        return 1, 255
    if speed_mps < 0:
        raise WireError("ground_speed_mps", f"{speed_mps} is negative")
    quarters = round(speed_mps * 4)
    return (0, quarters) if quarters <= 255 else (1, min(254, round((speed_mps - 63.75) / 0.75)))


def _since_epoch(seconds: int) -> float | None:
    return float(EPOCH_S + seconds) if seconds else None


def _write_since_epoch(time_s: float | None) -> int:
    return 0 if time_s is None else _within(round(time_s) - EPOCH_S, 1, 0xFFFF_FFFF, "time_s")


_READERS: dict[int, Callable[[bytes, str], Message]] = {
    0: _basic_id,
    1: _location,
    2: _authentication,
    3: _self_id,
    4: _system,
    5: _operator_id,
}
_WRITERS: dict[type[Message], tuple[int, Callable[..., bytes]]] = {
    BasicId: (0, _write_basic_id),
    Location: (1, _write_location),
    Authentication: (2, _write_authentication),
    SelfId: (3, _write_self_id),
    System: (4, _write_system),
    OperatorId: (5, _write_operator_id),
}
