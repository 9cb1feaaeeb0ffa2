"""The journal: what befalls a source is told once, on stderr and nowhere else."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from beffroi.journal import to_stderr

BEFFROI = Path(sys.executable).parent / "beffroi"


@pytest.fixture
def configured() -> Iterator[None]:
    to_stderr()
    yield
    structlog.reset_defaults()


def site(folder: Path, port: int, nobody: int) -> Path:
    path = folder / "site.toml"
    path.write_text(
        f"""
        [site]
        name = "Here"
        lat_deg = 48.7
        lon_deg = 2.4
        [[source]]
        id = "adsb"
        format = "sbs"
        link = "tcp-listen://127.0.0.1:{port}"
        silent_after_s = 1.0
        [[source]]
        id = "gone"
        format = "sbs"
        link = "tcp://127.0.0.1:{nobody}"
        [store]
        directory = "{folder / "data"}"
        """
    )
    return path


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(s.getsockname()[1]) for s in held]
    for one in held:
        one.close()
    return ports


def line() -> bytes:
    stamp = datetime.now(UTC).strftime("%Y/%m/%d,%H:%M:%S.%f")[:-3]
    return f"MSG,3,1,1,4CA2D6,1,{stamp},{stamp},,3000,,,48.7,2.4,,,0,0,0,0\n".encode()


def called(port: int) -> socket.socket:
    end = time.monotonic() + 30.0
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < end, "nobody listens"
            time.sleep(0.05)


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 30.0
    while not true():
        assert time.monotonic() < end, f"it was not said: {what}"
        time.sleep(0.05)


def test_serve_tells_what_befalls_its_sources_and_at_the_end_what_they_gave(tmp_path: Path) -> None:
    port, nobody = free_ports(2)
    out, told = tmp_path / "stdout", tmp_path / "stderr"
    command = [str(BEFFROI), "serve", "--no-console", "--config", str(site(tmp_path, port, nobody))]
    with out.open("wb") as stdout, told.open("wb") as stderr:
        serving = subprocess.Popen(command, stdout=stdout, stderr=stderr)

    def said(what: str, times: int = 1) -> None:
        until(lambda: told.read_text().count(what) >= times, what)

    try:
        with called(port) as caller:
            caller.sendall(line() + b"bad\n")
            said("] adsb: ok")
            said("] adsb: silent")
            caller.sendall(line())
            said("] adsb: ok", 2)
        said("] adsb: cut, to be connected again reason='a caller closed its connection'")
        said("] gone: cut, to be connected again reason=")
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(30.0) == 0
    finally:
        serving.kill()
    last = [row for row in told.read_text().splitlines() if ": frames" in row]
    assert len(last) == 2
    for row, words in zip(last, (("adsb", 3, 1), ("gone", 0, 0)), strict=True):
        assert f"] {words[0]}: frames" in row
        assert f"received={words[1]} refused={words[2]}" in row
        assert "dropped=0" in row
    assert told.read_text().count("gone: cut") == 1, "the same reason is told once"
    assert not [row for row in out.read_text().splitlines() if "] " in row]


@pytest.mark.usefixtures("configured")
def test_a_line_goes_to_stderr_plainly_and_shows_no_locals(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "the operator's" + " name"
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("a link failed", source="adsb")
    told = capsys.readouterr()
    assert told.out == ""
    assert "a link failed" in told.err
    assert "source=adsb" in told.err
    assert "ValueError: broken" in told.err
    assert secret not in told.err
    assert "\x1b" not in told.err
