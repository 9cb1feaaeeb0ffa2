"""Sentence: how a sign is said aloud, in English, French and Vietnamese, in the units of the site.

Signs hold codes and parameters. A rule gives a template a language, `"{kind:a_kind} {distance_m:distance}
{bearing_deg:compass} of {place}"`; the word after the colon names the quantity and so its unit, its rounding
and its words. A value that is absent is said to be unknown; it is never 0. Values and units are held
together by a no-break space.
"""

import math
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from beffroi.observation import Class
from beffroi.site import Language
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_KT

Units = Literal["aviation", "metric"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "vi")
JOIN = "\N{NO-BREAK SPACE}"
SOON_S = 0.5
"""What is so near is there: "0 s from" says nothing."""

UNKNOWN: dict[Language, str] = {"en": "unknown", "fr": "inconnu", "vi": "không rõ"}

COMPASS: dict[Language, tuple[str, ...]] = {
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
    "fr": ("nord", "nord-est", "est", "sud-est", "sud", "sud-ouest", "ouest", "nord-ouest"),
    "vi": ("bắc", "đông bắc", "đông", "đông nam", "nam", "tây nam", "tây", "tây bắc"),
}
"""Eight directions clockwise from north."""

KIND: dict[Class, dict[Language, str]] = {
    "aircraft": {"en": "aircraft", "fr": "avion", "vi": "tàu bay"},
    "light": {"en": "light aircraft", "fr": "avion léger", "vi": "tàu bay nhỏ"},
    "glider": {"en": "glider", "fr": "planeur", "vi": "tàu lượn"},
    "helicopter": {"en": "helicopter", "fr": "hélicoptère", "vi": "trực thăng"},
    "ultralight": {"en": "ultralight", "fr": "ULM", "vi": "tàu bay siêu nhẹ"},
    "paraglider": {"en": "paraglider", "fr": "parapente", "vi": "dù lượn"},
    "parachute": {"en": "parachute", "fr": "parachute", "vi": "dù"},
    "drone": {"en": "drone", "fr": "drone", "vi": "tàu bay không người lái"},
    "balloon": {"en": "balloon", "fr": "ballon", "vi": "khí cầu"},
    "bird": {"en": "bird", "fr": "oiseau", "vi": "chim"},
    "vehicle": {"en": "vehicle", "fr": "véhicule", "vi": "phương tiện mặt đất"},
    "person": {"en": "person", "fr": "personne", "vi": "người"},
    "clutter": {"en": "false echo", "fr": "faux écho", "vi": "tín hiệu nhiễu"},
    "unknown": {"en": "unidentified object", "fr": "objet non identifié", "vi": "vật thể chưa xác định"},
}
"""What a thing is called."""

DATUM: dict[str, dict[Language, str]] = {
    "amsl": {"en": "AMSL", "fr": "AMSL", "vi": "AMSL"},
    "aerodrome": {"en": "above the aerodrome", "fr": "au-dessus de l’aérodrome", "vi": "so với sân bay"},
    "1013": {"en": "on 1013 hPa", "fr": "au calage 1013 hPa", "vi": "theo 1013 hPa"},
}
"""What a height is counted from."""

REFERENCE: dict[str, dict[Language, str]] = {
    "threshold": {"en": "of threshold {}", "fr": "du seuil {}", "vi": "ngưỡng đường CHC {}"},
    "aerodrome": {"en": "of aerodrome {}", "fr": "de l’aérodrome {}", "vi": "sân bay {}"},
    "source": {"en": "of sensor {}", "fr": "du capteur {}", "vi": "cảm biến {}"},
}
"""What a place is counted from."""

STATE: dict[str, dict[Language, str]] = {
    "waiting": {"en": "not heard yet", "fr": "encore muet", "vi": "chưa có tin"},
    "ok": {"en": "working", "fr": "en service", "vi": "hoạt động"},
    "degraded": {"en": "degraded", "fr": "dégradé", "vi": "suy giảm"},
    "fault": {"en": "faulty", "fr": "en panne", "vi": "hỏng"},
    "off": {"en": "off", "fr": "arrêté", "vi": "tắt"},
    "silent": {"en": "silent", "fr": "muet", "vi": "im lặng"},
}
"""How a sensor is."""

RESTRICTION: dict[str, dict[Language, str]] = {
    "PROHIBITED": {"en": "prohibited", "fr": "interdite", "vi": "cấm bay"},
    "REQ_AUTHORISATION": {"en": "authorisation needed", "fr": "soumise à autorisation", "vi": "cần cấp phép"},
    "CONDITIONAL": {"en": "under conditions", "fr": "sous conditions", "vi": "có điều kiện"},
    "NO_RESTRICTION": {"en": "no restriction", "fr": "sans restriction", "vi": "không hạn chế"},
    "USPACE": {"en": "U-space", "fr": "espace U-space", "vi": "không gian U-space"},
}
"""What a zone asks."""

REPORTER: dict[str, dict[Language, str]] = {
    "pilot": {"en": "a pilot", "fr": "un pilote", "vi": "phi công"},
    "tower": {"en": "the tower", "fr": "la tour", "vi": "đài kiểm soát"},
    "patrol": {"en": "a patrol", "fr": "une patrouille", "vi": "đội tuần tra"},
    "public": {"en": "the public", "fr": "le public", "vi": "người dân"},
    "staff": {"en": "staff", "fr": "le personnel", "vi": "nhân viên"},
}
"""Who reported something."""

EMERGENCY: dict[str, dict[Language, str]] = {
    "7500": {"en": "code 7500, unlawful interference", "fr": "code 7500, intervention illicite",
             "vi": "mã 7500, can thiệp bất hợp pháp"},
    "7600": {"en": "code 7600, radio failure", "fr": "code 7600, panne radio",
             "vi": "mã 7600, mất liên lạc vô tuyến"},
    "7700": {"en": "code 7700, emergency", "fr": "code 7700, détresse", "vi": "mã 7700, khẩn nguy"},
    "general": {"en": "emergency", "fr": "détresse", "vi": "khẩn nguy"},
    "medical": {"en": "medical emergency", "fr": "urgence médicale", "vi": "khẩn cấp y tế"},
    "minimum_fuel": {"en": "minimum fuel", "fr": "carburant minimal", "vi": "nhiên liệu tối thiểu"},
    "no_communications": {"en": "no radio contact", "fr": "panne radio", "vi": "mất liên lạc vô tuyến"},
    "unlawful_interference": {"en": "unlawful interference", "fr": "intervention illicite",
                              "vi": "can thiệp bất hợp pháp"},
    "downed": {"en": "aircraft down", "fr": "appareil au sol accidenté", "vi": "tàu bay rơi"},
}  # fmt: skip
"""What a transponder code, or the word of an ADS-B message, declares."""

PHRASE: dict[str, dict[Language, str]] = {
    "place": {"en": "{distance} {direction} {of}", "fr": "à {distance} {direction} {of}",
              "vi": "ở phía {direction} {of}, cách {distance}"},
    "no_place": {"en": "place unknown", "fr": "position inconnue", "vi": "chưa rõ vị trí"},
    "level": {"en": "at {height} {datum}", "fr": "à {height} {datum}", "vi": "cao {height} {datum}"},
    "no_level": {"en": "height unknown", "fr": "hauteur inconnue", "vi": "chưa rõ độ cao"},
    "motion": {"en": "moving {direction} at {speed}", "fr": "en route vers {direction} à {speed}",
               "vi": "di chuyển về hướng {direction} với tốc độ {speed}"},
    "inside": {"en": "in", "fr": "dans", "vi": "trong"},
    "before": {"en": "{} from", "fr": "à {} de", "vi": "còn {} tới"},
    "now": {"en": "now", "fr": "maintenant", "vi": "ngay lúc này"},
    "in": {"en": "in {}", "fr": "dans {}", "vi": "sau {}"},
    "still": {"en": "not moving", "fr": "sur place", "vi": "đứng yên"},
    "no_motion": {"en": "movement unknown", "fr": "route inconnue", "vi": "chưa rõ hướng di chuyển"},
}  # fmt: skip
"""Parts that every sentence shares."""

_SIDE: dict[Language, tuple[str, ...]] = COMPASS | {
    "fr": ("au nord", "au nord-est", "à l’est", "au sud-est", "au sud", "au sud-ouest", "à l’ouest",
           "au nord-ouest"),
}  # fmt: skip
_TOWARDS: dict[Language, tuple[str, ...]] = COMPASS | {
    "fr": ("le nord", "le nord-est", "l’est", "le sud-est", "le sud", "le sud-ouest", "l’ouest",
           "le nord-ouest"),
}  # fmt: skip
_AND: dict[Language, str] = {"en": " and ", "fr": " et ", "vi": " và "}
_SECONDS: dict[Language, str] = {"en": "s", "fr": "s", "vi": "giây"}
_MINUTES: dict[Language, str] = {"en": "min", "fr": "min", "vi": "phút"}


def number(value: float, decimals: int, language: Language) -> str:
    """A number with the language's decimal sign and a thin no-break space between thousands."""
    rounded = round(value, decimals) + 0.0  # no "-0"
    text = f"{rounded:,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return text if language == "en" else text.replace(".", ",")


def _unit(value: float, decimals: int, unit: str, language: Language) -> str:
    return number(value, decimals, language) + JOIN + unit


def distance(value_m: float, language: Language, units: Units) -> str:
    """Steps of 10 m below 1 km, then 0.1; aviation: steps of 10 ft below 0.15 NM, then 0.1."""
    if units == "aviation":
        near = value_m < 0.15 * M_PER_NM
        return height(value_m, language, units) if near else _unit(value_m / M_PER_NM, 1, "NM", language)
    if value_m < 995.0:
        return _unit(round(value_m, -1), 0, "m", language)
    return _unit(value_m / 1000.0, 1, "km", language)


def height(value_m: float, language: Language, units: Units) -> str:
    """Whole metres, or steps of 10 ft."""
    if units == "aviation":
        return _unit(round(value_m / M_PER_FT, -1), 0, "ft", language)
    return _unit(value_m, 0, "m", language)


def speed(value_mps: float, language: Language, units: Units) -> str:
    """Whole knots or metres a second."""
    if units == "aviation":
        return _unit(value_mps / MPS_PER_KT, 0, "kt", language)
    return _unit(value_mps, 0, "m/s", language)


def duration(value_s: float, language: Language, units: Units) -> str:
    """`59 s`, `2 min 27 s`, and whole minutes from ten minutes on."""
    del units
    seconds = round(value_s)
    if seconds < 60:
        return f"{seconds}{JOIN}{_SECONDS[language]}"
    minutes, rest = divmod(seconds, 60)
    said = f"{minutes}{JOIN}{_MINUTES[language]}"
    return said if minutes >= 10 or rest == 0 else f"{said} {rest}{JOIN}{_SECONDS[language]}"


def compass(value_deg: float, language: Language, units: Units) -> str:
    """One of eight directions."""
    del units
    return COMPASS[language][round(value_deg / 45.0) % 8]


def kind(value: Class, language: Language, units: Units) -> str:
    """What a thing is called."""
    del units
    return KIND[value][language]


def datum(value: str, language: Language, units: Units) -> str:
    """What a height is counted from: a key of `DATUM`."""
    del units
    return DATUM[value][language]


def names(value: Sequence[str], language: Language, units: Units) -> str:
    """Several names as a sentence says them."""
    del units
    parts = [plain(v) for v in value]
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + _AND[language] + parts[-1]


def count(value: float, language: Language, units: Units) -> str:
    """A whole number."""
    del units
    return number(value, 0, language)


def decimal(value: float, language: Language, units: Units) -> str:
    """A number with one decimal."""
    del units
    return number(value, 1, language)


def angle(value_deg: float, language: Language, units: Units) -> str:
    """Degrees, one decimal."""
    del units
    return number(value_deg, 1, language) + "°"


def reach(value_s: float, language: Language, units: Units) -> str:
    """What stands before the name of a zone: in it, or so long before it."""
    if value_s <= SOON_S:
        return PHRASE["inside"][language]
    return PHRASE["before"][language].format(duration(value_s, language, units))


def until(value_s: float, language: Language, units: Units) -> str:
    """When something happens: now, or in so long."""
    if value_s <= SOON_S:
        return PHRASE["now"][language]
    return PHRASE["in"][language].format(duration(value_s, language, units))


def named(value: str | Mapping[str, str], language: Language, units: Units) -> str:
    """A name that a document gives: one for all languages, or one a language."""
    del units
    return plain(value if isinstance(value, str) else value[language], 60)


def state(value: str, language: Language, units: Units) -> str:
    """How a sensor is: a key of `STATE`."""
    del units
    return STATE[value][language]


def restriction(value: str, language: Language, units: Units) -> str:
    """What a zone asks: a key of `RESTRICTION`."""
    del units
    return RESTRICTION[value][language]


def reporter(value: str, language: Language, units: Units) -> str:
    """Who reported: a key of `REPORTER`."""
    del units
    return REPORTER[value][language]


def emergency(value: str, language: Language, units: Units) -> str:
    """What is declared: a key of `EMERGENCY`, or another code as it is."""
    del units
    return EMERGENCY[value][language] if value in EMERGENCY else plain(value)


def percent(value: float, language: Language, units: Units) -> str:
    """A share 0 to 1 as per cent."""
    del units
    return _unit(100.0 * value, 0, "%", language)


def place(value: Mapping[str, Any] | None, language: Language, units: Units) -> str:
    """Where: `{distance_m, bearing_deg, ref, name}`; `ref` is a key of `REFERENCE`."""
    if value is None:
        return PHRASE["no_place"][language]
    direction = round(value["bearing_deg"] / 45.0) % 8
    return PHRASE["place"][language].format(
        distance=distance(value["distance_m"], language, units),
        direction=_SIDE[language][direction],
        of=REFERENCE[value["ref"]][language].format(plain(value["name"])),
    )


def level(value: Mapping[str, Any] | None, language: Language, units: Units) -> str:
    """How high: `{height_m, datum}`, or None where no height is known."""
    if value is None:
        return PHRASE["no_level"][language]
    said = height(value["height_m"], language, units)
    return PHRASE["level"][language].format(height=said, datum=DATUM[value["datum"]][language])


def motion(value: Mapping[str, Any] | None, language: Language, units: Units) -> str:
    """Where to and how fast: `{speed_mps, track_deg}`; under 1.5 m/s it hovers or stands."""
    if value is None:
        return PHRASE["no_motion"][language]
    if value["speed_mps"] < 1.5:
        return PHRASE["still"][language]
    direction = round(value["track_deg"] / 45.0) % 8
    said = speed(value["speed_mps"], language, units)
    return PHRASE["motion"][language].format(direction=_TOWARDS[language][direction], speed=said)


QUANTITIES: dict[str, Callable[[Any, Language, Units], str]] = {
    "place": place, "level": level, "motion": motion,
    "distance": distance, "height": height, "speed": speed, "duration": duration, "compass": compass,
    "kind": kind, "datum": datum, "names": names, "count": count, "decimal": decimal, "angle": angle,
    "percent": percent, "reach": reach, "until": until, "named": named, "state": state,
    "restriction": restriction, "reporter": reporter, "emergency": emergency,
}  # fmt: skip
"""What may stand after the colon of a template."""


def plain(text: object, longest: int = 24) -> str:
    """Text from outside made harmless: control characters as `·`, cut (24: serials and callsigns)."""
    shown = "".join(c if c.isprintable() else "·" for c in str(text))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


class _Speaker(string.Formatter):
    def __init__(self, language: Language, units: Units) -> None:
        self._language, self._units = language, units

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec in ("place", "level", "motion"):
            return QUANTITIES[format_spec](value, self._language, self._units)
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return UNKNOWN[self._language]
        if not format_spec:
            return plain(value)
        return QUANTITIES[format_spec](value, self._language, self._units)


def say(template: str, params: Mapping[str, Any], language: Language, units: Units) -> str:
    """The sentence, its first letter a capital. Raises KeyError if a parameter of the template is missing."""
    text = _Speaker(language, units).vformat(template, (), params)
    return text[:1].upper() + text[1:]
