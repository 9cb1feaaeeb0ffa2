"""One TCP connection of a SAPIENT conversation: frames in, frames out, a bounded room for what waits.

A consumer that reads slowly is never waited for and never fills memory: up to `OUTBOX_BYTES` wait for it,
then the oldest detections are dropped and counted; when replies alone fill that room, the link is cut.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from beffroi.errors import WireError
from beffroi.wire.sapient.frames import Frames, frame

OUTBOX_BYTES = 4 * 1024 * 1024
SOCKET_BYTES = 256 * 1024
"""What asyncio itself holds of a connection before it asks us to wait."""
LINGER_S = 5.0
"""A closed connection whose peer does not take its last messages is cut after this long."""
TICK_S = 0.05
"""Real time between two looks at the clock."""


async def every(period_s: float, act: Callable[[], None]) -> None:
    """Do something again and again, in real time."""
    while True:
        await asyncio.sleep(period_s)
        act()


class Owner(Protocol):
    def opened(self, connection: "Connection") -> None: ...
    def received(self, connection: "Connection", payloads: Iterable[bytes]) -> None: ...
    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """One TCP connection: frames in, frames out, with a bounded room for what waits."""

    def __init__(self, owner: Owner, number: int) -> None:
        self.number = number
        self.dropped = 0
        """Messages that were not sent because the peer reads too slowly."""
        self.fault: str | None = None
        """Why it was closed from this side."""
        self._owner = owner
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._full = False
        self._replies: deque[bytes] = deque()
        self._data: deque[bytes] = deque()
        self._waiting_bytes = 0

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=SOCKET_BYTES)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._transport = transport
        self._owner.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._owner.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        try:
            self._owner.received(self, self._frames.push(data))
        except WireError as bad:
            self.close(str(bad))

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        while not self._full and (waiting := self._replies or self._data):
            message = waiting.popleft()
            self._waiting_bytes -= len(message)
            self._write([message])

    # The owner calls these

    def send(self, messages: Sequence[bytes], *, droppable: bool = False) -> None:
        """Send messages, at once or when the peer has read what is before them."""
        if self.fault is not None:
            self.dropped += len(messages)
            return
        if not self._full:
            self._write(messages)
            return
        (self._data if droppable else self._replies).extend(messages)
        self._waiting_bytes += sum(map(len, messages))
        while self._waiting_bytes > OUTBOX_BYTES and self._data:
            self._waiting_bytes -= len(self._data.popleft())
            self.dropped += 1
        if self._waiting_bytes > OUTBOX_BYTES:
            self.cut("the peer does not read")

    def close(self, reason: str) -> None:
        """Send what asyncio holds, then close."""
        self.fault = self.fault or reason
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def cut(self, reason: str) -> None:
        """Close at once."""
        self.fault = self.fault or reason
        if self._transport is not None:
            self._transport.abort()

    def read(self, go_on: bool) -> None:
        """Stop reading, or go on: TCP makes the peer wait."""
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.resume_reading if go_on else self._transport.pause_reading)()

    def names(self) -> frozenset[str]:
        """The names that the peer's certificate proves; none without TLS."""
        certificate = self._transport and self._transport.get_extra_info("peercert")
        return _names(certificate or {})

    @property
    def peer(self) -> str:
        """Address of the peer, for people."""
        name = self._transport and self._transport.get_extra_info("peername")
        return f"{name[0]}:{name[1]}" if name else "?"

    def _write(self, messages: Sequence[bytes]) -> None:
        if self._transport is not None and messages:
            self._transport.write(b"".join([frame(message) for message in messages]))


def _names(certificate: Mapping[str, Any]) -> frozenset[str]:
    """Common name and alternative names of a certificate as `ssl` gives it."""
    subject = [value for row in certificate.get("subject", ()) for key, value in row if key == "commonName"]
    others = [value.removeprefix("urn:uuid:") for _, value in certificate.get("subjectAltName", ())]
    return frozenset(subject + others)
