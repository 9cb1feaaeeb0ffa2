"""Track: one track with all that is known of it, for the inspector."""

import numpy as np

from beffroi.console import message
from beffroi.console.frame import flight_path, known
from beffroi.kernels.geodesy import distance_m
from beffroi.picture import Claim, Picture
from beffroi.sentence import plain
from beffroi.track import CLASSES
from beffroi.window import Window

SOME_P = 0.01
"""A class that is less likely is not named."""


def info(picture: Picture, window: Window, number: int, raw: message.Raw) -> message.TrackInfo | None:
    """What is known of a track now; None if it lives no more."""
    i = picture.index(number)
    if i is None:
        return None
    t, (lat, lon) = picture.tracks, picture.lat_lon(i)
    claims = [c for c in picture.claims.values() if c.track == number]
    turn_deg = float(picture.plane.convergence_deg(lat, lon))
    return message.TrackInfo(
        id=number, now_s=picture.now_s, kind=t.one_kind(i),
        kinds={name: float(p) for name, p in zip(CLASSES, t.class_p[i], strict=True) if p >= SOME_P},
        existence=float(t.existence[i]), lat_deg=lat, lon_deg=lon, alt_msl_m=known(t.alt_m[i]),
        alt_sigma_m=known(t.alt_sigma_m[i]) if np.isfinite(t.alt_m[i]) else None,
        ground_speed_mps=float(t.speed_mps[i]), track_deg=(float(t.track_deg[i]) - turn_deg) % 360.0,
        climb_mps=known(t.climb_mps[i]), sigma_m=float(np.sqrt((t.var_x_m2[i] + t.var_y_m2[i]) / 2)),
        callsign=_said(picture.callsigns.get(number)),
        squawk=picture.squawks.get(number, ("", None))[0] or None,
        identities=[_identity(c, lat, lon) for c in claims],
        seen_by=[message.Heard(source=s, last_s=at) for s, at in picture.heard.get(number, {}).items()],
        flight=next((flight_path(f, picture.plane) for f in picture.flights if f.track == number), None),
        permit=_permit(picture, i), operator=operator(picture, number) is not None,
        path=past(picture, window, number), raw=raw,
    )  # fmt: skip


def _said(text: str | None) -> str | None:
    """Outside text, whole, its control characters shown."""
    return plain(text, 200) if text else None


def _identity(claim: Claim, lat_deg: float, lon_deg: float) -> message.Identity:
    o, away_m = claim.latest, None
    if o.lat_deg is not None and o.lon_deg is not None:
        away_m = float(distance_m(lat_deg, lon_deg, o.lat_deg, o.lon_deg))
    return message.Identity(
        subject=plain(claim.subject, 200), source=o.source, first_s=claim.first_s, last_s=o.time_s,
        distance_m=away_m,
    )  # fmt: skip


def _permit(picture: Picture, i: int) -> str | None:
    """The permit that covers it if what it claims is true."""
    t, held = picture.tracks, picture.claim(int(picture.tracks.id[i]))
    if held is None:
        return None
    permit = picture.permit(held.subject, float(t.x_m[i]), float(t.y_m[i]), float(t.alt_m[i]))
    return permit.id if permit else None


def operator(picture: Picture, number: int) -> message.OperatorPlace | None:
    """Where the operator of an unmanned aircraft stands, as it declared last. Personal data: only who gives
    a purpose sees it, and that is logged."""
    said = [c for c in picture.claims.values() if c.track == number and c.latest.operator is not None]
    for claim in sorted(said, key=lambda c: -c.latest.time_s):
        who = claim.latest.operator
        if who is not None and who.lat_deg is not None and who.lon_deg is not None:
            return message.OperatorPlace(
                lat_deg=who.lat_deg, lon_deg=who.lon_deg, at_takeoff=who.at_takeoff,
                subject=plain(claim.subject, 200), source=claim.latest.source, time_s=claim.latest.time_s,
            )  # fmt: skip
    return None


def past(picture: Picture, window: Window, number: int) -> message.Past:
    """Where it was in the last minutes."""
    path = window.path(number)
    lat, lon = picture.plane.inverse(path.x_m, path.y_m)
    return message.Past(
        time_s=path.time_s.tolist(), lat_deg=np.round(lat, 7).tolist(), lon_deg=np.round(lon, 7).tolist(),
        alt_m=[known(a) for a in path.alt_m], speed_mps=path.speed_mps.tolist(),
    )  # fmt: skip
