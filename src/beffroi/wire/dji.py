"""DJI DroneID in Wi-Fi beacons: vendor element 26-37-12, both ways.

No standard: found out by F. van Tienen and J. Dumon and by Department 13 ("Anatomy of DJI's Drone ID
implementation", 2017), as published with Kismet (`dot11_ie_221_dji_droneid`) and scapy-uas-remoteid.
After the OUI, little-endian:

    0 58 62 13   3 0x10 flight record   4 version   5 sequence (u16)   7 state bits (u16)   9 serial (16)
      25 longitude   29 latitude (i32, 1e-7 radian)   33 altitude   35 height (i16)
      37 north   39 east   41 up (i16, cm/s)
      version 1: 43 pitch   45 roll   47 yaw (i16, 0.01°)   49 home longitude   53 latitude   57 product
                 58 length of the uuid   59 uuid (20)
      version 2: 43 yaw   45 time of the operator's telephone (u64, Unix ms)   53 operator's latitude
                 57 longitude   61 home longitude   65 latitude   69 product   70 length   71 uuid (20)
    0 58 62 13   3 0x11 user information   4 serial (16)   20 length of the id   21 id (10)
                 31 length of the purpose   32 purpose

Sources disagree on the unit of altitude and height (metre, decimetre, foot). The metre is taken: the record
that RUB-SysSec/DroneSecurity publishes with its receiver, altitude 129, was made at 51.447° N 7.268° E, where
the ground lies at about 110 m above the sea. The state bits are reverse-engineered as well, and forgers leave
them as they are: they are handed on, and a value counts as absent where its bit is off *and* it is zero.
"""

import math
from struct import Struct

import msgspec

from beffroi.errors import WireError
from beffroi.wire.padded import ascii_bytes, filled, free_text, identifier

OUI = bytes.fromhex("263712")
OUIS = (OUI, *(bytes.fromhex(oui) for oui in ("60601f", "481cb9", "34d262")))
"""The one that all sources name, and those that IEEE assigned to DJI."""
MAGIC = bytes.fromhex("586213")
FLIGHT_RECORD, USER_INFORMATION = 0x10, 0x11

_START = Struct("<BHH16siihhhhh")
_VERSION_1 = Struct("<hhhiiBB")
_VERSION_2 = Struct("<hQiiiiBB")
RADIAN_DEG = math.degrees(1e-7)
"""Degrees in one step of a coordinate: 1e-7 radian."""
SERIAL_VALID, HOME_SET, MOTORS_ON, IN_AIR = 0x01, 0x04, 0x10, 0x20
GPS_VALID, ALTITUDE_VALID, HEIGHT_VALID, SPEED_VALID, CLIMB_VALID = 0x40, 0x80, 0x100, 0x200, 0x400


class FlightRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What an aircraft says of its flight. Operator and home are personal data."""

    version: int = 2
    sequence: int = 0
    state: int = 0
    """Bits as they came, see `SERIAL_VALID` and the others."""
    serial: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    altitude_m: float | None = None
    """Above mean sea level."""
    height_m: float | None = None
    """Above the take-off point."""
    north_mps: float | None = None
    east_mps: float | None = None
    up_mps: float | None = None
    yaw_deg: float | None = None
    """As sent, -180 to 180; whether from north or from south is not settled between the sources."""
    home_lat_deg: float | None = None
    home_lon_deg: float | None = None
    operator_lat_deg: float | None = None
    """Version 2 only, as are the next two."""
    operator_lon_deg: float | None = None
    operator_time_s: float | None = None
    """Clock of the operator's telephone, Unix seconds."""
    product: int = 0
    uuid: str | None = None


class UserInformation(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has entered. Personal data."""

    serial: str | None = None
    identification: str | None = None
    purpose: str | None = None


def decode(body: bytes) -> FlightRecord | UserInformation:
    """The body of the vendor element after the OUI. Raises WireError where it does not follow the layout."""
    if len(body) < 5 or not body.startswith(MAGIC):
        raise WireError("DJI element", f"it begins with {body[:4].hex()}")
    if body[3] == USER_INFORMATION:
        return _user_information(body[4:])
    if body[3] != FLIGHT_RECORD:
        raise WireError("DJI element", f"kind {body[3]:#04x} is not known")
    tail = {1: _VERSION_1, 2: _VERSION_2}.get(body[4])
    if tail is None:
        raise WireError("DJI flight record", f"version {body[4]} is not known")
    if len(body) < 4 + _START.size + tail.size:
        raise WireError("DJI flight record", f"cut after {len(body)} bytes")
    return _flight_record(body[4:], tail)


def encode(record: FlightRecord | UserInformation) -> bytes:
    """The body of the vendor element after the OUI. Raises WireError on a version that is not known."""
    if isinstance(record, UserInformation):
        return MAGIC + bytes((USER_INFORMATION,)) + _write_user_information(record)
    return MAGIC + bytes((FLIGHT_RECORD,)) + _write_flight_record(record)


def _flight_record(body: bytes, tail: Struct) -> FlightRecord:
    version, sequence, state, serial, lon, lat, altitude, height, north, east, up = _START.unpack_from(body)
    end = _START.size + tail.size
    operator_ms = operator_lat = operator_lon = 0
    if version == 1:
        _, _, yaw, home_lon, home_lat, product, length = tail.unpack_from(body, _START.size)
    else:
        yaw, operator_ms, operator_lat, operator_lon, *last = tail.unpack_from(body, _START.size)
        home_lon, home_lat, product, length = last
    lat_deg, lon_deg = _position(lat, lon, "aircraft")
    home_lat_deg, home_lon_deg = _position(home_lat, home_lon, "home")
    operator_lat_deg, operator_lon_deg = _position(operator_lat, operator_lon, "operator")
    return FlightRecord(
        version=version,
        sequence=sequence,
        state=state,
        serial=identifier(serial, "DJI serial"),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        altitude_m=_value(altitude, state & ALTITUDE_VALID, 1),
        height_m=_value(height, state & HEIGHT_VALID, 1),
        north_mps=_value(north, state & SPEED_VALID, 100),
        east_mps=_value(east, state & SPEED_VALID, 100),
        up_mps=_value(up, state & CLIMB_VALID, 100),
        yaw_deg=yaw / 100,
        home_lat_deg=home_lat_deg,
        home_lon_deg=home_lon_deg,
        operator_lat_deg=operator_lat_deg,
        operator_lon_deg=operator_lon_deg,
        operator_time_s=operator_ms / 1000 or None,
        product=product,
        uuid=free_text(body[end : end + 20][:length]),
    )


def _write_flight_record(record: FlightRecord) -> bytes:
    start = _START.pack(
        record.version, record.sequence, record.state, _field(record.serial, 16, "serial"),
        _raw(record.lon_deg), _raw(record.lat_deg),
        round(record.altitude_m or 0), round(record.height_m or 0),
        *(round((speed or 0) * 100) for speed in (record.north_mps, record.east_mps, record.up_mps)),
    )  # fmt: skip
    yaw, home = round((record.yaw_deg or 0) * 100), (_raw(record.home_lon_deg), _raw(record.home_lat_deg))
    if record.version == 1:
        tail = _VERSION_1.pack(0, 0, yaw, *home, record.product, len(record.uuid or ""))
    elif record.version == 2:
        operator = _raw(record.operator_lat_deg), _raw(record.operator_lon_deg)
        time_ms = round((record.operator_time_s or 0) * 1000)
        tail = _VERSION_2.pack(yaw, time_ms, *operator, *home, record.product, len(record.uuid or ""))
    else:
        raise WireError("DJI flight record", f"version {record.version} is not known")
    return start + tail + _field(record.uuid, 20, "uuid")


def _user_information(body: bytes) -> UserInformation:
    if len(body) < 28:
        raise WireError("DJI user information", f"cut after {len(body)} bytes")
    # The length of the purpose is often wrong on the air; what is there counts.
    return UserInformation(
        serial=identifier(body[:16], "DJI serial"),
        identification=free_text(body[17:27][: body[16]]),
        purpose=free_text(body[28:][: body[27]]),
    )


def _write_user_information(record: UserInformation) -> bytes:
    identification = _field(record.identification, 10, "identification")
    purpose = _field(record.purpose, 100, "purpose")
    lengths = bytes((len(record.identification or ""), len(record.purpose or "")))
    serial = _field(record.serial, 16, "serial")
    return serial + lengths[:1] + identification + lengths[1:] + purpose


def _position(lat: int, lon: int, name: str) -> tuple[float | None, float | None]:
    if lat == 0 and lon == 0:
        return None, None
    lat_deg, lon_deg = lat * RADIAN_DEG, lon * RADIAN_DEG
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise WireError(f"DJI {name}", "a position outside the Earth's coordinates")
    return lat_deg, lon_deg


def _raw(degrees: float | None) -> int:
    return round((degrees or 0) / RADIAN_DEG)


def _value(code: int, valid: int, per_unit: int) -> float | None:
    return code / per_unit if code or valid else None


def _field(text: str | None, size: int, name: str) -> bytes:
    return filled(ascii_bytes(text, name), size, name)
