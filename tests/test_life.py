"""The life of a sign: one table says what may be done when; everything else is a clear error."""

from itertools import product
from typing import Any, get_args

import pytest

from beffroi.errors import DeskError
from beffroi.life import (
    CLOCK,
    LEADS,
    REASON_LENGTH,
    SHELF_S,
    Act,
    Code,
    DeskSign,
    State,
    acted,
    key,
    parts,
    rings,
    said,
    undone,
)
from beffroi.sign import Priority
from made import START_S, sign

NOW_S = START_S + 100.0
SAYS: dict[str, dict[str, Any]] = {
    "shelve": {"until_s": NOW_S + 600, "reason": "bird control at work"},
    "close": {"outcome": "explained", "reason": "a kite"},
}


def act(code: Code, by: str = "ana", **fields: Any) -> Act:
    return Act(code=code, by=by, at_s=NOW_S, **(SAYS.get(code, {}) | fields))


def standing(state: State = "new", *, priority: Priority = "high", over: bool = False) -> DeskSign:
    """A sign that a person brought to a state."""
    fields: dict[str, Any] = {"change": "over", "over_at_s": START_S + 50, "updates": 2} if over else {}
    new = DeskSign(sign=sign(priority=priority), state="new", life=None, changed_s=START_S, event=1)
    way: dict[State, tuple[Code, ...]] = {
        "new": (), "acknowledged": ("acknowledge",), "shelved": ("shelve",), "closed": ("close",),
    }  # fmt: skip
    for code in way[state]:
        new = acted(new, act(code), 2)
    return DeskSign(sign=sign(priority=priority, **fields), state=new.state, life=new.life,
                    changed_s=NOW_S, event=3)  # fmt: skip


@pytest.mark.parametrize(("state", "code"), list(product(get_args(State), get_args(Code))))
def test_only_what_the_table_says_is_allowed(state: State, code: Code) -> None:
    if code == "undo":
        return
    stood = standing(state)
    if (state, code) in LEADS:
        after = acted(stood, act(code), 7)
        assert after.state == LEADS[state, code]
        assert after.life is not None
        assert (after.life.act, after.life.code, after.life.by, after.event) == (7, code, "ana", 7)
        assert after.sign == stood.sign
    else:
        with pytest.raises(DeskError, match=f"cannot {code} what is {state}") as refused:
            acted(stood, act(code), 7)
        assert (refused.value.kind, refused.value.key, refused.value.field) == ("refused", stood.key, "code")


@pytest.mark.parametrize(("state", "ended"), [("new", False), ("acknowledged", True), ("shelved", True)])
def test_what_is_over_ends_when_somebody_has_dealt_with_it(state: State, ended: bool) -> None:
    assert standing(state, over=True).ended is ended
    assert not standing(state).ended
    assert standing("closed").ended


def test_what_is_over_does_not_go_to_the_shelf() -> None:
    with pytest.raises(DeskError, match="what is over"):
        acted(standing(over=True), act("shelve"), 7)
    assert acted(standing(over=True), act("acknowledge"), 7).ended
    assert acted(standing("acknowledged", over=True), act("close"), 7).state == "closed"


@pytest.mark.parametrize(
    ("state", "was", "is_now", "then"),
    [
        ("acknowledged", "high", "urgent", "new"),
        ("acknowledged", "notice", "high", "new"),
        ("acknowledged", "urgent", "high", "acknowledged"),
        ("acknowledged", "urgent", "urgent", "acknowledged"),
        ("closed", "high", "urgent", "new"),
        ("shelved", "notice", "high", "shelved"),
        ("shelved", "notice", "urgent", "new"),
        ("shelved", "urgent", "urgent", "shelved"),
    ],
)
def test_a_rise_above_what_was_acted_on_makes_it_new(
    state: State, was: Priority, is_now: Priority, then: State
) -> None:
    assert said(standing(state, priority=was), sign(updates=3, priority=is_now)) == then


def test_a_priority_that_goes_up_and_down_is_acknowledged_once() -> None:
    stood = standing("acknowledged", priority="urgent")
    fallen = DeskSign(sign=sign(updates=3, priority="high"), state="acknowledged", life=stood.life,
                      changed_s=NOW_S, event=4)  # fmt: skip
    assert said(fallen, sign(updates=4, priority="urgent")) == "acknowledged"


def test_the_end_of_a_sign_is_no_rise() -> None:
    over = sign(updates=3, priority="urgent", change="over", over_at_s=NOW_S)
    assert said(standing("acknowledged"), over) == "acknowledged"


def test_what_rings() -> None:
    def then(state: State, priority: Priority, **fields: Any) -> DeskSign:
        return DeskSign(sign=sign(priority=priority, updates=1, **fields), state=state, life=None,
                        changed_s=NOW_S, event=9)  # fmt: skip

    assert rings(None, then("new", "urgent"))
    assert rings(None, then("new", "high"))
    assert not rings(None, then("new", "notice"))
    assert rings(then("new", "high"), then("new", "urgent"))
    assert rings(then("new", "notice"), then("new", "high"))
    assert not rings(then("new", "high"), then("new", "high"))
    assert not rings(then("new", "urgent"), then("new", "high"))
    assert not rings(then("new", "high"), then("new", "urgent", over_at_s=NOW_S))
    shelved = standing("shelved")
    assert not rings(shelved, acted(shelved, act("return"), 7)), "what a person does rings nothing"
    late = Act(code="return", by=CLOCK, at_s=NOW_S + 600)
    assert rings(shelved, acted(shelved, late, 7))


def test_the_clock_takes_nothing_from_the_shelf_before_its_time() -> None:
    with pytest.raises(DeskError, match="for longer"):
        acted(standing("shelved"), Act(code="return", by=CLOCK, at_s=NOW_S + 599), 7)


@pytest.mark.parametrize(
    ("code", "fields", "field"),
    [
        ("shelve", {"until_s": None}, "until_s"),
        ("shelve", {"until_s": NOW_S}, "until_s"),
        ("shelve", {"until_s": NOW_S + SHELF_S + 1}, "until_s"),
        ("shelve", {"until_s": float("nan")}, "until_s"),
        ("shelve", {"until_s": float("inf")}, "until_s"),
        ("shelve", {"reason": None}, "reason"),
        ("shelve", {"reason": "  "}, "reason"),
        ("shelve", {"reason": "x" * (REASON_LENGTH + 1)}, "reason"),
        ("close", {"outcome": None}, "outcome"),
        ("close", {"outcome": "guilty"}, "outcome"),
        ("close", {"until_s": NOW_S + 1}, "until_s"),
        ("acknowledge", {"reason": "why not"}, "reason"),
        ("acknowledge", {"undo": 3}, "undo"),
        ("acknowledge", {"by": "x" * 201}, "by"),
        ("arrest", {}, "code"),
    ],
)
def test_a_field_that_lacks_or_is_too_much_is_named(code: Code, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(DeskError) as refused:
        acted(standing(), act(code, **fields), 7)
    assert (refused.value.kind, refused.value.field) == ("invalid", field)


def test_undo_brings_back_what_held() -> None:
    before = standing("shelved")
    led = acted(before, act("return"), 7)
    after = undone(led, led, before, act("undo", undo=7), 8)
    assert after.state == "shelved"
    assert after.life is not None
    assert before.life is not None
    assert (after.life.code, after.life.act, after.life.undo) == ("undo", 8, 7)
    assert (after.life.until_s, after.life.reason) == (before.life.until_s, before.life.reason)


def test_undo_takes_back_only_the_last_act_of_the_same_person() -> None:
    before = standing()
    led = acted(before, act("acknowledge"), 7)
    with pytest.raises(DeskError, match="not the last act"):
        undone(led, led, before, act("undo", undo=6), 8)
    with pytest.raises(DeskError, match="it was done by ana"):
        undone(led, led, before, act("undo", by="bob", undo=7), 8)
    again = undone(led, led, before, act("undo", undo=7), 8)
    with pytest.raises(DeskError, match="not the last act"):
        undone(again, again, led, act("undo", undo=8), 9)
    risen = DeskSign(sign=sign(updates=3, priority="urgent"), state="new", life=led.life,
                     changed_s=NOW_S, event=8)  # fmt: skip
    with pytest.raises(DeskError, match="has become new since"):
        undone(risen, led, before, act("undo", undo=7), 9)


def test_a_key_says_which_sign_and_nothing_else_is_one() -> None:
    assert parts(key(sign(12))) == (12, START_S)
    for bad in ("", "12", "-", "a-b", "1-2-3", "١-٢", "1" * 30 + "-1", "1.5-3", "-1-3", "1-\x00"):
        with pytest.raises(DeskError, match="no such sign") as refused:
            parts(bad)
        assert refused.value.kind == "unknown"
