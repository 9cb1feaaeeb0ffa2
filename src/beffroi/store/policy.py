"""Policy: the table of `beffroi.policy` as a filter of a query: a list holds what its reader may see."""

import sqlalchemy as sa

from beffroi import policy
from beffroi.person import Person
from beffroi.policy import Action


def visible(
    who: Person | None,
    action: Action,
    *,
    owner: sa.ColumnElement[str],
    ended: sa.ColumnElement[bool],
    personal: sa.ColumnElement[bool],
) -> sa.ColumnElement[bool]:
    """True for the rows of things to which somebody may do that. `owner` may be NULL: nobody's."""
    mine = owner == who.key if who is not None else sa.false()
    holds: dict[policy.Condition, sa.ColumnElement[bool]] = {
        "any": sa.true(),
        "own": sa.and_(owner.is_not(None), mine),
        "ended": ended.is_(True),
        "plain": personal.is_(False),
    }
    under = policy.conditions(who, action)
    return sa.or_(sa.false(), *(holds[condition] for condition in sorted(under)))
