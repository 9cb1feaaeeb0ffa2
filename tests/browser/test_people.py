"""People in a browser: the first link, an invitation, second factors, locking, roles; forms by keyboard."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from playwright.async_api import Browser, Page, expect

from beffroi.people import People, totp
from beffroi.people import password as passwords
from beffroi.person import Person, Role
from beffroi.store.people import Account
from duty import Duty
from screen import Screen, axe, opened
from watched import Watched, rung, watched

pytestmark = pytest.mark.xdist_group("browser")
GOOD, BETTER = "correct horse battery", "another long sentence"
SHELL = Person(key="shell", name="shell", roles=frozenset({"administrator"}))
REFUSED = ("status of 400", "status of 401", "status of 429")
"""What the browser says by itself of an answer that a person is told of."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as it is, but cheap."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


class Site(NamedTuple):
    """A watch whose people must log in."""

    watch: Watched
    people: People

    @property
    def address(self) -> str:
        """By a name: a bare address has no passkeys."""
        return f"http://localhost:{urlsplit(self.watch.address).port}/"

    def made(self, login: str, *roles: Role) -> Account:
        """Somebody with an account."""
        accounts = self.people.accounts
        if accounts.empty():
            accounts.accept(accounts.first_link() or "", "first", "The First", GOOD)
        return accounts.accept(accounts.invite(SHELL, login.title(), roles)[1], login, "", GOOD)

    def armed(self, account: Account) -> bytes:
        """Somebody gets an authenticator: its secret."""
        secret = base64.b32decode(self.people.factors.begin_totp(account.id).secret)
        self.people.factors.confirm_totp(account.id, self.code(secret, -1))
        return secret

    def code(self, secret: bytes, later: int = 0) -> str:
        """What an authenticator shows; each code serves once."""
        return totp.code(secret, int(self.people.register.now_s() // totp.STEP_S) + later)

    def goes_on(self, by_s: float) -> None:
        """The wall clock is so much later."""
        before = self.people.register.now_s
        self.people.register.now_s = lambda: before() + by_s


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[Site]:
    """A site, until the end of the block."""
    async with watched(folder, people=True) as watch:
        assert watch.served.console.seen.people is not None
        yield Site(watch, watch.served.console.seen.people)


async def violations(screen: Screen) -> list[str]:
    """What axe-core finds."""
    await screen.page.evaluate(axe())
    await screen.rest()
    found = await screen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


def faults(screen: Screen) -> list[str]:
    """What is wrong beside answers that were refused."""
    return [said for said in screen.faults if not any(known in said for known in REFUSED)]


async def type_in(page: Page, **fields: str) -> None:
    """Fill a form by keyboard alone: each field has the focus in its turn, Enter sends it."""
    for label, said in fields.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        await field.focus()
        await page.keyboard.type(said)
    await page.keyboard.press("Enter")


async def sign_in(page: Page, login: str, password: str = GOOD) -> None:
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await type_in(page, Login=login, Password=password)


async def with_keys(screen: Screen) -> None:
    """The browser's device can keep passkeys."""
    wire = await screen.page.context.new_cdp_session(screen.page)
    await wire.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
              "hasUserVerification": True, "isUserVerified": True}  # fmt: skip
    await wire.send("WebAuthn.addVirtualAuthenticator", {"options": device})


async def test_from_the_first_link_to_an_operator_at_work(chromium: Browser, tmp_path: Path) -> None:
    async with guarded(tmp_path) as site:
        async with opened(chromium, site.address) as admin:
            link = await _first_person(admin, site)
        async with opened(chromium, site.address, 1280, 800) as operator:
            await _operator(operator, site, link)


async def _first_person(screen: Screen, site: Site) -> str:
    """The first person comes by the link that `serve` prints, and invites an operator: the link."""
    page = screen.page
    await page.goto(site.address)
    await expect(page.get_by_text("Nobody has an account yet")).to_be_visible()
    assert await violations(screen) == []
    secret = site.people.accounts.first_link() or ""
    await page.goto(f"{site.address}#link={secret}")
    await expect(page.get_by_role("heading", name="Join")).to_be_visible()
    assert secret not in page.url
    assert not any(secret in asked for asked in screen.asked)
    assert await violations(screen) == []
    await type_in(page, Name="Ada L", Login="ada", New_password="the name is Ada")
    await expect(page.get_by_role("alert")).to_contain_text("without your name")
    await type_in(page, New_password=GOOD)
    await page.get_by_role("button", name="Add an authenticator").press("Enter")
    shown = base64.b32decode((await page.locator("code").inner_text()).replace(" ", ""))
    assert await violations(screen) == []
    await type_in(page, Code_that_it_shows_now=site.code(shown))
    await expect(page.locator("ol.people-secret li")).to_have_count(10)
    assert await violations(screen) == []
    await page.get_by_role("button", name="I have kept them").press("Enter")
    await expect(page.locator(".tracks")).to_be_visible()
    await page.locator(".tracks").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.get_by_role("button", name="Invite a person").press("Enter")
    assert await violations(screen) == []
    await page.keyboard.type("Bob")
    await page.get_by_label("Operator", exact=True).check()
    await page.keyboard.press("Enter")
    link = await page.locator(".people-secret").inner_text()
    assert link.startswith(f"{site.address}#link=")
    await expect(page.get_by_text("Links not used yet")).to_be_visible()
    assert await violations(screen) == []
    assert faults(screen) == []
    return link


async def _operator(screen: Screen, site: Site, link: str) -> None:
    """The operator joins, comes back with a second factor, is locked by idleness and unlocks."""
    page = screen.page
    await page.goto(link)
    await expect(page.get_by_text("This link is for Bob.")).to_be_visible()
    await type_in(page, Login="bob", New_password=GOOD)
    await page.get_by_role("button", name="Later").press("Enter")
    await expect(page.locator(".tracks")).to_be_visible()
    bob = next(k.account for k in site.people.accounts.all() if k.account.login == "bob")
    secret = site.armed(bob)
    site.people.sessions.end("shell", bob.id)
    await sign_in(page, "bob")
    await expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert await violations(screen) == []
    await type_in(page, Code="000000")
    await expect(page.get_by_role("alert")).to_contain_text("not right")
    await type_in(page, Code=site.code(secret))
    await expect(page.locator(".tracks")).to_be_visible()
    assert await page.get_by_role("button", name="People").count() == 0
    site.watch.open(rung(1, track=7, priority="high"))
    await screen.rows.first.click()
    await expect(screen.card.get_by_role("button", name="Acknowledge")).to_be_visible()
    await page.wait_for_timeout(1100)
    site.goes_on(site.people.terms.lock_min * 60 + 1)
    bar = page.get_by_role("complementary", name="Locked")
    await expect(bar).to_be_visible()
    await expect(screen.card.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await page.locator(".tracks").hover()
    site.watch.open(rung(2, track=8, priority="high"))
    await expect(screen.rows).to_have_count(2)
    assert await violations(screen) == []
    await type_in(page, Password="wrong wrong wrong")
    await expect(bar.get_by_role("alert")).to_contain_text("The password is wrong")
    await type_in(page, Password=GOOD)
    await expect(bar).to_have_count(0)
    await expect(screen.card.get_by_role("button", name="Acknowledge")).to_be_visible()
    assert faults(screen) == []


async def test_a_session_that_is_over_leaves_the_address_and_nothing_else(
    chromium: Browser, tmp_path: Path
) -> None:
    async with guarded(tmp_path) as site, opened(chromium, site.address) as screen:
        page, bob = screen.page, site.made("bob", "operator")
        site.watch.open(rung(1, track=7, priority="high"))
        await page.goto(f"{site.address}?view=cases&theme=light")
        await sign_in(page, "bob")
        await expect(page.get_by_role("button", name="New case")).to_be_visible()
        await page.get_by_role("navigation").get_by_role("button", name="Watch").click()
        await screen.rows.first.click()
        await screen.query_becomes("sign", "^.+$")
        assert sum(asked.endswith("session/touch") for asked in screen.asked) == 1, "once a minute"
        before = page.url
        site.people.sessions.end("shell", bob.id)
        await expect(page.get_by_text("Your session is over")).to_be_visible()
        assert page.url == before
        assert await violations(screen) == []
        await sign_in(page, "bob")
        await expect(screen.card.get_by_role("heading", level=2)).to_be_visible()
        assert page.url == before
        await page.locator(".group.sound").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(page.get_by_text("Your session is over")).to_have_count(0)
        kept = str(await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))
        assert GOOD not in kept
        assert faults(screen) == []


async def test_a_locked_session_hides_the_case_that_was_open(chromium: Browser, tmp_path: Path) -> None:
    async with guarded(tmp_path) as site, opened(chromium, site.address) as screen:
        page = screen.page
        site.made("bob", "operator")
        site.watch.open(rung(1, track=7, priority="high"))
        await page.goto(site.address)
        await sign_in(page, "bob")
        duty = Duty(screen)
        await duty.open_case_of(screen.rows.first)
        await duty.note("Seen by the gardener")
        await screen.query_becomes("case", "^.+$")
        await page.get_by_role("button", name="Lock the session").click()
        await expect(page.get_by_text("Seen by the gardener")).to_have_count(0)
        await page.locator(".tracks").focus()
        for key in ("g", "c"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("button", name="Watch")).to_have_attribute("aria-current", "page")
        await expect(page.locator(".tracks")).to_be_visible()
        await type_in(page, Password=GOOD)
        await expect(page.get_by_text("Seen by the gardener")).to_be_visible()
        await screen.query_becomes("case", "^.+$")
        assert faults(screen) == []


async def test_who_fails_too_often_is_told_how_long_to_wait(chromium: Browser, tmp_path: Path) -> None:
    async with guarded(tmp_path) as site, opened(chromium, site.address) as screen:
        page = screen.page
        site.made("bob", "operator")
        for _ in range(6):
            site.people.tries.failed("bob", "127.0.0.1")
        await page.goto(site.address)
        await sign_in(page, "bob")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Wait 4 s, until")
        await expect(alert).to_have_text("You can try again now.")
        await type_in(page, Password=GOOD)
        await expect(page.locator(".tracks")).to_be_visible()


async def test_a_passkey_is_made_unlocks_and_lets_in(chromium: Browser, tmp_path: Path) -> None:
    async with guarded(tmp_path) as site, opened(chromium, site.address) as screen:
        page = screen.page
        site.made("bob", "operator")
        await with_keys(screen)
        await page.goto(f"{site.address}?view=account")
        await sign_in(page, "bob")
        await page.get_by_role("button", name="Add a passkey").press("Enter")
        await type_in(page, What_to_call_it="Desk 3")
        await page.get_by_role("button", name="I have kept them").click()
        await expect(page.get_by_text("Desk 3")).to_be_visible()
        assert await violations(screen) == []
        await page.get_by_role("button", name="Lock the session").click()
        await page.get_by_role("complementary").get_by_role("button", name="Use a passkey").click()
        await expect(page.get_by_text("Desk 3")).to_be_visible()
        await page.get_by_role("main").get_by_role("button", name="Sign out").click()
        await page.get_by_role("button", name="Use a passkey").click()
        await expect(page.get_by_text("Desk 3")).to_be_visible()
        await page.get_by_role("button", name="Remove").click()
        await page.get_by_role("group", name="Remove").get_by_role("button", name="Remove").click()
        await expect(page.get_by_text("Desk 3")).to_have_count(0)
        assert faults(screen) == []


async def test_ones_own_account(chromium: Browser, tmp_path: Path) -> None:
    """A new password ends the other sessions; one of them can be ended alone."""
    async with (
        guarded(tmp_path) as site,
        opened(chromium, site.address) as here,
        opened(chromium, site.address) as there,
    ):
        site.made("bob", "operator")
        for screen in (here, there):
            await screen.page.goto(f"{site.address}?view=account")
            await sign_in(screen.page, "bob")
            await expect(screen.page.get_by_role("heading", name="My account")).to_be_visible()
        page = here.page
        await page.reload()
        await page.get_by_role("button", name="End", exact=True).click()
        await page.get_by_role("group", name="End").get_by_role("button", name="End").click()
        await sign_in(there.page, "bob")
        await expect(there.page.get_by_role("heading", name="My account")).to_be_visible()
        await type_in(page, Password_as_it_is="not this one", New_password=BETTER)
        await expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
        await type_in(page, Password_as_it_is=GOOD, New_password=BETTER)
        await sign_in(there.page, "bob", BETTER)
        await expect(there.page.get_by_role("heading", name="My account")).to_be_visible()


async def test_an_approver_takes_two_people_and_a_delay(chromium: Browser, tmp_path: Path) -> None:
    async with (
        guarded(tmp_path) as site,
        opened(chromium, site.address) as one,
        opened(chromium, site.address) as two,
    ):
        site.made("sue", "supervisor")
        site.made("sam", "supervisor")
        site.armed(site.made("cleo", "analyst"))
        for screen, login in ((one, "sue"), (two, "sam")):
            await screen.page.goto(f"{site.address}?view=people")
            await sign_in(screen.page, login)
        page = one.page
        await page.get_by_role("button", name="Cleo").click()
        assert await page.get_by_role("button", name="Close the account").count() == 0
        assert await page.get_by_label("Role", exact=True).locator("option").all_inner_texts() == ["Approver"]
        await page.get_by_role("button", name="Give the role").click()
        await expect(page.get_by_text("Asked for by Sue")).to_contain_text("Waits for a second person")
        assert await page.get_by_role("button", name="Agree").count() == 0
        await two.page.reload()
        assert await violations(two) == []
        await two.page.get_by_role("button", name="Agree").click()
        await expect(two.page.get_by_text("agreed by Sam")).to_contain_text("Holds from")
        assert await violations(one) == []
        site.goes_on(25 * 3600)
        assert "approver" in next(k.roles for k in site.people.accounts.all() if k.account.login == "cleo")
        assert faults(one) == faults(two) == []


async def test_an_administrator_gives_takes_and_closes(chromium: Browser, tmp_path: Path) -> None:
    async with (
        guarded(tmp_path) as site,
        opened(chromium, site.address) as admin,
        opened(chromium, site.address) as other,
    ):
        site.made("bob", "operator")
        await other.page.goto(site.address)
        await sign_in(other.page, "bob")
        page = admin.page
        await page.goto(f"{site.address}?view=people")
        await sign_in(page, "first")
        await page.get_by_role("button", name="Bob").click()
        await page.get_by_label("Role", exact=True).select_option("auditor")
        await page.get_by_role("button", name="Give the role").click()
        await expect(
            page.get_by_role("listitem").filter(has_text="Auditor").filter(has_text="Given by")
        ).to_be_visible()
        await page.get_by_role("button", name="Close the account").click()
        await (
            page.get_by_role("group", name="Close the account")
            .get_by_role("button", name="Close the account")
            .click()
        )
        await expect(page.get_by_role("main")).to_contain_text("closed")
        await expect(other.page.get_by_text("Your session is over")).to_be_visible()
        await sign_in(other.page, "bob")
        await expect(other.page.get_by_role("alert")).to_contain_text("Login or password is wrong")
        assert faults(admin) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["fr", "vi"])
async def test_axe_finds_nothing_in_large_text(
    language: str, theme: str, chromium: Browser, tmp_path: Path
) -> None:
    """At 1280 and 130 %, in the longer languages; nothing is wider than the page."""
    async with guarded(tmp_path) as site, opened(chromium, site.address, 1280, 800) as screen:
        page, query = screen.page, f"?text=130&lang={language}&theme={theme}"
        site.armed(site.made("ada", "administrator"))
        site.made("bob", "operator")
        secret = site.people.accounts.invite(SHELL, "Eve", ("operator",))[1]
        found = {}
        await page.goto(f"{site.address}{query}#link={secret}")
        await page.locator("form").wait_for()
        found["join"] = await violations(screen)
        await page.goto(f"{site.address}{query}&view=people")
        await page.reload()
        await page.locator("input[name=name]").fill("first")
        await page.locator("input[name=password]").fill(GOOD)
        await page.keyboard.press("Enter")
        await page.locator("button.person", has_text="Ada").click()
        await page.locator(".detail h2").wait_for()
        found["people"] = await violations(screen)
        await page.goto(f"{site.address}{query}&view=account")
        await page.locator("input[name=old]").wait_for()
        found["account"] = await violations(screen)
        await page.locator("button.lock").click()
        await page.locator("#unlock").wait_for()
        found["locked"] = await violations(screen)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert (found, wide) == ({name: [] for name in found}, 1280)


async def test_nothing_of_this_shows_where_there_are_no_accounts(chromium: Browser, tmp_path: Path) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        await screen.go("?view=watch")
        page = screen.page
        await page.locator(".group.sound").click()
        for name in ("Lock the session", "Sign out", "My account", "People"):
            assert await page.get_by_role("button", name=name).count() == 0
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox").fill("lock")
        await expect(page.get_by_role("option", name="Lock the session")).to_have_count(0)
        assert screen.faults == []
