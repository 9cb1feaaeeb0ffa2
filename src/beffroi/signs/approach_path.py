"""An object is in the way of flights that land on, or take off from, a runway in use.

Flights are named, with the time at which each passes and how sure that is.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from beffroi.airspace import Final
from beffroi.flight import Flight, PathPoint
from beffroi.picture import Picture
from beffroi.scene import NOW_S, Scene, scene
from beffroi.sign import Finding, FlightEffect, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.track import B, F
from beffroi.window import Window

BASIS = (
    "ICAO Annex 14 Volume I, chapter 4: approach and take-off climb surfaces are to be kept free",
    "ICAO Doc 4444 (PANS-ATM), chapter 7: information to aircraft on hazards near the runway",
    "EASA, Drone Incident Management at Aerodromes, part 1 (2021): protection of the approach",
)
FALSE_ALARMS: Texts = {
    "en": "A bird that soars on the centre line, a flight whose runway was guessed wrongly, a false echo.",
    "fr": "Oiseau planant dans l’axe, vol dont la piste a été mal devinée, faux écho.",
    "vi": "Chim lượn trên trục đường CHC, chuyến bay bị đoán nhầm đường CHC, tín hiệu nhiễu.",
}
HOLD_S = 1.0
GRACE_S = 20.0
"""A track that is lost and found again counts again within this (see `age_s`)."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    out_m: float = 9000.0
    """Along the approach, from the threshold. Source: about 5 NM, where landing clearance is usual."""
    half_width_m: float = 150.0
    """At the threshold. Source: half of the 300 m inner edge (ICAO Annex 14, Table 4-1)."""
    divergence: float = 0.15
    """To each side. Source: ICAO Annex 14, Table 4-1, precision approach."""
    glide: float = 0.0524
    """Slope of the path. Source: 3°, the usual glide path (ICAO Annex 10 Volume I, chapter 3)."""
    climb: float = 0.15
    """Slope of the steepest usual climb. Source: as for the zones of an aerodrome."""
    clear_m: float = 150.0
    """Above and below the path. Source: 500 ft, the height of the near mid-air collision volume times five."""
    ahead_s: float = 600.0
    """Flights this far ahead count. Source: ten minutes, the time in which a high alarm is to be acted on."""
    near_m: float = 500.0
    """A flight that passes within this is affected. Source: three times 500 ft, the radius of a near mid-air
    collision (RTCA DO-365B)."""


NAME: Texts = {
    "en": "In the path of a runway",
    "fr": "Dans l’axe d’une piste",
    "vi": "Trên đường bay của đường CHC",
}
HEADLINE: Texts = {
    "en": "{kind:kind} in the path of runway {runway}",
    "fr": "{kind:kind} dans l’axe de la piste {runway}",
    "vi": "{kind:kind} trên đường bay của đường CHC {runway}",
}
SENTENCE: Texts = {
    "en": "{kind:kind} {place:place}, {level:level}, {motion:motion}. {flight} passes it {in_s:until}.",
    "fr": "{kind:kind} {place:place}, {level:level}, {motion:motion}. {flight} le croise {in_s:until}.",
    "vi": "{kind:kind} {place:place}, {level:level}, {motion:motion}. {flight} sẽ bay qua nó {in_s:until}.",
}
LOOK: Texts = {
    "en": "Tell the tower now; the decision on the runway is theirs.",
    "fr": "Prévenez la tour maintenant ; la décision sur la piste lui appartient.",
    "vi": "Hãy báo đài kiểm soát ngay; quyết định về đường CHC thuộc về họ.",
}
REASONS: dict[str, Texts] = {
    "in_path": {
        "en": "It is {out_m:distance} before threshold {runway}, {off_m:height} beside the centre line.",
        "fr": "Il est à {out_m:distance} avant le seuil {runway}, à {off_m:height} de l’axe.",
        "vi": "Nó ở trước ngưỡng {runway} {out_m:distance}, cách trục {off_m:height}.",
    },
    "flights": {
        "en": "Flights on this path within {ahead_s:duration}: {count:count}.",
        "fr": "Vols sur cet axe d’ici {ahead_s:duration} : {count:count}.",
        "vi": "Số chuyến bay dùng đường này trong {ahead_s:duration} tới: {count:count}.",
    },
    "no_height": {
        "en": "No source gives its height; it may be far above or below the path.",
        "fr": "Aucune source ne donne sa hauteur ; il peut être loin au-dessus ou au-dessous de l’axe.",
        "vi": "Không nguồn nào cho biết độ cao; nó có thể ở xa trên hoặc dưới đường bay.",
    },
}
MEASURES: Measures = {
    "in_path": ("{out_m:distance}", "{out_m:distance}"),
    "flights": ("{count:count}", None),
}


def approach_path(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a track: the path in use that it is on; of two, that of the flight that comes first."""
    del past, site
    found: dict[str, Finding] = {}
    for finding in _on_paths(now, limits):
        first = min(found.get(finding.subject, finding), finding, key=lambda f: f.time_left_s)
        found[finding.subject] = first
    yield from found.values()


def _on_paths(now: Picture, limits: Limits) -> Iterator[Finding]:
    t = now.tracks
    real = now.flying & ~now.controlled
    if not real.any():
        return
    for path in now.airspace.finals:
        flights = [f for f in now.flights if (f.phase, f.runway) in _users(path)]
        if not flights:
            continue
        climbing = any(f.phase == "departure" for f in flights)
        out_m, off_m, in_path = _on(path, t.x_m, t.y_m, t.alt_m, limits, climbing=climbing)
        for i in np.flatnonzero(real & in_path).tolist():
            if now.standing(i) != "authorised":
                effects = tuple(_effects(now, i, flights, limits))
                if effects:
                    yield _finding(now, i, path, float(out_m[i]), float(abs(off_m[i])), effects, limits)


def _users(path: Final) -> tuple[tuple[str, str], ...]:
    """Who comes along this path: who lands here, and who takes off from the other end."""
    return ("arrival", path.name), ("departure", path.opposite)


def _on(path: Final, x_m: F, y_m: F, alt_m: F, limits: Limits, *, climbing: bool) -> tuple[F, F, B]:
    """(distance before the threshold, distance from the centre line, whether inside the path)."""
    out_m, off_m = path.seen_from(x_m, y_m)
    wide = np.abs(off_m) <= limits.half_width_m + limits.divergence * np.maximum(out_m, 0.0)
    glide_m = path.alt_m + 15.0 + limits.glide * np.maximum(out_m, 0.0)
    steepest_m = path.alt_m + limits.climb * np.maximum(out_m, 0.0) if climbing else glide_m
    high = ~(alt_m < glide_m - limits.clear_m) & ~(alt_m > steepest_m + limits.clear_m)
    return out_m, off_m, (out_m >= -path.length_m) & (out_m <= limits.out_m) & wide & high


def _effects(now: Picture, i: int, flights: list[Flight], limits: Limits) -> Iterator[FlightEffect]:
    """The flights that pass it, the first one first."""
    t = now.tracks
    found = []
    for flight in flights:
        ahead = [p for p in flight.path if 0.0 <= p.time_s - now.now_s <= limits.ahead_s]
        if not ahead:
            continue
        away_m = [np.hypot(p.x_m - t.x_m[i], p.y_m - t.y_m[i]) for p in ahead]
        k = int(np.argmin(away_m))
        if away_m[k] <= limits.near_m + ahead[k].sigma_m:
            found.append(_effect(now, i, flight, ahead[k], float(away_m[k]), limits))
    yield from sorted(found, key=lambda e: e.in_s)


def _effect(
    now: Picture, i: int, flight: Flight, at: PathPoint, away_m: float, limits: Limits
) -> FlightEffect:
    spread_m = float(np.hypot(at.sigma_m, np.sqrt(now.tracks.var_x_m2[i] + now.tracks.var_y_m2[i])))
    near = float(np.exp(-0.5 * (max(away_m - limits.near_m, 0.0) / max(spread_m, 1.0)) ** 2))
    vertical = None
    if at.alt_m is not None and np.isfinite(now.tracks.alt_m[i]):
        vertical = float(abs(at.alt_m - now.tracks.alt_m[i]))
    return FlightEffect(
        callsign=flight.callsign or flight.subject.partition(":")[2], subject=flight.subject,
        in_s=at.time_s - now.now_s, distance_m=away_m, vertical_m=vertical,
        probability=flight.probability * near, runway=flight.runway,
    )  # fmt: skip


def _finding(
    now: Picture,
    i: int,
    path: Final,
    out_m: float,
    off_m: float,
    effects: tuple[FlightEffect, ...],
    limits: Limits,
) -> Finding:
    number = int(now.tracks.id[i])
    evidence = now.frames(number)
    first = effects[0]
    where = {"out_m": out_m, "off_m": off_m, "runway": path.name}
    counted = {"count": len(effects), "ahead_s": limits.ahead_s}
    named = tuple(f"flight:{e.callsign}" for e in effects)
    reasons = [
        Reason(code="in_path", params=where, evidence=evidence),
        Reason(code="flights", params=counted, evidence=named),
    ]
    if not np.isfinite(now.tracks.alt_m[i]):
        reasons.append(Reason(code="no_height", weight=-0.5, evidence=evidence))
    held = now.claim(number)
    lat, lon = now.lat_lon(i)
    said = {"runway": path.name, "flight": first.callsign, "in_s": first.in_s}
    return Finding(
        subject=f"track:{number}", reasons=tuple(reasons), consequence="flight", time_left_s=first.in_s,
        params=now.said(i) | said, lat_deg=lat, lon_deg=lon, flights=effects,
        against=now.standing(i) == "claimed", aliases=(held.subject,) if held else (),
    )  # fmt: skip


def _final(alt_m: float) -> Scene:
    """A drone 2 km before threshold 24, and a flight that lands there in a minute."""
    away = np.array([np.sin(np.radians(62.0)), np.cos(np.radians(62.0))])
    points = tuple(
        PathPoint(time_s=NOW_S + s, x_m=float(away[0] * d), y_m=float(away[1] * d), sigma_m=50.0,
                  alt_m=105.0 + 0.0524 * (d - 1200.0))
        for s, d in ((30.0, 5300.0), (60.0, 3200.0), (90.0, 1200.0))
    )  # fmt: skip
    flight = Flight(subject="icao24:393322", callsign="AFR1234", phase="arrival", runway="LFPX 24",
                    threshold_s=NOW_S + 90.0, path=points)  # fmt: skip
    drone = {"id": 4, "x_m": float(away[0] * 3200.0), "y_m": float(away[1] * 3200.0) + 40.0, "alt_m": alt_m}
    return scene([drone], flights=[flight])


def fires() -> Scene:
    """The drone is at the height of the glide path."""
    return _final(200.0)


def quiet() -> Scene:
    """The drone is 700 m above it."""
    return _final(900.0)
