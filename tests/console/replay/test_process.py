"""A replay shows what the live watch showed, tick for tick; it stops, turns and ends when it is told to."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from beffroi.console.replay import Moment, Replay, Seeking, Show
from beffroi.desk import Desk
from beffroi.errors import StoreError, UseError
from beffroi.life import Event
from beffroi.links.clock import TICK_S
from beffroi.store import checkpoint, past
from crashing import START_S, site
from playing import Run, dies, falls, heavy, run, show

TICKS = 200
SHELVED_TICK, ACK_TICK, UNDO_TICK = 60, 80, 84


def person(tick: int, desk: Desk) -> None:
    """Shelves one sign for 20 s, acknowledges another and changes their mind."""
    if tick == SHELVED_TICK:
        until_s = START_S + tick * TICK_S + 20.0
        desk.act(desk.signs("open")[-1].key, "shelve", "ana", until_s=until_s, reason="known")
    if tick == ACK_TICK:
        desk.act(desk.signs("open")[-1].key, "acknowledge", "bob")
    if tick == UNDO_TICK:
        (done,) = [s for s in desk.signs("open") if s.state == "acknowledged"]
        assert done.life is not None
        desk.act(done.key, "undo", "bob", undo=done.life.act)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A run of 50 s, with checkpoints on the way."""
    directory = tmp_path_factory.mktemp("recorded")
    return directory, run(directory, TICKS, person)


def replay(directory: Path, at_s: float, speed: float, what: Show = show) -> Replay:
    return Replay(site(directory), (), directory, what, at_s=at_s, speed=speed)


def played(
    directory: Path, at_s: float, speed: float, until: Callable[[Replay, Moment], bool], what: Show = show
) -> list[Moment]:
    """The moments of a replay, until something is true."""

    async def play() -> list[Moment]:
        async with replay(directory, at_s, speed, what) as going:
            return [m async for m in until_true(going, until)]

    return asyncio.run(asyncio.wait_for(play(), 150.0))


async def until_true(going: Replay, until: Callable[[Replay, Moment], bool]) -> AsyncIterator[Moment]:
    async for said in going.moments():
        if isinstance(said, Moment):
            yield said
            if until(going, said):
                return


def test_the_run_was_worth_a_replay(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    assert len(live.shown) == TICKS
    assert {e.sign.state for e in live.events} == {"new", "acknowledged", "shelved"}
    assert any(e.sign.life and e.sign.life.by == "" for e in live.events), "one came back from the shelf"
    assert len(checkpoint.times(directory / "checkpoints")) >= 2


@pytest.mark.parametrize("at_s", [START_S + 0.25, START_S + 17.5, START_S + 42.0])
def test_a_replay_shows_what_was_shown_live(recorded: tuple[Path, Run], at_s: float) -> None:
    directory, live = recorded
    end_s = min(START_S + TICKS * TICK_S, at_s + 8.0)
    moments = played(directory, at_s, 20.0, lambda _, m: m.now_s >= end_s)
    assert moments[0].now_s == at_s
    assert all(m.whole for m in moments)
    assert [m.frame for m in moments] == [live.shown[m.now_s] for m in moments]
    signs, *rest = [m.signs for m in moments]
    assert signs is not None
    assert not any(rest)


def test_between_two_pictures_it_shows_the_one_that_was_there(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    moments = played(directory, START_S + 17.6, 1.0, lambda _, m: m.now_s > START_S + 18.0)
    assert [m.now_s for m in moments[:2]] == [START_S + 17.5, START_S + 17.75]
    assert [m.frame for m in moments] == [live.shown[m.now_s] for m in moments]


def test_it_tells_what_was_known_then_of_the_track_that_is_looked_at(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    number = int(min(ids(live.shown[START_S + 30.0][0]) & ids(live.shown[START_S + 20.0][0]), key=int))
    asked: list[int] = []

    def steer(going: Replay, moment: Moment) -> bool:
        if not asked and moment.now_s >= START_S + 30.0:
            assert moment.track is None, "nobody asked"
            asked.append(number)
            going.ask(track=number, speed=0.0)
        elif len(asked) == 1 and moment.track is not None:
            asked.append(number)
            going.ask(at_s=START_S + 20.0)
        return len(asked) == 2 and moment.now_s <= START_S + 20.0

    moments = played(directory, START_S + 30.0, 1.0, steer)
    told = [m.track for m in moments if m.track is not None]
    assert [info.id for info in told] == [number, number]
    assert [info.now_s for info in told] == [moments[-2].now_s, START_S + 20.0]
    for info in told:
        assert max(info.path.time_s) <= info.now_s
        assert all(at_s <= info.now_s for at_s in info.raw.time_s)
    assert told[1].raw.time_s, "what came on the way from the checkpoint"
    assert len(told[0].path.time_s) > len(told[1].path.time_s), "its past was shorter then"


def test_no_event_is_missing_in_a_replay(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    moments = played(directory, START_S + 10.0, 60.0, lambda _, m: m.now_s >= START_S + TICKS * TICK_S)
    told: list[Event] = [e for m in moments for e in m.events]
    first = moments[0].number
    assert 0 < first < live.events[-1].number
    assert told == [e for e in live.events if e.number > first]
    assert len(moments) < TICKS / 2, "frames were left out, and no event"


def test_it_goes_elsewhere_and_stands_when_it_is_told(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    asked: list[float] = []

    def steer(going: Replay, moment: Moment) -> bool:
        if not asked and moment.now_s >= START_S + 41.0:
            asked.append(moment.now_s)
            going.ask(at_s=START_S + 20.0)
        elif len(asked) == 1 and moment.now_s < START_S + 30.0:
            asked.append(moment.now_s)
            going.ask(speed=0.0, at_s=START_S + 25.0)
        return moment.now_s == START_S + 25.0

    moments = played(directory, START_S + 40.0, 4.0, steer)
    assert asked[1] == START_S + 20.0
    assert [m.frame for m in moments] == [live.shown[m.now_s] for m in moments]
    assert moments[-1].speed == 0.0

    async def stands() -> None:
        async with replay(directory, START_S + 20.0, 0.0) as going:
            told = going.moments()
            while not isinstance(await anext(told), Moment):
                pass
            waiting = asyncio.ensure_future(anext(told))
            await asyncio.sleep(1.0)
            assert not waiting.done()
            going.ask(speed=1.0)
            said = await asyncio.wait_for(waiting, 60.0)
            assert isinstance(said, Moment)
            assert said.now_s == START_S + 20.25

    asyncio.run(stands())


def test_who_asks_faster_than_it_can_follow_waits_for_nobody(recorded: tuple[Path, Run]) -> None:
    """More asks than the pipe holds, while the other process cannot get rid of what it shows."""
    directory, _ = recorded

    async def play() -> None:
        async with replay(directory, START_S + 5.0, 10.0, heavy) as going:
            told = going.moments()
            while not isinstance(await anext(told), Moment):
                pass
            await asyncio.sleep(0.5)
            began = time.monotonic()
            for i in range(5000):
                going.ask(at_s=START_S + 10.0 + i % 20)
                going.ask(speed=0.0)
            going.ask(at_s=START_S + 42.0)
            assert time.monotonic() - began < 15.0
            async for moment in told:
                if isinstance(moment, Moment) and (moment.now_s, moment.speed) == (START_S + 42.0, 0.0):
                    return

    asyncio.run(asyncio.wait_for(play(), 150.0))


def test_it_goes_as_fast_as_it_is_asked(recorded: tuple[Path, Run]) -> None:
    directory, _ = recorded
    seen: list[tuple[float, float]] = []

    def until(_: Replay, moment: Moment) -> bool:
        seen.append((time.monotonic(), moment.now_s))
        return moment.now_s >= START_S + 22.0

    played(directory, START_S + 10.0, 4.0, until)
    paces = [(now_s - from_s) / (at_s - began_s) for (began_s, from_s), (at_s, now_s) in pairwise(seen)]
    assert median(paces) == pytest.approx(4.0, rel=0.25), "a machine that stops for a moment stops it too"


def test_at_the_end_of_the_log_it_waits_for_more(recorded: tuple[Path, Run]) -> None:
    directory, live = recorded
    (moment,) = played(directory, START_S + 1e6, 1.0, lambda *_: True)
    assert moment.now_s == START_S + TICKS * TICK_S
    assert moment.frame == live.shown[moment.now_s]


def test_nobody_waits_through_a_gap(tmp_path: Path) -> None:
    run(tmp_path, 40, lambda *_: None)
    run(tmp_path, 2000, lambda *_: None, first=1970)  # the watch was off for eight minutes
    went = played(tmp_path, START_S + 8.0, 1.0, lambda _, m: m.now_s > START_S + 492.6)
    assert went[0].now_s == START_S + 8.0
    ((begin_s, end_s),) = past.gaps(tmp_path, START_S, START_S + 500.0)
    assert begin_s == START_S + 10.0
    assert not [m for m in went if begin_s < m.now_s < end_s]


def test_what_the_log_does_not_hold_is_shown_from_the_history(tmp_path: Path) -> None:
    live = run(tmp_path, 120, lambda *_: None)
    for path in (tmp_path / "checkpoints").iterdir():
        path.unlink()
    for path in (tmp_path / "log").glob("*"):
        path.unlink()
    moments = played(tmp_path, START_S + 10.0, 10.0, lambda _, m: m.now_s >= START_S + 20.0)
    assert moments[0].now_s == START_S + 10.0
    assert not any(m.whole for m in moments)
    for moment in moments:
        tracks, signs = live.shown[moment.now_s]
        assert moment.frame[1] == signs, "signs are those that were"
        assert ids(moment.frame[0]) <= ids(tracks)
        assert len(ids(moment.frame[0])) == 12


def ids(rows: bytes) -> set[bytes]:
    return {row.partition(b'"track":')[2].partition(b",")[0] for row in rows.splitlines()}


def test_a_time_of_which_nothing_is_kept_is_said(tmp_path: Path) -> None:
    run(tmp_path, 4, lambda *_: None)
    for folder in ("log", "checkpoints", "history"):
        for path in sorted((tmp_path / folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(StoreError, match="nothing is kept of that time"):
        played(tmp_path, START_S, 1.0, lambda *_: True)


@pytest.mark.parametrize(("what", "says"), [(falls, "no such colour"), (dies, "the replay has ended")])
def test_a_fault_of_the_other_process_is_told(recorded: tuple[Path, Run], what: Show, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        played(recorded[0], START_S + 10.0, 1.0, lambda *_: True, what)


@pytest.mark.parametrize("bad", [-1.0, 61.0, float("nan"), float("inf")])
def test_a_speed_that_cannot_be_is_refused(recorded: tuple[Path, Run], bad: float) -> None:
    with pytest.raises(UseError, match="replay"):
        replay(recorded[0], START_S, bad)


def test_a_time_that_cannot_be_is_refused(recorded: tuple[Path, Run]) -> None:
    for bad in (-1.0, float("nan"), 1e12):
        with pytest.raises(UseError, match="replay"):
            replay(recorded[0], bad, 1.0)


def test_closing_ends_the_other_process_at_once(recorded: tuple[Path, Run]) -> None:
    async def close() -> float:
        async with replay(recorded[0], START_S + 10.0, 1.0) as going:
            told = going.moments()
            assert isinstance(await anext(told), Moment | Seeking)
            hanging: Awaitable[Moment | Seeking] = asyncio.ensure_future(anext(told))
            began = time.monotonic()
        await asyncio.gather(hanging, return_exceptions=True)
        assert going._process.exitcode is not None
        return time.monotonic() - began

    assert asyncio.run(close()) < 20.0, "there were 40 s to play"
