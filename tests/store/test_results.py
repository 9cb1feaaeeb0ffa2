"""Results: a row for each confirmed track every 5 s and at its end, a row for each change of a sign."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from beffroi.errors import StoreError
from beffroi.picture import Picture
from beffroi.scene import scene
from beffroi.store.results import Results, cut
from beffroi.track import Track
from made import START_S, sign


def picture(at_s: float, *rows: dict[str, Any], **more: Any) -> Picture:
    return msgspec.structs.replace(scene(rows).now, now_s=START_S + at_s, **more)


def written(directory: Path, pictures: list[Picture]) -> list[Track]:
    with Results(directory) as results:
        for each in pictures:
            results.add(each, ())
    lines = (directory / "tracks.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(row, type=Track) for row in lines]


def test_a_track_has_a_row_every_five_seconds_and_one_at_its_end(tmp_path: Path) -> None:
    there = [picture(t / 4, {"x_m": 100.0 * t}) for t in range(50)]  # to 12.25 s
    gone = [picture(t / 4) for t in range(50, 60)]
    rows = written(tmp_path, there + gone)
    assert [row.time_s - START_S for row in rows] == [5.0, 10.0, 12.25]
    assert {row.track for row in rows} == {1}


def test_a_track_that_is_there_at_the_end_of_the_run_ends_with_it(tmp_path: Path) -> None:
    rows = written(tmp_path, [picture(t / 4, {}, {"id": 7}) for t in range(10)])
    assert [(row.track, row.time_s - START_S) for row in rows] == [(1, 2.25), (7, 2.25)]


def test_what_is_not_confirmed_has_no_row(tmp_path: Path) -> None:
    assert written(tmp_path, [picture(t, {"confirmed": False}) for t in range(20)]) == []


def test_the_last_row_keeps_words_that_the_picture_has_swept(tmp_path: Path) -> None:
    words = {"callsigns": {1: "AFR12"}, "squawks": {1: ("1000", None)}}
    rows = written(tmp_path, [picture(0, {}, **words), picture(1, {}), picture(2)])
    assert [(row.time_s - START_S, row.callsign, row.squawk) for row in rows] == [(1.0, "AFR12", "1000")]


def test_a_row_holds_what_the_columns_hold() -> None:
    now = picture(0, {"vx_mps": 3.0, "vy_mps": 4.0, "identity": "uas:X", "alt_m": 120.0, "climb_mps": np.nan})
    row = cut(now, 0)
    assert (row.ground_speed_mps, row.track_deg, row.subject, row.kind) == (5.0, 36.87, "uas:X", "drone")
    assert (row.alt_msl_m, row.climb_mps, row.sigma_m, row.measured) == (120.0, None, 5.0, True)


def test_signs_are_written_as_they_change(tmp_path: Path) -> None:
    changes = (sign(1), sign(1, updates=1))
    with Results(tmp_path) as results:
        results.add(picture(0), changes)
    rows = [json.loads(line) for line in (tmp_path / "signs.jsonl").read_text().splitlines()]
    assert [(row["id"], row["change"]) for row in rows] == [(1, "opened"), (1, "updated")]
    assert rows[0]["params"] == {"zone": "R-1", "time_left_s": None}


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    with Results(tmp_path) as results:
        results.add(picture(0), (sign(1, params={"distance_m": np.float64(3.5), "near": np.bool_(True)}),))
    assert json.loads((tmp_path / "signs.jsonl").read_text())["params"] == {"distance_m": 3.5, "near": True}


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Results(tmp_path / "file")
