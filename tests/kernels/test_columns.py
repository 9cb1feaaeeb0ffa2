"""Columns as bytes: what is written is read back bit for bit, and nothing but numbers passes."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from beffroi.kernels.columns import pack, unpack
from beffroi.track import B, F, I

KEPT: tuple[np.dtype[Any], ...] = (
    np.dtype("<f8"),
    np.dtype(">f4"),
    np.dtype("<i8"),
    np.dtype("u1"),
    np.dtype("?"),
)


class Inner(msgspec.Struct, kw_only=True):
    column: F
    count: int = 0


class Outer(msgspec.Struct, kw_only=True):
    flags: B
    whole: I
    inner: Inner
    by_number: dict[int, tuple[str, str | None]] = {}
    floats: list[float] = []


SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)


@given(st.sampled_from(KEPT).flatmap(lambda kind: arrays.arrays(kind, SHAPES)))
def test_any_plain_column_comes_back_bit_for_bit(column: np.ndarray[Any, Any]) -> None:
    back = unpack(pack(Inner(column=column)), Inner).column
    assert back.dtype == column.dtype
    assert back.shape == column.shape
    assert back.tobytes() == column.tobytes()


def test_a_struct_of_columns_comes_back_whole_and_writable() -> None:
    made = Outer(
        flags=np.array([True, False]),
        whole=np.arange(6, dtype=np.int64).reshape(2, 3),
        inner=Inner(column=np.array([1.5, np.nan, -np.inf, -0.0]), count=3),
        by_number={7: ("7000", None)},
        floats=[math.inf, -math.inf, 0.1],
    )
    back = unpack(pack(made), Outer)
    assert pack(back) == pack(made)
    assert back.by_number == made.by_number
    assert back.floats == made.floats
    assert np.signbit(back.inner.column[3])
    back.whole[0, 0] = 5  # a state goes on to be written


def test_a_column_that_is_not_in_one_piece_is_written_as_what_it_holds() -> None:
    table = np.arange(12.0).reshape(3, 4)
    for part in (table[:, ::2], table.T, np.asfortranarray(table)):
        assert (unpack(pack(Inner(column=part)), Inner).column == part).all()


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    assert unpack(pack({"a": np.float64(1.5), "b": np.int64(2)}), dict[str, float]) == {"a": 1.5, "b": 2}


@pytest.mark.parametrize("kind", ["O", "U4", "S4", "M8[s]", "c16", "V8"])
def test_nothing_but_numbers_is_written(kind: str) -> None:
    with pytest.raises(NotImplementedError, match="cannot keep"):
        pack(Inner(column=np.zeros(2, kind)))


@pytest.mark.parametrize(
    "column",
    [
        ["|O", [1], b"\0" * 8], ["<U4", [1], b"\0" * 16], ["<c16", [1], b"\0" * 16],
        ["<f8", [3], b"\0" * 16], ["<f8", [1], b"\0" * 7], ["<f8", [-1, 3], b"\0" * 8],
        ["nothing", [1], b""], ["<f8", [1]], "text", 7, None,
    ],
)  # fmt: skip
def test_a_file_that_was_changed_is_refused(column: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        unpack(msgspec.msgpack.encode({"column": column}), Inner)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(data, Inner)
