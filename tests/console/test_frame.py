"""Frames: the columns, read back as a browser reads them, are the picture."""

from typing import Any

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.console import frame, message
from beffroi.flight import Flight, PathPoint
from beffroi.observation import Operator
from beffroi.picture import Bearing, Picture
from beffroi.scene import NOW_S, claim, scene, site
from beffroi.sign import FlightEffect
from beffroi.site import Source
from beffroi.track import CLASSES
from served import DRONE

TYPES = {
    "id": "<i4", "lat": "<i4", "lon": "<i4", "alt": "<i2", "climb": "<i2", "speed": "<u2", "course": "<u2",
    "major": "<u2", "minor": "<u2", "turned": "u1", "kind": "u1", "flags": "u1", "age": "<u2",
}  # fmt: skip
AWAY = st.floats(-300_000, 300_000)
MAYBE = st.floats(-400, 15_000) | st.just(np.nan)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "x_m": AWAY, "y_m": AWAY, "vx_mps": st.floats(-300, 300), "vy_mps": st.floats(-300, 300),
            "alt_m": MAYBE, "climb_mps": st.floats(-60, 60) | st.just(np.nan),
            "var_x_m2": st.floats(1, 1e6), "var_y_m2": st.floats(1, 1e6),
            "confirmed": st.booleans(), "coasting": st.booleans(), "on_ground": st.booleans(),
            "measured_s": st.floats(NOW_S - 9000, NOW_S) | st.just(np.nan), "kind": st.sampled_from(CLASSES),
            "callsign": st.text(max_size=30),
        }
    ),
    max_size=30,
)  # fmt: skip


def read(picture: Picture, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The frame as it comes out of the socket, and its columns."""
    sent = message.packed(frame.frame(picture, more.pop("at", site()), message.Alarms(), **more))
    said: dict[str, Any] = msgspec.msgpack.decode(sent)
    return said, {name: np.frombuffer(said["tracks"][name], dtype) for name, dtype in TYPES.items()}


def test_a_hair_west_of_north_is_north() -> None:
    _, c = read(scene([DRONE | {"x_m": 0.0, "vx_mps": -0.001, "vy_mps": 100.0}]).now)
    assert c["course"].tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_columns_are_the_picture(rows: list[dict[str, Any]]) -> None:
    picture = scene(rows).now
    said, c = read(picture)
    t, at = picture.tracks, np.flatnonzero(picture.tracks.confirmed)
    assert said["n"] == len(at) == len(c["id"])
    assert c["id"].tolist() == t.id[at].tolist()
    x, y = picture.plane.forward(c["lat"] * 1e-7, c["lon"] * 1e-7)
    assert np.allclose(x, t.x_m[at], atol=0.05)
    assert np.allclose(y, t.y_m[at], atol=0.05)
    near(c["alt"], t.alt_m[at], 1.0, frame.ABSENT_I2)
    near(c["climb"], t.climb_mps[at], 0.1, frame.ABSENT_I2)
    near(c["speed"], t.speed_mps[at], 0.1, None)
    assert np.all((c["course"] < 36_000) | (c["course"] == frame.ABSENT_U2))
    assert np.array_equal(c["course"] == frame.ABSENT_U2, t.speed_mps[at] < frame.STILL_MPS)
    assert np.all(c["major"] >= c["minor"])
    assert [frame.KINDS[k] for k in c["kind"]] == [t.one_kind(int(i)) for i in at]
    assert np.array_equal(c["flags"] & frame.MEASURED > 0, np.isfinite(t.measured_s[at]))
    assert np.array_equal(c["flags"] & frame.COASTING > 0, t.coasting[at])
    assert np.array_equal(c["flags"] & frame.ON_GROUND > 0, t.on_ground[at])
    age = NOW_S - t.measured_s[at]
    near(c["age"], np.where(age < 6553, age, 6553.5), 0.1, frame.ABSENT_U2)


def near(column: Any, values: Any, unit: float, absent: int | None) -> None:
    """Each value is in the column to half its unit; NaN is `absent`."""
    known = np.isfinite(values)
    assert np.all(np.abs(column[known].astype(float) * unit - values[known]) <= unit * 0.51)
    assert absent is None or np.all(column[~known] == absent)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_names_stay_with_their_tracks(names: list[str]) -> None:
    said, _ = read(scene([{"callsign": name} for name in names]).now)
    shown = said["tracks"]["names"].split("\n")
    assert len(shown) == len(names)
    assert all(s.isprintable() and len(s) <= 24 for s in shown)
    assert all(s == n for s, n in zip(shown, names, strict=True) if n.isprintable() and len(n) <= 24)


def test_the_ellipse_is_turned_as_it_lies() -> None:
    """Long from south-west to north-east; and from east to west."""
    rows: list[dict[str, Any]] = [
        {"var_x_m2": 500.0, "var_y_m2": 500.0, "cov_xy_m2": 400.0}, {"var_x_m2": 900.0, "var_y_m2": 100.0}
    ]  # fmt: skip
    _, c = read(scene(rows).now)
    assert (c["turned"].astype(float) * 180 / 256).tolist() == [45.0, 90.0]
    assert (c["major"].tolist(), c["minor"].tolist()) == ([30, 30], [10, 10])


def test_a_course_is_true_not_of_the_grid() -> None:
    """300 km east the grid is turned by 2.8 degrees against north."""
    picture = scene([{"x_m": 300_000.0, "vy_mps": 100.0}]).now
    _, c = read(picture)
    lat, lon = picture.lat_lon(0)
    true = -float(picture.plane.convergence_deg(lat, lon)) % 360
    assert abs(true) > 2
    assert abs(c["course"][0] * 0.01 - true) < 0.01


def test_what_is_simulated_late_or_protected_is_flagged() -> None:
    here = site(
        source=tuple(
            Source(id=name, format="asterix", link="udp://127.0.0.1:1", period_s=1.0, simulated=name == "toy")
            for name in ("radar", "toy")
        ),
        protected=("icao24:abcdef",),
    )
    rows: list[dict[str, Any]] = [{"id": 1}, {"id": 2}, {"id": 3, "identity": "icao24:abcdef"}, {"id": 4}]
    picture = scene(rows, at=here).now
    picture.heard = {
        1: {"toy": NOW_S},
        2: {"toy": NOW_S, "radar": NOW_S},
        3: {"radar": NOW_S},
        4: {"radar": NOW_S - 2.5},
    }
    _, c = read(picture, at=here)
    flags = [frame.SIMULATED, frame.PROTECTED, frame.LATE]
    assert [[bool(f & flag) for flag in flags] for f in c["flags"]] == [
        [True, False, False], [False, False, False], [False, True, False], [False, False, True]
    ]  # fmt: skip


def test_bearings_are_true_and_only_the_latest_of_each() -> None:
    rows = [
        Bearing(time_s=NOW_S - age, source="radar", x_m=200_000.0, y_m=0.0, azimuth_deg=10.0 + age,
                sigma_deg=3.0, track=-1, frame=b"")
        for age in (20.0, 2.0, 1.0)
    ]  # fmt: skip
    picture = scene(bearings=rows).now
    said, _ = read(picture)
    (line,) = said["bearings"]
    turn = float(picture.plane.convergence_deg(line["lat_deg"], line["lon_deg"]))
    assert line["time_s"] == NOW_S - 1.0
    assert abs((line["azimuth_deg"] - (11.0 - turn) + 180) % 360 - 180) < 1e-9
    assert (line["track"], line["range_m"]) == (None, 15_000.0)


def test_paths_are_those_of_the_flights_that_signs_concern() -> None:
    point = PathPoint(time_s=NOW_S, x_m=0.0, y_m=1000.0, sigma_m=5.0)
    flights = [Flight(subject=f"icao24:00000{n}", track=n, phase="arrival", path=(point,)) for n in (1, 2)]
    said, _ = read(scene(flights=flights).now, concerned={"icao24:000002"})
    (path,) = said["flights"]
    assert path["track"] == 2
    assert path["path"][0][3] is None


def test_where_an_operator_stands_is_not_in_a_frame() -> None:
    where = Operator(lat_deg=48.7012345, lon_deg=2.4054321)
    picture = scene(
        [{"id": 7}], claims=[claim("uas:1588E0123", 7, operator=where, lat_deg=48.72, lon_deg=2.38)]
    ).now
    said, _ = read(picture)
    assert "48.701" not in str(said)
    assert "2.4054" not in str(said)


def test_five_thousand_tracks_fit() -> None:
    rows = [{"id": i, "x_m": i * 10.0, "callsign": f"AFR{i:04d}X"} for i in range(5000)]
    picture = scene(rows).now
    assert len(message.packed(frame.frame(picture, site(), message.Alarms()))) <= 250_000


def test_an_effect_is_told_with_its_time() -> None:
    effect = FlightEffect(callsign="AFR1", subject="track:3", in_s=59.0, distance_m=100.0, probability=0.5)
    said = message.Effect.of(effect, NOW_S, 3)
    assert (said.at_s, said.track, said.vertical_m) == (NOW_S + 59.0, 3, None)
