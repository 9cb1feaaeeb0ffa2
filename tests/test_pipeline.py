"""The pipeline: what is acknowledged stays, what is replayed is the same, and a crash changes nothing."""

import asyncio
import multiprocessing
import random
import socket
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from beffroi.count import kind_of
from beffroi.errors import StoreError
from beffroi.intake import KEPT_A_TICK
from beffroi.links.clock import StepClock, WallClock
from beffroi.observation import Observation
from beffroi.pipeline import FAULTS, Pipeline
from beffroi.replay import Report, replay_into
from beffroi.site import Site
from beffroi.site import read as read_site
from beffroi.store import checkpoint
from beffroi.store.history import read_history
from beffroi.store.reading import Refused, events, read, whole
from beffroi.store.records import Records
from beffroi.store.results import Results
from beffroi.watch import Step, Watch
from beffroi.wire.pcap import packets
from crashing import AIRCRAFT, START_S, TICKS, line, lines, live, live_on_a_full_disk
from crashing import site as crash_site
from shared import DATA, needs_data

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["beffroi.pipeline", "beffroi.signs.zone_intrusion"])

SBS = """
[[source]]
id = "adsb"
format = "sbs"
link = "tcp-listen://127.0.0.1:0"
horizontal_sigma_m = 10.0
"""
REMOTE_ID = """
[[source]]
id = "rid"
format = "remote_id"
link = "udp://127.0.0.1:0"
"""


# A live run


def site(directory: Path, sources: str = SBS, **store: float) -> Site:
    limits = "\n".join(f"{key} = {value}" for key, value in store.items())
    place = '[site]\nname = "Live"\nlat_deg = 48.7\nlon_deg = 2.4\n'
    return read_site(f'{place}{sources}[store]\ndirectory = "{directory}/store"\n{limits}')


class Live:
    """A watch that runs in this process, 20 times as fast as the wall's clock."""

    def __init__(self, here: Site, directory: Path, watch: Watch | None = None) -> None:
        self.clock = WallClock(start_s=START_S, speed=20.0)
        self.ends: list[float] = []
        self._results = Results(directory / "live")
        self.pipeline = Pipeline(here, watch or Watch(here), self.clock, publish=[self._publish])
        self.running: asyncio.Task[None] | None = None

    def _publish(self, step: Step) -> None:
        self.ends.append(step.picture.now_s)
        self._results.add(step.picture, step.signs)

    async def __aenter__(self) -> Self:
        self.running = asyncio.create_task(self.pipeline.run())
        await self.until(lambda: all(port(self, n) for n in range(len(self.pipeline.intakes))))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.running is not None
        self.pipeline.stop()
        await self.running
        self._results.close()

    async def until(self, true: Callable[[], bool], at_most_s: float = 30.0) -> None:
        """Wait for something, or for the end of the run."""
        assert self.running is not None
        end = time.monotonic() + at_most_s
        while not true() and not self.running.done():
            assert time.monotonic() < end, "it does not come"
            await asyncio.sleep(0.01)

    async def counted(self, source: str, number: int) -> None:
        """Wait until so many observations of a source are counted."""
        await self.until(lambda: self.pipeline.count.sources[source].observations >= number)


def port(run: Live, number: int = 0) -> int:
    """Where a source listens; 0 before it does."""
    return int(getattr(run.pipeline.intakes[number].link, "port", None) or 0)


async def speak(run: Live, seconds: float, frames: Sequence[bytes] = ()) -> int:
    """For some seconds of the clock aircraft say where they are, over TCP, and one of `frames` goes out each
    time over UDP. Returns how many lines it was."""
    _, writer = await asyncio.open_connection("127.0.0.1", port(run))
    waiting, said, end_s = list(reversed(frames)), 0, run.clock.now_s() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        while (now_s := run.clock.now_s()) < end_s or waiting:
            writer.write(b"".join(line(n, now_s) + b"\r\n" for n in range(AIRCRAFT)))
            said += AIRCRAFT
            if waiting:
                out.sendto(waiting.pop(), ("127.0.0.1", port(run, 1)))
            await asyncio.sleep(0.02)
    writer.close()
    return said


def same_again(here: Site, directory: Path) -> Report:
    """The log of a run, replayed, gives the bytes that the run gave."""
    report = replay_into(directory / "again", [here.store.directory], here)
    for name in ("tracks.jsonl", "signs.jsonl"):
        assert (directory / "again" / name).read_bytes() == (directory / "live" / name).read_bytes()
    assert (directory / "again" / "tracks.jsonl").stat().st_size > 0
    return report


@needs_data
def test_the_replay_of_a_live_run_gives_the_same_bytes(tmp_path: Path) -> None:
    here = site(tmp_path, SBS + REMOTE_ID)
    capture = (DATA / "remote-id" / "anafi_real_odid_only.pcap").read_bytes()
    frames = [p.data for p in packets(capture) if not isinstance(p, Exception)][:40]

    async def run() -> int:
        async with Live(here, tmp_path) as watch:
            said = await speak(watch, 20.0, frames)
            await watch.counted("adsb", said)
            await watch.counted("rid", len(frames))
        return said

    said = asyncio.run(run())
    report = same_again(here, tmp_path)
    assert report.observations == {"adsb": said, "rid": len(frames)}
    assert (tmp_path / "again" / "signs.jsonl").stat().st_size > 0
    assert whole(tmp_path / "store" / "log") == []
    kept = {path.name.split("-")[1] for path in (tmp_path / "store" / "log").glob("*.sqlite")}
    assert kept == {"operator.sqlite", "traffic.sqlite", "ticks.sqlite"}


class Slow(Watch):
    """A watch that takes longer for a tick than a tick is."""

    def step(self, observations: Sequence[Observation], now_s: float) -> Step:
        time.sleep(0.05)
        return super().step(observations, now_s)


def test_a_watch_that_is_too_slow_takes_longer_ticks_and_its_replay_the_same(tmp_path: Path) -> None:
    here = site(tmp_path)

    async def run() -> tuple[int, list[float]]:
        async with Live(here, tmp_path, Slow(here)) as watch:
            said = await speak(watch, 20.0)
            await watch.counted("adsb", said)
        return said, watch.ends

    said, ends = asyncio.run(run())
    assert max(np.diff(ends)) > 0.5
    assert same_again(here, tmp_path).observations == {"adsb": said}


def test_a_run_that_goes_on_after_a_stop_replays_as_one(tmp_path: Path) -> None:
    here = site(tmp_path)

    async def run(directory: Path) -> tuple[int, float, float]:
        async with Live(here, directory) as watch:
            said = await speak(watch, 5.0)
            await watch.counted("adsb", said)
        return said, watch.ends[0], watch.ends[-1]

    first, _, stopped_s = asyncio.run(run(tmp_path / "a"))
    second, began_s, _ = asyncio.run(run(tmp_path / "b"))
    assert began_s > stopped_s  # though this clock says that it is as early as the first time
    assert same_counts(tmp_path / "store") == first + second


def same_counts(store: Path) -> int:
    """How many observations the log holds, which is what the records say."""
    held = sum(len(b.observations) for b in read(store / "log"))
    records = Records.within(store)
    assert sum(n for key, n in records.counted().sources.items() if key[2] == "observations") == held
    records.close()
    return held


# What is bad


async def sent(run: Live, data: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port(run))
    writer.write(data)
    await writer.drain()
    writer.close()


def refused_by(
    here: Site, directory: Path, send: Callable[[Live], None] | None, data: bytes
) -> list[Refused]:
    """What the log keeps of bad frames."""

    async def run() -> None:
        async with Live(here, directory) as watch:
            if send:
                send(watch)
            else:
                await sent(watch, data)
            await watch.until(lambda: any(t.refused for t in watch.pipeline.count.sources.values()))
            await asyncio.sleep(0.1)

    asyncio.run(run())
    return [r for b in read(directory / "store" / "log") for r in b.refused]


def test_a_bad_frame_is_kept_with_place_and_reason(tmp_path: Path) -> None:
    (kept,) = refused_by(site(tmp_path), tmp_path, None, b"no SBS line\r\n")
    assert (kept.source, kept.frame, kept.count) == ("adsb", b"no SBS line", 1)
    assert kept.reason
    records = Records.within(tmp_path / "store")
    ((key, (_, count)),) = records.counted().quarantine.items()
    assert (key[1:], count) == (("adsb", kind_of(kept.reason)), 1)
    records.close()


def test_a_bad_frame_that_could_carry_a_person_is_kept_as_its_digest(tmp_path: Path) -> None:
    def send(run: Live) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"\xff" * 40, ("127.0.0.1", port(run)))

    (kept,) = refused_by(site(tmp_path, REMOTE_ID), tmp_path, send, b"")
    assert kept.frame is None
    assert len(kept.digest) == 16


def test_a_flood_of_bad_frames_is_counted_and_not_kept(tmp_path: Path) -> None:
    kept = refused_by(site(tmp_path), tmp_path, None, b"bad\r\n" * 20_000)
    ticks = len(list(read(tmp_path / "store" / "log")))
    assert sum(r.count for r in kept) == 20_000
    assert len(kept) <= ticks * (KEPT_A_TICK + 1)


def test_what_has_arrived_before_the_stop_is_in_the_log(tmp_path: Path) -> None:
    """Also what was refused so often that it is only counted, and what waits for its turn."""
    here = site(tmp_path)

    async def run() -> None:
        async with Live(here, tmp_path) as watch:
            _, writer = await asyncio.open_connection("127.0.0.1", port(watch))
            for _ in range(5):
                writer.write(b"bad\r\n" * 400 + b"".join(line(n, START_S) + b"\r\n" for n in range(100)))
            await writer.drain()
            await watch.until(lambda: watch.pipeline.intakes[0].link.inbox.received >= 2500)

    asyncio.run(run())
    batches = list(read(tmp_path / "store" / "log"))
    assert sum(r.count for batch in batches for r in batch.refused) == 2000
    assert sum(len(batch.observations) for batch in batches) == 500


class Faulty(Watch):
    """A watch with a fault that some ticks bring out."""

    def step(self, observations: Sequence[Observation], now_s: float) -> Step:
        if 4.0 <= now_s % 10.0 < 6.0:
            raise ZeroDivisionError("a fault")
        return super().step(observations, now_s)


def test_a_fault_of_the_watch_costs_its_ticks_only(tmp_path: Path) -> None:
    here = site(tmp_path)

    async def run() -> Live:
        async with Live(here, tmp_path, Faulty(here)) as watch:
            said = await speak(watch, 20.0)
            await watch.counted("adsb", said)
        return watch

    watch = asyncio.run(run())
    assert 1 <= watch.pipeline.faults <= 24
    assert {4.0 <= end % 10.0 < 6.0 for end in watch.ends} == {False}
    assert whole(tmp_path / "store" / "log") == []


class Broken(Watch):
    """A watch that takes no tick."""

    def step(self, observations: Sequence[Observation], now_s: float) -> Step:
        raise ZeroDivisionError("a fault")


def test_a_watch_that_takes_no_tick_ends_the_run(tmp_path: Path) -> None:
    here = site(tmp_path)

    async def run() -> None:
        pipeline = Pipeline(here, Broken(here), WallClock(start_s=START_S, speed=100.0))
        await asyncio.wait_for(pipeline.run(), 20.0)

    for runs in (
        1,
        2,
    ):  # what was not taken is replayed at the next start, and does not keep it from starting
        with pytest.raises(RuntimeError, match="ticks in a row"):
            asyncio.run(run())
        assert len(list(read(tmp_path / "store" / "log"))) == runs * FAULTS


class Moved(WallClock):
    """A clock that finds the wall's clock moved once."""

    moved_s: float | None = -3600.0

    def jump_s(self) -> float | None:
        moved_s, self.moved_s = self.moved_s, None
        return moved_s


def test_a_jump_of_the_wall_clock_is_written_down(tmp_path: Path) -> None:
    here = site(tmp_path)

    async def run() -> None:
        clock = Moved(start_s=START_S, speed=20.0)
        pipeline = Pipeline(here, Watch(here), clock)
        running = asyncio.create_task(pipeline.run())
        while clock.moved_s is not None:
            await asyncio.sleep(0.01)
        pipeline.stop()
        await running

    asyncio.run(run())
    jumps = [e.text for e in events(tmp_path / "store" / "log") if e.code == "clock"]
    assert len(jumps) == 1
    assert "-3600.000 s" in jumps[0]


def test_what_is_noted_is_on_the_disk_before_anything_else_is_done(tmp_path: Path) -> None:
    pipeline = Pipeline(site(tmp_path), Watch(site(tmp_path)), StepClock(START_S), directory=tmp_path)
    try:
        pipeline.note("operator-shown", "track 7")
        assert ("operator-shown", "track 7") in {(e.code, e.text) for e in events(tmp_path / "log")}
    finally:
        pipeline.close()


def test_a_second_watch_on_the_same_store_is_refused(tmp_path: Path) -> None:
    here = site(tmp_path)
    pipeline = Pipeline(here, Watch(here), StepClock(START_S))
    with pytest.raises(StoreError, match="already writes this store"):
        Pipeline(here, Watch(here), StepClock(START_S))
    pipeline.close()
    Pipeline(here, Watch(here), StepClock(START_S)).close()


def test_a_full_disk_ends_the_run_with_a_clear_error(tmp_path: Path) -> None:
    process = processes.Process(target=live_on_a_full_disk, args=(tmp_path, 100_000))
    process.start()
    process.join(60.0)
    assert process.exitcode == 0
    said = (tmp_path / "error").read_text()
    assert said.startswith(str(tmp_path))
    assert "disk" in said
    after_death(tmp_path)


# Retention and damage


def test_what_is_old_is_deleted_when_the_watch_comes_back(tmp_path: Path) -> None:
    here = site(tmp_path, operator_hours=2, sensor_hours=3, traffic_hours=4)
    played(here, 8)
    log = tmp_path / "store" / "log"
    before = {path.name for path in log.glob("*.sqlite")}
    for hours, left in ((1, 3), (3, 3), (4, 0), (9, 0)):
        Pipeline(here, Watch(here), StepClock(START_S + hours * 3600)).close()
        assert len(before & {path.name for path in log.glob("*.sqlite")}) == min(left, len(before))


def played(here: Site, ticks: int) -> Pipeline:
    """Some ticks of the aircraft, in lock-step."""

    async def run() -> Pipeline:
        clock = StepClock(START_S)
        pipeline = Pipeline(here, Watch(here), clock)
        for tick in range(1, ticks + 1):
            pipeline.intakes[0].link.inbox.put(lines(tick))
            await clock.advance(START_S + tick / 4)
            await pipeline.tick(START_S + tick / 4)
        pipeline.close()
        return pipeline

    return asyncio.run(run())


@pytest.mark.parametrize("damaged", [1, 2])
def test_a_damaged_checkpoint_costs_time_and_nothing_else(tmp_path: Path, damaged: int) -> None:
    live(tmp_path, TICKS // 2)
    records = Records.within(tmp_path)
    before = records.changes()
    for path in sorted((tmp_path / "checkpoints").iterdir(), reverse=True)[:damaged]:
        path.write_bytes(path.read_bytes()[:-1])
    live(tmp_path, TICKS // 2 + 4)
    assert records.changes()[: len(before)] == before
    assert len(told := told_by(tmp_path, "sign")) == len(set(told)) == len(records.changes())
    assert len([e for e in events(tmp_path / "log") if e.code == "damaged"]) == damaged
    records.close()


def test_a_damaged_log_does_not_keep_the_watch_from_coming_back(tmp_path: Path) -> None:
    live(tmp_path, 40)
    (ticks,) = (tmp_path / "log").glob("*-ticks.sqlite")
    with sqlite3.connect(ticks) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ticks.write_bytes(ticks.read_bytes()[:4096] + b"\0" * 4096)
    here = crash_site(tmp_path)
    Pipeline(here, Watch(here), StepClock(START_S)).close()
    assert [e.code for e in events(tmp_path / "log")] == ["damaged", "start"]
    live(tmp_path, 80)
    assert told_by(tmp_path, "done")[-1] == f"{START_S + 20.0}"
    assert sum(len(b.observations) for b in read(tmp_path / "log")) == sum(
        len(lines(n)) for n in range(41, 81)
    )


def test_a_checkpoint_of_another_version_is_passed_over(tmp_path: Path) -> None:
    live(tmp_path, 100)
    kept, _ = checkpoint.load(tmp_path / "checkpoints")
    assert kept is not None
    for path in (tmp_path / "checkpoints").iterdir():
        path.unlink()
    checkpoint.save(
        tmp_path / "checkpoints", checkpoint.Checkpoint(place=kept.place, tick_end_s=0.0, state=b"\x80")
    )
    live(tmp_path, 120)
    assert told_by(tmp_path, "done")[-1] == f"{START_S + 30.0}"


# A crash


def told_by(directory: Path, word: str) -> list[str]:
    """What a run told: the lines that begin so."""
    there = directory / "told"
    lines = there.read_text().splitlines() if there.exists() else []
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(word)]


def life(directory: Path, at_most_s: float | None = None) -> None:
    """One life of the watch in `directory`, killed if it is longer than that."""
    process = processes.Process(target=live, args=(directory,))
    process.start()
    process.join(120.0 if at_most_s is None else at_most_s)
    ended = process.exitcode
    process.kill()
    process.join()
    assert at_most_s is not None or ended == 0


def after_death(directory: Path) -> None:
    """The log is whole and lacks nothing that was acknowledged."""
    ticks = list(read(directory / "log"))
    assert {b.tick_end_s for b in ticks} >= {float(end) for end in told_by(directory, "done")}
    assert sum(len(b.observations) for b in ticks) == sum(len(lines(n + 1)) for n in range(len(ticks)))
    assert whole(directory / "log") == []


def test_killed_at_any_moment_it_comes_to_the_same(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    one, other = tmp_path / "reference", tmp_path / "killed"
    for directory in (one, other):
        (directory / "log").mkdir(parents=True)
    processes.Process(target=len, args=("",)).start()
    time.sleep(3.0)
    began = time.monotonic()
    life(one)
    whole_s, kills, moments = time.monotonic() - began, campaign(100), random.Random(1)
    for _ in range(kills):
        life(other, moments.uniform(0.0, 0.5 + 2.0 * whole_s / kills))
        after_death(other)
    life(other)

    assert [(b.tick_end_s, b.observations) for b in read(one / "log")] == [
        (b.tick_end_s, b.observations) for b in read(other / "log")
    ]
    records, again = Records.within(one), Records.within(other)
    assert len(records.changes()) > 10
    assert {s.change for s in records.changes()} == {"opened", "updated", "over"}
    assert again.changes() == records.changes()
    assert again.signs() == records.signs()
    assert [again.evidence(s) for s in again.signs()] == [records.evidence(s) for s in records.signs()]
    assert again.counted().sources == records.counted().sources
    told = told_by(other, "sign")
    assert len(told) == len(set(told))
    assert (
        set(told)
        <= set(told_by(one, "sign"))
        == {f"{s.id} {s.updates} {s.change}" for s in records.changes()}
    )
    rows, rows_again = read_history(one / "history", 0, 2e9), read_history(other / "history", 0, 2e9)
    assert len(rows["track"]) > AIRCRAFT * TICKS / 4 / 2
    assert all(np.array_equal(rows[n], rows_again[n], equal_nan=rows[n].dtype.kind == "f") for n in rows)
