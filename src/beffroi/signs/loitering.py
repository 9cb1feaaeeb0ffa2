"""An object stays about one place near the aerodrome for minutes, as who watches or waits would.

One that hovers where a radar loses it for a while still stays.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from beffroi.picture import Picture
from beffroi.scene import Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window

BASIS = (
    "ICAO Doc 8973, Aviation Security Manual (restricted): the surroundings of an aerodrome",
    "EASA, Drone Incident Management at Aerodromes, part 1 (2021)",
)
FALSE_ALARMS: Texts = {
    "en": "A film or survey flight, birds that circle in a thermal, a tethered balloon, a model airfield.",
    "fr": "Tournage ou relevé, oiseaux dans une ascendance, ballon captif, terrain d’aéromodélisme.",
    "vi": "Quay phim hoặc khảo sát, chim lượn vòng, khí cầu có dây, sân mô hình hàng không.",
}
HOLD_S = 5.0
GRACE_S = 30.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    for_s: float = 180.0
    """How long it stays. Source: local practice; a delivery or transit is gone in a minute."""
    radius_m: float = 400.0
    """Within this of its own middle. Source: own trials with survey flights."""
    near_m: float = 8000.0
    """From a runway. Source: 5 statute miles, within which model flyers had to tell the airport (United States, Public Law 112-95, section 336)."""
    chance: float = 0.5
    """Least probability that it is a drone or a light machine. Source: own trials with birds."""


NAME: Texts = {
    "en": "Stays near the aerodrome",
    "fr": "Reste près de l’aérodrome",
    "vi": "Lảng vảng gần sân bay",
}
HEADLINE: Texts = {
    "en": "{kind:kind} stays near the aerodrome",
    "fr": "{kind:kind} reste près de l’aérodrome",
    "vi": "{kind:kind} lảng vảng gần sân bay",
}
SENTENCE: Texts = {
    "en": "{kind:kind} has stayed within {radius_m:distance} for {for_s:duration}: {place:place}, {level:level}.",
    "fr": "{kind:kind} dans un rayon de {radius_m:distance} depuis {for_s:duration} : {place:place}, "
    "{level:level}.",
    "vi": "{kind:kind} ở trong bán kính {radius_m:distance} đã {for_s:duration}: {place:place}, {level:level}.",
}
LOOK: Texts = {
    "en": "Look what lies below it and who could be flying it.",
    "fr": "Regardez ce qui se trouve dessous et qui pourrait le piloter.",
    "vi": "Hãy xem bên dưới nó có gì và ai có thể đang điều khiển.",
}
REASONS: dict[str, Texts] = {
    "stays": {
        "en": "It has not left {radius_m:distance} round one place for {for_s:duration}.",
        "fr": "Il n’a pas quitté {radius_m:distance} autour d’un lieu depuis {for_s:duration}.",
        "vi": "Nó không rời khỏi {radius_m:distance} quanh một chỗ trong {for_s:duration}.",
    },
}
MEASURES: Measures = {
    "stays": ("{for_s:duration}", "{for_s:duration}"),
}
LIGHT = ("drone", "ultralight", "paraglider", "helicopter", "balloon", "light")


def loitering(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a track."""
    t = now.tracks
    old = now.now_s - t.first_s >= limits.for_s
    light = t.class_sum(LIGHT) >= limits.chance
    near = now.runway_m <= limits.near_m
    here = now.flying & old & light & near & ~now.controlled
    for i in np.flatnonzero(here).tolist():
        number = int(t.id[i])
        path = past.path(number, now.now_s - limits.for_s - 4.0)
        if not len(path.time_s) or now.now_s - path.time_s[0] < limits.for_s:
            continue
        away_m = np.hypot(path.x_m - path.x_m.mean(), path.y_m - path.y_m.mean())
        if away_m.max() > limits.radius_m or now.standing(i) == "authorised":
            continue
        lat, lon = now.lat_lon(i)
        params = {"radius_m": float(max(away_m.max(), 20.0)), "for_s": float(now.now_s - path.time_s[0])}
        yield Finding(
            subject=f"track:{number}", consequence="order", time_left_s=float("inf"),
            reasons=(Reason(code="stays", params=params, evidence=now.frames(number)),),
            params=now.said(i) | params, lat_deg=lat, lon_deg=lon,
        )  # fmt: skip


def _hover(step_m: float) -> Scene:
    """A drone that moved `step_m` every two seconds for four minutes."""
    path = [(2000.0 + step_m * k, 500.0) for k in range(-120, 0)]
    row = {"id": 4, "x_m": 2000.0, "y_m": 500.0, "alt_m": 180.0, "first_s": 1_699_999_700.0}
    return scene([row], paths={4: path})


def fires() -> Scene:
    """It drifts 240 m in four minutes."""
    return _hover(2.0)


def quiet() -> Scene:
    """It passes at 10 m/s."""
    return _hover(20.0)
