"""Two who write at once: whatever the order, nothing acknowledged is lost, and records and memory agree."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beffroi.case import Case
from beffroi.cases import fold, place
from beffroi.casework import Casework
from beffroi.errors import Conflict, DeskError
from beffroi.life import key
from cased import RUNWAY, Room
from made import sign

PEOPLE = ("ana", "ben")
TEXTS = ("Drone at 24", "Two drones", "A kite")


class Writers(RuleBasedStateMachine):
    """Two processes with one store, in each a person who acts on what they saw last."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.room = Room(Path(self.folder.name))
        self.room.case(1)
        other = Casework(self.room.entries, self.room.desk, self.room.clock, self.room.site)
        self.works = {"ana": self.room.work, "ben": other}
        self.saw: dict[str, Case] = {}
        self.saw_home: dict[str, int] = {}
        self.acknowledged: list[tuple[str, str, Any]] = []
        for who in PEOPLE:
            self.look(who)

    def teardown(self) -> None:
        if hasattr(self, "room"):
            try:
                assert self.room.verdict() == []
            finally:
                self.room.close()
                self.folder.cleanup()

    @rule(who=st.sampled_from(PEOPLE))
    def look(self, who: str) -> None:
        entries = self.room.entries.of("case:1")
        self.saw[who] = fold.fold(entries)  # type: ignore[assignment]
        self.saw_home[who] = self.room.entries.version("aerodrome")

    def _now(self) -> Case:
        return fold.fold(self.room.entries.of("case:1"))  # type: ignore[return-value]

    @rule(who=st.sampled_from(PEOPLE), text=st.sampled_from(TEXTS))
    def call(self, who: str, text: str) -> None:
        stood, saw = self._now(), self.saw[who]
        theirs: tuple[str, str] | None = None
        try:
            self.works[who].act("1", "title", who, made_on=saw.version, text=text)
        except Conflict as met:
            theirs = (met.theirs, met.by)
        else:
            self.acknowledged.append(("title", who, text))
        unseen = stood.title not in (saw.title, text)
        assert (theirs is not None) >= unseen, "a title that was not seen is gone"
        assert theirs is None or theirs == (stood.title, stood.changed["title"].by)

    @rule(who=st.sampled_from(PEOPLE), n=st.integers())
    def note(self, who: str, n: int) -> None:
        self.works[who].act("1", "note", who, made_on=self.saw[who].version, text=f"note {n}")
        self.acknowledged.append(("note", who, f"note {n}"))

    @rule(who=st.sampled_from(PEOPLE), state=st.sampled_from(place.STATES))
    def decide(self, who: str, state: Any) -> None:
        try:
            self.works[who].decide(RUNWAY, state, who, why="drone", made_on=self.saw_home[who])
        except DeskError:
            return
        self.acknowledged.append((state, who, RUNWAY))

    @rule(number=st.integers(2, 5))
    def joins(self, number: int) -> None:
        self.room.say(sign(number, subject="track:1"))

    @invariant()
    def every_acknowledged_act_is_there_in_its_order(self) -> None:
        if not hasattr(self, "room"):
            return
        entries = [*self.room.entries.of("case:1"), *self.room.entries.of("aerodrome")]
        kept = [
            (e.code, e.by, e.params.get("text") or e.params.get("place"))
            for e in entries
            if e.code in ("title", "note", *place.STATES)
        ]
        of_case = [a for a in self.acknowledged if a[0] in ("title", "note")]
        of_home = [a for a in self.acknowledged if a[0] in place.STATES]
        assert kept == [*of_case, *of_home]


TestWriters = Writers.TestCase
TestWriters.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)


def test_threads_of_one_desk_lose_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.case(1)
    told: list[str] = []
    lock = threading.Lock()

    def write(n: int) -> None:
        room.work.act("1", "note", f"p{n % 4}", text=f"note {n}")
        with lock:
            told.append(f"note {n}")
        if n % 5 == 0:
            room.say(sign(100 + n, subject="track:1"))

    with ThreadPoolExecutor(8) as people:
        list(people.map(write, range(60)))
    before = room.work.case("1")
    notes = [e.params["text"] for e in room.work.timeline("1") if e.code == "note"]
    assert sorted(notes) == sorted(told)
    assert len(before.signs) == 13
    assert key(sign(100)) in before.signs
    room.close()
    room.open()
    assert room.work.case("1") == before
    assert room.verdict() == []
    room.close()
