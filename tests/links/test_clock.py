"""The one clock never goes back, and says when somebody moved the wall's."""

import asyncio
import time

import pytest

from beffroi.links.clock import StepClock, WallClock


def test_it_shows_the_walls_time_and_goes_on() -> None:
    before = time.time()
    clock = WallClock()
    first = clock.now_s()
    assert before - 0.05 <= first <= time.time() + 0.05
    time.sleep(0.01)
    assert clock.now_s() > first


def test_a_wall_clock_that_is_moved_is_not_followed_but_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, wall = WallClock(), time.time
    monkeypatch.setattr(time, "time", lambda: wall() - 3600.0)
    before = wall()
    assert before - 0.05 <= clock.now_s() <= wall() + 0.05
    assert clock.jump_s() == pytest.approx(-3600.0, abs=5.0)
    assert clock.jump_s() is None


def test_a_small_correction_is_no_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, wall = WallClock(), time.time
    monkeypatch.setattr(time, "time", lambda: wall() + 0.2)
    assert clock.jump_s() is None


def test_a_demonstration_runs_faster() -> None:
    clock = WallClock(start_s=1000.0, speed=100.0)

    async def wait() -> float:
        began = time.monotonic()
        await clock.until(1010.0)
        return time.monotonic() - began

    assert 0.09 < asyncio.run(wait()) < 5.0, "10 s at a hundredfold"
    assert clock.now_s() >= 1010.0


def test_what_comes_back_later_is_never_earlier() -> None:
    clock = WallClock(start_s=1000.0)
    clock.not_before(2000.0)
    assert 2000.0 <= clock.now_s() < 2100.0
    clock.not_before(500.0)
    assert clock.now_s() >= 2000.0


def test_the_lock_step_clock_moves_when_told() -> None:
    async def steps() -> list[str]:
        clock, heard = StepClock(1000.0), []

        async def wait(time_s: float) -> None:
            await clock.until(time_s)
            heard.append(f"{time_s:.0f} at {clock.now_s():.0f}")

        async with asyncio.TaskGroup() as group:
            group.create_task(wait(1001.0))
            group.create_task(wait(1003.0))
            for to_s in (1000.5, 1001.0, 1002.0, 1004.0):
                await asyncio.sleep(0)
                await clock.advance(to_s)
        return heard

    assert asyncio.run(steps()) == ["1001 at 1001", "1003 at 1004"]
