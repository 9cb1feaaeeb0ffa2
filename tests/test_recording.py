"""Real traffic through the watch: airliners raise nothing, an ultralight among them in the same feed does."""

import gzip
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import pytest

from beffroi import feeds, zones
from beffroi.demo import recorded
from beffroi.errors import MissingPart
from beffroi.kernels.geodesy import destination
from beffroi.observation import Observation
from beffroi.replay import replay
from beffroi.sign import Sign
from beffroi.simulate import recording
from beffroi.site import Place, Site, Source, ZoneSource
from beffroi.site import read as read_site
from beffroi.watch import Watch
from shared import DATA, needs_data

RECORDING = DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz"
ACCUSING = (
    "zone_intrusion", "flight_conflict", "approach_path", "contradicted_remote_id", "implausible_remote_id",
    "ultralight_in_controlled_zone", "low_slow_small", "uncooperative_object", "loitering", "swarm",
)  # fmt: skip
ORLY = (48.7233, 2.3794)


def paris() -> Site:
    """Three aerodromes, a ring and the surfaces of each, and the one feed of the recording."""
    place = Place(name="Paris Orly", lat_deg=ORLY[0], lon_deg=ORLY[1], elevation_m=89.0, geoid_m=44.4,
                  aerodromes=("LFPO", "LFPB", "LFPG"), jurisdiction="FRA")  # fmt: skip
    feed = Source(id="adsb", format="opensky", link="file:recording.csv", horizontal_sigma_m=30.0,
                  delay_s=1.0, period_s=1.0)  # fmt: skip
    rings = tuple(ZoneSource(format="aerodrome", aerodrome=a, ring_m=5000.0) for a in place.aerodromes)
    return zones.with_runways(Site(site=place, source=(feed,), zone=rings))


@cache
def rows() -> tuple[str, list[str]]:
    """The header of the recording, and its rows by time."""
    with gzip.open(RECORDING, "rt") as file:
        header, *lines = file.read().splitlines()
    return header, sorted(lines, key=lambda line: float(line.partition(",")[0]))


def opened(directory: Path, minutes: float, more: Sequence[str] = ()) -> list[Sign]:
    """The signs that open in the first minutes of the recording, with more rows among its own."""
    header, lines = rows()
    end_s = float(lines[0].partition(",")[0]) + 60.0 * minutes
    kept = [line for line in (*lines, *more) if float(line.partition(",")[0]) < end_s]
    file = directory / "recording.csv"
    file.write_text("\n".join([header, *sorted(kept, key=lambda line: float(line.partition(",")[0]))]) + "\n")
    site = paris()
    steps = replay([file], site, zones.of_site(site, lambda name: b""))
    return [s for step in steps for s in step.signs if s.change == "opened"]


@needs_data
def test_real_traffic_alone_accuses_nobody(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    """Take-offs, landings, taxiing and parked aircraft at three aerodromes, with rows that say nonsense."""
    assert [s for s in opened(tmp_path, campaign(40)) if s.rule in ACCUSING] == []


def test_the_recording_of_the_demonstration_alone_accuses_nobody(campaign: Callable[[int], int]) -> None:
    """Three hours over Orly and Le Bourget, 79 flight hours; the demonstration's own site, its other sources
    silent."""
    try:
        flown = recorded.rows()
    except MissingPart as missing:
        pytest.skip(str(missing))
    text = (files("beffroi") / "simulate" / "paris-site.toml").read_text(encoding="utf-8")
    site = zones.with_runways(read_site(text))
    watch, decode = Watch(site, zones.of_site(site, lambda name: b"")), feeds.decoder("opensky")
    rang: list[Sign] = []
    begin_s = flown[0].timestamp // 1000.0
    until = begin_s + 60.0 * campaign(180)
    for second, said in groupby(flown, key=lambda row: row.timestamp // 1000.0):
        if second > until:
            break
        heard = [o for row in said for o in decode(recording.line(row), second + 1.0, "adsb")]
        rang += watch.step([o for o in heard if isinstance(o, Observation)], second + 1.0).signs
    assert second > begin_s
    assert [s for s in rang if s.rule in ACCUSING] == []


def ultralight(address: str, squawk: str, callsign: str, from_deg: float) -> list[str]:
    """It comes in at 45 kt, 200 m over the field, and strays into the ring of Orly."""
    begin_s = float(rows()[1][0].partition(",")[0]) + 5.0
    lines = []
    for second in range(120):
        lat, lon = (float(v) for v in destination(*ORLY, from_deg, 5800.0 - 23.0 * second))
        track_deg = from_deg - 180.0
        place = f"{lat:.6f},{lon:.6f},550.0,45.0,{track_deg},0.0"
        lines.append(f"{begin_s + second:.0f},{address},{callsign},{place},{squawk},0")
    return lines


@needs_data
def test_crewed_ultralights_in_the_same_feed_are_noticed(tmp_path: Path) -> None:
    """No class of source is exempt: they report themselves as the airliners do, whatever they say."""
    strays = {
        "39ff01": ("7000", "FJABC", 185.0),
        "39ff02": ("", "ULM01", 200.0),
        "39ff03": ("1000", "AFR1234", 215.0),
    }
    more = [line for address, said in strays.items() for line in ultralight(address, *said)]
    said = [s for s in opened(tmp_path, 2.0, more) if s.rule in ACCUSING]
    assert {alias for s in said for alias in s.aliases} == {f"icao24:{address}" for address in strays}
    assert len([s for s in said if s.rule == "zone_intrusion"]) == 3, "one sign each"
