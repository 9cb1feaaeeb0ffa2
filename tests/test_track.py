"""Tracks as columns: speed, course, kind; absent is absent."""

import numpy as np
import pytest

from beffroi.scene import columns
from beffroi.track import CLASSES


def test_speed_and_course_of_each_track() -> None:
    t = columns([{"vx_mps": 3.0, "vy_mps": 4.0}, {"vx_mps": -1.0}, {"vy_mps": -2.0}])
    assert t.speed_mps == pytest.approx([5.0, 1.0, 2.0])
    assert t.track_deg == pytest.approx([np.degrees(np.arctan2(3, 4)), 270.0, 180.0])


def test_the_likeliest_class_counts_where_it_is_likely_enough() -> None:
    t = columns([{"kind": "bird"}, {"kind": "drone"}, {"kind": "drone"}])
    t.class_p[2] = 1.0 / len(CLASSES)
    assert t.kind == ["bird", "drone", "unknown"]
    assert [t.one_kind(i) for i in range(3)] == t.kind
    assert t.class_sum(("bird", "drone")) == pytest.approx([0.9, 0.9, 2.0 / len(CLASSES)])
    assert t.class_sum(()) == pytest.approx([0.0, 0.0, 0.0])


def test_no_track_is_no_column() -> None:
    t = columns([])
    assert len(t) == 0
    assert t.kind == []
    assert t.speed_mps.shape == t.class_sum(CLASSES).shape == (0,)
