"""An object that nobody controls comes too close to a named crewed flight.

By default the volume is the near mid-air collision; well-clear volumes are an option of the site. Two
controlled flights are not its business. Runways and approaches are protected by `approach_path`.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from beffroi.kernels import encounter
from beffroi.kernels.encounter import Separation
from beffroi.picture import Picture
from beffroi.scene import Scene, scene
from beffroi.sign import Finding, FlightEffect, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.track import F, I
from beffroi.window import Window

BASIS = (
    "ICAO Annex 2, chapter 3: avoidance of collisions",
    "Regulation (EU) 2019/947, Annex, UAS.OPEN.060(2)(b): clear of manned aircraft",
    "RTCA DO-365B: well clear and near mid-air collision volumes",
)
FALSE_ALARMS: Texts = {
    "en": "A second track of the same aircraft, a turn that is not seen yet, a height that is not known.",
    "fr": "Deuxième piste radar du même avion, virage pas encore vu, hauteur inconnue.",
    "vi": "Vết bay thứ hai của cùng một tàu bay, vòng rẽ chưa thấy, độ cao chưa rõ.",
}
HOLD_S = 1.0
GRACE_S = 20.0
"""A track that is lost and found again counts again within this (see `age_s`)."""
VOLUMES: dict[str, Separation] = {
    "nmac": encounter.NMAC,
    "well_clear": encounter.DWC_PHASE_I,
    "well_clear_terminal": encounter.DWC_PHASE_II,
    "well_clear_non_cooperative": encounter.DWC_NON_COOPERATIVE,
}


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    volume: Literal["nmac", "well_clear", "well_clear_terminal", "well_clear_non_cooperative"] = "nmac"
    """Source: RTCA DO-365B: near mid-air collision (500 ft, 100 ft) and well clear."""
    ahead_s: float = 60.0
    """How far straight paths are followed. Source: DO-365B warns at 25 s and corrects at 55 s."""
    probability: float = 0.1
    """Least probability that the volume is entered. Source: own trials on the recording."""
    same_m: float = 400.0
    """Two tracks this near that move alike are one aircraft. Source: own trials; landing pairs keep 5 km."""
    same_mps: float = 25.0
    """See `same_m`. Source: own trials with radar and ADS-B of one aircraft."""


NAME: Texts = {"en": "Close to a flight", "fr": "Près d’un vol", "vi": "Gần một chuyến bay"}
HEADLINE: Texts = {
    "en": "{kind:kind} close to flight {flight}",
    "fr": "{kind:kind} près du vol {flight}",
    "vi": "{kind:kind} gần chuyến bay {flight}",
}
SENTENCE: Texts = {
    "en": "{kind:kind} {place:place}, {level:level}, {motion:motion}, meets {flight} {in_s:until}, "
    "{miss_m:distance} apart.",
    "fr": "{kind:kind} {place:place}, {level:level}, {motion:motion}, croise {flight} {in_s:until}, "
    "à {miss_m:distance}.",
    "vi": "{kind:kind} {place:place}, {level:level}, {motion:motion}, gặp {flight} {in_s:until}, "
    "cách {miss_m:distance}.",
}
LOOK: Texts = {
    "en": "Tell the tower now: traffic information for {flight}.",
    "fr": "Prévenez la tour maintenant : information de trafic pour {flight}.",
    "vi": "Hãy báo đài kiểm soát ngay: thông báo hoạt động bay cho {flight}.",
}
REASONS: dict[str, Texts] = {
    "closest": {
        "en": "Closest to {flight} {in_s:until}: {miss_m:distance} across, probability {chance:percent}.",
        "fr": "Au plus près de {flight} {in_s:until} : {miss_m:distance}, probabilité {chance:percent}.",
        "vi": "Gần {flight} nhất {in_s:until}: {miss_m:distance}, xác suất {chance:percent}.",
    },
    "height": {
        "en": "Then {vertical_m:height} above or below it.",
        "fr": "Alors {vertical_m:height} au-dessus ou au-dessous.",
        "vi": "Khi đó chênh cao {vertical_m:height}.",
    },
    "no_height": {
        "en": "A height is not known; it may pass far above or below.",
        "fr": "Une hauteur est inconnue ; il peut passer loin au-dessus ou au-dessous.",
        "vi": "Chưa rõ một độ cao; nó có thể bay qua ở xa trên hoặc dưới.",
    },
}
MEASURES: Measures = {
    "closest": ("{chance:percent}", "{probability:percent}"),
    "height": ("{vertical_m:height}", None),
}


class Pairs(NamedTuple):
    """Intruders and flights that may meet; (n,) each."""

    intruder: I
    flight: I
    in_s: F
    miss_m: F
    vertical_m: F
    chance: F


def flight_conflict(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding an intruder, with every flight that it may meet."""
    del past, site
    strange = np.flatnonzero(now.flying & ~now.controlled)
    flights = np.flatnonzero(now.affected)
    if not len(strange) or not len(flights):
        return
    pairs = _meet(now, strange, flights, limits)
    for i in np.unique(pairs.intruder).tolist():
        if now.standing(i) != "authorised":
            mine = np.flatnonzero(pairs.intruder == i)
            yield _finding(now, i, pairs, mine[np.argsort(pairs.in_s[mine])])


def _meet(now: Picture, strange: I, flights: I, limits: Limits) -> Pairs:
    t, volume = now.tracks, VOLUMES[limits.volume]
    speed = t.speed_mps
    a, b = encounter.near_pairs(
        t.x_m[strange], t.y_m[strange], speed[strange], t.x_m[flights], t.y_m[flights], speed[flights],
        volume.dthr_m + 500.0, limits.ahead_s,
    )  # fmt: skip
    i, j = strange[a], flights[b]
    x, y, z = t.x_m[j] - t.x_m[i], t.y_m[j] - t.y_m[i], t.alt_m[j] - t.alt_m[i]
    vx, vy = t.vx_mps[j] - t.vx_mps[i], t.vy_mps[j] - t.vy_mps[i]
    vz = np.nan_to_num(t.climb_mps[j]) - np.nan_to_num(t.climb_mps[i])
    enter_s, _ = encounter.violation(x, y, z, vx, vy, vz, volume, limits.ahead_s)
    tcpa_s, miss_m = encounter.closest_approach(x, y, vx, vy)
    tcpa_s = np.minimum(tcpa_s, limits.ahead_s)
    vertical_m = np.abs(z + vz * tcpa_s)
    across = t.var_x_m2[i] + t.var_y_m2[i] + t.var_x_m2[j] + t.var_y_m2[j]
    sigma_m = np.sqrt(across / 2.0 + (t.var_v_m2ps2[i] + t.var_v_m2ps2[j]) * tcpa_s**2)
    chance = encounter.chance_within(miss_m, sigma_m, volume.dthr_m)
    rise_m = np.hypot(t.alt_sigma_m[i], t.alt_sigma_m[j])
    chance *= np.where(np.isnan(vertical_m), 1.0, encounter.chance_within(vertical_m, rise_m, volume.zthr_m))
    alike = (np.hypot(x, y) <= limits.same_m) & (np.hypot(vx, vy) <= limits.same_mps)
    met = (np.isfinite(enter_s) | (tcpa_s < limits.ahead_s)) & (chance >= limits.probability) & ~alike
    in_s = np.where(np.isfinite(enter_s), enter_s, tcpa_s)
    return Pairs(i[met], j[met], in_s[met], miss_m[met], vertical_m[met], chance[met])


def _finding(now: Picture, i: int, pairs: Pairs, mine: I) -> Finding:
    number = int(now.tracks.id[i])
    effects, reasons = [], []
    for k in mine.tolist():
        other = int(now.tracks.id[pairs.flight[k]])
        effect = _effect(now, pairs, k, other)
        effects.append(effect)
        evidence = (*now.frames(number), *now.frames(other))
        said = {"flight": effect.callsign, "in_s": effect.in_s, "miss_m": effect.distance_m,
                "chance": effect.probability}  # fmt: skip
        reasons.append(Reason(code="closest", params=said, evidence=evidence))
        if effect.vertical_m is None:
            reasons.append(Reason(code="no_height", weight=-0.5, evidence=evidence))
        else:
            high = {"vertical_m": effect.vertical_m}
            reasons.append(Reason(code="height", params=high, weight=0.5, evidence=evidence))
    first, held = effects[0], now.claim(number)
    lat, lon = now.lat_lon(i)
    named = {"flight": first.callsign, "in_s": first.in_s, "miss_m": first.distance_m}
    return Finding(
        subject=f"track:{number}", reasons=tuple(reasons), consequence="flight", time_left_s=first.in_s,
        params=now.said(i) | named, lat_deg=lat, lon_deg=lon, flights=tuple(effects),
        against=now.standing(i) == "claimed", aliases=(held.subject,) if held else (),
    )  # fmt: skip


def _effect(now: Picture, pairs: Pairs, k: int, other: int) -> FlightEffect:
    vertical = float(pairs.vertical_m[k])
    return FlightEffect(
        callsign=now.called(other),
        subject=now.identity(int(pairs.flight[k])) or f"track:{other}",
        in_s=float(pairs.in_s[k]), distance_m=float(pairs.miss_m[k]),
        vertical_m=vertical if np.isfinite(vertical) else None, probability=float(pairs.chance[k]),
    )  # fmt: skip


def _crossing(alt_m: float) -> Scene:
    """A drone that stands 2.4 km ahead of an airliner, 50 m beside its path."""
    drone = {"id": 4, "x_m": 2400.0, "y_m": 50.0, "alt_m": alt_m, "alt_sigma_m": 10.0, "climb_mps": 0.0}
    airliner = {
        "id": 5, "x_m": 0.0, "vx_mps": 80.0, "alt_m": 300.0, "alt_sigma_m": 15.0, "climb_mps": 0.0,
        "kind": "aircraft", "identity": "icao24:393322", "callsign": "AFR1234",
    }  # fmt: skip
    return scene([drone, airliner])


def fires() -> Scene:
    """The drone is 10 m above the airliner's path."""
    return _crossing(310.0)


def quiet() -> Scene:
    """The drone is 250 m above it."""
    return _crossing(550.0)
