"""Fold: how a case stands after its entries. One table says which entry is allowed when, and what it carries.

An entry is only added. `check` says whether one may be, and is asked before it is written; `after` gives the
case after one that was. Both are pure. An act says the version that it was made on: if an entry since then
changed the same field, the act is refused with both texts (`Conflict`). What only adds never conflicts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from beffroi.case import (
    MACHINE,
    Aerodrome,
    Case,
    CaseKind,
    Changed,
    Decision,
    Entry,
    File,
    Item,
    Joined,
    Outcome,
    TowerText,
)
from beffroi.cases import phase
from beffroi.errors import Conflict, DeskError
from beffroi.life import rises
from beffroi.sign import Priority

Who = Literal["person", "machine", "both"]


class Rule(NamedTuple):
    """A line of the table."""

    who: Who
    needs: tuple[str, ...] = ()
    """Fields that it must carry."""
    may: tuple[str, ...] = ()
    """Fields that it may carry besides."""
    when: tuple[str, ...] = ("open",)
    """States of the case in which it is allowed."""
    field: str = ""
    """What it changes, filled with its own fields; empty: it only adds."""
    value: str = ""
    """What a person reads of the change."""


ALWAYS = ("open", "closed")
RULES: dict[str, Rule] = {
    "opened": Rule("both", ("kind",), ("title", "priority", "from"), when=("new",)),
    "join": Rule("both", ("joined",)),
    "sighting": Rule("both", ("joined",)),
    "split": Rule("person", ("signs", "into")),
    "own": Rule("person", ("person",), field="owner", value="{person}"),
    "title": Rule("person", ("text",), field="title", value="{text}"),
    "rank": Rule("both", ("priority",), field="priority", value="{priority}"),
    "phase": Rule("person", ("phase",), ("reason", "evidence"), field="phase", value="{phase}"),
    "note": Rule("person", ("text",), when=ALWAYS),
    "listed": Rule("both", ("items",), field="checklist"),
    "tick": Rule("person", ("item", "done"), field="item {item}", value="{done}"),
    "relate": Rule("person", ("other", "on"), when=ALWAYS, field="related {other}", value="{on}"),
    "file": Rule("person", ("file",), when=ALWAYS),
    "still": Rule("both", ("file",)),
    "tower_draft": Rule("person", ("id", "text")),
    "tower_sent": Rule("person", ("id",)),
    "tower_shown": Rule("person", ("id",)),
    "tower_readback": Rule("person", ("id",)),
    "tower_overdue": Rule("machine", ("id",)),
    "close": Rule("person", ("outcome",), ("reason",), field="state", value="closed, {outcome}"),
    "reopen": Rule("person", ("reason",), when=("closed",), field="state", value="open"),
    "merge": Rule("person", ("other", "joined", "keys")),
    "merged": Rule("person", ("into",), field="state", value="merged into {into}"),
}
"""The one table."""
ACTS = (
    "join",
    "own",
    "title",
    "rank",
    "phase",
    "note",
    "tick",
    "relate",
    "merge",
    "split",
    "close",
    "reopen",
)
"""What a person asks for by its code; the rest has ways of its own."""

LENGTH = {"title": 120, "reason": 500}
TEXT_LENGTH = {"title": 120, "note": 4000, "tower_draft": 500}
"""Most characters of a field; of `text` in an entry of a code."""
MOST: dict[str, int] = {"joined": 2000, "files": 500, "tower": 500}
"""So many signs and sightings, files, and texts a case holds; a case of more is several."""


def fold(entries: Iterable[Entry]) -> Case | None:
    """How a case stands after all its entries; None where there is none."""
    case = None
    for entry in entries:
        case = after(case, entry)
    return case


def allowed(case: Case) -> tuple[str, ...]:
    """Codes that a person may add to a case as it stands."""
    if case.merged_into:
        return ("note",)
    return tuple(code for code in ACTS if case.state in RULES[code].when)


def check(case: Case | None, entry: Entry, aerodrome: Aerodrome, made_on: int | None = None) -> None:
    """Raises DeskError where an entry may not be added to a case; Conflict where the same field was changed
    after version `made_on` of the case."""
    rule = RULES.get(entry.code)
    if rule is None:
        raise DeskError("invalid", entry.about, "code", f"{entry.code!r} is nothing that befalls a case")
    _check_fields(rule, entry)
    if (rule.who == "person" and entry.by == MACHINE) or (rule.who == "machine" and entry.by != MACHINE):
        raise DeskError("refused", entry.about, "by", f"{entry.code} is done by a {rule.who}")
    if case is None or entry.code == "opened":
        if case is not None or entry.code != "opened":
            raise DeskError("refused", entry.about, "code", "a case is opened once, and first")
        if entry.params["kind"] not in get_args(CaseKind):
            raise DeskError("invalid", entry.about, "kind", f"must be one of {', '.join(get_args(CaseKind))}")
        return
    if made_on is not None:
        check_unchanged(case.changed, entry, rule, made_on)
    if case.state not in rule.when:
        raise DeskError("refused", entry.about, "code", f"cannot {entry.code}: the case is {case.state}")
    if case.merged_into and entry.code != "note":
        raise DeskError("refused", entry.about, "code", f"the case ended in {case.merged_into}")
    if entry.code == "phase":
        phase.check(case, entry.params, aerodrome)
    elif entry.code in CHECKS:
        CHECKS[entry.code](case, entry, aerodrome)


def check_unchanged(changed: Mapping[str, Changed], entry: Entry, rule: Rule, made_on: int) -> None:
    """Raises Conflict if what an entry changes was changed to something else after version `made_on`."""
    field, yours = filled(rule.field, entry.params), filled(rule.value, entry.params)
    last = changed.get(field) if field else None
    if last is None or last.version <= made_on or (rule.value and last.value == yours):
        return
    raise Conflict(entry.about, field, theirs=last.value, yours=yours, by=last.by, at_s=last.at_s)


def filled(template: str, params: Mapping[str, Any]) -> str:
    """A field or a value of the table, of one entry."""
    return template.format_map({k: "" if v is None else v for k, v in params.items()})


def changes(before: dict[str, Changed], entry: Entry, rule: Rule) -> dict[str, Changed]:
    """The last change of each field, after an entry."""
    if not rule.field:
        return before
    value = filled(rule.value, entry.params)
    last = Changed(version=entry.version, at_s=entry.at_s, by=entry.by, value=value)
    return {**before, filled(rule.field, entry.params): last}


def _check_fields(rule: Rule, entry: Entry) -> None:
    for field in rule.needs:
        if entry.params.get(field) in (None, "", ()) and not (field == "person" and field in entry.params):
            raise DeskError("invalid", entry.about, field, f"{entry.code} needs it")
    for field, value in entry.params.items():
        if field not in (*rule.needs, *rule.may):
            raise DeskError("invalid", entry.about, field, f"{entry.code} does not take it")
        longest = TEXT_LENGTH.get(entry.code) if field == "text" else LENGTH.get(field)
        if longest and isinstance(value, str) and not 0 < len(value.strip()) <= longest:
            raise DeskError("invalid", entry.about, field, f"must have 1 to {longest} characters")


# --- what some entries need besides -----------------------------------------------------------------------


def _check_joins(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    if entry.params["joined"].key in (*case.signs, *case.sightings):
        raise DeskError("refused", entry.about, "sign", "it is in this case already")
    if len(case.joined) >= MOST["joined"]:
        raise DeskError("refused", entry.about, "sign", f"a case holds {MOST['joined']} signs and sightings")


def _check_leaves(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    signs = entry.params["signs"]
    if missing := [key for key in signs if key not in case.signs]:
        raise DeskError("refused", entry.about, "signs", f"not of this case: {', '.join(missing[:5])}")
    if len(set(signs)) == len(case.joined):
        raise DeskError("refused", entry.about, "signs", "nothing would be left in this case")


def _check_word(field: str, words: Sequence[str]) -> Callable[[Case, Entry, Aerodrome], None]:
    def check_word(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
        if entry.params[field] not in words:
            raise DeskError("invalid", entry.about, field, f"must be one of {', '.join(words)}")

    return check_word


def _check_close(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    _check_word("outcome", get_args(Outcome))(case, entry, aerodrome)
    if entry.params["outcome"] == "explained" and not entry.params.get("reason"):
        raise DeskError("invalid", entry.about, "reason", "explained by what?")
    if places := phase.closed(case, aerodrome):
        raise DeskError("refused", entry.about, "code", f"not open yet: {', '.join(places)}")


def _check_item(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    if entry.params["item"] not in {item.id for item in case.checklist}:
        raise DeskError("invalid", entry.about, "item", "there is no such line")


def _check_related(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    if entry.params["other"] == case.key:
        raise DeskError("invalid", entry.about, "other", "a case is not beside itself")


def _check_file(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    if len(case.files) >= MOST["files"]:
        raise DeskError("refused", entry.about, "file", f"a case holds {MOST['files']} files")


STEPS = ("draft", "sent", "shown", "readback")


def _check_tower(case: Case, entry: Entry, aerodrome: Aerodrome) -> None:
    """Each step once, in its order; an exercise tells the tower nothing."""
    if case.exercise:
        raise DeskError("refused", entry.about, "code", "this is an exercise: the tower gets no text of it")
    step, number = entry.code.removeprefix("tower_"), entry.params["id"]
    said = next((t for t in case.tower if t.id == number), None)
    if step == "draft":
        if number != len(case.tower) + 1 or len(case.tower) >= MOST["tower"]:
            raise DeskError("refused", entry.about, "id", "it is not the next text")
        return
    if said is None:
        raise DeskError("unknown", entry.about, "id", "there is no such text")
    if step == "overdue":
        if said.sent_s is None or said.readback_s is not None or said.overdue_s is not None:
            raise DeskError("refused", entry.about, "id", "it is not overdue")
        return
    before = STEPS[STEPS.index(step) - 1] if step != "readback" else "sent"
    if getattr(said, f"{before}_s") is None:
        raise DeskError("refused", entry.about, "id", f"it has not been {before}")
    if getattr(said, f"{step}_s") is not None:
        raise DeskError("refused", entry.about, "id", f"it has been {step} already")


CHECKS: dict[str, Callable[[Case, Entry, Aerodrome], None]] = {
    "join": _check_joins,
    "sighting": _check_joins,
    "split": _check_leaves,
    "rank": _check_word("priority", get_args(Priority)),
    "tick": _check_item,
    "relate": _check_related,
    "file": _check_file,
    "still": _check_file,
    "close": _check_close,
    **{f"tower_{step}": _check_tower for step in (*STEPS, "overdue")},
}


# --- how it stands after one ------------------------------------------------------------------------------


def after(case: Case | None, entry: Entry) -> Case:
    """The case after an entry that is in the records."""
    if case is None:
        return _opened(entry)
    fields = AFTER[entry.code](case, entry) if entry.code in AFTER else {}
    changed = changes(case.changed, entry, RULES[entry.code])
    return msgspec.structs.replace(
        case, version=entry.version, changed_s=entry.at_s, changed=changed, **fields
    )


def _opened(entry: Entry) -> Case:
    said = entry.params
    return Case(
        key=entry.about.partition(":")[2], version=entry.version, kind=said["kind"],
        title=said.get("title", ""), priority=said.get("priority", "notice"), opened_s=entry.at_s,
        changed_s=entry.at_s, owner=entry.by or None, exercise=entry.exercise,
        related=(said["from"],) if "from" in said else (),
    )  # fmt: skip


Fields = dict[str, Any]


def _with(case: Case, joined: tuple[Joined, ...]) -> Fields:
    """What follows of what has joined."""
    placed = max(
        (j for j in joined if j.lat_deg is not None), key=lambda j: j.at_s, default=None
    )  # what was last somewhere
    return {
        "joined": joined,
        "signs": tuple(j.key for j in joined if not j.is_sighting),
        "sightings": tuple(j.key for j in joined if j.is_sighting),
        "subjects": tuple(dict.fromkeys(name for j in joined for name in j.subjects)),
        "lat_deg": placed and placed.lat_deg,
        "lon_deg": placed and placed.lon_deg,
        "placed_s": placed and placed.at_s,
        "simulated": any(j.simulated for j in joined),
    }


def _join(case: Case, entry: Entry) -> Fields:
    new: Joined = entry.params["joined"]
    priority = new.priority if rises(case.priority, new.priority) else case.priority
    left = tuple(key for key in case.left if key != new.key)
    return _with(case, (*case.joined, new)) | {"priority": priority, "left": left}


def _split(case: Case, entry: Entry) -> Fields:
    gone = entry.params["signs"]
    related = tuple(dict.fromkeys((*case.related, entry.params["into"])))
    kept = tuple(j for j in case.joined if j.key not in gone)
    return _with(case, kept) | {"left": (*case.left, *gone), "related": related}


def _merge(case: Case, entry: Entry) -> Fields:
    there = {j.key for j in case.joined}
    joined = (*case.joined, *(j for j in entry.params["joined"] if j.key not in there))
    highest = case.priority
    for j in joined:
        highest = j.priority if rises(highest, j.priority) else highest
    return _with(case, joined) | {"priority": highest, "merged": (*case.merged, *entry.params["keys"])}


def _phase(case: Case, entry: Entry) -> Fields:
    said = entry.params
    decided = Decision(
        phase=said["phase"], at_s=entry.at_s, by=entry.by, reason=said.get("reason", ""),
        evidence=tuple(said.get("evidence", ())),
    )  # fmt: skip
    return {"phases": (*case.phases, decided)}


def _tick(case: Case, entry: Entry) -> Fields:
    by, at_s = (entry.by, entry.at_s) if entry.params["done"] else (None, None)
    ticked = [
        msgspec.structs.replace(item, done_by=by, done_s=at_s) if item.id == entry.params["item"] else item
        for item in case.checklist
    ]
    return {"checklist": tuple(ticked)}


def _relate(case: Case, entry: Entry) -> Fields:
    others = [key for key in case.related if key != entry.params["other"]]
    return {"related": (*others, *([entry.params["other"]] if entry.params["on"] else []))}


def _tower(case: Case, entry: Entry) -> Fields:
    step, number = entry.code.removeprefix("tower_"), entry.params["id"]
    if step == "draft":
        text = TowerText(id=number, text=entry.params["text"], by=entry.by, draft_s=entry.at_s)
        return {"tower": (*case.tower, text)}
    done = {f"{step}_s": entry.at_s}
    return {"tower": tuple(msgspec.structs.replace(t, **done) if t.id == number else t for t in case.tower)}


def _close(case: Case, entry: Entry) -> Fields:
    said = entry.params
    return {
        "state": "closed", "outcome": said["outcome"], "outcome_reason": said.get("reason", ""),
        "closed_s": entry.at_s,
    }  # fmt: skip


def _merged(case: Case, entry: Entry) -> Fields:
    return {"state": "closed", "closed_s": entry.at_s, "merged_into": entry.params["into"]}


AFTER: dict[str, Callable[[Case, Entry], Fields]] = {
    "join": _join,
    "sighting": _join,
    "split": _split,
    "merge": _merge,
    "own": lambda case, entry: {"owner": entry.params["person"]},
    "title": lambda case, entry: {"title": entry.params["text"]},
    "rank": lambda case, entry: {"priority": entry.params["priority"]},
    "phase": _phase,
    "listed": lambda case, entry: {"checklist": entry.params["items"]},
    "tick": _tick,
    "relate": _relate,
    "file": lambda case, entry: {"files": (*case.files, entry.params["file"])},
    "still": lambda case, entry: {"files": (*case.files, entry.params["file"])},
    **{f"tower_{step}": _tower for step in (*STEPS, "overdue")},
    "close": _close,
    "merged": _merged,
    "reopen": lambda case, entry: {
        "state": "open", "outcome": None, "outcome_reason": "", "closed_s": None,
    },
}  # fmt: skip

NOUNS: dict[str, Any] = {
    "joined": Joined | tuple[Joined, ...], "file": File, "items": tuple[Item, ...],
    "signs": tuple[str, ...], "keys": tuple[str, ...], "evidence": tuple[str, ...],
}  # fmt: skip
"""Fields of an entry that are more than a word or a number."""


def typed(params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry as they were before they were written down. Raises msgspec.ValidationError."""
    return {k: msgspec.convert(v, NOUNS[k]) if k in NOUNS else v for k, v in params.items()}
