"""The demonstration in a browser, as a person uses it: see, understand, follow, look back, put aside."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Browser, Playwright, expect

from screen import SEEK_MS, Screen, becomes, launched, opened

pytestmark = pytest.mark.xdist_group("browser")
OPAQUE = re.compile(r"[\w.,:~-]+")
FIRST_LOAD_KB = 1000


async def moment_s(screen: Screen) -> int:
    """The moment that the strip shows."""
    return int(await screen.page.get_by_role("slider").get_attribute("aria-valuenow") or 0)


async def moment_becomes(screen: Screen, right: Callable[[int], bool]) -> None:
    """Wait until it shows the right moment."""

    async def is_right() -> bool:
        return right(await moment_s(screen))

    await becomes(is_right, "the moment of the strip")


async def test_see_an_intrusion_understand_follow_look_back_shelve_and_find_it_again(
    chromium: Browser, demo: str
) -> None:
    async with opened(chromium, demo) as screen:
        page, card = screen.page, screen.card
        await screen.go()
        await expect(page.get_by_role("complementary")).to_contain_text("Demonstration")

        # It stands in the queue, and says why.
        row = screen.rows.filter(has_text="Drone in zone").first
        await row.click()
        key = await row.get_attribute("data-sign")
        assert key
        headline = await row.locator(".title").inner_text()
        await expect(card.get_by_role("heading", level=2)).to_have_text(headline)
        await expect(card.locator(".aloud")).to_contain_text(re.compile(r"threshold .+ moving "))
        why = card.locator("section", has=page.get_by_role("heading", name="Why")).locator("tbody tr")
        await expect(why.first).to_contain_text("It is inside")
        await expect(why.first).to_contain_text(re.compile(r"\d+\smessages?"))
        await screen.query_becomes("sign", f"^{re.escape(key)}$")

        # It is followed.
        follow = page.get_by_role("button", name="Follow the selected object")
        await page.keyboard.press("f")
        await expect(follow).to_have_attribute("aria-pressed", "true")
        await screen.query_becomes("at", r"^48\.\d+,2\.\d+,")

        # A step back in time: then, not now; nothing can be done; and live again with one key.
        now_s = await moment_s(screen)
        await page.keyboard.press("Space")
        await expect(page.get_by_role("complementary")).to_contain_text("Replay")
        await screen.query_becomes("t", rf"^({now_s - 61}|{now_s - 60})$")
        await expect(page.locator(".old")).to_have_count(0, timeout=SEEK_MS)
        await moment_becomes(screen, lambda at_s: now_s - 62 <= at_s < now_s)
        await expect(card).to_contain_text("Nothing can be done here.")
        shown_s, asked = await moment_s(screen), str(await screen.query("t"))
        for _ in range(3):
            await page.keyboard.press("ArrowLeft")
        await screen.query_becomes("t", rf"^(?!{asked}$)\d+$")
        then_s = int(await screen.query("t") or 0)
        assert shown_s - 31 <= then_s < shown_s
        await expect(page.locator(".old")).to_have_count(0, timeout=SEEK_MS)
        await moment_becomes(screen, lambda at_s: then_s - 2 <= at_s < now_s)
        await page.keyboard.press("Space")
        await expect(page.get_by_role("complementary")).to_contain_text("Demonstration")
        await moment_becomes(screen, lambda at_s: at_s >= now_s)

        # It is put aside, with a reason.
        await screen.look()
        await page.keyboard.press("s")
        await card.get_by_role("textbox", name="Reason").fill("Known activity, cleared by phone")
        await card.get_by_role("button", name="Shelve", exact=True).last.click()
        await expect(screen.row(key)).to_have_count(0)
        await page.get_by_role("button", name=re.compile("^Shelved 1")).click()
        await expect(screen.row(key)).to_contain_text("Known activity, cleared by phone")

        # The address alone brings the same view back, and names nothing but numbers.
        address = await screen.url()
        assert all(OPAQUE.fullmatch(value) for _, value in parse_qsl(urlsplit(address).query))
        await page.reload()
        await expect(card.get_by_role("heading", level=2)).to_have_text(headline)
        await expect(card).to_contain_text("shelved until")
        assert await screen.url() == address
        await expect(screen.row(key)).to_be_visible()
        await card.get_by_role("button", name="Return to the queue").click()
        await page.get_by_role("button", name=re.compile(r"^Open \d")).click()
        await expect(screen.row(key)).to_have_count(1)
        assert screen.faults == []


async def first_load(screen: Screen) -> tuple[int, set[str]]:
    """(bytes over the wire until the console stands, hosts that were asked)."""
    sent: list[int] = []
    watching = await screen.page.context.new_cdp_session(screen.page)
    await watching.send("Network.enable")
    watching.on("Network.loadingFinished", lambda said: sent.append(int(said["encodedDataLength"])))
    await screen.go()
    await screen.page.wait_for_timeout(3000)
    return sum(sent), {urlsplit(url).netloc for url in screen.asked if not url.startswith(("data:", "blob:"))}


async def test_the_first_load_is_small_and_asks_no_other_host(chromium: Browser, demo: str) -> None:
    async with opened(chromium, demo) as screen:
        size, hosts = await first_load(screen)
        assert hosts == {urlsplit(demo).netloc}
        assert 50 < size / 1e3 <= FIRST_LOAD_KB
        assert screen.faults == []
        loaded = await screen.page.evaluate(
            "document.fonts.check('14px Inter') && [...document.fonts].length"
        )
        assert loaded >= 1, "its own font"


async def painted(screen: Screen) -> int:
    """How many colours the map's two canvases have in their middle."""
    count = """() => [...document.querySelectorAll('.map canvas')].map(canvas => {
        const { width, height } = canvas
        const copy = new OffscreenCanvas(width, height).getContext('2d')
        copy.drawImage(canvas, 0, 0) // a worker paints on it: its own pixels are not here
        const data = new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer)
        return new Set(data).size
    })"""
    found: list[int] = await screen.page.evaluate(count)
    return min(found)


async def test_it_works_without_webgl_and_says_nothing_wrong(driver: Playwright, demo: str) -> None:
    browser = await launched(driver, "--disable-3d-apis")
    try:
        async with opened(browser, demo) as screen:
            await screen.go()
            assert not await screen.page.evaluate(
                "!!document.createElement('canvas').getContext('webgl2')"
            ), "WebGL is off"
            await screen.rows.first.click()
            await expect(screen.card.get_by_role("heading", level=2)).to_have_text(
                await screen.rows.first.locator(".title").inner_text()
            )

            async def is_painted() -> bool:
                return await painted(screen) > 10

            await becomes(is_painted, "a map in more than ten colours")
            assert screen.faults == []
    finally:
        await browser.close()
