"""From one fusion node to the one above it: byte for byte, each node with its own registration."""

import itertools

import pytest
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.wire.sapient import ulid
from beffroi.wire.sapient.edge import Edge
from beffroi.wire.sapient.fusion import Fusion, Received, Send
from beffroi.wire.sapient.message import envelope, parse, serialise
from beffroi.wire.sapient.registration import registration
from beffroi.wire.sapient.relay import Relay
from sapient_made import CAMERA, FUSION, NOW_S, RADAR, UPPER, an_id, detecting, registering, reporting, status


class House:
    """A relay below and a real fusion node above it, joined without a socket."""

    def __init__(self) -> None:
        numbers = itertools.count(7000)
        declared = registration(Registration.NODE_TYPE_FUSION_NODE, "lower")
        edge = Edge(FUSION, declared, status, lambda now_s: ulid.encode(now_s, next(numbers)))
        self.relay, self.upper = Relay(edge), Fusion(UPPER)
        self.now_s, self.link = NOW_S, 0
        self.arrived: list[bytes] = []

    def join(self) -> None:
        self.link += 1
        self.upper.connect(self.link, self.now_s)
        self.carry(self.relay.connected(self.now_s))

    def cut(self) -> None:
        self.upper.disconnect(self.link, self.now_s)
        self.relay.lost(self.now_s)

    def carry(self, messages: list[bytes]) -> None:
        for sent in messages:
            for action in self.upper.receive(self.link, sent, self.now_s):
                if isinstance(action, Received):
                    self.arrived.append(action.payload)
                elif isinstance(action, Send):
                    self.carry(self.relay.receive(action.message, self.now_s))

    def below(self, *said: SapientMessage) -> None:
        received = [Received(m.node_id, m, serialise(m)) for m in said]
        self.carry(self.relay.forward(received))

    def kinds(self) -> list[tuple[str, str | None]]:
        return [(parse(p).node_id, parse(p).WhichOneof("content")) for p in self.arrived]


@pytest.fixture
def house() -> House:
    made = House()
    made.join()
    made.below(registering(), reporting())
    return made


def test_it_registers_itself_then_those_below_it(house: House) -> None:
    assert house.kinds() == [
        (FUSION, "registration"),
        (FUSION, "status_report"),
        (RADAR, "registration"),
        (RADAR, "status_report"),
    ]


def test_what_arrives_is_byte_for_byte_what_was_said(house: House) -> None:
    odd = serialise(detecting()) + b"\xaa\x06\x05later"
    house.carry(house.relay.forward([Received(RADAR, parse(odd), odd)]))
    assert house.arrived[-1] == odd


def test_a_node_that_was_there_before_the_link_is_told_with_its_status() -> None:
    made = House()
    made.below(registering(), reporting(), detecting())
    assert made.relay.edge.counts["unsent"] == 1
    made.join()
    assert (RADAR, "status_report") in made.kinds()
    made.below(detecting())
    assert made.kinds()[-1] == (RADAR, "detection_report")


@pytest.mark.parametrize(("away_s", "registrations"), [(60.0, 1), (200.0, 2)])
def test_a_cut_costs_registrations_only_when_it_lasts(
    house: House, away_s: float, registrations: int
) -> None:
    house.cut()
    house.now_s += away_s
    house.join()
    house.below(detecting(now_s=house.now_s))
    assert house.kinds().count((RADAR, "registration")) == registrations
    assert house.kinds()[-1] == (RADAR, "detection_report")


def test_a_node_that_came_during_the_cut_is_told_afterwards(house: House) -> None:
    house.cut()
    house.below(registering(CAMERA), reporting(CAMERA))
    house.now_s += 30
    house.join()
    assert house.kinds()[-2:] == [(CAMERA, "registration"), (CAMERA, "status_report")]


def test_goodbye_goes_up_and_ends_it(house: House) -> None:
    house.below(reporting(system=StatusReport.SYSTEM_GOODBYE), detecting())
    assert house.kinds()[-1] == (RADAR, "status_report")
    assert RADAR not in house.upper.nodes


def test_a_node_that_the_upper_one_refuses_stays_below(house: House) -> None:
    refusal = envelope(UPPER, NOW_S, RADAR)
    refusal.registration_ack.acceptance = False
    house.relay.receive(serialise(refusal), NOW_S)
    house.below(detecting())
    assert house.kinds()[-1] == (RADAR, "status_report")
    assert house.relay.edge.counts["unsent"] == 1


def test_tasks_from_above_are_refused_in_the_name_of_the_node(house: House) -> None:
    task = Task(task_id=an_id(8), control=Task.CONTROL_START)
    task.command.request = "Start"
    order = house.upper.task(RADAR, task, NOW_S)
    (answered,) = house.relay.receive(order.message, NOW_S)
    assert parse(answered).node_id == RADAR
    assert parse(answered).task_ack.task_status == TaskAck.TASK_STATUS_REJECTED
    house.carry([answered])
    assert house.kinds()[-1] == (RADAR, "task_ack")


def test_talk_of_this_side_stays_here(house: House) -> None:
    before = list(house.arrived)
    ack = envelope(RADAR, NOW_S)
    ack.task_ack.task_id = an_id(8)
    ack.task_ack.task_status = TaskAck.TASK_STATUS_ACCEPTED
    house.below(ack)
    assert house.arrived == before


def test_a_node_that_is_forgotten_below_is_not_told_again(house: House) -> None:
    house.below(registering(CAMERA), reporting(CAMERA))
    house.relay.keep({CAMERA})
    house.cut()
    house.now_s += 200
    before = len(house.arrived)
    house.join()
    assert {node_id for node_id, _ in house.kinds()[before:]} == {FUSION, CAMERA}
