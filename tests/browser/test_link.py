"""Nothing old looks live: the link is pulled, for real and for a while, and comes back."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, expect

from screen import PATIENCE_S, Screen, opened
from watched import Watched, cable, rung, watched

pytestmark = pytest.mark.xdist_group("browser")
EACH_S = 0.5
"""A sign rings this often while the link is down."""
DEAD_S = 10
"""From this age on a picture counts as dead."""
PICTURE = """() => {
    const old = document.querySelector('.old')
    const grey = getComputedStyle(document.querySelector('.pane')).filter
    return [old ? old.innerText : '', grey.includes('grayscale(1)')]
}"""


class Look(NamedTuple):
    """What the screen shows of the age of its picture, at one moment."""

    says: str
    is_grey: bool

    @property
    def age_s(self) -> int | None:
        """None: it names no age, and no clock that stands."""
        found = re.fullmatch(r"Picture (\d+)\ss old", self.says.strip())
        return int(found[1]) if found else None

    @property
    def is_dead(self) -> bool:
        return "Not live. Picture as of" in self.says


async def grows_old(screen: Screen) -> list[Look]:
    """What is shown from one moment to the next, until the picture counts as dead."""
    looks, end = list[Look](), time.monotonic() + PATIENCE_S
    while not looks or not looks[-1].is_dead:
        assert time.monotonic() < end, looks[-3:]
        looks.append(Look(*await screen.page.evaluate(PICTURE)))
        await asyncio.sleep(0.1)
    return looks


async def ring(watch: Watched, first: int, count: int) -> None:
    """So many signs ring one after the other, far apart from each other."""
    for number in range(first, first + count):
        watch.open(rung(number, "low_slow_small", track=9, time_s=watch.now_s))
        await asyncio.sleep(EACH_S)


async def test_a_pulled_link_is_told_acts_are_refused_and_no_sign_is_missed(
    chromium: Browser, tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    """The link is down for 30 s in the long campaign, else for as long as it takes to be seen."""
    missed = campaign(60)
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
        before = await screen.keys()
        key = str(await screen.rows.first.get_attribute("data-sign"))
        old = page.locator(".old")
        await expect(old).to_have_count(0)
        heard = len(screen.events)

        line.pull()
        pulled_s = time.monotonic()
        ringing = asyncio.create_task(ring(watch, 3, missed))
        looks = await grows_old(screen)
        ages_s = [look.age_s for look in looks if look.age_s is not None]
        assert ages_s == sorted(ages_s)
        assert 3 <= ages_s[0] <= ages_s[-1] < DEAD_S
        assert all(look.is_grey == look.is_dead for look in looks), "grey when it is dead, not before"
        assert time.monotonic() - pulled_s >= DEAD_S - 1

        await expect(page.get_by_role("button", name="Not live")).to_be_visible()
        ages = await screen.rows.locator(".age").all_inner_texts()
        await page.keyboard.press("a")
        await expect(page.locator(".notices")).to_contain_text("Not sent: no connection")
        await ringing
        await asyncio.sleep(EACH_S)
        assert time.monotonic() - pulled_s >= missed * EACH_S
        assert await screen.rows.locator(".age").all_inner_texts() == ages, "time stands with the picture"
        assert await screen.keys() == before
        assert watch.state(key) == "new", "the act was not sent"
        assert len(screen.events) == heard, "nothing came through"

        line.plug()
        await expect(old).to_have_count(0)
        await expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name=f"Open {2 + missed}")).to_be_visible()
        await all_came(screen, watch)
        assert len(set(screen.events)) == heard + missed
        first = screen.told[: screen.told.index("frame")]
        assert first.count("event") == missed, "missed signs come first, the picture after them"
        await page.keyboard.press("a")
        await expect(page.locator(".notices")).to_contain_text("Acknowledged")


async def all_came(screen: Screen, watch: Watched) -> None:
    """Each event since the first look came, in order, and every sign of the desk is on the screen."""
    assert list(dict.fromkeys(screen.events)) == [*range(screen.known + 1, watch.last + 1)]
    standing = {sign.key for sign in watch.served.console.seen.desk.signs("open")}
    await screen.page.locator(
        ".tracks"
    ).focus()  # rows that wait come in when neither hand nor focus is there
    await screen.page.mouse.move(960, 500)
    await expect(screen.rows).to_have_count(len(standing))
    assert set(await screen.keys()) == standing


async def test_a_server_that_ends_is_told_too(chromium: Browser, tmp_path: Path) -> None:
    async with opened(chromium, "") as screen:
        async with watched(tmp_path) as watch:
            watch.open(rung(1))
            screen.address = watch.address
            await screen.go()
            await expect(screen.rows).to_have_count(1)
        looks = await grows_old(screen)
        assert any(look.age_s is not None for look in looks)
        await expect(screen.rows).to_have_count(1)
