"""readsb / tar1090 / dump1090-fa: `aircraft.json` snapshots, and the lines of the JSON port.

Layout: wiedehopf/readsb, README-json.md. Of an aircraft:

    hex              24-bit address; `~` before it: not an address of ICAO (TIS-B, anonymous)
    type             adsb_* adsr_* adsc mode_s mode_ac other: the aircraft says so;
                     mlat tisb_*: it was measured from outside
    mlat, tisb       names of the fields that were measured (where there is no type)
    alt_baro         [ft on 1013], or "ground";  alt_geom [ft above WGS 84]
    gs [kt]  track [deg]  baro_rate geom_rate [ft/min]  flight  r  squawk  emergency  category
    lat lon [deg]    seen_pos: age of the position [s];  seen: age of the last message [s];  both before `now`
    nac_p, rc        accuracy category; radius of containment [m] (from NIC)

Signal strength is in dB of full scale, not dBm, and so is left out. `lastPosition` is a position that was
reported before. A position that the next snapshot repeats is not a new measure, and is not given again.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from beffroi.errors import FeedError
from beffroi.observation import Class, Observation, digest
from beffroi.subject import icao24
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT
from beffroi.wire.adsb import ALTITUDE_FT, CATEGORY, RATE_FPM, SPEED_KT, sigma_m

SOURCE = "wiedehopf/readsb README-json.md (aircraft.json, JSON port)"
FRAMING = "json"
PERSONAL = False
SAMPLE = (
    b'{"now":1700513836.875,"messages":11329251,"aircraft":[{"hex":"a3e31a","type":"adsb_icao",'
    b'"flight":"N35GR   ","alt_baro":45000,"alt_geom":45700,"gs":489.0,"track":67.26,"baro_rate":-64,'
    b'"squawk":"3471","emergency":"none","category":"A3","lat":35.208109,"lon":-110.373001,"nic":8,"rc":186,"seen_pos":1.939,'
    b'"nac_p":10,"seen":0.1,"rssi":-22.3},{"hex":"~2b7a1c","type":"tisb_other","alt_baro":"ground","lat":35.1,'
    b'"lon":-110.0,"seen_pos":0.4,"seen":0.4}]}'
)

SAME_S = 0.3
"""Ages are rounded to 0.1 s, twice; positions are sent at least 0.4 s apart (DO-260B §2.2.3.3)."""

_MEASURED = frozenset({"mlat", "tisb_icao", "tisb_other", "tisb_trackfile"})
_EMERGENCY: Mapping[str, str] = {
    "general": "general",
    "lifeguard": "medical",
    "minfuel": "minimum_fuel",
    "nordo": "no_communications",
    "unlawful": "unlawful_interference",
    "downed": "downed",
    "reserved": "reserved",
}
_CLASSES = {code: {cast(Class, name): 1.0} for code, name in CATEGORY.items()}

_Altitude = Annotated[float, Meta(ge=ALTITUDE_FT[0], le=ALTITUDE_FT[1])]
_Rate = Annotated[float, Meta(ge=RATE_FPM[0], le=RATE_FPM[1])]
_Word = Annotated[str, Meta(max_length=16)]
_Age = Annotated[float, Meta(ge=0, le=1e7)]


class _Aircraft(msgspec.Struct, gc=False):
    hex: _Word
    type: str = ""
    flight: _Word | None = None
    r: _Word | None = None
    alt_baro: _Altitude | Literal["ground"] | None = None
    alt_geom: _Altitude | None = None
    gs: Annotated[float, Meta(ge=SPEED_KT[0], le=SPEED_KT[1])] | None = None
    track: Annotated[float, Meta(ge=0, le=360)] | None = None
    baro_rate: _Rate | None = None
    geom_rate: _Rate | None = None
    squawk: _Word | None = None
    emergency: str | None = None
    category: str | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    seen: _Age = 0.0
    seen_pos: _Age = 0.0
    nac_p: Annotated[int, Meta(ge=0, le=15)] | None = None
    rc: Annotated[float, Meta(ge=0, le=1e8)] | None = None
    mlat: tuple[str, ...] = ()
    tisb: tuple[str, ...] = ()


_Time = Annotated[float, Meta(ge=0, le=1e11)]


class _Frame(_Aircraft, gc=False):
    """A snapshot (`aircraft`) or a line of the JSON port (`hex`)."""

    hex: _Word = ""
    now: _Time | None = None
    aircraft: list[_Aircraft] | None = None


_frame = msgspec.json.Decoder(_Frame).decode
_fields = msgspec.json.Decoder(dict[str, Any]).decode
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_A = TypeVar("_A", bound=_Aircraft)
_Seen = tuple[float | None, float | None, float, float]
"""Place of an aircraft in the snapshot before, when it was there, and when it was heard."""


class Decoder:
    """Remembers the positions of the last snapshot, and nothing more."""

    def __init__(self) -> None:
        self._before: dict[str, _Seen] = {}

    def decode(
        self, frame: bytes, received_at_s: float, source: str = ""
    ) -> Iterator[Observation | FeedError]:
        """A snapshot or a line → observations; an error for each part that cannot be."""
        errors: list[FeedError] = []
        try:
            read = _frame(frame)
        except msgspec.ValidationError:  # rare: find what cannot be, and read the rest
            read = _read_loosely(frame, errors)
        except _NO_JSON as bad:
            raise FeedError("JSON", str(bad)) from bad
        now_s = received_at_s if read.now is None else read.now
        name = digest(frame)
        if read.aircraft is None:
            if not (key := _key(read.hex, source)):
                raise errors[0] if errors else FeedError("hex", "neither a snapshot nor an aircraft")
            return iter((_observation(read, key, now_s, received_at_s, source, name), *errors))
        made = [
            _observation(one, key, now_s, received_at_s, source, name)
            for one in self._news(read.aircraft, now_s)
            if (key := _key(one.hex, source) or _nobody(one, errors))
        ]
        return iter((*made, *errors))

    def _news(self, aircraft: list[_Aircraft], now_s: float) -> Iterator[_Aircraft]:
        """The aircraft of which this snapshot says something new; without a position that is not new."""
        before, now = self._before, dict[str, _Seen]()
        for one in aircraft:
            placed_s, heard_s = now_s - one.seen_pos, now_s - one.seen
            last = before.get(one.hex)
            if last and last[0] == one.lat and last[1] == one.lon and placed_s < last[2] + SAME_S:
                placed_s = last[2]
                if heard_s < last[3] + SAME_S:
                    now[one.hex] = last
                    continue
                now[one.hex] = (one.lat, one.lon, placed_s, heard_s)
                one.lat = None
            else:
                now[one.hex] = (one.lat, one.lon, placed_s, heard_s)
            yield one
        self._before = now


def _observation(
    one: _Aircraft, key: str, now_s: float, received_at_s: float, source: str, name: bytes
) -> Observation:
    """The observation of one aircraft. Its time is that of its position, or of its last message."""
    altitude, rate_fpm, placed = one.alt_baro, one.baro_rate, one.lat is not None and one.lon is not None
    measured = one.type in _MEASURED or "lat" in one.mlat or "lat" in one.tisb
    if rate_fpm is None:
        rate_fpm = one.geom_rate
    observation = Observation(  # 15 names: CPython passes more of them through a dict, at twice the time
        source=source,
        kind="plot" if measured else "claim",
        time_s=now_s - (one.seen_pos if placed else one.seen),
        received_at_s=received_at_s,
        frame=name,
        subject=key,
        lat_deg=one.lat if placed else None,
        lon_deg=one.lon if placed else None,
        alt_1013_m=altitude * M_PER_FT if isinstance(altitude, float) else None,
        alt_wgs84_m=None if one.alt_geom is None else one.alt_geom * M_PER_FT,
        ground_speed_mps=None if one.gs is None else one.gs * MPS_PER_KT,
        track_deg=None if one.track is None else one.track % 360.0,
        vertical_speed_mps=None if rate_fpm is None else rate_fpm * MPS_PER_FPM,
        callsign=one.flight.strip() or None if one.flight else None,
        squawk=one.squawk,
    )
    return replace(
        observation,
        horizontal_sigma_m=_sigma_m(one.nac_p, one.rc) if placed and not measured else None,
        on_ground=True if altitude == "ground" else None,
        registration=one.r,
        emergency=_EMERGENCY.get(one.emergency) if one.emergency else None,
        classes=_CLASSES.get(one.category) if one.category else None,
    )


@lru_cache(65536)
def _key(address: str, source: str) -> str | None:
    """The key of an address; one that is not of ICAO is a number of this source. None for neither."""
    return icao24(address) or (f"sensor:{source}/{address}" if address[:1] == "~" else None)


_sigma_m = lru_cache(1024)(sigma_m)


def _nobody(one: _Aircraft, errors: list[FeedError]) -> str | None:
    errors.append(FeedError("hex", f"no aircraft address: {one.hex[:10]!r}"))
    return None


def _read_loosely(frame: bytes, errors: list[FeedError]) -> _Frame:
    """The frame without the parts that cannot be; they go to `errors`. Raises FeedError if it is no frame."""
    try:
        fields = _fields(frame)
    except _NO_JSON as bad:
        raise FeedError("JSON", str(bad)) from bad
    entries = fields.get("aircraft")
    if entries is None:
        return _without_faults(fields, _Frame, "", errors) or _Frame()
    if not isinstance(entries, list):
        raise FeedError("aircraft", "no list")
    read = _without_faults({"now": fields.get("now")}, _Frame, "", errors) or _Frame()
    read.aircraft = []
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            errors.append(FeedError(f"aircraft[{i}]", "no aircraft"))
        elif one := _without_faults(entry, _Aircraft, f"aircraft[{i}].", errors):
            read.aircraft.append(one)
    return read


def _without_faults(fields: dict[str, Any], kind: type[_A], where: str, errors: list[FeedError]) -> _A | None:
    """The struct of `fields`, those that cannot be left out; None if one that is needed is missing."""
    while True:
        try:
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as bad:
            reason, _, path = str(bad).partition(" - at `$.")
            key = re.split(r"[`.\[]", path)[0]
            errors.append(FeedError((where + key).rstrip("."), reason))
            if key not in fields:
                return None
            del fields[key]
