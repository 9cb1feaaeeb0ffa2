"""Sky: what the sources say, joined into one picture. The one door of `tracks` for the watch.

`take` gives the observations of a tick to the tracker, scan by scan, and keeps what is not a place: claims,
health, weather, sightings. `picture` says what holds now. All memory is in `SkyState`.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from beffroi.airspace import Airspace
from beffroi.flight import Flight, Movements, infer
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.picture import FAST_MPS, HELD_S, Bearing, Claim, Picture, SourceState
from beffroi.site import Site
from beffroi.subject import kind_of
from beffroi.track import B, I, TrackColumns
from beffroi.tracks import register
from beffroi.tracks.heights import Reference
from beffroi.tracks.intake import BEARING_SIGMA_DEG, Plots, plots, scans, sensor, sensor_key
from beffroi.tracks.qnh import Qnh
from beffroi.tracks.tracker import State as TrackerState
from beffroi.tracks.tracker import Tracker
from beffroi.tracks.words import Words
from beffroi.window import STEP_S, WINDOW_S, Block, Window

UNKNOWN = register.Bias(0.0, math.inf, 0.0, math.inf, 0.0, math.inf, 0)
"""What is known of a sensor that nobody was compared with of late."""
OVERDUE = 0.5
"""What a sensor sees arrives within so many periods after its usual delay; then there was nothing."""
LATE_S = 2.0
"""A plot later than this, beyond the delay that its source is known for, moves no track."""
FUTURE_S = 1.0
"""Nor does one that claims to be from later than it came."""
CLAIM_S = 60.0
"""A claim is live this long."""
BEARING_S = 30.0
FAST_SIGMA_MPS, FAST_S = 5.0, 3600.0
"""How well a speed must be known, and for how long an airliner that was fast is one."""
GROUND_M, TAXI_MPS = 30.0, 3.0
"""What a sensor sees higher over the aerodrome is not on the ground; a drone that moves so fast flies."""
SIGHTING_S = WINDOW_S
OWN = ("icao24", "uas", "ogn", "mac", "callsign")
"""Kinds of subject that an object has of itself; a number that a sensor gave it is none."""
INFER_S = 1.0
"""Flights are inferred this often."""
FRAMES = 3
"""Frames kept as evidence of a track."""


class SkyState(msgspec.Struct, kw_only=True):
    """Everything that `Sky` remembers."""

    tracker: TrackerState = msgspec.field(default_factory=lambda: Tracker().state)
    qnh: Qnh = msgspec.field(default_factory=Qnh)
    words: dict[str, Words] = {}
    identities: dict[str, int] = {}
    """Index of each subject that was ever claimed."""
    claims: dict[str, Claim] = {}
    bearings: list[Bearing] = []
    sightings: list[Observation] = []
    sources: dict[str, SourceState] = {}
    weather: dict[str, Observation] = {}
    frames: dict[int, list[bytes]] = {}
    heard: dict[int, dict[str, float]] = {}
    callsigns: dict[int, str] = {}
    squawks: dict[int, tuple[str, str | None]] = {}
    flights: tuple[Flight, ...] = ()
    inferred_s: float = 0.0
    """When the flights were last inferred."""
    fast: dict[int, float] = {}
    """Indices of the addresses that flew faster than anything light, and when last."""
    swept_s: float = 0.0


class Sky:
    """The joined picture of one site."""

    def __init__(self, site: Site, state: SkyState | None = None) -> None:
        self.state = state or SkyState()
        self._site = site
        self._configured = {s.id: s for s in site.source}
        self._plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self._tracker = Tracker(state=self.state.tracker)
        self._names = list(self.state.identities)
        self._thresholds = tuple(_thresholds(site, self._plane))
        for source in site.source:
            self._source_state(source.id)

    def take(self, observations: Sequence[Observation], now_s: float) -> None:
        """Take what came in one tick."""
        # A tick may hold ten thousand: what is common to a sensor is asked once.
        groups = defaultdict[tuple[str, str | None, str], list[int]](list)
        for row, o in enumerate(observations):
            groups[o.source, o.sensor, o.kind].append(row)
        placed: dict[tuple[str, str], list[int]] = {}
        for (_, _, kind), rows in groups.items():
            key = sensor_key(observations[rows[0]], self._configured.get(observations[rows[0]].source))
            self._count(key, rows, observations)
            if kind in ("plot", "claim"):
                here = self._placed(key, rows, observations)
                if here:
                    placed.setdefault((key, kind), []).extend(here)
            else:
                for row in rows:
                    self._other(key, observations[row])
        self.state.qnh.learn(observations, now_s, self._site, self._plane)
        for piece, key in self._pieces(placed, observations):
            self._track(key, piece, observations)
        self._look({key for key, kind in placed if kind == "plot"}, now_s)
        self._tracker.settle(now_s)

    def _placed(self, key: str, rows: Sequence[int], observations: Sequence[Observation]) -> list[int]:
        """Those of the plots or claims of one sensor that can move a track."""
        source, state = self._configured.get(observations[rows[0]].source), self.state.sources[key]
        oldest_s, here = LATE_S + (source.delay_s if source else 0.0), []
        identities = self.state.identities
        for row in rows:
            o = observations[row]
            subject = o.subject
            if subject and subject not in identities and kind_of(subject) in OWN:
                identities[subject] = len(self._names)
                self._names.append(subject)
            if not -FUTURE_S <= o.received_at_s - o.time_s <= oldest_s:
                state.late += 1
            elif o.lat_deg is not None or o.azimuth_deg is not None or o.x_m is not None:
                here.append(row)
                continue
            if subject and o.kind == "claim":
                self._claimed(o, -1)
        return here

    def _look(self, spoke: set[str], now_s: float) -> None:
        """A sensor that lives and sees all has looked round, though it gave no plot; what it saw last may
        still be on its way."""
        for key, state in self.state.sources.items():
            source = self._configured.get(state.id)
            if not source or not source.sees_all or key in spoke or not np.isfinite(state.period_s):
                continue
            if now_s - state.last_s <= 2.0 * state.period_s:
                looks = sensor(key, source, state, self._plane, measured=True)
                self._tracker.look(now_s - source.delay_s - OVERDUE * state.period_s, looks)

    def _pieces(
        self, placed: dict[tuple[str, str], list[int]], observations: Sequence[Observation]
    ) -> list[tuple[Plots, str]]:
        """Scans of all sensors, by the time of their first plot; plots and claims apart."""
        qnh_hpa, sigma_hpa = self.state.qnh.best(self._site)
        reference = Reference(
            qnh_hpa=qnh_hpa, qnh_sigma_hpa=sigma_hpa, geoid_m=self._site.site.geoid_m,
            thresholds=self._thresholds,
        )  # fmt: skip
        pieces = []
        for (key, _), rows in placed.items():
            rows.sort()
            source = self._configured.get(observations[rows[0]].source)
            state = self.state.sources[key]
            words = self.state.words.get(key)
            got = plots(
                rows, observations, source, state, self._plane, reference, self.state.identities,
                words.silence() if words else None,
            )  # fmt: skip
            state.refused += len(rows) - len(got.row)
            period_s = (source and source.period_s) or (state.period_s if state.period_s > 0 else 1.0)
            pieces += [(piece, key) for piece in scans(got, period_s)]
        return sorted(pieces, key=lambda p: (float(p[0].scan.time_s[0]), p[1]))

    def _track(self, key: str, piece: Plots, observations: Sequence[Observation]) -> None:
        first = observations[int(piece.row[0])]
        measured = first.kind == "plot"
        state = self.state.sources[key]
        name = key if measured else f"{key}/claims"
        made = sensor(name, self._configured.get(first.source), state, self._plane, measured)
        taken = self._tracker.scan(piece.scan, made)
        bearings = () if piece.scan.bearing is None else np.flatnonzero(piece.scan.bearing).tolist()
        said, tracks = [observations[row] for row in piece.row.tolist()], taken.tolist()
        self._heard(said, tracks)
        if measured:
            words = self.state.words.setdefault(key, Words())
            for o, track in zip(said, tracks, strict=True):
                if track >= 0:
                    words.learn(o, track)
        else:
            for o, track in zip(said, tracks, strict=True):
                if o.subject:
                    self._claimed(o, track)
        for k in bearings:
            self._bearing(key, said[k], tracks[k])

    def _heard(self, said: Sequence[Observation], tracks: Sequence[int]) -> None:
        """Keep who spoke of the tracks, in which frames, and what it calls them."""
        s = self.state
        heard, frames, callsigns, squawks = s.heard, s.frames, s.callsigns, s.squawks
        for o, track in zip(said, tracks, strict=True):
            if track < 0:
                continue
            heard.setdefault(track, {})[o.source] = o.time_s
            if o.frame:
                behind = frames.setdefault(track, [])
                behind.append(o.frame)
                if len(behind) > FRAMES:
                    del behind[0]
            if o.callsign:
                callsigns[track] = o.callsign
            if o.squawk or o.emergency:
                squawks[track] = (o.squawk or squawks.get(track, ("", None))[0], o.emergency)

    def _claimed(self, o: Observation, track: int) -> None:
        """Keep what a subject says of itself. Who it is without where takes no earlier place away."""
        if o.time_s > o.received_at_s + FUTURE_S:
            return
        key = f"{o.subject}|{o.transmitter or ''}"
        claim = self.state.claims.get(key)
        if claim is None:
            self.state.claims[key] = Claim(
                subject=str(o.subject), transmitter=o.transmitter, latest=o, track=track, first_s=o.time_s,
                count=1,
            )  # fmt: skip
        elif o.lat_deg is None and claim.latest.lat_deg is not None:
            claim.count += 1
        elif o.time_s >= claim.latest.time_s:
            claim.latest, claim.track, claim.count = o, track, claim.count + 1

    def _bearing(self, key: str, o: Observation, track: int) -> None:
        state, source = self.state.sources[key], self._configured.get(o.source)
        sigma = o.azimuth_sigma_deg or (source and source.azimuth_sigma_deg) or BEARING_SIGMA_DEG
        turn = float(self._plane.convergence_deg(*self._plane.inverse(state.x_m, state.y_m)))
        self.state.bearings.append(
            Bearing(
                time_s=o.time_s, source=o.source, x_m=state.x_m, y_m=state.y_m,
                azimuth_deg=float(o.azimuth_deg or 0.0) + turn, sigma_deg=sigma, track=track, frame=o.frame,
                frequency_hz=o.frequency_hz, subject=o.subject,
            )
        )  # fmt: skip

    def _other(self, key: str, o: Observation) -> None:
        if o.kind == "weather":
            self.state.weather[o.subject or o.source] = o
        elif o.kind == "health":
            self._health(key, o)
        else:
            self.state.sightings.append(o)

    def _health(self, key: str, o: Observation) -> None:
        state, health = self.state.sources[key], o.health
        if health is None:
            return
        if health.state is not None:
            state.state = health.state
        if health.lat_deg is not None and health.lon_deg is not None:
            x, y = self._plane.forward(health.lat_deg, health.lon_deg)
            state.x_m, state.y_m = float(x), float(y)
        if health.alt_msl_m is not None:
            state.alt_msl_m = health.alt_msl_m
        elif health.alt_wgs84_m is not None and self._site.site.geoid_m is not None:
            state.alt_msl_m = health.alt_wgs84_m - self._site.site.geoid_m
        if health.rotation_period_s is not None:
            state.period_s = health.rotation_period_s

    def _source_state(self, key: str) -> SourceState:
        if key not in self.state.sources:
            source_id, _, sensor_id = key.partition("/")
            made = SourceState(id=source_id, sensor=sensor_id)
            source = self._configured.get(source_id)
            if source and source.lat_deg is not None and source.lon_deg is not None:
                x, y = self._plane.forward(source.lat_deg, source.lon_deg)
                made.x_m, made.y_m = float(x), float(y)
            if source and source.alt_msl_m is not None:
                made.alt_msl_m = source.alt_msl_m
            if source and source.period_s is not None:
                made.period_s = source.period_s
            if source and source.link == "form:":
                made.state = "ok"  # it is there for whoever has something to say
            self.state.sources[key] = made
        return self.state.sources[key]

    def _count(self, key: str, rows: Sequence[int], observations: Sequence[Observation]) -> None:
        state = self._source_state(key)
        state.observations += len(rows)
        last_s = max(observations[row].received_at_s for row in rows)
        state.last_s = last_s if not state.last_s >= last_s else state.last_s
        if state.state in ("waiting", "silent"):
            state.state = "ok"

    def _sensed_flying(self, t: TrackColumns, now_s: float) -> B:
        """Which tracks a sensor holds high over the aerodrome, or which say that they are unmanned and move,
        (n,): to say that one is on the ground silences nothing."""
        high = t.alt_m - 3.0 * t.alt_sigma_m > self._site.site.elevation_m + GROUND_M
        unmanned = np.zeros(len(t), dtype=np.bool_)
        for i in np.flatnonzero(t.on_ground & (t.speed_mps > TAXI_MPS) & (t.identity >= 0)).tolist():
            unmanned[i] = kind_of(self._names[int(t.identity[i])]) == "uas"
        return np.asarray((now_s - t.measured_s <= HELD_S) & (high | unmanned))

    def picture(self, now_s: float, airspace: Airspace) -> Picture:
        """What holds at `now_s`."""
        columns = self._tracker.columns(now_s)
        columns.on_ground = columns.on_ground & ~self._sensed_flying(columns, now_s)
        self._sweep(now_s, columns.id)
        self._silence(now_s)
        self._show_bias()
        if now_s - self.state.inferred_s >= INFER_S:
            self._infer(columns, airspace, now_s)
        qnh_hpa, sigma_hpa = self.state.qnh.best(self._site)
        s = self.state
        return Picture(
            now_s=now_s, plane=self._plane, tracks=columns, identities=self._names, claims=s.claims,
            bearings=s.bearings, sightings=s.sightings, sources=s.sources, flights=s.flights,
            airspace=airspace,
            weather=s.weather, qnh_hpa=qnh_hpa, qnh_sigma_hpa=sigma_hpa, evidence=s.frames,
            callsigns=s.callsigns, squawks=s.squawks, heard=s.heard, fast=s.fast,
        )  # fmt: skip

    def _infer(self, columns: TrackColumns, airspace: Airspace, now_s: float) -> None:
        """Which of the aircraft that say who they are land, take off or pass."""
        drone = columns.class_sum(("drone",)) >= 0.5
        at = np.flatnonzero((columns.identity >= 0) & columns.confirmed & ~drone)
        names = [self._names[k] for k in columns.identity[at].tolist()]
        flown = np.array([name.startswith("icao24:") for name in names], dtype=np.bool_)
        subjects = [name for name in names if name.startswith("icao24:")]
        callsigns = [self.state.callsigns.get(t) for t in columns.id[at[flown]].tolist()]
        sure_fast = (columns.speed_mps >= FAST_MPS) & (columns.var_v_m2ps2 <= FAST_SIGMA_MPS**2)
        for identity in columns.identity[at[flown & sure_fast[at]]].tolist():
            self.state.fast[identity] = now_s
        movements = Movements.of(columns, at[flown], subjects, callsigns)
        self.state.flights = infer(movements, airspace.finals, now_s)
        self.state.inferred_s = now_s

    def _sweep(self, now_s: float, tracks: I) -> None:
        """Forget what is over, once a second."""
        if now_s - self.state.swept_s < 1.0:
            return
        s, live = self.state, set(tracks.tolist())
        s.fast = {k: t for k, t in s.fast.items() if now_s - t <= FAST_S}
        s.swept_s = now_s
        s.claims = {k: c for k, c in s.claims.items() if now_s - c.latest.time_s <= CLAIM_S}
        s.bearings = [b for b in s.bearings if now_s - b.time_s <= BEARING_S]
        s.sightings = [o for o in s.sightings if now_s - o.time_s <= SIGHTING_S]
        s.frames = {t: v for t, v in s.frames.items() if t in live}
        s.heard = {t: v for t, v in s.heard.items() if t in live}
        s.callsigns = {t: v for t, v in s.callsigns.items() if t in live}
        s.squawks = {t: v for t, v in s.squawks.items() if t in live}
        for words in s.words.values():
            words.forget(live)

    def _silence(self, now_s: float) -> None:
        for state in self.state.sources.values():
            source = self._configured.get(state.id)
            period_s = state.period_s if np.isfinite(state.period_s) else 1.0
            limit_s = (source and source.silent_after_s) or max(10.0, 5.0 * period_s)
            if state.state in ("ok", "degraded") and now_s - state.last_s > limit_s:
                state.state = "silent"

    def _show_bias(self) -> None:
        """What has been learnt of each sensor, once several aircraft agree on it."""
        for key, state in self.state.sources.items():
            memory = self.state.tracker.sensors.get(key)
            known = memory is not None and len(memory.witnesses) >= register.WITNESSES
            bias = register.bias(memory) if memory is not None and known else UNKNOWN
            state.range_bias_m, state.range_bias_sigma_m = bias.range_m, bias.range_sigma_m
            state.azimuth_bias_deg = math.degrees(bias.azimuth_rad)
            state.azimuth_bias_sigma_deg = math.degrees(bias.azimuth_sigma_rad)
            state.time_bias_s, state.time_bias_sigma_s = bias.time_s, bias.time_sigma_s

    def remember(self, picture: Picture, window: Window) -> None:
        """Add what holds now to the window, and drop what is older than it."""
        now_s = picture.now_s
        if not window.blocks or now_s - window.blocks[-1].time_s >= STEP_S:
            t, sure = picture.tracks, picture.tracks.confirmed
            window.blocks.append(
                Block(time_s=now_s, id=t.id[sure], x_m=t.x_m[sure], y_m=t.y_m[sure], alt_m=t.alt_m[sure],
                      speed_mps=t.speed_mps[sure])
            )  # fmt: skip
            window.blocks = [b for b in window.blocks if now_s - b.time_s <= WINDOW_S]
        for claim in picture.claims.values():
            if not claim.subject.startswith("uas:"):
                continue
            said = window.claims.setdefault(claim.subject, [])
            before = next((o for o in reversed(said) if o.transmitter == claim.transmitter), None)
            if claim.latest != before:
                said.append(claim.latest)
        if window.blocks[-1].time_s == now_s:
            kept = {k: [o for o in v if now_s - o.time_s <= WINDOW_S] for k, v in window.claims.items()}
            window.claims = {k: v for k, v in kept.items() if v}


def _thresholds(site: Site, plane: Plane) -> Iterator[tuple[float, float, float]]:
    for runway in site.runway:
        for end in runway.ends:
            if end.elevation_m is not None:
                x, y = plane.forward(end.lat_deg, end.lon_deg)
                yield float(x), float(y), end.elevation_m
