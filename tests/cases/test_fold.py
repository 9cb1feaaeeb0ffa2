"""The fold: each line of the table is kept, and no change of a field is overwritten unseen."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.case import MACHINE, Entry, File, Item, Joined
from beffroi.cases import fold
from beffroi.errors import Conflict, DeskError
from cased import NOWHERE, add, entry, stood

SIGN = Joined(key="1-1", subjects=("track:1", "uas:X"), at_s=1.0, lat_deg=48.0, lon_deg=2.0, priority="high")
FILE = File(digest="ab", name="a.png", media_type="image/png", bytes=3, at_s=1.0, by="ana")
SAYS: dict[str, dict[str, Any]] = {
    "join": {"joined": SIGN},
    "sighting": {"joined": Joined(key="sighting:aa", subjects=("sighting:aa",), at_s=2.0)},
    "split": {"signs": ("0-0",), "into": "2"},
    "own": {"person": "ben"},
    "title": {"text": "Drone at 24"},
    "rank": {"priority": "urgent"},
    "phase": {"phase": "credible", "evidence": ("person:7",)},
    "note": {"text": "seen by patrol 2"},
    "listed": {"items": (Item(id="a", text="call"),)},
    "tick": {"item": "a", "done": True},
    "relate": {"other": "9", "on": True},
    "file": {"file": FILE},
    "still": {"file": FILE},
    "tower_draft": {"id": 2, "text": "drone"},
    "tower_sent": {"id": 1},
    "close": {"outcome": "unfounded"},
    "merge": {"other": "2", "joined": (SIGN,), "keys": ("2",)},
    "merged": {"into": "2"},
    "reopen": {"reason": "another one"},
}
"""One entry of each code that a case such as `stood` takes."""


@pytest.mark.parametrize("code", SAYS)
def test_each_code_needs_what_the_table_says(code: str) -> None:
    case = stood()
    if "open" not in fold.RULES[code].when:
        case = add(case, "close", outcome="unfounded")
    after = add(case, code, **SAYS[code])
    assert after.version == case.version + 1
    assert after.changed_s == after.version
    for field in fold.RULES[code].needs:
        without = {k: v for k, v in SAYS[code].items() if k != field}
        with pytest.raises(DeskError, match=f"{field}: {code} needs it"):
            add(case, code, **without)
    with pytest.raises(DeskError, match="does not take it"):
        add(case, code, **SAYS[code], more="x")


@pytest.mark.parametrize("code", SAYS)
def test_in_a_closed_case_only_what_the_table_says(code: str) -> None:
    closed = add(stood(), "close", outcome="unfounded")
    if "closed" in fold.RULES[code].when:
        add(closed, code, **SAYS[code])
    else:
        with pytest.raises(DeskError, match="the case is closed"):
            add(closed, code, **SAYS[code])
    assert set(fold.allowed(closed)) == {c for c in fold.ACTS if "closed" in fold.RULES[c].when}


@pytest.mark.parametrize("code", [c for c, rule in fold.RULES.items() if rule.who == "person" and c in SAYS])
def test_the_machine_decides_nothing(code: str) -> None:
    with pytest.raises(DeskError, match="done by a person"):
        add(stood(), code, MACHINE, **SAYS[code])


def test_what_each_does() -> None:
    case = add(stood(), "join", joined=SIGN)
    assert (case.signs, case.priority, case.lat_deg) == (("0-0", "0-1", "1-1"), "high", 48.0)
    assert case.subjects == ("track:0-0", "track:0-1", "track:1", "uas:X")
    case = add(case, "split", signs=("1-1",), into="2")
    assert (case.left, case.lat_deg, case.related) == (("1-1",), None, ("2",))
    assert case.subjects == ("track:0-0", "track:0-1")
    case = add(case, "tick", item="a", done=True)
    assert case.checklist[0].done_by == "ana"
    assert add(case, "tick", item="a", done=False).checklist[0].done_by is None
    case = add(case, "relate", other="2", on=False)
    assert case.related == ()
    case = add(case, "merge", **SAYS["merge"])
    assert (case.signs, case.keys) == (("0-0", "0-1", "1-1"), ("1", "2"))
    case = add(case, "close", outcome="explained", reason="a kite")
    assert (case.state, case.outcome, case.outcome_reason) == ("closed", "explained", "a kite")
    case = add(case, "reopen", reason="another one")
    assert (case.state, case.outcome, case.closed_s) == ("open", None, None)


def test_what_makes_no_sense_is_refused() -> None:
    case = stood()
    for code, params, match in (
        ("join", {"joined": Joined(key="0-0", at_s=0.0)}, "already"),
        ("split", {"signs": ("7-7",), "into": "2"}, "not of this case"),
        ("split", {"signs": ("0-0", "0-1"), "into": "2"}, "nothing would be left"),
        ("rank", {"priority": "panic"}, "one of"),
        ("tick", {"item": "z", "done": True}, "no such line"),
        ("relate", {"other": "1", "on": True}, "itself"),
        ("close", {"outcome": "explained"}, "by what"),
        ("close", {"outcome": "guilty"}, "one of"),
        ("title", {"text": "x" * 121}, "1 to 120"),
        ("note", {"text": "x" * 4001}, "1 to 4000"),
        ("opened", {"kind": "drone"}, "opened once"),
        ("nonsense", {}, "nothing that befalls"),
    ):
        with pytest.raises(DeskError, match=match):
            add(case, code, **params)
    with pytest.raises(DeskError, match="one of"):
        fold.check(None, entry(None, "opened", kind="ufo"), NOWHERE)


def test_a_text_goes_its_way_once() -> None:
    case = stood()
    with pytest.raises(DeskError, match="not been sent"):
        add(case, "tower_readback", id=1)
    case = add(case, "tower_sent", id=1)
    with pytest.raises(DeskError, match="sent already"):
        add(case, "tower_sent", id=1)
    case = add(case, "tower_overdue", MACHINE, id=1)
    with pytest.raises(DeskError, match="not overdue"):
        add(case, "tower_overdue", MACHINE, id=1)
    case = add(case, "tower_readback", id=1)
    assert [case.tower[0].sent_s, case.tower[0].shown_s, case.tower[0].readback_s] == [6.0, None, 8.0]
    with pytest.raises(DeskError, match="no such text"):
        add(case, "tower_sent", id=4)
    with pytest.raises(DeskError, match="exercise"):
        add(stood(exercise=True), "tower_draft", id=1, text="drone")


FIELDS = st.sampled_from([
    ("title", {"text": "A"}), ("title", {"text": "B"}), ("rank", {"priority": "urgent"}),
    ("rank", {"priority": "notice"}), ("note", {"text": "n"}), ("own", {"person": "x"}),
    ("own", {"person": None}), ("tick", {"item": "a", "done": True}),
])  # fmt: skip


@given(done=st.lists(st.tuples(FIELDS, st.integers(0, 8)), max_size=12))
def test_no_change_is_overwritten_unseen(done: list[tuple[tuple[str, dict[str, Any]], int]]) -> None:
    """Who acts on an old version either touches what nobody touched since, or is told both texts."""
    case = stood()
    entries: list[Entry] = []
    for (code, params), back in done:
        made_on = case.version - back
        field = fold.filled(fold.RULES[code].field, params)
        yours = fold.filled(fold.RULES[code].value, params)
        since = [e for e in entries if e.version > made_on and field]
        same = [e for e in since if fold.filled(fold.RULES[e.code].field, e.params) == field]
        theirs = fold.filled(fold.RULES[same[-1].code].value, same[-1].params) if same else yours
        if theirs != yours:
            with pytest.raises(Conflict) as met:
                add(case, code, "ana", made_on, **params)
            assert (met.value.theirs, met.value.yours) == (theirs, yours)
            continue
        case = add(case, code, "ana", made_on, **params)
        entries.append(entry(case, code, **params))
        entries[-1] = msgspec.structs.replace(entries[-1], version=case.version)
