"""SAPIENT over real sockets on the loopback: pieces, bombs, floods, cuts, take-overs, time, certificates."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from sapient_msg.bsi_flex_335_v2_0.alert_pb2 import Alert
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task

from beffroi.errors import LinkError, UseError
from beffroi.links import open_link
from beffroi.links.clock import WallClock
from beffroi.links.sapient import Caller, EdgeNode, FusionNode, Listener, Received, new_ulid
from beffroi.links.sapient.connection import OUTBOX_BYTES
from beffroi.site import Source
from beffroi.wire.sapient.edge import Answer, Edge
from beffroi.wire.sapient.frames import MAX_MESSAGE_BYTES, Frames, frame
from beffroi.wire.sapient.message import parse, serialise
from beffroi.wire.sapient.registration import registration
from beffroi.wire.sapient.relay import Relay
from sapient_made import (
    CAMERA,
    FUSION,
    NOW_S,
    RADAR,
    UPPER,
    an_id,
    detecting,
    radar_registration,
    registering,
    reporting,
    status,
)

HOST = "127.0.0.1"
PATIENCE_S = 45.0


async def until(true: Callable[[], Any]) -> None:
    """Wait until something is so; give up after `PATIENCE_S`."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


class Sink:
    """What a fusion node delivered."""

    def __init__(self) -> None:
        self.got: list[Received] = []

    def __call__(self, received: list[Received]) -> None:
        self.got += received

    def kinds(self, node_id: str = RADAR) -> list[str | None]:
        return [r.message.WhichOneof("content") for r in self.got if r.node_id == node_id]

    def count(self, kind: str) -> int:
        return self.kinds().count(kind)


class Raw:
    """A peer that says exactly these bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = Frames()
        self._messages: list[SapientMessage] = []

    @classmethod
    async def call(cls, port: int, tls: ssl.SSLContext | None = None) -> "Raw":
        server_name = "fusion.orly" if tls else None
        return cls(*await asyncio.open_connection(HOST, port, ssl=tls, server_hostname=server_name))

    async def say(self, *messages: SapientMessage) -> None:
        self.writer.write(b"".join(frame(serialise(m)) for m in messages))
        await self.writer.drain()

    async def hear(self) -> SapientMessage | None:
        """The next message; None when the other side has closed."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._messages:
                if not (data := await self.reader.read(65536)):
                    return None
                self._messages += map(parse, self._frames.push(data))
        return self._messages.pop(0)

    async def closed(self) -> bool:
        try:
            while await self.hear() is not None:
                pass
        except ConnectionError:
            pass
        return True

    async def register(self, node_id: str = RADAR, **declared: Any) -> None:
        await self.say(registering(node_id, **declared))
        answer = await self.hear()
        assert answer is not None
        assert answer.registration_ack.acceptance


def fusion_node(sink: Sink, speed: float = 1.0, **how: Any) -> FusionNode:
    clock = how.pop("clock", WallClock(start_s=NOW_S, speed=speed).now_s)
    return FusionNode(sink, clock, node_id=how.pop("node_id", FUSION), tick_s=0.01, **how)


def edge_node(port: int, clock: Callable[[], float], node_id: str = RADAR, **how: Any) -> EdgeNode:
    declared = how.pop("registration", radar_registration())
    return EdgeNode(node_id, declared, status, clock, HOST, port, tick_s=0.01, **how)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(3 * PATIENCE_S):
            await test()

    asyncio.run(bounded())


# --- one connection ---------------------------------------------------------------------------------------


def test_an_edge_node_registers_reports_detects_and_leaves() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S).now_s
        async with fusion_node(sink, clock=clock) as node:
            async with edge_node(node.port, clock) as edge:
                await until(lambda: sink.count("status_report") == 1)
                assert edge.say(detecting().detection_report)
                await until(lambda: sink.count("detection_report"))
                assert node.connected == [RADAR]
            await until(lambda: not node.connected)
        assert sink.kinds() == ["registration", "status_report", "detection_report", "status_report"]
        assert sink.got[2].message.detection_report == detecting().detection_report

    run(test)


def test_it_listens_on_the_loopback_unless_told_otherwise() -> None:
    async def test() -> None:
        async with fusion_node(Sink()) as node:
            assert node._server is not None
            assert {s.getsockname()[0] for s in node._server.sockets} == {HOST}
            second = fusion_node(Sink(), port=node.port)
            with pytest.raises(LinkError, match="cannot listen"):
                await second.start()

    run(test)


def test_messages_come_in_any_pieces() -> None:
    async def test() -> None:
        sink = Sink()
        async with fusion_node(sink) as node:
            raw = await Raw.call(node.port)
            said = [registering(), reporting(), *(detecting(number=n) for n in range(5))]
            stream = b"".join(frame(serialise(m)) for m in said)
            for at in range(0, len(stream), 97):
                raw.writer.write(stream[at : at + 97])
                await raw.writer.drain()
                await asyncio.sleep(0)
            await until(lambda: len(sink.got) == len(said))
            assert [r.message for r in sink.got] == said

    run(test)


def test_half_a_message_at_a_cut_is_forgotten() -> None:
    async def test() -> None:
        sink = Sink()
        async with fusion_node(sink) as node:
            raw = await Raw.call(node.port)
            await raw.register()
            raw.writer.write(frame(serialise(detecting()))[:-3])
            raw.writer.close()
            await until(lambda: not node.connected)
            again = await Raw.call(node.port)
            await again.say(reporting(), detecting())
            await until(lambda: sink.count("detection_report") == 1)

    run(test)


@pytest.mark.parametrize("size", [0, MAX_MESSAGE_BYTES + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_bomb_ends_its_connection_and_no_other(size: int) -> None:
    async def test() -> None:
        sink = Sink()
        async with fusion_node(sink) as node:
            good, bad = await Raw.call(node.port), await Raw.call(node.port)
            await good.register()
            await bad.register(CAMERA)
            bad.writer.write(frame(serialise(detecting(CAMERA))) + size.to_bytes(4, "little") + bytes(1000))
            assert await bad.closed()
            assert sink.kinds(CAMERA) == ["registration", "detection_report"]
            assert any("cannot be" in why for why in node.faults)
            await good.say(detecting())
            await until(lambda: sink.count("detection_report"))

    run(test)


def test_what_is_not_sound_is_answered_and_the_connection_stays() -> None:
    async def test() -> None:
        sink = Sink()
        async with fusion_node(sink) as node:
            raw = await Raw.call(node.port)
            await raw.register()
            raw.writer.write(frame(b"\xff\xff\xff"))
            answer = await raw.hear()
            assert answer is not None
            assert answer.error.packet == b"\xff\xff\xff"
            bad = detecting()
            bad.detection_report.object_id = "it"
            await raw.say(bad, detecting())
            answer = await raw.hear()
            assert answer is not None
            assert "object_id" in answer.error.error_message[0]
            await until(lambda: sink.count("detection_report") == 1)

    run(test)


def test_no_more_connections_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beffroi.links.sapient.fusion_node.MAX_CONNECTIONS", 2)

    async def test() -> None:
        async with fusion_node(Sink()) as node:
            first, second = await Raw.call(node.port), await Raw.call(node.port)
            await first.register()
            await second.register(CAMERA)
            third = await Raw.call(node.port)
            assert await third.closed()
            assert node.faults == {"more than 2 connections": 1}

    run(test)


# --- floods -----------------------------------------------------------------------------------------------


def test_a_flood_arrives_whole_and_in_order() -> None:
    async def test() -> None:
        sink = Sink()
        async with fusion_node(sink) as node:
            raw = await Raw.call(node.port)
            await raw.register()
            said = [detecting(number=n) for n in range(3000)]
            await raw.say(*said)
            await until(lambda: sink.count("detection_report") == len(said))
            assert [r.message for r in sink.got[1:]] == said

    run(test)


def test_where_there_is_no_room_the_sender_waits_and_nothing_is_lost() -> None:
    async def test() -> None:
        sink, room = Sink(), [False]
        clock = WallClock(start_s=NOW_S).now_s
        async with FusionNode(sink, clock, has_room=lambda: room[0], tick_s=0.01) as node:
            raw = await Raw.call(node.port)
            await raw.register()  # after which there is no room
            long = detecting()
            long.additional_information = "x" * 4000
            sent, whole = 0, 6000  # 25 MB, more than the sockets hold

            async def pour() -> None:
                nonlocal sent
                while sent < whole:
                    await raw.say(*[long] * 50)
                    sent += 50

            pouring = asyncio.create_task(pour())
            stuck = -1
            while stuck != sent:
                stuck = sent
                await asyncio.sleep(0.5)
            assert stuck < whole
            assert len(sink.got) == 1
            room[0] = True
            await pouring
            await until(lambda: sink.count("detection_report") == whole)

    run(test)


class Deaf:
    """A fusion node above that accepts everybody and then reads no more."""

    def __init__(self) -> None:
        self.port = 0
        self._hold: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Deaf":
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._hold:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hold.append(writer)
        raw, registered = Raw(reader, writer), set[str]()
        while registered != {FUSION, RADAR}:
            message = await raw.hear()
            if message is None:
                return
            if message.HasField("registration"):
                registered.add(message.node_id)
                answer = parse(serialise(message))
                answer.node_id, answer.destination_id = UPPER, message.node_id
                answer.registration_ack.acceptance = True
                await raw.say(answer)
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()


def relay_to(port: int, clock: Callable[[], float]) -> tuple[Relay, Caller]:
    declared = registration(Registration.NODE_TYPE_FUSION_NODE, "lower")
    relay = Relay(Edge(FUSION, declared, status, new_ulid))
    return relay, Caller(relay, clock, HOST, port, tick_s=0.01)


def received(message: SapientMessage) -> Received:
    return Received(message.node_id, message, serialise(message))


def test_a_consumer_that_does_not_read_costs_no_memory_and_is_counted() -> None:
    async def test() -> None:
        clock = WallClock(start_s=NOW_S).now_s
        async with Deaf() as deaf:
            relay, caller = relay_to(deaf.port, clock)
            async with caller:
                await until(lambda: relay.edge.state == "live")
                caller.send(relay.forward([received(registering()), received(reporting())]))
                await until(lambda: relay.forward([received(detecting())]))
                batch = [received(detecting(number=n)) for n in range(1000)]
                connection = caller._connection
                assert connection is not None
                for _ in range(80):  # 17 MB
                    caller.send(relay.forward(batch))
                    await asyncio.sleep(0)
                assert connection._waiting_bytes <= OUTBOX_BYTES
                assert sum(map(len, connection._data)) == connection._waiting_bytes
                assert connection.dropped > 10_000

    run(test)


def test_a_peer_that_only_takes_answers_and_reads_none_is_cut() -> None:
    async def test() -> None:
        async with fusion_node(Sink()) as node:
            raw = await Raw.call(node.port)
            assert isinstance(raw.writer.transport, asyncio.Transport)
            raw.writer.transport.pause_reading()
            bad = frame(b"\xff" * 60_000)  # each is answered with as many bytes
            try:
                for _ in range(2000):
                    raw.writer.write(bad)
                    await raw.writer.drain()
            except ConnectionError:
                pass
            await until(lambda: node.faults["the peer does not read"] == 1)

    run(test)


# --- cuts and returns -------------------------------------------------------------------------------------


def test_after_a_cut_it_comes_back_in_ten_seconds_without_a_registration() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S, speed=20.0).now_s
        async with fusion_node(sink, clock=clock) as node, edge_node(node.port, clock) as edge:
            await until(lambda: sink.count("status_report") == 1)
            cut_at_s = clock()
            edge.cut()
            await until(lambda: edge.edge.state == "down")
            assert not edge.say(detecting().detection_report)
            await until(lambda: not node.connected)
            await until(lambda: node.connected)
            assert 10.0 <= clock() - cut_at_s < 100.0
            assert edge.say(detecting().detection_report)
            await until(lambda: sink.count("detection_report"))
            assert sink.count("registration") == 1
            assert edge.edge.counts["unsent"] == 1

    run(test)


def test_a_fusion_node_that_forgot_is_told_again() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S, speed=20.0).now_s
        first = fusion_node(sink, clock=clock)
        await first.start()
        async with edge_node(first.port, clock) as edge:
            await until(lambda: sink.count("status_report") == 1)
            await first.stop()
            await until(lambda: edge.edge.state == "down")
            async with fusion_node(sink, clock=clock, port=first.port):
                await until(lambda: sink.count("registration") == 2)
                await until(lambda: edge.edge.state == "live")

    run(test)


def test_away_for_longer_it_registers_again() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S, speed=200.0).now_s
        first = fusion_node(sink, clock=clock)
        await first.start()
        async with edge_node(first.port, clock) as edge:
            await until(lambda: edge.edge.state == "live")
            await first.stop()
            await until(lambda: edge.edge.state == "down")
            lost_at_s = clock()
            await until(lambda: clock() > lost_at_s + 125)
            assert edge.faults.total() > 5  # it kept calling
            async with fusion_node(sink, clock=clock, port=first.port) as second:
                await until(lambda: sink.count("registration") == 2)
                assert second.fusion.counts["refused: unregistered"] == 0

    run(test)


def test_a_second_connection_cannot_take_an_id_until_the_first_is_gone() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S, speed=20.0).now_s
        async with fusion_node(sink, clock=clock) as node:
            first = await Raw.call(node.port)
            await first.register()
            second = await Raw.call(node.port)
            await second.say(registering())
            answer = await second.hear()
            assert answer is not None
            assert "another connection is using this node id" in answer.error.error_message[0]
            assert await second.closed()
            await first.say(detecting())
            await until(lambda: sink.count("detection_report") == 1)
            first.writer.close()
            await until(lambda: not node.connected)
            third = await Raw.call(node.port)
            await third.register()
            assert node.connected == [RADAR]

    run(test)


@pytest.mark.parametrize("talks", [False, True])
def test_three_silent_intervals_close_the_connection(talks: bool) -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S, speed=40.0).now_s
        async with fusion_node(sink, clock=clock) as node:
            raw = await Raw.call(node.port)
            await raw.register(interval_s=2.0)
            began_s = clock()

            async def talk() -> None:
                while talks:
                    await raw.say(detecting())  # which is no status report
                    await asyncio.sleep(0.02)

            talking = asyncio.create_task(talk())
            assert await raw.closed()
            talking.cancel()
            assert 6.0 <= clock() - began_s < 600.0
            assert node.connected == []

    run(test)


def test_a_connection_that_never_registers_is_closed() -> None:
    async def test() -> None:
        async with fusion_node(Sink(), speed=200.0) as node:
            raw = await Raw.call(node.port)
            assert await raw.closed()

    run(test)


DONE = (Answer("accepted"), Answer("completed"))

# --- tasks, alerts, relays --------------------------------------------------------------------------------


def test_an_alert_is_acknowledged_and_a_task_answered() -> None:
    async def test() -> None:
        sink, clock = Sink(), WallClock(start_s=NOW_S).now_s
        async with (
            fusion_node(sink, clock=clock) as node,
            edge_node(
                node.port, clock, on_task=lambda task: [Answer("accepted"), Answer("completed")]
            ) as edge,
        ):
            await until(lambda: edge.edge.state == "live")
            assert edge.say(Alert(alert_id=an_id(5), description="fence cut"))
            await until(lambda: edge.edge.heard)
            assert edge.edge.heard[0].alert_ack.alert_id == an_id(5)
            task = Task(task_id=an_id(6), control=Task.CONTROL_START)
            task.command.request = "Start"
            node.order(RADAR, task)
            await until(lambda: sink.count("task_ack") == 2)
            with pytest.raises(UseError, match="not connected"):
                node.order(CAMERA, task)

    run(test)


def test_what_one_fusion_node_hears_reaches_the_one_above() -> None:
    async def test() -> None:
        above, clock = Sink(), WallClock(start_s=NOW_S, speed=20.0).now_s
        async with fusion_node(above, clock=clock, node_id=UPPER) as upper:
            relay, caller = relay_to(upper.port, clock)
            lower = FusionNode(
                lambda got: caller.send(relay.forward(got)), clock, node_id=FUSION, tick_s=0.01
            )
            async with caller, lower, edge_node(lower.port, clock) as edge:
                await until(lambda: above.count("status_report") >= 1)
                assert edge.say(detecting().detection_report)
                await until(lambda: above.count("detection_report") == 1)
                caller.cut()
                await until(lambda: RADAR not in upper.connected)
                await until(lambda: RADAR in upper.connected)
                assert edge.say(detecting().detection_report)
                await until(lambda: above.count("detection_report") == 2)
                assert above.count("registration") == 1
                assert above.kinds(FUSION)[0] == "registration"

    run(test)


# --- certificates -----------------------------------------------------------------------------------------


class House:
    """An authority and the contexts that it makes."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.verify_mode = ssl.CERT_REQUIRED
        self.authority.configure_trust(self.server)
        self.authority.issue_cert("fusion.orly").configure_cert(self.server)

    def client(self, name: str | None = "radar.orly", common_name: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
        self.authority.configure_trust(context)
        if name is not None:
            self.authority.issue_cert(name, common_name=common_name).configure_cert(context)
        return context


def test_with_certificates_on_both_sides_they_talk() -> None:
    async def test() -> None:
        house, sink, clock = House(), Sink(), WallClock(start_s=NOW_S).now_s
        async with (
            fusion_node(sink, clock=clock, tls=house.server) as node,
            edge_node(node.port, clock, tls=house.client(), server_name="fusion.orly") as edge,
        ):
            await until(lambda: edge.edge.state == "live")
            assert edge.say(detecting().detection_report)
            await until(lambda: sink.count("detection_report"))

    run(test)


@pytest.mark.parametrize("who", ["another authority", "no certificate", "no tls"])
def test_whoever_has_no_certificate_of_the_authority_is_not_heard(who: str) -> None:
    async def test() -> None:
        house, sink = House(), Sink()
        stranger = House()
        house.authority.configure_trust(context := stranger.client())  # it trusts the server
        tls = {"another authority": context, "no certificate": house.client(None), "no tls": None}[who]
        async with fusion_node(sink, tls=house.server) as node:
            try:
                raw = await Raw.call(node.port, tls)
                await raw.say(registering(), detecting())
                assert await raw.closed()
            except (OSError, ssl.SSLError):
                pass
            await asyncio.sleep(0.05)
            assert sink.got == []
            assert node.connected == []

    run(test)


def test_a_server_of_another_authority_is_not_talked_to() -> None:
    async def test() -> None:
        house, stranger, sink = House(), House(), Sink()
        clock = WallClock(start_s=NOW_S).now_s
        async with (
            fusion_node(sink, clock=clock, tls=stranger.server) as node,
            edge_node(node.port, clock, tls=house.client(), server_name="fusion.orly") as edge,
        ):
            await until(lambda: any("CERTIFICATE_VERIFY_FAILED" in why for why in edge.faults))
            assert sink.got == []

    run(test)


def test_an_id_is_bound_to_the_certificate_that_used_it() -> None:
    async def test() -> None:
        house, sink = House(), Sink()
        async with fusion_node(sink, tls=house.server) as node:
            first = await Raw.call(node.port, house.client("radar.orly"))
            await first.register()
            first.writer.close()
            await until(lambda: not node.connected)
            thief = await Raw.call(node.port, house.client("camera.orly"))
            await thief.say(registering())
            answer = await thief.hear()
            assert answer is not None
            assert "belongs to another certificate" in answer.error.error_message[0]
            assert await thief.closed()
            owner = await Raw.call(node.port, house.client("radar.orly"))
            await owner.register()
            named = await Raw.call(node.port, house.client("x.orly", common_name=CAMERA))
            await named.say(registering(UPPER))
            answer = await named.hear()
            assert answer is not None
            assert "names other nodes" in answer.error.error_message[0]

    run(test)


# --- as a link of the site --------------------------------------------------------------------------------


def test_as_a_link_it_fills_the_inbox_and_tells_how_it_is() -> None:
    async def test() -> None:
        clock = WallClock(start_s=NOW_S).now_s
        source = Source(id="radar", format="sapient", link=f"sapient-listen://{HOST}:0")
        link = open_link(source, "length32", clock)
        running = asyncio.create_task(link.run())
        node: FusionNode = link.node  # type: ignore[attr-defined]
        await until(lambda: node.port)
        async with edge_node(node.port, clock) as edge:
            await until(lambda: edge.say(detecting().detection_report))
            await until(lambda: link.inbox.state == "connected")
        await until(lambda: link.inbox.state == "lost")
        frames = [frame_ for frame_, at_s in link.inbox.take() if at_s >= NOW_S]
        kinds = [parse(f).WhichOneof("content") for f in frames]
        assert kinds == ["registration", "status_report", "detection_report", "status_report"]
        assert link.inbox.faults["closed by the peer"] == 1
        raw = await Raw.call(node.port)
        raw.writer.write(frame(b"\xff\xff"))  # is kept, for the feed to say why it is refused
        await raw.say(detecting())  # is sound, but nobody knows who says it
        await until(lambda: link.inbox.faults["refused: unregistered"] == 1)
        assert [frame_ for frame_, _ in link.inbox.take()] == [b"\xff\xff"]
        running.cancel()

    run(test)


# --- forwarding to the fusion node above ------------------------------------------------------------------


def forwarding(port: int, clock: Callable[[], float], **tls: Any) -> Listener:
    """The link of a source that forwards to a fusion node on `port`."""
    above = f"sapient://{HOST}:{port}"
    source = Source(id="rf", format="sapient", link=f"sapient-listen://{HOST}:0", forward=above, **tls)
    return Listener(source, clock)


def test_a_detection_at_the_first_fusion_node_arrives_at_the_second() -> None:
    async def test() -> None:
        clock, sink = WallClock(start_s=NOW_S).now_s, Sink()
        async with fusion_node(sink, clock=clock, node_id=UPPER) as upper:
            link = forwarding(upper.port, clock)
            running = asyncio.create_task(link.run())
            await until(lambda: link.node.port)
            async with edge_node(link.node.port, clock) as edge:
                await until(lambda: sink.count("status_report"))
                assert edge.say(detecting().detection_report)
                await until(lambda: sink.count("detection_report"))
            await until(lambda: sink.count("status_report") == 2)  # GOODBYE goes up too
            came = [(parse(f).node_id, f) for f, _ in link.inbox.take()]
            assert [(r.node_id, r.payload) for r in sink.got if r.node_id == RADAR] == came
            assert sink.kinds(link.node.fusion.node_id) == ["registration", "status_report"]
            running.cancel()
            await until(lambda: not upper.connected)
        assert sink.kinds(link.node.fusion.node_id)[-1] == "status_report"
        assert link.inbox.faults["forward: messages lost"] == 0

    run(test)


def test_a_cut_on_the_way_up_is_told_and_mended() -> None:
    async def test() -> None:
        clock, sink = WallClock(start_s=NOW_S, speed=20.0).now_s, Sink()
        upper = fusion_node(sink, clock=clock, node_id=UPPER)
        await upper.start()
        link = forwarding(upper.port, clock)
        running = asyncio.create_task(link.run())
        await until(lambda: link.node.port)
        async with edge_node(link.node.port, clock) as edge:
            await until(lambda: sink.count("status_report"))
            await upper.stop()
            faults = link.inbox.faults
            await until(lambda: edge.say(detecting().detection_report) and faults["forward: messages lost"])
            assert faults["forward: closed by the peer"] == 1
            again = fusion_node(after := Sink(), clock=clock, node_id=UPPER, port=upper.port)
            async with again:  # it has forgotten everything
                await until(lambda: RADAR in again.connected)
                await until(lambda: after.count("status_report"))
                assert edge.say(detecting(number=9).detection_report)
                await until(lambda: after.count("detection_report"))
        running.cancel()

    run(test)


def test_the_way_up_shows_the_certificate_of_the_source(tmp_path: Path) -> None:
    async def test() -> None:
        clock, sink, authority = WallClock(start_s=NOW_S).now_s, Sink(), trustme.CA()
        files = {name: str(tmp_path / name) for name in ("certificate", "private_key", "authority")}
        mine = authority.issue_cert(HOST, "lower.orly")
        mine.cert_chain_pems[0].write_to_path(files["certificate"])
        mine.private_key_pem.write_to_path(files["private_key"])
        authority.cert_pem.write_to_path(files["authority"])
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(server)
        authority.configure_trust(server)
        server.verify_mode = ssl.CERT_REQUIRED
        async with fusion_node(sink, clock=clock, tls=server, node_id=UPPER) as upper:
            link = forwarding(upper.port, clock, **files)
            running = asyncio.create_task(link.run())
            await until(lambda: sink.kinds(link.node.fusion.node_id).count("status_report"))
            running.cancel()

    run(test)
