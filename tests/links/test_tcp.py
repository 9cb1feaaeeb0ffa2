"""TCP both ways, with real peers."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
import trustme

from beffroi import links
from beffroi.links import Link, tcp
from beffroi.links.tcp import Listener
from link_ends import Feeder, frames, free_port, now_s, opened, running, until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow at once."""
    monkeypatch.setattr(links, "BACKOFF_S", (0.01, 0.02))


def calling(feeder: Feeder, framing: str = "line", **fields: str) -> Link:
    return opened(f"tcp://127.0.0.1:{feeder.port}", framing, **fields)


def test_a_client_brings_frames_with_stamps_of_the_one_clock() -> None:
    async def play() -> None:
        async with (
            Feeder(b"one\r\ntwo\n") as feeder,
            running(calling(feeder)) as link,
        ):
            before = now_s() - 60.0
            await until(lambda: link.inbox.received == 2)
            taken = link.inbox.take()
            assert [frame for frame, _ in taken] == [b"one", b"two"]
            assert all(before <= at <= now_s() for _, at in taken)
            assert link.inbox.state == "connected"

    asyncio.run(play())


def test_frames_come_whole_however_they_are_cut() -> None:
    async def play() -> None:
        async with Feeder() as feeder, running(calling(feeder)) as link:
            await until(lambda: feeder.callers)
            for byte in b"abc\ndef\n":
                feeder.send(bytes([byte]))
                await asyncio.sleep(0.002)
            assert await frames(link, 2) == [b"abc", b"def"]

    asyncio.run(play())


def test_a_client_comes_back_after_a_cut_and_half_a_frame_is_forgotten() -> None:
    async def play() -> None:
        async with Feeder(b"whole\nhalf a fr") as feeder, running(calling(feeder)) as link:
            assert await frames(link, 1) == [b"whole"]
            feeder.hang_up()
            assert await frames(link, 1) == [b"whole"], "the half and the next stream must not be joined"
            assert feeder.calls == 2
            assert link.inbox.faults == {"the peer closed the connection": 1}

    asyncio.run(play())


def test_a_client_waits_for_a_peer_that_is_not_there_yet() -> None:
    async def play() -> None:
        port = free_port()
        async with running(opened(f"tcp://127.0.0.1:{port}")) as link:
            await until(lambda: link.inbox.faults.total() >= 3)
            assert link.inbox.state == "lost"
            assert "Connect call failed" in (link.inbox.trouble or "")
            async with Feeder(b"hello\n", port=port):
                assert await frames(link, 1) == [b"hello"]
                assert link.inbox.trouble is None

    asyncio.run(play())


def test_a_stream_that_cannot_be_followed_is_cut_and_begun_again() -> None:
    async def play() -> None:
        async with (
            Feeder(b"\x02\x00\x00\x00ok\xff\xff\xff\xff") as feeder,
            running(calling(feeder, "length32")) as link,
        ):
            await until(lambda: feeder.calls)
            feeder.send(b"more")
            await until(lambda: link.inbox.faults.total())
            assert [frame[4:] for frame, _ in link.inbox.take()][:1] == [b"ok"]
            assert any("cannot be" in why for why in link.inbox.faults)
            await until(lambda: feeder.calls >= 2)

    asyncio.run(play())


def test_a_flood_waits_at_the_sender_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links.Inbox.__init__, "__defaults__", (1 << 20,))
    line, count = b"x" * 99 + b"\n", 200_000

    async def play() -> None:
        async with Feeder() as feeder, running(calling(feeder)) as link:
            await until(lambda: feeder.callers)
            feeder.send(line * count)
            await until(lambda: link.inbox.full)
            await asyncio.sleep(0.1)
            most = ((1 << 20) + tcp.READ_BYTES * 3) // 227
            assert link.inbox.received <= most, "it went on reading though nobody took"
            got = 0
            while got < count:
                got += len(await frames(link, 1))
            assert (got, link.inbox.dropped) == (count, 0)

    asyncio.run(play())


async def _listening(framing: str = "line", **fields: str) -> Listener:
    return cast(Listener, opened("tcp-listen://:0", framing, **fields))


def test_a_listener_serves_several_callers_and_says_when_the_last_one_goes() -> None:
    async def play() -> None:
        async with running(await _listening()) as link:
            assert isinstance(link, Listener)
            await until(lambda: link.port)
            _, one = await asyncio.open_connection("127.0.0.1", link.port)
            _, two = await asyncio.open_connection("127.0.0.1", link.port)
            one.write(b"from one\nhalf")
            two.write(b"from two\n")
            assert sorted(await frames(link, 2)) == [b"from one", b"from two"]
            one.close()
            two.write(b"still here\n")
            assert await frames(link, 1) == [b"still here"]
            assert link.inbox.state == "connected"
            two.close()
            await until(lambda: link.inbox.state == "lost")
            _, three = await asyncio.open_connection("127.0.0.1", link.port)
            three.write(b"back\n")
            assert await frames(link, 1) == [b"back"]

    asyncio.run(play())


def test_a_listener_turns_away_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_PEERS", 2)

    async def play() -> None:
        async with running(await _listening()) as link:
            assert isinstance(link, Listener)
            await until(lambda: link.port)
            ends = [await asyncio.open_connection("127.0.0.1", link.port) for _ in range(2)]
            await until(lambda: len(link._peers) == 2)
            reader, _ = await asyncio.open_connection("127.0.0.1", link.port)
            assert await asyncio.wait_for(reader.read(), 30.0) == b""
            assert link.inbox.faults == {"more than 2 callers": 1}
            ends[0][1].write(b"served\n")
            assert await frames(link, 1) == [b"served"]

    asyncio.run(play())


def test_a_port_in_use_is_tried_again() -> None:
    async def play() -> None:
        async with Feeder() as feeder:
            link = opened(f"tcp-listen://127.0.0.1:{feeder.port}")
            async with running(link):
                await until(lambda: link.inbox.faults.total() >= 2)
                assert (link.inbox.trouble or "").startswith("cannot listen")

    asyncio.run(play())


class Papers:
    """Certificates of two sides by one authority, as files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        for name in ("ours", "theirs"):
            made = self.authority.issue_cert("127.0.0.1", "localhost")
            made.private_key_pem.write_to_path(folder / f"{name}.key")
            made.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        self.folder = folder

    def fields(self) -> dict[str, str]:
        """What the site says of our side."""
        names = {"certificate": "ours.pem", "private_key": "ours.key", "authority": "ca.pem"}
        return {key: str(self.folder / name) for key, name in names.items()}

    def theirs(self, purpose: ssl.Purpose, *, shows_papers: bool = True) -> ssl.SSLContext:
        context = ssl.create_default_context(purpose, cafile=self.folder / "ca.pem")
        if shows_papers:
            context.load_cert_chain(self.folder / "theirs.pem", self.folder / "theirs.key")
        return context


def test_mutual_tls_as_a_client(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    server = papers.theirs(ssl.Purpose.CLIENT_AUTH)
    server.verify_mode = ssl.CERT_REQUIRED

    async def play() -> None:
        async with Feeder(b"secret\n", tls=server) as feeder:
            async with running(calling(feeder, **papers.fields())) as link:
                assert await frames(link, 1) == [b"secret"]
            async with running(calling(feeder)) as link:
                await until(lambda: link.inbox.state == "connected")
                await asyncio.sleep(0.2)
                assert not link.inbox.received, "in clear there is nothing to be had"

    asyncio.run(play())


def test_mutual_tls_as_a_listener(tmp_path: Path) -> None:
    papers = Papers(tmp_path)

    async def say(port: int | None, context: ssl.SSLContext) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"secret\n")
        await writer.drain()

    async def play() -> None:
        async with running(await _listening(**papers.fields())) as link:
            assert isinstance(link, Listener)
            await until(lambda: link.port)
            nobody = papers.theirs(ssl.Purpose.SERVER_AUTH, shows_papers=False)
            with suppress(OSError):  # who notices first, and when, differs
                await say(link.port, nobody)
            await asyncio.sleep(0.2)
            assert not link.inbox.received
            await say(link.port, papers.theirs(ssl.Purpose.SERVER_AUTH))
            assert await frames(link, 1) == [b"secret"]

    asyncio.run(play())
