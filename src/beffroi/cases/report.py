"""Report: what happened in a case, after it: one document for people and for machines.

`made` gathers it; `page` of `beffroi.cases.page` writes it as HTML; here it becomes JSON, CSV and GeoJSON
(RFC 7946). Everything in it is what the case, its signs and the log hold: nothing is judged anew.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from beffroi import signs
from beffroi.case import Case, Closure, Entry, File, Item, Joined
from beffroi.errors import UseError
from beffroi.life import Event
from beffroi.sentence import Units, plain
from beffroi.sign import FlightEffect, Priority
from beffroi.site import Language, Site

TEXT = 2000
"""Characters of what a person wrote."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason in words."""

    text: str
    speaks_for: bool
    evidence: tuple[str, ...]


class SignStory(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of the case: what it said, and what people did with it."""

    key: str
    rule: str
    headline: str
    sentence: str
    priority: Priority
    opened_s: float
    over_s: float | None
    state: str
    reasons: tuple[Reason, ...]
    simulated: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    at_s: float
    by: str
    """A name; empty: the machine."""
    about: str
    code: str
    text: str
    """Parameters and words, plainly."""


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """What a runway or zone lost by decisions, and what the signs predicted."""

    place: str
    measured: float
    predicted: float | None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked at something of the case."""

    at_s: float
    by: str
    action: str
    subject: str
    purpose: str


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Where the object of the case was."""

    time_s: float
    lat_deg: float
    lon_deg: float
    alt_msl_m: float | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. `exercise` and `simulated` stand at its head wherever it is shown."""

    case: Case
    site: str
    made_s: float
    made_by: str
    language: Language
    signs: tuple[SignStory, ...]
    timeline: tuple[Line, ...]
    closures: tuple[Closure, ...]
    minutes: tuple[Minutes, ...]
    flights: tuple[FlightEffect, ...]
    looks: tuple[Look, ...]
    path: tuple[Point, ...]
    runways: tuple[tuple[str, float, float, float, float], ...]
    """Name, and both ends: lat, lon, lat, lon in degrees."""
    files: tuple[File, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of."""

    case: Case
    entries: Sequence[Entry]
    signs: Sequence[Sequence[Event]]
    """Of each sign everything that befell it, oldest first."""
    closures: Sequence[Closure]
    minutes: Sequence[Minutes]
    looks: Sequence[Look]
    path: Sequence[Point]
    names: Mapping[str, str]
    """Key of a person → name."""


def made(
    told: Told, site: Site, *, now_s: float, by: str, language: Language, units: Units = "aviation"
) -> Report:
    """The report of a case as it stands."""
    stories = [_story(events, language, units) for events in told.signs if events]
    flights = {f.callsign: f for events in told.signs for e in events for f in e.sign.sign.flights}
    return Report(
        case=told.case, site=site.site.name, made_s=now_s, made_by=_name(told, by), language=language,
        signs=tuple(stories), timeline=_timeline(told), closures=tuple(told.closures),
        minutes=tuple(told.minutes), flights=tuple(flights[name] for name in sorted(flights)),
        looks=tuple(told.looks), path=tuple(told.path), runways=tuple(_runways(site)),
        files=told.case.files,
    )  # fmt: skip


def _story(events: Sequence[Event], language: Language, units: Units) -> SignStory:
    stood = events[-1].sign
    sign = stood.sign
    reasons = (
        Reason(
            text=_said(sign.rule, partial(signs.reason, r, sign.rule, language, units)),
            speaks_for=r.weight >= 0, evidence=r.evidence,
        )
        for r in sign.reasons
    )  # fmt: skip
    return SignStory(
        key=stood.key, rule=sign.rule, priority=sign.priority, opened_s=sign.opened_at_s,
        headline=_said(sign.rule, partial(signs.headline, sign, sign.rule, language, units)),
        sentence=_said(sign.rule, partial(signs.sentence, sign, sign.rule, language, units)),
        over_s=sign.over_at_s, state=stood.state, reasons=tuple(reasons), simulated=sign.simulated,
    )  # fmt: skip


def _said(rule: str, words: Callable[[], str]) -> str:
    """Words of a sign. One of an earlier version may lack what the words of today ask, or its rule be gone:
    then the name of the rule stands there, and the report is not lost."""
    try:
        return words()
    except (KeyError, UseError):
        return rule


def _timeline(told: Told) -> tuple[Line, ...]:
    """Entries of the case, and what the machine and people did with its signs, in one order."""
    lines = [
        Line(at_s=e.at_s, by=_name(told, e.by), about=e.about, code=e.code, text=_words(e.params))
        for e in told.entries
    ]
    for events in told.signs:
        for event in events:
            life, sign = event.sign.life, event.sign.sign
            about = f"sign:{event.sign.key}"
            if life is not None and life.act == event.number:
                words = plain(life.reason or life.outcome or "", TEXT)
                lines.append(
                    Line(at_s=life.at_s, by=_name(told, life.by), about=about, code=life.code, text=words)
                )
            elif sign.change != "updated":
                lines.append(
                    Line(at_s=event.sign.changed_s, by="", about=about, code=sign.change, text=sign.rule)
                )
    return tuple(sorted(lines, key=lambda line: line.at_s))


def _words(params: Mapping[str, Any]) -> str:
    """Parameters of an entry as plain text."""
    told = (f"{name}: {_one(value)}" for name, value in params.items() if value not in (None, "", [], ()))
    return plain("; ".join(told), TEXT)


def _one(value: Any) -> str:
    match value:
        case Joined():
            return value.text or value.rule or value.key
        case File():
            return f"{value.name} ({value.media_type}, SHA-256 {value.digest})"
        case Item():
            return value.text
        case list() | tuple():
            return ", ".join(map(_one, value))
        case _:
            return str(value)


def _name(told: Told, key: str) -> str:
    return plain(told.names.get(key, key), 100)


def _runways(site: Site) -> list[tuple[str, float, float, float, float]]:
    return [
        (f"{a.designator}/{b.designator}", a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)
        for a, b in (runway.ends for runway in site.runway)
    ]


def as_json(report: Report) -> bytes:
    """The report for machines."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def as_csv(report: Report) -> bytes:
    """The timeline: RFC 4180, UTF-8. A cell that a spreadsheet would take for a formula begins with '."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("time", "by", "about", "code", "text"))
    for line in report.timeline:
        writer.writerow((stamp(line.at_s), *map(_cell, (line.by, line.about, line.code, line.text))))
    return out.getvalue().encode()


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def as_geojson(report: Report) -> bytes:
    """The path of the object, the runways, and where it was last: positions as [lon, lat]."""
    features: list[dict[str, Any]] = [
        _feature("LineString", [[lon_a, lat_a], [lon_b, lat_b]], {"runway": name})
        for name, lat_a, lon_a, lat_b, lon_b in report.runways
    ]
    if len(report.path) > 1:
        places = [[p.lon_deg, p.lat_deg] for p in report.path]
        times = [stamp(p.time_s) for p in report.path]
        features.append(_feature("LineString", places, {"case": report.case.key, "times": times}))
    case = report.case
    if case.lat_deg is not None:
        marks = {"case": case.key, "exercise": case.exercise, "simulated": case.simulated}
        features.append(_feature("Point", [case.lon_deg, case.lat_deg], marks))
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}
    }  # fmt: skip


def stamp(time_s: float) -> str:
    """`2026-11-22T14:21:07Z`."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
