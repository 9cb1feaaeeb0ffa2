"""Join: which open case a sign or a sighting belongs to: by subject, else by place and time.

What is about the same subject, or an alias of it, is one incident. So is what happens near to where the case
was last, and soon after: the nearest such case. A sign about a sensor has no place of its own and joins by
subject alone. What a person moved out of a case does not come back, and an exercise meets nothing real.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from beffroi.case import Case, CaseKind, Joined
from beffroi.kernels.geodesy import distance_m
from beffroi.life import key as key_of
from beffroi.observation import CREWED, Observation
from beffroi.sign import Sign
from beffroi.subject import kind_of

JOIN_M, JOIN_S = 1000.0, 600.0
"""How far apart and how long after one another: as the queue folds signs of one rule."""
ROUGH_DEG = 0.5
"""Farther apart than this in latitude is no case for the exact distance."""


class Where(NamedTuple):
    """Where something was last, and when."""

    lat_deg: float
    lon_deg: float
    at_s: float


def of_sign(sign: Sign) -> Joined:
    """A sign as it joins a case now."""
    return Joined(
        key=key_of(sign), subjects=(sign.subject, *sign.aliases), at_s=sign.time_s, lat_deg=sign.lat_deg,
        lon_deg=sign.lon_deg, priority=sign.priority, rule=sign.rule, simulated=sign.simulated,
    )  # fmt: skip


def of_sighting(seen: Observation) -> Joined:
    """A sighting as it joins a case."""
    report = seen.report
    return Joined(
        key=seen.subject or "sighting:", subjects=(seen.subject or "sighting:", *seen.aliases),
        at_s=seen.time_s, lat_deg=seen.lat_deg, lon_deg=seen.lon_deg,
        reporter=report.reporter if report else "", grade=report.grade if report else None,
        what=seen.said_class or "unknown", count=report.count if report else None,
        text=report.text if report else "", frame=seen.frame.hex(), alt_msl_m=seen.alt_msl_m,
        track_deg=seen.track_deg, horizontal_sigma_m=seen.horizontal_sigma_m,
    )  # fmt: skip


def case_of(
    new: Joined,
    cases: Iterable[Case],
    last: Mapping[str, Where],
    *,
    exercise: bool = False,
    join_m: float = JOIN_M,
    join_s: float = JOIN_S,
) -> Case | None:
    """The open case that `new` joins by itself, or None.

    `last`: where the cases were last, by their key, as far as that is known better than by what joined them.
    """
    mine = [c for c in cases if c.state == "open" and c.exercise == exercise and new.key not in c.left]
    subjects = set(new.subjects)
    same = [c for c in mine if not subjects.isdisjoint(c.subjects)]
    if same:
        return max(same, key=lambda c: (c.placed_s or c.changed_s, c.key))
    if new.lat_deg is None or any(kind_of(name) == "source" for name in new.subjects):
        return None
    near = ((away_m, c.key, c) for c in mine if (away_m := _away_m(new, c, last, join_s)) <= join_m)
    return min(near, default=(0.0, "", None))[2]


def _away_m(new: Joined, case: Case, last: Mapping[str, Where], join_s: float) -> float:
    """How far `new` is from where a case was last; infinity if that was too long ago."""
    where = last.get(case.key) or _placed(case)
    if where is None or new.lat_deg is None or new.lon_deg is None:
        return float("inf")
    if abs(new.at_s - where.at_s) > join_s or abs(new.lat_deg - where.lat_deg) > ROUGH_DEG:
        return float("inf")
    return float(distance_m(new.lat_deg, new.lon_deg, where.lat_deg, where.lon_deg))


def _placed(case: Case) -> Where | None:
    if case.lat_deg is None or case.lon_deg is None or case.placed_s is None:
        return None
    return Where(case.lat_deg, case.lon_deg, case.placed_s)


def kind(new: Joined, params: Mapping[str, object] = {}) -> CaseKind:
    """What kind of case it opens; `params` of the sign."""
    what = new.what if new.is_sighting else str(params.get("kind", "unknown"))
    if what == "drone" or any(kind_of(name) == "uas" for name in new.subjects):
        return "drone"
    if what in CREWED or any(kind_of(name) == "icao24" for name in new.subjects):
        return "aircraft"
    return "other"
