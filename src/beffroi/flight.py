"""Flight: a crewed aircraft on its way, and where it will be in the next minutes.

`infer` tells arrivals, departures and overflights from tracks and runways, from what holds now alone.
Figures that name no other source were read off three hours of ADS-B round Paris, and hold for a glide path
of 3° and transports and business jets.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Self

import msgspec
import numpy as np

from beffroi.airspace import Final
from beffroi.track import B, F, I, TrackColumns

Phase = Literal["arrival", "departure", "overflight"]

AHEAD_S = np.arange(0.0, 181.0, 10.0)
"""Times of the points of a path."""

GLIDE = np.tan(np.radians(3.0))
CROSSING_M = 15.0
"""Height over the threshold (ICAO Annex 10 Volume I, 3.1.5.1.4: 15 m)."""
FINAL_M = 30_000.0
"""A final approach is flown from here on at the farthest."""
GATE_M = 6000.0
"""From here on (1,000 ft above ground) transports fly their final speed."""
FINAL_MPS = 71.0
"""That speed over ground, 138 kt: the median of the recording."""
BRAKE_MPS2, PUSH_MPS2, TURN_OFF_MPS = 1.8, 1.9, 15.0
"""Deceleration and acceleration on the runway; slower than this an aircraft has left or not begun."""
WANDER_MPS2 = 0.65
"""Growth of the error of a straight prediction in a terminal area, where flights turn."""
CLIMB_MPS = 128.0
"""250 kt: the limit below 10,000 ft (ICAO Annex 11, appendix 4)."""
DEPARTURE_M = 15_000.0
"""So far beyond the end a climb counts as a departure."""
NEAR_M, LOW_M = 40_000.0, 3000.0
"""Who passes nearer and lower than this (above the lowest threshold) is an overflight worth a path."""


class PathPoint(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where a flight will be."""

    time_s: float
    x_m: float
    """In the site's plane, grid east."""
    y_m: float
    sigma_m: float
    """One sigma per axis, of the place at that time."""
    alt_m: float | None = None
    """Above mean sea level; absent if the flight's height is not known."""
    alt_sigma_m: float | None = None


class Flight(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An expected or observed flight."""

    subject: str
    """`icao24:…` where known, else `track:N`."""
    callsign: str | None = None
    track: int = -1
    """Id of the track; -1 = not followed now."""
    phase: Phase
    runway: str | None = None
    """Aerodrome and designator, `LFPO 25`; absent for an overflight."""
    probability: float = 1.0
    """How sure: that the phase and the runway are right."""
    threshold_s: float | None = None
    """When it crosses the landing threshold (arrival) or the far end of the runway (departure)."""
    threshold_sigma_s: float | None = None
    path: tuple[PathPoint, ...] = ()
    """The next minutes, oldest first."""


class Movements(NamedTuple):
    """Crewed aircraft as columns, (n,) each; made of tracks by `of`."""

    subject: Sequence[str]
    callsign: Sequence[str | None]
    track: I
    x_m: F
    y_m: F
    vx_mps: F
    vy_mps: F
    alt_m: F
    """NaN = not known."""
    climb_mps: F
    """0 where not known."""
    sigma_m: F
    alt_sigma_m: F
    on_ground: B

    @classmethod
    def of(cls, t: TrackColumns, at: I, subject: Sequence[str], callsign: Sequence[str | None]) -> Self:
        """The tracks `at` (indices), with the subject and the callsign of each."""
        sigma_m = np.sqrt((t.var_x_m2[at] + t.var_y_m2[at]) / 2)
        return cls(
            subject, callsign, t.id[at], t.x_m[at], t.y_m[at], t.vx_mps[at], t.vy_mps[at], t.alt_m[at],
            np.nan_to_num(t.climb_mps[at]), sigma_m, t.alt_sigma_m[at], t.on_ground[at],
        )  # fmt: skip

    @property
    def speed_mps(self) -> F:
        """Over ground."""
        return np.hypot(self.vx_mps, self.vy_mps)

    def only(self, at: I) -> "Movements":
        """Some of them."""
        return Movements(
            [self.subject[k] for k in at.tolist()], [self.callsign[k] for k in at.tolist()], self.track[at],
            self.x_m[at], self.y_m[at], self.vx_mps[at], self.vy_mps[at], self.alt_m[at], self.climb_mps[at],
            self.sigma_m[at], self.alt_sigma_m[at], self.on_ground[at],
        )  # fmt: skip


class Paths(NamedTuple):
    """Predicted paths as columns: (n, len(AHEAD_S)) and, for the crossing of the threshold, (n,)."""

    x_m: F
    y_m: F
    alt_m: F
    sigma_m: F
    alt_sigma_m: F
    crossing_s: F
    """From now; NaN = there is none."""
    crossing_sigma_s: F


def infer(m: Movements, finals: Sequence[Final], now_s: float) -> tuple[Flight, ...]:
    """The flights among crewed aircraft, in their order.

    An aircraft that taxies, or that is far away or high, is none.
    """
    if not finals:
        return ()
    at = np.flatnonzero(_near(m, finals))
    m, seen = m.only(at), Seen.of(m.only(at), finals)
    landing, land_p = seen.likeliest(seen.landing(m))
    leaving, leave_p = seen.likeliest(seen.leaving(m) & (landing < 0)[:, None])
    passing = (landing < 0) & (leaving < 0) & ~m.on_ground
    found: list[tuple[int, Flight]] = []
    phase: Phase
    for phase, end, chance, predict in (
        ("arrival", landing, land_p, _arrivals),
        ("departure", leaving, leave_p, _departures),
        ("overflight", np.where(passing, 0, -1), np.ones(len(landing)), _overflights),
    ):
        who = np.flatnonzero(end >= 0)
        some, path = m.only(who), predict(m.only(who), [finals[k] for k in end[who]])
        runways = [None if phase == "overflight" else finals[k].name for k in end[who]]
        for k in range(len(who)):
            flight = _flight(some, k, phase, runways[k], float(chance[who[k]]), path, now_s)
            found.append((int(who[k]), flight))
    return tuple(flight for _, flight in sorted(found, key=lambda f: f[0]))


def _flight(
    m: Movements, k: int, phase: Phase, runway: str | None, chance: float, path: Paths, now_s: float
) -> Flight:
    crossing_s = float(path.crossing_s[k])
    known = not np.isnan(crossing_s)
    return Flight(
        subject=m.subject[k],
        callsign=m.callsign[k],
        track=int(m.track[k]),
        phase=phase,
        runway=runway,
        probability=chance,
        threshold_s=now_s + crossing_s if known else None,
        threshold_sigma_s=float(path.crossing_sigma_s[k]) if known else None,
        path=tuple(_points(path, k, now_s)),
    )


def _points(path: Paths, k: int, now_s: float) -> Iterator[PathPoint]:
    columns = (AHEAD_S, path.x_m[k], path.y_m[k], path.sigma_m[k], path.alt_m[k], path.alt_sigma_m[k])
    for t, x, y, sigma, alt, alt_sigma in zip(*(c.tolist() for c in columns), strict=True):
        if x == x:  # NaN: it has left the runway by then
            known = alt == alt
            yield PathPoint(
                time_s=now_s + t, x_m=x, y_m=y, sigma_m=sigma, alt_m=alt if known else None,
                alt_sigma_m=alt_sigma if known else None,
            )  # fmt: skip


def _near(m: Movements, finals: Sequence[Final]) -> B:
    """Who is near and low enough to matter."""
    x0, y0, _, _, alt0 = _columns(finals)
    away = np.hypot(np.subtract.outer(m.x_m, x0), np.subtract.outer(m.y_m, y0)).min(1)
    near: B = (away <= NEAR_M) & ~(m.alt_m - alt0.min() > LOW_M)
    return near


# --- who lands, who leaves --------------------------------------------------------------------------------


class Seen(NamedTuple):
    """Aircraft as seen along every final: (n, m) for n aircraft and m ends of runways."""

    out_m: F
    """Before the threshold; negative behind it."""
    off_m: F
    """Beside the centre line."""
    turn_deg: F
    """Between its movement and the direction of landing."""
    height_m: F
    """Above the threshold; NaN = not known."""
    length_m: F
    """Of the runways, (m,)."""

    @classmethod
    def of(cls, m: Movements, finals: Sequence[Final]) -> Self:
        """All aircraft along all finals."""
        x0, y0, out_x, out_y, alt, length = np.array(
            [(f.x_m, f.y_m, f.out_x, f.out_y, f.alt_m, f.length_m) for f in finals]
        ).T
        dx, dy = np.subtract.outer(m.x_m, x0), np.subtract.outer(m.y_m, y0)
        inward = -(np.multiply.outer(m.vx_mps, out_x) + np.multiply.outer(m.vy_mps, out_y))
        aside = np.multiply.outer(m.vx_mps, out_y) - np.multiply.outer(m.vy_mps, out_x)
        turn = np.degrees(np.arctan2(np.abs(aside), inward))
        return cls(
            dx * out_x + dy * out_y, dx * out_y - dy * out_x, turn, np.subtract.outer(m.alt_m, alt), length
        )

    def landing(self, m: Movements) -> B:
        """Who is on final, or rolls out after landing."""
        speed, climb = m.speed_mps[:, None], m.climb_mps[:, None]
        before = (self.out_m > 0) & (self.out_m <= FINAL_M) & ~m.on_ground[:, None]
        lined_up = (np.abs(self.off_m) <= 150 + 0.03 * self.out_m) & (self.turn_deg <= 20)
        low = ~(self.height_m > 300 + 2 * GLIDE * self.out_m) & ~(self.height_m < GLIDE / 2 * self.out_m - 60)
        flying: B = before & lined_up & low & (speed >= 25) & (speed <= 150) & (climb <= 2)
        touchdown = np.sqrt(np.maximum(FINAL_MPS**2 - 2 * BRAKE_MPS2 * (-self.out_m - 300), 0))
        return flying | (self._rolling(speed) & (np.abs(speed - touchdown) < np.abs(speed - self._push())))

    def leaving(self, m: Movements) -> B:
        """Who rolls for take-off, or climbs out straight ahead."""
        speed, climb = m.speed_mps[:, None], m.climb_mps[:, None]
        beyond = -self.out_m - self.length_m
        ahead = (-self.out_m > 0.3 * self.length_m) & (beyond <= DEPARTURE_M)
        lined_up = (np.abs(self.off_m) <= 150 + 0.27 * np.maximum(beyond, 0)) & (self.turn_deg <= 30)
        low = ~(self.height_m > 600 + 0.25 * np.maximum(beyond, 0))
        flying: B = ahead & lined_up & low & (climb >= 1.5) & (speed >= 40) & ~m.on_ground[:, None]
        return flying | (self._rolling(speed) & (climb > -1))

    def _rolling(self, speed: F) -> B:
        inside = (self.out_m <= 0) & (-self.out_m <= self.length_m) & (np.abs(self.off_m) <= 60)
        rolling: B = inside & ~(self.height_m > 60) & (self.turn_deg <= 15) & (speed >= TURN_OFF_MPS)
        return rolling

    def _push(self) -> F:
        """Speed of a take-off run that began at the threshold."""
        return np.sqrt(2 * PUSH_MPS2 * np.maximum(-self.out_m, 0))

    def likeliest(self, fits: B) -> tuple[I, F]:
        """(end of a runway that fits best or -1, its probability against the others) of each aircraft."""
        spread_m = 40 + 0.012 * np.abs(self.out_m)
        score = np.where(fits, -0.5 * (self.off_m / spread_m) ** 2 - 0.5 * (self.turn_deg / 5) ** 2, -np.inf)
        best = score.argmax(1)
        top = score[np.arange(len(best)), best]
        with np.errstate(invalid="ignore"):
            share = 1 / np.exp(score - top[:, None]).sum(1)
        return np.where(np.isfinite(top), best, -1), np.where(np.isfinite(top), 0.95 * share, 0.0)


# --- where they will be -----------------------------------------------------------------------------------


def _arrivals(m: Movements, finals: Sequence[Final]) -> Paths:
    """Down the centre line with the speed of a usual final, and to the end of the landing run."""
    x0, y0, out_x, out_y, alt0 = _columns(finals)
    dx, dy = m.x_m - x0, m.y_m - y0
    out_m, off_m = dx * out_x + dy * out_y, dx * out_y - dy * out_x
    out, crossing_s = _down_final(out_m, m.speed_mps)
    off = off_m[:, None] * np.exp(-AHEAD_S / 30)
    height, glide = (m.alt_m - alt0)[:, None], CROSSING_M + GLIDE * np.maximum(out_m, 1)[:, None]
    ahead = np.clip(out / np.maximum(out_m, 1)[:, None], 0, 1)
    from_above = np.where(out > 0, CROSSING_M + (height - CROSSING_M) * ahead, 0.0)
    from_below = np.where(out > 0, np.minimum(height, CROSSING_M + GLIDE * out), 0.0)
    alt = alt0[:, None] + np.where(height > glide, from_above, from_below)
    return Paths(
        x_m=x0[:, None] + out * out_x[:, None] + off * out_y[:, None],
        y_m=y0[:, None] + out * out_y[:, None] - off * out_x[:, None],
        alt_m=alt,
        sigma_m=np.hypot(m.sigma_m[:, None], 4.5 * AHEAD_S),
        alt_sigma_m=np.hypot(m.alt_sigma_m[:, None], 10 + 0.3 * AHEAD_S),
        crossing_s=crossing_s,
        crossing_sigma_s=2 + 0.06 * np.abs(crossing_s),
    )


def _down_final(out_m: F, speed_mps: F) -> tuple[F, F]:
    """(distance before the threshold at AHEAD_S (n, k), time to the threshold (n,)).

    The speed falls in proportion to the distance until the gate, stays, and falls on the runway; NaN after
    the landing run. Behind the threshold the time is negative.
    """
    last = np.minimum(speed_mps, FINAL_MPS)
    gate = np.clip(out_m - 2500, 0, GATE_M)
    slope = (speed_mps - last) / np.maximum(out_m - gate, 1)
    rate = np.maximum(slope, 1e-6)
    to_gate_s = np.log1p(rate * np.maximum(out_m - gate, 0) / last) / rate
    crossing_s = np.where(out_m > 0, to_gate_s + gate / last, out_m / last)
    t = AHEAD_S[None, :]
    slowing = (
        gate[:, None]
        + (out_m - gate + last / rate)[:, None] * np.exp(-rate[:, None] * t)
        - (last / rate)[:, None]
    )
    steady = (gate - last * (t.T - to_gate_s)).T
    rolled_s = np.maximum(t - np.maximum(crossing_s, 0)[:, None], 0)
    first = np.where(out_m > 0, last, speed_mps)[:, None]
    begin = np.minimum(out_m, 0)[:, None]
    rolling = begin - first * rolled_s + BRAKE_MPS2 / 2 * rolled_s**2
    rolling = np.where(first - BRAKE_MPS2 * rolled_s >= TURN_OFF_MPS, rolling, np.nan)
    out = np.where(t < to_gate_s[:, None], slowing, steady)
    return np.where(t < crossing_s[:, None], out, rolling), crossing_s


def _departures(m: Movements, finals: Sequence[Final]) -> Paths:
    """Straight ahead, faster until 250 kt, and up."""
    x0, y0, out_x, out_y, _ = _columns(finals)
    length = np.array([f.length_m for f in finals])
    gone = -((m.x_m - x0) * out_x + (m.y_m - y0) * out_y) - length
    rolling = m.on_ground | (m.climb_mps < 1.5)
    push = np.where(rolling, PUSH_MPS2, 0.7)
    path = _straight(m, push, np.where(rolling, 0.0, m.climb_mps))
    speed = np.maximum(m.speed_mps, 1)
    left_s = (np.sqrt(speed**2 + 2 * push * np.maximum(-gone, 0)) - speed) / push
    crossing_s = np.where(gone < 0, left_s, -gone / speed)
    return path._replace(crossing_s=crossing_s, crossing_sigma_s=2 + 0.15 * np.abs(crossing_s))


def _overflights(m: Movements, finals: Sequence[Final]) -> Paths:
    """Straight ahead."""
    del finals
    return _straight(m, np.zeros(len(m.x_m)), m.climb_mps)


def _straight(m: Movements, push_mps2: F, climb_mps: F) -> Paths:
    """Along the present direction, gaining speed until `CLIMB_MPS`."""
    speed = m.speed_mps
    gaining_s = np.maximum(CLIMB_MPS - speed, 0) / np.maximum(push_mps2, 1e-9)
    t = np.minimum(AHEAD_S[None, :], gaining_s[:, None])
    far = speed[:, None] * AHEAD_S + push_mps2[:, None] * (t * AHEAD_S - t * t / 2)
    ahead = far / np.maximum(speed, 1e-9)[:, None]
    none = np.full(len(speed), np.nan)
    return Paths(
        x_m=m.x_m[:, None] + m.vx_mps[:, None] * ahead,
        y_m=m.y_m[:, None] + m.vy_mps[:, None] * ahead,
        alt_m=m.alt_m[:, None] + climb_mps[:, None] * AHEAD_S,
        sigma_m=np.hypot(m.sigma_m[:, None], WANDER_MPS2 * AHEAD_S**2 / (1 + AHEAD_S / 200)),
        alt_sigma_m=np.hypot(m.alt_sigma_m[:, None], 5.0 * AHEAD_S),
        crossing_s=none,
        crossing_sigma_s=none,
    )


def _columns(finals: Sequence[Final]) -> tuple[F, F, F, F, F]:
    """x, y, out x, out y and altitude of each final."""
    rows = np.array([(f.x_m, f.y_m, f.out_x, f.out_y, f.alt_m) for f in finals]).reshape(-1, 5)
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4]
