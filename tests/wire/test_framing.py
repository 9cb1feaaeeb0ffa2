"""However a stream is cut into pieces, the frames are the same, and nothing that came in is lost."""

import json
import random
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire.framing import SPLITTERS, Documents, Lengths, Lines, Splitter, Whole, splitter

MAX = 60
MAKERS: dict[str, Callable[[], Splitter]] = {
    "line": lambda: Lines(MAX),
    "json": lambda: Documents(max_bytes=MAX),
    "objects": lambda: Documents(b"{", b"[]", MAX),
    "whole": lambda: Whole(10 * MAX),
    "asterix": lambda: Lengths(1, 2, "big", header_counts=True, max_bytes=MAX),
    "length32": lambda: Lengths(0, 4, "little", header_counts=False, max_bytes=MAX),
}
SCRAPS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\", b"\\\\", b'\\"', b'{"a":1}', b'"}"', b"\n", b"\r\n", b" ", b",",
     b"x", b'{"k":"{\\"[}"}\n', b"[1,[2,{}]]\n", b"0", b"\x00\x00\x05ab", b"\x30\x00\x04z",
     b"\x02\x00\x00\x00hi", b"\xff" * 7, b" " * 70, b"y" * 70]
)  # fmt: skip
FEW, FEWER = (settings(max_examples=count, deadline=None) for count in (50, 20))
STREAMS = st.one_of(st.lists(SCRAPS, max_size=25).map(b"".join), st.binary(max_size=200))


def run(cut: Splitter, pieces: list[bytes]) -> tuple[list[bytes], bool]:
    """(frames, whether the stream broke)."""
    frames: list[bytes] = []
    try:
        for piece in pieces:
            frames += cut.push(piece)
        frames += cut.end()
    except WireError:
        return frames, True
    return frames, False


def cuts(stream: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(a % (len(stream) + 1) for a in at), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


@pytest.mark.parametrize("name", MAKERS)
@FEW
@given(stream=STREAMS, at=st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cut_gives_the_same_frames(name: str, stream: bytes, at: list[int]) -> None:
    whole = run(MAKERS[name](), [stream])
    assert run(MAKERS[name](), cuts(stream, at)) == whole
    assert run(MAKERS[name](), [stream[i : i + 1] for i in range(len(stream))]) == whole


@pytest.mark.parametrize("name", SPLITTERS)
@FEW
@given(stream=STREAMS, at=st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cut_gives_the_same_frames_as_configured(name: str, stream: bytes, at: list[int]) -> None:
    assert run(splitter(name), cuts(stream, at)) == run(splitter(name), [stream])


@pytest.mark.parametrize("name", ["json", "line", "rows"])
@FEW
@given(stream=STREAMS)
def test_no_byte_of_text_is_lost(name: str, stream: bytes) -> None:
    frames, broken = run(splitter(name), [stream])
    blank = rb"[\s,\x1e\[\]]" if name == "rows" else rb"[\s,\x1e]"
    assert not broken
    assert re.sub(blank, b"", b"".join(frames)) == re.sub(blank, b"", stream)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=5,
)


@FEWER
@given(
    documents=st.lists(st.dictionaries(st.text(max_size=5), JSON) | st.lists(JSON), max_size=6),
    separator=st.sampled_from([b"", b"\n", b"\r\n", b" , ", b"\x1e"]),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    at=st.lists(st.integers(0, 10_000), max_size=8),
)
def test_json_documents_come_apart(
    documents: list[object], separator: bytes, indent: int | None, ascii_only: bool, at: list[int]
) -> None:
    texts = [json.dumps(d, indent=indent, ensure_ascii=ascii_only).encode() for d in documents]
    assert run(splitter("json"), cuts(separator.join(texts), at)) == (texts, False)


@FEWER
@given(
    rows=st.lists(st.dictionaries(st.text(max_size=5), JSON), min_size=1), indent=st.sampled_from([None, 2])
)
def test_the_objects_of_an_array_are_rows(rows: list[object], indent: int | None) -> None:
    frames, _ = run(splitter("rows"), [json.dumps(rows, indent=indent).encode()])
    assert [json.loads(f) for f in frames] == rows


def test_a_table_of_text_is_lines() -> None:
    assert run(splitter("rows"), [b"\n a,b\n1,2\r\n\n3,4"]) == ([b"a,b", b"1,2", b"3,4"], False)


def test_what_is_no_json_is_a_frame_of_its_own() -> None:
    assert run(splitter("json"), [b'oops {"a":1} {"b":']) == ([b"oops", b'{"a":1}', b'{"b":'], False)


def test_a_bomb_is_refused_and_what_came_before_is_kept() -> None:
    cut = splitter("length32")
    assert cut.push(b"\x02\x00\x00\x00hi" + b"\xff\xff\xff\xff") == [b"hi".join([b"\x02\x00\x00\x00", b""])]
    with pytest.raises(WireError, match="offset 6: a frame of 4294967299 bytes cannot be"):
        cut.push(b"x")


@pytest.mark.parametrize("name", ["line", "json", "rows"])
def test_memory_is_bounded(name: str) -> None:
    cut, piece = splitter(name), b'{"' + b"a" * 1_000_000
    for _ in range(16):
        assert not cut.push(piece)
    with pytest.raises(WireError, match="longer than"):
        cut.push(piece)


def test_any_cut_gives_the_same_frames_in_a_long_campaign(campaign: Callable[[int], int]) -> None:
    """Scraps of frames in any order, cut anywhere, always the same ones."""
    rng = random.Random(7)
    scraps = [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b'{"a":1}',
        b"\n",
        b" ",
        b",",
        b"x",
        b"\x00\x00\x05ab",
        b"y" * 70,
    ]
    for _ in range(campaign(20_000)):
        stream = b"".join(rng.choices(scraps, k=rng.randint(0, 30)))
        at = [rng.randint(0, 1000) for _ in range(rng.randint(0, 6))]
        for name, make in MAKERS.items():
            assert run(make(), cuts(stream, at)) == run(make(), [stream]), (name, stream, at)
