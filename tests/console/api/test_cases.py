"""The API of cases and of the aerodrome, over a real socket."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from beffroi.scene import NOW_S
from served import heard_of, served, sign

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


async def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_incident_over_the_api(tmp_path: Path) -> None:
    asyncio.run(_incident(tmp_path))


async def _incident(folder: Path) -> None:
    async with served(folder) as made, made.http as http, made.live() as socket:
        await made.signs([1])
        key = f"1-{round(NOW_S * 1000)}"
        case = await said(await http.post("api/v1/cases", json={"sign": key}))
        assert (case["key"], case["signs"], case["track"], case["owner"]["name"]) == ("1", [key], 7, "local")
        assert "phase" in case["may"]
        assert "reopen" not in case["may"]
        assert [e["code"] for e in case["timeline"]] == ["opened", "listed", "join"]
        assert [line["done"] for line in case["checklist"]] == [None] * len(case["checklist"]) != []
        assert case["timeline"][2]["params"] == {"rule": "loitering", "priority": "high", "sign": key}
        assert case["evidence"] == [{"frame": "02" * 16, "source": "", "time_s": None}]
        told = await heard_of(socket, "case")
        assert told["case"]["key"] == "1"

        under = "api/v1/cases/1"
        ask = {"code": "phase", "phase": "confirmed", "reason": "seen", "evidence": [f"sign:{key}"]}
        case = await said(await http.post(f"{under}/entries", json=ask | {"version": case["version"]}))
        tick = {"code": "tick", "item": case["checklist"][0]["id"], "done": True, "version": case["version"]}
        case = await said(await http.post(f"{under}/entries", json=tick))
        assert case["checklist"][0]["done"]["by"] == case["owner"]
        assert case["phases"][0]["by"] == case["owner"]
        home = await said(await http.get("api/v1/aerodrome"))
        place = next(p for p in home["places"] if p["kind"] == "runway")
        wish = {"place": place["place"], "state": "suspended", "why": "drone", "case": "1", "version": 0}
        home = await said(await http.post("api/v1/aerodrome/places", json=wish))
        assert home["places"][0]["state"] == "suspended"
        while not (await heard_of(socket, "aerodrome"))["aerodrome"]["version"]:
            pass
        no = await said(await http.post("api/v1/aerodrome/places", json=wish | {"state": "restricted"}), 409)
        assert (no["field"], no["theirs"], no["yours"]) == (place["place"], "suspended", "restricted")
        case = await said(await http.get(under))
        assert case["closures"][0]["by"]["name"] == "local"
        assert case["lost_min"][0]["name"] == place["name"]
        decided = case["timeline"][-1]
        assert (decided["code"], decided["text"]) == ("state", "drone")
        assert decided["params"] == {
            "place": place["place"], "state": "suspended", "case": "1", "name": place["name"],
        }  # fmt: skip

        text = (await said(await http.get(f"{under}/tower")))["text"]
        assert text.startswith("drone, ")
        case = await said(await http.post(f"{under}/tower", json={"text": text}))
        assert case["tower"][0]["sent_s"] == NOW_S
        home = await said(await http.get("api/v1/aerodrome"))
        assert [t["text"] for t in home["tower"]] == [text]
        for step in ("shown", "readback"):
            case = await said(await http.post(f"{under}/tower/1/{step}", json={}))
        assert case["tower"][0]["readback_s"] == NOW_S


def test_two_who_write_the_same_are_told_of_each_other(tmp_path: Path) -> None:
    asyncio.run(_clash(tmp_path))


async def _clash(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        case = await said(await http.post("api/v1/cases", json={"kind": "drone", "title": "One\u202e"}))
        assert case["title"] == "One·"
        under, version = "api/v1/cases/1/entries", case["version"]
        await said(await http.post(under, json={"code": "title", "text": "Two", "version": version}))
        no = await said(
            await http.post(under, json={"code": "title", "text": "Three", "version": version}), 409
        )
        assert (no["theirs"], no["yours"], no["by"]["name"], no["at_s"]) == ("Two", "Three", "local", NOW_S)
        await said(await http.post(under, json={"code": "note", "text": "a\nb", "version": version}))
        await said(await http.post(under, json={"code": "note", "version": version}), 400)
        await said(
            await http.post(under, json={"code": "phase", "phase": "resumed", "version": version}), 409
        )
        await said(await http.post(under, json={"code": "own", "person": None, "version": version}))
        assert (await said(await http.get("api/v1/cases?state=open")))[0]["owner"] is None
        close = {"code": "close", "outcome": "unfounded", "reason": "", "version": 9}
        assert (await said(await http.post(under, json=close)))["outcome"] == "unfounded"
        assert [c["key"] for c in await said(await http.get("api/v1/cases?state=closed"))] == ["1"]
        assert await said(await http.get("api/v1/cases")) == []
        await said(await http.get("api/v1/cases/2"), 404)


def test_the_timeline_speaks_as_the_screen_does(tmp_path: Path) -> None:
    asyncio.run(_said_so(tmp_path))


async def _said_so(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        await made.signs([1, 2])
        keys = [f"{n}-{round(NOW_S * 1000)}" for n in (1, 2)]
        await said(await http.post("api/v1/cases", json={"sign": keys[0]}))
        under = "api/v1/cases/1/entries"
        await said(await http.post(under, json={"code": "join", "sign": keys[1], "version": 2}))
        case = await said(await http.post(under, json={"code": "split", "signs": keys[1:], "version": 3}))
        assert (case["timeline"][-1]["code"], case["timeline"][-1]["params"]["into"]) == ("left", "2")
        case = await said(await http.post(under, json={"code": "merge", "other": "2", "version": 4}))
        assert (case["timeline"][-1]["code"], case["timeline"][-1]["params"]["other"]) == ("took", "2")
        ended = await said(await http.get("api/v1/cases/2"))
        assert (ended["timeline"][-1]["code"], ended["timeline"][-1]["params"]["other"]) == ("merge", "1")
        assert ended["may"] == ["note"]


def test_files_lie_beside_the_case(tmp_path: Path) -> None:
    asyncio.run(_files(tmp_path))


async def _files(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        await said(await http.post("api/v1/cases", json={}))
        under = "api/v1/cases/1/files"
        png = {"content-type": "image/png"}
        case = await said(await http.post(f"{under}?name=../a\u202e.png", content=PNG, headers=png))
        assert case["files"][0]["name"] == "a·.png"
        kept = await http.get(f"{under}/{case['files'][0]['digest']}")
        assert kept.content == PNG
        assert kept.headers["content-type"] == "image/png"
        await said(await http.post(under, content=b"<svg onload=alert(1)>", headers=png), 400)
        await said(await http.post(under, content=PNG, headers={"content-type": "image/svg+xml"}), 400)
        await said(await http.get(f"{under}/{'0' * 64}"), 404)
        assert PNG not in b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_who_looks_is_told(tmp_path: Path) -> None:
    asyncio.run(_here(tmp_path))


async def _here(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        await said(await http.post("api/v1/cases", json={}))
        await said(await http.post("api/v1/cases/1/here", json={"looking": True}))
        assert [w["name"] for w in (await said(await http.get("api/v1/cases")))[0]["here"]] == ["local"]
        await said(await http.post("api/v1/cases/1/here", json={"looking": False}))
        assert (await said(await http.get("api/v1/cases")))[0]["here"] == []


def test_a_sign_that_comes_joins_and_is_told(tmp_path: Path) -> None:
    asyncio.run(_joins(tmp_path))


async def _joins(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        await made.signs([1])
        await said(await http.post("api/v1/cases", json={"sign": f"1-{round(NOW_S * 1000)}"}))
        made.step(sign(2))
        await asyncio.wrap_future(made.console._desk_work.submit(int))
        async with made.live() as socket:
            assert len((await heard_of(socket, "case"))["case"]["signs"]) == 2
