"""The API at a real server: answers, refusals as problem documents, headers, and who may not talk to it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets

from beffroi import sentence, signs
from beffroi.console import catalogue, ground, pages, security
from beffroi.errors import LinkError, UseError
from beffroi.feeds import feed
from beffroi.intake import Intake
from beffroi.links.clock import StepClock
from beffroi.observation import Observation, Operator
from beffroi.scene import NOW_S, claim, scene
from beffroi.scene import site as made_site
from beffroi.sign import Reason, Sign
from beffroi.site import Source
from beffroi.store.log import Log
from beffroi.watch import Step
from beffroi.zone import Circle, Text, Volume, Zone
from beffroi.zones import aerodrome
from served import DRONE, SECRET_LAT, SECRET_LON, Served, heard_of, served, sign


def play(folder: Path, what: Any, **more: Any) -> None:
    """Run `what(console, http)` against a served console."""

    async def run() -> None:
        async with served(folder, **more) as console, console.http as http:
            await what(console, http)

    asyncio.run(asyncio.wait_for(run(), 150.0))


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    return said


def test_a_sign_is_found_read_and_acknowledged(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1, 2])
        (new, old) = (await http.get("/api/v1/signs")).json()
        assert [s["number"] for s in (new, old)] == [2, 1]
        done = await http.post(f"/api/v1/signs/{old['key']}/acts", json={"code": "acknowledge"})
        assert (done.json()["state"], done.json()["life"]["by"]) == ("acknowledged", "local")
        until = {"code": "shelve", "until_s": NOW_S + 600, "reason": "a kite"}
        assert (await http.post(f"/api/v1/signs/{new['key']}/acts", json=until)).json()["state"] == "shelved"
        assert [s["key"] for s in (await http.get("/api/v1/signs?state=shelved")).json()] == [new["key"]]
        told = (await http.get(f"/api/v1/signs/{old['key']}")).json()
        assert [e["sign"]["state"] for e in told["events"]] == ["new", "acknowledged"]
        assert (await http.get("/api/v1/alarms")).json()["shelved"] == 1

    play(tmp_path, act)


def test_what_an_act_lacks_is_said(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1])
        key = (await http.get("/api/v1/signs")).json()[0]["key"]
        path = f"/api/v1/signs/{key}/acts"
        assert refused(await http.post(path, json={"code": "shelve"}), 400)["at"] == "until_s"
        assert refused(await http.post(path, json={"code": "explode"}), 400)["at"] == "code"
        assert refused(await http.post(path, json={"code": "return"}), 409)["at"] == "code"
        refused(await http.post("/api/v1/signs/1-1/acts", json={"code": "acknowledge"}), 404)
        refused(await http.post(path, json={"code": "acknowledge", "as": "root"}), 400)
        refused(await http.post(path, json=["acknowledge"]), 400)
        assert (await http.get("/api/v1/signs")).json()[0]["state"] == "new"

    play(tmp_path, act)


HOSTILE: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/api/v1/signs?state=all", {}, 400),
    ("GET", "/api/v1/signs?state=open&state=ended", {}, 400),
    ("GET", "/api/v1/signs?colour=red", {}, 400),
    ("GET", "/api/v1/tracks/abc", {}, 400),
    ("GET", "/api/v1/tracks/-1", {}, 400),
    ("GET", "/api/v1/tracks/99999999999999999999999", {}, 400),
    ("GET", "/api/v1/tracks/123", {}, 404),
    ("GET", "/api/v1/signs/%00", {}, 404),
    ("GET", "/api/v1/signs/" + "x" * 200, {}, 400),
    ("GET", "/api/v1/timeline?from_s=nan&to_s=1", {}, 400),
    ("GET", "/api/v1/timeline?from_s=5&to_s=1", {}, 400),
    ("GET", "/api/v1/nothing", {}, 404),
    ("DELETE", "/api/v1/site", {}, 405),
    ("POST", "/api/v1/signs/1-1/acts", {"content": b"{"}, 415),
    (
        "POST",
        "/api/v1/signs/1-1/acts",
        {"content": b"{", "headers": {"content-type": "application/json"}},
        400,
    ),
    (
        "POST",
        "/api/v1/signs/1-1/acts",
        {"content": b"[" * 60_000, "headers": {"content-type": "application/json"}},
        400,
    ),
    (
        "POST",
        "/api/v1/signs/1-1/acts",
        {"content": b"\xff\xfe", "headers": {"content-type": "application/json"}},
        400,
    ),
    (
        "POST",
        "/api/v1/signs/1-1/acts",
        {"content": b" " * 70_000, "headers": {"content-type": "application/json"}},
        413,
    ),
]


def test_hostile_requests_get_problem_documents(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        for method, path, more, status in HOSTILE:
            said = refused(await http.request(method, path, **more), status)
            assert "Traceback" not in said["detail"], path

    play(tmp_path, act)


def test_a_huge_body_without_a_length_is_cut(tmp_path: Path) -> None:
    async def pieces() -> Any:
        for _ in range(200):
            yield b" " * 1000

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        headers = {"content-type": "application/json"}
        answer = await http.post("/api/v1/signs/1-1/acts", content=pieces(), headers=headers)
        refused(answer, 413)

    play(tmp_path, act)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8470", "192.168.0.7:8470", "127.0.0.1.evil.example", "", "[::2]"]
)
def test_a_foreign_host_is_refused(tmp_path: Path, host: str) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        for path in ("/", "/api/v1/site", "/metrics", "/data/aircraft.json"):
            refused(await http.get(path, headers={"host": host}), 403)

    play(tmp_path, act)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_foreign_page_is_refused(tmp_path: Path, origin: str) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1])
        key = (await http.get("/api/v1/signs")).json()[0]["key"]
        body = {"code": "acknowledge"}
        refused(await http.post(f"/api/v1/signs/{key}/acts", json=body, headers={"origin": origin}), 403)
        assert (await http.get("/api/v1/signs")).json()[0]["state"] == "new"
        with pytest.raises(websockets.InvalidStatus):
            async with console.live(origin=origin):
                pass
        async with console.live(origin=console.address.rstrip("/")):
            pass

    play(tmp_path, act)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", "::ffff:10.0.0.1"])
def test_beyond_loopback_it_does_not_listen(host: str) -> None:
    with pytest.raises(UseError, match="no accounts"):
        security.check_address(host)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        with pytest.raises(LinkError, match="cannot listen"):
            async with console.console.open("127.0.0.1", httpx.URL(console.address).port or 0):
                pass

    play(tmp_path, act)


def test_every_answer_has_the_headers(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        for path in (
            "/",
            "/api/v1/site",
            "/api/v1/nothing",
            "/metrics",
            "/data/aircraft.json",
            "/healthz",
            "/x.js",
        ):
            headers = (await http.get(path)).headers
            assert {n: headers.get(n) for n in security.HEADERS} == security.HEADERS, path
            assert "server" not in headers

    play(tmp_path, act)


def test_the_policy_allows_nothing_foreign() -> None:
    policy = dict(part.strip().split(" ", 1) for part in security.POLICY.split(";"))
    assert policy["default-src"] == "'none'"
    assert {word for words in policy.values() for word in words.split()} <= {
        "'none'",
        "'self'",
        "data:",
        "blob:",
    }
    assert policy["script-src"] == policy["connect-src"] == "'self'"


def test_an_operators_place_is_shown_for_a_purpose_and_written_down(tmp_path: Path) -> None:
    where = Operator(lat_deg=SECRET_LAT, lon_deg=SECRET_LON)
    told = claim("uas:1588E0123", 7, operator=where, lat_deg=48.72, lon_deg=2.38)
    picture = scene([DRONE], claims=[told]).now

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1])
        track = await http.get("/api/v1/tracks/7")
        assert track.json()["operator"] is True
        for path in ("/api/v1/tracks/7", "/api/v1/signs", "/data/aircraft.json", "/metrics", "/api/v1/site"):
            text = (await http.get(path)).text
            assert "48.70123" not in text, path
            assert "2.40543" not in text, path
        refused(await http.post("/api/v1/tracks/7/operator", json={}), 400)
        refused(await http.post("/api/v1/tracks/7/operator", json={"purpose": ""}), 400)
        assert console.notes == []
        shown = (await http.post("/api/v1/tracks/7/operator", json={"purpose": "patrol goes there"})).json()
        assert (shown["lat_deg"], shown["lon_deg"]) == (SECRET_LAT, SECRET_LON)
        ((code, text),) = console.notes
        assert code == "operator-shown"
        said = json.loads(text)
        assert said == {"track": 7, "subject": "uas:1588E0123", "purpose": "patrol goes there", "by": "local"}

    play(tmp_path, act, picture=picture)


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        answer = (await http.get("/api/v1/tracks/7")).json()
        assert (answer["climb_mps"], answer["alt_msl_m"], answer["kind"]) == (None, 150.0, "drone")
        assert answer["path"] == {"time_s": [], "lat_deg": [], "lon_deg": [], "alt_m": [], "speed_mps": []}

    play(tmp_path, act)


def test_outside_text_is_shown_harmless(tmp_path: Path) -> None:
    evil = "<script>\n\x00\u202eevil"
    picture = scene([DRONE | {"callsign": evil}], claims=[claim(f"uas:{evil}", 7)]).now

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        answer = await http.get("/api/v1/tracks/7")
        assert answer.headers["content-type"] == "application/json"
        said = answer.json()
        assert said["callsign"].isprintable()
        assert said["identities"][0]["subject"].isprintable()

    play(tmp_path, act, picture=picture)


# --- for machines -----------------------------------------------------------------------------------------


def test_aircraft_json_is_read_by_our_own_reader_of_readsb(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "x_m": 1000.0, "y_m": 2000.0, "vx_mps": 60.0, "vy_mps": 60.0, "alt_m": 500.0,
         "climb_mps": -3.0, "kind": "aircraft", "identity": "icao24:39abcd", "callsign": "AFR12",
         "claimed_s": NOW_S - 0.5},
        DRONE,
    ]  # fmt: skip
    picture = scene(rows).now

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        told = (await http.get("/data/aircraft.json")).content
        found = [o for o in feed("readsb").Decoder().decode(told, NOW_S) if isinstance(o, Observation)]
        by_name = {o.subject: o for o in found}
        plane = by_name["icao24:39abcd"]
        x, y = picture.plane.forward(plane.lat_deg or 0, plane.lon_deg or 0)
        assert (round(float(x)), round(float(y)), plane.callsign) == (1000, 2000, "AFR12")
        assert plane.alt_wgs84_m == pytest.approx(500.0 + 44.0, abs=0.2)
        assert plane.ground_speed_mps == pytest.approx(84.85, abs=0.1)
        assert len(found) == 2
        receiver = (await http.get("/data/receiver.json")).json()
        assert (receiver["lat"], receiver["lon"]) == (48.7233, 2.3794)

    play(tmp_path, act, picture=picture)


def test_metrics_are_what_the_watch_counts(tmp_path: Path) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        await console.signs([1, 2])
        async with console.live() as socket:
            await socket.recv()
            await socket.recv()
            text = (await http.get("/metrics")).text
        found = {
            s.name: s.value
            for f in text_string_to_metric_families(text)
            for s in f.samples
            if len(s.labels) < 1
        }
        assert (found["beffroi_tracks"], found["beffroi_clients"], found["beffroi_sign_events_total"]) == (
            1,
            1,
            2,
        )
        assert 'beffroi_alarms{priority="high"} 2.0' in text
        assert 'beffroi_source_observations_total{source="radar"} 1000.0' in text

    play(tmp_path, act)


def test_a_feed_whose_every_frame_is_refused_is_seen(tmp_path: Path) -> None:
    """In the metrics, the sources and the frames."""
    intakes = [Intake(Source(id="radar", format="sbs", link="udp://127.0.0.1:0"), StepClock(NOW_S))]
    intakes[0].link.inbox.put([b"nonsense"] * 3)
    intakes[0].link.inbox.dropped = 5
    intakes[0].link.inbox.faults["cut"] = 2
    with Log(tmp_path / "log") as log:
        intakes[0].drain(log)

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        text = (await http.get("/metrics")).text
        for name, value in (("refused", 3), ("dropped", 5), ("link_faults", 2), ("unplaced", 0)):
            assert f'beffroi_source_{name}_total{{source="radar"}} {value}.0' in text
        (radar,) = (await http.get("/api/v1/sources")).json()
        assert (radar["refused"], radar["dropped"], radar["unplaced"]) == (3, 5, 0)
        async with console.live() as socket:
            (radar,) = (await heard_of(socket, "frame"))["sources"]
        assert (radar["refused"], radar["dropped"]) == (3, 5)

    play(tmp_path, act, intakes=intakes)


def test_health_says_whether_the_picture_is_live(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        assert (await http.get("/healthz")).status_code == 200
        console.console.seen.taken -= 11.0
        late = await http.get("/healthz")
        assert (late.status_code, late.json()["status"]) == (503, "old")

    play(tmp_path, act)


def test_the_description_names_every_route(tmp_path: Path) -> None:
    async def act(console: Served, http: httpx.AsyncClient) -> None:
        said = (await http.get("/api/v1/openapi.json")).json()
        assert said["openapi"] == "3.1.0"
        assert {"/api/v1/site", "/api/v1/signs/{key}/acts", "/api/v1/tracks/{id}/operator"} <= set(
            said["paths"]
        )
        named = set(_references(said))
        assert named <= {f"#/components/schemas/{n}" for n in said["components"]["schemas"]}

    play(tmp_path, act)


def _references(said: Any) -> Any:
    if isinstance(said, dict):
        yield from [said["$ref"]] if "$ref" in said else ()
    for inner in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from _references(inner)


# --- the history of a sign


def test_the_evidence_of_a_sign_is_counted_by_source(tmp_path: Path) -> None:
    digests = [bytes([k]) * 16 for k in range(5)]
    said = {
        d: Observation(kind="plot", time_s=NOW_S, received_at_s=NOW_S, frame=d, source=source)
        for d, source in zip(digests, ["radar", "radar", "radar", "rid", "rid"], strict=True)
    }

    def change(updates: int, *cited: bytes) -> Sign:
        frames = tuple(f"frame:{d.hex()}" for d in cited)
        reason = Reason(code="stays", evidence=("track:7", *frames))
        return sign(1, "updated" if updates else "opened", updates, reasons=(reason,))

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        seen = console.console.seen
        changes = [change(0, *digests[:2]), change(1, *digests[1:4]), change(2, digests[4])]
        new = seen.records.add(changes, lambda wanted: {d: said[d] for d in wanted})
        console.console.take(Step(picture=scene([DRONE]).now, signs=tuple(new)))
        await asyncio.wrap_future(console.console._desk_work.submit(int))
        (stood,) = (await http.get("/api/v1/signs")).json()
        whole = (await http.get(f"/api/v1/signs/{stood['key']}")).json()
        assert whole["evidence"] == [
            {"code": "stays", "source": "radar", "count": 3},
            {"code": "stays", "source": "rid", "count": 2},
        ]
        then = (await http.get(f"/api/v1/signs/{stood['key']}?until_s={NOW_S}")).json()
        assert then["evidence"] == [{"code": "stays", "source": "radar", "count": 2}]
        assert len(then["events"]) == 1
        assert len(whole["events"]) == 3
        refused(await http.get(f"/api/v1/signs/{stood['key']}?until_s={NOW_S - 1.0}"), 404)

    play(tmp_path, act)


# --- the ground and the words -----------------------------------------------------------------------------


def test_every_rule_and_word_is_in_every_catalogue() -> None:
    for language in sentence.LANGUAGES:
        said = catalogue.catalogue(made_site(), language)
        assert set(said.rules) == set(signs.names())
        for name, texts in said.rules.items():
            assert set(texts.reasons) == set(signs.module(name).REASONS)
            assert set(texts.measures) <= set(texts.reasons)
            assert all((texts.name, texts.headline, texts.sentence, texts.look))
            assert all((texts.false_alarms, texts.basis))
        tables = {n.lstrip("_") for n, v in vars(sentence).items() if n.isupper() and isinstance(v, dict)}
        assert set(said.words) == tables - {"QUANTITIES"}
        assert len(said.words["COMPASS"]) == len(said.words["TOWARDS"]) == 8
        msgspec.json.encode(said)


def test_the_slices_of_an_approach_are_drawn_as_one() -> None:
    here = made_site()
    approach = next(z for z in aerodrome.protect(here.runway) if z.identifier.endswith("24A"))
    assert len(approach.volumes) > 5
    (area,) = ground.areas(approach, here)
    (ring,) = area.rings
    assert ring[0] == ring[-1]
    corners = {(round(o, 7), round(a, 7)) for v in approach.volumes for o, a in _corners(v)}
    assert set(ring) <= corners
    assert len(ring) == 2 * (len(approach.volumes) + 1) + 1
    limits = [v.upper_m for v in approach.volumes if v.upper_m is not None]
    assert (area.upper_m, area.datum) == (max(limits), "msl")


def _corners(volume: Volume) -> Any:
    assert not isinstance(volume.shape, Circle)
    return [p[:2] for p in volume.shape.rings[0]]


def test_a_circle_is_a_ring_and_volumes_apart_stay_apart() -> None:
    shapes = [Circle(lat_deg=48.7 + d, lon_deg=2.4, radius_m=1000.0) for d in (0.0, 0.5)]
    zone = Zone(identifier="A", country="FRA", restriction="CONDITIONAL", name=(Text(text="two"),),
                volumes=tuple(Volume(shape=s, upper_m=100.0, upper_datum="AGL") for s in shapes))  # fmt: skip
    areas = list(ground.areas(zone, made_site()))
    assert [(a.id, a.restriction, a.datum, a.lower_m) for a in areas] == [
        ("FRA:A", "conditional", "ground", None)
    ] * 2
    assert all(len(a.rings[0]) == ground.CORNERS + 1 for a in areas)


def test_the_site_names_its_neighbours() -> None:
    said = ground.info(made_site(), ())
    codes = {a.code for a in said.aerodromes}
    assert {"LFPG", "LFPB", "LFPO"} <= codes
    assert "EGLL" not in codes
    assert [e.designator for e in said.runways[0].ends] == ["06", "24"]


# --- the page ---------------------------------------------------------------------------------------------


def test_pages_are_cached_by_their_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>x</title>")
    (web / "assets/app-1a2b.js").write_text("let a = 1\n" * 500)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "installed").symlink_to(web)
    monkeypatch.setattr(pages, "WEB", tmp_path / "installed")

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        for path in ("/", "/sign/12", "/index.html", "/%00", "/" + "x" * 300, "/x" * 3000):
            page = await http.get(path)
            assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
            assert page.headers["content-type"].startswith("text/html")
        script = await http.get("/assets/app-1a2b.js")
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert script.headers["content-encoding"] == "gzip"
        assert len(script.text) == 5000
        for path in (
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/assets/%2e%2e/%2e%2e/secret.txt",
            "/assets/none.js",
        ):
            assert (await http.get(path)).status_code == 404

    play(tmp_path / "store", act)


def test_without_web_files_it_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WEB", tmp_path / "none")

    async def act(console: Served, http: httpx.AsyncClient) -> None:
        answer = await http.get("/")
        assert (answer.status_code, answer.text) == (503, pages.MISSING)
        assert (await http.get("/api/v1/site")).status_code == 200

    play(tmp_path / "store", act)
