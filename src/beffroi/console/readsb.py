"""readsb: the picture as readsb writes it, so that tar1090 and its kin can read it.

Layout: wiedehopf/readsb, README-json.md (aircraft.json, receiver.json). What has no address of ICAO has its
track number behind `~`. A height above mean sea level becomes `alt_baro` where the QNH is known and
`alt_geom` where the site knows its geoid; what nobody said is left out.
"""

from typing import Any

import numpy as np

from beffroi.kernels.pressure import standard_altitude_m
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.subject import kind_of, value_of
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT

CATEGORY = {
    "aircraft": "A3", "light": "A1", "helicopter": "A7", "glider": "B1", "balloon": "B2", "parachute": "B3",
    "ultralight": "B4", "paraglider": "B4", "drone": "B6", "vehicle": "C2",
}  # fmt: skip
"""Emitter categories (DO-260B, table 2-14): one of those that a class may have."""


def receiver(site: Site) -> dict[str, Any]:
    """receiver.json: where we are, and how often a picture comes."""
    place = site.site
    return {"version": "beffroi", "refresh": 1000, "history": 0, "lat": place.lat_deg, "lon": place.lon_deg}


def aircraft(picture: Picture | None, site: Site, now_s: float) -> dict[str, Any]:
    """aircraft.json."""
    if picture is None:
        return {"now": now_s, "messages": 0, "aircraft": []}
    messages = sum(s.observations for s in picture.sources.values())
    at = np.flatnonzero(picture.tracks.confirmed).tolist()
    rows = [_row(picture, site, i) for i in at]
    return {"now": round(picture.now_s, 3), "messages": messages, "aircraft": rows}


def _row(picture: Picture, site: Site, i: int) -> dict[str, Any]:
    t, number, identity = picture.tracks, int(picture.tracks.id[i]), picture.identity(i) or ""
    lat, lon = picture.lat_lon(i)
    claimed = kind_of(identity) == "icao24"
    turn_deg = float(picture.plane.convergence_deg(lat, lon))
    seen_s = picture.now_s - float(np.fmax(t.measured_s[i], t.claimed_s[i]))
    row = {
        "hex": value_of(identity) if claimed else f"~{number & 0xFFFFFF:06x}",
        "type": "adsb_icao" if claimed else "tisb_trackfile" if np.isfinite(t.measured_s[i]) else "other",
        "flight": picture.callsigns.get(number),
        "squawk": picture.squawks.get(number, ("", None))[0] or None,
        "category": CATEGORY.get(t.one_kind(i)),
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "gs": round(float(t.speed_mps[i]) / MPS_PER_KT, 1),
        "track": round((float(t.track_deg[i]) - turn_deg) % 360.0, 2) % 360.0,
        "baro_rate": _rounded(t.climb_mps[i] / MPS_PER_FPM),
        "seen": round(seen_s, 1),
        "seen_pos": round(seen_s, 1),
        **_heights(picture, site, i),
    }
    return {name: value for name, value in row.items() if value is not None}


def _heights(picture: Picture, site: Site, i: int) -> dict[str, Any]:
    alt_m, geoid_m = picture.tracks.alt_m[i], site.site.geoid_m
    geom_m = np.nan if geoid_m is None else alt_m + geoid_m
    baro_m = np.nan if picture.qnh_hpa is None else float(standard_altitude_m(alt_m, picture.qnh_hpa))
    baro = "ground" if picture.tracks.on_ground[i] else _rounded(baro_m / M_PER_FT)
    return {"alt_baro": baro, "alt_geom": _rounded(geom_m / M_PER_FT)}


def _rounded(value: float) -> int | None:
    return round(float(value)) if np.isfinite(value) else None
