"""Count: what the sources gave, since the start and by the hour. From batches alone, live or replayed."""

import msgspec

from beffroi.site import Site
from beffroi.store.reading import Batch
from beffroi.store.records import Counts
from beffroi.tracks.sky import FUTURE_S, LATE_S

REASONS = 100
"""Reasons of one source that are counted each between two records; the others together."""


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
        self._recorded: dict[str, Tally] = {}
        self._quarantine: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, batch: Batch) -> None:
        """Count a batch that is in the log."""
        for o in batch.observations:
            tally = self._tally(o.source)
            tally.observations += 1
            age_s = o.received_at_s - o.time_s
            if age_s < -FUTURE_S:
                tally.future += 1
            elif age_s > self._late_s.get(o.source, LATE_S):
                tally.late += 1
        for refused in batch.refused:
            self._tally(refused.source).refused += refused.count
            reasons = sum(source == refused.source for source, _ in self._quarantine)
            key = (refused.source, refused.reason if reasons < REASONS else "other reasons")
            self._quarantine[key] = (refused.place, self._quarantine.get(key, ("", 0))[1] + refused.count)
        self.missing += sum(batch.missing.values())

    def take(self, now_s: float) -> Counts:
        """What was counted since the last time, for the records."""
        hour = int(now_s // 3600)
        sources = {}
        for source, tally in self.sources.items():
            before = self._recorded.get(source, Tally())
            for name in Tally.__struct_fields__:
                if more := getattr(tally, name) - getattr(before, name):
                    sources[hour, source, name] = more
        self._recorded = {source: msgspec.structs.replace(t) for source, t in self.sources.items()}
        quarantine = {(hour, *key): value for key, value in self._quarantine.items()}
        self._quarantine = {}
        return Counts(sources=sources, quarantine=quarantine)

    def _tally(self, source: str) -> Tally:
        tally = self.sources.get(source)
        return tally or self.sources.setdefault(source, Tally())
