"""Person: who acts, as the rest of the program sees one: a key, a name, and the roles that somebody gave.

How a person proves to be one (passwords, factors, sessions) is in `beffroi.people`; what a role may do, in
`beffroi.policy`. The watch knows people by their key alone; the name is for other people to read.
"""

from typing import Literal, get_args

import msgspec

Role = Literal[
    "operator", "supervisor", "approver", "analyst", "liaison", "protection", "auditor", "administrator"
]
"""`supervisor`: the duty manager; `approver`: agrees to tasks and releases; `liaison`: speaks with partners;
`protection`: the data-protection officer."""
ROLES: tuple[Role, ...] = get_args(Role)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks or acts."""

    key: str
    """`person:3`; stands in records and in the log. Never given again."""
    name: str
    roles: frozenset[Role]
    site: str = ""
    """The site whose people this is one of."""
    locked: bool = False
    """The session has waited for a hand too long: acts and personal data hide, picture and alarms stay."""


LOCAL = Person(key="local", name="local", roles=frozenset({"operator", "supervisor"}))
"""Who looks on loopback while a site has no people of its own."""
