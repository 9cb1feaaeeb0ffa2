"""Which measurement goes to which track: candidate pairs in space, and the best assignment of them.

The gate is a k-d tree over the measurements, if they are many. The assignment is optimal and is solved for
each connected component of the candidate graph by itself, as components cannot compete (scipy's shortest
augmenting path, D. F. Crouse, *On implementing 2D rectangular assignment algorithms*, IEEE TAES 52, 2016).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741

_Pair = tuple[int, int, float]

_PLAIN = 10_000
"""So many distances are sooner computed than a tree is built."""
_FEW = 500
_WIDE = 4.0
"""Centres whose radius is this many times the median are asked for apart, or all would search as far."""


def near(points: F, centres: F, radius: F, most: int = 4) -> tuple[I, I]:
    """Pairs (centre, point) with the point within the centre's radius, ordered by centre.

    `points` (p, 2), `centres` (n, 2), `radius` (n,), metres. At most `most` nearest points a centre.
    """
    if not len(points) or not len(centres):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if len(points) * len(centres) <= _PLAIN:
        return _compare(points, centres, radius, most)
    tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
    ranks = np.arange(1, min(most, len(points)) + 1)
    if len(centres) < _FEW or not (wide := radius > _WIDE * np.median(radius)).any():
        return _ask(tree, ranks, centres, radius)
    parts = []
    for these in (np.flatnonzero(~wide), np.flatnonzero(wide)):
        row, column = _ask(tree, ranks, centres[these], radius[these])
        parts.append((these[row], column))
    row, column = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(row, kind="stable")
    return row[order], column[order]


def _compare(points: F, centres: F, radius: F, most: int) -> tuple[I, I]:
    """Every centre with every point."""
    away2 = (centres[:, :1] - points[:, 0]) ** 2 + (centres[:, 1:] - points[:, 1]) ** 2
    row, column = np.nonzero(away2 <= (radius**2)[:, None])
    if len(row) > 1:
        order = np.lexsort((away2[row, column], row))
        row, column = row[order], column[order]
        if len(points) > most:
            kept = np.arange(len(row)) - np.searchsorted(row, row) < most
            row, column = row[kept], column[kept]
    return row, column


def _ask(tree: cKDTree, ranks: I, centres: F, radius: F) -> tuple[I, I]:
    far, at = tree.query(centres, k=ranks, distance_upper_bound=float(radius.max()) + 1e-9)
    row, column = np.nonzero(far <= radius[:, None])
    return row, np.asarray(at, np.int64)[row, column]


def assign(row: I, column: I, gain: F, rows: int, columns: int) -> I:
    """The column of each row (rows,), -1 = none, that makes the sum of gains greatest.

    `gain` is that of each candidate pair against leaving both alone, so pairs that gain nothing are not made.
    """
    chosen = np.full(rows, -1, np.int64)
    useful = gain > 0
    row, column, gain = row[useful], column[useful], gain[useful]
    if not len(row):
        return chosen
    row_pairs, column_pairs = np.bincount(row, minlength=rows), np.bincount(column, minlength=columns)
    alone = (row_pairs[row] == 1) & (column_pairs[column] == 1)
    chosen[row[alone]] = column[alone]
    if not alone.all():
        _contested(chosen, row[~alone], column[~alone], gain[~alone])
    return chosen


def _contested(chosen: I, row: I, column: I, gain: F) -> None:
    """Solve the components of more than one pair into `chosen`."""
    pairs = list(zip(row.tolist(), column.tolist(), gain.tolist(), strict=True))
    for component in _components(pairs):
        for r, c in _best(component):
            chosen[r] = c


def _components(pairs: list[_Pair]) -> list[list[_Pair]]:
    """The connected components of the pairs. Small parts join larger ones, so it takes n log n."""
    part: dict[int, list[_Pair]] = {}
    for pair in pairs:
        # A column is named by its complement, so that it differs from every row.
        one, other = part.get(pair[0]), part.get(~pair[1])
        if one is None or other is None or one is other:
            whole = one if one is not None else other if other is not None else []
        else:
            small, whole = sorted((one, other), key=len)
            whole += small
            for r, c, _ in small:
                part[r] = part[~c] = whole
        whole.append(pair)
        part[pair[0]] = part[~pair[1]] = whole
    return list({id(whole): whole for whole in part.values()}.values())


def _best(pairs: list[_Pair]) -> list[tuple[int, int]]:
    """The best assignment of one component: a star by its best ray, the rest as a dense matrix."""
    names = {r: i for i, r in enumerate(sorted({r for r, _, _ in pairs}))}
    others = {c: i for i, c in enumerate(sorted({c for _, c, _ in pairs}))}
    if len(names) == 1 or len(others) == 1:
        return [max(pairs, key=lambda pair: pair[2])[:2]]
    matrix = np.zeros((len(names), len(others)))
    for r, c, gain in pairs:
        matrix[names[r], others[c]] = gain
    at, to = linear_sum_assignment(matrix, maximize=True)
    made = set(zip(at.tolist(), to.tolist(), strict=True))
    return [(r, c) for r, c, _ in pairs if (names[r], others[c]) in made]
