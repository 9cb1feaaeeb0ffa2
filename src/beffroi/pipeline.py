"""Pipeline: the loops of a live watch. links → log → watch → records → publish.

    intake   every 10 ms: what has come is decoded into the log
    tick     every 250 ms: the log ends a tick, the watch takes its step; when the log is on the disk and the
             signs are in the records, the step is published
    chores   every minute: history, counters and a checkpoint are written; what is old is deleted

A restart loads the checkpoint and steps through the rest of the log: the same ticks, so the same signs. Those
that were in the records already are not published again; the others are.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from traceback import format_exc
from typing import Any

import msgspec
import structlog

from beffroi.count import Count
from beffroi.errors import StoreError
from beffroi.intake import Intake
from beffroi.links.clock import TICK_S, Clock
from beffroi.observation import Observation
from beffroi.sign import Sign
from beffroi.site import Site
from beffroi.store import checkpoint, lock, reading
from beffroi.store.checkpoint import Checkpoint
from beffroi.store.history import Columns, History
from beffroi.store.log import Log
from beffroi.store.reading import Batch
from beffroi.store.records import Counts, Records
from beffroi.watch import Step, Watch

INTAKE_S = 0.010
FAULTS = 40
"""After this many ticks in a row that the watch could not take, the pipeline gives up."""

Publish = Callable[[Step], None]
Follow = Callable[[Batch, Step], None]
logger = structlog.get_logger()


class Pipeline:
    """A live watch. Making it recovers what was; `run` goes on until `stop`.

    Raises StoreError where the store cannot be used, SiteError or UseError where a source cannot be. Every
    function of `publish` gets every step, with the signs that nobody has seen yet.
    """

    def __init__(
        self,
        site: Site,
        watch: Watch,
        clock: Clock,
        *,
        directory: Path | None = None,
        publish: Sequence[Publish] = (),
    ) -> None:
        self.intakes = [Intake(source, clock) for source in site.source if source.enabled]
        self.count = Count(site)
        self.faults = 0
        """Ticks that the watch could not take."""
        self._faults_in_a_row = 0
        self._site, self._watch, self._clock, self._publish = site, watch, clock, publish
        self._directory = directory or Path(site.store.directory)
        self._follow: list[Follow] = []
        self._stop, self._ticked = asyncio.Event(), asyncio.Event()
        self._unpublished: list[Sign] = []
        self._at = (0, 0.0)
        """Place and end of the last tick that is done."""
        self._saved_s = (0.0, 0.0)
        """When the last two checkpoints were."""
        self._chore: asyncio.Future[None] | None = None
        with ExitStack() as stack:
            stack.enter_context(lock.held(self._directory))
            saved, faults = checkpoint.load(self._directory / "checkpoints")
            self._log = stack.enter_context(Log(self._directory / "log", saved.place if saved else 0))
            self._records = Records.within(self._directory)
            stack.callback(self._records.close)
            self._history = History(self._directory / "history")
            stack.callback(self._history.close)
            self._signing = stack.enter_context(ThreadPoolExecutor(1, "signs"))
            self._doing = stack.enter_context(ThreadPoolExecutor(1, "chores"))
            self._recover(saved, faults)
            self._engines = stack.pop_all()

    @property
    def records(self) -> Records:
        """The records of this watch."""
        return self._records

    def note(self, code: str, text: str) -> None:
        """Write something that people did into the log; from a thread, as it waits until it is on the disk.
        Raises StoreError."""
        self._log.event(self._clock.now_s(), code, text)
        self._log.commit().result()

    def follow(self, told: Follow) -> None:
        """Let `told` have what each tick took, once its step is published. It must not block."""
        self._follow.append(told)

    def stop(self) -> None:
        """End `run` after the tick that runs."""
        self._stop.set()

    async def run(self) -> None:
        """Watch until `stop`. Raises StoreError when what comes cannot be written any more."""
        links = [asyncio.create_task(self._link(intake)) for intake in self.intakes]
        loops = [asyncio.create_task(loop) for loop in (self._take_in(), self._tick_on())]
        try:
            await asyncio.gather(*loops)
            await _ended(*links)
            await self._take_in_the_rest()
            await asyncio.wrap_future(self._doing.submit(self._write_down, *self._to_write()))
        finally:
            await _ended(*links, *loops)
            self.close()

    def close(self) -> None:
        """Close the store. What was not yet published is published when the watch comes back."""
        self._engines.close()

    async def tick(self, end_s: float) -> None:
        """End a tick: commit what came, take the step, publish it."""
        for intake in self.intakes:
            intake.drain(self._log)
            intake.end_tick(self._log, end_s)
        batch = self._log.tick(end_s)
        committed = asyncio.wrap_future(self._log.commit())
        step = self._step(batch)
        await committed
        self.count.add(batch)
        if step:
            await self._share(step)
            for told in self._follow:
                told(batch, step)
        self._at = (batch.place, end_s)
        self._ticked.set()

    async def ticked(self, end_s: float) -> None:
        """Wait until the tick that ends then, or a later one, is done."""
        while self._at[1] < end_s:
            self._ticked.clear()
            await self._ticked.wait()

    # The loops

    async def _link(self, intake: Intake) -> None:
        try:
            await intake.link.run()
        except Exception as fault:  # noqa: BLE001 - a fault in one link must not stop the watch
            intake.link.inbox.lost(f"{type(fault).__name__}: {fault}")
            logger.error("a link failed", source=intake.source.id, fault=format_exc())

    async def _take_in(self) -> None:
        while not self._stop.is_set():
            await asyncio.sleep(INTAKE_S)
            if self._log.crowded:
                await asyncio.wrap_future(self._log.commit())
            for intake in self.intakes:
                intake.drain(self._log)

    async def _tick_on(self) -> None:
        last_s = self._begin_s
        while True:
            end_s = (math.floor(last_s / TICK_S) + 1) * TICK_S
            if not await self._wait(self._clock.until(end_s)):
                return
            # A watch that falls behind takes longer ticks, not later ones.
            end_s = max(end_s, math.floor(self._clock.now_s() / TICK_S) * TICK_S)
            await self.tick(end_s)
            if self._faults_in_a_row >= FAULTS:
                raise RuntimeError(f"the watch could not take {FAULTS} ticks in a row; the log tells why")
            self._chores(end_s)
            last_s = end_s

    async def _take_in_the_rest(self) -> None:
        """End with a tick of what has arrived and still waits, if there is any."""
        while any(intake.waiting for intake in self.intakes):
            for intake in self.intakes:
                intake.drain(self._log)
            await asyncio.wrap_future(self._log.commit())
        if self._log.holds or any(intake.holds for intake in self.intakes):
            after_s = max(self._at[1], self._begin_s) + TICK_S
            await self.tick(max(after_s, math.ceil(self._clock.now_s() / TICK_S) * TICK_S))

    async def _wait(self, waiting: Coroutine[Any, Any, None]) -> bool:
        """Wait for something; False if `stop` came first."""
        tasks = (asyncio.ensure_future(waiting), asyncio.ensure_future(self._stop.wait()))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        return not self._stop.is_set()

    # A tick

    def _step(self, batch: Batch) -> Step | None:
        """The step of the watch. A fault in it costs one tick: its replay has the same fault, so the same
        state."""
        try:
            step = self._watch.step(batch.observations, batch.tick_end_s)
        except Exception:  # noqa: BLE001 - recorded, and the run goes on
            self.faults += 1
            self._faults_in_a_row += 1
            logger.error("the watch could not take a tick", place=batch.place, fault=format_exc())
            return None
        self._faults_in_a_row = 0
        self._history.add(step.picture)
        return step

    async def _share(self, step: Step) -> None:
        """Publish a step whose observations are on the disk, with the signs that are new to the records."""
        signs = tuple(self._unpublished)
        if step.signs:
            loop = asyncio.get_running_loop()
            signs += tuple(await loop.run_in_executor(self._signing, self._record, step.signs))
        self._unpublished = []
        for publish in self._publish:
            publish(Step(picture=step.picture, signs=signs))

    def _record(self, signs: tuple[Sign, ...]) -> list[Sign]:
        return self._records.add(signs, self._find)

    def _find(self, digests: set[bytes]) -> dict[bytes, Observation]:
        return reading.find(self._directory / "log", digests)

    # Chores

    def _chores(self, now_s: float) -> None:
        """Begin what is due, beside the ticks. Raises StoreError if the last time it failed."""
        if (moved_s := self._clock.jump_s()) is not None:
            self._tell(
                now_s, "clock", f"the wall clock was moved by {moved_s:+.3f} s; this watch goes on as before"
            )
        if self._chore is not None and self._chore.done():
            self._chore.result()
            self._chore = None
        if self._chore is None and now_s - self._saved_s[1] >= self._site.store.checkpoint_s:
            loop = asyncio.get_running_loop()
            self._chore = loop.run_in_executor(self._doing, self._write_down, *self._to_write())

    def _to_write(self) -> tuple[Checkpoint, Counts, Columns, float]:
        """What a checkpoint needs, all of the same moment; and before when hours are over for good."""
        place, now_s = self._at
        over_s, self._saved_s = self._saved_s[0], (self._saved_s[1], now_s)
        saved = Checkpoint(place=place, tick_end_s=now_s, state=self._watch.state())
        return saved, self.count.take(), self._history.take(), over_s

    def _write_down(self, saved: Checkpoint, counts: Counts, rows: Columns, over_s: float) -> None:
        """Write history and counters up to a checkpoint, then the checkpoint; delete what is old."""
        limits, now_s = self._site.store, self._clock.now_s()
        self._history.write(rows)
        self._records.count(saved.place, counts)
        checkpoint.save(self._directory / "checkpoints", saved, checkpoint.kept_s(limits))
        self._history.close_hours(over_s)
        self._history.purge(limits, now_s)
        self._records.purge(limits, now_s)
        self._log.purge(limits, now_s)

    # A restart

    def _recover(self, saved: Checkpoint | None, faults: list[str]) -> None:
        """Go on from the newest checkpoint that is whole, and step through the rest of the log."""
        now_s = self._clock.now_s()
        self._log.purge(self._site.store, now_s)
        for fault in (*faults, *(f"{name}: was found damaged and set aside" for name in self._log.damaged)):
            self._tell(now_s, "damaged", fault)
        try:
            if saved is not None:
                self._watch.restore(saved.state)
                self._at = (saved.place, saved.tick_end_s)
                self._history.go_on(saved.tick_end_s)
            self._replay()
        except (msgspec.MsgspecError, StoreError) as bad:
            self._tell(now_s, "damaged", f"the rest of the log was not replayed: {bad}")
        self._clock.not_before(self._at[1])
        self._begin_s = self._clock.now_s()
        self._log.event(now_s, "start", f"after place {self._at[0]}")
        self._write_down(*self._to_write())

    def _replay(self) -> None:
        """Step through the log after `_at`."""
        counted = self._records.counted_to()
        for batch in reading.read(self._directory / "log", since=self._at[0]):
            if batch.place > counted:
                self.count.add(batch)
            step = self._step(batch)
            if step and step.signs:
                self._unpublished += self._record(step.signs)
            self._at = (batch.place, batch.tick_end_s)
        self._faults_in_a_row = 0
        if self.count.missing:
            text = f"{self.count.missing} observations since the checkpoint are not there any more"
            self._tell(self._clock.now_s(), "missing", text)

    def _tell(self, time_s: float, code: str, text: str) -> None:
        """Write down what befell the log, in the log and for people."""
        self._log.event(time_s, code, text)
        logger.warning(text, code=code)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are over."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
