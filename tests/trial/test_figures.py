"""Figures: tracks and reports made by hand round a target that flies east at 10 m/s for 60 s."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.trial import course, figures, runs, words
from beffroi.trial.course import Course
from beffroi.trial.runs import Reports, Tracks
from beffroi.trial.truth import Target
from flown import BEGIN_S, PLANE, made_target

FEW = settings(max_examples=40, deadline=None)
DRONE, BIRD = runs.CODES.index("drone"), runs.CODES.index("bird")


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
    assert got.tracked == 1.0
    assert got.horizontal_m.mean == pytest.approx(d, abs=1e-6)
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
    assert (got.switches, got.breaks, got.tracked) == (1, 0, 1.0)
    assert got.continuity == pytest.approx(41 / 61)


def test_each_pass_through_the_volume_counts_from_its_own_entry() -> None:
    """East for 60 s and back; the sensor sees what is within 205 m of the begin."""
    there = made_target(seconds=60)
    lat, lon = (np.concatenate([c, c[::-1][1:]]) for c in (there.lat_deg, there.lon_deg))
    at = BEGIN_S + np.arange(len(lat), dtype=np.float64)
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
    assert [got.class_unknown, got.class_wrong] == pytest.approx([6 / 61, 6 / 61])
    assert (got.time_to_identify_s, got.identified) == ([12.0], 1)
    assert [got.identity_none, got.identity_wrong] == pytest.approx([11 / 61, 20 / 61])
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
    assert [got.lag_s, got.lag_sigma_s] == pytest.approx([2.5, 0.0], abs=1e-6)
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


# ---- In words


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
