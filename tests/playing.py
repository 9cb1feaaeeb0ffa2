"""A short run of the aircraft of `crashing` with a person at the desk, and how it looked at each tick."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from beffroi.desk import Desk
from beffroi.life import DeskSign, Event
from beffroi.links.clock import TICK_S, StepClock
from beffroi.picture import Picture
from beffroi.pipeline import Pipeline
from beffroi.store.results import cut, line
from beffroi.watch import Step, Watch
from crashing import START_S, lines, site


def show(picture: Picture, signs: Sequence[DeskSign]) -> tuple[bytes, bytes]:
    """Every track and every sign, as bytes."""
    tracks = b"".join(line(cut(picture, i)) for i in range(len(picture.tracks)))
    rows = (line(s.sign) + f"{s.state} {s.life}\n".encode() for s in sorted(signs, key=lambda s: s.key))
    return tracks, b"".join(rows)


def heavy(picture: Picture, signs: object) -> bytes:
    """More than a pipe holds."""
    return bytes(1_000_000)


def falls(picture: Picture, signs: object) -> None:
    """Show nothing: it fails."""
    raise ValueError("no such colour")


def dies(picture: Picture, signs: object) -> None:
    """Show nothing: its process dies."""
    os._exit(3)


class Run:
    """What a live run showed."""

    def __init__(self) -> None:
        self.shown: dict[float, tuple[bytes, bytes]] = {}
        self.events: list[Event] = []


def run(directory: Path, ticks: int, person: Callable[[int, Desk], None], first: int = 1) -> Run:
    """Play ticks `first` to `ticks`; before each, `person` may act."""
    return asyncio.run(_run(directory, ticks, person, first))


async def _run(directory: Path, ticks: int, person: Callable[[int, Desk], None], first: int) -> Run:
    here, clock, done, made = site(directory), StepClock(START_S), asyncio.Event(), Run()

    def publish(step: Step) -> None:
        desk.take(step.signs)
        desk.tick(step.picture.now_s)
        made.shown[step.picture.now_s] = show(step.picture, desk.standing()[1])
        done.set()

    pipeline = Pipeline(here, Watch(here), clock, directory=directory, publish=[publish])
    desk = Desk(pipeline.records, clock)
    desk.subscribe(made.events.extend)
    running = asyncio.create_task(pipeline.run())
    await asyncio.sleep(0)
    for tick in range(first, ticks + 1):
        person(tick, desk)
        pipeline.intakes[0].link.inbox.put(lines(tick))
        done.clear()
        await clock.advance(START_S + tick * TICK_S)
        await asyncio.wait_for(done.wait(), 30.0)
        await asyncio.sleep(0.002)  # a chore may begin
    pipeline.stop()
    await running
    return made
