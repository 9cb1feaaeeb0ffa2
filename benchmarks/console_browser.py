"""The console in a browser: what an update costs its main thread and its process, how much the first load is.

The publisher of `console.py` shows moving tracks on loopback, frames at 1 Hz; Chromium shows the page at
1920×1080, once with every track in view and once at the scale of the aerodrome. Main thread: all tasks of the
page in that time (Chrome's TaskDuration), each update's and what ticks between them. Process: CPU of the
renderer. Labels: call signs that one painting writes.
"""

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, CDPSession, Page, async_playwright

MANY, TOO_MANY = 5_000, 20_000
SETTLE_S = 6.0
VIEWS = {"every track in view": "?at=48.7233,2.3794,9", "at the aerodrome": ""}
QUIET = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")
LABELS = """
const write = CanvasRenderingContext2D.prototype.fillText
window.labels = { now: 0, most: 0 }
CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
  if (/^TST\\d+X/.test(text)) {
    if (window.labels.now++ === 0) queueMicrotask(() => {
      window.labels.most = Math.max(window.labels.most, window.labels.now)
      window.labels.now = 0
    })
  }
  return write.call(this, text, ...more)
}"""


class Cost(NamedTuple):
    """What so many updates took."""

    update_ms: float
    """Main thread, an update."""
    script_ms: float
    renderer_percent: float
    longest_ms: float
    """The longest single piece of work: what a click may have to wait for."""
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
        await page.add_init_script(
            "window.long = 0; new PerformanceObserver(l => { for (const e of l.getEntries())"
            " window.long = Math.max(window.long, e.duration) }).observe({ type: 'longtask' })"
        )
        await page.goto(address + query)
        await page.locator(".map").wait_for()
        await asyncio.sleep(SETTLE_S)
        wire, whole = await page.context.new_cdp_session(page), await browser.new_browser_cdp_session()
        await wire.send("Performance.enable")
        await page.evaluate("window.long = 0")
        began, before = await _spent(wire, whole), _updates(frames)
        await asyncio.sleep(seconds)
        ended, updates = await _spent(wire, whole), _updates(frames) - before
        longest_ms = float(await page.evaluate("window.long"))
    spent = {name: ended[name] - began[name] for name in began}
    return Cost(
        update_ms=1e3 * spent["TaskDuration"] / max(1, updates),
        script_ms=1e3 * spent["ScriptDuration"] / max(1, updates),
        renderer_percent=100 * spent["renderer"] / spent["Timestamp"],
        longest_ms=longest_ms, updates=updates,
    )  # fmt: skip


def _updates(frames: list[int]) -> int:
    """Messages that are as large as a frame."""
    return sum(size > 50_000 for size in frames)


async def _spent(wire: CDPSession, whole: CDPSession) -> dict[str, float]:
    """Seconds of the main thread and of the renderer's process so far."""
    said: dict[str, Any] = await wire.send("Performance.getMetrics")
    known = {m["name"]: float(m["value"]) for m in said["metrics"]}
    processes: dict[str, Any] = await whole.send("SystemInfo.getProcessInfo")
    cpu_s = [float(p["cpuTime"]) for p in processes["processInfo"] if p["type"] == "renderer"]
    wanted = ("Timestamp", "TaskDuration", "ScriptDuration")
    return {name: known[name] for name in wanted} | {"renderer": sum(cpu_s)}


async def first_look(tracks: int) -> tuple[float, int]:
    """(kB of the first load as they come over the wire, labels of one painting with every track in view)."""
    async with published(tracks, 60.0) as address, chromium() as browser:
        page, sent = await _page(browser), list[float]()
        await page.add_init_script(LABELS)
        wire = await page.context.new_cdp_session(page)
        await wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda said: sent.append(float(said["encodedDataLength"])))
        await page.goto(address)
        await page.locator(".map").wait_for()
        await asyncio.sleep(3.0)
        load_kb, most = sum(sent) / 1e3, 0
        for query in VIEWS.values():
            await page.goto(address + query)
            await asyncio.sleep(4.0)
            most = max(most, int(await page.evaluate("window.labels.most")))
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
            asked = ("< 15", "< 6") if tracks == MANY else ("", "")
            name = f"{tracks:,} moving tracks, {view}"
            yield row(f"{name}, main thread an update", done.update_ms, "ms", asked[0], f"{said}; {longest}")
            yield row(f"{name}, renderer", done.renderer_percent, "% of a core", asked[1])
    load_kb, labels = asyncio.run(first_look(MANY))
    yield row("first load, as it comes over the wire", load_kb, "kB", "<= 1000")
    yield row(f"labels, {MANY:,} tracks", labels, "labels", "<= 60")


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
