"""The log: what is committed stays, in its order, as long as the site says."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import StoreError
from beffroi.observation import Observation
from beffroi.site import Store
from beffroi.store import hours, lock
from beffroi.store.log import Log
from beffroi.store.reading import Batch, Refused, events, find, merged, read, whole
from made import START_S, observation

HOUR_S = 3600.0


def filled(directory: Path, ticks: int, *, start_s: float = START_S, per_tick: int = 3) -> list[Batch]:
    """A log of some ticks, one of the three classes in turn for each observation."""
    batches = []
    with Log(directory) as log:
        for tick in range(ticks):
            for i in range(tick * per_tick, (tick + 1) * per_tick):
                log.append(hours.DATA[i % 3], [observation(i, at_s=start_s + tick / 4)])
            batches.append(log.tick(start_s + (tick + 1) / 4))
        log.commit().result()
    return batches


def test_reading_gives_the_run_again(tmp_path: Path) -> None:
    written = filled(tmp_path, 40)
    assert list(read(tmp_path)) == written
    assert sum(len(b.observations) for b in written) == 120
    assert whole(tmp_path) == []


actions = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(hours.DATA), st.integers(0, 5)),
        st.sampled_from(["tick", "commit", "refuse", "reopen"]),
    ),
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(steps=actions)
def test_any_order_of_actions_reads_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[object]
) -> None:
    directory = tmp_path_factory.mktemp("log")
    log, written, number = Log(directory), [], 0
    for step in steps:
        now_s = START_S + number * 400  # several hours in one run
        if isinstance(step, tuple):
            log.append(step[0], [observation(number + i, at_s=now_s) for i in range(step[1])])
            number += step[1]
        elif step == "tick":
            written.append(log.tick(now_s))
        elif step == "commit":
            log.commit().result()
        elif step == "refuse":
            log.refuse("sensor", Refused(source="s", received_at_s=now_s, place="0", reason="r", digest=b""))
        else:
            log.close()
            log = Log(directory)
    log.close()
    assert list(read(directory)) == written
    assert whole(directory) == []


def test_a_tick_that_saw_nothing_is_a_batch(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        for tick in range(3):
            log.tick(START_S + tick / 4)
    assert [(b.tick_end_s, b.observations) for b in read(tmp_path)] == [
        (START_S + t / 4, []) for t in range(3)
    ]


def test_reading_goes_on_from_a_place(tmp_path: Path) -> None:
    written = filled(tmp_path, 12)
    assert list(read(tmp_path, since=written[6].place)) == written[7:]


def test_a_row_without_the_end_of_its_tick_opens_the_next_one(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        log.tick(START_S)
        log.append("sensor", [observation(1)])
        log.commit().result()
    with Log(tmp_path) as log:
        log.append("sensor", [observation(2)])
        batch = log.tick(START_S + 1)
    assert batch.observations == [observation(1), observation(2)]
    assert list(read(tmp_path))[1] == batch
    assert whole(tmp_path) == []


def test_what_was_refused_is_kept_with_place_and_reason(tmp_path: Path) -> None:
    bad = Refused(
        source="s", received_at_s=START_S, place="byte 3", reason="cut short", digest=b"d", frame=b"f"
    )
    with Log(tmp_path) as log:
        log.refuse("sensor", bad)
        log.tick(START_S)
    assert next(read(tmp_path)).refused == [bad]


def test_each_hour_and_class_is_one_file(tmp_path: Path) -> None:
    filled(tmp_path, 8, start_s=2 * HOUR_S - 1.0)
    assert sorted(p.name for p in tmp_path.glob("*.sqlite")) == [
        f"19700101T0{hour}Z-{kind}.sqlite"
        for hour in (1, 2)
        for kind in ("operator", "sensor", "ticks", "traffic")
    ]


def test_retention_deletes_by_the_clock(tmp_path: Path) -> None:
    limits = Store(operator_hours=2, sensor_hours=5, traffic_hours=9)
    filled(tmp_path, 8, start_s=10 * HOUR_S)
    born: dict[str, int] = {}
    with Log(tmp_path) as log:
        for hour in range(10, 25):
            for name in log.purge(limits, hour * HOUR_S):
                born.setdefault(name.split("-")[1], hour)
    assert born == {"operator.sqlite": 12, "sensor.sqlite": 15, "traffic.sqlite": 19, "ticks.sqlite": 19}
    assert [h.number for h in hours.hours(tmp_path) if h.number == 10] == []


def test_replay_of_what_is_purged_in_part_says_what_is_missing(tmp_path: Path) -> None:
    written = filled(tmp_path, 8)
    with Log(tmp_path) as log:
        gone = log.purge(Store(operator_hours=1), START_S + 2 * HOUR_S)
        assert len(gone) == 1
    again = list(read(tmp_path))
    assert [b.tick_end_s for b in again] == [b.tick_end_s for b in written]
    assert [b.missing for b in again] == [{"operator": 1}] * 8
    assert [len(b.observations) for b in again] == [2] * 8
    assert whole(tmp_path) == []
    assert [(e.code, e.text) for e in events(tmp_path)] == [("purged", gone[0])]


def test_the_current_hour_is_never_deleted(tmp_path: Path) -> None:
    filled(tmp_path, 1, start_s=10 * HOUR_S)
    with Log(tmp_path) as log:
        assert (
            log.purge(Store(operator_hours=0.01, sensor_hours=0.01, traffic_hours=0.01), 10.9 * HOUR_S) == []
        )


def test_a_lost_file_is_not_taken_for_a_purge(tmp_path: Path) -> None:
    filled(tmp_path, 8)
    next(tmp_path.glob("*-sensor.sqlite")).unlink()
    assert whole(tmp_path) == ["8 observations of class sensor are missing"]


@pytest.mark.parametrize("kind", ["sensor", "ticks"])
def test_a_file_that_is_no_database_is_set_aside_and_told(tmp_path: Path, kind: str) -> None:
    filled(tmp_path, 8)
    bad = next(tmp_path.glob(f"*-{kind}.sqlite"))
    bad.write_bytes(b"no database" * 1000)
    assert any(bad.name in fault for fault in whole(tmp_path))
    with Log(tmp_path) as log:
        assert log.damaged == [bad.name]
        log.append("traffic", [observation(99)])
        log.tick(START_S + 100)
    assert list(read(tmp_path))[-1].observations[-1] == observation(99)
    assert any("set aside" in fault for fault in whole(tmp_path))


def test_without_ends_of_ticks_there_is_no_replay(tmp_path: Path) -> None:
    filled(tmp_path, 8)
    next(tmp_path.glob("*-ticks.sqlite")).write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"ticks\.sqlite"):
        list(read(tmp_path))


def test_a_damaged_row_is_found_and_counted_as_missing(tmp_path: Path) -> None:
    filled(tmp_path, 8)
    path = next(tmp_path.glob("*-sensor.sqlite"))
    with sqlite3.connect(path) as db:
        db.execute(
            "UPDATE batch SET body = zeroblob(length(body)) WHERE place = (SELECT min(place) FROM batch)"
        )
    assert len([b for b in read(tmp_path) if b.missing == {"sensor": 1}]) == 1
    assert len(whole(tmp_path)) == 1
    assert "row" in whole(tmp_path)[0]


def test_a_torn_write_ahead_file_loses_only_its_tail(tmp_path: Path) -> None:
    crash(tmp_path, "for t in range(50): put(log, t); log.tick(START_S + t); log.commit().result()\nstop()")
    wal = next(tmp_path.glob("*-traffic.sqlite-wal"))
    os.truncate(wal, wal.stat().st_size - 5000)
    batches = list(read(tmp_path))
    assert len(batches) == 50
    assert batches[0].missing == {}
    assert batches[47].missing == {"traffic": 1}
    with Log(tmp_path) as log:
        assert log.tick(START_S + 60).observations == []


def test_a_version_of_the_future_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    path = next(tmp_path.glob("*-sensor.sqlite"))
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match="version 99"):
        hours.span(next(h for h in hours.hours(tmp_path) if h.kind == "sensor"))


def test_evidence_is_found_by_its_digest(tmp_path: Path) -> None:
    filled(tmp_path, 100)
    asked = {observation(i).frame for i in (0, 7, 299)} | {b"never seen 16 by"}
    found = find(tmp_path, asked)
    assert {o.callsign for o in found.values()} == {"TST000", "TST007", "TST049"}
    assert len(find(tmp_path, asked, look_back=10)) == 1


def test_every_file_is_read_when_its_turn_comes(tmp_path: Path) -> None:
    for day in range(3):
        filled(tmp_path, 2, start_s=START_S + day * 24 * HOUR_S)
    places = [row[0] for row in merged(tmp_path)]
    assert places == sorted(places)
    assert len(list(read(tmp_path))) == 6


def test_a_clock_set_back_does_not_disturb_the_order(tmp_path: Path) -> None:
    first = filled(tmp_path, 4, start_s=START_S)
    second = filled(tmp_path, 4, start_s=START_S - 5 * HOUR_S)
    assert list(read(tmp_path)) == first + second


def test_a_log_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        for tick in range(60):
            for i in range(30):
                log.append(hours.DATA[i % 3], [observation(30 * tick + i, at_s=START_S + tick / 4)])
            log.tick(START_S + tick / 4)
            seen = list(read(tmp_path))
            assert all(len(b.observations) == 30 and b.missing == {} for b in seen)
        log.commit().result()
        assert len(list(read(tmp_path))) == 60


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from beffroi.store import lock\n"
        f"with lock.held(pathlib.Path({str(tmp_path)!r})): pass"
    )
    with lock.held(tmp_path):
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert f"process {os.getpid()} already writes this store" in second.stderr
    subprocess.run([sys.executable, "-c", code], check=True)


# In a process of its own

PROLOGUE = f"""
import os, resource, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from made import START_S, observation
from beffroi.errors import StoreError
from beffroi.store.log import Log
from beffroi.store.hours import DATA
def put(log, n): log.append(DATA[n % 3], [observation(n)])
def stop(): os.kill(os.getpid(), signal.SIGKILL)
log = Log(Path(sys.argv[1]))
"""


def crash(directory: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code on a log in another process."""
    script = PROLOGUE + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", script, str(directory)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("limit", [40_000, 100_000, 300_000])
def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(tmp_path: Path, limit: int) -> None:
    ended = crash(
        tmp_path,
        f"""
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            for n in range(20000):
                put(log, n)
                if n % 10 == 9:
                    log.tick(START_S + n)
                    log.commit().result()
                    print(n + 1, flush=True)
        except StoreError as full:
            print(full)
        """,
    )
    *acknowledged, said = ended.stdout.splitlines()
    assert "cannot be written" in said
    assert ended.stderr == ""
    count = int(acknowledged[-1]) if acknowledged else 0
    kept = [o for b in read(tmp_path) for o in b.observations]
    assert len(kept) >= count
    assert kept[:count] == sorted_as_logged(count)


def sorted_as_logged(count: int) -> list[Observation]:
    """What `put` wrote, as the log orders it: in each tick by class."""
    made: list[Observation] = []
    for tick in range(0, count, 10):
        numbers = sorted(range(tick, tick + 10), key=lambda n: first_seen(tick, n))
        made.extend(observation(n) for n in numbers)
    return made


def first_seen(tick: int, number: int) -> tuple[int, int]:
    """The class whose observation came first in the tick comes first in the log."""
    return (number - tick) % 3, number


def test_after_a_full_disk_the_log_says_so_at_once(tmp_path: Path) -> None:
    said = crash(
        tmp_path,
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        put(log, 1)
        print(type(log.commit().exception()).__name__)
        try:
            put(log, 2)
        except StoreError as full:
            print("cannot be written" in str(full))
        """,
    )
    assert said.stdout.split() == ["StoreError", "True"]


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    code = """
    n = 0
    while True:
        for _ in range(n % 50):
            put(log, n)
            n += 1
        log.tick(START_S + n / 10)
        log.commit().result()
        print(n, flush=True)
        n += 1
        put(log, n - 1)
    """
    script = PROLOGUE + textwrap.dedent(code)
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    yield child
    child.kill()
    child.wait()


def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    tmp_path: Path, killed: subprocess.Popen[str]
) -> None:
    assert killed.stdout is not None
    said = [killed.stdout.readline() for _ in range(30)]
    killed.send_signal(signal.SIGKILL)
    said += killed.stdout.readlines()
    acknowledged = int([line for line in said if line.endswith("\n")][-1])
    kept = {o.time_s for b in read(tmp_path) for o in b.observations}
    assert kept >= {observation(n).time_s for n in range(acknowledged)}
    assert whole(tmp_path) == []


def test_append_never_waits_for_the_disk_but_says_when_it_is_behind(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        log.append("traffic", [observation(n) for n in range(100_001)])
        before = log.crowded
        log.commit().result()
        assert (before, log.crowded) == (True, False)


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.close()
    with pytest.raises(StoreError, match="closed"):
        log.append("traffic", [observation(1)])
    assert isinstance(log.commit().exception(), StoreError)
