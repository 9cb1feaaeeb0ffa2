"""Period: what the signs of a time came to: how often each rule spoke, how fast people decided, how often for
nothing.

The record of a rule beside a sign ("4 of 31 unfounded, 90 days") is the same count. Under `ENOUGH` cases
there is none: a rate of a few cases says more about chance than about the rule.
"""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from beffroi.life import OUTCOMES, Event
from beffroi.sign import Priority

ENOUGH = 10
DAYS = 90
HOUR_S, DAY_S = 3600.0, 86_400.0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the signs of a rule came to."""

    rule: str
    days: float
    closed: int
    confirmed: int = 0
    explained: int = 0
    unfounded: int = 0


class RulePeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in a time."""

    rule: str
    opened: int
    alarms: int
    record: Record
    decided: int
    """Signs that somebody did something with."""
    median_decide_s: float | None
    """From its opening to the first act of a person; absent where nobody acted."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a time."""

    from_s: float
    to_s: float
    rules: tuple[RulePeriod, ...]
    exercise: int
    """Signs of exercises, which count nowhere else."""
    alarms_per_operator_hour: float | None
    """Absent where nobody had the console open."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One sign, as far as the report needs it."""

    rule: str
    opened_s: float
    priority: Priority
    """The highest that it had."""
    rang: int
    """How often it raised an alarm."""
    acted_s: float | None = None
    """When a person did something with it first."""
    outcome: str | None = None
    """Of a sign that stands closed."""
    exercise: bool = False


RANK: dict[Priority, int] = {"notice": 0, "high": 1, "urgent": 2}


def told(events: Sequence[Event]) -> Told:
    """A sign from everything that befell it, oldest first."""
    last, sign = events[-1].sign, events[-1].sign.sign
    acts = [e.sign.life for e in events if e.sign.life is not None and e.sign.life.act == e.number]
    return Told(
        rule=sign.rule, opened_s=sign.opened_at_s, exercise=sign.exercise,
        priority=max((e.sign.sign.priority for e in events), key=lambda p: RANK[p]),
        rang=sum(e.rings for e in events), acted_s=min((a.at_s for a in acts if a.by), default=None),
        outcome=last.life.outcome if last.state == "closed" and last.life else None,
    )  # fmt: skip


def record(rule: str, outcomes: Iterable[str], days: float = DAYS) -> Record | None:
    """The record of a rule from the outcomes of its closed signs; None under `ENOUGH` of them."""
    found = _record(rule, outcomes, days)
    return found if found.closed >= ENOUGH else None


def _record(rule: str, outcomes: Iterable[str], days: float) -> Record:
    given = [*outcomes]
    counts = {name: given.count(name) for name in OUTCOMES}
    return Record(rule=rule, days=days, closed=len(given), **counts)


def operator_hours(
    begun: Sequence[tuple[float, str]], ended: Sequence[tuple[float, str]], from_s: float, to_s: float
) -> float:
    """Hours in a time for which consoles were open: (when, who) of each begin and each end of a live view.

    An end belongs to the last begin of that person. A begin of which no end is known counts nothing: the
    server may have been killed.
    """
    open_s: dict[str, list[float]] = {}
    total_s = 0.0
    marks = [(at_s, False, who) for at_s, who in begun] + [(at_s, True, who) for at_s, who in ended]
    for at_s, ends, who in sorted(marks):
        if not ends:
            open_s.setdefault(who, []).append(at_s)
        elif begins := open_s.get(who):
            total_s += max(0.0, min(at_s, to_s) - max(begins.pop(), from_s))
    return total_s / HOUR_S


def period(signs: Iterable[Told], from_s: float, to_s: float, operator_hours: float) -> Period:
    """The report of the signs that were opened in a time. `operator_hours`: hours of consoles that were open,
    each counted."""
    here = [s for s in signs if from_s <= s.opened_s < to_s]
    real = [s for s in here if not s.exercise]
    days = (to_s - from_s) / DAY_S
    rules = tuple(
        _rule(name, [s for s in real if s.rule == name], days) for name in sorted({s.rule for s in real})
    )
    alarms = sum(r.alarms for r in rules)
    return Period(
        from_s=from_s, to_s=to_s, rules=rules, exercise=len(here) - len(real),
        alarms_per_operator_hour=alarms / operator_hours if operator_hours > 0 else None,
    )  # fmt: skip


def _rule(name: str, signs: Sequence[Told], days: float) -> RulePeriod:
    waits = [s.acted_s - s.opened_s for s in signs if s.acted_s is not None]
    return RulePeriod(
        rule=name, opened=len(signs), alarms=sum(s.rang for s in signs), decided=len(waits),
        record=_record(name, (s.outcome for s in signs if s.outcome), days),
        median_decide_s=median(waits) if waits else None,
    )  # fmt: skip
