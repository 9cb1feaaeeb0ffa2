"""Play: the watch on one side, the simulator on the other, loopback between them, the judge beside.

It goes in lock-step: the simulator sends what happens in one second, waits until every frame has arrived, and
only then lets the clock go on; so what comes of it does not depend on the machine. With a screen each step
waits for the wall clock too. A machine that is too slow for the speed that is asked plays slower; nothing is
lost.
"""

import asyncio
import math
import os
import shutil
import socket
import sys
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from rich.console import Console as Terminal
from rich.live import Live

from beffroi import zones
from beffroi.console import pages
from beffroi.console.app import Console
from beffroi.demo import recorded, show
from beffroi.demo.transmit import Transmitter
from beffroi.errors import LinkError
from beffroi.kernels.geodesy import Plane
from beffroi.links.clock import TICK_S, StepClock
from beffroi.pipeline import Pipeline, Publish
from beffroi.sign import Sign
from beffroi.simulate import scenario
from beffroi.simulate.judge import Judge
from beffroi.simulate.recording import Traffic
from beffroi.simulate.scenario import Scenario
from beffroi.simulate.world import World
from beffroi.site import Site, Source, read
from beffroi.store import lock
from beffroi.store.results import Results
from beffroi.watch import Step, Watch

RECORDED_ON = "2021-10-07"
STORE = "demo-data"
STEP_S, FAST = 1.0, 4.0
"""A tick when it plays so many times as fast: longer than a live one, as of a watch that catches up."""
BOARD_S = 0.25
"""Wall time between two looks of the live table."""
ARRIVAL_S = 20.0
"""Real time that a frame may take over loopback before the run is called broken."""


class Stage:
    """Everything that one performance needs."""

    def __init__(self, out: Path, minutes: float | None) -> None:
        self.scenario = _text_scenario()
        rows = recorded.rows()
        site = zones.with_runways(_on_free_ports(_text_site()))
        self.site, self.out = site, out
        plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self.traffic = Traffic(rows, plane, self.scenario.qnh_hpa, site)
        self.start_s = float(int(self.traffic.start_s))
        seconds = self.scenario.duration_s if minutes is None else minutes * 60.0
        self.end_s = min(self.start_s + seconds, self.traffic.end_s)
        self.world = World(self.scenario, self.traffic, plane, self.start_s)
        self.judge = Judge(self.world)
        self.zones = zones.of_site(site, lambda name: Path(name).read_bytes())
        self.watch = Watch(site, self.zones)
        self.began = time.monotonic(), time.process_time()
        self.told = False
        self.opened: list[Sign] = []
        self.changes: list[Sign] = []
        self.last: Step | None = None

    def take(self, step: Step) -> None:
        """What the watch publishes."""
        self.last = step
        self.opened += [s for s in step.signs if s.change == "opened"]
        self.changes += step.signs
        self.judge.take(step.signs)


class Opening(NamedTuple):
    """How the console is opened."""

    port: int
    browse: bool
    """Show it in a browser, where there is a display and a person at the terminal."""


def run(
    out: Path, *, headless: bool, speed: float, minutes: float | None = None, opening: Opening | None = None
) -> int:
    """Play the demonstration. The exit code: 0, or 1 if headless and something was missed or accused."""
    with lock.held(out / STORE):
        pass  # another demonstration that runs there would lose its store
    for old in (STORE, "tracks.jsonl", "signs.jsonl"):
        _remove(out / old)
    stage = Stage(out, minutes)
    terminal = Terminal()
    terminal.print(
        f"{stage.scenario.name}: real traffic of {RECORDED_ON} (OpenSky Network), simulated drones."
    )
    asyncio.run(perform(stage, terminal, headless=headless, speed=speed, opening=opening))
    if stage.last is None:
        raise LinkError("demo", "the watch gave no picture")
    if not stage.told:
        _tell(stage, terminal)
    bad = stage.judge.missed(stage.last.picture.now_s) or stage.judge.accused()
    return 1 if headless and bad else 0


def _tell(stage: Stage, terminal: Terminal) -> None:
    """Print what happened."""
    assert stage.last is not None
    stage.told, out = True, stage.out
    spent = time.monotonic() - stage.began[0], time.process_time() - stage.began[1]
    for line in show.summary(stage.last.picture, stage.opened, stage.judge, *spent):
        terminal.print(line, highlight=False, soft_wrap=True)
    terminal.print(f"Results: {out / 'signs.jsonl'}, {out / 'tracks.jsonl'}; the log: {out / STORE}.")


async def perform(
    stage: Stage, terminal: Terminal, *, headless: bool, speed: float, opening: Opening | None = None
) -> None:
    """Play a stage from its start to its end."""
    clock = StepClock(stage.start_s)
    with Results(stage.out) as results:
        publish: list[Publish] = [lambda step: results.add(step.picture, step.signs), stage.take]
        directory = stage.out / STORE
        pipeline = Pipeline(stage.site, stage.watch, clock, directory=directory, publish=publish)
        transmitter = Transmitter(stage.site, stage.world, stage.traffic, clock.now_s)
        await transmitter.start()
        watching = asyncio.create_task(pipeline.run())
        try:
            await transmitter.ready()
            playing = Playing(stage, pipeline, transmitter, clock, watching)
            if headless:
                await playing.on()
            elif opening is None:
                await _shown(playing, terminal, speed)
            else:
                console = Console(
                    stage.site, stage.zones, stage.watch, pipeline, clock, directory, speed=speed,
                    recorded_on=RECORDED_ON,
                )  # fmt: skip
                publish.append(console.take)
                async with console.open(stage.site.console.host, opening.port) as address:
                    _announce(terminal, address, browse=opening.browse)
                    await _shown(playing, terminal, speed)
                    await _stay(stage, console, watching, terminal)
        finally:
            pipeline.stop()
            await watching
            await transmitter.stop()


def _announce(terminal: Terminal, address: str, *, browse: bool) -> None:
    """Say where the console is, and show it to who sits there."""
    terminal.print(f"The console: {address}", soft_wrap=True)
    if not pages.built():
        terminal.print(pages.MISSING.strip(), highlight=False, soft_wrap=True)
        return
    display = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if browse and terminal.is_terminal and display and not os.environ.get("CI"):
        webbrowser.open(address)


async def _stay(stage: Stage, console: Console, watching: asyncio.Task[None], terminal: Terminal) -> None:
    """Leave everything as it stands at the end until Ctrl-C, if a person is there to press it."""
    if not terminal.is_terminal or watching.done():
        return
    standing = asyncio.create_task(console.stand())
    _tell(stage, terminal)
    terminal.print("The demonstration is over; its time stands still. The console stays open until Ctrl-C.")
    with suppress(asyncio.CancelledError):
        await asyncio.wait((watching, standing), return_when=asyncio.FIRST_COMPLETED)
    standing.cancel()


class Playing(NamedTuple):
    """A performance that runs."""

    stage: Stage
    pipeline: Pipeline
    transmitter: Transmitter
    clock: StepClock
    watching: asyncio.Task[None]

    async def on(self, speed: float = math.inf, told: Callable[[], None] = lambda: None) -> None:
        """Play to the end, at most `speed` times as fast as the wall clock; `told` is called at each step."""
        step_s = STEP_S if speed >= FAST else TICK_S
        due = time.monotonic()
        while (now_s := self.clock.now_s() + step_s) <= self.stage.end_s and not self.watching.done():
            self.clock.show(now_s)
            self.transmitter.send(now_s)
            await self._arrived()
            await self.clock.advance(now_s)
            ticked = asyncio.create_task(self.pipeline.ticked(now_s))
            await asyncio.wait((ticked, self.watching), return_when=asyncio.FIRST_COMPLETED)
            ticked.cancel()
            told()
            # What could not be kept up with is not made up for.
            due = max(due + step_s / speed, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
        if self.watching.done():
            self.watching.result()

    async def _arrived(self) -> None:
        until = time.monotonic() + ARRIVAL_S
        while True:
            here = {i.source.id: i.link.inbox.received for i in self.pipeline.intakes}
            short = [s for s, n in self.transmitter.sent.items() if here.get(s, 0) < n]
            if not short:
                return
            if time.monotonic() > until:
                raise LinkError(", ".join(short), "frames were sent and did not arrive")
            await asyncio.sleep(0)


async def _shown(playing: Playing, terminal: Terminal, speed: float) -> None:
    """Play with the live table in the terminal."""
    stage = playing.stage
    board = show.Board(stage.site.site.languages[0], stage.site.site.units, stage.start_s, stage.end_s)
    with Live(board.render(None, ()), console=terminal, refresh_per_second=4, transient=False) as live:
        due = 0.0

        def told() -> None:
            nonlocal due
            if stage.last is not None and time.monotonic() >= due:
                changes, stage.changes = stage.changes, []
                live.update(board.render(stage.last.picture, changes))
                due = time.monotonic() + BOARD_S

        await playing.on(speed, told)


def _text(name: str) -> str:
    return (files("beffroi") / "simulate" / name).read_text(encoding="utf-8")


def _text_scenario() -> Scenario:
    return scenario.read(_text("paris.toml"))


def _text_site() -> Site:
    return read(_text("paris-site.toml"))


def _on_free_ports(site: Site) -> Site:
    """The same site with every link that has a port on one that nobody uses now."""
    sockets: list[socket.socket] = []
    try:
        moved = []
        for source in site.source:
            if urlsplit(source.link).port is None:
                moved.append(source)
                continue
            held = socket.socket(socket.AF_INET, _kind(source))
            sockets.append(held)
            held.bind(("127.0.0.1", 0))
            link = source.link.rpartition(":")[0] + f":{held.getsockname()[1]}"
            moved.append(msgspec.structs.replace(source, link=link))
        return msgspec.structs.replace(site, source=tuple(moved))
    finally:
        for held in sockets:
            held.close()


def _kind(source: Source) -> int:
    return socket.SOCK_DGRAM if source.link.startswith("udp") else socket.SOCK_STREAM


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
