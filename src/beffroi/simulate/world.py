"""World: where everything is at a time. Only the simulator and the judge look at it."""

from collections.abc import Sequence

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class
from beffroi.simulate.recording import Traffic
from beffroi.simulate.scenario import Actor, Flock, Leg, Road, Scenario
from beffroi.track import F


class Things(msgspec.Struct, kw_only=True):
    """All things at one moment; (n,) each."""

    name: list[str]
    kind: list[Class]
    x_m: F
    y_m: F
    alt_m: F
    """Above mean sea level."""
    vx_mps: F
    vy_mps: F


class World:
    """The truth."""

    def __init__(self, scenario: Scenario, traffic: Traffic | None, plane: Plane, start_s: float) -> None:
        self.scenario, self.plane, self.start_s = scenario, plane, start_s
        self._traffic = traffic
        self._ways = [_Way(a.path, plane) for a in scenario.actor]
        rng = np.random.default_rng(scenario.seed)
        self._birds = [_Birds(f, plane, rng) for f in scenario.flock]
        self._cars = [_Cars(r, plane, rng) for r in scenario.road]

    def actor(self, number: int, time_s: float) -> F | None:
        """(x, y, alt, vx, vy) of an actor; None before it starts and after its way ends."""
        actor = self.scenario.actor[number]
        return self._ways[number].at(time_s - self.start_s - actor.start_s)

    def due(self, from_s: float, until_s: float, step_s: float) -> range:
        """Numbers k with from_s < start + k * step_s <= until_s; the first is 0, at the start."""
        first = int((from_s - self.start_s) / step_s) + 1 if from_s > self.start_s else 0
        return range(first, int((until_s - self.start_s) / step_s) + 1)

    def at(self, time_s: float) -> Things:
        """Everything that is there."""
        name: list[str] = []
        kind: list[Class] = []
        parts: list[F] = []
        for i, actor in enumerate(self.scenario.actor):
            here = None if actor.on_air_only else self.actor(i, time_s)
            if here is not None:
                name.append(actor.id)
                kind.append(actor.kind)
                parts.append(here[:, None])
        since_s = time_s - self.start_s
        for n, birds in enumerate(self._birds):
            parts.append(birds.at(since_s))
            name += [f"bird {n}.{k}" for k in range(parts[-1].shape[1])]
            kind += ["bird"] * parts[-1].shape[1]
        for n, cars in enumerate(self._cars):
            parts.append(cars.at(since_s))
            name += [f"car {n}.{k}" for k in range(parts[-1].shape[1])]
            kind += ["vehicle"] * parts[-1].shape[1]
        if self._traffic is not None:
            who, columns = self._traffic.at(time_s)
            parts.append(columns)
            name += [self._traffic.names[i] for i in who]
            kind += ["aircraft"] * len(who)
        all_ = np.concatenate(parts, axis=1) if parts else np.zeros((5, 0))
        return Things(name=name, kind=kind, x_m=all_[0], y_m=all_[1], alt_m=all_[2], vx_mps=all_[3],
                      vy_mps=all_[4])  # fmt: skip


class _Way:
    """A way from place to place, with waits."""

    def __init__(self, path: Sequence[Leg], plane: Plane) -> None:
        x, y = plane.forward([p.lat_deg for p in path], [p.lon_deg for p in path])
        times, points = [0.0], [(x[0], y[0], path[0].alt_msl_m)]
        for i, leg in enumerate(path):
            if i:
                before = path[i - 1]
                step = np.hypot(np.hypot(x[i] - x[i - 1], y[i] - y[i - 1]), leg.alt_msl_m - before.alt_msl_m)
                times.append(times[-1] + float(step) / before.speed_mps)
                points.append((x[i], y[i], leg.alt_msl_m))
            if leg.wait_s:
                times.append(times[-1] + leg.wait_s)
                points.append(points[-1])
        self._time_s, self._points = np.array(times), np.array(points).T

    def at(self, since_s: float) -> F | None:
        if not 0.0 <= since_s <= self._time_s[-1]:
            return None
        here = np.array([np.interp(since_s, self._time_s, p) for p in self._points])
        soon = np.array([np.interp(since_s + 0.1, self._time_s, p) for p in self._points])
        return np.concatenate([here, (soon[:2] - here[:2]) / 0.1])


class _Birds:
    """Birds that circle and turn about one place: three slow oscillations each."""

    def __init__(self, flock: Flock, plane: Plane, rng: np.random.Generator) -> None:
        x, y = plane.forward(flock.lat_deg, flock.lon_deg)
        self._middle = np.array([float(x), float(y)])[:, None]
        n = flock.count
        self._home = rng.normal(0.0, flock.spread_m / 2.0, (2, n))
        self._rate = rng.uniform(0.02, 0.25, (3, 2, n))
        self._phase = rng.uniform(0.0, 2.0 * np.pi, (3, 2, n))
        share = rng.uniform(0.5, 1.0, (3, 2, n))
        self._size = flock.speed_mps * share / self._rate / np.sqrt(3.0)
        self._alt = flock.alt_msl_m + rng.normal(0.0, 25.0, n)

    def at(self, since_s: float) -> F:
        turn = self._rate * since_s + self._phase
        place = self._middle + self._home + (self._size * np.sin(turn)).sum(0)
        speed = (self._size * self._rate * np.cos(turn)).sum(0)
        return np.concatenate([place, self._alt[None], speed])


class _Cars:
    """Cars on one road, each with its own speed, turning at the ends."""

    def __init__(self, road: Road, plane: Plane, rng: np.random.Generator) -> None:
        x, y = plane.forward([p[0] for p in road.path], [p[1] for p in road.path])
        self._along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        self._x, self._y = x, y
        self._begin = rng.uniform(0.0, 2.0 * self._along[-1], road.cars)
        self._speed = road.speed_mps * rng.uniform(0.7, 1.2, road.cars)
        self._alt_m = road.alt_msl_m

    def _place(self, since_s: float) -> F:
        way = (self._begin + self._speed * since_s) % (2.0 * self._along[-1])
        way = np.minimum(way, 2.0 * self._along[-1] - way)
        return np.array([np.interp(way, self._along, self._x), np.interp(way, self._along, self._y)])

    def at(self, since_s: float) -> F:
        here = self._place(since_s)
        speed = (self._place(since_s + 0.1) - here) / 0.1
        return np.concatenate([here, np.full((1, here.shape[1]), self._alt_m), speed])


def declared(actor: Actor, here: F) -> F:
    """Where an actor says that it is: (x, y, alt, vx, vy)."""
    said = here.copy()
    said[0] += actor.declared_m[0]
    said[1] += actor.declared_m[1]
    return said
