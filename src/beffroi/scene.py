"""Scene: a small picture made by hand. Every rule ships two: one in which it speaks and one in which not."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from beffroi.airspace import Airspace
from beffroi.flight import Flight
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class, Observation
from beffroi.picture import Bearing, Claim, Picture, SourceState
from beffroi.site import Place, Runway, Site, Source, Threshold
from beffroi.track import CLASSES, TrackColumns
from beffroi.window import STEP_S, Block, Window
from beffroi.zone import Zone

NOW_S = 1_700_000_000.0
LAT_DEG, LON_DEG = 48.7233, 2.3794
"""Aerodrome reference point of the hand-made site."""


class Scene(msgspec.Struct, kw_only=True):
    """What a rule is given."""

    now: Picture
    past: Window
    site: Site


def site(**more: Any) -> Site:
    """A site with one runway, 06/24, 2.4 km long, through the reference point; more tables by keyword."""
    plane = Plane.at(LAT_DEG, LON_DEG)
    ends = []
    for name, along_m in (("06", -1200.0), ("24", 1200.0)):
        lat, lon = plane.inverse(along_m * np.sin(np.radians(62.0)), along_m * np.cos(np.radians(62.0)))
        ends.append(Threshold(designator=name, lat_deg=float(lat), lon_deg=float(lon), elevation_m=89.0))
    runway = Runway(ends=(ends[0], ends[1]), aerodrome="LFPX")
    place = Place(name="Scene", lat_deg=LAT_DEG, lon_deg=LON_DEG, elevation_m=89.0, geoid_m=44.0)
    radar = Source(
        id="radar", format="asterix", link="udp://127.0.0.1:8600", lat_deg=LAT_DEG, lon_deg=LON_DEG,
        alt_msl_m=100.0, range_m=15_000.0, sees_all=True, period_s=1.0,
    )  # fmt: skip
    tables: dict[str, Any] = {"site": place, "runway": (runway,), "source": (radar,)}
    return Site(**(tables | more))


def columns(rows: Sequence[Mapping[str, Any]]) -> TrackColumns:
    """Columns from rows; what a row leaves out is a confirmed, measured drone standing still, no height."""
    default: dict[str, Any] = {
        "x_m": 0.0, "y_m": 0.0, "vx_mps": 0.0, "vy_mps": 0.0, "var_x_m2": 25.0, "cov_xy_m2": 0.0,
        "var_y_m2": 25.0, "var_v_m2ps2": 1.0, "alt_m": np.nan, "climb_mps": np.nan, "alt_sigma_m": np.nan,
        "existence": 0.99, "confirmed": True, "coasting": False, "first_s": NOW_S - 60.0,
        "measured_s": NOW_S, "claimed_s": np.nan, "sensors": 1, "identity": -1, "on_ground": False,
    }  # fmt: skip
    made = {k: np.array([row.get(k, v) for row in rows], dtype=type(v)) for k, v in default.items()}
    ids = np.array([row.get("id", i + 1) for i, row in enumerate(rows)], dtype=np.int64)
    class_p = np.zeros((len(rows), len(CLASSES)))
    for i, row in enumerate(rows):
        class_p[i, CLASSES.index(row.get("kind", "drone"))] = 0.9
    return TrackColumns(id=ids, class_p=class_p, **made)


def claim(subject: str, track: int = -1, kind: Class = "drone", **fields: Any) -> Claim:
    """A claim of a moment ago; `fields` are those of an Observation."""
    said: dict[str, Any] = {"time_s": NOW_S, "received_at_s": NOW_S, "frame": b"\1" * 16, "source": "rid"}
    latest = Observation(kind="claim", subject=subject, classes={kind: 1.0}, **(said | fields))
    transmitter = latest.transmitter
    return Claim(subject=subject, transmitter=transmitter, latest=latest, track=track,
                 first_s=NOW_S - 60.0, count=60)  # fmt: skip


def scene(
    tracks: Sequence[Mapping[str, Any]] = (),
    *,
    claims: Sequence[Claim] = (),
    history: Sequence[Observation] = (),
    bearings: Sequence[Bearing] = (),
    zones: Sequence[Zone] = (),
    flights: Sequence[Flight] = (),
    sightings: Sequence[Observation] = (),
    sources: Sequence[SourceState] = (),
    squawks: Mapping[int, tuple[str, str | None]] | None = None,
    paths: Mapping[int, Sequence[tuple[float, float]]] | None = None,
    at: Site | None = None,
) -> Scene:
    """A scene. `paths` gives earlier places of a track, one each `STEP_S`, the last just before now;
    `identity` of a row may be a key instead of an index; `callsign` names a track."""
    here = at or site()
    keys = sorted({row["identity"] for row in tracks if isinstance(row.get("identity"), str)})
    rows = [dict(r) | {"identity": keys.index(k) if isinstance(k := r.get("identity", -1), str) else k}
            for r in tracks]  # fmt: skip
    live = columns(rows)
    known = {s.id: s for s in sources} or {"radar": SourceState(id="radar", state="ok", last_s=NOW_S,
             period_s=1.0, observations=1000, x_m=0.0, y_m=0.0, alt_msl_m=100.0)}  # fmt: skip
    now = Picture(
        now_s=NOW_S, plane=Plane.at(here.site.lat_deg, here.site.lon_deg), tracks=live, identities=keys,
        claims={f"{c.subject}|{c.transmitter or ''}": c for c in claims}, bearings=list(bearings),
        sightings=list(sightings), sources=known, flights=tuple(flights), weather={},
        airspace=Airspace(zones, Plane.at(here.site.lat_deg, here.site.lon_deg), here),
        qnh_hpa=1013.25, qnh_sigma_hpa=0.5, evidence={int(t): (b"\2" * 16,) for t in live.id},
        callsigns={int(live.id[i]): r["callsign"] for i, r in enumerate(tracks) if "callsign" in r},
        squawks=squawks or {}, heard={int(t): {"radar": NOW_S} for t in live.id}, fast={},
    )  # fmt: skip
    past: dict[str, list[Observation]] = {}
    for said in [*history, *(c.latest for c in claims)]:
        past.setdefault(str(said.subject), []).append(said)
    return Scene(now=now, past=Window(blocks=_blocks(paths or {}), claims=past), site=here)


def _blocks(paths: Mapping[int, Sequence[tuple[float, float]]]) -> list[Block]:
    longest = max((len(p) for p in paths.values()), default=0)
    blocks = []
    for back in range(longest, 0, -1):
        here = {t: p[-back] for t, p in paths.items() if len(p) >= back}
        xy = np.array(list(here.values()), dtype=np.float64)
        nothing = np.full(len(here), np.nan)
        blocks.append(Block(time_s=NOW_S - back * STEP_S, id=np.array(list(here), dtype=np.int64),
                            x_m=xy[:, 0], y_m=xy[:, 1], alt_m=nothing, speed_mps=nothing))  # fmt: skip
    return blocks
