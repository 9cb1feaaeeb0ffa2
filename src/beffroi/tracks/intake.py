"""Intake: the observations of one tick as columns, and cut into scans for the tracker.

Here places of every form (geodetic, polar, local Cartesian, bearing) become places in the site's plane with
their covariance, and heights of every datum become heights above mean sea level where what is needed for
that is known, NaN where not. A scan is what one sensor can have seen of each object at most once.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from beffroi.kernels import geodesy
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class, Observation
from beffroi.picture import SourceState
from beffroi.site import Source
from beffroi.track import CLASSES, B, F, I
from beffroi.tracks.heights import Reference, above_sea
from beffroi.tracks.scan import Scan, Sensor

CLAIM_SIGMA_M = 30.0
"""Of a declared place whose accuracy nobody states: NACp 8 is 93 m at 95 % (DO-260B table 2-71), 38 m one
sigma an axis; most aircraft declare better."""
PLOT_SIGMA_M = 50.0
"""Of a measured place whose accuracy nobody states."""
RANGE_SIGMA_M = 50.0
AZIMUTH_SIGMA_DEG = 0.15
"""Of a radar whose accuracy nobody states (the EUROCONTROL radar standard of 1997 asks 70 m and 0.08°)."""
BEARING_SIGMA_DEG = 3.0
ASSUMED_HEIGHT_M = 100.0
"""Above the sensor, of an object whose height nobody states, to turn a slant range into ground range."""
_SELDOM: dict[Class, float] = {
    "ultralight": 0.3, "glider": 0.3, "vehicle": 0.1, "drone": 0.05, "paraglider": 0.03, "parachute": 0.03,
    "balloon": 0.03, "bird": 0.001, "clutter": 0.001,
}  # fmt: skip
ADDRESSED = np.log([_SELDOM.get(c, 1.0) for c in CLASSES])
"""Who sends a 24-bit address: powered aircraft; some gliders, ultralights and vehicles; few drones."""
BEARING_SHARE = 0.3
"""What a word counts that comes with a bearing alone: several things may stand in one direction."""
CLASS_FLOOR = 0.02
"""Likelihood that a sensor's word leaves to every class that it does not name."""


High = tuple[F, F, F]
"""Height above the sea, its variance, and sigma of the elevation in degrees; (n,) each."""


class Plots(msgspec.Struct, kw_only=True):
    """The observations of one tick that have a place or a bearing, as columns; (n,) each."""

    row: I
    """Index into the observations of the tick."""
    scan: Scan


def sensor_key(o: Observation, source: Source | None) -> str:
    """A sensor: the source; and the sensor behind it, where measures of several come through one source that
    the site gives no place of its own. Who received a claim does not matter."""
    alone = not o.sensor or o.kind == "claim" or (source is not None and source.lat_deg is not None)
    return o.source if alone else f"{o.source}/{o.sensor}"


def sensor(key: str, source: Source | None, state: SourceState, plane: Plane, measured: bool) -> Sensor:
    """What the tracker must know of a sensor, from the site and from what the sensor says of itself."""
    period_s = state.period_s if np.isfinite(state.period_s) else 1.0
    return Sensor(
        id=key,
        measured=measured,
        sees_all=bool(source and source.sees_all),
        period_s=(source and source.period_s) or period_s,
        x_m=state.x_m,
        y_m=state.y_m,
        alt_m=state.alt_msl_m if np.isfinite(state.alt_msl_m) else 0.0,
        range_max_m=(source and source.range_m) or float("inf"),
        elevation_min_rad=float(np.radians(source.elevation_from_deg)) if source else 0.0,
        blind_mps=source.blind_mps if source else 0.0,
    )


def _column(observations: Sequence[Observation], name: str) -> F:
    return np.array([getattr(o, name) for o in observations], dtype=np.float64)


def _filled(column: F, value: float | None, otherwise: float) -> F:
    return np.where(np.isfinite(column), column, otherwise if value is None else value)


def plots(
    rows: Sequence[int],
    observations: Sequence[Observation],
    source: Source | None,
    state: SourceState,
    plane: Plane,
    reference: Reference,
    identities: Mapping[str, int],
    silence: F | None = None,
) -> Plots:
    """The plots of one sensor in one tick, in the order of their times.

    `rows` point at the observations that carry a place or a bearing. Those whose place cannot be computed,
    because the sensor's own place is not known, are left out. `silence` is what a plot without a word says
    (see `words`).
    """
    got = [observations[r] for r in rows]
    z, var_z = above_sea(got, reference, source.vertical_sigma_m if source else None)
    elevation_sigma = _filled(
        _column(got, "elevation_sigma_deg"), source.elevation_sigma_deg if source else None, BEARING_SIGMA_DEG
    )
    x, y, var_x, cov_xy, var_y, bearing = _places(got, source, state, plane, (z, var_z, elevation_sigma))
    speed, course = _column(got, "ground_speed_mps"), _column(got, "track_deg")
    lat, lon = plane.inverse(x, y)
    vx, vy = plane.velocity(lat, lon, speed, course)
    speed_sigma = _filled(_column(got, "speed_sigma_mps"), None, 3.0)
    said_ground = any(o.on_ground is not None for o in got)
    ground = np.array([bool(o.on_ground) for o in got]) if said_ground else None
    azimuth_sigma = _filled(
        _column(got, "azimuth_sigma_deg"), source.azimuth_sigma_deg if source else None, BEARING_SIGMA_DEG
    )
    turn = plane.convergence_deg(lat, lon)
    scan = Scan(
        time_s=_column(got, "time_s"), x_m=x, y_m=y, var_x_m2=var_x, cov_xy_m2=cov_xy, var_y_m2=var_y,
        z_m=z, var_z_m2=var_z, vx_mps=vx, vy_mps=vy, var_v_m2ps2=speed_sigma**2,
        climb_mps=_column(got, "vertical_speed_mps"),
        identity=np.array([identities.get(o.subject or "", -1) for o in got], dtype=np.int64),
        on_ground=ground, class_log=_classes(got, silence), bearing=bearing,
        azimuth_rad=np.radians(_column(got, "azimuth_deg") + turn),
        azimuth_sigma_rad=np.radians(azimuth_sigma),
        elevation_rad=np.radians(_column(got, "elevation_deg")),
        elevation_sigma_rad=np.radians(elevation_sigma),
    )  # fmt: skip
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    keep = keep[np.argsort(scan.time_s[keep], kind="stable")]
    return Plots(row=np.array(rows, dtype=np.int64)[keep], scan=part(scan, keep))


def part(scan: Scan, keep: I) -> Scan:
    """Some rows of a scan."""
    columns = {f: c[keep] for f in scan.__struct_fields__ if (c := getattr(scan, f)) is not None}
    return msgspec.structs.replace(scan, **columns)


def _places(
    got: Sequence[Observation], source: Source | None, state: SourceState, plane: Plane, high: High
) -> tuple[F, F, F, F, F, B]:
    """Places in the plane with their covariance; the last column marks bearings."""
    lat, lon = _column(got, "lat_deg"), _column(got, "lon_deg")
    x, y = plane.forward(lat, lon)
    stated = source.horizontal_sigma_m if source else None
    usual = np.array([CLAIM_SIGMA_M if o.kind == "claim" else PLOT_SIGMA_M for o in got])
    var_x = _filled(_column(got, "horizontal_sigma_m"), stated, np.nan) ** 2
    var_x = np.where(np.isfinite(var_x), var_x, usual**2)
    var_y, cov = var_x.copy(), np.zeros(len(got))
    bearing = np.zeros(len(got), dtype=np.bool_)
    missing = ~np.isfinite(x)
    if missing.any() and np.isfinite(state.x_m):
        _from_sensor(
            got, np.flatnonzero(missing), source, state, plane, high, (x, y, var_x, cov, var_y), bearing
        )
    return x, y, var_x, cov, var_y, bearing


def _from_sensor(
    got: Sequence[Observation],
    at: I,
    source: Source | None,
    state: SourceState,
    plane: Plane,
    high: High,
    out: tuple[F, F, F, F, F],
    bearing: B,
) -> None:
    """Fill in the places that are given from the sensor: polar, Cartesian, bearing; and heights that a range
    and an elevation give."""
    x, y, var_x, cov, var_y = out
    z, var_z, elevation_sigma = high
    some = [got[i] for i in at]
    range_m, azimuth = _column(some, "range_m"), _column(some, "azimuth_deg")
    elevation = _column(some, "elevation_deg")
    east, north = _column(some, "x_m"), _column(some, "y_m")
    lat0, lon0 = (float(v) for v in plane.inverse(state.x_m, state.y_m))
    alt0 = state.alt_msl_m if np.isfinite(state.alt_msl_m) else 0.0
    polar = np.isfinite(range_m) & np.isfinite(azimuth)
    _, _, seen = geodesy.polar_to_geodetic(lat0, lon0, alt0, range_m, azimuth, elevation)
    height = np.where(np.isfinite(seen), seen, alt0 + ASSUMED_HEIGHT_M)
    height = np.where(np.isfinite(z[at]), z[at], height)
    lat, lon = geodesy.polar_at_height_to_geodetic(lat0, lon0, alt0, range_m, azimuth, height)
    px, py = plane.forward(lat, lon)
    clat, clon, _ = geodesy.enu_to_geodetic(east, north, np.zeros(len(at)), lat0, lon0, alt0)
    cx, cy = plane.forward(clat, clon)
    only = ~polar & ~np.isfinite(east) & np.isfinite(azimuth)
    x[at] = np.where(polar, px, np.where(only, state.x_m, cx))
    y[at] = np.where(polar, py, np.where(only, state.y_m, cy))
    bearing[at] = only
    if polar.any():
        range_sigma_m = source.range_sigma_m if source else None
        azimuth_sigma_deg = source.azimuth_sigma_deg if source else None
        along = _filled(_column(some, "range_sigma_m"), range_sigma_m, RANGE_SIGMA_M) ** 2
        swing = _filled(_column(some, "azimuth_sigma_deg"), azimuth_sigma_deg, AZIMUTH_SIGMA_DEG)
        across = (np.radians(swing) * range_m) ** 2
        sin, cos = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
        var_x[at] = np.where(polar, along * sin**2 + across * cos**2, var_x[at])
        var_y[at] = np.where(polar, along * cos**2 + across * sin**2, var_y[at])
        cov[at] = np.where(polar, (along - across) * sin * cos, 0.0)
        new = np.isfinite(seen) & ~np.isfinite(z[at]) & np.isfinite(state.alt_msl_m)
        var_z[at] = np.where(new, (np.radians(elevation_sigma[at]) * range_m) ** 2, var_z[at])
        z[at] = np.where(new, seen, z[at])


def _classes(got: Sequence[Observation], silence: F | None) -> F | None:
    """Log likelihood of each sensor's words, or of its silence, under each class."""
    if silence is None and not any(o.classes or _addressed(o) for o in got):
        return None
    log = np.zeros((len(got), len(CLASSES))) + (0.0 if silence is None else silence)
    for i, o in enumerate(got):
        if o.classes:
            said = {c: p for c, p in o.classes.items() if c in CLASSES}
            rest = max(1.0 - sum(said.values()), 0.0) / len(CLASSES)
            log[i] = np.log([CLASS_FLOOR + said.get(c, 0.0) + rest for c in CLASSES])
            if o.range_m is None and o.lat_deg is None and o.x_m is None:
                log[i] *= BEARING_SHARE
        elif _addressed(o):
            log[i] = ADDRESSED
    return log


def _addressed(o: Observation) -> bool:
    return o.kind == "claim" and o.subject is not None and o.subject.startswith("icao24:")


def scans(all_plots: Plots, period_s: float) -> list[Plots]:
    """Cut the plots of one sensor into scans: no longer than half a period, no identity twice."""
    times, identity = all_plots.scan.time_s, all_plots.scan.identity
    if not len(times):
        return []
    cuts, begun, seen = [0], times[0], set[int]()
    for i in range(len(times)):
        who = -1 if identity is None else int(identity[i])
        if times[i] - begun > period_s / 2 or (who >= 0 and who in seen):
            cuts.append(i)
            begun, seen = times[i], set()
        if who >= 0:
            seen.add(who)
    ends = [*cuts[1:], len(times)]
    pieces = [np.arange(a, b) for a, b in zip(cuts, ends, strict=True)]
    if len(pieces) == 1:
        return [all_plots]
    return [Plots(row=all_plots.row[p], scan=part(all_plots.scan, p)) for p in pieces]
