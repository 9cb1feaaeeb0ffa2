"""Site: the configuration of one place, one TOML document.

Unknown keys are refused with their path; so is anything that cannot be. Every table is a frozen struct, so
what the site says is what the program holds. `read` is the only way in.
"""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from beffroi.errors import SiteError

Language = Literal["en", "fr", "vi"]
Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
Level = Annotated[float, msgspec.Meta(ge=-500.0, le=20_000.0)]
"""Metres."""
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e9)]
NotNegative = Annotated[float, msgspec.Meta(ge=0.0, le=1e9)]
Retention = Literal["operator", "sensor", "traffic"]
"""Class of data by how long it lives. `operator`: carries persons (drone operators); `sensor`: plots and
health; `traffic`: what aircraft broadcast, weather."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration."""


class Threshold(_Table, frozen=True, kw_only=True):
    """One end of a runway."""

    designator: str
    lat_deg: Latitude
    lon_deg: Longitude
    elevation_m: Level | None = None
    displaced_m: NotNegative = 0.0
    """How far the landing threshold lies behind the end of the pavement."""


class Runway(_Table, frozen=True, kw_only=True):
    """A runway: its two ends and its width (ICAO Annex 14 ch. 3)."""

    ends: tuple[Threshold, Threshold]
    width_m: Positive = 45.0
    aerodrome: str = ""
    """ICAO location indicator."""


class Place(_Table, frozen=True, kw_only=True):
    """`[site]`: where we are and how we speak."""

    name: str
    lat_deg: Latitude
    lon_deg: Longitude
    elevation_m: Level = 0.0
    """Of the aerodrome, above mean sea level."""
    geoid_m: Level | None = None
    """Height of mean sea level above the WGS 84 ellipsoid here. Absent: heights on the ellipsoid and above
    the sea are not compared."""
    aerodromes: tuple[str, ...] = ()
    """ICAO location indicators whose runways are known from the aerodrome tables."""
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1)] = ("en",)
    units: Literal["aviation", "metric"] = "aviation"
    qnh_hpa: Annotated[float, msgspec.Meta(ge=850.0, le=1090.0)] | None = None
    """Used until a METAR or landing aircraft say better."""
    jurisdiction: str = ""
    """ISO 3166-1 code, three letters, of the country whose law applies."""


class Source(_Table, frozen=True, kw_only=True):
    """`[[source]]`: one feed of observations."""

    id: str
    format: str
    link: str
    """Where it comes from: `tcp://host:port`, `tcp-listen://`, `udp://host:port`, `udp://group:port` for
    multicast, `http://…`, `sapient-listen://host:port`, `file:PATH`."""
    enabled: bool = True
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    alt_msl_m: Level | None = None
    """Of the sensor."""
    range_m: Positive | None = None
    """How far it sees. Absent: not known, and then its silence about a place proves nothing."""
    elevation_from_deg: Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)] = 0.0
    """Below this angle it sees nothing (`sees_all` sensors only)."""
    blind_mps: NotNegative = 0.0
    """Radial speed under which it sees nothing (Doppler radars): what hovers is coasted, not dropped."""
    sees_all: bool = False
    """True if everything of its class that flies inside its volume is seen, as by a primary radar. It needs
    `range_m`."""
    period_s: Positive | None = None
    """Time between two looks at the same object. Absent: learnt."""
    delay_s: NotNegative = 0.0
    """Typical time from the measure to its arrival."""
    stamp_sigma_s: NotNegative | None = None
    """How well the time of a claim is known. Absent: 0.7 s for state vectors of OpenSky, else 0.3 s."""
    horizontal_sigma_m: Positive | None = None
    range_sigma_m: Positive | None = None
    azimuth_sigma_deg: Positive | None = None
    elevation_sigma_deg: Positive | None = None
    vertical_sigma_m: Positive | None = None
    simulated: bool = False
    """A property for the reader; no rule looks at it."""
    silent_after_s: Positive | None = None
    """Silence for this long is a sign. Absent: five periods, at least 10 s."""
    retention: Retention | None = None
    """Absent: as the format says (`operator` if it can carry persons)."""
    drone_id_allowed: bool = False
    """DJI DroneID over the air may be decoded here. Off until the site's lawyer says that it may."""
    utc_offset_h: Annotated[float, msgspec.Meta(ge=-12.0, le=14.0)] = 0.0
    """For `sbs`: how far the receiver's clock is ahead of UTC. Its stamps are local time without a zone."""
    forward: str | None = None
    """For `sapient-listen://`: a fusion node above this one, `sapient://host:port`, that gets every sound
    message as well. Absent: nobody does."""
    poll_s: Positive = 1.0
    """For `http://`: time between two reads."""
    certificate: str | None = None
    private_key: str | None = None
    authority: str | None = None
    """Files for mutual TLS, of `forward` too; all three or none."""


class ZoneSource(_Table, frozen=True, kw_only=True):
    """`[[zone]]`: a document of zones, or the zones of an aerodrome."""

    format: str
    """`ed269`, `ed318` or `aerodrome`."""
    file: str | None = None
    aerodrome: str | None = None
    ring_m: Positive | None = None
    """Radius of a ring round the aerodrome, `aerodrome` only."""


class Authorisation(_Table, frozen=True, kw_only=True):
    """`[[authorisation]]`: a flight that is permitted here: whose, which machine, where, when."""

    id: str
    operator: str
    serial: str
    purpose: str = ""
    lat_deg: Latitude
    lon_deg: Longitude
    radius_m: Positive
    up_to_m: Level
    """Above mean sea level."""
    from_time: str
    """ISO 8601 with zone."""
    to_time: str


class Store(_Table, frozen=True, kw_only=True):
    """`[store]`: where data lies and for how long."""

    directory: str = "beffroi-data"
    operator_hours: Positive = 24.0
    """Data of drone operators. Short on purpose: a pilot's place is personal data."""
    sensor_hours: Positive = 24.0 * 7
    traffic_hours: Positive = 24.0 * 30
    signs_days: Positive = 365.0
    checkpoint_s: Positive = 60.0


class Console(_Table, frozen=True, kw_only=True):
    """`[console]`: where the console listens, and what its map has beside its own ground."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8470
    basemap: str | None = None
    """A PMTiles archive that is drawn below, where the browser has WebGL 2."""
    borders: bool = False
    """Whether the borders that this archive holds are drawn."""


class Site(_Table, frozen=True, kw_only=True):
    """One site."""

    site: Place
    source: tuple[Source, ...] = ()
    runway: tuple[Runway, ...] = ()
    zone: tuple[ZoneSource, ...] = ()
    authorisation: tuple[Authorisation, ...] = ()
    protected: tuple[str, ...] = ()
    """Subjects of rescue and police aircraft."""
    signs: dict[str, dict[str, Any]] = {}
    """`[signs.NAME]`: limits of a rule; checked against the rule's own limits when rules are loaded."""
    store: Store = Store()
    console: Console = Console()

    def limits(self, rule: str) -> dict[str, Any]:
        """What the site sets for a rule (`[signs.NAME]`); empty if nothing."""
        return self.signs.get(rule, {})


def read(text: str) -> Site:
    """The site that a TOML document describes. Raises SiteError with the path of the key."""
    try:
        site = msgspec.toml.decode(text, type=Site)
    except msgspec.ValidationError as bad:
        reason, _, place = str(bad).partition(" - at ")
        raise SiteError(place.strip("`") or "$", _with_key(reason)) from bad
    except msgspec.DecodeError as bad:
        raise SiteError("TOML", str(bad)) from bad
    _check(site)
    return site


def _with_key(reason: str) -> str:
    unknown = re.search(r"unknown field `([^`]*)`", reason)
    return f"unknown key {unknown[1]!r}" if unknown else reason


def _check(site: Site) -> None:
    ids = [s.id for s in site.source]
    for i, source in enumerate(site.source):
        if ids.index(source.id) != i:
            raise SiteError(f"$.source[{i}].id", f"{source.id!r} is used twice")
        _check_forward(f"$.source[{i}].forward", source)
        tls = (source.certificate, source.private_key, source.authority)
        if any(tls) and not all(tls):
            raise SiteError(f"$.source[{i}]", "certificate, private_key and authority belong together")
        if (source.lat_deg is None) != (source.lon_deg is None):
            raise SiteError(f"$.source[{i}]", "lat_deg and lon_deg belong together")
        if source.sees_all and source.range_m is None:
            raise SiteError(f"$.source[{i}].range_m", "what sees all must say how far it sees")
    for i, runway in enumerate(site.runway):
        low, high = runway.ends
        if (low.lat_deg, low.lon_deg) == (high.lat_deg, high.lon_deg):
            raise SiteError(f"$.runway[{i}].ends", "both ends are one place")
    for i, zone in enumerate(site.zone):
        if (zone.file is None) == (zone.aerodrome is None):
            raise SiteError(f"$.zone[{i}]", "one of file and aerodrome is needed")


def _check_forward(place: str, source: Source) -> None:
    if source.forward is None:
        return
    if not source.link.startswith("sapient-listen:"):
        raise SiteError(place, "only what comes by sapient-listen:// is forwarded")
    try:
        above = urlsplit(source.forward)
        sound = above.scheme == "sapient" and above.hostname and above.port
    except ValueError:
        sound = False
    if not sound:
        raise SiteError(place, f"{source.forward!r} is not sapient://host:port")
