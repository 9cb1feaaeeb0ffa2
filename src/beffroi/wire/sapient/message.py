"""SAPIENT messages as bytes and as protobuf JSON, both ways.

BSI Flex 335 v2.0 §4.2: one `SapientMessage`, Protocol Buffers version 3. Fields that the standard does not
know survive in binary form (a newer node may send them); in JSON they are refused, as protobuf JSON demands.
"""

from math import floor

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from beffroi.errors import WireError
from beffroi.wire.sapient.frames import MAX_MESSAGE_BYTES, Frames

BOM = b"\xef\xbb\xbf"
JSON_DEPTH = 100
"""As deep as protobuf's own binary parser goes."""


def parse(data: bytes) -> SapientMessage:
    """The message that these bytes hold. Raises WireError."""
    try:
        return SapientMessage.FromString(data)
    except DecodeError as bad:
        raise WireError("message", f"no SapientMessage: {bad}") from bad


def envelope(sender: str, now_s: float, to: str | None = None) -> SapientMessage:
    """A message from the node `sender`, and for the node `to`, without content yet."""
    message = SapientMessage(node_id=sender, destination_id=to)
    message.timestamp.seconds = seconds = floor(now_s)
    message.timestamp.nanos = min(round((now_s - seconds) * 1e9), 999_999_999)
    return message


def time_s(timestamp: Timestamp) -> float:
    """Unix seconds of a protobuf time."""
    return timestamp.seconds + timestamp.nanos * 1e-9


def serialise(message: SapientMessage) -> bytes:
    """The bytes of a message."""
    return message.SerializeToString()


def from_json(text: bytes) -> SapientMessage:
    """The message of a protobuf JSON document, UTF-8 with or without a byte order mark. Raises WireError."""
    message = SapientMessage()
    try:
        json_format.Parse(text.decode("utf-8-sig"), message, max_recursion_depth=JSON_DEPTH)
    except (json_format.ParseError, UnicodeDecodeError, ValueError, OverflowError, RecursionError) as bad:
        reason = " ".join(str(bad).split("\n Available")[0].split())
        raise WireError("message", f"no SapientMessage in JSON: {reason}") from bad
    return message


def to_json(message: SapientMessage) -> str:
    """A message as protobuf JSON on one line."""
    return json_format.MessageToJson(message, indent=None, ensure_ascii=False)


def looks_like_json(data: bytes) -> bool:
    """True if these bytes begin a JSON document: a length or a protobuf tag cannot begin with a brace."""
    return data.removeprefix(BOM).lstrip()[:1] == b"{"


def read(frame: bytes) -> SapientMessage:
    """The message of one frame of any form: JSON, length and bytes, or bytes alone. Raises WireError."""
    if looks_like_json(frame):
        return from_json(frame)
    if len(frame) > 4 and int.from_bytes(frame[:4], "little") == len(frame) - 4:
        return parse(frame[4:])
    return parse(frame)


def split(data: bytes) -> list[bytes]:
    """The messages of a whole file: JSON lines, one JSON document, frames with their lengths, or one message.

    Raises WireError where a length is wrong or the last message is cut short.
    """
    if looks_like_json(data):
        lines = [line.strip() for line in data.removeprefix(BOM).split(b"\n") if line.strip()]
        return lines if all(line[:1] == b"{" and line[-1:] == b"}" for line in lines) else [data]
    if int.from_bytes(data[:4], "little") > MAX_MESSAGE_BYTES:
        return [data]  # what comes first is no length
    frames = Frames()
    messages = list(frames.push(data))
    if frames.pending_bytes:
        raise WireError(f"offset {len(data) - frames.pending_bytes}", "the last message is cut short")
    return messages
