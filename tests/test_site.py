"""The configuration of a site: what it says is what the program holds, and what cannot be is refused."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi import signs, zones
from beffroi.airspace import Airspace
from beffroi.errors import SiteError
from beffroi.kernels.geodesy import Plane
from beffroi.site import Site, read

PLACE = '[site]\nname = "Here"\nlat_deg = 48.7\nlon_deg = 2.4\n'
SOURCE = '[[source]]\nid = "radar"\nformat = "asterix"\nlink = "udp://127.0.0.1:8600"\n'
FUSION = SOURCE.replace("asterix", "sapient").replace("udp:", "sapient-listen:")
RUNWAY = (
    '[[runway]]\nends = [{designator = "06", lat_deg = 48.71, lon_deg = 2.34},'
    ' {designator = "24", lat_deg = 48.73, lon_deg = 2.39}]\n'
)
PERMIT = (
    '[[authorisation]]\nid = "A"\noperator = "FRA1"\nserial = "1588E0"\nlat_deg = 48.7\nlon_deg = 2.4\n'
    "radius_m = 500.0\nup_to_m = 200.0\n"
)
DAY = 'from_time = "2026-01-01T08:00:00Z"\nto_time = "2026-01-01T18:00:00+02:00"\n'


def refused(text: str, use: Callable[[Site], Any] = lambda site: site) -> SiteError:
    """What is said against a document."""
    with pytest.raises(SiteError) as caught:
        use(read(text))
    return caught.value


def test_the_commented_sample_is_a_site() -> None:
    site = read((files("beffroi.simulate") / "paris-site.toml").read_text())
    assert site.site.name == "Paris Orly"
    assert site.site.languages == ("en", "fr", "vi")
    assert {s.id for s in site.source if s.sees_all} == {"radar-orly", "radar-bourget"}
    assert site.limits("loitering") == {"for_s": 150.0}
    assert site.limits("swarm") == {}
    assert signs.rules(site)


def test_what_is_left_out_is_absent() -> None:
    site = read(PLACE + SOURCE)
    assert site.site.geoid_m is None
    assert site.site.qnh_hpa is None
    assert site.source[0].alt_msl_m is None
    assert not site.source[0].drone_id_allowed
    assert site.store.operator_hours <= 24.0, "data of persons live short by default"
    assert site.console.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (PLACE + "colour = 1\n", "$.site", "colour"),
        (PLACE + SOURCE + "colour = 1\n", "$.source[0]", "colour"),
        (PLACE + SOURCE + SOURCE.replace("radar", "two") + "colour = 1\n", "$.source[1]", "colour"),
        (PLACE + "[colour]\n", "$", "colour"),
        (PLACE + "[store]\ncolour = 1\n", "$.store", "colour"),
        (PLACE.replace("48.7", '"north"'), "$.site.lat_deg", "float"),
        (PLACE.replace("48.7", "95.0"), "$.site.lat_deg", "90"),
        (PLACE.replace("48.7", "nan"), "$.site.lat_deg", "90"),
        (PLACE.replace("2.4", "181.0"), "$.site.lon_deg", "180"),
        (PLACE + "languages = []\n", "$.site.languages", "length"),
        (PLACE + 'languages = ["tlh"]\n', "$.site.languages[0]", "tlh"),
        (PLACE + "qnh_hpa = 29.92\n", "$.site.qnh_hpa", "850"),
        (PLACE + SOURCE + "period_s = 0.0\n", "$.source[0].period_s", "> 0"),
        (PLACE + SOURCE + "range_m = inf\n", "$.source[0].range_m", "<="),
        (PLACE + SOURCE + "delay_s = -1.0\n", "$.source[0].delay_s", ">= 0"),
        (PLACE + SOURCE + "lat_deg = 48.7\n", "$.source[0]", "belong together"),
        (PLACE + SOURCE + "sees_all = true\n", "$.source[0].range_m", "how far"),
        (PLACE + SOURCE + 'certificate = "c.pem"\n', "$.source[0]", "belong together"),
        (PLACE + SOURCE + SOURCE, "$.source[1].id", "twice"),
        (PLACE + SOURCE + 'forward = "sapient://h:1"\n', "$.source[0].forward", "sapient-listen"),
        (PLACE + FUSION + 'forward = "sapient://h"\n', "$.source[0].forward", "host:port"),
        (PLACE + FUSION + 'forward = "tcp://h:1"\n', "$.source[0].forward", "host:port"),
        (PLACE + FUSION + 'forward = "sapient://h:x"\n', "$.source[0].forward", "host:port"),
        (PLACE + '[[zone]]\nformat = "ed269"\n', "$.zone[0]", "file and aerodrome"),
        (PLACE + RUNWAY.replace("48.73", "48.71").replace("2.39", "2.34"), "$.runway[0].ends", "one place"),
        (PLACE + '[console]\nport = 70000\n', "$.console.port", "65535"),
        ("[site", "TOML", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_path(text: str, place: str, reason: str) -> None:
    error = refused(text)
    assert error.place == place
    assert reason in error.reason


def load_nothing(name: str) -> bytes:
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[site]\naerodromes = ["ZZZZ"]\n', "$.site.aerodromes[0]"),
        ('[[zone]]\nformat = "aerodrome"\naerodrome = "ZZZZ"\n', "$.zone"),
    ],
)
def test_an_aerodrome_that_no_table_knows_is_refused(text: str, place: str) -> None:
    text = text.replace("[site]\n", PLACE) if "[site]" in text else PLACE + text
    error = refused(text, lambda site: zones.of_site(zones.with_runways(site), load_nothing))
    assert error.place == place
    assert "ZZZZ" in error.reason


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("[signs.no_such_rule]\n", "$.signs.no_such_rule", "loitering"),
        ("[signs.loitering]\ncolour = 1\n", "$.signs.loitering", "colour"),
        ('[signs.loitering]\nfor_s = "long"\n', "$.signs.loitering.for_s", "float"),
        ("[signs.zone_intrusion]\nrestrictions = [1]\n", "$.signs.zone_intrusion.restrictions[0]", "str"),
    ],
)
def test_a_limit_that_no_rule_has_is_refused_with_its_path(text: str, place: str, reason: str) -> None:
    error = refused(PLACE + text, signs.rules)
    assert error.place == place
    assert reason in error.reason


@pytest.mark.parametrize(
    ("times", "place"),
    [
        (DAY.replace("08:00:00Z", "08:00:00"), "$.authorisation[0].from_time"),
        (DAY.replace("2026-01-01T18", "tomorrow"), "$.authorisation[0].to_time"),
    ],
)
def test_a_permit_without_a_clear_time_is_refused(times: str, place: str) -> None:
    def use(site: Site) -> Airspace:
        return Airspace((), Plane.at(site.site.lat_deg, site.site.lon_deg), site)

    assert refused(PLACE + PERMIT + times, use).place == place
    assert use(read(PLACE + PERMIT + DAY)).permits[0].end_s == 1767283200.0, "18:00 at +02:00"


@given(st.text())
def test_any_text_is_a_site_or_refused(text: str) -> None:
    with pytest.raises(SiteError):
        read(text)
