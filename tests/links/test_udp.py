"""UDP: unicast, multicast, and a flood."""

import asyncio
import socket
from typing import cast

import pytest

from beffroi import links
from beffroi.links import udp
from beffroi.links.udp import Receiver
from link_ends import Feeder, frames, free_port, opened, running, until


def sender() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


async def _listening(address: str = "udp://:0") -> Receiver:
    return cast(Receiver, opened(address, "asterix"))


def test_a_datagram_is_a_frame() -> None:
    async def play() -> None:
        async with running(await _listening()) as link:
            assert isinstance(link, Receiver)
            await until(lambda: link.port)
            with sender() as out:
                for datagram in (b"one", b"", b"two\nlines", b"\0" * 60_000):
                    out.sendto(datagram, ("127.0.0.1", link.port or 0))
            assert await frames(link, 3) == [b"one", b"two\nlines", b"\0" * 60_000]
            assert link.inbox.state == "connected"

    asyncio.run(play())


def test_version_6() -> None:
    async def play() -> None:
        async with running(await _listening("udp://[::1]:0")) as link:
            assert isinstance(link, Receiver)
            await until(lambda: link.port)
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out:
                out.sendto(b"six", ("::1", link.port or 0))
            assert await frames(link, 1) == [b"six"]

    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    asyncio.run(play())


def test_multicast() -> None:
    async def play() -> None:
        port = free_port(socket.SOCK_DGRAM)
        async with running(await _listening(f"udp://239.255.7.62:{port}?interface=127.0.0.1")) as link:
            await until(lambda: link.inbox.state != "waiting")
            if link.inbox.state == "lost":
                pytest.skip(f"no multicast here: {link.inbox.trouble}")
            with sender() as out:
                out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                out.sendto(b"to all", ("239.255.7.62", port))
            assert await frames(link, 1) == [b"to all"]

    asyncio.run(play())


def test_a_flood_is_dropped_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent is received, dropped by us, or dropped by the kernel: the sum is exact."""
    monkeypatch.setattr(links.Inbox.__init__, "__defaults__", (1 << 20,))
    monkeypatch.setattr(udp, "BUFFER_BYTES", 64 * 1024)
    count = 40_000

    async def play() -> None:
        async with running(await _listening()) as link:
            assert isinstance(link, Receiver)
            await until(lambda: link.port)
            with sender() as out:
                for i in range(count):
                    out.sendto(b"x" * 200, ("127.0.0.1", link.port or 0))
                    if i % 100 == 0:
                        await asyncio.sleep(0)
                await until(lambda: link.inbox.received + link.inbox.dropped == count)
                link.inbox.take()
                out.sendto(b"last", ("127.0.0.1", link.port or 0))
            await until(lambda: link.inbox.take())
            assert link.inbox.dropped > 0
            assert link.inbox.received + link.inbox.dropped == count + 1
            assert link.inbox.received * 328 < 2 << 20

    asyncio.run(play())


def test_a_port_in_use_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BACKOFF_S", (0.01,))

    async def play() -> None:
        with sender() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            async with running(await _listening(f"udp://127.0.0.1:{port}")) as link:
                await until(lambda: link.inbox.faults.total() >= 2)
                held.close()
                await until(lambda: link.inbox.state == "connected")

    asyncio.run(play())


def test_it_does_not_mind_tcp_on_the_same_port() -> None:
    async def play() -> None:
        async with Feeder() as feeder, running(await _listening(f"udp://127.0.0.1:{feeder.port}")) as link:
            await until(lambda: link.inbox.state == "connected")

    asyncio.run(play())
