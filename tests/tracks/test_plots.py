"""Files of plots: read with care, tracked without being told more."""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest

from beffroi.errors import PlotError
from beffroi.kernels.geodesy import Plane
from beffroi.tracks.plots import period, read, track_plots


def text(rows: Sequence[tuple[float, ...]], header: str = "time_s,x_m,y_m") -> str:
    return "\n".join([header, *(",".join(repr(float(v)) for v in row) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("time_s,x_m\n1,2\n", "line 1"),
        ("", "line 1"),
        ("time_s,x_m,y_m\n0,1,2\n0,one,2\n", "line 3"),
        ("time_s,x_m,y_m\n0,1\n", "line 2"),
        ("time_s,x_m,y_m\n0,1,nan\n", "line 2"),
        ("time_s,x_m,y_m\n0,1,inf\n", "line 2"),
        ("time_s,x_m,y_m\n0,,5\n", "line 2"),
        ("time_s,lat_deg,lon_deg\n0,1,2\n\n1,91,2\n", "line 4"),
        ("time_s,lat_deg,lon_deg,alt_m\n0,1,2,high\n", "line 2"),
    ],
)
def test_a_bad_row_is_named(body: str, line: str) -> None:
    with pytest.raises(PlotError) as bad:
        read(body)
    assert bad.value.place == line
    assert bad.value.reason


def test_rows_may_come_in_any_order_with_other_columns() -> None:
    plots = read("id,y_m,time_s,x_m\na,2,5,1\nb,20,4,10\n")
    assert plots.time_s.tolist() == [4.0, 5.0]
    assert plots.x_m.tolist() == [10.0, 1.0]


def test_a_file_without_rows_gives_no_tracks() -> None:
    assert track_plots("time_s,x_m,y_m\n").rows == []


def test_one_row_for_each_confirmed_track_at_each_scan_time() -> None:
    rng = np.random.default_rng(1)
    rows = [(2.0 * k, 20.0 * k + d[0], 3000.0 * i + d[1]) for k in range(30) for i in range(3)
            for d in [rng.normal(0, 5, 2)]]  # fmt: skip
    table = track_plots(text(rows), 5.0)
    assert table.columns == ("time_s", "track_id", "x_m", "y_m", "vx_mps", "vy_mps")
    last = [row for row in table.rows if row[0] == 58.0]
    assert len(last) == 3
    for row in last:
        assert row[2] == pytest.approx(20.0 * 29, abs=10.0)
        assert row[4] == pytest.approx(10.0, abs=1.0)
    parsed = list(csv.DictReader(io.StringIO(table.csv())))
    assert len(parsed) == len(table.rows)
    assert parsed[-1]["track_id"] == str(int(table.rows[-1][1]))


def test_geographic_plots_give_geographic_tracks() -> None:
    plane = Plane.at(48.7, 2.4)
    rows = []
    for k in range(25):
        lat, lon = plane.inverse(1000.0 + 60.0 * k, -500.0)
        rows.append((float(k), float(lat), float(lon), 300.0 + 5.0 * k))
    table = track_plots(text(rows, "time_s,lat_deg,lon_deg,alt_m"), 10.0)
    assert table.columns[6:] == ("lat_deg", "lon_deg", "alt_m")
    end = table.rows[-1]
    assert end[6] == pytest.approx(rows[-1][1], abs=1e-4)
    assert end[7] == pytest.approx(rows[-1][2], abs=1e-4)
    assert end[8] == pytest.approx(420.0, abs=5.0)
    assert end[4] == pytest.approx(60.0, abs=1.0)


def test_a_missing_altitude_is_absent() -> None:
    body = "time_s,lat_deg,lon_deg,alt_m\n" + "".join(f"{k},48.7,{2.4 + 0.0005 * k},\n" for k in range(12))
    table = track_plots(body)
    assert table.rows
    assert all(np.isnan(row[8]) for row in table.rows)
    assert table.csv().splitlines()[1].endswith(",")


@pytest.mark.parametrize("period_s", [0.5, 1.0, 4.0])
def test_the_time_between_scans_is_found(period_s: float) -> None:
    rng = np.random.default_rng(5)
    start, speed = rng.uniform(-20e3, 20e3, (60, 2)), rng.normal(0, 60, (60, 2))
    phase = rng.uniform(0, period_s, 60)
    rows = []
    for k in range(20):
        at = period_s * k + phase
        rows += [(t, *(p + v * t)) for t, p, v in zip(at.tolist(), start, speed, strict=True)]
    assert period(read(text(rows))) == pytest.approx(period_s, rel=0.02)


@pytest.mark.parametrize("speed_mps", [0.0, 1.0, 5.0])
def test_the_time_between_scans_is_found_where_things_hover(speed_mps: float) -> None:
    rng = np.random.default_rng(4)
    base, heading = rng.uniform(-5000, 5000, (20, 2)), rng.uniform(0, 2 * np.pi, 20)
    way = speed_mps * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    rows = []
    for k in range(60):
        seen = base + 2.0 * k * way + rng.normal(0, 10.0, (20, 2))
        rows += [(2.0 * k, x, y) for x, y in seen[rng.random(20) < 0.95].tolist()]
    assert period(read(text(rows))) == pytest.approx(2.0)


def test_the_same_file_gives_the_same_bytes() -> None:
    rng = np.random.default_rng(2)
    rows = [(float(k), *rng.uniform(-2000, 2000, 2)) for k in range(20) for _ in range(40)]
    assert track_plots(text(rows)).csv() == track_plots(text(rows)).csv()
