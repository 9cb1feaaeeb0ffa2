"""The window: one track's path out of many, oldest first."""

import numpy as np

from beffroi.scene import NOW_S, scene
from beffroi.window import Block, Path, Window


def block(time_s: float, **x_m: float) -> Block:
    """One moment: where some tracks (`t3=...`) were."""
    number = np.array([int(name[1:]) for name in x_m], dtype=np.int64)
    x = np.array(list(x_m.values()))
    return Block(time_s=time_s, id=number, x_m=x, y_m=-x, alt_m=x + 100.0, speed_mps=np.full(len(x), 5.0))


WINDOW = Window(blocks=[block(0.0, t3=1.0, t4=9.0), block(2.0, t4=9.0), block(4.0, t3=5.0), block(6.0)])


def times(path: Path) -> list[float]:
    return [float(t) for t in path.time_s]


def test_a_path_is_what_one_track_did() -> None:
    path = WINDOW.path(3)
    assert times(path) == [0.0, 4.0]
    assert path.x_m.tolist() == [1.0, 5.0]
    assert path.y_m.tolist() == [-1.0, -5.0]
    assert path.alt_m.tolist() == [101.0, 105.0]
    assert path.speed_mps.tolist() == [5.0, 5.0]


def test_it_begins_when_it_is_asked_to() -> None:
    assert times(WINDOW.path(3, since_s=1.0)) == [4.0]
    assert times(WINDOW.path(3, since_s=4.0)) == [4.0]


def test_a_track_that_never_was_has_an_empty_path() -> None:
    path = WINDOW.path(8)
    assert len(path.time_s) == len(path.x_m) == len(path.alt_m) == 0


def test_a_scene_remembers_what_it_was_given() -> None:
    made = scene([{"id": 2}], paths={2: [(0.0, 0.0), (1.0, 2.0)]})
    path = made.past.path(2)
    assert times(path) == [NOW_S - 4.0, NOW_S - 2.0]
    assert path.y_m.tolist() == [0.0, 2.0]
