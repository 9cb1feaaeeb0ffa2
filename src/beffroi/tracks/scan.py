"""What the tracker is told: a scan of plots, the sensor that made it, and the tracker's settings."""

from typing import Any

import msgspec
import numpy as np

from beffroi.track import B, F, I

INFINITY = float("inf")
CLAIM_STAMP_S = 0.3
"""One sigma: ADS-B may be late by 0.6 s that nothing corrects (EUROCAE ED-102A, 95 %)."""


class Sensor(msgspec.Struct, frozen=True, kw_only=True):
    """A source of plots, as the site describes it."""

    id: str
    measured: bool = True
    """True if it measures from apart (radar, camera, RF); False if it hears what objects say."""
    sees_all: bool = False
    """True if it sees what flies in its volume, so that a miss says something."""
    period_s: float = 1.0
    """Time between two looks at the same object."""
    stamp_sigma_s: float | None = None
    """How well it knows when a plot was true. Absent: exactly if it measures, `CLAIM_STAMP_S` if not."""
    x_m: float = float("nan")
    """East of the plane's origin; NaN = no place."""
    y_m: float = float("nan")
    alt_m: float = 0.0
    range_min_m: float = 0.0
    range_max_m: float = INFINITY
    elevation_min_rad: float = -INFINITY
    elevation_max_rad: float = INFINITY
    blind_mps: float = 0.0
    """Radial speed under which a Doppler sensor sees nothing."""
    learns: bool = True
    """Clutter and detection probability are estimated; otherwise the two values below hold."""
    clutter_per_m2: float = 1e-9
    detection_p: float = 0.9


class Scan(msgspec.Struct, kw_only=True):
    """A group of plots of one sensor with at most one plot of each object; (n,) each.

    Absent columns are None, absent values in float columns NaN. A row whose `bearing` is true has no range:
    its x and y are the sensor's own place.
    """

    time_s: F
    x_m: F
    y_m: F
    var_x_m2: F
    cov_xy_m2: F
    var_y_m2: F
    z_m: F | None = None
    var_z_m2: F | None = None
    vx_mps: F | None = None
    vy_mps: F | None = None
    var_v_m2ps2: F | None = None
    """Variance of each of the two velocity elements."""
    climb_mps: F | None = None
    identity: I | None = None
    """Interned key of what the object says it is, -1 = none."""
    on_ground: B | None = None
    class_log: F | None = None
    """(n, len(CLASSES)): log likelihood of the sensor's own words under each class."""
    bearing: B | None = None
    azimuth_rad: F | None = None
    """Clockwise from north."""
    azimuth_sigma_rad: F | None = None
    elevation_rad: F | None = None
    elevation_sigma_rad: F | None = None

    def __len__(self) -> int:
        return len(self.time_s)


def part(scan: Scan, rows: I) -> Scan:
    """Some rows of a scan."""
    columns = {name: getattr(scan, name) for name in Scan.__struct_fields__}
    picked: dict[str, Any] = {name: None if c is None else c[rows] for name, c in columns.items()}
    return Scan(**picked)


def positions(time_s: F, x_m: F, y_m: F, sigma_m: float) -> Scan:
    """A scan of plain positions with one accuracy."""
    var = np.full(len(time_s), sigma_m**2)
    time_s, x_m, y_m = (np.asarray(column, np.float64) for column in (time_s, x_m, y_m))
    return Scan(time_s=time_s, x_m=x_m, y_m=y_m, var_x_m2=var, cov_xy_m2=np.zeros(len(var)), var_y_m2=var)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One set for every site and target."""

    noise: tuple[float, ...] = (0.003, 0.05, 20.0)
    """Modes steady, turning, agile: power of the white acceleration, m2/s3."""
    turn_noise: tuple[float, ...] = (0.0, 1e-5, 0.0)
    """rad2/s3."""
    fade_hz: tuple[float, ...] = (0.0, 0.0, 0.1)
    """The agile mode may come to a stop."""
    stay_s: tuple[float, ...] = (100.0, 50.0, 10.0)
    share: tuple[float, ...] = (0.7, 0.2, 0.1)
    speed_sigma_mps: tuple[float, ...] = (25.0, 25.0, 150.0)
    """Of a new track whose speed is not known."""
    turn_sigma: float = 0.1
    """Turn rate of a turn that begins, rad/s."""
    settle_p: float = 0.95
    """A confirmed track this surely in the steady mode is filtered in that mode alone..."""
    strain_limit: float = 20.0
    """...until its squared innovations, faded, come to this (their mean is 10)."""
    climb_noise: float = 1.0
    climb_sigma_mps: float = 5.0

    jolt_mps2: float = 10.0
    """Acceleration, one sigma, of a track that starts to manoeuvre between two plots..."""
    jolt_p: float = 0.01
    """...and how likely that is."""

    gate_sigmas: float = 4.0
    birth_p: float = 0.1
    """That a plot which no track explains is an object and not clutter."""
    survive_s: float = 2000.0
    """Mean life of an object in view."""
    confirm_p: float = 0.99
    drop_p: float = 0.02
    existence_max: float = 0.9999
    """No track is surer than this."""
    silence_s: float = 60.0
    """A track that nothing has spoken for is dropped after this."""
    hover_s: float = 300.0
    """One that hovers unseen, for all we know, after this."""
    doubt_s: float = 12.0
    """One that is not confirmed, after this."""
    held_s: float = 12.0
    """A track that a measuring sensor saw this recently is moved by no claim."""
    late_s: float = 2.0
    """A plot may be this much older than the track that takes it."""
