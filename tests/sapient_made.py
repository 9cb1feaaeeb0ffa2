"""Sound SAPIENT messages for tests, made from the descriptors and from the product's own registration."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
    LOCATION_DATUM_WGS84_E,
)
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from beffroi.wire.sapient import ulid
from beffroi.wire.sapient.message import envelope
from beffroi.wire.sapient.registration import MODE, registration

RADAR = "a8654cdf-4328-47de-81fa-c495589e30c8"
CAMERA = "6f582b41-6c88-481c-bb0f-6021a1739f57"
FUSION = "6acd78c1-fcc2-4368-b7ae-ff1aa318911c"
UPPER = "cee8b0c3-b739-49f5-9bd4-b5353b5ebb98"
NOW_S = 1_772_366_400.0


def an_id(number: int) -> str:
    """A ULID; the same number, the same id."""
    return ulid.encode(NOW_S, number)


def fill(message: Any, within: tuple[str, ...] = ()) -> Any:
    """Set every field of a message to something sound; of a oneof the first; nesting in itself ends."""
    path = (*within, message.DESCRIPTOR.full_name)
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        taken = oneof and not oneof.name.startswith("_") and message.WhichOneof(oneof.name)
        deep = field.message_type is not None and path.count(field.message_type.full_name) > 1
        if not taken and not deep:
            _set(message, field, path)
    return message


def _set(message: Any, field: FieldDescriptor, path: tuple[str, ...]) -> None:
    if field.message_type is not None:
        inner = getattr(message, field.name)
        fill(inner.add() if field.is_repeated else inner, path)
    elif field.is_repeated:
        getattr(message, field.name).append(_value(field))
    else:
        setattr(message, field.name, _value(field))


def _value(field: FieldDescriptor) -> Any:
    if field.name in ("node_id", "destination_id", "dependent_nodes"):
        return RADAR
    if field.name == "icd_version":
        return "BSI Flex 335 v2.0"
    if field.name.endswith("_id"):
        return an_id(1)
    if field.enum_type is not None:
        return max(field.enum_type.values_by_number)
    return {"STR": "x", "BYT": b"x", "BOO": True}.get(_kind(field), 1)


def _kind(field: FieldDescriptor) -> str:
    kinds = {FieldDescriptor.TYPE_STRING: "STR", FieldDescriptor.TYPE_BYTES: "BYT"}
    return kinds.get(field.type, "BOO" if field.type == FieldDescriptor.TYPE_BOOL else "NUM")


def message(content: str, node_id: str = RADAR, now_s: float = NOW_S) -> SapientMessage:
    """A sound message of one content, with every field set."""
    made = envelope(node_id, now_s, FUSION)
    fill(getattr(made, content))
    return made


def radar_registration(**declared: Any) -> Registration:
    """What a radar declares."""
    return registration(Registration.NODE_TYPE_RADAR, "radar", **declared)


def registering(node_id: str = RADAR, now_s: float = NOW_S, **declared: Any) -> SapientMessage:
    """A radar's registration message."""
    made = envelope(node_id, now_s)
    made.registration.CopyFrom(radar_registration(**declared))
    return made


def status() -> StatusReport:
    """All is well, at Orly."""
    report = StatusReport(
        report_id=an_id(2), system=StatusReport.SYSTEM_OK, info=StatusReport.INFO_NEW, mode=MODE
    )
    report.node_location.x, report.node_location.y, report.node_location.z = 2.3795, 48.7233, 134.0
    report.node_location.coordinate_system = LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    report.node_location.datum = LOCATION_DATUM_WGS84_E
    return report


def reporting(node_id: str = RADAR, now_s: float = NOW_S, system: int | None = None) -> SapientMessage:
    """A status report message."""
    made = envelope(node_id, now_s)
    made.status_report.CopyFrom(status())
    if system is not None:
        made.status_report.system = system  # type: ignore[assignment]
    return made


def detecting(node_id: str = RADAR, now_s: float = NOW_S, number: int = 3) -> SapientMessage:
    """A detection of a drone over Orly."""
    made = envelope(node_id, now_s)
    report = made.detection_report
    report.report_id, report.object_id = an_id(1000 + number), an_id(number)
    report.location.x, report.location.y, report.location.z = 2.36, 48.73, 180.0
    report.location.coordinate_system = LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    report.location.datum = LOCATION_DATUM_WGS84_E
    drone = report.classification.add(type="Air Vehicle", confidence=0.75)
    drone.sub_class.add(type="UAV Rotary Wing", level=1, confidence=0.5)
    report.enu_velocity.east_rate, report.enu_velocity.north_rate = 3.0, 4.0
    return made
