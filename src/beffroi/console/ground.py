"""Ground: what of a site does not move: runways, the aerodromes round it, zones as rings, sources."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from beffroi.console import message
from beffroi.errors import MissingPart
from beffroi.kernels.geodesy import destination
from beffroi.site import Runway, Site, Source
from beffroi.zone import Circle, Volume, Zone
from beffroi.zones import aerodrome

NEAR_M = 100_000.0
"""Aerodromes within this distance are named."""
CORNERS = 72
"""Of a circle."""
RESTRICTION: dict[str, Literal["prohibited", "authorisation", "conditional", "information"]] = {
    "PROHIBITED": "prohibited", "REQ_AUTHORISATION": "authorisation", "CONDITIONAL": "conditional",
    "USPACE": "conditional", "NO_RESTRICTION": "information",
}  # fmt: skip

Place = tuple[float, float]
"""(longitude, latitude), to a centimetre."""


def info(site: Site, zones: Sequence[Zone], recorded_on: str | None = None) -> message.SiteInfo:
    """The site as the map needs it. Reads the tables of aerodromes: half a second."""
    place = site.site
    return message.SiteInfo(
        name=place.name, lat_deg=place.lat_deg, lon_deg=place.lon_deg, elevation_m=place.elevation_m,
        languages=place.languages, units=place.units,
        runways=[_runway(r) for r in site.runway],
        aerodromes=_aerodromes(site),
        zones=[area for zone in zones for area in areas(zone, site)],
        sources=[_source(s) for s in site.source if s.enabled],
        recorded_on=recorded_on, basemap=site.console.basemap is not None, borders=site.console.borders,
    )  # fmt: skip


def _runway(runway: Runway) -> message.Runway:
    low, high = (
        message.Threshold(
            designator=e.designator, lat_deg=e.lat_deg, lon_deg=e.lon_deg, elevation_m=e.elevation_m
        )
        for e in runway.ends
    )
    return message.Runway(aerodrome=runway.aerodrome, width_m=runway.width_m, ends=(low, high))


def _aerodromes(site: Site) -> list[message.Aerodrome]:
    own = {r.aerodrome for r in site.runway} | set(site.site.aerodromes)
    try:
        rows = aerodrome.near(site.site.lat_deg, site.site.lon_deg, NEAR_M)
    except MissingPart:
        return []
    return [
        message.Aerodrome(code=r.ident, name=r.name, lat_deg=r.lat_deg, lon_deg=r.lon_deg)
        for r in rows
        if r.ident not in own
    ]


def _source(source: Source) -> message.SourcePlace:
    return message.SourcePlace(
        id=source.id, format=source.format, lat_deg=source.lat_deg, lon_deg=source.lon_deg,
        range_m=source.range_m, simulated=source.simulated,
    )  # fmt: skip


def areas(zone: Zone, site: Site) -> Iterator[message.Zone]:
    """The areas of a zone. Volumes that lie side by side, as the slices of an approach do, are drawn as one,
    from the lowest limit of all to the highest."""
    lower = [_level(v.lower_m, v.lower_datum, site) for v in zone.volumes]
    upper = [_level(v.upper_m, v.upper_datum, site) for v in zone.volumes]
    for rings in _outlines(zone.volumes):
        yield message.Zone(
            id=zone.key, name=zone.name_in(site.site.languages[0]), restriction=RESTRICTION[zone.restriction],
            rings=rings,
            lower_m=None if None in lower else min(v for v in lower if v is not None),
            upper_m=None if None in upper else max(v for v in upper if v is not None),
            datum="ground" if any("AGL" in (v.lower_datum, v.upper_datum) for v in zone.volumes) else "msl",
        )  # fmt: skip


def _level(level_m: float | None, datum: str | None, site: Site) -> float | None:
    """A limit above the sea, or above the ground where it counts from there."""
    if level_m is None or datum != "WGS84":
        return level_m
    return None if site.site.geoid_m is None else level_m - site.site.geoid_m


def _outlines(volumes: Sequence[Volume]) -> Iterator[list[list[Place]]]:
    rings = [_rings(v) for v in volumes]
    if any(len(r) > 1 for r in rings):
        yield from rings
    else:
        yield from ([ring] for ring in joined([r[0] for r in rings]))


def _rings(volume: Volume) -> list[list[Place]]:
    shape = volume.shape
    if not isinstance(shape, Circle):
        return [[(round(p[0], 7), round(p[1], 7)) for p in ring] for ring in shape.rings]
    turn = np.linspace(0.0, 360.0, CORNERS, endpoint=False)
    lat, lon = destination(shape.lat_deg, shape.lon_deg, turn, shape.radius_m)
    ring = [(round(o, 7), round(a, 7)) for o, a in zip(lon.tolist(), lat.tolist(), strict=True)]
    return [[*ring, ring[0]]]


def joined(rings: Sequence[list[Place]]) -> list[list[Place]]:
    """The outlines of areas: an edge that two of them run along in opposite directions is inside, and goes.
    Rings that are left as they were come back as they were."""
    edges = [edge for ring in rings for edge in pairwise(ring)]
    outer = set(edges) - {(b, a) for a, b in edges}
    following = dict(outer)
    if len(outer) == len(edges) or len(following) < len(outer):
        return list(rings)
    found = []
    while following:
        start, place = following.popitem()
        ring = [start]
        while place != start:
            ring.append(place)
            place = following.pop(place)
        found.append([*ring, start])
    return found
