"""By keyboard alone: the map hidden, a sign is found, read, acknowledged and shelved in the table."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from screen import Screen, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")
LONGEST_WAY = 40
"""So many times one may have to press Tab."""


async def tab_to(screen: Screen, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(LONGEST_WAY):
        await screen.page.keyboard.press("Tab")
        if await screen.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not within {LONGEST_WAY} tabs")


async def active_row(screen: Screen) -> str:
    """What a screen reader reads of the row that is active."""
    grid = screen.page.get_by_role("grid")
    row = await grid.get_attribute("aria-activedescendant")
    assert row, "a row is active"
    return await screen.page.locator(f'[id="{row}"]').inner_text()


async def test_find_read_acknowledge_and_shelve_a_sign_in_the_table(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address, 1280, 800) as screen:
        page, press = screen.page, screen.page.keyboard.press
        watch.open(rung(1), rung(2, "low_slow_small", track=8), rung(3, "flight_conflict", track=9))
        await screen.go()
        await expect(screen.rows).to_have_count(3)
        await press("v")
        await expect(page.locator("canvas")).to_have_count(0)

        await tab_to(screen, "[role=grid]")
        for _ in range(6):
            await press("ArrowDown")
            if "slow and small" in await active_row(screen):
                break
        assert "slow and small" in await active_row(screen)
        await screen.query_becomes("sign", ".")
        key = await screen.query("sign")
        assert key
        assert "Notice" in await active_row(screen) or "High" in await active_row(screen)

        await press("Enter")
        await expect(screen.card).to_be_focused()
        await expect(screen.card.get_by_role("heading", level=2)).to_contain_text("slow and small")
        await expect(screen.card.locator(".aloud")).not_to_be_empty()

        await screen.look()
        await press("a")
        await expect(screen.card).to_contain_text("acknowledged by local")
        assert watch.state(key) == "acknowledged"
        await press("s")
        await tab_to(screen, "form input[type=text]")
        await page.keyboard.type("Model flyers, seen by the tower")
        await press("Enter")
        await expect(screen.card).to_contain_text("shelved until")
        assert watch.state(key) == "shelved"
        (shelved,) = watch.served.console.seen.desk.signs("shelved")
        assert shelved.life is not None
        assert shelved.life.reason == "Model flyers, seen by the tower"
        await expect(page.locator("canvas")).to_have_count(0)
