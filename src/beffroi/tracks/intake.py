"""Intake: the observations of one tick as columns, and cut into scans for the tracker.

Here places of every form (geodetic, polar, local Cartesian, bearing) become places in the site's plane with
their covariance, and heights of every datum become heights above mean sea level where what is needed for
that is known, NaN where not. A scan is what one sensor can have seen of each object at most once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np

from beffroi.kernels import geodesy
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class, Observation
from beffroi.picture import SourceState
from beffroi.site import Source
from beffroi.track import CLASSES, B, F, I
from beffroi.tracks.heights import STANDING_SIGMA_M, Reference, above_sea, column, on_aerodrome
from beffroi.tracks.scan import Scan, Sensor, part

CLAIM_SIGMA_M = 30.0
"""Of a declared place whose accuracy nobody states: NACp 8 is 93 m at 95 % (DO-260B table 2-71), 38 m one
sigma an axis; most aircraft declare better."""
PLOT_SIGMA_M = 50.0
"""Of a measured place whose accuracy nobody states."""
RANGE_SIGMA_M = 50.0
AZIMUTH_SIGMA_DEG = 0.15
"""Of a radar whose accuracy nobody states (the EUROCONTROL radar standard of 1997 asks 70 m and 0.08°)."""
BEARING_SIGMA_DEG = 3.0
SPEED_SIGMA_MPS = 3.0
"""Of a velocity whose accuracy nobody states."""
SCAN_SHARE = 0.8
"""Part of a period in which a sensor sees no object twice, though it moves against the beam."""
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
STAMP_SIGMA_S: Mapping[str, float] = {"opensky": 0.7}
"""Of claims whose time is known less well than that of a frame off the air: state vectors are rounded."""
CLASS_FLOOR = 0.02
"""Likelihood that a sensor's word leaves to every class that it does not name."""


High = tuple[F, F]
"""Height above the sea and its variance, (n,) each; NaN where not known."""


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
        stamp_sigma_s=None if measured or source is None else _stamp_sigma_s(source),
    )


def _stamp_sigma_s(source: Source) -> float | None:
    return STAMP_SIGMA_S.get(source.format) if source.stamp_sigma_s is None else source.stamp_sigma_s


class Said:
    """What some observations say, field by field."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._observations = observations
        self._columns: dict[str, F | None] = {}

    def __len__(self) -> int:
        return len(self._observations)

    def part(self, at: I) -> "Said":
        """What some of them say."""
        return Said([self._observations[i] for i in at.tolist()])

    def get(self, name: str) -> F | None:
        """A field as a column, NaN where it is not given; None if none gives it, as is usual."""
        if name not in self._columns:
            self._columns[name] = column(self._observations, name)
        return self._columns[name]

    def column(self, name: str) -> F:
        """A field as a column, NaN where it is not given."""
        found = self.get(name)
        return np.full(len(self), np.nan) if found is None else found

    def sigma(self, name: str, stated: float | None, usual: float) -> F:
        """An accuracy: as observed, else as the site states it, else the usual one."""
        found, otherwise = self.get(name), usual if stated is None else stated
        return (
            np.full(len(self), otherwise) if found is None else np.where(np.isfinite(found), found, otherwise)
        )


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

    `rows` (one at least) point at the observations that carry a place or a bearing. Those whose place cannot
    be computed, because the sensor's own place is not known, are left out. `silence` is what a plot without a
    word says (see `words`).
    """
    got = [observations[r] for r in rows]
    said = Said(got)
    high = above_sea(got, reference, source.vertical_sigma_m if source else None)
    x, y, var_x, cov_xy, var_y, bearing = _places(said, got[0].kind, source, state, plane, high)
    ground = _ground(got)
    if ground is not None:
        stands = np.where(ground & ~np.isfinite(high[0]), on_aerodrome(x, y, reference), np.nan)
        lifted = np.isfinite(stands)
        high = np.where(lifted, stands, high[0]), np.where(lifted, STANDING_SIGMA_M**2, high[1])
    vx, vy, var_v = _velocity(said, plane, x, y)
    known = np.isfinite(high[0]).any()
    scan = Scan(
        time_s=said.column("time_s"), x_m=x, y_m=y, var_x_m2=var_x, cov_xy_m2=cov_xy, var_y_m2=var_y,
        z_m=high[0] if known else None, var_z_m2=high[1] if known else None,
        vx_mps=vx, vy_mps=vy, var_v_m2ps2=var_v,
        identity=_identity(got, identities),
        on_ground=ground, class_log=_classes(got, silence),
    )  # fmt: skip
    if bearing.any():
        _aim(scan, said, bearing, source, plane)
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    keep = keep[np.argsort(scan.time_s[keep], kind="stable")]
    return Plots(row=np.array(rows, dtype=np.int64)[keep], scan=part(scan, keep))


def _velocity(said: Said, plane: Plane, x: F, y: F) -> tuple[F | None, F | None, F | None]:
    """Velocity in the plane and its variance; None where nobody gives one."""
    speed, course = said.get("ground_speed_mps"), said.get("track_deg")
    if speed is None or course is None:
        return None, None, None
    lat, lon = said.get("lat_deg"), said.get("lon_deg")
    if lat is None or lon is None:
        lat, lon = plane.inverse(x, y)
    return *plane.velocity(lat, lon, speed, course), said.sigma("speed_sigma_mps", None, SPEED_SIGMA_MPS) ** 2


def _identity(got: Sequence[Observation], identities: Mapping[str, int]) -> I | None:
    known = [identities.get(o.subject, -1) if o.subject else -1 for o in got]
    return None if known.count(-1) == len(known) else np.array(known, dtype=np.int64)


def _ground(got: Sequence[Observation]) -> B | None:
    said = [o.on_ground for o in got]
    return None if said.count(None) == len(said) else np.array(said, dtype=object) == True  # noqa: E712


def _aim(scan: Scan, said: Said, bearing: B, source: Source | None, plane: Plane) -> None:
    """Add where the bearings among the plots point."""
    turn = plane.convergence_deg(*plane.inverse(scan.x_m, scan.y_m))
    stated = (source.azimuth_sigma_deg, source.elevation_sigma_deg) if source else (None, None)
    scan.bearing = bearing
    scan.azimuth_rad = np.radians(said.column("azimuth_deg") + turn)
    scan.azimuth_sigma_rad = np.radians(said.sigma("azimuth_sigma_deg", stated[0], BEARING_SIGMA_DEG))
    scan.elevation_rad = np.radians(said.column("elevation_deg"))
    scan.elevation_sigma_rad = np.radians(said.sigma("elevation_sigma_deg", stated[1], BEARING_SIGMA_DEG))


def _places(
    said: Said, kind: str, source: Source | None, state: SourceState, plane: Plane, high: High
) -> tuple[F, F, F, F, F, B]:
    """Places in the plane with their covariance; the last column marks bearings."""
    lat, lon = said.get("lat_deg"), said.get("lon_deg")
    nowhere = np.full(len(said), np.nan)
    x, y = (nowhere, nowhere.copy()) if lat is None or lon is None else plane.forward(lat, lon)
    usual = CLAIM_SIGMA_M if kind == "claim" else PLOT_SIGMA_M
    var_x = said.sigma("horizontal_sigma_m", source.horizontal_sigma_m if source else None, usual) ** 2
    var_y, cov, bearing = var_x.copy(), np.zeros(len(said)), np.zeros(len(said), dtype=np.bool_)
    missing = ~np.isfinite(x)
    if missing.any() and np.isfinite(state.x_m):
        places = (x, y, var_x, cov, var_y)
        at = np.flatnonzero(missing)
        _from_sensor(said.part(at), at, source, state, plane, high, places, bearing)
    return x, y, var_x, cov, var_y, bearing


def _from_sensor(
    said: Said,
    at: I,
    source: Source | None,
    state: SourceState,
    plane: Plane,
    high: High,
    out: tuple[F, F, F, F, F],
    bearing: B,
) -> None:
    """Fill in the places that are given from the sensor: polar, Cartesian, bearing; and heights that a range
    and an elevation give. `said` is of the rows `at`."""
    x, y, *_ = out
    range_m, azimuth, east = said.column("range_m"), said.column("azimuth_deg"), said.column("x_m")
    lat0, lon0 = _degrees(plane, state.x_m, state.y_m)
    alt0 = state.alt_msl_m if np.isfinite(state.alt_msl_m) else 0.0
    polar = np.isfinite(range_m) & np.isfinite(azimuth)
    only = ~polar & ~np.isfinite(east) & np.isfinite(azimuth)
    bearing[at] = only
    if not polar.all():
        clat, clon, _ = geodesy.enu_to_geodetic(east, said.column("y_m"), np.zeros(len(at)), lat0, lon0, alt0)
        cx, cy = plane.forward(clat, clon)
        x[at], y[at] = np.where(only, state.x_m, cx), np.where(only, state.y_m, cy)
    if polar.any():
        _polar(said, at, (lat0, lon0, alt0), source, state, plane, high, out, polar)


def _polar(
    said: Said,
    at: I,
    stands: tuple[float, float, float],
    source: Source | None,
    state: SourceState,
    plane: Plane,
    high: High,
    out: tuple[F, F, F, F, F],
    polar: B,
) -> None:
    """Those of the rows `at` that are `polar`, seen from where the sensor stands (degrees, metres)."""
    x, y, var_x, cov, var_y = out
    z, var_z = high
    range_m, azimuth, elevation = (said.column(name) for name in ("range_m", "azimuth_deg", "elevation_deg"))
    height, seen = z[at], np.full(len(at), np.nan)
    if not np.isnan(elevation).all():
        _, _, seen = geodesy.polar_to_geodetic(*stands, range_m, azimuth, elevation)
    height = np.where(
        np.isfinite(height), height, np.where(np.isfinite(seen), seen, stands[2] + ASSUMED_HEIGHT_M)
    )
    px, py = plane.forward(*geodesy.polar_at_height_to_geodetic(*stands, range_m, azimuth, height))
    x[at], y[at] = np.where(polar, px, x[at]), np.where(polar, py, y[at])
    stated = (
        (source.range_sigma_m, source.azimuth_sigma_deg, source.elevation_sigma_deg)
        if source
        else (None,) * 3
    )
    along = said.sigma("range_sigma_m", stated[0], RANGE_SIGMA_M) ** 2
    swing = np.radians(said.sigma("azimuth_sigma_deg", stated[1], AZIMUTH_SIGMA_DEG))
    across = (swing * range_m) ** 2
    sin, cos = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    var_x[at] = np.where(polar, along * sin**2 + across * cos**2, var_x[at])
    var_y[at] = np.where(polar, along * cos**2 + across * sin**2, var_y[at])
    cov[at] = np.where(polar, (along - across) * sin * cos, 0.0)
    new = np.isfinite(seen) & ~np.isfinite(z[at])
    if new.any() and np.isfinite(state.alt_msl_m):
        slope = np.radians(said.sigma("elevation_sigma_deg", stated[2], BEARING_SIGMA_DEG))
        var_z[at] = np.where(new, (slope * range_m) ** 2, var_z[at])
        z[at] = np.where(new, seen, z[at])


@lru_cache(maxsize=1024)
def _degrees(plane: Plane, x_m: float, y_m: float) -> tuple[float, float]:
    """Where a sensor stands."""
    lat, lon = plane.inverse(x_m, y_m)
    return float(lat), float(lon)


def _classes(got: Sequence[Observation], silence: F | None) -> F | None:
    """Log likelihood of each sensor's words, or of its silence, under each class."""
    words = defaultdict[tuple[float, tuple[tuple[Class, float], ...]], list[int]](list)
    for i, o in enumerate(got):
        if o.classes:
            alone = o.lat_deg is None and o.range_m is None and o.x_m is None
            words[BEARING_SHARE if alone else 1.0, tuple(o.classes.items())].append(i)
    claims = got[0].kind == "claim"
    named = [i for i, o in enumerate(got) if claims and o.subject and o.subject.startswith("icao24:")]
    if silence is None and not words and not named:
        return None
    log = np.zeros((len(got), len(CLASSES))) + (0.0 if silence is None else silence)
    log[named] = ADDRESSED
    for (share, said), rows in words.items():
        log[rows] = share * _words(said)
    return log


@lru_cache(maxsize=1024)
def _words(classes: tuple[tuple[Class, float], ...]) -> F:
    """Log likelihood under each class of what a sensor takes a thing for."""
    said = {c: p for c, p in classes if c in CLASSES}
    rest = max(1.0 - sum(said.values()), 0.0) / len(CLASSES)
    return np.log([CLASS_FLOOR + said.get(c, 0.0) + rest for c in CLASSES])


def scans(all_plots: Plots, period_s: float) -> list[Plots]:
    """Cut the plots of one sensor into scans: no longer than `SCAN_SHARE` of a period, no identity twice.

    What says who it is and comes more often goes into further scans of the same time, in its order.
    """
    times, identity = all_plots.scan.time_s, all_plots.scan.identity
    if not len(times):
        return []
    cuts = [0]
    while times[-1] - times[cuts[-1]] > SCAN_SHARE * period_s:
        cuts.append(int(np.searchsorted(times - times[cuts[-1]], SCAN_SHARE * period_s, side="right")))
    pieces = []
    for first, last in pairwise([*cuts, len(times)]):
        turn = np.zeros(last - first, np.int64) if identity is None else _turns(identity[first:last])
        pieces += [first + np.flatnonzero(turn == k) for k in range(int(turn.max()) + 1)]
    if len(pieces) == 1:
        return [all_plots]
    return [Plots(row=all_plots.row[p], scan=part(all_plots.scan, p)) for p in pieces]


def _turns(identity: I) -> I:
    """How often each row's identity came before it; 0 for those without."""
    order = np.argsort(identity, kind="stable")
    ranked = identity[order]
    new = np.append(True, ranked[1:] != ranked[:-1])
    begun = np.flatnonzero(new)
    turn = np.empty(len(identity), np.int64)
    turn[order] = np.arange(len(identity)) - begun[np.cumsum(new) - 1]
    return np.where(identity < 0, 0, turn)
