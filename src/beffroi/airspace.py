"""Airspace: the zones of a site, made ready once for many tracks.

Limits are brought to mean sea level. One above ground is taken above the aerodrome, as Beffroi carries no
terrain: `assumed` marks those volumes. One on the ellipsoid needs the site's geoid; without it there is no
limit.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from beffroi import site as site_tables
from beffroi.errors import SiteError
from beffroi.kernels.geodesy import Plane
from beffroi.kernels.polygon import Areas
from beffroi.site import Site
from beffroi.track import B, F, I, TrackColumns
from beffroi.zone import Authorisation, Circle, Datum, Volume, Zone, areas


class Mark(NamedTuple):
    """A place that others are told from."""

    ref: str
    """`aerodrome` or `threshold`."""
    name: str
    x_m: float
    y_m: float


class Final(NamedTuple):
    """The straight path to one end of a runway."""

    name: str
    """Aerodrome and designator: `LFPO 25`."""
    opposite: str
    """The same of the other end: who takes off from there leaves this way."""
    x_m: float
    """Of the threshold."""
    y_m: float
    out_x: float
    """Unit vector from the threshold outwards, against the direction of landing."""
    out_y: float
    alt_m: float
    """Of the threshold, above mean sea level."""
    length_m: float
    """Of the runway, which lies behind the threshold."""

    def seen_from(self, x_m: F, y_m: F) -> tuple[F, F]:
        """(distance before the threshold, distance right of the centre line seen outwards)."""
        dx, dy = x_m - self.x_m, y_m - self.y_m
        return dx * self.out_x + dy * self.out_y, dx * self.out_y - dy * self.out_x


class Airspace:
    """The zones of a site as columns; (n,) volumes each."""

    def __init__(self, zones: Sequence[Zone], plane: Plane, site: Site) -> None:
        self.zones = tuple(zones)
        self.elevation_m = site.site.elevation_m
        volumes = [(i, v) for i, z in enumerate(self.zones) for v in z.volumes]
        self.zone: I = np.array([i for i, _ in volumes], dtype=np.int64)
        self.areas: Areas = areas([v for _, v in volumes], plane)
        self.lower_m: F = np.array([_floor(v, site) for _, v in volumes])
        self.upper_m: F = np.array([_amsl(v.upper_m, v.upper_datum, site) for _, v in volumes])
        self.permits = tuple(_permit(a, i) for i, a in enumerate(site.authorisation))
        self.assumed: B = np.array(
            [
                _is_assumed(v.lower_datum, v.lower_m) or _is_assumed(v.upper_datum, v.upper_m)
                for _, v in volumes
            ],
            dtype=np.bool_,
        )

        self.marks = tuple(_marks(site, plane))
        self.finals = tuple(_finals(site, plane))
        self._runways = _runways(site, plane)

    def runway_m(self, x_m: F, y_m: F) -> F:
        """Distance to the nearest runway centreline, (n,); infinity if there is no runway."""
        return np.asarray(self._apart_m(x_m, y_m).min(0, initial=np.inf))

    def lined_up_m(self, x_m: F, y_m: F, vx_mps: F, vy_mps: F, within_deg: float) -> F:
        """Distance to the nearest centreline among those whose runway lies within `within_deg` of the
        direction of movement, either way, (n,); infinity if there is none."""
        dx, dy = (c[:, None] for c in self._runways.T[2:])
        along = np.abs(vx_mps * dx + vy_mps * dy)
        fits = along >= np.cos(np.radians(within_deg)) * np.hypot(dx, dy) * np.hypot(vx_mps, vy_mps)
        return np.asarray(np.where(fits, self._apart_m(x_m, y_m), np.inf).min(0, initial=np.inf))

    def _apart_m(self, x_m: F, y_m: F) -> F:
        """Distance of each point to each runway's centreline, (runways, n)."""
        x1, y1, dx, dy = (c[:, None] for c in self._runways.T)
        along = np.clip(((x_m - x1) * dx + (y_m - y1) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        return np.asarray(np.hypot(x_m - x1 - along * dx, y_m - y1 - along * dy))

    def ground_m(self, x_m: F, y_m: F) -> F:
        """Height of the nearest threshold, above mean sea level, (n,); of the aerodrome without a runway."""
        if not self.finals:
            return np.full(len(x_m), self.elevation_m)
        x, y, level = np.array([(f.x_m, f.y_m, f.alt_m) for f in self.finals]).T
        return np.asarray(level[np.hypot(np.subtract.outer(x_m, x), np.subtract.outer(y_m, y)).argmin(1)])

    def entries(self, tracks: TrackColumns, at: I, horizon_s: float) -> tuple[I, I, F]:
        """Who of the tracks `at` (indices) is inside a volume or will be within `horizon_s` on a straight
        path: (index into the tracks, volume, seconds until then). A track with no height is inside at any."""
        if not len(at) or not self.areas.count:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        climb = np.nan_to_num(tracks.climb_mps[at])
        point, volume, in_s = self.areas.entries(
            tracks.x_m[at], tracks.y_m[at], tracks.vx_mps[at], tracks.vy_mps[at], horizon_s,
            z_m=tracks.alt_m[at], vz_mps=climb, lower_m=self.lower_m, upper_m=self.upper_m,
        )  # fmt: skip
        return at[point], volume, in_s

    def active(self, now_s: float) -> B:
        """Which zones (not volumes) apply now."""
        return np.array([z.active(now_s) for z in self.zones], dtype=np.bool_)


def _marks(site: Site, plane: Plane) -> Iterator[Mark]:
    """The aerodrome first, then every threshold."""
    several = len({r.aerodrome for r in site.runway}) > 1
    x, y = plane.forward(site.site.lat_deg, site.site.lon_deg)
    yield Mark("aerodrome", site.site.name, float(x), float(y))
    for runway in site.runway:
        for end in runway.ends:
            x, y = plane.forward(end.lat_deg, end.lon_deg)
            name = f"{end.designator} {runway.aerodrome}" if several else end.designator
            yield Mark("threshold", name, float(x), float(y))


def _finals(site: Site, plane: Plane) -> Iterator[Final]:
    for runway in site.runway:
        x, y = plane.forward([e.lat_deg for e in runway.ends], [e.lon_deg for e in runway.ends])
        for near, far in ((0, 1), (1, 0)):
            end = runway.ends[near]
            dx, dy = float(x[near] - x[far]), float(y[near] - y[far])
            length = float(np.hypot(dx, dy))
            level = site.site.elevation_m if end.elevation_m is None else end.elevation_m
            x0, y0 = x[near] - dx / length * end.displaced_m, y[near] - dy / length * end.displaced_m
            name, opposite = (f"{runway.aerodrome} {e.designator}".strip() for e in (end, runway.ends[far]))
            yield Final(
                name, opposite, float(x0), float(y0), dx / length, dy / length, level,
                length - end.displaced_m,
            )  # fmt: skip


def _runways(site: Site, plane: Plane) -> F:
    """(n, 4): x and y of one end, and the way to the other."""
    rows = []
    for runway in site.runway:
        x, y = plane.forward([e.lat_deg for e in runway.ends], [e.lon_deg for e in runway.ends])
        rows.append((x[0], y[0], x[1] - x[0], y[1] - y[0]))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _permit(table: site_tables.Authorisation, number: int) -> Authorisation:
    times = []
    for key in ("from_time", "to_time"):
        try:
            time = datetime.fromisoformat(getattr(table, key))
        except ValueError as bad:
            raise SiteError(f"$.authorisation[{number}].{key}", str(bad)) from bad
        if time.tzinfo is None:
            raise SiteError(
                f"$.authorisation[{number}].{key}", "the time has no zone: end it with Z or +02:00"
            )
        times.append(time.timestamp())
    shape = Circle(lat_deg=table.lat_deg, lon_deg=table.lon_deg, radius_m=table.radius_m)
    volume = Volume(shape=shape, upper_m=table.up_to_m, upper_datum="AMSL")
    return Authorisation(
        id=table.id, operator=table.operator, serial=table.serial, volume=volume, start_s=times[0],
        end_s=times[1], purpose=table.purpose,
    )  # fmt: skip


def _floor(volume: Volume, site: Site) -> float:
    """A zone from the ground up has no lower limit: the ground may lie lower than the aerodrome."""
    ground = volume.lower_datum != "WGS84" and volume.lower_m is not None and volume.lower_m <= 0.0
    return np.nan if ground else _amsl(volume.lower_m, volume.lower_datum, site)


def _amsl(value_m: float | None, datum: Datum | None, site: Site) -> float:
    if value_m is None:
        return np.nan
    if datum == "AGL":
        return value_m + site.site.elevation_m
    if datum == "WGS84":
        return np.nan if site.site.geoid_m is None else value_m - site.site.geoid_m
    return value_m


def _is_assumed(datum: Datum | None, value_m: float | None) -> bool:
    return datum == "AGL" and bool(value_m)
