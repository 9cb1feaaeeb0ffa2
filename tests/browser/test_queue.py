"""The queue under a hand: rows stay, urgent ones enter on top, the selection follows its sign."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, expect

from screen import Screen, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")


async def tops(screen: Screen, keys: list[str]) -> list[float]:
    """Where rows stand on the screen."""
    boxes = [await screen.row(key).bounding_box() for key in keys]
    return [round(box["y"], 1) for box in boxes if box]


async def test_rows_do_not_move_under_the_pointer_and_urgent_ones_enter_on_top(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        page = screen.page
        watch.open(*(rung(n, track=7 + n % 3, priority="high") for n in (1, 2, 3)))
        await screen.go()
        await expect(screen.rows).to_have_count(3)
        before = await screen.keys()
        await screen.rows.nth(1).hover()
        where = await tops(screen, before)

        watch.open(rung(4, "low_slow_small", priority="high", time_s=watch.now_s))
        await expect(page.locator(".news")).to_contain_text("1 new sign")
        await screen.rest()
        assert (await screen.keys(), await tops(screen, before)) == (before, where)

        watch.open(rung(5, "flight_conflict", priority="urgent", time_s=watch.now_s))
        await expect(page.locator(".news")).to_contain_text("1 urgent above")
        await expect(screen.rows).to_have_count(4)
        await screen.rest()
        urgent, *rest = await screen.keys()
        assert rest == before
        await expect(screen.row(urgent).locator(".mark .urgent, .mark.urgent").first).to_be_attached()
        assert await tops(screen, before) == where, "the view keeps its place"

        await page.mouse.move(960, 500)
        await expect(screen.rows).to_have_count(5)
        assert (await screen.keys())[0] == urgent
        await expect(page.locator(".news")).to_have_count(0)


async def test_the_selection_follows_its_sign(chromium: Browser, tmp_path: Path) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        last = rung(1, priority="notice")
        watch.open(last, *(rung(n, track=7 + n % 3, priority="high") for n in (2, 3)))
        await screen.go()
        await expect(screen.rows).to_have_count(3)
        key = (await screen.keys())[-1]
        await screen.row(key).click()
        await expect(screen.row(key)).to_have_attribute("aria-current", "true")
        await screen.page.mouse.move(960, 500)
        later = {"change": "updated", "time_s": watch.now_s, "updates": 1, "priority": "urgent"}
        watch.open(msgspec.structs.replace(last, **later))
        await expect(screen.rows.first).to_have_attribute("data-sign", key)
        await expect(screen.page.locator(".queue [aria-current]")).to_have_count(1)
        await expect(screen.row(key)).to_have_attribute("aria-current", "true")
        await expect(screen.card).to_contain_text("Urgent")
        await screen.query_becomes("sign", f"^{re.escape(key)}$")


async def test_three_of_a_kind_at_one_place_fold_but_an_urgent_one_never(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        here: dict[str, Any] = {"lat_deg": 48.72, "lon_deg": 2.38}
        watch.open(*(rung(n, track=7, priority="high", **here) for n in (1, 2, 3)))
        watch.open(rung(4, track=7, priority="urgent", **here))
        await screen.go()
        fold = screen.page.locator("[data-fold] > button")
        await expect(fold).to_contain_text("3 signs")
        await expect(screen.rows).to_have_count(1)
        await fold.focus()
        await screen.page.keyboard.press("ArrowRight")
        await expect(screen.rows).to_have_count(4)
