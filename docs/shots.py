"""Makes docs/console-dark.png and docs/console-light.png: the console at a telling moment.

Run by hand: `.venv/bin/python docs/shots.py`. It plays 18 minutes of the demonstration as fast as it can,
lets the time stand still and photographs the page in Chromium.
"""

import asyncio
import io
import re
import shutil
import struct
import sys
import tempfile
import zlib
from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page, ViewportSize, async_playwright
from rich.console import Console
from scipy.spatial import cKDTree

from beffroi.demo import play

MINUTES = 18.2
"""A drone stands in the approach of runway 06, a flight is about to meet it; another is at Le Bourget."""
SIZE = ViewportSize(width=1920, height=1080)
LARGEST = 300_000
"""Bytes of a picture."""
PIXELS = """async taken => {
  const image = new Image()
  image.src = 'data:image/png;base64,' + taken
  await image.decode()
  const c = new OffscreenCanvas(image.width, image.height).getContext('2d')
  c.drawImage(image, 0, 0)
  const { data } = c.getImageData(0, 0, image.width, image.height)
  let text = ''
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768))
  return [image.width, image.height, btoa(text)]
}"""


async def shoot(page: Page, address: str, theme: str) -> None:
    """One picture: the most urgent sign chosen, what it concerns in view."""
    await page.goto(f"{address}?theme={theme}")
    await page.locator(".queue [data-sign]").first.click()
    await page.locator("#inspector dl").wait_for()
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(2000)
    path = Path(__file__).with_name(f"console-{theme}.png")
    taken = b64encode(await page.screenshot()).decode()
    blank = await page.context.new_page()
    width, height, pixels = await blank.evaluate(PIXELS, taken)
    await blank.close()
    rgba = np.frombuffer(b64decode(pixels), dtype=np.uint8).reshape(height, width, 4)
    path.write_bytes(with_palette(rgba[:, :, :3]))
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST}")


def with_palette(rgb: NDArray[np.uint8]) -> bytes:
    """A PNG of at most 256 colours, the most frequent ones (PNG, third edition: IHDR, PLTE, IDAT, IEND)."""
    height, width, _ = rgb.shape
    colours, at, count = np.unique(rgb.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-count)
    _, first = np.unique((colours[order] >> 3) @ (1, 32, 1024), return_index=True)
    kept = colours[order[np.sort(first)[:256]]]
    nearest = np.asarray(cKDTree(kept).query(colours)[1])
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = nearest[at.reshape(-1)].reshape(height, width)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", kept.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


async def shots(address: str) -> None:
    """All of them."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"))
        context = await browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Europe/Paris")
        page = await context.new_page()
        for theme in ("dark", "light"):
            await shoot(page, address, theme)
        await browser.close()


async def play_and_shoot(folder: Path) -> None:
    """Play in lock-step with the console open; when time stands still, take the pictures."""
    said = io.StringIO()
    terminal = Console(file=said, force_terminal=True, color_system=None, width=200)
    stage = play.Stage(folder, MINUTES)
    opening = play.Opening(port=0, browse=False)
    playing = asyncio.create_task(play.perform(stage, terminal, headless=False, speed=1e6, opening=opening))
    while not stage.told and not playing.done():
        await asyncio.sleep(0.2)
    address = re.search(r"http://[\d.:]+/", said.getvalue())
    if address is None:
        sys.exit("the console did not open")
    await shots(address[0])
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


def main() -> None:
    """Play, then photograph."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is missing. This gets it: sudo apt-get install -y chromium")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play_and_shoot(Path(folder)))


if __name__ == "__main__":
    main()
