"""What is wrong with a SAPIENT message: a validator compiled once from the message descriptors.

The descriptors of BSI Flex 335 v2.0 carry `is_mandatory`, `is_uuid` and `is_ulid` as options of each field
and oneof. `FURTHER` and `ACROSS` add what the text of the standard says and the options do not (checked
against the validators of Dstl's own test harness). A field that the standard does not know is let be.

A rule id is one word; the path says where. Nothing is built for a message that is sound.
"""

import re
from collections.abc import Callable, Sequence
from math import inf, isfinite
from operator import attrgetter
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, OneofDescriptor
from sapient_msg import proto_options_pb2
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from beffroi.errors import WireError
from beffroi.wire.sapient.message import read, split
from beffroi.wire.sapient.ulid import is_ulid

ICD_VERSION = "BSI Flex 335 v2.0"

is_uuid = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
"""Truthy if the text is a UUID version 4 as RFC 4122 §3 writes it: 36 characters, lower case."""


class Failure(NamedTuple):
    """One thing that is wrong: where, which rule, and a sentence."""

    path: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text} [{self.rule}]"

    def within(self, outer: str) -> "Failure":
        """The same failure, seen from one level further out."""
        dot = "" if not self.path or self.path[0] == "[" else "."
        return Failure(f"{outer}{dot}{self.path}", self.rule, self.text)


Failures = list[Failure]
Check = Callable[[Any], Sequence[Failure]]
"""A value → what is wrong with it; an empty sequence if it is sound."""

SOUND: tuple[Failure, ...] = ()

MANDATORY, UUID, ULID = "mandatory", "uuid", "ulid"
SHARE, PERCENT, NOT_NEGATIVE = "share", "percent", "not_negative"

FURTHER: dict[str, tuple[str, ...]] = {
    # message.field of BSI Flex 335 v2.0 → what its text demands beyond the options of the descriptor
    "Registration.dependent_nodes": (UUID,),
    "Registration.TaskDefinition.concurrent_tasks": (MANDATORY, NOT_NEGATIVE),
    "Registration.Duration.value": (NOT_NEGATIVE,),
    "FollowObject.follow_object_id": (ULID,),
    "DetectionReport.DerivedDetection.timestamp": (MANDATORY,),
    "DetectionReport.detection_confidence": (SHARE,),
    "DetectionReport.DetectionReportClassification.confidence": (SHARE,),
    "DetectionReport.SubClass.confidence": (SHARE,),
    "DetectionReport.Behaviour.confidence": (SHARE,),
    "Alert.ranking": (SHARE,),
    "Alert.confidence": (SHARE,),
    "StatusReport.Power.level": (PERCENT,),
}

FURTHER_ONEOFS = frozenset({"DetectionReport.PredictedLocation.predicted_location_oneof"})
"""Oneofs that must be set though their options do not say so."""


def _icd_version(registration: Any) -> Sequence[Failure]:
    if registration.icd_version in ("", ICD_VERSION):
        return SOUND
    return [Failure("icd_version", "icd_version", f"is not {ICD_VERSION!r}")]


def _interval(definition: Any) -> Sequence[Failure]:
    if not definition.HasField("status_interval") or definition.status_interval.value != 0:
        return SOUND
    return [Failure("status_interval.value", "interval", "0 is no interval")]


def _one_family(kind: Any) -> Sequence[Failure]:
    units, datum = kind.WhichOneof("coordinates_oneof"), kind.WhichOneof("datum_oneof")
    if not units or not datum or units.startswith("location") == datum.startswith("location"):
        return SOUND
    return [Failure(datum, "family", f"does not belong to {units}")]


ACROSS: dict[str, Check] = {
    # message → what must hold between its fields
    "Registration": _icd_version,
    "Registration.StatusDefinition": _interval,
    "Registration.LocationType": _one_family,
}


class Sound(bytes):
    """The bytes of a message that was found sound: nobody need judge it again."""


def validate(message: SapientMessage) -> tuple[Failure, ...]:
    """Everything that is wrong with a message; empty if it is sound."""
    return tuple(_whole(message))


def check(data: bytes) -> None:
    """Raises WireError with path and reason unless every message in `data` is sound.

    `data` is a file: one JSON message, JSON lines, or messages with their 4-byte lengths.
    """
    messages = split(data)
    if not messages:
        raise WireError("message", "the file is empty")
    for number, frame in enumerate(messages, 1):
        place = f"message {number}: " if len(messages) > 1 else ""
        try:
            failures = validate(read(frame))
        except WireError as bad:
            raise WireError(place + bad.place, bad.reason) from bad
        if failures:
            more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
            raise WireError(place + failures[0].path, f"{failures[0].text} [{failures[0].rule}]{more}")


# --- values -----------------------------------------------------------------------------------------------


def _says(rule: str, text: str) -> Failures:
    return [Failure("", rule, text)]


MISSING = "is mandatory, and missing or empty"


def _anything(value: Any) -> Sequence[Failure]:
    return SOUND


def _filled(value: str | bytes) -> Sequence[Failure]:
    said = value.strip() if isinstance(value, str) else value
    return SOUND if said else _says("mandatory", MISSING)


def _uuid(value: str) -> Sequence[Failure]:
    if is_uuid(value) or not value:
        return SOUND
    return _says("uuid", f"{value[:40]!r} is no UUID version 4 in lower case")


def _ulid(value: str) -> Sequence[Failure]:
    return SOUND if is_ulid(value) or not value else _says("ulid", f"{value[:40]!r} is no ULID")


def _id(form: Check) -> Check:
    """The check of an identifier that has to be there."""
    return lambda value: form(value) if value else _filled(value)


def _finite(value: float) -> Sequence[Failure]:
    return SOUND if isfinite(value) else _says("finite", f"{value} is no number")


def _share(value: float) -> Sequence[Failure]:
    return SOUND if 0 <= value <= 1 else _says("share", f"{value:g} is not between 0 and 1")


def _percent(value: float) -> Sequence[Failure]:
    return SOUND if 0 <= value <= 100 else _says("percent", f"{value} is not between 0 and 100")


def _not_negative(value: float) -> Sequence[Failure]:
    return SOUND if 0 <= value < inf else _says("not_negative", f"{value:g} is below 0, or no number")


def _timestamp(value: Any) -> Sequence[Failure]:
    # google.protobuf.Timestamp: years 1 to 9999
    if -62_135_596_800 <= value.seconds <= 253_402_300_799 and 0 <= value.nanos <= 999_999_999:
        return SOUND
    return _says("timestamp", f"{value.seconds} s and {value.nanos} ns are no time")


VALUES: dict[str, Check] = {
    UUID: _uuid, ULID: _ulid, SHARE: _share, PERCENT: _percent, NOT_NEGATIVE: _not_negative
}  # fmt: skip
TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
REAL = (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)
READ_EMPTY = (*TEXT, FieldDescriptor.TYPE_ENUM)
"""Types whose absence shows in the value itself: empty, or 0."""


def _enumeration(kind: EnumDescriptor, mandatory: bool) -> Check:
    allowed = frozenset(kind.values_by_number) - ({0} if mandatory else set())

    def check_enumeration(value: int) -> Sequence[Failure]:
        if value in allowed:
            return SOUND
        if value == 0:
            return _says("mandatory", "is mandatory, and missing or unspecified")
        return _says("enum", f"{value} is no {kind.name}")

    return check_enumeration


# --- compilation ------------------------------------------------------------------------------------------

_PACKAGE = SapientMessage.DESCRIPTOR.file.package + "."
_compiled: dict[str, Check] = {"google.protobuf.Timestamp": _timestamp}


def _demands(field: FieldDescriptor) -> frozenset[str]:
    """What options and text demand of a field."""
    extensions: Any = field.GetOptions().Extensions
    options = extensions[proto_options_pb2.field_options]
    stated = {MANDATORY: options.is_mandatory, UUID: options.is_uuid, ULID: options.is_ulid}
    also = FURTHER.get(field.full_name.removeprefix(_PACKAGE), ())
    return frozenset([name for name, is_so in stated.items() if is_so] + [*also])


def _demanded(oneof: OneofDescriptor) -> bool:
    extensions: Any = oneof.GetOptions().Extensions
    return (
        bool(extensions[proto_options_pb2.oneof_options].is_mandatory)
        or oneof.full_name.removeprefix(_PACKAGE) in FURTHER_ONEOFS
    )


def _value(field: FieldDescriptor, mandatory: bool) -> Check:
    """The check of one value. A text or an enumeration that is not there reads as empty or 0."""
    checks = [VALUES[name] for name in sorted(_demands(field) & VALUES.keys())]
    if field.message_type is not None:
        checks.append(_message(field.message_type))
    elif field.enum_type is not None:
        checks.append(_enumeration(field.enum_type, mandatory))
    elif field.type in TEXT and mandatory:
        checks = [_id(checks[0])] if checks else [_filled]
    elif field.type in REAL and not checks:
        checks.append(_finite)
    return checks[0] if len(checks) == 1 else _first(checks)


def _first(checks: list[Check]) -> Check:
    """What the first of several checks finds."""
    if not checks:
        return _anything
    return lambda value: next(filter(None, (check(value) for check in checks)), SOUND)


def _message(kind: Any) -> Check:
    """The check of a message of this kind; compiled once, found by name where kinds nest in themselves."""
    if kind.full_name not in _compiled:
        _compiled[kind.full_name] = lambda message: _compiled[kind.full_name](message)
        _compiled[kind.full_name] = _compile(kind)
    return _compiled[kind.full_name]


def _compile(kind: Descriptor) -> Check:
    """The check of a message of one kind: a row of steps, each over all of its fields of one sort.

    Fields of which nothing is demanded are in no step. A text or enumeration that is absent reads as empty.
    """
    own = [f for f in kind.fields if f.containing_oneof is None or f.containing_oneof.name.startswith("_")]
    mandatory = {f.name: MANDATORY in _demands(f) for f in own}
    checks = {f.name: _value(f, mandatory[f.name]) for f in own}
    alone = [f for f in own if not f.is_repeated]
    present = [f.name for f in alone if mandatory[f.name] and f.type not in READ_EMPTY]
    reals = [f.name for f in alone if checks[f.name] is _finite]
    inner = [(f.name, checks[f.name]) for f in alone if f.message_type is not None]
    values = [(f.name, checks[f.name]) for f in alone if f.message_type is None and f.name not in reals]
    lists = [(f.name, mandatory[f.name], checks[f.name]) for f in own if f.is_repeated]
    oneofs = [o for o in kind.oneofs if not o.name.startswith("_")]
    steps = [
        *([_presence(present)] if present else []),
        *([_finiteness(reals)] if reals else []),
        *([_each_value(said)] if (said := [v for v in values if v[1] is not _anything]) else []),
        *([_each_inner(inner)] if inner else []),
        *([_items(kept)] if (kept := [r for r in lists if r[1] or r[2] is not _anything]) else []),
        *[_one_of(oneof) for oneof in oneofs],
        *[across for name, across in ACROSS.items() if _PACKAGE + name == kind.full_name],
    ]
    return steps[0] if len(steps) == 1 else _every(steps) if steps else _anything


def _every(steps: list[Check]) -> Check:
    def check_every(message: Any) -> Sequence[Failure]:
        found: Sequence[Failure] = SOUND
        for step in steps:
            if failures := step(message):
                found = [*found, *failures]
        return found

    return check_every


def _presence(names: list[str]) -> Check:
    return lambda message: [Failure(n, "mandatory", MISSING) for n in names if not message.HasField(n)]


def _finiteness(names: list[str]) -> Check:
    read_all = attrgetter(names[0], *names)  # two names at least: then it gives a tuple

    def check_finiteness(message: Any) -> Sequence[Failure]:
        if all(map(isfinite, read_all(message))):
            return SOUND
        return [f.within(name) for name in names for f in _finite(getattr(message, name))]

    return check_finiteness


def _each_value(values: list[tuple[str, Check]]) -> Check:
    def check_each_value(message: Any) -> Sequence[Failure]:
        found: Sequence[Failure] = SOUND
        for name, check in values:
            if failures := check(getattr(message, name)):
                found = [*found, *(f.within(name) for f in failures)]
        return found

    return check_each_value


def _each_inner(inner: list[tuple[str, Check]]) -> Check:
    def check_each_inner(message: Any) -> Sequence[Failure]:
        found: Sequence[Failure] = SOUND
        for name, check in inner:
            if message.HasField(name) and (failures := check(getattr(message, name))):
                found = [*found, *(f.within(name) for f in failures)]
        return found

    return check_each_inner


def _items(lists: list[tuple[str, bool, Check]]) -> Check:
    def check_items(message: Any) -> Sequence[Failure]:
        found: Sequence[Failure] = SOUND
        for name, mandatory, check in lists:
            items = getattr(message, name)
            if not items:
                found = [*found, Failure(name, "mandatory", MISSING)] if mandatory else found
                continue
            for i, item in enumerate(items):
                if failures := check(item):
                    found = [*found, *(f.within(f"{name}[{i}]") for f in failures)]
        return found

    return check_items


def _one_of(oneof: OneofDescriptor) -> Check:
    mandatory = _demanded(oneof)
    checks = {field.name: _value(field, mandatory) for field in oneof.fields}

    def check_one_of(message: Any) -> Sequence[Failure]:
        which = message.WhichOneof(oneof.name)
        if which is None:
            return [Failure(oneof.name, "oneof", "one of its fields is mandatory")] if mandatory else SOUND
        failures = checks[which](getattr(message, which))
        return [f.within(which) for f in failures] if failures else SOUND

    return check_one_of


_whole = _message(SapientMessage.DESCRIPTOR)
