"""The site's own basemap lies below the map; its part of the page is fetched only where there is one."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright

from beffroi.console import pages
from beffroi.scene import scene, site
from beffroi.site import Console
from screen import launched, opened
from served import DRONE, served
from tiles import archive

pytestmark = pytest.mark.xdist_group("browser")
SOFT_GL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""WebGL 2 on a machine without a graphics card."""


async def test_an_own_basemap_is_drawn_below(driver: Playwright, tmp_path: Path) -> None:
    here = site(console=Console(basemap=str(archive(tmp_path / "own.pmtiles"))))
    browser = await launched(driver, *SOFT_GL)
    try:
        async with (
            served(tmp_path, here, scene([DRONE]).now) as console,
            opened(browser, console.address, 1280, 800) as screen,
        ):
            async with screen.page.expect_response(
                lambda r: r.url.endswith("/basemap.pmtiles") and r.status == 206
            ):
                await screen.go()
            below = screen.page.locator("canvas.maplibregl-canvas")
            await below.wait_for()
            assert any("maplibre" in url and url.endswith(".mjs") for url in screen.asked)
            assert all(url.split("/", 3)[2] == console.address.split("/")[2] for url in screen.asked)
            assert screen.faults == []
    finally:
        await browser.close()


async def test_a_site_without_one_fetches_nothing_of_it(chromium: Browser, tmp_path: Path) -> None:
    assert pages.built()
    async with (
        served(tmp_path, picture=scene([DRONE]).now) as console,
        opened(chromium, console.address) as screen,
    ):
        await screen.go()
        assert not [url for url in screen.asked if "basemap" in url or "maplibre" in url]
