"""A sighting that a person writes down at the console comes into the log, and opens a case."""

import asyncio
from pathlib import Path

import httpx

from beffroi.feeds import sighting
from beffroi.intake import Intake
from beffroi.links.clock import StepClock
from beffroi.observation import Observation
from beffroi.scene import NOW_S
from beffroi.site import Source
from served import served

FORM = Source(id="desk", format="sighting", link="form:", silent_after_s=1e9)
JSON = {"content-type": "application/json"}


def test_a_report_is_taken(tmp_path: Path) -> None:
    asyncio.run(_taken(tmp_path))


async def _taken(folder: Path) -> None:
    intake = Intake(FORM, StepClock(NOW_S))
    async with served(folder, intakes=(intake,)) as made, made.http as http:
        answer = await http.post("api/v1/sightings", content=sighting.SAMPLE, headers=JSON)
        assert answer.status_code == 200, answer.text
        ((frame, at_s),) = intake.link.inbox.take()
        assert (frame, at_s) == (sighting.SAMPLE, NOW_S)
        (seen,) = sighting.decode(frame, at_s, "desk")
        assert isinstance(seen, Observation)
        assert answer.json() == {"subject": seen.subject}
        for body in (b"{}", b"", b'{"reporter":"pilot","lat_deg":91,"lon_deg":2}', b"\xff" * 100):
            refused = await http.post("api/v1/sightings", content=body, headers=JSON)
            assert refused.status_code == 400
        assert (await http.post("api/v1/sightings", content=b" " * 20_000)).status_code == 413
        assert intake.link.inbox.take() == []


def test_where_no_form_is_nothing_is_taken(tmp_path: Path) -> None:
    asyncio.run(_none(tmp_path))


async def _none(folder: Path) -> None:
    async with served(folder) as made, made.http as http:
        answer: httpx.Response = await http.post("api/v1/sightings", content=sighting.SAMPLE, headers=JSON)
        assert (answer.status_code, answer.json()["title"]) == (409, "No reports here")
