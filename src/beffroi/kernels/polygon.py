"""Many points against many areas (polygons with holes, circles), as columns, in a plane.

Containment by the crossing number (Shimrat, CACM 5 (1962) 434). A grid is prepared once: a cell knows the
areas that cover it whole, and those whose outline passes it, on which side of them its pivot lies, and the
few edges that pass it. So a point is counted against those edges alone.

Lengths in metres, speeds in m/s, times in seconds. A pair (point, area) is a pair of indices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Pairs = tuple[Ints, Ints]
"""(point indices, area indices)."""

MAX_CELL_ENTRIES = 4_000_000
"""Bound on the memory of the grid."""
PIVOT_X, PIVOT_Y = 0.4786123759, 0.5353196421
"""Where in its cell the point lies whose side is known: off the middle, so that no edge runs through it just
because areas and grid are aligned."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The edge of an area: straight edges, or one circle."""

    edges: Floats
    """(n, 4): x1, y1, x2, y2 of each edge; empty for a circle."""
    circle: tuple[float, float, float]
    """x, y, radius; NaN for a polygon."""


def polygon(*rings: tuple[Floats, Floats]) -> Outline:
    """An outer ring and holes, each (x, y); closed whether or not the last point repeats the first."""
    edges = [np.column_stack([x, y, np.roll(x, -1), np.roll(y, -1)]) for x, y in rings]
    return Outline(np.vstack(edges) if edges else np.empty((0, 4)), (np.nan, np.nan, np.nan))


def circle(x_m: float, y_m: float, radius_m: float) -> Outline:
    """All points within a distance of a centre."""
    return Outline(np.empty((0, 4)), (x_m, y_m, radius_m))


def densified(x: Floats, y: Floats, step: float) -> tuple[Floats, Floats]:
    """The same line with points added so that no piece is longer than `step`."""
    pieces = np.maximum(np.ceil(np.hypot(np.diff(x), np.diff(y)) / step), 1).astype(np.int64)
    edge, part = _expand(pieces)
    share = part / pieces[edge]
    return (
        np.append(x[edge] + share * np.diff(x)[edge], x[-1]),
        np.append(y[edge] + share * np.diff(y)[edge], y[-1]),
    )


def _expand(counts: Ints) -> Pairs:
    """For counts (2, 0, 3): owners 0 0 2 2 2 and ranks 0 1 0 1 2."""
    owner = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, rank


class _Lists:
    """Many lists of numbers in one array, found by key."""

    def __init__(self, key: Ints, value: Ints, keys: int) -> None:
        order = np.argsort(key, kind="stable")
        self.value = value[order]
        self.start = np.searchsorted(key[order], np.arange(keys + 1))

    def of(self, key: Ints) -> Pairs:
        """(index into `key`, value) of all members of the lists that are asked for."""
        first = self.start.take(key)
        counts = self.start.take(key + 1) - first
        owner = np.repeat(np.arange(len(key)), counts)
        shift = first - (np.cumsum(counts) - counts)  # from the number of a member to its place
        return owner, self.value.take(np.arange(len(owner)) + shift.take(owner))


class Areas:
    """Areas, ready for many points."""

    def __init__(self, outlines: Sequence[Outline]) -> None:
        self.count = len(outlines)
        none = [np.empty((0, 4))]
        self._edges = np.ascontiguousarray(np.vstack([o.edges for o in outlines] or none).T)
        x1, y1, x2, y2 = self._edges
        self._slope = (x2 - x1) / np.where(y1 == y2, np.inf, y2 - y1)
        self._owner = np.repeat(np.arange(self.count), [len(o.edges) for o in outlines])
        self._of_area = _Lists(self._owner, np.arange(len(x1)), self.count)
        self._circle = np.array([o.circle for o in outlines], dtype=np.float64).reshape(-1, 3)
        self._round = ~np.isnan(self._circle[:, 2])
        self._box = self._boxes()
        self._make_grid()

    # --- questions ----------------------------------------------------------------------------------------

    def inside(self, x_m: Floats, y_m: Floats) -> Pairs:
        """All pairs of a point and an area that holds it."""
        if not self.count:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        with np.errstate(invalid="ignore"):
            col = np.floor((x_m - self._x0) / self._dx)
            row = np.floor((y_m - self._y0) / self._dy)
            here = np.flatnonzero((col >= 0) & (col < self._n) & (row >= 0) & (row < self._n))
        cell = (row[here] * self._n + col[here]).astype(np.int64)
        sure, sure_area = self._full.of(cell)
        at, entry = self._partial.of(cell)
        point, area = here[at], self._entry_area[entry]
        held = self._entry_holds(x_m[point], y_m[point], entry)
        return np.concatenate([here[sure], point[held]]), np.concatenate([sure_area, area[held]])

    def entries(
        self,
        x_m: Floats,
        y_m: Floats,
        vx_mps: Floats,
        vy_mps: Floats,
        horizon_s: float,
        *,
        z_m: Floats | None = None,
        vz_mps: Floats | None = None,
        lower_m: Floats | None = None,
        upper_m: Floats | None = None,
    ) -> tuple[Ints, Ints, Floats]:
        """Who is inside or will be within `horizon_s` on a straight path: (point, area, time of first entry).

        The time is 0 for those that are inside. Heights count where `z_m` (with `lower_m` and `upper_m` of
        each area, in the same datum) is given; a NaN in any of them is no limit.
        """
        point, area = self._reached(x_m, y_m, vx_mps, vy_mps, horizon_s)
        x, y, vx, vy = x_m[point], y_m[point], vx_mps[point], vy_mps[point]
        pair, at_s = self._crossings(x, y, vx, vy, area, horizon_s)
        number = np.arange(len(point))
        pair = np.concatenate([number, pair])
        at_s = np.concatenate([np.zeros(len(number)), at_s])
        order = np.lexsort((at_s, pair))
        pair, at_s = pair[order], at_s[order]
        first = np.searchsorted(pair, number)
        passed = np.arange(len(pair)) - first[pair]
        inside = self._holds(x, y, area)[pair] ^ (passed % 2 == 1)
        last = np.append(pair[1:] != pair[:-1], True)
        until_s = np.where(last, horizon_s, np.append(at_s[1:], horizon_s))
        if z_m is not None and lower_m is not None and upper_m is not None:
            climb = np.zeros(len(point)) if vz_mps is None else vz_mps[point]
            from_s, to_s = _between(z_m[point], climb, lower_m[area], upper_m[area])
            at_s, until_s = np.maximum(at_s, from_s[pair]), np.minimum(until_s, to_s[pair])
        soonest = np.full(len(point), np.inf)
        met = inside & (at_s <= until_s)
        np.minimum.at(soonest, pair[met], at_s[met])
        will = np.isfinite(soonest)
        return point[will], area[will], soonest[will]

    # --- the grid -----------------------------------------------------------------------------------------

    def _boxes(self) -> Floats:
        """(n, 4): lowest x, lowest y, highest x, highest y of each area."""
        x, y, r = self._circle.T
        box = np.column_stack([x - r, y - r, x + r, y + r])
        box[~self._round] = [np.inf, np.inf, -np.inf, -np.inf]
        ends = self._edges.T.reshape(-1, 2, 2)
        np.minimum.at(box[:, :2], self._owner, ends.min(1))
        np.maximum.at(box[:, 2:], self._owner, ends.max(1))
        return box

    def _make_grid(self) -> None:
        """Cells of the box round all areas, and what each knows of the areas."""
        low = self._box[:, :2].min(0) if self.count else np.zeros(2)
        high = self._box[:, 2:].max(0) if self.count else np.ones(2)
        self._x0, self._y0 = (float(v) for v in low)
        span = np.maximum(high - low, 1.0) * (1 + 1e-9)
        self._n = self._cells_a_side((self._box[:, 2:] - self._box[:, :2]) / span)
        self._dx, self._dy = (float(v) for v in span / self._n)
        edge, row = self._edge_rows()
        cell, touching = self._touched_cells(edge, row)
        edged, entry = np.unique(cell * self.count + self._owner[touching], return_inverse=True)
        edged = np.concatenate([edged, self._circle_cells()])
        held = self._held_cells(edge, row)
        self._entry_edges = _Lists(entry, touching, len(edged))
        self._entry_area = edged % self.count if self.count else edged
        self._entry_inside = np.isin(edged, held, assume_unique=True)
        self._entry_x, self._entry_y = self._pivot(edged // max(self.count, 1))
        self._partial = _Lists(edged // max(self.count, 1), np.arange(len(edged)), self._n**2)
        full = held[~np.isin(held, edged, assume_unique=True)]
        self._full = _Lists(full // max(self.count, 1), full % max(self.count, 1), self._n**2)

    def _cells_a_side(self, shares: Floats) -> int:
        """Fine enough for the areas, coarse enough for the memory."""
        n = int(np.clip(16 * self.count**0.5, 16, 512))
        while n > 16 and (shares * n + 2).prod(1).sum() > MAX_CELL_ENTRIES:
            n //= 2
        return n

    def _col(self, x_m: Floats) -> Ints:
        return np.clip((x_m - self._x0) / self._dx, 0, self._n - 1).astype(np.int64)

    def _row(self, y_m: Floats) -> Ints:
        return np.clip((y_m - self._y0) / self._dy, 0, self._n - 1).astype(np.int64)

    def _edge_rows(self) -> Pairs:
        """(edge, row) for each row that an edge passes."""
        _, y1, _, y2 = self._edges
        low, high = self._row(np.minimum(y1, y2)), self._row(np.maximum(y1, y2))
        edge, rank = _expand(high - low + 1)
        return edge, low[edge] + rank

    def _touched_cells(self, edge: Ints, row: Ints) -> Pairs:
        """(cell, edge) for each cell that an edge passes."""
        x1, y1, x2, y2 = self._edges[:, edge]
        floor = self._y0 + row * self._dy
        cut1, cut2 = (np.clip(y, floor, floor + self._dy) for y in (y1, y2))
        xa = x1 + (cut1 - y1) * self._slope[edge]
        xb = np.where(y1 == y2, x2, x1 + (cut2 - y1) * self._slope[edge])
        margin = 1e-9 * self._dx  # rounding must not lose a cell
        first, last = self._col(np.minimum(xa, xb) - margin), self._col(np.maximum(xa, xb) + margin)
        at, rank = _expand(last - first + 1)
        return row[at] * self._n + first[at] + rank, edge[at]

    def _circle_cells(self) -> Ints:
        """Keys (cell * count + area) of the cells that a circle passes, or might."""
        area = np.flatnonzero(self._round)
        x, y, r = self._circle[area].T
        left, right, low, high = self._col(x - r), self._col(x + r), self._row(y - r), self._row(y + r)
        wide = right - left + 1
        at, rank = _expand(wide * (high - low + 1))
        cell = (low[at] + rank // wide[at]) * self._n + left[at] + rank % wide[at]
        cx, cy = self._pivot(cell)
        gap = np.abs(np.hypot(cx - x[at], cy - y[at]) - r[at])
        passed = gap <= float(np.hypot(self._dx, self._dy))
        keys: Ints = cell[passed] * self.count + area[at[passed]]
        return keys

    def _held_cells(self, edge: Ints, row: Ints) -> Ints:
        """Sorted keys (cell * count + area) of the cells whose pivot lies inside an area."""
        y = self._y0 + (row + PIVOT_Y) * self._dy
        x1, y1, _, y2 = self._edges[:, edge]
        spans = (y1 <= y) != (y2 <= y)
        x = (x1 + (y - y1) * self._slope[edge])[spans]
        row, area = row[spans], self._owner[edge[spans]]
        round_row, round_area, round_x = self._circle_rows()
        row, area = np.concatenate([row, round_row]), np.concatenate([area, round_area])
        x = np.concatenate([x, round_x])
        order = np.lexsort((x, area, row))
        row, area = row[order][::2], area[order][::2]
        column = np.clip(np.ceil((x[order] - self._x0) / self._dx - PIVOT_X), 0, self._n).astype(np.int64)
        at, rank = _expand(column[1::2] - column[::2])  # between an entry and the next exit
        return np.sort((row[at] * self._n + column[::2][at] + rank) * self.count + area[at])

    def _circle_rows(self) -> tuple[Ints, Ints, Floats]:
        """(row, area, x) of where circles cross the line of the pivots of a row."""
        area = np.flatnonzero(self._round)
        x, y, r = self._circle[area].T
        low, high = self._row(y - r), self._row(y + r)
        at, rank = _expand(high - low + 1)
        row = low[at] + rank
        with np.errstate(invalid="ignore"):
            half = np.sqrt(r[at] ** 2 - (self._y0 + (row + PIVOT_Y) * self._dy - y[at]) ** 2)
        met = ~np.isnan(half)
        at, row, half = at[met], row[met], half[met]
        return np.tile(row, 2), np.tile(area[at], 2), np.concatenate([x[at] - half, x[at] + half])

    def _pivot(self, cell: Ints) -> tuple[Floats, Floats]:
        x = self._x0 + (cell % self._n + PIVOT_X) * self._dx
        y = self._y0 + (cell // self._n + PIVOT_Y) * self._dy
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    # --- pairs --------------------------------------------------------------------------------------------

    def _entry_holds(self, x_m: Floats, y_m: Floats, entry: Ints) -> Bools:
        """Whether points lie inside an area whose outline passes their cell.

        The path to the pivot of the cell, whose side is known, crosses only edges of the cell. A point on
        the outline counts as inside.
        """
        at, edge = self._entry_edges.of(entry)
        x1, y1, x2, y2 = (column.take(edge) for column in self._edges)
        px, py, of = x_m.take(at), y_m.take(at), entry.take(at)
        cx, cy = self._entry_x.take(of), self._entry_y.take(of)
        dx, dy, ex, ey = cx - px, cy - py, x2 - x1, y2 - y1
        apart = (dx * (y1 - py) >= dy * (x1 - px)) != (dx * (y2 - py) >= dy * (x2 - px))
        across = (ex * (py - y1) >= ey * (px - x1)) != (ex * (cy - y1) >= ey * (cx - x1))
        crossed = np.bincount(at[apart & across], minlength=len(entry))
        odd: Bools = (crossed % 2 == 1) ^ self._entry_inside.take(entry)
        return self._circles_too(odd, x_m, y_m, self._entry_area.take(entry))

    def _circles_too(self, held: Bools, x_m: Floats, y_m: Floats, area: Ints) -> Bools:
        """`held`, with the answer for circles put in its place."""
        at = np.flatnonzero(self._round.take(area))
        x, y, r = self._circle[area[at]].T
        held[at] = (x_m[at] - x) ** 2 + (y_m[at] - y) ** 2 <= r * r
        return held

    def _holds(self, x_m: Floats, y_m: Floats, area: Ints) -> Bools:
        """Whether each area holds its point, by all its edges."""
        at, edge = self._of_area.of(area)
        y = y_m[at]
        spans = (self._edges[1][edge] <= y) != (self._edges[3][edge] <= y)
        at, edge, y = at[spans], edge[spans], y[spans]
        crossed = x_m[at] >= self._edges[0][edge] + (y - self._edges[1][edge]) * self._slope[edge]
        odd: Bools = np.bincount(at[crossed], minlength=len(area)) % 2 == 1
        return self._circles_too(odd, x_m, y_m, area)

    def _reached(self, x_m: Floats, y_m: Floats, vx_mps: Floats, vy_mps: Floats, horizon_s: float) -> Pairs:
        """Pairs whose boxes meet: that of the path and that of the area."""
        to_x, to_y = x_m + vx_mps * horizon_s, y_m + vy_mps * horizon_s
        low_x, low_y, high_x, high_y = self._box.T
        meet = np.less_equal.outer(np.minimum(x_m, to_x), high_x)
        meet &= np.greater_equal.outer(np.maximum(x_m, to_x), low_x)
        meet &= np.less_equal.outer(np.minimum(y_m, to_y), high_y)
        meet &= np.greater_equal.outer(np.maximum(y_m, to_y), low_y)
        point, area = np.nonzero(meet)
        return point, area

    def _crossings(
        self, x: Floats, y: Floats, vx: Floats, vy: Floats, area: Ints, horizon_s: float
    ) -> tuple[Ints, Floats]:
        """(pair, time) of each crossing of an outline after now and within the horizon."""
        at, edge = self._of_area.of(area)
        x1, y1, x2, y2 = self._edges[:, edge]
        px, py, dx, dy = x[at], y[at], vx[at], vy[at]
        side1, side2 = dx * (y1 - py) - dy * (x1 - px), dx * (y2 - py) - dy * (x2 - px)
        turn = dx * (y2 - y1) - dy * (x2 - x1)
        with np.errstate(divide="ignore", invalid="ignore"):
            hit_s = ((x1 - px) * (y2 - y1) - (y1 - py) * (x2 - x1)) / turn
        hit = ((side1 >= 0) != (side2 >= 0)) & (hit_s > 0) & (hit_s <= horizon_s)
        ring, ring_s = self._circle_crossings(x, y, vx, vy, area, horizon_s)
        return np.concatenate([at[hit], ring]), np.concatenate([hit_s[hit], ring_s])

    def _circle_crossings(
        self, x: Floats, y: Floats, vx: Floats, vy: Floats, area: Ints, horizon_s: float
    ) -> tuple[Ints, Floats]:
        rx, ry, r = x - self._circle[area, 0], y - self._circle[area, 1], self._circle[area, 2]
        a, b, c = vx * vx + vy * vy, rx * vx + ry * vy, rx * rx + ry * ry - r * r
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(b * b - a * c)
            both = np.concatenate([(-b - root) / a, (-b + root) / a])
            hit = (both > 0) & (both <= horizon_s)
        return np.tile(np.arange(len(area)), 2)[hit], both[hit]


def _between(z_m: Floats, vz_mps: Floats, lower_m: Floats, upper_m: Floats) -> tuple[Floats, Floats]:
    """(from, to) of the time when a height lies between two limits; from > to = never, NaN = no limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        to_lower = np.where(vz_mps == 0, np.where(z_m < lower_m, np.inf, -np.inf), (lower_m - z_m) / vz_mps)
        to_upper = np.where(vz_mps == 0, np.where(z_m > upper_m, -np.inf, np.inf), (upper_m - z_m) / vz_mps)
    rising = vz_mps >= 0
    start = np.where(rising, to_lower, to_upper)
    end = np.where(rising, to_upper, to_lower)
    return np.where(np.isnan(start), -np.inf, start), np.where(np.isnan(end), np.inf, end)
