"""A watch in a process of its own, to be killed. It plays the same lines in the same ticks in every life.

Twelve aircraft cross the site in straight lines, a line each a second; some send an emergency code for a
while, so signs open, change and end. What the watch tells is written to a file as it is told, a line each.
"""

import asyncio
import os
import resource
from datetime import UTC, datetime
from pathlib import Path

from beffroi.errors import StoreError
from beffroi.links.clock import TICK_S, StepClock
from beffroi.pipeline import Pipeline
from beffroi.site import Site, read
from beffroi.store import checkpoint
from beffroi.store.reading import after_last_tick
from beffroi.watch import Step, Watch

START_S = 1_700_002_750.0  # the run crosses a full hour: two files of each class
TICKS = 360
AIRCRAFT = 12


def site(directory: Path) -> Site:
    """A site with one source, and checkpoints every 5 s."""
    return read(
        f"""
        [site]
        name = "Crash"
        lat_deg = 48.7
        lon_deg = 2.4
        [[source]]
        id = "adsb"
        format = "sbs"
        link = "tcp-listen://127.0.0.1:0"
        horizontal_sigma_m = 10.0
        [store]
        directory = {str(directory)!r}
        checkpoint_s = 5
        """
    )


def lines(tick: int) -> list[bytes]:
    """What the aircraft say in a tick: each of them once a second."""
    return [line(number, START_S + tick * TICK_S) for number in range(tick % 4, AIRCRAFT, 4)]


def line(number: int, at_s: float) -> bytes:
    """An SBS-1 line of an aircraft."""
    since_s = at_s - START_S
    lat, lon = 48.5 + 0.03 * number, 2.2 + since_s * 100.0 / 73_000.0
    code = "7700" if (since_s + 7 * number) % 60 < 20 and number % 3 == 0 else "1000"
    day, time = datetime.fromtimestamp(at_s, UTC).strftime("%Y/%m/%d,%H:%M:%S.%f")[:-3].split(",")
    words = ["MSG", "3", "1", "1", f"40{number:04X}", "1", day, time, day, time, f"TST{number:03d}", "3000",
             "194", "90", f"{lat:.5f}", f"{lon:.5f}", "0", code, "0", "0", "0", "0"]  # fmt: skip
    return ",".join(words).encode()


def live(directory: Path, until: int = TICKS) -> None:
    """Go on with the run from where the log ends, to the end of tick `until`."""
    asyncio.run(_live(directory, until))


def live_on_a_full_disk(directory: Path, limit_bytes: int) -> None:
    """The same where no file can be longer than that; what ends it is told."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    try:
        live(directory)
    except StoreError as full:
        (directory / "error").write_text(str(full))


async def _live(directory: Path, until: int) -> None:
    directory.mkdir(exist_ok=True)
    saved, _ = checkpoint.load(directory / "checkpoints")
    rows = after_last_tick(directory / "log", saved.place if saved else 0)
    there = sum(len(row[2]) for row in rows if isinstance(row[2], list))
    here, told = site(directory), os.open(directory / "told", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    clock, done = StepClock(START_S), asyncio.Event()

    def publish(step: Step) -> None:
        for sign in step.signs:
            os.write(told, f"sign {sign.id} {sign.updates} {sign.change}\n".encode())
        os.write(told, f"done {step.picture.now_s}\n".encode())
        done.set()

    pipeline = Pipeline(here, Watch(here), clock, publish=[publish])
    running = asyncio.create_task(pipeline.run())
    await asyncio.sleep(0)
    first = round((clock.now_s() - START_S) / TICK_S) + 1
    for tick in range(first, until + 1):
        pipeline.intakes[0].link.inbox.put(lines(tick)[there:])
        there = 0
        done.clear()
        await clock.advance(START_S + tick * TICK_S)
        said = asyncio.create_task(done.wait())
        await asyncio.wait((running, said), timeout=30.0, return_when=asyncio.FIRST_COMPLETED)
        if not said.done():
            break  # the run has ended, or a fault kept the watch from its step
    pipeline.stop()
    await running
    assert not pipeline.faults
