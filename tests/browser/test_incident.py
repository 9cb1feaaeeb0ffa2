"""A whole incident at a real console: two people, a real pipeline, a real camera, and a log that holds."""

import asyncio
import itertools
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import uvicorn
from argon2 import PasswordHasher
from click.testing import CliRunner
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from beffroi import zones
from beffroi.cli import main
from beffroi.console.app import Console
from beffroi.kernels.geodesy import destination
from beffroi.links.clock import WallClock
from beffroi.people import People
from beffroi.people import password as passwords
from beffroi.person import Person, Role
from beffroi.pipeline import Pipeline, Publish
from beffroi.scene import site
from beffroi.site import Camera, Desk, Site, Source, ZoneSource
from beffroi.store import reading
from beffroi.store.vault import MasterKey
from beffroi.watch import Watch
from duty import Duty
from link_ends import free_port
from screen import Screen, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")
GOOD = "correct horse battery"
SHELL = Person(key="shell", name="shell", roles=frozenset({"administrator"}))
RUNWAY = "Runway 06/24"
WORDS = "over the trees <b>now</b>"
SIDE_PX = 120
AWAY_NM, FROM_DEG = 0.5, 45.0
"""Where Bob sees it: north-east of threshold 24."""
REMOTE_ID = {
    "id": "drone-1588E040445AC004418", "id_type": "Serial Number (ANSI/CTA-2063-A)", "track_type": "drone",
    "mac": "60:60:1f:00:00:01", "alt": 200.0, "height": 70.0, "speed": 11.0, "vspeed": 0.1, "rssi": -60.0,
    "freq_mhz": 2437.0, "horizontal_accuracy": "<3 m", "op_status": "Airborne", "seen_by": "kit",
}  # fmt: skip
SAID = r"drone, .+ feet AMSL, .+ miles? (north|north-east) of threshold 24(, moving \w+ \d+ knots)?"
LEG = 150
"""So many reports until it turns."""
LOST_S = 120.0
"""So long the runway is closed."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as it is, but cheap."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


class Tower(NamedTuple):
    """A site at work."""

    address: str
    console: Console
    clock: WallClock

    def person(self, login: str, *roles: Role) -> None:
        """Somebody with an account."""
        people = self.console.seen.people
        assert people is not None
        if people.accounts.empty():
            people.accounts.accept(people.accounts.first_link() or "", "first", "The First", GOOD)
        people.accounts.accept(people.accounts.invite(SHELL, login.title(), roles)[1], login, "", GOOD)


class Drone:
    """A drone that flies to and fro at the spot and says so by Remote ID, heard by a receiver."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def fly(self) -> None:
        """Five times a second."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        lat, lon = spot()
        try:
            for i in itertools.count():
                leg, step = divmod(i, LEG)
                north = LEG - step if leg % 2 == 0 else step
                there = {"lat": lat + 2e-5 * north, "lon": lon, "direction": 180.0 * (1 - leg % 2)}
                writer.write(msgspec.json.encode(REMOTE_ID | there) + b"\n")
                await writer.drain()
                await asyncio.sleep(0.2)
        finally:
            writer.close()

    @asynccontextmanager
    async def about(self) -> AsyncIterator[Callable[[], object]]:
        """It is about until the end of the block, or until it is sent away."""
        flying = asyncio.create_task(self.fly())
        try:
            yield flying.cancel
        finally:
            flying.cancel()
            await asyncio.gather(flying, return_exceptions=True)


def spot() -> tuple[float, float]:
    """Where the drone is."""
    threshold = site().runway[0].ends[1]
    lat, lon = destination(threshold.lat_deg, threshold.lon_deg, FROM_DEG, AWAY_NM * 1852)
    return float(lat), float(lon)


@asynccontextmanager
async def at_work(folder: Path, here: Site) -> AsyncIterator[Tower]:
    """A pipeline that runs, and its console; until the end of the block."""
    clock, publish = WallClock(), list[Publish]()
    found = zones.of_site(here, lambda _: b"")
    watch = Watch(here, found)
    pipeline = Pipeline(here, watch, clock, directory=folder, publish=publish)
    people = People(pipeline.records, MasterKey(folder, make=True), here, clock.now_s)
    console = Console(here, found, watch, pipeline, clock, folder, people=people)
    publish.append(console.take)
    running = asyncio.create_task(pipeline.run())
    try:
        async with console.open("127.0.0.1", 0) as address:
            await pipeline.ticked(clock.now_s())
            yield Tower(address, console, clock)
    finally:
        pipeline.stop()
        await running


@asynccontextmanager
async def camera(jpeg: bytes) -> AsyncIterator[str]:
    """A camera that shows that: the address of its stills."""

    async def still(request: Request) -> Response:
        return Response(jpeg, media_type="image/jpeg")

    app = Starlette(routes=[Route("/still.jpg", still)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/still.jpg"
    finally:
        server.should_exit = True
        await serving


def place(snapshot: str, port: int) -> Site:
    """A site with the form for sightings and a camera that looks along the final."""
    lat, lon = spot()
    form = Source(id="desk", format="sighting", link="form:", silent_after_s=1e9)
    kit = Source(
        id="kit", format="dragonsync", link=f"tcp-listen://127.0.0.1:{port}", silent_after_s=1e9,
        lat_deg=lat, lon_deg=lon, range_m=5000.0,
    )  # fmt: skip
    north = Camera(
        id="north", lat_deg=lat - 0.01, lon_deg=lon, bearing_deg=0.0, field_of_view_deg=40.0, range_m=3000.0,
        snapshot=snapshot,
    )  # fmt: skip
    return site(
        source=(form, kit),
        zone=(ZoneSource(format="aerodrome", aerodrome="LFPX"),),
        camera=(north,),
        desk=Desk(wait_s=0.0, readback_s=600.0),
    )


async def sign_in(screen: Screen, login: str) -> Duty:
    """Somebody comes to work."""
    page = screen.page
    await page.goto(screen.address)
    await page.get_by_label("Login", exact=True).fill(login)
    await page.get_by_label("Password", exact=True).fill(GOOD)
    await page.keyboard.press("Enter")
    await page.locator(".queue [data-sign], .queue .empty").first.wait_for()
    return Duty(screen)


async def painted(page: Page) -> bytes:
    """A JPEG as a camera gives it."""
    clip = {"x": 0, "y": 0, "width": SIDE_PX, "height": SIDE_PX}
    return await page.screenshot(type="jpeg", clip=clip)  # type: ignore[arg-type]


async def test_an_incident_by_two_people_from_the_sighting_to_the_report(
    chromium: Browser, tmp_path: Path
) -> None:
    async with opened(chromium, "about:blank") as blank:
        jpeg = await painted(blank.page)
    port = free_port()
    async with camera(jpeg) as snapshot, at_work(tmp_path, place(snapshot, port)) as tower:
        tower.person("ann", "supervisor")
        tower.person("bob", "operator")
        async with opened(chromium, tower.address) as one, opened(chromium, tower.address) as two:
            ann, bob = await sign_in(one, "ann"), await sign_in(two, "bob")
            await _reported(bob)
            async with Drone(port).about() as sent_away:
                await _joined(bob)
                await _looked_at(bob, jpeg)
                await _closed(ann, bob)
                sent_away()
            await _opened_again(tower, ann)
            await _handed_over(ann, bob)
            await _told(ann)
            assert (one.faults, two.faults) == ([], [])
    _in_the_log(tmp_path)
    _verified(tmp_path)


async def _reported(bob: Duty) -> None:
    """Bob reports what he sees. What he says goes through the log, and opens a case."""
    await bob.report("Drone", WORDS, distance=str(AWAY_NM), direction="NE", threshold="24")
    await bob.go("c")
    await expect(bob.page.locator(".list [data-case]")).to_have_count(1)
    await bob.go("w")


async def _joined(bob: Duty) -> None:
    """The machine finds it there, too: the sign joins the case by itself."""
    await bob.open_case_of(bob.screen.rows.first)
    await bob.screen.query_becomes("case", "^1$")
    await expect(bob.part("Sightings")).to_contain_text(WORDS)
    await expect(bob.part("Timeline").locator("li", has_text="joined").first).to_contain_text("Beffroi")


async def _looked_at(bob: Duty, jpeg: bytes) -> None:
    """Bob takes the case and looks with the camera: the picture is shown, with where it looked."""
    await bob.case.get_by_role("button", name="Take it").click()
    await bob.part("Stills and clips").get_by_role("button", name="Still of north").click()
    shot = bob.part("Stills and clips").locator("img")
    await expect(shot).to_have_count(1)
    await shot.scroll_into_view_if_needed()
    await expect(shot).to_have_js_property("naturalWidth", SIDE_PX)
    await expect(bob.part("Stills and clips").locator("figcaption")).to_contain_text("looking")
    answer = await bob.page.request.get(await shot.evaluate("shot => shot.src"))
    assert await answer.body() == jpeg
    await bob.decide("Call it credible", "Credible", "The camera has it")


async def _closed(ann: Duty, bob: Duty) -> None:
    """Ann confirms and closes the runway; Bob tells the tower, which reads back."""
    await ann.open_case_of(ann.screen.rows.first)
    await expect(ann.case.get_by_role("status").filter(has_text="Also here: Bob")).to_be_visible()
    await ann.decide("Confirm", "Confirmed", "I see it from the desk", seen=True)
    await ann.decide("Suspend operations", "Suspended", "Drone on the final", RUNWAY)
    for duty in (ann, bob):
        await expect(duty.page.locator(".site")).to_contain_text("06/24 suspended")
    text = await bob.tell_tower()
    assert re.fullmatch(SAID, text)
    await bob.read_back()
    await expect(ann.part("Timeline")).to_contain_text("read back")
    await expect(ann.part("Runways and zones")).to_contain_text("a sign is not over")


async def _opened_again(tower: Tower, ann: Duty) -> None:
    """Two minutes go by without it; Ann has it searched for, and opens the runway."""
    tower.clock.not_before(tower.clock.now_s() + LOST_S)
    await expect(ann.part("Runways and zones")).to_contain_text("may resume since")
    await ann.decide("Begin the search", "Search", "The patrol drives the fence")
    await ann.decide("Resume operations", "Resumed", "Nothing was found")
    await expect(ann.page.locator(".site")).not_to_contain_text("suspended")


async def _handed_over(ann: Duty, bob: Duty) -> None:
    """Ann hands the shift over; Bob reads each line and accepts."""
    await ann.begin_handover()
    page = bob.page
    await bob.go("h")
    await expect(page.get_by_role("main")).to_contain_text("Ann hands over since")
    await bob.tick_all()
    await page.get_by_role("button", name="Accept the shift").click()
    for duty in (ann, bob):
        await expect(duty.page.get_by_role("main")).to_contain_text("Bob took over on")


async def _told(ann: Duty) -> None:
    """Ann closes the case and opens its report: it tells the story."""
    await ann.go("w")
    await ann.close("confirmed")
    await expect(ann.case).to_contain_text("closed: confirmed")
    async with ann.page.context.expect_page() as coming:
        await ann.case.get_by_role("link", name="Report of the case").click()
    report = await coming.value
    for said in ("Ann", "Bob", WORDS, "suspended", "Drone on the final", "feet AMSL", "Nothing was found"):
        await expect(report.locator("body")).to_contain_text(said)
    lost = report.locator("h2", has_text="Minutes lost").locator("+ table td").nth(1)
    assert LOST_S / 60 <= float(await lost.inner_text()) < LOST_S / 60 + 2.0
    await expect(report.locator("figure img")).to_have_js_property("naturalWidth", SIDE_PX)
    await expect(report.locator("figcaption")).to_contain_text("north")


def _in_the_log(folder: Path) -> None:
    """The sighting is in the log as any other observation is."""
    seen = [o for batch in reading.read(folder / "log") for o in batch.observations if o.kind == "sighting"]
    assert [o.source for o in seen] == ["desk"]
    assert seen[0].report is not None
    assert seen[0].report.text == WORDS
    assert (seen[0].lat_deg, seen[0].lon_deg) == pytest.approx(spot(), abs=1e-4)


def _verified(folder: Path) -> None:
    """The log of what people did is whole; a changed row is found, and a tail that is cut."""
    given = folder / "checkpoint"
    given.write_text(_audit(0, "checkpoint", folder))
    assert _audit(0, "verify", folder, "--checkpoint", str(given)).startswith("ok")
    with sqlite3.connect(folder / "records.sqlite") as db:
        changed = db.execute("UPDATE entry SET at_s = at_s - 60 WHERE code = 'suspended'")
        assert changed.rowcount == 1
    assert "entry aerodrome: it is not what was decided" in _audit(1, "verify", folder)
    with sqlite3.connect(folder / "records.sqlite") as db:
        db.execute("DELETE FROM audit_entry WHERE number = (SELECT max(number) FROM audit_entry)")
    assert "the tail is cut" in _audit(1, "verify", folder, "--checkpoint", str(given))


def _audit(status: int, command: str, folder: Path, *more: str) -> str:
    """What `beffroi audit` says of a store."""
    answer = CliRunner().invoke(main, ["audit", command, "--store", str(folder), *more])
    assert answer.exit_code == status, answer.output
    return answer.output


async def test_signs_are_split_off_and_cases_merged(chromium: Browser, tmp_path: Path) -> None:
    """The case on the screen stays; the other one ends in it."""
    lat, lon = spot()
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        duty = Duty(screen)
        watch.open(rung(1, lat_deg=lat, lon_deg=lon, priority="high"))
        await screen.go()
        await duty.open_case_of(screen.rows.first)
        await screen.query_becomes("case", "^1$")
        watch.open(rung(2, "zone_intrusion", track=8, lat_deg=lat, lon_deg=lon))
        signs = duty.part("Signs").locator("li")
        await expect(signs).to_have_count(2)
        await duty.case.get_by_role("button", name="Split off signs").click()
        await signs.nth(1).get_by_role("checkbox").check()
        await duty.case.get_by_role("button", name="Split these off").click()
        await expect(signs).to_have_count(1)
        await expect(duty.part("Timeline")).to_contain_text("split off into case 2")
        related = duty.part("Related cases")
        await related.get_by_label("Another case").select_option("2")
        await related.get_by_role("button", name="Merge it into this case").click()
        await related.get_by_role("button", name="Merge case 2 into this one: press again").click()
        await expect(signs).to_have_count(2)
        await expect(duty.part("Timeline")).to_contain_text("Case 2 merged into this one")
        await screen.query_becomes("case", "^1$")
        ended = watch.served.console.seen.casework.case("2")
        assert (ended.state, ended.merged_into) == ("closed", "1")
        assert screen.faults == []
