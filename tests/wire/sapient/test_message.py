"""SAPIENT messages as bytes and as JSON."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from beffroi.errors import WireError
from beffroi.wire.sapient.frames import frame
from beffroi.wire.sapient.message import (
    BOM,
    envelope,
    from_json,
    looks_like_json,
    parse,
    read,
    serialise,
    split,
    time_s,
    to_json,
)
from sapient_made import RADAR, detecting, message
from shared import DATA, needs_data

CONTENTS = [f.name for f in SapientMessage.DESCRIPTOR.oneofs_by_name["content"].fields]
VALID = sorted((DATA / "sapient-conformance" / "valid").glob("*.json"))
finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("content", CONTENTS)
def test_every_kind_of_message_survives_both_forms(content: str) -> None:
    made = message(content)
    assert parse(serialise(made)) == made
    assert from_json(to_json(made).encode()) == made


@given(finite, finite, st.text(max_size=20), st.floats(0, 1, width=32), st.integers(0, 253_402_300_799))
def test_values_survive_both_forms(x: float, y: float, colour: str, sure: float, at_s: int) -> None:
    made = detecting(now_s=float(at_s))
    made.detection_report.location.x, made.detection_report.location.y = x, y
    made.detection_report.colour, made.detection_report.detection_confidence = colour, sure
    assert parse(serialise(made)) == made
    assert from_json(to_json(made).encode()) == made
    assert time_s(made.timestamp) == at_s


@needs_data
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_published_messages_survive_both_forms(path: Path) -> None:
    read_once = from_json(path.read_bytes())
    assert from_json(to_json(read_once).encode()) == read_once
    assert read(frame(serialise(read_once))) == read(serialise(read_once)) == read_once


def test_fields_of_a_newer_standard_are_kept() -> None:
    unknown = b"\xaa\x06\x05later"  # field 101, five bytes
    newer = serialise(detecting()) + unknown
    assert serialise(parse(newer)) == newer


def test_an_unknown_field_in_json_is_refused_by_name() -> None:
    text = json.dumps({"nodeId": RADAR, "detectionLocation": {}}).encode()
    with pytest.raises(WireError, match="detectionLocation"):
        from_json(text)


def test_a_byte_order_mark_is_no_matter() -> None:
    text = to_json(detecting()).encode()
    assert from_json(BOM + text) == from_json(text)
    assert looks_like_json(BOM + b"\n " + text)
    assert not looks_like_json(frame(serialise(detecting())))


def test_the_time_is_exact_to_the_microsecond() -> None:
    assert time_s(envelope(RADAR, 1_772_366_400.123456).timestamp) == pytest.approx(
        1_772_366_400.123456, abs=1e-6
    )
    assert envelope(RADAR, -0.25).timestamp.nanos == 750_000_000


def test_a_file_is_lines_or_one_document_or_frames() -> None:
    one, two = detecting(number=1), detecting(number=2)
    lines = f"{to_json(one)}\n\n{to_json(two)}\n".encode()
    assert [read(each) for each in split(BOM + lines)] == [one, two]
    pretty = json.dumps(json.loads(to_json(one)), indent=2).encode()
    assert [read(each) for each in split(pretty)] == [one]
    assert [read(each) for each in split(frame(serialise(one)) + frame(serialise(two)))] == [one, two]
    assert [read(each) for each in split(serialise(one))] == [one]
    assert split(b"") == []


def test_a_file_that_ends_in_half_a_message_says_where() -> None:
    whole = frame(serialise(detecting()))
    with pytest.raises(WireError, match=f"offset {len(whole)}: the last message is cut short"):
        split(whole + whole[:-1])


BOMBS = [
    b"{" * 100_000,
    b'{"registration":' * 5_000,
    b'{"nodeId":' + b"[" * 100_000,
    b'{"registration":{"configData":[' + b'{"subComponents":[' * 200 + b"]}" * 200 + b"]}}",
    b'{"detectionReport":{"location":{"x":' + b"9" * 5_000 + b"}}}",
    b'{"detectionReport":{"location":{"x":1e999}}}',
    b'{"detectionReport":{"classification":[{"confidence":1e99}]}}',
    b'{"statusReport":{"power":{"level":99999999999}}}',
    b'{"timestamp":"not a time"}',
    b'{"timestamp":"9999-99-99T99:99:99Z"}',
    b'{"timestamp":1}',
    b'{"nodeId":"a","nodeId":"b"}',
    b"{\xff\xfe}",
    b'{"nodeId":"\\ud800"}',
    b"null",
    b"",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_json_that_cannot_be_is_a_wire_error(text: bytes) -> None:
    with pytest.raises(WireError):
        from_json(text)


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reader in (parse, from_json, read):
        with suppress(WireError):
            assert isinstance(reader(data), SapientMessage)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["nodeId", "timestamp", "task", "command", "lookAt", "error", "packet", "alert",
                         "ranking", "location", "x", "region", "type", "registration", "configData"]),
        inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_any_document_is_read_or_refused(document: object) -> None:
    with suppress(WireError):
        assert isinstance(from_json(json.dumps(document).encode()), SapientMessage)
