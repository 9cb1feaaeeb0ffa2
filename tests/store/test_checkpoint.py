"""A checkpoint is there whole or not at all, and a damaged one is passed over."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import StoreError
from beffroi.site import Store
from beffroi.store.checkpoint import Checkpoint, before, kept_s, load, save, times


def at(place: int, state: bytes = b"state") -> Checkpoint:
    return Checkpoint(place=place, tick_end_s=place / 4, state=state * place)


def test_none_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere") == (None, [])


@settings(deadline=None)
@given(place=st.integers(0, 2**63), tick_end_s=st.floats(allow_nan=False), state=st.binary())
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, place: int, tick_end_s: float, state: bytes
) -> None:
    directory = tmp_path_factory.mktemp("checkpoint")
    saved = Checkpoint(place=place, tick_end_s=tick_end_s, state=state)
    save(directory, saved)
    assert load(directory) == (saved, [])


def test_the_newest_counts_and_the_last_two_are_kept(tmp_path: Path) -> None:
    for place in (1, 9, 10, 100):
        save(tmp_path, at(place))
    assert load(tmp_path) == (at(100), [])
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "another program's"])
def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path: Path, damage: str) -> None:
    save(tmp_path, at(1))
    save(tmp_path, at(2))
    newest = max(tmp_path.iterdir())
    data = newest.read_bytes()
    flipped = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
    newest.write_bytes({"cut": data[:-1], "flip": flipped, "empty": b""}.get(damage, b"x" * 200))
    loaded, faults = load(tmp_path)
    assert loaded == at(1)
    assert len(faults) == 1
    assert newest.name in faults[0]


def test_an_unfinished_one_is_not_seen(tmp_path: Path) -> None:
    save(tmp_path, at(1))
    (tmp_path / "00000000000000000009.checkpoint.part").write_bytes(b"half")
    assert load(tmp_path) == (at(1), [])


def test_a_full_disk_keeps_the_one_before(tmp_path: Path) -> None:
    save(tmp_path, at(1))
    code = f"""
import resource
from pathlib import Path
from beffroi.errors import StoreError
from beffroi.store.checkpoint import Checkpoint, save
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save(Path({str(tmp_path)!r}), Checkpoint(place=2, tick_end_s=0.0, state=b"s" * 100_000))
except StoreError as full:
    print(full)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "cannot be written" in said
    assert load(tmp_path) == (at(1), [])


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        save(tmp_path / "file", at(1))


def test_more_are_kept_for_replays(tmp_path: Path) -> None:
    """After three hours of one every 20 s: the last two, one a minute for an hour, one each ten minutes."""
    hours = 3
    for i in range(hours * 180 + 1):
        saved = Checkpoint(place=i, tick_end_s=36_000.0 + i * 20.0, state=b"s")
        save(tmp_path, saved, keep_s=2.5 * 3600)
    kept = times(tmp_path)
    now_s = 36_000.0 + hours * 3600
    assert kept[-2:] == [now_s - 20, now_s]
    assert [t for t in kept[:-2] if now_s - t <= 3600] == [now_s - 3600 + 60 * i for i in range(60)]
    assert [t for t in kept if now_s - t > 3600] == [now_s - 9000 + 600 * i for i in range(9)]


@settings(deadline=None)
@given(at_s=st.floats(0.0, 1e4))
def test_the_one_before_a_time_is_found(tmp_path_factory: pytest.TempPathFactory, at_s: float) -> None:
    directory = tmp_path_factory.mktemp("before")
    for i in range(4):
        save(directory, Checkpoint(place=i, tick_end_s=i * 3000.0, state=b"s"), keep_s=1e9)
    found = before(directory, at_s)
    assert (found.tick_end_s if found else None) == max(
        (t for t in (0, 3e3, 6e3, 9e3) if t < at_s), default=None
    )


def test_a_damaged_one_is_passed_over_in_a_search(tmp_path: Path) -> None:
    for place in (1, 2):
        save(tmp_path, at(place))
    newest = max(tmp_path.iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    assert before(tmp_path, 1.0) == at(1)
    newest.write_bytes(b"")
    assert times(tmp_path)[1:] == [0.25]


def test_a_state_dies_before_what_it_remembers() -> None:
    assert kept_s(Store(operator_hours=24.0)) == 24 * 3600.0 - 900.0
    assert kept_s(Store(operator_hours=0.1)) == 0.0
