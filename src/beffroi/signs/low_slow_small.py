"""A low, slow, small object is sensed close to a runway: what a drone looks like to a radar."""

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
    "Regulation (EU) 2019/947, Annex, UAS.OPEN.060(2)(b): clear of manned aircraft",
    "EASA, Drone Incident Management at Aerodromes, part 1 (2021)",
)
FALSE_ALARMS: Texts = {
    "en": "Birds that glide, a car on a raised road, a plastic bag in the wind, the airport's own drone with no "
    "permit entered.",
    "fr": "Oiseaux planeurs, voiture sur une route surélevée, sac plastique, drone de l’aéroport sans "
    "autorisation saisie.",
    "vi": "Chim lượn, ô tô trên đường cao, túi nhựa bay, tàu bay không người lái của sân bay chưa nhập giấy phép.",
}
HOLD_S = 5.0
GRACE_S = 20.0
"""A track that is lost and found again counts again within this."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    near_m: float = 3000.0
    """From a runway. Source: the inner part of the approach surface (ICAO Annex 14, Table 4-1, first section)."""
    below_m: float = 150.0
    """Above the aerodrome. Source: 120 m of Regulation (EU) 2019/947, UAS.OPEN.010, and 30 m of error."""
    slower_mps: float = 25.0
    """Source: 19 m/s, the limit of classes C0 and C1 (Regulation (EU) 2019/945, Annex), and 6 m/s of wind."""
    chance: float = 0.6
    """Least probability that it is a drone. Source: own trials with birds and cars."""
    existence: float = 0.98
    """Least probability that there is such an object. Source: own trials with birds and clutter."""


NAME: Texts = {"en": "Low, slow and small", "fr": "Petit, lent et bas", "vi": "Nhỏ, chậm và thấp"}
HEADLINE: Texts = {
    "en": "Low, slow and small by the runway",
    "fr": "Petit objet lent et bas près de la piste",
    "vi": "Vật nhỏ, chậm, thấp cạnh đường CHC",
}
SENTENCE: Texts = {
    "en": "{kind:kind} {place:place}, {level:level}, {motion:motion}, {runway_m:distance} from the runway.",
    "fr": "{kind:kind} {place:place}, {level:level}, {motion:motion}, à {runway_m:distance} de la piste.",
    "vi": "{kind:kind} {place:place}, {level:level}, {motion:motion}, cách đường CHC {runway_m:distance}.",
}
LOOK: Texts = {
    "en": "Look whether it holds a straight line or hovers; few birds hover.",
    "fr": "Voyez s’il va droit ou s’il reste en vol stationnaire ; peu d’oiseaux le font.",
    "vi": "Hãy xem nó bay thẳng hay lơ lửng; ít loài chim bay lơ lửng.",
}
REASONS: dict[str, Texts] = {
    "profile": {
        "en": "Under {below_m:height} above the aerodrome and slower than {slower_mps:speed}.",
        "fr": "Sous {below_m:height} au-dessus de l’aérodrome et plus lent que {slower_mps:speed}.",
        "vi": "Thấp hơn {below_m:height} so với sân bay và chậm hơn {slower_mps:speed}.",
    },
    "drone": {
        "en": "It moves and echoes like a drone ({chance:percent}).",
        "fr": "Il se déplace et renvoie l’écho comme un drone ({chance:percent}).",
        "vi": "Nó di chuyển và phản xạ như tàu bay không người lái ({chance:percent}).",
    },
}
MEASURES: Measures = {
    "profile": ("{height_m:height} · {speed_mps:speed}", "{below_m:height} · {slower_mps:speed}"),
    "drone": ("{chance:percent}", "{chance:percent}"),
}


def low_slow_small(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a track; none without a height, as low is the point."""
    del past
    t = now.tracks
    low = (t.alt_m - site.site.elevation_m <= limits.below_m) & (t.speed_mps <= limits.slower_mps)
    drone = t.class_sum(("drone",))
    sure = now.flying & now.held & ~now.controlled
    runway_m = now.runway_m
    here = low & sure & (drone >= limits.chance) & (runway_m <= limits.near_m)
    for i in np.flatnonzero(here).tolist():
        if now.standing(i) == "authorised":
            continue
        number = int(t.id[i])
        evidence, held = now.frames(number), now.claim(number)
        profile = {"below_m": limits.below_m, "slower_mps": limits.slower_mps,
                   "height_m": float(t.alt_m[i]) - site.site.elevation_m,
                   "speed_mps": float(t.speed_mps[i])}  # fmt: skip
        reasons = (
            Reason(code="profile", params=profile, evidence=evidence),
            Reason(code="drone", params={"chance": float(drone[i])}, evidence=evidence),
        )
        lat, lon = now.lat_lon(i)
        yield Finding(
            subject=f"track:{number}", reasons=reasons, consequence="aerodrome", time_left_s=300.0,
            params=now.said(i) | {"runway_m": float(runway_m[i])}, lat_deg=lat, lon_deg=lon,
            aliases=(held.subject,) if held else (),
        )  # fmt: skip


def fires() -> Scene:
    """A drone hovers 600 m beside the runway, 60 m up."""
    return scene([{"id": 4, "x_m": -300.0, "y_m": 550.0, "alt_m": 149.0, "vx_mps": 0.5}])


def quiet() -> Scene:
    """A bird at the same place."""
    return scene([{"id": 4, "x_m": -300.0, "y_m": 550.0, "alt_m": 149.0, "vx_mps": 8.0, "kind": "bird"}])
