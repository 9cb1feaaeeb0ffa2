"""An aircraft sends one of the three emergency codes, or declares an emergency in its ADS-B message.

7500 is unlawful interference, 7600 lost communication, 7700 general emergency.
"""

from collections.abc import Iterator

import msgspec

from beffroi.picture import Picture
from beffroi.scene import Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Texts
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
"""States that count (DO-260B, 2.2.3.2.7.8.1.1)."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    codes: tuple[str, ...] = ("7500", "7600", "7700")
    """Codes that count. Source: ICAO Annex 10 Volume IV, 2.1.4.2."""
    on_ground: bool = False
    """Whether an aircraft on the ground counts. Source: own trials; tests are made there."""


HEADLINE: Texts = {
    "en": "Emergency code {code}: {callsign}",
    "fr": "Code d’urgence {code} : {callsign}",
    "vi": "Mã khẩn cấp {code}: {callsign}",
}
SENTENCE: Texts = {
    "en": "{callsign}, {place:place}, {level:level}, {motion:motion}, sends {code}.",
    "fr": "{callsign}, {place:place}, {level:level}, {motion:motion}, affiche {code}.",
    "vi": "{callsign}, {place:place}, {level:level}, {motion:motion}, phát mã {code}.",
}
LOOK: Texts = {
    "en": "Ask the tower whether it has the aircraft on frequency; do not call it on your own.",
    "fr": "Demandez à la tour si elle est en contact ; n’appelez pas l’avion vous-même.",
    "vi": "Hỏi đài kiểm soát có liên lạc với tàu bay không; không tự gọi tàu bay.",
}
REASONS: dict[str, Texts] = {
    "code": {
        "en": "It has sent the code {code}.",
        "fr": "Il a émis le code {code}.",
        "vi": "Tàu bay đã phát mã {code}.",
    },
    "declared": {
        "en": "Its own message declares an emergency ({code}).",
        "fr": "Son propre message déclare une urgence ({code}).",
        "vi": "Chính bản tin của tàu bay khai báo tình trạng khẩn cấp ({code}).",
    },
}


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
