"""Responders: a real TAK library at the other end, that calls us and that we call."""

import asyncio
import ssl
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from beffroi import links
from beffroi.errors import LinkError, SiteError, StoreError
from beffroi.links.cot import Responders, line
from beffroi.links.cot.line import MAX_PEERS, Outbox
from beffroi.observation import Operator
from beffroi.scene import NOW_S, claim, site
from beffroi.site import Responder
from beffroi.wire.cot import PING, Event, decode, encode
from link_ends import free_port, now_s, until
from tak_ends import (
    AIRLINER,
    DRONE,
    Papers,
    Received,
    alarm,
    calling,
    listening,
    nobody,
    responding,
    shown_until,
    sky,
    tak_client,
    tak_server,
)

FAST = {"max_rate_hz": 10.0}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BACKOFF_S", (0.01,))


async def called(responders: Responders) -> int:
    await until(lambda: responders.port("police"))
    port = responders.port("police")
    assert port is not None
    return port


def sees_drone(received: Received) -> None:
    """What a responder must know of the drone."""
    drone = received.of("a-u-A-M-H-Q")[0]
    point = drone.find("point")
    assert point is not None
    assert float(point.get("lat", "")) == pytest.approx(48.7242, abs=1e-3)
    assert float(point.get("hae", "")) == 194.0
    assert (drone.findtext("detail/remarks") or "").startswith("URGENT: ")


def test_a_tak_client_calls_us() -> None:
    async def play() -> None:
        async with responding(listening(**FAST, sends="all")) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                await shown_until(responders, lambda: len(received.all()) >= 4, sky(), [alarm()])
                sees_drone(received)
                declared = received.of("a-n-A-C-F")[0]
                assert declared.get("how") == "m-r"
                assert declared.findtext("detail/remarks") == "Declared, not measured."
                uids = {event.get("uid") for event in received.all()}
                assert len(uids) == 2, "each track keeps its uid"
                assert not any(uid == "7" or uid == "31" for uid in uids)
                (state,) = responders.states()
                assert (state.state, state.peers) == ("connected", 1)
                assert state.sent >= 4
            await until(lambda: responders.states()[0].state == "lost")
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                await shown_until(responders, received.all, sky(), [alarm()])

    asyncio.run(play())


def test_we_call_a_tak_server_and_call_again_when_it_comes_back() -> None:
    async def play() -> None:
        port = free_port()
        async with responding(calling(port, **FAST)) as responders:
            await until(lambda: responders.states()[0].state == "lost")
            assert responders.states()[0].trouble
            for _ in range(2):
                async with tak_server(port=port) as (received, _):
                    await shown_until(responders, received.all, sky(), [alarm()])
                    sees_drone(received)
                    assert not received.of("a-n"), "only what is alarmed"
                await until(lambda: responders.states()[0].state == "lost")

    asyncio.run(play())


def test_mutual_tls_with_a_client_that_calls_us(tmp_path: Path) -> None:
    papers = Papers(tmp_path)

    async def play() -> None:
        async with responding(listening(**FAST, **papers.fields())) as responders:
            port = await called(responders)
            async with tak_client(f"tls://127.0.0.1:{port}", **papers.client()) as (received, _):
                await shown_until(responders, received.all, sky(), [alarm()])
                sees_drone(received)
            for url, config in ((f"tls://127.0.0.1:{port}", papers.client("stranger")),
                                (f"tcp://127.0.0.1:{port}", {})):  # fmt: skip
                try:
                    async with tak_client(url, **config) as (received, _):
                        for _ in range(20):
                            responders.take(sky(), [alarm()])
                            await asyncio.sleep(0.01)
                        assert received.all() == [], "a stranger gets nothing"
                except (OSError, ssl.SSLError):
                    pass

    asyncio.run(play())


def test_mutual_tls_with_a_server_that_we_call(tmp_path: Path) -> None:
    papers = Papers(tmp_path)

    async def play() -> None:
        async with tak_server(papers.server()) as (received, port):
            async with responding(calling(port, **FAST, **papers.fields())) as responders:
                await shown_until(responders, received.all, sky(), [alarm()])
                sees_drone(received)
            in_clear = len(received.all())
            async with responding(calling(port, **FAST)) as responders:
                await until(lambda: responders.states()[0].state != "waiting")
                for _ in range(20):
                    responders.take(sky(), [alarm()])
                    await asyncio.sleep(0.01)
            assert len(received.all()) == in_clear

    asyncio.run(play())


def test_a_server_with_papers_of_a_stranger_gets_nothing(tmp_path: Path) -> None:
    papers, others = Papers(tmp_path), tmp_path / "others"
    others.mkdir()
    stranger = Papers(others).server()
    stranger.verify_mode = ssl.CERT_NONE

    async def play() -> None:
        async with (
            tak_server(stranger) as (received, port),
            responding(calling(port, **FAST, **papers.fields())) as responders,
        ):
            await until(lambda: "certificate" in (responders.states()[0].trouble or ""))
            responders.take(sky(), [alarm()])
            await asyncio.sleep(0.05)
            assert received.all() == []
            assert responders.states()[0].sent == 0

    asyncio.run(play())


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("nothing")
    files = dict.fromkeys(("certificate", "private_key", "authority"), str(tmp_path / "bad.pem"))
    with pytest.raises(LinkError, match="TLS files of responder 'police'"):
        Responders(calling(1, **files), "s", now_s, nobody)


def test_a_host_that_cannot_be_is_named() -> None:
    with pytest.raises(SiteError, match="responder 'police': url"):
        Responders(calling(1, url=f"cot://{'x' * 70}.org:1"), "s", now_s, nobody)


def asking(uid: str = "EUD-ping") -> bytes:
    at_s = now_s()
    return encode(Event(uid=uid, type=PING, how="m-g", time_s=at_s, start_s=at_s, stale_s=at_s + 10,
                        lat_deg=0.0, lon_deg=0.0))  # fmt: skip


def test_a_client_that_asks_whether_we_live_is_answered() -> None:
    async def play() -> None:
        async with responding(listening()) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, sends):
                sends.put_nowait(asking())
                await until(lambda: received.of("t-x-c-t-r"))
                sends.put_nowait(b"<event type='t-x-c-t'>nonsense</event>")
                sends.put_nowait(asking())
                await until(lambda: len(received.of("t-x-c-t-r")) == 2)
                assert responders.states()[0].faults == {"a peer sent what is no event": 1}

    asyncio.run(play())


def test_whom_we_call_is_asked_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PING_S", 0.02)

    async def play() -> None:
        async with tak_server() as (received, port), responding(calling(port)):
            await until(lambda: len(received.of("t-x-c-t")) >= 2)

    asyncio.run(play())


def test_a_peer_that_sends_without_end_is_cut() -> None:
    async def play() -> None:
        async with responding(listening()) as responders:
            port = await called(responders)
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            await until(lambda: responders.states()[0].peers)
            writer.write(b"x" * 200_000)
            await until(lambda: "longer than" in (responders.states()[0].trouble or ""))
            writer.close()

    asyncio.run(play())


def test_a_peer_that_does_not_read_is_cut_and_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SEND_S", 0.3)
    many = sky(*(DRONE | {"id": n, "x_m": 20.0 * n} for n in range(1, 2001)))

    async def play() -> None:
        async with responding(listening(**FAST, sends="all")) as responders:
            port = await called(responders)
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            await until(lambda: responders.states()[0].peers)
            slowest_s = 0.0
            deadline = time.monotonic() + 8.0
            while responders.states()[0].state == "connected":
                began_s = time.thread_time()
                responders.take(many, [])
                slowest_s = max(slowest_s, time.thread_time() - began_s)
                assert time.monotonic() < deadline, "it is never cut"
                await asyncio.sleep(0.02)
            assert slowest_s < 0.05, "the watch does not wait"
            assert responders.states()[0].replaced > 0
            writer.close()

    asyncio.run(play())


def test_more_clients_than_are_served_are_turned_away() -> None:
    async def play() -> None:
        async with responding(listening()) as responders:
            port = await called(responders)
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MAX_PEERS + 1)]
            await until(lambda: responders.states()[0].faults)
            assert responders.states()[0].peers == MAX_PEERS
            for _, writer in held:
                writer.close()

    asyncio.run(play())


def test_a_fault_in_an_alarm_or_a_picture_stops_nothing_else() -> None:
    bad = alarm(31)
    bad = msgspec.structs.replace(bad, sign=msgspec.structs.replace(bad.sign, rule="no_such_rule"))
    broken = sky()
    broken.tracks.x_m = broken.tracks.x_m[:0]

    async def play() -> None:
        async with responding(listening(**FAST)) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                await shown_until(responders, lambda: responders.states()[0].faults, broken, [alarm()])
                assert received.all() == []
                await shown_until(responders, received.all, sky(), [bad, alarm()])
                sees_drone(received)
                assert any("no_such_rule" in fault for fault in responders.states()[0].faults)

    asyncio.run(play())


def test_what_is_simulated_leaves_for_a_demonstration_only() -> None:
    radar = Responder(
        id="demo", url="cot-listen://127.0.0.1:0", simulated=True, sends="all", max_rate_hz=10.0
    )
    police = Responder(id="police", url="cot-listen://127.0.0.1:0", sends="all", max_rate_hz=10.0)
    here = site(source=(), responder=(radar, police))

    async def play() -> None:
        async with responding(here) as responders:
            port, demo = await called(responders), responders.port("demo")
            async with (
                tak_client(f"tcp://127.0.0.1:{port}") as (live, _),
                tak_client(f"tcp://127.0.0.1:{demo}") as (shown, _),
            ):
                both = lambda: shown.all() and responders.states()[1].left_out  # noqa: E731
                await shown_until(responders, both, sky(at=here), [alarm(simulated=True)])
                assert {event.get("opex") for event in shown.all()} == {"s"}
                assert {event.get("how") for event in shown.all()} == {"m-s"}
                assert live.all() == []
                assert responders.states()[1].left_out == 3, "two tracks and an alarm"

    asyncio.run(play())


PILOT = claim("uas:X1", track=7, source="radar", operator=Operator(lat_deg=48.73, lon_deg=2.37))


def operators(**fields: Any) -> dict[str, Any]:
    return {"operators": True, "purpose": "find the operator", "sends": "all"} | FAST | fields


def test_an_operator_is_shown_once_it_is_written_down() -> None:
    logged: list[tuple[int, str]] = []

    def shown(track: int, responder: str) -> None:
        logged.append((track, responder))

    async def play() -> None:
        async with responding(listening(**operators()), shown) as responders:
            port = await called(responders)
            responders.take(sky(claims=[PILOT]), [alarm()])
            await asyncio.sleep(0.15)
            assert logged == [], "nobody looked"
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                await shown_until(responders, received.all, sky(claims=[PILOT]), [])
                assert received.of("a-u-G") == [], "no alarm, no operator"
                many = lambda: len(received.of("a-u-G")) >= 3  # noqa: E731
                await shown_until(responders, many, sky(claims=[PILOT]), [alarm()])
                assert logged == [(7, "police")], "the first showing"
                place = received.of("a-u-G")[0]
                link, drone = place.find("detail/link"), received.of("a-u-A-M")[0]
                assert link is not None
                assert link.get("uid") == drone.get("uid")
                assert place.findtext("detail/remarks") == "Declared, not measured."

    asyncio.run(play())


def test_an_operator_is_not_shown_where_that_is_not_asked_or_cannot_be_logged() -> None:
    def fails(track: int, responder: str) -> None:
        raise StoreError("records", "disk full")

    async def play(shown: Any, fields: dict[str, Any]) -> dict[str, int]:
        async with responding(listening(**fields), shown) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                many = lambda: len(received.of("a-u-A-M")) >= 3  # noqa: E731
                await shown_until(responders, many, sky(claims=[PILOT]), [alarm()])
                assert received.of("a-u-G") == []
                return responders.states()[0].faults

    assert asyncio.run(play(nobody, operators(operators=False))) == {}
    (fault,) = asyncio.run(play(fails, operators()))
    assert "disk full" in fault


def test_uids_are_those_of_a_store_and_stay() -> None:
    async def uids(store: str) -> set[str | None]:
        responders = Responders(listening(**FAST, sends="all"), store, now_s, nobody)
        task = asyncio.create_task(responders.run())
        port = await called(responders)
        async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
            await shown_until(responders, lambda: len(received.all()) >= 2, sky(), [])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return {event.get("uid") for event in received.all()}

    first = asyncio.run(uids("a"))
    assert first == asyncio.run(uids("a"))
    assert not first & asyncio.run(uids("b"))


def test_a_picture_is_sent_at_the_rate_of_the_responder() -> None:
    async def play() -> None:
        async with responding(listening(max_rate_hz=2.0)) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                end = time.monotonic() + 1.2
                await shown_until(responders, lambda: time.monotonic() > end, sky(), [alarm()])
                assert 1 <= len(received.all()) <= 3

    asyncio.run(play())


def event(uid: str, time_s: float = NOW_S) -> Event:
    return Event(uid=uid, type="a-u-A", how="m-p", time_s=time_s, start_s=NOW_S, stale_s=NOW_S + 30,
                 lat_deg=0.0, lon_deg=0.0)  # fmt: skip


def pictured(*uids: str, at_s: float = NOW_S) -> dict[str, Event]:
    return {uid: event(uid, at_s) for uid in uids}


def test_an_outbox_keeps_the_latest_of_each_track_and_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "AT_ONCE", 2)

    async def play() -> None:
        box = Outbox()
        assert box.put(pictured("a", "b", "c", "d"), 0) == 0
        assert [e.uid for e in await box.take(0.1)] == ["a", "b"]
        assert box.put(pictured("a", "b", "d", "e", at_s=NOW_S + 1), 1) == 2, "c and d were waiting"
        assert [(e.uid, e.time_s) for e in await box.take(0.1)] == [("a", NOW_S + 1), ("d", NOW_S + 1)]
        box.answer(event("pong"))
        assert [e.uid for e in await box.take(0.1)] == ["pong", "b", "e"]
        assert await box.take(0.01) == []
        box.put({}, 0)
        assert await box.take(0.01) == []

    asyncio.run(play())


def test_what_is_sent_can_be_read_back() -> None:
    async def play() -> None:
        async with responding(listening(**FAST, sends="all")) as responders:
            port = await called(responders)
            async with tak_client(f"tcp://127.0.0.1:{port}") as (received, _):
                await shown_until(responders, lambda: not received.queue.empty(), sky(AIRLINER), [])
                said = decode(received.queue.get_nowait())
                assert (said.callsign, said.type) == ("BFI214", "a-n-A-C-F")

    asyncio.run(play())
