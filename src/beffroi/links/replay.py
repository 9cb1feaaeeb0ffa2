"""Replay: captures and files, told apart by their content, as frames with their times.

Packet captures (pcap, pcapng) give one frame a packet, with the packet's own time: the payload of its UDP
datagram, or the whole packet where the format reads captured radio frames (framing `whole`). All other files
are a stream, cut as its format says. Either may be compressed with gzip.

A file that has no stamps of its own takes them from what it says: a frame is received when its first
observation was true. That is also how `file:PATH` (`?speed=N`, 0: as fast as it is taken) plays as a link.
"""

import asyncio
import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from math import inf
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote

import msgspec

from beffroi import feeds
from beffroi.errors import FeedError, InputError, LinkError, SiteError, WireError
from beffroi.links import Clock, Inbox, Link, decoded, decoder, options, parts, place
from beffroi.observation import Observation
from beffroi.site import Source
from beffroi.wire import pcap
from beffroi.wire.framing import splitter

SCHEMES = ("file",)
READ_BYTES = 256 * 1024
CAPTURE_BYTES = 1024 * 1024 * 1024
"""A larger capture is not read; nor is a small one that expands to more."""
AHEAD_S = 86_400.0
"""A recording that begins so soon waits for its time; any other begins at once."""
WAIT_S = 0.02
_CAPTURES = (
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
)
"""How pcap (either byte order, micro- or nanoseconds) and pcapng begin."""

Frame = tuple[float | None, bytes]
"""(time, None where the file does not say; frame)."""


def open_capture(path: Path, framing: str) -> Iterator[Frame | WireError]:
    """The frames of a file, and a WireError in the place of each part that cannot be read.

    Raises LinkError if the file cannot be opened.
    """
    with ExitStack() as stack:
        try:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
        except OSError as bad:
            raise LinkError(str(path), bad.strerror or str(bad)) from bad
        if _starts(file, b"\x1f\x8b"):
            file = cast(IO[bytes], stack.enter_context(gzip.open(file)))
        try:
            captured = _starts(file, *_CAPTURES)
            yield from _packets(file, framing) if captured else _stream(file, framing)
        except (OSError, EOFError, zlib.error) as bad:
            yield WireError("file", str(bad))
        except WireError as bad:
            yield bad


def _starts(file: IO[bytes], *magics: bytes) -> bool:
    """Does the file start so? It is read from the start again afterwards."""
    start = file.read(4)
    file.seek(0)
    return any(start.startswith(magic) for magic in magics)


def _stream(file: IO[bytes], framing: str) -> Iterator[Frame]:
    data = file.read(READ_BYTES).removeprefix(codecs.BOM_UTF8)
    if framing == "length32" and b"\0" not in data[:4]:
        framing = "json"  # a length below 16 MiB has a zero in it, JSON has none: the same messages as text
    cut = splitter(framing)
    while data:
        for frame in cut.push(data):
            yield None, frame
        data = file.read(READ_BYTES)
    for frame in cut.end():
        yield None, frame


def _packets(file: IO[bytes], framing: str) -> Iterator[Frame | WireError]:
    whole = file.read(CAPTURE_BYTES + 1)
    if len(whole) > CAPTURE_BYTES:
        raise WireError("file", f"larger than {CAPTURE_BYTES} bytes")
    for packet in pcap.packets(whole):
        if isinstance(packet, WireError):
            yield packet
        elif framing == "whole":
            yield packet.time_s, packet.data
        else:
            try:
                yield packet.time_s, pcap.udp_payload(packet.linktype, packet.data)
            except WireError as bad:
                yield bad


def observations(
    path: Path, format: str, received_at_s: float, source: str = ""
) -> Iterator[Observation | InputError]:
    """What a file says: its observations, and an error for each part that cannot be read.

    `received_at_s` gives the day to stamps without a date, where the file has no stamps of its own.
    Raises LinkError, UseError (no such format), MissingPart.
    """
    decode = feeds.decoder(format)
    for item in open_capture(path, feeds.feed(format).FRAMING):
        if isinstance(item, WireError):
            yield item
            continue
        time_s, frame = item
        for read in decoded(decode, frame, received_at_s if time_s is None else time_s, source):
            if time_s is not None or isinstance(read, FeedError):
                yield read
            else:
                yield msgspec.structs.replace(read, received_at_s=read.time_s)


def timed(
    path: Path, source: Source, received_at_s: float
) -> tuple[list[tuple[float, bytes]], list[WireError]]:
    """All frames of a file in order of time, and what cannot be read.

    A frame without a time goes with the frame before it: a comment; or before all: the names of columns.
    """
    decode = decoder(source)
    frames: list[Frame] = []
    errors: list[WireError] = []
    for item in open_capture(path, feeds.feed(source.format).FRAMING):
        if isinstance(item, WireError):
            errors.append(item)
        else:
            time_s, frame = item
            frames.append((_time_s(decode, frame, received_at_s) if time_s is None else time_s, frame))
    last_s = min((time_s for time_s, _ in frames if time_s is not None), default=received_at_s)
    stamped = []
    for time_s, frame in frames:
        last_s = last_s if time_s is None else time_s
        stamped.append((last_s, frame))
    stamped.sort(key=lambda one: one[0])
    return stamped, errors


def _time_s(decode: feeds.Decode, frame: bytes, received_at_s: float) -> float | None:
    """When the first observation of a frame was true."""
    read = decoded(decode, frame, received_at_s, "")
    times = [one.time_s for one in read if isinstance(one, Observation)]  # all of it: a decoder remembers
    return times[0] if times else None


class Player:
    """Plays one file by the clock."""

    def __init__(self, source: Source, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self._path, self._speed = _recording(source)
        self._source, self._now_s = source, now_s

    async def run(self) -> None:
        """Play the file to its end, once."""
        try:
            frames, errors = await asyncio.to_thread(timed, self._path, self._source, self._now_s())
        except LinkError as bad:
            self.inbox.lost(bad.reason)
            return
        for error in errors:
            self.inbox.faults[str(error)] += 1
        self.inbox.connected()
        await self._play(frames)
        self.inbox.state = "ended"

    async def _play(self, frames: list[tuple[float, bytes]]) -> None:
        now_s, first_s = self._now_s(), frames[0][0] if frames else 0.0
        begin_s = first_s if now_s <= first_s <= now_s + AHEAD_S else now_s
        due: list[bytes] = []
        for time_s, frame in frames:
            due_s = begin_s + (time_s - first_s) / self._speed if self._speed else begin_s
            while due_s > self._now_s():
                await self._put(due)
                due = []
                await asyncio.sleep(WAIT_S)
            due.append(frame)
            if len(due) >= 512:
                await self._put(due)
                due = []
        await self._put(due)

    async def _put(self, frames: list[bytes]) -> None:
        await self.inbox.room()
        self.inbox.put(frames)
        await asyncio.sleep(0)


def _recording(source: Source) -> tuple[Path, float]:
    """The file and its speed. Raises SiteError."""
    link, said = parts(source), options(source, "speed").get("speed", "1")
    if link.netloc or not link.path or link.path.endswith("/"):
        raise SiteError(place(source), f"{source.link!r} names no file: file:PATH")
    try:
        speed = float(said)
    except ValueError as bad:
        raise SiteError(place(source), f"no speed: {bad}") from bad
    if not 0.0 <= speed < inf:
        raise SiteError(place(source), f"no speed: {said}")
    return Path(unquote(link.path)), speed


def check(source: Source) -> None:
    """Raises SiteError if the link cannot be. Whether the file is there is seen when it is played."""
    _recording(source)


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of `file:PATH`."""
    return Player(source, now_s)
