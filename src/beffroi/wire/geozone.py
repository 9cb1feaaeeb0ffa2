"""What the JSON models of UAS zones share: open objects, times of day, limits, rings.

Sources: EUROCAE ED-269 (2020) and ED-318 (2024), data models; RFC 7946 3.1 (positions and rings); ISO 8601.
"""

from ast import literal_eval
from collections.abc import Sequence
from types import GenericAlias
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from beffroi.errors import ZoneError
from beffroi.units import M_PER_FT

NO_CEILING = 99999
"""An upper limit of this many metres or feet says that there is none."""
CLOCK = r"^([01]\d|2[0-4]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$"
DURATION = r"^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"
DECIMAL = r"^\s*[-+]?\d{1,9}(\.\d*)?\s*$"
MEANING = {
    CLOCK: "a time of day such as 08:30:00Z",
    DURATION: "a duration such as P1DT12H",
    DECIMAL: "a number",
}

Time = Annotated[str, Meta(pattern=CLOCK)]
"""Time of day, with or without seconds and zone."""
Duration = Annotated[str, Meta(pattern=DURATION)]
"""ISO 8601 duration."""
Number = float | Annotated[str, Meta(pattern=DECIMAL)]
"""A number, or one that is written as a string."""
Position = Annotated[list[float], Meta(min_length=2)]
"""Longitude, latitude, and what else the document gives."""
Ring = Annotated[list[Position], Meta(min_length=4)]
Rings = Annotated[list[Ring], Meta(min_length=1)]
Box = Annotated[list[float], Meta(min_length=4)]
"""Bounding box of RFC 7946, 5."""
Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "ANY"]


class Open(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A JSON object whose members are its fields; members that it does not know stay in `extra`."""

    extra: dict[str, Any] = msgspec.field(default_factory=dict, name="@extra")


Model = TypeVar("Model", bound=Open)


def load(data: bytes) -> Any:
    """Plain values of a JSON document. Raises ZoneError with the offset."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as bad:
        raise ZoneError("JSON", str(bad)) from bad


def read(raw: Any, model: type[Model], *, blanks: bool = False) -> Model:
    """The object that plain JSON values describe. Raises ZoneError with the path of what does not fit.

    With `blanks`, null and the empty string mean that a member is absent.
    """
    made: Model = _read(raw, model, blanks)
    return made


def read_all(raw: Any, model: type[Model], *, blanks: bool = False) -> tuple[Model, ...]:
    """The objects of a list; as `read`."""
    made: tuple[Model, ...] = _read(raw, GenericAlias(tuple, (model, ...)), blanks)
    return made


def _read(raw: Any, model: Any, blanks: bool) -> Any:
    try:
        made = msgspec.convert(_without_blanks(raw) if blanks else raw, model)
    except msgspec.ValidationError as bad:
        reason, _, place = str(bad).partition(" - at ")
        expected, _, pattern = reason.partition(" matching regex ")
        if pattern:
            reason = f"{expected} that is {MEANING.get(literal_eval(pattern), pattern)}"
        raise ZoneError(place.strip("`") or "$", reason) from bad
    _keep_unknown(raw, made)
    return made


def _without_blanks(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_blanks(v) for k, v in value.items() if v is not None and v != ""}
    return [_without_blanks(v) for v in value] if isinstance(value, list) else value


def _keep_unknown(raw: Any, made: Any) -> None:
    if isinstance(made, Open):
        names = {*made.__struct_encode_fields__, made.__struct_config__.tag_field}
        made.extra = {k: v for k, v in raw.items() if k not in names}
        for field, name in zip(made.__struct_fields__, made.__struct_encode_fields__, strict=True):
            if raw.get(name) not in (None, ""):
                _keep_unknown(raw[name], getattr(made, field))
    elif isinstance(made, tuple):
        for raw_item, item in zip(raw, made, strict=True):
            _keep_unknown(raw_item, item)


def write(made: Any) -> Any:
    """Plain JSON values of an object; the inverse of `read`."""
    return _flat(msgspec.to_builtins(made))


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        extra = value.pop("@extra", {})
        return {k: _flat(v) for k, v in value.items()} | extra
    return [_flat(v) for v in value] if isinstance(value, list | tuple) else value


# --- values -----------------------------------------------------------------------------------------------


def clock(text: str) -> tuple[float, float]:
    """(seconds after midnight, offset east of UTC in seconds) of a time of day; no zone means UTC."""
    body, sign, zone = text.removesuffix("Z"), 1, ""
    for mark, value in (("+", 1), ("-", -1)):
        if mark in body:
            (body, zone), sign = body.split(mark), value
    parts = [float(p) for p in body.split(":")] + [0.0, 0.0]
    zone = zone.replace(":", "") or "0000"
    offset_s = sign * (int(zone[:2]) * 3600 + int(zone[2:]) * 60)
    return parts[0] * 3600 + parts[1] * 60 + parts[2], float(offset_s)


def hours(start: str | None, end: str | None) -> tuple[float | None, float | None, float]:
    """(start, end) in seconds after midnight of one clock, and that clock's offset east of UTC."""
    start_s, offset_s = clock(start) if start else (None, None)
    end_s, end_offset_s = clock(end) if end else (None, None)
    if end_s is not None and offset_s is not None and end_offset_s is not None:
        end_s += offset_s - end_offset_s
    return start_s, end_s, offset_s if offset_s is not None else end_offset_s or 0.0


def clock_text(after_midnight_s: float, offset_s: float) -> str:
    """The inverse of `clock`, to the microsecond."""
    whole = round(after_midnight_s * 1e6)
    hours, rest = divmod(whole, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds = (
        f"{rest / 1e6:09.6f}".rstrip("0").rstrip(".") if rest % 1_000_000 else f"{rest // 1_000_000:02d}"
    )
    zone = "Z"
    if offset_s:
        ahead = abs(round(offset_s / 60))
        zone = f"{'+' if offset_s > 0 else '-'}{ahead // 60:02d}:{ahead % 60:02d}"
    return f"{hours:02d}:{minutes:02d}:{seconds}{zone}"


def metres(value: float | str | None, unit: str) -> float | None:
    """A limit in metres; None where there is none."""
    if value is None or float(value) == NO_CEILING:
        return None
    return float(value) * (M_PER_FT if unit.lower() == "ft" else 1.0)


def in_unit(limit_m: float, unit: str) -> float:
    """A limit in the unit of the document, without the dust of the conversion."""
    value = round(limit_m / (M_PER_FT if unit.lower() == "ft" else 1.0), 6)
    return int(value) if value.is_integer() else value


def check_limits(
    lower_m: float | None, lower_datum: str | None, upper_m: float | None, upper_datum: str | None, path: str
) -> None:
    """Raises ZoneError where a limit has no datum, or the lower one is above the upper one."""
    if (lower_m is not None and not lower_datum) or (upper_m is not None and not upper_datum):
        raise ZoneError(path, "a limit needs its vertical reference")
    if lower_m is not None and upper_m is not None and lower_datum == upper_datum and lower_m > upper_m:
        raise ZoneError(path, f"the lower limit {lower_m:g} m is above the upper limit {upper_m:g} m")


def check_position(position: Sequence[float], path: str) -> None:
    """Raises ZoneError where longitude or latitude is out of range."""
    if not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):
        raise ZoneError(path, f"longitude {position[0]:g}, latitude {position[1]:g} is not on the earth")


def check_rings(rings: Sequence[Sequence[Sequence[float]]], path: str) -> None:
    """Raises ZoneError where a ring is not closed or a position is not on the earth."""
    for i, ring in enumerate(rings):
        if ring[0] != ring[-1]:
            raise ZoneError(f"{path}[{i}]", "the ring is not closed: its last position is not its first")
        for j, position in enumerate(ring):
            check_position(position, f"{path}[{i}][{j}]")
