"""QNH: learnt from real aircraft at Orly, taken from a METAR, and not led astray."""

import gzip
from typing import Any

import msgspec
import pytest

from beffroi import feeds
from beffroi.kernels.geodesy import Plane
from beffroi.kernels.pressure import standard_altitude_m
from beffroi.observation import Observation, Weather
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, site
from beffroi.site import Place
from beffroi.tracks.qnh import KEEP_S, METAR_S, Qnh
from beffroi.units import M_PER_FT
from beffroi.zones import aerodrome
from shared import DATA, needs_data

HERE = site()
PLANE = Plane.at(LAT_DEG, LON_DEG)
ELEVATION_M = 89.0


def parked(number: int, time_s: float, qnh_hpa: float, **fields: Any) -> Observation:
    """An aircraft on the runway of the hand-made site that measures rightly."""
    alt_m = float(standard_altitude_m(ELEVATION_M, qnh_hpa))
    said: dict[str, Any] = {"lat_deg": LAT_DEG, "lon_deg": LON_DEG, "alt_1013_m": alt_m}
    name = f"icao24:{number:06x}"
    return Observation(
        kind="claim", time_s=time_s, received_at_s=time_s, subject=name, on_ground=True, **(said | fields)
    )


def metar(time_s: float, qnh_hpa: float) -> Observation:
    return Observation(
        kind="weather",
        time_s=time_s,
        received_at_s=time_s,
        subject="place:LFPX",
        weather=Weather(qnh_hpa=qnh_hpa),
    )


def learnt(*observations: Observation, now_s: float = NOW_S) -> Qnh:
    """After ticks of one observation each, the last at `now_s`."""
    qnh = Qnh()
    for o in observations:
        qnh.learn([o], min(o.received_at_s, now_s), HERE, PLANE)
    qnh.learn([], now_s, HERE, PLANE)
    return qnh


@needs_data
def test_it_learns_the_pressure_of_a_real_afternoon_at_paris() -> None:
    """Ground rows read about 380 ft too low, some read 39,000 ft; METARs of the hour gave Q1028 (LFPO)."""
    rows = DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz"
    place = msgspec.structs.replace(HERE.site, lat_deg=48.7233, lon_deg=2.3794)
    orly = msgspec.structs.replace(HERE, site=place, runway=aerodrome.runways("LFPO"))
    qnh, ground = Qnh(), []
    with gzip.open(rows) as file:
        decode = feeds.decoder("opensky")
        for line in file:
            for o in decode(line, 0.0, "adsb"):
                if isinstance(o, Observation) and o.on_ground and o.alt_1013_m is not None:
                    ground.append(o)
                    qnh.learn([o], o.time_s, orly, Plane.at(48.7233, 2.3794))
    assert max(o.alt_1013_m or 0.0 for o in ground) > 38_000 * M_PER_FT, "the outliers are there"
    qnh.learn([], qnh.now_s + 10.0, orly, Plane.at(48.7233, 2.3794))
    value, sigma = qnh.best(orly)
    assert value == pytest.approx(1028.0, abs=2.0)
    assert 0.5 < sigma < 2.0


def test_nothing_is_known_at_first() -> None:
    assert learnt().best(HERE) == (None, 0.0)


def test_what_the_site_says_holds_until_something_better() -> None:
    place = Place(name="", lat_deg=LAT_DEG, lon_deg=LON_DEG, qnh_hpa=1002.0)
    told = msgspec.structs.replace(HERE, site=place)
    assert learnt().best(told)[0] == 1002.0
    assert learnt(*(parked(n, NOW_S, 1021.0) for n in range(1, 9))).best(told)[0] == pytest.approx(
        1021.0, abs=0.1
    )


def test_a_metar_counts_before_aircraft_and_only_for_its_hour() -> None:
    ground = [parked(n, NOW_S - 60.0, 1020.0) for n in range(1, 9)]
    assert learnt(*ground, metar(NOW_S - 100.0, 1022.0)).best(HERE)[0] == 1022.0
    assert learnt(*ground, metar(NOW_S - METAR_S - 1.0, 1022.0)).best(HERE)[0] == pytest.approx(
        1020.0, abs=0.1
    )


def test_the_newest_metar_holds_whatever_the_order() -> None:
    assert learnt(metar(NOW_S - 600.0, 1010.0), metar(NOW_S - 2400.0, 1005.0)).best(HERE)[0] == 1010.0


def test_a_station_elsewhere_counts_only_where_ours_says_nothing() -> None:
    ours = msgspec.structs.replace(HERE, site=msgspec.structs.replace(HERE.site, aerodromes=("LFPX",)))
    far = msgspec.structs.replace(metar(NOW_S - 60.0, 987.0), subject="place:LFRB")
    qnh = Qnh()
    qnh.learn([far], NOW_S - 50.0, ours, PLANE)
    assert qnh.best(ours)[0] == 987.0
    qnh.learn([metar(NOW_S - 1700.0, 1010.0), far], NOW_S, ours, PLANE)
    assert qnh.best(ours)[0] == 1010.0, "older, but ours"


def test_wrong_rows_do_not_lead_it_astray() -> None:
    """Half of what came is wrong: in cruise with the ground bit, and far from the runway."""
    good = [parked(n, NOW_S, 1013.0) for n in range(1, 8)]
    cruise = [parked(n, NOW_S, 1013.0, alt_1013_m=39_000 * M_PER_FT) for n in range(50, 58)]
    elsewhere = [parked(n, NOW_S, 950.0, lat_deg=LAT_DEG + 0.1) for n in range(80, 99)]
    assert learnt(*good, *cruise, *elsewhere).best(HERE)[0] == pytest.approx(1013.0, abs=0.1)


def test_an_aircraft_that_stands_for_long_counts_once() -> None:
    one = [parked(1, NOW_S - 900.0 + 0.5 * k, 990.0) for k in range(1800)]
    others = [parked(n, NOW_S - 1.0, 1013.0) for n in range(2, 5)]
    assert learnt(*one, *others).best(HERE)[0] == pytest.approx(1013.0, abs=0.1)


def test_what_was_learnt_is_forgotten() -> None:
    ground = [parked(n, NOW_S, 1020.0) for n in range(1, 9)]
    assert learnt(*ground, now_s=NOW_S + KEEP_S - 1.0).best(HERE)[0] is not None
    assert learnt(*ground, now_s=NOW_S + 2 * KEEP_S + 20.0).best(HERE) == (None, 0.0)


def test_a_stamp_from_the_future_neither_lasts_nor_makes_the_rest_old() -> None:
    ground = [parked(n, NOW_S, 1020.0) for n in range(1, 9)]
    wrong = msgspec.structs.replace(parked(9, NOW_S, 1020.0), time_s=NOW_S + 1e7)
    assert learnt(*ground, wrong).best(HERE)[0] == pytest.approx(1020.0, abs=0.1)
    early = msgspec.structs.replace(metar(NOW_S, 960.0), time_s=NOW_S + 1e7, received_at_s=NOW_S)
    right = msgspec.structs.replace(metar(NOW_S, 1020.0), received_at_s=NOW_S + 1.0, time_s=NOW_S + 1.0)
    assert learnt(early, right, now_s=NOW_S + 1.0).best(HERE)[0] == 1020.0
