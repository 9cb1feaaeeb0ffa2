"""Beyond loopback: where the console listens and to whom it answers, over real TLS and behind a proxy."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import trustme

from beffroi.console import security
from beffroi.errors import UseError
from beffroi.scene import site as made_site
from beffroi.site import Console as Settings
from served import Served, served

NAME = "watch.example"


def certified(folder: Path) -> tuple[Settings, ssl.SSLContext]:
    """A console with a certificate for its name, and who trusts it."""
    authority = trustme.CA()
    made = authority.issue_cert(NAME, "127.0.0.1", "localhost")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    for blob in made.cert_chain_pems:
        blob.write_to_path(certificate, append=True)
    made.private_key_pem.write_to_path(key)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return Settings(certificate=str(certificate), private_key=str(key), hosts=(NAME,)), trusting


BEYOND: list[tuple[Settings, bool, str]] = [
    (Settings(), False, "no accounts"),
    (Settings(hosts=(NAME,), certificate="a", private_key="b"), False, "no accounts"),
    (Settings(hosts=(NAME,)), True, "in clear"),
    (Settings(certificate="a", private_key="b"), True, "by which names"),
    (Settings(behind_proxy=True), True, "by which names"),
    (Settings(certificate="a"), True, "belong together"),
]


@pytest.mark.parametrize(("console", "people", "why"), BEYOND)
def test_beyond_loopback_it_needs_people_tls_and_a_name(console: Settings, people: bool, why: str) -> None:
    with pytest.raises(UseError, match=why):
        security.check_address("0.0.0.0", console, people=people)


def test_with_all_of_them_it_listens() -> None:
    security.check_address("0.0.0.0", Settings(hosts=(NAME,), certificate="a", private_key="b"), people=True)
    security.check_address("0.0.0.0", Settings(hosts=(NAME,), behind_proxy=True), people=True)


def test_over_tls_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    settings, trusting = certified(tmp_path)
    site = msgspec.structs.replace(made_site(), console=settings)

    async def run() -> None:
        async with served(tmp_path, site, people=True) as house:
            assert house.address.startswith("https://127.0.0.1:")
            people = house.console.seen.people
            assert people is not None
            secret = people.accounts.first_link()
            joining = {"link": secret, "login": "ada", "name": "Ada", "password": "correct horse battery"}
            async with httpx.AsyncClient(base_url=house.address, verify=trusting, timeout=30) as http:
                named = {"host": f"{NAME}:{httpx.URL(house.address).port}"}
                origin = {"origin": f"https://{named['host']}"}
                said = await http.post("/api/v1/links/use", json=joining, headers=named | origin)
                assert said.status_code == 200
                cookie = said.headers["set-cookie"]
                assert cookie.startswith("__Host-beffroi=")
                assert "; Secure" in cookie
                assert said.headers["strict-transport-security"] == "max-age=31536000"
                assert (await http.get("/api/v1/signs")).status_code == 200
                for wrong in ({"host": "evil.example"}, named | {"origin": f"http://{named['host']}"}):
                    assert (await http.get("/api/v1/session", headers=wrong)).status_code == 403
                bare = {"cookie": cookie.partition(";")[0].removeprefix("__Host-")}
                async with httpx.AsyncClient(base_url=house.address, verify=trusting) as other:
                    assert (await other.get("/api/v1/signs", headers=bare)).status_code == 401

    asyncio.run(asyncio.wait_for(run(), 60.0))


def test_behind_a_proxy_the_last_address_counts_and_machines_need_a_session(tmp_path: Path) -> None:
    site = msgspec.structs.replace(made_site(), console=Settings(behind_proxy=True, hosts=(NAME,)))

    async def wrong(http: httpx.AsyncClient, told: str) -> int:
        answer = await http.post("/api/v1/session", json={"name": "x", "password": "y"},
                                 headers={"host": NAME, "x-forwarded-for": told})  # fmt: skip
        return answer.status_code

    async def act(house: Served) -> None:
        async with house.http as http:
            assert (await http.get("/metrics", headers={"host": NAME})).status_code == 401
            assert (await http.get("/healthz", headers={"host": NAME})).status_code == 200
            statuses = [await wrong(http, f"203.0.113.{i}, 198.51.100.7") for i in range(5)]
            assert statuses == [401] * 4 + [429]
            people: Any = house.console.seen.people
            people.tries.check("y", "203.0.113.1")

    async def run() -> None:
        async with served(tmp_path, site, people=True) as house:
            await act(house)

    asyncio.run(asyncio.wait_for(run(), 60.0))
