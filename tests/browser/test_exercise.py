"""An exercise in a browser: begun by hand, marked on every view, paused by a real urgent sign, scored."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from beffroi.scene import NOW_S, site
from beffroi.site import Desk
from exercised import DRONE
from screen import Screen, axe, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")


async def violations(screen: Screen) -> list[str]:
    """What axe-core finds."""
    await screen.page.evaluate(axe())
    await screen.rest()
    found = await screen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


async def test_an_exercise_from_its_start_to_its_score(chromium: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "short.toml").write_text(DRONE)
    here = site(desk=Desk(exercises=str(folder)))
    async with watched(tmp_path, site=here) as watch, opened(chromium, watch.address) as screen:
        page = screen.page
        await screen.go()
        await page.keyboard.press("Control+k")
        await page.keyboard.type("Exercise")
        await page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog", name="Exercise")
        await (
            sheet.get_by_role("listitem").filter(has_text="Short").get_by_role("button", name="Start").click()
        )
        band = page.locator(".band[aria-labelledby]")
        await expect(band).to_contain_text("Exercise: Short")
        await expect(band).to_contain_text("EX is not real")
        await expect(sheet).to_contain_text("Low, slow and small")
        assert await violations(screen) == []
        await page.keyboard.press("Escape")

        drill = screen.rows.filter(has_text="EX").first
        await expect(drill).to_be_visible()
        await expect(page.get_by_role("region", name="Signs").locator("footer")).to_contain_text(
            "of the exercise"
        )
        await expect(page.locator(".count.some")).to_have_count(0)
        await drill.click()
        await expect(screen.card.locator(".tag").first).to_have_text("EX")
        await page.keyboard.press("g")
        await page.keyboard.press("s")
        await expect(band).to_contain_text("Exercise: Short")
        await page.go_back()

        watch.open(rung(1, track=7, priority="urgent", time_s=NOW_S))
        await expect(band).to_contain_text("Paused: a real urgent sign")
        await expect(screen.rows.first).not_to_contain_text("EX")
        await band.get_by_role("button").click()
        await sheet.get_by_role("button", name="Go on").click()
        await expect(page.get_by_text("a real urgent sign is not acknowledged yet")).to_be_visible()
        await sheet.get_by_role("button", name="End the exercise").click()
        await expect(sheet).to_contain_text("not yet")
        assert await violations(screen) == []
        await sheet.get_by_role("button", name="Put away").click()
        await expect(band).to_have_count(0)
        await expect(screen.rows.filter(has_text="EX")).to_have_count(0)
        # A track that is gone is asked for once more; to go on was refused.
        assert [fault for fault in screen.faults if "404" not in fault and "409" not in fault] == []
