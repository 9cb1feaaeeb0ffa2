"""The time strip: marks of signs, gaps, how far back."""

from pathlib import Path

from beffroi.console.timeline import timeline
from beffroi.life import key
from beffroi.store.records import Records
from crashing import START_S
from made import sign
from playing import run


def test_a_run_on_the_time_strip(tmp_path: Path) -> None:
    run(tmp_path, 60, lambda *_: None)
    run(tmp_path, 530, lambda *_: None, first=500)
    records = Records.within(tmp_path)
    told = timeline(records, tmp_path, START_S - 60.0, START_S + 200.0)
    assert told.gaps == [(START_S - 60.0, START_S + 0.25), (START_S + 15.0, START_S + 125.0)]
    assert told.whole_from_s == START_S + 0.25
    assert told.positions_from_s is not None
    assert START_S <= told.positions_from_s <= START_S + 10.0
    signs = records.signs()
    assert signs
    assert [(m.key, m.at_s, m.rule) for m in told.marks] == [(key(s), s.opened_at_s, s.rule) for s in signs]
    assert timeline(records, tmp_path, START_S - 60.0, START_S - 50.0).marks == []
    records.close()


def test_a_mark_shows_the_highest_priority_that_a_sign_had(tmp_path: Path) -> None:
    records = Records.within(tmp_path)
    changes = [
        sign(1, priority="high"),
        sign(1, updates=1, priority="urgent"),
        sign(1, updates=2, priority="notice"),
    ]
    records.add([*changes, sign(2, priority="notice")], lambda wanted: {})
    marks = timeline(records, tmp_path, START_S - 1e6, START_S + 1e6).marks
    assert [(m.key, m.priority) for m in marks] == [(key(sign(1)), "urgent"), (key(sign(2)), "notice")]
    records.close()
