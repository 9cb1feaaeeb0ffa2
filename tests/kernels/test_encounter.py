"""Closest approach and well clear: the published answers of DAIDALUS, and paths flown step by step."""

import csv
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from beffroi.kernels import encounter
from beffroi.kernels.encounter import Separation
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_FPM, MPS_PER_KT
from shared import DATA, needs_data

Floats = NDArray[np.float64]
FOLDER = DATA / "daidalus-well-clear"
LOOK_AHEAD_S = 180.0
SPHERE_M = M_PER_NM * 180 * 60 / np.pi
"""The reference's earth: a sphere on which a minute of arc is a nautical mile."""
AHEAD_S = 10.0
"""The reference turns a velocity into its plane by the way flown in 10 s along a great circle."""


def aircraft(name: str) -> Floats:
    """(n, 6): latitude, longitude [deg], altitude [ft], east, north [kn], up [ft/min], one row a second."""
    with (FOLDER / "H1.daa").open() as file:
        rows = [[c.strip() for c in row] for row in csv.reader(file)]
    return np.array([[float(c) for c in row[1:7]] for row in rows if row[0] == name])


def answers(column: str) -> Floats:
    """A column of the reference answers; NaN where it says `infty` or nothing."""
    with (FOLDER / "DaidalusqAlerting-no_sum.csv").open() as file:
        rows = [[c.strip() for c in row] for row in csv.reader(file)]
    at = rows[0].index(column)
    return np.array([float(r[at]) if r[at] not in ("", "infty") else np.nan for r in rows[2:]])


def orthographic(at: Floats, lat_deg: Floats, lon_deg: Floats) -> Floats:
    """East and north of the ownship at `at`, on the sphere seen from above it."""
    lat0, lon0, lat, lon = (
        np.radians(at[:, 0]),
        np.radians(at[:, 1]),
        np.radians(lat_deg),
        np.radians(lon_deg),
    )
    north = np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon - lon0)
    return SPHERE_M * np.array([np.cos(lat) * np.sin(lon - lon0), north])


def moved(who: Floats) -> tuple[Floats, Floats]:
    """(lat_deg, lon_deg) after AHEAD_S along a great circle of the sphere."""
    east, north = who[:, 3] * MPS_PER_KT, who[:, 4] * MPS_PER_KT
    lat, lon = np.radians(who[:, 0]), np.radians(who[:, 1])
    far, course = np.hypot(east, north) * AHEAD_S / SPHERE_M, np.arctan2(east, north)
    sin_lat = np.sin(lat) * np.cos(far) + np.cos(lat) * np.sin(far) * np.cos(course)
    turn = np.arctan2(np.sin(course) * np.sin(far) * np.cos(lat), np.cos(far) - np.sin(lat) * sin_lat)
    return np.degrees(np.arcsin(sin_lat)), np.degrees(lon + turn)


def relative() -> tuple[Any, ...]:
    """x, y, z, vx, vy, vz of the intruder seen from the ownship, in the reference's plane."""
    own, other = aircraft("Ownship"), aircraft("Intruder")
    ways = []
    for who in (own, other):
        here, there = orthographic(own, who[:, 0], who[:, 1]), orthographic(own, *moved(who))
        ways.append((here, (there - here) / AHEAD_S))
    (x, y), (vx, vy) = ways[1][0] - ways[0][0], ways[1][1] - ways[0][1]
    z = (other[:, 2] - own[:, 2]) * M_PER_FT
    return x, y, z, vx, vy, (other[:, 5] - own[:, 5]) * MPS_PER_FPM


PREVENTIVE = Separation(0.66 * M_PER_NM, 700 * M_PER_FT, 35.0)
"""What DAIDALUS warns of first (DO-365B, Phase I)."""


def violation(seen: Any, volume: Separation, horizon_s: float) -> tuple[Floats, Floats]:
    """The kernel on x, y, z, vx, vy, vz."""
    x, y, z, vx, vy, vz = (np.asarray(column) for column in seen)
    return encounter.violation(x, y, z, vx, vy, vz, volume, horizon_s)


@needs_data
@pytest.mark.parametrize(
    ("alert", "volume"),
    [(1, PREVENTIVE), (2, encounter.DWC_PHASE_I), (3, encounter.DWC_PHASE_I)],
)
def test_time_to_loss_of_well_clear_is_that_of_daidalus(alert: int, volume: Separation) -> None:
    """All 230 seconds, the 26 in which there is none included. Asked 0.01 s; the answers have six digits."""
    asked = answers(f"Time to Volume of Alert({alert})")
    from_s, _ = violation(relative(), volume, LOOK_AHEAD_S)
    assert len(asked) == 230
    assert (np.isnan(from_s) == np.isnan(asked)).all()
    assert np.nanmax(np.abs(from_s - asked)) < 1e-5


@needs_data
def test_the_closest_approach_is_that_of_daidalus() -> None:
    x, y, _, vx, vy, _ = relative()
    tcpa_s, miss_m = encounter.closest_approach(x, y, vx, vy)
    assert np.abs(tcpa_s - answers("Projected TCPA")).max() < 1e-5
    assert np.abs(miss_m / M_PER_NM - answers("Projected DCPA")).max() < 1e-5


def violated(s: Floats, v: Floats, volume: Separation) -> NDArray[np.bool_]:
    """By definition (DO-365B appendix C), at the positions s (3, n) with the velocities v (3, 1)."""
    closing, r2 = s[0] * v[0] + s[1] * v[1], s[0] ** 2 + s[1] ** 2
    speed2 = v[0] ** 2 + v[1] ** 2
    tcpa = np.maximum(-closing / np.maximum(speed2, 1e-12), 0)
    miss = np.hypot(s[0] + tcpa * v[0], s[1] + tcpa * v[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = np.where(closing < 0, (volume.dthr_m**2 - r2) / closing, np.inf)
        to_coaltitude = np.where(s[2] * v[2] < 0, -s[2] / v[2], np.inf)
    near = (r2 <= volume.dthr_m**2) | ((miss <= volume.dthr_m) & (tau <= volume.tthr_s))
    return np.asarray(near & ((np.abs(s[2]) <= volume.zthr_m) | (to_coaltitude <= volume.tcoa_s)))


VOLUMES = [encounter.NMAC, encounter.DWC_PHASE_I, encounter.DWC_NON_COOPERATIVE, Separation(800, 140, 20, 15)]


@pytest.mark.parametrize("volume", VOLUMES)
def test_first_violation_agrees_with_flying_the_path(volume: Separation) -> None:
    rng = np.random.default_rng(11)
    n, step = 1000, 0.02
    near = 4 * volume.dthr_m
    s = np.array([*rng.uniform(-near, near, (2, n)), rng.uniform(-300, 300, n)])
    v = np.array([*rng.normal(0, 80, (2, n)), rng.normal(0, 6, n)])
    v[2, ::5], v[:2, :4], s[2, ::7] = 0, 0, 0
    from_s, _ = violation([*s, *v], volume, 60.0)
    t = np.arange(0, 60 + step / 2, step)
    found = 0
    for i in range(n):
        hit = violated(s[:, i, None] + v[:, i, None] * t, v[:, i, None], volume)
        if hit.any():
            found += 1
            assert from_s[i] == pytest.approx(t[hit.argmax()], abs=step + 1e-6)
        elif not np.isnan(from_s[i]):  # a touch between two steps
            assert violated(s[:, i, None] + v[:, i, None] * (from_s[i] + 1e-7), v[:, i, None], volume).any()
    assert 40 < found < 900


SPEED = st.floats(-300, 300)
PLACE = st.floats(-20_000, 20_000)


@given(PLACE, PLACE, st.floats(-2000, 2000), SPEED, SPEED, st.floats(-20, 20))
def test_it_does_not_matter_who_looks_at_whom(
    x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> None:
    seen = np.array([x, y, z, vx, vy, vz])
    one = violation(seen, encounter.DWC_PHASE_I, 120.0)
    other = violation(-seen, encounter.DWC_PHASE_I, 120.0)
    assert np.array_equal(one, other, equal_nan=True)


@given(PLACE, PLACE, SPEED, SPEED)
def test_no_moment_is_closer_than_the_closest_approach(x: float, y: float, vx: float, vy: float) -> None:
    tcpa_s, miss_m = encounter.closest_approach(*(np.array([v]) for v in (x, y, vx, vy)))
    t = np.linspace(0, 2 * tcpa_s[0] + 10, 500)
    assert miss_m[0] <= np.hypot(x + vx * t, y + vy * t).min() + 1e-6


def test_an_unknown_height_proves_nothing() -> None:
    line = (
        np.array([1000.0]),
        np.array([0.0]),
        np.array([np.nan]),
        np.array([-50.0]),
        np.zeros(1),
        np.zeros(1),
    )
    from_s, to_s = violation(line, encounter.NMAC, 60.0)
    assert from_s[0] == pytest.approx((1000 - 152.4) / 50)
    assert to_s[0] == pytest.approx((1000 + 152.4) / 50)


def test_pairs_that_can_meet_are_never_screened_out() -> None:
    rng = np.random.default_rng(5)
    own, others = rng.uniform(-2e4, 2e4, (2, 50)), rng.uniform(-2e5, 2e5, (2, 2000))
    own_v, others_v = rng.normal(0, 10, (2, 50)), rng.normal(0, 120, (2, 2000))
    speed, others_speed = np.hypot(own_v[0], own_v[1]), np.hypot(others_v[0], others_v[1])
    first, second = encounter.near_pairs(
        own[0], own[1], speed, others[0], others[1], others_speed, encounter.NMAC.dthr_m, 120.0
    )
    kept = set(zip(first.tolist(), second.tolist(), strict=True))
    rel, rel_v = others[:, None, :] - own[:, :, None], others_v[:, None, :] - own_v[:, :, None]
    level = np.zeros(rel.shape[1:])
    from_s, _ = violation([*rel, level, *rel_v, level], encounter.NMAC, 120.0)
    meet = {(int(i), int(j)) for i, j in zip(*np.nonzero(~np.isnan(from_s)), strict=True)}
    assert meet <= kept
    assert 0 < len(meet) < len(kept) < 50 * 2000 / 4


def test_chance_within_is_the_share_of_trials() -> None:
    rng = np.random.default_rng(2)
    for miss, sigma, radius in ((100.0, 80.0, 150.0), (400.0, 100.0, 150.0), (0.0, 300.0, 150.0)):
        share = (np.abs(rng.normal(miss, sigma, 200_000)) <= radius).mean()
        got = encounter.chance_within(np.array([miss]), np.array([sigma]), radius)
        assert got[0] == pytest.approx(share, abs=5e-3)
