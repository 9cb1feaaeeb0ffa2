"""Play: the watch on one side, the simulator on the other, loopback between them, the judge beside.

With a screen it plays at the speed that is asked. Headless it goes in lock-step: the simulator sends what
happens in one second, waits until every frame has arrived, and only then lets the clock go on; so the result
does not depend on the machine.
"""

import asyncio
import shutil
import socket
import time
from importlib.resources import files
from pathlib import Path

import msgspec
from rich.console import Console
from rich.live import Live

from beffroi import zones
from beffroi.demo import recorded, show
from beffroi.demo.transmit import Transmitter
from beffroi.errors import LinkError
from beffroi.kernels.geodesy import Plane
from beffroi.links.clock import Clock, StepClock, WallClock
from beffroi.pipeline import Pipeline
from beffroi.sign import Sign
from beffroi.simulate import scenario
from beffroi.simulate.judge import Judge
from beffroi.simulate.recording import Traffic
from beffroi.simulate.scenario import Scenario
from beffroi.simulate.world import World
from beffroi.site import Site, Source, read
from beffroi.store.results import Results
from beffroi.watch import Step, Watch

LOCK_STEP_S = 1.0
"""A tick of a lock-step run: longer than a live one, as of a watch that catches up."""
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
        self.watch = Watch(site, zones.of_site(site, lambda name: Path(name).read_bytes()))
        self.opened: list[Sign] = []
        self.changes: list[Sign] = []
        self.last: Step | None = None
        self.stepped = asyncio.Event()

    def take(self, step: Step) -> None:
        """What the watch publishes."""
        self.last = step
        self.opened += [s for s in step.signs if s.change == "opened"]
        self.changes += step.signs
        self.judge.take(step.signs)
        self.stepped.set()


def run(out: Path, *, headless: bool, speed: float, minutes: float | None = None) -> int:
    """Play the demonstration. The exit code: 0, or 1 if headless and something was missed or accused."""
    for old in ("beffroi-data", "tracks.jsonl", "signs.jsonl"):
        _remove(out / old)
    stage = Stage(out, minutes)
    console = Console()
    console.print(f"{stage.scenario.name}: real traffic of 2021-10-07 (OpenSky Network), simulated drones.")
    began = time.monotonic(), time.process_time()
    asyncio.run(perform(stage, console, headless=headless, speed=speed))
    spent = time.monotonic() - began[0], time.process_time() - began[1]
    if stage.last is None:
        raise LinkError("demo", "the watch gave no picture")
    for line in show.summary(stage.last.picture, stage.opened, stage.judge, *spent):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"Results: {out / 'signs.jsonl'}, {out / 'tracks.jsonl'}; the log: {out / 'beffroi-data'}.")
    bad = stage.judge.missed(stage.last.picture.now_s) or stage.judge.accused()
    return 1 if headless and bad else 0


async def perform(stage: Stage, console: Console, *, headless: bool, speed: float) -> None:
    """Play a stage from its start to its end."""
    clock: Clock = StepClock(stage.start_s) if headless else WallClock(start_s=stage.start_s, speed=speed)
    with Results(stage.out) as results:
        pipeline = Pipeline(
            stage.site, stage.watch, clock, directory=stage.out / "beffroi-data",
            publish=(lambda step: results.add(step.picture, step.signs), stage.take),
        )  # fmt: skip
        transmitter = Transmitter(stage.site, stage.world, stage.traffic, clock.now_s)
        await transmitter.start()
        watching = asyncio.create_task(pipeline.run())
        try:
            await transmitter.ready()
            if isinstance(clock, StepClock):
                await _lock_step(stage, pipeline, transmitter, clock, watching)
            else:
                await _live(stage, transmitter, clock, watching, console)
        finally:
            await transmitter.stop()
            pipeline.stop()
            if isinstance(clock, StepClock):
                await clock.advance(stage.end_s + 10.0)
            await watching


async def _lock_step(
    stage: Stage, pipeline: Pipeline, transmitter: Transmitter, clock: StepClock, watching: asyncio.Task[None]
) -> None:
    for number in range(1, int((stage.end_s - stage.start_s) / LOCK_STEP_S) + 1):
        now_s = stage.start_s + number * LOCK_STEP_S
        transmitter.send(now_s)
        await _arrived(pipeline, transmitter)
        stage.stepped.clear()
        await clock.advance(now_s)
        waiting = asyncio.create_task(stage.stepped.wait())
        await asyncio.wait((waiting, watching), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
            return


async def _arrived(pipeline: Pipeline, transmitter: Transmitter) -> None:
    until = time.monotonic() + ARRIVAL_S
    while True:
        here = {i.source.id: i.link.inbox.received for i in pipeline.intakes}
        short = [s for s, n in transmitter.sent.items() if here.get(s, 0) < n]
        if not short:
            return
        if time.monotonic() > until:
            raise LinkError(", ".join(short), "frames were sent and did not arrive")
        await asyncio.sleep(0)


async def _live(
    stage: Stage, transmitter: Transmitter, clock: Clock, watching: asyncio.Task[None], console: Console
) -> None:
    board = show.Board(stage.site.site.languages[0], stage.site.site.units, stage.start_s, stage.end_s)
    shown = 0.0
    with Live(board.render(None, ()), console=console, refresh_per_second=4, transient=False) as live:
        while clock.now_s() < stage.end_s and not watching.done():
            transmitter.send(clock.now_s())
            await asyncio.sleep(0.005)
            if time.monotonic() - shown >= 0.25 and stage.last is not None:
                changes, stage.changes = stage.changes, []
                live.update(board.render(stage.last.picture, changes))
                shown = time.monotonic()


def _text(name: str) -> str:
    return (files("beffroi") / "simulate" / name).read_text(encoding="utf-8")


def _text_scenario() -> Scenario:
    return scenario.read(_text("paris.toml"))


def _text_site() -> Site:
    return read(_text("paris-site.toml"))


def _on_free_ports(site: Site) -> Site:
    """The same site with every link on a port that nobody uses now."""
    sockets = [socket.socket(socket.AF_INET, _kind(s)) for s in site.source]
    try:
        moved = []
        for source, held in zip(site.source, sockets, strict=True):
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
