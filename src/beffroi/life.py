"""Life: what people did with a sign, and where it stands now. Pure; the desk keeps it.

    new ──acknowledge──▶ acknowledged ──shelve──▶ shelved ──close──▶ closed        one table: LEADS
     ▲                        │                      │                  │
     └──── its priority rises above what was acted on; from the shelf: to urgent, or its time is over

The machine opens a sign and says that it is over; people do the rest. A sign has *ended* when closed, or
when it is over and somebody has dealt with it: acknowledged or shelved. One that is over while it lies on the
shelf therefore ends there: whoever shelved it gave a reason, and there is nothing left to come back. One that
is over and new stays open until a person has seen it. `undo` takes the last act back, as an act of its own.
"""

from typing import Literal

import msgspec

from beffroi.errors import DeskError
from beffroi.sign import Priority, Sign

State = Literal["new", "acknowledged", "shelved", "closed"]
Code = Literal["acknowledge", "shelve", "return", "close", "undo"]
OUTCOMES = ("confirmed", "explained", "unfounded")
"""What a closed sign came to; `explained`: the reason says by what."""

LEADS: dict[tuple[State, Code], State] = {
    ("new", "acknowledge"): "acknowledged",
    ("new", "shelve"): "shelved",
    ("new", "close"): "closed",
    ("acknowledged", "shelve"): "shelved",
    ("acknowledged", "close"): "closed",
    ("shelved", "shelve"): "shelved",
    ("shelved", "return"): "new",
    ("shelved", "close"): "closed",
}
"""The one table: in which state which act is allowed, and where it leads. `undo` leads to where it stood."""
WHEN_OVER: tuple[Code, ...] = ("acknowledge", "close", "undo")
"""What is left to do with a sign that is over: there is nothing to wait for any more."""

FIELDS: dict[Code, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "acknowledge": ((), ()),
    "shelve": (("until_s", "reason"), ()),
    "return": ((), ()),
    "close": (("outcome",), ("reason",)),
    "undo": (("undo",), ()),
}
"""What an act must say, and what it may say besides."""

SHELF_S = 86_400.0
"""Nothing lies on the shelf longer: the next shift decides for itself."""
UNDO_S = 10.0
"""8 s are offered; the rest is for the way."""
REASON_LENGTH, NAME_LENGTH = 500, 200
CLOCK = ""
"""Stands for a person where the desk itself took a sign from the shelf."""

RANK: dict[Priority, int] = {"notice": 0, "high": 1, "urgent": 2}
ALARMS: tuple[Priority, ...] = ("urgent", "high")
"""What asks for an answer; a notice does not."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do with a sign."""

    code: Code
    by: str
    at_s: float
    until_s: float | None = None
    """`shelve`: when it comes back, Unix seconds."""
    reason: str | None = None
    outcome: str | None = None
    undo: int | None = None
    """`undo`: the number of the act that is taken back."""


class Life(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The last act on a sign. After `undo`, what holds again stands in it."""

    act: int
    """Its number: that of the event that it made."""
    code: Code
    by: str
    """Who; empty where the desk itself took the sign from the shelf."""
    at_s: float
    priority: Priority
    """What was acted on: a rise above it makes the sign new again."""
    until_s: float | None = None
    reason: str | None = None
    outcome: str | None = None
    undo: int | None = None


class DeskSign(msgspec.Struct, frozen=True, kw_only=True):
    """A sign as it stands on the desk."""

    sign: Sign
    state: State
    life: Life | None
    changed_s: float
    """When the last event of it was."""
    event: int
    """The number of that event."""

    @property
    def key(self) -> str:
        """Opaque; the same for the whole life of the sign."""
        return key(self.sign)

    @property
    def over(self) -> bool:
        """What it speaks of holds no more."""
        return self.sign.over_at_s is not None

    @property
    def ended(self) -> bool:
        """Nobody has to do anything with it any more."""
        return self.state == "closed" or (self.over and self.state != "new")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A sign as it stood after something befell it: the machine said it, or a person did something with it.

    Numbers go up by one and are never skipped.
    """

    number: int
    sign: DeskSign
    rings: bool = False
    """An alarm was raised, or raised again."""


def key(sign: Sign) -> str:
    """The key of a sign. A watch that lost its state counts from 1 again, so the time is in it."""
    return key_of(sign.id, sign.opened_at_s)


def key_of(number: int, opened_at_s: float) -> str:
    """The key of the sign with that number that was opened then."""
    return f"{number}-{round(opened_at_s * 1000)}"


def parts(name: str) -> tuple[int, float]:
    """The number of a sign and when it was opened (to the millisecond). Raises DeskError."""
    number, _, opened = name.partition("-")
    if not (number.isascii() and number.isdigit() and opened.isascii() and opened.isdigit()):
        raise DeskError("unknown", name, "key", "there is no such sign")
    if len(number) > 18 or len(opened) > 18:
        raise DeskError("unknown", name, "key", "there is no such sign")
    return int(number), int(opened) / 1000


def rises(before: Priority, now: Priority) -> bool:
    """Whether a priority is higher than the one before."""
    return RANK[now] > RANK[before]


def said(before: DeskSign | None, sign: Sign) -> State:
    """Where a sign stands after the machine has said something new of it."""
    if before is None:
        return "new"
    if before.life is not None and sign.over_at_s is None and rises(before.life.priority, sign.priority):
        return "new" if before.state != "shelved" or sign.priority == "urgent" else "shelved"
    return before.state


def rings(before: DeskSign | None, after: DeskSign) -> bool:
    """Whether an alarm is raised here. What a person does rings nothing."""
    if after.state != "new" or after.over or after.sign.priority not in ALARMS:
        return False
    if before is None:
        return True
    by_hand = after.life is not None and after.life != before.life and after.life.by != CLOCK
    raised = before.state != "new" or rises(before.sign.priority, after.sign.priority)
    return raised and not by_hand


def check(name: str, act: Act) -> None:
    """Raise DeskError where an act lacks something or says too much."""
    if act.code not in FIELDS:
        raise DeskError("invalid", name, "code", f"{act.code!r} is none of {', '.join(FIELDS)}")
    needed, besides = FIELDS[act.code]
    for field in ("until_s", "reason", "outcome", "undo"):
        value = getattr(act, field)
        if field in needed and (value is None or value == ""):
            raise DeskError("invalid", name, field, f"{act.code} needs it")
        if field not in (*needed, *besides) and value is not None:
            raise DeskError("invalid", name, field, f"{act.code} does not take it")
    _check_words(name, act)
    if act.until_s is not None and not act.at_s < act.until_s <= act.at_s + SHELF_S:
        raise DeskError("invalid", name, "until_s", f"must lie within the next {SHELF_S / 3600:.0f} h")


def _check_words(name: str, act: Act) -> None:
    if len(act.by) > NAME_LENGTH:
        raise DeskError("invalid", name, "by", f"is longer than {NAME_LENGTH} characters")
    if act.reason is not None and not 0 < len(act.reason.strip()) <= REASON_LENGTH:
        raise DeskError("invalid", name, "reason", f"must have 1 to {REASON_LENGTH} characters")
    if act.outcome is not None and act.outcome not in OUTCOMES:
        raise DeskError("invalid", name, "outcome", f"must be one of {', '.join(OUTCOMES)}")


def acted(stood: DeskSign, act: Act, number: int) -> DeskSign:
    """The sign after an act that is no `undo`; `number` is that of its event. Raises DeskError."""
    check(stood.key, act)
    state = LEADS.get((stood.state, act.code))
    if state is None:
        by = f" by {stood.life.by}" if stood.life and stood.life.by else ""
        raise DeskError("refused", stood.key, "code", f"cannot {act.code} what is {stood.state}{by}")
    if stood.over and act.code not in WHEN_OVER:
        raise DeskError("refused", stood.key, "code", f"cannot {act.code} what is over")
    if act.by == CLOCK and (stood.life is None or (stood.life.until_s or 0.0) > act.at_s):
        raise DeskError("refused", stood.key, "code", "it lies on the shelf for longer")
    life = _life(act, number, stood.sign.priority, act)
    return msgspec.structs.replace(stood, state=state, life=life, changed_s=act.at_s, event=number)


def undone(stood: DeskSign, led: DeskSign, earlier: DeskSign, act: Act, number: int) -> DeskSign:
    """The sign after an `undo`: it stands as it did in `earlier`, before the act that led to `led`.

    Raises DeskError where that was not the last thing done, or somebody else's, or the sign has moved on.
    """
    check(stood.key, act)
    life = stood.life
    if life is None or life.act != act.undo or life.code == "undo" or life.by == CLOCK:
        raise DeskError("refused", stood.key, "undo", f"{act.undo} is not the last act on this sign")
    if life.by != act.by:
        raise DeskError("refused", stood.key, "by", f"it was done by {life.by}")
    if stood.state != led.state:
        raise DeskError("refused", stood.key, "undo", f"the sign has become {stood.state} since")
    holds = earlier.life
    priority = holds.priority if holds else stood.sign.priority
    made = _life(act, number, priority, holds)
    return msgspec.structs.replace(stood, state=earlier.state, life=made, changed_s=act.at_s, event=number)


def _life(act: Act, number: int, priority: Priority, holds: Act | Life | None) -> Life:
    return Life(
        act=number, code=act.code, by=act.by, at_s=act.at_s, priority=priority, undo=act.undo,
        until_s=holds.until_s if holds else None, reason=holds.reason if holds else None,
        outcome=holds.outcome if holds else None,
    )  # fmt: skip
