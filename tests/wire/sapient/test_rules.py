"""The validator: the published conformance set, the descriptors' own options, the rules across fields."""

import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from sapient_msg import proto_options_pb2
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from beffroi.errors import WireError
from beffroi.wire.sapient.frames import frame
from beffroi.wire.sapient.message import parse, serialise, to_json
from beffroi.wire.sapient.rules import check, validate
from sapient_made import RADAR, an_id, detecting, message, registering, reporting
from shared import DATA, needs_data

CONTENTS = [f.name for f in SapientMessage.DESCRIPTOR.oneofs_by_name["content"].fields]
PUBLISHED = DATA / "sapient-conformance"


# --- the published set ------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("path", sorted((PUBLISHED / "valid").glob("*.json")), ids=lambda path: path.stem)
def test_published_valid_messages_are_sound(path: Path) -> None:
    check(path.read_bytes())


@needs_data
@pytest.mark.parametrize("path", sorted((PUBLISHED / "invalid").glob("*.json")), ids=lambda path: path.stem)
def test_published_invalid_messages_are_refused(path: Path) -> None:
    with pytest.raises(WireError):
        check(path.read_bytes())


# --- the options of the descriptors, field by field -------------------------------------------------------


def places(message: Any, path: str = "") -> Iterator[tuple[Any, FieldDescriptor, str]]:
    """Every field that is set, with the message that holds it and its path."""
    for field, value in message.ListFields():
        where = f"{path}.{field.name}" if path else field.name
        yield message, field, where
        if field.message_type is not None and field.message_type.full_name.startswith("sapient_msg"):
            inner = enumerate(value) if field.is_repeated else [(None, value)]
            for i, each in inner:
                yield from places(each, where if i is None else f"{where}[{i}]")


def option(field: Any, name: str) -> bool:
    return bool(getattr(field.GetOptions().Extensions[proto_options_pb2.field_options], name))


def mutants(content: str, name: str) -> Iterator[tuple[SapientMessage, Any, FieldDescriptor, str]]:
    """A fresh sound message for each of its fields that has an option, and that field."""
    for number, (_, field, _) in enumerate(places(message(content))):
        if option(field, name):
            fresh = message(content)
            holder, same, path = list(places(fresh))[number]
            yield fresh, holder, same, path


@pytest.mark.parametrize("content", CONTENTS)
def test_a_message_with_every_field_set_is_sound(content: str) -> None:
    assert validate(message(content)) == ()


@pytest.mark.parametrize("content", CONTENTS)
def test_every_mandatory_field_is_missed_by_its_path(content: str) -> None:
    tried = 0
    for mutant, holder, field, path in mutants(content, "is_mandatory"):
        holder.ClearField(field.name)
        assert (path, "mandatory") in [(f.path, f.rule) for f in validate(mutant)]
        tried += 1
    assert tried >= 3


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(("name", "rule"), [("is_uuid", "uuid"), ("is_ulid", "ulid")])
@pytest.mark.parametrize("value", ["AAAA", "01H4R63D7NVN8444Z5M77WEB", RADAR.upper(), "{" + RADAR + "}"])
def test_every_identifier_has_its_form(content: str, name: str, rule: str, value: str) -> None:
    for mutant, holder, field, path in mutants(content, name):
        setattr(holder, field.name, value)
        assert (path, rule) in [(f.path, f.rule) for f in validate(mutant)]


@pytest.mark.parametrize("content", CONTENTS)
def test_every_enumeration_refuses_what_it_does_not_know(content: str) -> None:
    for number, (_, field, _) in enumerate(places(message(content))):
        if field.enum_type is None:
            continue
        mutant = message(content)
        holder, _, path = list(places(mutant))[number]
        if field.is_repeated:
            getattr(holder, field.name)[0] = 99
            path += "[0]"
        else:
            setattr(holder, field.name, 99)
        assert (path, "enum") in [(f.path, f.rule) for f in validate(mutant)]


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_every_real_number_is_one(content: str, value: float) -> None:
    for number, (_, field, _) in enumerate(places(message(content))):
        if field.type not in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
            continue
        mutant = message(content)
        holder, _, path = list(places(mutant))[number]
        setattr(holder, field.name, value)
        assert path in [f.path for f in validate(mutant)]


# --- what the text of the standard adds -------------------------------------------------------------------


def failures(made: SapientMessage) -> list[tuple[str, str]]:
    return [(f.path, f.rule) for f in validate(made)]


@pytest.mark.parametrize("version", ["BSI Flex 335 v1.0", "BSI_Flex_335_v2.0", "7", "bsi flex 335 v2.0"])
def test_the_version_is_that_of_the_standard(version: str) -> None:
    made = registering()
    made.registration.icd_version = version
    assert failures(made) == [("registration.icd_version", "icd_version")]


def test_dependent_nodes_are_node_ids() -> None:
    made = registering()
    made.registration.dependent_nodes.extend([RADAR, an_id(1)])
    assert failures(made) == [("registration.dependent_nodes[1]", "uuid")]


def test_an_object_to_follow_is_an_object() -> None:
    made = message("task")
    made.task.command.follow.follow_object_id = RADAR
    assert failures(made) == [("task.command.follow.follow_object_id", "ulid")]
    made.task.command.follow.follow_object_id = ""
    assert failures(made) == [("task.command.follow.follow_object_id", "mandatory")]


def test_the_number_of_tasks_at_a_time_is_stated() -> None:
    made = registering()
    task = made.registration.mode_definition[0].task
    task.concurrent_tasks = 0
    assert failures(made) == []
    task.concurrent_tasks = -1
    assert failures(made) == [("registration.mode_definition[0].task.concurrent_tasks", "not_negative")]
    task.ClearField("concurrent_tasks")
    assert failures(made) == [("registration.mode_definition[0].task.concurrent_tasks", "mandatory")]


@pytest.mark.parametrize("said", [[], [""], ["bad", "  "]])
def test_an_error_says_what_is_wrong(said: list[str]) -> None:
    made = message("error")
    del made.error.error_message[:]
    made.error.error_message.extend(said)
    assert [rule for _, rule in failures(made)] == ["mandatory"]


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
def test_a_mandatory_text_is_not_blank(blank: str) -> None:
    made = reporting()
    made.status_report.mode = blank
    assert failures(made) == [("status_report.mode", "mandatory")]


def test_unspecified_is_no_answer_where_one_is_demanded() -> None:
    made = reporting()
    made.status_report.system = 0  # type: ignore[assignment]
    made.status_report.status.add(status_type=4, status_level=0)
    assert failures(made) == [("status_report.system", "mandatory")]
    made = message("task")
    made.task.command.detection_threshold = 0  # type: ignore[assignment]
    assert failures(made) == [("task.command.detection_threshold", "mandatory")]


@pytest.mark.parametrize("sure", [-0.01, 1.01, math.nan])
def test_confidences_are_shares(sure: float) -> None:
    made = detecting()
    made.detection_report.classification[0].sub_class[0].confidence = sure
    assert failures(made) == [("detection_report.classification[0].sub_class[0].confidence", "share")]


def test_units_and_datum_are_of_one_family() -> None:
    made = registering()
    made.registration.status_definition.location_definition.range_bearing_datum = 1  # type: ignore[assignment]
    assert failures(made) == [
        ("registration.status_definition.location_definition.range_bearing_datum", "family")
    ]


def test_a_status_interval_is_longer_than_nothing() -> None:
    made = registering(interval_s=0.0)
    assert failures(made) == [("registration.status_definition.status_interval.value", "interval")]


@pytest.mark.parametrize(("seconds", "nanos"), [(-(10**12), 0), (10**12, 0), (0, -1), (0, 10**9)])
def test_a_time_is_one(seconds: int, nanos: int) -> None:
    made = detecting()
    made.timestamp.seconds, made.timestamp.nanos = seconds, nanos
    assert failures(made) == [("timestamp", "timestamp")]


def test_zero_is_a_value() -> None:
    made = detecting()
    made.detection_report.location.x = made.detection_report.location.y = 0.0
    made.detection_report.enu_velocity.east_rate = 0.0
    assert failures(made) == []


def test_all_that_is_wrong_is_found() -> None:
    made = detecting()
    made.node_id = "me"
    made.detection_report.object_id = "it"
    made.detection_report.ClearField("location")
    found = {path for path, _ in failures(made)}
    assert found == {"node_id", "detection_report.object_id", "detection_report.location_oneof"}


# --- bytes ------------------------------------------------------------------------------------------------


def test_fields_of_a_newer_standard_are_no_fault() -> None:
    assert validate(parse(serialise(detecting()) + b"\xaa\x06\x05later")) == ()


def test_the_failure_names_message_path_and_rule() -> None:
    bad = detecting()
    bad.detection_report.ClearField("object_id")
    with pytest.raises(WireError) as caught:
        check(frame(serialise(detecting())) + frame(serialise(bad)))
    assert caught.value.place == "message 2: detection_report.object_id"
    assert caught.value.reason == "is mandatory, and missing or empty [mandatory]"
    with pytest.raises(WireError, match=r"^detection_report.object_id: .*\[mandatory\]$"):
        check(to_json(bad).encode())


def test_an_empty_file_is_no_message() -> None:
    with pytest.raises(WireError, match="the file is empty"):
        check(b"")


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    try:
        made = parse(data)
    except WireError:
        return
    for failure in validate(made):
        assert failure.path
        assert failure.text


@given(st.data())
def test_a_message_with_a_piece_spoilt_is_judged(data: st.DataObject) -> None:
    sound = bytearray(serialise(message(data.draw(st.sampled_from(CONTENTS)))))
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    with suppress(WireError):
        check(frame(bytes(sound)))
