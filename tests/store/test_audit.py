"""The log of what people did: on the disk before `log` returns, one with what was decided, signed, proven."""

import multiprocessing
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

import older
from beffroi.desk import Desk
from beffroi.errors import DeskError, StoreError, UseError, WireError
from beffroi.life import Act, key
from beffroi.links.clock import StepClock
from beffroi.store import proof
from beffroi.store.audit import EVERY_S, Entry
from beffroi.store.records import Records
from beffroi.store.tables import ACT, AUDIT_CHECKPOINT, AUDIT_ENTRY, AUDIT_HEAD
from beffroi.store.verdict import judge
from beffroi.wire import tlog
from logged import SAFEGUARDS, Store, entry, log_until_killed
from made import START_S, sign

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["beffroi.store.audit"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    yield made
    made.close()


def checkpoint(store: Store, note: str) -> tlog.Checkpoint:
    return tlog.decode(tlog.opened(note, [tlog.verifier_key(store.audit.key)])[0])


def kept(store: Store) -> list[tlog.Checkpoint]:
    rows = store.records.read(sa.select(AUDIT_CHECKPOINT.c.note).order_by(AUDIT_CHECKPOINT.c.number))
    return [checkpoint(store, note) for (note,) in rows]


# Entries


def test_entries_are_numbered_and_read_as_they_were_written(store: Store) -> None:
    wrote = [entry(n) for n in range(1, 8)]
    assert [store.audit.log(one) for one in wrote] == list(range(1, 8))
    assert store.audit.entries(1) == list(enumerate(wrote, 1))
    assert store.audit.entries(3, 2) == [(3, wrote[2]), (4, wrote[3])]
    assert store.audit.entries(subject="case:2") == [(2, wrote[1]), (7, wrote[6])]
    _, first = store.audit.entries()[0]
    assert (first.action, first.by, first.subject) == ("key.use", "", f"key:{store.audit.key}")


def test_an_entry_is_on_the_disk_when_log_returns(store: Store, tmp_path: Path) -> None:
    number = store.audit.log(entry(1))
    other = Records.within(tmp_path, migrate=False)
    assert other.read(sa.select(AUDIT_ENTRY.c.number))[-1] == (number,)
    with other.snapshot() as db:
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    other.close()


def test_threads_that_come_together_share_transactions(store: Store) -> None:
    commits: list[int] = []
    sa.event.listen(store.records._engine, "commit", lambda _: commits.append(1))
    people, each = 16, 20

    def person(name: int) -> list[tuple[int, str]]:
        subjects = [f"case:{name}-{n}" for n in range(each)]
        return [(store.audit.log(entry(n, subject=subject)), subject) for n, subject in enumerate(subjects)]

    with ThreadPoolExecutor(people) as pool:
        told = sorted(line for lines in pool.map(person, range(people)) for line in lines)
    assert told == [(number, said.subject) for number, said in store.audit.entries(1)]
    assert [number for number, _ in told] == list(range(1, people * each + 1))
    assert len(commits) < people * each / 2
    assert store.audit.verify().faults == []


@pytest.mark.parametrize("bad", [
    Entry(at_s=float("nan"), by="", action="x"), Entry(at_s=1.0, by=3, action="x"),  # type: ignore[arg-type]
    Entry(at_s=1.0, by="", action="x", digest="no bytes"),  # type: ignore[arg-type]
])  # fmt: skip
def test_what_is_no_entry_is_refused_and_keeps_nobody_waiting(store: Store, bad: Entry) -> None:
    with pytest.raises(ValueError, match="entry: "):
        store.audit.log(bad)
    assert store.audit.log(entry(1)) == 1


def test_a_log_without_its_head_refuses_everybody_and_goes_on_when_it_is_back(store: Store) -> None:
    (head,) = store.records.read(sa.select(AUDIT_HEAD))
    with store.records.change() as db:
        db.execute(sa.delete(AUDIT_HEAD))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(store.audit.log, entry(n)) for n in range(8)]
    assert all("lost its head" in str(one.exception()) for one in waiting)
    with store.records.change() as db:
        db.execute(sa.insert(AUDIT_HEAD), dict(head._mapping))
    assert store.audit.log(entry(1)) == 1


# With what was decided


def test_an_act_and_its_entry_are_one(store: Store) -> None:
    store.live(1)
    said = [
        (one.action, one.subject, one.by) for _, one in store.audit.entries() if one.action != "read.case"
    ]
    name = key(sign(1))
    assert said[1] == ("sign.acknowledge", f"sign:{name}", "person:0")
    assert said[4] == ("sign.shelve", f"sign:{name}", "person:1")
    assert store.audit.verify().faults == []


def test_the_log_holds_no_word_of_what_was_said(store: Store) -> None:
    store.live(1)
    assert any(row.reason == "birds" for row in store.records.read(sa.select(ACT.c.reason)))
    assert not any(b"birds" in body for (body,) in store.records.read(sa.select(AUDIT_ENTRY.c.body)))


def test_a_refused_act_leaves_no_entry(store: Store) -> None:
    store.live(1)
    before = len(store.audit.entries())
    with pytest.raises(DeskError):
        store.act(key(sign(2)), Act(code="acknowledge", by="person:1", at_s=START_S))
    assert len(store.audit.entries()) == before


def test_an_act_that_cannot_be_logged_is_not_done(store: Store) -> None:
    store.records.add([sign(1)], lambda _: {})
    with store.records.change() as db:
        db.execute(sa.delete(AUDIT_HEAD))
    with pytest.raises(StoreError, match="lost its head"):
        store.act(key(sign(1)), Act(code="acknowledge", by="person:1", at_s=START_S))
    assert store.records.read(sa.select(ACT)) == []
    assert [event.sign.state for event in store.records.events(0, 10)] == ["new"]
    with store.records.change() as db:
        db.execute(sa.insert(AUDIT_HEAD), {"size": 0, "frontier": b""})  # so that the fixture can close it
        db.execute(sa.delete(AUDIT_ENTRY))


def test_undo_and_what_the_clock_brings_back_are_logged(store: Store) -> None:
    store.records.add([sign(1)], lambda _: {})
    clock = StepClock(START_S)
    desk = Desk(store.records, clock)
    shelved = desk.act(key(sign(1)), "shelve", "person:1", until_s=START_S + 60, reason="birds")
    desk.act(key(sign(1)), "undo", "person:1", undo=shelved.number)
    desk.act(key(sign(1)), "shelve", "person:1", until_s=int(START_S) + 60, reason="birds")
    desk.tick(START_S + 61)
    said = [(one.action, one.by) for _, one in store.audit.entries(1)]
    assert said == [("sign.shelve", "person:1"), ("sign.undo", "person:1"), ("sign.shelve", "person:1"),
                    ("sign.return", "")]  # fmt: skip
    assert store.audit.verify().faults == []


def test_acts_of_the_version_before_get_their_entries(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.live(2)
    acts = store.records.read(sa.select(ACT.c.number, ACT.c.code).order_by(ACT.c.number))
    store.close()
    older.take_back(tmp_path, "0003")
    store = Store(tmp_path)
    said = [one for _, one in store.audit.entries() if one.purpose == "written when the log began"]
    assert [one.action for one in said] == [f"sign.{code}" for _, code in acts]
    assert store.audit.verify().faults == []
    store.act(key(sign(1)), Act(code="return", by="person:1", at_s=START_S))
    verdict = store.audit.verify(store.audit.checkpoint())
    assert (verdict.faults, verdict.size) == ([], len(acts) + 2)
    store.close()


# Checkpoints


def test_a_checkpoint_says_which_log_when_and_how_it_is_guarded(store: Store) -> None:
    store.now_s = START_S + 0.25
    said = checkpoint(store, store.audit.checkpoint())
    assert (said.origin, said.size) == (f"beffroi/{store.records.store()}", 1)
    number, time, whole, *plain = said.extensions
    assert (number, time) == ("checkpoint 2", "time 2023-11-14T22:13:20.250Z")
    assert whole.startswith("safeguards ")
    assert plain == ["safeguard log.reads on", "safeguard retention.signs_days 365"]


def test_a_safeguard_that_is_switched_off_makes_a_checkpoint_at_once(tmp_path: Path) -> None:
    Store(tmp_path).close()
    Store(tmp_path).close()  # the same settings: nothing new
    Store(tmp_path, None).close()  # one who only looks
    off = Store(tmp_path, SAFEGUARDS | {"log.reads": "off"})
    first, second = kept(off)
    assert (first.size, second.size) == (1, 1)
    assert "safeguard log.reads on" in first.extensions
    assert "safeguard log.reads off" in second.extensions
    assert first.extensions[2] != second.extensions[2]  # their digest
    off.close()


@pytest.mark.parametrize("bad", [{"two words": "x"}, {"": "x"}, {"x": "two\nlines"}])
def test_a_setting_that_would_break_a_checkpoint_is_refused(tmp_path: Path, bad: dict[str, str]) -> None:
    with pytest.raises((ValueError, WireError)):
        Store(tmp_path, bad)


def test_checkpoints_come_with_the_time_and_only_with_entries(store: Store) -> None:
    for _ in range(4):
        store.now_s += EVERY_S
        store.audit.tick()
    assert len(kept(store)) == 1
    store.audit.log(entry(1))
    store.audit.tick()
    assert len(kept(store)) == 1  # not yet
    store.now_s += EVERY_S
    store.audit.tick()
    store.audit.tick()
    assert [one.size for one in kept(store)] == [1, 2]
    store.now_s += EVERY_S
    store.audit.log(entry(2))
    store.audit.log(entry(3))  # nobody ticks: the next that comes does
    store.now_s += EVERY_S
    store.audit.log(entry(4))
    assert [one.size for one in kept(store)] == [1, 2, 4]
    store.audit.close()
    assert [one.size for one in kept(store)] == [1, 2, 4, 5]


# Proofs


def test_every_entry_is_proven_to_one_who_has_the_key_alone(store: Store) -> None:
    store.live(2)
    keys = [tlog.verifier_key(store.audit.key)]
    for number, said in store.audit.entries():
        made = proof.read(msgspec.json.encode(store.audit.prove(number)))
        assert proof.check(made, keys).startswith(f"entry {number} of the 17 of beffroi/")
        assert f'"subject":"{said.subject}"' in proof.check(made, keys)


def test_a_proof_covers_what_came_after_the_last_checkpoint(store: Store) -> None:
    number = store.audit.log(entry(1))
    assert checkpoint(store, store.audit.prove(number).checkpoint).size == 2
    with pytest.raises(UseError, match="there is no entry 2: the log has 2"):
        store.audit.prove(2)


def test_the_log_goes_on_from_every_checkpoint(store: Store) -> None:
    store.live(2)
    keys = [tlog.verifier_key(store.audit.key)]
    for (note,) in store.records.read(sa.select(AUDIT_CHECKPOINT.c.note)):
        made = proof.read(msgspec.json.encode(store.audit.prove_since(note)))
        size = checkpoint(store, note).size
        assert proof.check(made, keys).endswith(f"begin with those {size}")


# Killed


@pytest.mark.timeout(900)
def test_nothing_that_was_told_is_lost_when_the_process_is_killed(
    tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    """Killed at a random moment, again and again in the same store; checkpoints that were told hold, too."""
    records = Records.within(tmp_path)
    rnd, told = random.Random(4), tmp_path / "told"
    told.touch()
    for turn in range(campaign(200)):
        records.add([sign(1000 * turn + n) for n in range(1, 30)], lambda _: {})
        process = processes.Process(target=log_until_killed, args=(tmp_path,))
        process.start()
        seen = told.read_text().count("\n")
        while process.is_alive() and told.read_text().count("\n") < seen + 4:
            process.join(0.01)
        process.join(rnd.random() * 0.2)
        process.kill()
        process.join()
        assert judge(records).faults == [], turn
    there = {number: said.subject for number, said in _all(records)}
    entries, acts = _told(told, "entry"), _told(told, "act")
    assert len(entries) > 8
    assert len(acts) > 2
    assert all(there[number] == subject for number, subject in entries)
    assert {number for number, _ in acts} <= {number for (number,) in records.read(sa.select(ACT.c.number))}
    assert sorted(there) == list(range(len(there)))
    assert judge(records, _told(told, "checkpoint")).faults == []
    records.close()


def _told(told: Path, what: str) -> list[Any]:
    """What was told of one kind, each on a line of its own."""
    lines = map(msgspec.json.decode, told.read_text().splitlines())
    return [said for kind, said in lines if kind == what]


def _all(records: Records) -> list[tuple[int, Entry]]:
    rows = records.read(sa.select(AUDIT_ENTRY.c.number, AUDIT_ENTRY.c.body))
    return [(number, msgspec.msgpack.decode(body, type=Entry)) for number, body in rows]


def test_two_processes_share_one_log(tmp_path: Path) -> None:
    """Another log on the same store, as the command line opens it beside the server."""
    one, other = Store(tmp_path), Store(tmp_path, None)
    begin = threading.Barrier(2)

    def write(store: Store) -> list[int]:
        begin.wait()
        return [store.audit.log(entry(n)) for n in range(20)]

    with ThreadPoolExecutor(2) as pool:
        numbers = sorted(number for part in pool.map(write, (one, other)) for number in part)
    assert numbers == list(range(1, 41))
    assert one.audit.key == other.audit.key
    assert one.audit.verify(other.audit.checkpoint()).faults == []
    one.close()
    other.close()
