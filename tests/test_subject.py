"""Keys: typed, never empty, and an address is an address or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.subject import KINDS, icao24, kind_of, subject, value_of


@given(st.sampled_from(KINDS), st.text(min_size=1))
def test_a_key_is_read_back(kind: str, value: str) -> None:
    key = subject(kind, value)
    assert (kind_of(key), value_of(key)) == (kind, value)


@pytest.mark.parametrize(("kind", "value"), [("drone", "1"), ("", "1"), ("uas", ""), ("uas:", "1")])
def test_what_is_no_key_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError, match="not a subject"):
        subject(kind, value)


@given(st.integers(1, 0xFFFFFF))
def test_an_address_has_one_key_however_it_is_written(address: int) -> None:
    assert icao24(f"{address:06x}") == icao24(f" {address:06X}\n") == f"icao24:{address:06x}"


@pytest.mark.parametrize("text", ["000000", "~3944f1", "3944f", "3944f12", "3944g1", "", "٣944f1"])
def test_what_is_no_address_has_none(text: str) -> None:
    """`~` marks addresses that a receiver made up; 000000 is no address (ICAO Annex 10 Vol. III)."""
    assert icao24(text) is None
