"""The calling side: an edge node, or this fusion node towards one above it."""

import asyncio
import secrets
import ssl
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from sapient_msg.bsi_flex_335_v2_0.alert_pb2 import Alert
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from beffroi.links import Clock
from beffroi.links.sapient.connection import TICK_S, Connection, every
from beffroi.wire.sapient import ulid
from beffroi.wire.sapient.edge import RECONNECT_S, Edge, OnStatus, OnTask, no_tasks
from beffroi.wire.sapient.fusion import Fusion, Received
from beffroi.wire.sapient.registration import MODE, registration
from beffroi.wire.sapient.relay import Relay

CONNECT_S = 10.0


def new_ulid(now_s: float) -> str:
    """A fresh ULID."""
    return ulid.encode(now_s, secrets.randbits(ulid.REST_BITS))


class Session(Protocol):
    """The calling side of a conversation: an `Edge` or a `Relay`."""

    @property
    def fault(self) -> str | None: ...
    def connected(self, now_s: float) -> list[bytes]: ...
    def receive(self, payload: bytes, now_s: float) -> list[bytes]: ...
    def tick(self, now_s: float) -> list[bytes]: ...
    def lost(self, now_s: float) -> None: ...
    def goodbye(self, now_s: float) -> list[bytes]: ...


class Caller:
    """Calls a fusion node for a session, and calls again `RECONNECT_S` after a cut.

    Use as `async with`, or `start` and `stop`, which says GOODBYE. `tick_s` as in `FusionNode`.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        tick_s: float | None = TICK_S,
    ) -> None:
        self.session = session
        self.dropped = 0
        """Messages that were not sent because the peer reads too slowly."""
        self.faults: Counter[str] = Counter()
        """Links that failed or were cut, by why."""
        self._clock, self._host, self._port = clock, host, port
        self._tls, self._server_name = tls, (server_name or host) if tls else None
        self._tick_s = tick_s
        self._connection: Connection | None = None
        self._calling: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._next_call_s = float("-inf")

    async def start(self) -> None:
        """Begin to call."""
        self.tick()
        if self._tick_s is not None:
            self._ticking = asyncio.create_task(every(self._tick_s, self.tick))

    async def stop(self) -> None:
        """Say GOODBYE and close."""
        for task in (self._ticking, self._calling):
            if task is not None:
                task.cancel()
        if self._connection is not None:
            self._connection.send(self.session.goodbye(self._clock()))
            self._connection.close("done")
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def tick(self) -> None:
        """Look at the clock: say what is due, call again when it is time."""
        now_s = self._clock()
        if self._connection is not None:
            self._say(self.session.tick(now_s))
        elif now_s >= self._next_call_s and (self._calling is None or self._calling.done()):
            self._calling = asyncio.create_task(self._call())

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages of the session (detections, alerts); without a link they are dropped and counted."""
        if self._connection is None:
            self.dropped += len(messages)
        else:
            self._connection.send(messages, droppable=True)

    def cut(self) -> None:
        """Cut the link, as a cable would."""
        if self._connection is not None:
            self._connection.cut("cut")

    async def _call(self) -> None:
        loop = asyncio.get_running_loop()
        call = loop.create_connection(
            lambda: Connection(self, 0),
            self._host,
            self._port,
            ssl=self._tls,
            server_hostname=self._server_name,
        )
        try:
            await asyncio.wait_for(call, CONNECT_S)
        except (OSError, TimeoutError) as bad:
            self._failed(str(bad) or type(bad).__name__)

    def _say(self, messages: Sequence[bytes]) -> None:
        if self._connection is None:
            return
        self._connection.send(messages)
        if self.session.fault is not None:
            self._connection.close(self.session.fault)

    def _failed(self, why: str) -> None:
        self.faults[why] += 1
        self._next_call_s = self._clock() + RECONNECT_S

    # The connection calls these

    def opened(self, connection: Connection) -> None:
        self._connection = connection
        self._say(self.session.connected(self._clock()))

    def received(self, connection: Connection, payloads: Iterable[bytes]) -> None:
        for payload in payloads:
            self._say(self.session.receive(payload, self._clock()))

    def closed(self, connection: Connection) -> None:
        self._connection = None
        self.dropped += connection.dropped
        self.session.lost(self._clock())
        self._failed(connection.fault or "closed by the peer")


class EdgeNode(Caller):
    """An edge node on the air: `say` sends its detections and alerts; the rest goes by itself.

    `on_status` gives the present status, `on_task` the answers to a task. Raises UseError if the registration
    is not sound.
    """

    def __init__(
        self,
        node_id: str,
        registration: Registration,
        on_status: OnStatus,
        clock: Clock,
        host: str,
        port: int,
        *,
        on_task: OnTask = no_tasks,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        tick_s: float | None = TICK_S,
    ) -> None:
        self.edge = Edge(node_id, registration, on_status, new_ulid, on_task)
        super().__init__(self.edge, clock, host, port, tls=tls, server_name=server_name, tick_s=tick_s)

    def say(self, content: DetectionReport | Alert) -> bool:
        """Send a detection or an alert, stamped now; False, and counted, while the node may not speak.

        Raises UseError if the message is not sound.
        """
        message = self.edge.message(self._clock())
        name = "alert" if isinstance(content, Alert) else "detection_report"
        getattr(message, name).CopyFrom(content)
        payload = self.edge.say(message)
        if payload is not None:
            self.send([payload])
        return payload is not None


class Forwarder(Caller):
    """A fusion node on the air towards the one above it: `forward` passes on what its own nodes said.

    Nothing waits for a link that is cut: what comes then is counted as lost. The nodes below are told again
    when the link stands.
    """

    def __init__(
        self, below: Fusion, clock: Clock, host: str, port: int, *, tls: ssl.SSLContext | None = None
    ) -> None:
        declared = registration(Registration.NODE_TYPE_FUSION_NODE, "beffroi")
        self._below, self._edge = below, Edge(below.node_id, declared, _well, new_ulid)
        self._relay = Relay(self._edge)
        super().__init__(self._relay, clock, host, port, tls=tls)

    def forward(self, received: Sequence[Received]) -> None:
        """Pass on what the fusion node received."""
        self.send(self._relay.forward(received))

    def tick(self) -> None:
        """Look at the clock, and forget what is over."""
        self._edge.heard.clear()
        self._relay.keep(self._below.nodes)
        super().tick()

    @property
    def unsent(self) -> int:
        """Messages that nobody above got: the link was cut, or the peer reads too slowly."""
        waiting = self._connection.dropped if self._connection else 0
        return self.dropped + waiting + self._edge.counts["unsent"]


def _well() -> StatusReport:
    return StatusReport(system=StatusReport.SYSTEM_OK, info=StatusReport.INFO_NEW, mode=MODE)
