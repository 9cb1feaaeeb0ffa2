"""A screen of the console in a real browser, Debian's Chromium by Playwright, and what it asked and said.

Playwright and the servers of these tests live in one loop, in a thread of its own: so all tests of a process
share a browser, and those that run loops of their own are not in its way.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Playwright, WebSocket, expect

from beffroi.console import pages

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
QUIET = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""A browser that asks nobody anything by itself."""
T = TypeVar("T")
expect.set_options(timeout=15_000)


def missing(what: str, how: str) -> None:
    """Skip for want of something; where everything must be there, fail."""
    said = f"{what} is missing: {how}"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


def chromium_path() -> str:
    """Where Chromium is."""
    if not pages.built():
        missing("the console's page", "make demo builds it")
    if (path := shutil.which("chromium")) is None:
        missing("Chromium", "apt-get install chromium")
    return str(path)


def axe() -> str:
    """The text of axe-core."""
    if not AXE.is_file():
        missing("axe-core", "npm ci in web/")
    return AXE.read_text(encoding="utf-8")


async def launched(driver: Playwright, *more: str) -> Browser:
    """A browser."""
    return await driver.chromium.launch(executable_path=chromium_path(), args=[*QUIET, *more])


class Beside:
    """A loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        """Run it there, and wait for it."""
        going = asyncio.run_coroutine_threadsafe(what, self.loop)
        try:
            return going.result()
        finally:
            going.cancel()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


class Screen:
    """A page with everything that it asked for, complained of and was told."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        """Addresses of requests and sockets."""
        self.faults: list[str] = []
        """What stands in red in its console."""
        self.known = 0
        """The number of the last event in the last snapshot of signs."""
        self.events: list[int] = []
        """Numbers of the events that came over its live sockets."""
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("websocket", self._opened)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _opened(self, socket: WebSocket) -> None:
        self.asked.append(socket.url)
        if "/live" in socket.url:
            socket.on("framereceived", self._told)

    def _told(self, said: str | bytes) -> None:
        message = msgspec.msgpack.decode(said if isinstance(said, bytes) else said.encode())
        if message["m"] == "signs":
            self.known = message["number"]
        elif message["m"] == "event":
            self.events.append(message["number"])

    async def go(self, query: str = "") -> None:
        """Load the page, and wait until it shows signs and a picture."""
        await self.page.goto(self.address + query)
        await self.page.locator(".queue [data-sign], .queue .empty, .queue [data-fold]").first.wait_for()
        await self.page.locator(".pane").wait_for()
        await self.page.evaluate("document.fonts.ready.then(() => null)")

    @property
    def rows(self) -> Locator:
        """The signs of the queue."""
        return self.page.locator(".queue [data-sign]")

    def row(self, key: str) -> Locator:
        return self.page.locator(f'.queue [data-sign="{key}"]')

    @property
    def card(self) -> Locator:
        """The inspector."""
        return self.page.locator("#inspector")

    async def keys(self) -> list[str]:
        """The signs of the queue from top to bottom."""
        found = await self.rows.evaluate_all("rows => rows.map(row => row.dataset.sign)")
        return [str(key) for key in found]

    def query(self, name: str) -> str | None:
        """What the address bar says."""
        found = parse_qs(urlsplit(self.page.url).query, keep_blank_values=True).get(name)
        return found[0] if found else None

    async def query_becomes(self, name: str, pattern: str | None) -> None:
        """Wait until the address bar says so; None: until it says nothing of it."""
        for _ in range(100):
            said = self.query(name)
            if (said is None) if pattern is None else (said is not None and re.search(pattern, said)):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name}={self.query(name)!r} in the address bar, not {pattern!r}")


@asynccontextmanager
async def opened(
    browser: Browser, address: str, width: int = 1920, height: int = 1080, **more: Any
) -> AsyncIterator[Screen]:
    """A person's screen, in a browser that remembers nothing."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        **{"locale": "en-GB", "timezone_id": "Europe/Paris"} | more,
    )
    context.set_default_timeout(20_000)
    try:
        yield Screen(await context.new_page(), address)
    finally:
        await context.close()
