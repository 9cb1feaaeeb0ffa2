"""The other ends of Cursor on Target: clients and servers of a real TAK library, on the loopback address."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from configparser import ConfigParser
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import trustme

from beffroi.life import DeskSign, State
from beffroi.links.cot import Responders, Shown
from beffroi.picture import Picture
from beffroi.scene import NOW_S, scene, site
from beffroi.sign import Sign
from beffroi.site import Responder, Site
from link_ends import now_s, until
from watched import rung

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says that it lacks what only enrolment needs
    import pytak  # type: ignore[import-untyped]

DRONE = {"id": 7, "x_m": 500.0, "y_m": 100.0, "vx_mps": 4.0, "alt_m": 150.0, "alt_sigma_m": 20.0}
AIRLINER = {"id": 31, "x_m": -3000.0, "vx_mps": 60.0, "vy_mps": 32.0, "alt_m": 420.0, "kind": "aircraft",
            "callsign": "BFI214", "measured_s": float("nan"), "claimed_s": NOW_S}  # fmt: skip


def stood(sign: Sign, state: State = "new") -> DeskSign:
    return DeskSign(sign=sign, state=state, life=None, changed_s=sign.time_s, event=1)


def alarm(track: int = 7, **more: Any) -> DeskSign:
    """An open alarm that speaks of a track."""
    return stood(rung(1, track=track, priority="urgent", **more))


def sky(*rows: dict[str, Any], at: Site | None = None, **more: Any) -> Picture:
    """A picture of a drone and an airliner, or of other tracks."""
    return scene(rows or (DRONE, AIRLINER), at=at, **more).now


def calling(port: int, **fields: Any) -> Site:
    """A site with one responder that we call."""
    scheme = "cots" if "certificate" in fields else "cot"
    return site(responder=(Responder(**{"id": "police", "url": f"{scheme}://127.0.0.1:{port}"} | fields),))


def listening(**fields: Any) -> Site:
    """A site with one responder that calls us."""
    return site(responder=(Responder(**{"id": "police", "url": "cot-listen://127.0.0.1:0"} | fields),))


def nobody(track: int, responder: str) -> None:
    raise AssertionError("no operator is shown here")


@asynccontextmanager
async def responding(at: Site, shown: Shown = nobody) -> AsyncIterator[Responders]:
    """Responders whose tasks run; they must not have failed by the end."""
    responders = Responders(at, "store-1", now_s, shown)
    task = asyncio.create_task(responders.run())
    try:
        yield responders
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def shown_until(
    responders: Responders, done: Callable[[], object], picture: Picture, standing: Sequence[DeskSign]
) -> None:
    """Give the same picture again and again, as a watch does, until something holds."""

    def again() -> object:
        responders.take(picture, standing)
        return done()

    await until(again)


class Received:
    """What a TAK library received, as it parsed it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.events: list[ElementTree.Element] = []

    def all(self) -> list[ElementTree.Element]:
        while not self.queue.empty():
            self.events.append(ElementTree.fromstring(self.queue.get_nowait().strip()))
        return self.events

    def of(self, kind: str) -> list[ElementTree.Element]:
        """Those whose type begins so."""
        return [event for event in self.all() if event.get("type", "").startswith(kind)]


@asynccontextmanager
async def tak_client(url: str, **config: str) -> AsyncIterator[tuple[Received, "asyncio.Queue[bytes]"]]:
    """A client of the library that calls us: what it receives, and a queue of what it sends."""
    parser = ConfigParser()
    parser["tak"] = {"COT_URL": url} | config
    received, sends = Received(), asyncio.Queue[bytes]()
    reader, writer = await pytak.protocol_factory(parser["tak"])
    workers = [
        asyncio.create_task(_run(pytak.RXWorker(received.queue, parser["tak"], reader))),
        asyncio.create_task(pytak.TXWorker(sends, parser["tak"], writer).run()),
    ]
    try:
        yield received, sends
    finally:
        for worker in workers:
            worker.cancel()
        writer.close()
        await asyncio.gather(*workers, return_exceptions=True)


async def _run(worker: Any) -> None:
    """Run a receiver until its connection ends: the library's own loop would spin there."""
    while not worker.reader.at_eof():
        await worker.run_once()


@asynccontextmanager
async def tak_server(tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[tuple[Received, int]]:
    """A server that parses what it gets with the library: what it received, and its port."""
    received, writers = Received(), list[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await _run(pytak.RXWorker(received.queue, {"COT_URL": "tcp://127.0.0.1"}, reader))

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    try:
        yield received, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


class Papers:
    """Certificates of two sides by one authority, and of a stranger, as files."""

    def __init__(self, folder: Path) -> None:
        ours, stranger = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(folder / "ca.pem")
        for name, authority in (("ours", ours), ("theirs", ours), ("stranger", stranger)):
            made = authority.issue_cert("127.0.0.1", "localhost")
            made.private_key_pem.write_to_path(folder / f"{name}.key")
            made.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        self.folder = folder

    def fields(self) -> dict[str, str]:
        """What the site says of our side."""
        names = {"certificate": "ours.pem", "private_key": "ours.key", "authority": "ca.pem"}
        return {key: str(self.folder / name) for key, name in names.items()}

    def server(self) -> ssl.SSLContext:
        """A TAK server that asks who calls."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "theirs.pem", self.folder / "theirs.key")
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, name: str = "theirs") -> dict[str, str]:
        """What the library is told to call with."""
        return {
            "PYTAK_TLS_CLIENT_CERT": str(self.folder / f"{name}.pem"),
            "PYTAK_TLS_CLIENT_KEY": str(self.folder / f"{name}.key"),
            "PYTAK_TLS_CLIENT_CAFILE": str(self.folder / "ca.pem"),
            "PYTAK_TLS_SERVER_EXPECTED_HOSTNAME": "127.0.0.1",
        }
