"""A watch that goes on: a console on loopback whose tracks move, and a line to it that can be pulled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from beffroi import signs
from beffroi.links.clock import StepClock
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, scene
from beffroi.sign import Sign, priority
from beffroi.site import Site
from served import Served, served

STEP_S = 0.25
AIRCRAFT = {"id": 31, "x_m": -3000.0, "y_m": -1500.0, "vx_mps": 60.0, "vy_mps": 32.0, "alt_m": 420.0,
            "kind": "aircraft", "callsign": "BFI214", "claimed_s": NOW_S}  # fmt: skip


def drones(count: int) -> list[dict[str, Any]]:
    """Drones 7, 8, …, one each 1.5 km: too far apart to be told as one."""
    return [
        {"id": 7 + i, "x_m": 500.0 + 1500.0 * i, "y_m": 100.0, "vx_mps": 4.0, "alt_m": 150.0}
        for i in range(count)
    ]


def rung(number: int, rule: str = "loitering", track: int = 7, time_s: float = NOW_S, **more: Any) -> Sign:
    """A sign as `rule` finds it in its own example, said of a track; each at a place of its own."""
    own = signs.module(rule)
    made = own.fires()
    finding = next(iter(getattr(own, rule)(made.now, made.past, made.site, own.Limits())))
    north_deg = 0.02 * number
    said: dict[str, Any] = {
        "id": number, "change": "opened", "time_s": time_s, "rule": rule, "subject": f"track:{track}",
        "priority": priority(finding.consequence, finding.time_left_s), "opened_at_s": time_s,
        "reasons": finding.reasons, "params": finding.params,
        "lat_deg": (finding.lat_deg or LAT_DEG) + north_deg, "lon_deg": finding.lon_deg or LON_DEG,
        "flights": finding.flights,
    }  # fmt: skip
    return Sign(**(said | more))


class Watched:
    """A console whose watch takes a step four times a second."""

    def __init__(self, served: Served) -> None:
        self.served, self.address = served, served.address
        assert served.console.seen.picture is not None
        self.picture = served.console.seen.picture

    @property
    def now_s(self) -> float:
        return self.picture.now_s

    def open(self, *found: Sign) -> None:
        """Signs ring."""
        self.served.step(*found)

    def state(self, key: str) -> str:
        """How a sign stands at the desk."""
        return self.served.console.seen.desk.sign(key).state

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.served.console.live.last

    async def go_on(self) -> None:
        """Step on and on."""
        clock, tracks = self.served.console.seen.clock, self.picture.tracks
        assert isinstance(clock, StepClock)
        while True:
            await asyncio.sleep(STEP_S)
            self.picture.now_s += STEP_S
            tracks.x_m, tracks.y_m = tracks.x_m + STEP_S * tracks.vx_mps, tracks.y_m + STEP_S * tracks.vy_mps
            tracks.measured_s, tracks.claimed_s = tracks.measured_s + STEP_S, tracks.claimed_s + STEP_S
            for source in self.picture.sources.values():
                source.last_s = self.picture.now_s
            await clock.advance(self.picture.now_s)
            self.served.step(picture=self.picture)


@asynccontextmanager
async def watched(
    folder: Path, picture: Picture | None = None, site: Site | None = None, people: bool = False
) -> AsyncIterator[Watched]:
    """Watch three drones and an airliner, or another picture, until the end of the block; `people`
    must log in."""
    shown = picture or scene([*drones(3), AIRCRAFT]).now
    async with served(folder, site, shown, people=people) as console:
        made = Watched(console)
        going = asyncio.create_task(made.go_on())
        try:
            yield made
        finally:
            going.cancel()
            with suppress(asyncio.CancelledError):
                await going


class Cable:
    """A line to a server that can be pulled: nothing comes through, and neither end is told."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._whole = asyncio.Event()
        self._whole.set()
        self._carrying: set[asyncio.Task[None]] = set()
        self.address = ""

    def pull(self) -> None:
        self._whole.clear()

    def plug(self) -> None:
        self._whole.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        ways = ((reader, back), (there, writer))
        self._carrying |= {asyncio.create_task(self._carry(*way)) for way in ways}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        """Until the end of the block."""
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            yield
        finally:
            server.close()
            for task in self._carrying:
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)


@asynccontextmanager
async def cable(address: str) -> AsyncIterator[Cable]:
    """A line to the server at an address."""
    made = Cable(urlsplit(address).port or 80)
    async with made.laid():
        yield made
