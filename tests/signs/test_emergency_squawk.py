"""The three codes, and what an aircraft declares; of an aircraft that flies."""

from typing import Any

import pytest

from beffroi.scene import scene
from beffroi.sentence import EMERGENCY
from beffroi.sign import Finding, priority
from beffroi.signs import headline
from ruling import codes, found, limited


def of(squawk: str, emergency: str | None = None, at: Any = None, **row: Any) -> list[Finding]:
    flight = {"id": 3, "kind": "aircraft", "callsign": "AFR1234", "alt_m": 3000.0, "vx_mps": 120.0} | row
    return found("emergency_squawk", scene([flight], squawks={3: (squawk, emergency)}, at=at))


@pytest.mark.parametrize("code", ["7500", "7600", "7700"])
def test_each_code_is_said_in_words(code: str) -> None:
    (finding,) = of(code)
    assert (
        headline(finding, "emergency_squawk", "en", "metric") == f"AFR1234 declares {EMERGENCY[code]['en']}"
    )
    assert priority(finding.consequence, finding.time_left_s) == "urgent"


@pytest.mark.parametrize("code", ["7000", "7501", "0000", "", "7777"])
def test_other_codes_are_not(code: str) -> None:
    assert of(code) == []


def test_what_the_aircraft_declares_counts_and_both_are_two_reasons() -> None:
    assert codes(of("1000", "unlawful_interference")[0]) == ["declared"]
    assert codes(of("7500", "unlawful_interference")[0]) == ["code", "declared"]
    assert of("1000", "reserved") == []


def test_a_test_on_the_ground_is_passed_over_unless_the_site_wants_it() -> None:
    assert of("7700", on_ground=True) == []
    assert len(of("7700", on_ground=True, at=limited("emergency_squawk", on_ground=True))) == 1


def test_a_track_that_is_gone_says_nothing() -> None:
    assert found("emergency_squawk", scene([], squawks={3: ("7500", None)})) == []


def test_a_site_s_own_code_is_said_as_it_is() -> None:
    (finding,) = of("7400", at=limited("emergency_squawk", codes=["7400"]))
    assert "7400" in headline(finding, "emergency_squawk", "fr", "metric")
