"""Cursor on Target: one event as XML, both ways, and the events of a stream.

Follows the base event schema, version 2.0 of 2003-06-13 (MITRE, Event-PUBLIC.xsd, case 11-3895), with the
sub-schemas contact, track, link and remarks (MITRE, public release). Meaning of `how` as in the schema:

    m-f  fused: corroborated from multiple sources      m-s  out of a simulation
    m-p  predicted, as from a tracker                   m-r  relayed: imported from another system
    m-g  derived from a GPS receiver                    h-e  estimated by a person

`ce` and `le` are one sigma; 9999999 stands for a height or an error that is not known. A document type
declaration is refused: no entity is ever expanded.
"""

import math
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import msgspec

from beffroi.errors import WireError

UNKNOWN_M = 9_999_999.0
MAX_EVENT_BYTES = 64 * 1024
"""A longer event is refused; those of TAK clients have some hundred bytes to a few thousand."""
UID_LENGTH, CALLSIGN_LENGTH, REMARKS_LENGTH = 128, 64, 1000
PING, PONG = "t-x-c-t", "t-x-c-t-r"
"""Types of the question whether the other end lives, and of the answer: TAK clients hang up without one."""
_TYPE = re.compile(r"\w+(-\w+)*(;[^;]*)?")
_HOW = re.compile(r"\w(-\w+)*")
_DECIMAL = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*")
_MARKUP = set("<>&\"'")
_END = b"</event>"


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """The object that an event belongs to (`link`)."""

    uid: str
    type: str
    relation: str = "p-p"
    """`p-p`: parent, producer."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One event. Lengths in metres, WGS 84; times Unix seconds UTC."""

    uid: str
    type: str
    how: str
    time_s: float
    """When the event was made."""
    start_s: float
    """It holds from here …"""
    stale_s: float
    """… to here."""
    lat_deg: float
    lon_deg: float
    hae_m: float | None = None
    """Height above the ellipsoid."""
    ce_m: float | None = None
    le_m: float | None = None
    opex: str | None = None
    """`o` operations, `e` exercise, `s` simulation."""
    callsign: str | None = None
    course_deg: float | None = None
    """Over ground, clockwise from true north."""
    speed_mps: float | None = None
    related: Related | None = None
    remarks: str | None = None


def encode(event: Event) -> bytes:
    """The XML of an event, in UTF-8. Free text is made inert: what cannot be printed becomes a space, and
    it is cut. Raises WireError where a value cannot be."""
    _check(event)
    opex = f" opex={quoteattr(_printable(event.opex, 64))}" if event.opex else ""
    head = (
        f'<event version="2.0" uid={quoteattr(event.uid)} type="{event.type}" how="{event.how}"'
        f' time="{_stamp("time", event.time_s)}" start="{_stamp("start", event.start_s)}"'
        f' stale="{_stamp("stale", event.stale_s)}"{opex}>'
    )
    point = (
        f'<point lat="{event.lat_deg:.7f}" lon="{event.lon_deg:.7f}" hae="{_known(event.hae_m)}"'
        f' ce="{_known(event.ce_m)}" le="{_known(event.le_m)}"/>'
    )
    return f"{head}{point}<detail>{_detail(event)}</detail></event>".encode()


def _detail(event: Event) -> str:
    parts = []
    if event.callsign:
        parts.append(f"<contact callsign={quoteattr(_printable(event.callsign, CALLSIGN_LENGTH))}/>")
    if event.course_deg is not None and event.speed_mps is not None:
        parts.append(f'<track course="{event.course_deg:.1f}" speed="{event.speed_mps:.1f}"/>')
    if (to := event.related) is not None:
        said = f"uid={quoteattr(to.uid)} type={quoteattr(to.type)} relation={quoteattr(to.relation)}"
        parts.append(f"<link {said}/>")
    if event.remarks:
        parts.append(f"<remarks>{escape(_printable(event.remarks, REMARKS_LENGTH))}</remarks>")
    return "".join(parts)


def _check(event: Event) -> None:
    for place, uid in (("uid", event.uid), ("link", event.related.uid if event.related else "-")):
        if not 0 < len(uid) <= UID_LENGTH or not uid.isprintable():
            raise WireError(place, f"{uid!r:.40} must have 1 to {UID_LENGTH} printable characters")
    codes = [("type", event.type, _TYPE), ("how", event.how, _HOW)]
    if event.related is not None:
        codes += [("link", event.related.type, _TYPE), ("link", event.related.relation, _TYPE)]
    for place, text, pattern in codes:
        if not (text.isascii() and text.isprintable() and pattern.fullmatch(text)) or set(text) & _MARKUP:
            raise WireError(place, f"{text!r:.40} is none")
    if not (-90.0 <= event.lat_deg <= 90.0 and -180.0 <= event.lon_deg <= 180.0):
        raise WireError("point", f"no place: {event.lat_deg}, {event.lon_deg}")
    for place in ("hae_m", "ce_m", "le_m", "course_deg", "speed_mps"):
        value = getattr(event, place)
        if value is not None and not math.isfinite(value):
            raise WireError(place, f"no number: {value}")
    if event.stale_s < event.start_s:
        raise WireError("stale", "lies before start")


def _printable(text: str, longest: int) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _known(value_m: float | None) -> str:
    return f"{UNKNOWN_M if value_m is None else value_m:.1f}"


def _stamp(place: str, time_s: float) -> str:
    try:
        at = datetime.fromtimestamp(time_s, UTC)
    except (ValueError, OverflowError, OSError) as bad:
        raise WireError(place, f"no time: {time_s}") from bad
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def decode(data: bytes) -> Event:
    """The event that one XML document holds. What it says besides is not read. Raises WireError."""
    root = _parse(data)
    if root.tag != "event":
        raise WireError("event", f"is {root.tag!r:.40}")
    if _number(root, "version") < 2.0:
        raise WireError("version", "is older than 2.0")
    point, detail = root.find("point"), root.find("detail")
    if point is None:
        raise WireError("point", "is missing")
    lat, lon = _number(point, "lat"), _number(point, "lon")
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise WireError("point", f"no place: {lat}, {lon}")
    return Event(
        uid=_text(root, "uid"), type=_text(root, "type", _TYPE), how=_text(root, "how", _HOW),
        time_s=_time(root, "time"), start_s=_time(root, "start"), stale_s=_time(root, "stale"),
        lat_deg=lat, lon_deg=lon, hae_m=_metres(point, "hae"), ce_m=_metres(point, "ce"),
        le_m=_metres(point, "le"), opex=root.get("opex"),
        **({} if detail is None else _told(detail)),
    )  # fmt: skip


def _told(detail: ElementTree.Element) -> dict[str, Any]:
    """What the detail says, as far as it is known here."""
    told: dict[str, Any] = {"remarks": detail.findtext("remarks") or None}
    contact, track, link = detail.find("contact"), detail.find("track"), detail.find("link")
    if contact is not None:
        told["callsign"] = contact.get("callsign")
    if track is not None and None not in (track.get("course"), track.get("speed")):
        told["course_deg"], told["speed_mps"] = _number(track, "course"), _number(track, "speed")
    if link is not None and link.get("uid"):
        told["related"] = Related(
            uid=_text(link, "uid"), type=link.get("type", ""), relation=link.get("relation", "")
        )
    return told


def _parse(data: bytes) -> ElementTree.Element:
    if len(data) > MAX_EVENT_BYTES:
        raise WireError("event", f"longer than {MAX_EVENT_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        raise WireError(f"offset {bad.start}", "not UTF-8") from bad
    if "<!DOCTYPE" in text:
        raise WireError("event", "has a document type declaration")
    try:
        return ElementTree.fromstring(text.lstrip())
    except (ElementTree.ParseError, ValueError) as bad:
        raise WireError("XML", str(bad)) from bad


def _text(element: ElementTree.Element, name: str, pattern: re.Pattern[str] | None = None) -> str:
    said = element.get(name)
    if not said:
        raise WireError(name, "is missing")
    if pattern is not None and not pattern.fullmatch(said):
        raise WireError(name, f"{said!r:.40} is none")
    return said


def _number(element: ElementTree.Element, name: str) -> float:
    said = _text(element, name, _DECIMAL)
    number = float(said)
    if not math.isfinite(number):
        raise WireError(name, f"{said!r:.40} is too large")
    return number


def _metres(point: ElementTree.Element, name: str) -> float | None:
    value = _number(point, name)
    return None if value >= UNKNOWN_M else value


def _time(element: ElementTree.Element, name: str) -> float:
    said = _text(element, name)
    try:
        at = datetime.fromisoformat(said.strip())
        if at.tzinfo is None:
            raise WireError(name, f"{said!r:.40} has no zone")
        return at.timestamp()
    except (ValueError, OverflowError) as bad:
        raise WireError(name, f"{said!r:.40} is no time") from bad


class Stream:
    """Cuts a stream into events: TAK sends them one after the other, with or without something between."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def push(self, data: bytes) -> list[bytes]:
        """The events that `data` completes. Raises WireError where one is too long."""
        self._rest += data
        *whole, rest = bytes(self._rest).split(_END)
        if max(map(len, (*whole, rest))) > MAX_EVENT_BYTES:
            raise WireError("stream", f"an event is longer than {MAX_EVENT_BYTES} bytes")
        self._rest = bytearray(rest)
        return [event + _END for event in whole]
