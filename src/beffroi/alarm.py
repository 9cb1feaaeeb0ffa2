"""Alarm: the watch measured after ISA-18.2 (IEC 62682): how often it rings, what rings most, what lies about.

An alarm is what asks for an answer: a sign that is urgent or high, when it is raised or raised again. Notices
are counted only as long as they are new. What an exercise brings is counted apart, and in no other figure.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import msgspec

from beffroi.life import DeskSign, Event
from beffroi.sign import Priority

AIM = 1
"""Alarms in ten minutes that one operator can answer in the long run (ISA-18.2, EEMUA 191)."""
RATE_S, LOUD_S, STALE_S = 600.0, 3600.0, 86_400.0


class Ring(msgspec.Struct, frozen=True):
    """An alarm that was raised."""

    at_s: float
    key: str
    name: str
    """Who rang: the source where the sign is about one (`source:ID`), else the rule."""


class Loudest(msgspec.Struct, frozen=True, kw_only=True):
    """What rang most in the last hour: `signs` of `of` signs."""

    name: str
    signs: int
    of: int


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one moment."""

    urgent: int
    high: int
    notice: int
    """Signs that are new (open and not acknowledged, shelved or closed)."""
    open: int
    """Signs that a person still has to do with, and that do not lie on the shelf."""
    in_10_min: int
    """Alarms raised in the last ten minutes, against the aim of `AIM`."""
    loudest: Loudest | None
    shelved: int
    stale: int
    """Signs that have stood for more than a day and are neither over, shelved nor closed."""
    exercise: int
    """Signs of an exercise that a person still has to do with, and that do not lie on the shelf."""


def ring(event: Event) -> Ring:
    """The alarm that an event raised."""
    sign = event.sign.sign
    name = sign.subject if sign.subject.startswith("source:") else sign.rule
    return Ring(event.sign.changed_s, event.sign.key, name)


def forget(rang: deque[Ring], now_s: float) -> None:
    """Let go of what no figure needs any more."""
    while rang and rang[0].at_s <= now_s - LOUD_S:
        rang.popleft()


def measure(standing: Iterable[DeskSign], rang: Sequence[Ring], now_s: float) -> Alarms:
    """The figures at `now_s`, from the signs that have not ended and the alarms of the last hour, in which
    there are none of an exercise."""
    there = [s for s in standing if not s.ended]
    signs = [s for s in there if not s.sign.exercise]
    new = Counter[Priority](s.sign.priority for s in signs if s.state == "new")
    lying = [s for s in signs if s.state != "shelved"]
    return Alarms(
        urgent=new["urgent"],
        high=new["high"],
        notice=new["notice"],
        open=len(lying),
        in_10_min=sum(1 for r in rang if now_s - RATE_S < r.at_s <= now_s),
        loudest=loudest(rang, now_s),
        shelved=len(signs) - len(lying),
        stale=sum(1 for s in lying if not s.over and now_s - s.sign.opened_at_s > STALE_S),
        exercise=sum(1 for s in there if s.sign.exercise and s.state != "shelved"),
    )


def loudest(rang: Sequence[Ring], now_s: float) -> Loudest | None:
    """Who rang for the most signs in the last hour; the first by name where two are even."""
    names = {(r.key, r.name) for r in rang if now_s - LOUD_S < r.at_s <= now_s}
    if not names:
        return None
    counted = Counter(name for _, name in names)
    name = min(counted, key=lambda n: (-counted[n], n))
    return Loudest(name=name, signs=counted[name], of=len(names))
