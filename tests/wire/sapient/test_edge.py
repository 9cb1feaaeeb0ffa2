"""The edge node's conversation, without a socket, also against the real fusion side."""

import itertools

import pytest
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import UseError
from beffroi.wire.sapient import ulid
from beffroi.wire.sapient.edge import ACKNOWLEDGE_S, Answer, Edge, OnTask, no_tasks
from beffroi.wire.sapient.fusion import Fusion, Received, Send
from beffroi.wire.sapient.message import envelope, parse, serialise
from beffroi.wire.sapient.rules import validate
from sapient_made import CAMERA, FUSION, NOW_S, RADAR, an_id, detecting, radar_registration, status


def an_edge(node_id: str = RADAR, on_task: OnTask = no_tasks) -> Edge:
    numbers = itertools.count(5000)
    return Edge(
        node_id,
        radar_registration(),
        status,
        lambda now_s: ulid.encode(now_s, next(numbers)),
        on_task,
    )


def contents(messages: list[bytes]) -> list[str | None]:
    """What was said; every message of it is sound."""
    said = [parse(m) for m in messages]
    assert [f for m in said for f in validate(m)] == []
    return [m.WhichOneof("content") for m in said]


def answer(content: str = "registration_ack", **fields: object) -> bytes:
    made = envelope(FUSION, NOW_S, RADAR)
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(getattr(made, content), name).extend(value)
        else:
            setattr(getattr(made, content), name, value)
    return serialise(made)


ACCEPTED = answer(acceptance=True)
REFUSED = answer(acceptance=False, ack_response_reason=["no room"])
FORGOTTEN = answer("error", packet=b"x", error_message=["this node is not registered"])


def live(on_task: OnTask = no_tasks) -> Edge:
    edge = an_edge(on_task=on_task)
    edge.connected(NOW_S)
    edge.receive(ACCEPTED, NOW_S)
    return edge


def test_it_registers_and_waits() -> None:
    edge = an_edge()
    assert contents(edge.connected(NOW_S)) == ["registration"]
    assert edge.tick(NOW_S + 20) == []
    assert edge.say(detecting()) is None
    assert edge.counts["unsent"] == 1


def test_after_the_acknowledgement_it_reports_at_once_and_each_interval() -> None:
    edge = an_edge()
    edge.connected(NOW_S)
    assert contents(edge.receive(ACCEPTED, NOW_S + 1)) == ["status_report"]
    due = [t for t in range(1, 30) if edge.tick(NOW_S + t)]
    assert due == [6, 11, 16, 21, 26]
    assert edge.say(detecting()) == serialise(detecting())


def test_each_report_has_its_own_id() -> None:
    edge = live()
    reports = [parse(edge.tick(NOW_S + t)[0]).status_report.report_id for t in (5, 10, 15)]
    assert len(set(reports)) == 3


def test_a_refusal_ends_the_link_with_its_reason() -> None:
    edge = an_edge()
    edge.connected(NOW_S)
    assert edge.receive(REFUSED, NOW_S) == []
    assert edge.fault == "refused: no room"
    edge.lost(NOW_S)
    assert contents(edge.connected(NOW_S + 10)) == ["registration"]
    assert edge.fault is None


def test_no_answer_ends_the_link() -> None:
    edge = an_edge()
    edge.connected(NOW_S)
    assert edge.tick(NOW_S + ACKNOWLEDGE_S) == []
    assert edge.fault == "the Registration is not answered"


@pytest.mark.parametrize(("away_s", "first"), [(119.0, "status_report"), (121.0, "registration")])
def test_back_within_two_minutes_it_need_not_register(away_s: float, first: str) -> None:
    edge = live()
    edge.lost(NOW_S + 60)
    assert edge.say(detecting()) is None
    assert contents(edge.connected(NOW_S + 60 + away_s)) == [first]


def test_where_it_is_forgotten_it_registers_again() -> None:
    edge = live()
    edge.lost(NOW_S)
    edge.connected(NOW_S + 10)
    assert contents(edge.receive(FORGOTTEN, NOW_S + 10)) == ["registration"]
    assert contents(edge.receive(ACCEPTED, NOW_S + 10)) == ["status_report"]
    assert edge.receive(FORGOTTEN, NOW_S + 11) == []  # an Error later on is no reason to begin again


def test_goodbye_is_the_last_word() -> None:
    edge = live()
    (last,) = edge.goodbye(NOW_S + 1)
    assert parse(last).status_report.system == StatusReport.SYSTEM_GOODBYE
    assert edge.goodbye(NOW_S + 1) == []
    assert contents(edge.connected(NOW_S + 2)) == ["registration"]


def order(request: str) -> bytes:
    made = envelope(FUSION, NOW_S, RADAR)
    made.task.CopyFrom(Task(task_id=an_id(7), control=Task.CONTROL_START))
    made.task.command.request = request
    return serialise(made)


def test_a_node_without_tasks_says_so() -> None:
    (answered,) = live().receive(order("Start"), NOW_S)
    ack = parse(answered).task_ack
    assert (ack.task_id, ack.task_status) == (an_id(7), TaskAck.TASK_STATUS_REJECTED)
    assert list(ack.reason) == ["this node takes no tasks"]


def test_a_task_is_answered_as_the_node_wants() -> None:
    asked: list[str] = []

    def on_task(task: Task) -> list[Answer]:
        asked.append(task.command.request)
        return [Answer("accepted"), Answer("failed", ("stuck",))]

    answers = [parse(a).task_ack for a in live(on_task=on_task).receive(order("Turn"), NOW_S)]
    assert asked == ["Turn"]
    assert [a.task_status for a in answers] == [TaskAck.TASK_STATUS_ACCEPTED, TaskAck.TASK_STATUS_FAILED]


@pytest.mark.parametrize(("wish", "said"), [("Registration", "registration"), ("Status", "status_report")])
def test_two_requests_are_served_by_every_node(wish: str, said: str) -> None:
    assert contents(live().receive(order(wish), NOW_S)) == ["task_ack", said]


def test_what_is_not_sound_is_answered_with_an_error() -> None:
    bad = parse(order("Start"))
    bad.task.ClearField("task_id")
    assert contents(live().receive(serialise(bad), NOW_S)) == ["error"]
    assert contents(live().receive(b"\xff", NOW_S)) == ["error"]
    assert live().receive(answer("error", packet=b"x"), NOW_S) == []


def test_alerts_and_their_acknowledgements_are_kept_for_whoever_asks() -> None:
    edge = live()
    ack = answer("alert_ack", alert_id=an_id(4), alert_ack_status=1)
    assert edge.receive(ack, NOW_S) == []
    assert [m.WhichOneof("content") for m in edge.heard] == ["alert_ack"]


def test_what_it_would_say_has_to_be_sound() -> None:
    bad = detecting()
    bad.detection_report.ClearField("object_id")
    with pytest.raises(UseError, match="object_id"):
        live().say(bad)
    with pytest.raises(UseError, match="node_id"):
        an_edge("radar-1")


def test_the_two_sides_agree() -> None:
    """An edge node and a fusion node, byte for byte, over an hour with cuts of every length."""
    fusion, edge = Fusion(FUSION), an_edge(CAMERA)
    heard: list[SapientMessage] = []
    link, now_s = 0, NOW_S

    def carry(messages: list[bytes]) -> None:
        for sent in messages:
            for action in fusion.receive(link, sent, now_s):
                if isinstance(action, Received):
                    heard.append(action.message)
                elif isinstance(action, Send):
                    carry(edge.receive(action.message, now_s))

    for away_s in (1.0, 30.0, 119.0, 121.0, 600.0, 15.0):
        link += 1
        fusion.connect(link, now_s)
        carry(edge.connected(now_s))
        for _ in range(300):
            now_s += 1.0
            carry(edge.tick(now_s))
            carry([said] if (said := edge.say(detecting(CAMERA, now_s))) else [])
            assert fusion.tick(now_s) == []
        fusion.disconnect(link, now_s)
        edge.lost(now_s)
        now_s += away_s
    kinds = [m.WhichOneof("content") for m in heard]
    assert kinds.count("detection_report") == 1800
    assert kinds.count("registration") == 3  # at first, and after the two cuts that lasted too long
    assert fusion.counts["resumed"] == 3
    assert not any(name.startswith("refused") for name in fusion.counts)
