"""`import beffroi`: the verbs and nouns by name, loaded when they are used."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import beffroi
from beffroi.errors import InputError, LinkError, UseError
from shared import DATA, needs_data


def test_every_name_is_there_and_is_listed() -> None:
    assert sorted(beffroi.__all__) == beffroi.__all__
    for name in beffroi.__all__:
        assert getattr(beffroi, name) is not None
        assert name in dir(beffroi)
    assert set(beffroi._HOME) <= set(beffroi.__all__)


@pytest.mark.parametrize("name", sorted(beffroi._HOME))
def test_a_name_is_the_thing_itself(name: str) -> None:
    home = importlib.import_module(f"beffroi.{beffroi._HOME[name]}")
    assert getattr(beffroi, name) is getattr(home, name)


def test_every_error_is_public() -> None:
    errors = vars(importlib.import_module("beffroi.errors")).values()
    names = {e.__name__ for e in errors if isinstance(e, type) and issubclass(e, beffroi.BeffroiError)}
    assert names <= set(beffroi.__all__)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, beffroi; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "msgspec", "sqlalchemy", "asyncio", "duckdb"} & set(loaded)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = beffroi.nonsense


def test_decode(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("1633614001,3944f1,AFR15AH,49.0,2.5,0,,,,1000,0\nbad\n")
    one, error = beffroi.decode(path, "opensky")
    assert isinstance(one, beffroi.Observation)
    assert (one.subject, one.alt_1013_m, one.received_at_s) == ("icao24:3944f1", 0.0, 1633614001.0)
    assert isinstance(error, beffroi.FeedError)
    assert len(list(beffroi.decode(str(path), "opensky"))) == 2


def test_check(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[site]\nname = "x"\nlat_deg = 1\nlon_deg = 2\n')
    beffroi.check(path, "site")
    with pytest.raises(InputError):
        beffroi.check(path, "ed269")
    with pytest.raises(UseError, match="no format 'nonsense'"):
        beffroi.check(path, "nonsense")
    with pytest.raises(LinkError):
        beffroi.check(tmp_path / "none", "site")
    assert {"site", "sapient", "ed269", "ed318", "sbs"} <= set(beffroi.checkable())


@needs_data
def test_verbs_on_real_data(tmp_path: Path) -> None:
    read = list(beffroi.decode(DATA / "adsb-readsb" / "aircraft_2.json", "readsb"))
    assert len(read) == 69
    beffroi.check(DATA / "adsb-readsb" / "aircraft_2.json", "readsb")
