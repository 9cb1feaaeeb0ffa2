"""An object that is not permitted there is inside a zone, or will be in a few seconds.

Crewed flights in their place are not its business; a crewed ultralight that strays in is. Nothing is exempt
because of the source that reports it.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from beffroi.picture import Picture
from beffroi.scene import NOW_S, Scene, claim, scene, site
from beffroi.sentence import LANGUAGES, SOON_S
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Authorisation, Site
from beffroi.window import Window
from beffroi.zone import Circle, Text, Volume, Zone

BASIS = (
    "Regulation (EU) 2019/947, Article 15: operational conditions for UAS geographical zones",
    "ICAO Annex 2, chapter 3: prohibited areas and restricted areas",
)
FALSE_ALARMS: Texts = {
    "en": "Birds in a flock, a permitted flight whose permit is not entered, a crewed aircraft with no "
    "transponder, a zone whose limits count from the ground where the ground is not level.",
    "fr": "Oiseaux en groupe, vol autorisé mais non saisi, aéronef habité sans transpondeur, zone dont les "
    "limites se comptent depuis un sol qui n’est pas plat.",
    "vi": "Đàn chim, chuyến bay được phép nhưng chưa nhập, tàu bay có người lái không có máy phát đáp, "
    "khu vực có giới hạn tính từ mặt đất không bằng phẳng.",
}
HOLD_S = 3.0
"""Three looks of a radar, three rows of a feed: one wrong bit (airborne, while parked) rings nothing."""
GRACE_S = 20.0
"""A track that is lost and found again counts again within this (see `age_s`)."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    ahead_s: float = 20.0
    """Before it is inside. Source: local practice; at 20 m/s, 400 m of warning."""
    ahead_sigma_m: float = 50.0
    """A path is looked along only if its place is known this well."""
    restrictions: tuple[str, ...] = ("PROHIBITED", "REQ_AUTHORISATION")
    """Kinds of zone that count. Source: Regulation (EU) 2019/947, Article 15(1)."""


NAME: Texts = {"en": "Zone intrusion", "fr": "Intrusion dans une zone", "vi": "Xâm nhập khu vực"}
HEADLINE: Texts = {
    "en": "{kind:kind} {in_s:reach} zone {zone:named}",
    "fr": "{kind:kind} {in_s:reach} la zone {zone:named}",
    "vi": "{kind:kind} {in_s:reach} khu vực {zone:named}",
}
SENTENCE: Texts = {
    "en": "{kind:kind} {place:place}, {level:level}, {motion:motion}; {in_s:reach} zone {zone:named}.",
    "fr": "{kind:kind} {place:place}, {level:level}, {motion:motion} ; {in_s:reach} la zone {zone:named}.",
    "vi": "{kind:kind} {place:place}, {level:level}, {motion:motion}; {in_s:reach} khu vực {zone:named}.",
}
LOOK: Texts = {
    "en": "Look at the track and what it declares; check that no permitted flight is missing from the list.",
    "fr": "Regardez la piste radar et ce qu’elle déclare ; vérifiez qu’aucun vol autorisé ne manque à la liste.",
    "vi": "Hãy xem vết bay và những gì nó khai báo; kiểm tra xem có chuyến bay được phép nào chưa nhập không.",
}
REASONS: dict[str, Texts] = {
    "inside": {
        "en": "It is inside {zone:named} ({restriction:restriction}).",
        "fr": "Il se trouve dans {zone:named} ({restriction:restriction}).",
        "vi": "Nó đang ở trong {zone:named} ({restriction:restriction}).",
    },
    "entering": {
        "en": "On its present path it enters {zone:named} ({restriction:restriction}) in {in_s:duration}.",
        "fr": "Sur sa route actuelle, il entre dans {zone:named} ({restriction:restriction}) dans {in_s:duration}.",
        "vi": "Theo hướng hiện tại, nó vào {zone:named} ({restriction:restriction}) sau {in_s:duration}.",
    },
    "no_height": {
        "en": "No source gives its height; the zone counts at every height.",
        "fr": "Aucune source ne donne sa hauteur ; la zone compte à toute hauteur.",
        "vi": "Không nguồn nào cho biết độ cao; khu vực được tính ở mọi độ cao.",
    },
    "claims_permit": {
        "en": "It says it is {serial}, which is permitted here ({permit}); no sensor confirms it.",
        "fr": "Il dit être {serial}, autorisé ici ({permit}) ; aucun capteur ne le confirme.",
        "vi": "Nó khai là {serial}, được phép ở đây ({permit}); chưa có cảm biến nào xác nhận.",
    },
}
MEASURES: Measures = {
    "entering": ("{in_s:duration}", "{ahead_s:duration}"),
}


def zone_intrusion(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a track: the zone that it is in, or reaches first."""
    del past
    candidates = np.flatnonzero(now.flying & ~now.controlled)
    track, volume, in_s = now.airspace.entries(now.tracks, candidates, limits.ahead_s)
    if not len(track):
        return
    active, space = now.airspace.active(now.now_s), now.airspace
    sharp = (now.tracks.var_x_m2 + now.tracks.var_y_m2 <= 2.0 * limits.ahead_sigma_m**2)[track]
    counts = np.array([z.restriction in limits.restrictions for z in space.zones], dtype=np.bool_)
    met = (active & counts)[space.zone[volume]] & (sharp | (in_s == 0.0))
    for i in np.unique(track[met]).tolist():
        mine = met & (track == i)
        first = int(np.flatnonzero(mine)[in_s[mine].argmin()])
        standing = now.standing(i)
        if standing != "authorised":
            zone = space.zones[int(space.zone[volume[first]])]
            yield _finding(now, site, i, zone, float(in_s[first]), claimed=standing == "claimed")


def _finding(now: Picture, site: Site, i: int, zone: Zone, in_s: float, *, claimed: bool) -> Finding:
    number = int(now.tracks.id[i])
    evidence = (*now.frames(number), f"zone:{zone.key}")
    named = {"zone": {s: zone.name_in(s) for s in LANGUAGES}, "restriction": zone.restriction, "in_s": in_s}
    reasons = [Reason(code="entering" if in_s > SOON_S else "inside", params=named, evidence=evidence)]
    if not np.isfinite(now.tracks.alt_m[i]):
        reasons.append(Reason(code="no_height", weight=0.0, evidence=evidence))
    held = now.claim(number)
    x, y, alt = (float(c[i]) for c in (now.tracks.x_m, now.tracks.y_m, now.tracks.alt_m))
    permit = now.permit(held.subject, x, y, alt) if claimed and held else None
    if held and permit:
        said = {"serial": permit.serial, "permit": permit.id}
        frame = f"frame:{held.latest.frame.hex()}"
        reasons.append(Reason(code="claims_permit", params=said, weight=-1.0, evidence=(frame,)))
    lat, lon = now.lat_lon(i)
    return Finding(
        subject=f"track:{number}", reasons=tuple(reasons), consequence="aerodrome", time_left_s=in_s,
        params=now.said(i) | named, lat_deg=lat, lon_deg=lon, against=claimed,
        aliases=(held.subject,) if held else (),
    )  # fmt: skip


def _ring() -> Zone:
    shape = Circle(lat_deg=48.7233, lon_deg=2.3794, radius_m=2000.0)
    volume = Volume(shape=shape, upper_m=300.0, upper_datum="AMSL")
    return Zone(identifier="RING", country="FRA", restriction="PROHIBITED", volumes=(volume,),
                name=(Text(text="LFPX ring"),))  # fmt: skip


def _permitted() -> Site:
    permit = Authorisation(
        id="CAL-1", operator="FRA1", serial="1588E0123", lat_deg=48.7233, lon_deg=2.3794, radius_m=3000.0,
        up_to_m=500.0, from_time="2023-11-14T00:00:00Z", to_time="2023-11-15T00:00:00Z",
    )  # fmt: skip
    return site(authorisation=(permit,))


def fires() -> Scene:
    """A drone over the field says that it is the airport's own; no sensor but its own radio says so."""
    drone = {"id": 7, "x_m": 500.0, "y_m": 100.0, "alt_m": 150.0, "measured_s": np.nan, "claimed_s": NOW_S}
    return scene([drone], zones=[_ring()], claims=[claim("uas:1588E0123", 7)], at=_permitted())


def quiet() -> Scene:
    """The same drone, held by a radar inside its permit."""
    drone = {"id": 7, "x_m": 500.0, "y_m": 100.0, "alt_m": 150.0, "claimed_s": NOW_S}
    return scene([drone], zones=[_ring()], claims=[claim("uas:1588E0123", 7)], at=_permitted())
