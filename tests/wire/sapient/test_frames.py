"""Frames of a SAPIENT stream: any pieces, halves, bombs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire.sapient.frames import MAX_MESSAGE_BYTES, Frames, frame

messages = st.lists(st.binary(min_size=1, max_size=300), max_size=8)


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({min(c, len(stream)) for c in cuts} | {0, len(stream)})
    return [stream[a:b] for a, b in pairwise(at)]


@given(messages, st.lists(st.integers(0, 2500), max_size=10))
def test_the_pieces_do_not_matter(sent: list[bytes], cuts: list[int]) -> None:
    frames, got = Frames(), list[bytes]()
    for piece in pieces(b"".join(map(frame, sent)), cuts):
        got += frames.push(piece)
    assert got == sent
    assert frames.pending_bytes == 0


def test_the_length_is_little_endian_and_counts_the_message_alone() -> None:
    assert frame(b"ab" * 129) == b"\x02\x01\x00\x00" + b"ab" * 129


def test_half_a_message_waits() -> None:
    frames = Frames()
    whole = frame(b"hello")
    assert list(frames.push(whole[:7])) == []
    assert frames.pending_bytes == 7
    assert list(frames.push(whole[7:])) == [b"hello"]


@pytest.mark.parametrize("size", [0, MAX_MESSAGE_BYTES + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_is_refused_after_what_came_before_it(size: int) -> None:
    pushed = Frames().push(frame(b"ok") + size.to_bytes(4, "little") + b"x" * 100)
    assert next(pushed) == b"ok"
    with pytest.raises(WireError, match=r"offset 6: a message of \d+ bytes cannot be"):
        next(pushed)


def test_the_longest_message_passes() -> None:
    longest = bytes(MAX_MESSAGE_BYTES)
    assert list(Frames().push(frame(longest))) == [longest]


@given(st.binary(max_size=200))
def test_any_bytes_end_in_messages_or_in_a_wire_error(data: bytes) -> None:
    frames = Frames()
    try:
        got = list(frames.push(data))
    except WireError:
        return
    assert sum(len(m) + 4 for m in got) + frames.pending_bytes == len(data)
