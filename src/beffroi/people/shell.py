"""Shell: what whoever holds the machine may do with its people, while the console runs or not."""

import time
from collections.abc import Iterator
from pathlib import Path

from beffroi.errors import UseError
from beffroi.people import People
from beffroi.people.accounts import key
from beffroi.person import ROLES, Person, Role
from beffroi.site import Site
from beffroi.store.records import Records
from beffroi.store.vault import Vault

SHELL = Person(key="shell", name="shell", roles=frozenset({"administrator"}))
"""Stands in the log for whoever used the command line."""


def opened(site: Site) -> People:
    """The people of a site."""
    directory = Path(site.store.directory)
    records = Records.within(directory)
    return People(records, Vault(directory, records).master, site, time.time)


def listed(people: People) -> Iterator[str]:
    """A line for each person."""
    for known in people.accounts.all():
        account, roles = known.account, ", ".join(r for r in ROLES if r in known.roles)
        waits = [g.role for g in known.grants if g.role not in known.roles]
        closed = account.closed_at_s is not None
        parts = [key(account.id), account.login, account.name, "closed" if closed else roles or "no role"]
        parts += [f"{known.factors} second factors"] if known.factors else []
        parts += [f"waits for: {', '.join(waits)}"] if waits and not closed else []
        yield "  ".join(parts)


def invited(people: People, name: str, roles: tuple[Role, ...]) -> str:
    """A new link for somebody."""
    return _link(people, people.accounts.invite(SHELL, name, roles)[1])


def link(people: People, login: str) -> str:
    """A link by which somebody sets a new password. Raises UseError if there is none of that name."""
    found = [k.account for k in people.accounts.all() if k.account.login == login.casefold()]
    if not found:
        raise UseError(f"nobody has the name {login!r}")
    return _link(people, people.accounts.reset(SHELL, key(found[0].id)))


def first(people: People, address: str) -> str | None:
    """What `serve` says at `address` where nobody has an account yet."""
    secret = people.accounts.first_link()
    people.address = people.address if people.named else address
    return None if secret is None else f"first person: {_link(people, secret)}"


def _link(people: People, secret: str) -> str:
    return f"{people.address}#link={secret}  (once, for {people.terms.link_h:g} h)"
