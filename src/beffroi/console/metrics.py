"""Metrics: what the watch and its console count, for Prometheus, read when it asks."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from beffroi.console.live import Live
from beffroi.console.seen import Seen

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Watch(Collector):
    def __init__(self, seen: Seen, live: Live) -> None:
        self._seen, self._live = seen, live

    def collect(self) -> Iterator[Metric]:
        """Everything as it is now."""
        yield from self._sources()
        yield from self._intakes()
        picture, alarms = self._seen.picture, self._seen.alarms()
        tracks = int(picture.tracks.confirmed.sum()) if picture else 0
        yield GaugeMetricFamily("beffroi_tracks", "Tracks that are confirmed.", tracks)
        if picture:
            yield GaugeMetricFamily("beffroi_picture_time_seconds", "When the picture was.", picture.now_s)
        unseen = GaugeMetricFamily("beffroi_alarms", "Signs that wait for a person.", labels=("priority",))
        for priority in ("urgent", "high", "notice"):
            unseen.add_metric((priority,), getattr(alarms, priority))
        yield unseen
        yield GaugeMetricFamily("beffroi_clients", "Open live sockets.", len(self._live.clients))
        yield CounterMetricFamily("beffroi_frames", "Frames that were sent.", self._live.sent)
        yield CounterMetricFamily("beffroi_sign_events", "Changes of signs.", self._live.last)
        lost = self._seen.pipeline.faults
        yield CounterMetricFamily("beffroi_tick_faults", "Ticks that the watch could not take.", lost)
        yield CounterMetricFamily("beffroi_console_faults", "Faults of the console.", self._seen.faults)

    def _sources(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "beffroi_source_up", "1: it speaks and says that it works.", labels=("source",)
        )
        names = ("observations", "late", "unplaced")
        counts = [_counter(f"source_{name}", f"Observations: {name}.") for name in names]
        for source in self._seen.sources():
            up.add_metric((source.id,), source.state == "ok")
            for count, name in zip(counts, names, strict=True):
                count.add_metric((source.id,), getattr(source, name))
        yield up
        yield from counts

    def _intakes(self) -> Iterator[Metric]:
        """What never became an observation, and what came from the future."""
        refused = _counter("source_refused", "Frames, or parts of them, that could not be read.")
        dropped = _counter("source_dropped", "Frames that came faster than they could be taken.")
        faults = _counter("source_link_faults", "Faults of the link.")
        future = _counter("source_future", "Observations from a time later than they came.")
        for name, intake in self._seen.intakes.items():
            inbox = intake.link.inbox
            refused.add_metric((name,), intake.refused)
            dropped.add_metric((name,), inbox.dropped)
            faults.add_metric((name,), inbox.faults.total())
        for name, tally in self._seen.pipeline.count.sources.items():
            future.add_metric((name,), tally.future)
        yield from (refused, dropped, faults, future)


def _counter(name: str, what: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"beffroi_{name}", what, labels=("source",))


def exposition(seen: Seen, live: Live) -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Watch(seen, live))
    return generate_latest(registry)
