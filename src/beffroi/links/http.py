"""HTTP: a document read again and again (`http://…/aircraft.json`), one frame a version.

The server is told which version is known (RFC 9110 §13: If-None-Match, If-Modified-Since), so an unchanged
document costs no transfer and gives no frame. A body is bounded in size and time. A redirection is not
followed: the site alone says where data comes from.
"""

import asyncio

import httpx

from beffroi.errors import SiteError
from beffroi.links import Clock, Inbox, Link, host_port, parts, place
from beffroi.site import Source
from beffroi.wire.framing import MAX_FRAME_BYTES

SCHEMES = ("http", "https")
ANSWER_S = 10.0
"""A whole answer takes no longer."""


class TooLong(OSError):  # noqa: N818 - says what is wrong
    """The document is longer than a frame may be."""


class Poll:
    """Reads one document every `poll_s`."""

    def __init__(self, source: Source, framing: str, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self._url, self._poll_s = source.link, source.poll_s
        self._known: dict[str, str] = {}
        self._last = b""

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=ANSWER_S) as client:
            while True:
                await self.inbox.room()
                try:
                    async with asyncio.timeout(ANSWER_S):
                        await self._read(client)
                except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as bad:
                    self.inbox.lost(str(bad) or type(bad).__name__)
                    await self.inbox.back_off()
                else:
                    self.inbox.connected()
                    self.inbox.attempts = 0
                    await asyncio.sleep(self._poll_s)

    async def _read(self, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", self._url, headers=self._known) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return
            answer.raise_for_status()
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_FRAME_BYTES:
                    raise TooLong(f"the document is longer than {MAX_FRAME_BYTES} bytes")
            self._known = _version(answer.headers)
        self._deliver(bytes(body))

    def _deliver(self, body: bytes) -> None:
        if body and body != self._last:
            self._last = body
            self.inbox.put([body])


def _version(headers: httpx.Headers) -> dict[str, str]:
    """What to send with the next request so that an unchanged document is not sent again."""
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {ask: headers[told] for ask, told in pairs if told in headers}


def check(source: Source) -> None:
    """Raises SiteError if the link cannot be."""
    host_port(source.link, place(source), port=80)
    try:
        httpx.URL(source.link)
    except httpx.InvalidURL as bad:
        raise SiteError(place(source), str(bad)) from bad
    if not parts(source).hostname:
        raise SiteError(place(source), f"{source.link!r} has no host")


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of `http://…` or `https://…`."""
    return Poll(source, framing, now_s)
