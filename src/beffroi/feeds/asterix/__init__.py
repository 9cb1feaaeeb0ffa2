"""ASTERIX: radar, multilateration and system tracks, ADS-B ground stations, UAS reports, radar service.

Read here, by the tables of `beffroi.wire.asterix` (EUROCONTROL-SPEC-0149, each with its part and edition):

    010 surface movement      plot (claim where its own descriptor says ADS-B); status → health
    020 multilateration       plot
    021 ADS-B                 claim: an aircraft's word, passed on by a ground station
    034 radar service         health: north, sectors, period, place; jamming and solar storm → alert
    048 monoradar             plot, polar as it was measured (slant range, azimuth)
    062 system track          plot; claim where nothing but ADS-B keeps the track
    129 UAS identification    claim

A time of day gets the date that puts it nearest to the time of receipt; a record without one is of that time.
Not used, and yielded as a FeedError with the reason: simulated and test targets, field monitors, positions
that a tracker only predicted, and what cannot be (latitude 134). A garbled or unconfirmed code is absent,
and so is a height that a tracker assumed.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from beffroi.errors import FeedError, WireError
from beffroi.feeds.asterix import adsb, radar, surface, system_track, uas
from beffroi.feeds.asterix.field import M_PER_FL, Fields, Reader
from beffroi.observation import Observation, digest
from beffroi.units import M_PER_FT, M_PER_NM
from beffroi.wire import asterix
from beffroi.wire.asterix import Record

FRAMING = "asterix"
PERSONAL = False
"""No category here carries an operator's name or place."""
SAMPLE = tuple(
    bytes.fromhex(block)
    for block in (
        "0a0024f96340080101250446500022a6558201ae924f0030ffc000110018f30c3d7c6001",
        "140030f5ad8808024100465040008a99560006ba490012020000323944ed800464b1c8d32000f0600020001800000018",
        "150031c3197b59c0080301001159e26b00db5d124baac646508001e45112120c6c0072007f90028f2d8350867909082003",
        "220018fd100804024650c02002008000007822a53501abce",
        "300026fdd7020804465100a00c80c0b6020000dc3c660c10c236d418200deb051f582e000000",
        "3e00369b5f2d040805465140008b17e500071c7200f0014002bdc04ca7a84994b1df40e012690050040400b480"
        "acffb0880028001e01",
        "810037bff3800000444a494d3354313538314635424b443232334652465180115385a100d7bdaa0008390004ba"
        "00050012cffe70000032",
    )
)

READERS: Mapping[int, Reader] = {
    10: surface.surface,
    20: surface.multilateration,
    21: adsb.adsb,
    34: radar.service,
    48: radar.plot,
    62: system_track.system_track,
    129: uas.uas,
}

SOURCE = "; ".join(table.source for table in map(asterix.category, READERS) if table)

DAY_S = 86_400.0
LATEST_S = DAY_S + 1
"""Times of day end here, with a leap second."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
    "alt_1013_m": (-15 * M_PER_FL, 1500 * M_PER_FL),
    "alt_qnh_m": (-15 * M_PER_FL, 1500 * M_PER_FL),
    "alt_msl_m": (-1500 * M_PER_FT, 150_000 * M_PER_FT),
    "alt_wgs84_m": (-1500 * M_PER_FT, 150_000 * M_PER_FT),
    "height_agl_m": (-1500 * M_PER_FT, 150_000 * M_PER_FT),
    "ground_speed_mps": (0.0, 2 * M_PER_NM),
}
"""What can be: the ranges that I021/145, I021/160, I062/105, I062/130 and I062/136 state."""


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """The observations of one or more data blocks; an error for each block or record that gives none.

    Raises FeedError if no block can be read.
    """
    blocks = list(asterix.blocks(frame))
    wrong = [block for block in blocks if isinstance(block, WireError)]
    if len(wrong) == len(blocks):
        raise FeedError("", "; ".join(map(str, wrong[:3])) or "no octets")
    mark = digest(frame)
    for block in blocks:
        if isinstance(block, WireError):
            yield FeedError(block.place, block.reason)
            continue
        read = READERS[block.category]
        for record in block.records:
            doubts: list[str] = []
            try:
                fields = read(record, source)
                _bound(fields, doubts)
                fields["time_s"] = resolve(fields["time_s"], received_at_s)
            except FeedError as refused:
                yield FeedError(f"octet {block.offset} {refused.place}".rstrip(), refused.reason)
                continue
            sensor = _sensor(record)
            yield Observation(source=source, received_at_s=received_at_s, frame=mark, sensor=sensor, **fields)
            yield from (FeedError(f"octet {block.offset}", doubt) for doubt in doubts)


def resolve(time_of_day_s: float | None, received_at_s: float) -> float:
    """The moment of a time of day that is nearest to the time of receipt, Unix seconds.

    Raises FeedError if a day has no such time.
    """
    if time_of_day_s is None:
        return received_at_s
    if time_of_day_s >= LATEST_S:
        raise FeedError("", f"there is no time of day {time_of_day_s:.1f} s")
    return round((received_at_s - time_of_day_s) / DAY_S) * DAY_S + time_of_day_s


def _bound(fields: Fields, doubts: list[str]) -> None:
    """Makes absent what cannot be, and says so in `doubts`. Raises FeedError for a place that cannot be."""
    for name, (low, high) in BOUNDS.items():
        value = fields.get(name)
        if value is not None and not low <= value <= high:
            if name in ("lat_deg", "lon_deg"):
                raise FeedError("", f"there is no {name} {value:.4f}")
            doubts.append(f"{name} {value:.0f} is impossible")
            fields[name] = None


def _sensor(record: Record) -> str | None:
    """SAC/SIC, as in 025/004."""
    identifier = record.get("010")
    return _named(identifier["SAC"], identifier["SIC"]) if identifier else None


@lru_cache(1024)
def _named(sac: int, sic: int) -> str:
    return f"{sac:03d}/{sic:03d}"
