"""axe-core finds nothing on any view: dark and light, wide and small, with sheets and forms open."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from screen import SEEK_MS, Screen, axe, opened

pytestmark = pytest.mark.xdist_group("browser")
SIZES = {"wide": (1920, 1080), "small": (1280, 800)}


async def violations(screen: Screen) -> list[str]:
    """What axe-core finds, with where and why."""
    await screen.rest()
    found: dict[str, Any] = await screen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]


async def _watch(screen: Screen) -> None:
    await screen.rows.first.click()
    await expect(screen.card.get_by_role("heading", level=2)).to_be_visible()
    await expect(screen.card.locator("dl")).to_be_visible()


async def _shelving(screen: Screen) -> None:
    await screen.look()
    await screen.page.keyboard.press("s")
    await expect(screen.card.locator("form")).to_be_visible()
    await screen.card.locator("summary").first.click()


async def _table(screen: Screen) -> None:
    await screen.page.keyboard.press("Escape")
    await screen.page.locator(".tracks").focus()
    await screen.page.keyboard.press("v")
    await expect(screen.page.get_by_role("grid")).to_be_visible()


async def _site(screen: Screen) -> None:
    await screen.page.keyboard.press("v")
    await screen.page.locator(".tracks").focus()
    await screen.page.keyboard.press("Escape")
    await expect(screen.page.locator(".tracks")).to_be_visible()


async def _settings(screen: Screen) -> None:
    await screen.page.locator(".group.sound").click()
    await expect(screen.page.get_by_role("dialog")).to_be_visible()


async def _keys(screen: Screen) -> None:
    await screen.page.keyboard.press("Escape")
    await screen.page.locator(".tracks").focus()
    await screen.page.keyboard.press("?")
    await expect(screen.page.get_by_role("dialog").locator("dl").first).to_be_visible()


async def _palette(screen: Screen) -> None:
    await screen.page.keyboard.press("Control+k")
    await screen.page.get_by_role("combobox").fill("a")
    await expect(screen.page.get_by_role("option").first).to_be_visible()


async def _drawer(screen: Screen) -> None:
    await screen.page.keyboard.press("Escape")
    await screen.page.locator(".group.sources").click()
    await expect(screen.page.get_by_role("dialog")).to_be_visible()


async def _sources(screen: Screen) -> None:
    await screen.page.get_by_role("dialog").get_by_role("button").last.click()
    await expect(screen.page.get_by_role("table")).to_be_visible()


async def _replay(screen: Screen) -> None:
    await screen.page.get_by_role("navigation").get_by_role("button").first.click()
    await screen.page.locator("footer.strip .left button").first.click()
    await expect(screen.page.locator("footer.strip select")).to_be_visible()
    await expect(screen.page.locator(".old")).to_have_count(0, timeout=SEEK_MS)


STEPS: dict[str, Callable[[Screen], Awaitable[None]]] = {
    "a sign and the map": _watch,
    "shelving": _shelving,
    "the table": _table,
    "the site and the map": _site,
    "settings": _settings,
    "keys": _keys,
    "the palette": _palette,
    "the sources' drawer": _drawer,
    "sources": _sources,
    "a replay": _replay,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing(theme: str, size: str, chromium: Browser, demo: str) -> None:
    text = axe()
    async with opened(chromium, demo, *SIZES[size]) as screen:
        await screen.go(f"?theme={theme}")
        await screen.page.evaluate(text)
        found = {}
        for name, step in STEPS.items():
            await step(screen)
            found[name] = await violations(screen)
        assert {name: said for name, said in found.items() if said} == {}


async def test_axe_finds_nothing_in_large_text(chromium: Browser, demo: str) -> None:
    text = axe()
    async with opened(chromium, demo, 1280, 800) as screen:
        await screen.page.goto(demo + "?text=130&lang=vi")
        await screen.page.locator(".only").first.click()
        await expect(screen.card.locator("dl")).to_be_visible()
        await screen.page.evaluate(text)
        assert await violations(screen) == []
        await screen.page.locator(".queue .icon").click()
        await screen.rows.first.wait_for()
        assert await violations(screen) == []
