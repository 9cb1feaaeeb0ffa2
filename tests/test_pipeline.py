"""The pipeline: what is acknowledged stays, what is replayed is the same, and a crash changes nothing."""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from crashing import AIRCRAFT, START_S, TICKS, lines, live, site

from beffroi.store.history import read_history
from beffroi.store.reading import read, whole
from beffroi.store.records import Records

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["crashing"])


# A crash


def said(directory: Path, word: str) -> list[str]:
    """What a run told: the lines that begin so."""
    there = directory / "told"
    lines = there.read_text().splitlines() if there.exists() else []
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(word)]


def killed_run(directory: Path, kills: int, whole_s: float) -> None:
    """Run, killed at random moments, then to the end. After each death the log is whole and lacks nothing."""
    moments = random.Random(kills)
    for _ in range(kills):
        life = processes.Process(target=live, args=(directory,))
        life.start()
        life.join(moments.uniform(0.0, 0.2 + 2.0 * whole_s / kills))
        life.kill()
        life.join()
        acknowledged = [float(end) for end in said(directory, "done")]
        ticks = list(read(directory / "log")) if (directory / "log").exists() else []
        assert {b.tick_end_s for b in ticks} >= set(acknowledged)
        assert sum(len(b.observations) for b in ticks) == sum(len(lines(n + 1)) for n in range(len(ticks)))
        assert whole(directory / "log") == []
    last = processes.Process(target=live, args=(directory,))
    last.start()
    last.join()
    assert last.exitcode == 0


def test_killed_at_any_moment_it_comes_to_the_same(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    began = time.monotonic()
    reference = processes.Process(target=live, args=(tmp_path / "reference",))
    (tmp_path / "reference").mkdir()
    (tmp_path / "killed").mkdir()
    reference.start()
    reference.join()
    killed_run(tmp_path / "killed", campaign(100), time.monotonic() - began)

    one, other = tmp_path / "reference", tmp_path / "killed"
    assert [(b.tick_end_s, b.observations) for b in read(one / "log")] == [
        (b.tick_end_s, b.observations) for b in read(other / "log")
    ]
    records, again = Records.within(one), Records.within(other)
    assert len(records.changes()) > 20
    assert {s.change for s in records.changes()} == {"opened", "updated", "over"}
    assert again.changes() == records.changes()
    assert again.signs() == records.signs()
    assert [again.evidence(s) for s in again.signs()] == [records.evidence(s) for s in records.signs()]
    assert again.counted().sources == records.counted().sources
    told = said(other, "sign")
    assert len(told) == len(set(told))
    assert (
        set(told) <= set(said(one, "sign")) == {f"{s.id} {s.updates} {s.change}" for s in records.changes()}
    )
    rows, rows_again = read_history(one / "history", 0, 2e9), read_history(other / "history", 0, 2e9)
    assert len(rows["track"]) > AIRCRAFT * TICKS / 4 / 2
    assert all(np.array_equal(rows[n], rows_again[n], equal_nan=rows[n].dtype.kind == "f") for n in rows)
