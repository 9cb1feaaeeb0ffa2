"""SAPIENT: detections, states and alerts of drone sensors, cameras, radars and the like.

BSI Flex 335 v2.0 (2024-03): DetectionReport (§6.4), StatusReport (§6.3), Alert (§6.6), Registration (§6.2).

What is read, and how:
- places as `place` says. Range and bearing stay polar; the sensor's place comes in its
  StatusReport, as an observation of its health.
- units of velocity and signal are those that the node registered for its present mode. Without the
  registration they are not known, and what they belong to is refused, not guessed.
- predictions measure nothing and are passed over; so are Tasks and acknowledgements, which are talk.
- an object that the sensor calls lost has no place.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import atan2, degrees, hypot, sqrt
from typing import Any

from sapient_msg.bsi_flex_335_v2_0 import range_bearing_pb2, velocity_pb2
from sapient_msg.bsi_flex_335_v2_0.alert_pb2 import Alert
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import ENUVelocity

from beffroi.errors import FeedError, WireError
from beffroi.feeds.sapient.place import cone, location, polar, sigma
from beffroi.observation import Class, Health, Observation, Report, digest
from beffroi.subject import subject
from beffroi.wire import cta2063
from beffroi.wire.sapient.message import read, time_s
from beffroi.wire.sapient.rules import Sound, check, validate

__all__ = ["FRAMING", "PERSONAL", "SAMPLE", "SOURCE", "Decoder", "check"]

SOURCE = "BSI Flex 335 v2.0, SAPIENT interface control document"
FRAMING = "length32"
PERSONAL = True
"""A camera may see a person, an RF sensor the place of an operator."""

MAX_NODES = 1024
SPEED_MPS = 3_000.0
NO_UNITS = "its units are not known: the node registered none for this mode, or is not registered"

Fields = dict[str, Any]

CLASSES: dict[str, Class] = {
    # BSI Flex 335 v2.0 Annex A (classes and sub-classes), then words that sensors use for the same
    "unknown": "unknown", "human": "person", "animal": "unknown", "bird": "bird", "fixed object": "clutter",
    "equipment": "unknown", "uav transmitter": "drone", "land vehicle": "vehicle", "sea vessel": "vehicle",
    "air vehicle": "unknown", "manned rotary wing": "helicopter", "manned fixed wing": "aircraft",
    "uav rotary wing": "drone", "uav fixed wing": "drone", "uas control station": "unknown",
    "drone": "drone", "uav": "drone", "uas": "drone", "suas": "drone", "rpas": "drone", "multirotor": "drone",
    "quadcopter": "drone", "person": "person", "aircraft": "aircraft", "aeroplane": "aircraft",
    "airplane": "aircraft", "helicopter": "helicopter", "glider": "glider", "balloon": "balloon",
    "ultralight": "ultralight", "microlight": "ultralight", "paraglider": "paraglider", "birds": "bird",
    "vehicle": "vehicle", "car": "vehicle", "clutter": "clutter",
}  # fmt: skip

STATES = {
    StatusReport.SYSTEM_OK: "ok",
    StatusReport.SYSTEM_WARNING: "degraded",
    StatusReport.SYSTEM_ERROR: "fault",
    StatusReport.SYSTEM_GOODBYE: "off",
}
SPEED = {velocity_pb2.SPEED_UNITS_MS: 1.0, velocity_pb2.SPEED_UNITS_KPH: 1 / 3.6}
HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}


@dataclass(slots=True)
class _Mode:
    """What a registration says of the detections in one mode."""

    tracks: bool = True
    """An object keeps its id from one detection to the next."""
    level_mps: float | None = None
    up_mps: float | None = None
    signal: dict[str, str] = field(default_factory=dict)
    """Unit of each quantity of a signal, in lower case."""


@dataclass(slots=True)
class _Node:
    human: bool = False
    modes: dict[str, _Mode] = field(default_factory=dict)
    mode: str = ""

    @property
    def present(self) -> _Mode:
        """The mode it is in; where it never said, the first that it registered."""
        return self.modes.get(self.mode) or next(iter(self.modes.values()), _Mode())


class Decoder:
    """Decodes messages; remembers of each node what it registered and its mode."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}

    def decode(
        self, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        """One message, as protobuf JSON or as bytes with or without a length → at most one observation."""
        message = _sound(frame)
        readers = {
            "registration": self._registration,
            "status_report": self._status,
            "detection_report": self._detection,
            "alert": _alert,
            "error": _error,
        }
        reader: Callable[[SapientMessage, list[FeedError]], Fields] | None = readers.get(
            message.WhichOneof("content") or ""
        )
        if reader is None:
            return iter(())
        errors: list[FeedError] = []
        observation = Observation(
            source=source,
            time_s=time_s(message.timestamp),
            received_at_s=received_at_s,
            frame=digest(frame),
            sensor=message.node_id,
            **reader(message, errors),
        )
        return iter((observation, *errors))

    def _node(self, node_id: str) -> _Node:
        if node_id not in self._nodes:
            if len(self._nodes) >= MAX_NODES:
                del self._nodes[next(iter(self._nodes))]
            self._nodes[node_id] = _Node()
        return self._nodes[node_id]

    def _registration(self, message: SapientMessage, errors: list[FeedError]) -> Fields:
        registered, node = message.registration, self._node(message.node_id)
        kinds = [d.node_type for d in registered.node_definition]
        node.human = kinds == [Registration.NODE_TYPE_HUMAN]
        node.modes = {mode.mode_name: _mode(mode) for mode in registered.mode_definition}
        node.mode = _first_mode(registered)
        names = [Registration.NodeType.Name(k).removeprefix("NODE_TYPE_").lower() for k in kinds]
        text = " ".join(filter(None, (registered.name, f"({', '.join(names)})")))
        return {"kind": "health", "health": Health(mode=node.mode, text=f"registered: {text}")}

    def _status(self, message: SapientMessage, errors: list[FeedError]) -> Fields:
        status = message.status_report
        self._node(message.node_id).mode = status.mode
        place: Fields = {}
        if status.HasField("node_location"):
            place = location(status.node_location, "status_report.node_location", errors)
        views = [status.field_of_view] if status.HasField("field_of_view") else list(status.coverage)
        cones = [view.range_bearing for view in views if view.HasField("range_bearing")]
        known = ("lat_deg", "lon_deg", "alt_wgs84_m")
        health = Health(
            state=STATES[status.system],  # type: ignore[arg-type]
            mode=status.mode,
            text="; ".join(_words(status)) or None,
            **{name: place[name] for name in known if name in place},
            **(cone(cones[0]) if cones else {}),
        )
        return {"kind": "health", "health": health}

    def _detection(self, message: SapientMessage, errors: list[FeedError]) -> Fields:
        report, node = message.detection_report, self._node(message.node_id)
        mode = node.present
        classes = _classes(report)
        fields: Fields = {
            "kind": "plot",
            "classes": classes or None,
            "text": "; ".join(_remarks(report)) or None,
            **_identity(message.node_id, report, mode, classes),
            **_velocity(report, mode, errors),
            **_signal(report, mode, errors),
        }
        if "lost" not in report.state.casefold():
            fields |= _where(report, "detection_report", errors)
        if node.human:
            fields |= {
                "kind": "sighting",
                "subject": subject("sighting", report.object_id),
                "report": Report(text=fields["text"] or "", reporter="staff"),
            }
        return fields


def _sound(frame: bytes) -> SapientMessage:
    """The message of a frame. Raises FeedError where it is none, or not sound."""
    try:
        message = read(frame)
    except WireError as bad:
        raise FeedError(bad.place, bad.reason) from bad
    if not isinstance(frame, Sound) and (failures := validate(message)):
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise FeedError(failures[0].path, f"{failures[0].text} [{failures[0].rule}]{more}")
    return message


# --- registration -----------------------------------------------------------------------------------------


def _mode(mode: Registration.ModeDefinition) -> _Mode:
    units = [d.velocity_type.enu_velocity_units for d in mode.detection_definition]
    rows = [row for d in mode.detection_definition for row in d.detection_report]
    return _Mode(
        tracks=mode.tracking_type != Registration.TRACKING_TYPE_NONE,
        level_mps=_only({SPEED[u.east_north_rate_units] for u in units if u.east_north_rate_units}),
        up_mps=_only({SPEED[u.up_rate_units] for u in units if u.up_rate_units}),
        signal={
            _word(row.type): row.units.strip().lower()
            for row in rows
            if row.category == Registration.DETECTION_REPORT_CATEGORY_SIGNAL
        },
    )


def _only(factors: set[float]) -> float | None:
    """The one that there is; None where there are several, or none."""
    return factors.pop() if len(factors) == 1 else None


def _first_mode(registered: Registration) -> str:
    """The mode that a node is in before it says so: the default one, else the first."""
    modes = registered.mode_definition
    default = [m.mode_name for m in modes if m.mode_type == Registration.MODE_TYPE_DEFAULT]
    return (default or [modes[0].mode_name])[0]


def _word(text: str) -> str:
    return re.sub(r"[^a-z]+", "_", text.strip().lower())


# --- what is seen -----------------------------------------------------------------------------------------


def _where(report: DetectionReport | Alert, path: str, errors: list[FeedError]) -> Fields:
    if report.HasField("location"):
        return location(report.location, f"{path}.location", errors)
    if report.HasField("range_bearing"):
        return polar(report.range_bearing, f"{path}.range_bearing", errors)
    return {}


def _identity(node_id: str, report: DetectionReport, mode: _Mode, classes: Mapping[Class, float]) -> Fields:
    fields: Fields = {}
    if mode.tracks:
        fields = {
            "subject": subject("sensor", f"{node_id}/{report.object_id}"),
            "sensor_track": report.object_id,
        }
    aliases = [subject("sensor", f"{d.node_id}/{d.object_id}") for d in report.derived_detection]
    if name := report.id.strip():
        unmanned = _is_serial(name) or max(classes, key=lambda c: classes[c], default="") == "drone"
        if unmanned:
            aliases.append(subject("uas", name))
        else:
            fields["registration"] = name
    return {**fields, "aliases": tuple(aliases)}


def _is_serial(text: str) -> bool:
    try:
        cta2063.decode(text)
    except WireError:
        return False
    return True


def _classes(report: DetectionReport) -> dict[Class, float]:
    """What the sensor takes it for. A class without confidence is its plain word; a sub-class without one
    shares what its class has. What the sub-classes leave over stays with the class."""
    found: dict[Class, float] = {}
    said = report.classification
    for row in said:
        sure = row.confidence if row.HasField("confidence") else 1.0 / len(said)
        _add(found, row, sure, "unknown")
    return {name: round(min(sure, 1.0), 6) for name, sure in found.items()}


def _add(found: dict[Class, float], row: Any, sure: float, inherited: Class) -> None:
    own = _class(row.type) or inherited
    left = sure
    subs = row.sub_class
    for sub in subs:
        share = sub.confidence if sub.HasField("confidence") else sure / len(subs)
        _add(found, sub, share, own)
        left -= share
    if left > 1e-6:
        found[own] = found.get(own, 0.0) + left


@lru_cache(1024)
def _class(words: str) -> Class | None:
    """The class that a type of the taxonomy (`Air Vehicle.UAV Rotary Wing`) means; None if none of ours."""
    known = [CLASSES.get(word.strip().casefold(), "unknown") for word in words.split(".")]
    return next((name for name in reversed(known) if name != "unknown"), None)


def _velocity(report: DetectionReport, mode: _Mode, errors: list[FeedError]) -> Fields:
    if not report.HasField("enu_velocity"):
        return {}
    path, v = "detection_report.enu_velocity", report.enu_velocity
    if mode.level_mps is None:
        errors.append(FeedError(path, NO_UNITS))
        return {}
    east, north = v.east_rate * mode.level_mps, v.north_rate * mode.level_mps
    speed = hypot(east, north)
    if speed > SPEED_MPS:
        errors.append(FeedError(path, f"a speed of {speed:g} m/s cannot be"))
        return {}
    error = hypot(v.east_rate_error, v.north_rate_error) / sqrt(2) * mode.level_mps
    fields: Fields = {"ground_speed_mps": speed, **sigma("speed_sigma_mps", error)}
    if speed > 0:
        fields["track_deg"] = degrees(atan2(east, north)) % 360 % 360
    return fields | _climb(v, mode, f"{path}.up_rate", errors)


def _climb(v: ENUVelocity, mode: _Mode, path: str, errors: list[FeedError]) -> Fields:
    if not v.HasField("up_rate"):
        return {}
    if mode.up_mps is None:
        errors.append(FeedError(path, NO_UNITS))
        return {}
    if abs(v.up_rate * mode.up_mps) > SPEED_MPS:
        errors.append(FeedError(path, f"{v.up_rate:g} cannot be"))
        return {}
    return {"vertical_speed_mps": v.up_rate * mode.up_mps}


def _signal(report: DetectionReport, mode: _Mode, errors: list[FeedError]) -> Fields:
    """Frequency and level of the strongest signal, where their units were registered."""
    if not report.signal:
        return {}
    path, signal = "detection_report.signal", max(report.signal, key=lambda s: s.amplitude)
    fields: Fields = {}
    unit = next((mode.signal[n] for n in ("centre_frequency", "frequency") if n in mode.signal), "")
    if unit in HERTZ and signal.centre_frequency > 0:
        fields["frequency_hz"] = signal.centre_frequency * HERTZ[unit]
    else:
        errors.append(FeedError(f"{path}.centre_frequency", f"{unit!r} is no unit" if unit else NO_UNITS))
    unit = mode.signal.get("amplitude", "")
    if unit == "dbm":
        fields["rssi_dbm"] = signal.amplitude
    else:
        errors.append(FeedError(f"{path}.amplitude", f"{unit!r} is not dBm" if unit else NO_UNITS))
    return fields


def _remarks(report: DetectionReport) -> Iterator[str]:
    if report.state:
        yield f"state {report.state}"
    for behaviour in report.behaviour:
        sure = f" ({behaviour.confidence:.2f})" if behaviour.HasField("confidence") else ""
        yield f"behaviour {behaviour.type}{sure}"
    for info in (*report.track_info, *report.object_info):
        yield f"{info.type} {info.value}"
    if report.colour:
        yield f"colour {report.colour}"


# --- alerts, states, errors -------------------------------------------------------------------------------


def _alert(message: SapientMessage, errors: list[FeedError]) -> Fields:
    alert = message.alert
    keys = tuple(subject("sensor", f"{d.node_id}/{d.object_id}") for d in alert.associated_detection)
    return {
        "kind": "alert",
        "subject": keys[0] if keys else None,
        "aliases": keys[1:],
        "text": _alarm(alert) or None,
        **_where(alert, "alert", errors),
    }


def _alarm(alert: Alert) -> str:
    """Its kind, state and priority, then what it says: `warning, active, priority high: fence cut`."""
    words = (
        Alert.AlertType.Name(alert.alert_type).removeprefix("ALERT_TYPE_"),
        Alert.AlertStatus.Name(alert.status).removeprefix("ALERT_STATUS_"),
        Alert.DiscretePriority.Name(alert.priority).removeprefix("DISCRETE_"),
    )
    stated = ", ".join(w.replace("_", " ").lower() for w in words if "UNSPECIFIED" not in w)
    return ": ".join(filter(None, (stated, alert.description)))


def _words(status: StatusReport) -> Iterator[str]:
    for row in status.status:
        name = StatusReport.StatusType.Name(row.status_type).removeprefix("STATUS_TYPE_")
        yield " ".join(filter(None, (name.replace("_", " ").lower(), row.status_value)))


def _error(message: SapientMessage, errors: list[FeedError]) -> Fields:
    return {"kind": "health", "health": Health(text="error: " + "; ".join(message.error.error_message))}


def _sample() -> bytes:
    """A bearing of an RF sensor, without range: the message of the example in the documentation."""
    message = SapientMessage(node_id="a8654cdf-4328-47de-81fa-c495589e30c8")
    message.timestamp.FromJsonString("2026-03-01T12:00:00Z")
    report = message.detection_report
    report.report_id, report.object_id = "01KJMNSV00Q7M8YEQ0000000R1", "01KJMNSV00Q7M8YEQ0000000B1"
    report.range_bearing.azimuth, report.range_bearing.azimuth_error = 47.5, 2.0
    report.range_bearing.coordinate_system = range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
    report.range_bearing.datum = range_bearing_pb2.RANGE_BEARING_DATUM_TRUE
    drone = report.classification.add(type="Air Vehicle", confidence=0.9)
    drone.sub_class.add(type="UAV Rotary Wing", level=1, confidence=0.8)
    return message.SerializeToString()


SAMPLE = _sample()
