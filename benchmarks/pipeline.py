"""The whole pipeline: frames → intake → log → watch → records. How much a CPU second, and how late a sign is.

Saturated: bytes of a made-up but honest sky (straight flights over 200 km, heard by several receivers) go
through the framing into the inboxes of a real `Pipeline`, whose ticks are driven one after the other as fast
as they go; the CPU of all threads of this process counts, making the bytes does not. No socket is read.

Latency: a sender in a process of its own offers lines over TCP on the loopback, and drones as ASTERIX 129
datagrams that cross the edge of a zone at random moments. From the sending of the first frame inside to the
publication of the sign, less the time for which the rule wants it to hold; one clock, the machine's monotonic.
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
from contextlib import closing
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
from beffroi.units import M_PER_FT, MPS_PER_KT
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
F = np.ndarray[Any, np.dtype[np.float64]]


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

    def seen(self, from_s: float, to_s: float, period_s: float, shift: float) -> Iterator[tuple[Any, ...]]:
        """Who is due in a piece of time, when and where: (number, time_s, lat_deg, lon_deg), by time."""
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
        head, stamp, foot = f"1,1,{0x400000 + i:06X},1", _stamp(at_s), "\n"
        yield f"MSG,3,{head},{stamp},{stamp},,{sky.level_ft[i]},,,{lat:.5f},{lon:.5f},,,0,0,0,0{foot}".encode()
        speed_kt = sky.speed_mps[i] / MPS_PER_KT
        yield f"MSG,4,{head},{stamp},{stamp},,,{speed_kt:.0f},{sky.track_deg[i]:.0f},,,0,,,,,{foot}".encode()
        if int(at_s * 2 + i) % 10 == 0:
            yield f"MSG,1,{head},{stamp},{stamp},TST{i:04d},,,,,,,,,,,{foot}".encode()


def _stamp(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y/%m/%d,%H:%M:%S.%f}"[:-3]


def readsb(sky: Sky, from_s: float, to_s: float, shift: float) -> Iterator[bytes]:
    """Lines of the JSON port, one for each place that is heard."""
    for i, at_s, lat, lon in sky.seen(from_s, to_s, 0.5, shift):
        yield (
            f'{{"now":{at_s:.3f},"hex":"{0x400000 + i:06x}","type":"adsb_icao","flight":"TST{i:04d} ",'
            f'"alt_baro":{sky.level_ft[i]},"alt_geom":{sky.level_ft[i] + 250},'
            f'"gs":{sky.speed_mps[i] / MPS_PER_KT:.1f},"track":{sky.track_deg[i]:.2f},"baro_rate":0,'
            f'"squawk":"{i % 4096:04o}","emergency":"none","category":"A3","lat":{lat:.6f},"lon":{lon:.6f},'
            '"nic":8,"rc":186,"seen_pos":0.0,"version":2,"nac_p":9,"nac_v":1,"sil":3,"sil_type":"perhour",'
            f'"mlat":[],"tisb":[],"messages":{i + 1000},"seen":0.0,"rssi":-22.3}}\n'
        ).encode()


def cat062(sky: Sky, from_s: float, to_s: float, shift: float) -> Iterator[bytes]:
    """Datagrams of 20 tracks, each track once a second: what a track server of a control centre sends."""
    records = [_track(sky, *seen) for seen in sky.seen(from_s, to_s, 1.0, shift)]
    for at in range(0, len(records), 20):
        yield asterix.encode(62, records[at : at + 20])


def _track(sky: Sky, i: int, at_s: float, lat: float, lon: float) -> dict[str, asterix.Value]:
    heading = np.radians(sky.track_deg[i])
    return {
        "010": {"SAC": 8, "SIC": 1}, "070": at_s % 86_400, "105": {"LAT": lat, "LON": lon},
        "185": {"VX": float(sky.speed_mps[i] * np.sin(heading)), "VY": float(sky.speed_mps[i] * np.cos(heading))},
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
        came = sum(intake.link.inbox.received for intake in self.pipeline.intakes)
        while sum(intake.frames for intake in self.pipeline.intakes) < came:
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
