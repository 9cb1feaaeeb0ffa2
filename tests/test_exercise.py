"""An exercise beside a real watch: marked in everything, and nothing of it in what is real."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.console import frame, message
from beffroi.errors import DeskError, InputError
from beffroi.life import key
from beffroi.links.cot.shot import Shot
from beffroi.observation import Observation
from beffroi.sign import APART
from beffroi.store.audit import Audit
from beffroi.store.reading import read
from beffroi.store.verdict import judge
from exercised import DRONE, Field
from made import sign

RUNWAY = "runway:06/24"


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def stands(field: Field) -> tuple[str, str | None]:
    now = field.exercises.current
    return ("none", None) if now is None else (now.state, now.why)


def said(field: Field, ticks: list[list[Observation]]) -> list[bytes]:
    """Every byte that the real watch says of these ticks."""
    told = []
    for observations in ticks:
        step = field.tick(observations)
        columns = [getattr(step.picture.tracks, n).tobytes() for n in step.picture.tracks.__struct_fields__]
        told.append(msgspec.json.encode(step.signs) + b"".join(columns))
    return told + [field.watch.state()]


def claims(start_s: float, rows: list[tuple[int, float, float]]) -> list[Observation]:
    """What aircraft say, and what the real radar sees, right through the place of the exercise."""
    return [
        Observation(
            source="radar" if n % 3 == 0 else "adsb", kind="plot" if n % 3 == 0 else "claim",
            time_s=start_s, received_at_s=start_s, frame=bytes([n]) * 16,
            subject=None if n % 3 == 0 else f"icao24:40000{n}", alt_msl_m=150.0 + n,
            lat_deg=48.7233 + north, lon_deg=2.3794 + east,
        )
        for n, north, east in rows
    ]  # fmt: skip


ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), max_size=5
)  # fmt: skip


@settings(max_examples=4, deadline=None)
@given(rows=st.lists(ROWS, min_size=30, max_size=30))
def test_the_real_watch_is_the_same_with_and_without(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[int, float, float]]]
) -> None:
    """Byte for byte, whatever flies through the exercise."""
    told = []
    for with_exercise in (False, True):
        field = Field(tmp_path_factory.mktemp("field"))
        start_s = field.clock.now_s()
        if with_exercise:
            field.exercises.start("short", "sam")
        told.append(said(field, [claims(start_s + 1 + i, r) for i, r in enumerate(rows)]))
        if with_exercise:
            assert stands(field)[0] in ("running", "paused")
        field.close()
    assert told[0] == told[1]


def test_everything_that_comes_of_it_is_marked(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(40)
    found = field.signs()
    assert "low_slow_small" in {s.rule for s in found}
    assert all(s.exercise and s.id > APART for s in found)
    figures = field.desk.alarms(field.clock.now_s())
    assert (figures.urgent, figures.high, figures.notice, figures.open, figures.in_10_min) == (0, 0, 0, 0, 0)
    assert figures.loudest is None
    assert figures.exercise == len(found)
    assert all(case.exercise for case in field.work.cases())
    assert [len(case.sightings) for case in field.work.cases()] == [1]
    key_of = key(found[0])
    field.desk.act(key_of, "acknowledge", "ana")
    log = Audit(field.records, field.clock.now_s, field.directory)
    acted = [e for _, e in log.entries(0, 100) if e.subject == f"sign:{key_of}"]
    assert [e.exercise for e in acted] == [True]
    assert not judge(field.records).faults


def test_its_tracks_are_marked_in_the_frame_beside_the_real_ones(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(25)
    step = field.tick()
    assert len(step.picture.tracks) == 0
    seen = field.exercises.seen
    assert seen is not None
    told = frame.frame(step.picture, field.site, message.Alarms(), exercise=seen)
    assert told.n == 1
    assert np.frombuffer(told.tracks["id"], "<i4")[0] > APART
    assert told.tracks["flags"][0] & frame.EXERCISE
    assert told.tracks["flags"][0] & frame.SIMULATED
    assert all(line.source.startswith("exercise:") for line in told.bearings)
    assert frame.frame(step.picture, field.site, message.Alarms()).n == 0


def test_nothing_of_it_reaches_the_tower_or_responders(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(40)
    case = field.work.cases()[0]
    assert case.exercise
    with pytest.raises(DeskError, match="exercise"):
        field.work.proposed(case.key, "en")
    with pytest.raises(DeskError, match="exercise"):
        field.work.tell_tower(case.key, "drone", "ana")
    standing = field.desk.standing()[1]
    assert any(s.sign.priority == "high" for s in standing)
    real = field.tick().picture
    for simulated in (False, True):
        shot = Shot(real, field.site, standing, simulated=simulated)
        assert shot.chosen("all") == []
        assert shot.left_out == 0, "it does not even see them"
    seen = field.exercises.seen
    assert seen is not None
    assert Shot(seen[0], field.site, standing, simulated=False).chosen("all") == [], "nor if it were given"


def test_an_exercise_and_what_is_real_share_no_case(field: Field) -> None:
    field.tick(more=[sign(1, lat_deg=48.726, lon_deg=2.386, time_s=field.clock.now_s())])
    real = field.work.open("ana", "supervisor", sign=key(sign(1)))
    field.exercises.start("short", "sam")
    field.play(40)
    assert field.work.case(real.key).signs == real.signs
    drill = next(s for s in field.signs() if s.exercise)
    apart = field.work.of_sign(key(drill)) or field.work.open("ana", "supervisor", sign=key(drill))
    assert apart.exercise
    with pytest.raises(DeskError):
        field.work.act(real.key, "join", "ana", sign=key(drill))
    with pytest.raises(DeskError):
        field.work.act(real.key, "merge", "ana", other=apart.key)


def test_a_real_urgent_sign_pauses_it_at_once(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(30)
    before = field.exercises.seen
    assert before is not None
    field.tick(more=[sign(1, priority="urgent")])
    assert stands(field) == ("paused", "urgent")
    assert field.exercises.seen is None
    drill = [s for s in field.signs() if s.exercise]
    assert drill
    assert all(s.over_at_s is not None for s in drill)
    count = len(field.desk.events(0, 500))
    field.play(5)
    assert len(field.desk.events(0, 500)) == count, "nothing more comes of it"
    with pytest.raises(DeskError, match="urgent"):
        field.exercises.resume("sam")
    field.desk.act(key(sign(1)), "acknowledge", "ana")
    field.exercises.resume("sam")
    field.tick(more=[sign(1, priority="urgent", updates=1)])
    field.play(25)
    assert stands(field) == ("running", None), "the same sign is no news"
    assert [s for s in field.signs() if s.exercise and s.over_at_s is None]
    scored = field.exercises.scored()
    assert scored is not None
    assert scored.played_s == pytest.approx(30 - 1 + 26 - 1, abs=2.0), "its time stood still"
    with pytest.raises(DeskError, match="running"):
        field.exercises.resume("sam")


def test_none_begins_while_a_real_urgent_sign_waits(field: Field) -> None:
    field.tick(more=[sign(1, priority="urgent")])
    with pytest.raises(DeskError, match="urgent"):
        field.exercises.start("short", "sam")
    field.desk.act(key(sign(1)), "acknowledge", "ana")
    field.exercises.start("short", "sam")
    with pytest.raises(DeskError, match="there is one"):
        field.exercises.start("short", "sam")


def test_it_ends_with_a_score(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(40)
    drill = next(s for s in field.signs() if s.rule == "low_slow_small")
    field.desk.act(key(drill), "acknowledge", "ana")
    field.play(5)
    case = field.work.of_sign(key(drill))
    if case is None:
        case = field.work.open("ana", "supervisor", sign=key(drill))
    evidence = [f"sign:{key(drill)}"]
    field.work.act(
        case.key, "phase", "ana", "supervisor", phase="confirmed", reason="seen", evidence=evidence
    )
    field.play(5)
    field.work.decide(RUNWAY, "suspended", "ana", "supervisor", why="drone", case=case.key)
    field.play(100)
    now = field.exercises.current
    assert now is not None
    assert (now.state, now.why) == ("ended", "over")
    scored = field.exercises.scored()
    assert scored is not None
    (mark,) = scored.score
    opened_s = mark.seen_s
    assert opened_s is not None
    assert 0.0 <= opened_s < 30.0
    began_s = now.began_s + 1.0
    assert mark.noticed_s == pytest.approx(began_s + 40 - 1 - began_s - 5.0)
    assert mark.noticed_s is not None
    assert mark.confirmed_s == pytest.approx(mark.noticed_s + 5.0)
    assert mark.decided_s == pytest.approx(mark.noticed_s + 10.0)
    folder = next((field.directory / "exercises").iterdir())
    assert msgspec.json.decode((folder / "score.json").read_bytes())["score"][0]["sign"] == "low_slow_small"
    assert all(s.over_at_s is not None for s in field.signs())
    field.exercises.stop("sam")
    assert field.exercises.current is None
    assert field.signs() == []


def test_what_it_rests_on_is_in_a_log_of_its_own(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(20)
    drill = field.signs()
    field.exercises.stop("sam")
    folder = next((field.directory / "exercises").iterdir())
    kept = [o for batch in read(folder / "log") for o in batch.observations]
    assert {o.source for o in kept} >= {"exercise:radar", "exercise:remote_id", "exercise:sapient"}
    assert all(o.source.startswith("exercise:") for o in kept)
    for found in drill:
        cited = {e for r in found.reasons for e in r.evidence if e.startswith("frame:")}
        there = {f"frame:{digest.hex()}" for digest in field.records.evidence(found)}
        assert cited <= there


def test_what_a_restart_cut_off_is_over(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(40)
    assert any(s.over_at_s is None for s in field.signs())
    field.records.close()
    field.open()
    assert field.signs()
    assert all(s.over_at_s is not None and s.exercise for s in field.signs())
    assert field.exercises.current is None


def test_two_exercises_never_share_a_track(field: Field) -> None:
    subjects = []
    for _ in range(2):
        field.exercises.start("short", "sam")
        field.play(30)
        subjects.append({s.subject for s in field.signs()})
        field.exercises.stop("sam")
        field.exercises.stop("sam")
    assert subjects[0]
    assert not subjects[0] & subjects[1]


def test_who_does_what_is_in_the_audit_log(field: Field) -> None:
    field.exercises.start("short", "sam")
    field.play(3)
    field.exercises.pause("sam")
    field.exercises.resume("sam")
    field.tick(more=[sign(1, priority="urgent")])
    field.exercises.stop("sam")
    field.settle()
    log = Audit(field.records, field.clock.now_s, field.directory)
    found = [(e.action, e.by, e.purpose) for _, e in log.entries(0, 100) if "exercise" in e.action]
    assert found == [
        ("exercise.start", "sam", ""), ("exercise.pause", "sam", "person"), ("exercise.resume", "sam", ""),
        ("exercise.pause", "", "urgent"), ("exercise.end", "sam", "person"),
    ]  # fmt: skip


def test_only_what_is_offered_can_be_played(field: Field) -> None:
    assert [o.scenario for o in field.exercises.offers()] == ["drone", "short"]
    for name in ("../short", "/etc/passwd", "short.toml", ""):
        with pytest.raises(DeskError, match="no such exercise"):
            field.exercises.start(name, "sam")
    (field.directory / "scenarios" / "bad.toml").write_text(DRONE.replace("duration_s", "durations"))
    assert "durations" in (field.exercises.offers()[0].wrong or "")
    with pytest.raises(InputError, match="durations"):
        field.exercises.start("bad", "sam")
    assert field.exercises.current is None
