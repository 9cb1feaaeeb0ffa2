"""SBS-1 / BaseStation: text lines of a Mode S receiver on port 30003 (Kinetic, dump1090, readsb).

Layout: Kinetic Avionic Products, "BaseStation Socket Data" (fields 1 to 22, message types MSG 1 to 8):

    1 MSG   2 type   3 session  4 aircraft  5 hex address  6 flight id
    7 date generated  8 time generated  9 date logged  10 time logged
    11 callsign  12 altitude [ft on 1013]  13 ground speed [kt]  14 track [deg]  15 latitude  16 longitude
    17 vertical rate [ft/min]  18 squawk  19 alert  20 emergency  21 SPI  22 on ground

A flag is -1 or 1 for true, 0 for false, empty for not known. Dates have no time zone: they are UTC unless
`Decoder(utc_offset_h=…)` says otherwise. A line that is cut short is refused: its last number may be cut too.

Where an aircraft is (MSG 2, 3) and how it moves (MSG 4) come in lines of their own, some 0.5 s apart. A place
without a velocity gets the latest one of the same aircraft, if that is not older than `CARRIED_S`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from math import inf

from msgspec.structs import replace

from beffroi.errors import FeedError
from beffroi.observation import Observation, digest
from beffroi.subject import icao24
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT
from beffroi.wire.adsb import ALTITUDE_FT, DEGREES, LAT_DEG, LON_DEG, RATE_FPM, SPEED_KT, Bounds

SOURCE = "Kinetic BaseStation socket data (SBS-1), messages MSG 1 to 8"
FRAMING = "line"
PERSONAL = False
SAMPLE = (
    b"MSG,3,1,1,4CA2D6,1,2021/10/07,13:40:01.123,2021/10/07,13:40:01.200,,37000,,,51.45735,-1.02826,,,0,0,0,0"
)

_HOUSEKEEPING = (b"SEL", b"ID", b"AIR", b"STA", b"CLK")
"""Lines in which BaseStation speaks of its own screen; they measure nothing."""
_FLAGS = {b"-1": True, b"1": True, b"0": False}
LONGEST = 16
"""No word is longer: a callsign has 8 characters, a squawk 4."""
_NUMBERS: tuple[tuple[int, Bounds], ...] = (
    (11, ALTITUDE_FT), (12, SPEED_KT), (13, DEGREES), (14, LAT_DEG), (15, LON_DEG), (16, RATE_FPM)
)  # fmt: skip
"""Cells (counted from 0) that hold a number, with its bounds."""
CARRIED_S = 2.0
"""A velocity older than this says nothing of a place."""
AIRCRAFT = 8192
"""So many velocities are remembered."""
_Velocity = tuple[float | None, float | None, float | None]
"""Ground speed, track, vertical speed."""
_UNKNOWN: _Velocity = (None, None, None)
_ALTITUDE_FROM_FT, _ALTITUDE_TO_FT = ALTITUDE_FT
_SPEED_TO_KT = SPEED_KT[1]
_RATE_FROM_FPM, _RATE_TO_FPM = RATE_FPM


class Decoder:
    """Decodes lines whose clock is `utc_offset_h` ahead of UTC. Remembers how each aircraft last moved."""

    def __init__(self, utc_offset_h: float = 0.0) -> None:
        self._utc_offset_s = utc_offset_h * 3600.0
        self._velocities: dict[str, tuple[float, _Velocity]] = {}

    def decode(
        self, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        """One line → one observation, and an error for each field that cannot be."""
        cells = frame.split(b",")
        if cells[0] != b"MSG":
            if cells[0] in _HOUSEKEEPING:
                return iter(())
            raise FeedError("field 1", "this is no line of BaseStation")
        if len(cells) != 22:
            raise FeedError(f"field {len(cells)}", "the line ends: 22 fields are needed")
        try:
            return iter((self._observation(cells, frame, received_at_s, source),))
        except ValueError:  # rare: clear what cannot be, and read the rest
            errors = _clear_faults(cells)
            return iter((self._observation(cells, frame, received_at_s, source), *errors))

    def _observation(
        self, cells: list[bytes], frame: bytes, received_at_s: float, source: str
    ) -> Observation:
        """What the fields say. Raises ValueError if a field holds what cannot be."""
        (_, kind, _, _, address, _, date, time, log_date, log_time, callsign, altitude, speed, track,
         lat, lon, rate, squawk, _, emergency, _, ground) = cells  # fmt: skip
        if not date or not time:
            date, time = log_date, log_time
        time_s = received_at_s
        if date and time:
            time_s = _minute_s(date, time[:6]) + _second(time[6:]) - self._utc_offset_s
        altitude_ft, speed_kt = float(altitude) if altitude else 0.0, float(speed) if speed else 0.0
        track_deg, rate_fpm = float(track) if track else 0.0, float(rate) if rate else 0.0
        lat_deg, lon_deg = float(lat) if lat else 0.0, float(lon) if lon else 0.0
        if not (
            _ALTITUDE_FROM_FT <= altitude_ft <= _ALTITUDE_TO_FT
            and 0.0 <= speed_kt <= _SPEED_TO_KT
            and 0.0 <= track_deg <= 360.0
            and -90.0 <= lat_deg <= 90.0
            and -180.0 <= lon_deg <= 180.0
            and _RATE_FROM_FPM <= rate_fpm <= _RATE_TO_FPM
        ):
            raise ValueError("out of bounds")
        placed = lat and lon
        subject = (_subject(address) if len(address) == 6 else None) or _unlisted(address, source)
        velocity: _Velocity = (
            speed_kt * MPS_PER_KT if speed else None,
            track_deg % 360.0 if track else None,
            rate_fpm * MPS_PER_FPM if rate else None,
        )
        if speed or track or rate:
            self._remember(subject, time_s, velocity)
        elif placed:
            velocity = self._latest(subject, time_s)
        observation = Observation(  # 15 names: CPython passes more of them through a dict, at twice the time
            source=source,
            kind="claim",
            time_s=time_s,
            received_at_s=received_at_s,
            frame=digest(frame),
            subject=subject,
            lat_deg=lat_deg if placed else None,
            lon_deg=lon_deg if placed else None,
            alt_1013_m=altitude_ft * M_PER_FT if altitude else None,
            ground_speed_mps=velocity[0],
            track_deg=velocity[1],
            vertical_speed_mps=velocity[2],
            callsign=_word(callsign) if callsign else None,
            squawk=_word(squawk) if squawk else None,
            on_ground=_FLAGS.get(ground, True if kind == b"2" else None),
        )
        return replace(observation, emergency="general") if _FLAGS.get(emergency) else observation

    def _remember(self, subject: str, time_s: float, velocity: _Velocity) -> None:
        if len(self._velocities) >= AIRCRAFT:
            self._velocities.clear()
        self._velocities[subject] = time_s, velocity

    def _latest(self, subject: str, time_s: float) -> _Velocity:
        """How an aircraft moved a moment ago; nothing if that is not known."""
        then_s, velocity = self._velocities.get(subject, (-inf, _UNKNOWN))
        return velocity if abs(time_s - then_s) <= CARRIED_S else _UNKNOWN


@lru_cache(65536)
def _subject(address: bytes) -> str | None:
    return icao24(address.decode("latin-1"))


def _unlisted(address: bytes, source: str) -> str:
    """The key of an address that is not of ICAO: a track number of TIS-B, marked `~`."""
    if address[:1] != b"~" or len(address) > LONGEST:
        raise FeedError("field 5", "no aircraft address")
    return f"sensor:{source}/{address.decode('latin-1').lower()}"


@lru_cache(256)
def _minute_s(date: bytes, hour_minute: bytes) -> float:
    text = (date + b" " + hour_minute).decode("latin-1")
    return datetime.strptime(text, "%Y/%m/%d %H:%M:").replace(tzinfo=UTC).timestamp()


def _word(cell: bytes) -> str | None:
    if len(cell) > LONGEST:
        raise ValueError("too long")
    return cell.decode("latin-1").strip() or None


def _second(text: bytes) -> float:
    second = float(text)
    if not 0.0 <= second < 61.0:
        raise ValueError("no second")
    return second


def _clear_faults(cells: list[bytes]) -> list[FeedError]:
    """Empty each cell that holds what cannot be, and say so."""
    errors = []
    for index, (low, high) in _NUMBERS:
        try:
            good = not cells[index] or low <= float(cells[index]) <= high
        except ValueError:
            good = False
        if not good:
            errors.append(_fault(cells, index, "cannot be"))
            cells[index] = b""
    for index in (10, 17):
        if len(cells[index]) > LONGEST:
            errors.append(_fault(cells, index, "is too long"))
            cells[index] = b""
    for index in (7, 9):
        try:
            if cells[index - 1] and cells[index]:
                _minute_s(cells[index - 1], cells[index][:6]), _second(cells[index][6:])
        except ValueError:
            errors.append(_fault(cells, index, "is no time"))
            cells[index] = b""
    return errors


def _fault(cells: list[bytes], index: int, reason: str) -> FeedError:
    return FeedError(f"field {index + 1}", f"{cells[index].decode('latin-1')[:20]!r} {reason}")
