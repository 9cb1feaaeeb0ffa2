"""The figures after ISA-18.2."""

from collections import deque
from typing import Any

from beffroi import alarm
from beffroi.alarm import Loudest, Ring, measure
from beffroi.life import DeskSign, Event, State
from made import START_S, sign

NOW_S = START_S + 10_000.0


def stood(number: int, state: State = "new", **fields: Any) -> DeskSign:
    return DeskSign(sign=sign(number, **fields), state=state, life=None, changed_s=START_S, event=number)


def test_a_quiet_watch_measures_nothing() -> None:
    figures = measure([], [], NOW_S)
    assert (figures.urgent, figures.high, figures.notice, figures.open) == (0, 0, 0, 0)
    assert (figures.in_10_min, figures.loudest, figures.shelved, figures.stale) == (0, None, 0, 0)


def test_what_is_counted() -> None:
    day_old: dict[str, Any] = {"opened_at_s": NOW_S - alarm.STALE_S - 1}
    signs = [
        stood(1, priority="urgent"),
        stood(2, priority="high"),
        stood(3, priority="high", over_at_s=NOW_S),
        stood(4, "acknowledged", priority="high", **day_old),
        stood(5, "shelved", priority="notice", **day_old),
        stood(6, "closed", priority="urgent"),
        stood(7, "acknowledged", priority="urgent", over_at_s=NOW_S),
        stood(8, priority="notice", **day_old),
    ]
    figures = measure(signs, [], NOW_S)
    assert (figures.urgent, figures.high, figures.notice) == (1, 2, 1)
    assert (figures.open, figures.shelved, figures.stale) == (5, 1, 2)


def test_alarms_of_ten_minutes_and_what_rang_most_in_the_hour() -> None:
    rang = [
        Ring(NOW_S - 3600.0, "gone-1", "swarm"),
        Ring(NOW_S - 3599.0, "a-1", "loitering"),
        Ring(NOW_S - 700.0, "b-1", "zone_intrusion"),
        Ring(NOW_S - 600.0, "b-1", "zone_intrusion"),
        Ring(NOW_S - 599.0, "b-1", "zone_intrusion"),
        Ring(NOW_S - 5.0, "c-1", "loitering"),
        Ring(NOW_S + 5.0, "d-1", "swarm"),
    ]
    figures = measure([], rang, NOW_S)
    assert figures.in_10_min == 2
    assert figures.loudest == Loudest(name="loitering", signs=2, of=3)
    waiting = deque(rang)
    alarm.forget(waiting, NOW_S)
    assert list(waiting) == rang[1:]


def test_a_sign_of_a_sensor_rings_in_the_name_of_the_sensor() -> None:
    about = stood(1, subject="source:radar", rule="sensor_silent")
    assert alarm.ring(Event(number=1, sign=about, rings=True)).name == "source:radar"
    assert alarm.ring(Event(number=2, sign=stood(2), rings=True)).name == "zone_intrusion"
