"""The carpet of past traffic: where it went, simplified, never heavier than it may be."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from beffroi.console.carpet import UNIT, Weaver, simplified
from beffroi.store.history import HOUR_MS, Columns, History

NOW_S = 1_700_000_000.0


def flown(directory: Path, tracks: int, seconds: int, kind: str = "aircraft", wander: float = 0.0) -> None:
    """Write the history of some tracks that fly north-east; with `wander` (degrees) not straight."""
    history, rng = History(directory / "history"), np.random.default_rng(1)
    time_ms = np.tile(np.arange(seconds) * 1000 + int(NOW_S - 20_000) * 1000, tracks)
    n, number = len(time_ms), np.repeat(np.arange(tracks), seconds)
    along = np.tile(np.arange(seconds) * 0.0005, tracks)
    aside = rng.uniform(-wander, wander, n)
    whole = {
        name: np.zeros(n, np.int32)
        for name in ("alt_dm", "speed_dmps", "track_ddeg", "climb_dmps", "sigma_dm")
    }
    rows: Columns = {
        "time_ms": time_ms, "track": number,
        "lat_udeg": np.round((48.0 + along + aside + number * 0.01) * 1e6).astype(np.int32),
        "lon_udeg": np.round((2.0 + along - aside) * 1e6).astype(np.int32), **whole,
        "kind": np.full(n, kind, object), "measured": np.ones(n, bool), "coasting": np.zeros(n, bool),
        "on_ground": np.zeros(n, bool), "icao24": np.full(n, "", object), "callsign": np.full(n, "", object),
    }  # fmt: skip
    assert (np.diff(time_ms) > -HOUR_MS * 24).all()
    order = np.argsort(time_ms, kind="stable")
    history.write({name: column[order] for name, column in rows.items()})
    history.close()


def places(steps: list[int]) -> NDArray[np.float64]:
    return np.asarray(np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / UNIT)


def test_straight_flights_become_lines_of_two_points(tmp_path: Path) -> None:
    flown(tmp_path, 3, 600)
    made = json.loads(Weaver(tmp_path).carpet(NOW_S))
    assert [len(steps) for steps in made["lines"]] == [4, 4, 4]
    first = places(made["lines"][0])
    assert first[:, 1] == pytest.approx([2.0, 2.0 + 590 * 0.0005], abs=2e-4)
    assert made["from_s"] == NOW_S - 20_000
    assert made["to_s"] == NOW_S


def test_drones_are_not_in_the_carpet(tmp_path: Path) -> None:
    flown(tmp_path, 3, 100, kind="drone")
    assert json.loads(Weaver(tmp_path).carpet(NOW_S))["lines"] == []


def test_without_history_it_is_empty(tmp_path: Path) -> None:
    assert json.loads(Weaver(tmp_path).carpet(NOW_S)) == {"from_s": NOW_S, "to_s": NOW_S, "lines": []}


@pytest.mark.parametrize("cap_bytes", [20_000, 4_000, 1_000])
def test_it_never_weighs_more_than_it_may(tmp_path: Path, cap_bytes: int) -> None:
    flown(tmp_path, 40, 1200, wander=0.003)
    made = Weaver(tmp_path, cap_bytes).carpet(NOW_S)
    assert cap_bytes * 0.3 < len(made) <= cap_bytes


def test_it_is_kept_for_some_minutes(tmp_path: Path) -> None:
    flown(tmp_path, 1, 100)
    weaver = Weaver(tmp_path)
    before = weaver.carpet(NOW_S)
    flown(tmp_path, 5, 100)
    assert weaver.carpet(NOW_S + 599.0) is before
    assert len(json.loads(weaver.carpet(NOW_S + 600.0))["lines"]) == 5


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(-2000, 2000), st.integers(-2000, 2000)), min_size=2, max_size=40),
    error=st.sampled_from([1.0, 16.0, 300.0]),
)
def test_no_point_is_farther_from_the_simplified_line_than_allowed(
    points: list[tuple[int, int]], error: float
) -> None:
    line = np.array(points, dtype=np.int64)
    kept = simplified(line, error)
    assert (kept[0] == line[0]).all()
    assert (kept[-1] == line[-1]).all()
    shrink = np.array([1.0, np.cos(np.radians(line[0, 0] / UNIT))])
    away = [
        min(apart(p, a, b) for a, b in zip(kept * shrink, kept[1:] * shrink, strict=False))
        for p in line * shrink
    ]
    assert max(away) <= error + 1e-6


def apart(p: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Distance of a point from a stretch."""
    length2 = float((b - a) @ (b - a))
    part = min(max(float((p - a) @ (b - a)) / length2, 0.0), 1.0) if length2 else 0.0
    return float(np.hypot(*(p - a - part * (b - a))))
