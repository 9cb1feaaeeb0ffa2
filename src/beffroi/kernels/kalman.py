"""Interacting multiple models for many targets at once: state and covariance as columns.

Every element of a state or covariance is a vector over the targets: `mean` is (5, m, n) and `cov` is
(5, 5, m, n) for m modes and n targets, so one arithmetic operation serves all targets and modes. The state is
x, y (metres, east and north), vx, vy (m/s) and the turn rate (rad/s, anticlockwise positive).

A mode is a row of `Modes`. In a *turning* mode the rate is estimated (coordinated turn, linearised); in the
others the velocity is constant or fades with a time constant (the Ornstein-Uhlenbeck velocity of a thing that
may stop), and the turn rate is held at its prior, which is what a turn that begins starts from.

Sources: Y. Bar-Shalom, X. R. Li, T. Kirubarajan, *Estimation with Applications to Tracking and Navigation*,
2001: interacting multiple models §11.6.6, coordinated turn with unknown rate §11.7.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

X, Y, VX, VY, TURN = range(5)
SIZE = 5
_SMALL_TURN = 1e-4
_TINY = 1e-300
_LOG_2PI = float(np.log(2 * np.pi))


class Modes(NamedTuple):
    """The models of motion; (m,) each."""

    noise: F
    """Power of the white acceleration, m2/s3 an axis."""
    turn_noise: F
    """Power of the white change of the turn rate, rad2/s3; 0 where the mode does not turn."""
    fade_hz: F
    """1 / time constant with which the velocity fades; 0 = constant velocity."""
    turn_sigma: F
    """Prior of the turn rate, rad/s, one sigma; used by the modes that do not turn."""
    stay_s: F
    """Mean time that a target stays in the mode."""
    share: F
    """Where a target goes that leaves a mode, and where it begins; sums to 1."""


class Motion(NamedTuple):
    """The transition over a time, linearised; (m, n) each. Straight motion has only `ahead`, (n,).

    position += [ahead -side; side ahead] velocity, velocity = [cos -sin; sin cos] velocity.
    """

    ahead: F
    side: F | None
    cos: F | None
    sin: F | None
    jacobian: F | None
    """(4, m, n): derivative of x, y, vx, vy by the turn rate."""


def motion(modes: Modes, mean: F, dt_s: F) -> Motion:
    """The transition of `mean` (5, m, n) over `dt_s` (n,), which may be negative."""
    shape = mean.shape[1:]
    if not (modes.fade_hz.any() or modes.turn_noise.any()):
        return Motion(dt_s, None, None, None, None)
    ahead, cos = np.empty(shape), np.ones(shape)
    ahead[:] = dt_s
    side, sin, jacobian = np.zeros(shape), np.zeros(shape), np.zeros((4, *shape))
    for k in np.flatnonzero(modes.fade_hz > 0):
        fade = modes.fade_hz[k]
        cos[k] = np.exp(-fade * np.abs(dt_s))
        ahead[k] = np.sign(dt_s) * (1 - cos[k]) / fade
    for k in np.flatnonzero(modes.turn_noise > 0):
        ahead[k], side[k], cos[k], sin[k], jacobian[:, k] = _turn(mean[:, k], dt_s)
    return Motion(ahead, side, cos, sin, jacobian)


def _turn(mean: F, dt_s: F) -> tuple[F, F, F, F, F]:
    """The elements of a coordinated turn; series where the angle is small."""
    w = np.where(np.abs(mean[TURN]) < _SMALL_TURN, _SMALL_TURN, mean[TURN])
    angle = w * dt_s
    cos, sin = np.cos(angle), np.sin(angle)
    ahead, side = sin / w, (1 - cos) / w
    d_ahead = (dt_s * cos - ahead) / w
    d_side = (dt_s * sin - side) / w
    vx, vy = mean[VX], mean[VY]
    jacobian = np.empty((TURN, *w.shape))
    jacobian[X], jacobian[Y] = d_ahead * vx - d_side * vy, d_side * vx + d_ahead * vy
    jacobian[VX], jacobian[VY] = -dt_s * (sin * vx + cos * vy), dt_s * (cos * vx - sin * vy)
    return ahead, side, cos, sin, jacobian


def _carry(rows: F, move: Motion, bend: bool = True) -> F:
    """The transition applied to the first axis of `rows` (5, ..., m, n); its derivative if `bend`."""
    if move.side is None or move.cos is None or move.sin is None or move.jacobian is None:
        out = rows.copy()
        out[:VX] += move.ahead * rows[VX:TURN]
        return out
    out = np.empty_like(rows)
    vx, vy = rows[VX], rows[VY]
    out[X] = rows[X] + move.ahead * vx - move.side * vy
    out[Y] = rows[Y] + move.side * vx + move.ahead * vy
    out[VX] = move.cos * vx - move.sin * vy
    out[VY] = move.sin * vx + move.cos * vy
    out[TURN] = rows[TURN]
    if bend:
        m, n = rows.shape[-2:]
        out[:TURN] += move.jacobian.reshape(TURN, *[1] * (rows.ndim - 3), m, n) * rows[TURN]
    return out


def predict(modes: Modes, mean: F, cov: F, dt_s: F) -> tuple[F, F]:
    """State and covariance after `dt_s` (n,) seconds; without the turn rate (4 rows) where no mode turns."""
    move = motion(modes, mean, dt_s)
    ahead = _carry(mean, move, bend=False)
    full = _carry(cov, move)
    if move.side is None:
        full[:, :VX] += move.ahead * full[:, VX:TURN]
    else:
        full = np.swapaxes(_carry(np.swapaxes(full, 0, 1), move), 0, 1)
    add_noise(modes, full, np.abs(dt_s))
    if len(mean) == SIZE:
        still = modes.turn_noise == 0
        ahead[TURN, still] = 0.0
        full[TURN, :, still] = 0.0
        full[:, TURN, still] = 0.0
        full[TURN, TURN, still] = modes.turn_sigma[still, None] ** 2
    return ahead, full


def add_noise(modes: Modes, cov: F, dt_s: F, least: float = 0.0) -> None:
    """White acceleration over the time, into `cov`; of power `least` if the mode's own is less."""
    q = np.maximum(modes.noise, least)[:, None]
    cubic, square, line = q * dt_s**3 / 3, q * dt_s**2 / 2, q * dt_s
    for place, speed in ((X, VX), (Y, VY)):
        cov[place, place] += cubic
        cov[place, speed] += square
        cov[speed, place] += square
        cov[speed, speed] += line
    if len(cov) == SIZE:
        cov[TURN, TURN] += modes.turn_noise[:, None] * dt_s


def mix(modes: Modes, mean: F, cov: F, weight: F, dt_s: F) -> tuple[F, F, F]:
    """The interaction: each mode starts from the mixture of what may have led to it. `weight` is (m, n)."""
    if len(modes.share) == 1:
        return mean, cov, weight
    leave = 1 - np.exp(-np.abs(dt_s) / modes.stay_s[:, None])
    flow = modes.share[None, :, None] * (leave * weight)[:, None, :]
    diagonal = np.arange(len(modes.share))
    flow[diagonal, diagonal] += (1 - leave) * weight
    ahead = flow.sum(0)
    flow /= np.maximum(ahead, _TINY)
    # Second moments about the first mode, which is near: about the origin they would lose digits.
    apart = mean - mean[:, :1]
    moment = apart[:, None] * apart[None]
    moment += cov
    shift = np.einsum("ijn,ain->ajn", flow, apart)
    blended: F = np.einsum("ijn,abin->abjn", flow, moment)
    blended -= shift[:, None] * shift[None]
    return mean[:, :1] + shift, blended, ahead


def combine(mean: F, cov: F, weight: F) -> tuple[F, F]:
    """Mean (5, n) and covariance (5, 5, n) of the mixture over the modes."""
    if len(weight) == 1:
        return mean[:, 0].copy(), cov[:, :, 0].copy()
    centre = (mean * weight).sum(1)
    apart = mean - centre[:, None]
    spread = (apart * weight)[:, None] * apart[None]
    return centre, (cov * weight + spread).sum(2)


class Expected(NamedTuple):
    """The position that a measurement is expected at, in each mode: (m, n), and (5, m, n)."""

    x: F
    y: F
    xx: F
    xy: F
    yy: F
    along_x: F
    """Covariance of the state with x."""
    along_y: F


def expect(mean: F, cov: F, move: Motion | None = None) -> Expected:
    """Where the target is expected; with `move`, where it was that much before the state's own time."""
    if move is None:
        return Expected(mean[X], mean[Y], cov[X, X], cov[X, Y], cov[Y, Y], cov[X], cov[Y])
    there = _carry(cov, move)
    at = _carry(mean, move, bend=False)
    both = _carry(np.swapaxes(there[:VX], 0, 1), move)
    return Expected(at[X], at[Y], both[X, 0], both[X, 1], both[Y, 1], there[X], there[Y])


def measure(at: Expected, z: F, noise: F) -> tuple[F, F]:
    """Squared distance in sigmas and log density (m, n) of `z` (2, n) with covariance (3, n: xx, xy, yy)."""
    xx, xy, yy = at.xx + noise[0], at.xy + noise[1], at.yy + noise[2]
    dx, dy = z[0] - at.x, z[1] - at.y
    det = xx * yy - xy**2
    d2 = (yy * dx**2 - 2 * xy * dx * dy + xx * dy**2) / det
    return d2, -0.5 * (d2 + np.log(det)) - _LOG_2PI


def update(mean: F, cov: F, at: Expected, z: F, noise: F) -> tuple[F, F]:
    """State and covariance after a position `z` (2, n) with covariance `noise` (3, n: xx, xy, yy)."""
    xx, xy, yy = at.xx + noise[0], at.xy + noise[1], at.yy + noise[2]
    det = xx * yy - xy**2
    gain_x = (at.along_x * yy - at.along_y * xy) / det
    gain_y = (at.along_y * xx - at.along_x * xy) / det
    after = mean + gain_x * (z[0] - at.x) + gain_y * (z[1] - at.y)
    smaller = cov - gain_x[:, None] * at.along_x[None]
    smaller -= gain_y[:, None] * at.along_y[None]
    return after, smaller


def update_scalar(mean: F, cov: F, row: F, residual: F, var: F) -> tuple[F, F, F]:
    """As `update` for one number; `row` is the measurement's derivative by the state, (5, m, n)."""
    along = (cov * row[None]).sum(1)
    s = (along * row).sum(0) + var
    gain = along / s
    return (
        mean + gain * residual,
        cov - gain[:, None] * along[None],
        -0.5 * (residual**2 / s + np.log(s) + _LOG_2PI),
    )


def reweigh(weight: F, log_density: F) -> tuple[F, F]:
    """Mode weights after a measurement, and its log density over all modes (n,)."""
    if len(weight) == 1:
        return weight, log_density[0]
    top = log_density.max(0)
    joint = weight * np.exp(log_density - top)
    total = joint.sum(0)
    return joint / total, top + np.log(total)
