"""Intake: places of every form land where geodesy says, vague along the right axes; scans cut properly."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernels import geodesy
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.picture import SourceState
from beffroi.site import Source
from beffroi.track import CLASSES, F
from beffroi.tracks.heights import Reference
from beffroi.tracks.intake import (
    AZIMUTH_SIGMA_DEG,
    CLAIM_SIGMA_M,
    PLOT_SIGMA_M,
    SCAN_SHARE,
    Plots,
    plots,
    scans,
    sensor,
    sensor_key,
)

LAT_DEG, LON_DEG = 48.7233, 2.3794
PLANE = Plane.at(LAT_DEG, LON_DEG)
RADAR_LAT_DEG, RADAR_LON_DEG, RADAR_ALT_M = 48.95, 2.9, 110.0
RADAR = Source(id="radar", format="asterix", link="", lat_deg=RADAR_LAT_DEG, lon_deg=RADAR_LON_DEG,
               alt_msl_m=RADAR_ALT_M, range_sigma_m=20.0, azimuth_sigma_deg=0.2, period_s=1.0)  # fmt: skip
KNOWN = Reference(qnh_hpa=1013.25, qnh_sigma_hpa=0.5, geoid_m=44.4)


def state(source: Source | None = RADAR) -> SourceState:
    """The state of a source that stands where the site says."""
    made = SourceState(id=source.id if source else "other")
    if source and source.lat_deg is not None and source.lon_deg is not None:
        x, y = PLANE.forward(source.lat_deg, source.lon_deg)
        made.x_m, made.y_m = float(x), float(y)
        made.alt_msl_m = float("nan") if source.alt_msl_m is None else source.alt_msl_m
    return made


def plot(**fields: Any) -> Observation:
    said: dict[str, Any] = {"kind": "plot", "time_s": 0.0, "received_at_s": 0.0, "source": "radar"}
    return Observation(**(said | fields))


def taken(*observations: Observation, source: Source | None = RADAR, **more: Any) -> Plots:
    """What intake makes of the observations of one tick."""
    made: dict[str, Any] = {"reference": KNOWN, "identities": {}} | more
    return plots(range(len(observations)), observations, source, state(source), PLANE, **made)


def matrix(got: Plots, row: int = 0) -> F:
    s = got.scan
    return np.array([[s.var_x_m2[row], s.cov_xy_m2[row]], [s.cov_xy_m2[row], s.var_y_m2[row]]])


# --- places


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(20.0, 4000.0))
def test_a_polar_plot_lands_where_the_object_is(dlat: float, dlon: float, msl_m: float) -> None:
    """Heights in the frames are above the sea, in the formulas above the ellipsoid; the geoid shifts both."""
    lat, lon = RADAR_LAT_DEG + dlat, RADAR_LON_DEG + dlon
    range_m, azimuth, elevation = (
        float(v)
        for v in geodesy.geodetic_to_polar(lat, lon, msl_m, RADAR_LAT_DEG, RADAR_LON_DEG, RADAR_ALT_M)
    )
    if elevation > 60.0:
        return
    x, y = (float(v) for v in PLANE.forward(lat, lon))
    got = taken(plot(range_m=range_m, azimuth_deg=azimuth, alt_msl_m=msl_m)).scan
    assert (got.x_m[0], got.y_m[0]) == (pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5))
    seen = taken(plot(range_m=range_m, azimuth_deg=azimuth, elevation_deg=elevation)).scan
    assert (seen.x_m[0], seen.y_m[0]) == (pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5))
    assert seen.z_m is not None
    assert seen.z_m[0] == pytest.approx(msl_m, abs=1.0)


def test_a_range_and_an_elevation_give_a_height_with_its_accuracy() -> None:
    steady = msgspec.structs.replace(RADAR, elevation_sigma_deg=0.5)
    got = taken(plot(range_m=8000.0, azimuth_deg=90.0, elevation_deg=4.0), source=steady).scan
    assert got.z_m is not None
    assert got.var_z_m2 is not None
    assert np.sqrt(got.var_z_m2[0]) == pytest.approx(8000.0 * np.radians(0.5))
    lost = msgspec.structs.replace(RADAR, alt_msl_m=None)
    nowhere = taken(plot(range_m=8000.0, azimuth_deg=90.0, elevation_deg=4.0), source=lost).scan
    assert nowhere.z_m is None, "nobody knows how high the radar stands"


def test_local_coordinates_count_from_the_sensor() -> None:
    lat, lon = geodesy.destination(RADAR_LAT_DEG, RADAR_LON_DEG, 90.0, 5000.0)
    x, y = PLANE.forward(lat, lon)
    got = taken(plot(x_m=5000.0, y_m=0.0)).scan
    assert got.x_m[0] == pytest.approx(float(x), abs=3.0)
    assert got.y_m[0] == pytest.approx(float(y), abs=3.0)


def test_a_place_in_degrees_needs_no_sensor() -> None:
    got = taken(plot(lat_deg=48.8, lon_deg=2.5), source=None).scan
    x, y = PLANE.forward(48.8, 2.5)
    assert (got.x_m[0], got.y_m[0]) == (float(x), float(y))


def test_what_cannot_be_placed_is_left_out_and_the_rest_kept() -> None:
    got = taken(plot(range_m=5000.0, azimuth_deg=10.0), plot(lat_deg=48.8, lon_deg=2.5), source=None)
    assert got.row.tolist() == [1]


def test_a_bearing_stands_at_the_sensor_and_is_counted_from_grid_north() -> None:
    got = taken(plot(azimuth_deg=90.0), plot(range_m=5000.0, azimuth_deg=90.0)).scan
    assert got.bearing is not None
    assert got.azimuth_rad is not None
    assert got.bearing.tolist() == [True, False]
    x, y = PLANE.forward(RADAR_LAT_DEG, RADAR_LON_DEG)
    assert (got.x_m[0], got.y_m[0]) == (float(x), float(y))
    lat, lon = geodesy.destination(RADAR_LAT_DEG, RADAR_LON_DEG, 90.0, 500.0)
    east, north = PLANE.forward(lat, lon)
    grid = np.arctan2(float(east) - float(x), float(north) - float(y))
    assert got.azimuth_rad[0] == pytest.approx(grid, abs=1e-4)
    assert abs(np.degrees(grid) - 90.0) > 0.3, "true and grid north differ so far east of the site"


# --- how vague


@given(st.floats(0.0, 359.9), st.floats(1000.0, 30_000.0))
def test_a_polar_plot_is_vague_along_and_across_its_ray(azimuth_deg: float, range_m: float) -> None:
    got = taken(plot(range_m=range_m, azimuth_deg=azimuth_deg, alt_msl_m=RADAR_ALT_M))
    x, y = PLANE.forward(RADAR_LAT_DEG, RADAR_LON_DEG)
    ray = np.array([got.scan.x_m[0] - float(x), got.scan.y_m[0] - float(y)])
    along = ray / np.hypot(*ray)
    across = np.array([along[1], -along[0]])
    sigma = matrix(got)
    assert np.sqrt(along @ sigma @ along) == pytest.approx(20.0, rel=0.02, abs=0.6)
    assert np.sqrt(across @ sigma @ across) == pytest.approx(range_m * np.radians(0.2), rel=0.02, abs=0.6)
    assert np.linalg.det(sigma) > 0


def test_a_stated_accuracy_counts_before_the_site_s_and_that_before_the_usual() -> None:
    bare = msgspec.structs.replace(RADAR, range_sigma_m=None, azimuth_sigma_deg=None)
    due_north = {"range_m": 10_000.0, "azimuth_deg": 0.0, "alt_msl_m": RADAR_ALT_M}
    usual = matrix(taken(plot(**due_north), source=bare))
    assert np.sqrt(usual[0, 0]) == pytest.approx(10_000.0 * np.radians(AZIMUTH_SIGMA_DEG), rel=1e-3)
    stated = matrix(taken(plot(**due_north, range_sigma_m=5.0, azimuth_sigma_deg=1.0)))
    assert np.sqrt(stated[1, 1]) == pytest.approx(5.0)
    assert np.sqrt(stated[0, 0]) == pytest.approx(10_000.0 * np.radians(1.0))
    place = {"lat_deg": 48.8, "lon_deg": 2.5}
    assert matrix(taken(plot(**place), source=None))[0, 0] == PLOT_SIGMA_M**2
    claim = plot(**place, kind="claim")
    assert matrix(taken(claim, source=None))[0, 0] == CLAIM_SIGMA_M**2
    sited = msgspec.structs.replace(RADAR, horizontal_sigma_m=7.0)
    assert matrix(taken(claim, source=sited))[0, 0] == 49.0
    assert matrix(taken(plot(**place, horizontal_sigma_m=3.0), source=sited))[0, 0] == 9.0


# --- the rest of a plot


def test_speed_turns_into_the_plane() -> None:
    got = taken(plot(lat_deg=48.95, lon_deg=3.5, ground_speed_mps=100.0, track_deg=0.0), source=None).scan
    assert got.vx_mps is not None
    assert got.vy_mps is not None
    assert np.hypot(got.vx_mps[0], got.vy_mps[0]) == pytest.approx(100.0)
    ahead = PLANE.forward(*geodesy.destination(48.95, 3.5, 0.0, 100.0))
    assert got.x_m[0] + got.vx_mps[0] == pytest.approx(float(ahead[0]), abs=0.1)


def test_what_is_absent_stays_absent() -> None:
    got = taken(plot(lat_deg=48.8, lon_deg=2.5)).scan
    assert got.z_m is None
    assert got.vx_mps is None
    assert got.bearing is None
    assert got.on_ground is None, "a radar does not say that a thing is not on the ground"
    assert got.class_log is None
    assert got.identity is None
    mixed = taken(plot(lat_deg=48.8, lon_deg=2.5, alt_msl_m=100.0), plot(lat_deg=48.8, lon_deg=2.5)).scan
    assert mixed.z_m is not None
    assert np.isnan(mixed.z_m).tolist() == [False, True]
    said = taken(plot(lat_deg=48.8, lon_deg=2.5, on_ground=False)).scan
    assert said.on_ground is not None
    assert not said.on_ground[0]


def test_words_of_a_sensor_weigh_for_what_they_name() -> None:
    got = taken(plot(lat_deg=48.8, lon_deg=2.5, classes={"bird": 0.8}), plot(lat_deg=48.8, lon_deg=2.5)).scan
    assert got.class_log is not None
    assert CLASSES[int(got.class_log[0].argmax())] == "bird"
    assert not got.class_log[1].any()
    silence = np.zeros(len(CLASSES))
    silence[CLASSES.index("bird")] = -1.5
    quiet = taken(plot(lat_deg=48.8, lon_deg=2.5), silence=silence).scan
    assert quiet.class_log is not None
    assert (quiet.class_log[0] == silence).all()


def test_plots_are_put_in_the_order_of_their_times() -> None:
    late, soon = plot(lat_deg=48.8, lon_deg=2.5, time_s=2.0), plot(lat_deg=48.9, lon_deg=2.5, time_s=1.0)
    got = taken(late, soon)
    assert got.row.tolist() == [1, 0]
    assert got.scan.time_s.tolist() == [1.0, 2.0]
    assert got.scan.y_m[0] > got.scan.y_m[1]


def test_a_sensor_is_known_by_its_source_or_behind_it() -> None:
    anywhere = Source(id="feed", format="asterix", link="")
    behind = plot(sensor="8/11", source="feed")
    assert sensor_key(behind, anywhere) == "feed/8/11"
    assert sensor_key(behind, RADAR) == "feed", "the site says where it stands: there is one"
    assert sensor_key(plot(source="feed"), anywhere) == "feed"
    heard = msgspec.structs.replace(behind, kind="claim")
    assert sensor_key(heard, anywhere) == "feed", "who received a claim does not matter"


def test_the_tracker_is_told_what_the_site_says_of_a_sensor() -> None:
    made = sensor("radar", msgspec.structs.replace(RADAR, sees_all=True, range_m=9000.0, blind_mps=2.0,
                  elevation_from_deg=1.0), state(), PLANE, measured=True)  # fmt: skip
    assert (made.sees_all, made.range_max_m, made.blind_mps, made.period_s) == (True, 9000.0, 2.0, 1.0)
    assert made.elevation_min_rad == pytest.approx(np.radians(1.0))
    assert made.stamp_sigma_s is None, "a radar stamps its plots well"
    vectors = Source(id="adsb", format="opensky", link="")
    exact = msgspec.structs.replace(vectors, stamp_sigma_s=0.1)
    for source, stamp_s in ((vectors, 0.7), (exact, 0.1), (Source(id="sbs", format="sbs", link=""), None)):
        assert sensor("adsb", source, state(None), PLANE, measured=False).stamp_sigma_s == stamp_s
    nobody = sensor("other", None, state(None), PLANE, measured=False)
    assert not nobody.sees_all
    assert nobody.range_max_m == float("inf")


# --- scans

ROWS = st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(-1, 4)), min_size=1, max_size=40)


@given(ROWS, st.floats(0.1, 4.0))
def test_a_scan_holds_each_identity_once_and_nearly_a_period_at_most(
    rows: list[tuple[float, int]], period_s: float
) -> None:
    keys = {f"icao24:{n:06x}": n for n in range(5)}
    observations = [
        plot(kind="claim", lat_deg=48.8, lon_deg=2.5, time_s=t, subject=f"icao24:{n:06x}" if n >= 0 else None)
        for t, n in rows
    ]
    got = taken(*observations, identities=keys)
    cut = scans(got, period_s)
    assert sorted(int(r) for piece in cut for r in piece.row) == sorted(got.row.tolist()), "every plot once"
    for piece in cut:
        identity = np.array([-1]) if piece.scan.identity is None else piece.scan.identity
        known = identity[identity >= 0].tolist()
        assert len(known) == len(set(known))
        assert piece.scan.time_s[-1] - piece.scan.time_s[0] <= SCAN_SHARE * period_s
        assert (np.diff(piece.scan.time_s) >= 0).all()
        assert len(piece.scan.x_m) == len(piece.scan) == len(piece.row)
    for n in range(5):
        mine = [piece.scan for piece in cut if piece.scan.identity is not None]
        told = [float(t) for scan in mine for t in scan.time_s[scan.identity == n]]
        assert told == sorted(told), "what one object says stays in the order of its times"


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=20), st.sampled_from([0.25, 0.5, 1.0]))
def test_times_of_today_are_cut_like_any(ticks: list[int], period_s: float) -> None:
    """Where a sum of two times is rounded otherwise than their difference."""
    times = sorted(1.7e9 + tick * 1e-6 for tick in ticks)
    times.append(times[0] + SCAN_SHARE * period_s)
    got = taken(*(plot(time_s=t, lat_deg=48.7, lon_deg=2.4) for t in times))
    pieces = scans(got, period_s)
    assert sorted(r for piece in pieces for r in piece.row.tolist()) == list(range(len(times)))
    assert all(np.ptp(piece.scan.time_s) <= SCAN_SHARE * period_s for piece in pieces)


def test_no_scan_is_cut_without_need() -> None:
    sweep = [plot(lat_deg=48.8, lon_deg=2.5, time_s=0.25 * k) for k in range(3)]
    assert len(scans(taken(*sweep), 1.0)) == 1
    assert len(scans(taken(*sweep), 0.5)) == 2
    often = [
        plot(lat_deg=48.8, lon_deg=2.5, time_s=0.01 * k, subject=f"icao24:{k % 3:06x}") for k in range(12)
    ]
    known = {f"icao24:{n:06x}": n for n in range(3)}
    assert [len(piece.row) for piece in scans(taken(*often, identities=known), 1.0)] == [3, 3, 3, 3]
