"""METAR and SPECI: aerodrome weather, above all QNH and wind.

Source: WMO No. 306 Vol. I.1, FM 15 METAR / FM 16 SPECI · ICAO Annex 3 Appendix 3. A line holds one report,
with or without the word METAR or SPECI and the closing `=`. Read by `metar-taf-parser-mivek` (MIT), but for
the header and the pressure, which it cuts to whole hectopascals where it is given in inches of mercury.

A report has a day of the month and a time; the month comes from `received_at_s`. Only what was observed is
read: trends and remarks are left alone. 9999 and CAVOK stand for 10 km or more, and are given as 10 km.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from beffroi.errors import FeedError
from beffroi.observation import Observation, Weather, digest
from beffroi.units import M_PER_FT, MPS_PER_KT
from beffroi.wire.stamp import of_month

if TYPE_CHECKING:
    from metar_taf_parser.parser.parser import MetarParser

SOURCE = "WMO No. 306 FM 15 METAR, FM 16 SPECI; ICAO Annex 3 Appendix 3"
FRAMING = "line"
PERSONAL = False
SAMPLE = b"METAR LFPO 071330Z 25008G20KT 220V280 9999 FEW040 BKN050 18/09 Q1022 NOSIG="

M_PER_MILE = 1609.344
HPA_PER_INHG = 33.863886
UNLIMITED_M = 10_000.0
QNH_HPA = (850.0, 1100.0)
"""Lowest and highest ever measured: 870 and 1084."""
LONGEST = 2_000

_HEADER = re.compile(
    r"(?:(?:METAR|SPECI)\s+)?(?:COR\s+)?(?P<station>[A-Z][A-Z0-9]{3})\s+"
    r"(?P<day>\d\d)(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)Z\s+(?P<body>\S.*)"
)
_TREND = re.compile(r"\s(?:NOSIG|BECMG|TEMPO|RMK)\b.*|\s*=\s*$")
_QNH = re.compile(r"\s(?:Q(?P<hpa>\d{4})|A(?P<inhg>\d{4}))(?=[\s/]|$)")
_SPEED_MPS = {"KT": MPS_PER_KT, "MPS": 1.0, "KMH": 1 / 3.6, "KPH": 1 / 3.6}
_BROKEN = ("BKN", "OVC")


def decode(frame: bytes, received_at_s: float, source: str = "") -> Iterator[Observation | FeedError]:
    """One report → one observation of its station. Raises FeedError."""
    if len(frame) > LONGEST:
        raise FeedError("line", f"longer than {LONGEST} characters")
    text = frame.decode("ascii", "replace").strip()
    header = _HEADER.fullmatch(text)
    if header is None:
        raise FeedError("header", "no METAR: station, day and time are needed")
    body = _TREND.sub("", f" {header['body']}")
    if body.strip() == "NIL":
        raise FeedError("body", "the station has no report (NIL)")
    second_s = int(header["hour"]) * 3600.0 + int(header["minute"]) * 60.0
    try:
        time_s = of_month(int(header["day"]), second_s, received_at_s)
    except (ValueError, OverflowError, OSError) as bad:
        raise FeedError("day", str(bad)) from bad
    qnh_hpa = _qnh_hpa(body)
    known = qnh_hpa is not None and QNH_HPA[0] <= qnh_hpa <= QNH_HPA[1]
    yield Observation(
        source=source,
        kind="weather",
        time_s=time_s,
        received_at_s=received_at_s,
        frame=digest(frame),
        subject=f"place:{header['station']}",
        weather=_weather(f"{header['station']} 010000Z{body}", text, qnh_hpa if known else None),
    )
    if qnh_hpa is not None and not known:
        yield FeedError("QNH", f"cannot be: {qnh_hpa:.0f} hPa")


def _weather(report_text: str, text: str, qnh_hpa: float | None) -> Weather:
    try:
        report = _parser().parse(report_text)
        return Weather(qnh_hpa=qnh_hpa, text=text, **_wind(report), **_sky(report), **_air(report))
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as bad:
        raise FeedError(
            "body", f"cannot be read: {bad}"
        ) from bad  # the parser has no error of its own for it


@cache
def _parser() -> "MetarParser":
    from metar_taf_parser.parser.parser import MetarParser  # it takes a tenth of a second to load

    return MetarParser()


def _qnh_hpa(body: str) -> float | None:
    """Q in whole hectopascals, rounded down; A in hundredths of an inch of mercury."""
    found = _QNH.search(body)
    if found is None:
        return None
    return float(found["hpa"]) if found["hpa"] else float(found["inhg"]) / 100.0 * HPA_PER_INHG


def _wind(report: Any) -> dict[str, Any]:
    wind = report.wind
    if wind is None:
        return {}
    unit = _SPEED_MPS[wind.unit]
    return {
        "wind_from_deg": wind.degrees % 360.0 if wind.degrees is not None and wind.speed else None,
        "wind_mps": wind.speed * unit,
        "gust_mps": None if wind.gust is None else wind.gust * unit,
    }


def _sky(report: Any) -> dict[str, Any]:
    """Visibility, and the height of the lowest broken or overcast layer, or the vertical visibility."""
    layers = [c.height for c in report.clouds if c.quantity.name in _BROKEN and c.height is not None]
    if report.vertical_visibility is not None:
        layers.append(report.vertical_visibility)
    visibility_m = UNLIMITED_M if report.cavok else None
    if report.visibility is not None and report.visibility.distance is not None:
        visibility_m = _visibility_m(report.visibility.distance, report.visibility.unit.value)
    return {"visibility_m": visibility_m, "ceiling_m": min(layers) * M_PER_FT if layers else None}


def _visibility_m(distance: str, unit: str) -> float:
    """`1500`, `>10000`, `1/2`, `2 1/4`, `P6` (more than), `M1/4` (less than)."""
    number = float(sum(Fraction(part) for part in distance.strip("<>PM").split()))
    metres = number * M_PER_MILE if unit == "SM" else number
    return min(metres, UNLIMITED_M) if unit != "SM" else metres


def _air(report: Any) -> dict[str, Any]:
    return {
        "temperature_c": None if report.temperature is None else float(report.temperature),
        "dewpoint_c": None if report.dew_point is None else float(report.dew_point),
    }
