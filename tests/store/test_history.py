"""History: what was, each second; whole hours as one file; found again by time and box."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from beffroi.errors import StoreError
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG, scene
from beffroi.site import Store
from beffroi.store.history import History, read_history

START_S = 472_222 * 3600.0  # a full hour


def picture(at_s: float, *rows: dict[str, Any], **more: Any) -> Picture:
    return msgspec.structs.replace(scene(rows).now, now_s=START_S + at_s, **more)


def fill(directory: Path, seconds: range, *, tracks: int = 3) -> History:
    history = History(directory)
    for second in seconds:
        rows = [{"x_m": 1000.0 * i + second, "vx_mps": 1.0, "kind": "aircraft"} for i in range(tracks)]
        for quarter in range(4):
            history.add(picture(second + quarter / 4, *rows))
    history.write(history.take())
    return history


def test_what_was_is_found_by_time(tmp_path: Path) -> None:
    fill(tmp_path, range(60)).close()
    found = read_history(tmp_path, START_S + 10, START_S + 20)
    assert found["track"].tolist() == [1] * 10 + [2] * 10 + [3] * 10
    assert found["time_s"][:10].tolist() == [START_S + s for s in range(10, 20)]
    assert found["kind"].tolist() == ["aircraft"] * 30
    assert np.isnan(found["alt_msl_m"]).all()
    assert found["ground_speed_mps"].tolist() == [1.0] * 30


def test_and_by_place(tmp_path: Path) -> None:
    fill(tmp_path, range(5)).close()
    east = picture(0).plane.inverse(1500.0, 0.0)[1]
    box = (LAT_DEG - 0.1, LON_DEG - 0.1, LAT_DEG + 0.1, float(east))
    assert set(read_history(tmp_path, 0, 2e9, box)["track"].tolist()) == {1, 2}
    across = (LAT_DEG - 0.1, float(east), LAT_DEG + 0.1, LON_DEG - 0.1)
    assert set(read_history(tmp_path, 0, 2e9, across)["track"].tolist()) == {3}


def test_values_come_back(tmp_path: Path) -> None:
    history = History(tmp_path)
    row = {"x_m": 812.0, "y_m": -40.0, "vx_mps": -3.0, "vy_mps": 4.0, "alt_m": 321.04, "climb_mps": -2.5,
           "identity": "icao24:4baac6", "on_ground": True, "measured_s": np.nan, "var_x_m2": 9.0,
           "var_y_m2": 9.0}  # fmt: skip
    history.add(picture(0, row, callsigns={1: "THY1"}))
    history.write(history.take())
    history.close()
    found = read_history(tmp_path, START_S, START_S + 1)
    lat, lon = picture(0).plane.inverse(812.0, -40.0)
    assert found["lat_deg"] == pytest.approx([float(lat)], abs=6e-7)
    assert found["lon_deg"] == pytest.approx([float(lon)], abs=6e-7)
    said = {name: column[0] for name, column in found.items()}
    assert (said["icao24"], said["callsign"], said["on_ground"], said["measured"]) == (
        "4baac6",
        "THY1",
        True,
        False,
    )
    numbers = [said[n] for n in ("alt_msl_m", "climb_mps", "ground_speed_mps", "track_deg", "sigma_m")]
    assert numbers == pytest.approx([321.0, -2.5, 5.0, 323.1, 3.0])


def test_what_an_unmanned_aircraft_says_it_is_is_not_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(picture(0, {"identity": "uas:SECRET"}))
    history.write(history.take())
    history.close()
    assert read_history(tmp_path, 0, 2e9)["icao24"].tolist() == [""]
    assert not any(b"SECRET" in path.read_bytes() for path in tmp_path.rglob("*.parquet"))


def test_unconfirmed_tracks_are_not_history(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(picture(0, {"confirmed": False}))
    history.write(history.take())
    history.close()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_empty_columns(tmp_path: Path) -> None:
    found = read_history(tmp_path / "nowhere", 0, 2e9)
    assert {len(column) for column in found.values()} == {0}
    assert found["lat_deg"].dtype == np.float64


def test_an_hour_that_is_over_becomes_one_file(tmp_path: Path) -> None:
    history = fill(tmp_path, range(3590, 3595))
    fill(tmp_path, range(3595, 3605)).close()
    before = read_history(tmp_path, 0, 2e9)
    history.close_hours(START_S + 3600)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["20231114T22Z.parquet", "20231114T23Z"]
    after = read_history(tmp_path, 0, 2e9)
    assert all(np.array_equal(before[n], after[n], equal_nan=before[n].dtype.kind == "f") for n in before)
    assert len(after["track"]) == 45
    history.close()


def test_rows_given_again_are_not_doubled(tmp_path: Path) -> None:
    fill(tmp_path, range(10)).close()
    history = fill(tmp_path, range(30))  # the tail, and more, from the same place
    assert len(read_history(tmp_path, 0, 2e9)["track"]) == 90
    history.close_hours(START_S + 3600)
    fill(tmp_path, range(5, 10)).close()
    assert len(read_history(tmp_path, 0, 2e9)["track"]) == 90
    history.close()


def test_a_run_that_goes_on_from_an_older_checkpoint_replaces_later_parts(tmp_path: Path) -> None:
    for part in (range(10), range(10, 20), range(20, 30)):
        fill(tmp_path, part).close()
    fill(tmp_path, range(10, 40)).close()
    assert len(read_history(tmp_path, 0, 2e9)["track"]) == 120
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_history_is_deleted_by_the_clock(tmp_path: Path) -> None:
    history = fill(tmp_path, range(3595, 3605))
    history.close_hours(START_S + 3600)
    limits = Store(traffic_hours=5)
    assert history.purge(limits, START_S + 5 * 3600 - 1) == []
    assert history.purge(limits, START_S + 5 * 3600) == ["20231114T22Z.parquet"]
    assert history.purge(limits, START_S + 6 * 3600) == ["20231114T23Z"]
    assert list(tmp_path.iterdir()) == []
    history.close()


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    fill(tmp_path, range(3)).close()
    next(tmp_path.rglob("*.parquet")).write_bytes(b"PAR1 no more")
    with pytest.raises(StoreError, match="cannot be read"):
        read_history(tmp_path, 0, 2e9)


def test_a_file_half_written_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, range(3)).close()
    folder = next(p for p in tmp_path.iterdir() if p.is_dir())
    (folder / "1700000000000.parquet.writing").write_bytes(b"PAR1")
    assert len(read_history(tmp_path, 0, 2e9)["track"]) == 9
