"""What the rest of the house sees of the tracks: columns at one moment."""

import numpy as np

from beffroi.kernels import kalman
from beffroi.kernels.kalman import SIZE, TURN, VX, VY, X, Y
from beffroi.track import F, I, TrackColumns
from beffroi.tracks import classify
from beffroi.tracks import filter as states
from beffroi.tracks.filter import STEADY, Targets
from beffroi.tracks.scan import Settings

RECENT_S = 10.0
GROUND_S = 60.0
"""Who said that it is on the ground stands there until it says otherwise, or nothing more: one that stands
gives no new place for long."""


def at(targets: Targets, now_s: float, settings: Settings) -> TrackColumns:
    """All live tracks predicted to `now_s`, ordered by id."""
    live = states.live(targets)
    live = live[np.argsort(targets.id[live])]
    mean, cov = _combined(targets, live, now_s, settings)
    height, height_cov = states.heights_at(targets, live, np.full(len(live), now_s), settings)
    recent = now_s - targets.hit_s[:, live] <= RECENT_S
    measured, claimed = targets.measured_s[live], targets.claimed_s[live]
    coasting = (targets.missed[live] > 0) | (now_s - np.fmax(measured, claimed) > RECENT_S)
    pace = np.where(np.isnan(targets.pace_mps[live]), np.hypot(mean[VX], mean[VY]), targets.pace_mps[live])
    class_p = classify.probabilities(
        targets.class_log[:, live], pace, targets.restless[live], height[0], targets.hits[live],
        targets.existence[live],
    )  # fmt: skip
    return TrackColumns(
        id=targets.id[live], x_m=mean[X], y_m=mean[Y], vx_mps=mean[VX], vy_mps=mean[VY],
        var_x_m2=cov[X, X], cov_xy_m2=cov[X, Y], var_y_m2=cov[Y, Y],
        var_v_m2ps2=(cov[VX, VX] + cov[VY, VY]) / 2, alt_m=height[0], climb_mps=height[1],
        alt_sigma_m=np.where(np.isnan(height[0]), np.nan, np.sqrt(height_cov[0])),
        existence=targets.existence[live], confirmed=targets.confirmed[live], coasting=coasting,
        first_s=targets.first_s[live], measured_s=measured, claimed_s=claimed,
        sensors=recent.sum(0), identity=targets.identity[live],
        on_ground=now_s - targets.ground_s[live] <= GROUND_S, class_p=class_p,
    )  # fmt: skip


def _combined(targets: Targets, live: I, now_s: float, settings: Settings) -> tuple[F, F]:
    """Mean (4, n) and covariance (4, 4, n) of tracks at `now_s`, without the turn rate."""
    mean, cov = np.empty((TURN, len(live))), np.empty((TURN, TURN, len(live)))
    alone = targets.weight[STEADY, live] == 1.0
    for rows, count in ((np.flatnonzero(alone), 1), (np.flatnonzero(~alone), len(settings.share))):
        if not len(rows):
            continue
        track, size = live[rows], TURN if count == 1 else SIZE
        part = states.gather(targets.mean[:size, :count], track)
        its_cov = states.gather(targets.cov[:size, :size, :count], track)
        dt_s = now_s - targets.time_s[track]
        if dt_s.any():
            part, its_cov = kalman.predict(states.modes(settings, count), part, its_cov, dt_s)
        weight = targets.weight[:count].take(track, -1)
        mean[:, rows], cov[:, :, rows] = kalman.combine(part[:TURN], its_cov[:TURN, :TURN], weight)
    return mean, cov
