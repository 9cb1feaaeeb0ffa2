"""Live sockets at a real server: what comes first, what is never lost, who waits for nobody."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from beffroi.console import live
from served import heard, heard_of, served, sign


def run(what: Any) -> None:
    asyncio.run(asyncio.wait_for(what, 60.0))


def large(number: int) -> bytes:
    """A frame of a megabyte."""
    return msgspec.msgpack.encode({"m": "frame", "number": number, "filling": bytes(1_000_000)})


def test_hello_then_the_signs_then_frames_and_events(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            await console.signs([1, 2])
            async with console.live() as socket:
                hello, snapshot, frame = [await heard(socket) for _ in range(3)]
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
            async with console.live(f"?since={seen[-1]}") as socket:
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
            async with console.live("?since=0") as socket:
                numbers = [(await heard_of(socket, "event"))["number"] for _ in range(30)]
            assert numbers == list(range(1, 31))

    run(play())


def test_a_number_that_this_watch_never_gave_gets_the_signs_as_they_are(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console:
            await console.signs([1])
            for since in ("99", "-1", "x", "1e3", "9" * 40):
                async with console.live(f"?since={since}") as socket:
                    assert (await heard(socket))["m"] == "hello"
                    assert (await heard(socket))["m"] == "signs"

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
