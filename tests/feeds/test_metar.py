"""METAR: examples of WMO No. 306 and of national practice, each value by hand."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from beffroi.errors import FeedError
from beffroi.feeds.metar import decode
from beffroi.observation import Observation, Weather

NOW_S = datetime(2021, 10, 7, 14, 0, tzinfo=UTC).timestamp()
KT = 1852 / 3600


def only(text: str) -> Observation:
    (one,) = decode(text.encode(), NOW_S, "met")
    assert isinstance(one, Observation)
    return one


def weather(body: str) -> Weather:
    found = only(f"LFPO 071330Z {body}").weather
    assert found is not None
    return found


def given(body: str) -> dict[str, Any]:
    """The values of a report that are not absent."""
    values = msgspec.structs.asdict(weather(body))
    return {key: value for key, value in values.items() if value is not None and key != "text"}


def test_a_report() -> None:
    one = only("METAR LFPO 071330Z 25008G20KT 220V280 9999 FEW040 BKN050 18/09 Q1022 NOSIG=")
    assert (one.kind, one.subject, one.source) == ("weather", "place:LFPO", "met")
    assert one.time_s == datetime(2021, 10, 7, 13, 30, tzinfo=UTC).timestamp()
    assert one.weather == Weather(
        qnh_hpa=1022.0, wind_from_deg=250.0, wind_mps=8 * KT, gust_mps=20 * KT, visibility_m=10_000.0,
        ceiling_m=5000 * 0.3048, temperature_c=18.0, dewpoint_c=9.0,
        text="METAR LFPO 071330Z 25008G20KT 220V280 9999 FEW040 BKN050 18/09 Q1022 NOSIG=",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "says"),
    [
        # WMO No. 306 Vol. I.1, FM 15: 15.5 wind, 15.6 visibility, 15.9 cloud, 15.11 and 15.12 air
        (
            "00000KT CAVOK M00/M01 Q0995",
            {
                "wind_mps": 0.0,
                "visibility_m": 10_000.0,
                "temperature_c": 0.0,
                "dewpoint_c": -1.0,
                "qnh_hpa": 995.0,
            },
        ),
        (
            "VRB02KT 0800 FG VV001 20/20 Q1013",
            {
                "wind_mps": 2 * KT,
                "visibility_m": 800.0,
                "ceiling_m": 30.48,
                "temperature_c": 20.0,
                "dewpoint_c": 20.0,
                "qnh_hpa": 1013.0,
            },
        ),
        (
            "36012MPS 1500 BR NSC 05/04 Q1023",
            {
                "wind_from_deg": 0.0,
                "wind_mps": 12.0,
                "visibility_m": 1500.0,
                "temperature_c": 5.0,
                "dewpoint_c": 4.0,
                "qnh_hpa": 1023.0,
            },
        ),
        ("/////KT //// ///////// ///// Q////", {}),
        (
            "25008KT 9999 SCT030 OVC012 BKN020 10/08 Q1001",
            {
                "wind_from_deg": 250.0,
                "wind_mps": 8 * KT,
                "visibility_m": 10_000.0,
                "ceiling_m": 1200 * 0.3048,
                "temperature_c": 10.0,
                "dewpoint_c": 8.0,
                "qnh_hpa": 1001.0,
            },
        ),
        (
            "25008KT 9999 BKN/// 10/08 Q1001",
            {
                "wind_from_deg": 250.0,
                "wind_mps": 8 * KT,
                "visibility_m": 10_000.0,
                "temperature_c": 10.0,
                "dewpoint_c": 8.0,
                "qnh_hpa": 1001.0,
            },
        ),
    ],
)
def test_groups(body: str, says: dict[str, float]) -> None:
    assert given(body) == pytest.approx(says)


@pytest.mark.parametrize(
    ("group", "metres"),
    [("1/2SM", 804.672), ("2 1/4SM", 3621.024), ("P6SM", 9656.064), ("M1/4SM", 402.336), ("10SM", 16093.44)],
)
def test_visibility_in_statute_miles(group: str, metres: float) -> None:
    assert weather(f"18015KT {group} 24/22 A2992").visibility_m == pytest.approx(metres)


@pytest.mark.parametrize(
    ("group", "hpa"), [("Q1022", 1022.0), ("Q0998/0748", 998.0), ("A2992", 1013.207), ("A3001", 1016.255)]
)
def test_pressure(group: str, hpa: float) -> None:
    assert weather(f"18015KT 9999 24/22 {group}").qnh_hpa == pytest.approx(hpa, abs=1e-3)


def test_a_trend_is_a_forecast_and_not_read() -> None:
    said = weather("25008KT 9999 FEW040 18/09 Q1022 TEMPO 3000 BKN003 BECMG 18025KT")
    assert (said.ceiling_m, said.visibility_m, said.wind_from_deg) == (None, 10_000.0, 250.0)
    assert weather("18015KT 9999 24/22 RMK A2992").qnh_hpa is None


@pytest.mark.parametrize("word", ["", "METAR ", "SPECI ", "METAR COR ", "COR "])
def test_the_word_before_the_station_may_be_missing(word: str) -> None:
    assert only(f"{word}LFPG 071300Z AUTO 25008KT 9999 18/09 Q1022").subject == "place:LFPG"


def test_a_report_of_last_month() -> None:
    one = only("LFPO 301330Z 25008KT 9999 18/09 Q1022")
    assert one.time_s == datetime(2021, 9, 30, 13, 30, tzinfo=UTC).timestamp()


def test_a_pressure_that_cannot_be_is_left_out_and_said() -> None:
    one, error = decode(b"LFPO 071330Z 25008KT 9999 18/09 Q2000", NOW_S)
    assert isinstance(one, Observation)
    assert one.weather is not None
    assert (one.weather.qnh_hpa, one.weather.temperature_c) == (None, 18.0)
    assert str(error) == "QNH: cannot be: 2000 hPa"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("garbage", "header"),
        ("TAF LFPO 071100Z 0712/0818 25010KT CAVOK", "header"),
        ("LFPO 072530Z 25008KT 9999", "header"),
        ("LFPO 321330Z 25008KT 9999", "day"),
        ("LFPO 071330Z NIL", "body"),
        ("LFPO 071330Z 25008KT " + "9999 " * 500, "line"),
        ("", "header"),
    ],
)
def test_what_is_no_report_is_refused(text: str, place: str) -> None:
    with pytest.raises(FeedError) as bad:
        list(decode(text.encode(), NOW_S))
    assert bad.value.place == place
