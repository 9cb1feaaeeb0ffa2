"""Occurrence: a report to the authority, filled in as far as the case knows, with the clocks that run.

Fields follow the common mandatory data fields of Regulation (EU) 376/2014, Annex I, so far as a drone or an
intruding aircraft has them. A person reads, corrects and sends it; Beffroi sends nothing. The clocks are
data: `regimes.toml`, each with its source and the day on which it was read.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec

from beffroi.case import Aerodrome, Case, CaseKind
from beffroi.life import DeskSign
from beffroi.site import Site

HOUR_S = 3600.0


class Regime(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A duty to report."""

    id: str
    where: tuple[str, ...]
    kinds: tuple[CaseKind, ...]
    to_whom: str
    step: str
    hours: Annotated[float, msgspec.Meta(gt=0)]
    source: str
    as_of: str
    """The day on which the source was read."""
    checked: bool
    """False: it comes from a secondary source."""


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that runs."""

    regime: str
    step: str
    to_whom: str
    due_s: float
    source: str
    as_of: str
    checked: bool


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the form; empty where nothing is known."""

    name: str
    value: str


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """The report as far as it can be filled in."""

    case: str
    fields: tuple[Field, ...]
    clocks: tuple[Clock, ...]


class Regimes(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """All that we know of."""

    regime: tuple[Regime, ...]
    group: dict[str, tuple[str, ...]]
    """Name of a group of states → its members."""

    def of(self, kind: CaseKind, state: str) -> list[Regime]:
        """The duties that a case of a kind brings in a state."""
        here = {state, *(name for name, members in self.group.items() if state in members)}
        return [regime for regime in self.regime if kind in regime.kinds and here & {*regime.where}]


@cache
def regimes() -> Regimes:
    """The duties of `regimes.toml`."""
    text = files("beffroi.cases").joinpath("regimes.toml").read_bytes()
    return msgspec.toml.decode(text, type=Regimes)


def occurrence(case: Case, signs: Sequence[DeskSign], aerodrome: Aerodrome, site: Site) -> Occurrence:
    """The report of a case. What nobody knows stays empty."""
    told = tuple(Field(name=name, value=value) for name, value in _fields(case, signs, aerodrome, site))
    return Occurrence(case=case.key, fields=told, clocks=clocks(case, site))


def clocks(case: Case, site: Site) -> tuple[Clock, ...]:
    """The clocks of a case: they run from the moment at which somebody here knew of it."""
    made = (
        Clock(
            regime=r.id, step=r.step, to_whom=r.to_whom, due_s=case.opened_s + r.hours * HOUR_S,
            source=r.source, as_of=r.as_of, checked=r.checked,
        )
        for r in regimes().of(case.kind, site.site.jurisdiction)
    )  # fmt: skip
    return tuple(sorted(made, key=lambda clock: clock.due_s))


def _fields(
    case: Case, signs: Sequence[DeskSign], aerodrome: Aerodrome, site: Site
) -> Iterator[tuple[str, str]]:
    """Name and value, in the order of the form."""
    first_s = min((s.sign.opened_at_s for s in signs), default=case.opened_s)
    runways = sorted({"/".join(end.designator for end in runway.ends) for runway in site.runway})
    closed = [c for c in aerodrome.closures if c.case == case.key and c.state != "open"]
    flights = {f.callsign: f for s in signs for f in s.sign.flights}
    yield "headline", case.title
    yield "utc_date", _stamp(first_s)[:10]
    yield "utc_time", _stamp(first_s)[11:19]
    yield "became_known", _stamp(case.opened_s)
    yield "state_of_occurrence", site.site.jurisdiction
    yield "location", site.site.name
    yield "position", "" if case.lat_deg is None else f"{case.lat_deg:.4f} {case.lon_deg:.4f}"
    yield "location_indicator", ", ".join(sorted({r.aerodrome for r in site.runway if r.aerodrome}))
    yield "runways", ", ".join(runways)
    yield "kind", case.kind
    yield "occurrence_class", ""
    yield "detection", ", ".join(sorted({s.sign.rule for s in signs}))
    yield "sightings", str(len(case.sightings)) if case.sightings else ""
    yield "aircraft_concerned", ", ".join(sorted(flights))
    yield "closest_m", _closest([f.distance_m for f in flights.values()])
    yield "runway_decisions", "; ".join(f"{_stamp(c.since_s)} {c.place} {c.state}" for c in closed)
    yield "evidence", ", ".join(sorted({f.digest[:16] for f in case.files}))
    yield "outcome", case.outcome or ""
    yield "narrative", ""


def _closest(distances_m: Sequence[float]) -> str:
    return f"{min(distances_m):.0f}" if distances_m else ""


def _stamp(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
