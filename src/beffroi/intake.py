"""Intake: one source, from its frames to observations in the log.

What cannot be read is counted and kept with place and reason; the raw frame too, unless it could carry data
of a person: then neither the frame nor what its reason quotes. A flood of such frames is kept as its first
few and a count of each kind of reason; what is withheld, as a count alone.
"""

from collections import Counter, defaultdict, deque
from time import monotonic

from beffroi import feeds
from beffroi.count import kind_of
from beffroi.errors import FeedError, Withheld
from beffroi.links import Link, decoded, decoder, open_link
from beffroi.links.clock import Clock
from beffroi.observation import Kind, Observation, digest
from beffroi.site import Retention, Source
from beffroi.store.log import Log
from beffroi.store.reading import Refused

KEPT_A_TICK = 16
"""Refused frames of one source and tick that are kept one by one."""
KEPT_BYTES = 65_536
"""Of a refused frame."""
SLICE_S = 0.05
"""Decoding stops after this long so that others have their turn."""

_BY_KIND: dict[Kind, Retention] = {
    "plot": "sensor", "health": "sensor", "alert": "sensor", "claim": "traffic", "weather": "traffic",
    "sighting": "operator",
}  # fmt: skip
"""The class of data whose source does not say, and whose feed carries no persons."""

_Taken = defaultdict[Retention, list[Observation]]


class Intake:
    """One source of the site, live. Raises SiteError or UseError where it is configured wrongly."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self.source = source
        self._feed = feeds.feed(source.format)
        self._decode = decoder(source)
        self.link: Link = open_link(source, self._feed.FRAMING, clock.now_s)
        self.refused = 0
        """Frames, or parts of them, that could not become observations."""
        self._fixed = source.retention or ("operator" if self._feed.PERSONAL else None)
        self._refused_to: Retention = self._fixed or "sensor"
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._kept = 0
        self._flood: Counter[str] = Counter()

    @property
    def waiting(self) -> bool:
        """Whether frames have arrived that are not decoded yet."""
        if not self._waiting:
            self._waiting.extend(self.link.inbox.take())
        return bool(self._waiting)

    @property
    def holds(self) -> bool:
        """Whether something was refused that only the end of the tick writes down."""
        return bool(self._flood)

    def drain(self, log: Log) -> None:
        """Decode what has come into the log, for `SLICE_S` at most; the rest stays for the next time."""
        if not self.waiting:
            return
        taken: _Taken = defaultdict(list)
        until = monotonic() + SLICE_S
        while self._waiting and monotonic() < until:
            self._read(*self._waiting.popleft(), taken, log)
        for kept, observations in taken.items():
            log.append(kept, observations)

    def end_tick(self, log: Log, now_s: float) -> None:
        """Write down how many frames were refused in this tick beside those that were kept."""
        for reason, count in self._flood.items():
            more = Refused(
                source=self.source.id, received_at_s=now_s, place="", reason=reason, digest=b"", count=count
            )
            log.refuse(self._refused_to, more)
        self._flood.clear()
        self._kept = 0

    def _read(self, frame: bytes, at_s: float, taken: _Taken, log: Log) -> None:
        for item in decoded(self._decode, frame, at_s, self.source.id):
            if isinstance(item, FeedError):
                self._refuse(frame, at_s, item, log)
            else:
                taken[self._fixed or _BY_KIND[item.kind]].append(item)

    def _refuse(self, frame: bytes, at_s: float, why: FeedError, log: Log) -> None:
        self.refused += 1
        kind = kind_of(why.reason)
        if isinstance(why, Withheld) or self._kept >= KEPT_A_TICK:
            self._flood[kind] += 1
            return
        self._kept += 1
        refused = Refused(
            source=self.source.id,
            received_at_s=at_s,
            place=why.place,
            reason=kind if self._feed.PERSONAL else why.reason,
            digest=digest(frame),
            frame=None if self._feed.PERSONAL else frame[:KEPT_BYTES],
        )
        log.refuse(self._refused_to, refused)
