"""An aircraft sends one of the three emergency codes, or declares an emergency in its ADS-B message.

7500 is unlawful interference, 7600 lost communication, 7700 general emergency.
"""

from collections.abc import Iterator

import msgspec

from beffroi.picture import Picture
from beffroi.scene import Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window

BASIS = (
    "ICAO Annex 10 Volume IV, 2.1.4: codes 7500, 7600 and 7700",
    "ICAO Annex 17, 5.2: measures on an aircraft subjected to unlawful interference",
    "ICAO Doc 4444 (PANS-ATM), 15.1.3: unlawful interference",
)
FALSE_ALARMS: Texts = {
    "en": "A code set by mistake while turning the knobs past it, a test on the ground, a garbled reply.",
    "fr": "Code affiché par erreur en tournant les molettes, essai au sol, réponse brouillée.",
    "vi": "Đặt nhầm mã khi xoay núm, thử nghiệm trên mặt đất, tín hiệu trả lời bị nhiễu.",
}
HOLD_S = 6.0
"""Two sweeps of a radar: a code that is only passed while turning the knobs does not last this long."""
GRACE_S = 30.0

EMERGENCIES = ("general", "medical", "minimum_fuel", "no_communications", "unlawful_interference", "downed")
"""States that count (RTCA DO-260B, Aircraft Status message, type code 28, subtype 1)."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    codes: tuple[str, ...] = ("7500", "7600", "7700")
    """Codes that count. Source: ICAO Annex 10 Volume IV, 2.1.4.2."""
    on_ground: bool = False
    """Whether an aircraft on the ground counts. Source: own trials; tests are made there."""


NAME: Texts = {"en": "Emergency declared", "fr": "Urgence déclarée", "vi": "Báo khẩn nguy"}
HEADLINE: Texts = {
    "en": "{callsign} declares {code:emergency}",
    "fr": "{callsign} déclare : {code:emergency}",
    "vi": "{callsign} báo: {code:emergency}",
}
SENTENCE: Texts = {
    "en": "{callsign}, {place:place}, {level:level}, {motion:motion}, declares {code:emergency}.",
    "fr": "{callsign}, {place:place}, {level:level}, {motion:motion}, déclare : {code:emergency}.",
    "vi": "{callsign}, {place:place}, {level:level}, {motion:motion}, báo: {code:emergency}.",
}
LOOK: Texts = {
    "en": "Ask the tower whether it has the aircraft on frequency; do not call it on your own.",
    "fr": "Demandez à la tour si elle a l’appareil en fréquence ; n’appelez pas l’avion vous-même.",
    "vi": "Hãy hỏi đài kiểm soát có liên lạc được với tàu bay không; không tự gọi tàu bay.",
}
REASONS: dict[str, Texts] = {
    "code": {
        "en": "Its transponder sends {code:emergency}.",
        "fr": "Son transpondeur émet : {code:emergency}.",
        "vi": "Máy phát đáp của tàu bay phát {code:emergency}.",
    },
    "declared": {
        "en": "Its own message declares an emergency ({code:emergency}).",
        "fr": "Son propre message déclare une urgence ({code:emergency}).",
        "vi": "Chính bản tin của tàu bay khai báo tình trạng khẩn cấp ({code:emergency}).",
    },
}
MEASURES: Measures = {}


def emergency_squawk(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding an aircraft."""
    del past
    for number, (squawk, emergency) in now.squawks.items():
        coded = squawk in limits.codes
        declared = emergency in EMERGENCIES
        if not (coded or declared) or (i := now.index(number)) is None:
            continue
        if now.tracks.on_ground[i] and not limits.on_ground:
            continue
        evidence = now.frames(number)
        reasons = []
        if coded:
            reasons.append(Reason(code="code", params={"code": squawk}, evidence=evidence))
        if declared:
            reasons.append(Reason(code="declared", params={"code": emergency}, evidence=evidence))
        lat, lon = now.lat_lon(i)
        said = {"code": squawk if coded else emergency, "callsign": now.called(number)}
        yield Finding(
            subject=f"track:{number}", reasons=tuple(reasons), consequence="flight", time_left_s=0.0,
            params=now.said(i) | said, lat_deg=lat, lon_deg=lon,
        )  # fmt: skip


def fires() -> Scene:
    """An airliner that sends 7500."""
    row = {"id": 3, "kind": "aircraft", "callsign": "AFR1234", "identity": "icao24:393322", "alt_m": 3000.0,
           "vx_mps": 120.0}  # fmt: skip
    return scene([row], squawks={3: ("7500", None)})


def quiet() -> Scene:
    """The same airliner with its own code."""
    row = {"id": 3, "kind": "aircraft", "callsign": "AFR1234", "identity": "icao24:393322", "alt_m": 3000.0,
           "vx_mps": 120.0}  # fmt: skip
    return scene([row], squawks={3: ("1000", None)})
