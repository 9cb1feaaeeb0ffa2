"""Transmit: what the simulator makes, sent to the watch over loopback as its real protocols.

State vectors, APRS and METAR lines go over TCP to who calls; ASTERIX and Remote ID frames as datagrams; the
direction finder is a SAPIENT edge node. `sent` counts frames a source, so that a lock-step run can wait until
each of them has arrived.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
    LOCATION_DATUM_WGS84_G,
)
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from beffroi.errors import LinkError, SiteError
from beffroi.links.sapient.caller import EdgeNode
from beffroi.simulate import broadcast, direction_finder, flarm, radar, recording, weather
from beffroi.simulate.direction_finder import Listener
from beffroi.simulate.radar import Sweeper
from beffroi.simulate.recording import Traffic
from beffroi.simulate.scenario import Finder
from beffroi.simulate.world import World
from beffroi.site import Site, Source
from beffroi.wire.sapient.registration import registration

Clock = Callable[[], float]
FLARM_S = 2.0


class Server:
    """Waits for a caller and sends it lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.called = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises LinkError if the port is taken."""
        host, port = _address(self.source)
        try:
            self._server = await asyncio.start_server(self._accept, host, port)
        except OSError as bad:
            raise LinkError(f"{host}:{port}", f"cannot listen: {bad}") from bad

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        self._writers.append(writer)
        self.called.set()

    def send(self, lines: list[bytes]) -> None:
        """Send lines to every caller."""
        for writer in self._writers:
            writer.write(b"".join(lines))

    async def stop(self) -> None:
        """Hang up."""
        for writer in self._writers:
            writer.close()
        if self._server is not None:
            self._server.close()


class Transmitter:
    """All simulated sensors of a scenario, on air."""

    def __init__(self, site: Site, world: World, traffic: Traffic, clock: Clock) -> None:
        self.sent: Counter[str] = Counter()
        self._site, self._world, self._traffic, self._clock = site, world, traffic, clock
        self._until_s = world.start_s
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        by_id = {s.id: s for s in site.source}
        by_format = {s.format: s for s in site.source if s.link.startswith("tcp:")}
        self._lines = {name: Server(by_format[name]) for name in ("opensky", "ogn", "metar")}
        self._remote_id = next(s for s in site.source if s.format == "remote_id")
        seed = world.scenario.seed
        self._radars = [
            (Sweeper(r, by_id[r.source], world, seed + n), by_id[r.source])
            for n, r in enumerate(world.scenario.radar)
        ]
        self._finders = [
            (_Node(f, by_id[f.source], clock), Listener(f, by_id[f.source], world, seed + 100 + n))
            for n, f in enumerate(world.scenario.finder)
        ]

    async def start(self) -> None:
        """Listen and call; returns when every line is up."""
        for server in self._lines.values():
            await server.start()

    async def ready(self) -> None:
        """Wait until the watch has called every server and taken every node."""
        for server in self._lines.values():
            await asyncio.wait_for(server.called.wait(), 30.0)
        for node, _ in self._finders:
            await node.start()

    async def stop(self) -> None:
        """Leave."""
        for node, _ in self._finders:
            await node.edge.stop()
        for server in self._lines.values():
            await server.stop()
        self._socket.close()

    def send(self, until_s: float) -> None:
        """Send all that happens after what was sent before, until `until_s`."""
        from_s, self._until_s = self._until_s, until_s
        for node, _ in self._finders:
            node.edge.tick()
        rows = [recording.line(r) for r in self._traffic.between(from_s, until_s)]
        self._say("opensky", rows)
        for sweeper, source in self._radars:
            step_s = (source.period_s or 1.0) / radar.SECTORS
            for number in self._world.due(from_s, until_s, step_s):
                self._datagram(source, sweeper.sector(number, self._world.start_s + number * step_s))
        for number in self._world.due(from_s, until_s, direction_finder.PERIOD_S):
            self._second(self._world.start_s + number * direction_finder.PERIOD_S)
        for number in self._world.due(from_s, until_s, FLARM_S):
            at_s = self._world.start_s + number * FLARM_S
            self._say("ogn", list(flarm.lines(self._world, at_s, "LFPX")))
        for _ in self._world.due(from_s, until_s, weather.EVERY_S):
            self._say("metar", [weather.metar(self._world.scenario, until_s)])

    def _second(self, time_s: float) -> None:
        geoid_m = self._site.site.geoid_m or 0.0
        for frame in broadcast.frames(self._world, time_s, geoid_m):
            self._datagram(self._remote_id, frame)
        for node, listener in self._finders:
            for report in listener.detections(time_s):
                if node.edge.say(report):
                    self.sent[node.source.id] += 1

    def _say(self, name: str, lines: list[bytes]) -> None:
        server = self._lines[name]
        if lines:
            server.send(lines)
            self.sent[server.source.id] += len(lines)

    def _datagram(self, source: Source, data: bytes) -> None:
        self._socket.sendto(data, _address(source))
        self.sent[source.id] += 1


class _Node:
    """A direction finder as an edge node."""

    def __init__(self, finder: Finder, source: Source, clock: Clock) -> None:
        self.source = source
        host, port = _address(source)
        declared = registration(
            Registration.NODE_TYPE_PASSIVE_RF, "Direction finder", polar=True, interval_s=5.0
        )
        self.edge = EdgeNode(finder.node_id, declared, self._status, clock, host, port)

    def _status(self) -> StatusReport:
        status = StatusReport(system=StatusReport.SYSTEM_OK, info=StatusReport.INFO_NEW, mode="Default")
        place = status.node_location
        place.x, place.y, place.z = self.source.lon_deg or 0.0, self.source.lat_deg or 0.0, 0.0
        place.coordinate_system = LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
        place.datum = LOCATION_DATUM_WGS84_G
        return status

    async def start(self) -> None:
        """Call until the fusion node has taken it."""
        await self.edge.start()
        for _ in range(300):
            if self.edge.edge.state == "live":
                return
            self.edge.tick()
            await asyncio.sleep(0.05)
        raise LinkError(self.source.link, "the fusion node did not acknowledge the registration")


def _address(source: Source) -> tuple[str, int]:
    parts = urlsplit(source.link)
    if not parts.hostname or not parts.port:
        raise SiteError(f"$.source.{source.id}.link", f"{source.link!r} has no host and port")
    return parts.hostname, parts.port
