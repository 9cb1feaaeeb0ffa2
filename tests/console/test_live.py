"""Live sockets at a real server: what comes first, what is never lost, who waits for nobody."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from beffroi.console import live
from served import heard, heard_of, served, sign


def run(what: Any) -> None:
    asyncio.run(asyncio.wait_for(what, 150.0))


def large(number: int) -> bytes:
    """A frame of a megabyte."""
    return msgspec.msgpack.encode({"m": "frame", "number": number, "filling": bytes(1_000_000)})


def test_hello_then_the_signs_then_frames_and_events(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            await console.signs([1, 2])
            async with console.live() as socket:
                hello, snapshot = [await heard(socket) for _ in range(2)]
                frame = await heard_of(socket, "frame")
                assert (hello["m"], hello["mode"], hello["speed"]) == ("hello", "live", 1.0)
                assert snapshot["number"] == 2
                assert {s["number"] for s in snapshot["signs"]} == {1, 2}
                assert (frame["m"], frame["n"], frame["alarms"]["high"]) == ("frame", 1, 2)
                console.step(sign(3))
                event = await heard_of(socket, "event")
                assert (event["number"], event["sign"]["number"], event["sign"]["track"]) == (3, 3, 7)

    run(play())


def test_a_socket_that_comes_back_misses_nothing_and_hears_nothing_twice(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            async with console.live() as socket:
                assert (await heard_of(socket, "signs"))["number"] == 0
                await console.signs([1, 2])
                seen = [(await heard_of(socket, "event"))["number"] for _ in range(2)]
            await console.signs([3, 4, 5])
            async with console.live(console.since(seen[-1])) as socket:
                assert (await heard(socket))["m"] == "hello"
                told = [await heard(socket) for _ in range(3)]
                assert [t["m"] for t in told] == ["event"] * 3
                seen += [t["number"] for t in told]
            assert seen == [1, 2, 3, 4, 5]

    run(play())


def test_what_is_no_longer_in_memory_is_read_from_the_records(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(live, "READ", 7)

    async def play() -> None:
        async with served(tmp_path) as console:
            await console.signs(range(1, 31))
            console.console.live._events.clear()
            async with console.live(console.since(0)) as socket:
                numbers = [(await heard_of(socket, "event"))["number"] for _ in range(30)]
            assert numbers == list(range(1, 31))

    run(play())


def test_a_number_that_this_watch_never_gave_gets_the_signs_as_they_are(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            await console.signs([1])
            unknown = [console.since(number) for number in ("99", "-1", "x", "1e3", "9" * 40)]
            for query in (*unknown, "?since=1", "?since=:1", "?since=another:1"):
                async with console.live(query) as socket:
                    assert (await heard(socket))["m"] == "hello"
                    assert (await heard(socket))["m"] == "signs"

    run(play())


def test_who_knows_another_store_gets_the_signs_of_this_one(tmp_path: Path) -> None:
    """A second run at the same address counts from 1 again."""

    async def play() -> None:
        async with served(tmp_path / "first") as console:
            await console.signs([1])
            known = console.since(1)
            async with console.live(known) as socket:
                assert (await heard(socket))["store"] == console.console.seen.store
                assert (await heard(socket))["m"] not in ("signs", "event"), "it misses nothing"
        async with served(tmp_path / "second") as console:
            await console.signs([2])
            async with console.live(known) as socket:
                await heard(socket)
                assert [s["number"] for s in (await heard(socket))["signs"]] == [2]
        async with served(tmp_path / "second") as console:
            assert console.since(1) != known, "but it stays what it is after a restart"
            async with console.live(console.since(1)) as socket:
                assert (await heard(socket))["m"] == "hello"
                assert (await heard(socket))["m"] not in ("signs", "event")

    run(play())


def test_a_fault_of_the_console_ends_no_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            seen = console.console.seen
            async with console.live() as socket:
                await heard_of(socket, "frame")
                with monkeypatch.context() as broken:
                    broken.setattr(seen, "alarms", lambda: 1 / 0)
                    broken.setattr(seen.desk, "tick", lambda now_s: 1 / 0)
                    console.console._next_frame = 0.0
                    await console.signs([1])
                assert seen.faults == 2
                assert (await heard_of(socket, "event"))["number"] == 1
                console.console._next_frame = 0.0
                console.step(sign(2))
                assert (await heard_of(socket, "event"))["number"] == 2

    run(play())


def test_a_slow_client_holds_nobody_and_gets_every_event(tmp_path: Path) -> None:
    """It reads nothing while 400 signs are opened and frames of a crowd go out, then reads all of it."""

    async def play() -> None:
        async with served(tmp_path) as console, console.live(max_queue=1) as slow, console.live() as quick:
            for first in range(1, 401, 20):
                await console.signs(range(first, first + 20))
                console.console.live.latest("frame", large(first))
                for number in range(first, first + 20):
                    assert (await heard_of(quick, "event"))["number"] == number
            assert console.console.live.last == 400
            numbers = [(await heard_of(slow, "event"))["number"] for _ in range(400)]
            assert numbers == list(range(1, 401))

    run(play())


def test_frames_are_skipped_for_who_cannot_take_them(tmp_path: Path) -> None:
    """300 frames of 1 MB are published while one client reads none: it gets few, the last among them."""

    async def play() -> None:
        async with served(tmp_path) as console, console.live(max_queue=1) as slow, console.live() as quick:
            got = 0
            for number in range(300):
                console.console.live.latest("frame", large(number))
                said = await heard_of(quick, "frame")
                while said.get("number") != number:
                    said = await heard_of(quick, "frame")
                got += 1
            assert got == 300
            sent = 0
            while (await heard_of(slow, "frame")).get("number") != 299:
                sent += 1
            assert sent < 100

    run(play())


def test_nothing_more_is_sent_to_who_has_vanished(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A burst of events, and the other end is gone without a word: asyncio warns of each write to a socket
    that is lost."""

    async def play() -> None:
        async with served(tmp_path) as console, console.live() as socket:
            await heard_of(socket, "signs")
            (client,) = console.console.live.clients
            socket.transport.abort()
            console.step(*map(sign, range(1, 201)))
            async with asyncio.timeout(45.0):
                while console.console.live.clients:
                    await asyncio.sleep(0.01)
            assert client.cursor < 200
        assert not [r for r in caplog.records if "socket.send()" in r.getMessage()]

    run(play())
