"""The contract of a zone format, run over every file of the family."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi import zones
from beffroi.errors import BeffroiError, MissingPart, SiteError, UseError, ZoneError
from beffroi.site import Place, Site, ZoneSource
from beffroi.zone import Authority, Circle, Daily, Period, Polygon, Text, Volume, Zone
from beffroi.zones import aerodrome, ed269, ed318

NAMES = zones.names()
WRITERS = [name for name in NAMES if hasattr(zones.zone_format(name), "write")]

DEGREES = st.floats(-80, 80, allow_nan=False).map(lambda v: round(v, 7))
LIMIT = st.none() | st.integers(-400, 20_000)
DATUM = st.sampled_from(["AGL", "AMSL", "WGS84"])
EXTRA = st.dictionaries(
    st.sampled_from(["colour", "remark"]), st.integers() | st.text(max_size=5), max_size=2
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
HOUR = st.none() | st.integers(0, 1439).map(lambda minutes: minutes * 60.0)
INSTANT = st.none() | st.integers(0, 4_000_000_000).map(float)


@st.composite
def polygons(draw: Any) -> Polygon:
    corners = draw(st.lists(st.tuples(DEGREES, DEGREES), min_size=3, max_size=6))
    return Polygon(rings=((*corners, corners[0]),))


@st.composite
def volumes(draw: Any) -> Volume:
    low, high = sorted([draw(LIMIT) or 0, draw(LIMIT) or 0])
    foot = draw(st.booleans())
    unit = 0.3048 if foot else 1.0
    return Volume(
        shape=draw(
            polygons() | st.builds(Circle, lat_deg=DEGREES, lon_deg=DEGREES, radius_m=st.floats(1, 1e5))
        ),
        lower_m=draw(st.sampled_from([None, low * unit])),
        lower_datum=draw(DATUM),
        upper_m=draw(st.sampled_from([None, high * unit])),
        upper_datum=draw(DATUM),
        uom="ft" if foot else "m",
        extra=draw(EXTRA),
    )


DAILY = st.builds(
    Daily,
    days=st.sampled_from([(), ("MON",), ("SAT", "SUN")]),
    start_s=HOUR,
    end_s=HOUR,
    offset_s=st.just(0.0),
    extra=EXTRA,
).filter(lambda d: d != Daily())  # a part of the day that is all of it adds nothing
ZONE = st.builds(
    Zone,
    identifier=st.from_regex(r"[A-Z0-9]{1,7}", fullmatch=True),
    country=st.from_regex(r"[A-Z]{3}", fullmatch=True),
    restriction=st.sampled_from(["PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION"]),
    volumes=st.lists(volumes(), min_size=1, max_size=3).map(tuple),
    name=st.lists(st.builds(Text, text=WORDS), max_size=1).map(tuple),
    variant=st.sampled_from(["COMMON", "CUSTOMIZED"]),
    reasons=st.lists(st.sampled_from(["AIR_TRAFFIC", "NOISE", "OTHER"]), max_size=3).map(tuple),
    message=st.lists(st.builds(Text, text=WORDS), max_size=1).map(tuple),
    conditions=st.lists(WORDS, max_size=1).map(tuple),
    region=st.none() | st.integers(0, 99),
    regulation_exemption=st.none() | st.booleans(),
    authorities=st.lists(
        st.builds(
            Authority,
            name=st.lists(st.builds(Text, text=WORDS), max_size=1).map(tuple),
            phone=st.none() | WORDS,
            purpose=st.just("NOTIFICATION"),
            extra=EXTRA,
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    periods=st.lists(
        st.builds(Period, start_s=INSTANT, end_s=INSTANT, daily=st.lists(DAILY, max_size=2).map(tuple)),
        max_size=2,
    )
    .map(tuple)
    .filter(lambda p: p != (Period(),)),
    extra=EXTRA,
)


@pytest.mark.parametrize("name", NAMES)
def test_it_names_its_source(name: str) -> None:
    module = zones.zone_format(name)
    assert module.SOURCE
    assert (module.__doc__ or "").splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=60, deadline=None)
@given(made=st.lists(ZONE, min_size=1, max_size=3))
def test_what_is_written_reads_the_same(name: str, made: list[Zone]) -> None:
    data = zones.zone_format(name).write(made)
    again = [msgspec.structs.replace(z, document={}) for z in zones.read(name, data)]
    assert again == made


MEMBERS = st.sampled_from(["type", "features", "geometry", "properties", "UASZoneList", "applicability"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda value: st.lists(value, max_size=3) | st.dictionaries(MEMBERS, value, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200) | JSON)
def test_anything_else_raises_only_zone_errors(name: str, data: bytes) -> None:
    with suppress(ZoneError):
        assert all(isinstance(z, Zone) for z in zones.read(name, data))


def test_every_zone_of_an_aerodrome_can_be_written_in_both_formats() -> None:
    made = list(aerodrome.read(b"LFPO 5000"))
    assert list(ed318.read(ed318.write(made)))[3].volumes == made[3].volumes
    assert [z.key for z in ed269.read(ed269.write(made))] == [z.key for z in made]


def test_a_site_gets_its_zones_from_files_and_aerodromes() -> None:
    made = list(aerodrome.read(b"LFPB"))
    site = Site(
        site=Place(name="Test", lat_deg=48.9, lon_deg=2.4, aerodromes=("LFPO",), jurisdiction="FRA"),
        zone=(
            ZoneSource(format="ed318", file="zones.json"),
            ZoneSource(format="aerodrome", aerodrome="LFPO", ring_m=3000),
        ),
    )
    found = zones.of_site(site, {"zones.json": ed318.write(made)}.__getitem__)
    assert len(found) == 15 + 16
    assert found[-1].key == "FRA:FPOR"
    assert {r.aerodrome for r in zones.with_runways(site).runway} == {"LFPO"}
    unknown = msgspec.structs.replace(site, site=msgspec.structs.replace(site.site, aerodromes=("ZZZZ",)))
    with pytest.raises(SiteError, match="ZZZZ"):
        zones.with_runways(unknown)


def test_check_counts_and_an_unknown_format_is_a_wrong_use() -> None:
    made = list(aerodrome.read(b"LFPB"))
    assert zones.check("ed318", ed318.write(made)) == 15
    with pytest.raises(UseError, match="ed269"):
        zones.zone_format("kml")
    assert issubclass(MissingPart, BeffroiError)


def test_dates_are_those_of_the_document() -> None:
    period = Period(start_s=datetime(2024, 3, 1, tzinfo=UTC).timestamp())
    volume = Volume(shape=Circle(lat_deg=48, lon_deg=2, radius_m=100))
    zone = Zone(identifier="A", country="FRA", restriction="PROHIBITED", volumes=(volume,), periods=(period,))
    assert b'"startDateTime":"2024-03-01T00:00:00Z"' in ed318.write([zone])
