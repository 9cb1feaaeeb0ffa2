"""Zone: a volume of air with a rule on who may fly there and when; Authorisation: who is permitted.

The fields are those that ED-269 and ED-318 share. Heights keep their datum; None = no limit.
What a document says beyond that stays in `extra`, so that a zone can be written back without loss.
"""

from typing import Any, Literal

import msgspec
import numpy as np

from beffroi.kernels import sun
from beffroi.kernels.geodesy import Floats, Plane
from beffroi.kernels.polygon import Areas, Outline, circle, densified, polygon

Datum = Literal["AGL", "AMSL", "WGS84"]
"""Above ground level, above mean sea level, above the WGS84 ellipsoid."""
Restriction = Literal["PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION", "USPACE"]
Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
DAYS: tuple[Day, ...] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
Event = sun.Event

DAY_S = 86400.0
EDGE_STEP_DEG = 0.02
"""Edges are straight in longitude and latitude (RFC 7946, 3.1.1); cut this short, they are so in the plane
within 0.1 m up to 60° of latitude."""


class Text(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A text and its language."""

    text: str
    lang: str | None = None
    """BCP 47 tag, such as `fr-FR`."""
    extra: dict[str, Any] = {}


class Circle(msgspec.Struct, frozen=True, tag="Circle", kw_only=True):
    """All places within a distance of a centre."""

    lat_deg: float
    lon_deg: float
    radius_m: float


class Polygon(msgspec.Struct, frozen=True, tag="Polygon", kw_only=True):
    """An outer ring and its holes."""

    rings: tuple[tuple[tuple[float, ...], ...], ...]
    """Positions as GeoJSON has them: longitude, latitude (and, if the document gives more, that too);
    each ring ends where it began."""


class Volume(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A piece of air: an area and its limits."""

    shape: Circle | Polygon
    lower_m: float | None = None
    """None = from the ground (or the lowest place) up."""
    lower_datum: Datum | None = None
    upper_m: float | None = None
    """None = no ceiling."""
    upper_datum: Datum | None = None
    uom: Literal["m", "ft"] = "m"
    """Unit in which the document writes the limits."""
    extra: dict[str, Any] = {}


class Daily(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A part of the day, on some days of the week. An end before the start is on the next day."""

    days: tuple[Day, ...] = ()
    """Empty = any day."""
    start_s: float | None = None
    """Seconds after midnight. None (and no event) = midnight."""
    start_event: Event | None = None
    end_s: float | None = None
    """None (and no event) = the next midnight."""
    end_event: Event | None = None
    offset_s: float = 0.0
    """Of the clock of these times and days, east of UTC."""
    extra: dict[str, Any] = {}

    def covers(self, now_s: float, lat_deg: float, lon_deg: float) -> bool:
        """Whether `now_s` (Unix) lies inside, at this place. Where a time and an event stand for the same
        end, the wider holds."""
        today_s = (now_s + self.offset_s) // DAY_S * DAY_S
        return any(self._covers(now_s, today_s + d * DAY_S, lat_deg, lon_deg) for d in (-1, 0, 1))

    def _covers(self, now_s: float, day_s: float, lat_deg: float, lon_deg: float) -> bool:
        if self.days and DAYS[int(day_s // DAY_S + 3) % 7] not in self.days:  # 1970-01-01 was a Thursday
            return False
        midnight_s, date = day_s - self.offset_s, day_s / DAY_S
        starts = [] if self.start_s is None else [midnight_s + self.start_s]
        ends = [] if self.end_s is None else [midnight_s + self.end_s]
        if self.start_event:
            starts.append(sun.event_s(lat_deg, lon_deg, date, self.start_event))
        if self.end_event:
            ends.append(sun.event_s(lat_deg, lon_deg, date, self.end_event))
        start_s, end_s = min(starts, default=midnight_s), max(ends, default=midnight_s + DAY_S)
        daylight = self.start_event in ("BMCT", "SR") and self.end_event in ("SS", "EECT")
        if end_s < start_s or (end_s == start_s and not daylight):  # where the sun never rises it stays empty
            end_s += DAY_S
        return start_s <= now_s < end_s


class Period(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """When a zone applies. Empty = always."""

    start_s: float | None = None
    """Unix seconds; None = since ever."""
    end_s: float | None = None
    """None = for ever."""
    daily: tuple[Daily, ...] = ()
    """Parts of the day; empty = the whole day."""
    extra: dict[str, Any] = {}

    def covers(self, now_s: float, lat_deg: float, lon_deg: float) -> bool:
        """Whether `now_s` (Unix) lies inside, at this place."""
        if self.start_s is not None and now_s < self.start_s:
            return False
        if self.end_s is not None and now_s >= self.end_s:
            return False
        return not self.daily or any(d.covers(now_s, lat_deg, lon_deg) for d in self.daily)


class Authority(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whom to ask or to tell."""

    name: tuple[Text, ...] = ()
    service: tuple[Text, ...] = ()
    contact_name: tuple[Text, ...] = ()
    site_url: str | None = None
    email: str | None = None
    phone: str | None = None
    purpose: Literal["AUTHORIZATION", "NOTIFICATION", "INFORMATION"] | None = None
    interval_before: str | None = None
    """How long before the flight, ISO 8601 duration."""
    extra: dict[str, Any] = {}


class Zone(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A zone for unmanned aircraft."""

    identifier: str
    """Unique in its country."""
    country: str
    """ISO 3166-1, three letters."""
    restriction: Restriction
    volumes: tuple[Volume, ...]
    name: tuple[Text, ...] = ()
    variant: str = "COMMON"
    """COMMON, or CUSTOMIZED for one operator."""
    reasons: tuple[str, ...] = ()
    """AIR_TRAFFIC, SENSITIVE, PRIVACY, POPULATION, NATURE, NOISE, EMERGENCY, OTHER; ED-269 also
    FOREIGN_TERRITORY, ED-318 also DAR (dynamic airspace reconfiguration)."""
    other_reason: tuple[Text, ...] = ()
    message: tuple[Text, ...] = ()
    conditions: tuple[str, ...] = ()
    """Expressions of the conditions (`restrictionConditions`)."""
    region: int | None = None
    regulation_exemption: bool | None = None
    authorities: tuple[Authority, ...] = ()
    periods: tuple[Period, ...] = ()
    """Empty = always."""
    extra: dict[str, Any] = {}
    document: dict[str, Any] = {}
    """What the document says of all its zones together: title, provider, validity."""

    @property
    def key(self) -> str:
        """`country:identifier`, as evidence names it."""
        return f"{self.country}:{self.identifier}"

    def active(self, now_s: float) -> bool:
        """Whether the zone applies at `now_s` (Unix seconds)."""
        if not self.periods:
            return True
        lat, lon = _place(self.volumes[0]) if self.volumes else (0.0, 0.0)
        return any(p.covers(now_s, lat, lon) for p in self.periods)

    def name_in(self, language: str) -> str:
        """The name in a language (`fr`), else in English, else as it is, else the identifier."""
        for wanted in (language, "en", ""):
            for name in self.name:
                if (name.lang or "").lower().startswith(wanted):
                    return name.text
        return self.identifier


class Authorisation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A flight that is permitted: whose, which machine, where, when, what for."""

    id: str
    operator: str
    """Registration of the operator."""
    serial: str
    """Serial number of the machine (ANSI/CTA-2063-A)."""
    volume: Volume
    start_s: float
    end_s: float
    purpose: str = ""
    """`calibration`, `police`, `inspection`…"""

    def at(self, now_s: float) -> bool:
        """Whether it holds at `now_s` (Unix seconds)."""
        return self.start_s <= now_s < self.end_s


def areas(volumes: list[Volume], plane: Plane) -> Areas:
    """The outlines of volumes in a site's plane, ready for many positions; same order as `volumes`."""
    return Areas([_outline(v.shape, plane) for v in volumes])


def _outline(shape: Circle | Polygon, plane: Plane) -> Outline:
    if isinstance(shape, Circle):
        x, y = (float(v) for v in plane.forward(shape.lat_deg, shape.lon_deg))
        return circle(x, y, shape.radius_m * plane.scale(x, y))
    return polygon(*(_ring(ring, plane) for ring in shape.rings))


def _ring(ring: tuple[tuple[float, ...], ...], plane: Plane) -> tuple[Floats, Floats]:
    lon, lat = np.array([p[:2] for p in ring], dtype=np.float64).T
    lon, lat = densified(lon, lat, EDGE_STEP_DEG)
    return plane.forward(lat, lon)


def _place(volume: Volume) -> tuple[float, float]:
    """A latitude and longitude of the volume, near enough for the sun."""
    if isinstance(volume.shape, Circle):
        return volume.shape.lat_deg, volume.shape.lon_deg
    lon, lat = volume.shape.rings[0][0][:2]
    return lat, lon
