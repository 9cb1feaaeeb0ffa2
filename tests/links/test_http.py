"""HTTP: versions, failures and bounds, with a real server."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from beffroi import links
from beffroi.links import http
from link_ends import frames, opened, running, until

Answer = Callable[[dict[str, str]], tuple[str, dict[str, str], bytes]]
"""Headers of the request → (status, headers, body)."""


class Server:
    """A web server of one document."""

    def __init__(self, answer: Answer, *, drip_s: float = 0.0) -> None:
        self.answer, self.requests, self._drip_s = answer, list[dict[str, str]](), drip_s

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/data/aircraft.json"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        self.requests.append(headers)
        status, told, body = self.answer(headers)
        told = {"Content-Length": str(len(body)), "Connection": "close"} | told
        text = "".join(f"{key}: {value}\r\n" for key, value in told.items())
        writer.write(f"HTTP/1.1 {status}\r\n{text}\r\n".encode())
        for part in [body] if not self._drip_s else [body[i : i + 1] for i in range(len(body))]:
            writer.write(part)
            await asyncio.sleep(self._drip_s)
        writer.close()


def reading(server: Server) -> AbstractAsyncContextManager[links.Link]:
    return running(opened(server.url, "json", poll_s=0.01))


def played(
    answer: Answer, check: Callable[[Server, links.Link], Awaitable[None]], drip_s: float = 0.0
) -> None:
    async def play() -> None:
        async with Server(answer, drip_s=drip_s) as server, reading(server) as link:
            await check(server, link)

    asyncio.run(play())


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BACKOFF_S", (0.01,))


@pytest.mark.parametrize(("told", "ask"), [("ETag", "if-none-match"), ("Last-Modified", "if-modified-since")])
def test_an_unchanged_document_is_not_sent_again(told: str, ask: str) -> None:
    version = ["1"]

    def answer(headers: dict[str, str]) -> tuple[str, dict[str, str], bytes]:
        if headers.get(ask) == version[0]:
            return "304 Not Modified", {told: version[0]}, b""
        return "200 OK", {told: version[0]}, b'{"now":' + version[0].encode() + b"}"

    async def check(server: Server, link: links.Link) -> None:
        assert await frames(link, 1) == [b'{"now":1}']
        await until(lambda: len(server.requests) >= 4)
        assert link.inbox.received == 1
        assert ask not in server.requests[0]
        assert server.requests[-1][ask] == "1"
        version[0] = "2"
        assert await frames(link, 1) == [b'{"now":2}']
        assert not link.inbox.faults

    played(answer, check)


def test_a_server_without_versions_gives_a_frame_where_the_body_changes() -> None:
    body = [b"one"]

    async def check(server: Server, link: links.Link) -> None:
        assert await frames(link, 1) == [b"one"]
        await until(lambda: len(server.requests) >= 4)
        assert link.inbox.received == 1
        body[0] = b"two"
        assert await frames(link, 1) == [b"two"]

    played(lambda _: ("200 OK", {}, body[0]), check)


def test_a_server_that_fails_is_asked_again() -> None:
    status = ["503 Unavailable"]

    async def check(server: Server, link: links.Link) -> None:
        await until(lambda: link.inbox.faults.total() >= 2)
        assert link.inbox.state == "lost"
        assert "503" in (link.inbox.trouble or "")
        status[0] = "200 OK"
        assert await frames(link, 1) == [b"well"]
        await until(lambda: link.inbox.state == "connected")
        assert link.inbox.trouble is None

    played(lambda _: (status[0], {}, b"well"), check)


def test_a_redirection_is_not_followed() -> None:
    async def check(server: Server, link: links.Link) -> None:
        await until(lambda: link.inbox.faults.total() >= 2)
        assert "302" in (link.inbox.trouble or "")
        assert not link.inbox.received

    played(lambda _: ("302 Found", {"Location": "http://127.0.0.1:1/elsewhere"}, b"x"), check)


def test_a_server_that_is_not_there() -> None:
    async def play() -> None:
        async with running(opened("http://127.0.0.1:1/x", "json")) as link:
            await until(lambda: link.inbox.faults.total() >= 2)
            assert link.inbox.state == "lost"

    asyncio.run(play())


def test_half_a_document_is_not_a_frame() -> None:
    async def check(server: Server, link: links.Link) -> None:
        await until(lambda: link.inbox.faults.total() >= 2)
        assert not link.inbox.received

    played(lambda _: ("200 OK", {"Content-Length": "100"}, b"half"), check)


def test_a_document_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_FRAME_BYTES", 1000)

    async def check(server: Server, link: links.Link) -> None:
        await until(lambda: link.inbox.faults.total())
        assert link.inbox.trouble == "the document is longer than 1000 bytes"
        assert not link.inbox.received

    played(lambda _: ("200 OK", {}, b"x" * 200_000), check)


def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_S", 0.1)

    async def check(server: Server, link: links.Link) -> None:
        await until(lambda: link.inbox.faults.total())
        assert not link.inbox.received

    played(lambda _: ("200 OK", {}, b"x" * 1000), check, drip_s=0.02)
