"""Columns as bytes: how a struct that holds NumPy arrays is written and read back exactly.

An array becomes [dtype, shape, raw bytes]; msgspec does the rest. Only plain numeric types pass: nothing in a
file can run code.
"""

from typing import Any, TypeVar, get_origin

import msgspec
import numpy as np

_PLAIN = "biuf"
T = TypeVar("T")


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in _PLAIN:
        return [value.dtype.str, list(value.shape), value.tobytes()]
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot keep a {type(value).__name__}")


def _decode(kind: type, value: Any) -> Any:
    if (get_origin(kind) or kind) is not np.ndarray:
        raise NotImplementedError(f"cannot read a {kind}")
    name, shape, raw = value
    dtype = np.dtype(name)
    if dtype.kind not in _PLAIN:
        raise ValueError(f"an array of {name} is not kept here")
    return np.frombuffer(raw, dtype).reshape(shape).copy()


def pack(value: Any) -> bytes:
    """The bytes of a struct whose fields may be arrays of numbers."""
    return msgspec.msgpack.encode(value, enc_hook=_encode)


def unpack(data: bytes, kind: type[T]) -> T:
    """The struct of type `kind` that `pack` wrote. Raises msgspec.ValidationError if it is none."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_decode)
