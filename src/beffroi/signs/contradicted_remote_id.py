"""A drone declares a place at which a sensor sees nothing, or a sensor holds it somewhere else.

Only here may a declaration be called false: a sensor that stands apart speaks against it. What a claim says
of itself, however odd, is the business of `implausible_remote_id`.
"""

import math
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import msgspec
import numpy as np

from beffroi.observation import Observation
from beffroi.picture import HELD_S, Bearing, Claim, Picture, SourceState
from beffroi.scene import NOW_S, Scene, claim, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site, Source
from beffroi.window import Window

BASIS = (
    "Regulation (EU) 2019/945, Annex, Part 6: what direct remote identification broadcasts in real time",
    "Regulation (EU) 2019/947, Article 14: registration of operators",
)
FALSE_ALARMS: Texts = {
    "en": "A drone behind a building that hides it from the radar, a bad satellite fix beside a tall wall, a "
    "misaligned sensor.",
    "fr": "Drone masqué au radar par un bâtiment, mauvais point satellite près d’un mur, capteur décalé.",
    "vi": "Tàu bay bị tòa nhà che khuất khỏi ra đa, định vị vệ tinh sai gần tường cao, cảm biến bị lệch.",
}
HOLD_S = 5.0
GRACE_S = 15.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    distance_m: float = 200.0
    """Between the declared and the sensed place. Source: over twice the 92.6 m (95 %) of
    accuracy code 8 of ASTM F3411-22a; consumer drones declare better ones."""
    sigmas: float = 4.0
    """And this many sigma of both. Source: own trials."""
    seen_after_s: float = 10.0
    """How long a claim must stand in a sensor's volume unseen. Source: ten looks of a radar at 1 Hz."""
    look_back_s: float = 60.0
    """No claim older than this is asked. Source: six times `seen_after_s`."""
    bearing_deg: float = 5.0
    """And `sigmas` of the bearing, between a bearing and the declared place. Source: own trials."""
    hover_mps: float = 2.0
    """One that was seen and declares itself slower may hide from a radar that sees what moves. Source: the
    clutter filters of surveillance radars stop at 1 to 2 m/s."""
    heard_m: float = 10_000.0
    """A silent drone within this may be the true sender. Source: Remote ID carries a few kilometres."""
    low_m: float = 15.0
    """Lower than this over the ground or its take-off point no radar is asked. Source: own trials; hedges,
    hangars and parked aircraft."""
    fresh_s: float = 2.5
    """A track that is to contradict was seen so lately. Source: two looks of a radar at 1 Hz, and its delay."""
    live_s: float = 10.0
    """Claims older than this are not compared. Source: ASTM F3411-22a asks one a second."""


NAME: Texts = {
    "en": "Declared position differs",
    "fr": "Position déclarée contredite",
    "vi": "Vị trí khai báo sai lệch",
}
HEADLINE: Texts = {
    "en": "Declared place of drone {serial} is not true",
    "fr": "Position déclarée du drone {serial} démentie",
    "vi": "Vị trí khai báo của tàu bay không người lái {serial} không đúng",
}
SENTENCE: Texts = {
    "en": "Drone {serial} declares itself {declared:place}; sensors contradict it. Measured: {place:place}, "
    "{level:level}, {motion:motion}.",
    "fr": "Le drone {serial} se déclare {declared:place} ; les capteurs le démentent. Mesuré : {place:place}, "
    "{level:level}, {motion:motion}.",
    "vi": "Tàu bay không người lái {serial} khai báo {declared:place}; cảm biến cho thấy khác. Đo được: {place:place}, "
    "{level:level}, {motion:motion}.",
}
LOOK: Texts = {
    "en": "Trust the measured track; do not send a patrol to the declared operator alone.",
    "fr": "Fiez-vous à la position mesurée ; n’envoyez pas de patrouille vers le seul opérateur déclaré.",
    "vi": "Hãy tin vết bay đo được; đừng chỉ cử đội tuần tra tới vị trí người điều khiển đã khai.",
}
REASONS: dict[str, Texts] = {
    "not_seen": {
        "en": "{sensor} sees all that flies there and has seen nothing at the declared place for "
        "{for_s:duration}.",
        "fr": "{sensor} voit tout ce qui vole là et n’y a rien vu depuis {for_s:duration}.",
        "vi": "{sensor} thấy mọi thứ bay ở đó nhưng không thấy gì tại vị trí khai báo trong {for_s:duration}.",
    },
    "bearing": {
        "en": "{sensor} hears it {off_deg:angle} away from the direction of the declared place.",
        "fr": "{sensor} l’entend à {off_deg:angle} de la direction déclarée.",
        "vi": "{sensor} nghe thấy nó lệch {off_deg:angle} so với hướng khai báo.",
    },
    "moved_away": {
        "en": "The track that bore this identity is still seen, {away_m:distance} from the declared place.",
        "fr": "La piste radar qui portait cette identité est toujours vue, à {away_m:distance} du lieu déclaré.",
        "vi": "Vết bay mang danh tính này vẫn được thấy, cách vị trí khai báo {away_m:distance}.",
    },
    "unclaimed": {
        "en": "A sensed drone that declares nothing flies {away_m:distance} from the declared place.",
        "fr": "Un drone détecté, qui ne déclare rien, vole à {away_m:distance} du lieu déclaré.",
        "vi": "Một tàu bay không người lái được phát hiện, không khai báo gì, cách vị trí khai báo {away_m:distance}.",
    },
}
MEASURES: Measures = {
    "not_seen": ("{for_s:duration}", "{seen_after_s:duration}"),
    "bearing": ("{off_deg:angle}", "{bearing_deg:angle}"),
    "moved_away": ("{away_m:distance}", "{distance_m:distance}"),
    "unclaimed": ("{away_m:distance}", "{heard_m:distance}"),
}


def contradicted_remote_id(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a declared identity; of several transmitters under it, that which most speaks against."""
    found: dict[str, Finding] = {}
    for said in now.claims.values():
        if not said.subject.startswith("uas:") or said.latest.lat_deg is None:
            continue
        if now.now_s - said.latest.time_s <= limits.live_s and not _held(now, said):
            finding = _compare(now, past, site, limits, said)
            before = found.get(said.subject)
            if finding is not None and (before is None or len(finding.reasons) > len(before.reasons)):
                found[said.subject] = finding
    yield from found.values()


def _held(now: Picture, said: Claim) -> bool:
    """The claim fell on a track that a sensor holds: they agree."""
    i = now.index(said.track)
    return i is not None and bool(now.now_s - now.tracks.measured_s[i] <= HELD_S)


def _compare(now: Picture, past: Window, site: Site, limits: Limits, said: Claim) -> Finding | None:
    x, y = (float(v) for v in now.plane.forward(said.latest.lat_deg or 0.0, said.latest.lon_deg or 0.0))
    frame = f"frame:{said.latest.frame.hex()}"
    reasons = [*_not_seen(now, past, site, limits, said, x, y), *_bearings(now, limits, said, x, y)]
    sensed = _moved_away(now, limits, said, x, y)
    if sensed is not None:
        away = {"away_m": _away_m(now, sensed, x, y)}
        reasons.append(
            Reason(code="moved_away", params=away, evidence=now.frames(int(now.tracks.id[sensed])))
        )
    if not reasons:
        return None
    if sensed is None and (sensed := _unclaimed(now, limits, x, y)) is not None:
        away = {"away_m": _away_m(now, sensed, x, y)}
        evidence = (*now.frames(int(now.tracks.id[sensed])), frame)
        reasons.append(Reason(code="unclaimed", params=away, weight=0.5, evidence=evidence))
    return _finding(now, site, said, x, y, tuple(reasons), sensed)


def _finding(
    now: Picture, site: Site, said: Claim, x: float, y: float, reasons: tuple[Reason, ...], sensed: int | None
) -> Finding:
    measured: dict[str, Any] = {"kind": "drone", "place": None, "level": None, "motion": None}
    if sensed is not None:
        measured = now.said(sensed)
    lat, lon = now.lat_lon(sensed) if sensed is not None else (said.latest.lat_deg, said.latest.lon_deg)
    named = {"serial": said.subject.removeprefix("uas:"), "declared": now.place(x, y)}
    return Finding(
        subject=said.subject, reasons=reasons, consequence="aerodrome", time_left_s=60.0,
        params=measured | named, lat_deg=lat, lon_deg=lon,
    )  # fmt: skip


def _not_seen(
    now: Picture, past: Window, site: Site, limits: Limits, said: Claim, x: float, y: float
) -> Iterator[Reason]:
    """Sensors that would see it where it says it is."""
    for source in site.source:
        state = now.sources.get(source.id)
        if state is None or not source.sees_all or source.range_m is None or state.state != "ok":
            continue
        since_s = max(_inside_s(now, past, limits, source, said), _seen_s(now, limits, said))
        unseen_s = said.latest.time_s - since_s
        if unseen_s >= limits.seen_after_s and not _seen_near(now, limits, said, x, y):
            params = {"sensor": source.id, "for_s": unseen_s}
            evidence = (f"source:{source.id}", f"frame:{said.latest.frame.hex()}")
            yield Reason(code="not_seen", params=params, evidence=evidence)


def _inside_s(now: Picture, past: Window, limits: Limits, source: Source, said: Claim) -> float:
    """Since when it declares itself, without a break, where the sensor sees all."""
    since_s, from_s = said.latest.time_s, now.now_s - limits.look_back_s
    recent = takewhile(lambda o: o.time_s >= from_s, reversed(past.claims.get(said.subject, ())))
    mine = [o for o in recent if o.transmitter == said.transmitter and o.lat_deg is not None]
    x, y = now.plane.forward([o.lat_deg or 0.0 for o in mine], [o.lon_deg or 0.0 for o in mine])
    state = now.sources[source.id]
    for o, dx, dy in zip(mine, (x - state.x_m).tolist(), (y - state.y_m).tolist(), strict=True):
        if not _covers(limits, source, state, o, dx, dy):
            break
        since_s = o.time_s
    return since_s


def _seen_s(now: Picture, limits: Limits, said: Claim) -> float:
    """When a sensor last saw the track that bears the claim; now, for one that hovers and so may hide."""
    i = now.index(said.track)
    if i is None or np.isnan(now.tracks.measured_s[i]):
        return -np.inf
    slow = said.latest.ground_speed_mps is not None and said.latest.ground_speed_mps < limits.hover_mps
    return said.latest.time_s if slow else float(now.tracks.measured_s[i])


def _covers(
    limits: Limits, source: Source, state: SourceState, o: Observation, dx_m: float, dy_m: float
) -> bool:
    """The declared place lies well inside the sensor's volume and not by the ground, and the declared
    movement is one that it sees; a height that is not known covers nothing unless the sensor sees down to
    the horizon."""
    if o.on_ground:
        return False
    height_m = o.height_agl_m if o.height_agl_m is not None else o.height_takeoff_m
    if height_m is not None and height_m < limits.low_m:
        return False
    ground_m = math.hypot(dx_m, dy_m)
    if not 100.0 < ground_m < 0.9 * (source.range_m or 0.0):
        return False
    if source.blind_mps and o.ground_speed_mps is not None and o.track_deg is not None:
        course = math.radians(o.track_deg)
        along = (dx_m * math.sin(course) + dy_m * math.cos(course)) / ground_m
        if abs(along) * o.ground_speed_mps <= 3.0 * source.blind_mps:
            return False
    if source.elevation_from_deg <= 0.0:
        return True
    up_m = np.nan if o.alt_msl_m is None else o.alt_msl_m - state.alt_msl_m
    return bool(np.degrees(np.arctan2(up_m, ground_m)) > source.elevation_from_deg + 0.5)


def _seen_near(now: Picture, limits: Limits, said: Claim, x: float, y: float) -> bool:
    t = now.tracks
    seen = now.now_s - t.measured_s <= HELD_S
    return bool((seen & (np.hypot(t.x_m - x, t.y_m - y) <= _gap_m(now, limits, said))).any())


def _gap_m(now: Picture, limits: Limits, said: Claim) -> float:
    return max(limits.distance_m, limits.sigmas * (said.latest.horizontal_sigma_m or 30.0))


def _bearings(now: Picture, limits: Limits, said: Claim, x: float, y: float) -> Iterator[Reason]:
    """Bearings of this very transmitter that point elsewhere, the latest of each sensor."""
    latest: dict[str, Bearing] = {}
    for bearing in now.bearings:
        if bearing.subject == said.subject and now.now_s - bearing.time_s <= limits.live_s:
            latest[bearing.source] = bearing
    for bearing in latest.values():
        towards = np.degrees(np.arctan2(x - bearing.x_m, y - bearing.y_m))
        off = abs((bearing.azimuth_deg - towards + 180.0) % 360.0 - 180.0)
        if off > limits.bearing_deg + limits.sigmas * bearing.sigma_deg:
            evidence = (f"source:{bearing.source}", f"frame:{bearing.frame.hex()}")
            yield Reason(
                code="bearing", params={"sensor": bearing.source, "off_deg": float(off)}, evidence=evidence
            )


def _moved_away(now: Picture, limits: Limits, said: Claim, x: float, y: float) -> int | None:
    """A sensor-held track that bore this identity and is not where the claim says. One that another
    transmitter under the same identity bears out is not it."""
    t = now.tracks
    true = {c.track for c in now.claims.values() if c.subject == said.subject and c is not said}
    seen = ~t.coasting & (now.now_s - t.measured_s <= limits.fresh_s)
    for i in np.flatnonzero(seen).tolist():
        unsure_m = limits.sigmas * float(np.sqrt(t.var_x_m2[i] + t.var_y_m2[i]))
        if (
            now.identity(i) == said.subject
            and int(t.id[i]) not in true
            and _away_m(now, i, x, y) > _gap_m(now, limits, said) + unsure_m
        ):
            return int(i)
    return None


def _unclaimed(now: Picture, limits: Limits, x: float, y: float) -> int | None:
    """The nearest sensed drone that declares nothing."""
    t = now.tracks
    silent = ~(now.now_s - t.claimed_s <= limits.live_s)
    drone = t.class_sum(("drone",)) >= 0.3
    near = np.hypot(t.x_m - x, t.y_m - y) <= limits.heard_m
    here = np.flatnonzero(t.confirmed & silent & drone & near & (now.now_s - t.measured_s <= HELD_S))
    if not len(here):
        return None
    return int(here[np.hypot(t.x_m[here] - x, t.y_m[here] - y).argmin()])


def _away_m(now: Picture, i: int, x: float, y: float) -> float:
    return float(np.hypot(now.tracks.x_m[i] - x, now.tracks.y_m[i] - y))


def _declared(track: int) -> Scene:
    here = claim("uas:1588E0123", track, lat_deg=48.7500, lon_deg=2.3794, transmitter="mac:02:00:00:00:00:01")
    earlier = [msgspec.structs.replace(here.latest, time_s=NOW_S - back) for back in (20.0, 15.0, 10.0, 5.0)]
    drone = {"id": 5, "x_m": 800.0, "y_m": 0.0, "alt_m": 150.0}
    held = {"id": 6, "x_m": 0.0, "y_m": 2970.0, "claimed_s": NOW_S, "identity": "uas:1588E0123"}
    if track != 6:
        held["measured_s"] = np.nan
    return scene([drone, held], claims=[here], history=earlier)


def fires() -> Scene:
    """A drone declares itself 3 km north, inside the radar's volume, where the radar sees nothing."""
    return _declared(-1)


def quiet() -> Scene:
    """The same declaration, and the radar holds a track there."""
    return _declared(6)
