"""The gate finds all pairs, the assignment the best ones."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernels import assign


def best_by_trial(gain: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """The greatest sum, by trying every way; rows may stay alone."""
    rows, columns = gain.shape
    wide = np.concatenate([gain, np.zeros((rows, rows))], axis=1)
    ways = permutations(range(columns + rows), rows)
    return max(float(sum(max(wide[r, c], 0.0) for r, c in enumerate(way))) for way in ways)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 100_000))
def test_the_assignment_is_the_best_of_all(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gain = rng.normal(0.5, 2.0, (rows, columns))
    row, column = np.nonzero(rng.random((rows, columns)) < 0.7)
    dense = np.full((rows, columns), -1.0)
    dense[row, column] = gain[row, column]
    chosen = assign.assign(row, column, gain[row, column], rows, columns)
    made = chosen >= 0
    assert len(set(chosen[made].tolist())) == made.sum()
    total = dense[np.flatnonzero(made), chosen[made]].sum()
    assert (dense[np.flatnonzero(made), chosen[made]] > 0).all()
    np.testing.assert_allclose(total, best_by_trial(dense), atol=1e-9)


def test_many_components_are_solved_each_for_itself() -> None:
    rng = np.random.default_rng(2)
    blocks = [rng.uniform(0.1, 5.0, (3, 3)) for _ in range(40)]
    row = np.concatenate([np.repeat(np.arange(3), 3) + 3 * k for k in range(40)])
    column = np.concatenate([np.tile(np.arange(3), 3) + 3 * k for k in range(40)])
    order = rng.permutation(len(row))
    gain = np.concatenate([b.ravel() for b in blocks])
    chosen = assign.assign(row[order], column[order], gain[order], 120, 120)
    for k, block in enumerate(blocks):
        mine = chosen[3 * k : 3 * k + 3] - 3 * k
        np.testing.assert_allclose(block[np.arange(3), mine].sum(), best_by_trial(block))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 100_000))
def test_the_gate_finds_what_is_within_the_radius(points: int, centres: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, c = rng.uniform(0, 100, (points, 2)), rng.uniform(0, 100, (centres, 2))
    radius = rng.choice([1.0, 5.0, 60.0], centres)
    row, column = assign.near(p, c, radius, most=100)
    away = np.linalg.norm(c[:, None] - p[None], axis=2)
    assert set(zip(row.tolist(), column.tolist(), strict=True)) == set(
        zip(*(k.tolist() for k in np.nonzero(away <= radius[:, None])), strict=True)
    )
    assert (np.diff(row) >= 0).all()


def test_nothing_to_assign() -> None:
    none = np.zeros(0, np.int64)
    assert assign.assign(none, none, np.zeros(0), 2, 3).tolist() == [-1, -1]
