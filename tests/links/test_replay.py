"""Files and captures as frames, and as a link that plays them by the clock."""

import asyncio
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from beffroi import links
from beffroi.errors import FeedError, LinkError, SiteError, WireError
from beffroi.feeds import sbs
from beffroi.feeds.opensky import SAMPLE
from beffroi.links import Inbox
from beffroi.links.replay import Frame, Player, observations, open_capture, timed
from beffroi.observation import Observation
from beffroi.wire import pcap
from crashing import line
from link_ends import now_s, source, until
from shared import DATA, needs_data

START_S = 1_633_614_000.0
ROW = "{t},3944f1,AFR15AH,49.020584,2.513052,{n}.0,123.0,85.82,-640.0,1000,0\n"


def rows(*times: float) -> bytes:
    return "".join(ROW.format(t=START_S + t, n=i) for i, t in enumerate(times)).encode()


def written(folder: Path, data: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def whole(path: Path, framing: str) -> list[Frame | WireError]:
    return list(open_capture(path, framing))


def captured(*payloads: bytes, link: int = pcap.RAW, port: int = 8600) -> bytes:
    packets = payloads if link == pcap.RADIOTAP else [pcap.udp_packet(p, port) for p in payloads]
    return pcap.header(link) + b"".join(pcap.record(START_S + i, p) for i, p in enumerate(packets))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_text_is_cut_as_its_format_says(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path, pack(b"\xef\xbb\xbfone\r\n\ntwo"))
    assert whole(path, "line") == [(None, b"one"), (None, b"two")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_capture_gives_payloads_with_their_times(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path, pack(captured(b"first", b"second")))
    assert whole(path, "asterix") == [(START_S, b"first"), (START_S + 1, b"second")]


def test_a_capture_of_radio_frames_gives_whole_packets(tmp_path: Path) -> None:
    path = written(tmp_path, captured(b"beacon", link=pcap.RADIOTAP))
    assert whole(path, "whole") == [(START_S, b"beacon")]


def test_a_packet_without_a_payload_is_said(tmp_path: Path) -> None:
    tcp = pcap.udp_packet(b"x", 1)
    tcp = tcp[:9] + b"\x06" + tcp[10:]
    data = (
        pcap.header(pcap.RAW) + pcap.record(START_S, tcp) + pcap.record(START_S, pcap.udp_packet(b"good", 1))
    )
    bad, good = whole(written(tmp_path, data), "asterix")
    assert "is not UDP" in str(bad)
    assert good == (START_S, b"good")


def test_a_file_that_is_cut_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    capture = captured(b"first", b"second")
    one, error = whole(written(tmp_path, capture[:-3]), "asterix")
    assert one == (START_S, b"first")
    assert isinstance(error, WireError)
    packed = gzip.compress(b"line\n" * 100_000)
    *some, error = whole(written(tmp_path, packed[:-20]), "line")
    assert isinstance(error, WireError)
    assert all(frame == (None, b"line") for frame in some)
    (error,) = whole(written(tmp_path, b"\x1f\x8bnonsense"), "line")
    assert isinstance(error, WireError)


def test_a_stream_that_cannot_be_followed_is_said(tmp_path: Path) -> None:
    one, error = whole(written(tmp_path, b"\x02\0\0\0ok\xff\xff\xff\xff" + b"x" * 9), "length32")
    assert one == (None, b"\x02\0\0\0ok")
    assert "cannot be" in str(error)


def test_messages_with_lengths_may_also_be_text(tmp_path: Path) -> None:
    path = written(tmp_path, b'\xef\xbb\xbf{"a": 1}\n{"b": 2}\n')
    assert whole(path, "length32") == [(None, b'{"a": 1}'), (None, b'{"b": 2}')]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="No such file"):
        whole(tmp_path / "nothing", "line")


def test_an_empty_file_has_no_frames(tmp_path: Path) -> None:
    for framing in ("line", "json", "rows", "whole", "asterix", "length32"):
        assert whole(written(tmp_path, b""), framing) == []


def test_a_capture_that_expands_too_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links.replay, "CAPTURE_BYTES", 50_000)
    (error,) = whole(written(tmp_path, gzip.compress(captured(b"x" * 60_000))), "asterix")
    assert "larger than" in str(error)


def test_what_has_no_stamps_was_received_when_it_was_true(tmp_path: Path) -> None:
    path = written(tmp_path, b"time,icao24,lat,lon\n1633614000,3944f1,49,2\nbroken\n")
    one, error = observations(path, "opensky", 5.0, "s")
    assert isinstance(one, Observation)
    assert (one.source, one.time_s, one.received_at_s) == ("s", START_S, START_S)
    assert "1 values for 4 columns" in str(error)


def test_frames_come_in_order_of_time_and_the_names_of_columns_first(tmp_path: Path) -> None:
    header = SAMPLE[0] + b"\n"
    path = written(tmp_path, header + rows(5.0, 2.0) + b"# lost\n" + rows(9.0, 2.0))
    frames, errors = timed(path, source("file:x", format="opensky"), 0.0)
    assert not errors
    assert [t - START_S for t, _ in frames] == [2.0, 2.0, 2.0, 2.0, 5.0, 9.0]
    texts = [frame.split(b",")[0] for _, frame in frames]
    assert texts[:4] == [b"time", b"1633614002.0", b"# lost", b"1633614002.0"]


def test_the_clock_of_a_receiver_is_told_to_its_decoder(tmp_path: Path) -> None:
    path = written(tmp_path, line(1, START_S + 7200.0))
    ((at_s, _),), errors = timed(path, source("file:x", format="sbs", utc_offset_h=2.0), START_S)
    assert (at_s, errors) == (START_S, [])


def test_a_fault_in_a_decoder_does_not_end_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(
        decoder: sbs.Decoder, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        raise IndexError("out of range")

    monkeypatch.setattr(sbs.Decoder, "decode", faulty)
    path = written(tmp_path, line(1, START_S) + b"\n" + line(2, START_S))
    player = Player(source(f"file:{path}?speed=0", format="sbs"), now_s)
    asyncio.run(player.run())
    assert (player.inbox.state, player.inbox.received) == ("ended", 2)


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, at_s: float) -> None:
        self.at_s = at_s

    def now_s(self) -> float:
        return self.at_s


def _has(player: Player, count: int) -> bool:
    return player.inbox.received >= count


async def _play(player: Player, clock: Hand, steps: list[tuple[float, int]]) -> None:
    """At each time of the clock, so many frames must have come."""
    task = asyncio.create_task(player.run())
    for at_s, count in steps:
        clock.at_s = at_s
        await until(partial(_has, player, count), f"{count} frames at {at_s}")
        await asyncio.sleep(0.05)
        assert player.inbox.received == count
    await until(task.done)
    task.result()
    assert player.inbox.state == "ended"


@pytest.mark.parametrize(
    ("speed", "begin_s", "steps"),
    [
        ("", 0.0, [(0.0, 1), (1.9, 1), (2.0, 2), (4.0, 3)]),  # the clock is as it was then
        ("", -7.0, [(-7.0, 0), (0.0, 1), (2.0, 2), (4.0, 3)]),  # it waits for its time
        (
            "",
            1e8,
            [(1e8, 1), (1e8 + 1.9, 1), (1e8 + 2.1, 2), (1e8 + 4.1, 3)],
        ),  # an old recording begins at once
        ("?speed=10", 0.0, [(0.0, 1), (0.21, 2), (0.41, 3)]),
        ("?speed=0", 0.0, [(0.0, 3)]),
    ],
)
def test_a_file_plays_by_the_clock(
    tmp_path: Path, speed: str, begin_s: float, steps: list[tuple[float, int]]
) -> None:
    path = written(tmp_path, rows(0.0, 2.0, 4.0))
    clock = Hand(START_S + begin_s)
    player = Player(source(f"file:{path}{speed}", format="opensky"), clock.now_s)
    asyncio.run(_play(player, clock, [(START_S + at_s, count) for at_s, count in steps]))


def test_a_file_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, rows(*range(5000)))

    async def play() -> int:
        player = Player(source(f"file:{path}?speed=0", format="opensky"), now_s)
        player.inbox = Inbox(now_s, 100_000)
        task, got = asyncio.create_task(player.run()), 0
        while not task.done() or player.inbox.received > got:
            got += len(player.inbox.take())
            await asyncio.sleep(0.001)
        assert player.inbox.dropped == 0
        return got

    assert asyncio.run(play()) == 5000


def test_a_file_that_is_not_there_is_lost() -> None:
    player = Player(source("file:/no/such/file", format="opensky"), now_s)
    asyncio.run(player.run())
    assert (player.inbox.state, player.inbox.trouble) == ("lost", "No such file or directory")


def test_a_speed_that_is_none() -> None:
    with pytest.raises(SiteError, match="no speed"):
        Player(source("file:x?speed=fast"), now_s)


@needs_data
@pytest.mark.parametrize(
    ("name", "framing", "count"),
    [
        ("asterix/cat_034_048.pcap", "asterix", 100),
        ("asterix/cat21_re.ast", "asterix", 2),
        ("remote-id/anafi_real_odid_only.pcap", "whole", 1140),
        ("remote-id/mavic_alessa_spoofed.pcapng", "whole", 10),
        ("adsb-readsb/aircraft_1.json", "json", 1),
        ("adsb-readsb/readsb_json_port_lines.jsonl", "json", 48),
        ("ogn/ogn_spain_2017-06-30.aprs.txt", "line", 247),
        ("adsb-states-paris/paris_2021-10-07_40min.csv.gz", "rows", 75_255),
    ],
)
def test_real_files(name: str, framing: str, count: int) -> None:
    items = whole(DATA / name, framing)
    kinds = Counter(type(item) for item in items)
    assert kinds == {tuple: count}
    stamped = [time_s for item in items if isinstance(item, tuple) and (time_s := item[0]) is not None]
    assert len(stamped) == (count if "pcap" in name else 0)
    assert stamped == sorted(stamped)
