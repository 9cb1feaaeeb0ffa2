"""The desk with many cases and many people: how long a list, a case and an act take, the disk included.

The server is a process of its own on loopback, its records on the disk; open cases have two signs and a dozen
entries each. Every operator asks for a case, and now and then for the list or writes a note, with a pause
between, as people do. Times are the server's: from the first byte of a request to the last of its answer.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from beffroi.console.app import Console
from beffroi.life import key
from beffroi.links.clock import WallClock
from beffroi.scene import NOW_S, scene, site
from beffroi.sign import Reason, Sign
from beffroi.store.records import Records
from beffroi.watch import Step, Watch
from console import Alone

NOTES = 6
PAUSE_S = 10.0
"""Between two requests of one person; what changes comes over the live socket."""
TAKEN: dict[str, list[float]] = {"list": [], "case": [], "note": []}


def row(what: str, measured: float, unit: str, asked: str, met: bool | None) -> None:
    """Print a row of the bench table."""
    figures = {"what": what, "measured": round(measured, 1), "unit": unit, "asked": asked, "met": met}
    print(json.dumps(figures | {"peer": "", "peer_measured": None}), flush=True)


def sign(number: int, of: int) -> Sign:
    """A sign of case `of`."""
    return Sign(
        id=number, change="opened", time_s=NOW_S, rule="loitering", subject=f"track:{of}", priority="high",
        opened_at_s=NOW_S, reasons=(Reason(code="inside", evidence=("frame:" + f"{number:032x}",)),),
        params={"kind": "drone"}, lat_deg=48.0 + of / 1000, lon_deg=2.4,
    )  # fmt: skip


def fill(console: Console, cases: int) -> None:
    """Open cases, and let people write into them."""
    work = console.seen.casework
    for n in range(1, cases + 1):
        signs = sign(2 * n, n), sign(2 * n + 1, n)
        console.seen.records.add(signs, lambda _: {})
        console.seen.desk.take(signs)
        case = work.open("person:local", sign=key(signs[0]), title=f"Drone {n}")
        work.act(case.key, "join", "person:local", sign=key(signs[1]))
        work.act(case.key, "phase", "person:local", phase="credible", evidence=(f"sign:{key(signs[0])}",))
        work.tell_tower(case.key, "drone, 350 to 450 feet AMSL", "person:local")
        for i in range(NOTES):
            work.act(case.key, "note", "person:local", text=f"note {i} of somebody at the desk")


class Timed:
    """The application, each request timed."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        await self.app(scope, receive, send)
        if scope["type"] == "http":
            TAKEN[_what(scope["method"], scope["path"])].append(time.perf_counter() - began)


def _what(method: str, path: str) -> str:
    return "note" if method == "POST" else "list" if path.endswith("/cases") else "case"


async def serve(cases: int) -> None:
    """Serve until the end of stdin, then tell what the requests took."""
    here, clock = site(), WallClock(start_s=NOW_S)
    with tempfile.TemporaryDirectory() as name:
        records = Records.within(Path(name))
        console = Console(here, (), Watch(here), Alone(records), clock, Path(name))
        await asyncio.to_thread(fill, console, cases)
        made: Callable[[], Any] = console.app
        console.app = lambda: Timed(made())  # type: ignore[method-assign]
        async with console.open("127.0.0.1", 0) as address:
            console.take(Step(picture=scene([]).now, signs=()))
            began_s = time.process_time()
            print(json.dumps({"address": address}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            spent_s = time.process_time() - began_s
        records.close()
    print(json.dumps(TAKEN | {"cpu": [spent_s / sum(map(len, TAKEN.values()))]}), flush=True)


async def operate(address: str, cases: int, seconds: float, pause_s: float, seed: int) -> None:
    """One person at the desk."""
    chance, until = random.Random(seed), time.monotonic() + seconds
    kept = httpx.Limits(keepalive_expiry=2.0)  # before the server lets go
    async with httpx.AsyncClient(base_url=address, timeout=60.0, limits=kept, verify=False) as http:
        await asyncio.sleep(chance.uniform(0.0, pause_s))
        while time.monotonic() < until:
            case = f"api/v1/cases/{chance.randint(1, cases)}"
            match chance.randrange(10):
                case 0:
                    answer = await http.get("api/v1/cases")
                case 1:
                    said = {"code": "note", "text": "seen by patrol 2", "version": 1}
                    answer = await http.post(f"{case}/entries", json=said)
                case _:
                    answer = await http.get(case)
            answer.raise_for_status()
            await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)


async def measure(cases: int, people: int, seconds: float, pause_s: float) -> None:
    """Let people work, and print what the server says."""
    command = [sys.executable, __file__, "--serve", str(cases)]
    server = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**26
    )
    assert server.stdout is not None
    assert server.stdin is not None
    address = json.loads(await server.stdout.readline())["address"]
    await asyncio.gather(*(operate(address, cases, seconds, pause_s, seed) for seed in range(people)))
    server.stdin.close()
    taken: dict[str, list[float]] = json.loads(await server.stdout.readline())
    await server.wait()
    size = f"{people} operators, {cases} open cases"
    for what, asked in (("list", "<= 100"), ("case", "<= 100"), ("note", "")):
        p95_ms = float(np.percentile(taken[what], 95)) * 1e3
        row(f"desk, {size}: {what}, p95", p95_ms, "ms", asked, p95_ms <= 100.0 if asked else None)
    row(f"desk, {size}: the server", taken["cpu"][0] * 1e3, "ms CPU a request", "", None)


def main() -> None:
    """Print the rows."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--serve", type=int)
    given = asked.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
        return
    cases, people, seconds, pause_s = (50, 10, 6.0, 0.5) if given.quick else (1000, 100, 60.0, PAUSE_S)
    asyncio.run(measure(cases, people, seconds, pause_s))


if __name__ == "__main__":
    main()
