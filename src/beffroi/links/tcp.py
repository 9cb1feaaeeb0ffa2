"""TCP: a client that calls a sensor (`tcp://host:port`) or a listener that sensors call (`tcp-listen://`).

One connection is one stream of frames. Half a frame at a cut is forgotten with its stream. A stream that
cannot be followed is cut and begun again, and counted. With `certificate`, `private_key` and `authority`
both sides show certificates (TLS).
"""

import asyncio
import ssl

from beffroi.errors import WireError
from beffroi.links import Clock, Inbox, Link, address, mutual_tls, options
from beffroi.site import Source
from beffroi.wire.framing import splitter

SCHEMES = ("tcp", "tcp-listen")
READ_BYTES = 256 * 1024
CONNECT_S = 10.0
MAX_PEERS = 64
"""Callers that a listener serves at the same time; more are turned away and counted."""


async def pump(reader: asyncio.StreamReader, framing: str, inbox: Inbox) -> None:
    """Carry one stream into the inbox until it ends. Raises OSError (cut), WireError (cannot be followed)."""
    cut = splitter(framing)
    while True:
        await inbox.room()
        data = await reader.read(READ_BYTES)
        if not data:
            return
        inbox.put(cut.push(data))


class Caller:
    """Calls one peer, and calls again when it is cut."""

    def __init__(self, source: Source, framing: str, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self._framing = framing
        self._host, self._port = address(source, listens=False)
        self._tls = mutual_tls(source, listens=False)

    async def run(self) -> None:
        while True:
            try:
                await self._session()
                self.inbox.lost("the peer closed the connection")
            except (OSError, WireError, TimeoutError) as bad:
                self.inbox.lost(str(bad) or type(bad).__name__)
            await self.inbox.back_off()

    async def _session(self) -> None:
        call = asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=READ_BYTES)
        reader, writer = await asyncio.wait_for(call, CONNECT_S)
        self.inbox.connected()
        try:
            await pump(reader, self._framing, self.inbox)
        finally:
            writer.close()


class Listener:
    """Listens, on the loopback address where the site names none, and serves several callers."""

    def __init__(self, source: Source, framing: str, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self.port: int | None = None
        """The port once it listens (port 0 asks the system for one)."""
        self._framing = framing
        self._address = address(source, listens=True)
        self._tls = mutual_tls(source, listens=True)
        self._peers: set[asyncio.StreamWriter] = set()

    async def run(self) -> None:
        while True:
            try:
                await self._serve()
            except OSError as bad:
                self.inbox.lost(f"cannot listen: {bad}")
            await self.inbox.back_off()

    async def _serve(self) -> None:
        host, port = self._address
        server = await asyncio.start_server(self._peer, host, port, ssl=self._tls, limit=READ_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        self.inbox.state = "waiting"
        try:
            async with server:
                await server.serve_forever()
        finally:
            for writer in self._peers:
                writer.close()

    async def _peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._peers) >= MAX_PEERS:
            self.inbox.faults[f"more than {MAX_PEERS} callers"] += 1
            writer.close()
            return
        self._peers.add(writer)
        self.inbox.connected()
        try:
            await pump(reader, self._framing, self.inbox)
            reason = "a caller closed its connection"
        except (OSError, ssl.SSLError, WireError) as bad:
            reason = str(bad) or type(bad).__name__
        finally:
            self._peers.discard(writer)
            writer.close()
        if not self._peers:
            self.inbox.lost(reason)


def check(source: Source) -> None:
    """Raises SiteError if the link cannot be."""
    address(source, listens=_listens(source))
    options(source)


def _listens(source: Source) -> bool:
    return source.link.startswith("tcp-listen:")


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of `tcp://host:port` or `tcp-listen://host:port`."""
    kind = Listener if _listens(source) else Caller
    return kind(source, framing, now_s)
