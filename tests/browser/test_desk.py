"""The desk in a browser: an incident from the first sign to the reopened runway; two people at one case."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from beffroi.feeds.sighting import decode
from beffroi.kernels.geodesy import destination
from beffroi.observation import Observation
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, site
from duty import Duty
from screen import Screen, axe, opened
from watched import rung, watched

pytestmark = pytest.mark.xdist_group("browser")
RUNWAY = "Runway 06/24"


async def violations(screen: Screen) -> list[str]:
    """What axe-core finds."""
    await screen.page.evaluate(axe())
    await screen.rest()
    found = await screen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


async def test_an_incident_from_the_sign_to_the_reopened_runway(chromium: Browser, tmp_path: Path) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        duty, page = Duty(screen), screen.page
        watch.open(rung(1, track=7, priority="high"))
        await screen.go()
        await duty.open_case_of(screen.rows.first)
        await screen.query_becomes("case", "^.+$")
        await duty.decide("Call it credible", "Credible", "Radar holds it")
        await duty.decide("Confirm", "Confirmed", "The patrol saw it", seen=True)
        await duty.decide("Suspend operations", "Suspended", "Drone on final", RUNWAY)
        site = page.locator(".site")
        await expect(site).to_contain_text("06/24 suspended")
        assert await violations(screen) == []

        text = await duty.tell_tower()
        assert "knots" in text or "feet" in text
        watch.picture.now_s += 31.0
        await expect(duty.part("Tower")).to_contain_text("No read-back")
        await expect(page.locator(".overdue")).to_contain_text("Tower: no read-back")
        assert await violations(screen) == []
        await duty.read_back()
        await expect(page.locator(".overdue")).to_have_count(0)
        await duty.note("It left to the south <img src=x>")
        await page.keyboard.press("g")
        await page.keyboard.press("s")
        await expect(site).to_contain_text("06/24 suspended")
        await page.go_back()
        await duty.decide("Begin the search", "Search", "")
        await duty.decide("Resume operations", "Resumed", "Nothing was found")
        await expect(site).not_to_contain_text("suspended")
        await expect(duty.part("Timeline")).to_contain_text("Phase: Resumed")
        await expect(duty.part("Runways and zones")).to_contain_text("lost today")
        await duty.close("confirmed")
        await expect(duty.case).to_contain_text("closed: confirmed")
        assert await violations(screen) == []
        assert screen.faults == []


async def test_a_conflict_shows_both_and_the_person_chooses_again(chromium: Browser, tmp_path: Path) -> None:
    async with (
        watched(tmp_path) as watch,
        opened(chromium, watch.address) as one,
        opened(chromium, watch.address) as two,
    ):
        watch.open(rung(1, track=7, priority="high"))
        await one.go()
        await two.go()
        await Duty(one).open_case_of(one.rows.first)
        await Duty(two).open_case_of(two.rows.first)
        for screen, title in ((one, "Drone on final"), (two, "Two drones")):
            await screen.card.get_by_role("button", name="Title, priority").click()
            await screen.card.get_by_label("Title").fill(title)
        await one.card.get_by_role("button", name="Save").click()
        await expect(one.card.get_by_role("heading", level=2)).to_have_text("Drone on final")
        await expect(two.card.get_by_role("heading", level=2)).to_have_text("Drone on final")
        await two.card.get_by_role("button", name="Save").click()
        clash = two.card.get_by_role("alert")
        await expect(clash).to_contain_text("Drone on final")
        await expect(clash).to_contain_text("Two drones")
        assert await violations(two) == []
        await clash.get_by_role("button", name="Use yours").click()
        await expect(one.card.get_by_role("heading", level=2)).to_have_text("Two drones")
        await expect(clash).to_have_count(0)


async def test_my_cases_the_list_and_the_aerodrome_by_keyboard_alone(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address, 1280, 800) as screen:
        page = screen.page
        watch.open(rung(1, track=7, priority="high"), rung(2, track=8, priority="notice"))
        await screen.go()
        await page.keyboard.press("j")
        await page.keyboard.press("c")
        await screen.query_becomes("case", "^.+$")
        await page.keyboard.press("Escape")
        await screen.query_becomes("case", None)
        await page.keyboard.press("o")
        mine = page.get_by_role("dialog", name="My open cases")
        await expect(mine.locator("[data-case]")).to_have_count(1)
        assert await violations(screen) == []
        await mine.locator("[data-case]").first.focus()
        await page.keyboard.press("Enter")
        await screen.query_becomes("case", "^.+$")
        await page.keyboard.press("g")
        await page.keyboard.press("c")
        await expect(page.locator(".list [data-case]")).to_have_count(1)
        await expect(page.locator(".picture canvas").first).to_be_visible()
        assert await violations(screen) == []
        await page.locator(".site").focus()
        await page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog", name="State of the aerodrome")
        await expect(sheet).to_contain_text(RUNWAY)
        assert await violations(screen) == []


async def test_a_handover_is_ticked_line_by_line_and_not_accepted_by_who_gives(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        duty, page = Duty(screen), screen.page
        watch.open(rung(1, track=7, priority="high"))
        await screen.go()
        await duty.open_case_of(screen.rows.first)
        await duty.begin_handover()
        accept = page.get_by_role("button", name="Accept the shift")
        await expect(accept).to_be_disabled()
        await duty.tick_all()
        await expect(accept).to_be_disabled()
        await expect(page.get_by_role("main")).to_contain_text("Somebody else accepts it.")
        assert await violations(screen) == []


async def test_what_the_form_sends_is_a_sighting_as_the_feed_reads_it(
    chromium: Browser, tmp_path: Path
) -> None:
    async with watched(tmp_path) as watch, opened(chromium, watch.address) as screen:
        sent: list[bytes] = []

        async def take(route: Route) -> None:
            sent.append(route.request.post_data_buffer or b"")
            await route.fulfill(status=200, content_type="application/json", body="{}")

        await screen.page.route("**/api/v1/sightings", take)
        await screen.go()
        await screen.page.keyboard.press("r")
        form = screen.page.get_by_role("dialog", name="Report a sighting")
        await form.get_by_role("button", name="Report", exact=True).click()
        await expect(form.get_by_role("alert")).to_have_text("Choose what was seen.")
        assert await violations(screen) == []
        await form.get_by_label("What was seen").select_option(label="Drone")
        await form.get_by_role("button", name="Report", exact=True).click()
        await expect(form).to_have_count(0)
        await Duty(screen).report("Drone", "left of final", distance="0.7", direction="NE", threshold="24")
        about, near = [next(iter(decode(frame, NOW_S))) for frame in sent]
        assert isinstance(about, Observation)
        assert isinstance(near, Observation)
        assert (about.lat_deg, about.lon_deg) == pytest.approx((LAT_DEG, LON_DEG))
        assert about.horizontal_sigma_m == 10_000
        threshold = site().runway[0].ends[1]
        lat, lon = destination(threshold.lat_deg, threshold.lon_deg, 45.0, 0.7 * 1852)
        assert (near.lat_deg, near.lon_deg) == pytest.approx((float(lat), float(lon)))
        assert near.report is not None
        assert near.report.text == "left of final"
