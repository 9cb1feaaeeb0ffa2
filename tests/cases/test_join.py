"""Joining: by subject, else near and soon; apart stays apart."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from beffroi.case import Case, Joined
from beffroi.cases import join
from beffroi.cases.join import Where, case_of
from cased import sighting
from made import sign

LAT, LON = 48.72, 2.36
METRE_DEG = 1.0 / 111_200


def case(key: str = "1", **fields: Any) -> Case:
    said: dict[str, Any] = {
        "version": 1, "kind": "drone", "opened_s": 0.0, "changed_s": 0.0, "subjects": ("track:1",),
        "lat_deg": LAT, "lon_deg": LON, "placed_s": 0.0,
    }  # fmt: skip
    return Case(key=key, **(said | fields))


def new(subject: str = "track:9", *, north_m: float = 0.0, at_s: float = 0.0, **fields: Any) -> Joined:
    said: dict[str, Any] = {"lat_deg": LAT + north_m * METRE_DEG, "lon_deg": LON}
    return Joined(key="9-9", subjects=(subject,), at_s=at_s, **(said | fields))


def joins(what: Joined, *cases: Case, **more: Any) -> str | None:
    found = case_of(what, cases, more.pop("last", {}), **more)
    return found.key if found else None


def test_the_same_subject_is_one_incident_wherever_it_is() -> None:
    assert joins(new("track:1", north_m=50_000, at_s=9e5), case()) == "1"
    assert joins(new("track:1", lat_deg=None, lon_deg=None), case()) == "1"
    assert joins(new("track:1"), case("1"), case("2", placed_s=5.0)) == "2"


def test_near_and_soon() -> None:
    assert joins(new(north_m=990, at_s=599), case()) == "1"
    assert joins(new(north_m=1010), case()) is None
    assert joins(new(at_s=601), case()) is None
    assert joins(new(north_m=1010), case(), join_m=2000) == "1"
    assert joins(new(north_m=600), case("1"), case("2", lat_deg=LAT + 800 * METRE_DEG)) == "2"
    moved = {"1": Where(LAT + 5000 * METRE_DEG, LON, 900.0)}
    assert joins(new(north_m=5500, at_s=1000), case(), last=moved) == "1"


def test_apart_stays_apart() -> None:
    assert joins(new("track:1"), case(state="closed")) is None
    assert joins(new("track:1"), case(exercise=True)) is None
    assert joins(new("track:1"), case(), exercise=True) is None
    assert joins(new("track:1"), case(left=("9-9",))) is None
    assert joins(new("source:radar"), case()) is None
    assert joins(new(lat_deg=None), case()) is None
    assert joins(new(), case(lat_deg=None)) is None


@given(north_m=st.floats(-5000, 5000), at_s=st.floats(-2000, 2000))
def test_joining_is_the_same_from_both_sides(north_m: float, at_s: float) -> None:
    there = case("1", lat_deg=LAT + north_m * METRE_DEG, placed_s=at_s)
    one = joins(new(), there)
    other = joins(new(north_m=north_m, at_s=at_s), case("1"))
    assert one == other


def test_what_a_sign_and_a_sighting_bring() -> None:
    said = join.of_sign(sign(3, aliases=("uas:S",), lat_deg=1.0, lon_deg=2.0))
    assert (said.subjects, said.priority, said.rule) == (("track:3", "uas:S"), "high", "zone_intrusion")
    seen = join.of_sighting(sighting("aa"))
    assert (seen.key, seen.what, seen.count, seen.reporter) == ("sighting:aa", "drone", 2, "pilot")
    assert join.kind(seen) == join.kind(said) == "drone"
    assert join.kind(new("icao24:4baac6")) == join.kind(new(), {"kind": "glider"}) == "aircraft"
    assert join.kind(new("source:radar")) == "other"
