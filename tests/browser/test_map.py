"""The map: what a worker has drawn answers the pointer as if it were of the page."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from screen import Screen, opened

pytestmark = pytest.mark.xdist_group("browser")
STEP_PX = 24


def outward(width: float, height: float) -> Iterator[tuple[float, float]]:
    """Places all over a map, from its middle outward."""
    across, down = (
        range(-int(width // 2), int(width // 2), STEP_PX),
        range(-int(height // 2), int(height // 2), STEP_PX),
    )
    for x, y in sorted(((x, y) for x in across for y in down), key=lambda p: p[0] ** 2 + p[1] ** 2):
        yield width / 2 + x, height / 2 + y


async def point_at_something(screen: Screen) -> tuple[float, float]:
    """Move the pointer until the map says that something lies there."""
    box = await screen.page.locator(".map").bounding_box()
    assert box is not None
    for x, y in outward(box["width"], box["height"]):
        await screen.page.mouse.move(box["x"] + x, box["y"] + y)
        await screen.page.wait_for_timeout(10)
        if await screen.page.locator(".tracks.over").count():
            await screen.rest()
            if await screen.page.locator(".tracks.over").count():
                return box["x"] + x, box["y"] + y
    raise AssertionError("nothing on the map answers the pointer")


async def test_what_is_drawn_is_found_by_the_pointer_and_chosen_by_a_click(
    chromium: Browser, demo: str
) -> None:
    async with opened(chromium, demo) as screen:
        await screen.go()
        assert await screen.query("track") is None
        place = await point_at_something(screen)
        await screen.page.mouse.click(*place)
        await screen.query_becomes("track", r"^\d+$")
        await expect(screen.card.get_by_role("heading", level=2)).to_be_visible()

        # Off the map nothing is pointed at, whatever answer was still on its way.
        await screen.page.mouse.move(*place)
        await screen.page.mouse.move(5, 5)
        await screen.rest()
        await expect(screen.page.locator(".tracks.over")).to_have_count(0)
        assert screen.faults == []


async def test_a_click_measures_where_measuring_is_on(chromium: Browser, demo: str) -> None:
    async with opened(chromium, demo) as screen:
        await screen.go()
        place = await point_at_something(screen)
        await screen.page.get_by_role("button", name="Measure").click()
        await screen.page.mouse.click(*place)
        await screen.rest()
        assert await screen.query("track") is None, "a place was marked, nothing was chosen"


async def test_without_a_canvas_for_a_worker_the_table_is_shown(chromium: Browser, demo: str) -> None:
    async with opened(chromium, demo) as screen:
        await screen.page.add_init_script("delete HTMLCanvasElement.prototype.transferControlToOffscreen")
        await screen.go()
        await expect(
            screen.page.get_by_role("grid").or_(screen.page.get_by_role("table")).first
        ).to_be_visible()
        await expect(screen.page.locator("canvas")).to_have_count(0)
        assert screen.faults == []
