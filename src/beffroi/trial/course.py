"""Course: where the targets of a trial were at each step, and what else flew.

What else flew is known from what it says of itself: a track or plot near an aircraft that declares itself,
and is no target, is not held against a sensor.
"""

from collections.abc import Iterable

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.kernels.score import in_gap, nearest, passes, resample
from beffroi.track import B, F, I
from beffroi.trial.runs import STEP_S, Reports, Tracks
from beffroi.trial.truth import Target

GAP_S = 10.0
"""Between two fixes of a logger further apart than this, truth is not known."""
PASS_GAP_S = 60.0
"""If it is not known for longer, what follows is another pass."""
OTHERS_M = 500.0
"""What is this near to an aircraft that declares itself is taken for it."""


class Course(msgspec.Struct, kw_only=True):
    """Truth of all targets on the steps of the trial."""

    plane: Plane
    targets: list[Target]
    at_s: F
    """(steps,)"""
    fixes: list[F]
    """Of each target: x, y, z in the plane at its fixes, (3, n); z above mean sea level, NaN = not known."""
    x_m: F
    """(targets, steps), NaN = not there or not known."""
    y_m: F
    z_m: F
    others: list[tuple[F, F]]
    """What else flew: times (n,) and places (2, n) of each."""

    @property
    def known(self) -> B:
        """(targets, steps)"""
        return np.isfinite(self.x_m)

    def judged(self, at_s: F) -> B:
        """Which times (n,) are in the trial, with no target in a gap of its logger."""
        inside = (at_s >= self.at_s[0] - STEP_S) & (at_s <= self.at_s[-1] + STEP_S)
        gaps = [in_gap(t.time_s, at_s, GAP_S) for t in self.targets]
        return np.asarray(inside & ~np.any(gaps, axis=0))

    def truth(self, at_s: F) -> F:
        """(3, targets, n): x, y, z of each target at other times."""
        each = [
            resample(t.time_s, fixes, at_s, GAP_S) for t, fixes in zip(self.targets, self.fixes, strict=True)
        ]
        return np.stack(each, axis=1)

    def velocity(self, target: int, at_s: F) -> tuple[F, F]:
        """East and north speed of a target at other times, over the second round them."""
        one, fixes = self.targets[target], self.fixes[target]
        before, after = (resample(one.time_s, fixes, at_s + d, GAP_S) for d in (-0.5, 0.5))
        return after[0] - before[0], after[1] - before[1]

    def passes(self, inside: B) -> I:
        """(targets, steps): number of the pass through a volume that is `inside` at these steps."""
        most = int(PASS_GAP_S / STEP_S)
        each = [passes(i, k, most) for i, k in zip(inside, self.known, strict=True)]
        return np.array(each)

    def others_near(self, at_s: F, x_m: F, y_m: F) -> B:
        """Which places (n,) at which times lie near something else that flew."""
        near = np.zeros(len(at_s), np.bool_)
        for time_s, places in self.others:
            x, y = resample(time_s, places, at_s, GAP_S)
            near |= np.hypot(x - x_m, y - y_m) <= OTHERS_M
        return near

    def expected(self) -> set[str]:
        """Identities of targets."""
        return {t.subject for t in self.targets if t.subject}

    def foreign(self, of: Reports | Tracks) -> B:
        """Which rows say that they are something else than a target, (n,)."""
        other = np.array([s not in self.expected() for s in of.subjects] + [False])
        return np.asarray(other[of.subject])


def course(targets: list[Target], plane: Plane, at_s: F, geoid_m: float | None) -> Course:
    """The truth of targets on the steps `at_s`; what else flew is added later (`flew`)."""
    fixes = [_fixes(t, plane, geoid_m) for t in targets]
    on = np.stack([resample(t.time_s, f, at_s, GAP_S) for t, f in zip(targets, fixes, strict=True)], axis=1)
    return Course(
        plane=plane, targets=targets, at_s=at_s, fixes=fixes, x_m=on[0], y_m=on[1], z_m=on[2], others=[]
    )


def _fixes(target: Target, plane: Plane, geoid_m: float | None) -> F:
    x, y = plane.forward(target.lat_deg, target.lon_deg)
    from_ellipsoid = target.alt_wgs84_m - (np.nan if geoid_m is None else geoid_m)
    z = np.where(np.isfinite(target.alt_msl_m), target.alt_msl_m, from_ellipsoid)
    return np.vstack([x, y, z])


def flew(of: Course, reports: Iterable[Reports], gate_m: float) -> list[tuple[F, F]]:
    """What declares itself and is no target: its times and places.

    What declares itself mostly within the gate of a target is that target, under a name that truth lacks.
    """
    found = []
    for r in reports:
        said = np.flatnonzero(r.claim & of.foreign(r) & ~r.bearing & np.isfinite(r.x_m))
        for who in np.unique(r.subject[said]).tolist():
            rows = said[r.subject[said] == who]
            time_s, first = np.unique(r.time_s[rows], return_index=True)
            places = np.vstack([r.x_m[rows[first]], r.y_m[rows[first]]])
            truth = of.truth(time_s)
            _, away_m = nearest(truth[0], truth[1], *places)
            if (away_m <= gate_m).mean() < 0.5:
                found.append((time_s, places))
    return found


def volume(of: Course, place: tuple[float, float], range_m: float | None) -> B:
    """(targets, steps): where targets are within the range of a sensor; everywhere if range or place is not
    known."""
    if range_m is None or not np.isfinite(place[0]):
        return of.known
    return np.asarray(np.hypot(of.x_m - place[0], of.y_m - place[1]) <= range_m)
