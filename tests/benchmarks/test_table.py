"""The bench table: rows as the protocol says, ratios the right way round, failures that show."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import table


def row(**fields: Any) -> table.Row:
    whole = {"what": "a", "measured": 2.0, "unit": "ms", "asked": "<= 2", "peer": "p", "peer_measured": 300.0}
    return msgspec.convert(whole | {"met": True} | fields, table.Row)


@pytest.mark.parametrize(
    ("fields", "ratio"),
    [
        ({}, "150 ×"),
        ({"measured": 10_600.0, "unit": "1/s", "asked": ">= 10000", "peer_measured": 530.0}, "20 ×"),
        ({"asked": "", "measured": 600.0}, "0.5 ×"),
        ({"asked": "", "unit": "observations/s", "measured": 600.0}, "2 ×"),
        ({"asked": "", "unit": "1/CPU-s", "measured": 600.0}, "2 ×"),
        ({"measured": None}, ""),
        ({"peer_measured": None}, ""),
    ],
)
def test_a_ratio_says_how_many_times_better(fields: dict[str, Any], ratio: str) -> None:
    assert table.ratio(row(**fields)) == ratio


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.0123456, "0.0123"), (96.44, "96.4"), (345.6, "346"), (41234.5, "41,200")],
)
def test_three_digits(value: float | None, shown: str) -> None:
    assert table.figure(value) == shown


def script(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> list[table.Row]:
    """What comes of a benchmark with this text."""
    monkeypatch.setattr(table, "HERE", folder)
    (folder / "own.py").write_text(text)
    assert table.names() == ["own"]
    return table.measure("own", quick=True)


def test_rows_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps(msgspec.to_builtins(row(note="in quick mode")))
    text = (
        f"import sys\nassert sys.argv[1:] == ['--quick']\nprint({line!r})\nprint('noise', file=sys.stderr)\n"
    )
    (tmp_path / "peer_own.py").write_text("1 / 0")
    assert script(tmp_path, monkeypatch, text) == [row(note="in quick mode")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1 / 0", "ended with 1"), ("print('done')", "printed a row that is not one"), ("", "printed no row")],
)
def test_a_benchmark_that_fails_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    (only,) = script(tmp_path, monkeypatch, text)
    assert only.met is False
    assert reason in only.note
    assert "**no**" in table.table([only])


def test_the_page_counts_what_was_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROWS", tmp_path / "rows")
    table.keep(
        "tracker", [row(), row(what="b | c", met=False, note="too slow"), row(what="d", asked="", met=None)]
    )
    page = table.page(table.kept())
    assert "1 of 2 figures that were asked are met." in page
    assert "| b \\| c |" in page
    assert "- b | c: too slow" in page
