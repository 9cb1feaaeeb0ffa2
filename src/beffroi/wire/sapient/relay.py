"""A fusion node's side towards a fusion node above it: what its own edge nodes say goes on unchanged.

BSI Flex 335 v2.0 knows edge nodes that call and fusion nodes that are called, and a hierarchy: the lower
fusion node registers with the upper one as NODE_TYPE_FUSION_NODE (§6.2). So this is the calling side. It
registers itself first, then passes on the registration of each node below it, and after its acknowledgement
that node's messages, byte for byte. Tasks from above for a node below are refused: who may order what is
decided here, by people.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from beffroi.errors import WireError
from beffroi.wire.sapient.edge import STATUS, Edge
from beffroi.wire.sapient.fusion import Received
from beffroi.wire.sapient.message import envelope, parse, serialise

PASSED_ON = frozenset({"status_report", "detection_report", "alert"})
"""What goes up. Acknowledgements and Errors belong to this side's own conversation."""


@dataclass(slots=True)
class _Below:
    registration: bytes
    known: bool = False
    """True once the upper node has acknowledged it."""
    status: bytes | None = None
    """Its last report: the first thing to say after the acknowledgement (§6.3.1)."""


class Relay:
    """`edge` speaks for this fusion node itself; `forward` takes what its `Fusion` received."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self._below: dict[str, _Below] = {}

    def forward(self, received: Iterable[Received]) -> list[bytes]:
        """The messages to send on now. What finds no open way up is counted as `unsent`."""
        sent: list[bytes] = []
        for node_id, message, payload in received:
            content = message.WhichOneof("content")
            if content == "registration":
                self._below.setdefault(node_id, _Below(payload)).registration = payload
                sent += [payload] if self.edge.state == "live" else []
            elif content in PASSED_ON and (node := self._below.get(node_id)):
                if content == "status_report":
                    node.status = payload
                if node.known and self.edge.state == "live":
                    sent.append(payload)
                elif content != "status_report":  # that one is said later
                    self.edge.counts["unsent"] += 1
                if message.status_report.system == StatusReport.SYSTEM_GOODBYE:
                    del self._below[node_id]
        return sent

    def keep(self, known: Container[str]) -> None:
        """Forget the nodes that are not known below any more: they register again when they come back."""
        self._below = {node_id: node for node_id, node in self._below.items() if node_id in known}

    def connected(self, now_s: float) -> list[bytes]:
        """The link stands."""
        return self._after(self.edge.connected(now_s))

    def lost(self, now_s: float) -> None:
        """The link is cut."""
        self.edge.lost(now_s)

    def tick(self, now_s: float) -> list[bytes]:
        """What is due."""
        return self.edge.tick(now_s)

    def goodbye(self, now_s: float) -> list[bytes]:
        """The last words."""
        return self.edge.goodbye(now_s)

    @property
    def fault(self) -> str | None:
        """Why the link has to be closed; None while it may stay."""
        return self.edge.fault

    def receive(self, payload: bytes, now_s: float) -> list[bytes]:
        """What to answer to one message."""
        try:
            message = parse(payload)
        except WireError:
            return self.edge.receive(payload, now_s)
        node = self._below.get(message.destination_id)
        if node is None:
            was = self.edge.state
            answer = self.edge.receive(payload, now_s)
            return self._after(answer) if was != self.edge.state else answer
        if message.HasField("registration_ack"):
            was_known, node.known = node.known, message.registration_ack.acceptance
            return [node.status] if node.known and not was_known and node.status else []
        if message.HasField("task"):
            refusal = envelope(message.destination_id, now_s, message.node_id)
            refusal.task_ack.task_id = message.task.task_id
            refusal.task_ack.task_status = STATUS["rejected"]
            refusal.task_ack.reason.append("tasks for this node are ordered where it is registered")
            return [serialise(refusal)]
        if message.HasField("error"):
            self.edge.counts["errors"] += 1
        return []

    def _after(self, sent: list[bytes]) -> list[bytes]:
        """What changes with the state of the link: a new session knows no node below, a live one is told."""
        if self.edge.state == "waiting":
            for node in self._below.values():
                node.known = False
        if self.edge.state == "live":
            sent = sent + [node.registration for node in self._below.values() if not node.known]
        return sent
