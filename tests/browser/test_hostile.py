"""Text from outside is text: call signs and Remote ID that would be markup, that turn, hide or never end."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Dialog, expect

from beffroi.scene import claim, scene
from screen import Screen, opened
from watched import drones, rung, watched

pytestmark = pytest.mark.xdist_group("browser")
MARKUP = "<img src=x onerror=alert(1)>"
TURNED = "A\u202e\u2066BC\u200b"
CONTROL = "T\x00A\x07\x1bB\r\nC"
LONG = "Z" * 200
NAMES = {7: MARKUP, 8: TURNED, 9: CONTROL, 10: LONG}
SHOWN = {7: MARKUP[:23] + "…", 8: "A··BC·", 9: "T·A··B··C", 10: "Z" * 23 + "…"}
WHOLE = {7: MARKUP, 8: "A··BC·", 9: "T·A··B··C", 10: LONG}
RUNS = """[...document.querySelectorAll('img, script:not([src]), iframe, object, [onerror], [onload]')]
    .map(element => element.outerHTML)"""


async def is_inert(screen: Screen) -> None:
    """Nothing of it has become part of the page."""
    assert await screen.page.evaluate(RUNS) == []
    text = await screen.page.locator("body").inner_text()
    assert not {c for c in text if c in "\u202e\u2066\u200b\x00\x07\x1b"}


async def test_hostile_text_is_shown_and_does_nothing(chromium: Browser, tmp_path: Path) -> None:
    rows = [row | {"callsign": NAMES[row["id"]]} for row in drones(4)]
    claims = [claim(f"uas:{text}", track) for track, text in NAMES.items()]
    asked: list[Dialog] = []
    async with (
        watched(tmp_path, scene(rows, claims=claims).now) as watch,
        opened(chromium, watch.address) as screen,
    ):
        page, card = screen.page, screen.card
        page.on("dialog", lambda dialog: asked.append(dialog))
        zone = {"zone": {"en": MARKUP, "fr": MARKUP, "vi": MARKUP}, "kind": "drone", "in_s": 0.0}
        watch.open(rung(1, "zone_intrusion", track=7, params=rung(1, "zone_intrusion").params | zone))
        watch.open(rung(2, "contradicted_remote_id", track=8, params={"serial": TURNED, "callsign": CONTROL}))
        await screen.go("?pane=table")
        await expect(page.get_by_role("grid").get_by_role("row")).to_have_count(5)
        for track, name in SHOWN.items():
            row = page.locator(f"#row-t{track}")
            await expect(row.locator("bdi").first).to_have_text(name)
            await row.click()
            await expect(card.locator("dd bdi", has_text=WHOLE[track]).first).to_be_visible()
            await is_inert(screen)
        await expect(screen.rows.filter(has_text="<img src=x")).to_have_count(1)
        await expect(page.locator(".queue")).to_contain_text("A··BC·")

        # What a person writes is outside text for the next one.
        await screen.rows.first.click()
        await screen.look()
        await page.keyboard.press("s")
        await card.get_by_role("textbox", name="Reason").fill(MARKUP + TURNED)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Shelved 1").click()
        await expect(screen.rows.first).to_contain_text(MARKUP)
        await is_inert(screen)

        # On the map and in the palette.
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox").fill("img")
        await expect(page.get_by_role("option").filter(has_text="<img").first).to_be_visible()
        await page.keyboard.press("Escape")
        await page.goto(watch.address)
        await expect(page.locator(".tracks")).to_be_visible()
        await screen.rest()
        await is_inert(screen)
        assert asked == []
        assert screen.faults == []
        assert all(
            url.startswith((watch.address, watch.address.replace("http", "ws"))) for url in screen.asked
        )
