"""The columns do what textbook matrices do, one target at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernels import kalman
from beffroi.kernels.kalman import TURN, VX, VY, F, X, Y

STRAIGHT = kalman.Modes(*(np.array([v]) for v in (0.5, 0.0, 0.0, 0.1, 100.0, 1.0)))
THREE = kalman.Modes(
    noise=np.array([0.01, 0.05, 5.0]),
    turn_noise=np.array([0.0, 1e-5, 0.0]),
    fade_hz=np.array([0.0, 0.0, 0.1]),
    turn_sigma=np.full(3, 0.1),
    stay_s=np.array([100.0, 50.0, 10.0]),
    share=np.array([0.6, 0.3, 0.1]),
)


def states(seed: int, modes: int, n: int) -> tuple[F, F]:
    """Random states with proper covariances."""
    rng = np.random.default_rng(seed)
    scale = np.array([30.0, 30.0, 5.0, 5.0, 0.05])
    root = rng.normal(size=(modes, n, 5, 5)) * scale[:, None]
    cov = np.einsum("mnij,mnkj->ikmn", root, root)
    mean = rng.normal(size=(5, modes, n)) * np.array([1e4, 1e4, 30.0, 30.0, 0.1])[:, None, None]
    return mean, cov


def test_prediction_and_update_equal_the_matrix_filter() -> None:
    mean, cov = states(1, 1, 6)
    cov[TURN, :TURN] = cov[:TURN, TURN] = 0.0
    dt, z, r = 2.5, np.array([40.0, -20.0]), np.array([[90.0, 30.0], [30.0, 50.0]])
    got_mean, got_cov = kalman.predict(STRAIGHT, mean, cov, np.full(6, dt))
    noise = np.repeat(np.array([[90.0], [30.0], [50.0]]), 6, axis=1)
    at = kalman.expect(got_mean, got_cov)
    d2, log = kalman.measure(at, z[:, None] + mean[:2, 0], noise)
    new_mean, new_cov = kalman.update(got_mean, got_cov, at, z[:, None] + mean[:2, 0], noise)
    step = np.eye(4)
    step[X, VX] = step[Y, VY] = dt
    q = np.kron(np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]), np.eye(2)) * 0.5
    for k in range(6):
        x, p = step @ mean[:4, 0, k], step @ cov[:4, :4, 0, k] @ step.T + q
        np.testing.assert_allclose(got_mean[:4, 0, k], x)
        np.testing.assert_allclose(got_cov[:4, :4, 0, k], p, rtol=1e-9, atol=1e-9)
        s, innovation = p[:2, :2] + r, z + mean[:2, 0, k] - x[:2]
        gain = p[:, :2] @ np.linalg.inv(s)
        np.testing.assert_allclose(new_mean[:4, 0, k], x + gain @ innovation)
        np.testing.assert_allclose(new_cov[:4, :4, 0, k], p - gain @ p[:2], rtol=1e-8, atol=1e-8)
        assert d2[0, k] == pytest.approx(innovation @ np.linalg.solve(s, innovation))
        assert log[0, k] == pytest.approx(-0.5 * d2[0, k] - 0.5 * np.log(np.linalg.det(2 * np.pi * s)))


def test_a_coordinated_turn_goes_round_the_circle() -> None:
    mean = np.zeros((5, 3, 1))
    mean[VX], mean[TURN] = 20.0, 0.1
    quarter_s = np.pi / 2 / 0.1
    got, _ = kalman.predict(THREE, mean, np.zeros((5, 5, 3, 1)), np.array([quarter_s]))
    np.testing.assert_allclose(got[:TURN, 1, 0], [200.0, 200.0, 0.0, 20.0], atol=1e-9)
    assert got[X, 0, 0] == pytest.approx(20.0 * quarter_s)
    assert got[X, 2, 0] == pytest.approx(200.0 * (1 - np.exp(-quarter_s / 10)))


@pytest.mark.parametrize("dt", [0.3, -0.7])
def test_the_jacobian_of_the_turn_is_the_slope(dt: float) -> None:
    mean, _ = states(3, 3, 4)
    after = kalman.motion(THREE, mean, np.full(4, dt)).jacobian
    assert after is not None
    step = 1e-6
    up, down = mean.copy(), mean.copy()
    up[TURN] += step
    down[TURN] -= step
    zero = np.zeros((5, 5, 3, 4))
    dts = np.full(4, dt)
    slope = (kalman.predict(THREE, up, zero, dts)[0] - kalman.predict(THREE, down, zero, dts)[0]) / (2 * step)
    np.testing.assert_allclose(after[:, 1], slope[:TURN, 1], rtol=1e-5, atol=1e-5)


def test_retrodiction_equals_the_update_in_order_when_nothing_disturbs() -> None:
    quiet = STRAIGHT._replace(noise=np.zeros(1))
    mean, cov = states(5, 1, 1)
    cov[TURN, :TURN] = cov[:TURN, TURN] = 0.0
    z, noise = mean[:2, 0] + 10.0, np.array([[25.0], [0.0], [25.0]])
    early = kalman.update(mean, cov, kalman.expect(mean, cov), z, noise)
    in_order = kalman.predict(quiet, *early, np.array([1.5]))
    later = kalman.predict(quiet, mean, cov, np.array([1.5]))
    back = kalman.expect(*later, kalman.motion(quiet, later[0], np.array([-1.5])))
    late = kalman.update(*later, back, z, noise)
    np.testing.assert_allclose(late[0], in_order[0], rtol=1e-9)
    np.testing.assert_allclose(late[1][:4, :4], in_order[1][:4, :4], rtol=1e-7, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 8.0))
def test_mixing_keeps_the_mean_and_the_covariance_of_the_whole(seed: int, dt: float) -> None:
    mean, cov = states(seed, 3, 5)
    weight = np.random.default_rng(seed).dirichlet(np.ones(3), 5).T
    mixed_mean, mixed_cov, mixed_weight = kalman.mix(THREE, mean, cov, weight, np.full(5, dt))
    np.testing.assert_allclose(mixed_weight.sum(0), 1.0)
    before, after = kalman.combine(mean, cov, weight), kalman.combine(mixed_mean, mixed_cov, mixed_weight)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(after[1], before[1], rtol=1e-5, atol=1e-2)


def test_a_bearing_narrows_across_and_not_along() -> None:
    mean, cov = np.zeros((5, 1, 1)), np.zeros((5, 5, 1, 1))
    mean[Y] = 1000.0
    cov[X, X] = cov[Y, Y] = 100.0**2
    row = np.zeros_like(mean)
    row[X] = 1 / 1000.0
    after, smaller, _ = kalman.update_scalar(mean, cov, row, np.array([[0.01]]), np.array([[0.01**2]]))
    assert after[X, 0, 0] == pytest.approx(10.0 * 100**2 / (100**2 + 10**2))
    assert smaller[X, X, 0, 0] == pytest.approx(1 / (1 / 100**2 + 1 / 10**2))
    assert smaller[Y, Y, 0, 0] == 100.0**2
