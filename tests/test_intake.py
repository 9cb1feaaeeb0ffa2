"""Intake: what a source sends becomes observations of the right class, or is refused with a reason."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi import feeds
from beffroi.errors import FeedError, SiteError, UseError
from beffroi.intake import KEPT_A_TICK, Intake
from beffroi.links import decoded, decoder
from beffroi.links.clock import StepClock
from beffroi.observation import Observation, digest
from beffroi.site import Retention, Source
from beffroi.store.log import Log
from beffroi.store.reading import Refused, read
from beffroi.wire.pcap import packets
from crashing import START_S, line
from shared import DATA, needs_data


def kept(directory: Path, source: Source, frames: list[bytes]) -> set[str]:
    """Classes of the files that frames of a source go to."""

    async def run() -> None:
        intake = Intake(source, StepClock(START_S))
        intake.link.inbox.put(frames)
        with Log(directory) as log:
            intake.drain(log)
            log.tick(START_S)

    asyncio.run(run())
    assert sum(len(b.observations) for b in read(directory)) > 0
    return {path.name.split("-")[1].removesuffix(".sqlite") for path in directory.glob("*.sqlite")} - {
        "ticks"
    }


@pytest.mark.parametrize(
    ("said", "expected"), [(None, "traffic"), ("operator", "operator"), ("sensor", "sensor")]
)
def test_the_site_may_say_how_long_a_source_is_kept(
    tmp_path: Path, said: Retention | None, expected: str
) -> None:
    source = Source(id="adsb", format="sbs", link="tcp-listen://127.0.0.1:0", retention=said)
    assert kept(tmp_path, source, [line(1, START_S)]) == {expected}


@pytest.mark.parametrize("name", feeds.names())
def test_every_feed_that_can_carry_persons_is_kept_as_data_of_operators(tmp_path: Path, name: str) -> None:
    feed = feeds.feed(name)
    frames = [feed.SAMPLE] if isinstance(feed.SAMPLE, bytes) else list(feed.SAMPLE)
    classes = kept(tmp_path, Source(id="s", format=name, link="udp://127.0.0.1:0"), frames)
    assert (classes == {"operator"}) == feed.PERSONAL


@needs_data
@pytest.mark.parametrize("allowed", [False, True])
def test_dji_beacons_are_read_where_the_site_allows_it(allowed: bool) -> None:
    capture = (DATA / "remote-id" / "mavic_alessa_spoofed.pcapng").read_bytes()
    frames = [p.data for p in packets(capture) if not isinstance(p, Exception)]
    decode = decoder(Source(id="r", format="remote_id", link="udp://x:1", drone_id_allowed=allowed))
    assert bool([o for f in frames for o in decode(f, START_S, "r")]) == allowed


def test_who_is_withheld_is_counted_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    head = b"FLRDDA5BA>APRS,qAS,LFMX:/165829h4415.41N/00600.03E'342/049/A=005524 id"
    frames = [head + b"46DDA5BA", head + b"46DDA5BA", head + b"86DDA5BA", b"nonsense"]

    async def run() -> int:
        intake = Intake(Source(id="ogn", format="ogn", link="udp://127.0.0.1:0"), StepClock(START_S))
        intake.link.inbox.put(frames)
        with Log(tmp_path) as log:
            intake.drain(log)
            intake.end_tick(log, START_S)
            log.tick(START_S)
        return intake.refused

    assert asyncio.run(run()) == 4
    (batch,) = read(tmp_path)
    assert not batch.observations
    said = {(r.reason, r.count, bool(r.digest)) for r in batch.refused}
    assert said == {
        ("no-tracking is set", 2, False),
        ("stealth is set", 1, False),
        ("no APRS packet", 1, True),
    }
    for path in tmp_path.glob("*.sqlite*"):
        assert digest(frames[0]) not in path.read_bytes()
        assert b"DDA5BA" not in path.read_bytes().upper()


def refusals(directory: Path, format: str, frames: list[bytes]) -> list[Refused]:
    """What one tick writes down of frames that cannot be read."""

    async def run() -> None:
        intake = Intake(Source(id="s", format=format, link="udp://127.0.0.1:0"), StepClock(START_S))
        intake.link.inbox.put(frames)
        with Log(directory) as log:
            while intake.waiting:
                intake.drain(log)
            intake.end_tick(log, START_S)
            log.tick(START_S)

    asyncio.run(run())
    (batch,) = read(directory)
    return batch.refused


def test_a_flood_is_counted_by_kind_whatever_it_says(tmp_path: Path) -> None:
    bad = [line(1, START_S).replace(b"MSG,3", b"M%d,3" % i) for i in range(3000)]
    refused = refusals(tmp_path, "sbs", bad)
    assert sum(r.count for r in refused) == 3000
    assert len(refused) <= KEPT_A_TICK + 3


def test_what_a_reason_quotes_of_a_person_is_not_kept(tmp_path: Path) -> None:
    name = json.dumps('jane\'s "x" doe').encode()
    frame = feeds.feed("courageous").SAMPLE.replace(b'"0.4.1"', name)
    (one,) = refusals(tmp_path, "courageous", [frame])
    assert (one.place, one.reason) == ("version", "… is not ….….x")
    assert not any(b"doe" in path.read_bytes() for path in tmp_path.glob("*.sqlite*"))


def test_the_clock_of_a_receiver_is_told_to_its_decoder() -> None:
    local = line(1, START_S + 7200.0)
    source = Source(id="a", format="sbs", link="udp://127.0.0.1:0", utc_offset_h=2.0)
    (one,) = decoder(source)(local, START_S, "a")
    assert isinstance(one, Observation)
    assert one.time_s == START_S


def test_a_fault_in_a_decoder_refuses_the_frame() -> None:
    def faulty(frame: bytes, received_at_s: float, source: str) -> Iterator[Observation | FeedError]:
        yield FeedError("byte 1", "bad")
        raise IndexError(f"{len(frame)}")

    said = list(decoded(faulty, b"abc", START_S, "s"))
    assert [str(e) for e in said] == ["byte 1: bad", "decoder: IndexError: 3"]


def test_a_source_that_cannot_be_is_said() -> None:
    with pytest.raises(UseError, match="nonesuch"):
        Intake(Source(id="s", format="nonesuch", link="udp://127.0.0.1:0"), StepClock(START_S))
    with pytest.raises(SiteError, match="pigeon"):
        Intake(Source(id="s", format="sbs", link="pigeon://loft"), StepClock(START_S))
