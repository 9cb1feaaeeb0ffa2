"""The whole pipeline: frames → intake → log → watch → records. How much a CPU second, and how late a sign is.

Saturated: bytes of a made-up but honest sky (straight flights over 200 km, heard by several receivers) go
through the framing into the inboxes of a real `Pipeline`, whose ticks are driven one after the other as fast
as they go; the CPU of all threads of this process counts, making the bytes does not. No socket is read.

Latency: a sender in a process of its own offers lines over TCP on the loopback, and drones as ASTERIX 129
datagrams that cross the edge of a zone at random moments. From the moment when the first frame inside is due
to be sent (a sender that is held up gains nothing) to the publication of the sign, less the time for which
the rule wants it to hold; one clock, the monotonic one. What was really sent a second is said beside it.
"""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from beffroi import zones
from beffroi.feeds import feed
from beffroi.kernels.geodesy import Plane
from beffroi.links.clock import TICK_S, StepClock, WallClock
from beffroi.pipeline import Pipeline
from beffroi.signs.zone_intrusion import HOLD_S
from beffroi.site import Site, read
from beffroi.units import MPS_PER_KT
from beffroi.watch import Step, Watch
from beffroi.wire import asterix
from beffroi.wire.framing import splitter
from beffroi.zone import Circle, Volume, Zone

START_S = 1_772_366_400.0
LAT_DEG, LON_DEG, SPREAD_M = 48.7233, 2.3794, 100e3
PLANE = Plane.at(LAT_DEG, LON_DEG)
PIECE_S = 0.05
"""The bytes of so long come in one read."""
A_TICK = round(TICK_S / PIECE_S)
WARM_S = 3.0
"""Of a saturated run: tracks are born. Not counted."""
RING_M, DRONE_MPS, DRONE_HZ = 4_000.0, 20.0, 10.0
Seen = tuple[int, float, float, float]
"""Number of an aircraft, when it is seen [s], and where: latitude and longitude [deg]."""


# --- the sky ----------------------------------------------------------------------------------------------


class Sky:
    """Aircraft that fly straight and level over 200 km."""

    def __init__(self, aircraft: int, start_s: float = START_S, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.start_s = start_s
        self.x_m, self.y_m = rng.uniform(-SPREAD_M, SPREAD_M, (2, aircraft))
        self.speed_mps, self.track_deg = rng.uniform(90, 250, aircraft), rng.uniform(0, 360, aircraft)
        self.level_ft = rng.integers(60, 1600, aircraft) * 25
        self.phase = rng.uniform(0, 1, aircraft)
        speed_kt = self.speed_mps / MPS_PER_KT
        self.said = list(zip(self.level_ft.tolist(), speed_kt.tolist(), self.track_deg.tolist(), strict=True))
        self.json = [_json(i, *said) for i, said in enumerate(self.said)]

    def seen(self, from_s: float, to_s: float, period_s: float, shift: float) -> Iterator[Seen]:
        """Who is due in a piece of time, by time."""
        turn = self.phase + shift
        first = np.ceil((from_s - self.start_s) / period_s - turn)
        due_s = self.start_s + (first + turn) * period_s
        who = np.flatnonzero(due_s < to_s)
        who = who[np.argsort(due_s[who])]
        since_s, heading = due_s[who] - self.start_s, np.radians(self.track_deg[who])
        x = self.x_m[who] + since_s * self.speed_mps[who] * np.sin(heading)
        y = self.y_m[who] + since_s * self.speed_mps[who] * np.cos(heading)
        lat, lon = PLANE.inverse(x, y)
        return zip(who.tolist(), due_s[who].tolist(), lat.tolist(), lon.tolist(), strict=True)


def sbs(sky: Sky, from_s: float, to_s: float, shift: float) -> Iterator[bytes]:
    """Lines at the rates of ADS-B (DO-260B §2.2.3.3): place and velocity twice a second, name each 5 s."""
    for i, at_s, lat, lon in sky.seen(from_s, to_s, 0.5, shift):
        stamp, (level, speed, heading) = _stamp(at_s), sky.said[i]
        head = f"1,1,{0x400000 + i:06X},1,{stamp},{stamp}"
        yield f"MSG,3,{head},,{level},,,{lat:.5f},{lon:.5f},,,0,0,0,0\n".encode()
        yield f"MSG,4,{head},,,{speed:.0f},{heading:.0f},,,0,,,,,\n".encode()
        if int(at_s * 2 + i) % 10 == 0:
            yield f"MSG,1,{head},TST{i:04d},,,,,,,,,,,\n".encode()


def _stamp(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y/%m/%d,%H:%M:%S.%f}"[:-3]


def readsb(sky: Sky, from_s: float, to_s: float, shift: float) -> Iterator[bytes]:
    """Lines of the JSON port, one for each place that is heard."""
    for i, at_s, lat, lon in sky.seen(from_s, to_s, 0.5, shift):
        yield f'{{"now":{at_s:.3f},{sky.json[i]}"lat":{lat:.6f},"lon":{lon:.6f}}}\n'.encode()


def _json(i: int, level_ft: int, speed_kt: float, track_deg: float) -> str:
    """What does not change from line to line."""
    return (
        f'"hex":"{0x400000 + i:06x}","type":"adsb_icao","flight":"TST{i:04d} ","alt_baro":{level_ft},'
        f'"alt_geom":{level_ft + 250},"gs":{speed_kt:.1f},"track":{track_deg:.2f},"baro_rate":0,'
        f'"squawk":"{i % 4096:04o}","emergency":"none","category":"A3","nic":8,"rc":186,"seen_pos":0.0,'
        '"version":2,"nac_p":9,"nac_v":1,"sil":3,"sil_type":"perhour","mlat":[],"tisb":[],'
        f'"messages":{i + 1000},"seen":0.0,"rssi":-22.3,'
    )


def cat062(sky: Sky, from_s: float, to_s: float, shift: float) -> Iterator[bytes]:
    """Datagrams of 20 tracks, each track once a second: what a track server of a control centre sends."""
    records = [_track(sky, *seen) for seen in sky.seen(from_s, to_s, 1.0, shift)]
    for at in range(0, len(records), 20):
        yield asterix.encode(62, records[at : at + 20])


def _track(sky: Sky, i: int, at_s: float, lat: float, lon: float) -> dict[str, asterix.Value]:
    speed, heading = float(sky.speed_mps[i]), float(np.radians(sky.track_deg[i]))
    return {
        "010": {"SAC": 8, "SIC": 1}, "070": at_s % 86_400, "105": {"LAT": lat, "LON": lon},
        "185": {"VX": speed * np.sin(heading), "VY": speed * np.cos(heading)},
        "060": {"MODE3A": f"{i % 4096:04o}"}, "040": i,
        "380": {"ADR": 0x400000 + i, "ID": f"TST{i:04d}"}, "080": {"MON": 0},
        "136": float(sky.level_ft[i]) / 100, "220": 0.0,
    }  # fmt: skip


Lines = Callable[[Sky, float, float, float], Iterator[bytes]]


class Case(NamedTuple):
    """A feed, how many aircraft, and by how many receivers each is heard."""

    format: str
    lines: Lines
    aircraft: int
    receivers: int


# --- the watch --------------------------------------------------------------------------------------------

PLACE = f"""
[site]
name = "Bench"
lat_deg = {LAT_DEG}
lon_deg = {LON_DEG}
elevation_m = 89.0
geoid_m = 44.4
aerodromes = ["LFPO"]
"""
SOURCE = """
[[source]]
id = "{format}-{number}"
format = "{format}"
link = "{link}"
period_s = {period_s}
"""


def watched(sources: str, directory: Path) -> tuple[Site, Watch]:
    """Orly with a ring of 4 km up to 300 m."""
    store = f'[store]\ndirectory = "{directory}"\n'
    site = zones.with_runways(read(f"{PLACE}{sources}[signs.zone_intrusion]\nahead_s = 0.0\n{store}"))
    volume = Volume(
        shape=Circle(lat_deg=LAT_DEG, lon_deg=LON_DEG, radius_m=RING_M), upper_m=600.0, upper_datum="AMSL"
    )
    ring = Zone(identifier="RING", country="FRA", restriction="PROHIBITED", volumes=(volume,))
    return site, Watch(site, (ring,))


def receivers(case: Case, link: str = "tcp-listen://127.0.0.1:0") -> str:
    """Their tables in the configuration."""
    period_s = 1.0 if case.format == "asterix" else 0.5
    return "".join(
        SOURCE.format(format=case.format, number=n, link=link, period_s=period_s)
        for n in range(case.receivers)
    )


# --- saturated --------------------------------------------------------------------------------------------


def pieces(case: Case, seconds: float) -> list[list[bytes]]:
    """What each receiver sends in each piece of time."""
    sky, made = Sky(case.aircraft), []
    for k in range(round((WARM_S + seconds) / PIECE_S)):
        from_s = START_S + k * PIECE_S
        made.append(
            [
                b"".join(case.lines(sky, from_s, from_s + PIECE_S, n / case.receivers))
                for n in range(case.receivers)
            ]
        )
    return made


class Saturated:
    """A real pipeline whose clock moves on as soon as it has taken what came."""

    def __init__(self, case: Case, directory: Path) -> None:
        site, watch = watched(receivers(case), directory)
        self._clock, self._stepped, self.tracks = StepClock(START_S), asyncio.Event(), 0
        self.pipeline = Pipeline(site, watch, self._clock, publish=(self._published,))
        self._cut = [splitter(feed(case.format).FRAMING) for _ in site.source]
        self._frames = 0

    def _published(self, step: Step) -> None:
        self.tracks = int(step.picture.tracks.confirmed.sum())
        self._stepped.set()

    async def run(self, sent: Sequence[Sequence[bytes]]) -> tuple[float, int]:
        """CPU seconds and observations after the warm-up."""
        running = asyncio.create_task(self.pipeline.run())
        began, before = time.process_time(), 0
        for k, piece in enumerate(sent):
            if k == round(WARM_S / PIECE_S):
                began, before = time.process_time(), self._observations()
            await self._take(START_S + (k + 0.9) * PIECE_S, piece)
            if (k + 1) % A_TICK == 0:
                self._stepped.clear()
                await self._clock.advance(START_S + (k + 1) * PIECE_S)
                await self._stepped.wait()
        done = time.process_time() - began, self._observations() - before
        self.pipeline.stop()
        await running
        return done

    async def _take(self, now_s: float, piece: Sequence[bytes]) -> None:
        await self._clock.advance(now_s)
        for intake, cut, data in zip(self.pipeline.intakes, self._cut, piece, strict=True):
            intake.link.inbox.put(cut.push(data))
        while any(intake.waiting for intake in self.pipeline.intakes):
            await asyncio.sleep(0.001)

    def _observations(self) -> int:
        return sum(tally.observations for tally in self.pipeline.count.sources.values())


def saturated(case: Case, seconds: float) -> dict[str, Any]:
    """One run: observations a CPU second, and what else is worth telling."""
    sent = pieces(case, seconds)
    with tempfile.TemporaryDirectory() as directory:
        run = Saturated(case, Path(directory))
        cpu_s, observations = asyncio.run(run.run(sent))
        refused = sum(tally.refused for tally in run.pipeline.count.sources.values())
    return {
        "rate": observations / cpu_s, "offered": observations / seconds, "share": cpu_s / seconds,
        "tracks": run.tracks, "refused": refused,
    }  # fmt: skip


# --- how late a sign is -----------------------------------------------------------------------------------

HEARD_BY, LINES_S = 5, 10
"""Receivers of a latency run, and lines a second that they send of one aircraft together."""
BEFORE_S, AFTER_S = 8.0, 4.0
"""Of a latency run: tracks are born; the last signs come."""
DRONES_A_S, STAYS_S = 2.5, 5.0
"""How many enter a second, and how long each is heard from inside."""
PERIOD_S = 0.02
"""The sender sends this often."""


class Drones:
    """Drones that fly into the ring from all sides, each at a moment that nobody knows."""

    def __init__(self, start_s: float, seconds: float, seed: int = 1) -> None:
        self.count = round(DRONES_A_S * seconds)
        rng = np.random.default_rng(seed)
        self.start_s = start_s
        self.enters_s = start_s + BEFORE_S + rng.uniform(0, seconds, self.count)
        self.from_rad = np.linspace(0, 2 * np.pi, self.count, endpoint=False)
        self.phase_s = rng.uniform(0, 1 / DRONE_HZ, self.count)
        self.sent: dict[str, float] = {}
        """Serial → when its first frame from inside was due to be sent, on the monotonic clock."""

    def send(self, from_s: float, to_s: float, at_s: float, to: Callable[[bytes], object]) -> int:
        """Send what is due, at `at_s` on the monotonic clock if the sender is in time; how many frames."""
        number = np.ceil((from_s - self.start_s - self.phase_s) * DRONE_HZ)
        due_s = self.start_s + self.phase_s + number / DRONE_HZ
        who = np.flatnonzero((due_s < to_s) & (due_s < self.enters_s + STAYS_S))
        away_m = RING_M + DRONE_MPS * (self.enters_s - due_s)[who]
        east, north = np.sin(self.from_rad[who]), np.cos(self.from_rad[who])
        lat, lon = PLANE.inverse(away_m * east, away_m * north)
        for k, i in enumerate(who.tolist()):
            record: dict[str, asterix.Value] = {
                "040": f"BEN{i:04d}", "050": "FR", "070": float(due_s[i]) % 86_400, "090": 150.0, "110": 2,
                "080": {"LAT": float(lat[k]), "LON": float(lon[k])},
                "185": {"HVX": float(-DRONE_MPS * east[k]), "HVY": float(-DRONE_MPS * north[k])}, "220": 0.0,
            }  # fmt: skip
            to(asterix.encode(129, [record]))
            if away_m[k] <= RING_M:
                self.sent.setdefault(f"uas:BEN{i:04d}", at_s)
        return len(who)


def send(seconds: float, aircraft: int, ports: Sequence[int]) -> dict[str, Any]:
    """The sender's process: lines to all ports but the last, which takes datagrams."""
    lines = [socket.create_connection(("127.0.0.1", port)) for port in ports[:-1]]
    air = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    air.connect(("127.0.0.1", ports[-1]))
    start_s, began = time.time(), time.monotonic()
    sky, drones, frames, late_s = Sky(aircraft, start_s), Drones(start_s, seconds), 0, 0.0
    for k in range(round((BEFORE_S + seconds + AFTER_S) / PERIOD_S)):
        from_s, to_s = start_s + k * PERIOD_S, start_s + (k + 1) * PERIOD_S
        made = [list(readsb(sky, from_s, to_s, n / len(lines))) for n in range(len(lines))]
        at_s = began + (k + 1) * PERIOD_S
        late_s = max(late_s, -_sleep_until(at_s))
        frames += drones.send(from_s, to_s, at_s, air.send) + sum(map(len, made))
        for line, piece in zip(lines, made, strict=True):
            line.sendall(b"".join(piece))
    rate = frames / (time.monotonic() - began)
    return {"rate": rate, "frames": frames, "late_s": late_s, "sent": drones.sent}


def _sleep_until(at_s: float) -> float:
    """Sleep; how long it was."""
    sleep_s = at_s - time.monotonic()
    time.sleep(max(0.0, sleep_s))
    return sleep_s


class Live:
    """A pipeline as it serves, and when it published which intrusion."""

    def __init__(self, aircraft: int, directory: Path) -> None:
        self._case = Case("readsb", readsb, aircraft, HEARD_BY)
        drones = SOURCE.format(
            format="asterix", number="air", link="udp://127.0.0.1:0", period_s=1 / DRONE_HZ
        )
        site, watch = watched(receivers(self._case) + drones, directory)
        self.opened: dict[str, float] = {}
        self.pipeline = Pipeline(site, watch, WallClock(), publish=(self._published,))

    def _published(self, step: Step) -> None:
        now_s = time.monotonic()
        for sign in step.signs:
            if sign.rule == "zone_intrusion" and sign.change == "opened":
                self.opened |= {name: now_s for name in sign.aliases if name not in self.opened}

    async def run(self, seconds: float) -> dict[str, Any]:
        """Listen, let the sender send, and say what it said."""
        running = asyncio.create_task(self.pipeline.run())
        links: list[Any] = [intake.link for intake in self.pipeline.intakes]
        while not all(link.port for link in links):
            await asyncio.sleep(0.01)
        ports = [str(link.port) for link in links]
        command = [sys.executable, __file__, "--send", str(seconds), str(self._case.aircraft), *ports]
        began = time.process_time()
        sender = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        told, _ = await sender.communicate()
        spent_s = time.process_time() - began
        await asyncio.sleep(1.0)
        self.pipeline.stop()
        await running
        dropped = sum(link.inbox.dropped for link in links)
        return {"cpu_s": spent_s, "dropped": dropped, **json.loads(told)}


def late(seconds: float, aircraft: int) -> dict[str, Any]:
    """One run: how late signs were, what was offered, what was missed."""
    with tempfile.TemporaryDirectory() as directory:
        live = Live(aircraft, Path(directory))
        told = asyncio.run(live.run(seconds))
        taken = sum(tally.observations for tally in live.pipeline.count.sources.values())
    sent = told.pop("sent")
    late_ms = [(live.opened[n] - at_s - HOLD_S) * 1e3 for n, at_s in sent.items() if n in live.opened]
    p50, p99 = np.percentile(late_ms or [float("nan")], (50, 99))
    missed = len(sent) - len(late_ms)
    figures = {"p50": p50, "p99": p99, "taken": taken, "intrusions": len(sent), "missed": missed}
    return told | figures | {"offered": aircraft * LINES_S}


# --- the rows ---------------------------------------------------------------------------------------------


def rows(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Rows of the bench table (see benchmarks/README.md)."""
    none = {"peer": "", "peer_measured": None}
    aircraft, seconds = (300, 1.0) if quick else (2_000, 6.0)
    for name, lines, heard_by, asked in (
        ("sbs", sbs, 5, 40_000), ("readsb", readsb, 10, 40_000), ("asterix", cat062, 10, None)
    ):  # fmt: skip
        done = saturated(Case(name, lines, aircraft, heard_by), seconds)
        rate = round(done["rate"])
        yield {
            "what": f"whole pipeline from bytes, {TITLES[name]}, {aircraft:,} aircraft, {heard_by} receivers",
            "measured": rate, "unit": "1/CPU-s", "asked": f">= {asked}" if asked else "", **none,
            "met": rate >= asked if asked else None,
            "note": f"{done['offered']:,.0f} observations for each second of the clock, "
            f"{done['tracks']:,} tracks, {done['refused']} refused",
        }  # fmt: skip
    alone = saturated(Case("readsb", readsb, aircraft, 1), seconds)
    yield {
        "what": f"whole pipeline, {aircraft:,} aircraft, one receiver of readsb, live", "asked": "", **none,
        "measured": round(100 * alone["share"], 1), "unit": "% of a core", "met": None,
        "note": f"{alone['offered']:,.0f} observations/s",
    }  # fmt: skip
    yield _late_row(late(4.0, 200) if quick else late(40.0, 2_000))


def _late_row(done: dict[str, Any]) -> dict[str, Any]:
    """Met only where the rate was really sent and every intrusion was told."""
    sent = done["rate"] >= 0.95 * done["offered"]
    p50, p99 = (None if np.isnan(ms) else round(ms) for ms in (done["p50"], done["p99"]))
    return {
        "what": f"sensor to sign at {done['offered']:,} observations/s offered, p99", "measured": p99,
        "unit": "ms", "asked": "<= 400", "peer": "", "peer_measured": None,
        "met": p99 is not None and p99 <= 400 and sent and not done["missed"],
        "note": f"p50 {p50} ms; {done['intrusions']} intrusions, {done['missed']} not told; "
        f"{done['rate']:,.0f}/s sent, the sender at most {1e3 * done['late_s']:.0f} ms behind, "
        f"{done['frames'] - done['taken']} frames not taken; the {HOLD_S:g} s for which the rule wants it to "
        "hold is not counted",
    }  # fmt: skip


TITLES = {"sbs": "SBS lines", "readsb": "readsb JSON lines", "asterix": "ASTERIX 062"}


def main() -> None:
    """Print the rows, or send."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--send", nargs="+")
    given = arguments.parse_args()
    if given.send:
        seconds, aircraft, *ports = given.send
        print(json.dumps(send(float(seconds), int(aircraft), [int(port) for port in ports])), flush=True)
        return
    for row in rows(quick=given.quick):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
