"""The standard atmosphere against the tables of ICAO Doc 7488; QNH against a real afternoon over Paris."""

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernels import pressure
from beffroi.units import M_PER_FT
from shared import DATA, needs_data

ORLY_M, LE_BOURGET_M = 291 * M_PER_FT, 218 * M_PER_FT
"""Elevations of the aerodromes, AIP France AD 2.2."""


@pytest.mark.parametrize(
    ("altitude_m", "hpa"),
    [(-500, 1074.78), (0, 1013.25), (1000, 898.746), (5000, 540.199), (11000, 226.320), (15000, 120.446)],
)
def test_doc_7488_table(altitude_m: float, hpa: float) -> None:
    assert pressure.pressure_hpa(altitude_m) == pytest.approx(hpa, rel=2e-5)
    assert pressure.pressure_altitude_m(hpa) == pytest.approx(altitude_m, abs=0.3)


@given(st.floats(-1000, 20_000), st.floats(900, 1080))
def test_there_and_back(altitude_m: float, qnh_hpa: float) -> None:
    assert pressure.pressure_altitude_m(pressure.pressure_hpa(altitude_m)) == pytest.approx(
        altitude_m, abs=1e-6
    )
    shown = pressure.qnh_altitude_m(altitude_m, qnh_hpa)
    assert pressure.standard_altitude_m(shown, qnh_hpa) == pytest.approx(altitude_m, abs=1e-6)


def test_one_hectopascal_is_about_27_feet_at_sea_level() -> None:
    assert pressure.qnh_altitude_m(0.0, 1014.25) == pytest.approx(27.3 * M_PER_FT, rel=0.01)
    assert pressure.qnh_altitude_m(0.0, 1013.25) == pytest.approx(0, abs=1e-9)


def ground_rows() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(altitude [m], latitude, longitude, aircraft) of all rows that say `on ground` and give a height."""
    with gzip.open(DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz", "rt") as file:
        rows = [r for r in csv.DictReader(file) if r["onground"] == "1" and r["altitude_ft"]]
    alt_m = np.array([float(r["altitude_ft"]) for r in rows]) * M_PER_FT
    lat, lon = (np.array([float(r[k]) for r in rows]) for k in ("lat", "lon"))
    return alt_m, lat, lon, np.array([r["icao24"] for r in rows])


@needs_data
def test_qnh_learnt_at_orly_puts_aircraft_at_both_aerodromes_on_the_ground() -> None:
    alt, lat, lon, aircraft = ground_rows()
    orly = np.hypot(lat - 48.725, (lon - 2.359) * 0.66) < 0.03
    learnt = pressure.learn_qnh(alt[orly], ORLY_M, aircraft[orly])
    assert learnt is not None
    qnh, sigma = learnt
    assert 0.9 < sigma < 2
    shown = pressure.qnh_altitude_m(alt[orly], qnh)
    assert np.median(np.abs(shown - ORLY_M)) < 8  # a step of 25 ft
    assert np.median(ORLY_M - alt[orly]) == pytest.approx(385 * M_PER_FT, abs=10)  # what it corrects
    bourget = np.hypot(lat - 48.963, (lon - 2.43) * 0.66) < 0.03
    other = pressure.learn_qnh(alt[bourget], LE_BOURGET_M, aircraft[bourget])
    assert other is not None
    assert abs(other[0] - qnh) < 2 * np.hypot(sigma, other[1])


@needs_data
def test_rows_from_cruise_with_a_wrong_ground_bit_do_not_move_it() -> None:
    alt, lat, lon, aircraft = ground_rows()
    bourget = np.hypot(lat - 48.963, (lon - 2.43) * 0.66) < 0.03
    wild = alt > 5000
    assert (bourget & wild).sum() > 100  # the recording has them
    with_wild = pressure.learn_qnh(alt[bourget], LE_BOURGET_M, aircraft[bourget])
    without = pressure.learn_qnh(alt[bourget & ~wild], LE_BOURGET_M, aircraft[bourget & ~wild])
    assert with_wild == without


def test_half_of_the_aircraft_may_be_wrong_and_none_is_absent() -> None:
    rng = np.random.default_rng(3)
    truth = pressure.standard_altitude_m(100.0, 1030.0)
    alt = np.full(40, float(truth)) + rng.normal(0, 8, 40)
    alt[:15] += 900
    learnt = pressure.learn_qnh(alt, 100.0, np.arange(40))
    assert learnt is not None
    assert learnt[0] == pytest.approx(1030, abs=2 * learnt[1])
    assert pressure.learn_qnh(np.array([np.nan, 11_900.0]), 100.0, np.arange(2)) is None


def test_a_chatty_aircraft_counts_once_and_one_alone_is_less_sure() -> None:
    alt = np.r_[np.full(1000, 60.0), [0.0, 0.0, 2.0, -2.0]]
    aircraft = np.r_[np.zeros(1000), [1, 2, 3, 4]]
    many = pressure.learn_qnh(alt, 0.0, aircraft)
    one = pressure.learn_qnh(alt[:1000], 0.0, aircraft[:1000])
    assert many is not None
    assert one is not None
    assert many[0] == pytest.approx(1013.25, abs=0.3)
    assert one[1] > many[1]
