"""The earth model against GeographicLib (Karney), published examples, and its own inverses."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernels import geodesy

ORACLE = Geodesic.WGS84
LAT = st.floats(-80, 80)
LON = st.floats(-180, 180)


def angle_apart_deg(a: object, b: object) -> float:
    return float(np.max(np.abs((np.asarray(a) - np.asarray(b) + 180) % 360 - 180)))


@given(LAT, LON, st.floats(-3e5, 3e5), st.floats(-3e5, 3e5))
def test_plane_round_trip_is_below_a_millimetre(lat: float, lon: float, x_m: float, y_m: float) -> None:
    plane = geodesy.Plane.at(lat, lon)
    there = plane.forward(*plane.inverse(x_m, y_m))
    assert np.hypot(there[0] - x_m, there[1] - y_m) < 1e-3


@given(LAT, LON, st.floats(10, 3e5), st.floats(0, 360))
def test_plane_keeps_bearings_from_the_site_and_distances(
    lat: float, lon: float, distance_m: float, bearing_deg: float
) -> None:
    place = ORACLE.Direct(lat, lon, bearing_deg, distance_m)
    x, y = geodesy.Plane.at(lat, lon).forward(place["lat2"], place["lon2"])
    assert angle_apart_deg(np.degrees(np.arctan2(x, y)), bearing_deg) < 1e-3
    assert np.hypot(x, y) == pytest.approx(distance_m, rel=(distance_m / 6.3e6) ** 2, abs=1e-3)


def test_plane_is_conformal_and_of_scale_one_at_the_site() -> None:
    plane = geodesy.Plane.at(52.156160556, 5.387638889)
    step = 1e-6
    for lat, lon in ((53.0, 6.0), (51.0, 3.5), (52.156160556, 5.387638889)):
        east = np.array(plane.forward(lat, lon + step)) - np.array(plane.forward(lat, lon - step))
        north = np.array(plane.forward(lat + step, lon)) - np.array(plane.forward(lat - step, lon))
        rho, nu = geodesy.curvature_radii_m(lat)
        k_east = np.hypot(*east) / (np.radians(2 * step) * nu * np.cos(np.radians(lat)))
        k_north = np.hypot(*north) / (np.radians(2 * step) * rho)
        assert k_east == pytest.approx(k_north, rel=1e-7)
        assert abs(east @ north) / (np.hypot(*east) * np.hypot(*north)) < 1e-7
        far_m = ORACLE.Inverse(52.156160556, 5.387638889, lat, lon)["s12"]
        assert k_north == pytest.approx(1 + (far_m / 2 / plane.radius_m) ** 2, rel=1e-6)


@given(LAT, LON, st.floats(-2e5, 2e5), st.floats(-2e5, 2e5), st.floats(0, 360))
def test_velocity_points_where_the_aircraft_goes(
    lat: float, lon: float, x_m: float, y_m: float, track_deg: float
) -> None:
    plane = geodesy.Plane.at(lat, lon)
    here = plane.inverse(x_m, y_m)
    there = ORACLE.Direct(float(here[0]), float(here[1]), track_deg, 100.0)
    x, y = plane.forward(there["lat2"], there["lon2"])
    vx, vy = plane.velocity(*here, 100.0, track_deg)
    assert np.hypot(x - x_m - vx, y - y_m - vy) < 0.2  # scale: 0.06 % at 280 km


def test_distance_and_bearing_agree_with_the_oracle() -> None:
    rng = np.random.default_rng(7)
    lat1, lat2 = rng.uniform(-90, 90, (2, 500))
    lon1, lon2 = rng.uniform(-180, 180, (2, 500))
    lat2[:250], lon2[:250] = lat1[:250] * 0.999, lon1[:250] + rng.uniform(-1, 1, 250)
    truth = [ORACLE.Inverse(*pair) for pair in zip(lat1, lon1, lat2, lon2, strict=True)]
    far = np.array([t["s12"] for t in truth])
    asked = far < 19e6
    assert np.max(np.abs(geodesy.distance_m(lat1, lon1, lat2, lon2) - far)[asked]) < 1e-3
    bearings = geodesy.bearing_deg(lat1, lon1, lat2, lon2)
    assert angle_apart_deg(bearings[asked], np.array([t["azi1"] for t in truth])[asked]) < 1e-5


def test_near_the_antipode_the_distance_stays_within_one_percent() -> None:
    rng = np.random.default_rng(8)
    lat, lon = rng.uniform(-70, 70, 300), rng.uniform(-180, 180, 300)
    lat2, lon2 = -lat + rng.normal(0, 0.3, 300), lon + 180 + rng.normal(0, 0.3, 300)
    truth = [ORACLE.Inverse(*p)["s12"] for p in zip(lat, lon, lat2, lon2, strict=True)]
    assert geodesy.distance_m(lat, lon, lat2, lon2) == pytest.approx(np.array(truth), rel=0.01)


def test_a_place_is_nowhere_from_itself_and_absent_stays_absent() -> None:
    assert geodesy.distance_m(48.0, 2.0, 48.0, 2.0) == 0
    assert geodesy.bearing_deg(48.0, 2.0, 48.0, 2.0) == 0
    assert np.isnan(geodesy.distance_m(np.nan, 2.0, 48.0, 2.0))
    assert np.isnan(geodesy.Plane.at(48, 2).forward(np.nan, 2.0)).all()


def test_distance_of_flinders_peak_to_buninyong() -> None:
    """Geoscience Australia's worked example for Vincenty's formulas (GRS80; differs from WGS84 by < 1 mm)."""
    lat1, lon1 = -(37 + 57 / 60 + 3.72030 / 3600), 144 + 25 / 60 + 29.52440 / 3600
    lat2, lon2 = -(37 + 39 / 60 + 10.15610 / 3600), 143 + 55 / 60 + 35.38390 / 3600
    far_m, bearing = geodesy.geodesic(lat1, lon1, lat2, lon2)
    assert far_m == pytest.approx(54972.271, abs=2e-3)
    assert bearing == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)


@given(LAT, LON, st.floats(0, 360), st.floats(0, 1.9e7))
def test_destination_agrees_with_the_oracle(lat: float, lon: float, bearing_deg: float, far_m: float) -> None:
    truth = ORACLE.Direct(lat, lon, bearing_deg, far_m)
    got = geodesy.destination(lat, lon, bearing_deg, far_m)
    assert ORACLE.Inverse(truth["lat2"], truth["lon2"], float(got[0]), float(got[1]))["s12"] < 1e-3


@given(LAT, LON, st.floats(-500, 20_000))
def test_cartesian_round_trip(lat: float, lon: float, height_m: float) -> None:
    got = geodesy.ecef_to_geodetic(*geodesy.geodetic_to_ecef(lat, lon, height_m))
    assert got[0] == pytest.approx(lat, abs=1e-11)
    assert angle_apart_deg(got[1], lon) < 1e-11
    assert got[2] == pytest.approx(height_m, abs=1e-6)


@given(LAT, LON, st.floats(100, 4e5), st.floats(0, 359.99), st.floats(-2, 85))
def test_polar_round_trip_with_elevation_and_with_height(
    lat: float, lon: float, range_m: float, azimuth_deg: float, elevation_deg: float
) -> None:
    place = geodesy.polar_to_geodetic(lat, lon, 120.0, range_m, azimuth_deg, elevation_deg)
    back = geodesy.geodetic_to_polar(*place, lat, lon, 120.0)
    assert back[0] == pytest.approx(range_m, abs=1e-6)
    assert angle_apart_deg(back[1], azimuth_deg) < 1e-6
    assert back[2] == pytest.approx(elevation_deg, abs=1e-6)
    flat = geodesy.polar_at_height_to_geodetic(lat, lon, 120.0, range_m, azimuth_deg, place[2])
    assert geodesy.distance_m(*flat, place[0], place[1]) < 1e-2


def test_a_range_shorter_than_the_height_difference_is_overhead() -> None:
    lat, lon = geodesy.polar_at_height_to_geodetic(48.7, 2.3, 100.0, 900.0, 45.0, 1100.0)
    assert geodesy.distance_m(lat, lon, 48.7, 2.3) < 1e-3
