"""Coming in at a real server: cookies, factors, locking; and the whole table of who may do what."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from argon2 import PasswordHasher

from beffroi.console import api, openapi
from beffroi.people import password as passwords
from beffroi.people import totp
from beffroi.person import ROLES, Person, Role
from beffroi.store.audit import Audit
from beffroi.store.people import Account
from served import Served, heard, heard_of, served

ROOT = Path(__file__).resolve().parents[2]
GOOD = "correct horse battery"
ADMIN = Person(key="person:0", name="made by hand", roles=frozenset({"administrator"}))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as it is, but cheap."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def play(folder: Path, what: Any, **more: Any) -> None:
    """Run `what(console, http)` against a console whose people must log in."""

    async def run() -> None:
        async with served(folder, people=True, **more) as console, console.http as http:
            await what(console, http)

    asyncio.run(asyncio.wait_for(run(), 150.0))


def made(console: Served, login: str, *roles: Role) -> Account:
    """Somebody with an account."""
    people = console.console.seen.people
    assert people is not None
    if people.accounts.empty():
        people.accounts.accept(people.accounts.first_link() or "", "first", "The First", GOOD)
    _, secret = people.accounts.invite(ADMIN, login.title(), roles)
    return people.accounts.accept(secret, login, "", GOOD)


def cookie(console: Served, account: Account) -> dict[str, str]:
    """A new session of somebody, as a header."""
    people = console.console.seen.people
    assert people is not None
    return {"cookie": f"beffroi={people.sessions.proven(account, '127.0.0.1')}"}


async def login(http: httpx.AsyncClient, name: str, word: str = GOOD) -> httpx.Response:
    return await http.post("/api/v1/session", json={"name": name, "password": word})


def entries(console: Served) -> list[tuple[str, str, str, str]]:
    """(who, in which role, what, of what) of the log."""
    seen = console.console.seen
    found = Audit(seen.records, seen.clock.now_s, seen.directory).entries()
    return [(e.by, e.role, e.action, e.subject) for _, e in found if not e.action.startswith("key.")]


# --- the table


def law() -> dict[str, tuple[frozenset[str], bool, bool]]:
    """The table of docs/people.md: action → (who may at all, in a locked session too, before login too)."""
    found = {}
    for line in (ROOT / "docs/people.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 7:
            action, _, *who, locked = cells
            named = {word.strip() for cell in who for word in cell.split(",") if word.strip()}
            stranger = "also before login" in named
            all_of_them = set(ROLES) if "everybody" in named else named
            found[action.strip("`")] = (frozenset(all_of_them & set(ROLES)), locked == "yes", stranger)
    return found


def matrix() -> list[tuple[str, str, str]]:
    """(method, path, action) of every endpoint, as the description has it, of a thing that is not there."""
    said = openapi.description(api.ROUTES)
    return [
        (method.upper(), re.sub(r"\{\w+\}", "999999", path), str(operation["x-needs"]))
        for path, methods in said["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_endpoint_needs_an_action_of_the_page() -> None:
    assert {action for _, _, action in matrix()} <= law().keys()
    assert len(matrix()) == len(api.ROUTES)


def test_every_endpoint_is_open_to_the_roles_of_the_page_and_to_no_other(tmp_path: Path) -> None:
    """Every endpoint × (each role, no role, nobody, each role in a locked session)."""
    table = law()

    async def ask(http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> int:
        body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT") else {}
        answer = await http.request(method, path, headers=headers, **body)
        assert answer.status_code < 500, (method, path, answer.text)
        return answer.status_code

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        accounts = {role: made(console, role[:4], role) for role in ROLES if role != "approver"}
        there: dict[str, tuple[dict[str, str], dict[str, str]]] = {}

        def locked(account: Account) -> dict[str, str]:
            headers = cookie(console, account)
            session = people.sessions.of(headers["cookie"].partition("=")[2])
            assert session is not None
            people.sessions.lock(session)
            return headers

        asked = 0
        for method, path, action in matrix():
            roles, when_locked, stranger = table[action]
            status = await ask(http, method, path, {})
            assert (status == 401) != stranger or (method, path) == ("POST", "/api/v1/session"), (
                path,
                status,
            )
            for role, account in accounts.items():
                if path.startswith("/api/v1/session") or role not in there:
                    there[role] = cookie(console, account), locked(account)
                here, away = there[role]
                status = await ask(http, method, path, here)
                assert (status == 403) == (role not in roles), (method, path, role, status)
                status = await ask(http, method, path, away)
                own = path.startswith("/api/v1/session/") and status == 423
                assert (status in (423, 403)) == (not when_locked) or own, (method, path, role, status)
                asked += 2
        assert asked == 2 * len(api.ROUTES) * (len(ROLES) - 1)

    play(tmp_path, act)


def test_an_approver_may_what_the_page_says(tmp_path: Path) -> None:
    """The role that takes two people and a day; its rows of the matrix."""

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        one, two, cleo = made(console, "one", "supervisor"), made(console, "two", "supervisor"), made(
            console, "cleo", "analyst")  # fmt: skip
        begun = people.factors.begin_totp(cleo.id)
        step = int(people.register.now_s() // 30)
        people.factors.confirm_totp(cleo.id, totp.code(base64.b32decode(begun.secret), step))
        asked = await http.post(f"/api/v1/people/person:{cleo.id}/grants", json={"role": "approver"},
                                headers=cookie(console, one))  # fmt: skip
        assert asked.json()["state"] == "asked"
        path = f"/api/v1/grants/{asked.json()['id']}/agree"
        refused = await http.post(path, headers=cookie(console, one))
        assert (refused.status_code, refused.json()["at"]) == (409, "id")
        agreed = await http.post(path, headers=cookie(console, two))
        assert agreed.json()["state"] == "agreed"
        later, now_s = people.register.now_s() + 25 * 3600, people.register.now_s
        people.register.now_s = lambda: later
        try:
            headers = cookie(console, cleo)
            for method, path, action in matrix():
                if not path.startswith(("/api/v1/session", "/api/v1/links")):
                    body: dict[str, Any] = {"json": {}} if method == "POST" else {}
                    status = (await http.request(method, path, headers=headers, **body)).status_code
                    allowed = bool({"approver", "analyst"} & law()[action][0])
                    assert (status != 403) == allowed, (method, path, status)
        finally:
            people.register.now_s = now_s

    play(tmp_path, act)


# --- coming in


def test_the_first_person_comes_by_a_link_and_nobody_else_does(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        before = (await http.get("/api/v1/session")).json()
        assert (before["state"], before["first"], before["local"], before["person"]) == (
            "none", True, False, None)  # fmt: skip
        assert (await login(http, "admin", "admin")).status_code == 401
        secret = people.accounts.first_link()
        looked = (await http.post("/api/v1/links/look", json={"link": secret})).json()
        assert (looked["roles"], looked["login"]) == (["administrator", "supervisor"], None)
        joining = {"link": secret, "login": "ada", "name": "Ada L", "password": GOOD}
        short = await http.post("/api/v1/links/use", json=joining | {"password": "password"})
        assert (short.status_code, short.json()["at"]) == (400, "password")
        said = await http.post("/api/v1/links/use", json=joining)
        assert (said.json()["state"], said.json()["person"]["name"]) == ("open", "Ada L")
        assert "people.invite" in said.json()["person"]["may"]
        flags = {part.strip().lower() for part in said.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= flags
        assert (await http.get("/api/v1/signs")).status_code == 200
        again = await httpx.AsyncClient(base_url=console.address).post("/api/v1/links/use", json=joining)
        assert again.status_code == 404

    play(tmp_path, act)


def test_a_second_factor_and_a_wait(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        bob = made(console, "bob", "operator")
        assert (await login(http, "bob")).json()["state"] == "open"
        begun = (await http.post("/api/v1/session/factors/totp")).json()
        secret, now_s = base64.b32decode(begun["secret"]), people.register.now_s()
        assert begun["address"].startswith("otpauth://totp/")
        codes = await http.post(
            "/api/v1/session/factors/totp/confirm", json={"code": totp.code(secret, int(now_s // 30) - 1)}
        )
        assert len(codes.json()["recovery"]) == 10
        await http.delete("/api/v1/session")
        half = (await login(http, "bob")).json()
        assert (half["state"], half["second"], half["person"]) == ("second", ["code"], None)
        assert (await http.get("/api/v1/signs")).status_code == 401
        for _ in range(4):
            wrong = await http.post("/api/v1/session/second", json={"code": "abcdef"})
            assert wrong.status_code == 401
        wait = await http.post("/api/v1/session/second", json={"code": "abcdef"})
        assert (wait.status_code, wait.headers["retry-after"]) == (429, "1")
        await asyncio.sleep(1.1)
        right = totp.code(secret, int(people.register.now_s() // 30) + 1)
        done = await http.post("/api/v1/session/second", json={"code": right})
        assert done.json()["person"]["key"] == f"person:{bob.id}"
        assert (await http.get("/api/v1/signs")).status_code == 200

    play(tmp_path, act)


def test_a_locked_session_keeps_the_picture_and_loses_the_acts(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        made(console, "bob", "operator")
        await console.signs([1])
        assert (await login(http, "bob")).status_code == 200
        key = (await http.get("/api/v1/signs")).json()[0]["key"]
        path, body = f"/api/v1/signs/{key}/acts", {"code": "acknowledge"}
        token = {"cookie": f"beffroi={http.cookies['beffroi']}"}
        async with console.live(additional_headers=token) as live:
            hello = await heard_of(live, "hello")
            assert hello["person"]["locked"] is False
            locked = (await http.post("/api/v1/session/lock")).json()
            assert (locked["state"], "sign.acknowledge" in locked["person"]["may"]) == ("locked", False)
            again = await heard_of(live, "hello")
            assert again["person"]["locked"] is True
            assert (await http.post(path, json=body)).status_code == 423
            assert (await http.get("/api/v1/signs")).status_code == 200
            assert (await http.get("/api/v1/people")).status_code == 423
            console.step(picture=console.console.seen.picture)
            await heard_of(live, "frame")
            wrong = await http.post("/api/v1/session/unlock", json={"password": "no" * 6})
            assert wrong.status_code == 401
            opened = await http.post("/api/v1/session/unlock", json={"password": GOOD})
            assert opened.json()["state"] == "open"
            assert (await heard_of(live, "hello"))["person"]["locked"] is False
            acted = (await http.post(path, json=body)).json()
            assert (acted["state"], acted["life"]["by"]) == ("acknowledged", "Bob")

    play(tmp_path, act)


def test_a_hand_keeps_a_session_open_and_a_page_by_itself_does_not(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        made(console, "bob", "operator")
        began_s, past_s = people.register.now_s(), 0.0
        people.register.now_s = lambda: began_s + past_s
        await login(http, "bob")
        for kept in (True, False):
            for _ in range(3):
                past_s += 6 * 60
                assert (await http.get("/api/v1/signs")).status_code == 200
                await http.post("/api/v1/cases/1/here", json={"looking": True})
                if kept:
                    assert (await http.post("/api/v1/session/touch")).json()["state"] == "open"
            state = (await http.get("/api/v1/session")).json()["state"]
            assert state == ("open" if kept else "locked")

    play(tmp_path, act)


def test_a_live_view_ends_with_its_session(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        with pytest.raises(websockets.InvalidStatus):
            async with console.live():
                pass
        bob = made(console, "bob", "operator")
        headers = cookie(console, bob)
        async with console.live(additional_headers=headers) as live:
            await heard(live)
            assert (await http.delete("/api/v1/session", headers=headers)).json()["state"] == "none"
            with pytest.raises(websockets.ConnectionClosed) as gone:
                await heard_of(live, "the end")
            assert gone.value.rcvd is not None
            assert gone.value.rcvd.code == 4401
        said: list[tuple[str, str, str, str]] = []
        while len(said) < 2:
            await asyncio.sleep(0.05)
            said = [entry for entry in entries(console) if entry[2] == "picture.read"]
        assert said == [(f"person:{bob.id}", "operator", "picture.read", f"live#{which}")
                        for which in ("begin", "end")]  # fmt: skip

    play(tmp_path, act)


def test_reads_and_what_is_refused_are_in_the_log(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1])
        bob, dan = made(console, "bob", "operator"), made(console, "dan", "auditor")
        headers = cookie(console, bob)
        (sign,) = (await http.get("/api/v1/signs", headers=headers)).json()
        for _ in range(3):
            await http.get(f"/api/v1/signs/{sign['key']}", headers=headers)
        body = {"code": "acknowledge"}
        no = await http.post(f"/api/v1/signs/{sign['key']}/acts", json=body, headers=cookie(console, dan))
        assert (no.status_code, no.headers["content-type"]) == (403, "application/problem+json")
        await http.get("/api/v1/people", headers=headers)
        for _ in range(3):
            await http.get("/api/v1/people")
        said = [e for e in entries(console) if not e[2].startswith(("people.join", "people.inv", "session."))]
        assert said == [
            (f"person:{bob.id}", "operator", "sign.read", "signs"),
            (f"person:{bob.id}", "operator", "sign.read", f"sign:{sign['key']}"),
            (f"person:{dan.id}", "", "refused.sign.acknowledge", f"sign:{sign['key']}"),
            (f"person:{bob.id}", "", "refused.people.read", "people"),
            ("", "", "refused.people.read", "people"),
        ]

    play(tmp_path, act)


def test_machines_are_answered_from_this_machine(tmp_path: Path) -> None:
    """And through a proxy with a session only."""

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        for path in ("/metrics", "/data/aircraft.json", "/data/receiver.json", "/healthz"):
            assert (await http.get(path)).status_code == 200, path

    play(tmp_path, act)


def test_sessions_are_seen_and_ended(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        bob = made(console, "bob", "operator")
        other = cookie(console, bob)
        await login(http, "bob")
        rows = (await http.get("/api/v1/session/all")).json()
        assert [row["here"] for row in rows] == [False, True]
        assert (await http.delete(f"/api/v1/session/all/{rows[0]['id']}")).status_code == 200
        assert (await http.get("/api/v1/signs", headers=other)).status_code == 401
        assert (await http.delete("/api/v1/session/all/999")).status_code == 404
        new = {"old": GOOD, "new": "another long sentence"}
        assert (await http.post("/api/v1/session/password", json=new)).status_code == 200
        assert (await login(http, "bob")).status_code == 401

    play(tmp_path, act)


def test_people_are_invited_read_and_closed(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        made(console, "ada", "administrator")
        await login(http, "ada")
        link = (await http.post("/api/v1/invitations", json={"name": "Eve", "roles": ["operator"]})).json()
        (row,) = (await http.get("/api/v1/invitations")).json()
        assert (row["name"], row["roles"], row["by"]) == ("Eve", ["operator"], "Ada")
        for roles in ([], ["approver"], ["root"]):
            bad = await http.post("/api/v1/invitations", json={"name": "Eve", "roles": roles})
            assert bad.status_code == 400
        joining = {"link": link["link"], "login": "eve", "password": GOOD}
        async with httpx.AsyncClient(base_url=console.address) as browser:
            eve = (await browser.post("/api/v1/links/use", json=joining)).json()["person"]
            granted = await http.post(f"/api/v1/people/{eve['key']}/grants", json={"role": "analyst"})
            assert granted.json()["state"] == "holds"
            assert (await browser.get("/api/v1/session")).json()["person"]["roles"] == ["operator", "analyst"]
            assert (await http.delete(f"/api/v1/people/{eve['key']}")).status_code == 200
            assert (await browser.get("/api/v1/session")).json()["state"] == "none"
        everybody = {p["login"]: p for p in (await http.get("/api/v1/people")).json()}
        assert everybody["eve"]["closed_s"] is not None
        assert everybody["ada"]["closed_s"] is None

    play(tmp_path, act)


def test_a_page_of_elsewhere_cannot_log_in(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        made(console, "bob", "operator")
        said = await http.post("/api/v1/session", json={"name": "bob", "password": GOOD},
                               headers={"origin": "https://evil.example"})  # fmt: skip
        assert (said.status_code, "set-cookie" in said.headers) == (403, False)

    play(tmp_path, act)


def test_no_answer_holds_a_secret(tmp_path: Path) -> None:
    """Passwords, tokens and digests of them are in no answer."""

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        people = console.console.seen.people
        assert people is not None
        made(console, "ada", "administrator")
        await login(http, "ada")
        told = b"".join([(await http.get(path)).content for method, path, _ in matrix() if method == "GET"])
        (kept,) = {a.account.password for a in people.accounts.all() if a.account.login == "ada"}
        assert http.cookies["beffroi"].encode() not in told
        assert b"argon2" not in told
        assert kept is not None

    play(tmp_path, act)
