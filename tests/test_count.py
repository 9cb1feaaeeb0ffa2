"""Count: from batches alone; the records get each hour's share once."""

from beffroi.count import REASONS, Count, Tally, kind_of
from beffroi.site import Place, Site, Source
from beffroi.store.reading import Batch, Refused
from made import START_S, observation

SITE = Site(
    site=Place(name="Count", lat_deg=48.7, lon_deg=2.4),
    source=(Source(id="adsb", format="sbs", link="udp://x:1", delay_s=3.0),),
)
HOUR = int(START_S // 3600)


def batch(*ages_s: float, at_s: float = START_S, refused: tuple[Refused, ...] = ()) -> Batch:
    said = [observation(n, at_s=at_s, time_s=at_s - age_s) for n, age_s in enumerate(ages_s)]
    return Batch(place=1, tick_end_s=at_s, observations=said, refused=list(refused))


def refused(reason: str, count: int = 1) -> Refused:
    return Refused(
        source="rid", received_at_s=START_S, place="byte 1", reason=reason, digest=b"", count=count
    )


def test_late_is_later_than_the_source_is_known_for() -> None:
    count = Count(SITE)
    count.add(batch(0.0, 4.9, 5.1, -0.9, -1.1))
    assert count.sources == {"adsb": Tally(observations=5, late=1, future=1)}


def test_each_hour_has_its_share_once() -> None:
    count = Count(SITE)
    count.add(batch(0.0, 0.0))
    count.add(batch(0.0, at_s=START_S + 3600.0))
    assert count.take().sources == {(HOUR, "adsb", "observations"): 2, (HOUR + 1, "adsb", "observations"): 1}
    count.add(batch(0.0))
    assert count.take().sources == {(HOUR, "adsb", "observations"): 1}
    assert count.take().sources == {}
    assert count.sources["adsb"].observations == 4


def test_what_is_refused_is_counted_by_its_kind() -> None:
    count = Count(SITE)
    count.add(
        batch(refused=(refused("no number: 'Durand'"), refused("no number: 'Nguyen'", 3), refused("cut")))
    )
    assert count.sources["rid"].refused == 5
    assert count.take().quarantine == {
        (HOUR, "rid", "no number: …"): ("byte 1", 4),
        (HOUR, "rid", "cut"): ("byte 1", 1),
    }


def test_a_kind_names_nobody() -> None:
    assert kind_of("IndexError: 48.2561 of 1588E040445AC004418") == "IndexError: ….… of …"
    assert kind_of('"Durand" at 12') == "… at …"
    assert kind_of("a frame is cut") == "a frame is cut"


def test_an_endless_row_of_reasons_is_bounded() -> None:
    count = Count(SITE)
    letters = [chr(97 + i // 26) + chr(97 + i % 26) for i in range(2 * REASONS)]
    count.add(batch(refused=tuple(refused(f"reason {word}") for word in letters)))
    kept = count.take().quarantine
    assert len(kept) == REASONS + 1
    assert sum(n for _, n in kept.values()) == 2 * REASONS
