"""SAPIENT messages as observations: places, bearings, units, classes, states, alerts."""

import math
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M,
    LOCATION_COORDINATE_SYSTEM_UTM_M,
    LOCATION_DATUM_WGS84_G,
)
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import SPEED_UNITS_KPH

from beffroi.errors import FeedError
from beffroi.feeds.sapient import SAMPLE, Decoder
from beffroi.observation import Observation, digest
from beffroi.wire.sapient.frames import frame
from beffroi.wire.sapient.message import serialise, to_json
from beffroi.wire.sapient.rules import validate
from sapient_made import CAMERA, NOW_S, RADAR, an_id, detecting, message, registering, reporting
from shared import DATA, needs_data

VALID = sorted((DATA / "sapient-conformance" / "valid").glob("*.json"))
NO_LINES = {"RegistrationAck", "AlertAck", "Task", "TaskAck"}


def read(*messages: SapientMessage) -> list[Observation | FeedError]:
    """What a fresh decoder makes of the last of these messages."""
    decoder, last = Decoder(), list[Observation | FeedError]()
    for said in messages:
        assert validate(said) == ()
        last = list(decoder.decode(serialise(said), NOW_S + 0.5, "sapient-1"))
    return last


def one(*messages: SapientMessage) -> Observation:
    (observation,) = read(*messages)
    assert isinstance(observation, Observation)
    return observation


def with_errors(*messages: SapientMessage) -> tuple[Observation, list[str]]:
    observation, *errors = read(*messages)
    assert isinstance(observation, Observation)
    return observation, [str(e) for e in errors if isinstance(e, FeedError)]


def still(number: int = 3) -> SapientMessage:
    """A detection without velocity: it needs no registration."""
    made = detecting(number=number)
    made.detection_report.ClearField("enu_velocity")
    return made


def bearing(**fields: Any) -> SapientMessage:
    """A detection by range and bearing: degrees and metres from true north."""
    made = still()
    polar = made.detection_report.range_bearing
    for name, value in ({"coordinate_system": 1, "datum": 1} | fields).items():
        setattr(polar, name, value)
    return made


# --- detections -------------------------------------------------------------------------------------------


def test_a_detection_with_a_location() -> None:
    o = one(registering(), detecting())
    assert (o.kind, o.source, o.sensor, o.sensor_track) == ("plot", "sapient-1", RADAR, an_id(3))
    assert o.subject == f"sensor:{RADAR}/{an_id(3)}"
    assert (o.time_s, o.received_at_s) == (NOW_S, NOW_S + 0.5)
    assert o.frame == digest(serialise(detecting()))
    assert (o.lat_deg, o.lon_deg, o.alt_wgs84_m) == (48.73, 2.36, 180.0)  # x is longitude
    assert (o.alt_msl_m, o.horizontal_sigma_m, o.vertical_sigma_m) == (None, None, None)
    assert o.ground_speed_mps == 5.0
    assert o.track_deg == pytest.approx(36.87, abs=0.01)
    assert o.vertical_speed_mps is None
    assert o.classes == {"drone": 0.5, "unknown": 0.25}


def test_a_height_above_the_sea_is_not_one_on_the_ellipsoid() -> None:
    made = still()
    made.detection_report.location.datum = LOCATION_DATUM_WGS84_G
    o = one(made)
    assert (o.alt_msl_m, o.alt_wgs84_m) == (180.0, None)


def test_no_height_and_height_zero_differ() -> None:
    made = still()
    made.detection_report.location.z = 0.0
    assert one(made).alt_wgs84_m == 0.0
    made.detection_report.location.ClearField("z")
    assert one(made).alt_wgs84_m is None


def test_radians_are_turned_into_degrees() -> None:
    made = still()
    place = made.detection_report.location
    place.x, place.y, place.coordinate_system = 0.04, 0.85, LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M
    o = one(made)
    assert o.lat_deg == pytest.approx(math.degrees(0.85))
    assert o.lon_deg == pytest.approx(math.degrees(0.04))


def utm(x: float, y: float, zone: str) -> SapientMessage:
    made = still()
    place = made.detection_report.location
    place.x, place.y, place.utm_zone = x, y, zone
    place.coordinate_system = LOCATION_COORDINATE_SYSTEM_UTM_M
    return made


@pytest.mark.parametrize("zone", ["31U", "31u", "31 U", "31N"])
def test_utm_with_band_or_hemisphere(zone: str) -> None:
    o = one(utm(448251.9, 5411932.7, zone))  # the Eiffel tower
    assert o.lat_deg == pytest.approx(48.8582, abs=1e-5)
    assert o.lon_deg == pytest.approx(2.2945, abs=1e-5)


@pytest.mark.parametrize(("x", "y", "zone", "why"), [
    (448251.9, 5411932.7, "", "no UTM zone"),
    (448251.9, 5411932.7, "31", "no UTM zone"),
    (448251.9, 5411932.7, "61U", "there is no UTM zone 61"),
    (448251.9, 5411932.7, "31S", "may mean the south"),
    (448251.9, 5411932.7, "31T", "outside of band T"),
    (448251.9, 5411932.7, "31A", "no latitude band"),
    (51.17, -1.82, "30U", "an easting of 51.17 m"),
])  # fmt: skip
def test_utm_that_does_not_fit_is_refused_with_its_reason(x: float, y: float, zone: str, why: str) -> None:
    o, errors = with_errors(utm(x, y, zone))
    assert (o.lat_deg, o.lon_deg, o.alt_wgs84_m) == (None, None, None)
    assert len(errors) == 1
    assert errors[0].startswith("detection_report.location: ")
    assert why in errors[0]


def test_a_place_that_is_none_is_refused() -> None:
    made = still()
    made.detection_report.location.x, made.detection_report.location.y = 48.73, 92.36
    o, errors = with_errors(made)
    assert o.lat_deg is None
    assert "x is longitude" in errors[0]


def test_errors_are_in_the_units_of_the_coordinate() -> None:
    made = utm(448251.9, 5411932.7, "31U")
    place = made.detection_report.location
    place.x_error, place.y_error, place.z_error = 3.0, 4.0, 7.0
    o = one(made)
    assert o.horizontal_sigma_m == pytest.approx(math.sqrt(12.5))
    assert o.vertical_sigma_m == 7.0
    made = still()
    made.detection_report.location.x_error = made.detection_report.location.y_error = 1e-4
    assert one(made).horizontal_sigma_m == pytest.approx(9.43, abs=0.05)  # 11.1 m north, 7.3 m east
    made.detection_report.location.x_error = 5.0
    o, errors = with_errors(made)
    assert (o.lat_deg, o.horizontal_sigma_m) == (48.73, None)
    assert "5 degrees cannot be" in errors[0]


def test_a_bearing_alone_is_an_observation() -> None:
    o = one(bearing(azimuth=-30.0, azimuth_error=2.0))
    assert (o.azimuth_deg, o.azimuth_sigma_deg) == (330.0, 2.0)
    assert (o.range_m, o.elevation_deg, o.lat_deg) == (None, None, None)


@pytest.mark.parametrize(("system", "azimuth", "range_", "elevation"), [
    (1, 90.0, 1500.0, 10.0),
    (2, math.pi / 2, 1500.0, math.pi / 18),
    (3, 90.0, 1.5, 10.0),
    (4, math.pi / 2, 1.5, math.pi / 18),
])  # fmt: skip
def test_range_and_bearing_stay_polar_in_degrees_and_metres(
    system: int, azimuth: float, range_: float, elevation: float
) -> None:
    o = one(bearing(coordinate_system=system, azimuth=azimuth, range=range_, elevation=elevation))
    assert o.azimuth_deg == pytest.approx(90.0)
    assert o.range_m == pytest.approx(1500.0)
    assert o.elevation_deg == pytest.approx(10.0)


@pytest.mark.parametrize(("datum", "name"), [(2, "magnetic"), (3, "grid"), (4, "platform")])
def test_another_north_is_refused_but_the_rest_is_read(datum: int, name: str) -> None:
    o, errors = with_errors(bearing(azimuth=90.0, range=1500.0, datum=datum))
    assert (o.azimuth_deg, o.range_m) == (None, 1500.0)
    assert errors == [f"detection_report.range_bearing.datum: true north cannot be found from {name} north"]


@pytest.mark.parametrize(("fields", "path"), [
    ({}, "range_bearing: neither"),
    ({"azimuth": 400.0}, "range_bearing.azimuth"),
    ({"range": -1.0}, "range_bearing.range"),
    ({"range": 1e9}, "range_bearing.range"),
    ({"elevation": 91.0}, "range_bearing.elevation"),
])  # fmt: skip
def test_a_bearing_that_cannot_be_is_refused(fields: dict[str, float], path: str) -> None:
    _, errors = with_errors(bearing(**fields))
    assert len(errors) == 1
    assert errors[0].startswith(f"detection_report.{path}")


# --- what the registration decides ------------------------------------------------------------------------


def test_velocity_is_in_the_units_that_were_registered() -> None:
    slow = registering()
    units = slow.registration.mode_definition[0].detection_definition[0].velocity_type.enu_velocity_units
    units.east_north_rate_units = SPEED_UNITS_KPH
    made = detecting()
    made.detection_report.enu_velocity.up_rate = -2.0
    o = one(slow, made)
    assert o.ground_speed_mps == pytest.approx(5 / 3.6)
    assert o.vertical_speed_mps == -2.0  # metres a second, as registered


def test_without_a_registration_a_velocity_is_not_guessed() -> None:
    for before in ([], [registering(CAMERA)]):
        o, errors = with_errors(*before, detecting())
        assert (o.ground_speed_mps, o.track_deg, o.lat_deg) == (None, None, 48.73)
        assert len(errors) == 1
        assert errors[0].startswith("detection_report.enu_velocity: its units are not known")


def test_standing_still_has_no_direction() -> None:
    made = detecting()
    made.detection_report.enu_velocity.east_rate = made.detection_report.enu_velocity.north_rate = 0.0
    o = one(registering(), made)
    assert (o.ground_speed_mps, o.track_deg) == (0.0, None)


def test_units_are_those_of_the_present_mode() -> None:
    two = registering()
    fast = two.registration.mode_definition.add()
    fast.CopyFrom(two.registration.mode_definition[0])
    fast.mode_name, fast.mode_type = "Fast", Registration.MODE_TYPE_PERMANENT
    fast.detection_definition[0].velocity_type.enu_velocity_units.east_north_rate_units = SPEED_UNITS_KPH
    fast.tracking_type = Registration.TRACKING_TYPE_NONE
    assert one(two, detecting()).ground_speed_mps == 5.0
    change = reporting()
    change.status_report.mode = "Fast"
    o = one(two, change, detecting())
    assert o.ground_speed_mps == pytest.approx(5 / 3.6)
    assert (o.subject, o.sensor_track) == (None, None)  # ids last for one detection here


def test_a_signal_is_in_the_units_that_were_registered() -> None:
    made = still()
    made.detection_report.signal.add(amplitude=-70.0, centre_frequency=2440.0)
    made.detection_report.signal.add(amplitude=-50.5, centre_frequency=5800.0)
    registered = registering()
    for row in registered.registration.mode_definition[0].detection_definition[0].detection_report:
        row.units = {"centre_frequency": "MHz"}.get(row.type, row.units)
    o = one(registered, made)
    assert (o.frequency_hz, o.rssi_dbm) == (5.8e9, -50.5)  # the stronger one
    o, errors = with_errors(made)
    assert (o.frequency_hz, o.rssi_dbm) == (None, None)
    assert [e.partition(":")[0] for e in errors] == [
        "detection_report.signal.centre_frequency",
        "detection_report.signal.amplitude",
    ]


def test_what_a_person_saw_is_a_sighting() -> None:
    human = registering()
    human.registration.node_definition[0].node_type = Registration.NODE_TYPE_HUMAN
    made = still()
    made.detection_report.behaviour.add(type="hovering", confidence=0.6)
    o = one(human, made)
    assert (o.kind, o.subject) == ("sighting", f"sighting:{an_id(3)}")
    assert o.report is not None
    assert (o.report.reporter, o.report.text) == ("staff", "behaviour hovering (0.60)")


# --- identity and class -----------------------------------------------------------------------------------


def test_a_serial_number_is_an_alias_and_a_tail_number_a_registration() -> None:
    made = still()
    made.detection_report.id = "1588E040445AC004418"  # maker, E = 14 characters, number
    o = one(made)
    assert (o.aliases, o.registration) == (("uas:1588E040445AC004418",), None)
    assert o.subject == f"sensor:{RADAR}/{an_id(3)}"
    made.detection_report.ClearField("classification")
    made.detection_report.id = "F-GKXA"
    o = one(made)
    assert (o.aliases, o.registration) == ((), "F-GKXA")


def test_what_a_fusion_node_derived_from_keeps_its_keys() -> None:
    made = still()
    made.detection_report.derived_detection.add(timestamp=made.timestamp, node_id=CAMERA, object_id=an_id(8))
    assert one(made).aliases == (f"sensor:{CAMERA}/{an_id(8)}",)


@pytest.mark.parametrize(("said", "classes"), [
    ([("Air Vehicle", 0.9, [("UAV Fixed Wing", 0.6), ("Manned Fixed Wing", 0.3)])],
     {"drone": 0.6, "aircraft": 0.3}),
    ([("Human", 0.7, []), ("Animal", 0.2, [("Bird", 0.2)])], {"person": 0.7, "bird": 0.2}),
    ([("Land Vehicle", None, [])], {"vehicle": 1.0}),
    ([("Drone", None, []), ("Bird", None, [])], {"drone": 0.5, "bird": 0.5}),
    ([("Fixed Object", 0.8, [("Building", 0.8)])], {"clutter": 0.8}),
    ([("Air Vehicle.UAV Rotary Wing.Commercial", 0.8, [])], {"drone": 0.8}),
    ([("Air Vehicle", 0.8, [("Manned Rotary Wing", None)])], {"helicopter": 0.8}),
    ([("Zeppelin", 0.4, [])], {"unknown": 0.4}),
    ([], None),
])  # fmt: skip
def test_classes_of_the_standard_become_classes(said: list[Any], classes: dict[str, float] | None) -> None:
    made = still()
    made.detection_report.ClearField("classification")
    for kind, sure, subs in said:
        row = made.detection_report.classification.add(type=kind, confidence=sure)
        for sub, share in subs:
            row.sub_class.add(type=sub, level=1, confidence=share)
    got = one(made).classes
    assert (None if got is None else dict(got)) == (classes and pytest.approx(classes, abs=1e-6))


def test_behaviour_state_and_colour_are_told() -> None:
    made = still()
    made.detection_report.behaviour.add(type="loitering", confidence=0.6)
    made.detection_report.colour = "Red"
    assert one(made).text == "behaviour loitering (0.60); colour Red"


def test_an_object_that_is_lost_has_no_place() -> None:
    made = still()
    made.detection_report.state = "Lost"
    o = one(made)
    assert (o.lat_deg, o.text) == (None, "state Lost")


# --- states, alerts, talk ---------------------------------------------------------------------------------


def test_a_status_report_is_the_health_of_its_sensor() -> None:
    made = reporting()
    report = made.status_report
    cone = report.field_of_view.range_bearing
    cone.azimuth, cone.horizontal_extent, cone.range = 10.0, 40.0, 3.0
    cone.coordinate_system, cone.datum = 3, 1  # type: ignore[assignment]
    report.status.add(status_type=StatusReport.STATUS_TYPE_WEATHER, status_value="Rain")
    o = one(made)
    assert (o.kind, o.sensor, o.lat_deg) == ("health", RADAR, None)
    health = o.health
    assert health is not None
    assert (health.state, health.mode, health.text) == ("ok", "Default", "weather Rain")
    assert (health.lat_deg, health.lon_deg, health.alt_wgs84_m) == (48.7233, 2.3795, 134.0)
    assert (health.azimuth_from_deg, health.azimuth_to_deg, health.range_m) == (350.0, 30.0, 3000.0)


@pytest.mark.parametrize(("system", "state"), [(1, "ok"), (2, "degraded"), (3, "fault"), (5, "off")])
def test_states(system: int, state: str) -> None:
    health = one(reporting(system=system)).health
    assert health is not None
    assert health.state == state


def test_a_registration_tells_who_came() -> None:
    o = one(registering())
    assert o.kind == "health"
    assert o.health is not None
    assert (o.health.mode, o.health.text) == ("Default", "registered: radar (radar)")


def test_an_alert_is_about_its_object() -> None:
    made = message("alert")
    made.alert.location.CopyFrom(still().detection_report.location)
    made.alert.alert_type, made.alert.status = 2, 1  # type: ignore[assignment]
    made.alert.description = "drone over the fence"
    o = one(made)
    assert (o.kind, o.subject) == ("alert", f"sensor:{RADAR}/{an_id(1)}")
    assert (o.lat_deg, o.lon_deg) == (48.73, 2.36)
    assert o.text == "warning, active, priority high: drone over the fence"


@pytest.mark.parametrize("content", ["registration_ack", "task", "task_ack", "alert_ack"])
def test_talk_is_no_observation(content: str) -> None:
    assert read(message(content)) == []


def test_an_error_of_a_node_is_told() -> None:
    o = one(message("error"))
    assert o.health is not None
    assert o.health.text == "error: x"


# --- bytes ------------------------------------------------------------------------------------------------


def test_json_bytes_and_frames_say_the_same() -> None:
    said = still()
    forms = [
        serialise(said),
        frame(serialise(said)),
        to_json(said).encode(),
        b"\xef\xbb\xbf" + to_json(said).encode(),
    ]
    seen = {str(next(iter(Decoder().decode(form, NOW_S)))).replace(str(digest(form)), "") for form in forms}
    assert len(seen) == 1


def test_what_is_not_sound_is_refused_with_its_path() -> None:
    made = still()
    made.detection_report.object_id = "it"
    with pytest.raises(FeedError, match=r"detection_report\.object_id: 'it' is no ULID \[ulid\]"):
        Decoder().decode(serialise(made), NOW_S)


@needs_data
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_published_messages_are_read(path: Path) -> None:
    got = list(Decoder().decode(path.read_bytes(), NOW_S))
    observations = [o for o in got if isinstance(o, Observation)]
    assert len(observations) == (0 if path.name.partition(".")[0] in NO_LINES else 1)


def test_the_sample_is_a_bearing() -> None:
    (o,) = Decoder().decode(SAMPLE, NOW_S)
    assert isinstance(o, Observation)
    assert (o.azimuth_deg, o.range_m) == (47.5, None)


def physical(o: Observation) -> bool:
    bounds: list[tuple[float | None, float, float]] = [
        (o.lat_deg, -90, 90), (o.lon_deg, -180, 180), (o.azimuth_deg, 0, 360), (o.elevation_deg, -90, 90),
        (o.range_m, 0, 1e6), (o.track_deg, 0, 360), (o.ground_speed_mps, 0, 3000),
        (o.vertical_speed_mps, -3000, 3000), (o.alt_wgs84_m, -1000, 1e5), (o.alt_msl_m, -1000, 1e5),
        (o.horizontal_sigma_m, 0, math.inf), (o.azimuth_sigma_deg, 0, math.inf),
        *((p, 0, 1) for p in (o.classes or {}).values()),
    ]  # fmt: skip
    whole = (o.lat_deg is None) == (o.lon_deg is None)
    return whole and all(value is None or low <= value <= high for value, low, high in bounds)


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-400, 400)


@given(st.lists(numbers, min_size=16, max_size=16), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_whatever_a_sound_message_says_stays_within_bounds(
    n: list[float], system: int, datum: int, polar: bool
) -> None:
    made = detecting()
    report = made.detection_report
    if polar:
        made = bearing(azimuth=n[0], range=n[1], elevation=n[2], azimuth_error=n[3], range_error=n[4],
                       elevation_error=n[5], coordinate_system=system, datum=datum)  # fmt: skip
    else:
        place = report.location
        place.x, place.y, place.z, place.x_error, place.y_error, place.z_error = n[:6]
        place.coordinate_system = {1: 1, 2: 2, 3: 5, 4: 5}[system]  # type: ignore[assignment]
        place.utm_zone = "31U"
    velocity = made.detection_report.enu_velocity
    velocity.east_rate, velocity.north_rate, velocity.up_rate, velocity.east_rate_error = n[6:10]
    for got in read(registering(), made):
        assert isinstance(got, FeedError) or physical(got)


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_feed_errors(data: bytes) -> None:
    with suppress(FeedError):
        list(Decoder().decode(data, NOW_S))


@given(st.data())
def test_a_spoilt_message_raises_only_feed_errors(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(["registration", "status_report", "detection_report", "alert"]))
    spoilt = bytearray(serialise(message(content)))
    for _ in range(data.draw(st.integers(1, 3))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FeedError):
        for got in Decoder().decode(bytes(spoilt), NOW_S):
            assert isinstance(got, FeedError) or physical(got)


@pytest.mark.campaign
def test_a_campaign_of_spoilt_messages(campaign: Callable[[int], int]) -> None:
    """One decoder, hundreds of thousands of messages with some bytes changed, cut or doubled."""
    chance, decoder = random.Random(20260301), Decoder()
    sound = [serialise(m) for m in (registering(), reporting(), detecting(), bearing(azimuth=1.0))]
    sound += [serialise(message(c)) for c in ("registration", "status_report", "detection_report", "alert")]
    sound += [to_json(detecting()).encode(), frame(serialise(detecting()))]
    read_well = 0
    for _ in range(campaign(200_000)):
        spoilt = bytearray(chance.choice(sound))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(spoilt))
            spoilt[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        with suppress(FeedError):
            for got in decoder.decode(bytes(spoilt), NOW_S):
                assert isinstance(got, FeedError) or physical(got)
                read_well += 1
    assert read_well > 0


def test_memory_of_nodes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beffroi.feeds.sapient.MAX_NODES", 3)
    decoder = Decoder()
    for i in range(10):
        list(decoder.decode(serialise(registering(f"00000000-0000-4000-8000-{i:012x}")), NOW_S))
    assert len(decoder._nodes) == 3
