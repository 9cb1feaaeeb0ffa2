"""A console on a real socket of loopback, with pictures and signs made by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import websockets

from beffroi.console.app import Console
from beffroi.count import Count
from beffroi.exercise import Follow
from beffroi.intake import Intake
from beffroi.links.clock import StepClock
from beffroi.people import People
from beffroi.picture import Picture
from beffroi.scene import NOW_S, scene
from beffroi.scene import site as made_site
from beffroi.sign import Reason, Sign
from beffroi.site import Site
from beffroi.store.reading import Batch
from beffroi.store.records import Records
from beffroi.store.vault import MasterKey
from beffroi.watch import Step, Watch

DRONE = {"id": 7, "x_m": 500.0, "y_m": 100.0, "vx_mps": 10.0, "alt_m": 150.0, "kind": "drone"}
SECRET_LAT, SECRET_LON = 48.7012345, 2.4054321
"""Where an operator stands who must not be shown."""


def sign(number: int, change: str = "opened", updates: int = 0, **more: Any) -> Sign:
    """A sign on track 7."""
    said: dict[str, Any] = {
        "id": number, "change": change, "time_s": NOW_S + updates, "rule": "loitering", "subject": "track:7",
        "priority": "high", "opened_at_s": NOW_S, "updates": updates, "params": {"kind": "drone"},
        "reasons": (Reason(code="inside", evidence=("track:7", "frame:" + "02" * 16)),), "lat_deg": 48.7,
        "lon_deg": 2.4,
    }  # fmt: skip
    return Sign(**(said | more))


@dataclass
class Working:
    """What the console takes of a pipeline that runs elsewhere."""

    records: Records
    count: Count
    notes: list[tuple[str, str]]
    intakes: Sequence[Intake] = ()
    faults: int = 0

    def note(self, code: str, text: str) -> None:
        self.notes.append((code, text))

    def follow(self, told: Follow) -> None:
        self.told = told


class Served(NamedTuple):
    """A console that listens."""

    console: Console
    address: str
    notes: list[tuple[str, str]]

    def step(self, *signs: Sign, picture: Picture | None = None) -> None:
        """Let the watch take a step."""
        seen = self.console.seen
        new = seen.records.add(signs, lambda _: {})
        now = picture or seen.picture or scene([DRONE]).now
        step = Step(picture=now, signs=tuple(new))
        self.console.take(step)
        self.console._follow(Batch(place=0, tick_end_s=now.now_s, observations=[]), step)

    async def signs(self, numbers: Sequence[int]) -> None:
        """Open signs, and wait until the desk has them."""
        self.step(*map(sign, numbers))
        await asyncio.wrap_future(self.console._desk_work.submit(int))
        await asyncio.sleep(0)

    @property
    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, timeout=45.0)

    def since(self, number: object) -> str:
        """The query of who knows the events of this store up to a number."""
        return f"?since={self.console.seen.store}:{number}"

    def live(self, query: str = "", **more: Any) -> Any:
        """A live socket."""
        return websockets.connect(f"ws{self.address[4:]}api/v1/live{query}", max_size=None, **more)


@asynccontextmanager
async def served(
    folder: Path,
    site: Site | None = None,
    picture: Picture | None = None,
    intakes: Sequence[Intake] = (),
    people: bool = False,
    port: int = 0,
) -> AsyncIterator[Served]:
    """Serve a console whose records lie in `folder`, until the end of the block; `people` must log in."""
    here = site or made_site()
    records, notes = Records.within(folder), list[tuple[str, str]]()
    console = Console(
        here,
        (),
        Watch(here),
        Working(records, Count(here), notes, intakes),
        StepClock(NOW_S),
        folder,
        people=People(records, MasterKey(folder, make=True), here, lambda: NOW_S) if people else None,
    )
    try:
        async with console.open("127.0.0.1", port) as address:
            made = Served(console, address, notes)
            made.step(picture=picture)
            yield made
    finally:
        records.close()


async def heard(socket: Any) -> dict[str, Any]:
    """The next message, within a time."""
    said: dict[str, Any] = msgspec.msgpack.decode(await asyncio.wait_for(socket.recv(), 45.0))
    return said


async def heard_of(socket: Any, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (said := await heard(socket))["m"] != kind:
        pass
    return said
