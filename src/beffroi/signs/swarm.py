"""Several drones fly close together near the aerodrome."""

from collections.abc import Iterator

import msgspec
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from beffroi.picture import Picture
from beffroi.scene import Scene, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.track import I
from beffroi.window import Window

BASIS = (
    "Regulation (EU) 2019/947, Article 4(1)(d): a pilot keeps each unmanned aircraft in sight",
    "EASA, Drone Incident Management at Aerodromes, part 1 (2021)",
)
FALSE_ALARMS: Texts = {
    "en": "A flock of birds taken for drones, a licensed light show, one drone that two sensors place apart.",
    "fr": "Vol d’oiseaux pris pour des drones, spectacle autorisé, un drone que deux capteurs séparent.",
    "vi": "Đàn chim bị nhầm, màn trình diễn được phép, một tàu bay bị hai cảm biến tách đôi.",
}
HOLD_S = 5.0
GRACE_S = 15.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    least: int = 3
    """How many make a swarm. Source: local practice; two may be a chance meeting."""
    apart_m: float = 400.0
    """From one to the next. Source: own trials; formations keep well under 100 m."""
    near_m: float = 8000.0
    """From a runway. Source: 5 statute miles, within which model flyers had to tell the airport (United States, Public Law 112-95, section 336)."""
    chance: float = 0.6
    """Least probability that each is a drone. Source: own trials with flocks of birds."""


NAME: Texts = {"en": "Drones together", "fr": "Drones groupés", "vi": "Nhóm tàu bay không người lái"}
HEADLINE: Texts = {
    "en": "{count:count} drones together",
    "fr": "{count:count} drones groupés",
    "vi": "{count:count} tàu bay không người lái bay cùng nhau",
}
SENTENCE: Texts = {
    "en": "{count:count} drones within {span_m:distance}, {place:place}, {level:level}, {motion:motion}.",
    "fr": "{count:count} drones dans {span_m:distance}, {place:place}, {level:level}, {motion:motion}.",
    "vi": "{count:count} tàu bay không người lái trong phạm vi {span_m:distance}, {place:place}, {level:level}, {motion:motion}.",
}
LOOK: Texts = {
    "en": "Look whether they fly as one; count them before you send anyone.",
    "fr": "Voyez s’ils volent ensemble ; comptez-les avant d’envoyer quelqu’un.",
    "vi": "Hãy xem chúng có bay như một khối không; đếm trước khi cử người đi.",
}
REASONS: dict[str, Texts] = {
    "together": {
        "en": "{count:count} drones, none farther than {apart_m:distance} from the next.",
        "fr": "{count:count} drones, chacun à moins de {apart_m:distance} du suivant.",
        "vi": "{count:count} tàu bay không người lái, cách nhau không quá {apart_m:distance}.",
    },
}
MEASURES: Measures = {
    "together": ("{count:count}", "{least:count}"),
}


def swarm(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a group."""
    del past
    t = now.tracks
    drone = (t.class_sum(("drone",)) >= limits.chance) & now.flying & ~now.controlled & ~t.coasting
    near = np.flatnonzero(drone & (now.runway_m <= limits.near_m)).tolist()
    here = np.array([i for i in near if now.standing(i) != "authorised"], dtype=np.int64)
    if len(here) < limits.least:
        return
    for members in _groups(now, here, limits):
        ids = sorted(int(t.id[i]) for i in members)
        x, y = t.x_m[members], t.y_m[members]
        span_m = float(2.0 * np.hypot(x - x.mean(), y - y.mean()).max())
        middle = int(members[np.hypot(x - x.mean(), y - y.mean()).argmin()])
        lat, lon = now.lat_lon(middle)
        evidence = tuple(e for n in ids for e in now.frames(n)[:2])
        together = {"count": len(ids), "apart_m": limits.apart_m}
        yield Finding(
            subject=f"group:{ids[0]}", consequence="aerodrome", time_left_s=300.0,
            reasons=(Reason(code="together", params=together, evidence=evidence),),
            params=now.said(middle) | {"count": len(ids), "span_m": span_m}, lat_deg=lat, lon_deg=lon,
            aliases=tuple(f"track:{n}" for n in ids),
        )  # fmt: skip


def _groups(now: Picture, here: I, limits: Limits) -> Iterator[I]:
    x, y = now.tracks.x_m[here], now.tracks.y_m[here]
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= limits.apart_m
    _, label = connected_components(coo_array(near), directed=False)
    for group in np.unique(label):
        members = here[label == group]
        if len(members) >= limits.least:
            yield members


def _row(apart_m: float) -> Scene:
    return scene([{"id": k + 1, "x_m": 1500.0 + apart_m * k, "y_m": 400.0, "alt_m": 180.0} for k in range(4)])


def fires() -> Scene:
    """Four drones in a line, 60 m apart."""
    return _row(60.0)


def quiet() -> Scene:
    """Four drones, 900 m apart."""
    return _row(900.0)
