"""Exercises as files: laid round any site, seen by their own sensors, and scored."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi import check, signs
from beffroi.errors import FeedError, InputError
from beffroi.kernels.geodesy import Plane, distance_m
from beffroi.links import decoded, decoder
from beffroi.observation import Observation
from beffroi.simulate import exercise
from beffroi.simulate.exercise import SAMPLES, Handled, Mark, Played, Sensors, placed, read, sample, score
from beffroi.simulate.judge import Notice
from beffroi.simulate.scenario import Expect
from beffroi.site import EXERCISE, Place, Site
from exercised import DRONE

START_S = 1_700_049_600.0


def site(lat_deg: float = 48.7233, lon_deg: float = 2.3794, elevation_m: float = 89.0) -> Site:
    return Site(site=Place(name="S", lat_deg=lat_deg, lon_deg=lon_deg, elevation_m=elevation_m, geoid_m=44.0))


def seen(text: str, at: Site, seconds: float, step_s: float = 0.25) -> list[Observation]:
    """What the real decoders make of what its sensors send; every part of it is read."""
    sensors = Sensors(read(text), at, START_S)
    decode, found, now_s = {s.id: decoder(s) for s in sensors.sources}, [], START_S
    while now_s < START_S + seconds:
        for frame in sensors.frames(now_s, now_s + step_s):
            for item in decoded(decode[frame.source], frame.data, frame.at_s, frame.source):
                assert not isinstance(item, FeedError), item
                found.append(item)
        now_s += step_s
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_what_comes_with_the_program_is_right(name: str) -> None:
    made = read(sample(name), signs.names())
    assert any(mover.expect for mover in made.actor)
    assert max(e.after_s + e.within_s for a in made.actor for e in a.expect) < made.duration_s


@given(
    st.floats(-70.0, 70.0), st.floats(-179.0, 179.0), st.floats(-100.0, 3000.0),
    st.floats(-9000.0, 9000.0), st.floats(-9000.0, 9000.0), st.floats(0.0, 300.0),
)  # fmt: skip
def test_it_is_laid_round_any_site(
    lat: float, lon: float, elevation: float, east: float, north: float, height: float
) -> None:
    text = f"""
    name = "x"
    duration_s = 10.0
    [[actor]]
    id = "a"
    path = [ {{ east_m = {east!r}, north_m = {north!r}, height_m = {height!r} }} ]"""
    here = site(lat, lon, elevation)
    (actor,) = placed(read(text), here, Plane.at(lat, lon)).actor
    away_m = float(distance_m(lat, lon, actor.path[0].lat_deg, actor.path[0].lon_deg))
    assert away_m == pytest.approx(math.hypot(east, north), rel=2e-3, abs=1.0)
    assert actor.path[0].alt_msl_m == pytest.approx(elevation + height)


def test_its_sensors_speak_their_real_protocols() -> None:
    found = seen(DRONE, site(), 60.0)
    by = {name: [o for o in found if o.source == f"{EXERCISE}{name}"] for name in
          ("radar", "sapient", "remote_id", "sighting")}  # fmt: skip
    assert all(by.values())
    assert all(o.source.startswith(EXERCISE) for o in found)
    plots = [o for o in by["radar"] if o.kind == "plot"]
    assert np.median([o.range_m for o in plots if o.range_m is not None]) < 1100.0
    assert {o.said_class for o in by["sapient"] if o.kind == "plot"} == {"drone"}
    assert {o.subject for o in by["remote_id"]} == {"uas:EXERCISE0001"}
    assert [(o.report.text if o.report else "") for o in by["sighting"]] == ["one drone"]
    assert all(START_S <= o.received_at_s <= START_S + 60.0 for o in found)


def test_how_it_is_cut_into_ticks_does_not_matter() -> None:
    fine, coarse = seen(DRONE, site(), 20.0, 0.25), seen(DRONE, site(), 20.0, 1.0)
    assert [(o.source, o.frame) for o in fine if o.source != f"{EXERCISE}sapient"] == [
        (o.source, o.frame) for o in coarse if o.source != f"{EXERCISE}sapient"
    ]


def test_what_has_no_serial_says_nothing_of_itself() -> None:
    found = seen(DRONE.replace('serial = "EXERCISE0001"', ""), site(), 30.0)
    assert {o.source for o in found} == {f"{EXERCISE}{n}" for n in ("radar", "sapient", "sighting")}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("duration_s", "durations"), "durations"),
        (("east_m = 900.0", 'east_m = "far"'), "east_m"),
        (("east_m = 900.0", "east_m = 1e9"), "east_m"),
        (('serial = "EXERCISE0001"', 'serial = "<b>"'), "serial"),
        (("low_slow_small", "no_such_sign"), "expect[0].sign"),
        (("[[actor]]", "[actor]"), "actor"),
        (("name =", "name = ="), "TOML"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, change: tuple[str, str], place: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(DRONE.replace(*change))
    with pytest.raises(InputError) as bad:
        check(file, "exercise")
    assert place in str(bad.value)
    file.write_text(DRONE)
    check(file, "exercise")


def test_a_file_in_which_nothing_happens_is_refused() -> None:
    with pytest.raises(InputError, match="nothing happens"):
        read('name = "x"\nduration_s = 1.0')


# --- the score --------------------------------------------------------------------------------------------

EXPECT = Expect(sign="loitering", after_s=30.0, within_s=60.0)


def marked(handled: Handled | None, *pauses: tuple[float, float]) -> Mark:
    notice = Notice(actor="d", sign="loitering", delay_s=1.0, number=7 if handled else None)
    found = {7: ("7-1", handled)} if handled else {}
    (mark,) = score([notice], [EXPECT], found, Played(1000.0, pauses))
    return mark


def test_each_step_counts_from_when_there_was_reason() -> None:
    mark = marked(Handled(1035.0, 1050.0, 1090.0, 1120.0))
    assert (mark.seen_s, mark.noticed_s, mark.confirmed_s, mark.decided_s) == (5.0, 20.0, 60.0, 90.0)


def test_what_did_not_happen_is_absent_and_no_nought() -> None:
    assert marked(None) == Mark(actor="d", sign="loitering")
    mark = marked(Handled(1020.0, None, None, None))
    assert (mark.seen_s, mark.noticed_s, mark.confirmed_s, mark.decided_s) == (0.0, None, None, None)


def test_a_pause_does_not_count() -> None:
    mark = marked(Handled(1035.0, 1050.0, 1190.0, 1220.0), (1060.0, 1160.0))
    assert (mark.seen_s, mark.noticed_s, mark.confirmed_s, mark.decided_s) == (5.0, 20.0, 60.0, 90.0)


@given(
    st.lists(st.floats(0.0, 1000.0), max_size=6).map(sorted),
    st.lists(st.floats(0.0, 2000.0), min_size=2, max_size=2).map(sorted),
)
def test_played_time_never_goes_back_and_never_faster(edges: list[float], times: list[float]) -> None:
    clock = Played(0.0, [*zip(edges[::2], edges[1::2], strict=False)])
    first, second = (clock.at(t) for t in times)
    assert -1e-6 <= second - first <= times[1] - times[0] + 1e-6


def test_the_samples_lie_in_the_package() -> None:
    assert all(exercise.sample(name) for name in SAMPLES)
