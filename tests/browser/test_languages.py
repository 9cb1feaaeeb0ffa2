"""Three languages: each whole on the small screen, nothing cut, nothing beyond an edge."""

import pytest
from playwright.async_api import Browser, expect

from screen import Screen, opened

pytestmark = pytest.mark.xdist_group("browser")
CUT = """() => {
  const found = []
  const shown = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement
    if (text.data.trim() === '' || !shown(parent) || parent.closest('.hidden, h2[style], option')) continue
    if (getComputedStyle(parent).clipPath !== 'none') continue
    const range = document.createRange()
    range.selectNodeContents(text)
    for (const r of range.getClientRects()) {
      const where = parent.className || parent.tagName
      const say = why => found.push(`${why}: ${text.data.trim().slice(0, 60)} (${where})`)
      if (r.right > innerWidth + 1 || r.left < -1) say('beyond the screen')
      for (let box = parent; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box)
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue
        const b = box.getBoundingClientRect(), by = box.className || box.tagName
        if (r.right > b.right + 1.5 || r.left < b.left - 1.5) say('cut at the side by ' + by)
        const scrolls = ['auto', 'scroll'].includes(style.overflowY)
        if (scrolls) break
        if (r.bottom > b.bottom + 2.5 || r.top < b.top - 2.5) say('cut in height by ' + by)
      }
    }
  }
  for (const e of document.querySelectorAll('button, .control, .pill, th, td')) {
    if (shown(e) && !e.closest('.hidden') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
      found.push(`wider than its control: ${e.innerText.slice(0, 60)} (${e.className || e.tagName})`)
  }
  return [...new Set(found)]
}"""
TITLE = {"en": "Drone", "fr": "Drone", "vi": "Tàu bay không người lái"}


async def cut(screen: Screen) -> list[str]:
    """Texts that are not whole on the screen."""
    await screen.rest()
    found = await screen.page.evaluate(CUT)
    return [str(said) for said in found]


@pytest.mark.parametrize("language", TITLE)
async def test_nothing_is_cut_on_the_small_screen(language: str, chromium: Browser, demo: str) -> None:
    async with opened(chromium, demo, 1280, 800) as screen:
        page, found = screen.page, {}
        await screen.go(f"?lang={language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        found["site"] = await cut(screen)
        await expect(screen.rows.first).to_contain_text(TITLE[language])
        for i in range(await screen.rows.count()):
            await screen.rows.nth(i).click()
            await expect(screen.card.locator("dl")).to_be_visible()
            found[f"sign {i}"] = await cut(screen)
        await screen.look()
        await page.keyboard.press("s")
        await expect(screen.card.locator("form")).to_be_visible()
        found["shelving"] = await cut(screen)
        await page.keyboard.press("Escape")
        for name, key in (("table", "v"), ("keys", "?"), ("palette", "/")):
            await page.keyboard.press("Escape")
            await page.locator(".past").focus()
            await page.keyboard.press(key)
            found[name] = await cut(screen)
        await page.keyboard.press("Escape")
        await page.locator(".group.sound").click()
        found["settings"] = await cut(screen)
        await page.locator(".group.sources").click()
        found["drawer"] = await cut(screen)
        await page.get_by_role("dialog").get_by_role("button").last.click()
        await expect(page.get_by_role("table")).to_be_visible()
        found["sources"] = await cut(screen)
        assert {view: said for view, said in found.items() if said} == {}
