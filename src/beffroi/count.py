"""Count: what the sources gave, since the start and by the hour. From batches alone, live or replayed."""

import re

import msgspec

from beffroi.site import Site
from beffroi.store.reading import Batch, Refused
from beffroi.store.records import Counts
from beffroi.tracks.sky import FUTURE_S, LATE_S

REASON_CHARACTERS = 200
REASONS = 100
"""Reasons of one source that are counted each between two records; the others together."""


_VARIES = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\b[0-9a-fA-F]*\d[0-9a-fA-F]*\b")


def kind_of(reason: str) -> str:
    """A reason without quoted words and numbers: they may name a person, and make each frame its own kind."""
    return _VARIES.sub("…", reason)[:REASON_CHARACTERS]


class Tally(msgspec.Struct, kw_only=True):
    """What one source has given."""

    observations: int = 0
    refused: int = 0
    """Frames, or parts of them, that could not become observations."""
    late: int = 0
    """Observations that came too late to move a track."""
    future: int = 0
    """Observations from a time later than they came."""


class Count:
    """Counts batches. `sources` is what each source gave since the start; all of it is in the log."""

    def __init__(self, site: Site) -> None:
        self.sources = {source.id: Tally() for source in site.source}
        self.missing = 0
        """Observations that batches lacked because a purge or damage took them."""
        self._late_s = {source.id: LATE_S + source.delay_s for source in site.source}
        self._new = Counts()

    def add(self, batch: Batch) -> None:
        """Count a batch that is in the log."""
        hour = int(batch.tick_end_s // 3600)
        for source, tally in self._tallies(batch).items():
            total = self.sources.setdefault(source, Tally())
            for name in Tally.__struct_fields__:
                if more := getattr(tally, name):
                    setattr(total, name, getattr(total, name) + more)
                    key = hour, source, name
                    self._new.sources[key] = self._new.sources.get(key, 0) + more
        self.missing += sum(batch.missing.values())

    def take(self) -> Counts:
        """What was counted since the last time, by the hour, for the records."""
        taken, self._new = self._new, Counts()
        return taken

    def _tallies(self, batch: Batch) -> dict[str, Tally]:
        made: dict[str, Tally] = {}
        for o in batch.observations:
            tally = made.get(o.source) or made.setdefault(o.source, Tally())
            tally.observations += 1
            age_s = o.received_at_s - o.time_s
            if age_s < -FUTURE_S:
                tally.future += 1
            elif age_s > self._late_s.get(o.source, LATE_S):
                tally.late += 1
        for refused in batch.refused:
            made.setdefault(refused.source, Tally()).refused += refused.count
            self._quarantine(refused, int(batch.tick_end_s // 3600))
        return made

    def _quarantine(self, refused: Refused, hour: int) -> None:
        known = self._new.quarantine
        reasons = sum(key[:2] == (hour, refused.source) for key in known)
        key = hour, refused.source, kind_of(refused.reason)
        if key not in known and reasons >= REASONS:
            key = hour, refused.source, "other reasons"
        known[key] = refused.place, known.get(key, ("", 0))[1] + refused.count
