"""Said: what sources said of a track, the dots beside its smoothed line.

Of a track with signs: the observations that these cite. Of one that somebody looks at: what the log holds of
its last frames, collected for as long as it is looked at. All of it waits for databases.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

import numpy as np

from beffroi.console import message
from beffroi.desk import Desk
from beffroi.kernels.pressure import qnh_altitude_m
from beffroi.observation import Observation
from beffroi.sign import Sign
from beffroi.store import reading
from beffroi.store.records import Records

LOOKED_AT = 16
"""So many tracks are collected at once."""
LOOK_BACK = 5_000
"""Observations among which the last frames of a track are."""

Frames = dict[bytes, Observation | None]
"""By digest; None: the log does not hold it."""


class Said:
    """What was collected of the tracks that somebody looks at."""

    def __init__(self, records: Records, desk: Desk, directory: Path, geoid_m: float | None) -> None:
        self._records, self._desk, self._log, self._geoid_m = records, desk, directory / "log", geoid_m
        self._frames: dict[int, Frames] = {}
        self._lock = Lock()

    def of(self, number: int, last: Iterable[bytes], qnh_hpa: float | None) -> message.Raw:
        """What was said of a track, whose `last` frames are these, oldest first."""
        found = {**self._collected(number, last), **self._cited(number)}
        said = sorted((o for o in found.values() if o is not None), key=lambda o: o.time_s)
        return message.Raw(
            time_s=[o.time_s for o in said],
            alt_m=[height_m(o, qnh_hpa, self._geoid_m) for o in said],
            speed_mps=[o.ground_speed_mps for o in said],
            source=[o.source for o in said],
        )

    def _collected(self, number: int, last: Iterable[bytes]) -> Frames:
        with self._lock:
            frames = self._frames.pop(number, {})
            self._frames[number] = frames
            while len(self._frames) > LOOKED_AT:
                del self._frames[next(iter(self._frames))]
            new = set(last) - frames.keys()
            if new:
                frames.update(dict.fromkeys(new) | reading.find(self._log, new, LOOK_BACK))
            return dict(frames)

    def _cited(self, number: int) -> Frames:
        """The observations of the track that signs on it cite."""
        found: Frames = {}
        for stood in (*self._desk.signs("open"), *self._desk.signs("shelved")):
            if stood.sign.subject == f"track:{number}":
                evidence = self._records.evidence(stood.sign)
                mine = {d for change in self._records.changes(stood.sign) for d in cited(change, number)}
                found |= {d: o for d, o in evidence.items() if d in mine}
        return found


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
