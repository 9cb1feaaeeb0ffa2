"""Ids are ASCII or refused; free text always comes through, without what a terminal would obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import padded


def test_the_zeros_behind_the_text_are_no_text() -> None:
    assert padded.identifier(b"AB12\0\0\0", "id") == "AB12"
    assert padded.identifier(b"\0\0\0", "id") is None
    assert padded.identifier(b"AB\0dirt", "id") == "AB"
    assert padded.free_text("Vol de contrôle\0\0".encode()) == "Vol de contrôle"
    assert padded.free_text(b"  \0") is None


def test_an_id_that_is_not_ascii_is_refused() -> None:
    for raw in (b"AB\xff", b"AB\x1b[2J", b"A\nB"):
        with pytest.raises(WireError) as caught:
            padded.identifier(raw, "message 3")
        assert caught.value.place == "message 3"


@given(st.binary(max_size=30))
def test_free_text_can_be_shown_and_does_not_grow(raw: bytes) -> None:
    text = padded.free_text(raw)
    assert text is None or (text.isprintable() and len(text.encode()) <= len(raw))


def test_what_does_not_fit_is_refused() -> None:
    assert padded.filled(b"ab", 4, "name") == b"ab\0\0"
    with pytest.raises(WireError, match="name"):
        padded.filled(b"abcde", 4, "name")
    with pytest.raises(WireError, match="name"):
        padded.ascii_bytes("é", "name")
