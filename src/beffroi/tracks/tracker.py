"""The tracker: plots in, tracks out. One door for the watch.

It reads no clock and draws no random number; all that it knows is in `Tracker.state`, so a tracker restored
from a saved state goes on exactly as the first one would have.
"""

from __future__ import annotations

import msgspec
import numpy as np

from beffroi.kernels import assign
from beffroi.kernels.kalman import VX, VY, X, Y
from beffroi.track import B, F, I, TrackColumns
from beffroi.tracks import associate, bearing, classify, columns, existence, merge, register
from beffroi.tracks import filter as states
from beffroi.tracks.associate import Pairs
from beffroi.tracks.existence import SensorMemory
from beffroi.tracks.filter import STEADY, Ahead, Targets
from beffroi.tracks.scan import Scan, Sensor, Settings, part

SURE = 0.95
"""Tracks this sure teach the detection probability."""
BOLD_LOG = 4.0
"""A pair is made though it is this much less likely than clutter: existence decides what is real."""
ELDER_LOG = 5.0
"""A confirmed track comes before one that its own jump may have begun."""
MERGE_S = 1.0
"""Tracks are merged this often; groups that come out of their order change nothing of that."""


class State(msgspec.Struct, kw_only=True):
    """All that a tracker knows."""

    targets: Targets
    sensors: dict[str, SensorMemory]
    claims: register.Claims
    waiting: bearing.Waiting
    together: dict[str, int] = {}
    """Pairs of tracks that may be one object, and for how many checks."""
    merged_s: float = float("-inf")
    next_id: int = 1


class Tracker:
    """Follows everything that the sensors see."""

    def __init__(self, settings: Settings | None = None, state: State | None = None) -> None:
        self.settings = settings or Settings()
        self.state = state or State(
            targets=states.none(self.settings),
            sensors={},
            claims=register.nobody(),
            waiting=bearing.nothing(),
        )

    def scan(self, scan: Scan, sensor: Sensor) -> I:
        """Take a group of plots of one sensor; the id of the track of each (n,), old or new, -1 = none."""
        if not len(scan):
            return np.zeros(0, np.int64)
        memory = self._memory(sensor, float(scan.time_s.max()))
        given, scan = scan, register.blurred(register.corrected(scan, sensor, memory), sensor)
        now_s = float(scan.time_s.max())
        on = np.full(len(scan), -1, np.int64)
        only = scan.bearing if scan.bearing is not None else np.zeros(len(scan), bool)
        again = np.zeros(len(scan), bool) if sensor.measured else register.repeated(self.state.claims, scan)
        places = np.flatnonzero(~only & ~again)
        if len(places):
            on[places] = self._places(part(scan, places) if len(places) < len(scan) else scan, sensor, memory)
        for plot in np.flatnonzero(only):
            on[plot] = self._bearing(scan, int(plot), sensor, memory)
        if only.any():
            self.state.waiting = bearing.wait(
                self.state.waiting, memory.row, scan, np.flatnonzero(only & (on < 0))
            )
        self._register(given, scan, sensor, memory, on)
        self._miss(sensor, memory, now_s)
        taken = np.full(len(scan), -1, np.int64)
        taken[on >= 0] = self.state.targets.id[on[on >= 0]]
        self.settle(now_s)
        return taken

    def _places(self, scan: Scan, sensor: Sensor, memory: SensorMemory) -> I:
        """Plots with a place: the index of the track that each fell on or began (n,)."""
        on, false_p = np.full(len(scan), -1, np.int64), np.ones(len(scan))
        targets = self.state.targets
        live = states.live(targets)
        steady = targets.weight[STEADY, live] == 1.0
        self._associate(scan, sensor, memory, live[steady], True, on, false_p)
        self._associate(scan, sensor, memory, live[~steady], False, on, false_p)
        if existence.learns(sensor):
            existence.learn_clutter(memory, sensor, scan.x_m, scan.y_m, false_p)
        new = np.flatnonzero(on < 0)
        if len(new):
            on[new] = self._birth(scan, sensor, memory, new)
        return on

    def _bearing(self, scan: Scan, plot: int, sensor: Sensor, memory: SensorMemory) -> int:
        """A bearing: the index of the track that takes it or begins where it crosses another, -1 = none."""
        targets, settings = self.state.targets, self.settings
        live = states.live(targets)
        track, ratio = bearing.choose(targets, live, scan, plot, sensor, settings)
        crossing = bearing.cross(self.state.waiting, memory.row, scan, plot) if track < 0 else None
        if crossing is not None:
            track, ratio = bearing.at_fix(targets, live, crossing, settings), 0.0
        if track >= 0:
            bearing.take(targets, track, scan, plot, sensor, settings)
            these, now_s = np.array([track]), targets.time_s[[track]]
            alive = existence.survive(targets.existence[these], now_s - targets.asked_s[these], settings)
            limit = np.array([min(np.exp(ratio), bearing.RATIO_LIMIT)])
            targets.existence[these] = existence.hit(alive, limit, 0.0, settings)
            self._seen(memory, these, now_s)
            self._name(scan, sensor, these, np.array([plot]))
            return track
        return -1 if crossing is None else int(self._birth(crossing, sensor, memory, np.array([0]))[0])

    def _register(self, given: Scan, scan: Scan, sensor: Sensor, memory: SensorMemory, on: I) -> None:
        """Learn the biases of a sensor from claims, or remember claims."""
        state = self.state
        if not sensor.measured:
            state.claims = register.note(state.claims, scan)
        elif register.due(sensor, state.claims, float(scan.time_s.max())):
            plots = np.flatnonzero(on >= 0)
            plots = plots[state.targets.confirmed[on[plots]]]
            if scan.bearing is not None:
                plots = plots[~scan.bearing[plots]]
            track = on[plots]
            mean, _ = states.glance(state.targets, track, float(scan.time_s.max()))
            register.learn(
                memory, sensor, state.claims, given, plots, state.targets.identity[track], mean[[VX, VY]]
            )

    def bias(self, sensor_id: str) -> register.Bias | None:
        """How far off a sensor is; None if it was never heard."""
        memory = self.state.sensors.get(sensor_id)
        return None if memory is None else register.bias(memory)

    def look(self, now_s: float, sensor: Sensor) -> None:
        """The sensor has looked round and saw nothing; what is asked too early is counted with the next."""
        known = self.state.sensors.get(sensor.id)
        if known is not None and now_s - known.last_s < sensor.period_s:
            return
        memory = self._memory(sensor, now_s)
        self._miss(sensor, memory, now_s)
        if existence.learns(sensor):
            existence.learn_clutter(memory, sensor, *np.zeros((3, 0)))
        self.settle(now_s)

    def columns(self, now_s: float) -> TrackColumns:
        """All live tracks, predicted to `now_s`, ordered by id."""
        return columns.at(self.state.targets, now_s, self.settings)

    def _memory(self, sensor: Sensor, now_s: float) -> SensorMemory:
        sensors = self.state.sensors
        if sensor.id not in sensors:
            sensors[sensor.id] = existence.begin(len(sensors), register.BIAS_SIGMA)
            states.add_sensor(self.state.targets, now_s)
        memory = sensors[sensor.id]
        existence.tick(memory, sensor, now_s)
        return memory

    def _associate(
        self, scan: Scan, sensor: Sensor, memory: SensorMemory, these: I, steady: bool, on: I, false_p: F
    ) -> None:
        """Give the plots that are left to tracks `these`, and let the tracks take them."""
        targets, settings = self.state.targets, self.settings
        left = np.flatnonzero(on < 0)
        if not len(left) or not len(these):
            return
        pairs = associate.pairs(targets, these, scan, left, settings, steady)
        if not len(pairs.row):
            return
        detection = existence.detection_p(memory, sensor)
        ratio = self._log_ratio(pairs, scan, sensor, memory, detection)
        alive = self._alive(pairs.there)
        gain = ratio + np.log(alive / (1 - alive * detection))[pairs.row]
        gain += BOLD_LOG + ELDER_LOG * targets.confirmed[pairs.track]
        gain += associate.name_ratio(targets, pairs.track, scan, pairs.plot)
        chosen = assign.assign(pairs.row, pairs.plot, gain, len(pairs.there.track), len(scan))
        made = chosen[pairs.row] == pairs.plot
        self._take(scan, sensor, memory, pairs, made, alive, ratio, detection)
        track, plot = pairs.track[made], pairs.plot[made]
        on[plot] = track
        false_p[plot] = 1 - targets.existence[track]

    def _alive(self, there: Ahead) -> F:
        targets = self.state.targets
        since_s = there.time_s - targets.asked_s[there.track]
        return existence.survive(targets.existence[there.track], since_s, self.settings)

    def _log_ratio(
        self, pairs: Pairs, scan: Scan, sensor: Sensor, memory: SensorMemory, detection: float
    ) -> F:
        """Log of detection x density / clutter of each pair."""
        targets, plot = self.state.targets, pairs.plot
        density = existence.clutter(memory, sensor, scan.x_m[plot], scan.y_m[plot])
        ratio = pairs.log_mixture + np.log(detection / density)
        ratio += associate.height_ratio(targets, pairs.track, scan, plot, self.settings)
        return ratio + associate.speed_ratio(pairs.there, pairs.row, scan, plot)

    def _take(
        self, scan: Scan, sensor: Sensor, memory: SensorMemory, pairs: Pairs, made: B, alive: F, ratio: F,
        detection: float,
    ) -> None:  # fmt: skip
        """Tracks take the plots assigned to them. A claim moves no track that a sensor holds."""
        targets = self.state.targets
        self._name(scan, sensor, pairs.track[made], pairs.plot[made])
        if not sensor.measured:
            made = made & ~(scan.time_s[pairs.plot] - targets.measured_s[pairs.track] <= self.settings.held_s)
        row, plot = pairs.row[made], pairs.plot[made]
        track, time_s = pairs.track[made], scan.time_s[plot]
        if not len(track):
            return
        z, noise = associate.place_of(scan, plot)
        states.take(
            targets, pairs.there, row, time_s, z, noise, pairs.log_density[:, made], pairs.inside[made]
        )
        if scan.z_m is not None and scan.var_z_m2 is not None:
            states.take_height(targets, track, time_s, scan.z_m[plot], scan.var_z_m2[plot], self.settings)
        existence.learn_detection(memory, float((alive[row] > SURE).sum()), 0.0)
        odds = np.exp(np.minimum(ratio[made], 50.0))
        targets.existence[track] = existence.hit(alive[row], odds, detection, self.settings)
        targets.asked_s[track] = pairs.there.time_s[row]
        if sensor.measured:
            self._seen(memory, track, time_s)

    def _seen(self, memory: SensorMemory, track: I, time_s: F) -> None:
        """A measuring sensor has seen the tracks."""
        targets = self.state.targets
        targets.hidden[track] = 0.0
        targets.missed[track] = 0
        targets.seen_s[memory.row, track] = targets.hit_s[memory.row, track] = time_s
        targets.measured_s[track] = np.fmax(targets.measured_s[track], time_s)

    def _name(self, scan: Scan, sensor: Sensor, track: I, plot: I) -> None:
        """Tracks hear what their plots say: who, what, on the ground or not."""
        targets, time_s = self.state.targets, scan.time_s[plot]
        targets.hits[track] += 1
        if not sensor.measured:
            targets.claimed_s[track] = np.fmax(targets.claimed_s[track], time_s)
        if scan.identity is not None:
            said = scan.identity[plot] >= 0
            targets.identity[track[said]] = scan.identity[plot[said]]
            targets.named_s[track[said]] = time_s[said]
        if scan.on_ground is not None:
            ground = scan.on_ground[plot]
            targets.ground_s[track] = np.where(ground, time_s, np.nan)
        if scan.class_log is not None:
            targets.class_log[:, track] = classify.hear(targets.class_log[:, track], scan.class_log[plot])

    def _miss(self, sensor: Sensor, memory: SensorMemory, now_s: float) -> None:
        """Tracks that the sensor looked at and did not see."""
        targets = self.state.targets
        if not sensor.sees_all or not sensor.measured:
            return
        overdue = existence.overdue(memory, sensor, targets.seen_s[memory.row], now_s)
        due = np.flatnonzero((targets.id > 0) & overdue)
        targets.seen_s[memory.row, due] = now_s
        if np.isfinite(sensor.x_m):
            due = self._looked_at(sensor, due, now_s)
        since_s = now_s - targets.asked_s[due]
        alive = existence.survive(targets.existence[due], since_s, self.settings)
        detection = existence.detection_p(memory, sensor)
        existence.learn_detection(memory, 0.0, float(((alive > SURE) & (targets.hidden[due] < 0.5)).sum()))
        if sensor.blind_mps:
            seen = states.glance(targets, due, now_s)
            hidden = existence.hide(targets.hidden[due], *_radial(sensor, *seen), since_s, sensor)
            targets.hidden[due] = np.where(targets.hits[due] >= existence.HIDES_AFTER, hidden, 0.0)
            states.may_stop(targets, due[targets.hidden[due] > 0.5])
        targets.existence[due], targets.hidden[due] = existence.miss(alive, targets.hidden[due], detection)
        targets.asked_s[due] = now_s
        targets.missed[due] += 1

    def _looked_at(self, sensor: Sensor, track: I, now_s: float) -> I:
        """Those of the tracks that are where the sensor can look."""
        centre, _ = states.glance(self.state.targets, track, now_s)
        now = np.full(len(track), now_s)
        alt_m = states.heights_at(self.state.targets, track, now, self.settings)[0][0]
        return track[existence.covered(sensor, centre[X], centre[Y], alt_m)]

    def _birth(self, scan: Scan, sensor: Sensor, memory: SensorMemory, plots: I) -> I:
        """Every plot that no track explains may be a new object; the indices of the new tracks."""
        state = self.state
        fresh = states.born(scan, plots, state.next_id, len(state.sensors), self.settings)
        if sensor.measured:
            fresh.hit_s[memory.row] = fresh.time_s
            fresh.measured_s = fresh.time_s.copy()
        state.next_id += len(plots)
        track = states.put(state.targets, fresh)
        self._name(scan, sensor, track, plots)
        return track

    def settle(self, now_s: float) -> None:
        """Confirm, and let go of what is gone."""
        targets, settings = self.state.targets, self.settings
        targets.confirmed |= targets.existence >= settings.confirm_p
        states.settle(targets, settings)
        silent_s = now_s - np.fmax(targets.measured_s, targets.claimed_s)
        gone = (targets.existence < settings.drop_p) | (silent_s > settings.doubt_s)
        gone &= targets.id > 0
        if gone.any():
            patience_s = np.where(targets.confirmed, settings.silence_s, settings.doubt_s)
            patience_s[targets.hidden > 0.5] = settings.hover_s
            gone &= (targets.existence < settings.drop_p) | (silent_s > patience_s)
            states.end(targets, np.flatnonzero(gone))
        if len(self.state.sensors) > 1 and now_s - self.state.merged_s >= MERGE_S:
            self.state.together = merge.merge(targets, self.state.together, now_s, settings)
            self.state.merged_s = now_s


def _radial(sensor: Sensor, mean: F, cov: F) -> tuple[F, F, F]:
    """Speed, radial speed from the sensor and its sigma, of tracks (5, n)."""
    speed = np.hypot(mean[VX], mean[VY])
    dx, dy = mean[X] - sensor.x_m, mean[Y] - sensor.y_m
    away = np.maximum(np.hypot(dx, dy), 1.0)
    return speed, (dx * mean[VX] + dy * mean[VY]) / away, np.sqrt(np.maximum(cov[VX, VX], cov[VY, VY]))
