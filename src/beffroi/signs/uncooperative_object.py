"""A sensor holds a flying object near the aerodrome that says nothing of itself by any means."""

from collections.abc import Iterator

import msgspec
import numpy as np

from beffroi.picture import Picture
from beffroi.scene import NOW_S, Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window

BASIS = (
    "Regulation (EU) 2019/945, Annex: drones of classes C1 to C3, C5 and C6 identify themselves",
    "Implementing Regulation (EU) No 923/2012 (SERA), SERA.6005: transponder mandatory zones",
)
FALSE_ALARMS: Texts = {
    "en": "A large bird, a toy balloon, an old light aircraft without transponder, a receiver that is down.",
    "fr": "Grand oiseau, ballon de fête, vieil avion léger sans transpondeur, récepteur en panne.",
    "vi": "Chim lớn, bóng bay, tàu bay nhỏ cũ không có máy phát đáp, máy thu bị hỏng.",
}
HOLD_S = 5.0
GRACE_S = 20.0
"""A track that is lost and found again counts again within this (see `age_s`)."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    near_m: float = 8000.0
    """From a runway. Source: 5 statute miles, within which model flyers had to tell the airport (United States, Public Law 112-95, section 336)."""
    below_m: float = 900.0
    """Above the aerodrome. Source: 3,000 ft, the usual floor of a terminal area."""
    silent_s: float = 20.0
    """Without any claim. Source: twenty missed broadcasts of Remote ID, ADS-B or FLARM."""


NAME: Texts = {
    "en": "Object without identity",
    "fr": "Objet sans identité",
    "vi": "Vật thể không có danh tính",
}
HEADLINE: Texts = {
    "en": "Silent {kind:kind} near the aerodrome",
    "fr": "{kind:kind} muet près de l’aérodrome",
    "vi": "{kind:kind} không phát tín hiệu gần sân bay",
}
SENTENCE: Texts = {
    "en": "{kind:kind} that declares nothing, {place:place}, {level:level}, {motion:motion}.",
    "fr": "{kind:kind} qui ne déclare rien, {place:place}, {level:level}, {motion:motion}.",
    "vi": "{kind:kind} không khai báo gì, {place:place}, {level:level}, {motion:motion}.",
}
LOOK: Texts = {
    "en": "Look with a camera or ask the tower whether anyone sees it.",
    "fr": "Pointez une caméra ou demandez à la tour si quelqu’un le voit.",
    "vi": "Hãy hướng máy quay tới đó hoặc hỏi đài kiểm soát xem có ai nhìn thấy không.",
}
REASONS: dict[str, Texts] = {
    "silent": {
        "en": "Seen for {seen_s:duration} and never heard: no Remote ID, ADS-B or FLARM.",
        "fr": "Vu depuis {seen_s:duration}, jamais entendu : ni identification à distance, ni ADS-B, ni FLARM.",
        "vi": "Đã thấy trong {seen_s:duration} mà không nghe thấy gì: không Remote ID, ADS-B hay FLARM.",
    },
    "several": {
        "en": "{count:count} sensors see it.",
        "fr": "{count:count} capteurs le voient.",
        "vi": "{count:count} cảm biến thấy nó.",
    },
}
MEASURES: Measures = {
    "silent": ("{seen_s:duration}", "{silent_s:duration}"),
    "several": ("{count:count}", None),
}


def uncooperative_object(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a track."""
    del past
    t = now.tracks
    silent = ~(now.now_s - t.claimed_s <= limits.silent_s) & (t.identity < 0)
    low = ~(t.alt_m - site.site.elevation_m > limits.below_m)
    near = now.runway_m <= limits.near_m
    for i in np.flatnonzero(silent & low & now.flying & ~now.controlled & near & now.held).tolist():
        number = int(t.id[i])
        evidence = now.frames(number)
        seen_s = float(now.now_s - t.first_s[i])
        reasons = [Reason(code="silent", params={"seen_s": seen_s}, evidence=evidence)]
        if t.sensors[i] > 1:
            count = {"count": int(t.sensors[i])}
            reasons.append(Reason(code="several", params=count, weight=0.5, evidence=evidence))
        lat, lon = now.lat_lon(i)
        yield Finding(
            subject=f"track:{number}", reasons=tuple(reasons), consequence="aerodrome", time_left_s=300.0,
            params=now.said(i), lat_deg=lat, lon_deg=lon,
        )  # fmt: skip


def fires() -> Scene:
    """A drone that the radar has followed for a minute and nobody hears."""
    return scene([{"id": 4, "x_m": 2000.0, "y_m": 500.0, "alt_m": 180.0, "vx_mps": 12.0}])


def quiet() -> Scene:
    """The same drone with its Remote ID."""
    return scene([{"id": 4, "x_m": 2000.0, "y_m": 500.0, "alt_m": 180.0, "vx_mps": 12.0, "claimed_s": NOW_S,
                   "identity": "uas:1588E0123"}])  # fmt: skip
