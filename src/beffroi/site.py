"""Site: the configuration of one place, one TOML document.

Unknown keys are refused with their path; so is anything that cannot be. Every table is a frozen struct, so
what the site says is what the program holds. `read` is the only way in.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from beffroi.errors import SiteError
from beffroi.kernels.geodesy import geodesic
from beffroi.person import Role

Language = Literal["en", "fr", "vi"]
Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
Level = Annotated[float, msgspec.Meta(ge=-500.0, le=20_000.0)]
"""Metres."""
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e9)]
NotNegative = Annotated[float, msgspec.Meta(ge=0.0, le=1e9)]
EXERCISE = "exercise:"
"""So begin the ids of the sources of an exercise. No source of a site is called so."""
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


class Responder(_Table, frozen=True, kw_only=True):
    """`[[responder]]`: who sees the picture on a map of their own, as Cursor on Target."""

    id: str
    url: str
    """`cot://host:port` calls a TAK server or client, `cots://host:port` the same with TLS;
    `cot-listen://host:port` lets clients call, on the loopback address or with TLS."""
    sends: Literal["alarmed", "all"] = "alarmed"
    """`alarmed`: tracks that an open alarm speaks of; `all`: every confirmed track as well."""
    max_rate_hz: Annotated[float, msgspec.Meta(ge=0.1, le=10.0)] = 1.0
    """So many pictures a second at most."""
    operators: bool = False
    """Whether the declared places of the operators of alarmed drones are sent: personal data."""
    purpose: str = ""
    """What they are for; needed with `operators`."""
    simulated: bool = False
    """For demonstrations on the loopback address: what stands on simulated evidence is sent too, and marked.
    Never elsewhere."""
    certificate: str | None = None
    private_key: str | None = None
    authority: str | None = None
    """Files for mutual TLS; all three or none."""

    @property
    def listens(self) -> bool:
        """Clients call us."""
        return self.url.startswith("cot-listen:")


MediaType = Literal["image/jpeg", "image/png", "video/mp4"]


class Camera(_Table, frozen=True, kw_only=True):
    """`[[camera]]`: a camera of the site, for stills and clips beside a sign."""

    id: str
    lat_deg: Latitude
    lon_deg: Longitude
    alt_msl_m: Level | None = None
    bearing_deg: Annotated[float, msgspec.Meta(ge=0.0, lt=360.0)]
    """Where the middle of its picture lies, clockwise from true north."""
    field_of_view_deg: Annotated[float, msgspec.Meta(gt=0.0, le=360.0)]
    """Horizontal, the whole angle."""
    range_m: Positive
    """How far it shows something of use."""
    snapshot: str | None = None
    """Address of a still: `http://…` or `https://…`, without name and password."""
    directory: str | None = None
    """Where a recorder writes stills and clips."""
    credentials: str | None = None
    """For `snapshot`: a file of one line, `name:password`, that only its owner can read."""
    authentication: Literal["digest", "basic"] = "digest"
    authority: str | None = None
    """For `https://`: the certificate of the authority to trust instead of those of the system."""
    media_types: Annotated[tuple[MediaType, ...], msgspec.Meta(min_length=1)] = (
        "image/jpeg",
        "image/png",
        "video/mp4",
    )
    max_bytes: Annotated[int, msgspec.Meta(ge=1, le=20_000_000)] = 20_000_000
    """A longer still or clip is refused."""
    simulated: bool = False
    """Its pictures are made for a demonstration. A property for the reader."""


class Store(_Table, frozen=True, kw_only=True):
    """`[store]`: where data lies and for how long."""

    directory: str = "beffroi-data"
    operator_hours: Positive = 24.0
    """Data of drone operators. Short on purpose: a pilot's place is personal data."""
    sensor_hours: Positive = 24.0 * 7
    traffic_hours: Positive = 24.0 * 30
    signs_days: Positive = 365.0
    cases_days: Positive = 365.0
    """After a case was closed."""
    checkpoint_s: Positive = 60.0


class Desk(_Table, frozen=True, kw_only=True):
    """`[desk]`: the local procedure."""

    wait_s: NotNegative = 600.0
    """Waiting time before a suspended runway is used again, after the last sign of its case was over. There
    is no common rule (EASA, "Drone Incident Management at Aerodromes", 2021): set what is agreed locally."""
    readback_s: Positive = 30.0
    """A text for the tower that is not read back for so long is an alarm."""
    join_m: Positive = 1000.0
    join_s: Positive = 600.0
    """A sign so near to a case, and so soon after, joins it by itself."""
    exercises: str | None = None
    """A folder of scenarios, one TOML file each, beside those that come with the program."""


class OpenId(_Table, frozen=True, kw_only=True):
    """`[people.openid]`: an issuer that vouches for people (OpenID Connect)."""

    issuer: str
    """`https://…`, as its tokens say it."""
    client_id: str
    client_secret: str | None = None
    """A file of one line that only its owner can read."""
    redirect: str
    """This console's address for answers, as the issuer knows it: `https://host/api/v1/session/openid/answer`."""
    claim: str = "groups"
    """The claim that holds what `roles` maps."""
    roles: dict[str, tuple[Role, ...]] = {}
    """Value of the claim → roles; never `approver`, which takes two people here."""
    name: str = "OpenID"
    """What the button says."""


class People(_Table, frozen=True, kw_only=True):
    """`[people]`: how people come in and stay in."""

    lock_min: Annotated[float, msgspec.Meta(gt=0.0, le=480.0)] = 15.0
    """Without a hand for so long, a session locks: acts and personal data hide, picture and alarms stay."""
    session_h: Annotated[float, msgspec.Meta(gt=0.0, le=24.0)] = 12.0
    """After that it ends."""
    link_h: Annotated[float, msgspec.Meta(gt=0.0, le=72.0)] = 24.0
    """How long a one-time link can be used."""
    approver_delay_h: Annotated[float, msgspec.Meta(ge=1.0, le=720.0)] = 24.0
    """From when two people made somebody an approver until it holds."""
    openid: OpenId | None = None


class Console(_Table, frozen=True, kw_only=True):
    """`[console]`: where the console listens, and what its map has beside its own ground."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8470
    basemap: str | None = None
    """A PMTiles archive that is drawn below, where the browser has WebGL 2."""
    borders: bool = False
    """Whether the borders that this archive holds are drawn."""
    certificate: str | None = None
    private_key: str | None = None
    """Files for TLS. Beyond loopback the console listens with it only, or behind a proxy that has it."""
    behind_proxy: bool = False
    """A proxy with TLS stands before it and says who calls (`X-Forwarded-For`)."""
    hosts: tuple[str, ...] = ()
    """Names by which it is called, beside those of loopback."""


class Site(_Table, frozen=True, kw_only=True):
    """One site."""

    site: Place
    source: tuple[Source, ...] = ()
    runway: tuple[Runway, ...] = ()
    zone: tuple[ZoneSource, ...] = ()
    authorisation: tuple[Authorisation, ...] = ()
    protected: tuple[str, ...] = ()
    """Subjects of rescue and police aircraft."""
    responder: tuple[Responder, ...] = ()
    camera: tuple[Camera, ...] = ()
    signs: dict[str, dict[str, Any]] = {}
    """`[signs.NAME]`: limits of a rule; checked against the rule's own limits when rules are loaded."""
    store: Store = Store()
    desk: Desk = Desk()
    console: Console = Console()
    people: People = People()

    def limits(self, rule: str) -> dict[str, Any]:
        """What the site sets for a rule (`[signs.NAME]`); empty if nothing."""
        return self.signs.get(rule, {})


def looking_at(cameras: Sequence[Camera], lat_deg: float, lon_deg: float) -> list[Camera]:
    """The cameras that have a place in their range and field of view, the nearest first."""
    near = []
    for i, camera in enumerate(cameras):
        away_m, bearing = (float(v) for v in geodesic(camera.lat_deg, camera.lon_deg, lat_deg, lon_deg))
        aside_deg = abs((bearing - camera.bearing_deg + 180.0) % 360.0 - 180.0)
        # At its own foot the bearing says nothing.
        if away_m <= camera.range_m and (away_m < 1.0 or aside_deg <= camera.field_of_view_deg / 2):
            near.append((away_m, i))
    return [cameras[i] for _, i in sorted(near)]


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
        if source.id.startswith(EXERCISE):
            raise SiteError(f"$.source[{i}].id", f"{EXERCISE!r} begins the sources of an exercise alone")
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
    _check_people(site.people)
    _check_once("responder", [r.id for r in site.responder])
    _check_once("camera", [c.id for c in site.camera])
    for i, responder in enumerate(site.responder):
        _check_responder(f"$.responder[{i}]", responder)
    for i, camera in enumerate(site.camera):
        _check_camera(f"$.camera[{i}]", camera)


def _check_people(people: People) -> None:
    roles = people.openid.roles if people.openid else {}
    for value, given in roles.items():
        if "approver" in given:
            raise SiteError(f"$.people.openid.roles.{value}", "approver takes two people: no claim gives it")


def _check_once(table: str, ids: list[str]) -> None:
    for i, name in enumerate(ids):
        if ids.index(name) != i:
            raise SiteError(f"$.{table}[{i}].id", f"{name!r} is used twice")
        if not name.strip():
            raise SiteError(f"$.{table}[{i}].id", "is empty")


def _check_responder(place: str, responder: Responder) -> None:
    url = _split(f"{place}.url", responder.url)
    files = (responder.certificate, responder.private_key, responder.authority)
    if url.scheme not in ("cot", "cots", "cot-listen") or url.path.strip("/") or url.query or url.username:
        raise SiteError(f"{place}.url", "must be cot://host:port, cots://host:port or cot-listen://host:port")
    if url.port is None or (not responder.listens and (not url.hostname or not url.port)):
        raise SiteError(f"{place}.url", f"{responder.url!r} lacks its host or port")
    if any(files) and not all(files):
        raise SiteError(place, "certificate, private_key and authority belong together")
    if (url.scheme == "cots") != all(files) and not responder.listens:
        raise SiteError(place, "cots:// needs certificate, private_key and authority; cot:// takes none")
    near = _is_loopback(url.hostname)
    if responder.listens and not near and not all(files):
        raise SiteError(place, "who listens beyond the loopback address needs TLS")
    if responder.simulated and not near:
        raise SiteError(f"{place}.simulated", "only on the loopback address")
    if responder.operators and not responder.purpose.strip():
        raise SiteError(f"{place}.purpose", "places of operators are personal data: say what they are for")
    if responder.operators and not near and not all(files):
        raise SiteError(f"{place}.operators", "places of operators are sent with TLS only")


def _check_camera(place: str, camera: Camera) -> None:
    if camera.snapshot is None and camera.directory is None:
        raise SiteError(place, "one of snapshot and directory is needed")
    if camera.snapshot is None:
        if camera.credentials or camera.authority:
            raise SiteError(place, "credentials and authority are for a snapshot")
        return
    url = _split(f"{place}.snapshot", camera.snapshot)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SiteError(f"{place}.snapshot", "must be http://host… or https://host…")
    if url.username is not None or url.password is not None:
        raise SiteError(f"{place}.snapshot", "name and password go into the file of credentials")
    if camera.authority and url.scheme != "https":
        raise SiteError(f"{place}.authority", "is for https://")
    clear = camera.credentials and camera.authentication == "basic" and url.scheme == "http"
    if clear and not _is_loopback(url.hostname):
        raise SiteError(f"{place}.authentication", "basic sends the password in clear: needs https://")


def _split(place: str, url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        _ = split.port, split.hostname
    except ValueError as bad:
        raise SiteError(place, str(bad)) from bad
    return split


def _is_loopback(host: str | None) -> bool:
    """Whether a host is this machine only. None: as we listen where no host is given."""
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
