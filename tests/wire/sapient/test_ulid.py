"""ULID: the specification's own example, both ways, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.wire.sapient import ulid


def test_the_example_of_the_specification() -> None:
    # github.com/ulid/spec: 01ARYZ6S41 is the time 1469918176385 ms
    assert ulid.decode("01ARYZ6S41TSV4RRFFQ69G5FAV")[0] == 1469918176.385
    assert ulid.encode(1469918176.385, ulid.decode("01ARYZ6S41TSV4RRFFQ69G5FAV")[1]) == (
        "01ARYZ6S41TSV4RRFFQ69G5FAV"
    )


@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 80) - 1))
def test_what_is_encoded_decodes_again(time_ms: int, rest: int) -> None:
    text = ulid.encode(time_ms / 1000, rest)
    assert ulid.is_ulid(text)
    time_s, again = ulid.decode(text)
    assert again == rest
    assert round(time_s * 1000) == time_ms


def test_later_sorts_after() -> None:
    assert ulid.encode(1_700_000_000.0, (1 << 80) - 1) < ulid.encode(1_700_000_000.001, 0)


@pytest.mark.parametrize(
    "text",
    ["", "01ARYZ6S41TSV4RRFFQ69G5FA", "01ARYZ6S41TSV4RRFFQ69G5FAVV", "81ARYZ6S41TSV4RRFFQ69G5FAV",
     "01aryz6s41tsv4rrffq69g5fav", "01ARYZ6S41TSV4RRFFQ69G5FAI", "01ARYZ6S41TSV4RRFFQ69G5FAV\n"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    assert not ulid.is_ulid(text)
    with pytest.raises(ValueError, match="no ULID"):
        ulid.decode(text)


@pytest.mark.parametrize(("time_s", "rest"), [(-1.0, 0), (3e11, 0), (0.0, 1 << 80), (0.0, -1)])
def test_what_does_not_fit_is_refused(time_s: float, rest: int) -> None:
    with pytest.raises(ValueError, match="no ULID"):
        ulid.encode(time_s, rest)
