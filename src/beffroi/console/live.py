"""Live: what goes over a socket. Events are numbered and never dropped; of frames the latest wins.

Every message is encoded once for all. A client has a cursor into the events and a task that sends what is
new whenever it can take more; a slow one therefore gets every event and fewer frames, and holds nobody.
Events that are no longer in memory are read from the records.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from starlette.websockets import WebSocket, WebSocketDisconnect

from beffroi.console import message

KEPT = 2000
"""So many events stay in memory."""
READ = 500
"""So many are read from the records at once."""
MISSED = 5000
"""Who missed more events than this gets the signs as they are now instead."""

Hello = Callable[[], message.Hello]
"""What to greet one client with."""
Read = Callable[[int, int], Sequence[message.Event]]
"""Events after a number, oldest first, at most so many; it may block."""


class Client:
    """One socket."""

    def __init__(self, socket: WebSocket, cursor: int, hello: Hello) -> None:
        self.socket = socket
        self.hello = hello
        self.greeted = True
        """False: it must hear `hello` again."""
        self.cursor = cursor
        """The number of the last event that it got."""
        self.got: dict[str, bytes] = {}
        """What it got last of that of which the latest counts."""
        self.news = asyncio.Event()


class Live:
    """The clients of one watch."""

    def __init__(self, read: Read) -> None:
        self.clients: set[Client] = set()
        self.sent = 0
        self.last = 0
        """The number of the last event."""
        self._read = read
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._latest: dict[str, bytes] = {}

    def latest(self, name: str, message: bytes) -> None:
        """This is the latest of messages of which only the latest counts: `frame`."""
        self._latest[name] = message
        self._wake()

    def forget(self, name: str) -> None:
        """There is no such message any more: who comes now does not get it."""
        self._latest.pop(name, None)

    def events(self, events: Sequence[message.Event]) -> None:
        """These are the next events."""
        for event in events:
            self.last = event.number
            self._events.append((event.number, message.packed(event)))
        self._wake()

    def greet(self) -> None:
        """Say hello to everybody again: what it says has changed."""
        for client in self.clients:
            client.greeted = False
        self._wake()

    def _wake(self) -> None:
        for client in self.clients:
            client.news.set()

    async def serve(
        self, socket: WebSocket, since: int | None, hello: Hello, signs: Callable[[], message.Signs]
    ) -> None:
        """Serve one accepted socket until it is closed: hello, then what it missed since the event `since`
        or, if that cannot be said, `signs`; then frames and events."""
        await socket.send_bytes(message.packed(hello()))
        if since is None or not await self._knows(since):
            snapshot = signs()
            since = snapshot.number
            await socket.send_bytes(message.packed(snapshot))
        client = Client(socket, since, hello)
        client.news.set()
        self.clients.add(client)
        try:
            await first_of(self._send(client), drained(socket))
        finally:
            self.clients.discard(client)

    async def _knows(self, since: int) -> bool:
        """Whether every event after `since` can still be told."""
        if not self.last - MISSED <= since <= self.last:
            return False
        following = await self._after(since) if since < self.last else [(since + 1, b"")]
        return bool(following) and following[0][0] == since + 1

    async def _send(self, client: Client) -> None:
        """Send events in their order, then the latest of the rest, and wait for more."""
        while True:
            await client.news.wait()
            client.news.clear()
            if not client.greeted:
                client.greeted = True
                await tell(client.socket, message.packed(client.hello()))
            while client.cursor < self.last:
                for number, event in await self._after(client.cursor):
                    await tell(client.socket, event)
                    client.cursor = number
            for name, latest in [*self._latest.items()]:
                if client.got.get(name) is not latest:
                    client.got[name] = latest
                    await tell(client.socket, latest)
                    self.sent += 1

    async def _after(self, number: int) -> list[tuple[int, bytes]]:
        """The events after one, as many as are at hand."""
        if self._events and self._events[0][0] <= number + 1:
            return [e for e in self._events if e[0] > number][:READ]
        older = await asyncio.to_thread(self._read, number, READ)
        return [(event.number, message.packed(event)) for event in older]


async def tell(socket: WebSocket, said: bytes) -> None:
    """Send, and let the loop turn: only then does it hear that the other end has gone, and until then more is
    written to a socket that is lost."""
    await socket.send_bytes(said)
    await asyncio.sleep(0)


async def drained(socket: WebSocket) -> None:
    """Pass over whatever a client says, until it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def first_of(*loops: Awaitable[None]) -> None:
    """Run until one of them ends; a client that goes away is no fault."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not isinstance(task.exception(), WebSocketDisconnect | None):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
