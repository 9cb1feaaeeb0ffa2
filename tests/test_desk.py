"""The desk: events have no gap, an act that came back is kept, and the shelf gives back by the clock."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import older
from acting import act_until_killed
from beffroi.desk import AGAIN_S, Desk
from beffroi.errors import DeskError
from beffroi.life import LEADS, RANK, UNDO_S, WHEN_OVER, Code, DeskSign, Event, State, key
from beffroi.links.clock import StepClock
from beffroi.sign import Priority, Sign
from beffroi.site import Store
from beffroi.store.records import DAY_S, Records
from made import START_S, sign

processes = multiprocessing.get_context("forkserver")
SAYS: dict[str, dict[str, Any]] = {
    "shelve": {"until_s": START_S + 600, "reason": "bird control at work"},
    "close": {"outcome": "unfounded"},
}


class Hand:
    """How time goes for a person."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Room:
    """A desk with its records, its clock and one who listens."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.clock, self.hand = directory, StepClock(START_S), Hand()
        self.heard: list[Event] = []
        self.open()

    def open(self) -> None:
        self.records = Records.within(self.directory)
        self.desk = Desk(self.records, self.clock, self.hand)
        self.desk.subscribe(self.heard.extend)

    def say(self, *signs: Sign) -> list[Event]:
        self.records.add(signs, lambda wanted: {})
        return self.desk.take(signs)

    def do(self, number: int, code: Code, by: str = "ana", **fields: Any) -> Event:
        return self.desk.act(key(sign(number)), code, by, **(SAYS.get(code, {}) | fields))

    def state(self, number: int) -> State:
        return self.desk.sign(key(sign(number))).state

    def later(self, seconds: float) -> None:
        self.clock.not_before(self.clock.now_s() + seconds)
        self.hand.now_s += seconds


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.records.close()


def keys(signs: Sequence[DeskSign]) -> list[int]:
    return sorted(s.sign.id for s in signs)


def test_changes_become_numbered_events(room: Room) -> None:
    told = room.say(sign(1), sign(2)) + room.say(sign(1, updates=1))
    assert [(e.number, e.sign.sign.id, e.sign.sign.updates) for e in told] == [
        (1, 1, 0),
        (2, 2, 0),
        (3, 1, 1),
    ]
    assert [e.rings for e in told] == [True, True, False]
    assert room.heard == told == room.desk.events(0, 10)
    assert room.desk.events(1, 1) == told[1:2]
    assert room.desk.last == 3
    assert room.say(sign(1)) == [], "a change that was there is no event"


def test_an_act_is_an_event_and_comes_back_with_it(room: Room) -> None:
    room.say(sign(1))
    event = room.do(1, "acknowledge")
    assert (event.number, event.sign.state, event.rings) == (2, "acknowledged", False)
    assert event.sign.life is not None
    assert (event.sign.life.act, event.sign.life.by, event.sign.life.at_s) == (2, "ana", START_S)
    assert room.heard[-1] == event
    assert [e.number for e in room.desk.history(event.sign.key)] == [1, 2]
    assert room.desk.sign(event.sign.key) == event.sign


def test_the_three_lists(room: Room) -> None:
    room.say(*(sign(n) for n in range(1, 7)))
    room.do(2, "acknowledge")
    room.do(3, "shelve")
    room.do(4, "close")
    room.do(5, "acknowledge")
    over = [sign(n, updates=1, change="over", over_at_s=START_S + 1) for n in (5, 6)]
    room.say(*over)
    assert keys(room.desk.signs("open")) == [1, 2, 6]
    assert keys(room.desk.signs("shelved")) == [3]
    assert keys(room.desk.signs("ended")) == [4, 5]
    assert keys(room.desk.signs("ended", limit=1)) == [5]
    assert [s.over for s in room.desk.signs("open")] == [True, False, False]
    room.do(6, "acknowledge")
    assert keys(room.desk.signs("open")) == [1, 2]


def test_what_cannot_be_is_refused_and_leaves_no_trace(room: Room) -> None:
    room.say(sign(1))
    for code, fields in (("return", {}), ("shelve", {"reason": ""}), ("undo", {"undo": 1})):
        with pytest.raises(DeskError):
            room.do(1, code, **fields)  # type: ignore[arg-type]
    with pytest.raises(DeskError, match="somebody"):
        room.do(1, "acknowledge", by=" ")
    for bad in (key(sign(2)), "nonsense", "1-1"):
        for ask in (room.desk.sign, room.desk.history, lambda k: room.desk.act(k, "acknowledge", "ana")):
            with pytest.raises(DeskError) as unknown:
                ask(bad)
            assert unknown.value.kind == "unknown"
    assert room.do(1, "acknowledge").number == 2


def test_the_shelf_gives_back_when_its_time_is_over(room: Room) -> None:
    room.say(sign(1), sign(2), sign(3, priority="notice"))
    room.do(1, "shelve")
    room.do(2, "shelve", until_s=START_S + 900)
    room.do(3, "shelve")
    room.desk.tick(START_S + 599)
    assert keys(room.desk.signs("shelved")) == [1, 2, 3]
    room.desk.tick(START_S + 600)
    assert keys(room.desk.signs("shelved")) == [2]
    back = room.heard[-2:]
    assert [(e.sign.sign.id, e.sign.state, e.rings) for e in back] == [(1, "new", True), (3, "new", False)]
    assert back[0].sign.life is not None
    assert (back[0].sign.life.code, back[0].sign.life.by) == ("return", "")
    assert back[0].sign.changed_s == START_S + 600
    room.desk.tick(START_S + 601)
    assert room.desk.last == 8


def test_what_is_over_on_the_shelf_has_ended_and_does_not_come_back(room: Room) -> None:
    room.say(sign(1))
    room.do(1, "shelve")
    room.say(sign(1, updates=1, change="over", over_at_s=START_S + 1))
    assert keys(room.desk.signs("ended")) == [1]
    room.desk.tick(START_S + 600)
    assert room.desk.last == 3


def test_an_urgent_sign_does_not_stay_on_the_shelf(room: Room) -> None:
    room.say(sign(1))
    room.do(1, "shelve")
    room.say(sign(1, updates=1))
    assert room.state(1) == "shelved"
    (event,) = room.say(sign(1, updates=2, priority="urgent"))
    assert (event.sign.state, event.rings) == ("new", True)


def test_undo_is_a_second_entry_and_only_in_time(room: Room) -> None:
    room.say(sign(1))
    done = room.do(1, "shelve")
    back = room.do(1, "undo", undo=done.number)
    assert (back.sign.state, back.rings) == ("new", False)
    assert [e.sign.state for e in room.desk.history(back.sign.key)] == ["new", "shelved", "new"]
    late = room.do(1, "acknowledge")
    room.later(UNDO_S + 0.1)
    with pytest.raises(DeskError, match="too long ago"):
        room.do(1, "undo", undo=late.number)
    other = room.do(1, "close")
    with pytest.raises(DeskError, match="done by ana"):
        room.do(1, "undo", by="bob", undo=other.number)
    assert room.do(1, "undo", undo=other.number).sign.state == "acknowledged"


def test_a_restart_changes_nothing(room: Room) -> None:
    room.say(*(sign(n) for n in range(1, 5)))
    room.do(1, "acknowledge")
    room.do(2, "shelve")
    done = room.do(3, "close")
    before = [room.desk.signs(s) for s in ("open", "shelved", "ended")], room.desk.alarms(START_S)
    room.records.close()
    room.open()
    assert ([room.desk.signs(s) for s in ("open", "shelved", "ended")], room.desk.alarms(START_S)) == before
    assert room.desk.last == done.number
    room.later(601)
    room.desk.tick(START_S + 601)
    assert room.state(2) == "new", "what fell due while nobody was there comes back"


def test_figures_of_the_watch(room: Room) -> None:
    room.say(sign(1), sign(2, priority="urgent"), sign(3, priority="notice"), sign(4))
    room.do(4, "shelve")
    figures = room.desk.alarms(START_S + 1)
    assert (figures.urgent, figures.high, figures.notice) == (1, 1, 1)
    assert (figures.in_10_min, figures.shelved, figures.open) == (3, 1, 3)
    assert room.desk.alarms(START_S + 601).in_10_min == 0


def test_the_clock_deletes_acts_and_events_with_their_sign(room: Room) -> None:
    over = sign(1, updates=1, change="over", over_at_s=START_S + 60)
    room.say(sign(1), sign(2), over)
    room.do(1, "acknowledge")
    room.do(2, "close")
    limits = Store(signs_days=10)
    assert room.records.purge(limits, START_S + 10 * DAY_S + 61) == 2
    with sqlite3.connect(room.directory / "records.sqlite") as db:
        for table in ("sign", "sign_change", "event", "act"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    with pytest.raises(DeskError, match="no such sign"):
        room.desk.sign(key(sign(1)))
    assert [e.number for e in room.say(sign(3))] == [6], "numbers are not given again"


def test_the_desk_forgets_what_was_deleted(room: Room) -> None:
    room.say(sign(1), sign(1, updates=1, change="over", over_at_s=START_S + 1))
    room.records.purge(Store(signs_days=1), START_S + 2 * DAY_S)
    assert keys(room.desk.signs("open")) == [1]
    room.desk.tick(START_S + AGAIN_S)
    assert room.desk.signs("open") == []


def test_the_figures_do_not_wait_for_the_database(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of the watch asks for them while a thread gives out events."""
    room.say(sign(1))
    reading, go_on, read = threading.Event(), threading.Event(), room.records.events

    def slowly(since: int, limit: int) -> list[Event]:
        reading.set()
        assert go_on.wait(20.0)
        return read(since, limit)

    monkeypatch.setattr(room.records, "events", slowly)
    with ThreadPoolExecutor(2) as pool:
        giving = pool.submit(room.say, sign(2))
        assert reading.wait(20.0)
        try:
            assert pool.submit(room.desk.alarms, START_S).result(10.0).open == 1
        finally:
            go_on.set()
        assert [e.number for e in giving.result(20.0)] == [2]


def test_who_stops_listening_hears_no_more(room: Room) -> None:
    heard: list[Event] = []
    end = room.desk.subscribe(heard.extend)
    room.say(sign(1))
    end()
    room.say(sign(2))
    assert [e.number for e in heard] == [1]


def test_times_of_events_never_go_back(room: Room) -> None:
    room.say(sign(1))
    room.later(10)
    room.do(1, "acknowledge")
    room.say(sign(1, updates=2))
    times = [e.sign.changed_s for e in room.desk.events(0, 10)]
    assert times == [START_S, START_S + 10, START_S + 10]
    assert room.heard[-1].sign.sign.time_s == START_S + 2


def test_how_signs_stood_at_a_time(room: Room) -> None:
    room.say(sign(1), sign(2))
    room.later(10)
    room.do(1, "close")
    assert keys(room.records.stood(START_S - 1)[1]) == []
    number, before = room.records.stood(START_S + 9.9)
    assert (number, keys(before)) == (2, [1, 2])
    assert {s.state for s in before} == {"new"}
    number, after = room.records.stood(START_S + 10)
    assert (number, keys(after)) == (3, [2])


def test_the_database_of_the_version_before_is_brought_up(tmp_path: Path) -> None:
    Room(tmp_path).say(sign(1), sign(2), sign(2, updates=1, change="over", over_at_s=START_S + 1))
    older.take_back(tmp_path, "0001")
    room = Room(tmp_path)
    assert keys(room.desk.signs("open")) == [1]
    assert keys(room.desk.signs("ended")) == [2]
    assert [e.number for e in room.desk.events(0, 10)] == [1, 2]
    assert room.do(1, "acknowledge").number == 3


def test_a_migration_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """A fault after the tables of 0002 leaves the database as it was."""
    older.make(tmp_path, "0001")
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        raw.execute("CREATE TABLE event_number (n INTEGER)")  # in the way
    with pytest.raises(Exception, match="event_number"):
        Records.within(tmp_path)
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        raw.execute("DROP TABLE event_number")
    assert "act" not in names
    Records.within(tmp_path).close()


# Several at once


def test_events_have_no_gap_and_are_told_in_order_whoever_writes(room: Room) -> None:
    people, each = 4, 12
    room.say(*(sign(n) for n in range(1, people * each + 1)))
    begin = threading.Barrier(people + 1)

    def person(number: int) -> list[int]:
        begin.wait()
        mine = range(number * each + 1, (number + 1) * each + 1)
        return [room.do(n, "acknowledge", by=f"p{number}").number for n in mine]

    def pipeline() -> None:
        begin.wait()
        for updates in range(1, 16):
            room.say(*(sign(n, updates=updates) for n in range(1, 4)))

    with ThreadPoolExecutor(people + 1) as pool:
        machine = pool.submit(pipeline)
        acts = [n for done in [pool.submit(person, n) for n in range(people)] for n in done.result()]
        machine.result()
    total = people * each * 2 + 15 * 3
    assert [e.number for e in room.heard] == list(range(1, total + 1))
    assert room.heard == room.desk.events(0, total + 1)
    assert sorted(acts) == sorted(e.number for e in room.heard if e.sign.life and e.sign.life.act == e.number)
    assert all(s.state == "acknowledged" for s in room.desk.signs("open"))


def test_of_two_who_do_the_same_one_is_told_who_was_first(room: Room) -> None:
    room.say(sign(1))
    begin = threading.Barrier(2)

    def person(name: str) -> str:
        begin.wait()
        try:
            return f"done {room.do(1, 'acknowledge', by=name).number}"
        except DeskError as refused:
            return refused.reason

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(person, ["ana", "bob"]))
    assert said[0].startswith("cannot acknowledge what is acknowledged by ")
    assert said[1] == "done 2"


def test_an_act_that_was_acknowledged_outlives_a_killed_process(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.say(*(sign(n) for n in range(1, 2001)))
    room.records.close()
    process = processes.Process(target=act_until_killed, args=(tmp_path,))
    process.start()
    told = tmp_path / "told"
    while process.is_alive() and (not told.exists() or told.read_text().count("\n") < 40):
        process.join(0.01)
    process.kill()
    process.join()
    done = dict(line.split() for line in told.read_text().splitlines())
    room.open()
    assert 40 <= len(done) < 2000
    for number, name in done.items():
        (event,) = room.desk.events(int(number) - 1, 1)
        assert (event.number, event.sign.key, event.sign.state) == (int(number), name, "acknowledged")
    assert [e.number for e in room.desk.events(0, 5000)] == list(range(1, room.desk.last + 1))
    room.records.close()


# Whatever happens, in whatever order


class Shift(RuleBasedStateMachine):
    """A model of three signs beside the desk: where each must stand, by the rules in words."""

    empty: Path
    """A database without rows."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = TemporaryDirectory()
        copy(self.empty / "records.sqlite", self.temporary.name)
        self.room = Room(Path(self.temporary.name))
        self.latest: dict[int, Sign] = {}
        self.stands: dict[int, State] = {}
        self.acted_on: dict[int, Priority] = {}
        self.until: dict[int, float] = {}

    def teardown(self) -> None:
        self.room.records.close()
        self.temporary.cleanup()

    @rule(number=st.integers(1, 3), priority=st.sampled_from(tuple(RANK)), over=st.integers(0, 4))
    def machine(self, number: int, priority: Priority, over: int) -> None:
        before = self.latest.get(number)
        if before is not None and before.over_at_s is not None:
            return
        now_s = self.room.clock.now_s()
        fields: dict[str, Any] = {"time_s": now_s, "priority": priority}
        if before is not None and over == 0:
            fields |= {"change": "over", "over_at_s": now_s, "priority": before.priority}
        self.latest[number] = sign(number, updates=before.updates + 1 if before else 0, **fields)
        self.room.say(self.latest[number])
        state = self.stands.setdefault(number, "new")
        risen = state != "new" and over and RANK[priority] > RANK[self.acted_on[number]]
        if risen and (state != "shelved" or priority == "urgent"):
            self.stands[number] = "new"

    @rule(number=st.integers(1, 3), code=st.sampled_from(("acknowledge", "shelve", "return", "close")))
    def person(self, number: int, code: Code) -> None:
        until_s = self.room.clock.now_s() + 30.0
        wish: dict[str, Any] = {"until_s": until_s} if code == "shelve" else {}
        there = self.latest.get(number)
        state = self.stands.get(number, "new")
        allowed = there is not None and (state, code) in LEADS
        if there is None or not allowed or (there.over_at_s is not None and code not in WHEN_OVER):
            with pytest.raises(DeskError):
                self.room.do(number, code, **wish)
            return
        self.room.do(number, code, **wish)
        self.stands[number], self.acted_on[number] = LEADS[state, code], there.priority
        self.until[number] = until_s

    @rule(number=st.integers(1, 3))
    def change_of_mind(self, number: int) -> None:
        if number not in self.latest or self.stands[number] != "new" or self.latest[number].over_at_s:
            return
        done = self.room.do(number, "acknowledge")
        self.room.do(number, "undo", undo=done.number)

    @rule(seconds=st.floats(0.25, 40.0))
    def clock(self, seconds: float) -> None:
        self.room.later(seconds)
        now_s = self.room.clock.now_s()
        self.room.desk.tick(now_s)
        for number, state in self.stands.items():
            if state == "shelved" and self.until[number] <= now_s and not self.latest[number].over_at_s:
                self.stands[number], self.acted_on[number] = "new", self.latest[number].priority

    @precondition(lambda self: self.room.heard)
    @rule()
    def restart(self) -> None:
        self.room.records.close()
        self.room.open()

    @invariant()
    def every_sign_stands_where_it_must(self) -> None:
        for number, state in self.stands.items():
            assert self.room.state(number) == state
            assert self.room.desk.sign(key(sign(number))).sign == self.latest[number]

    @invariant()
    def no_event_is_missing(self) -> None:
        told = self.room.heard
        assert [e.number for e in told] == list(range(1, len(told) + 1))
        assert self.room.desk.last == len(told)
        now = {e.sign.sign.id: e.sign for e in told}
        assert {s.sign.id: s for s in self.room.desk.standing()[1]} == {
            number: stood for number, stood in now.items() if not stood.ended
        }


def test_whatever_happens_the_desk_follows_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Records.within(tmp_path).close()
    with sqlite3.connect(tmp_path / "records.sqlite") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr(Shift, "empty", tmp_path, raising=False)
    TestCase = Shift.TestCase  # noqa: N806 - hypothesis calls it so
    TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
    TestCase("runTest").runTest()
