"""Fixtures of the browser tests: one loop, one browser and one demonstration for all of them."""

import inspect
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

from screen import Beside, chromium_path, launched

MINUTES = 13.1
"""Of the demonstration: a drone has come up the final approach, and an airliner is on its way there."""
LONGEST_S = 500.0
BESIDE = pytest.StashKey[Beside]()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that is a coroutine runs in the loop of the browser."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    given = {name: pyfuncitem.funcargs[name] for name in wanted}
    pyfuncitem.session.stash[BESIDE].run(pyfuncitem.obj(**given))
    return True


@pytest.fixture(scope="session")
def beside(request: pytest.FixtureRequest) -> Iterator[Beside]:
    """The loop."""
    made = request.session.stash[BESIDE] = Beside()
    yield made
    made.close()


@pytest.fixture(scope="session")
def driver(beside: Beside) -> Iterator[Playwright]:
    """Playwright."""
    chromium_path()
    started = beside.run(async_playwright().start())
    yield started
    beside.run(started.stop())


@pytest.fixture(scope="session")
def chromium(beside: Beside, driver: Playwright, played: object) -> Iterator[Browser]:
    """The browser."""
    browser = beside.run(launched(driver))
    yield browser
    beside.run(browser.close())


class Demo(NamedTuple):
    """A demonstration at a terminal of its own."""

    playing: subprocess.Popen[bytes]
    told: Callable[[], str]
    """What its terminal shows so far."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the demonstration comes last: it plays meanwhile. A browser beside other work on a small
    machine may stall for seconds: its tests get a second try, and the summary counts it as `rerun`."""
    items.sort(key=_wants_demo)
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))
            item.add_marker(pytest.mark.timeout(600))


def _wants_demo(item: pytest.Item) -> bool:
    return {"chromium", "demo"} <= set(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo | None]:
    """The demonstration, which begins at once if any test looks at it."""
    if not any(map(_wants_demo, request.session.items)):
        yield None
        return
    terminal, end = pty.openpty()
    command: list[str | Path] = [Path(sys.executable).with_name("beffroi"), "demo", "--port", "0",
               "--minutes", str(MINUTES), "--speed", "1000",
               "--out", str(tmp_path_factory.mktemp("demo"))]  # fmt: skip
    playing = subprocess.Popen(
        command, stdin=end, stdout=end, stderr=end, env=os.environ | {"TERM": "dumb", "COLUMNS": "200"}
    )
    os.close(end)
    try:
        yield Demo(playing, _listen(terminal))
    finally:
        playing.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            playing.wait(20.0)
        playing.kill()
        os.close(terminal)


@pytest.fixture(scope="session")
def demo(played: Demo) -> str:
    """The address of the demonstration as it stays at a terminal: over, its time standing still."""
    until = time.monotonic() + LONGEST_S
    while "its time stands still" not in played.told():
        if played.playing.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"the demonstration did not come to its end:\n{played.told()[-3000:]}")
        time.sleep(0.2)
    found = re.search(r"The console: (\S+)", played.told())
    assert found, played.told()[:1000]
    return found[1]


def _listen(terminal: int) -> Callable[[], str]:
    """What a terminal shows so far."""
    heard = bytearray()

    def listen() -> None:
        with suppress(OSError):
            while said := os.read(terminal, 65_536):
                heard.extend(said)

    Thread(target=listen, daemon=True).start()
    return lambda: heard.decode(errors="replace")
