"""Said: what sources said of a track, the dots beside its smoothed line.

Of a track with signs: the observations that these cite. Of one that somebody looks at: what the log holds of
its last frames, collected while it is looked at, each kept for as long as the line is. All of it waits for
databases.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Lock

import numpy as np

from beffroi.console import message
from beffroi.desk import Desk
from beffroi.kernels.pressure import qnh_altitude_m
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.sign import Sign
from beffroi.store import reading
from beffroi.store.records import Records
from beffroi.window import WINDOW_S, Window

LOOKED_AT = 16
"""So many tracks are collected at once."""
LOOK_BACK = 5_000
"""Observations among which the last frames of a track are."""

NEAR_M = 400.0
"""What is so near to where the track was is of it: a datagram may hold plots of many things."""

Frames = dict[bytes, list[Observation]]
"""What each frame held, by its digest; nothing: the log does not hold it."""


class Said:
    """What was collected of the tracks that somebody looks at."""

    def __init__(self, records: Records, desk: Desk, directory: Path, geoid_m: float | None) -> None:
        self._records, self._desk, self._log, self._geoid_m = records, desk, directory / "log", geoid_m
        self._frames: dict[int, Frames] = {}
        self._looked_s: dict[int, float] = {}
        """When each of these tracks was looked at last, the longest ago first."""
        self._lock = Lock()

    def of(self, number: int, picture: Picture, window: Window) -> message.Raw:
        """What was said of a track, oldest first."""
        last = set(picture.evidence.get(number, ()))
        found = {**self._cited(number), **self._collected(number, last, picture.now_s)}
        said = [o for held in found.values() for o in held]
        return raw(mine(said, number, picture, window), picture.qnh_hpa, self._geoid_m)

    def forget(self, now_s: float) -> None:
        """Let go of the tracks that nobody has looked at for as long as the line is."""
        with self._lock:
            while self._looked_s:
                number, looked_s = next(iter(self._looked_s.items()))
                if looked_s >= now_s - WINDOW_S and len(self._looked_s) <= LOOKED_AT:
                    return
                del self._frames[number], self._looked_s[number]

    def _collected(self, number: int, last: set[bytes], now_s: float) -> Frames:
        with self._lock:
            new = last - self._frames.get(number, {}).keys()
        held = reading.find_all(self._log, new, LOOK_BACK) if new else {}
        with self._lock:
            frames = self._frames.get(number, {}) | {digest: held.get(digest, []) for digest in new}
            kept = self._frames[number] = {
                digest: said
                for digest, said in frames.items()
                if digest in last or any(o.time_s >= now_s - WINDOW_S for o in said)
            }
            self._looked_s.pop(number, None)
            self._looked_s[number] = now_s
        self.forget(now_s)
        return kept

    def _cited(self, number: int) -> Frames:
        """The observations of the track that signs on it cite."""
        found: Frames = {}
        for stood in (*self._desk.signs("open"), *self._desk.signs("shelved")):
            if stood.sign.subject == f"track:{number}":
                evidence = self._records.evidence(stood.sign)
                own = {d for change in self._records.changes(stood.sign) for d in cited(change, number)}
                found |= {d: [o] for d, o in evidence.items() if d in own}
        return found


def raw(said: Iterable[Observation], qnh_hpa: float | None, geoid_m: float | None) -> message.Raw:
    """The same for the chart."""
    rows = sorted(said, key=lambda o: o.time_s)
    return message.Raw(
        time_s=[o.time_s for o in rows], alt_m=[height_m(o, qnh_hpa, geoid_m) for o in rows],
        speed_mps=[o.ground_speed_mps for o in rows], source=[o.source for o in rows],
    )  # fmt: skip


def mine(said: Iterable[Observation], number: int, picture: Picture, window: Window) -> list[Observation]:
    """Those of them that lie where the track was; what says no place counts."""
    i, path = picture.index(number), window.path(number)
    if i is None:
        return []
    t = picture.tracks
    time_s = np.append(path.time_s, picture.now_s)
    x_m, y_m = np.append(path.x_m, t.x_m[i]), np.append(path.y_m, t.y_m[i])
    found = []
    for o in said:
        at = _place(o, picture)
        x, y = np.interp(o.time_s, time_s, x_m), np.interp(o.time_s, time_s, y_m)
        if at is None or np.hypot(at[0] - x, at[1] - y) <= NEAR_M:
            found.append(o)
    return found


def _place(o: Observation, picture: Picture) -> tuple[float, float] | None:
    """Where an observation puts it, in the plane of the site; None where it does not."""
    if o.lat_deg is not None and o.lon_deg is not None:
        x, y = picture.plane.forward(o.lat_deg, o.lon_deg)
        return float(x), float(y)
    sensor = picture.sources.get(o.source) or picture.sources.get(f"{o.source}/{o.sensor}")
    if o.range_m is None or o.azimuth_deg is None or sensor is None or np.isnan(sensor.x_m):
        return None
    turn_deg = float(picture.plane.convergence_deg(*picture.plane.inverse(sensor.x_m, sensor.y_m)))
    way, up = np.radians(o.azimuth_deg + turn_deg), np.radians(o.elevation_deg or 0.0)
    ground_m = o.range_m * np.cos(up)
    return float(sensor.x_m + ground_m * np.sin(way)), float(sensor.y_m + ground_m * np.cos(way))


def cited(sign: Sign, number: int) -> Iterator[bytes]:
    """Digests of the frames that a sign cites of one track (see `Picture.frames`)."""
    for reason in sign.reasons:
        of = None
        for evidence in reason.evidence:
            kind, _, value = evidence.partition(":")
            if kind == "track":
                of = value
            elif kind == "frame" and of == str(number):
                yield bytes.fromhex(value)


def by_source(changes: Iterable[Sign], found: Mapping[bytes, Observation]) -> list[message.Cited]:
    """How many frames of each source every reason of a sign has cited, most first."""
    frames = {(r.code, e) for sign in changes for r in sign.reasons for e in r.evidence}
    count: Counter[tuple[str, str]] = Counter()
    for code, evidence in frames:
        kind, _, value = evidence.partition(":")
        o = found.get(bytes.fromhex(value)) if kind == "frame" else None
        if o is not None:
            count[code, o.source] += 1
    return [message.Cited(code=c, source=s, count=n) for (c, s), n in sorted(count.items(), key=_most)]


def _most(counted: tuple[tuple[str, str], int]) -> tuple[str, int, str]:
    (code, source), n = counted
    return code, -n, source


def height_m(o: Observation, qnh_hpa: float | None, geoid_m: float | None) -> float | None:
    """The height above mean sea level that an observation gives, as far as it can be known."""
    if o.alt_msl_m is not None:
        return o.alt_msl_m
    if o.alt_wgs84_m is not None and geoid_m is not None:
        return o.alt_wgs84_m - geoid_m
    if o.alt_qnh_m is not None:
        return o.alt_qnh_m
    if o.alt_1013_m is None or qnh_hpa is None:
        return None
    return float(np.asarray(qnh_altitude_m(o.alt_1013_m, qnh_hpa)))
