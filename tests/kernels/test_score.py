"""Scores: vectors worked by hand, and what must hold of any tracks and truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernels import score
from beffroi.kernels.score import NEVER

F = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
I = np.ndarray[tuple[int, ...], np.dtype[np.int64]]  # noqa: E741
FEW = settings(max_examples=60, deadline=None)


def a(*values: float) -> F:
    return np.array(values, dtype=np.float64)


def n(*values: int) -> I:
    return np.array(values, dtype=np.int64)


# ---- Truth at other times


def test_between_fixes_truth_is_on_the_line_and_outside_it_is_not_known() -> None:
    (x, z) = score.resample(
        a(0, 2, 10), np.array([a(0, 4, 8), a(1, 1, np.nan)]), a(-1, 0, 0.5, 2, 4, 10, 11), 5
    )
    np.testing.assert_allclose(x, [np.nan, 0, 1, 4, np.nan, 8, np.nan])
    np.testing.assert_allclose(z, [np.nan, 1, 1, 1, np.nan, np.nan, np.nan])


def test_nothing_is_known_of_a_target_without_fixes() -> None:
    assert np.isnan(score.resample(np.zeros(0), np.zeros((3, 0)), a(1, 2), 5)).all()


def test_a_gap_lies_strictly_between_two_fixes_that_are_far_apart() -> None:
    got = score.in_gap(a(0, 1, 20, 21), a(-5, 0, 0.5, 1, 10, 20, 20.5, 30), 5.0)
    assert got.tolist() == [False, False, False, False, True, False, False, False]


times = st.lists(st.floats(0, 1000), min_size=1, max_size=20, unique=True).map(sorted)


@FEW
@given(times, st.lists(st.floats(-100, 1100), min_size=1, max_size=30), st.floats(0.1, 200))
def test_a_time_is_known_or_in_a_gap_or_outside(fixes: list[float], at: list[float], gap_s: float) -> None:
    at_s = a(*at)
    known = np.isfinite(score.resample(a(*fixes), np.array([a(*fixes)]), at_s, gap_s)[0])
    outside = (at_s < fixes[0]) | (at_s > fixes[-1])
    assert (known.astype(int) + score.in_gap(a(*fixes), at_s, gap_s) + outside == 1).all()


# ---- Plots


def test_a_plot_belongs_to_the_nearest_target_that_is_there() -> None:
    truth_x, truth_y = np.array([a(0, np.nan, np.nan), a(10, 10, np.nan)]), np.array([a(0, 0, 0), a(0, 0, 0)])
    target, away = score.nearest(truth_x, truth_y, a(4, 4, 4), a(3, 0, 0))
    assert target.tolist() == [0, 1, NEVER]
    assert away.tolist() == [5.0, 6.0, np.inf]


def test_plots_of_one_look_count_once() -> None:
    assert score.looks(a(0, 0.1, 1.0, 1.2, 3.0), 1.0) == 3
    assert score.looks(a(), 1.0) == 0


# ---- Which track a target has


def held(truth: F, rows: list[tuple[int, int, float]], gate_m: float = 5.0) -> list[list[int]]:
    """Tracks on a line: (step, id, x)."""
    step, id, x = (np.array(c) for c in zip(*rows, strict=True))
    return score.hold(truth, np.zeros_like(truth), step, id, x, np.zeros(len(x)), gate_m).id.tolist()  # type: ignore[no-any-return]


def test_a_target_keeps_its_track_while_another_is_nearer() -> None:
    truth = np.array([a(0, 0, 0)])
    assert held(truth, [(0, 1, 1.0), (1, 1, 4.0), (1, 2, 0.0), (2, 2, 0.0)]) == [[1, 1, 2]]


def test_a_target_takes_back_the_track_that_it_had_before_a_gap() -> None:
    truth = np.array([a(0, 0, 0)])
    assert held(truth, [(0, 1, 1.0), (2, 2, 0.5), (2, 1, 2.0)]) == [[1, NEVER, 1]]


def test_most_targets_get_a_track_then_the_nearest_ones() -> None:
    truth = np.array([a(0), a(4)])
    assert held(truth, [(0, 7, 3.0), (0, 8, 8.0)]) == [[7], [8]]  # 7 is nearer to the second target


def test_no_track_serves_two_targets_and_none_outside_the_gate_serves() -> None:
    truth = np.array([a(0), a(1), a(100)])
    got = held(truth, [(0, 7, 0.0)])
    assert sorted(i for (i,) in got) == [NEVER, NEVER, 7]


def test_near_marks_tracks_that_no_target_has() -> None:
    got = score.hold(np.array([a(0)]), np.array([a(0)]), n(0, 0, 0), n(1, 2, 3), a(0, 1, 9), a(0, 0, 0), 5.0)
    assert got.near.tolist() == [True, True, False]
    assert got.row.tolist() == [[0]]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[F, F, I, I, F, F]:
    """Truth of up to 4 targets over up to 6 steps, and up to 5 tracks at each."""
    targets, steps = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    place = st.floats(-20, 20)
    some = st.one_of(place, place, st.just(np.nan))
    truth_x = np.array([[draw(some) for _ in range(steps)] for _ in range(targets)])
    truth_y = np.array([[draw(place) for _ in range(steps)] for _ in range(targets)])
    ids = [draw(st.lists(st.integers(0, 8), max_size=5, unique=True)) for _ in range(steps)]
    rows = [(s, i, draw(place), draw(place)) for s, each in enumerate(ids) for i in each]
    step, id, x, y = (np.array([r[c] for r in rows], dtype=float) for c in range(4))
    return truth_x, truth_y, step.astype(np.int64), id.astype(np.int64), x, y


@FEW
@given(crowds(), st.floats(0.5, 30))
def test_what_is_given_lies_in_the_gate_and_is_given_once(
    crowd: tuple[F, F, I, I, F, F], gate_m: float
) -> None:
    truth_x, truth_y, step, id, x, y = crowd
    got = score.hold(truth_x, truth_y, step, id, x, y, gate_m)
    for target, now in zip(*np.nonzero(got.id >= 0), strict=True):
        row = got.row[target, now]
        assert (step[row], id[row]) == (now, got.id[target, now])
        assert np.hypot(truth_x[target, now] - x[row], truth_y[target, now] - y[row]) <= gate_m
    rows = got.row[got.row >= 0]
    assert len(set(rows.tolist())) == len(rows)
    assert got.near[rows].all()


@FEW
@given(crowds(), st.floats(0.5, 30))
def test_no_target_stays_without_a_track_that_is_free_and_near(
    crowd: tuple[F, F, I, I, F, F], gate_m: float
) -> None:
    truth_x, truth_y, step, id, x, y = crowd
    got = score.hold(truth_x, truth_y, step, id, x, y, gate_m)
    taken = set(got.row[got.row >= 0].tolist())
    for target, now in zip(*np.nonzero(got.id < 0), strict=True):
        for row in np.flatnonzero(step == now).tolist():
            away = np.hypot(truth_x[target, now] - x[row], truth_y[target, now] - y[row])
            assert row in taken or not away <= gate_m


@FEW
@given(crowds(), st.floats(0.5, 30))
def test_a_move_of_everything_changes_nothing(crowd: tuple[F, F, I, I, F, F], gate_m: float) -> None:
    truth_x, truth_y, step, id, x, y = crowd
    here = score.hold(truth_x, truth_y, step, id, x, y, gate_m)
    there = score.hold(-truth_y, -truth_x, step, id, -y, -x, gate_m)  # mirrored: distances stay as they are
    assert (here.near == there.near).all()
    assert ((here.id >= 0).sum(0) == (there.id >= 0).sum(0)).all()


# ---- Passes and continuity


def test_a_pass_ends_outside_and_in_a_long_gap_of_truth_not_in_a_short_one() -> None:
    inside = np.array([0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    known = np.array([1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    got = score.passes(inside, known, most_gap=2)
    assert got.tolist() == [NEVER, 0, 0, NEVER, 1, 1, NEVER, 1, NEVER, NEVER, NEVER, 2]


def test_a_target_that_is_never_inside_has_no_pass() -> None:
    assert score.passes(np.zeros(3, bool), np.ones(3, bool), 2).tolist() == [NEVER] * 3


def test_continuity_by_hand() -> None:
    got = score.continuity(n(NEVER, 5, 5, NEVER, 5, 6, 6, 6, NEVER))
    assert got == score.Continuity(steps=9, tracked=6, longest=3, breaks=2, switches=1, first=1)


def test_what_was_never_tracked() -> None:
    assert score.continuity(n(NEVER, NEVER)) == score.Continuity(2, 0, 0, 0, 0, NEVER)


ids = st.lists(st.integers(NEVER, 3), min_size=1, max_size=40)


@FEW
@given(ids)
def test_continuity_holds_together(held: list[int]) -> None:
    got = score.continuity(n(*held))
    assert 0 <= got.longest <= got.tracked <= got.steps == len(held)
    assert (got.first == NEVER) == (got.tracked == 0)
    assert got.longest * (got.breaks + got.switches + 1) >= got.tracked


@FEW
@given(st.integers(1, 40), st.data())
def test_a_dropped_interval_breaks_what_was_whole(steps: int, data: st.DataObject) -> None:
    held = np.full(steps, 4)
    whole = score.continuity(held)
    assert whole == score.Continuity(steps, steps, steps, 0, 0, 0)
    begin = data.draw(st.integers(0, steps - 1))
    end = data.draw(st.integers(begin + 1, steps))
    held[begin:end] = NEVER
    got = score.continuity(held)
    assert got.tracked == steps - (end - begin)
    assert got.longest == max(begin, steps - end)
    assert got.breaks == (begin > 0)
    assert got.switches == 0


@FEW
@given(ids)
def test_continuity_read_backwards_has_as_many_switches_and_the_same_stretches(held: list[int]) -> None:
    there, back = score.continuity(n(*held)), score.continuity(n(*held[::-1]))
    assert (there.tracked, there.longest, there.switches) == (back.tracked, back.longest, back.switches)


# ---- Errors


def test_a_spread_by_hand() -> None:
    got = score.spread([3.0, 4.0, np.nan, 0.0, 5.0])
    assert got is not None
    assert (got.number, got.mean, got.median) == (4, 3.0, 3.5)
    assert got.p95 == pytest.approx(4.85)  # linear between the order statistics at 0, 1/3, 2/3, 1
    assert got.rms == pytest.approx(np.sqrt(12.5))
    assert score.spread([np.nan]) is None


@FEW
@given(st.floats(0, 1e6), st.integers(1, 50))
def test_errors_that_are_all_d_come_to_d(d: float, number: int) -> None:
    got = score.spread(np.full(number, d))
    assert got is not None
    assert (got.median, got.p95) == (d, d)
    assert got.mean == pytest.approx(d)
    assert got.rms == pytest.approx(d)


def test_a_lag_by_hand() -> None:
    """At 10 m/s east, places 5 m west of truth are half a second old."""
    assert score.lag(a(-5, -5), a(0, 0), a(10, 10), a(0, 0)) == (0.5, 0.0)
    assert all(np.isnan(score.lag(a(-5, -5), a(0, 0), a(0, 0), a(0, 0))))


@FEW
@given(st.floats(-20, 20), st.integers(0, 1000))
def test_a_lag_is_found_through_noise(late_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    heading, speed = rng.uniform(0, 2 * np.pi, 400), rng.uniform(5, 15, 400)
    vx, vy = speed * np.sin(heading), speed * np.cos(heading)
    noise = rng.normal(0, 10, (2, 400))
    got, sigma = score.lag(-late_s * vx + noise[0], -late_s * vy + noise[1], vx, vy)
    assert sigma == pytest.approx(10 / np.sqrt((speed**2).sum()), rel=0.2)
    assert abs(got - late_s) < 5 * sigma
