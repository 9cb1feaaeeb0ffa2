"""The tracker follows what is there, and is not led astray by what is said."""

import numpy as np
import pytest

from beffroi.kernels.columns import pack, unpack
from beffroi.track import CLASSES, F, TrackColumns
from beffroi.tracks.scan import Scan, Sensor, positions
from beffroi.tracks.tracker import State, Tracker

RADAR = Sensor(id="radar", sees_all=True, period_s=1.0, x_m=0.0, y_m=0.0, range_max_m=50_000.0)
REMOTE_ID = Sensor(id="rid", measured=False)
ADSB = Sensor(id="adsb", measured=False)


def plot(time_s: float, x_m: float, y_m: float, sigma_m: float = 10.0) -> Scan:
    return positions(np.array([time_s]), np.array([x_m]), np.array([y_m]), sigma_m)


def claim(time_s: float, x_m: float, y_m: float, who: int, v: tuple[float, float] | None = None) -> Scan:
    scan = plot(time_s, x_m, y_m, 5.0)
    scan.identity = np.array([who])
    if v is not None:
        scan.vx_mps, scan.vy_mps, scan.var_v_m2ps2 = np.array([v[0]]), np.array([v[1]]), np.array([1.0])
    return scan


def merged(*scans: Scan) -> Scan:
    names = [n for n in Scan.__struct_fields__ if getattr(scans[0], n) is not None]
    return Scan(**{n: np.concatenate([getattr(s, n) for s in scans]) for n in names})


def sure(columns: TrackColumns) -> list[int]:
    return [int(i) for i, c in zip(columns.id, columns.confirmed, strict=True) if c]


def at(columns: TrackColumns, track: int) -> int:
    return int(np.flatnonzero(columns.id == track)[0])


def noise(seed: int, count: int, sigma_m: float = 10.0) -> F:
    return np.random.default_rng(seed).normal(0.0, sigma_m, (count, 2))


def crowd(seed: int, k: int) -> Scan:
    """Twenty straight targets, some missed, and clutter."""
    rng = np.random.default_rng([seed, k])
    start = np.random.default_rng(seed).uniform(-4000, 4000, (20, 2))
    speed = np.random.default_rng(seed + 1).normal(0, 20, (20, 2))
    seen = (start + speed * k)[rng.random(20) < 0.9]
    xy = np.concatenate([seen + rng.normal(0, 10, seen.shape), rng.uniform(-5000, 5000, (15, 2))])
    return positions(np.full(len(xy), float(k)), xy[:, 0].copy(), xy[:, 1].copy(), 10.0)


def test_a_tracker_restored_from_bytes_goes_on_exactly_the_same() -> None:
    one = Tracker()
    for k in range(12):
        one.scan(crowd(4, k), RADAR)
        one.scan(claim(k + 0.5, 100.0 * k, 50.0, 7, (100.0, 0.0)), ADSB)
    two = Tracker(state=unpack(pack(one.state), State))
    for k in range(12, 24):
        assert one.scan(crowd(4, k), RADAR).tolist() == two.scan(crowd(4, k), RADAR).tolist()
        assert pack(one.columns(k + 0.3)) == pack(two.columns(k + 0.3))
    assert pack(one.state) == pack(two.state)


def test_looking_at_the_columns_changes_nothing() -> None:
    tracker = Tracker()
    for k in range(5):
        tracker.scan(crowd(4, k), RADAR)
    before = pack(tracker.state)
    tracker.columns(7.7)
    assert pack(tracker.state) == before


def test_a_forged_remote_id_does_not_capture_a_radar_track() -> None:
    tracker = Tracker()
    for k in range(60):
        x, y = 2000.0 + 15.0 * k, 3000.0
        tracker.scan(plot(k, x + noise(1, 60)[k, 0], y + noise(1, 60)[k, 1]), RADAR)
        # It begins on the track and steals away to the north, 6 m/s at first.
        drift = max(k - 15, 0) * 6.0
        tracker.scan(claim(k + 0.4, x + 6.0, y + drift, 42, (15.0, 6.0 if drift else 0.0)), REMOTE_ID)
    c = tracker.columns(59.0)
    held = [i for i in range(len(c)) if c.confirmed[i] and 59.0 - c.measured_s[i] < 3.0]
    assert len(held) == 1
    assert np.hypot(c.x_m[held[0]] - (2000.0 + 15.0 * 59), c.y_m[held[0]] - 3000.0) < 25.0
    claimed = [i for i in range(len(c)) if c.confirmed[i] and not 59.0 - c.measured_s[i] < 3.0]
    assert [int(c.identity[i]) for i in claimed] == [42]
    assert c.y_m[claimed[0]] - 3000.0 > 150.0


def test_a_claim_far_from_the_sensed_track_of_its_name_is_a_track_of_its_own() -> None:
    tracker = Tracker()
    for k in range(20):
        tracker.scan(plot(k, 1000.0 + 20 * k, 0.0), RADAR)
        far = 0.0 if k < 8 else 3000.0
        tracker.scan(claim(k + 0.5, 1010.0 + 20 * k, far, 5), ADSB)
    c = tracker.columns(20.0)
    assert len(sure(c)) == 2
    assert sorted(np.round(c.y_m[c.confirmed], -3).tolist()) == [0.0, 3000.0]


def test_two_names_are_two_tracks_even_in_one_place() -> None:
    tracker, ids = Tracker(), set()
    for k in range(20):
        pair = merged(claim(k, 100.0 * k, 0.0, 1), claim(k, 100.0 * k + 15.0, 0.0, 2))
        ids.add(tuple(tracker.scan(pair, ADSB).tolist()))
    c = tracker.columns(19.0)
    assert len(ids) == 1
    assert sorted(int(i) for i in c.identity[c.confirmed]) == [1, 2]


def test_a_claim_that_agrees_names_the_sensed_track_and_does_not_move_it() -> None:
    alone, both = Tracker(), Tracker()
    for k in range(25):
        shaken = noise(3, 25)[k]
        for tracker in (alone, both):
            tracker.scan(plot(k, 30.0 * k + shaken[0], 500.0 + shaken[1]), RADAR)
        both.scan(claim(k + 0.3, 30.0 * (k + 0.3), 500.0, 9, (30.0, 0.0)), ADSB)
    a, b = alone.columns(24.0), both.columns(24.0)
    assert len(sure(b)) == 1
    i = at(b, sure(b)[0])
    assert b.identity[i] == 9
    assert b.sensors[i] == 1
    np.testing.assert_allclose([b.x_m[i], b.y_m[i]], [a.x_m[0], a.y_m[0]], atol=1e-6)


def test_two_radars_see_one_object_as_one_track() -> None:
    other = Sensor(id="other", sees_all=True, period_s=4.0, x_m=9000.0, y_m=0.0)
    tracker = Tracker()
    for k in range(40):
        tracker.scan(plot(k, 40.0 * k + noise(5, 40)[k, 0], noise(5, 40)[k, 1]), RADAR)
        if k % 4 == 2:
            t = k + 0.3
            tracker.scan(plot(t, 40.0 * t + 3 * noise(6, 40)[k, 0], 3 * noise(6, 40)[k, 1], 30.0), other)
    c = tracker.columns(39.0)
    assert len(sure(c)) == 1
    assert c.sensors[at(c, sure(c)[0])] == 2


def test_a_late_plot_is_used_and_an_old_one_is_not() -> None:
    tracker, second = Tracker(), Sensor(id="slow", period_s=10.0)
    for k in range(10):
        tracker.scan(plot(k, 50.0 * k, 0.0), RADAR)
    before = tracker.columns(9.0)
    late = tracker.scan(plot(7.5, 50.0 * 7.5, 4.0, 3.0), second)
    after = tracker.columns(9.0)
    assert late.tolist() == [int(before.id[0])]
    assert after.var_y_m2[0] < before.var_y_m2[0]
    assert 0.0 < after.y_m[0] - before.y_m[0] < 4.0
    assert abs(after.x_m[0] - 450.0) < 10.0
    old = tracker.scan(plot(6.5, 50.0 * 6.5, 0.0), second)
    assert old.tolist() != late.tolist()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_plots_of_one_group_are_taken_at_their_own_times(order: tuple[int, int]) -> None:
    tracker = Tracker()
    for k in range(12):
        times = np.array([k, k + 0.45])[list(order)]
        y = np.array([0.0, 5000.0])[list(order)]
        tracker.scan(positions(times, 200.0 * times, y, 10.0), RADAR)
    c = tracker.columns(12.0)
    assert len(sure(c)) == 2
    np.testing.assert_allclose(c.x_m, 2400.0, atol=1.0)
    np.testing.assert_allclose(c.vx_mps, 200.0, atol=1.0)


def test_a_drone_that_hovers_unseen_is_coasted_where_it_stopped() -> None:
    doppler = Sensor(
        id="doppler", sees_all=True, period_s=1.0, x_m=0.0, y_m=0.0, range_max_m=1e4, blind_mps=2.0
    )
    tracker, ids = Tracker(), []
    for k in range(110):
        moving = min(k, 40) + max(k - 90, 0)
        x, y = 3000.0 - 12.0 * moving, 1000.0
        if k <= 40 or k > 90:
            ids.append(
                int(tracker.scan(plot(k, x + noise(8, 110)[k, 0], y + noise(8, 110)[k, 1]), doppler)[0])
            )
        else:
            tracker.look(float(k), doppler)
        if k == 90:
            c = tracker.columns(90.0)
            i = at(c, ids[-1])
            assert c.coasting[i]
            assert np.hypot(c.x_m[i] - x, c.y_m[i] - y) < 250.0
    assert len(set(ids)) == 1


def test_a_fast_aircraft_that_is_gone_is_dropped() -> None:
    tracker = Tracker()
    for k in range(20):
        tracker.scan(plot(k, 150.0 * k, 0.0), RADAR)
    for k in range(20, 28):
        tracker.look(float(k), RADAR)
    assert len(tracker.columns(28.0)) == 0


def test_silence_beyond_the_range_of_a_sensor_proves_nothing() -> None:
    near = Sensor(id="near", sees_all=True, period_s=1.0, x_m=0.0, y_m=0.0, range_max_m=3000.0)
    tracker = Tracker()
    for k in range(20):
        tracker.scan(plot(k, 3500.0 + 30 * k, 0.0), RADAR)
        tracker.look(k + 0.5, near)
    c = tracker.columns(20.0)
    assert c.confirmed.tolist() == [True]
    assert not c.coasting[0]


def test_a_turning_radar_that_gives_sectors_keeps_its_tracks() -> None:
    radar = Sensor(id="asr", sees_all=True, period_s=4.0, x_m=0.0, y_m=0.0)
    rng, tracker, ids = np.random.default_rng(1), Tracker(), dict[int, set[int]]()
    start, speed = rng.uniform(-20e3, 20e3, (30, 2)), rng.normal(0, 80, (30, 2))
    for tick in range(1, 4 * 120):
        time_s = tick / 4
        there = start + speed * time_s
        beam = np.floor((np.arctan2(there[:, 0], there[:, 1]) % (2 * np.pi)) / (2 * np.pi) * 16)
        seen = np.flatnonzero((beam == tick % 16) & (rng.random(30) < 0.95))
        if not len(seen):
            tracker.look(time_s, radar)
            continue
        xy = there[seen] + rng.normal(0, 40, (len(seen), 2))
        got = tracker.scan(
            positions(np.full(len(seen), time_s), xy[:, 0].copy(), xy[:, 1].copy(), 40.0), radar
        )
        for who, track in zip(seen.tolist(), got.tolist(), strict=True):
            if time_s > 40:
                ids.setdefault(who, set()).add(track)
    assert np.mean([len(v) for v in ids.values()]) < 1.4
    assert abs(len(sure(tracker.columns(120.0))) - 30) <= 2


def test_one_bearing_begins_nothing_and_two_that_cross_do() -> None:
    ears = [Sensor(id=f"ear{k}", x_m=x, y_m=0.0, range_max_m=5000.0) for k, x in enumerate((0.0, 2000.0))]
    tracker = Tracker()

    def bearing(time_s: float, ear: Sensor, x: float, y: float) -> Scan:
        scan = plot(time_s, ear.x_m, ear.y_m)
        scan.bearing = np.array([True])
        scan.azimuth_rad = np.array([np.arctan2(x - ear.x_m, y - ear.y_m)])
        scan.azimuth_sigma_rad = np.array([0.01])
        return scan

    for k in range(5):
        assert tracker.scan(bearing(k, ears[0], 1000.0, 1500.0 + 5 * k), ears[0]).tolist() == [-1]
    assert len(tracker.columns(5.0)) == 0
    for k in range(5, 25):
        for ear in ears:
            tracker.scan(bearing(k, ear, 1000.0, 1500.0 + 5 * k), ear)
    c = tracker.columns(24.0)
    assert len(sure(c)) == 1
    i = at(c, sure(c)[0])
    assert np.hypot(c.x_m[i] - 1000.0, c.y_m[i] - 1620.0) < 30.0


def test_a_bearing_sharpens_a_track_across_its_line() -> None:
    coarse = Sensor(id="coarse", sees_all=True, period_s=1.0)
    ear = Sensor(id="ear", x_m=0.0, y_m=-2000.0)
    tracker = Tracker()
    for k in range(8):
        tracker.scan(plot(k, 0.0, 0.0, 100.0), coarse)
    before = tracker.columns(7.0)
    scan = plot(7.0, 0.0, -2000.0)
    scan.bearing, scan.azimuth_rad = np.array([True]), np.array([0.0])
    scan.azimuth_sigma_rad = np.array([0.005])
    assert tracker.scan(scan, ear).tolist() == before.id.tolist()
    after = tracker.columns(7.0)
    assert after.var_x_m2[0] < 0.2 * before.var_x_m2[0]
    assert after.var_y_m2[0] == pytest.approx(before.var_y_m2[0], rel=0.01)


def test_two_that_cross_at_different_heights_keep_their_tracks() -> None:
    tracker, ids = Tracker(), set()
    for k in range(41):
        x = np.array([100.0 * (k - 20), -100.0 * (k - 20)])
        scan = positions(np.full(2, float(k)), x, np.array([0.0, 8.0]), 15.0)
        scan.z_m, scan.var_z_m2 = np.array([1000.0, 1300.0]), np.full(2, 20.0**2)
        ids.add(tuple(tracker.scan(scan, RADAR).tolist()))
    assert len(ids) == 1
    c = tracker.columns(40.0)
    np.testing.assert_allclose(sorted(c.alt_m), [1000.0, 1300.0], atol=5.0)


def test_absent_height_is_absent() -> None:
    tracker = Tracker()
    for k in range(5):
        tracker.scan(plot(k, 10.0 * k, 0.0), RADAR)
    c = tracker.columns(5.0)
    assert np.isnan(c.alt_m).all()
    assert np.isnan(c.climb_mps).all()
    assert np.isnan(c.claimed_s).all()
    assert c.identity.tolist() == [-1]


def test_a_fast_aircraft_is_found_though_no_speed_is_given() -> None:
    tracker = Tracker()
    for k in range(8):
        tracker.scan(plot(k, 230.0 * k + noise(2, 8)[k, 0], noise(2, 8)[k, 1]), RADAR)
    c = tracker.columns(7.0)
    assert len(sure(c)) == 1
    assert abs(c.vx_mps[at(c, sure(c)[0])] - 230.0) < 15.0


def test_speed_and_words_make_the_class() -> None:
    tracker = Tracker()
    words = np.log(np.full((2, len(CLASSES)), 0.05))
    words[1, CLASSES.index("drone")] = 0.0
    words[0] = 0.0
    for k in range(20):
        scan = positions(np.full(2, float(k)), np.array([140.0 * k, 8.0 * k]), np.array([0.0, 4000.0]), 10.0)
        scan.class_log = words
        tracker.scan(scan, RADAR)
    c = tracker.columns(19.0)
    assert c.kind == ["aircraft", "drone"]
    np.testing.assert_allclose(c.class_p.sum(1), 1.0)


def test_an_old_place_said_again_is_no_new_measurement() -> None:
    tracker = Tracker()
    for k in range(30):
        real = 100.0 * (k if k < 15 or k % 3 == 0 else k - k % 3)
        tracker.scan(claim(k, real, 0.0, 3, (100.0, 0.0)), ADSB)
    c = tracker.columns(29.0)
    assert len(sure(c)) == 1
    assert abs(c.vx_mps[at(c, sure(c)[0])] - 100.0) < 10.0


def test_clutter_and_detection_are_learnt() -> None:
    rng, tracker = np.random.default_rng(3), Tracker()
    start, speed = rng.uniform(-4000, 4000, (40, 2)), rng.normal(0, 15, (40, 2))
    for k in range(60):
        seen = (start + speed * k)[rng.random(40) < 0.8]
        xy = np.concatenate(
            [seen + rng.normal(0, 10, seen.shape), rng.uniform(-5000, 5000, (rng.poisson(60), 2))]
        )
        tracker.scan(positions(np.full(len(xy), float(k)), xy[:, 0].copy(), xy[:, 1].copy(), 10.0), RADAR)
    memory = tracker.state.sensors["radar"]
    assert memory.hits / memory.looks == pytest.approx(0.8, abs=0.03)
    area_m2 = 1e8
    assert memory.counts.sum() / memory.scans / area_m2 == pytest.approx(60 / area_m2, rel=0.25)


def test_tracks_are_merged_once_a_second_though_groups_come_out_of_order() -> None:
    tracker, other = Tracker(), Sensor(id="other", sees_all=True, period_s=1.0)
    checks = []
    for k in range(40):
        for radar, time_s in ((RADAR, 0.25 * k), (other, 0.25 * k - 0.1)):
            tracker.scan(plot(time_s, 1000.0, 500.0), radar)
            checks.append(tracker.state.merged_s)
    merged_s = np.unique(checks)
    assert len(merged_s) > 5
    assert (np.diff(merged_s[np.isfinite(merged_s)]) >= 1.0).all()
    assert (np.diff(checks[1:]) >= 0).all()
