"""Line: the connections of one responder. Each has an outbox with the latest event of each track.

A peer that does not read is cut after `SEND_S`; what it missed is gone, as the next picture says it all. What
a peer sends is not used: only the question whether we live is answered, which TAK clients hang up without.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Literal

from beffroi import links
from beffroi.errors import LinkError, WireError
from beffroi.life import DeskSign
from beffroi.links import Clock
from beffroi.picture import Picture
from beffroi.site import Responder
from beffroi.wire.cot import PING, PONG, Event, Stream, decode, encode

CONNECT_S, SEND_S = 10.0, 10.0
"""Patience with a peer that does not answer, and with one that does not read."""
PING_S, LIVES_S = 15.0, 20.0
"""After such a pause whom we call is asked whether it lives; how long that question holds."""
READ_BYTES, BUFFER_BYTES = 64 * 1024, 64 * 1024
AT_ONCE = 64
"""So many events are written at a time."""
MAX_PEERS = 32
"""Clients of one listener at the same time; more are turned away and counted."""


class Outbox:
    """What one connection still has to send. It never holds more than one picture and an answer."""

    def __init__(self) -> None:
        self._pending: dict[str, Event] = {}
        self._answer: Event | None = None
        self._some = asyncio.Event()

    def put(self, events: dict[str, Event], first: int) -> int:
        """Let these be the picture: the first so many before the others, and of those what has waited before
        what is new. Returns how many events that were not yet sent it replaces."""
        waiting = {uid: events[uid] for uid in self._pending if uid in events}
        replaced = len(self._pending)
        self._pending = dict(islice(events.items(), first)) | waiting | events
        self._tell()
        return replaced

    def answer(self, event: Event) -> None:
        """Send this before all else."""
        self._answer = event
        self._tell()

    async def take(self, within_s: float) -> list[Event]:
        """The next events; nothing if there are none within a time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._some.wait(), within_s)
        events = [self._pending.pop(uid) for uid in list(islice(self._pending, AT_ONCE))]
        if self._answer is not None:
            events.insert(0, self._answer)
            self._answer = None
        self._tell()
        return events

    def _tell(self) -> None:
        if self._pending or self._answer is not None:
            self._some.set()
        else:
            self._some.clear()


class Line:
    """The way to one responder. Raises LinkError where its files of TLS cannot be used, SiteError where no
    such host can be."""

    def __init__(self, responder: Responder, now_s: Clock) -> None:
        self.responder, self._now_s = responder, now_s
        self._host, self._port = links.host_port(responder.url, f"responder {responder.id!r}: url")
        self._tls = _tls(responder)
        self.port: int | None = None
        """Where a listener is called, once it is."""
        self.latest: tuple[Picture, Sequence[DeskSign]]
        """The picture to show next, once `fresh` is set."""
        self.fresh = asyncio.Event()
        self.outboxes: set[Outbox] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.trouble: str | None = None
        self.shown: set[int] = set()
        """Tracks whose operator this responder has been shown."""
        self.sent = self.replaced = self.left_out = self.too_many = 0
        self.faults: Counter[str] = Counter()
        self._was_connected = False

    @property
    def state(self) -> Literal["waiting", "connected", "lost"]:
        """How it stands."""
        if self.outboxes:
            return "connected"
        return "lost" if self.trouble or self._was_connected else "waiting"

    async def run(self) -> None:
        """Keep the connections until cancelled. Raises nothing that a peer can cause."""
        attempts = 0
        while True:
            sent = self.sent
            try:
                await (self._listen() if self.responder.listens else self._call())
                self._lost("the peer closed the connection")
            except (OSError, WireError) as bad:  # of TLS and of time too
                self._lost(str(bad) or type(bad).__name__)
            attempts = 0 if self.sent > sent else attempts + 1
            await asyncio.sleep(links.BACKOFF_S[min(attempts, len(links.BACKOFF_S) - 1)])

    async def _call(self) -> None:
        call = asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=READ_BYTES)
        reader, writer = await asyncio.wait_for(call, CONNECT_S)
        await self._serve(reader, writer)

    async def _listen(self) -> None:
        patience_s = CONNECT_S if self._tls else None
        server = await asyncio.start_server(
            self._called, self._host, self._port, ssl=self._tls, limit=READ_BYTES,
            ssl_handshake_timeout=patience_s,
        )  # fmt: skip
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                await server.serve_forever()
            finally:
                for writer in self._writers:
                    writer.transport.abort()
                while self._writers:
                    await asyncio.sleep(0)  # their tasks end by themselves

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.outboxes) >= MAX_PEERS:
            self.faults[f"more than {MAX_PEERS} clients"] += 1
            writer.close()
            return
        try:
            await self._serve(reader, writer)
            reason = "a client closed its connection"
        except (OSError, WireError) as bad:
            reason = str(bad) or type(bad).__name__
        if self.outboxes:
            self.faults[reason] += 1
        else:
            self._lost(reason)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection until it ends. Raises OSError, WireError."""
        writer.transport.set_write_buffer_limits(high=BUFFER_BYTES)
        outbox = Outbox()
        self.outboxes.add(outbox)
        self._writers.add(writer)
        self.trouble, self._was_connected = None, True
        tasks = [
            asyncio.create_task(self._write(writer, outbox)),
            asyncio.create_task(self._read(reader, outbox)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.outboxes.discard(outbox)
            self._writers.discard(writer)
            for task in tasks:
                task.cancel()
            writer.transport.abort()  # what a stuck peer has not read is not waited for
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, writer: asyncio.StreamWriter, outbox: Outbox) -> None:
        while True:
            events = await outbox.take(PING_S)
            if not events and not self.responder.listens:
                events = [self._sign_of_life("beffroi-ping", PING)]
            for event in events:
                try:
                    writer.write(encode(event) + b"\n")
                    self.sent += 1
                except WireError as bad:
                    self.faults[f"not sent: {bad}"] += 1
            async with asyncio.timeout(SEND_S):
                await writer.drain()

    async def _read(self, reader: asyncio.StreamReader, outbox: Outbox) -> None:
        stream = Stream()
        while data := await reader.read(READ_BYTES):
            for said in stream.push(data):
                if PING.encode() in said:
                    self._answer(said, outbox)
            await asyncio.sleep(0)

    def _answer(self, said: bytes, outbox: Outbox) -> None:
        try:
            asked = decode(said).type == PING
        except WireError:
            self.faults["a peer sent what is no event"] += 1
            return
        if asked:
            outbox.answer(self._sign_of_life("takPong", PONG))

    def _sign_of_life(self, uid: str, type: str) -> Event:
        now_s = self._now_s()
        return Event(
            uid=uid, type=type, how="m-g", time_s=now_s, start_s=now_s, stale_s=now_s + LIVES_S,
            lat_deg=0.0, lon_deg=0.0,
        )  # fmt: skip

    def _lost(self, reason: str) -> None:
        self.trouble = reason
        self.faults[reason] += 1


def _tls(responder: Responder) -> ssl.SSLContext | None:
    """TLS 1.2 or later with certificates on both sides, if the responder is configured with them."""
    if responder.certificate is None:
        return None
    purpose = ssl.Purpose.CLIENT_AUTH if responder.listens else ssl.Purpose.SERVER_AUTH
    try:
        context = ssl.create_default_context(purpose, cafile=responder.authority)
        context.load_cert_chain(responder.certificate, responder.private_key)
    except (OSError, ssl.SSLError) as bad:
        raise LinkError(responder.url, f"TLS files of responder {responder.id!r}: {bad}") from bad
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
