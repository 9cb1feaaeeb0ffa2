"""State vectors of the OpenSky Network: CSV, pandas JSON (rows or columns), and the answer of its REST API.

Sources: OpenSky REST API documentation, "All State Vectors" (order and units of `states`) · OpenSky history
database, table `state_vectors_data4` (column names) · the `traffic` library (Olive, JOSS 4(39) 1518, 2019)
for the columns that it writes: feet, knots, feet a minute, `timestamp` in milliseconds.

A frame is a line of CSV (the first may name the columns), one JSON object that is a row, one that holds
columns (`{"timestamp": {"0": …}, …}`), or one answer (`{"time": …, "states": [[…], …]}`).

Altitude is barometric on 1013. A state vector holds the last position for up to 15 s after the aircraft was
last heard: a place that does not change although the aircraft moves is no new measure, and is left out.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import nan
from typing import Any

import msgspec

from beffroi.errors import FeedError
from beffroi.observation import Observation, digest
from beffroi.subject import icao24
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT
from beffroi.wire.adsb import ALTITUDE_FT, DEGREES, LAT_DEG, LON_DEG, RATE_FPM, SPEED_KT, Bounds

SOURCE = "OpenSky REST API and history database (state vectors); columns of the traffic library"
FRAMING = "rows"
PERSONAL = False
SAMPLE = (
    b"time,icao24,callsign,lat,lon,altitude_ft,groundspeed_kt,track_deg,vertical_rate_fpm,squawk,onground",
    b"1633614001,3944f1,AFR15AH,49.020584,2.513052,-25.0,123.0,85.82,-640.0,1000,0",
    b'{"timestamp":1633614002000,"icao24":"3944f1","latitude":49.0204,"longitude":2.5139,"altitude":null,'
    b'"groundspeed":123.0,"track":85.8,"onground":true}',
    b'{"time":1633614003,"states":[["3944f1","AFR15AH ","France",1633614003,1633614003,2.5148,49.0203,'
    b'null,true,63.2,85.8,null,null,null,"1000",false,0]]}',
)

HELD_S = 15.0
"""How long OpenSky holds a position that it does not hear again."""
STEP_M = 10.0
"""Twice the step of an airborne position (CPR, 5.1 m): one who moved further has another position."""
LATEST_S = 1e11
LONGEST = 32
"""No word is longer."""
AIRCRAFT = 50_000
"""Positions remembered; more than fly at any time."""

_DEFAULT = tuple(SAMPLE[0].decode().split(","))
_STATES = ("icao24", "callsign", "origin_country", "lastposupdate", "time", "lon", "lat", "baroaltitude",
           "onground", "velocity", "heading", "vertrate", "sensors", "geoaltitude_m", "squawk")  # fmt: skip
"""Order of a row of `states`, by the names of the history database."""

_ALTITUDE_M: Bounds = (ALTITUDE_FT[0] * M_PER_FT, ALTITUDE_FT[1] * M_PER_FT)
_SPEED_MPS: Bounds = (0.0, SPEED_KT[1] * MPS_PER_KT)
_RATE_MPS: Bounds = (RATE_FPM[0] * MPS_PER_FPM, RATE_FPM[1] * MPS_PER_FPM)
_NUMBERS: Mapping[str, tuple[str, float, Bounds]] = {
    "lat": ("lat_deg", 1.0, LAT_DEG),
    "latitude": ("lat_deg", 1.0, LAT_DEG),
    "lon": ("lon_deg", 1.0, LON_DEG),
    "longitude": ("lon_deg", 1.0, LON_DEG),
    "altitude": ("alt_1013_m", M_PER_FT, _ALTITUDE_M),
    "altitude_ft": ("alt_1013_m", M_PER_FT, _ALTITUDE_M),
    "baroaltitude": ("alt_1013_m", 1.0, _ALTITUDE_M),
    "geoaltitude": ("alt_wgs84_m", M_PER_FT, _ALTITUDE_M),
    "geoaltitude_m": ("alt_wgs84_m", 1.0, _ALTITUDE_M),
    "groundspeed": ("ground_speed_mps", MPS_PER_KT, _SPEED_MPS),
    "groundspeed_kt": ("ground_speed_mps", MPS_PER_KT, _SPEED_MPS),
    "velocity": ("ground_speed_mps", 1.0, _SPEED_MPS),
    "track": ("track_deg", 1.0, DEGREES),
    "track_deg": ("track_deg", 1.0, DEGREES),
    "heading": ("track_deg", 1.0, DEGREES),
    "vertical_rate": ("vertical_speed_mps", MPS_PER_FPM, _RATE_MPS),
    "vertical_rate_fpm": ("vertical_speed_mps", MPS_PER_FPM, _RATE_MPS),
    "vertrate": ("vertical_speed_mps", 1.0, _RATE_MPS),
}
"""Column → field, factor to its unit, bounds."""
_TIMES: Mapping[str, float] = {"time": 1.0, "timestamp": 0.001}
_PLACED: Mapping[str, float] = {"lastposupdate": 1.0, "last_position": 0.001}
"""Columns with the time of the row, and of its position → seconds a unit."""
_FLAGS = {"1": True, "0": False, "true": True, "false": False, "1.0": True, "0.0": False}
_ABSENT = frozenset(("", "nan", "none", "null", "nat"))

_json = msgspec.json.Decoder().decode
_subject = lru_cache(65536)(icao24)
_At = tuple[float, float, float, float | None]
"""A place (lat_deg, lon_deg), since when it is given, and when it was heard."""


class _Plan(msgspec.Struct, frozen=True):
    """What each column of a table means: places in the row, -1 for a column that is not there."""

    size: int
    icao24: int
    time: int
    time_unit_s: float
    placed: int
    placed_unit_s: float
    callsign: int
    squawk: int
    onground: int
    numbers: tuple[tuple[int, str, str, float, float, float], ...]
    """(place, column, field, factor, lowest, highest)."""


def _plan(columns: tuple[str, ...]) -> _Plan:
    """Raises FeedError if it is no table of state vectors."""
    if len(columns) > 64 or max(map(len, columns), default=0) > 64:
        raise FeedError("columns", "too many, or with too long names")
    return _planned(columns)


@lru_cache(256)
def _planned(columns: tuple[str, ...]) -> _Plan:
    time, placed = _first(columns, _TIMES), _first(columns, _PLACED)
    if "icao24" not in columns or not time:
        raise FeedError("columns", "neither a row of state vectors nor the names of its columns")
    metric = "baroaltitude" in columns
    numbers = []
    for place, column in enumerate(columns):
        known = _NUMBERS.get(f"{column}_m" if metric and column == "geoaltitude" else column)
        if known:
            field, factor, (low, high) = known
            numbers.append((place, column, field, factor, low, high))
    at = {name: columns.index(name) if name in columns else -1 for name in ("callsign", "squawk", "onground")}
    return _Plan(
        len(columns), columns.index("icao24"), *time, *(placed or (-1, 0.0)), **at, numbers=tuple(numbers)
    )


def _first(columns: tuple[str, ...], units_s: Mapping[str, float]) -> tuple[int, float] | None:
    """Place and unit of the first column that `units_s` knows."""
    return next(((i, units_s[c]) for i, c in enumerate(columns) if c in units_s), None)


_Row = tuple[str, _Plan, Sequence[Any]]
"""Where it is in the frame, its columns, its values."""


class Decoder:
    """Remembers the columns of the CSV, and where each aircraft was last."""

    def __init__(self) -> None:
        self._columns = _plan(_DEFAULT)
        self._last: dict[str, _At] = {}

    def decode(
        self, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        """The observations of a line or document, and an error for each value or row that cannot be."""
        rows = _json_rows(frame) if frame[:1] == b"{" else self._csv_row(frame)
        name = digest(frame)
        for where, plan, row in rows:
            errors: list[FeedError] = []
            try:
                fields, time_s, placed_s = _fields(plan, row, where, errors)
            except FeedError as bad:
                yield bad
                continue
            if "lat_deg" in fields and not self._held(fields, time_s, placed_s) and placed_s is not None:
                time_s = placed_s
            yield Observation(
                source=source,
                kind="claim",
                time_s=time_s,
                received_at_s=received_at_s,
                frame=name,
                **fields,
            )
            yield from errors

    def _csv_row(self, frame: bytes) -> Iterator[_Row]:
        try:
            text = frame.decode()
            row = next(csv.reader([text])) if '"' in text else text.split(",")
        except (UnicodeDecodeError, csv.Error, StopIteration) as bad:
            raise FeedError("line", f"no CSV: {bad}") from bad
        if "icao24" in row:
            self._columns = _plan(tuple(name.strip() for name in row))
            return
        yield "", self._columns, row

    def _held(self, fields: dict[str, Any], time_s: float, placed_s: float | None) -> bool:
        """Take the place away if it is the one before, held: the aircraft was not heard again."""
        key, lat, lon = fields["subject"], fields["lat_deg"], fields["lon_deg"]
        last = self._last.get(key)
        if last and last[:2] == (lat, lon):
            moved_m = fields.get("ground_speed_mps", 0.0) * (time_s - last[2])
            if moved_m > STEP_M or (placed_s is not None and placed_s == last[3]):
                del fields["lat_deg"], fields["lon_deg"]
                return True
            return False
        if len(self._last) >= AIRCRAFT:
            self._last.clear()
        self._last[key] = (lat, lon, time_s, placed_s)
        return False


def _json_rows(frame: bytes) -> Iterator[_Row]:
    """The rows of an answer, of a table by columns, or the one row that it is."""
    try:
        document = _json(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise FeedError("JSON", str(bad)) from bad
    if "states" in document:
        states = document["states"] or []
        for i, row in enumerate(states if isinstance(states, list) else [None]):
            if not isinstance(row, list) or len(row) < len(_STATES):
                raise FeedError(f"states[{i}]", f"a row has {len(_STATES)} values")
            yield f"states[{i}].", _plan(_STATES), row[: len(_STATES)]
        return
    plan = _plan(tuple(document))
    if not isinstance(document["icao24"], dict):
        yield "", plan, list(document.values())
        return
    columns = [column if isinstance(column, dict) else {} for column in document.values()]
    for key in document["icao24"]:
        yield f"row {key}.", plan, [column.get(key) for column in columns]


def _fields(
    plan: _Plan, row: Sequence[Any], where: str, errors: list[FeedError]
) -> tuple[dict[str, Any], float, float | None]:
    """(fields of the observation, time of the row, time of the place). Raises FeedError if it is no row."""
    if len(row) != plan.size:
        raise FeedError(where + "row", f"{len(row)} values for {plan.size} columns")
    address = row[plan.icao24]
    subject = _subject(address) if isinstance(address, str) and len(address) <= LONGEST else None
    if subject is None:
        raise FeedError(where + "icao24", "no aircraft address")
    time_s = _time_s(row[plan.time], plan.time_unit_s)
    if time_s is None:
        raise FeedError(where + "time", f"no time: {_short(row[plan.time])}")
    fields: dict[str, Any] = {"subject": subject}
    for place, column, field, factor, low, high in plan.numbers:
        value = row[place]
        if value is None or value == "":
            continue
        number = _number(value)
        if low <= number * factor <= high:
            fields[field] = number * factor
        elif number == number or _text(value):
            errors.append(FeedError(where + column, f"cannot be: {_short(value)}"))
    if ("lat_deg" in fields) != ("lon_deg" in fields):
        fields.pop("lat_deg", None), fields.pop("lon_deg", None)
    if fields.get("track_deg") == 360.0:
        fields["track_deg"] = 0.0
    for place, field in ((plan.callsign, "callsign"), (plan.squawk, "squawk")):
        text = _text(row[place]) if place >= 0 else None
        if text and len(text) > LONGEST:
            errors.append(FeedError(where + field, "is too long"))
        else:
            fields[field] = text
    if plan.onground >= 0:
        fields["on_ground"] = _flag(row[plan.onground])
    placed_s = _time_s(row[plan.placed], plan.placed_unit_s) if plan.placed >= 0 else None
    if placed_s is not None and not time_s - HELD_S <= placed_s <= time_s:
        placed_s = None
    return fields, time_s, placed_s


def _number(value: Any) -> float:
    """The number in a cell, NaN where there is none."""
    try:
        return nan if value is True or value is False else float(value)
    except (TypeError, ValueError, OverflowError):
        return nan


def _time_s(value: Any, unit_s: float) -> float | None:
    """A number of units since 1970, or ISO 8601, UTC where it has no zone."""
    number = _number(value) * unit_s
    if 0.0 <= number <= LATEST_S:
        return number
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    """The text of a cell; None if it says nothing."""
    text = value if isinstance(value, str) else str(value)
    return _word(text) if len(text) <= LONGEST else text


@lru_cache(65536)
def _word(text: str) -> str | None:
    text = text.strip()
    return None if text.lower() in _ABSENT else text


def _flag(value: Any) -> bool | None:
    return value if value is True or value is False else _FLAGS.get(str(value).strip().lower())


def _short(value: Any) -> str:
    return repr(value)[:30]
