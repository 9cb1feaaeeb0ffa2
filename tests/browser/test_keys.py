"""Every key of the sheet with French AZERTY and Vietnamese Telex; nothing while an input method composes."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, expect

from beffroi.scene import LAT_DEG, LON_DEG, site
from beffroi.site import Camera
from screen import ROOT, Screen, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")
CTRL, SHIFT = 2, 8
"""Modifiers, as the DevTools protocol counts them."""


class Press(NamedTuple):
    """A key as the browser gets it: what it writes, where it lies."""

    key: str
    code: str
    modifiers: int = 0


NAMED = {
    name: Press(name, name) for name in ("Enter", "Escape", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown")
}
NAMED |= {
    " ": Press(" ", "Space"),
    "Shift+ArrowLeft": Press("ArrowLeft", "ArrowLeft", SHIFT),
    "Shift+ArrowRight": Press("ArrowRight", "ArrowRight", SHIFT),
}
LETTERS = {letter: Press(letter, f"Key{letter.upper()}") for letter in "abcdefghijklmnopqrstuvwxyz"}
MOVED = {"a": "KeyQ", "q": "KeyA", "z": "KeyW", "w": "KeyZ", "m": "Semicolon"}
FRENCH = NAMED | LETTERS | {
    **{letter: Press(letter, code) for letter, code in MOVED.items()},
    "0": Press("à", "Digit0"), "+": Press("+", "Equal", SHIFT), "-": Press("-", "Digit6"),
    "/": Press("/", "Period", SHIFT), "?": Press("?", "KeyM", SHIFT), "Ctrl+k": Press("k", "KeyK", CTRL),
}  # fmt: skip
VIETNAMESE = NAMED | LETTERS | {
    "0": Press("0", "Digit0"), "+": Press("+", "Equal", SHIFT), "-": Press("-", "Minus"),
    "/": Press("/", "Slash"), "?": Press("?", "Slash", SHIFT), "Ctrl+k": Press("k", "KeyK", CTRL),
}  # fmt: skip
LAYOUTS = {"fr": FRENCH, "vi": VIETNAMESE}
ABSENT = Camera(
    id="north", lat_deg=LAT_DEG, lon_deg=LON_DEG, bearing_deg=0.0, field_of_view_deg=30.0, range_m=1000.0,
    snapshot="http://127.0.0.1:9/still.jpg",
)  # fmt: skip
"""Nobody answers there: who looks is told so."""
TELEX = "sfrxjzaeowd"
"""The keys that write tones and accents; most of them are commands."""


class Hand:
    """Presses keys of a layout."""

    def __init__(self, screen: Screen, layout: dict[str, Press]) -> None:
        self.screen, self.layout = screen, layout
        self._wire: Any = None

    async def press(self, name: str) -> None:
        page = self.screen.page
        self._wire = self._wire or await page.context.new_cdp_session(page)
        key, code, modifiers = self.layout[name]
        given = {"key": key, "code": code, "modifiers": modifiers}
        text = (
            {"text": "\r" if key == "Enter" else key}
            if (len(key) == 1 and modifiers != CTRL) or key == "Enter"
            else {}
        )
        await self._wire.send("Input.dispatchKeyEvent", {"type": "keyDown", **given, **text})
        await self._wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **given})


def sheet() -> set[str]:
    """Every key of the one table that the console has."""
    text = (ROOT / "web/src/keys.ts").read_text(encoding="utf-8")
    table = text.partition("export const KEYS")[2].partition("]\n")[0]
    rows = re.findall(r"\{ key: '(.+?)', (?:after: '(.)', )?command", table)
    return {f"{after} {key}" if after else key for key, after in rows}


Check = Callable[[], Awaitable[None]]


async def try_all(screen: Screen, hand: Hand, state: Callable[[str], str], first: str) -> set[str]:
    """Press every key and see what it does; gives the keys."""
    page, press, says = screen.page, hand.press, screen.query_becomes
    done: set[str] = set()

    async def on(name: str, seen: Check) -> None:
        done.add(name)
        for key in name.split(" ") if name != " " else [" "]:
            await press(key)
        await seen()

    def address(name: str, pattern: str | None) -> Check:
        return lambda: says(name, pattern)

    def there(selector: str, count: int = 1) -> Check:
        return lambda: expect(page.locator(selector)).to_have_count(count)

    def pressed(name: str) -> Check:
        button = page.locator(f'.corner button[aria-label="{name}"]')
        return lambda: expect(button).to_have_attribute("aria-pressed", "true")

    # signs
    await on("j", address("sign", "."))
    top = await screen.query("sign")
    await on("j", address("sign", f"^(?!{re.escape(top or '')}$)"))
    await on("k", address("sign", f"^{re.escape(top or '')}$"))
    await on("Enter", lambda: expect(screen.card).to_be_focused())
    await on("Escape", address("sign", None))
    await on("n", address("sign", f"^{re.escape(first)}$"))
    await on("x", lambda: expect(page.locator(".notices p")).not_to_have_count(0))
    await screen.look()
    await on("s", there("#inspector form"))
    await press("Escape")
    await there("#inspector form", 0)()
    await on("a", lambda: expect(page.locator(".notices button")).to_have_count(1))
    assert state(first) == "acknowledged"
    await page.locator(".notices button").click()
    await expect(page.locator(".notices button")).to_have_count(0)
    assert state(first) == "new"

    # the desk
    await on("c", address("case", "."))
    await on("i", lambda: expect(page.locator(".notices p")).not_to_have_count(0))
    await page.locator(".tracks").focus()
    await press("Escape")
    await says("case", None)
    await on("o", there("[role=dialog] [data-case]"))
    await press("Escape")
    await on("r", there("[role=dialog] form"))
    await press("Escape")

    # map
    await page.locator(".tracks").focus()
    await on("f", lambda: expect(page.locator(".corner.right [aria-pressed=true]")).to_have_count(1))
    await press("f")
    await on("m", there(".tracks.measuring"))
    await press("m")
    await on("0", address("at", None))
    for key in ("+", "-", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        before = re.escape(await screen.query("at") or "none")
        await on(key, address("at", f"^(?!{before}$)"))
    for key, left in (("t", "lhz"), ("l", "hz"), ("h", "z"), ("z", "")):
        await on(key, address("layers", f"^{left}$"))
    for key in "zhlt":
        await press(key)
    await says("layers", None)
    await on("u", address("units", "."))
    await on("v", there("[role=grid]"))
    await press("v")

    # time
    await page.locator(".tracks").focus()
    await on("p", lambda: expect(page.locator(".old")).to_be_visible())
    await press("p")
    await there(".old", 0)()
    await on(" ", there("aside.band"))
    await says("t", ".")
    at_s = int(await screen.query("t") or 0)
    await on("Shift+ArrowLeft", address("t", f"^(?!{at_s}$)"))
    earlier_s = int(await screen.query("t") or 0)
    assert earlier_s < at_s
    await on("Shift+ArrowRight", address("t", f"^(?!{earlier_s}$)"))
    await press(" ")
    await says("t", None)

    # screen
    await on("Ctrl+k", there("[role=combobox]"))
    await press("Escape")
    await on("/", there("[role=combobox]"))
    await press("Escape")
    await on("?", there("[role=dialog] .groups"))
    await press("Escape")
    await on("g c", address("view", "cases"))
    await on("g h", address("view", "handover"))
    await on("g s", address("view", "sources"))
    await on("g w", address("view", None))
    await on("g p", address("view", None))  # nobody has an account here: tests/browser/test_people.py has it
    return done


@pytest.mark.parametrize("language", LAYOUTS)
async def test_every_key_of_the_sheet_works(language: str, chromium: Browser, tmp_path: Path) -> None:
    async with (
        watched(tmp_path, site=site(camera=(ABSENT,))) as watch,
        opened(chromium, watch.address) as screen,
    ):
        watch.open(rung(1, "flight_conflict", priority="urgent"), rung(2, "loitering", track=8))
        await screen.go(f"?lang={language}")
        await expect(screen.rows).to_have_count(2)
        newest = (await screen.keys())[0]
        done = await try_all(screen, Hand(screen, LAYOUTS[language]), watch.state, newest)
        assert done == sheet(), "every key of the table was tried"


async def test_composing_asks_for_nothing(chromium: Browser, tmp_path: Path) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        page = screen.page
        watch.open(rung(1))
        await screen.go("?lang=vi")
        await screen.rows.first.click()
        await screen.look()
        before = await screen.url()
        compose = """letter => document.body.dispatchEvent(new KeyboardEvent('keydown', {
            key: letter, code: 'Key' + letter.toUpperCase(), isComposing: true, bubbles: true }))"""
        for letter in TELEX:
            await page.evaluate(compose, letter)
        await screen.rest()
        assert await screen.url() == before
        assert watch.state(str(await screen.query("sign"))) == "new"
        await expect(screen.card.locator("form")).to_have_count(0)

        # An input method at work in a field: its keys are its own, and its text arrives.
        await page.keyboard.press("s")
        await screen.card.locator("form input[type=text]").focus()
        wire = await page.context.new_cdp_session(page)
        process = {"key": "Process", "windowsVirtualKeyCode": 229}
        for letter, written in zip("ddax", ("d", "đ", "đa", "đã"), strict=True):
            await wire.send(
                "Input.dispatchKeyEvent", {"type": "rawKeyDown", "code": f"Key{letter.upper()}", **process}
            )
            await wire.send(
                "Input.imeSetComposition",
                {"text": written, "selectionStart": len(written), "selectionEnd": len(written)},
            )
            await wire.send(
                "Input.dispatchKeyEvent", {"type": "keyUp", "code": f"Key{letter.upper()}", **process}
            )
        await wire.send("Input.insertText", {"text": "đã"})
        await expect(screen.card.locator("form input[type=text]")).to_have_value("đã")
        assert await screen.url() == before
        assert watch.state(str(await screen.query("sign"))) == "new"


async def test_single_keys_can_be_switched_off(chromium: Browser, tmp_path: Path) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        page = screen.page
        await screen.go()
        await page.get_by_role("button", name="Sound off").click()
        await page.get_by_role("checkbox", name="Single keys work as commands").uncheck()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        for key in ("v", "t", "u", "?", "/", "p"):
            await page.keyboard.press(key)
        await screen.rest()
        for name in ("pane", "layers", "units", "t"):
            assert await screen.query(name) is None
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("combobox")).to_be_focused()
        await page.reload()
        await screen.rows.first.or_(page.locator(".empty")).wait_for()
        await page.keyboard.press("v")
        await screen.rest()
        assert await screen.query("pane") is None, "it stays switched off"
