"""Heights: from every datum to mean sea level, and nothing where an input lacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernels.pressure import standard_altitude_m
from beffroi.observation import Observation
from beffroi.tracks.heights import BAROMETRIC_SIGMA_M, GEOMETRIC_SIGMA_M, Reference, above_sea
from beffroi.units import M_PER_FT

KNOWN = Reference(qnh_hpa=1028.0, qnh_sigma_hpa=1.0, geoid_m=44.4)


def said(**fields: float | bool) -> Observation:
    """An observation that gives these."""
    return Observation(kind="claim", time_s=0.0, received_at_s=0.0, **fields)  # type: ignore[arg-type]


def height(reference: Reference, sigma_m: float | None = None, **fields: float) -> tuple[float, float]:
    """(height, one sigma) of one observation."""
    z, var = above_sea([said(**fields)], reference, sigma_m)
    return float(z[0]), float(np.sqrt(var[0]))


def test_a_height_above_the_sea_is_what_it_says() -> None:
    assert height(Reference(), alt_msl_m=312.0) == (312.0, GEOMETRIC_SIGMA_M)


def test_a_height_on_the_ellipsoid_needs_the_geoid() -> None:
    assert height(KNOWN, alt_wgs84_m=200.0)[0] == pytest.approx(155.6)
    assert np.isnan(height(Reference(qnh_hpa=1028.0), alt_wgs84_m=200.0)).all()


def test_a_pressure_altitude_needs_the_qnh() -> None:
    """At 1028 hPa an altimeter on 1013.25 reads some 400 ft too low (27.3 ft a hectopascal near the sea)."""
    z, sigma = height(KNOWN, alt_1013_m=-100.0 * M_PER_FT)
    assert z == pytest.approx((-100.0 + 14.75 * 27.1) * M_PER_FT, abs=1.0)
    assert sigma == pytest.approx(np.hypot(BAROMETRIC_SIGMA_M, 8.3), abs=0.5)
    assert np.isnan(height(Reference(geoid_m=44.4), alt_1013_m=1000.0)).all()


def test_an_altitude_on_qnh_needs_nothing() -> None:
    z, sigma = height(Reference(), alt_qnh_m=1000.0)
    assert z == 1000.0
    assert sigma == pytest.approx(np.hypot(BAROMETRIC_SIGMA_M, 40.0)), "4 % for 10 °C off the standard"


@pytest.mark.parametrize("fields", [{}, {"height_agl_m": 50.0}, {"height_takeoff_m": 50.0}])
def test_what_has_no_datum_of_ours_is_absent(fields: dict[str, float]) -> None:
    """A height above the ground or the take-off point would need terrain."""
    assert np.isnan(height(KNOWN, **fields)).all()


def test_altitude_zero_and_no_altitude_differ() -> None:
    z, var = above_sea([said(alt_msl_m=0.0), said(), said(alt_wgs84_m=44.4), said(alt_qnh_m=0.0)], KNOWN)
    assert z[[0, 2, 3]] == pytest.approx([0.0, 0.0, 0.0])
    assert np.isnan(z[1])
    assert np.isnan(var[1])


def test_the_surest_of_several_is_taken() -> None:
    both = {"alt_msl_m": 1000.0, "alt_qnh_m": 1030.0}
    assert height(KNOWN, **both)[0] == 1000.0
    assert height(KNOWN, **both, vertical_sigma_m=200.0)[0] == 1030.0
    assert height(Reference(), alt_1013_m=500.0, alt_msl_m=620.0)[0] == 620.0


def test_a_stated_accuracy_counts_before_the_site_s_and_that_before_the_usual() -> None:
    assert height(KNOWN, alt_msl_m=100.0, vertical_sigma_m=3.0)[1] == 3.0
    assert height(KNOWN, 25.0, alt_msl_m=100.0)[1] == 25.0
    assert height(KNOWN, 25.0, alt_msl_m=100.0, vertical_sigma_m=3.0)[1] == 3.0


@given(st.floats(-400.0, 12_000.0), st.floats(950.0, 1050.0))
def test_one_object_has_one_height_whichever_datum_it_names(msl_m: float, qnh_hpa: float) -> None:
    """What an altimeter shows on QNH, on 1013, and over the ellipsoid, all of one place."""
    here = Reference(qnh_hpa=qnh_hpa, qnh_sigma_hpa=0.5, geoid_m=-12.0)
    on_1013 = float(standard_altitude_m(msl_m, qnh_hpa))
    heights = [height(here, alt_msl_m=msl_m)[0], height(here, alt_qnh_m=msl_m)[0],
               height(here, alt_1013_m=on_1013)[0], height(here, alt_wgs84_m=msl_m - 12.0)[0]]  # fmt: skip
    assert heights == pytest.approx([msl_m] * 4, abs=1e-6)
