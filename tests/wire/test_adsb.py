"""NACp and containment as sigma, worked out by hand from the tables."""

from math import log, sqrt

import pytest

from beffroi.wire.adsb import CATEGORY, EPU_M, SIGMAS_IN_95, sigma_m


def test_the_circle_of_95_percent() -> None:
    assert pytest.approx(sqrt(-2 * log(0.05)), abs=1e-4) == SIGMAS_IN_95


@pytest.mark.parametrize(
    ("nac_p", "miles"), [(8, 0.05), (7, 0.1), (6, 0.3), (5, 0.5), (4, 1), (3, 2), (2, 4), (1, 10)]
)
def test_the_table_is_that_of_do_260b(nac_p: int, miles: float) -> None:
    assert EPU_M[nac_p] == pytest.approx(miles * 1852)
    assert sigma_m(nac_p) == pytest.approx(miles * 1852 / 2.4477, rel=1e-4)


@pytest.mark.parametrize("nac_p", [0, 12, 15])
def test_what_is_not_known_is_absent(nac_p: int) -> None:
    assert sigma_m(nac_p, 7.5) is None


def test_containment_serves_where_nacp_is_not_given() -> None:
    assert sigma_m(None, 185.2) == pytest.approx(sigma_m(8), rel=1e-3)
    assert sigma_m(None, None) is None
    assert sigma_m(None, 0.0) is None


def test_categories_that_say_nothing_are_not_in_the_table() -> None:
    assert not {"A0", "B0", "C0", "B5", "B7"} & set(CATEGORY)
