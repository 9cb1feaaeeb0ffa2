"""Framing: how a stream of bytes is cut into frames. Each splitter takes bytes as they come, in any pieces.

`line` ends with LF (CR LF too); `json` is one JSON document after another, over several lines or none;
`asterix` is CAT, LEN(2, big-endian, header included) as in EUROCONTROL-SPEC-0149 part 1 §4.2.3;
`length32` is a 4-byte little-endian length before each message (BSI Flex 335 v2.0 §5); `whole` is one frame
a file. A frame longer than `MAX_FRAME_BYTES` is a `WireError`: nobody can make the receiver hold it.
"""

from collections.abc import Callable
from typing import Protocol

from beffroi.errors import WireError

MAX_FRAME_BYTES = 16 * 1024 * 1024


class Splitter(Protocol):
    """Cuts a stream into frames."""

    def push(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes. Raises WireError when the stream cannot be followed any more."""
        ...

    def end(self) -> list[bytes]:
        """What is left at the end of the stream, as a last frame where that makes sense."""
        ...


class Lines:
    """Text lines; empty ones are passed over."""

    def __init__(self) -> None:
        self._rest = b""

    def push(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_FRAME_BYTES:
            raise WireError("line", f"longer than {MAX_FRAME_BYTES} bytes")
        return [stripped for line in lines if (stripped := line.strip())]

    def end(self) -> list[bytes]:
        rest, self._rest = self._rest.strip(), b""
        return [rest] if rest else []


class Whole:
    """Everything up to the end is one frame."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def push(self, data: bytes) -> list[bytes]:
        self._size += len(data)
        if self._size > 8 * MAX_FRAME_BYTES:
            raise WireError("file", f"larger than {8 * MAX_FRAME_BYTES} bytes")
        self._parts.append(data)
        return []

    def end(self) -> list[bytes]:
        whole, self._parts, self._size = b"".join(self._parts), [], 0
        return [whole] if whole.strip() else []


class Lengths:
    """A header that holds the length: `size_at` bytes before it, `size_bytes` long."""

    def __init__(self, size_at: int, size_bytes: int, *, big_endian: bool, header_counts: bool) -> None:
        self._at, self._n = size_at, size_bytes
        self._order = "big" if big_endian else "little"
        self._extra = 0 if header_counts else size_at + size_bytes
        self._rest = b""

    def push(self, data: bytes) -> list[bytes]:
        buffer, start, frames = self._rest + data, 0, []
        header = self._at + self._n
        while len(buffer) - start >= header:
            size = self._size(buffer, start) + self._extra
            if not header <= size <= MAX_FRAME_BYTES:
                self._rest = b""
                raise WireError(f"offset {start}", f"a frame of {size} bytes cannot be")
            if len(buffer) - start < size:
                break
            frames.append(buffer[start : start + size])
            start += size
        self._rest = buffer[start:]
        return frames

    def _size(self, buffer: bytes, start: int) -> int:
        field = buffer[start + self._at : start + self._at + self._n]
        return int.from_bytes(field, "big" if self._order == "big" else "little")

    def end(self) -> list[bytes]:
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


class Documents:
    """JSON documents one after another, told apart by their brackets."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._depth = 0
        self._quoted = self._escaped = False

    def push(self, data: bytes) -> list[bytes]:
        frames = []
        for byte in data:
            if self._depth == 0 and byte not in b"{[":
                continue
            self._rest.append(byte)
            if self._close(byte):
                frames.append(bytes(self._rest))
                self._rest.clear()
        if len(self._rest) > MAX_FRAME_BYTES:
            raise WireError("document", f"longer than {MAX_FRAME_BYTES} bytes")
        return frames

    def _close(self, byte: int) -> bool:
        if self._quoted:
            self._quoted = self._escaped or byte != 0x22
            self._escaped = byte == 0x5C and not self._escaped
            return False
        self._quoted = byte == 0x22
        self._depth += (byte in b"{[") - (byte in b"}]")
        return self._depth == 0

    def end(self) -> list[bytes]:
        rest = bytes(self._rest)
        self._rest.clear()
        self._depth, self._quoted, self._escaped = 0, False, False
        return [rest] if rest else []


def splitter(name: str) -> Splitter:
    """A fresh splitter: `line`, `json`, `asterix`, `length32` or `whole`. KeyError for another name."""
    kinds: dict[str, Callable[[], Splitter]] = {
        "line": Lines,
        "json": Documents,
        "whole": Whole,
        "asterix": lambda: Lengths(1, 2, big_endian=True, header_counts=True),
        "length32": lambda: Lengths(0, 4, big_endian=False, header_counts=False),
    }
    return kinds[name]()
