"""Nothing old looks live: the link is pulled, for real and for a while, and comes back."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from screen import opened
from watched import cable, rung, watched

pytestmark = pytest.mark.xdist_group("browser")
MEANWHILE = 7
"""So many signs ring while the link is down."""


async def test_a_pulled_link_is_told_acts_are_refused_and_no_sign_is_missed(
    chromium: Browser, tmp_path: Path
) -> None:
    async with (
        watched(tmp_path) as watch,
        cable(watch.address) as line,
        opened(chromium, line.address) as screen,
    ):
        page = screen.page
        watch.open(rung(1), rung(2, track=8))
        await screen.go()
        await expect(screen.rows).to_have_count(2)
        await screen.rows.first.click()
        key = str(await screen.rows.first.get_attribute("data-sign"))
        old, pane = page.locator(".old"), page.locator(".pane")
        await expect(old).to_have_count(0)

        line.pull()
        await expect(old).to_have_text("Picture 3 s old", timeout=6000)
        await expect(old).to_have_text("Picture 5 s old", timeout=6000)
        watch.open(rung(3, track=9, time_s=watch.now_s))
        assert "grayscale" not in await pane.evaluate("pane => getComputedStyle(pane).filter")

        await expect(old).to_contain_text("Not live. Picture as of", timeout=8000)
        assert "grayscale(1)" in await pane.evaluate("pane => getComputedStyle(pane).filter")
        await expect(page.get_by_role("button", name="Not live")).to_be_visible()
        ages = await screen.rows.locator(".age").all_inner_texts()
        await page.keyboard.press("a")
        await expect(page.locator(".notices")).to_contain_text("Not sent: no connection")
        for i in range(1, MEANWHILE):
            watch.open(rung(3 + i, track=9, time_s=watch.now_s, rule="low_slow_small"))
            await asyncio.sleep(0.3)
        assert await screen.rows.locator(".age").all_inner_texts() == ages, "time stands with the picture"
        assert watch.state(key) == "new", "the act was not sent"
        heard = len(screen.events)

        line.plug()
        await expect(old).to_have_count(0, timeout=20_000)
        await expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Open 9")).to_be_visible()
        assert screen.events == [*range(screen.known + 1, watch.last + 1)], "each once, in order, none lost"
        assert len(screen.events) == heard + MEANWHILE
        await page.keyboard.press("a")
        await expect(page.locator(".notices")).to_contain_text("Acknowledged")


async def test_a_server_that_ends_is_told_too(chromium: Browser, tmp_path: Path) -> None:
    async with opened(chromium, "") as screen:
        async with watched(tmp_path) as watch:
            watch.open(rung(1))
            screen.address = watch.address
            await screen.go()
            await expect(screen.rows).to_have_count(1)
        await expect(screen.page.locator(".old")).to_contain_text("Picture 3 s old", timeout=6000)
        await expect(screen.rows).to_have_count(1)
