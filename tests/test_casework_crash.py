"""A desk that is killed at any moment has lost nothing that it acknowledged, and its log fits."""

import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from beffroi.life import parts
from beffroi.store import ledger
from beffroi.store.tables import AUDIT_ENTRY
from cased import Room
from casing import work_until_killed

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["casing"])
KILLS = 200


@pytest.mark.timeout(1800)
def test_killed_at_any_moment(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    chance, kills, seed = random.Random(7), campaign(KILLS), 0
    while kills:
        directory = tmp_path / str(seed)
        directory.mkdir()
        for _ in range(min(kills, 5)):  # five lives of one store
            _live_and_die(directory, seed, chance.uniform(0.0, 0.5))
            kills, seed = kills - 1, seed + 1
            _all_is_there(directory)


def _live_and_die(directory: Path, seed: int, after_s: float) -> None:
    """Kill it so long after it has told of something."""
    told = directory / "told"
    length = told.stat().st_size if told.exists() else 0
    busy = processes.Process(target=work_until_killed, args=(directory, seed))
    busy.start()
    until = time.monotonic() + 60.0
    while (not told.exists() or told.stat().st_size == length) and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(after_s)
    busy.kill()
    busy.join()
    assert told.stat().st_size > length, "it has done nothing"


def _all_is_there(directory: Path) -> None:
    room = Room(directory)
    there = {
        (e.about, e.code, e.params.get("text") or e.params.get("why") or "")
        for e in room.entries.held_by(*(f"case:{n}" for n in range(1, 200)))
    }
    there |= {(e.about, e.code, e.params.get("why", "")) for e in room.entries.of("aerodrome")}
    for line in (directory / "told").read_text().splitlines():
        about, code, text = line.split(" ", 2)
        if about.startswith("sign:"):
            parts(about[5:])
            assert room.desk.sign(about[5:]).life is not None
        elif code == "tower_sent":
            assert (about, "tower_draft", text) in there
        else:
            assert (about, code, text) in there
    assert room.verdict() == [], "each entry has its line in the log, and the log its entries"
    rows = room.records.read(sa.select(AUDIT_ENTRY.c.body))
    assert all(ledger.decoded(bytes(body)).digest for (body,) in rows)
    room.close()
