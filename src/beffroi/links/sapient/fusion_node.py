"""The fusion node on the air: it listens, and edge nodes call it."""

import asyncio
import ssl
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Self

from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import LinkError
from beffroi.links import Clock
from beffroi.links.sapient.connection import TICK_S, Connection, every
from beffroi.wire.sapient.fusion import Action, Close, Fusion, Received, Refused, Send

MAX_CONNECTIONS = 256
HANDSHAKE_S = 10.0

OnMessages = Callable[[list[Received]], None]


class FusionNode:
    """Listens for edge nodes. `on_messages` gets the sound messages that one read brought, in order;
    `on_refused` each message that was answered with an Error or a refusal.

    `has_room` says whether more may come; while it says no, nothing is read and the senders wait. Use as
    `async with`, or `start` and `stop`. `tick_s`, real time, is how often it looks at the clock; with None
    the caller calls `tick`.
    """

    def __init__(
        self,
        on_messages: OnMessages,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        node_id: str | None = None,
        on_refused: Callable[[Refused], None] = lambda refused: None,
        has_room: Callable[[], bool] = lambda: True,
        tick_s: float | None = TICK_S,
    ) -> None:
        self.fusion = Fusion(node_id or str(uuid.uuid4()))
        self.faults: Counter[str] = Counter()
        """Connections that were closed from this side, by why."""
        self.port = port
        self._dropped = 0
        self._on_messages, self._on_refused = on_messages, on_refused
        self._clock, self._has_room = clock, has_room
        self._host, self._tls, self._tick_s = host, tls, tick_s
        self._connections: dict[int, Connection] = {}
        self._made = 0
        self._paused = False
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises LinkError if the address cannot be used."""
        loop = asyncio.get_running_loop()
        handshake_s = HANDSHAKE_S if self._tls else None
        try:
            self._server = await loop.create_server(
                self._accept, self._host, self.port, ssl=self._tls, ssl_handshake_timeout=handshake_s
            )
        except OSError as bad:
            raise LinkError(f"{self._host}:{self.port}", f"cannot listen: {bad}") from bad
        self.port = self._server.sockets[0].getsockname()[1]
        if self._tick_s is not None:
            self._ticking = asyncio.create_task(every(self._tick_s, self.tick))

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._ticking is not None:
            self._ticking.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.values()):
            connection.close("the fusion node stops")
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def connected(self) -> list[str]:
        """Ids of the nodes that are here now."""
        return [node_id for node_id, node in self.fusion.nodes.items() if node.connection is not None]

    @property
    def dropped(self) -> int:
        """Messages that were not sent because a peer reads too slowly."""
        return self._dropped + sum(connection.dropped for connection in self._connections.values())

    def tick(self) -> None:
        """Look at the clock: close what is silent; read again where there is room."""
        for action in self.fusion.tick(self._clock()):
            self._act(action)
        if self._paused and self._has_room():
            self._paused = False
            for connection in self._connections.values():
                connection.read(go_on=True)

    def order(self, node_id: str, task: Task) -> None:
        """Send a task to a node. Raises UseError unless the node is here and declared such a command."""
        self._act(self.fusion.task(node_id, task, self._clock()))

    # A connection calls these

    def opened(self, connection: Connection) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            connection.cut(f"more than {MAX_CONNECTIONS} connections")
            self.faults[f"more than {MAX_CONNECTIONS} connections"] += 1
            return
        self._connections[connection.number] = connection
        self.fusion.connect(connection.number, self._clock(), connection.names())
        if self._paused:
            connection.read(go_on=False)

    def received(self, connection: Connection, payloads: Iterable[bytes]) -> None:
        sound: list[Received] = []
        try:
            for payload in payloads:
                for action in self.fusion.receive(connection.number, payload, self._clock()):
                    if isinstance(action, Received):
                        sound.append(action)
                    elif isinstance(action, Refused):
                        self._on_refused(action)
                    else:
                        self._act(action)
                if connection.fault is not None:
                    break
        finally:
            if sound:
                self._on_messages(sound)
        if not self._paused and not self._has_room():
            self._paused = True
            for each in self._connections.values():
                each.read(go_on=False)

    def closed(self, connection: Connection) -> None:
        if self._connections.pop(connection.number, None) is not None:
            self.fusion.disconnect(connection.number, self._clock())
            self._dropped += connection.dropped
            self.faults[connection.fault or "closed by the peer"] += 1

    def _accept(self) -> Connection:
        self._made += 1
        return Connection(self, self._made)

    def _act(self, action: Action) -> None:
        if not isinstance(action, Send | Close):
            return
        connection = self._connections.get(action.connection)
        if connection is None:
            return
        if isinstance(action, Send):
            connection.send([action.message])
        else:
            connection.close(action.reason)
