"""The report to the authority: filled in as far as the case knows, its clocks from data with a source."""

from datetime import date

import pytest

from beffroi.case import Aerodrome, Case, CaseKind, Closure
from beffroi.cases.occurrence import clocks, occurrence, regimes
from beffroi.scene import NOW_S, site
from beffroi.site import Place, Site

HOUR_S = 3600.0


def at(state: str) -> Site:
    place = Place(name="Here", lat_deg=1.0, lon_deg=2.0, elevation_m=5.0, jurisdiction=state)
    return site(site=place)


def case(kind: CaseKind = "drone") -> Case:
    return Case(key="7", version=1, kind=kind, opened_s=NOW_S, changed_s=NOW_S, title="Drone at 24")


def test_the_clock_of_a_member_state_runs_for_72_hours() -> None:
    first = clocks(case(), at("FRA"))[0]
    assert (first.regime, first.due_s) == ("eu-376-2014", NOW_S + 72 * HOUR_S)


@pytest.mark.parametrize("state", ["", "ATA"])
def test_where_no_duty_is_known_no_clock_runs(state: str) -> None:
    assert clocks(case(), at(state)) == ()


def test_every_duty_names_its_source_and_day() -> None:
    for regime in regimes().regime:
        assert regime.source
        assert date.fromisoformat(regime.as_of) <= date.today()  # noqa: DTZ011
        assert regime.kinds
        assert all(len(state) == 3 or state in regimes().group for state in regime.where)


def test_what_nobody_knows_stays_empty() -> None:
    fields = {f.name: f.value for f in occurrence(case(), [], Aerodrome(), at("FRA")).fields}
    assert fields["headline"] == "Drone at 24"
    assert fields["location_indicator"] == "LFPX"
    assert [fields[name] for name in ("position", "aircraft_concerned", "closest_m", "narrative")] == [""] * 4


def test_decisions_on_runways_are_in_it() -> None:
    closed = Closure(place="runway:06/24", state="suspended", since_s=NOW_S, by="person:1", case="7")
    other = Closure(place="runway:08/26", state="suspended", since_s=NOW_S, by="person:1", case="8")
    told = occurrence(case(), [], Aerodrome(closures=(closed, other)), at("FRA"))
    decided = next(f.value for f in told.fields if f.name == "runway_decisions")
    assert "runway:06/24 suspended" in decided
    assert "08/26" not in decided
