"""The records: a change of a sign is written once, with its evidence, and lives as long as the site says."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import StoreError
from beffroi.observation import Observation
from beffroi.site import Store
from beffroi.store.records import DAY_S, Counts, Records
from beffroi.store.tables import TABLES
from made import START_S, observation, sign

KEPT = {o.frame: o for o in map(observation, range(10))}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.within(tmp_path)
    yield opened
    opened.close()


def find(wanted: set[bytes]) -> Mapping[bytes, Observation]:
    return {digest: KEPT[digest] for digest in wanted & KEPT.keys()}


def test_a_change_written_twice_is_one(records: Records) -> None:
    changes = [sign(1), sign(1, updates=1), sign(2)]
    assert records.add(changes, find) == changes
    assert records.add([*changes, sign(2, updates=1)], find) == [sign(2, updates=1)]
    assert records.changes(sign(1)) == changes[:2]
    assert len(records.changes()) == 4
    assert records.signs() == [sign(1, updates=1), sign(2, updates=1)]


@settings(max_examples=15, deadline=None)
@given(order=st.lists(st.integers(1, 3), max_size=8), again=st.integers(0, 8))
def test_writing_the_tail_again_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], again: int
) -> None:
    records = Records.within(tmp_path_factory.mktemp("records"))
    changes = [sign(n, updates=order[:i].count(n)) for i, n in enumerate(order)]
    records.add(changes, find)
    assert records.add(changes[-again:], find) == []
    assert sorted(c.id for c in records.changes()) == sorted(order)
    assert {s.id: s.updates for s in records.signs()} == {n: order.count(n) - 1 for n in set(order)}
    records.close()


def test_records_outlive_the_process(tmp_path: Path) -> None:
    first = Records.within(tmp_path)
    first.add([sign(1)], find)
    first.close()
    second = Records.within(tmp_path)
    assert second.signs() == [sign(1)]
    second.close()


def test_what_a_sign_cites_is_copied(records: Records) -> None:
    cited = [observation(1).frame, observation(2).frame]
    records.add([sign(1, cites=(cited[0], b"no longer there!"))], find)
    records.add([sign(1, updates=1, cites=tuple(cited))], lambda wanted: find(wanted & {cited[1]}))
    assert records.evidence(sign(1)) == {observation(n).frame: observation(n) for n in (1, 2)}
    assert records.evidence(sign(2)) == {}


def test_evidence_that_is_there_is_not_looked_for(records: Records) -> None:
    records.add([sign(1, cites=(observation(1).frame,))], find)
    asked: list[set[bytes]] = []

    def ask(wanted: set[bytes]) -> Mapping[bytes, Observation]:
        asked.append(wanted)
        return {}

    records.add([sign(1, updates=1, cites=(observation(1).frame,))], ask)
    assert asked == []


def test_evidence_of_all_changes_is_looked_for_at_once(records: Records) -> None:
    asked: list[set[bytes]] = []

    def ask(wanted: set[bytes]) -> Mapping[bytes, Observation]:
        asked.append(wanted)
        return find(wanted)

    frames = [observation(n).frame for n in range(5)]
    records.add([sign(1, cites=(frames[0],))], ask)
    changes = [
        sign(1, updates=1, cites=(frames[0], frames[1])),
        sign(2, cites=(frames[0], frames[2])),
        sign(2, updates=1, cites=(frames[2], frames[3])),
        sign(3),
    ]
    records.add(changes, ask)
    assert asked == [{frames[0]}, {frames[0], *frames[1:4]}]
    assert set(records.evidence(sign(1))) == set(frames[:2])
    assert set(records.evidence(sign(2))) == {frames[0], frames[2], frames[3]}
    assert records.evidence(sign(3)) == {}
    records.add(changes, ask)
    assert len(asked) == 2, "changes that were there are not looked for"


def test_a_number_used_again_after_the_state_was_lost_is_another_sign(records: Records) -> None:
    later = sign(1, opened_at_s=START_S + 900, rule="loitering")
    assert records.add([sign(1), later], find) == [sign(1), later]
    assert records.signs() == [sign(1), later]


def test_open_signs_can_be_asked_for(records: Records) -> None:
    over = sign(1, updates=1, change="over", over_at_s=START_S + 1)
    records.add([sign(1), sign(2), over], find)
    assert records.signs(open_only=True) == [sign(2)]


def test_signs_are_deleted_by_the_clock_with_all_that_belongs_to_them(records: Records) -> None:
    over = sign(1, updates=1, change="over", over_at_s=START_S + 60, cites=(observation(1).frame,))
    records.add([sign(1), over, sign(2)], find)
    limits = Store(signs_days=10)
    assert records.purge(limits, START_S + 10 * DAY_S) == 0
    assert records.purge(limits, START_S + 10 * DAY_S + 61) == 1
    assert records.signs() == [sign(2)]
    assert records.changes(over) == []
    assert records.evidence(over) == {}


def test_counters_add_up_by_the_hour(records: Records) -> None:
    assert records.counted_to() == 0
    for place in (7, 9):
        counts = Counts(
            sources={(5, "radar", "observations"): 3, (6, "radar", "late"): 1},
            quarantine={(5, "radar", "cut short"): (f"byte {place}", 2)},
        )
        records.count(place, counts)
    assert records.counted_to() == 9
    counted = records.counted()
    assert counted.sources == {(5, "radar", "observations"): 6, (6, "radar", "late"): 2}
    assert counted.quarantine == {(5, "radar", "cut short"): ("byte 9", 4)}


def test_the_tables_are_those_of_the_migrations(tmp_path: Path) -> None:
    Records.within(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path}/records.sqlite")
    with engine.connect() as db:
        differences = compare_metadata(MigrationContext.configure(db), TABLES)
    assert [d for d in differences if "nullable" not in str(d) and "remove_index" not in str(d)] == []


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    Records.within(tmp_path).close()
    with sqlite3.connect(tmp_path / "records.sqlite") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"records\.sqlite.*9999"):
        Records.within(tmp_path)


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"records\.sqlite: file is not a database"):
        Records.within(tmp_path)


def test_a_full_disk_is_said_and_keeps_what_was_there(tmp_path: Path) -> None:
    code = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from made import sign
from beffroi.errors import StoreError
from beffroi.store.records import Records
records = Records.within(Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    for n in range(1, 2000):
        records.add([sign(n)], lambda wanted: {{}})
        print(n, flush=True)
except StoreError as full:
    print(full)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *written, said = ended.stdout.splitlines()
    assert "records.sqlite: " in said
    records = Records.within(tmp_path)
    assert [s.id for s in records.signs()] == [int(n) for n in written]
    records.close()
