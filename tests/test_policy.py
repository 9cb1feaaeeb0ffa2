"""The table of who may do what, read as law."""

from beffroi import policy
from beffroi.person import LOCAL, ROLES, Person, Role
from beffroi.policy import ACTIONS, LAW, Thing, may

READS = {"session.open", "session.own", "picture.read", "replay.read", "sign.read", "case.read",
         "camera.read", "operator.see", "personal.read", "log.read", "log.prove", "people.read",
         "report.make"}  # fmt: skip


def somebody(*roles: Role, locked: bool = False) -> Person:
    return Person(key="person:3", name="A", roles=frozenset(roles), locked=locked)


def test_every_action_has_a_line_and_somebody_who_may() -> None:
    assert LAW.keys() == set(ACTIONS)
    assert all(rule.roles for rule in LAW.values())
    assert all(rule.does for rule in LAW.values())


def test_who_checks_changes_nothing() -> None:
    """The auditor and the data-protection officer read."""
    for role in ("auditor", "protection"):
        assert set(policy.allowed(somebody(role))) <= READS, role


def test_who_rules_over_people_does_not_act_on_signs_or_cases() -> None:
    assert not [
        a for a in policy.allowed(somebody("administrator")) if a.startswith(("case.", "task.", "runway."))
    ]
    assert not may(somebody("administrator"), "sign.close")


def test_only_an_approver_agrees_to_a_task() -> None:
    assert [role for role in ROLES if may(somebody(role), "task.approve")] == ["approver"]
    assert not may(somebody("approver"), "task.request")


def test_a_condition_is_asked_of_the_thing() -> None:
    mine, others = Thing(owner="person:3"), Thing(owner="person:4")
    assert may(somebody("operator"), "case.edit")
    assert may(somebody("operator"), "case.edit", mine)
    assert not may(somebody("operator"), "case.edit", others)
    assert not may(somebody("operator"), "case.edit", Thing())
    assert may(somebody("operator", "supervisor"), "case.edit", others)
    assert may(somebody("analyst"), "case.read", Thing(ended=True))
    assert not may(somebody("analyst"), "case.read", Thing(ended=False))
    assert may(somebody("liaison"), "case.read", Thing(personal=False))
    assert not may(somebody("liaison"), "case.read", Thing())


def test_a_locked_session_sees_the_picture_and_the_signs() -> None:
    assert set(policy.allowed(somebody(*ROLES, locked=True))) == {
        "session.open", "session.own", "picture.read", "sign.read"}  # fmt: skip


def test_nobody_may_log_in_and_nothing_else() -> None:
    assert policy.allowed(None) == ("session.open",)
    assert policy.allowed(somebody()) == ()


def test_who_is_local_works_the_desk_and_rules_nobody() -> None:
    assert may(LOCAL, "sign.close")
    assert may(LOCAL, "case.open")
    assert not [
        a for a in policy.allowed(LOCAL) if a in ("people.invite", "people.grant", "task.approve", "log.read")
    ]
