"""Track: an object that the watch follows. Columns inside the machine; a record when someone asks.

`TrackColumns` is what rules screen on: every field is an array with one element a live track, all in the
same order. Places and speeds are in the site's local plane (east, north); `plane` of the Picture turns them
into degrees. NaN stands for absent in float columns, 0 or -1 in integer ones, as each field says.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from beffroi.observation import Class

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]

CLASSES: tuple[Class, ...] = ("aircraft", "light", "glider", "helicopter", "ultralight", "paraglider",
                              "parachute", "drone", "balloon", "bird", "vehicle", "clutter")  # fmt: skip
"""Order of the columns of `class_p`."""


class TrackColumns(msgspec.Struct, kw_only=True):
    """All live tracks at one moment, predicted to it; (n,) each unless said."""

    id: I
    x_m: F
    y_m: F
    vx_mps: F
    vy_mps: F
    var_x_m2: F
    cov_xy_m2: F
    var_y_m2: F
    var_v_m2ps2: F
    """Mean variance of the two velocity elements."""
    alt_m: F
    """Above mean sea level as best known (see `alt_sigma_m`); NaN if no source gave a height."""
    climb_mps: F
    """NaN if there is no height."""
    alt_sigma_m: F
    existence: F
    """Probability that there is such an object."""
    confirmed: B
    coasting: B
    """Not seen when it should have been; predicted."""
    first_s: F
    measured_s: F
    """When a sensor that stands apart last saw it; NaN = never."""
    claimed_s: F
    """When it last said where it is; NaN = never."""
    sensors: I
    """How many different sensors measured it in the last 10 s."""
    identity: I
    """Index into Picture.identities; -1 = none."""
    on_ground: B
    """It says that it is on the ground, and nothing measured speaks against that."""
    class_p: F
    """(n, len(CLASSES)): probability of each class."""

    def __len__(self) -> int:
        return len(self.id)

    @property
    def speed_mps(self) -> F:
        """Over ground."""
        return np.hypot(self.vx_mps, self.vy_mps)

    @property
    def track_deg(self) -> F:
        """Direction of movement, clockwise from north."""
        return np.degrees(np.arctan2(self.vx_mps, self.vy_mps)) % 360.0

    @property
    def kind(self) -> list[Class]:
        """The likeliest class of each; `unknown` where none reaches 0.5."""
        best = self.class_p.argmax(1) if len(self) else np.zeros(0, int)
        sure = self.class_p.max(1) >= 0.5 if len(self) else np.zeros(0, bool)
        return [CLASSES[b] if s else "unknown" for b, s in zip(best, sure, strict=True)]

    def one_kind(self, i: int) -> Class:
        """The likeliest class of one track."""
        best = int(self.class_p[i].argmax())
        return CLASSES[best] if self.class_p[i, best] >= 0.5 else "unknown"

    def class_sum(self, names: tuple[str, ...]) -> F:
        """Probability that each track is of one of `names`."""
        picked = [i for i, name in enumerate(CLASSES) if name in names]
        total: F = self.class_p[:, picked].sum(1)
        return total


class Track(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One track as a record: a line of `tracks.jsonl`."""

    time_s: float
    track: int
    lat_deg: float
    lon_deg: float
    alt_msl_m: float | None = None
    ground_speed_mps: float
    track_deg: float
    climb_mps: float | None = None
    sigma_m: float
    """Root of the mean of the two position variances."""
    existence: float
    kind: Class
    measured: bool
    """A sensor that stands apart has seen it."""
    coasting: bool = False
    on_ground: bool = False
    subject: str | None = None
    """What it says it is. A claim."""
    callsign: str | None = None
    squawk: str | None = None
    sources: tuple[str, ...] = ()
    classes: Mapping[Class, float] | None = None
