"""An ultralight, glider, paraglider or parachute is inside the controlled zone of an aerodrome.

It may be known from FLARM, from a radar that sees how it moves, or from what a person reports.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from beffroi.kernels.geodesy import distance_m
from beffroi.observation import Class, Observation, Report
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, Scene, scene
from beffroi.sentence import LANGUAGES
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window
from beffroi.zone import Circle, Text, Volume, Zone

BASIS = (
    "Commission Implementing Regulation (EU) No 923/2012 (SERA), SERA.8015: clearance in controlled airspace",
    "ICAO Annex 11, chapter 2: control zones",
)
FALSE_ALARMS: Texts = {
    "en": "A flight with a clearance that the watch does not know of, a light aircraft taken for an ultralight.",
    "fr": "Vol ayant une clairance que la veille ignore, avion léger pris pour un ULM.",
    "vi": "Chuyến bay có huấn lệnh mà hệ thống không biết, tàu bay nhỏ bị nhầm là siêu nhẹ.",
}
HOLD_S = 3.0
GRACE_S = 20.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    chance: float = 0.5
    """Least probability that it is one of these. Source: own trials with radar kinematics."""
    reasons: tuple[str, ...] = ("AIR_TRAFFIC",)
    """Reasons of the zones that count. Source: ED-269, `reason`."""
    same_m: float = 2000.0
    """A report this near to another or to a track is of the same object. Source: own trials; people misjudge
    distances in the air by half."""
    sighting_s: float = 600.0
    """How long a report stands. Source: an ultralight leaves a 5 km zone in five minutes; twice that."""


NAME: Texts = {
    "en": "Ultralight in controlled zone",
    "fr": "ULM dans une zone contrôlée",
    "vi": "Tàu bay siêu nhẹ trong vùng kiểm soát",
}
HEADLINE: Texts = {
    "en": "{kind:kind} in controlled zone {zone:named}",
    "fr": "{kind:kind} dans la zone contrôlée {zone:named}",
    "vi": "{kind:kind} trong vùng kiểm soát {zone:named}",
}
SENTENCE: Texts = {
    "en": "{kind:kind} {place:place}, {level:level}, {motion:motion}, inside {zone:named}.",
    "fr": "{kind:kind} {place:place}, {level:level}, {motion:motion}, dans {zone:named}.",
    "vi": "{kind:kind} {place:place}, {level:level}, {motion:motion}, trong {zone:named}.",
}
LOOK: Texts = {
    "en": "A person is aboard: ask the tower whether it has a clearance before anything else.",
    "fr": "Il y a quelqu’un à bord : demandez d’abord à la tour si le vol a une clairance.",
    "vi": "Có người trên đó: trước hết hãy hỏi đài kiểm soát xem có huấn lệnh không.",
}
REASONS: dict[str, Texts] = {
    "declared": {
        "en": "It declares itself as {said:kind}.",
        "fr": "Il se déclare comme {said:kind}.",
        "vi": "Nó tự khai là {said:kind}.",
    },
    "moves_like": {
        "en": "It moves like one ({chance:percent}).",
        "fr": "Il se déplace comme tel ({chance:percent}).",
        "vi": "Nó di chuyển giống loại này ({chance:percent}).",
    },
    "reported": {
        "en": "It was reported by {reporter:reporter} (grade: {grade}).",
        "fr": "Il est signalé par {reporter:reporter} (indice : {grade}).",
        "vi": "Nguồn báo: {reporter:reporter} (mức tin cậy: {grade}).",
    },
}
MEASURES: Measures = {
    "moves_like": ("{chance:percent}", "{chance:percent}"),
}
ULTRALIGHT: tuple[Class, ...] = ("ultralight", "paraglider", "glider", "parachute")


def ultralight_in_controlled_zone(
    now: Picture, past: Window, site: Site, limits: Limits
) -> Iterator[Finding]:
    """One finding a track, and one a report that nothing near explains; others are reasons for those."""
    del past, site
    found = list(_sensed(now, limits))
    for sighting in now.sightings:
        report = _reported(now, limits, sighting)
        if report is None:
            continue
        near = [k for k, f in enumerate(found) if _apart_m(f, report) <= limits.same_m]
        if near:
            reasons = (*found[near[0]].reasons, *report.reasons)
            found[near[0]] = msgspec.structs.replace(found[near[0]], reasons=reasons)
        else:
            found.append(report)
    yield from found


def _apart_m(a: Finding, b: Finding) -> float:
    return float(distance_m(a.lat_deg or 0.0, a.lon_deg or 0.0, b.lat_deg or 0.0, b.lon_deg or 0.0))


def _sensed(now: Picture, limits: Limits) -> Iterator[Finding]:
    t = now.tracks
    chance = t.class_sum(ULTRALIGHT)
    here = np.flatnonzero(now.flying & (chance >= limits.chance))
    track, volume, _ = now.airspace.entries(t, here, 0.0)
    for i, zone in _first_zones(now, limits, track.tolist(), volume.tolist()).items():
        number = int(t.id[i])
        held = now.claim(number)
        said = held.latest.said_class if held else None
        if said in ULTRALIGHT:
            reason = Reason(code="declared", params={"said": said}, evidence=now.frames(number))
        else:
            params = {"chance": float(chance[i])}
            reason = Reason(code="moves_like", params=params, evidence=now.frames(number))
        lat, lon = now.lat_lon(i)
        yield Finding(
            subject=f"track:{number}", reasons=(reason,), consequence="aerodrome", time_left_s=300.0,
            params=now.said(i) | {"zone": _names(zone)}, lat_deg=lat, lon_deg=lon,
            aliases=(held.subject,) if held else (),
        )  # fmt: skip


def _names(zone: Zone) -> dict[str, str]:
    return {language: zone.name_in(language) for language in LANGUAGES}


def _first_zones(now: Picture, limits: Limits, track: list[int], volume: list[int]) -> dict[int, Zone]:
    found: dict[int, Zone] = {}
    active, space = now.airspace.active(now.now_s), now.airspace
    for i, v in zip(track, volume, strict=True):
        number = int(space.zone[v])
        if active[number] and set(space.zones[number].reasons) & set(limits.reasons):
            found.setdefault(i, space.zones[number])
    return found


def _reported(now: Picture, limits: Limits, o: Observation) -> Finding | None:
    kind = o.said_class
    if kind not in ULTRALIGHT or o.lat_deg is None or now.now_s - o.time_s > limits.sighting_s:
        return None
    x, y = (float(v) for v in now.plane.forward(o.lat_deg, o.lon_deg or 0.0))
    space, high_m = now.airspace, np.nan if o.alt_msl_m is None else o.alt_msl_m
    volume = space.areas.inside(np.array([x]), np.array([y]))[1]
    volume = volume[~(high_m < space.lower_m[volume]) & ~(high_m > space.upper_m[volume])]
    zones = _first_zones(now, limits, [0] * len(volume), volume.tolist())
    if not zones:
        return None
    level = None if o.alt_msl_m is None else {"height_m": o.alt_msl_m, "datum": "amsl"}
    params = {"kind": kind, "place": now.place(x, y), "level": level, "motion": None,
              "zone": _names(zones[0])}  # fmt: skip
    told = o.report or Report()
    said = {"reporter": told.reporter, "grade": told.grade}
    evidence = (f"frame:{o.frame.hex()}", f"source:{o.source}")
    return Finding(
        subject=o.subject or f"sighting:{o.frame.hex()[:12]}", consequence="aerodrome", time_left_s=300.0,
        reasons=(Reason(code="reported", params=said, evidence=evidence),), params=params,
        lat_deg=o.lat_deg, lon_deg=o.lon_deg,
    )  # fmt: skip


def _reported_at(north_deg: float) -> Scene:
    shape = Circle(lat_deg=LAT_DEG, lon_deg=LON_DEG, radius_m=5000.0)
    volume = Volume(shape=shape, upper_m=500.0, upper_datum="AMSL")
    zone = Zone(identifier="CTR", country="FRA", restriction="REQ_AUTHORISATION", volumes=(volume,),
                name=(Text(text="LFPX CTR"),), reasons=("AIR_TRAFFIC",))  # fmt: skip
    seen = Observation(
        kind="sighting", time_s=NOW_S - 30.0, received_at_s=NOW_S, frame=b"\3" * 16, source="tower",
        lat_deg=LAT_DEG + north_deg, lon_deg=LON_DEG, classes={"ultralight": 0.9},
        report=Report(text="yellow ultralight", reporter="tower", grade="A2"),
    )  # fmt: skip
    return scene(zones=[zone], sightings=[seen])


def fires() -> Scene:
    """The tower reports an ultralight 2 km north of the field."""
    return _reported_at(0.018)


def quiet() -> Scene:
    """The same report, 11 km north."""
    return _reported_at(0.1)
