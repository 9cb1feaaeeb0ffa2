"""Shots: the pictures of the past, one after the other: from the log as far as it goes, else the history."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from beffroi.airspace import Airspace
from beffroi.errors import StoreError
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.store import past, reading
from beffroi.store.checkpoint import Checkpoint
from beffroi.store.history import Columns, read_history
from beffroi.track import CLASSES, TrackColumns
from beffroi.watch import Watch
from beffroi.window import Window
from beffroi.zone import Zone

TICKS = 240
"""Ticks are read so many at a time: what is open for reading keeps the log from being tidied."""
MINUTE_S = 60.0


class Shot(NamedTuple):
    """A picture of the past."""

    now_s: float
    picture: Picture
    whole: bool
    """False: it has positions only, or observations are missing."""
    window: Window
    observations: Sequence[Observation] = ()
    """What this step took."""


class Shots:
    """What the store of a site can show."""

    def __init__(self, site: Site, zones: Sequence[Zone], directory: Path) -> None:
        self._site, self._zones, self._directory = site, zones, directory
        self._plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self._airspace = Airspace(zones, self._plane, site)

    def since(self, at_s: float) -> Iterator[Shot | None]:
        """Pictures from before `at_s` on. None: there is nothing more yet, or nothing more by `at_s`: the one
        before is what was shown then. Raises StoreError."""
        begin = past.start(self._directory, at_s)
        if begin is None:
            whole_s = past.whole_from_s(self._directory)
            if whole_s is None and past.positions_after_s(self._directory, at_s) is None:
                raise StoreError(str(self._directory), "nothing is kept of that time")
            yield from self._positions(at_s, whole_s)
            begin = past.start(self._directory, whole_s) if whole_s is not None else None
        if begin is not None:
            yield from self._known(begin, at_s)
        while True:
            yield None

    def _known(self, begin: Checkpoint, at_s: float) -> Iterator[Shot | None]:
        """Step through the log from a checkpoint on; None before the step that leads beyond `at_s`."""
        watch = Watch(self._site, self._zones)
        if begin.state:
            watch.restore(begin.state)
        place, whole, last_s = begin.place, True, np.inf
        while True:
            batches = list(islice(reading.read(self._directory / "log", since=place), TICKS))
            for batch in batches:
                if last_s < at_s < batch.tick_end_s:
                    yield None
                place, whole = batch.place, whole and not batch.missing
                try:
                    step = watch.step(batch.observations, batch.tick_end_s)
                except Exception:  # noqa: BLE001 - the live watch could not take this tick either
                    continue
                last_s = batch.tick_end_s
                window = Window(blocks=[*watch.window.blocks])  # the next step changes the watch's own
                yield Shot(last_s, step.picture, whole, window, batch.observations)
            if not batches:
                yield None

    def _positions(self, at_s: float, until_s: float | None) -> Iterator[Shot]:
        """Pictures of positions alone, one a second."""
        begins_s = past.positions_from_s(self._directory)
        if begins_s is None:
            return
        second, until_s = float(int(max(at_s, begins_s))), until_s or np.inf
        while second < until_s:
            rows = read_history(self._directory / "history", second, min(second + MINUTE_S, until_s))
            if not len(rows["time_s"]):
                following = past.positions_after_s(self._directory, second + MINUTE_S)
                if following is None:
                    return
                second = float(int(following))
                continue
            at = np.floor(rows["time_s"])
            for now_s in np.unique(at).tolist():
                picture = self._picture({k: v[at == now_s] for k, v in rows.items()}, now_s)
                yield Shot(now_s, picture, False, Window())
            second += MINUTE_S

    def _picture(self, rows: Columns, now_s: float) -> Picture:
        """What the history says of one second, as a picture."""
        keys = sorted({f"icao24:{a}" for a in rows["icao24"] if a})
        index = {name: i for i, name in enumerate(keys)}
        return Picture(
            now_s=now_s, plane=self._plane, tracks=_columns(rows, now_s, self._plane, index),
            identities=keys, claims={}, bearings=[], sightings=[], sources={}, flights=(),
            airspace=self._airspace, weather={}, qnh_hpa=None, qnh_sigma_hpa=float("inf"), evidence={},
            callsigns={int(t): str(c) for t, c in zip(rows["track"], rows["callsign"], strict=True) if c},
            squawks={}, heard={}, fast={},
        )  # fmt: skip


def _columns(rows: Columns, now_s: float, plane: Plane, index: dict[str, int]) -> TrackColumns:
    n = len(rows["track"])
    x_m, y_m = plane.forward(rows["lat_deg"], rows["lon_deg"])
    way = np.radians(rows["track_deg"])
    kinds = [CLASSES.index(kind) if kind in CLASSES else -1 for kind in rows["kind"]]
    class_p = np.zeros((n, len(CLASSES)))
    for i, kind in enumerate(kinds):
        if kind >= 0:
            class_p[i, kind] = 1.0
    unknown = np.full(n, np.nan)
    return TrackColumns(
        id=rows["track"], x_m=x_m, y_m=y_m,
        vx_mps=rows["ground_speed_mps"] * np.sin(way), vy_mps=rows["ground_speed_mps"] * np.cos(way),
        var_x_m2=rows["sigma_m"] ** 2, cov_xy_m2=np.zeros(n), var_y_m2=rows["sigma_m"] ** 2,
        var_v_m2ps2=unknown, alt_m=rows["alt_msl_m"], climb_mps=rows["climb_mps"], alt_sigma_m=unknown,
        existence=np.ones(n), confirmed=np.ones(n, np.bool_), coasting=rows["coasting"], first_s=unknown,
        measured_s=np.where(rows["measured"], now_s, np.nan),
        claimed_s=np.where(rows["measured"], np.nan, now_s), sensors=np.zeros(n, np.int64),
        identity=np.array([index.get(f"icao24:{a}", -1) for a in rows["icao24"]], dtype=np.int64),
        on_ground=rows["on_ground"], class_p=class_p,
    )  # fmt: skip
