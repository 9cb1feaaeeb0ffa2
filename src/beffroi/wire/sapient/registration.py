"""A sound Registration for a node of this product: a simulated sensor, or a fusion node that calls another.

BSI Flex 335 v2.0 §6.2: what every node has to declare. Positions in WGS 84 degrees and metres on the
ellipsoid, range and bearing in degrees and metres from true north, velocities in m/s.
"""

from collections.abc import Sequence

from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
    LOCATION_DATUM_WGS84_E,
)
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import (
    RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
    RANGE_BEARING_DATUM_TRUE,
)
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import SPEED_UNITS_MS

from beffroi.wire.sapient.rules import ICD_VERSION

MODE = "Default"


def registration(
    node_type: Registration.NodeType,
    name: str,
    *,
    interval_s: float = 5.0,
    polar: bool = False,
    tracks: bool = True,
    commands: Sequence[Registration.CommandType] = (Registration.COMMAND_TYPE_REQUEST,),
    dependent_nodes: Sequence[str] = (),
) -> Registration:
    """What a node declares. `polar`: it reports range and bearing, or a bearing alone, not positions.

    `tracks`: an object keeps its id from one detection to the next.
    """
    declared = Registration(icd_version=ICD_VERSION, name=name, short_name=name[:8])
    declared.node_definition.add(node_type=node_type)
    declared.capabilities.add(category=Registration.NodeType.Name(node_type), type="detection")
    declared.status_definition.status_interval.MergeFrom(_seconds(interval_s))
    declared.status_definition.location_definition.MergeFrom(_place(polar=False))
    declared.mode_definition.append(_mode(polar, tracks, commands))
    declared.dependent_nodes.extend(dependent_nodes)
    declared.config_data.add(manufacturer="Beffroi", model=name)
    return declared


def _mode(
    polar: bool, tracks: bool, commands: Sequence[Registration.CommandType]
) -> Registration.ModeDefinition:
    mode = Registration.ModeDefinition(mode_name=MODE, mode_type=Registration.MODE_TYPE_DEFAULT)
    mode.settle_time.MergeFrom(_seconds(0))
    mode.tracking_type = Registration.TRACKING_TYPE_TRACK if tracks else Registration.TRACKING_TYPE_NONE
    detections = mode.detection_definition.add()
    detections.location_type.MergeFrom(_place(polar))
    detections.velocity_type.enu_velocity_units.east_north_rate_units = SPEED_UNITS_MS
    detections.velocity_type.enu_velocity_units.up_rate_units = SPEED_UNITS_MS
    detections.velocity_type.location_datum = LOCATION_DATUM_WGS84_E
    for quantity, unit in (("amplitude", "dBm"), ("centre_frequency", "Hz")):
        signal = Registration.DETECTION_REPORT_CATEGORY_SIGNAL
        detections.detection_report.add(category=signal, type=quantity, units=unit)
    mode.task.concurrent_tasks = 1
    mode.task.region_definition.region_type.append(Registration.REGION_TYPE_AREA_OF_INTEREST)
    mode.task.region_definition.region_area.append(_place(polar))
    for command in commands:
        mode.task.command.add(type=command, units="text", completion_time=_seconds(1))
    return mode


def _seconds(value: float) -> Registration.Duration:
    return Registration.Duration(units=Registration.TIME_UNITS_SECONDS, value=value)


def _place(polar: bool) -> Registration.LocationType:
    if polar:
        return Registration.LocationType(
            range_bearing_units=RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
            range_bearing_datum=RANGE_BEARING_DATUM_TRUE,
        )
    return Registration.LocationType(
        location_units=LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M, location_datum=LOCATION_DATUM_WGS84_E
    )
