"""The command line is a contract: its verbs, its output, its exit codes."""

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from beffroi import cli, feeds, signs, zones
from beffroi.errors import MissingPart, StoreError
from beffroi.observation import digest, from_json
from shared import DATA, needs_data

BEFFROI = Path(sys.executable).parent / "beffroi"
VERBS = (
    "audit",
    "check",
    "decode",
    "demo",
    "formats",
    "people",
    "replay",
    "serve",
    "signs",
    "track",
    "trial",
)
SITE = '[site]\nname = "Test"\nlat_deg = 48.72\nlon_deg = 2.36\n'
PLOTS = "time_s,x_m,y_m\n" + "".join(f"{t},{100.0 + 50 * t},{200.0 - 20 * t}\n" for t in range(12))


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def written(folder: Path, data: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def sample(name: str) -> bytes:
    frames = feeds.feed(name).SAMPLE
    return frames if isinstance(frames, bytes) else b"\n".join(frames)


# decode


@pytest.mark.parametrize("name", ["opensky", "readsb", "sbs", "ogn", "metar", "sighting", "dragonsync"])
def test_decode_gives_one_observation_a_line(tmp_path: Path, name: str) -> None:
    done = run("decode", name, written(tmp_path, sample(name)))
    assert done.exit_code == 0
    read = [from_json(line.encode()) for line in done.stdout.splitlines()]
    assert read
    assert [re.findall(r'"frame":"(\w+)"', line) for line in done.stdout.splitlines()] == [
        [one.frame.hex()] for one in read
    ]
    assert done.stderr == f"read {len(read)}, refused 0\n"


def test_what_a_sign_cites_is_found_in_what_decode_prints(tmp_path: Path) -> None:
    vectors = "".join(f"{1633614000 + t},3944f1,AFR1,48.72,2.36,90,200,0,0,7700,0\n" for t in range(40))
    site = SITE + '[[source]]\nid = "net"\nformat = "opensky"\nlink = "tcp://127.0.0.1:1"\n'
    path = written(tmp_path, vectors)
    assert (
        run("replay", path, "--site", written(tmp_path, site, "s.toml"), "--out", tmp_path / "out").exit_code
        == 0
    )
    cited = set(re.findall(r"frame:([0-9a-f]{32})", (tmp_path / "out" / "signs.jsonl").read_text()))
    assert cited
    printed = run("decode", "opensky", path).stdout
    assert all(f'"{frame}"' in printed for frame in cited)
    assert digest(vectors.splitlines()[0].encode()).hex() in printed


def test_decode_counts_the_refused_last_with_why(tmp_path: Path) -> None:
    path = written(tmp_path, sample("sbs") + b"\nbad\nbad\nMSG,3\n")
    done = run("decode", "sbs", path)
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.splitlines() == [
        "read 1, refused 3",
        "  2 × field 1: this is no line of BaseStation",
        "  1 × field 2: the line ends: 22 fields are needed",
    ]


def test_decode_of_nothing_ends_with_1(tmp_path: Path) -> None:
    done = run("decode", "sbs", written(tmp_path, "bad\n"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert run("decode", "sbs", written(tmp_path, "")).exit_code == 1


def test_decode_names_so_many_reasons_and_counts_the_others(tmp_path: Path) -> None:
    lines = "".join(f"{'MSG,' * k}\n" for k in range(1, 21)) + "bad\n" * 3 + "x,\n"
    done = run("decode", "metar", written(tmp_path, lines))
    assert "refused 24" in done.stderr
    many = run("decode", "sbs", written(tmp_path, lines))
    assert many.stderr.splitlines()[-1] == "  and 1 other reasons"


@pytest.mark.parametrize(
    ("received", "true"),
    [
        ("2017-06-30", 1498841909.0),
        ("2017-06-30T17:00:00Z", 1498841909.0),
        ("2017-07-01T00:10:00+02:00", 1498841909.0),
    ],
)
def test_received_gives_the_day(tmp_path: Path, received: str, true: float) -> None:
    done = run("decode", "ogn", written(tmp_path, sample("ogn")), "--received", received)
    assert msgspec.json.decode(done.stdout)["time_s"] == true


def test_a_day_is_all_of_that_day(tmp_path: Path) -> None:
    line = "A>APRS,qAS,B:/{}h4415.41N/00600.03E'342/049/A=005524\n"
    path = written(tmp_path, line.format("000000") + line.format("235959"))
    done = run("decode", "ogn", path, "--received", "2017-06-30")
    times = [msgspec.json.decode(row)["time_s"] for row in done.stdout.splitlines()]
    assert times == [1498780800.0, 1498780800.0 + 86_399.0]


@pytest.mark.parametrize(
    ("text", "from_s", "to_s"),
    [
        ("2021-10-07", 1633564800.0, 1633651199.999),
        ("20211007", 1633564800.0, 1633651199.999),
        ("2021-10-07T13:40:00Z", 1633614000.0, 1633614000.0),
        ("2021-10-07T13:40", 1633614000.0, 1633614000.0),
        ("2021-10-07T15:40:00+02:00", 1633614000.0, 1633614000.0),
    ],
)
def test_a_date_is_the_begin_of_from_and_the_end_of_to(text: str, from_s: float, to_s: float) -> None:
    assert cli.BEGIN.convert(text, None, None) == from_s
    assert cli.END.convert(text, None, None) == to_s


def test_help_says_what_a_date_means() -> None:
    text = " ".join(run("trial", "--help").stdout.split())
    assert "Begin of the trial, UTC; of a date: 00:00." in text
    assert "End of the trial, UTC; of a date: the end of that day." in text


@pytest.mark.parametrize(
    "words",
    [
        ("decode", "nonsense", "FILE"),
        ("decode", "sbs", "no-such-file"),
        ("decode", "sbs"),
        ("decode", "ogn", "FILE", "--received", "yesterday"),
        ("check", "nonsense", "FILE"),
        ("check", "site"),
        ("track", "FILE"),
        ("track", "FILE", "--out", "x", "--sigma-m", "0"),
        ("replay", "FILE", "--out", "x"),
        ("nonsense",),
        ("--nonsense",),
    ],
)
def test_wrong_use_ends_with_2_and_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = written(tmp_path, PLOTS)
    done = run(*(path if word == "FILE" else word for word in words))
    assert done.exit_code == 2
    assert done.stderr
    assert not done.stdout


@needs_data
@pytest.mark.parametrize(
    ("words", "read", "refused"),
    [
        (("opensky", "adsb-states-paris/paris_2021-10-07_40min.csv.gz"), 75_254, 0),
        (("readsb", "adsb-readsb/aircraft_1.json"), 64, 0),
        (("ogn", "ogn/ogn_device_formats.aprs.txt"), 374, 17),
        (("remote_id", "remote-id/anafi_real_odid_only.pcap"), 1_140, 0),
        (("remote_id", "remote-id/mavic_alessa_spoofed.pcapng"), 10, 0),
    ],
)
def test_decode_of_real_files(words: tuple[str, str], read: int, refused: int) -> None:
    done = run("decode", words[0], DATA / words[1])
    assert done.exit_code == 0
    assert done.stdout.count("\n") == read
    assert done.stderr.splitlines()[0] == f"read {read}, refused {refused}"


@needs_data
def test_the_subject_is_one_string() -> None:
    done = run("decode", "remote_id", DATA / "remote-id" / "anafi_real_odid_only.pcap")
    subjects = {msgspec.json.decode(line).get("subject") for line in done.stdout.splitlines()}
    assert "uas:1588E040445AC004418" in subjects


@needs_data
def test_the_same_file_packed_says_the_same(tmp_path: Path) -> None:
    path = DATA / "asterix" / "cat_034_048.pcap"
    packed = written(tmp_path, gzip.compress(path.read_bytes()))
    assert run("decode", "asterix", packed).stdout == run("decode", "asterix", path).stdout


# check


def test_check_says_of_each_file_whether_it_is_right(tmp_path: Path) -> None:
    good = written(tmp_path, SITE, "good.toml")
    bad = written(tmp_path, SITE + "colour = 1\n", "bad.toml")
    worse = written(tmp_path, SITE + "[signs.zone_intrusion]\nnonsense = 3\n", "worse.toml")
    done = run("check", "site", good, bad, worse, tmp_path / "none")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"{good}: ok"
    assert lines[1] == f"{bad}: $.site: unknown key 'colour'"
    assert lines[2].startswith(f"{worse}: ")
    assert "nonsense" in lines[2]
    assert lines[3] == f"{tmp_path / 'none'}: No such file or directory"
    assert run("check", "site", good).exit_code == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('format = "sbs"\nlink = "tcp://127.0.0.1:99999"', "$.source[1].link: Port out of range 0-65535"),
        ('format = "sbs"\nlink = "pigeon://loft"', "$.source[1].link: no way to read 'pigeon://loft'"),
        ('format = "sbs"\nlink = "file:"', "$.source[1].link: 'file:' names no file: file:PATH"),
        (
            'format = "morse"\nlink = "tcp://127.0.0.1:1"',
            "$.source[1].format: no format 'morse'; there are: ",
        ),
    ],
)
def test_a_source_that_cannot_be_is_refused_with_its_path(tmp_path: Path, source: str, said: str) -> None:
    good = '[[source]]\nid = "a"\nformat = "sbs"\nlink = "udp://127.0.0.1:30003"\n'
    site = written(tmp_path, f'{SITE}{good}[[source]]\nid = "b"\n{source}\n', "site.toml")
    done = run("check", "site", site)
    assert (done.exit_code, done.stdout.startswith(f"{site}: {said}")) == (1, True), done.stdout
    for words in (("serve", "--config", site), ("replay", site, "--site", site, "--out", tmp_path / "out")):
        done = run(*words)
        assert (done.exit_code, done.stderr.startswith(f"beffroi: {said}")) == (1, True), done.stderr


def test_check_knows_every_feed(tmp_path: Path) -> None:
    good = written(tmp_path, sample("sbs"), "good")
    bad = written(tmp_path, sample("sbs") + b"\nbad\nbad\n", "bad")
    done = run("check", "sbs", good, bad)
    assert done.stdout.splitlines() == [
        f"{good}: ok",
        f"{bad}: field 1: this is no line of BaseStation (and 1 more)",
    ]


def test_check_of_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = written(tmp_path, b"[site]\n\xff")
    assert run("check", "site", path).stdout == f"{path}: byte 7: this is no UTF-8 text\n"


@needs_data
@pytest.mark.parametrize(("folder", "code"), [("valid", 0), ("invalid", 1)])
def test_check_of_sapient_messages(folder: str, code: int) -> None:
    files = sorted((DATA / "sapient-conformance" / folder).glob("*.json"))
    done = run("check", "sapient", *files)
    assert done.exit_code == code
    assert len(done.stdout.splitlines()) == len(files)
    assert all(line.endswith(": ok") == (code == 0) for line in done.stdout.splitlines())


# the other verbs


def test_formats_lists_every_member_with_its_source() -> None:
    text = run("formats").stdout
    for name in feeds.names():
        assert f"  {name} " in text
        assert feeds.feed(name).SOURCE in text
    assert all(f"  {name} " in text for name in zones.names())


def test_signs_lists_every_rule_with_its_basis() -> None:
    text = run("signs").stdout
    for name in signs.names():
        assert f"{name}\n" in text
        assert signs.module(name).BASIS[0] in text


def test_track_writes_a_row_for_each_track_and_scan(tmp_path: Path) -> None:
    out = tmp_path / "tracks.csv"
    done = run("track", written(tmp_path, PLOTS), "--out", out, "--sigma-m", "5")
    assert done.exit_code == 0
    header, *rows = out.read_text().splitlines()
    assert header == "time_s,track_id,x_m,y_m,vx_mps,vy_mps"
    last = [float(cell) for cell in rows[-1].split(",")]
    assert last[4:] == pytest.approx([50.0, -20.0], abs=2.0)


def test_track_says_which_line_is_bad(tmp_path: Path) -> None:
    done = run("track", written(tmp_path, "time_s,x_m,y_m\n0,1,2\n1,x,2\n"), "--out", tmp_path / "o.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("beffroi: line 3")


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    done = run("track", written(tmp_path, PLOTS), "--out", tmp_path / "no" / "such" / "folder")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_replay_writes_tracks_and_signs(tmp_path: Path) -> None:
    site = SITE + '[[source]]\nid = "net"\nformat = "opensky"\nlink = "tcp://127.0.0.1:1"\n'
    rows = "".join(
        f"{1633614000 + t},3944f1,AFR1,{48.72 + t * 0.0005:.5f},2.36,3000,200,0,0,1000,0\n" for t in range(60)
    )
    out = tmp_path / "out"
    words = (
        "replay",
        written(tmp_path, rows + "bad\n"),
        "--site",
        written(tmp_path, site, "site.toml"),
        "--out",
        out,
    )
    done = run(*words)
    assert done.exit_code == 0, done.stderr
    assert "60 observations" in done.stderr
    assert "1 × net: " in done.stderr
    tracks = [msgspec.json.decode(line) for line in (out / "tracks.jsonl").read_bytes().splitlines()]
    assert {track["subject"] for track in tracks} == {"icao24:3944f1"}
    assert (out / "signs.jsonl").exists()
    before = (out / "tracks.jsonl").read_bytes()
    assert run(*words).exit_code == 0
    assert (out / "tracks.jsonl").read_bytes() == before


def test_trial_judges_a_table_of_plots(tmp_path: Path) -> None:
    rows = [f"{1633614000 + t},{48.72 + t * 1e-4:.6f},2.36,100" for t in range(120)]
    truth = written(tmp_path, "time_s,lat_deg,lon_deg,alt_m\n" + "\n".join(rows) + "\n", "truth.csv")
    plots = written(tmp_path, "time_s,lat_deg,lon_deg,alt_m\n" + "\n".join(rows[::2]) + "\n", "radar.csv")
    out = tmp_path / "out"
    done = run("trial", plots, "--truth", truth, "--out", out, "--gate-m", "50")
    assert done.exit_code == 0, done.stderr
    assert "radar" in done.stdout
    assert "<html" in (out / "trial.html").read_text()
    assert run("trial", plots, "--truth", truth, "--gate-m", "-1").exit_code == 2


# how it ends


@pytest.mark.parametrize(
    ("error", "code"), [(MissingPart("rs1090", "pip install it"), 3), (StoreError("log", "is locked"), 1)]
)
def test_an_error_of_ours_is_one_line_and_its_code(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(signs, "names", fails)
    done = run("signs")
    assert (done.exit_code, done.stderr) == (code, f"beffroi: {error}\n")


def test_help_names_every_verb_and_comes_at_once() -> None:
    best_s = 9.0
    for _ in range(4):
        before = os.times()
        done = subprocess.run([BEFFROI, "--help"], capture_output=True, text=True, check=True)
        after = os.times()
        best_s = min(
            best_s,
            after.children_user + after.children_system - before.children_user - before.children_system,
        )
    assert all(f"\n  {verb} " in done.stdout for verb in VERBS)
    assert best_s < 0.3


def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    path = written(tmp_path, sample("sbs") + b"\n" + (sample("sbs") + b"\n") * 20_000)
    shell = f'"{BEFFROI}" decode sbs "{path}" | head -n 1'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_watches_until_it_is_told_to_end(tmp_path: Path) -> None:
    site = written(tmp_path, SITE + f'[store]\ndirectory = "{tmp_path / "data"}"\n', "site.toml")
    with subprocess.Popen(
        [BEFFROI, "serve", "--no-console", "--config", site], cwd=tmp_path, stderr=subprocess.PIPE
    ) as serving:
        assert serving.stderr is not None
        assert serving.stderr.readline() == b"watching 0 sources\n"
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60.0) == 0
        assert b"Traceback" not in serving.stderr.read()
    assert (tmp_path / "data" / "log").is_dir()


INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "beffroi.pipeline":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from beffroi.cli import main
main()
"""


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_ctrl_c_while_it_starts_is_quiet(tmp_path: Path, verb: str) -> None:
    written(tmp_path, SITE, "site.toml")
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, verb], cwd=tmp_path, capture_output=True, timeout=60.0
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_ctrl_c_ends_a_demonstration_quietly(tmp_path: Path) -> None:
    if find_spec("traffic") is None:
        pytest.skip("the recording of the demonstration (package traffic) is not installed: make setup")
    out = tmp_path / "out"
    with subprocess.Popen(
        [BEFFROI, "demo", "--headless", "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as playing:
        until(lambda: (out / "tracks.jsonl").exists())
        playing.send_signal(signal.SIGINT)
        assert playing.wait(60.0) == 130
        assert playing.stderr is not None
        assert playing.stderr.read() == b""


def test_ctrl_c_is_the_end_of_a_watch(tmp_path: Path) -> None:
    site = written(tmp_path, SITE + f'[store]\ndirectory = "{tmp_path / "data"}"\n', "site.toml")
    with subprocess.Popen(
        [BEFFROI, "serve", "--no-console", "--config", site], cwd=tmp_path, stderr=subprocess.PIPE
    ) as serving:
        assert serving.stderr is not None
        assert serving.stderr.readline() == b"watching 0 sources\n"
        serving.send_signal(signal.SIGINT)
        assert serving.wait(60.0) == 0
        assert serving.stderr.read() == b""


def until(true: Callable[[], bool], at_most_s: float = 60.0) -> None:
    end = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)
