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
processes.set_forkserver_preload(["beffroi.pipeline", "beffroi.signs.zone_intrusion"])


# A crash


def said(directory: Path, word: str) -> list[str]:
    """What a run told: the lines that begin so."""
    there = directory / "told"
    lines = there.read_text().splitlines() if there.exists() else []
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(word)]


def life(directory: Path, at_most_s: float | None = None) -> None:
    """One life of the watch in `directory`, killed if it is longer than that."""
    process = processes.Process(target=live, args=(directory,))
    process.start()
    process.join(at_most_s)
    if at_most_s is not None:
        process.kill()
        process.join()
    else:
        assert process.exitcode == 0


def after_death(directory: Path) -> None:
    """The log is whole and lacks nothing that was acknowledged."""
    ticks = list(read(directory / "log"))
    assert {b.tick_end_s for b in ticks} >= {float(end) for end in said(directory, "done")}
    assert sum(len(b.observations) for b in ticks) == sum(len(lines(n + 1)) for n in range(len(ticks)))
    assert whole(directory / "log") == []


def test_killed_at_any_moment_it_comes_to_the_same(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    one, other = tmp_path / "reference", tmp_path / "killed"
    for directory in (one, other):
        (directory / "log").mkdir(parents=True)
    life(tmp_path / "warming up")
    began = time.monotonic()
    life(one)
    whole_s, kills, moments = time.monotonic() - began, campaign(100), random.Random(1)
    for _ in range(kills):
        life(other, moments.uniform(0.0, 0.5 + 2.0 * whole_s / kills))
        after_death(other)
    life(other)

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
