"""The configuration of a site: what it says is what the program holds, and what cannot be is refused."""

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from beffroi import signs, zones
from beffroi.airspace import Airspace
from beffroi.errors import SiteError
from beffroi.kernels.geodesy import Plane, destination
from beffroi.site import Camera, Site, looking_at, read

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
RESPONDER = '[[responder]]\nid = "police"\nurl = "URL"\n'
FILES = 'certificate = "c"\nprivate_key = "k"\nauthority = "a"\n'
CAMERA = (
    '[[camera]]\nid = "north"\nlat_deg = 48.70\nlon_deg = 2.40\nbearing_deg = 350.0\n'
    "field_of_view_deg = 40.0\nrange_m = 2000.0\n"
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


def responder(url: str, more: str = "") -> str:
    return PLACE + RESPONDER.replace("URL", url) + more


def test_responders_are_told_little_by_default() -> None:
    (police,) = read(responder("cot://tak.example.org:8087")).responder
    assert (police.sends, police.operators, police.simulated, police.listens) == (
        "alarmed",
        False,
        False,
        False,
    )
    (clients,) = read(responder("cot-listen://:8087")).responder
    assert clients.listens
    for url, more in (
        ("cots://tak.example.org:8089", FILES),
        ("cot-listen://0.0.0.0:8089", FILES),
        ("cot://[::1]:8087", "simulated = true\n"),
    ):
        assert len(read(responder(url, more)).responder) == 1


@pytest.mark.parametrize(
    ("url", "more", "place", "reason"),
    [
        ("tcp://h:1", "", ".url", "cot-listen"),
        ("cot://h:1/path", "", ".url", "cot-listen"),
        ("cot://me@h:1", "", ".url", "cot-listen"),
        ("cot://h", "", ".url", "lacks its host or port"),
        ("cot://:8087", "", ".url", "lacks its host or port"),
        ("cot://h:0", "", ".url", "lacks its host or port"),
        ("cot://h:x", "", ".url", "Port"),
        ("cots://h:1", "", "", "cots:// needs"),
        ("cot://h:1", FILES, "", "cot:// takes none"),
        ("cots://h:1", 'certificate = "c"\n', "", "belong together"),
        ("cot-listen://0.0.0.0:1", "", "", "needs TLS"),
        ("cot-listen://192.0.2.1:1", "", "", "needs TLS"),
        ("cots://h:1", FILES + "simulated = true\n", ".simulated", "loopback"),
        ("cot://localhost.example.org:1", "simulated = true\n", ".simulated", "loopback"),
        ("cot://127.0.0.1:1", "operators = true\n", ".purpose", "say what they are for"),
        ("cot://h:1", 'operators = true\npurpose = "search"\n', ".operators", "TLS only"),
        ("cot://h:1", "max_rate_hz = 0.01\n", ".max_rate_hz", ">= 0.1"),
        ("cot://h:1", 'sends = "everything"\n', ".sends", "everything"),
        ("cot://h:1", RESPONDER, "[1].id", "twice"),
    ],
)
def test_a_responder_that_cannot_be_is_refused(url: str, more: str, place: str, reason: str) -> None:
    error = refused(responder(url, more))
    assert error.place == "$.responder" + (place if place.startswith("[") else f"[0]{place}")
    assert reason in error.reason


SNAPSHOT = 'snapshot = "http://192.0.2.7/still.jpg"\n'
FILE = 'credentials = "north.txt"\n'


@pytest.mark.parametrize(
    ("more", "place", "reason"),
    [
        ("", "", "one of snapshot and directory"),
        ('directory = "d"\n' + FILE, "", "are for a snapshot"),
        ('snapshot = "ftp://h/still.jpg"\n', ".snapshot", "http://"),
        ('snapshot = "http:///still.jpg"\n', ".snapshot", "http://"),
        ('snapshot = "http://desk:s3cret@h/still.jpg"\n', ".snapshot", "file of credentials"),
        ('snapshot = "http://h:99999/"\n', ".snapshot", "Port"),
        (SNAPSHOT + 'authority = "ca.pem"\n', ".authority", "https"),
        (SNAPSHOT + FILE + 'authentication = "basic"\n', ".authentication", "in clear"),
        (SNAPSHOT + 'password = "s3cret"\n', "", "password"),
        (SNAPSHOT + 'media_types = ["image/svg+xml"]\n', ".media_types[0]", "svg"),
        (SNAPSHOT + "max_bytes = 30000000\n", ".max_bytes", "20000000"),
        (SNAPSHOT + CAMERA + SNAPSHOT, "[1].id", "twice"),
    ],
)
def test_a_camera_that_cannot_be_is_refused(more: str, place: str, reason: str) -> None:
    error = refused(PLACE + CAMERA + more)
    assert error.place == "$.camera" + (place if place.startswith("[") else f"[0]{place}")
    assert reason in error.reason
    assert "s3cret" not in str(error)


def eyes(*fields: dict[str, Any]) -> list[Camera]:
    """Cameras to the north over the same place, with what differs."""
    (one,) = read(PLACE + CAMERA + SNAPSHOT).camera
    return [msgspec.structs.replace(one, id=str(i), **more) for i, more in enumerate(fields)]


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "sees"),
    [
        (48.71, 2.40, True),  # 1.1 km north: 10 degrees right of the middle
        (48.71, 2.4036, False),  # 13.5 degrees east of north
        (48.71, 2.396, True),
        (48.71, 2.389, False),  # 36 degrees west of north
        (48.69, 2.40, False),  # behind
        (48.719, 2.40, False),  # too far
        (48.70, 2.40, True),  # at its foot
    ],
)
def test_a_camera_looks_at_what_is_in_its_angle_and_range(lat_deg: float, lon_deg: float, sees: bool) -> None:
    assert bool(looking_at(eyes({}), lat_deg, lon_deg)) is sees


def test_the_nearest_camera_comes_first_and_one_that_turns_all_round_sees_all_round() -> None:
    all_round = {"field_of_view_deg": 360.0, "lat_deg": 48.715}
    cameras = eyes({}, {"lat_deg": 48.705}, all_round, {"range_m": 10.0})
    assert [c.id for c in looking_at(cameras, 48.7095, 2.40)] == ["1", "2", "0"]
    assert looking_at([], 48.7, 2.4) == []


@given(
    bearing_deg=st.floats(0, 359.9), field_of_view_deg=st.floats(1, 360), aside_deg=st.floats(-179, 179),
    away_m=st.floats(10, 5000), lat_deg=st.floats(-80, 80), lon_deg=st.floats(-180, 180),
)  # fmt: skip
def test_looking_at_agrees_with_the_point_it_was_made_from(
    bearing_deg: float,
    field_of_view_deg: float,
    aside_deg: float,
    away_m: float,
    lat_deg: float,
    lon_deg: float,
) -> None:
    assume(abs(abs(aside_deg) - field_of_view_deg / 2) > 0.01)
    lat, lon = destination(lat_deg, lon_deg, (bearing_deg + aside_deg) % 360, away_m)
    (eye,) = eyes({"lat_deg": lat_deg, "lon_deg": lon_deg, "bearing_deg": bearing_deg, "range_m": 6000.0,
                   "field_of_view_deg": field_of_view_deg})  # fmt: skip
    expected = abs(aside_deg) <= field_of_view_deg / 2
    assert bool(looking_at([eye], float(lat), float(lon))) is expected


@pytest.mark.parametrize("page", ["responders", "cameras"])
def test_the_samples_in_the_documentation_are_tables_of_a_site(page: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / f"{page}.md").read_text()
    samples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert samples
    for sample in samples:
        site = read(PLACE + sample)
        assert site.responder or site.camera
