"""Clock: the one clock. The wall's time when it was made, and the monotonic clock from then on.

So no time ever goes back. When somebody moves the wall clock this one does not follow; `jump_s` tells.
"""

import asyncio
import time
from typing import Protocol

TICK_S = 0.25
"""The watch takes a step this often, at whole multiples of it."""
MOVED_S = 0.5
"""A wall clock that moves by less against the monotonic one is being slewed, not moved."""


class Clock(Protocol):
    """What tells the time."""

    def now_s(self) -> float:
        """Unix seconds UTC."""
        ...

    async def until(self, time_s: float) -> None:
        """Wait until it is that time."""
        ...

    def jump_s(self) -> float | None:
        """How far the wall clock was moved since this was last asked; None if it was not."""
        ...

    def not_before(self, time_s: float) -> None:
        """Go on from `time_s` if that is later: a watch that comes back never goes back in time."""
        ...


class WallClock:
    """The clock of a live watch; with another `speed` that of a test."""

    def __init__(self, *, start_s: float | None = None, speed: float = 1.0) -> None:
        """`start_s`: what it shows now; absent, the wall's time. `speed`: its seconds a second."""
        self._wall_s, self._began_s = time.time(), time.monotonic()
        self._start_s = self._wall_s if start_s is None else start_s
        self._speed = speed

    def now_s(self) -> float:
        return self._start_s + self._passed_s() * self._speed

    async def until(self, time_s: float) -> None:
        await asyncio.sleep(max(0.0, (time_s - self.now_s()) / self._speed))

    def jump_s(self) -> float | None:
        moved_s = time.time() - self._passed_s() - self._wall_s
        self._wall_s += moved_s
        return moved_s if abs(moved_s) > MOVED_S else None

    def not_before(self, time_s: float) -> None:
        self._start_s += max(0.0, time_s - self.now_s())

    def _passed_s(self) -> float:
        return time.monotonic() - self._began_s


class StepClock:
    """A clock that moves when it is told to: for lock-step runs and tests."""

    def __init__(self, start_s: float) -> None:
        self._now_s = start_s
        self._moved = asyncio.Condition()

    def now_s(self) -> float:
        return self._now_s

    def show(self, time_s: float) -> None:
        """Let it be `time_s`; who waits for that is not woken yet."""
        self._now_s = max(self._now_s, time_s)

    async def advance(self, to_s: float) -> None:
        """Let it be `to_s`, and wake whoever waited for that."""
        self.show(to_s)
        async with self._moved:
            self._moved.notify_all()

    async def until(self, time_s: float) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now_s >= time_s)

    def jump_s(self) -> float | None:
        return None

    def not_before(self, time_s: float) -> None:
        self._now_s = max(self._now_s, time_s)
