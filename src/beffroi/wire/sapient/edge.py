"""An edge node's side of a SAPIENT conversation. No socket, no clock.

BSI Flex 335 v2.0: §4.4 a Registration and its acknowledgement come first; §6.3.1 a status report at once and
then one each interval; §4.8 GOODBYE before leaving; §4.9 a new attempt every 10 s, and no new registration if
the link was lost for less than two minutes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import UseError, WireError
from beffroi.wire.sapient.fusion import MAX_PACKET_BYTES, MAX_REASONS, MEMORY_S, interval_s
from beffroi.wire.sapient.message import envelope, parse, serialise
from beffroi.wire.sapient.rules import validate

RECONNECT_S = 10.0
ACKNOWLEDGE_S = 30.0
"""A Registration that has no answer for this long is tried again on a new link; the standard says nothing."""


Status = Literal["accepted", "rejected", "completed", "failed"]
STATUS: dict[Status, TaskAck.TaskStatus] = {
    "accepted": TaskAck.TASK_STATUS_ACCEPTED,
    "rejected": TaskAck.TASK_STATUS_REJECTED,
    "completed": TaskAck.TASK_STATUS_COMPLETED,
    "failed": TaskAck.TASK_STATUS_FAILED,
}


class Answer(NamedTuple):
    """What a node answers to a task."""

    status: Status
    reasons: tuple[str, ...] = ()


OnTask = Callable[[Task], Sequence[Answer]]
OnStatus = Callable[[], StatusReport]


def no_tasks(task: Task) -> Sequence[Answer]:
    """The answer of a node that takes no tasks."""
    return [Answer("rejected", ("this node takes no tasks",))]


class Edge:
    """One edge node. Each method gives the messages to send now, in order.

    `on_status` gives the present status, without report id; `ulid` makes an identifier from a time.
    Raises UseError if the registration is not sound.
    """

    def __init__(
        self,
        node_id: str,
        registration: Registration,
        on_status: OnStatus,
        ulid: Callable[[float], str],
        on_task: OnTask = no_tasks,
    ) -> None:
        self.node_id = node_id
        self.state: Literal["down", "waiting", "live"] = "down"
        self.fault: str | None = None
        """Why the link has to be closed; None while it may stay."""
        self.heard: list[SapientMessage] = []
        """What came that it does not answer itself: Errors, alerts, their acknowledgements. Clear it."""
        self.counts: Counter[str] = Counter()
        self._registration = registration
        self._interval_s = interval_s(registration)
        self._on_status, self._on_task, self._ulid = on_status, on_task, ulid
        self._lost_at_s = float("-inf")
        self._registered = self._resumed = False
        self._due_at_s = 0.0
        self._peer: str | None = None
        if failures := validate(self._register(0.0)):
            raise UseError(str(failures[0]))

    def connected(self, now_s: float) -> list[bytes]:
        """The link stands."""
        self.fault = None
        if self._registered and now_s - self._lost_at_s <= MEMORY_S:
            self.state, self._resumed = "live", True
            return [self._status(now_s)]
        return self._begin(now_s)

    def lost(self, now_s: float) -> None:
        """The link is cut."""
        if self.state == "live":
            self._lost_at_s = now_s
        self.state = "down"

    def receive(self, payload: bytes, now_s: float) -> list[bytes]:
        """What to answer to one message."""
        try:
            message = parse(payload)
        except WireError as bad:
            return [self._error(payload, [bad.reason], now_s)]
        if failures := validate(message):
            self.counts["refused"] += 1
            return (
                [] if message.HasField("error") else [self._error(payload, list(map(str, failures)), now_s)]
            )
        self._peer = message.node_id
        if message.HasField("registration_ack"):
            return self._acknowledged(message, now_s)
        if message.HasField("task"):
            return self._tasked(message.task, now_s)
        self.heard.append(message)
        if message.HasField("error"):
            self.counts["errors"] += 1
            if self._resumed:  # the other side has forgotten this node
                return self._begin(now_s)
        return []

    def tick(self, now_s: float) -> list[bytes]:
        """What is due."""
        if self.state == "down" or now_s < self._due_at_s:
            return []
        if self.state == "waiting":
            self.fault = "the Registration is not answered"
            return []
        self._resumed = False
        return [self._status(now_s)]

    def say(self, message: SapientMessage) -> bytes | None:
        """The bytes of a detection or alert; None, and counted, while the node may not speak.

        Raises UseError if the message is not sound.
        """
        if failures := validate(message):
            raise UseError(str(failures[0]))
        if self.state != "live":
            self.counts["unsent"] += 1
            return None
        return serialise(message)

    def goodbye(self, now_s: float) -> list[bytes]:
        """The last words; afterwards the node has to register again."""
        was_live, self.state, self._registered = self.state == "live", "down", False
        return [self._status(now_s, StatusReport.SYSTEM_GOODBYE)] if was_live else []

    def message(self, now_s: float) -> SapientMessage:
        """An empty message from this node to its fusion node."""
        return envelope(self.node_id, now_s, self._peer)

    def _register(self, now_s: float) -> SapientMessage:
        message = self.message(now_s)
        message.registration.CopyFrom(self._registration)
        return message

    def _begin(self, now_s: float) -> list[bytes]:
        self.state, self._registered, self._resumed = "waiting", False, False
        self._due_at_s = now_s + ACKNOWLEDGE_S
        return [serialise(self._register(now_s))]

    def _acknowledged(self, message: SapientMessage, now_s: float) -> list[bytes]:
        if not message.registration_ack.acceptance:
            self._registered = False
            self.fault = "refused: " + "; ".join(message.registration_ack.ack_response_reason)
            return []
        if self.state != "waiting":
            return []
        self.state, self._registered = "live", True
        return [self._status(now_s)]

    def _status(self, now_s: float, system: StatusReport.System | None = None) -> bytes:
        self._due_at_s = now_s + self._interval_s
        message = self.message(now_s)
        message.status_report.CopyFrom(self._on_status())
        message.status_report.report_id = self._ulid(now_s)
        if system is not None:
            message.status_report.system = system
        return serialise(message)

    def _tasked(self, task: Task, now_s: float) -> list[bytes]:
        """`Registration` and `Status` are requests that every node can serve; the rest is the node's own."""
        wish = task.command.request.strip().lower()
        if wish == "registration":
            return [self._ack(task, Answer("completed"), now_s), serialise(self._register(now_s))]
        if wish == "status":
            return [self._ack(task, Answer("completed"), now_s), self._status(now_s)]
        return [self._ack(task, answer, now_s) for answer in self._on_task(task)]

    def _ack(self, task: Task, answer: Answer, now_s: float) -> bytes:
        message = self.message(now_s)
        message.task_ack.task_id = task.task_id
        message.task_ack.task_status = STATUS[answer.status]
        message.task_ack.reason.extend(answer.reasons)
        return serialise(message)

    def _error(self, payload: bytes, reasons: list[str], now_s: float) -> bytes:
        message = self.message(now_s)
        message.error.packet = payload[:MAX_PACKET_BYTES]
        message.error.error_message.extend(reasons[:MAX_REASONS])
        return serialise(message)
