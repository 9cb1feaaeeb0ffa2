"""Passkeys in a real browser: Chromium with a virtual authenticator (DevTools WebAuthn) at a real console."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright

from beffroi.people import People
from beffroi.person import Person
from screen import launched
from served import Served, served

pytestmark = pytest.mark.xdist_group("browser")
GOOD = "correct horse battery"
ADMIN = Person(key="person:0", name="made by hand", roles=frozenset({"administrator"}))
ASK = """async ([method, path, body]) => {
    const headers = {'content-type': 'application/json'}
    const more = body === null ? {} : {headers, body: JSON.stringify(body)}
    const answer = await fetch('/api/v1' + path, {method, ...more})
    return [answer.status, await answer.json()]
}"""
MAKE = """async options => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey)
    return (await navigator.credentials.create({publicKey})).toJSON()
}"""
SHOW = """async options => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey)
    return (await navigator.credentials.get({publicKey})).toJSON()
}"""


async def ask(page: Page, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """What the console answers to a request of the page."""
    status, said = await page.evaluate(ASK, [method, path, body])
    return status, said


async def authenticator(page: Page) -> Any:
    """A device that holds passkeys and knows its owner."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    has = ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation")
    options = {"protocol": "ctap2", "transport": "internal", **dict.fromkeys(has, True)}
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def bob(house: Served) -> People:
    """The people of a console, Bob among them."""
    people = house.console.seen.people
    assert people is not None
    people.accounts.accept(people.accounts.first_link() or "", "first", "The First", GOOD)
    _, secret = people.accounts.invite(ADMIN, "Bob", ("operator",))
    people.accounts.accept(secret, "bob", "", GOOD)
    return people


async def enrolled(page: Page) -> list[str]:
    """Make a passkey for Bob: his recovery codes."""
    status, said = await ask(page, "POST", "/session", {"name": "bob", "password": GOOD})
    assert (status, said["state"], said["passkeys"]) == (200, "open", True)
    status, begun = await ask(page, "POST", "/session/factors/passkey/begin")
    assert status == 200, begun
    made = await page.evaluate(MAKE, begun["options"])
    kept = {"id": begun["id"], "label": "laptop", "credential": made}
    status, codes = await ask(page, "POST", "/session/factors/passkey", kept)
    assert status == 200, codes
    status, again = await ask(page, "POST", "/session/factors/passkey", kept)
    assert status == 409, again
    return list(codes["recovery"])


async def show(page: Page) -> tuple[int, Any]:
    """Show a passkey."""
    status, begun = await ask(page, "POST", "/session/passkey/ask")
    assert status == 200, begun
    shown = await page.evaluate(SHOW, begun["options"])
    return await ask(page, "POST", "/session/passkey", {"id": begun["id"], "credential": shown})


async def test_a_passkey_lets_in_is_a_second_factor_and_unlocks(driver: Playwright, tmp_path: Path) -> None:
    browser = await launched(driver)
    try:
        async with served(tmp_path, people=True) as house:
            bob(house)
            page = await browser.new_page()
            await page.goto(house.address.replace("127.0.0.1", "localhost") + "healthz")
            await authenticator(page)
            assert len(await enrolled(page)) == 10
            assert (await ask(page, "POST", "/session/lock"))[1]["state"] == "locked"
            status, said = await show(page)
            assert (status, said["state"]) == (200, "open")
            await ask(page, "DELETE", "/session")
            status, said = await ask(page, "POST", "/session", {"name": "bob", "password": GOOD})
            assert (said["state"], said["second"]) == ("second", ["passkey"])
            assert (await ask(page, "GET", "/signs"))[0] == 401
            status, said = await show(page)
            assert (said["state"], said["person"]["name"]) == ("open", "Bob")
            await ask(page, "DELETE", "/session")
            status, said = await show(page)
            assert (status, said["state"], said["person"]["name"]) == (200, "open", "Bob")
            assert (await ask(page, "GET", "/signs"))[0] == 200
            _, factors = await ask(page, "GET", "/session/factors")
            assert [(f["kind"], f["label"]) for f in factors["factors"]] == [("passkey", "laptop")]
            path = f"/session/factors/{factors['factors'][0]['id']}"
            assert (await ask(page, "DELETE", path))[0] == 200
            await ask(page, "DELETE", "/session")
            assert (await show(page))[0] in (401, 404)
    finally:
        await browser.close()


async def test_a_passkey_of_another_key_or_place_is_refused(driver: Playwright, tmp_path: Path) -> None:
    """One that was tampered with, one for another origin, one that does not know its owner."""
    browser = await launched(driver)
    try:
        async with served(tmp_path, people=True) as house:
            bob(house)
            page = await browser.new_page()
            await page.goto(house.address.replace("127.0.0.1", "localhost") + "healthz")
            devtools, device = await authenticator(page)
            await enrolled(page)
            await ask(page, "DELETE", "/session")
            _, begun = await ask(page, "POST", "/session/passkey/ask")
            shown = await page.evaluate(SHOW, begun["options"])
            signature = shown["response"]["signature"]
            other = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
            tampered = shown | {"response": shown["response"] | {"signature": other}}
            forged = {"id": begun["id"], "credential": tampered}
            status, said = await ask(page, "POST", "/session/passkey", forged)
            assert (status, said["at"]) == (401, "passkey")
            _, begun = await ask(page, "POST", "/session/passkey/ask")
            replayed = {"id": begun["id"], "credential": shown}
            assert (await ask(page, "POST", "/session/passkey", replayed))[0] == 401
            unknown = {"isUserVerified": False, "authenticatorId": device}
            await devtools.send("WebAuthn.setUserVerified", unknown)
            _, begun = await ask(page, "POST", "/session/passkey/ask")
            with pytest.raises(Exception, match="NotAllowedError"):
                await page.evaluate(SHOW, begun["options"])
            assert (await ask(page, "GET", "/session"))[1]["state"] == "none"
            bare = await browser.new_page()
            await bare.goto(house.address + "healthz")
            status, said = await ask(bare, "POST", "/session/passkey/ask")
            assert (status, "name" in said["detail"]) == (409, True)
    finally:
        await browser.close()
