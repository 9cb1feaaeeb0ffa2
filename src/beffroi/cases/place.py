"""Place: what holds for each runway and zone: open, restricted or suspended; who said so, why, how long.

A runway is lost while it is suspended, from the decision until the next one that says otherwise: minutes come
from decisions. What the signs predicted stands beside: from the first alarm until the last of them was over,
and the waiting time of the site.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import msgspec

from beffroi.case import Aerodrome, Case, Closure, Entry, PlaceState
from beffroi.cases.fold import Rule, changes, check_unchanged
from beffroi.errors import DeskError
from beffroi.life import ALARMS
from beffroi.sign import Sign
from beffroi.site import Site
from beffroi.zone import Zone

RULE = Rule("person", ("place", "state"), ("why", "case"), field="{place}", value="{state}")
IN_EXERCISE = RULE._replace(field="{place} in an exercise")
WHY_LENGTH = 500
STATES: tuple[PlaceState, ...] = get_args(PlaceState)


class Place(NamedTuple):
    """A runway or a zone of the site."""

    key: str
    """`runway:06/24`, `zone:ID`."""
    name: str
    kind: Literal["runway", "zone"]


def places(site: Site, zones: Sequence[Zone]) -> dict[str, Place]:
    """Every place of a site, by its key: the runways first."""
    several = len({r.aerodrome for r in site.runway}) > 1
    found: dict[str, Place] = {}
    for runway in site.runway:
        name = "/".join(end.designator for end in runway.ends)
        name = f"{runway.aerodrome} {name}".strip() if several else name
        found.setdefault(f"runway:{name}", Place(f"runway:{name}", name, "runway"))
    for zone in zones:
        key = f"zone:{zone.key}"
        found.setdefault(key, Place(key, zone.name_in(site.site.languages[0]), "zone"))
    return found


def check(aerodrome: Aerodrome, entry: Entry, known: Mapping[str, Place], made_on: int | None = None) -> None:
    """Raises DeskError where a decision on a place may not be; Conflict where somebody was quicker."""
    said = entry.params
    if entry.code != said.get("state") or set(said) - {*RULE.needs, *RULE.may}:
        raise DeskError("invalid", entry.about, "code", "only the state of a place can be decided here")
    if said.get("place") not in known:
        raise DeskError("unknown", entry.about, "place", "there is no such runway or zone")
    if said.get("state") not in STATES:
        raise DeskError("invalid", entry.about, "state", f"must be one of {', '.join(STATES)}")
    why = said.get("why", "")
    if len(why) > WHY_LENGTH:
        raise DeskError("invalid", entry.about, "why", f"must have at most {WHY_LENGTH} characters")
    if said["state"] != "open" and not why.strip():
        raise DeskError("invalid", entry.about, "why", "say why")
    if made_on is not None:
        check_unchanged(aerodrome.changed, entry, _rule(entry), made_on)
    now = aerodrome.now(said["place"], exercise=entry.exercise)
    if said["state"] == (now.state if now else "open") and (now is None or said.get("case") == now.case):
        raise DeskError("refused", entry.about, "state", f"it is {said['state']} already")


def after(aerodrome: Aerodrome, entry: Entry) -> Aerodrome:
    """The aerodrome after a decision that is in the records."""
    said = entry.params
    decided = Closure(
        place=said["place"], state=said["state"], since_s=entry.at_s, by=entry.by, why=said.get("why", ""),
        case=said.get("case"), exercise=entry.exercise,
    )  # fmt: skip
    return msgspec.structs.replace(
        aerodrome, version=entry.version, closures=(*aerodrome.closures, decided),
        changed=changes(aerodrome.changed, entry, _rule(entry)),
    )  # fmt: skip


def _rule(entry: Entry) -> Rule:
    return IN_EXERCISE if entry.exercise else RULE


def fold(entries: Iterable[Entry]) -> Aerodrome:
    """How the aerodrome stands after all decisions."""
    stood = Aerodrome()
    for entry in entries:
        stood = after(stood, entry)
    return stood


# --- when it may be used again ----------------------------------------------------------------------------


def may_resume_s(closure: Closure, case: Case | None, signs: Sequence[Sign], wait_s: float) -> float | None:
    """When a place may be resumed without saying why: the last sign of its case over, and the waiting time.

    None while one is not over. Without a case, or a sign in it, the wait counts from what came last: the
    decision or a sighting.
    """
    if any(sign.over_at_s is None for sign in signs):
        return None
    seen = [j.at_s for j in case.joined if j.is_sighting] if case else []
    over = [sign.over_at_s for sign in signs if sign.over_at_s is not None]
    return max([*over, *seen], default=closure.since_s) + wait_s


# --- what was lost ----------------------------------------------------------------------------------------

Interval = tuple[float, float]


def lost_s(
    aerodrome: Aerodrome,
    place: str,
    from_s: float,
    to_s: float,
    cases: Sequence[str] | None = None,
    *,
    exercise: bool = False,
) -> float:
    """Seconds for which a place was suspended in a time; of some cases, those that their decisions cost."""
    mine = [c for c in aerodrome.closures if c.place == place and c.exercise == exercise]
    return sum(end - begin for begin, end in union(_suspended(mine, from_s, to_s, cases)))


def _suspended(
    closures: Sequence[Closure], from_s: float, to_s: float, cases: Sequence[str] | None
) -> Iterator[Interval]:
    for i, closure in enumerate(closures):
        if closure.state != "suspended" or (cases is not None and closure.case not in cases):
            continue
        ends = (c.since_s for c in closures[i + 1 :] if c.state != "suspended")
        begin, end = max(closure.since_s, from_s), min(next(ends, to_s), to_s)
        if begin < end:
            yield begin, end


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same times without overlap, in their order."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def predicted_s(signs: Sequence[Sign], wait_s: float, now_s: float) -> float | None:
    """Seconds for which the signs of a case speak for a closure: while one that is an alarm lives, and the
    waiting time after; until now where one is not over. None without an alarm."""
    alarms = [s for s in signs if s.priority in ALARMS]
    if not alarms:
        return None
    times = [(s.opened_at_s, now_s if s.over_at_s is None else s.over_at_s + wait_s) for s in alarms]
    return sum(end - begin for begin, end in union(times))
