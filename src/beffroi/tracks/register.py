"""Registration: how far off each sensor is in range, azimuth and time, learnt from what reports itself.

A plot of a confirmed track is compared with the claim of an aircraft that flies the same way near by; the
difference, in the sensor's own coordinates, feeds a small Kalman filter of three constants. Several aircraft
must agree before plots are corrected, so that one forged report moves nothing.

Source: EUROCONTROL-SPEC-147 (ESASSP), annex on systematic errors, for the model of the errors.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from beffroi.track import B, F, I
from beffroi.tracks.existence import SensorMemory
from beffroi.tracks.scan import CLAIM_STAMP_S, Scan, Sensor

BIAS_SIGMA = (150.0, 0.02, 0.5)
"""Before anything is known: metres, radians, seconds."""
DRIFT = (0.05, 2e-6, 5e-5)
"""Random walk, per root second."""
WITNESSES = 3
"""Aircraft that must have been compared before plots are corrected."""
WITNESS_S = 600.0
REPEAT_S = 5.0
"""One aircraft is asked once in this time: errors of successive reports are alike."""
STALE_S = 5.0
"""A claim is carried forward no longer than this."""
FARTHER = 1.2
"""A claim so far outside the range of a sensor is no plot of it, however far off it is."""
FAST_MPS = 30.0
"""Slower ones are not compared: too many things fly slowly side by side."""
MOVING_MPS = 5.0
"""What says that it is faster than this cannot be in one place twice."""
TURN_MPS2 = 3.0
"""Acceleration that may make a claim carried forward wrong."""
OUTLIER_SIGMAS = 4.0


class Claims(msgspec.Struct, kw_only=True):
    """The last claim of each identity, with a velocity; (k,) each, ordered by identity."""

    identity: I
    time_s: F
    x_m: F
    y_m: F
    vx_mps: F
    vy_mps: F
    var_m2: F
    asked_s: F
    """When each was last compared."""


class Bias(NamedTuple):
    """How far off a sensor is, with one sigma each. Plot = truth + bias; a stamp is late by `time_s`."""

    range_m: float
    range_sigma_m: float
    azimuth_rad: float
    azimuth_sigma_rad: float
    time_s: float
    time_sigma_s: float
    witnesses: int
    """Aircraft it was compared with in the last ten minutes."""


def nobody() -> Claims:
    """No claim."""
    flat = np.zeros(0)
    return Claims(
        identity=np.zeros(0, np.int64), time_s=flat, x_m=flat, y_m=flat, vx_mps=flat, vy_mps=flat,
        var_m2=flat, asked_s=flat,
    )  # fmt: skip


def note(claims: Claims, scan: Scan) -> Claims:
    """The claims with those of a scan, the newest of each identity."""
    if scan.identity is None or scan.vx_mps is None or scan.vy_mps is None:
        return claims
    use = (scan.identity >= 0) & np.isfinite(scan.vx_mps) & np.isfinite(scan.vy_mps)
    identity = np.concatenate([claims.identity, scan.identity[use]])
    asked = np.concatenate([claims.asked_s, np.full(int(use.sum()), -np.inf)])
    time_s = np.concatenate([claims.time_s, scan.time_s[use]])
    order = np.lexsort((time_s, identity))
    last = order[np.append(np.diff(identity[order]) != 0, True)] if len(order) else order
    first = order[np.append(True, np.diff(identity[order]) != 0)] if len(order) else order
    new = (scan.x_m, scan.y_m, scan.vx_mps, scan.vy_mps, (scan.var_x_m2 + scan.var_y_m2) / 2)
    old = (claims.x_m, claims.y_m, claims.vx_mps, claims.vy_mps, claims.var_m2)
    x, y, vx, vy, var = (np.concatenate([o, n[use]])[last] for o, n in zip(old, new, strict=True))
    live = time_s[last] > time_s[last].max(initial=-np.inf) - 60.0
    picked = (identity[last], time_s[last], x, y, vx, vy, var, np.maximum(asked[first], asked[last]))
    names = Claims.__struct_fields__
    return Claims(**{name: column[live] for name, column in zip(names, picked, strict=True)})


def repeated(claims: Claims, scan: Scan) -> B:
    """Plots of a scan that only repeat the last claim: the same place again although it says that it moves.

    Receivers and networks give the last known place of an aircraft again and again until a new one comes.
    """
    if scan.identity is None or scan.vx_mps is None or scan.vy_mps is None or not len(claims.identity):
        return np.zeros(len(scan), bool)
    at = np.minimum(np.searchsorted(claims.identity, scan.identity), len(claims.identity) - 1)
    same = (
        (claims.identity[at] == scan.identity) & (claims.x_m[at] == scan.x_m) & (claims.y_m[at] == scan.y_m)
    )
    moving = np.hypot(scan.vx_mps, scan.vy_mps) > MOVING_MPS
    again: B = same & (moving | (claims.time_s[at] == scan.time_s))
    return again


def bias(memory: SensorMemory) -> Bias:
    """What has been learnt of a sensor."""
    sigma = np.sqrt(np.diag(memory.bias_cov))
    b = memory.bias
    return Bias(
        float(b[0]),
        float(sigma[0]),
        float(b[1]),
        float(sigma[1]),
        float(b[2]),
        float(sigma[2]),
        len(memory.witnesses),
    )


def corrected(scan: Scan, sensor: Sensor, memory: SensorMemory) -> Scan:
    """The scan without the biases of its sensor, once they are known."""
    if not np.isfinite(sensor.x_m) or len(memory.witnesses) < WITNESSES:
        return scan
    dx, dy = scan.x_m - sensor.x_m, scan.y_m - sensor.y_m
    away, azimuth = np.hypot(dx, dy) - memory.bias[0], np.arctan2(dx, dy) - memory.bias[1]
    x, y = sensor.x_m + away * np.sin(azimuth), sensor.y_m + away * np.cos(azimuth)
    only = scan.bearing if scan.bearing is not None else np.zeros(len(scan), bool)
    columns = {name: getattr(scan, name) for name in Scan.__struct_fields__}
    columns["x_m"], columns["y_m"] = np.where(only, scan.x_m, x), np.where(only, scan.y_m, y)
    columns["time_s"] = scan.time_s - memory.bias[2]
    if scan.azimuth_rad is not None:
        columns["azimuth_rad"] = scan.azimuth_rad - memory.bias[1]
    return Scan(**columns)


def blurred(scan: Scan, sensor: Sensor) -> Scan:
    """The scan with its places as vague along the way as its times are."""
    stamp_s = (
        (0.0 if sensor.measured else CLAIM_STAMP_S) if sensor.stamp_sigma_s is None else sensor.stamp_sigma_s
    )
    if not stamp_s or scan.vx_mps is None or scan.vy_mps is None:
        return scan
    x, y = np.nan_to_num(scan.vx_mps) * stamp_s, np.nan_to_num(scan.vy_mps) * stamp_s
    columns = {name: getattr(scan, name) for name in Scan.__struct_fields__}
    columns |= {"var_x_m2": scan.var_x_m2 + x**2, "cov_xy_m2": scan.cov_xy_m2 + x * y}
    columns |= {"var_y_m2": scan.var_y_m2 + y**2}
    return Scan(**columns)


def due(sensor: Sensor, claims: Claims, now_s: float) -> bool:
    """Whether there is a claim near enough that the sensor was not compared with of late."""
    if sensor.x_m != sensor.x_m or not len(claims.identity):
        return False
    away = np.hypot(claims.x_m - sensor.x_m, claims.y_m - sensor.y_m)
    return bool(((away <= FARTHER * sensor.range_max_m) & (now_s - claims.asked_s >= REPEAT_S)).any())


def learn(
    memory: SensorMemory, sensor: Sensor, claims: Claims, scan: Scan, plots: I, identity: I, velocity: F
) -> None:
    """Compare `plots` (k,) of confirmed tracks, whose names and velocities (2, k) are given, with the claims.

    `scan` is as the sensor gave it, not corrected.
    """
    if not len(claims.identity) or not len(plots) or not np.isfinite(sensor.x_m):
        return
    now_s = float(scan.time_s[plots].max())
    _drift(memory, now_s)
    for plot, claim in _partners(memory, sensor, claims, scan, plots, identity, velocity):
        if _compare(memory, sensor, claims, scan, plot, claim):
            claims.asked_s[claim] = scan.time_s[plot]
            memory.witnesses[int(claims.identity[claim])] = now_s
    memory.witnesses = {k: t for k, t in memory.witnesses.items() if now_s - t <= WITNESS_S}


def _drift(memory: SensorMemory, now_s: float) -> None:
    if memory.drifted_s == memory.drifted_s:
        memory.bias_cov += np.diag(np.square(DRIFT)) * max(now_s - memory.drifted_s, 0.0)
    memory.drifted_s = now_s


def _partners(
    memory: SensorMemory, sensor: Sensor, claims: Claims, scan: Scan, plots: I, identity: I, velocity: F
) -> list[tuple[int, int]]:
    """Pairs (plot, claim) that can only be the same aircraft."""
    dt = scan.time_s[plots][:, None] - claims.time_s
    dx = claims.x_m + claims.vx_mps * dt - scan.x_m[plots][:, None]
    dy = claims.y_m + claims.vy_mps * dt - scan.y_m[plots][:, None]
    speed = np.hypot(claims.vx_mps, claims.vy_mps)
    away = np.hypot(scan.x_m[plots] - sensor.x_m, scan.y_m[plots] - sensor.y_m)[:, None]
    sigma = np.sqrt(np.diag(memory.bias_cov))
    reach = (
        3 * (sigma[0] + sigma[1] * away + sigma[2] * speed) + np.abs(memory.bias) @ [1.0, 0.0, 0.0] + 200.0
    )
    reach = reach + abs(memory.bias[1]) * away + abs(memory.bias[2]) * speed
    alike = (
        np.hypot(velocity[0][:, None] - claims.vx_mps, velocity[1][:, None] - claims.vy_mps)
        < 5.0 + 0.1 * speed
    )
    named = identity[:, None] == claims.identity
    near: B = (np.hypot(dx, dy) <= reach) & (np.abs(dt) <= STALE_S) & (speed >= FAST_MPS) & (alike | named)
    near &= (identity[:, None] < 0) | named
    alone = near & (near.sum(1) == 1)[:, None] & (near.sum(0) == 1)
    alone &= scan.time_s[plots][:, None] - claims.asked_s >= REPEAT_S
    rows, columns = np.nonzero(alone)
    return [(int(plots[r]), int(c)) for r, c in zip(rows, columns, strict=True)]


def _compare(memory: SensorMemory, sensor: Sensor, claims: Claims, scan: Scan, plot: int, claim: int) -> bool:
    """Take the difference of a plot and a claim into the biases; False if it is too large to be believed."""
    dt = scan.time_s[plot] - claims.time_s[claim]
    velocity = np.array([claims.vx_mps[claim], claims.vy_mps[claim]])
    there = np.array([claims.x_m[claim], claims.y_m[claim]]) + velocity * dt - [sensor.x_m, sensor.y_m]
    seen = np.array([scan.x_m[plot] - sensor.x_m, scan.y_m[plot] - sensor.y_m])
    away = float(np.hypot(*there))
    if away < 1000.0:
        return False
    along, across = there / away, np.array([there[1], -there[0]]) / away
    turn = np.arctan2(*seen) - np.arctan2(*there)
    residual = np.array([np.hypot(*seen) - away, (turn + np.pi) % (2 * np.pi) - np.pi])
    slope = np.array([[1.0, 0.0, -along @ velocity], [0.0, 1.0, -(across @ velocity) / away]])
    place = np.array(
        [[scan.var_x_m2[plot], scan.cov_xy_m2[plot]], [scan.cov_xy_m2[plot], scan.var_y_m2[plot]]]
    )
    place += np.eye(2) * (claims.var_m2[claim] + (0.5 * TURN_MPS2 * dt**2) ** 2)
    frame = np.stack([along, across / away])
    s = slope @ memory.bias_cov @ slope.T + frame @ place @ frame.T
    residual = residual - slope @ memory.bias
    if residual @ np.linalg.solve(s, residual) > OUTLIER_SIGMAS**2:
        return False
    gain = np.linalg.solve(s, slope @ memory.bias_cov).T
    memory.bias = memory.bias + gain @ residual
    after = (np.eye(3) - gain @ slope) @ memory.bias_cov
    memory.bias_cov = (after + after.T) / 2
    return True
