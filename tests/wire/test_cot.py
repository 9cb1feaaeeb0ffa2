"""Cursor on Target: what is written is what the schema asks, and comes back; what is hostile stays text."""

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytak  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire.cot import MAX_EVENT_BYTES, Event, Related, Stream, decode, encode

NOW_S = 1_700_000_000.25

# The base event schema, version 2.0 (MITRE, Event-PUBLIC.xsd): attribute → pattern of its value.
DECIMAL = r"[-+]?\d+(\.\d+)?"
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
EVENT = {"version": r"2(\.\d+)?", "type": r"\w+(-\w+)*(;[^;]*)?", "uid": r"(?s).+", "how": r"\w(-\w+)*",
         "time": INSTANT, "start": INSTANT, "stale": INSTANT}  # fmt: skip
OPTIONAL = {"opex": r"[oes](-.*)?", "access": ".*", "qos": r"\d-\w-\w"}
POINT = dict.fromkeys(("lat", "lon", "hae", "ce", "le"), DECIMAL)


def event(**fields: Any) -> Event:
    said: dict[str, Any] = {
        "uid": "beffroi-1", "type": "a-u-A-M-H-Q", "how": "m-f", "time_s": NOW_S, "start_s": NOW_S,
        "stale_s": NOW_S + 30.0, "lat_deg": 48.72, "lon_deg": 2.38,
    }  # fmt: skip
    return Event(**(said | fields))


def check_schema(data: bytes) -> ElementTree.Element:
    """Hold an event against the facts of the schema."""
    root = ElementTree.fromstring(data)
    assert root.tag == "event"
    assert set(EVENT) <= set(root.attrib) <= set(EVENT) | set(OPTIONAL)
    for name, value in root.attrib.items():
        assert re.fullmatch((EVENT | OPTIONAL)[name], value), f"{name}={value}"
    assert sorted(child.tag for child in root) == ["detail", "point"]
    point = root.find("point")
    assert point is not None
    assert set(point.attrib) == set(POINT)
    for name, value in point.attrib.items():
        assert re.fullmatch(DECIMAL, value), f"{name}={value}"
    assert abs(float(point.attrib["lat"])) <= 90
    assert abs(float(point.attrib["lon"])) <= 180
    assert datetime.fromisoformat(root.attrib["start"]) <= datetime.fromisoformat(root.attrib["stale"])
    return root


def test_an_event_holds_what_the_schema_asks() -> None:
    root = check_schema(encode(event(
        hae_m=150.04, ce_m=12.0, le_m=30.0, opex="s", callsign="Drone #7", course_deg=271.26, speed_mps=9.0,
        related=Related(uid="beffroi-2", type="a-u-A"), remarks="declared, not measured",
    )))  # fmt: skip
    point = root.find("point")
    assert point is not None
    assert point.attrib == {
        "lat": "48.7200000",
        "lon": "2.3800000",
        "hae": "150.0",
        "ce": "12.0",
        "le": "30.0",
    }
    assert root.get("time") == "2023-11-14T22:13:20.250Z"
    assert root.findtext("detail/remarks") == "declared, not measured"


def test_what_is_not_known_is_the_number_that_says_so() -> None:
    data = encode(event())
    assert b'hae="9999999.0" ce="9999999.0" le="9999999.0"' in data
    back = decode(data)
    assert (back.hae_m, back.ce_m, back.le_m, back.callsign, back.remarks) == (None,) * 5


@pytest.mark.parametrize(
    "text",
    [
        '</remarks></detail></event><event uid="x"/>',
        '" type="a-h-A',
        "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;",
        "]]><script>alert(1)</script>",
        "a\0b\x1b[31m\ud800￾‮",
        "x" * 100_000,
    ],
)
def test_hostile_text_stays_text(text: str) -> None:
    data = encode(event(callsign=text, remarks=text))
    root = check_schema(data)
    assert root.get("type") == "a-u-A-M-H-Q"
    assert data.count(b"</event>") == 1, "a reader that cuts at the end tag gets the whole event"
    assert [child.tag for child in root.iter()] == ["event", "point", "detail", "contact", "remarks"]
    assert (root.findtext("detail/remarks") or "").isprintable()
    assert len(data) < 12_000


words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)
lengths = st.none() | st.floats(-1000, 1e6)


@given(
    uid=words, callsign=st.none() | words, remarks=st.none() | words, lat_deg=st.floats(-90, 90),
    lon_deg=st.floats(-180, 180), hae_m=lengths, ce_m=lengths, le_m=lengths,
    time_s=st.floats(0, 4e9), course_deg=st.floats(0, 360), speed_mps=st.floats(0, 1000),
)  # fmt: skip
def test_what_is_written_comes_back(uid: str, time_s: float, **said: Any) -> None:
    wrote = event(uid=uid, time_s=time_s, **said)
    data = encode(wrote)
    check_schema(data)
    back = decode(data)
    assert (back.uid, back.callsign, back.remarks) == (uid, said["callsign"], said["remarks"])
    for name, most in (("lat_deg", 1e-7), ("lon_deg", 1e-7), ("hae_m", 0.06), ("ce_m", 0.06), ("le_m", 0.06),
                       ("course_deg", 0.06), ("speed_mps", 0.06), ("time_s", 0.002)):  # fmt: skip
        there, here = getattr(back, name), getattr(wrote, name)
        assert (there is None) == (here is None)
        assert here is None or abs(there - here) <= most


@given(text=st.text())
def test_any_text_makes_a_sound_event(text: str) -> None:
    root = check_schema(encode(event(callsign=text, remarks=text, opex="e")))
    assert {child.tag for child in root.iter()} <= {"event", "point", "detail", "contact", "remarks"}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "a\nb"}, "uid"),
        ({"uid": "u" * 200}, "uid"),
        ({"type": "a-u-A; <"}, "type"),
        ({"type": ""}, "type"),
        ({"how": "mg-"}, "how"),
        ({"lat_deg": 90.1}, "point"),
        ({"lon_deg": float("nan")}, "point"),
        ({"ce_m": float("inf")}, "ce_m"),
        ({"time_s": 1e18}, "time"),
        ({"stale_s": NOW_S - 1}, "stale"),
        ({"related": Related(uid="", type="a-u-A")}, "link"),
        ({"related": Related(uid="x", type='"')}, "link"),
    ],
)
def test_what_cannot_be_is_not_written(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError) as caught:
        encode(event(**fields))
    assert caught.value.place == place


SOUND = encode(event(hae_m=150.0)).decode()


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (SOUND.replace('version="2.0"', 'version="1.1"'), "version"),
        (SOUND.replace('uid="beffroi-1"', ""), "uid"),
        (SOUND.replace('how="m-f"', 'how="really sure"'), "how"),
        (SOUND.replace('lat="48.7200000"', 'lat="98.7"'), "point"),
        (SOUND.replace('lat="48.7200000"', 'lat="NaN"'), "lat"),
        (SOUND.replace('hae="150.0"', 'hae="1e2"'), "hae"),
        (SOUND.replace('hae="150.0"', f'hae="{"9" * 400}"'), "hae"),
        (SOUND.replace("+00:00", "").replace('250Z" start', '250" start'), "time"),
        (SOUND.replace("2023-11-14T22:13:50", "tomorrow"), "stale"),
        (SOUND.replace("<point", "<pint"), "point"),
        (SOUND.replace("<event", "<evil").replace("</event>", "</evil>"), "event"),
        ('<!DOCTYPE e [<!ENTITY a "b">]>' + SOUND, "event"),
        (SOUND[:-4], "XML"),
        ("", "XML"),
        (" " * (MAX_EVENT_BYTES + 1), "event"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(data: str, place: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(data.encode())
    assert caught.value.place == place


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"<event " + b + b"</event>"))
def test_random_bytes_raise_only_wire_errors(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


def test_what_a_tak_library_writes_is_read() -> None:
    made = pytak.gen_cot(lat=48.7, lon=2.3, ce=10, hae=100, uid="EUD-1", stale=60, cot_type="a-f-G-U-C")
    assert made is not None
    read = decode(made)
    assert (read.uid, read.type, read.how) == ("EUD-1", "a-f-G-U-C", "m-g")
    assert (read.lat_deg, read.lon_deg, read.hae_m, read.ce_m, read.le_m) == (48.7, 2.3, 100.0, 10.0, None)
    assert 59.0 < read.stale_s - read.time_s <= 61.0
    assert decode(pytak.hello_event()).type == "t-x-d-d"


@given(st.lists(st.integers(1, 50), min_size=1), st.binary(max_size=20).filter(lambda b: b"<" not in b))
def test_a_stream_is_cut_at_any_place_alike(steps: list[int], between: bytes) -> None:
    events = [encode(event(uid=f"u{i}")) for i in range(4)]
    stream = between + b"\n".join(events) + b"\n"
    cut, got, at = Stream(), list[bytes](), 0
    while at < len(stream):
        step = steps[len(got) % len(steps)]
        got += cut.push(stream[at : at + step])
        at += step
    assert got[0] == between + events[0]
    assert [g.strip() for g in got[1:]] == events[1:]


def test_a_stream_without_an_end_is_refused() -> None:
    cut = Stream()
    assert cut.push(b"x" * MAX_EVENT_BYTES) == []
    with pytest.raises(WireError, match="longer"):
        cut.push(b"x")
