"""Picture: what holds now. Live tracks as columns, claims, sources, flights and weather."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec
import numpy as np

from beffroi.airspace import Airspace
from beffroi.flight import Flight
from beffroi.kernels.geodesy import Plane
from beffroi.observation import CREWED, Observation
from beffroi.subject import kind_of
from beffroi.track import CLASSES, B, F, I, TrackColumns
from beffroi.zone import Authorisation, Polygon

HELD_S = 10.0
"""A track that a sensor saw this recently is held by it."""
EXISTENCE, SURE_P, DRONE_P = 0.99, 0.75, 0.6
"""Least probabilities of a thing that a sign may speak of. Source: own trials with birds and cars."""
SETTLED_S, STEADY_MPS = 10.0, 8.0
"""Ten looks of a radar at 1 Hz; no drone changes its mind by 8 m/s a second. Source: own trials."""
DOUBTFUL_S = 30.0
"""So long a nameless thing on the ground by an aircraft may be its second track: the tracker joins two that
one radar saw no sooner than 15 s after (tracks/merge.py); twice that. After it, it is a thing of its own."""
KNOWN_S = 60.0
"""A thing that was followed for so long may hide from the radar for a while: it hovers."""
CLAIMED_S = 5.0
"""A thing that declares itself is known after so long."""
SLOW_MPS = 12.0
"""A crewed machine that is no rotorcraft or canopy flies faster: ultralights stall at up to 35 kt (Regulation
(EU) 2018/1139, Annex I), the slowest at two thirds of that."""
STANDING_MPS = 3.0
"""What moves slower than this, so low as to stand on the ground, and is no drone, stands there; a bit of its
report is wrong. Source: noise of the speed of parked aircraft in state vectors."""
HOVERING = ("helicopter", "paraglider", "parachute", "balloon", "drone")
BROKEN_M = 150.0
"""Two tracks of one identity so near are one object. Source: a turn at 15 m/s, seen once a second."""
SHADOW_MPS, SHADOW_M, SHADOW_S, SHADOW_GAIN_MPS = 20.0, 120.0, 2.5, 35.0
"""Two tracks of one aircraft: this fast, this far aside, so many seconds late along its way, this different
in velocity while it takes off or brakes. Source: state vectors repeat a place for seconds; own trials."""
SHADOW_SIGMAS = 4.0
"""Two heights of one aircraft differ by no more, where both are known. Source: own trials."""
ROLLING_MPS, ROLLING_M, ROLLING_DEG = 25.0, 60.0, 20.0
"""A thing so fast, so near to a centre line and so nearly along it takes off or has landed, if it is on the
ground (ICAO Annex 14: half of the widest runway is 30 m; the rest is the error of a radar, own trials)."""
GROUND_M, GROUND_SIGMAS = 15.0, 2.0
"""What is measured at most this high above the nearest threshold, and so many sigma of its height, may be on
the ground; `ROLLING_M` is the most, however little is known of its height. Source: own trials, and ICAO
Annex 14, longitudinal slopes: a long runway rises by 1 % of its length at most, 15 m over half of 3 km."""
FAST_MPS = 65.0
"""126 kt: over the threshold speed of approach categories A and B, at most 120 kt (ICAO Doc 8168); few
ultralights cruise so fast."""
CONSPICUITY = ("", "7000", "1200", "2000", "0000", "1000")
"""Codes that say nothing of who it is: none, VFR (ICAO EUR and the United States), not yet instructed, and
the one of all that is identified by Mode S in Europe."""
UNMANNED = ("uas", "mac")
"""Kinds of subject that only an unmanned aircraft has of itself."""
NEAR_M = 10_000.0
"""Within this distance a place is said from a threshold."""


class Claim(msgspec.Struct, kw_only=True):
    """The latest that one subject said of itself through one transmitter, and the track that it fell on."""

    subject: str
    transmitter: str | None
    latest: Observation
    track: int
    """Id of the track that took the claim, -1 if none did."""
    first_s: float
    count: int


class SourceState(msgspec.Struct, kw_only=True):
    """A source as it is now."""

    id: str
    sensor: str = ""
    """A sensor behind the source, where there are several (a SAPIENT node, SAC/SIC)."""
    state: Literal["waiting", "ok", "degraded", "fault", "off", "silent"] = "waiting"
    last_s: float = float("nan")
    """When the last observation or health report came."""
    period_s: float = float("nan")
    observations: int = 0
    refused: int = 0
    """Plots that could not be placed, as nobody says where the sensor stands."""
    late: int = 0
    """Plots that came too late to move a track, or from the future."""
    x_m: float = float("nan")
    y_m: float = float("nan")
    alt_msl_m: float = float("nan")
    range_bias_m: float = 0.0
    range_bias_sigma_m: float = float("inf")
    azimuth_bias_deg: float = 0.0
    azimuth_bias_sigma_deg: float = float("inf")
    time_bias_s: float = 0.0
    time_bias_sigma_s: float = float("inf")


class Bearing(msgspec.Struct, kw_only=True):
    """A recent bearing without a range, kept because a rule may cross it with a claim."""

    time_s: float
    source: str
    x_m: float
    y_m: float
    """Of the sensor."""
    azimuth_deg: float
    """Clockwise from grid north."""
    sigma_deg: float
    track: int
    """The track that took it, -1 if none."""
    frame: bytes
    frequency_hz: float | None = None
    subject: str | None = None


class Picture(msgspec.Struct, kw_only=True, dict=True):
    """Everything that holds at `now_s`."""

    now_s: float
    plane: Plane
    tracks: TrackColumns
    identities: list[str]
    """Keys that `tracks.identity` points at."""
    claims: Mapping[str, Claim]
    """Live claims by `subject|transmitter`."""
    bearings: list[Bearing]
    """Of the last 30 s, oldest first."""
    sightings: list[Observation]
    """Of the last 15 minutes."""
    sources: Mapping[str, SourceState]
    flights: tuple[Flight, ...]
    airspace: Airspace
    weather: Mapping[str, Observation]
    """Latest by station."""
    qnh_hpa: float | None
    qnh_sigma_hpa: float
    evidence: Mapping[int, Sequence[bytes]]
    """Digests of the last frames behind each track, newest last (at most 3 a track)."""
    callsigns: Mapping[int, str]
    """Callsign of a track, as claimed."""
    squawks: Mapping[int, tuple[str, str | None]]
    """Squawk and declared emergency of a track."""
    heard: Mapping[int, Mapping[str, float]]
    """Which sources spoke of each track, and when last."""
    fast: Mapping[int, float]
    """Indices of the addresses that lately flew faster than anything light, and when last."""

    def index(self, track: int) -> int | None:
        """Where a track stands in the columns; None if it lives no more."""
        at = np.flatnonzero(self.tracks.id == track)
        return int(at[0]) if len(at) else None

    def identity(self, i: int) -> str | None:
        """What track `i` (an index) says it is."""
        key = int(self.tracks.identity[i])
        return self.identities[key] if key >= 0 else None

    def frames(self, track: int) -> tuple[str, ...]:
        """Evidence: the last frames behind a track, and the track itself."""
        return (f"track:{track}", *(f"frame:{f.hex()}" for f in self.evidence.get(track, ())))

    def claim(self, track: int) -> Claim | None:
        """The latest claim that fell on a track."""
        held = [c for c in self.claims.values() if c.track == track]
        return max(held, key=lambda c: c.latest.time_s, default=None)

    def permit(self, subject: str, x_m: float, y_m: float, alt_m: float) -> Authorisation | None:
        """The authorisation that covers an unmanned aircraft here and now, if its claim is true."""
        for permit in self.airspace.permits:
            if subject == f"uas:{permit.serial}" and permit.at(self.now_s):
                above = permit.volume.upper_m is not None and alt_m > permit.volume.upper_m
                if self._covers(permit, x_m, y_m) and not above:
                    return permit
        return None

    def _covers(self, permit: Authorisation, x_m: float, y_m: float) -> bool:
        shape = permit.volume.shape
        if isinstance(shape, Polygon):
            return False
        x, y = self.plane.forward(shape.lat_deg, shape.lon_deg)
        return bool(np.hypot(x - x_m, y - y_m) <= shape.radius_m * self.plane.scale(float(x), float(y)))

    def standing(self, i: int) -> Literal["authorised", "claimed", "none"]:
        """Whether track `i` (an index) may be where it is.

        `authorised`: a sensor that stands apart holds the track, the identity that fell on it is permitted
        here and now, and nobody else uses it in the permitted volume. `claimed`: the identity is permitted,
        but it is a claim alone, or two use it there. A copy that declares itself elsewhere neither is
        permitted there nor takes the permit from the real one.
        """
        t = self.tracks
        held = self.claim(int(t.id[i])) or self._moved_on(i)
        if held is None:
            return "none"
        permit = self.permit(held.subject, float(t.x_m[i]), float(t.y_m[i]), float(t.alt_m[i]))
        if permit is None:
            return "none"
        seen = self.now_s - t.measured_s[i] <= HELD_S
        return "authorised" if seen and not self._doubled(held, permit) else "claimed"

    def _moved_on(self, i: int) -> Claim | None:
        """The claim that names track `i` (an index) and fell last on another track close by: one object whose
        track was broken by a turn."""
        t, said = self.tracks, self.identity(i)
        for claim in self.claims.values():
            j = self.index(claim.track) if claim.subject == said else None
            if j is not None and np.hypot(t.x_m[i] - t.x_m[j], t.y_m[i] - t.y_m[j]) <= BROKEN_M:
                return claim
        return None

    def _doubled(self, held: Claim, permit: Authorisation) -> bool:
        """Whether another place in the permitted volume is declared under the same identity."""
        for other in self.claims.values():
            o = other.latest
            live = o.lat_deg is not None and self.now_s - o.time_s <= HELD_S
            if other.subject == held.subject and other.track != held.track and live:
                x, y = self.plane.forward(o.lat_deg or 0.0, o.lon_deg or 0.0)
                if self._covers(permit, float(x), float(y)):
                    return True
        return False

    @cached_property
    def flying(self) -> B:
        """Which tracks are surely there and fly with a purpose, (n,): drones and crewed machines, on neither
        ground nor chance. One that only a sensor knows must have been followed for `SETTLED_S` with a
        steady velocity: until then a bird, a car or a chain of echoes may look like one; for `DOUBTFUL_S` if
        it may be the second track of an aircraft on the ground."""
        t = self.tracks
        machine = (t.class_sum((*CREWED, "drone")) >= SURE_P) & (t.speed_mps >= SLOW_MPS)
        hovers = (t.class_sum(HOVERING) >= SURE_P) & ~(self.low & (t.speed_mps < STANDING_MPS))
        kind = machine | (t.class_sum(("drone",)) >= DRONE_P) | hovers
        age_s = self.now_s - t.first_s
        old = age_s >= np.where(self._taxiing, DOUBTFUL_S, SETTLED_S)
        settled = old & (t.var_v_m2ps2 <= STEADY_MPS**2) & (~t.coasting | (age_s >= KNOWN_S))
        return np.asarray(
            kind & t.confirmed & (t.existence >= EXISTENCE) & ~t.on_ground
            & (settled | ((self.now_s - t.claimed_s <= KNOWN_S) & (age_s >= CLAIMED_S)))
        )  # fmt: skip

    @cached_property
    def controlled(self) -> B:
        """Which tracks are crewed flights in their place, (n,): known by address and taking off or landing,
        under a code that a controller gave, or known to fly faster than anything light; and the nameless
        second tracks of such, which are likeliest no drone. An ultralight, a glider or a drone is never one,
        whatever it says, nor what says that it is unmanned, however fast it jumps about; a callsign is free
        to choose and proves nothing."""
        t = self.tracks
        light = t.class_sum(("ultralight", "paraglider", "glider", "parachute", "balloon", "drone")) >= 0.5
        moving = {f.subject for f in self.flights if f.phase != "overflight"}
        names = [self.identity(i) or "" for i in range(len(t))]
        flown = np.array([name in moving for name in names], dtype=np.bool_)
        unmanned = np.array([kind_of(name) in UNMANNED for name in names], dtype=np.bool_)
        coded = [self.squawks.get(int(i), ("", None))[0] not in CONSPICUITY for i in t.id]
        was_fast = np.isin(t.identity, list(self.fast))
        fits = flown | np.array(coded, dtype=np.bool_) | (t.speed_mps >= FAST_MPS)
        known = (t.identity >= 0) & ~unmanned & (was_fast | ~light & fits)
        second = self._shadows(known) | (self._rolling() & ~unmanned) | self._taxiing
        return known | (second & ~self.drone)

    @cached_property
    def affected(self) -> B:
        """Which tracks are flights that something in their way concerns, (n,): controlled, in the air, and
        likeliest no drone."""
        t = self.tracks
        return np.asarray(t.confirmed & ~t.on_ground & self.controlled & ~self.drone)

    @cached_property
    def drone(self) -> B:
        """Which tracks are likeliest a drone, (n,)."""
        return np.asarray(self.tracks.class_p.argmax(1) == CLASSES.index("drone"))

    def _rolling(self) -> B:
        """Which tracks roll along a runway, (n,): on it and its way, at its height, faster than a car."""
        t = self.tracks
        off_m = self.airspace.lined_up_m(t.x_m, t.y_m, t.vx_mps, t.vy_mps, ROLLING_DEG)
        return np.asarray((t.speed_mps >= ROLLING_MPS) & self.low & (off_m <= ROLLING_M))

    @cached_property
    def _taxiing(self) -> B:
        """Which nameless tracks may be the second track of an aircraft that says it is on the ground."""
        t = self.tracks
        of, some = (
            np.flatnonzero((t.identity >= 0) & t.on_ground),
            np.flatnonzero((t.identity < 0) & self.low),
        )
        dx, dy = np.subtract.outer(t.x_m[some], t.x_m[of]), np.subtract.outer(t.y_m[some], t.y_m[of])
        found = np.zeros(len(t), dtype=np.bool_)
        found[some] = (np.hypot(dx, dy) <= ROLLING_M).any(1)
        return found

    def _shadows(self, known: B) -> B:
        """Which nameless tracks are the second track of a known flight, (n,): along its way, no farther than
        a late report puts it, moving as it does and as high. Slow ones are none: a drone may hover by a
        taxiway."""
        t = self.tracks
        of = np.flatnonzero(known & (t.speed_mps >= SHADOW_MPS))
        some = np.flatnonzero((t.identity < 0) & (t.speed_mps >= SHADOW_MPS))
        dx, dy = np.subtract.outer(t.x_m[some], t.x_m[of]), np.subtract.outer(t.y_m[some], t.y_m[of])
        speed = t.speed_mps[of]
        ahead = (dx * t.vx_mps[of] + dy * t.vy_mps[of]) / speed
        aside = (dx * t.vy_mps[of] - dy * t.vx_mps[of]) / speed
        vx, vy = (
            np.subtract.outer(t.vx_mps[some], t.vx_mps[of]),
            np.subtract.outer(t.vy_mps[some], t.vy_mps[of]),
        )
        alike = (np.hypot(vx, vy) <= SHADOW_GAIN_MPS) & self._as_high(some, of)
        found = np.zeros(len(t), dtype=np.bool_)
        found[some] = (
            alike & (np.abs(aside) <= SHADOW_M) & (np.abs(ahead) <= SHADOW_M + SHADOW_S * speed)
        ).any(1)
        return found

    def _as_high(self, some: I, of: I) -> B:
        """Which of `some` may be as high as which of `of` (indices), (some, of); yes where one is unknown."""
        t = self.tracks
        sigma_m = np.nan_to_num(t.alt_sigma_m)
        apart_m = np.abs(np.subtract.outer(t.alt_m[some], t.alt_m[of]))
        return np.asarray(~(apart_m > SHADOW_SIGMAS * np.hypot.outer(sigma_m[some], sigma_m[of])))

    @cached_property
    def low(self) -> B:
        """Which tracks may be on the ground, as far as their height is known, (n,)."""
        t = self.tracks
        most_m = np.minimum(GROUND_M + GROUND_SIGMAS * np.nan_to_num(t.alt_sigma_m), ROLLING_M)
        return np.asarray(t.alt_m - self.airspace.ground_m(t.x_m, t.y_m) <= most_m)

    @cached_property
    def runway_m(self) -> F:
        """Distance of each track to the nearest runway centreline, (n,); infinity if there is no runway."""
        return self.airspace.runway_m(self.tracks.x_m, self.tracks.y_m)

    @cached_property
    def held(self) -> B:
        """Which tracks a sensor that stands apart has seen lately, (n,)."""
        return np.asarray(self.now_s - self.tracks.measured_s <= HELD_S)

    def called(self, track: int) -> str:
        """What a person calls a track: its callsign, what it says it is, or its number."""
        if track in self.callsigns:
            return self.callsigns[track]
        i = self.index(track)
        said = None if i is None else self.identity(i)
        return said.partition(":")[2] if said else f"#{track}"

    def lat_lon(self, i: int) -> tuple[float, float]:
        """Place of track `i` (an index) in degrees."""
        lat, lon = self.plane.inverse(self.tracks.x_m[i], self.tracks.y_m[i])
        return float(lat), float(lon)

    def said(self, i: int) -> dict[str, Any]:
        """What every sentence about track `i` (an index) needs: kind, place, level, motion."""
        t = self.tracks
        high = None
        if np.isfinite(t.alt_m[i]):
            high = {"height_m": float(t.alt_m[i]), "datum": "amsl"}
        return {
            "kind": t.one_kind(i),
            "place": self.place(float(t.x_m[i]), float(t.y_m[i])),
            "level": high,
            "motion": {"speed_mps": float(t.speed_mps[i]), "track_deg": float(t.track_deg[i])},
        }

    def place(self, x_m: float, y_m: float) -> dict[str, Any]:
        """Distance and direction from the nearest runway threshold within 10 km, else from the aerodrome."""
        marks = self.airspace.marks
        away_m = np.array([np.hypot(x_m - m.x_m, y_m - m.y_m) for m in marks])
        near = 1 + int(away_m[1:].argmin()) if len(marks) > 1 else 0
        best = near if away_m[near] <= NEAR_M else 0
        mark = marks[best]
        bearing = float(np.degrees(np.arctan2(x_m - mark.x_m, y_m - mark.y_m)) % 360.0)
        return {"distance_m": float(away_m[best]), "bearing_deg": bearing, "ref": mark.ref, "name": mark.name}
