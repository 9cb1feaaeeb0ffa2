"""Tower: a short text to read aloud to the controller, in aviation units, with its doubt as a range.

    drone, 350 to 450 feet AMSL, 0.7 miles north-east of threshold 24, moving south-west 27 knots

Heights are said as one sigma either way, in steps of 50 ft, outwards; distances in tenths of a nautical mile,
as a range where one sigma is a step or more. What is not known is left out. An exercise has no such text.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from beffroi.case import Case, Joined, TowerText
from beffroi.errors import DeskError
from beffroi.observation import Class
from beffroi.picture import Picture
from beffroi.sentence import COMPASS, DATUM, KIND, PHRASE, REFERENCE, number, plain
from beffroi.sign import Sign
from beffroi.site import Language
from beffroi.subject import kind_of, value_of
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_KT

READBACK_S = 30.0
STEP_FT, STEP_NM = 50.0, 0.1
STILL_MPS = 1.5
SIGMAS = 2.0
"""Under so many sigma of its speed, where a thing goes is not known."""
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "range": "{} to {}", "about": "about {}", "feet": "feet", "of": "{} miles {} {}",
        "mile": "{} mile {} {}", "within": "within {} miles {}", "moving": "moving {} {} knots",
        "count": "{} × {}",
    },
    "fr": {
        "range": "{} à {}", "about": "environ {}", "feet": "pieds", "of": "à {} milles {} {}",
        "mile": "à {} mille {} {}", "within": "à moins de {} mille(s) {}",
        "moving": "en route vers {} à {} nœuds", "count": "{} × {}",
    },
    "vi": {
        "range": "{} đến {}", "about": "khoảng {}", "feet": "feet", "of": "cách {} hải lý về phía {} {}",
        "mile": "cách {} hải lý về phía {} {}", "within": "trong vòng {} hải lý {}",
        "moving": "di chuyển về hướng {} {} knot", "count": "{} × {}",
    },
}  # fmt: skip


class Told(NamedTuple):
    """What is known of a thing, as far as it is."""

    kind: Class = "unknown"
    many: int | None = None
    place: Mapping[str, Any] | None = None
    """Distance, direction and name of the nearest threshold: see `Picture.place`."""
    sigma_m: float | None = None
    alt_m: float | None = None
    datum: str = "amsl"
    alt_sigma_m: float | None = None
    speed_mps: float | None = None
    track_deg: float | None = None
    speed_sigma_mps: float | None = None


def overdue(text: TowerText, now_s: float, readback_s: float = READBACK_S) -> bool:
    """Sent, and not read back for too long."""
    return text.sent_s is not None and text.readback_s is None and now_s - text.sent_s >= readback_s


def proposed(case: Case, signs: Sequence[Sign], picture: Picture | None, language: Language) -> str:
    """A text for a case: of its newest live track, else of its newest sign or sighting.

    Raises DeskError for an exercise, and where nothing has joined the case.
    """
    if case.exercise:
        raise DeskError("refused", f"case:{case.key}", "exercise", "the tower gets no text of an exercise")
    newest = sorted(signs, key=lambda s: s.time_s, reverse=True)
    for sign in newest:
        track = int(value_of(sign.subject)) if kind_of(sign.subject) == "track" else -1
        at = picture.index(track) if picture else None
        if picture is not None and at is not None:
            return text(of_track(picture, at), language)
    sightings = [j for j in case.joined if j.is_sighting]
    if newest and (not sightings or newest[0].time_s >= sightings[-1].at_s):
        return text(of_sign(newest[0]), language)
    if sightings:
        return text(of_sighting(sightings[-1], picture), language)
    raise DeskError("refused", f"case:{case.key}", "text", "nothing is known of it yet")


def of_track(picture: Picture, i: int) -> Told:
    """What is known of track `i` (an index)."""
    t = picture.tracks
    return Told(
        kind=t.one_kind(i), place=picture.place(float(t.x_m[i]), float(t.y_m[i])),
        sigma_m=float(np.sqrt((t.var_x_m2[i] + t.var_y_m2[i]) / 2)), alt_m=_known(t.alt_m[i]),
        alt_sigma_m=_known(t.alt_sigma_m[i]), speed_mps=float(t.speed_mps[i]),
        track_deg=float(t.track_deg[i]), speed_sigma_mps=float(np.sqrt(t.var_v_m2ps2[i])),
    )  # fmt: skip


def of_sign(sign: Sign) -> Told:
    """What a sign said when it was last changed."""
    said = sign.params
    level, motion = said.get("level") or {}, said.get("motion") or {}
    return Told(
        kind=said.get("kind") or "unknown", place=said.get("place"), alt_m=level.get("height_m"),
        datum=level.get("datum", "amsl"), speed_mps=motion.get("speed_mps"),
        track_deg=motion.get("track_deg"),
    )  # fmt: skip


def of_sighting(seen: Joined, picture: Picture | None) -> Told:
    """What a person reported."""
    place = None
    if picture is not None and seen.lat_deg is not None and seen.lon_deg is not None:
        x, y = picture.plane.forward(seen.lat_deg, seen.lon_deg)
        place = picture.place(float(x), float(y))
    return Told(
        kind=msgspec.convert(seen.what, Class),
        many=seen.count,
        place=place,
        sigma_m=seen.horizontal_sigma_m,
        alt_m=seen.alt_msl_m,
    )


def text(told: Told, language: Language = "en") -> str:
    """The text, its parts in the order in which a controller writes them down."""
    parts = (_what(told, language), _height(told, language), _place(told, language), _motion(told, language))
    return ", ".join(part for part in parts if part)


def _what(told: Told, language: Language) -> str:
    name = KIND[told.kind if told.kind in KIND else "unknown"][language]
    return WORDS[language]["count"].format(told.many, name) if (told.many or 1) > 1 else name


def _height(told: Told, language: Language) -> str:
    if told.alt_m is None or told.datum not in DATUM:
        return ""
    words, alt_ft = WORDS[language], told.alt_m / M_PER_FT
    if told.alt_sigma_m is None:
        said = words["about"].format(round(alt_ft / STEP_FT) * round(STEP_FT))
    else:
        low, high = _steps(alt_ft, told.alt_sigma_m / M_PER_FT)
        said = str(low) if low == high else words["range"].format(low, high)
    return f"{said} {words['feet']} {DATUM[told.datum][language]}"


def _steps(alt_ft: float, sigma_ft: float) -> tuple[int, int]:
    """One sigma either way, outwards to the next step; what lies within a foot of a step is on it."""
    low, high = (alt_ft - sigma_ft + 1.0) // STEP_FT, -((-(alt_ft + sigma_ft) + 1.0) // STEP_FT)
    return int(low * STEP_FT), int(high * STEP_FT)


def _place(told: Told, language: Language) -> str:
    if told.place is None:
        return ""
    words, place = WORDS[language], told.place
    of = REFERENCE[place["ref"]][language].format(plain(place["name"]))
    away, sigma = place["distance_m"] / M_PER_NM, (told.sigma_m or 0.0) / M_PER_NM
    if away - sigma < STEP_NM / 2:
        return words["within"].format(_miles(max(away + sigma, STEP_NM), language), of)
    side = _side(place["bearing_deg"], language)
    said = _miles(away, language)
    if sigma >= STEP_NM:
        said = words["range"].format(_miles(away - sigma, language), _miles(away + sigma, language))
    one = away + sigma < (2.0 if language == "fr" else 0.0)  # French counts plurals from two
    return words["mile" if one else "of"].format(said, side, of)


def _motion(told: Told, language: Language) -> str:
    speed, sigma = told.speed_mps, told.speed_sigma_mps or 0.0
    if speed is None:
        return ""
    if speed < STILL_MPS and sigma < STILL_MPS:
        return PHRASE["still"][language]
    if told.track_deg is None or speed < SIGMAS * sigma:
        return ""
    towards = _compass(told.track_deg, language)
    if language == "fr":
        towards = f"l’{towards}" if towards[0] in "eo" else f"le {towards}"
    return WORDS[language]["moving"].format(towards, round(speed / MPS_PER_KT))


def _miles(value_nm: float, language: Language) -> str:
    return number(value_nm, 1, language)


def _side(bearing_deg: float, language: Language) -> str:
    side = _compass(bearing_deg, language)
    if language != "fr":
        return side
    return f"à l’{side}" if side[0] in "eo" else f"au {side}"


def _compass(angle_deg: float, language: Language) -> str:
    return COMPASS[language][round(angle_deg / 45.0) % 8]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
