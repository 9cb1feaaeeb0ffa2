"""The fusion node's side of a SAPIENT conversation, over all its connections. No socket, no clock.

BSI Flex 335 v2.0: §4.4 registration before anything else; §4.8 GOODBYE; §4.9 a node that is back within two
minutes need not register again; §6.3.2.1 three status intervals without a report close the connection.

What the standard leaves open, and how it is here:
- a node id belongs to the connection that registered it. Another one that speaks in its name gets an Error
  and is closed; after the first is gone the id is free again. Where both sides show certificates, an id stays
  with the names of the certificate that first used it, and one that names node ids speaks for those alone.
- one connection may carry several nodes, each with its own registration (a gateway, a fusion node below).
  A silent node is lost; the connection is closed when no node of it is left.
- a connection on which no node lives for `UNREGISTERED_S` is closed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sapient_msg.bsi_flex_335_v2_0.alert_ack_pb2 import AlertAck
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import UseError, WireError
from beffroi.wire.sapient.message import envelope, parse, serialise
from beffroi.wire.sapient.rules import is_uuid, validate

MEMORY_S = 120.0
"""How long a lost node is remembered (§4.9)."""
MISSED_INTERVALS = 3
UNREGISTERED_S = 30.0
MAX_NODES = 256
MAX_PACKET_BYTES = 64 * 1024
"""How much of a message that is refused goes back with the Error."""
MAX_REASONS = 20

SECONDS = {
    Registration.TIME_UNITS_NANOSECONDS: 1e-9,
    Registration.TIME_UNITS_MICROSECONDS: 1e-6,
    Registration.TIME_UNITS_MILLISECONDS: 1e-3,
    Registration.TIME_UNITS_SECONDS: 1.0,
    Registration.TIME_UNITS_MINUTES: 60.0,
    Registration.TIME_UNITS_HOURS: 3600.0,
    Registration.TIME_UNITS_DAYS: 86400.0,
}


class Send(NamedTuple):
    """Send these bytes, as one frame, on this connection."""

    connection: int
    message: bytes


class Close(NamedTuple):
    """Send what waits on this connection, then close it."""

    connection: int
    reason: str


class Received(NamedTuple):
    """A sound message of a node that may speak."""

    node_id: str
    message: SapientMessage
    payload: bytes


Why = Literal["unreadable", "unsound", "misplaced", "taken", "unregistered", "unknown task"]


class Refused(NamedTuple):
    """A message that is not passed on: `unreadable` and `unsound` by itself, the rest by who says it when."""

    why: Why
    payload: bytes


Action = Send | Close | Received | Refused


def interval_s(registration: Registration) -> float:
    """Time between two status reports, as registered."""
    interval = registration.status_definition.status_interval
    return interval.value * SECONDS[interval.units]


@dataclass(slots=True)
class Node:
    """A node that has registered."""

    registration: Registration
    payload: bytes
    """The whole registration message, as it came."""
    interval_s: float
    connection: int | None
    """None while it is lost."""
    heard_at_s: float
    """Of its last status report, or of what stands for the first one."""
    lost_at_s: float = 0.0
    tasks: set[str] = field(default_factory=set)
    """Ids of tasks whose end it has not told."""


@dataclass(slots=True)
class _Connection:
    names: frozenset[str]
    empty_since_s: float


class Fusion:
    """What the fusion node knows of its nodes, and what it answers. `node_id` is its own."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id
        self.nodes: dict[str, Node] = {}
        self.counts: Counter[str] = Counter()
        """Messages by content, and `refused` by why."""
        self._connections: dict[int, _Connection] = {}
        self._owners: dict[str, frozenset[str]] = {}

    def connect(self, connection: int, now_s: float, names: frozenset[str] = frozenset()) -> None:
        """A connection was made; `names` are those that its certificate proves."""
        self._connections[connection] = _Connection(names, now_s)

    def disconnect(self, connection: int, now_s: float) -> None:
        """A connection is gone; its nodes are lost, not forgotten."""
        self._connections.pop(connection, None)
        for node in self.nodes.values():
            if node.connection == connection:
                node.connection, node.lost_at_s = None, now_s

    def receive(self, connection: int, payload: bytes, now_s: float) -> Sequence[Action]:
        """What to do about one message."""
        try:
            message = parse(payload)
        except WireError as bad:
            return self._refuse(connection, "", payload, "unreadable", [bad.reason], now_s)
        if failures := validate(message):
            return self._unsound(connection, message, payload, [str(f) for f in failures], now_s)
        content = message.WhichOneof("content") or ""
        if content not in _ANSWERS:
            reason = f"a {content} is for an edge node"
            return self._refuse(connection, message.node_id, payload, "misplaced", [reason], now_s)
        if why := self._may_not_speak(connection, message.node_id, now_s):
            refusal = self._refuse(connection, message.node_id, payload, "taken", [why], now_s)
            return [*refusal, Close(connection, why)]
        received = Received(message.node_id, message, payload)
        if content == "registration":
            return self._register(connection, received, now_s)
        node = self._node(connection, message.node_id, now_s)
        if node is None:
            why = "this node is not registered: send a Registration first"
            return self._refuse(connection, message.node_id, payload, "unregistered", [why], now_s)
        self.counts[content] += 1
        return _ANSWERS[content](self, node, received, now_s)

    def tick(self, now_s: float) -> Sequence[Action]:
        """What time brings: silent nodes are lost, lost ones forgotten, connections without a node closed."""
        for node_id, node in list(self.nodes.items()):
            if node.connection is None:
                if now_s - node.lost_at_s > MEMORY_S:
                    del self.nodes[node_id]
            elif now_s - node.heard_at_s > MISSED_INTERVALS * node.interval_s:
                self._connections[node.connection].empty_since_s = now_s - UNREGISTERED_S - 1
                node.connection, node.lost_at_s = None, now_s
                self.counts["silent"] += 1
        living = {node.connection for node in self.nodes.values()}
        return [
            Close(number, "no node of this connection reports its status")
            for number, connection in self._connections.items()
            if number not in living and now_s - connection.empty_since_s > UNREGISTERED_S
        ]

    def task(self, node_id: str, task: Task, now_s: float) -> Send:
        """The message that orders `task`. Raises UseError unless the node is here and declared it."""
        node = self.nodes.get(node_id)
        if node is None or node.connection is None:
            raise UseError(f"node {node_id} is not connected")
        if why := _undeclared(task, node.registration):
            raise UseError(f"node {node_id} {why}")
        message = envelope(self.node_id, now_s, node_id)
        message.task.CopyFrom(task)
        if failures := validate(message):
            raise UseError(str(failures[0]))
        node.tasks.add(task.task_id)
        return Send(node.connection, serialise(message))

    # Who may speak

    def _may_not_speak(self, connection: int, node_id: str, now_s: float) -> str | None:
        """Why this connection may not use this node id; None if it may."""
        names = self._connections[connection].names
        node = self.nodes.get(node_id)
        if node_id == self.node_id:
            return "this node id is the fusion node's own"
        if node is not None and node.connection not in (None, connection):
            return "another connection is using this node id"
        if any(map(is_uuid, names)) and node_id not in names:
            return "the certificate names other nodes"
        if self._owners.get(node_id, names) != names:
            return "this node id belongs to another certificate"
        return None

    def _node(self, connection: int, node_id: str, now_s: float) -> Node | None:
        """The registered node, picked up again where it was lost a short while ago."""
        node = self.nodes.get(node_id)
        if node is None or node.connection == connection:
            return node
        if now_s - node.lost_at_s > MEMORY_S:
            del self.nodes[node_id]
            return None
        node.connection, node.heard_at_s = connection, now_s
        self.counts["resumed"] += 1
        return node

    # Answers

    def _register(self, connection: int, received: Received, now_s: float) -> Sequence[Action]:
        node_id, registration = received.node_id, received.message.registration
        names = self._connections[connection].names
        if len(self.nodes.keys() | {node_id}) > MAX_NODES or len(self._owners) > 16 * MAX_NODES:
            return [self._acknowledge(connection, node_id, [f"{MAX_NODES} nodes are the limit"], now_s)]
        node = Node(registration, received.payload, interval_s(registration), connection, now_s)
        if node_id in self.nodes:
            node.tasks = self.nodes[node_id].tasks
        self.nodes[node_id] = node
        if names:
            self._owners[node_id] = names
        self.counts["registration"] += 1
        return [received, self._acknowledge(connection, node_id, [], now_s)]

    def _status(self, node: Node, received: Received, now_s: float) -> Sequence[Action]:
        node.heard_at_s = now_s
        if received.message.status_report.system == StatusReport.SYSTEM_GOODBYE:
            del self.nodes[received.node_id]
            if node.connection is not None:
                self._connections[node.connection].empty_since_s = now_s
        return [received]

    def _deliver(self, node: Node, received: Received, now_s: float) -> Sequence[Action]:
        return [received]

    def _alert(self, node: Node, received: Received, now_s: float) -> Sequence[Action]:
        answer = envelope(self.node_id, now_s, received.node_id)
        answer.alert_ack.alert_id = received.message.alert.alert_id
        answer.alert_ack.alert_ack_status = AlertAck.ALERT_ACK_STATUS_ACCEPTED
        return [received, Send(_living(node), serialise(answer))]

    def _task_ack(self, node: Node, received: Received, now_s: float) -> Sequence[Action]:
        ack = received.message.task_ack
        if ack.task_id not in node.tasks:
            why = f"no task {ack.task_id} is open for this node"
            return self._refuse(
                _living(node), received.node_id, received.payload, "unknown task", [why], now_s
            )
        if ack.task_status != TaskAck.TASK_STATUS_ACCEPTED:
            node.tasks.remove(ack.task_id)
        return [received]

    # Refusals

    def _unsound(
        self, connection: int, message: SapientMessage, payload: bytes, reasons: list[str], now_s: float
    ) -> Sequence[Action]:
        refusal = self._refuse(connection, message.node_id, payload, "unsound", reasons, now_s)
        if message.WhichOneof("content") == "registration" and is_uuid(message.node_id):
            return [refusal[0], self._acknowledge(connection, message.node_id, reasons, now_s)]
        # an Error about an Error would go round for ever
        return refusal[:1] if message.HasField("error") else refusal

    def _refuse(
        self, connection: int, node_id: str, payload: bytes, why: Why, reasons: list[str], now_s: float
    ) -> list[Action]:
        self.counts[f"refused: {why}"] += 1
        answer = envelope(self.node_id, now_s, node_id if is_uuid(node_id) else None)
        answer.error.packet = payload[:MAX_PACKET_BYTES]
        answer.error.error_message.extend(reasons[:MAX_REASONS])
        return [Refused(why, payload), Send(connection, serialise(answer))]

    def _acknowledge(self, connection: int, node_id: str, reasons: list[str], now_s: float) -> Send:
        answer = envelope(self.node_id, now_s, node_id)
        answer.registration_ack.acceptance = not reasons
        answer.registration_ack.ack_response_reason.extend(reasons[:MAX_REASONS])
        return Send(connection, serialise(answer))


def _living(node: Node) -> int:
    assert node.connection is not None  # it has just spoken
    return node.connection


def _undeclared(task: Task, registration: Registration) -> str | None:
    """Why the node cannot be given this task, by its own registration."""
    command = task.command.WhichOneof("command")
    if command is None:
        return None
    modes = registration.mode_definition
    declared = {Registration.CommandType.Name(c.type) for mode in modes for c in mode.task.command}
    if f"COMMAND_TYPE_{command.upper()}" not in declared:
        return f"declared no command {command}"
    if command == "mode_change" and task.command.mode_change not in {mode.mode_name for mode in modes}:
        return f"declared no mode {task.command.mode_change!r}"
    return None


_Answer = Callable[[Fusion, Node, Received, float], Sequence[Action]]
_ANSWERS: dict[str, _Answer] = {
    "registration": Fusion._deliver,
    "status_report": Fusion._status,
    "detection_report": Fusion._deliver,
    "alert": Fusion._alert,
    "alert_ack": Fusion._deliver,
    "task_ack": Fusion._task_ack,
    "error": Fusion._deliver,
}
"""What a fusion node hears, and what it makes of it."""
