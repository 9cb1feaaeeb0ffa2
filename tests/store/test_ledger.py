"""Entries inside the transactions of others, and the head that they make grow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import StoreError
from beffroi.kernels import merkle
from beffroi.store import ledger
from beffroi.store.ledger import Entry, append, decoded, digest, encoded, extend, sealed
from beffroi.store.records import Records
from beffroi.store.tables import AUDIT_ENTRY, AUDIT_HEAD
from logged import entry

ENTRIES = st.builds(
    Entry, at_s=st.floats(allow_nan=False, allow_infinity=False), by=st.text(), role=st.text(),
    action=st.text(), subject=st.text(), purpose=st.text(), digest=st.binary(), exercise=st.booleans(),
)  # fmt: skip


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.within(tmp_path)
    yield opened
    opened.close()


@given(ENTRIES)
def test_an_entry_is_read_as_it_was_written_and_has_one_form(made: Entry) -> None:
    assert decoded(encoded(made)) == made
    assert encoded(decoded(encoded(made))) == encoded(made)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_entry_or_refused(raw: bytes) -> None:
    try:
        made = decoded(raw)
    except ValueError:
        return
    assert isinstance(made.at_s, float)


def test_whole_seconds_are_seconds() -> None:
    assert encoded(Entry(at_s=5, by="", action="x")) == encoded(Entry(at_s=5.0, by="", action="x"))


def test_the_head_is_the_tree_over_the_entries(records: Records) -> None:
    for count in (1, 2, 5, 1, 3):
        with records.change() as db:
            extend(db, [entry(n) for n in range(count)])
        with records.change() as db:
            size, frontier = ledger.head(db)
        bodies = [
            body for (body,) in records.read(sa.select(AUDIT_ENTRY.c.body).order_by(AUDIT_ENTRY.c.number))
        ]
        assert size == len(bodies)
        assert merkle.root(frontier) == merkle.tree_hash([merkle.leaf_hash(body) for body in bodies])


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(records: Records) -> None:
    with records.change() as db:
        numbers = append(db, entry(1)), append(db, entry(2))
    with pytest.raises(ZeroDivisionError), records.change() as db:
        append(db, entry(3)) // 0
    with records.change() as db:
        assert append(db, entry(4)) == 2
    assert numbers == (0, 1)
    assert len(records.read(sa.select(AUDIT_ENTRY))) == 3


@pytest.mark.parametrize("head", [[], [(3, b"x" * 64)] * 2, [(3, b"x" * 32)], [(4, b"x" * 64)], [("3", 5)]])
def test_a_head_that_cannot_be_is_not_written_to(records: Records, head: list[tuple[object, object]]) -> None:
    with records.change() as db:
        db.execute(sa.delete(AUDIT_HEAD))
        for row in head:
            db.exec_driver_sql("INSERT INTO audit_head VALUES (?, ?)", row)
    with pytest.raises(StoreError, match="lost its head"), records.change() as db:
        append(db, entry(1))
    assert records.read(sa.select(AUDIT_ENTRY)) == []


def test_a_seal_holds_for_its_body_alone() -> None:
    salt, made = sealed(b"what was decided")
    assert digest(salt, b"what was decided") == made
    assert digest(salt, b"what was decided.") != made
    assert sealed(b"what was decided")[1] != made  # who knows the body cannot look it up
