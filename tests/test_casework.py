"""Casework: signs join by themselves, people decide, nothing is lost, and a case dies with its key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from beffroi.case import MACHINE
from beffroi.casework import DAY_S
from beffroi.errors import Conflict, DeskError
from beffroi.life import key
from beffroi.store import ledger
from beffroi.store.tables import AUDIT_ENTRY, ENTRY
from beffroi.store.vault import VAULT_KEY
from cased import RUNWAY, Room, sighting
from made import START_S, sign


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.close()


def codes(room: Room, key: str = "1") -> list[str]:
    return [entry.code for entry in room.work.timeline(key)]


def logged(room: Room) -> list[ledger.Entry]:
    rows = room.records.read(sa.select(AUDIT_ENTRY.c.body).order_by(AUDIT_ENTRY.c.number))
    return [ledger.decoded(bytes(row[0])) for row in rows]


# --- joining ----------------------------------------------------------------------------------------------


def test_a_sign_opens_a_case_by_hand_and_later_ones_join_by_themselves(room: Room) -> None:
    room.say(sign(1))
    assert room.work.cases() == []
    case = room.work.open("ana", "supervisor", sign=key(sign(1)), title="Drone at 24")
    assert (case.key, case.owner, case.priority, case.signs) == ("1", "ana", "high", (key(sign(1)),))
    room.say(sign(2, subject="track:1", rule="loitering", priority="urgent"), sign(3))
    case = room.work.case("1")
    assert case.signs == (key(sign(1)), key(sign(2)))
    assert case.priority == "urgent"
    assert room.work.timeline("1")[-1].by == MACHINE
    assert room.told[-1] == "case:1"


def test_a_sign_that_rises_lifts_its_case_once(room: Room) -> None:
    room.case(priority="notice")
    room.say(sign(1, updates=1, priority="high"))
    room.say(sign(1, updates=2, priority="high"))
    assert codes(room) == ["opened", "join", "rank"]
    room.work.act("1", "rank", "ana", priority="notice")
    room.say(sign(1, updates=3, priority="high"))
    assert room.work.case("1").priority == "notice"


def test_near_and_soon_is_one_incident(room: Room) -> None:
    room.case(lat_deg=48.73, lon_deg=2.36)
    room.say(sign(1, updates=500, lat_deg=48.75, lon_deg=2.36))  # it has flown on
    room.say(sign(2, time_s=START_S + 510, lat_deg=48.751, lon_deg=2.361))
    room.say(sign(3, time_s=START_S + 510, lat_deg=48.73, lon_deg=2.36))
    assert room.work.case("1").signs == (key(sign(1)), key(sign(2)))


def test_a_sighting_joins_or_opens(room: Room) -> None:
    room.say(sightings=(sighting("aa"),))
    room.say(sightings=(sighting("aa"), sighting("bb")))
    case = room.work.case("1")
    assert case.sightings == ("sighting:aa", "sighting:bb")
    assert case.phase == "sighting"
    assert (case.kind, case.owner) == ("drone", None)
    assert len(room.work.cases()) == 1
    room.open()
    room.say(sightings=(sighting("aa"),))
    assert len(room.work.cases()) == 1


def test_an_exercise_meets_nothing_real(room: Room) -> None:
    room.case(lat_deg=48.73, lon_deg=2.36)
    room.say(sightings=(sighting("aa"),), exercise=True)
    first, second = sorted(room.work.cases(), key=lambda c: c.key)
    assert first.sightings == ()
    assert second.exercise
    with pytest.raises(DeskError, match="exercise"):
        room.work.tell_tower("2", "drone", "ana")
    room.work.decide(RUNWAY, "suspended", "ana", why="training", case="2")
    assert room.work.aerodrome.now(RUNWAY) is None
    assert room.work.aerodrome.now(RUNWAY, exercise=True) is not None


def test_what_was_split_off_stays_apart(room: Room) -> None:
    room.case()
    room.say(sign(2, subject="track:1"), sign(3, subject="track:1", rule="swarm"))
    room.work.act("1", "split", "ana", signs=[key(sign(2))])
    old, new = room.work.case("1"), room.work.case("2")
    assert old.signs == (key(sign(1)), key(sign(3)))
    assert old.left == new.signs == (key(sign(2)),)
    assert old.related == ("2",)
    assert new.related == ("1",)
    room.say(sign(2, subject="track:1", updates=1))
    assert room.work.case("1").signs == old.signs
    with pytest.raises(DeskError, match="not of this case"):
        room.work.act("1", "split", "ana", signs=[key(sign(2))])
    with pytest.raises(DeskError, match="it is in case 2"):
        room.work.act("1", "join", "ana", sign=key(sign(2)))


def test_of_two_cases_one_is_made(room: Room) -> None:
    room.case(1)
    room.case(2)
    room.work.decide(RUNWAY, "suspended", "ana", why="drone", case="2")
    room.work.act("1", "merge", "ana", other="2")
    kept, ended = room.work.case("1"), room.work.case("2")
    assert kept.signs == (key(sign(1)), key(sign(2)))
    assert kept.merged == ("2",)
    assert (ended.state, ended.merged_into) == ("closed", "1")
    with pytest.raises(DeskError, match="not open yet"):
        room.work.act("1", "close", "ana", outcome="confirmed")
    with pytest.raises(DeskError, match="ended in 1"):
        room.work.act("2", "reopen", "ana", reason="why not")
    assert "suspended" in codes(room, "1")


# --- deciding ---------------------------------------------------------------------------------------------


def test_an_incident_from_the_first_sighting_to_the_reopened_runway(room: Room) -> None:
    room.case()
    signs = [f"sign:{key(sign(1))}"]
    act = room.work.act
    with pytest.raises(DeskError, match="needs named evidence"):
        act("1", "phase", "ana", phase="credible")
    act("1", "phase", "ana", phase="credible", evidence=("person:7",))
    act("1", "phase", "ana", phase="confirmed", evidence=tuple(signs))
    with pytest.raises(DeskError, match="no runway or zone"):
        act("1", "phase", "ana", phase="suspended")
    room.work.decide(RUNWAY, "suspended", "ana", why="drone on final", case="1")
    act("1", "phase", "ana", phase="suspended")
    room.later(240)
    room.say(sign(1, updates=240, change="over", over_at_s=START_S + 240))
    act("1", "phase", "ana", phase="search")
    with pytest.raises(DeskError, match="not open yet: runway:06/24"):
        act("1", "phase", "ana", phase="resumed")
    with pytest.raises(DeskError, match="waiting time"):
        room.work.decide(RUNWAY, "open", "ana")
    assert room.work.may_resume_s(RUNWAY) == START_S + 840
    room.later(600)
    room.work.decide(RUNWAY, "open", "ben")
    act("1", "phase", "ana", phase="resumed")
    act("1", "close", "ana", outcome="confirmed")
    assert [d.phase for d in room.work.case("1").phases] == [
        "credible",
        "confirmed",
        "suspended",
        "search",
        "resumed",
    ]
    assert room.desk.sign(key(sign(1))).state == "closed"
    assert room.desk.sign(key(sign(1))).life.outcome == "confirmed"  # type: ignore[union-attr]
    assert codes(room).count("suspended") == codes(room).count("open") == 1


def test_a_decision_is_in_the_log_with_the_digest_of_what_lies_sealed(room: Room) -> None:
    room.case()
    room.work.decide(RUNWAY, "suspended", "ana", "supervisor", why="drone")
    room.work.tell_tower("1", "drone at 24", "ana", "supervisor")
    actions = [(e.action, e.subject, e.by) for e in logged(room)]
    assert actions == [
        ("case.opened", "case:1", "ana"), ("case.join", "case:1", "ana"), ("runway.suspended", RUNWAY, "ana"),
        ("tower.draft", "case:1", "ana"), ("tower.sent", "case:1", "ana"),
    ]  # fmt: skip
    rows = room.records.read(sa.select(ENTRY).order_by(ENTRY.c.entry))
    assert [row.entry for row in rows] == list(range(5))
    assert all(b"drone" not in row.body for row in rows)
    assert room.verdict() == []
    with room.records.change() as db:
        db.execute(sa.update(ENTRY).where(ENTRY.c.entry == 2).values(by="eve"))
    assert any("entry aerodrome" in fault for fault in room.verdict())


def test_of_one_field_the_second_is_told(room: Room) -> None:
    case = room.case()
    room.work.act("1", "title", "ben", made_on=case.version, text="Drone at 24")
    with pytest.raises(Conflict) as refused:
        room.work.act("1", "title", "ana", made_on=case.version, text="Two drones")
    said = refused.value
    assert (said.theirs, said.yours, said.by, said.at_s) == ("Drone at 24", "Two drones", "ben", START_S)
    room.work.act("1", "rank", "ana", made_on=case.version, priority="urgent")
    room.work.act("1", "note", "ana", made_on=case.version, text="seen by patrol 2")
    room.work.act("1", "title", "ana", made_on=room.work.case("1").version, text="Two drones")
    assert room.work.case("1").title == "Two drones"


def test_two_of_one_runway(room: Room) -> None:
    room.work.decide(RUNWAY, "suspended", "ana", why="drone", made_on=0)
    with pytest.raises(Conflict):
        room.work.decide(RUNWAY, "restricted", "ben", why="bird", made_on=0)
    room.work.decide("runway:02/20", "restricted", "ben", why="bird", made_on=0)
    with pytest.raises(DeskError, match="no such runway"):
        room.work.decide("runway:99", "suspended", "ana", why="x")


def test_a_text_that_is_not_read_back_rings_once(room: Room) -> None:
    room.case()
    room.work.tell_tower("1", "drone at 24", "ana")
    room.work.act("1", "tower_shown", "ana", id=1)
    room.later(29)
    room.work.tick(room.clock.now_s())
    assert room.work.overdue() == 0
    room.later(1)
    room.told.clear()
    room.work.tick(room.clock.now_s())
    room.work.tick(room.clock.now_s())
    assert room.work.overdue() == 1
    assert room.told == ["case:1", "aerodrome"]
    room.work.act("1", "tower_readback", "ana", id=1)
    assert room.work.overdue() == 0
    assert room.work.case("1").tower[0].readback_s == START_S + 30
    with pytest.raises(DeskError, match="already"):
        room.work.act("1", "tower_readback", "ana", id=1)


def test_who_looks(room: Room) -> None:
    room.case()
    room.told.clear()
    room.work.look("1", "ben")
    room.work.look("1", "ben")
    assert room.work.here("1") == ["ben"]
    assert room.told == ["case:1"]
    room.later(31)
    room.work.tick(room.clock.now_s())
    assert room.work.here("1") == []
    assert room.told == ["case:1", "case:1"]


def test_all_is_there_after_a_restart(room: Room) -> None:
    room.case()
    room.say(sign(2, subject="track:1"))
    room.work.decide(RUNWAY, "suspended", "ana", why="drone", case="1")
    room.work.act("1", "phase", "ana", phase="credible", evidence=("person:7",))
    room.work.act("1", "note", "ana", text="line one\nline two \u202e\x07")
    before, aerodrome = room.work.case("1"), room.work.aerodrome
    room.close()
    room.open()
    assert room.work.case("1") == before
    assert room.work.aerodrome == aerodrome
    assert [s.id for s in room.work.signs(before)] == [1, 2]
    assert room.work.timeline("1")[-1].params["text"] == "line one\nline two ··"
    with pytest.raises(DeskError, match="no such case"):
        room.work.case("9")


def test_a_case_dies_by_the_clock_and_the_log_stays(room: Room) -> None:
    room.case()
    room.work.decide(RUNWAY, "suspended", "ana", why="secret reason", case="1")
    room.work.decide(RUNWAY, "open", "ana", why="it was a kite")
    room.work.decide("runway:02/20", "restricted", "ana", why="works")
    room.work.act("1", "close", "ana", outcome="explained", reason="a kite")
    entries = len(logged(room))
    room.later(364 * DAY_S)
    assert room.work.purge(room.clock.now_s()) == 0
    room.later(2 * DAY_S)
    assert room.work.purge(room.clock.now_s()) == 1
    with pytest.raises(DeskError, match="no such case"):
        room.work.case("1")
    assert room.work.cases("closed") == []
    assert [(e.action, e.subject) for e in logged(room)[entries:]] == [
        ("purge.case", "case:1"), ("purge.runway", RUNWAY),
    ]  # fmt: skip
    assert room.verdict() == []
    assert room.work.aerodrome.now(RUNWAY) is None
    assert room.work.aerodrome.now("runway:02/20").why == "works"  # type: ignore[union-attr]
    assert room.work.open("ana").key == "2", "a key is never given again"
    room.work.decide(RUNWAY, "suspended", "ana", why="again")
    keys = room.records.read(sa.select(VAULT_KEY.c.holder))
    assert ("case:1",) not in [tuple(row) for row in keys]


def test_the_timeline_in_memory_is_that_of_the_records(room: Room) -> None:
    room.case(1)
    room.case(2)
    for _ in range(2):  # read, then told of each entry as it is written
        room.work.act("1", "note", "ana", text="a note")
        room.work.decide(RUNWAY, "suspended", "ana", why="drone", case="1")
        room.work.decide(RUNWAY, "open", "ana", why="a kite")
        room.work.decide("runway:02/20", "restricted", "ana", why="works")
        room.work.decide("runway:02/20", "open", "ana", why="done")
        assert room.work.timeline("1") == room.entries.held_by("case:1")
        assert room.work.timeline("2") == room.entries.held_by("case:2")
    room.work.act("1", "merge", "ana", other="2")
    assert room.work.timeline("1") == room.entries.held_by("case:1", "case:2")
