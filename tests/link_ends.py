"""The other ends of links: real sockets on the loopback address."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from beffroi.links import Link, open_link
from beffroi.site import Source

PATIENCE_S = 45.0


def now_s() -> float:
    """The one clock of these tests: begins long ago, so that a stamp by another clock would show."""
    return 1_000_000.0 + time.monotonic()


def source(address: str, **fields: Any) -> Source:
    return Source(**{"id": "s", "format": "sbs", "link": address, **fields})


def opened(address: str, framing: str = "line", **fields: Any) -> Link:
    return open_link(source(address, **fields), framing, now_s)


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[Link]:
    """A link whose task runs; it must not have failed by the end."""
    task = asyncio.create_task(link.run())
    try:
        yield link
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until something holds; fail if it takes too long."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"it never came to be: {what}"
        await asyncio.sleep(0.005)


async def frames(link: Link, count: int) -> list[bytes]:
    """The next frames, waiting for so many."""
    got: list[bytes] = []

    def enough() -> bool:
        got.extend(frame for frame, _ in link.inbox.take())
        return len(got) >= count

    await until(enough, f"{count} frames")
    return got


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


class Feeder:
    """A TCP server that gives every caller the same bytes, and can hang up."""

    def __init__(self, greeting: bytes = b"", tls: Any = None, port: int = 0) -> None:
        self.greeting, self.callers = greeting, list[asyncio.StreamWriter]()
        self.port, self._tls, self.calls = port, tls, 0

    async def __aenter__(self) -> "Feeder":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.hang_up()

    async def _serve(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.callers.append(writer)
        writer.write(self.greeting)

    def send(self, data: bytes) -> None:
        for writer in self.callers:
            writer.write(data)

    def hang_up(self) -> None:
        for writer in self.callers:
            writer.close()
        self.callers.clear()
