"""A screen of the console in a real browser, Debian's Chromium by Playwright, and what it asked and said.

Playwright and the servers of these tests live in one loop, in a thread of its own: so all tests of a process
share a browser, and those that run loops of their own are not in its way.
"""

import asyncio
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
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
PATIENCE_S = 45.0
"""What is waited for comes at once; where others use the machine too, it may take so long."""
SEEK_MS = 90_000
"""A replay starts a process, and reads the log from a checkpoint on."""
SLOWER = float(os.environ.get("BEFFROI_SLOWER", "1"))
"""So many times slower the browser is made, to find what depends on its speed."""
EVERY_REST = """() => Promise.all(document.getAnimations()
    .filter(running => Number.isFinite(running.effect.getComputedTiming().endTime))
    .map(running => running.finished.catch(() => null))).then(() => null)"""
expect.set_options(timeout=1e3 * PATIENCE_S)


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
        self.told: list[str] = []
        """What the newest of its live sockets was told, by kind of message."""
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
            told = self.told = list[str]()
            socket.on("framereceived", lambda said: self._hear(said, told))

    def _hear(self, said: str | bytes, told: list[str]) -> None:
        message = msgspec.msgpack.decode(said if isinstance(said, bytes) else said.encode())
        told.append(message["m"])
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

    async def query(self, name: str) -> str | None:
        """What the address bar says: asked of the page, since the driver hears of a change later."""
        found = parse_qs(urlsplit(await self.url()).query, keep_blank_values=True).get(name)
        return found[0] if found else None

    async def url(self) -> str:
        """The whole of it."""
        return str(await self.page.evaluate("location.href"))

    async def query_becomes(self, name: str, pattern: str | None) -> None:
        """Wait until the address bar says so; None: until it says nothing of it."""

        async def says_so() -> bool:
            said = await self.query(name)
            return said is None if pattern is None else said is not None and bool(re.search(pattern, said))

        await becomes(says_so, f"{name}={pattern!r} in the address bar")

    async def look(self) -> None:
        """Look at the selected sign for as long as one must before a key may act on it."""
        await self.page.wait_for_timeout(1100)

    async def rest(self) -> None:
        """Wait until nothing fades or moves any more, and what there is has been drawn."""
        await self.page.evaluate(EVERY_REST)
        await self.page.evaluate("new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))")


async def becomes(true: Callable[[], Awaitable[object]], what: str) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE_S
    while not await true():
        assert time.monotonic() < end, f"it never came to be: {what}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(
    browser: Browser, address: str, width: int = 1920, height: int = 1080, **more: Any
) -> AsyncIterator[Screen]:
    """A person's screen, in a browser that remembers nothing."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        **{"locale": "en-GB", "timezone_id": "Europe/Paris"} | more,
    )
    context.set_default_timeout(1e3 * PATIENCE_S)
    try:
        page = await context.new_page()
        if SLOWER > 1.0:
            wire = await context.new_cdp_session(page)
            await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        yield Screen(page, address)
    finally:
        await context.close()
