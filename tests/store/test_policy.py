"""The table of who may do what gives one answer: asked of one thing, and as the filter of a query."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from beffroi import policy
from beffroi.person import ROLES, Person
from beffroi.policy import ACTIONS, Action, Thing
from beffroi.store.policy import visible

KEYS = ("person:1", "person:2", "person:3")
THING = sa.Table("thing", sa.MetaData(), sa.Column("number", sa.Integer), sa.Column("owner", sa.Text),
                 sa.Column("ended", sa.Boolean), sa.Column("personal", sa.Boolean))  # fmt: skip

people = st.none() | st.builds(
    Person, key=st.sampled_from(KEYS), name=st.just("A"), roles=st.frozensets(st.sampled_from(ROLES)),
    locked=st.booleans(),
)  # fmt: skip
things = st.builds(Thing, st.none() | st.sampled_from(KEYS), st.booleans(), st.booleans())


@pytest.fixture(scope="module")
def database() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    THING.metadata.create_all(engine)
    with engine.connect() as db:
        yield db
    engine.dispose()


@given(who=people, action=st.sampled_from(ACTIONS), made=st.lists(things, max_size=8))
def test_the_filter_of_a_query_lets_through_what_the_check_does(
    database: sa.Connection, who: Person | None, action: Action, made: list[Thing]
) -> None:
    database.execute(sa.delete(THING))
    rows = [{"number": i, **thing._asdict()} for i, thing in enumerate(made)]
    if rows:
        database.execute(sa.insert(THING), rows)
    shown = visible(who, action, owner=THING.c.owner, ended=THING.c.ended, personal=THING.c.personal)
    found = set(database.execute(sa.select(THING.c.number).where(shown)).scalars())
    assert found == {i for i, thing in enumerate(made) if policy.may(who, action, thing)}
    if found:
        assert policy.may(who, action)
