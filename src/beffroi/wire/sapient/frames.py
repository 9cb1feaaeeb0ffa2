"""Frames of a SAPIENT connection: a 4-byte little-endian length, then that many bytes of one message.

BSI Flex 335 v2.0 §4.2. The standard sets no longest message; the largest of the published examples has 4 kB.
"""

from collections.abc import Iterator

from beffroi.errors import WireError

MAX_MESSAGE_BYTES = 1 << 20
_HEADER_BYTES = 4


def frame(message: bytes) -> bytes:
    """A message as it goes on the wire."""
    return len(message).to_bytes(_HEADER_BYTES, "little") + message


class Frames:
    """Cuts a stream into messages, in whatever pieces it comes."""

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max = max_message_bytes
        self._rest = bytearray()
        self._offset = 0

    def push(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes, without their length; take them all.

        Raises WireError, after the messages before it, at a length that is 0 or above the bound: the stream
        cannot be followed any further. Holds no more than one message and one piece of data.
        """
        self._rest += data
        start, end = 0, len(self._rest)
        try:
            while end - start >= _HEADER_BYTES:
                body = start + _HEADER_BYTES
                size = int.from_bytes(self._rest[start:body], "little")
                if not 0 < size <= self._max:
                    raise WireError(f"offset {self._offset + start}", f"a message of {size} bytes cannot be")
                if end - body < size:
                    return
                start = body + size
                yield bytes(self._rest[body:start])
        finally:
            del self._rest[:start]
            self._offset += start

    @property
    def pending_bytes(self) -> int:
        """Bytes of a message that is not complete yet."""
        return len(self._rest)
