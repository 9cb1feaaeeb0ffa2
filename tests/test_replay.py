"""Replay: foreign captures by their own stamps, several as one; our own log is in test_pipeline."""

import gzip
import os
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest

from beffroi.errors import LinkError, StoreError, UseError
from beffroi.replay import Report, batches, rebuild_history, replay, replay_into
from beffroi.site import Site
from beffroi.site import read as read_site
from beffroi.store import lock
from beffroi.store.history import read_history
from beffroi.track import Track
from beffroi.wire.pcap import RAW, header, record, udp_packet
from crashing import START_S, TICKS, line, live
from crashing import site as crash_site
from shared import DATA, needs_data

PLACE = '[site]\nname = "Replay"\nlat_deg = 48.7\nlon_deg = 2.4\n'
TABLE = '[[source]]\nid = "{}"\nformat = "{}"\nlink = "{}"\n'


def site(*sources: tuple[str, str, str]) -> Site:
    """A site with sources: (id, format, link)."""
    return read_site(PLACE + "".join(TABLE.format(*said) for said in sources))


ONE = site(("adsb", "sbs", "tcp://127.0.0.1:1"))
TWO = site(("north", "sbs", "tcp://127.0.0.1:1"), ("south", "sbs", "tcp://127.0.0.1:2"))


def spoken(path: Path, *said: tuple[int, float]) -> Path:
    """A file of lines: (aircraft, seconds since the start)."""
    path.write_bytes(b"\r\n".join(line(number, START_S + at_s) for number, at_s in said))
    return path


def test_several_files_merge_by_time_and_ties_by_their_order(tmp_path: Path) -> None:
    a = spoken(tmp_path / "a", (1, 0.0), (1, 1.0), (1, 2.0))
    b = spoken(tmp_path / "b", (2, 0.5), (2, 1.0), (2, 2.5))
    for first, second in ((f"north={a}", f"south={b}"), (f"south={b}", f"north={a}")):
        read = [o for batch in batches([first, second], TWO) for o in batch.observations]
        assert [o.time_s - START_S for o in read] == [0.0, 0.5, 1.0, 1.0, 2.0, 2.5]
        assert [o.source for o in read if o.time_s == START_S + 1.0] == [
            first.split("=")[0],
            second.split("=")[0],
        ]


def test_ticks_are_a_quarter_second_of_the_data_s_time(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", (1, 0.0), (1, 0.1), (1, 0.25), (1, 0.3), (1, 1.0))
    ticks = [(b.tick_end_s - START_S, len(b.observations)) for b in batches([file], ONE)]
    assert ticks == [(0.0, 1), (0.25, 2), (0.5, 1), (0.75, 0), (1.0, 1)]


def test_lines_out_of_order_are_taken_in_order(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", (1, 2.0), (1, 0.0), (1, 1.0))
    read = [o for batch in batches([file], ONE) for o in batch.observations]
    assert [o.time_s - START_S for o in read] == [0.0, 1.0, 2.0]
    assert [o.received_at_s for o in read] == [o.time_s for o in read]


def test_a_capture_is_read_as_the_site_says_of_its_source(tmp_path: Path) -> None:
    paris = read_site(PLACE + TABLE.format("adsb", "sbs", "tcp://127.0.0.1:1") + "utc_offset_h = 2.0\n")
    file = spoken(tmp_path / "a", (1, 0.0))
    (one,) = [o for batch in batches([file], paris) for o in batch.observations]
    assert one.time_s == START_S - 7200.0


def test_a_packet_capture_was_received_when_its_packets_were(tmp_path: Path) -> None:
    file = tmp_path / "a.pcap"
    sent = [(START_S + s + 0.6, line(1, START_S + s)) for s in range(3)]
    file.write_bytes(header(RAW) + b"".join(record(t, udp_packet(said, 30003)) for t, said in sent))
    read = [o for batch in batches([file], ONE) for o in batch.observations]
    assert [round(o.received_at_s - o.time_s, 6) for o in read] == [0.6] * 3


def test_a_silence_of_a_year_is_not_stepped_through(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", (1, 0.0), (1, 3.2e7))
    ends = [b.tick_end_s - START_S for b in batches([file], ONE)]
    assert ends[0] == 0.0
    assert ends[-1] == 3.2e7
    assert ends[-2] == pytest.approx(900.0, abs=1.0)


def test_the_same_replay_gives_the_same_bytes(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", *((n, s) for s in range(60) for n in range(3)))
    assert replay_into(tmp_path / "x", [file], ONE).observations == {"adsb": 180}
    code = f"""
from pathlib import Path
from beffroi.replay import replay_into
from beffroi.site import read
replay_into(Path({str(tmp_path / "y")!r}), [{str(file)!r}], read({PLACE + TABLE.format("adsb", "sbs", "tcp://x:1")!r}))
"""
    another = os.environ | {"PYTHONHASHSEED": "12345"}  # another order of every set
    subprocess.run([sys.executable, "-c", code], env=another, check=True, timeout=120)
    for name in ("tracks.jsonl", "signs.jsonl"):
        assert (tmp_path / "x" / name).read_bytes() == (tmp_path / "y" / name).read_bytes()
    rows = [msgspec.json.decode(row, type=Track) for row in (tmp_path / "x/tracks.jsonl").open("rb")]
    assert {row.callsign for row in rows} == {"TST000", "TST001", "TST002"}


# Whose file it is


def test_the_only_source_whose_format_reads_a_file_has_it(tmp_path: Path) -> None:
    here = site(
        ("metar", "metar", "udp://x:1"), ("adsb", "sbs", "udp://x:2"), ("rid", "remote_id", "udp://x:3")
    )
    file = spoken(tmp_path / "a", (1, 0.0))
    assert [o.source for b in batches([file], here) for o in b.observations] == ["adsb"]


def test_or_the_one_whose_link_names_it(tmp_path: Path) -> None:
    here = site(("north", "sbs", "file:/elsewhere/b.csv"), ("south", "sbs", "file:a.csv?speed=2"))
    file = spoken(tmp_path / "a.csv", (1, 0.0))
    assert [o.source for b in batches([file], here) for o in b.observations] == ["south"]


def test_if_there_are_several_one_must_be_said(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", (1, 0.0))
    with pytest.raises(UseError, match=f"say north={file} or south={file}"):
        list(batches([file], TWO))
    assert [o.source for b in batches([f"south={file}"], TWO) for o in b.observations] == ["south"]


def test_if_there_is_none_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("nothing that anybody reads\n")
    here = site(("adsb", "sbs", "udp://x:2"), ("rid", "remote_id", "udp://x:3"))
    with pytest.raises(UseError, match="no source of the site reads it"):
        list(batches([tmp_path / "a"], here))
    with pytest.raises(LinkError, match="No such file"):
        list(batches([tmp_path / "nowhere"], here))


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    file = spoken(tmp_path / "a", (1, 0.0), (1, 1.0))
    file.write_bytes(b"no line\r\n" + file.read_bytes())
    report = Report()
    assert sum(len(b.observations) for b in batches([file], ONE, report)) == 2
    assert [(source, n) for (source, _), n in report.refused.items()] == [("adsb", 1)]


def test_a_stamp_without_a_date_takes_the_day_of_the_files_beside_it(tmp_path: Path) -> None:
    here = site(("metar", "metar", "udp://x:1"), ("adsb", "sbs", "udp://x:2"))
    weather = tmp_path / "weather"
    weather.write_text("METAR LFPO 142200Z 24010KT 9999 FEW040 12/08 Q1021\n")  # START_S is 14 November 2023
    traffic = spoken(tmp_path / "a", (1, 0.0), (1, 1.0))
    read = [o for b in batches([traffic, weather], here) for o in b.observations]
    assert [o.source for o in read] == ["metar", "adsb", "adsb"]
    assert read[0].time_s == 1_699_999_200.0


@needs_data
def test_real_captures_find_their_sources(tmp_path: Path) -> None:
    here = site(("adsb", "opensky", "tcp://x:1"), ("rid", "remote_id", "udp://x:3"))
    with gzip.open(DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz", "rt") as rows:
        (tmp_path / "paris.csv").write_text("".join(islice(rows, 1000)))
    remote = DATA / "remote-id" / "anafi_spoofed_odid_only.pcap"
    for source, file, count in (("adsb", tmp_path / "paris.csv", 999), ("rid", remote, 26)):
        assert replay_into(tmp_path / source, [file], here).observations == {source: count}
        tracks = [
            msgspec.json.decode(row, type=Track) for row in (tmp_path / source / "tracks.jsonl").open("rb")
        ]
        assert {t.sources for t in tracks} == {(source,)}


# Our own log


def test_a_log_is_replayed_alone(tmp_path: Path) -> None:
    live(tmp_path, 8)
    file = spoken(tmp_path / "a", (1, 0.0))
    with pytest.raises(UseError, match="alone"):
        list(batches([tmp_path, file], crash_site(tmp_path)))
    assert len(list(batches([tmp_path], ONE))) == len(list(batches([tmp_path / "log"], ONE))) == 8


def test_a_log_purged_in_part_says_what_is_missing(tmp_path: Path) -> None:
    live(tmp_path, 8)
    next((tmp_path / "log").glob("*-traffic.sqlite")).unlink()
    report = Report()
    assert len(list(replay([tmp_path], crash_site(tmp_path), report=report))) == 8
    assert report.missing == {"traffic": 24}


def test_the_history_can_be_made_again_from_the_log(tmp_path: Path) -> None:
    live(tmp_path, TICKS // 2)
    before = read_history(tmp_path / "history", 0, 2e9)
    with lock.held(tmp_path), pytest.raises(StoreError, match="already writes"):
        rebuild_history(tmp_path, crash_site(tmp_path))
    for path in (tmp_path / "history").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    rebuild_history(tmp_path, crash_site(tmp_path))
    after = read_history(tmp_path / "history", 0, 2e9)
    assert len(after["track"]) > 0
    assert all(np.array_equal(before[n], after[n], equal_nan=before[n].dtype.kind == "f") for n in before)
