"""Duty: a person who runs an incident at a screen of the console, step by step, as the page offers it."""

from playwright.async_api import Locator, Page, expect

from screen import Screen


class Duty:
    """What somebody does at one screen."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.page: Page = screen.page

    @property
    def case(self) -> Locator:
        """The case that is open."""
        return self.screen.card

    def part(self, name: str) -> Locator:
        """One part of it, by its heading."""
        heading = self.page.get_by_role("heading", name=name, exact=True)
        return self.case.locator("section").filter(has=heading)

    async def go(self, view: str) -> None:
        """Go to a view: `g` and its letter, from no field of a form."""
        await self.page.evaluate("document.activeElement.blur()")
        await self.page.keyboard.press("g")
        await self.page.keyboard.press(view)

    async def open_case_of(self, sign: Locator) -> None:
        """Select a sign and press `c`."""
        await sign.click()
        await self.page.keyboard.press("c")
        await expect(self.case.get_by_role("heading", name="Phase of the incident")).to_be_visible()

    async def report(self, what: str, words: str, *, distance: str, direction: str, threshold: str) -> None:
        """Report a sighting with a place in words."""
        await self.page.keyboard.press("r")
        form = self.page.get_by_role("dialog", name="Report a sighting")
        await form.get_by_label("What was seen").select_option(label=what)
        await form.get_by_label("Distance").fill(distance)
        await form.get_by_label("Direction").fill(direction)
        await form.get_by_label("From").select_option(label=f"threshold {threshold}")
        await form.get_by_label("In words").fill(words)
        await form.get_by_role("button", name="Report", exact=True).click()
        await expect(form).to_have_count(0)

    async def decide(self, step: str, phase: str, reason: str, *places: str, seen: bool = False) -> None:
        """Decide the next phase with the button of that name; `places`: what is closed with it."""
        part = self.part("Phase of the incident")
        await part.get_by_role("button", name=step, exact=True).click()
        form = part.locator("form")
        await form.get_by_label("Reason").fill(reason)
        for place in places:
            await form.get_by_role("checkbox", name=place).check()
        if seen:
            await form.get_by_role("button", name="Seen by me").click()
        await form.get_by_role("button", name=step, exact=True).click()
        await expect(form).to_have_count(0)
        await expect(part.locator("[aria-current=step]")).to_contain_text(phase)

    async def tell_tower(self) -> str:
        """Send the proposed text; gives it back."""
        part = self.part("Tower")
        await part.get_by_role("button", name="Text for the tower").click()
        text = await part.get_by_label("To read aloud").input_value()
        await part.get_by_role("button", name="Send").click()
        await expect(part.locator(".sent").first).to_contain_text("Read-back due in")
        return text

    async def read_back(self) -> None:
        """The tower has read the newest text back."""
        sent = self.part("Tower").locator(".sent").first
        await sent.get_by_role("button", name="Shown").click()
        await expect(sent.get_by_role("button", name="Shown")).to_have_count(0)
        await sent.get_by_role("button", name="Read back").click()
        await expect(sent.get_by_role("button")).to_have_count(0)

    async def note(self, text: str) -> None:
        """Write a note."""
        part = self.part("Timeline")
        await part.get_by_label("Note").fill(text)
        await part.get_by_role("button", name="Add").click()
        await expect(part.locator("ol")).to_contain_text(text)

    async def close(self, outcome: str) -> None:
        """Close the case."""
        await self.case.get_by_role("button", name="Close the case").click()
        await self.case.get_by_role("radio", name=outcome).check()
        await self.case.get_by_role("button", name="Close the case").click()

    async def begin_handover(self) -> None:
        """Begin to hand the shift over."""
        await self.go("h")
        await self.page.get_by_role("button", name="Begin a handover").click()
        await expect(self.page.get_by_role("main")).to_contain_text("hands over since")

    async def tick_all(self) -> None:
        """Tick each line of the handover."""
        boxes = self.page.get_by_role("main").get_by_role("checkbox")
        for box in await boxes.all():
            await box.check()
            await expect(box).to_be_checked()
