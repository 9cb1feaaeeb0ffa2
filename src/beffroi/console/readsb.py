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
from beffroi.track import F, I
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
    t, at = picture.tracks, np.flatnonzero(picture.tracks.confirmed)
    lat, lon = picture.plane.inverse(t.x_m[at], t.y_m[at])
    course_deg = (t.track_deg[at] - picture.plane.convergence_deg(lat, lon)) % 360.0
    seen_s = picture.now_s - np.fmax(t.measured_s[at], t.claimed_s[at])
    columns = (lat, lon, course_deg, t.speed_mps[at] / MPS_PER_KT, seen_s, *_heights_ft(picture, site, at))
    each = zip(at.tolist(), *(column.tolist() for column in columns), strict=True)
    rows = [_row(picture, *one) for one in each]
    return {"now": round(picture.now_s, 3), "messages": messages, "aircraft": rows}


def _row(
    picture: Picture,
    i: int,
    lat: float,
    lon: float,
    course_deg: float,
    gs_kt: float,
    seen_s: float,
    baro_ft: float,
    geom_ft: float,
) -> dict[str, Any]:
    t, number, identity = picture.tracks, int(picture.tracks.id[i]), picture.identity(i) or ""
    claimed = kind_of(identity) == "icao24"
    row = {
        "hex": value_of(identity) if claimed else f"~{number & 0xFFFFFF:06x}",
        "type": "adsb_icao" if claimed else "tisb_trackfile" if np.isfinite(t.measured_s[i]) else "other",
        "flight": picture.callsigns.get(number),
        "squawk": picture.squawks.get(number, ("", None))[0] or None,
        "category": CATEGORY.get(t.one_kind(i)),
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "gs": round(gs_kt, 1),
        "track": round(course_deg, 2) % 360.0,
        "baro_rate": _rounded(t.climb_mps[i] / MPS_PER_FPM),
        "seen": round(seen_s, 1),
        "seen_pos": round(seen_s, 1),
        "alt_baro": "ground" if t.on_ground[i] else _rounded(baro_ft),
        "alt_geom": _rounded(geom_ft),
    }
    return {name: value for name, value in row.items() if value is not None}


def _heights_ft(picture: Picture, site: Site, at: I) -> tuple[F, F]:
    """Standard altitude and height above the ellipsoid of these tracks; NaN where they cannot be known."""
    alt_m, geoid_m = picture.tracks.alt_m[at], site.site.geoid_m
    none = np.full(len(at), np.nan)
    geom_m = none if geoid_m is None else alt_m + geoid_m
    baro_m = none if picture.qnh_hpa is None else np.asarray(standard_altitude_m(alt_m, picture.qnh_hpa))
    return baro_m / M_PER_FT, geom_m / M_PER_FT


def _rounded(value: float) -> int | None:
    return round(float(value)) if np.isfinite(value) else None
