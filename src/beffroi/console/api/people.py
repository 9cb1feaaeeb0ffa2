"""People: who may come in here and with which roles; inviting them, giving roles and taking them."""

from typing import Literal

import msgspec

from beffroi.console.api.route import Given, Key, Number, Refusal, Route, require
from beffroi.console.api.session import Done, OfNumber, Short, _Body, _people
from beffroi.console.seen import Seen
from beffroi.people import Known, key
from beffroi.people.accounts import GUARDED
from beffroi.person import Person, Role
from beffroi.store.people import Grant


class OfPerson(Given, kw_only=True):
    """One person."""

    key: Key


class OfGrants(Given, kw_only=True):
    """Grants."""

    waiting: bool = False
    """Those that do not hold yet alone."""


class Invitation(_Body, kw_only=True):
    """Who shall come, and with which roles."""

    name: Short
    roles: tuple[Role, ...]


class Asked(_Body, kw_only=True):
    """A role."""

    role: Role


class GrantInfo(msgspec.Struct, kw_only=True):
    """A role that somebody holds, or that was asked for."""

    id: Number
    person: str
    name: str
    role: Role
    state: Literal["asked", "agreed", "holds"]
    """`asked`: it waits for a second person; `agreed`: for its time."""
    asked_by: str
    """Names, for the eye."""
    asked_s: float
    agreed_by: str | None
    from_s: float | None


class PersonInfo(msgspec.Struct, kw_only=True):
    """Somebody who can come in."""

    key: str
    login: str
    name: str
    roles: tuple[Role, ...]
    grants: list[GrantInfo]
    factors: int
    """Second factors."""
    made_s: float
    closed_s: float | None


class LinkRow(msgspec.Struct, kw_only=True):
    """A one-time link that was not used yet."""

    id: int
    name: str
    roles: tuple[Role, ...]
    person: str | None
    """Set: it sets a new password for this person."""
    by: str
    until_s: float


class NewLink(msgspec.Struct, kw_only=True):
    """A one-time link, said this once: `ADDRESS#link=SECRET`."""

    link: str
    until_s: float


def _grant(seen: Seen, grant: Grant) -> GrantInfo:
    now_s, from_s = _people(seen).register.now_s(), grant.from_s
    return GrantInfo(
        id=grant.id, person=key(grant.person), name=seen.name(key(grant.person)), role=grant.role,
        state="asked" if from_s is None else "agreed" if from_s > now_s else "holds",
        asked_by=seen.name(grant.asked_by), asked_s=grant.asked_at_s,
        agreed_by=seen.name(grant.agreed_by) if grant.agreed_by else None, from_s=from_s,
    )  # fmt: skip


def _person(seen: Seen, known: Known) -> PersonInfo:
    account = known.account
    return PersonInfo(
        key=key(account.id), login=account.login, name=account.name, roles=tuple(sorted(known.roles)),
        grants=[_grant(seen, grant) for grant in known.grants], factors=known.factors,
        made_s=account.made_at_s, closed_s=account.closed_at_s,
    )  # fmt: skip


def people(seen: Seen, who: Person, given: Given) -> list[PersonInfo]:
    return [_person(seen, known) for known in _people(seen).accounts.all()]


def one(seen: Seen, who: Person, given: OfPerson) -> PersonInfo:
    for known in _people(seen).accounts.all():
        if key(known.account.id) == given.key:
            return _person(seen, known)
    raise Refusal(404, "No such person", "There is no such person.", "key")


def grants(seen: Seen, who: Person, given: OfGrants) -> list[GrantInfo]:
    said = [_grant(seen, g) for known in _people(seen).accounts.all() for g in known.grants]
    return [g for g in said if not given.waiting or g.state != "holds"]


def invite(seen: Seen, who: Person, given: Given, body: Invitation) -> NewLink:
    link, secret = _people(seen).accounts.invite(who, body.name, body.roles)
    return NewLink(link=secret, until_s=link.until_s)


def links(seen: Seen, who: Person, given: Given) -> list[LinkRow]:
    return [
        LinkRow(
            id=link.id, name=link.name, roles=tuple(link.roles.split()),  # type: ignore[arg-type]
            person=key(link.person) if link.person else None, by=seen.name(link.made_by),
            until_s=link.until_s,
        )
        for link in _people(seen).accounts.links()
    ]  # fmt: skip


def withdraw(seen: Seen, who: Person, given: OfNumber) -> Done:
    _people(seen).accounts.withdraw(who, given.id)
    return Done()


def reset(seen: Seen, who: Person, given: OfPerson) -> NewLink:
    everybody = _people(seen)
    secret = everybody.accounts.reset(who, given.key)
    return NewLink(link=secret, until_s=everybody.accounts.behind(secret)[0].until_s)


def grant(seen: Seen, who: Person, given: OfPerson, body: Asked) -> GrantInfo:
    require(who, "people.approver" if body.role == GUARDED else "people.grant")
    return _grant(seen, _people(seen).accounts.grant(who, given.key, body.role))


def agree(seen: Seen, who: Person, given: OfNumber) -> GrantInfo:
    return _grant(seen, _people(seen).accounts.agree(who, given.id))


def take(seen: Seen, who: Person, given: OfNumber) -> Done:
    accounts = _people(seen).accounts
    if not accounts.waits(given.id):
        require(who, "people.revoke")
    accounts.take(who, given.id)
    return Done()


def close(seen: Seen, who: Person, given: OfPerson) -> Done:
    _people(seen).accounts.close(who, given.key)
    return Done()


def end_sessions(seen: Seen, who: Person, given: OfPerson) -> Done:
    from beffroi.people import number

    _people(seen).sessions.end(who.key, number(given.key))
    return Done()


def disarm(seen: Seen, who: Person, given: OfPerson) -> Done:
    _people(seen).accounts.disarm(who, given.key)
    return Done()


ROUTES = (
    Route("GET", "/people", "Everybody, with their roles", people, list[PersonInfo], "people.read",
          reads="list"),
    Route("GET", "/people/{key}", "One person", one, PersonInfo, "people.read", OfPerson, reads="record",
          thing="{key}"),
    Route("DELETE", "/people/{key}", "Close an account", close, Done, "people.revoke", OfPerson,
          thing="{key}"),
    Route("POST", "/people/{key}/grants", "Give a role, or ask for that of an approver", grant, GrantInfo,
          "people.approver", OfPerson, Asked, thing="{key}"),
    Route("POST", "/people/{key}/link", "A link by which somebody sets a new password", reset, NewLink,
          "people.invite", OfPerson, thing="{key}"),
    Route("DELETE", "/people/{key}/sessions", "End the sessions of a person", end_sessions, Done,
          "people.revoke", OfPerson, thing="{key}"),
    Route("DELETE", "/people/{key}/factors", "Take the second factors of somebody who lost them", disarm,
          Done, "people.revoke", OfPerson, thing="{key}"),
    Route("GET", "/grants", "Roles that are held or asked for", grants, list[GrantInfo], "people.read",
          OfGrants, reads="list"),
    Route("POST", "/grants/{id}/agree", "Agree, as the second person", agree, GrantInfo, "people.approver",
          OfNumber, thing="grant:{id}"),
    Route("DELETE", "/grants/{id}", "Take a role, or withdraw what was asked", take, Done, "people.approver",
          OfNumber, thing="grant:{id}"),
    Route("POST", "/invitations", "Invite a person", invite, NewLink, "people.invite", body=Invitation),
    Route("GET", "/invitations", "Links that were not used yet", links, list[LinkRow], "people.invite",
          reads="list"),
    Route("DELETE", "/invitations/{id}", "Withdraw a link", withdraw, Done, "people.invite", OfNumber,
          thing="link:{id}"),
)  # fmt: skip
