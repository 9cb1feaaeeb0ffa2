"""Framing: how a stream of bytes is cut into frames. Each splitter takes bytes as they come, in any pieces.

`line` ends with LF (CR LF too); `json` is one JSON document after another, over several lines or none;
`rows` is a table: text lines, or the objects of a JSON array;
`asterix` is CAT, LEN(2, big-endian, header included) as in EUROCONTROL-SPEC-0149 part 1 §4.2.3;
`length32` is a 4-byte little-endian length before each message (BSI Flex 335 v2.0 §5); `whole` is one frame
a file.

However the stream is cut into pieces, the frames are the same. What stands between JSON documents and is not
white space is a frame too, so that it is refused and counted, not lost. A frame longer than
`MAX_FRAME_BYTES` is a `WireError`: nobody can make the receiver hold it. After a `WireError` the splitter is
of no more use; frames that were complete before the fault have been given out.
"""

import re
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from beffroi.errors import WireError

MAX_FRAME_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 8 * MAX_FRAME_BYTES

_JSON = msgspec.json.Decoder(msgspec.Raw)


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

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._broken = False

    def push(self, data: bytes) -> list[bytes]:
        if self._broken:
            raise self._too_long()
        self._rest += data
        lines: list[bytes] = []
        if b"\n" in data:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
        frames = self._short(lines)
        self._broken = self._broken or len(self._rest) > self._max_bytes
        if self._broken and not frames:
            raise self._too_long()
        return frames

    def _short(self, lines: list[bytes]) -> list[bytes]:
        """Lines without their white space, up to the first that is too long."""
        for i, line in enumerate(lines):
            if len(line) > self._max_bytes:
                self._broken = True
                lines = lines[:i]
                break
        return [stripped for line in lines if (stripped := line.strip())]

    def _too_long(self) -> WireError:
        return WireError("line", f"longer than {self._max_bytes} bytes")

    def end(self) -> list[bytes]:
        if self._broken:
            raise self._too_long()
        rest, self._rest = bytes(self._rest).strip(), bytearray()
        return [rest] if rest else []


class Whole:
    """Everything up to the end is one frame."""

    def __init__(self, max_bytes: int = MAX_FILE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._all = bytearray()

    def push(self, data: bytes) -> list[bytes]:
        if len(self._all) + len(data) > self._max_bytes:
            raise WireError("file", f"larger than {self._max_bytes} bytes")
        self._all += data
        return []

    def end(self) -> list[bytes]:
        whole, self._all = bytes(self._all), bytearray()
        return [whole] if whole.strip() else []


class Lengths:
    """A header that holds the length: `size_at` bytes before it, `size_bytes` long."""

    def __init__(
        self,
        size_at: int,
        size_bytes: int,
        order: Literal["big", "little"],
        *,
        header_counts: bool,
        max_bytes: int = MAX_FRAME_BYTES,
    ) -> None:
        self._size = slice(size_at, size_at + size_bytes)
        self._order: Literal["big", "little"] = order
        self._header = size_at + size_bytes
        self._extra = 0 if header_counts else self._header
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._consumed = 0
        self._need = self._header
        """So many bytes must be there before it is worth looking."""

    def push(self, data: bytes) -> list[bytes]:
        self._rest += data
        if len(self._rest) < self._need:
            return []
        buffer, start = bytes(self._rest), 0
        frames: list[bytes] = []
        while len(buffer) - start >= self._header:
            size = self._length(buffer[start : start + self._header])
            if not self._header <= size <= self._max_bytes:
                self._need = self._header
                if frames:
                    break  # these first; the fault is met again with the next piece
                raise WireError(f"offset {self._consumed}", f"a frame of {size} bytes cannot be")
            self._need = size
            if len(buffer) - start < size:
                break
            frames.append(buffer[start : start + size])
            start += size
            self._need = self._header
        self._consumed += start
        del self._rest[:start]
        return frames

    def _length(self, header: bytes) -> int:
        return int.from_bytes(header[self._size], self._order) + self._extra

    def end(self) -> list[bytes]:
        self.push(b"")
        rest, self._rest = bytes(self._rest), bytearray()
        return [rest] if rest else []


class Documents:
    """JSON documents one after another, told apart by their brackets.

    Only the kind of bracket that opens a document is counted, which is enough where the document is JSON;
    the scan jumps from one to the next in C (`find`, `count`). A bracket in a string does not count: it has
    an odd number of quotation marks before it.
    """

    def __init__(self, opens: bytes = b"{[", between: bytes = b"", max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._opens = opens
        self._between = b" \t\r\n\f\v,\x1e" + between
        self._filler = re.compile(b"[%s]*" % re.escape(self._between))
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._at = 0
        """Everything before this place in the buffer has been looked at."""
        self._depth = 0
        self._quoted = False
        self._opener, self._closer = b"{", b"}"
        self._broken = False

    def push(self, data: bytes) -> list[bytes]:
        if self._broken:
            raise self._too_long()
        self._buffer += data
        frames: list[bytes] = []
        start, tried = 0, False
        while True:
            if self._depth == 0:
                if not (tried or self._broken) and self._at == start:
                    del self._buffer[:start]
                    start, self._at, tried = 0, 0, True
                    frames += self._lines()
                start = self._past_filler(start)
                if (begin := self._begin()) is None:
                    break
                self._add(start, begin, frames)
                start = begin
            if (end := self._close()) is None:
                break
            self._add(start, end, frames)
            start = end
        del self._buffer[:start]
        self._at -= start
        self._broken = self._broken or len(self._buffer) > self._max_bytes
        if self._broken and not frames:
            raise self._too_long()
        return frames

    def _lines(self) -> list[bytes]:
        """The documents up to the last line end in one step, if all of it is JSON: the fast path."""
        size = self._buffer.rfind(b"\n") + 1
        if not size or self._opens != b"{[":
            return []
        try:
            frames = [bytes(document) for document in _JSON.decode_lines(self._buffer[:size])]
        except (msgspec.DecodeError, RecursionError):
            return []
        if any(frame[0] not in b"{[" or len(frame) > self._max_bytes for frame in frames):
            return []
        del self._buffer[:size]
        return frames

    def _past_filler(self, start: int) -> int:
        found = self._filler.match(self._buffer, start)
        past = found.end() if found else start
        self._at = max(self._at, past)
        return past

    def _begin(self) -> int | None:
        """Where the next document begins; what stands before it is no JSON."""
        begin = self._at
        if self._buffer[begin : begin + 1] not in [self._opens[i : i + 1] for i in range(len(self._opens))]:
            found = [at for b in self._opens if (at := self._buffer.find(b, self._at)) >= 0]
            if not found:
                self._at = len(self._buffer)
                return None
            begin = min(found)
        self._opener = bytes(self._buffer[begin : begin + 1])
        self._closer = b"}" if self._opener == b"{" else b"]"
        self._at, self._depth, self._quoted = begin + 1, 1, False
        return begin

    def _close(self) -> int | None:
        """Where the open document ends; None if that has not come yet."""
        find = self._buffer.find
        opener, closer = find(self._opener, self._at), find(self._closer, self._at)
        while opener >= 0 or closer >= 0:
            opens = 0 <= opener < closer or closer < 0
            at = opener if opens else closer
            self._pass(at)
            self._at = at + 1
            if not self._quoted:
                self._depth += 1 if opens else -1
            if self._depth == 0:
                return self._at
            if opens:
                opener = find(self._opener, self._at)
            else:
                closer = find(self._closer, self._at)
        self._pass(len(self._buffer))
        return None

    def _pass(self, to: int) -> None:
        """Look at what lies up to `to` and holds no bracket: are we inside a string there?"""
        if self._buffer.find(b"\\", self._at, to) < 0:
            quotes = self._buffer.count(b'"', self._at, to)
        else:
            part = self._buffer[self._at : to].replace(b"\\\\", b"").replace(b'\\"', b"")
            quotes = part.count(b'"')
            to -= part.endswith(b"\\")  # it waits for the character that it escapes
        self._quoted ^= bool(quotes & 1)
        self._at = to

    def _add(self, start: int, end: int, frames: list[bytes]) -> None:
        if end - start > self._max_bytes:
            self._broken = True
        elif not self._broken and (frame := bytes(self._buffer[start:end]).strip(self._between)):
            frames.append(frame)

    def _too_long(self) -> WireError:
        return WireError("document", f"longer than {self._max_bytes} bytes")

    def end(self) -> list[bytes]:
        if self._broken:
            raise self._too_long()
        frames: list[bytes] = []
        self._add(0, len(self._buffer), frames)
        self._buffer.clear()
        self._at, self._depth, self._quoted = 0, 0, False
        return frames


class Rows:
    """A table: the objects of a JSON array (or one object after another), or lines. The first byte tells."""

    def __init__(self) -> None:
        self._rows: Splitter | None = None

    def push(self, data: bytes) -> list[bytes]:
        if self._rows is None:
            data = data.lstrip()
            if not data:
                return []
            self._rows = Documents(b"{", b"[]") if data[0] in b"{[" else Lines()
        return self._rows.push(data)

    def end(self) -> list[bytes]:
        return self._rows.end() if self._rows else []


SPLITTERS: dict[str, Callable[[], Splitter]] = {
    "line": Lines,
    "json": Documents,
    "rows": Rows,
    "whole": Whole,
    "asterix": lambda: Lengths(1, 2, "big", header_counts=True),
    "length32": lambda: Lengths(0, 4, "little", header_counts=False),
}


def splitter(name: str) -> Splitter:
    """A fresh splitter: one of `SPLITTERS`. KeyError for another name."""
    return SPLITTERS[name]()
