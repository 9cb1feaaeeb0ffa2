"""Links: every socket and file from which frames come, one file a kind of transport.

A member gives `SCHEMES`, the schemes of the address that it serves; `check(source)`, which raises SiteError
if that address cannot be; and `link(source, framing, now_s) -> Link`. A link

- runs as one asyncio task (`run`) until it is cancelled; a file ends by itself;
- stamps each frame when it comes, by the one clock that it is given (`now_s`), and puts it in its `Inbox`;
- survives what a peer does: a cut, half a frame, a flood, a stream that cannot be followed. It comes back
  after the waits of `BACKOFF_S`, always the same ones;
- never grows: a stream is not read while the inbox is full (the peer waits); datagrams that find it full are
  dropped and counted. Nothing is lost without a number that says so.

The loop that owns the links calls `take()` on each inbox as often as it likes.
"""

import asyncio
import pkgutil
import re
import ssl
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import Literal, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from beffroi import feeds
from beffroi.errors import FeedError, LinkError, SiteError
from beffroi.observation import Observation
from beffroi.site import Site, Source

Clock = Callable[[], float]
"""The one clock: Unix seconds UTC."""

BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Wait before the first, second, ... new attempt; the last one for ever. No jitter: a site has few links."""
INBOX_BYTES = 32 * 1024 * 1024
_FRAME_COST_BYTES = 128
"""What a frame costs beside its bytes: objects for it, its stamp and its place in the list."""

State = Literal["waiting", "connected", "lost", "ended"]


class Inbox:
    """Frames that came and wait to be taken, with their times: never more than `limit_bytes` and one read."""

    def __init__(self, now_s: Clock, limit_bytes: int = INBOX_BYTES) -> None:
        self._now_s = now_s
        self._limit_bytes = limit_bytes
        self._waiting: list[tuple[bytes, float]] = []
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self.state: State = "waiting"
        self.trouble: str | None = None
        """Why the link is lost, in words; None while it is well."""
        self.received = 0
        """Frames put in."""
        self.dropped = 0
        """Frames that were lost because the inbox, or the kernel's buffer before it, was full."""
        self.faults: Counter[str] = Counter()
        """What peers did wrong, by reason, with how often."""
        self.attempts = 0
        """Connections tried since the last frame."""
        self.last_at_s: float | None = None

    def put(self, frames: list[bytes]) -> None:
        """Stamp `frames` and keep them; a full inbox drops and counts them."""
        if not frames:
            return
        self.last_at_s = at_s = self._now_s()
        if self.full:
            self.dropped += len(frames)
            return
        self.received += len(frames)
        self.attempts = 0
        self._waiting += [(frame, at_s) for frame in frames]
        self._bytes += sum(map(len, frames)) + len(frames) * _FRAME_COST_BYTES
        if self._bytes >= self._limit_bytes:
            self._room.clear()

    def take(self) -> list[tuple[bytes, float]]:
        """All that waits, as (frame, received_at_s) in order of arrival. The inbox is empty afterwards."""
        taken, self._waiting, self._bytes = self._waiting, [], 0
        self._room.set()
        return taken

    @property
    def full(self) -> bool:
        """True while nothing more may come in."""
        return self._bytes >= self._limit_bytes

    async def room(self) -> None:
        """Wait until there is room."""
        await self._room.wait()

    def age_s(self) -> float | None:
        """Time since the last frame; None if none ever came."""
        return None if self.last_at_s is None else self._now_s() - self.last_at_s

    def connected(self) -> None:
        """The link stands."""
        self.state, self.trouble = "connected", None

    def lost(self, reason: str) -> None:
        """The link is cut; counted under its reason."""
        self.state, self.trouble = "lost", reason
        self.faults[reason] += 1

    async def back_off(self) -> None:
        """Wait before the next attempt, longer each time until a frame comes."""
        wait_s = BACKOFF_S[min(self.attempts, len(BACKOFF_S) - 1)]
        self.attempts += 1
        await asyncio.sleep(wait_s)


class Link(Protocol):
    """One way in."""

    inbox: Inbox

    async def run(self) -> None:
        """Bring frames into the inbox until cancelled. Raises nothing that a peer can cause."""
        ...


def open_link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of a source of the site; `framing` is the `FRAMING` of its format.

    Raises SiteError if no member serves the scheme of `source.link`, or if the address cannot be.
    """
    member = _member(source)
    member.check(source)
    link: Link = member.link(source, framing, now_s)
    return link


def check(site: Site) -> None:
    """Raises SiteError with the path of a format that nobody knows or of a link that cannot be."""
    for i, source in enumerate(site.source):
        if source.format not in feeds.names():
            reason = f"no format {source.format!r}; there are: {' '.join(feeds.names())}"
            raise SiteError(f"$.source[{i}].format", reason)
        try:
            _member(source).check(source)
        except SiteError as bad:
            raise SiteError(f"$.source[{i}].link", bad.reason) from bad


def _member(source: Source) -> ModuleType:
    """What serves the link of a source. Raises SiteError."""
    scheme = source.link.partition(":")[0]
    for info in pkgutil.iter_modules(__path__):
        member = import_module(f"{__name__}.{info.name}")
        if scheme in getattr(member, "SCHEMES", ()):
            return member
    raise SiteError(place(source), f"no way to read {source.link!r}")


def place(source: Source) -> str:
    """What an error in the link of a source names."""
    return f"source {source.id!r}: link"


def parts(source: Source) -> SplitResult:
    """What the link of a source consists of. Raises SiteError."""
    try:
        return urlsplit(source.link)
    except ValueError as bad:
        raise SiteError(place(source), str(bad)) from bad


def address(source: Source, *, listens: bool) -> tuple[str, int]:
    """Host and port of the link of a source; port 0 only where it listens. Raises SiteError."""
    host, port = host_port(source.link, place(source))
    link = parts(source)
    if not port and not listens:
        raise SiteError(place(source), "port 0 cannot be called")
    if link.path.strip("/") or link.fragment or link.username is not None:
        raise SiteError(place(source), f"{source.link!r} is more than host and port")
    return host, port


def host_port(url: str, place: str, port: int | None = None) -> tuple[str, int]:
    """Host (loopback where none is given) and port (else `port`) of an address.

    `place` is where the site names it. Raises SiteError where there is no port, or no such host can be.
    """
    try:
        split = urlsplit(url)
        host, port = split.hostname or "127.0.0.1", port if split.port is None else split.port
        if ":" not in host:
            host.encode("idna")
    except ValueError as bad:
        raise SiteError(place, str(bad)) from bad
    if not re.fullmatch(r"[\w.:%-]+", host):
        raise SiteError(place, f"{host!r} is no host")
    if port is None:
        raise SiteError(place, f"{url!r} has no port")
    return host, port


def options(source: Source, *known: str) -> dict[str, str]:
    """What the link of a source says after `?`. Raises SiteError for what is not `known`."""
    said = dict(parse_qsl(parts(source).query, keep_blank_values=True))
    for name in said.keys() - set(known):
        raise SiteError(place(source), f"unknown option {name!r}")
    return said


def mutual_tls(source: Source, *, listens: bool) -> ssl.SSLContext | None:
    """TLS 1.2 or later with certificates on both sides, if the source is configured with them.

    Raises LinkError where a file cannot be used.
    """
    if source.certificate is None:
        return None
    purpose = ssl.Purpose.CLIENT_AUTH if listens else ssl.Purpose.SERVER_AUTH
    try:
        context = ssl.create_default_context(purpose, cafile=source.authority)
        context.load_cert_chain(source.certificate, source.private_key)
    except (OSError, ssl.SSLError) as bad:
        raise LinkError(source.link, f"TLS files of source {source.id!r}: {bad}") from bad
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


_OPTIONS = {"dji": "drone_id_allowed", "utc_offset_h": "utc_offset_h"}
"""Option of a decoder → the key of the source that sets it."""


def decoder(source: Source) -> feeds.Decode:
    """A fresh decoder, told what the site says for it."""
    made = getattr(feeds.feed(source.format), "Decoder", None)
    if made is None:
        return feeds.decoder(source.format)
    told = {o: getattr(source, key) for o, key in _OPTIONS.items() if o in signature(made).parameters}
    told_decoder: feeds.Decode = made(**told).decode
    return told_decoder


def decoded(
    decode: feeds.Decode, frame: bytes, received_at_s: float, source: str
) -> list[Observation | FeedError]:
    """What a decoder makes of a frame. An error in the decoder itself refuses the frame like any other."""
    got: list[Observation | FeedError] = []
    try:
        got.extend(decode(frame, received_at_s, source))  # keeps what came before an error
    except FeedError as bad:
        got.append(bad)
    except Exception as fault:  # noqa: BLE001 - a fault in one feed must not stop the watch
        got.append(FeedError("decoder", f"{type(fault).__name__}: {fault}"))
    return got
