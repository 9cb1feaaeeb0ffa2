"""The console in a browser: what an update costs its main thread and its process, how much the first load is.

The publisher of `console.py` shows moving tracks on loopback, frames at 1 Hz; Chromium shows the page at
1920×1080, once with every track in view and once at the scale of the aerodrome, labels and trails on. Main
thread: processor time of all tasks of the page in that time (Chrome's TaskDuration in thread ticks), each
update's and what ticks between them. Process: CPU of the renderer, all its threads. Input: from the
browser's stamp of a pointer's move to the frame after the page has said that something lies there, which the
map's worker answers. Labels: call signs that one painting writes.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.async_api import Browser, CDPSession, Page, async_playwright

MANY, TOO_MANY = 5_000, 20_000
SETTLE_S = 6.0
VIEWS = {"every track in view": "?at=48.7233,2.3794,9", "at the aerodrome": ""}
QUIET = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")
LABELS = """() => {
  const context = OffscreenCanvasRenderingContext2D.prototype, write = context.fillText
  self.labels = { now: 0, most: 0 }
  context.fillText = function (text, ...more) {
    if (/^TST\\d+X/.test(text)) {
      if (self.labels.now++ === 0) queueMicrotask(() => {
        self.labels.most = Math.max(self.labels.most, self.labels.now)
        self.labels.now = 0
      })
    }
    return write.call(this, text, ...more)
  }
}"""
"""Counts in the worker that paints the map."""
LONGEST = """
window.long = 0
new PerformanceObserver(l => {
  for (const e of l.getEntries()) window.long = Math.max(window.long, e.duration)
}).observe({ type: 'longtask' })"""
ANSWER = """
window.answers = []
addEventListener('pointermove', moved => {
  const map = moved.target.closest?.('.tracks')
  if (!map || map.classList.contains('over')) return
  const seen = new MutationObserver(() => {
    if (!map.classList.contains('over')) return
    seen.disconnect()
    requestAnimationFrame(() => setTimeout(() => window.answers.push(performance.now() - moved.timeStamp)))
  })
  seen.observe(map, { attributeFilter: ['class'] })
  setTimeout(() => seen.disconnect(), 2000)
}, { capture: true })"""
LOOKS = 40
"""How often the pointer asks."""


class Cost(NamedTuple):
    """What so many updates took."""

    update_ms: float
    """Main thread, an update."""
    script_ms: float
    renderer_percent: float
    renderer_ms: float
    """The whole process, an update."""
    longest_ms: float
    """The longest single piece of work of the main thread, by the clock."""
    updates: int


@asynccontextmanager
async def published(tracks: int, seconds: float) -> AsyncIterator[str]:
    """The address of a console that shows moving tracks, for so long."""
    script = str(Path(__file__).with_name("console.py"))
    command = [sys.executable, script, "--publish", str(seconds), "--tracks", str(tracks)]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        yield json.loads(await server.stdout.readline())["address"]
    finally:
        server.terminate()
        await server.wait()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of its own for each figure."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET])
        yield browser
        await browser.close()


async def _page(browser: Browser) -> Page:
    return await browser.new_page(viewport={"width": 1920, "height": 1080}, locale="en-GB")


async def cost(tracks: int, query: str, seconds: float) -> Cost:
    """What updates of so many tracks cost."""
    async with published(tracks, seconds + 30.0) as address, chromium() as browser:
        page, frames = await _page(browser), list[int]()
        page.on("websocket", lambda s: s.on("framereceived", lambda said: frames.append(len(said))))
        await page.add_init_script(LONGEST)
        await page.goto(address + query)
        await page.locator(".map").wait_for()
        await asyncio.sleep(SETTLE_S)
        wire, whole = await page.context.new_cdp_session(page), await browser.new_browser_cdp_session()
        await wire.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.evaluate("window.long = 0")
        began, before = await _spent(wire, whole), _updates(frames)
        began_s = time.perf_counter()
        await asyncio.sleep(seconds)
        ended, updates = await _spent(wire, whole), _updates(frames) - before
        lasted_s = time.perf_counter() - began_s
        longest_ms = float(await page.evaluate("window.long"))
    spent_ms = {name: 1e3 * (ended[name] - began[name]) for name in began}
    each = {name: ms / max(1, updates) for name, ms in spent_ms.items()}
    return Cost(
        update_ms=each["TaskDuration"], script_ms=each["ScriptDuration"],
        renderer_percent=spent_ms["renderer"] / lasted_s / 10, renderer_ms=each["renderer"],
        longest_ms=longest_ms, updates=updates,
    )  # fmt: skip


async def answers_ms(tracks: int, query: str) -> list[float]:
    """How long the pointer waited for an answer of the map, each time."""
    async with published(tracks, 60.0) as address, chromium() as browser:
        page = await _page(browser)
        await page.add_init_script(ANSWER)
        await page.goto(address + query)
        await page.locator(".map").wait_for()
        await asyncio.sleep(SETTLE_S)
        box = await page.locator(".map").bounding_box()
        assert box is not None
        for k in range(LOOKS):
            # In steps that belong to no second, so that some fall into the update.
            x, y = 0.2 + 0.6 * (k * 0.618 % 1), 0.2 + 0.6 * k / LOOKS
            await page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            await asyncio.sleep(0.23)
            await page.mouse.move(5, 5)
            await asyncio.sleep(0.1)
        return [float(ms) for ms in await page.evaluate("window.answers")]


def _updates(frames: list[int]) -> int:
    """Messages that are as large as a frame."""
    return sum(size > 50_000 for size in frames)


async def _spent(wire: CDPSession, whole: CDPSession) -> dict[str, float]:
    """Seconds of the main thread and of the renderer's process so far."""
    said: dict[str, Any] = await wire.send("Performance.getMetrics")
    known = {m["name"]: float(m["value"]) for m in said["metrics"]}
    processes: dict[str, Any] = await whole.send("SystemInfo.getProcessInfo")
    cpu_s = [float(p["cpuTime"]) for p in processes["processInfo"] if p["type"] == "renderer"]
    wanted = ("TaskDuration", "ScriptDuration")
    return {name: known[name] for name in wanted} | {"renderer": sum(cpu_s)}


async def first_look(tracks: int) -> tuple[float, int]:
    """(kB of the first load as they come over the wire, labels of one painting with every track in view)."""
    async with published(tracks, 60.0) as address, chromium() as browser:
        page, sent = await _page(browser), list[float]()
        wire = await page.context.new_cdp_session(page)
        await wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda said: sent.append(float(said["encodedDataLength"])))
        await page.goto(address)
        await page.locator(".map").wait_for()
        await asyncio.sleep(3.0)
        load_kb, most = sum(sent) / 1e3, 0
        for query in VIEWS.values():
            async with page.expect_worker() as painter:
                await page.goto(address + query)
            await (await painter.value).evaluate(LABELS)
            await asyncio.sleep(4.0)
            most = max(most, int(await (await painter.value).evaluate("self.labels.most")))
    return load_kb, most


def row(what: str, measured: float, unit: str, asked: str, note: str = "") -> dict[str, Any]:
    """A row of the bench table (see benchmarks/README.md); `asked` is "< 15" or "" alone."""
    sign, _, limit = asked.partition(" ")
    met = None if not asked else measured < float(limit) if sign == "<" else measured <= float(limit)
    return {
        "what": f"console in a browser: {what}", "measured": round(measured, 1), "unit": unit,
        "asked": asked, "peer": "", "peer_measured": None, "met": met, "note": note,
    }  # fmt: skip


def rows(*, quick: bool) -> Iterator[dict[str, Any]]:
    """All rows."""
    seconds = 4.0 if quick else 20.0
    for tracks in (MANY,) if quick else (MANY, TOO_MANY):
        for view, query in VIEWS.items():
            done = asyncio.run(cost(tracks, query, seconds))
            said = f"of it script {done.script_ms:.1f} ms; {done.updates} updates at 1 Hz"
            longest = (
                f"longest task {done.longest_ms:.0f} ms" if done.longest_ms else "no task of 50 ms or more"
            )
            asked = ("< 15", "< 6", "") if tracks == MANY else ("", "", "< 250")
            name = f"{tracks:,} moving tracks, {view}"
            yield row(
                f"{name}, main thread an update", done.update_ms, "ms CPU", asked[0], f"{said}; {longest}"
            )
            yield row(f"{name}, renderer", done.renderer_percent, "% of a core", asked[1])
            yield row(f"{name}, renderer, an update", done.renderer_ms, "ms CPU", asked[2], "all its threads")
    yield answered(MANY if quick else TOO_MANY)
    load_kb, labels = asyncio.run(first_look(MANY))
    yield row("first load, as it comes over the wire", load_kb, "kB", "<= 1000")
    yield row(f"labels, {MANY:,} tracks", labels, "labels", "<= 60")


def answered(tracks: int) -> dict[str, Any]:
    """The row of the pointer."""
    waited_ms = asyncio.run(answers_ms(tracks, VIEWS["every track in view"]))
    assert waited_ms, "nothing lay under the pointer"
    p50, p95, longest = (float(ms) for ms in np.percentile(waited_ms, (50, 95, 100)))
    note = f"{len(waited_ms)} of {LOOKS} moves met something; p50 {p50:.0f} ms, longest {longest:.0f} ms"
    return row(f"{tracks:,} moving tracks, the map answers the pointer, p95", p95, "ms", "< 100", note)


def main() -> None:
    """Print the rows."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    given = arguments.parse_args()
    if shutil.which("chromium") is None:
        sys.exit("Chromium is missing. This gets it: sudo apt-get install -y chromium")
    for made in rows(quick=given.quick):
        print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
