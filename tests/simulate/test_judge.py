"""The judge: by hand, what is noticed, missed, accused, false; and it is not fooled by a serial."""

from typing import Any

import msgspec
import pytest

from beffroi.sign import Reason, Sign
from beffroi.simulate.judge import NEAR_M, Judge
from beffroi.simulate.scenario import Actor, Expect, Flock
from beffroi.simulate.world import World
from simulate_made import LAT_DEG, LON_DEG, PLANE, START_S, actor, leg, world

OWN = "1588E0CAL00000001"


def intruder(**more: Any) -> Actor:
    """It flies from west to east at 10 m/s for ten minutes; a zone sign is due at 100 s, within 60."""
    expect = (Expect(sign="zone_intrusion", after_s=100.0, within_s=60.0),)
    said: dict[str, Any] = {"name": "intruder", "expect": expect}
    return actor(leg(0.0, 0.0, speed_mps=10.0), leg(6000.0, 0.0), **(said | more))


def quiet(**more: Any) -> Actor:
    """It does the same 3 km north, as it may."""
    said: dict[str, Any] = {"name": "quiet", "permitted": True}
    return actor(leg(0.0, 3000.0, speed_mps=10.0), leg(6000.0, 3000.0), **(said | more))


def sign(number: int = 1, since_s: float = 110.0, x_m: float = 1100.0, y_m: float = 0.0, **more: Any) -> Sign:
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    said: dict[str, Any] = {
        "change": "opened", "time_s": START_S + since_s, "rule": "zone_intrusion",
        "subject": f"track:{number}", "priority": "high", "opened_at_s": START_S + since_s,
        "reasons": (Reason(code="inside"),), "params": {}, "lat_deg": lat, "lon_deg": lon,
    }  # fmt: skip
    return Sign(id=number, **(said | more))


def judged(here: World, *signs: Sign) -> Judge:
    judge = Judge(here)
    for one in signs:
        judge.take([one])
    return judge


def told(judge: Judge) -> list[tuple[str, str]]:
    return [(v.what, v.about) for v in judge.verdicts.values()]


def test_a_sign_on_the_intruder_in_time_is_noticed() -> None:
    judge = judged(world(intruder()), sign())
    assert told(judge) == [("intended", "intruder")]
    assert [(n.actor, n.sign, n.delay_s) for n in judge.notices] == [("intruder", "zone_intrusion", 10.0)]
    assert judge.missed(START_S + 600.0) == []


@pytest.mark.parametrize(
    ("one", "noticed"),
    [
        (sign(since_s=71.0, x_m=710.0), True),
        (sign(since_s=60.0, x_m=600.0), False),
        (sign(since_s=159.0, x_m=1590.0), True),
        (sign(since_s=170.0, x_m=1700.0), False),
        (sign(rule="loitering"), False),
        (sign(x_m=1100.0 + NEAR_M + 5.0), False),
        (sign(lat_deg=None, lon_deg=None), False),
        (sign(change="over"), False),
    ],
    ids=[
        "a little early",
        "too early",
        "just in time",
        "too late",
        "another rule",
        "elsewhere",
        "nowhere",
        "over",
    ],
)
def test_what_counts_as_noticed(one: Sign, noticed: bool) -> None:
    judge = judged(world(intruder()), one)
    assert (judge.notices[0].delay_s is not None) is noticed
    assert bool(judge.missed(START_S + 600.0)) is not noticed


def test_nothing_is_missed_before_its_time_is_over() -> None:
    judge = Judge(world(intruder()))
    assert judge.missed(START_S + 159.0) == []
    assert [n.actor for n in judge.missed(START_S + 161.0)] == ["intruder"]


def test_an_update_may_be_what_notices() -> None:
    early = sign(since_s=20.0, x_m=200.0)
    later = msgspec.structs.replace(sign(since_s=105.0, x_m=1050.0), change="updated")
    assert judged(world(intruder()), early, later).notices[0].delay_s == 5.0


def test_a_sign_on_a_quiet_thing_accuses_it() -> None:
    judge = judged(world(intruder(), quiet()), sign(y_m=3000.0))
    assert [(v.about, v.rule) for v in judge.accused()] == [("quiet", "zone_intrusion")]
    assert judge.notices[0].delay_s is None


def test_a_sign_on_nothing_is_false() -> None:
    judge = judged(world(intruder(), quiet()), sign(y_m=9000.0))
    assert [v.about for v in judge.false()] == ["track:1"]
    assert judge.accused() == []


def test_a_sign_on_a_bird_is_false_and_accuses_nobody() -> None:
    flock = Flock(lat_deg=LAT_DEG, lon_deg=LON_DEG, count=40, spread_m=100.0)
    here = world(flock=(flock,))
    bird = here.at(START_S + 110.0)
    judge = judged(here, sign(x_m=float(bird.x_m[0]), y_m=float(bird.y_m[0])))
    assert told(judge)[0][0] == "false"


def test_a_sign_of_a_sensor_is_not_judged() -> None:
    assert judged(world(), sign(rule="sensor_silent", subject="source:radar")).verdicts == {}


def test_one_that_was_false_may_turn_out_to_be_something() -> None:
    first = sign(y_m=9000.0)
    later = msgspec.structs.replace(sign(since_s=120.0, x_m=1200.0), change="updated")
    assert told(judged(world(intruder()), first, later)) == [("intended", "intruder")]
    accused = msgspec.structs.replace(sign(since_s=120.0, x_m=1200.0, y_m=3000.0), change="updated")
    assert told(judged(world(quiet()), first, accused)) == [("accused", "quiet")]


def test_who_was_accused_stays_accused() -> None:
    later = msgspec.structs.replace(sign(since_s=120.0, x_m=1200.0), change="updated")
    judge = judged(world(intruder(), quiet()), sign(y_m=3000.0), later)
    assert told(judge) == [("accused", "quiet")]


def test_a_copied_serial_does_not_excuse_an_accusation_of_the_real_one() -> None:
    """The forger uses the airport's own serial; a sign on the real drone's track carries it too."""
    here = world(intruder(serial=OWN), quiet(serial=OWN))
    on_real = sign(x_m=1100.0, y_m=3000.0, aliases=(f"uas:{OWN}",))
    judge = judged(here, on_real)
    assert told(judge) == [("accused", "quiet")]
    assert judge.notices[0].delay_s is None


def test_a_sign_on_a_declaration_is_known_by_its_serial_while_it_is_on_air() -> None:
    expect = (Expect(sign="contradicted_remote_id", after_s=100.0, within_s=60.0),)
    voice = intruder(serial=OWN, expect=expect, on_air_only=True)
    said: dict[str, Any] = {"rule": "contradicted_remote_id", "subject": f"uas:{OWN}"}
    assert judged(world(voice), sign(y_m=5000.0, **said)).notices[0].delay_s == 10.0
    assert told(judged(world(voice), sign(subject="uas:OTHER", rule=said["rule"])))[0][0] == "false"
    late = sign(since_s=700.0, **said)
    assert told(judged(world(voice), late)) == [("false", f"uas:{OWN}")], "it has been off the air for long"
