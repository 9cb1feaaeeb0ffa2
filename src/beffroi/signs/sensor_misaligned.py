"""A sensor's range, azimuth or clock is off by more than it may be.

The watch learns it from aircraft that report themselves.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from beffroi.picture import Picture, SourceState
from beffroi.scene import NOW_S, Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window

BASIS = (
    "EUROCONTROL, Standard Document for Radar Surveillance in En-route Airspace and Major Terminal Areas (1997), "
    "positional accuracy: systematic errors of range, azimuth and time stamp",
    "ICAO Doc 9924, Aeronautical Surveillance Manual",
)
FALSE_ALARMS: Texts = {
    "en": "Few aircraft in view, aircraft that report wrong places, a sensor that was moved on purpose.",
    "fr": "Peu d’avions en vue, avions qui déclarent une position fausse, capteur déplacé exprès.",
    "vi": "Ít tàu bay trong tầm, tàu bay báo sai vị trí, cảm biến được dời có chủ ý.",
}
HOLD_S = 30.0
GRACE_S = 120.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    range_m: float = 100.0
    """Systematic range error. Source: slant range bias under 100 m in the EUROCONTROL radar standard of 1997."""
    azimuth_deg: float = 0.3
    """Systematic azimuth error. Source: three times the 0.1° of the EUROCONTROL radar standard of 1997."""
    time_s: float = 0.5
    """Clock error. Source: five times the 0.1 s of the EUROCONTROL radar standard of 1997."""
    sigmas: float = 3.0
    """How sure the estimate must be. Source: own trials."""


NAME: Texts = {"en": "Sensor misaligned", "fr": "Capteur décalé", "vi": "Cảm biến bị lệch"}
HEADLINE: Texts = {
    "en": "Sensor {source} is misaligned",
    "fr": "Le capteur {source} est décalé",
    "vi": "Cảm biến {source} bị lệch",
}
SENTENCE: Texts = {
    "en": "Sensor {source} is off: range {range_m:height}, azimuth {azimuth_deg:angle}, clock "
    "{time_s:decimal} s.",
    "fr": "Le capteur {source} est décalé : distance {range_m:height}, azimut {azimuth_deg:angle}, horloge "
    "{time_s:decimal} s.",
    "vi": "Cảm biến {source} bị lệch: cự ly {range_m:height}, phương vị {azimuth_deg:angle}, đồng hồ "
    "{time_s:decimal} s.",
}
LOOK: Texts = {
    "en": "Have its alignment and its clock checked; the watch corrects for it meanwhile.",
    "fr": "Faites vérifier son calage et son horloge ; la veille corrige en attendant.",
    "vi": "Hãy cho kiểm tra căn chỉnh và đồng hồ; trong khi chờ, hệ thống tự hiệu chỉnh.",
}
REASONS: dict[str, Texts] = {
    "range": {
        "en": "Range is off by {value:height}; {limit:height} is allowed.",
        "fr": "Distance décalée de {value:height} ; {limit:height} admis.",
        "vi": "Cự ly lệch {value:height}; cho phép {limit:height}.",
    },
    "azimuth": {
        "en": "Azimuth is off by {value:angle}; {limit:angle} is allowed.",
        "fr": "Azimut décalé de {value:angle} ; {limit:angle} admis.",
        "vi": "Phương vị lệch {value:angle}; cho phép {limit:angle}.",
    },
    "clock": {
        "en": "Its clock is off by {value:decimal} s; {limit:decimal} s is allowed.",
        "fr": "Horloge décalée de {value:decimal} s ; {limit:decimal} s admis.",
        "vi": "Đồng hồ lệch {value:decimal} s; cho phép {limit:decimal} s.",
    },
}
MEASURES: Measures = {
    "range": ("{value:height}", "{range_m:height}"),
    "azimuth": ("{value:angle}", "{azimuth_deg:angle}"),
    "clock": ("{value:decimal}\N{NO-BREAK SPACE}s", "{time_s:decimal}\N{NO-BREAK SPACE}s"),
}


def sensor_misaligned(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a sensor."""
    del past, site
    for key, state in now.sources.items():
        reasons = tuple(_reasons(state, limits))
        if reasons:
            said: dict[str, Any] = {
                "source": key, "range_m": state.range_bias_m, "azimuth_deg": state.azimuth_bias_deg,
                "time_s": state.time_bias_s,
            }  # fmt: skip
            yield Finding(subject=f"source:{key}", reasons=reasons, consequence="order",
                          time_left_s=float("inf"), params=said)  # fmt: skip


def _reasons(state: SourceState, limits: Limits) -> Iterator[Reason]:
    measured = (
        ("range", state.range_bias_m, state.range_bias_sigma_m, limits.range_m),
        ("azimuth", state.azimuth_bias_deg, state.azimuth_bias_sigma_deg, limits.azimuth_deg),
        ("clock", state.time_bias_s, state.time_bias_sigma_s, limits.time_s),
    )
    for code, value, sigma, limit in measured:
        if abs(value) - limits.sigmas * sigma > limit:
            said = {"value": value, "limit": limit}
            yield Reason(code=code, params=said, evidence=(f"source:{state.id}",))


def fires() -> Scene:
    """A radar that points a degree too far east."""
    state = SourceState(
        id="radar", state="ok", last_s=NOW_S, azimuth_bias_deg=1.0, azimuth_bias_sigma_deg=0.02
    )
    return scene(sources=[state])


def quiet() -> Scene:
    """The same figure, of which nobody is sure yet."""
    state = SourceState(
        id="radar", state="ok", last_s=NOW_S, azimuth_bias_deg=1.0, azimuth_bias_sigma_deg=0.5
    )
    return scene(sources=[state])
