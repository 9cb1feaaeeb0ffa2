"""A sensor or a feed has said nothing for longer than it should, or reports a fault.

Nobody is watched where a sensor is dead; silence must not look like peace.
"""

from collections.abc import Iterator

import msgspec

from beffroi.picture import Picture, SourceState
from beffroi.scene import NOW_S, Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window

BASIS = (
    "Regulation (EU) 2015/1998, Annex, 1.7: identification and protection of critical systems",
    "BSI Flex 335 v2.0, status reports: three missed intervals mean a lost node",
)
FALSE_ALARMS: Texts = {
    "en": "Planned maintenance, an empty sky in front of a receiver that only speaks of what it hears.",
    "fr": "Maintenance prévue, ciel vide devant un récepteur qui ne parle que de ce qu’il entend.",
    "vi": "Bảo trì theo kế hoạch, bầu trời trống trước máy thu chỉ báo những gì nó nghe được.",
}
HOLD_S = 0.0
GRACE_S = 5.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    faults: bool = True
    """Whether a fault that the sensor itself reports counts. Source: BSI Flex 335 v2.0, StatusReport."""
    waiting: bool = False
    """Whether a source that never spoke counts. Source: local practice at start-up."""


NAME: Texts = {"en": "Sensor gives nothing", "fr": "Capteur sans données", "vi": "Cảm biến không có dữ liệu"}
HEADLINE: Texts = {
    "en": "Sensor {source} gives nothing",
    "fr": "Le capteur {source} ne donne rien",
    "vi": "Cảm biến {source} không có dữ liệu",
}
SENTENCE: Texts = {
    "en": "Sensor {source} is {state:state}; time since its last word: {age_s:duration}.",
    "fr": "Le capteur {source} est {state:state} ; temps depuis son dernier message : {age_s:duration}.",
    "vi": "Cảm biến {source} ở trạng thái: {state:state}; thời gian từ tin cuối: {age_s:duration}.",
}
LOOK: Texts = {
    "en": "Look at its power and its line; until it is back its part of the sky is not watched.",
    "fr": "Vérifiez son alimentation et sa liaison ; d’ici là sa part du ciel n’est pas surveillée.",
    "vi": "Hãy kiểm tra nguồn điện và đường truyền; cho tới khi có lại, vùng trời đó không được giám sát.",
}
REASONS: dict[str, Texts] = {
    "silent": {
        "en": "Nothing came for {age_s:duration}; usual interval: {period_s:duration}.",
        "fr": "Rien depuis {age_s:duration} ; intervalle habituel : {period_s:duration}.",
        "vi": "Không có tin trong {age_s:duration}; chu kỳ thường lệ: {period_s:duration}.",
    },
    "fault": {
        "en": "It reports its own state: {state:state}.",
        "fr": "Il déclare lui-même son état : {state:state}.",
        "vi": "Chính nó báo trạng thái: {state:state}.",
    },
}
MEASURES: Measures = {
    "silent": ("{age_s:duration}", None),
}


def sensor_silent(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a sensor."""
    del past, site
    for key, state in now.sources.items():
        quiet = state.state == "silent" or (limits.waiting and state.state == "waiting")
        if quiet or (limits.faults and state.state in ("fault", "off")):
            yield _finding(now, key, state, quiet=quiet)


def _finding(now: Picture, key: str, state: SourceState, *, quiet: bool) -> Finding:
    said = {
        "source": key,
        "state": state.state,
        "age_s": now.now_s - state.last_s,
        "period_s": state.period_s,
    }
    code = "silent" if quiet else "fault"
    return Finding(
        subject=f"source:{key}", reasons=(Reason(code=code, params=said, evidence=(f"source:{state.id}",)),),
        consequence="order", time_left_s=float("inf"), params=said,
    )  # fmt: skip


def fires() -> Scene:
    """A radar that turned once a second and has been silent for a minute."""
    return scene(sources=[SourceState(id="radar", state="silent", last_s=NOW_S - 60.0, period_s=1.0)])


def quiet() -> Scene:
    """The same radar, heard a second ago."""
    return scene(sources=[SourceState(id="radar", state="ok", last_s=NOW_S - 1.0, period_s=1.0)])
