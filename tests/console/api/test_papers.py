"""The API of checklists, handovers, reports and records of rules, over a real socket."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from beffroi.cases.page import POLICY
from beffroi.scene import NOW_S
from served import Served, served


async def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def case_of(made: Served, http: httpx.AsyncClient, **more: Any) -> str:
    await made.signs([1])
    body = {"sign": f"1-{round(NOW_S * 1000)}", **more}
    return str((await said(await http.post("api/v1/cases", json=body)))["key"])


def test_a_checklist_is_written_anew_once(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            path = "api/v1/checklists/drone"
            first = await said(await http.get(path))
            lines = [*first["items"][:2], {"text": "Call the duty officer"}]
            after = await said(await http.put(path, json={"version": 0, "items": lines}))
            assert [line["text"] for line in after["items"]] == [line["text"] for line in lines]
            assert (await said(await http.get(path))) == after
            no = await said(await http.put(path, json={"version": 0, "items": []}), 409)
            assert "Call the duty officer" in no["theirs"]
            assert (await said(await http.get(path))) == after
            steps = (await said(await http.get(f"{path}/cacao")))["workflow"].values()
            assert [s["name"] for s in steps if s["type"] == "action"] == [i["text"] for i in after["items"]]

    asyncio.run(play())


@pytest.mark.parametrize(
    "items", [[{"text": " "}], [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], [{"text": "x"}] * 61]
)
def test_what_is_no_checklist_changes_nothing(items: list[dict[str, str]], tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            path = "api/v1/checklists/other"
            before = await said(await http.get(path))
            await said(await http.put(path, json={"version": 0, "items": items}), 400)
            assert (await said(await http.get(path))) == before

    asyncio.run(play())


def test_a_report_in_every_form_leaves_its_digest_in_the_log(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            key = await case_of(made, http, title="<script>alert(1)</script>")
            for form in ("html", "json", "csv", "geojson"):
                answer = await http.get(f"api/v1/cases/{key}/report.{form}")
                assert answer.status_code == 200
                assert b"<script" not in answer.content or form != "html"
                assert b"Joined(" not in answer.content, "what joined is told in words"
                logged = made.console.seen.audit.entries(subject=f"case:{key}", limit=1000)
                digests = [e.digest for _, e in logged if e.action == f"report.{form}"]
                assert digests == [sha256(answer.content).digest()]
            page = await http.get(f"api/v1/cases/{key}/report.html")
            assert page.headers["content-security-policy"] == POLICY
            await said(await http.get("api/v1/cases/99/report.html"), 404)
            await said(await http.get(f"api/v1/cases/{key}/report.pdf"), 400)

    asyncio.run(play())


def test_a_time_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            await made.signs([1])
            no = await said(await http.get("api/v1/reports/period?from_s=2&to_s=1"), 400)
            assert no["at"] == "to_s"
            day = await said(await http.get(f"api/v1/reports/period?from_s={NOW_S - 10}&to_s={NOW_S + 10}"))
            assert [(rule["rule"], rule["opened"]) for rule in day["rules"]] == [("loitering", 1)]

    asyncio.run(play())


def test_a_rule_has_a_record_from_ten_closed_signs_on(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            await made.signs(list(range(1, 11)))
            for n in range(1, 11):
                assert (await said(await http.get("api/v1/rules/loitering/record"))) is None
                act = {"code": "close", "outcome": "unfounded" if n <= 4 else "confirmed"}
                await said(await http.post(f"api/v1/signs/{n}-{round(NOW_S * 1000)}/acts", json=act))
            found = await said(await http.get("api/v1/rules/loitering/record"))
            assert (found["unfounded"], found["closed"], found["days"]) == (4, 10, 90)
            assert (await said(await http.get("api/v1/rules/swarm/record"))) is None

    asyncio.run(play())


def test_nobody_takes_over_from_themselves(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as made, made.http as http:
            key = await case_of(made, http)
            begun = await said(await http.post("api/v1/handover", json={}))
            assert [line["key"] for line in begun["lines"]] == [f"case:{key}"]
            await said(await http.post("api/v1/handover", json={}), 409)
            await said(await http.post("api/v1/handover/accept", json={}), 409)
            await said(await http.post("api/v1/handover/ticks", json={"line": "case:99"}), 400)
            ticked = await said(await http.post("api/v1/handover/ticks", json={"line": f"case:{key}"}))
            assert ticked["lines"][0]["ticked"]["by"]["name"] == "local"
            await said(await http.post("api/v1/handover/accept", json={}), 409)

    asyncio.run(play())
