"""How far back the store can tell, and where its record has gaps."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from beffroi.observation import Observation
from beffroi.site import Retention, Store
from beffroi.store import past
from beffroi.store.checkpoint import Checkpoint, save
from beffroi.store.log import Log
from made import START_S, observation

HOUR_S = START_S // 3600 * 3600


def write(directory: Path, ends_s: Sequence[float], retention: Retention = "traffic") -> int:
    """One life of a watch: ticks that end then, an observation in each; the place of the last."""
    place = 0
    with Log(directory / "log") as log:
        log.event(ends_s[0] - 0.25, "start", "")
        for i, end_s in enumerate(ends_s):
            log.append(retention, [said(i, end_s)])
            place = log.tick(end_s).place
            log.commit().result()
    return place


def said(number: int, at_s: float) -> Observation:
    return observation(number, at_s=at_s - 0.1)


def keep(directory: Path, place: int, tick_end_s: float) -> None:
    save(directory / "checkpoints", Checkpoint(place=place, tick_end_s=tick_end_s, state=b"s"), 1e9)


def every(first_s: float, last_s: float, step_s: float = 0.5) -> list[float]:
    return [first_s + i * step_s for i in range(int((last_s - first_s) / step_s) + 1)]


def test_an_empty_store_tells_nothing(tmp_path: Path) -> None:
    assert past.whole_from_s(tmp_path) is None
    assert past.positions_from_s(tmp_path) is None
    assert past.gaps(tmp_path, START_S, START_S + 60) == []
    assert past.start(tmp_path, START_S) is None


def test_a_gap_is_where_no_watch_ran(tmp_path: Path) -> None:
    write(tmp_path, every(HOUR_S + 10, HOUR_S + 20))
    write(tmp_path, every(HOUR_S + 22, HOUR_S + 30))  # away for 2 s only
    write(tmp_path, every(HOUR_S + 50, HOUR_S + 60))
    assert past.gaps(tmp_path, HOUR_S + 5, HOUR_S + 100) == [
        (HOUR_S + 5, HOUR_S + 10),
        (HOUR_S + 30, HOUR_S + 50),
    ]
    assert past.gaps(tmp_path, HOUR_S + 40, HOUR_S + 45) == [(HOUR_S + 40, HOUR_S + 45)]
    assert past.gaps(tmp_path, HOUR_S + 10, HOUR_S + 29) == []


def test_a_gap_may_reach_over_hours(tmp_path: Path) -> None:
    write(tmp_path, every(HOUR_S + 3590, HOUR_S + 3610))
    write(tmp_path, every(HOUR_S + 2 * 3600 + 100, HOUR_S + 2 * 3600 + 110))
    assert past.gaps(tmp_path, HOUR_S + 3595, HOUR_S + 9000) == [(HOUR_S + 3610, HOUR_S + 7300)]


def test_a_watch_that_falls_behind_leaves_no_gap(tmp_path: Path) -> None:
    write(tmp_path, [HOUR_S + 10, HOUR_S + 40, HOUR_S + 3599, HOUR_S + 3630])
    assert past.gaps(tmp_path, HOUR_S + 10, HOUR_S + 3700) == []


def test_a_log_from_its_begin_needs_no_checkpoint(tmp_path: Path) -> None:
    place = write(tmp_path, every(HOUR_S + 10, HOUR_S + 20))
    assert past.whole_from_s(tmp_path) == HOUR_S + 10
    begin = past.start(tmp_path, HOUR_S + 15)
    assert begin is not None
    assert (begin.place, begin.state) == (0, b"")
    keep(tmp_path, place - 4, HOUR_S + 19)
    saved = past.start(tmp_path, HOUR_S + 19.5)
    assert saved is not None
    assert saved.place == place - 4
    before = past.start(tmp_path, HOUR_S + 19)
    assert before is not None
    assert before.place == 0, "the picture of a checkpoint's own tick needs one before it"
    assert past.start(tmp_path, HOUR_S + 5) is None


def test_beyond_the_log_it_starts_before_its_end(tmp_path: Path) -> None:
    place = write(tmp_path, every(HOUR_S + 10, HOUR_S + 20))
    keep(tmp_path, place - 4, HOUR_S + 18)
    keep(tmp_path, place, HOUR_S + 20)
    begin = past.start(tmp_path, HOUR_S + 1e6)
    assert begin is not None
    assert begin.place == place - 4


@pytest.mark.parametrize("checkpoints", [True, False])
def test_what_the_clock_deleted_is_not_whole(tmp_path: Path, checkpoints: bool) -> None:
    place = write(tmp_path, every(HOUR_S + 3590, HOUR_S + 3610), "operator")
    if checkpoints:
        keep(tmp_path, place - 20, HOUR_S + 3600)
        keep(tmp_path, place - 10, HOUR_S + 3605)
    with Log(tmp_path / "log") as log:
        log.purge(Store(operator_hours=1.0), HOUR_S + 3 * 3600 - 1)
        log.commit().result()
    assert past.whole_from_s(tmp_path) is None, "both hours are gone"
    write(tmp_path, every(HOUR_S + 3 * 3600, HOUR_S + 3 * 3600 + 20))
    assert past.start(tmp_path, HOUR_S + 3 * 3600 + 10) is None
    if checkpoints:
        keep(tmp_path, 10_000, HOUR_S + 3 * 3600 + 5)
        assert past.whole_from_s(tmp_path) == HOUR_S + 3 * 3600 + 5.25


def test_what_is_whole_can_be_started(tmp_path: Path) -> None:
    place = write(tmp_path, every(HOUR_S + 10, HOUR_S + 20))
    keep(tmp_path, place - 8, HOUR_S + 16)
    whole_s = past.whole_from_s(tmp_path)
    assert whole_s is not None
    assert past.start(tmp_path, whole_s) is not None


def test_a_damaged_file_breaks_what_is_whole(tmp_path: Path) -> None:
    write(tmp_path, every(HOUR_S + 10, HOUR_S + 20))
    (path,) = (tmp_path / "log").glob("*-traffic.sqlite")
    path.rename(path.with_name(path.name + ".damaged"))
    assert past.whole_from_s(tmp_path) is None
