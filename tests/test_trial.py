"""A trial: truth from loggers, figures that follow from it, and sensors made from a real flight."""

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flown
from beffroi.errors import InputError, LinkError, PlotError, StoreError, UseError
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.site import Place, Site, Source
from beffroi.site import read as read_site
from beffroi.store.log import Log
from beffroi.trial import Terms, Trial, course, figures, page, report, rows, run, runs, trial, truth, words
from beffroi.trial.course import Course
from beffroi.trial.runs import Reports, Tracks
from beffroi.trial.truth import Target
from sapient_made import CAMERA
from shared import DATA, needs_data

FLIGHT = DATA / "uav-gps-flight" / "UAV_Rot.csv"
FEW = settings(max_examples=40, deadline=None)
NONE = np.zeros(0, np.int64)
DRONE, BIRD = runs.CODES.index("drone"), runs.CODES.index("bird")


def flight(seconds: int = 240, name: str = "quad") -> Target:
    """The beginning of the real flight."""
    whole = truth.read([FLIGHT])[0]
    columns = ("time_s", "lat_deg", "lon_deg", "alt_msl_m", "alt_wgs84_m")
    return msgspec.structs.replace(whole, name=name, **{c: getattr(whole, c)[:seconds] for c in columns})


def saved(path: Path, *targets: Target) -> Path:
    path.write_text(flown.gpx(targets))
    return path


# ---- Truth


def text_file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@needs_data
def test_the_real_flight_is_read_as_its_logger_wrote_it() -> None:
    (target,) = truth.read([FLIGHT])
    assert (target.name, target.kind, len(target.time_s)) == ("UAV_Rot", "drone", 965)
    assert (target.lat_deg[0], target.lon_deg[0], target.alt_msl_m[0]) == (
        50.2973285,
        -30.89102916666667,
        708.0,
    )
    assert target.time_s[0] == 1575888575.0  # 2019-12-09 10:49:35 UTC
    assert target.time_s[-1] - target.time_s[0] == 964.0
    assert np.isnan(target.alt_wgs84_m).all()


@needs_data
def test_the_same_flight_as_gpx_is_the_same(tmp_path: Path) -> None:
    (csv_target,), (gpx_target,) = truth.read([FLIGHT]), truth.read([saved(tmp_path / "f.gpx", flight(965))])
    for column in ("time_s", "lat_deg", "lon_deg", "alt_msl_m"):
        np.testing.assert_array_equal(getattr(csv_target, column), getattr(gpx_target, column))


def test_columns_of_truth_have_their_own_datum_class_and_target(tmp_path: Path) -> None:
    table = "time,lat_deg,lon_deg,alt_wgs84_m,target,class\n"
    table += (
        "2026-03-01T13:00:00+01:00,48.7,2.3,130,a,drone\n2026-03-01T12:00:00Z,48.8,2.4,,glider-1,glider\n"
    )
    a, b = truth.read([text_file(tmp_path / "t.csv", table)])
    assert (a.name, a.kind, b.name, b.kind) == ("a", "drone", "glider-1", "glider")
    assert a.time_s[0] == b.time_s[0] == 1772366400.0
    assert (a.alt_wgs84_m[0], np.isnan(a.alt_msl_m[0]), np.isnan(b.alt_wgs84_m[0])) == (130.0, True, True)


def test_a_target_named_by_a_key_is_expected_under_it() -> None:
    assert made_target(name="uas:1588E040445AC004418").subject == "uas:1588E040445AC004418"
    assert [made_target(name=n).subject for n in ("quad", "uas:", "what:x")] == [None, None, None]


HEAD = "time_s,lat_deg,lon_deg,alt_m\n"
BAD = {
    "no time": ("lat_deg,lon_deg\n1,2\n", "line 1: needs the columns"),
    "no place": ("time_s,lat_deg\n1,2\n", "line 1: needs the columns"),
    "a word": (HEAD + "1,48,2,\n2,x,2,\n", "line 3: lat_deg is 'x', not a number"),
    "off the earth": (HEAD + "1,48,2,\n\n2,91,2,\n", "line 4: lat_deg is 91, not between"),
    "not a number": (HEAD + "1,nan,2,\n", "line 2: lat_deg is nan"),
    "empty place": (HEAD + "1,,2,\n", "line 2: lat_deg and lon_deg must be given"),
    "short row": (HEAD + "1,48\n", "line 2: lat_deg and lon_deg must be given"),
    "no date": ("time,lat,lon\nyesterday,48,2\n", "line 2: time is 'yesterday', not ISO 8601"),
    "infinite time": (HEAD + "inf,48,2,\n", "line 2: time_s is inf"),
    "two places": (HEAD + "1,48,2,\n1,48.1,2,\n", "line 3: t is at two places at one time .*line 2"),
    "no class": ("time_s,lat,lon,class\n1,48,2,ufo\n", "class 'ufo' is none of"),
    "two classes": ("time_s,lat,lon,class\n1,48,2,bird\n2,48,2,drone\n", "several classes: bird, drone"),
    "no rows": (HEAD, "holds no fix"),
    "no xml": ("<gpx><trk></gpx>", "line 1: this is no XML"),
    "other xml": ("<kml/>", "this is <kml>, not <gpx>"),
    "empty gpx": ("<gpx/>", "holds no fix"),
    "no time in gpx": ('<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>', "trkpt 1: has no time"),
    "bad place in gpx": (
        '<gpx><trk><trkseg><trkpt lat="1" lon="200"><time>2026-03-01T12:00:00Z</time></trkpt></trkseg></trk></gpx>',
        "trk 1, trkpt 1: latitude 1.0, longitude 200.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_bad_row_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlotError, match=said):
        truth.read([text_file(tmp_path / "t.csv", text)])


def test_an_entity_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    with pytest.raises(PlotError, match="a document type is not read"):
        truth.read([text_file(tmp_path / "t.gpx", f"<?xml version='1.0'?>{bomb}]><gpx>&j;</gpx>")])


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"time_s\xff\n")
    with pytest.raises(InputError, match="byte 6: this is no UTF-8 text"):
        truth.read([tmp_path / "t.csv"])
    with pytest.raises(LinkError, match=r"nothing\.gpx: No such file"):
        truth.read([tmp_path / "nothing.gpx"])


def test_a_fix_that_a_logger_repeats_is_one(tmp_path: Path) -> None:
    (target,) = truth.read([text_file(tmp_path / "t.csv", HEAD + "1,48,2,5\n1,48,2,5\n2,48,2,5\n")])
    assert target.time_s.tolist() == [1.0, 2.0]


@FEW
@given(st.text(max_size=200))
def test_any_table_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        for row in rows.rows("time_s,lat,lon\n" + text, "f"):
            assert abs(row.lat_deg) <= 90
    except PlotError as bad:
        assert re.match(r"f, line \d+", bad.place)


# ---- Figures, on truth and tracks made by hand: a target flies east at 10 m/s for 60 s

PLANE = Plane.at(48.7, 2.3)
BEGIN_S = 1_772_366_400.0


def made_target(
    name: str = "t", x0: float = 0.0, y0: float = 0.0, seconds: int = 60, vx: float = 10.0
) -> Target:
    at = np.arange(seconds + 1.0)
    lat, lon = PLANE.inverse(x0 + vx * at, np.full(len(at), y0))
    nothing = np.full(len(at), np.nan)
    return Target(
        name=name, time_s=BEGIN_S + at, lat_deg=lat, lon_deg=lon, alt_msl_m=np.full(len(at), 100.0),
        alt_wgs84_m=nothing,
    )  # fmt: skip


def made_course(*targets: Target) -> Course:
    end = max(t.time_s[-1] for t in targets)
    return course.course(list(targets), PLANE, np.arange(BEGIN_S, end + 1), None)


def made_tracks(of: Course, *lines: tuple[int, int, float, float], kind: int = DRONE) -> Tracks:
    """Tracks (id, target, dx, dy): each as truth, and so far beside it."""
    pieces = []
    for id, target, dx, dy in lines:
        steps = np.flatnonzero(of.known[target])
        x, y = of.x_m[target, steps] + dx, of.y_m[target, steps] + dy
        pieces.append(np.vstack([steps, np.full(len(steps), id), x, y, of.z_m[target, steps]]))
    all_of = np.hstack(pieces) if pieces else np.zeros((5, 0))
    all_of = all_of[:, np.argsort(all_of[0], kind="stable")]
    step, id_ = all_of[:2].astype(np.int64)
    many = np.full(len(step), kind)
    return Tracks(step=step, id=id_, x_m=all_of[2], y_m=all_of[3], z_m=all_of[4], kind=many,
                  subject=np.full(len(step), -1), subjects=[])  # fmt: skip


def only(tracks: Tracks, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Tracks:
    columns = {c: getattr(tracks, c)[keep] for c in Tracks.__struct_fields__ if c != "subjects"}
    return Tracks(**columns, subjects=tracks.subjects)


def tracking(tracks: Tracks, of: Course, gate_m: float = 50.0, **volume: float) -> figures.Tracking:
    inside = course.volume(of, (volume["x_m"], 0.0), volume["range_m"]) if volume else of.known
    found = figures.followed(tracks, of, gate_m)
    return figures.tracking(tracks, found, of, of.passes(inside), range(len(of.targets)), 1)


def test_perfect_tracks_give_perfect_figures() -> None:
    of = made_course(made_target("a"), made_target("b", y0=500))
    got = tracking(made_tracks(of, (1, 0, 0, 0), (2, 1, 0, 0)), of)
    assert (got.seconds, got.tracked, got.continuity) == (122.0, 1.0, 1.0)
    assert (got.breaks, got.switches, got.tracks_per_target) == (0, 0, 1.0)
    assert (got.time_to_track_s, got.time_to_identify_s) == ([0.0, 0.0], [0.0, 0.0])
    assert got.horizontal_m is not None
    assert got.vertical_m is not None
    assert (got.horizontal_m.p95, got.vertical_m.p95, got.vertical_bias_m) == (0.0, 0.0, 0.0)
    assert (got.tracks, got.false_tracks, got.false_tracks_per_sensor_hour) == (2, 0, 0.0)
    assert (got.class_right, got.class_wrong, got.class_unknown) == (1.0, 0.0, 0.0)


@FEW
@given(st.floats(0, 40), st.floats(0, 360))
def test_tracks_beside_truth_by_d_have_an_error_of_d(d: float, towards_deg: float) -> None:
    of = made_course(made_target())
    dx, dy = d * np.sin(np.radians(towards_deg)), d * np.cos(np.radians(towards_deg))
    got = tracking(made_tracks(of, (1, 0, dx, dy)), of)
    assert got.horizontal_m is not None
    assert (got.tracked, got.horizontal_m.mean) == (1.0, pytest.approx(d, abs=1e-6))
    assert got.horizontal_m.p95 == pytest.approx(d, abs=1e-6)


@FEW
@given(st.integers(1, 58), st.data())
def test_a_dropped_interval_breaks_the_track(begin: int, data: st.DataObject) -> None:
    of, end = made_course(made_target()), data.draw(st.integers(begin + 1, 60))
    whole = made_tracks(of, (1, 0, 0, 0))
    got = tracking(only(whole, (whole.step < begin) | (whole.step >= end)), of)
    assert got.tracked == pytest.approx((61 - (end - begin)) / 61)
    assert got.continuity == pytest.approx(max(begin, 61 - end) / 61)
    assert (got.breaks, got.switches) == (1, 0)


def test_tracks_beyond_the_gate_are_false_and_the_target_has_none() -> None:
    of = made_course(made_target())
    got = tracking(made_tracks(of, (1, 0, 0, 51)), of)
    assert (got.tracked, got.continuity, got.time_to_track_s, got.horizontal_m) == (0.0, 0.0, [None], None)
    assert (got.false_tracks, got.false_target_tracks, got.false_at_a_time) == (1, 1, 1.0)
    assert got.sensor_hours == pytest.approx(61 / 3600)
    assert got.false_tracks_per_sensor_hour == pytest.approx(3600 / 61)


def test_a_second_track_on_a_target_is_double_not_false() -> None:
    of = made_course(made_target())
    got = tracking(made_tracks(of, (1, 0, 0, 0), (2, 0, 10, 0)), of)
    assert (got.tracks, got.double_tracks, got.false_tracks, got.tracks_per_target) == (2, 1, 0, 2.0)


def test_a_track_taken_over_is_a_switch_and_no_break() -> None:
    of = made_course(made_target())
    both = made_tracks(of, (1, 0, 0, 0), (2, 0, 0, 0))
    got = tracking(only(both, np.where(both.id == 1, both.step < 20, both.step >= 20)), of)
    assert (got.switches, got.breaks, got.tracked, got.continuity) == (1, 0, 1.0, pytest.approx(41 / 61))


def test_each_pass_through_the_volume_counts_from_its_own_entry() -> None:
    """East for 60 s and back: x from 0 to 600 and to 0 again; the sensor sees what is within 205 m of x = 0."""
    there = made_target(seconds=60)
    lat, lon = (np.concatenate([c, c[::-1][1:]]) for c in (there.lat_deg, there.lon_deg))
    at = BEGIN_S + np.arange(len(lat))
    back = Target(name="t", time_s=at, lat_deg=lat, lon_deg=lon, alt_msl_m=np.full(len(lat), 9.0),
                  alt_wgs84_m=np.full(len(lat), np.nan))  # fmt: skip
    of = made_course(back)
    whole = made_tracks(of, (1, 0, 0, 0))
    late = only(whole, (whole.step >= 5) & ((whole.step < 60) | (whole.step >= 103)))
    got = tracking(late, of, x_m=0.0, range_m=205.0)
    assert (got.seconds, got.passes, got.time_to_track_s) == (42.0, 2, [5.0, 3.0])
    assert got.tracked == pytest.approx((42 - 5 - 3) / 42)
    assert got.continuity == pytest.approx((16 + 18) / 42)


def test_a_gap_of_the_logger_is_judged_neither_way() -> None:
    target = made_target(seconds=100)
    columns = ("time_s", "lat_deg", "lon_deg", "alt_msl_m", "alt_wgs84_m")
    holed = {c: np.delete(getattr(target, c), range(30, 50)) for c in columns}
    of, whole = made_course(msgspec.structs.replace(target, **holed)), made_course(target)
    lone = made_tracks(whole, (9, 0, 0, 3000))
    tracks = only(lone, (lone.step > 30) & (lone.step < 45))
    got = tracking(tracks, of)
    assert (got.seconds, got.tracks, got.false_tracks) == (81.0, 1, 0)
    assert tracking(tracks, whole).false_tracks == 1


def test_class_and_identity_are_shares_of_the_tracked_time() -> None:
    of = made_course(made_target("uas:RIGHT"))
    t = made_tracks(of, (1, 0, 0, 0))
    t.kind = np.select([t.step < 6, t.step < 12], [-1, BIRD], DRONE)
    t.subjects, t.subject = ["uas:RIGHT", "uas:OTHER"], np.select([t.step < 11, t.step < 31], [-1, 1], 0)
    got = tracking(t, of)
    assert (got.class_unknown, got.class_wrong) == (pytest.approx(6 / 61), pytest.approx(6 / 61))
    assert (got.time_to_identify_s, got.identified) == ([12.0], 1)
    assert (got.identity_none, got.identity_wrong) == (pytest.approx(11 / 61), pytest.approx(20 / 61))
    assert got.identity_right == pytest.approx(30 / 61)


def test_a_track_that_declares_itself_as_something_else_is_not_false() -> None:
    of = made_course(made_target())
    t = made_tracks(of, (1, 0, 0, 3000))
    t.subjects, t.subject = ["icao24:4baac6"], np.zeros(len(t.step), np.int64)
    assert (tracking(t, of).false_tracks, tracking(t, of).other_tracks) == (0, 1)


def made_reports(of: Course, at_s: list[float], **columns: object) -> Reports:
    """Reports on the only target at times since the begin, one a time, as truth says."""
    time_s = BEGIN_S + np.array(at_s)
    x, y, z = of.truth(time_s)[:, 0]
    size = len(time_s)
    said: dict[str, object] = {
        "time_s": time_s, "received_s": time_s, "x_m": x, "y_m": y, "z_m": z, "var_m2": np.full(size, 100.0),
        "bearing": np.zeros(size, bool), "azimuth_rad": np.full(size, np.nan),
        "azimuth_sigma_rad": np.full(size, np.nan), "said": np.full(size, -1), "claim": np.zeros(size, bool),
        "subject": np.full(size, -1), "own": np.full(size, -1), "subjects": [], "owns": [],
    }  # fmt: skip
    return Reports(**(said | columns))  # type: ignore[arg-type]


def detection(
    reports: Reports, of: Course, period_s: float | None = None, gate_m: float = 50.0
) -> figures.Detection:
    found = figures.seen(reports, of, gate_m)
    return figures.detection(reports, found, of, of.passes(of.known), range(len(of.targets)), period_s)


def test_detection_by_hand() -> None:
    """61 s at a period of 2 s are 30.5 looks; 20 of them found the target, the first 7 s after the begin."""
    of = made_course(made_target())
    got = detection(made_reports(of, [7.0 + 2 * i for i in range(20)]), of, 2.0)
    assert (got.reports, got.on_target, got.false, got.time_to_detect_s) == (20, 20, 0, [7.0])
    assert got.rate == pytest.approx(20 / 30.5)
    assert got.horizontal_m is not None
    assert got.horizontal_m.p95 == pytest.approx(0.0, abs=1e-6)
    assert (got.delay_s, got.class_right, got.bearing_deg) == (None, None, None)


def test_the_period_is_learnt_from_what_is_on_the_target() -> None:
    of = made_course(made_target())
    got = detection(made_reports(of, [0, 3, 6, 12, 15, 18, 18.1, 24]), of)
    assert got.period_s == 3.0
    assert got.rate == pytest.approx(7 / (61 / 3))


def test_reports_count_from_when_they_come() -> None:
    of = made_course(made_target())
    late = made_reports(of, [5, 6, 7])
    late.received_s = late.time_s + np.array([3.0, 1.0, 1.0])
    got = detection(late, of, 1.0)
    assert got.time_to_detect_s == [7.0]  # the second comes first
    assert got.delay_s is not None
    assert got.delay_s.median == 1.0


def test_reports_that_are_old_show_as_a_lag() -> None:
    of, old = made_course(made_target()), made_reports(made_course(made_target()), list(range(60)))
    old.x_m = old.x_m - 25.0
    got = detection(old, of)
    assert (got.lag_s, got.lag_sigma_s) == (pytest.approx(2.5), pytest.approx(0.0, abs=1e-6))
    assert got.measured_sigma_m == pytest.approx(25 / np.sqrt(2))
    assert got.stated_sigma_m == 10.0


def test_reports_elsewhere_are_false_and_those_of_others_are_theirs() -> None:
    of = made_course(made_target())
    reports = made_reports(of, [1, 2, 3, 4])
    reports.y_m = reports.y_m + np.array([0.0, 900.0, 900.0, 5000.0])
    reports.subjects, reports.subject = ["icao24:4baac6"], np.array([-1, -1, -1, 0])
    reports.claim = np.array([False, False, False, True])
    got = detection(reports, of, 1.0)
    assert (got.on_target, got.false, got.others) == (1, 2, 1)
    assert got.false_per_sensor_hour == pytest.approx(2 / (61 / 3600))
    of.others = [(BEGIN_S + np.array([0.0, 5.0]), np.array([[0.0, 50.0], [900.0, 900.0]]))]
    assert detection(reports, of, 1.0).others == 3


def test_what_declares_itself_where_a_target_is_is_that_target() -> None:
    of = made_course(made_target())
    mine = made_reports(
        of, list(range(60)), claim=np.ones(60, bool), subjects=["uas:X"], subject=np.zeros(60, int)
    )
    away = msgspec.structs.replace(mine, y_m=mine.y_m + 9000.0)
    assert course.flew(of, [mine], 50.0) == []
    assert len(course.flew(of, [away], 50.0)) == 1


def test_a_bearing_is_on_the_target_within_three_of_its_sigmas() -> None:
    """The sensor stands 1 km south of the begin; the target flies east along y = 0."""
    of = made_course(made_target())
    at = [0.0, 10.0, 20.0]
    towards = np.arctan2(10 * np.array(at), 1000.0) + np.radians([0.0, 2.9, 3.1])
    reports = made_reports(
        of, at, x_m=np.zeros(3), y_m=np.full(3, -1000.0), bearing=np.ones(3, bool),
        azimuth_rad=towards % (2 * np.pi), azimuth_sigma_rad=np.radians(np.ones(3)),
    )  # fmt: skip
    got = detection(reports, of, 10.0)
    assert (got.on_target, got.false, got.horizontal_m) == (2, 1, None)
    assert got.bearing_deg is not None
    assert got.bearing_deg.mean == pytest.approx(1.45, abs=0.01)


def test_a_sensors_own_tracks_live_between_their_reports() -> None:
    of = made_course(made_target())
    reports = made_reports(
        of, [0, 2, 4, 40, 42, 44, 50], own=np.array([0, 0, 0, 0, 0, 0, 1]), owns=["7", "8"]
    )
    tracks = runs.own_tracks(reports, of.at_s)
    assert tracks is not None
    assert tracks.step.tolist() == [0, 1, 2, 3, 4, 40, 41, 42, 43, 44]  # one report alone is no track
    np.testing.assert_allclose(tracks.x_m, of.x_m[0, tracks.step], atol=1e-3)
    assert runs.own_tracks(made_reports(of, [1, 2, 3, 4]), of.at_s) is None


# ---- Whole trials on the real flight


def one(made: Trial, line: str) -> figures.Tracking:
    return next(t.all for t in made.report.tracking if t.line == line)


@needs_data
def test_a_table_of_plots_is_judged_as_the_sensor_was_made(tmp_path: Path) -> None:
    target = flight(600)
    made = flown.plots(
        target, seed=1, sigma_m=12.0, detection_p=0.8, false_per_look=0.05, blind_s=(0.0, 20.0)
    )
    plots = flown.write_csv(tmp_path / "radar.csv", target, made, delay_s=0.1)
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", target)], None, Terms(sigma_m=12.0))
    (d,) = got.report.detection
    false = sum(p.own != 1 for p in made)
    assert (d.label, d.all.reports) == ("radar", len(made))
    assert d.all.on_target == pytest.approx(len(made) - false, abs=3)
    assert d.all.false == pytest.approx(false, abs=3)
    assert d.all.period_s == 1.0
    assert d.all.rate == pytest.approx(0.8 * 580 / 600, abs=0.05)
    assert d.all.time_to_detect_s[0] == pytest.approx(20.1, abs=3.0)
    assert d.all.measured_sigma_m == pytest.approx(12.0, rel=0.1)
    assert d.all.vertical_bias_m == pytest.approx(0.0, abs=2.0)
    assert d.all.delay_s is not None
    assert d.all.delay_s.median == pytest.approx(0.1, abs=1e-6)
    assert d.all.lag_s == pytest.approx(0.0, abs=0.3)
    assert d.all.class_right is not None
    assert d.all.class_right > 0.98
    t = one(got, "radar")
    assert t.tracked is not None
    assert t.tracked > 0.9
    assert t.horizontal_m is not None
    assert d.all.horizontal_m is not None
    assert t.horizontal_m.median < d.all.horizontal_m.median  # a tracker is worth its name


def capture(tmp_path: Path, target: Target, *, json: bool = False) -> Path:
    made = flown.plots(target, seed=2, sigma_m=10.0)
    messages = [
        *flown.messages(target, made),
        *flown.bearings(target, CAMERA, seed=3, sigma_deg=2.0, place_m=(-500.0, -500.0)),
    ]
    return flown.write_capture(tmp_path / ("s.json" if json else "s.bin"), messages, json=json)


@needs_data
def test_a_sapient_capture_of_two_nodes_is_judged_node_by_node_and_together(tmp_path: Path) -> None:
    target = flight()
    got = trial([str(capture(tmp_path, target))], [saved(tmp_path / "t.gpx", target)])
    finder, radar = (d.all for d in got.report.detection)
    assert radar.measured_sigma_m == pytest.approx(10.0, rel=0.15)
    assert radar.rate == pytest.approx(0.9, abs=0.06)
    assert finder.horizontal_m is None
    assert finder.bearing_deg is not None
    assert np.degrees(np.radians(finder.bearing_deg.rms)) == pytest.approx(2.0, rel=0.15)
    assert finder.rate is not None
    assert finder.rate > 0.95
    lines = [t.line for t in got.report.tracking]
    assert lines == ["All together", "s/a8654cdf", "s/a8654cdf, own tracks"]
    own, together = one(got, lines[2]), one(got, lines[0])
    assert own.switches == 0
    assert own.tracked is not None
    assert own.tracked > 0.95
    assert together.tracked is not None
    assert together.tracked > 0.95
    assert together.sensor_hours == pytest.approx(2 * 240 / 3600)
    assert any("bearings alone" in note for note in got.report.notes)


@needs_data
def test_json_and_framed_captures_give_the_same(tmp_path: Path) -> None:
    target = flight(120)
    file = saved(tmp_path / "t.gpx", target)
    framed, as_json = (trial([f"sapient={capture(tmp_path, target, json=j)}"], [file]) for j in (False, True))
    for made in (framed, as_json):
        made.report.logs = []
    assert report.text(framed.report) == report.text(as_json.report)


@needs_data
def test_a_log_of_beffroi_with_its_site_knows_volume_and_delay(tmp_path: Path) -> None:
    target = flight()
    lat, lon = (float(v) for v in flown.plane(target).inverse(0.0, 0.0))
    source = Source(id="radar", format="asterix", link="udp://127.0.0.1:1", lat_deg=lat, lon_deg=lon, range_m=400.0,
                    period_s=1.0, horizontal_sigma_m=10.0, delay_s=0.5)  # fmt: skip
    site = Site(site=Place(name="here", lat_deg=lat, lon_deg=lon), source=(source,))
    made = flown.plots(target, seed=4, sigma_m=10.0)
    with Log(tmp_path / "data" / "log") as log:
        for p in made:
            at, where = p.time_s, flown.plane(target).inverse(p.x_m, p.y_m)
            o = Observation(source="radar", kind="plot", time_s=at, received_at_s=at + 0.5, lat_deg=float(where[0]),
                            lon_deg=float(where[1]), alt_msl_m=p.z_m)  # fmt: skip
            log.append("sensor", [o])
            log.tick(np.ceil((at + 0.5) * 4) / 4)
        log.commit().result()
    got = trial([str(tmp_path / "data")], [saved(tmp_path / "t.gpx", target)], site)
    d = got.report.detection[0].all
    x, y, _ = flown.truth_at(target, got.course.at_s)
    assert one(got, "radar").seconds == pytest.approx((np.hypot(x, y) <= 400.0).sum(), abs=1)
    assert 0 < one(got, "radar").seconds < 240
    assert d.delay_s is not None
    assert d.delay_s.median == pytest.approx(0.5)
    assert d.rate == pytest.approx(0.9, abs=0.07)
    assert not [n for n in got.report.notes if "range" in n]


@needs_data
def test_a_courageous_log_is_judged_by_its_own_tracks(tmp_path: Path) -> None:
    target = flight(120)
    records = []
    for number, p in enumerate(flown.plots(target, seed=5, sigma_m=5.0, detection_p=1.0)):
        lat, lon = (float(v) for v in flown.plane(target).inverse(p.x_m, p.y_m))
        records.append({
            "record_number": number, "time": round(p.time_s * 1000), "classification": "UAV",
            "alarm": {"active": True, "certainty": 1.0},
            "location": {"$type": "Position3d", "lat": lat, "lon": lon, "height_amsl": p.z_m},
        })  # fmt: skip
    here = {"lat": target.lat_deg[0], "lon": target.lon_deg[0], "height_amsl": 700.0}
    document = {
        "version": "0.4.1", "vendor_name": "v", "system_name": "s", "static_cuas_location": here, "detection": [],
        "tracks": [{"uas_id": 3, "records": records}],
    }  # fmt: skip
    (tmp_path / "c.json").write_bytes(msgspec.json.encode(document))
    got = trial([str(tmp_path / "c.json")], [saved(tmp_path / "t.gpx", target)])
    own = one(got, "c/s, own tracks")
    assert (own.tracked, own.continuity, own.false_tracks, own.class_right) == (
        pytest.approx(1.0, abs=0.01),
    ) * 2 + (0, 1.0)


@needs_data
def test_two_targets_are_judged_apart_and_together(tmp_path: Path) -> None:
    a, b = flight(name="a"), flight(name="b")
    b = msgspec.structs.replace(b, lat_deg=b.lat_deg + 0.02)
    plots = flown.write_csv(tmp_path / "p.csv", a, flown.plots(a, seed=6))
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", a, b)])
    d, t = got.report.detection[0], got.report.tracking[0]
    assert (d.targets["a"].on_target, d.targets["b"].on_target) == (d.all.on_target, 0)
    assert (d.all.passes, d.all.detected) == (2, 1)
    assert t.targets["b"].tracked == 0.0
    assert t.all.tracked == pytest.approx((t.targets["a"].tracked or 0.0) / 2)
    text = report.text(got.report)
    assert "(1 of 2 never)" in text
    assert "\nTarget b\n" in text


@needs_data
@pytest.mark.parametrize("off_s", [18, -37])
def test_a_wrong_clock_is_found_and_the_advice_mends_it(off_s: int, tmp_path: Path) -> None:
    target = flight(400)
    plots = str(flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=7)))
    wrong = saved(tmp_path / "t.gpx", msgspec.structs.replace(target, time_s=target.time_s + off_s))
    notes = trial([plots], [wrong], None, Terms(gate_m=40.0)).report.notes
    said = re.search(r"Try --shift-s (-?[\d.]+)", " ".join(notes))
    assert said, notes
    assert float(said[1]) == pytest.approx(-off_s, abs=3.0)
    mended = trial([plots], [wrong], None, Terms(gate_m=40.0, shift_s=float(-off_s)))
    assert not [n for n in mended.report.notes if "clock" in n]


@needs_data
def test_noise_that_is_not_as_stated_is_said(tmp_path: Path) -> None:
    target = flight()
    plots = flown.write_csv(
        tmp_path / "p.csv", target, flown.plots(target, seed=8, sigma_m=15.0), sigma_m="5.0"
    )
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", target)])
    assert got.report.detection[0].all.stated_sigma_m == 5.0
    assert any(re.search(r"its noise is [23]\.\d times what is stated", note) for note in got.report.notes)


@needs_data
def test_logs_of_another_day_are_said_with_both_times(tmp_path: Path) -> None:
    target = flight(60)
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=9))
    other = saved(tmp_path / "t.gpx", msgspec.structs.replace(target, time_s=target.time_s + 86_400))
    with pytest.raises(
        InputError, match=r"logs: they run from 2019-12-09 10:49:35 .* the trial runs from 2019-12-10"
    ):
        trial([str(plots)], [other])


@needs_data
def test_wrong_use_is_said(tmp_path: Path) -> None:
    file = saved(tmp_path / "t.gpx", flight(60))
    strange = text_file(tmp_path / "strange.txt", "what is this\n")
    cases: list[tuple[type[Exception], str, Callable[[], object]]] = [
        (LinkError, "is not there", lambda: trial([str(tmp_path / "no.bin")], [file])),
        (UseError, "no format reads it", lambda: trial([str(strange)], [file])),
        (UseError, "no format 'nonsense'", lambda: trial([f"nonsense={strange}"], [file])),
        (UseError, "ends before it begins", lambda: trial([str(strange)], [file], None, Terms(to_s=1.0))),
        (UseError, "lasts", lambda: trial([str(strange)], [file], None, Terms(from_s=1.0))),
    ]
    for error, said, call in cases:
        with pytest.raises(error, match=said):
            call()
    bad = text_file(
        tmp_path / "p.csv", "time_s,lat_deg,lon_deg\n1575888575,50.2,-30.8\n1575888576,nowhere,-30.8\n"
    )
    with pytest.raises(PlotError, match=r"p\.csv, line 3: lat_deg is 'nowhere'"):
        trial([str(bad)], [file])


# ---- What it leaves


class Tags(HTMLParser):
    """Open tags, and everything that could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.risky: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "br") and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open.append(tag)
        names = {name for name, _ in attrs}
        if tag in ("script", "link", "img", "iframe", "object", "form", "a") or names & {"src", "href"}:
            self.risky.append(tag)
        self.risky += [name for name in names if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = '"><script>alert(1)</script><img src=x onerror=y>\u202e\x07'


@needs_data
def test_the_page_is_whole_and_fetches_and_runs_nothing(tmp_path: Path) -> None:
    target = flight(90, name=HOSTILE.replace("\x07", ""))
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=10), sensor=HOSTILE)
    text = run([str(plots)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    html = (tmp_path / "out" / "trial.html").read_text("utf-8")
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert tags.risky == []
    assert {"svg", "table", "path", "style"} <= tags.seen
    assert "default-src 'none'" in html
    assert "http:" not in html.replace("http-equiv", "")
    assert "https:" not in html
    assert "@import" not in html
    assert "url(" not in html.replace("url(#m", "")
    assert "\x07" not in html + text
    assert "\u202e" not in html + text
    assert "alert(1)" in tags.text  # shown, not run
    for figure in (*words.DETECTION[:2], *words.TRACKING[:3]):
        assert figure.meaning in tags.text


@needs_data
def test_the_record_is_read_again_as_it_was(tmp_path: Path) -> None:
    target = flight(90)
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=11))
    table = run([str(plots)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    raw = (tmp_path / "out" / "trial.json").read_bytes()
    again = msgspec.json.decode(raw, type=report.Report)
    assert report.text(again) == table
    assert again.detection[0].all.horizontal_m is not None
    assert b'"median"' in raw


@needs_data
def test_the_table_fits_a_terminal(tmp_path: Path) -> None:
    target = flight(60)
    made = flown.plots(target, seed=12)
    names = [f"a sensor with a long name {n}" for n in range(6)]
    files = [str(flown.write_csv(tmp_path / f"{n}.csv", target, made, sensor=n)) for n in names]
    text = run(files, [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    assert all(name in text for name in names)
    assert max(map(len, text.splitlines())) <= report.WIDTH


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    target = made_target()
    with (tmp_path / "p.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time_s", "lat_deg", "lon_deg"])
        out.writerows(
            zip(target.time_s.tolist(), target.lat_deg.tolist(), target.lon_deg.tolist(), strict=True)
        )
    with pytest.raises(StoreError, match="cannot be written"):
        run([str(tmp_path / "p.csv")], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")


def test_a_site_is_read_from_its_file(tmp_path: Path) -> None:
    target = made_target()
    site = 'site.name = "x"\nsite.lat_deg = 48.7\nsite.lon_deg = 2.3\n'
    assert read_site(site).site.name == "x"
    with (tmp_path / "p.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time_s", "lat_deg", "lon_deg"])
        out.writerows(
            zip(target.time_s.tolist(), target.lat_deg.tolist(), target.lon_deg.tolist(), strict=True)
        )
    run(
        [str(tmp_path / "p.csv")],
        [saved(tmp_path / "t.gpx", target)],
        tmp_path / "o",
        text_file(tmp_path / "s.toml", site),
    )
    assert msgspec.json.decode((tmp_path / "o" / "trial.json").read_bytes())["site"].endswith("s.toml")


def test_the_document_says_what_each_figure_means() -> None:
    text = (Path(__file__).parents[1] / "docs" / "trial.md").read_text()
    for figure in words.ALL:
        row = f"| {figure.name} | {figure.meaning} | {figure.source} |"
        assert row in text, row


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (float("nan"), "–"), (-0.01, "0.0"), (-1.26, "−1.3"), (12345.6, "12\u202f345.6")],
)
def test_numbers_are_shown_as_people_read_them(value: float | None, shown: str) -> None:
    assert words.number(value) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([], "–"),
        ([None], "never"),
        ([3.0, 1.0, 2.0], "2.0"),
        ([1.0, 2.0], "1.5"),
        ([4.0, None], "4.0 (1 of 2 never)"),
    ],
)
def test_times_of_passes_are_shown_with_those_that_never_were(values: list[float | None], shown: str) -> None:
    assert words.times(values) == shown


def test_the_page_is_made_without_any_line(tmp_path: Path) -> None:
    """A direction finder alone: it has no track, and the page says what there is."""
    of = made_course(made_target())
    empty = made_tracks(of)
    assert tracking(empty, of).tracked == 0.0
    assert page.page  # the page of such a trial is made below, from a capture
