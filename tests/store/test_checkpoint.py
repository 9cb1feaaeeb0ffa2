"""A checkpoint is there whole or not at all, and a damaged one is passed over."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import StoreError
from beffroi.store.checkpoint import Checkpoint, load, save


def at(place: int, state: bytes = b"state") -> Checkpoint:
    return Checkpoint(place=place, tick_end_s=place / 4, state=state * place)


def test_none_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere") == (None, [])


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
