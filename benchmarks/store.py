"""The store: how much the log takes and gives back, how long a commit and a restart take.

The observations are claims of 300 aircraft with all that ADS-B says, in batches as intake makes them (10 ms
at the rate of the row). CPU counts the writer's thread too. A restart loads a checkpoint and replays the
minute of log after it; the watch's own steps are most of it.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from beffroi.links.clock import TICK_S, StepClock
from beffroi.observation import Observation, digest
from beffroi.pipeline import Pipeline
from beffroi.site import Site, read
from beffroi.store import checkpoint
from beffroi.store.log import Log
from beffroi.store.reading import read as read_log
from beffroi.watch import Watch

START_S = 1_700_000_000.0
AIRCRAFT = 300


def row(what: str, measured: float, unit: str, asked: str = "", met: bool | None = None) -> None:
    """Print a row of the bench table."""
    figures = {"what": what, "measured": round(measured, 3), "unit": unit, "asked": asked, "met": met}
    print(json.dumps(figures | {"peer": "", "peer_measured": None}), flush=True)


def claims(count: int, rate_hz: float) -> list[Observation]:
    """What 300 aircraft say, one after the other, at a rate."""
    rng = np.random.default_rng(1)
    lat, lon = 48.7 + rng.normal(0, 0.5, AIRCRAFT), 2.4 + rng.normal(0, 0.7, AIRCRAFT)
    made = []
    for n in range(count):
        who, at_s = n % AIRCRAFT, START_S + n / rate_hz
        made.append(
            Observation(
                source="adsb",
                kind="claim",
                time_s=at_s,
                received_at_s=at_s,
                frame=digest(str(n).encode()),
                subject=f"icao24:{0x400000 + who:06x}",
                lat_deg=float(lat[who]),
                lon_deg=float(lon[who] + 1.4e-3 * (at_s - START_S)),
                horizontal_sigma_m=10.0,
                alt_1013_m=7.62 * (40 * who % 1500),
                alt_wgs84_m=7.62 * (40 * who % 1500) + 60.0,
                on_ground=False,
                ground_speed_mps=103.2,
                track_deg=90.0,
                vertical_speed_mps=0.0,
                callsign=f"TST{who:04d}",
                squawk="1000",
            )
        )
    return made


def log_rows(count: int) -> None:
    """Write and read a log, saturated."""
    rate_hz = 20_000.0
    said, batch = claims(count, rate_hz), round(rate_hz * 0.01)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        began_s, log = time.process_time(), Log(directory)
        for n in range(0, count, batch):
            log.append("traffic", said[n : n + batch])
            if n % round(rate_hz * TICK_S) == 0:
                log.tick(said[n].received_at_s)
            if log.crowded:
                log.commit().result()
        log.tick(said[-1].received_at_s)
        log.close()
        written = count / (time.process_time() - began_s)
        size = sum(path.stat().st_size for path in directory.iterdir()) / count
        began_s = time.process_time()
        back = sum(len(b.observations) for b in read_log(directory))
        read_back = back / (time.process_time() - began_s)
    row(f"log, {count} claims, append", written, "1/s CPU", ">= 100000", written >= 100_000)
    row(f"log, {count} claims, read", read_back, "1/s CPU")
    row(f"log, {count} claims, on disk", size, "bytes an observation")


def commit_rows(rounds: int) -> None:
    """Ask for a commit every 20 ms at 1,000 observations a second."""
    took_s = []
    with tempfile.TemporaryDirectory() as name, Log(Path(name)) as log:
        for n, o in enumerate(claims(rounds * 20, 1000.0)):
            log.append("traffic", [o])
            if n % 20 == 19:
                began_s = time.perf_counter()
                log.commit().result()
                took_s.append(time.perf_counter() - began_s)
                time.sleep(0.02)
    row("log, commit at 1,000/s, p99", float(np.percentile(took_s, 99)) * 1000, "ms")


def restart_row(seconds: float, rate_hz: float) -> None:
    """A watch comes back after a death just before its next checkpoint."""
    with tempfile.TemporaryDirectory() as name:
        site = read(
            '[site]\nname = "Bench"\nlat_deg = 48.7\nlon_deg = 2.4\n'
            '[[source]]\nid = "adsb"\nformat = "sbs"\n'
            f'link = "tcp-listen://127.0.0.1:0"\n[store]\ndirectory = "{name}"\n'
        )
        died(site, Path(name), claims(round(seconds * rate_hz), rate_hz))
        began_s = time.process_time()
        pipeline = Pipeline(site, Watch(site), StepClock(START_S))
        took_s = time.process_time() - began_s
        pipeline.close()
    row(f"restart, {seconds:.0f} s of log at {rate_hz:.0f}/s", took_s, "s CPU")


def died(site: Site, directory: Path, said: list[Observation]) -> None:
    """Leave the store as a watch does that dies: a checkpoint, and log after it."""
    watch, ticks = Watch(site), 0
    checkpoint.save(
        directory / "checkpoints", checkpoint.Checkpoint(place=0, tick_end_s=START_S, state=watch.state())
    )
    with Log(directory / "log") as log:
        for o in said:
            while o.received_at_s > START_S + ticks * TICK_S:
                log.tick(START_S + ticks * TICK_S)
                ticks += 1
            log.append("traffic", [o])
        log.tick(START_S + ticks * TICK_S)


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    log_rows(20_000 if quick else 400_000)
    commit_rows(20 if quick else 200)
    restart_row(5.0 if quick else 60.0, 300.0)


if __name__ == "__main__":
    main()
