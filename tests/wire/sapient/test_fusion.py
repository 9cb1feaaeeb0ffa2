"""The fusion node's conversation, without a socket: who may speak, what is answered, what time brings."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import UseError
from beffroi.wire.sapient.fusion import (
    MAX_NODES,
    UNREGISTERED_S,
    Action,
    Close,
    Fusion,
    Received,
    Refused,
    Send,
)
from beffroi.wire.sapient.message import envelope, parse, serialise
from beffroi.wire.sapient.rules import validate
from sapient_made import (
    CAMERA,
    FUSION,
    NOW_S,
    RADAR,
    an_id,
    detecting,
    message,
    registering,
    reporting,
)


def hear(fusion: Fusion, said: SapientMessage, connection: int = 1, now_s: float = NOW_S) -> Sequence[Action]:
    return fusion.receive(connection, serialise(said), now_s)


def sent(actions: Sequence[Action]) -> list[SapientMessage]:
    """The answers, each of which is sound."""
    answers = [parse(a.message) for a in actions if isinstance(a, Send)]
    assert [f for answer in answers for f in validate(answer)] == []
    return answers


def delivered(actions: Sequence[Action]) -> list[str | None]:
    return [a.message.WhichOneof("content") for a in actions if isinstance(a, Received)]


def closed(actions: Sequence[Action]) -> list[int]:
    return [a.connection for a in actions if isinstance(a, Close)]


def reasons(actions: Sequence[Action]) -> str:
    (answer,) = sent(actions)
    assert answer.node_id == FUSION
    return "; ".join(answer.error.error_message)


@pytest.fixture
def fusion() -> Fusion:
    """A fusion node with one connection."""
    made = Fusion(FUSION)
    made.connect(1, NOW_S)
    return made


@pytest.fixture
def radar(fusion: Fusion) -> Fusion:
    """A fusion node with a radar on connection 1."""
    hear(fusion, registering())
    return fusion


# --- registration -----------------------------------------------------------------------------------------


def test_a_registration_is_acknowledged_and_delivered(fusion: Fusion) -> None:
    actions = hear(fusion, registering())
    (answer,) = sent(actions)
    assert answer.registration_ack.acceptance
    assert (answer.node_id, answer.destination_id) == (FUSION, RADAR)
    assert delivered(actions) == ["registration"]


def test_a_registration_that_is_not_sound_is_refused_with_every_reason(fusion: Fusion) -> None:
    bad = registering()
    bad.registration.icd_version = "BSI Flex 335 v1.0"
    bad.registration.ClearField("capabilities")
    actions = hear(fusion, bad)
    (answer,) = sent(actions)
    assert not answer.registration_ack.acceptance
    assert len(answer.registration_ack.ack_response_reason) == 2
    assert delivered(actions) == []
    assert "not registered" in reasons(hear(fusion, reporting()))


def test_nothing_is_heard_before_the_registration(fusion: Fusion) -> None:
    for early in (reporting(), detecting(), message("alert"), message("task_ack")):
        actions = hear(fusion, early)
        assert delivered(actions) == []
        assert "send a Registration first" in reasons(actions)


def test_no_more_nodes_than_the_limit(fusion: Fusion) -> None:
    for i in range(MAX_NODES):
        hear(fusion, registering(f"00000000-0000-4000-8000-{i:012x}"))
    (answer,) = sent(hear(fusion, registering()))
    assert not answer.registration_ack.acceptance
    assert len(fusion.nodes) == MAX_NODES
    (answer,) = sent(hear(fusion, registering(f"00000000-0000-4000-8000-{0:012x}")))
    assert answer.registration_ack.acceptance


# --- what is heard ----------------------------------------------------------------------------------------


def test_reports_and_detections_pass(radar: Fusion) -> None:
    for said, content in ((reporting(), "status_report"), (detecting(), "detection_report")):
        actions = hear(radar, said)
        assert (delivered(actions), sent(actions)) == ([content], [])
        (received,) = actions
        assert isinstance(received, Received)
        assert received.payload == serialise(said)


def test_an_alert_is_acknowledged(radar: Fusion) -> None:
    actions = hear(radar, message("alert"))
    (answer,) = sent(actions)
    assert answer.alert_ack.alert_id == an_id(1)
    assert delivered(actions) == ["alert"]


def test_what_is_not_sound_is_answered_with_its_own_bytes(radar: Fusion) -> None:
    bad = detecting()
    bad.detection_report.ClearField("object_id")
    actions = hear(radar, bad)
    (answer,) = sent(actions)
    assert answer.error.packet == serialise(bad)
    assert "detection_report.object_id" in answer.error.error_message[0]
    assert delivered(actions) == []


def test_bytes_that_are_no_message_are_answered(radar: Fusion) -> None:
    actions = radar.receive(1, b"\xff\xff\xff", NOW_S)
    assert "no SapientMessage" in reasons(actions)
    assert radar.counts["refused: unreadable"] == 1


def test_the_answer_to_a_huge_message_stays_small(radar: Fusion) -> None:
    bad = detecting()
    bad.additional_information = "x" * 900_000
    bad.detection_report.ClearField("object_id")
    (answer,) = [a for a in hear(radar, bad) if isinstance(a, Send)]
    assert len(answer.message) < 70_000


def test_an_error_about_an_error_is_not_answered(radar: Fusion) -> None:
    assert delivered(hear(radar, message("error"))) == ["error"]
    bad = message("error")
    bad.error.ClearField("packet")
    assert hear(radar, bad) == [Refused("unsound", serialise(bad))]


@pytest.mark.parametrize("content", ["registration_ack", "task"])
def test_what_a_fusion_node_says_is_not_for_it_to_hear(radar: Fusion, content: str) -> None:
    actions = hear(radar, message(content))
    assert delivered(actions) == []
    assert f"a {content} is for an edge node" in reasons(actions)


# --- whose id it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", [registering(), reporting(), detecting()], ids=["register", "report", "detect"]
)
def test_a_later_connection_cannot_take_over_a_live_id(radar: Fusion, said: SapientMessage) -> None:
    radar.connect(2, NOW_S)
    actions = hear(radar, said, connection=2)
    assert "another connection is using this node id" in reasons(actions)
    assert closed(actions) == [2]
    assert delivered(actions) == []
    assert delivered(hear(radar, detecting())) == ["detection_report"]


def test_after_the_first_is_gone_the_id_is_free(radar: Fusion) -> None:
    radar.disconnect(1, NOW_S)
    radar.connect(2, NOW_S)
    (answer,) = sent(hear(radar, registering(), connection=2))
    assert answer.registration_ack.acceptance


def test_nobody_is_the_fusion_node_itself(fusion: Fusion) -> None:
    actions = hear(fusion, registering(FUSION))
    assert "the fusion node's own" in reasons(actions)
    assert closed(actions) == [1]


def test_an_id_stays_with_its_certificate() -> None:
    fusion = Fusion(FUSION)
    fusion.connect(1, NOW_S, frozenset({"radar.orly"}))
    hear(fusion, registering())
    fusion.disconnect(1, NOW_S)
    fusion.connect(2, NOW_S, frozenset({"camera.orly"}))
    actions = hear(fusion, registering(), connection=2)
    assert "belongs to another certificate" in reasons(actions)
    assert closed(actions) == [2]
    fusion.tick(NOW_S + 1000)  # forgotten as a node, not as an owner
    fusion.connect(3, NOW_S + 1000, frozenset({"camera.orly"}))
    assert closed(hear(fusion, registering(), connection=3, now_s=NOW_S + 1000)) == [3]
    fusion.connect(4, NOW_S + 1000, frozenset({"radar.orly"}))
    assert delivered(hear(fusion, registering(), connection=4, now_s=NOW_S + 1000)) == ["registration"]


def test_a_certificate_that_names_nodes_speaks_for_those() -> None:
    fusion = Fusion(FUSION)
    fusion.connect(1, NOW_S, frozenset({RADAR}))
    assert closed(hear(fusion, registering(CAMERA))) == [1]
    assert delivered(hear(fusion, registering(RADAR))) == ["registration"]


# --- time -------------------------------------------------------------------------------------------------


def test_three_missed_reports_close_the_connection(radar: Fusion) -> None:
    hear(radar, reporting(), now_s=NOW_S + 4)
    hear(radar, detecting(), now_s=NOW_S + 18)  # a detection is no report
    assert closed(radar.tick(NOW_S + 4 + 15)) == []
    assert closed(radar.tick(NOW_S + 4 + 15.1)) == [1]


def test_the_first_report_is_waited_for_as_long(radar: Fusion) -> None:
    assert closed(radar.tick(NOW_S + 15)) == []
    assert closed(radar.tick(NOW_S + 15.1)) == [1]


@pytest.mark.parametrize(("units", "value", "last_s"), [
    (Registration.TIME_UNITS_MILLISECONDS, 500.0, 1.5),
    (Registration.TIME_UNITS_MINUTES, 1.0, 180.0),
    (Registration.TIME_UNITS_HOURS, 0.5, 5400.0),
])  # fmt: skip
def test_the_interval_is_in_its_own_units(
    fusion: Fusion, units: Registration.TimeUnits, value: float, last_s: float
) -> None:
    slow = registering()
    slow.registration.status_definition.status_interval.units = units
    slow.registration.status_definition.status_interval.value = value
    hear(fusion, slow)
    assert closed(fusion.tick(NOW_S + last_s - 0.01)) == []
    assert closed(fusion.tick(NOW_S + last_s + 0.01)) == [1]


@pytest.mark.parametrize(("away_s", "goes_on"), [(0.0, True), (119.0, True), (120.1, False), (500.0, False)])
@pytest.mark.parametrize("ticked", [True, False])
def test_a_node_is_remembered_for_two_minutes(
    radar: Fusion, away_s: float, goes_on: bool, ticked: bool
) -> None:
    radar.disconnect(1, NOW_S)
    back_s = NOW_S + away_s
    if ticked:
        radar.tick(back_s)
    radar.connect(2, back_s)
    actions = hear(radar, reporting(), connection=2, now_s=back_s)
    assert delivered(actions) == (["status_report"] if goes_on else [])
    if not goes_on:
        assert "send a Registration first" in reasons(actions)
    assert closed(radar.tick(back_s + 14)) == []


def test_goodbye_ends_the_registration(radar: Fusion) -> None:
    goodbye = reporting(system=StatusReport.SYSTEM_GOODBYE)
    assert delivered(hear(radar, goodbye)) == ["status_report"]
    assert "not registered" in reasons(hear(radar, detecting()))


def test_a_connection_without_a_node_is_closed(fusion: Fusion) -> None:
    assert closed(fusion.tick(NOW_S + UNREGISTERED_S)) == []
    assert closed(fusion.tick(NOW_S + UNREGISTERED_S + 0.1)) == [1]


def test_one_silent_node_of_two_does_not_close_the_connection(radar: Fusion) -> None:
    hear(radar, registering(CAMERA))
    hear(radar, reporting(CAMERA), now_s=NOW_S + 14)
    assert closed(radar.tick(NOW_S + 16)) == []
    assert radar.counts["silent"] == 1
    assert delivered(hear(radar, reporting(), now_s=NOW_S + 17)) == ["status_report"]


# --- tasks ------------------------------------------------------------------------------------------------


def request(number: int = 9) -> Task:
    task = Task(task_id=an_id(number), control=Task.CONTROL_START)
    task.command.request = "Start"
    return task


def test_a_task_goes_out_and_its_acknowledgements_come_in(radar: Fusion) -> None:
    (order,) = sent([radar.task(RADAR, request(), NOW_S)])
    assert (order.destination_id, order.task.command.request) == (RADAR, "Start")
    answer = envelope(RADAR, NOW_S)
    answer.task_ack.task_id = an_id(9)
    for status, heard in ((1, True), (3, True), (3, False)):  # accepted, completed, and once more
        answer.task_ack.task_status = status  # type: ignore[assignment]
        actions = hear(radar, answer)
        assert delivered(actions) == (["task_ack"] if heard else [])
        assert heard or "no task" in reasons(actions)


def test_only_what_the_node_declared_can_be_ordered(radar: Fusion) -> None:
    look = Task(task_id=an_id(9), control=Task.CONTROL_START)
    look.command.mode_change = "Jam"
    with pytest.raises(UseError, match="declared no command mode_change"):
        radar.task(RADAR, look, NOW_S)
    hear(radar, registering(commands=[Registration.COMMAND_TYPE_MODE_CHANGE]))
    with pytest.raises(UseError, match="declared no mode 'Jam'"):
        radar.task(RADAR, look, NOW_S)
    look.command.mode_change = "Default"
    assert sent([radar.task(RADAR, look, NOW_S)])


def test_a_task_needs_its_node_and_a_sound_form(radar: Fusion) -> None:
    with pytest.raises(UseError, match="not connected"):
        radar.task(CAMERA, request(), NOW_S)
    bad = request()
    bad.task_id = "x"
    with pytest.raises(UseError, match=r"task\.task_id"):
        radar.task(RADAR, bad, NOW_S)
    radar.disconnect(1, NOW_S)
    with pytest.raises(UseError, match="not connected"):
        radar.task(RADAR, request(), NOW_S)


# --- anything ---------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(
    st.integers(1, 3),
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from([registering(), reporting(), detecting(), registering(CAMERA), detecting(CAMERA),
                         reporting(system=5), message("alert"), message("error"), message("task_ack")])
        .map(serialise),
        st.sampled_from(["cut", "wait"]),
    ),
), max_size=30))  # fmt: skip
def test_whatever_comes_one_connection_owns_a_node(script: list[tuple[int, bytes | str]]) -> None:
    fusion, now_s, there = Fusion(FUSION), NOW_S, set[int]()
    for connection, what in script:
        if connection not in there:
            fusion.connect(connection, now_s)
            there.add(connection)
        if what == "cut":
            fusion.disconnect(connection, now_s)
            there.remove(connection)
        elif what == "wait":
            now_s += 20
            fusion.tick(now_s)
        elif isinstance(what, bytes):
            owner = {node_id: node.connection for node_id, node in fusion.nodes.items()}
            for action in fusion.receive(connection, what, now_s):
                if isinstance(action, Received):
                    assert owner.get(action.node_id, connection) in (None, connection)
        assert {node.connection for node in fusion.nodes.values()} <= there | {None}
