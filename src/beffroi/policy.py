"""Policy: who may do what. One table; whatever is not in it nobody may do.

    action → under which condition which role may do it

`may` asks the table of one thing; `beffroi.store.policy` makes a filter for a query of the same rows, and a
test holds the two to one answer. docs/people.md prints the table.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

from beffroi.person import ROLES, Person, Role

Action = Literal[
    "session.open", "session.own",
    "picture.read", "replay.read", "operator.see", "camera.read", "personal.read",
    "sign.read", "sign.acknowledge", "sign.shelve", "sign.return", "sign.close", "sign.undo",
    "case.read", "case.open", "case.edit", "case.own", "case.phase", "case.close", "case.merge",
    "case.release",
    "runway.state", "tower.send", "tower.readback", "handover.write", "handover.accept",
    "sighting.report", "report.make", "exercise.run",
    "task.request", "task.approve",
    "log.read", "log.prove",
    "people.read", "people.invite", "people.grant", "people.approver", "people.revoke", "checklist.write",
    "settings.write",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)

Condition = Literal["any", "own", "ended", "plain"]
"""Of which things: any; those that the person owns; those that are closed; those without personal data."""


class Thing(NamedTuple):
    """What an action is done to, as far as a condition asks."""

    owner: str | None = None
    """Key of the person whose it is."""
    ended: bool = False
    personal: bool = True
    """Whether it holds personal data; what does not say so is taken to hold some."""


class Rule(NamedTuple):
    """A line of the table."""

    does: str
    any: tuple[Role, ...] = ()
    own: tuple[Role, ...] = ()
    ended: tuple[Role, ...] = ()
    plain: tuple[Role, ...] = ()
    locked: bool = False
    """In a locked session, too."""
    stranger: bool = False
    """Without a session, too."""

    @property
    def roles(self) -> frozenset[Role]:
        """Who may, under whatever condition."""
        return frozenset((*self.any, *self.own, *self.ended, *self.plain))

    def conditions(self, roles: frozenset[Role]) -> Iterator[Condition]:
        """Under which conditions a person of these roles may."""
        under: dict[Condition, tuple[Role, ...]] = {
            "any": self.any, "own": self.own, "ended": self.ended, "plain": self.plain,
        }  # fmt: skip
        return (condition for condition, allowed in under.items() if not roles.isdisjoint(allowed))


WATCH: tuple[Role, ...] = ("operator", "supervisor")
CLEARED: tuple[Role, ...] = (*WATCH, "approver", "protection", "auditor")

LAW: dict[Action, Rule] = {
    # the door
    "session.open": Rule("log in, see who one is", any=ROLES, locked=True, stranger=True),
    "session.own": Rule("end, lock, unlock and list one's own sessions; one's own factors",
                        any=ROLES, locked=True),
    # what is seen
    "picture.read": Rule("see the picture, the sources and the alarms", any=ROLES, locked=True),
    "replay.read": Rule("see what was known at a time", any=(*CLEARED, "analyst")),
    "operator.see": Rule("see where the operator of a drone stands", any=(*WATCH, "approver")),
    "camera.read": Rule("look with a camera, see its stills", any=(*WATCH, "approver")),
    "personal.read": Rule("read personal data in a record", any=("supervisor", "protection"),
                          own=("operator",)),
    # signs
    "sign.read": Rule("read signs", any=ROLES, locked=True),
    "sign.acknowledge": Rule("acknowledge a sign", any=WATCH),
    "sign.shelve": Rule("put a sign aside for a time", any=WATCH),
    "sign.return": Rule("take a sign back from the shelf", any=WATCH),
    "sign.close": Rule("close a sign with an outcome", any=WATCH),
    "sign.undo": Rule("undo the last act", any=WATCH),
    # cases
    "case.read": Rule("read cases", any=CLEARED, ended=("analyst",), plain=("liaison",)),
    "case.open": Rule("open a case", any=WATCH),
    "case.edit": Rule("change a case", any=("supervisor",), own=("operator",)),
    "case.own": Rule("take a case, or give it to somebody", any=WATCH),
    "case.phase": Rule("say in which phase an incident is", any=("supervisor",), own=("operator",)),
    "case.close": Rule("close a case", any=("supervisor",), own=("operator",)),
    "case.merge": Rule("split and merge cases", any=("supervisor",), own=("operator",)),
    "case.release": Rule("release of a case what an agreement allows", any=("approver",), plain=("liaison",)),
    # the aerodrome
    "runway.state": Rule("suspend, restrict and resume a runway or a zone", any=("supervisor",)),
    "tower.send": Rule("send a text to the tower", any=WATCH),
    "tower.readback": Rule("write down that the tower read back", any=WATCH),
    "handover.write": Rule("hand a shift over", any=WATCH),
    "handover.accept": Rule("accept a shift", any=WATCH),
    "sighting.report": Rule("report a sighting", any=(*WATCH, "liaison")),
    "report.make": Rule("make a report", any=("supervisor", "protection", "auditor"), own=("operator",),
                        ended=("analyst",)),
    "exercise.run": Rule("run an exercise", any=("supervisor",)),
    # tasks
    "task.request": Rule("ask for a task", any=WATCH),
    "task.approve": Rule("agree to a task; never to one's own", any=("approver",)),
    # the log
    "log.read": Rule("read the log", any=("protection", "auditor")),
    "log.prove": Rule("prove an entry of the log, export a checkpoint",
                      any=("supervisor", "protection", "auditor")),
    # people
    "people.read": Rule("read who has which role", any=("supervisor", "protection", "auditor",
                                                        "administrator")),
    "people.invite": Rule("invite a person", any=("administrator",)),
    "people.grant": Rule("give a role other than approver", any=("administrator",)),
    "people.approver": Rule("ask for or agree to the role approver: two of these, and a delay",
                            any=("supervisor", "administrator")),
    "people.revoke": Rule("take a role, end sessions, close an account", any=("administrator",)),
    "checklist.write": Rule("edit the checklist of a kind of case", any=("supervisor", "administrator")),
    "settings.write": Rule("change the settings", any=("administrator",)),
}  # fmt: skip


def conditions(who: Person | None, action: Action) -> frozenset[Condition]:
    """Under which conditions somebody may; empty: not at all."""
    rule = LAW[action]
    if who is None:
        return frozenset({"any"} if rule.stranger else ())
    if who.locked and not rule.locked:
        return frozenset()
    return frozenset(rule.conditions(who.roles))


def may(who: Person | None, action: Action, thing: Thing | None = None) -> bool:
    """Whether somebody may do that to a thing; without a thing, whether there is any to which they may.

    `None`: somebody without a session.
    """
    under = conditions(who, action)
    if thing is None:
        return bool(under)
    return any(_holds(condition, who, thing) for condition in under)


def _holds(condition: Condition, who: Person | None, thing: Thing) -> bool:
    match condition:
        case "any":
            return True
        case "own":
            return who is not None and thing.owner == who.key
        case "ended":
            return thing.ended
        case "plain":
            return not thing.personal


def allowed(who: Person | None) -> tuple[Action, ...]:
    """Everything that somebody may do, under whatever condition."""
    return tuple(action for action in ACTIONS if may(who, action))
