"""The API of exercises, over a real socket: start, current, stop; nothing but what is offered."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from beffroi.scene import NOW_S
from served import heard_of, served, sign


async def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_exercise_over_the_api(tmp_path: Path) -> None:
    asyncio.run(_exercise(tmp_path))


async def _exercise(folder: Path) -> None:
    async with served(folder) as made, made.http as http, made.live() as socket:
        assert (await heard_of(socket, "hello"))["exercise"] is None
        assert await said(await http.get("api/v1/exercises/current")) is None
        offers = await said(await http.get("api/v1/exercises"))
        assert [o["scenario"] for o in offers] == ["drone"]
        await said(await http.post("api/v1/exercises", json={"scenario": "../drone"}), 404)
        begun = await said(await http.post("api/v1/exercises", json={"scenario": "drone"}))
        assert (begun["state"], begun["by"], begun["began_s"]) == ("running", "local", NOW_S)
        assert (await heard_of(socket, "hello"))["exercise"] == {
            "name": begun["name"], "state": "running", "why": None, "since_s": NOW_S,
        }  # fmt: skip
        await said(await http.post("api/v1/exercises", json={"scenario": "drone"}), 409)

        urgent = sign(1, priority="urgent")
        made.step(urgent)
        told = (await heard_of(socket, "hello"))["exercise"]
        assert (told["state"], told["why"]) == ("paused", "urgent")
        await made.signs([])
        await said(await http.post("api/v1/exercises/resume", json={}), 409)
        ended = await said(await http.post("api/v1/exercises/stop", json={}))
        assert (ended["exercise"]["state"], ended["exercise"]["why"]) == ("ended", "person")
        assert [m["noticed_s"] for m in ended["score"]] == [None, None]
        await said(await http.post("api/v1/exercises/stop", json={}))
        assert await said(await http.get("api/v1/exercises/current")) is None
        await said(await http.post("api/v1/exercises/stop", json={}), 409)
