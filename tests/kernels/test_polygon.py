"""Points in areas against the plain definition, one area and one point at a time."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from beffroi.kernels.polygon import Areas, Floats, Outline, circle, densified, polygon

COORDINATE = st.integers(-40, 40).map(lambda v: v * 25.0)


def star(rng: np.random.Generator, x: float, y: float, radius: float, corners: int) -> tuple[Floats, Floats]:
    angle = np.sort(rng.uniform(0, 2 * pi, corners))
    reach = radius * rng.uniform(0.4, 1, corners)
    return x + reach * np.cos(angle), y + reach * np.sin(angle)


def outlines(rng: np.random.Generator, count: int, spread: float) -> list[Outline]:
    """Circles, star polygons, and star polygons with a hole."""
    made = []
    for k in range(count):
        x, y, r = *rng.uniform(-spread, spread, 2), rng.uniform(spread / 20, spread / 3)
        rings = [star(rng, x, y, r, int(rng.integers(3, 60))), star(rng, x, y, r / 3, 7)]
        made.append(circle(x, y, r) if k % 3 == 0 else polygon(*rings[: k % 3]))
    return made


def holds(outline: Outline, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """By definition: the number of edges that a ray to the left crosses is odd."""
    if not len(outline.edges):
        return np.asarray(np.hypot(x - outline.circle[0], y - outline.circle[1]) <= outline.circle[2])
    inside = np.zeros(len(x), bool)
    for x1, y1, x2, y2 in outline.edges:
        if y1 != y2:
            inside ^= ((y1 <= y) != (y2 <= y)) & (x >= x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    return inside


@pytest.mark.parametrize("spread", [100.0, 1000.0, 30_000.0])
def test_inside_agrees_with_the_definition(spread: float) -> None:
    rng = np.random.default_rng(int(spread))
    shapes = outlines(rng, 60, spread)
    x, y = rng.uniform(-1.5 * spread, 1.5 * spread, (2, 300))
    point, area = Areas(shapes).inside(x, y)
    got = set(zip(point.tolist(), area.tolist(), strict=True))
    assert len(got) == len(point)
    assert got == {(i, j) for j in range(60) for i in np.flatnonzero(holds(shapes[j], x, y)).tolist()}


@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=12), st.integers(0, 2**32))
def test_any_closed_line_even_one_that_crosses_itself(corners: list[tuple[float, float]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1100, 1100, (2, 40))
    shape = polygon((np.array([c[0] for c in corners]), np.array([c[1] for c in corners])))
    point, _ = Areas([shape]).inside(x, y)
    assert sorted(point.tolist()) == np.flatnonzero(holds(shape, x, y)).tolist()


def test_no_point_falls_between_two_areas_that_share_an_edge() -> None:
    left = polygon((np.array([0.0, 100.0, 100.0, 0.0]), np.array([0.0, 0.0, 90.0, 90.0])))
    right = polygon((np.array([100.0, 200.0, 200.0, 100.0]), np.array([0.0, 0.0, 90.0, 90.0])))
    x, y = np.full(50, 100.0), np.linspace(1, 89, 50)
    point, _ = Areas([left, right]).inside(x, y)
    assert set(point.tolist()) == set(range(50))


def test_absent_and_far_positions_are_in_no_area_and_no_areas_hold_nothing() -> None:
    x, y = np.array([np.nan, 1e9, 0.0]), np.array([0.0, 0.0, np.nan])
    assert len(Areas([circle(0, 0, 10)]).inside(x, y)[0]) == 0
    assert len(Areas([]).inside(x, y)[0]) == 0
    assert len(Areas([]).entries(x, y, x, y, 10.0)[0]) == 0


def test_time_of_entry_agrees_with_flying_the_path() -> None:
    rng = np.random.default_rng(5)
    shapes = outlines(rng, 30, 2000.0)
    x, y = rng.uniform(-3000, 3000, (2, 40))
    vx, vy, vz = rng.normal(0, 20, (3, 40))
    vx[:3] = vy[:3] = 0
    vz[5:9] = 0
    z, lower, upper = rng.uniform(0, 300, 40), rng.uniform(0, 150, 30), rng.uniform(150, 400, 30)
    lower[4], upper[7], z[3] = np.nan, np.nan, np.nan
    point, area, at_s = Areas(shapes).entries(
        x, y, vx, vy, 30.0, z_m=z, vz_mps=vz, lower_m=lower, upper_m=upper
    )
    got = dict(zip(zip(point.tolist(), area.tolist(), strict=True), at_s, strict=True))
    step = 0.05
    t = np.append(np.arange(0, 30, step), 30.0)
    for i in range(40):
        for j in range(30):
            inside = holds(shapes[j], x[i] + vx[i] * t, y[i] + vy[i] * t)
            inside &= ~((z[i] + vz[i] * t < lower[j]) | (z[i] + vz[i] * t > upper[j]))
            flown_s = t[inside.argmax()] if inside.any() else None
            if flown_s is not None:
                assert flown_s - step - 1e-9 <= got[i, j] <= flown_s + 1e-9
            elif (i, j) in got:  # a corner cut between two samples: inside a moment later
                a_moment = np.array([got[i, j] + 1e-6])
                assert holds(shapes[j], x[i] + vx[i] * a_moment, y[i] + vy[i] * a_moment)[0]


def test_densified_keeps_the_line_and_bounds_its_pieces() -> None:
    x, y = densified(np.array([0.0, 10.0, 10.0, 10.5]), np.array([0.0, 0.0, 3.0, 3.0]), 1.0)
    assert np.hypot(np.diff(x), np.diff(y)).max() <= 1 + 1e-12
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 10.5, 3)
    assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(13.5)
