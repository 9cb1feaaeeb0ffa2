"""Silence of a sensor is said; waiting at start-up is not, unless the site wants it."""

from typing import Any

import pytest

from beffroi import signs
from beffroi.picture import SourceState
from beffroi.scene import NOW_S, scene
from beffroi.sign import Finding
from ruling import codes, found, limited


def of(state: Any, at: Any = None, **more: Any) -> list[Finding]:
    source = SourceState(id="radar", state=state, **({"last_s": NOW_S - 60.0, "period_s": 1.0} | more))
    return found("sensor_silent", scene(sources=[source], at=at))


@pytest.mark.parametrize(
    ("state", "code"), [("silent", "silent"), ("fault", "fault"), ("off", "fault")]
)  # fmt: skip
def test_what_is_said(state: str, code: str) -> None:
    (finding,) = of(state)
    assert codes(finding) == [code]
    assert finding.subject == "source:radar"
    assert finding.params["age_s"] == 60.0


@pytest.mark.parametrize("state", ["ok", "degraded", "waiting"])
def test_what_is_not(state: str) -> None:
    assert of(state) == []


def test_the_site_may_want_more_or_less() -> None:
    assert codes(of("waiting", limited("sensor_silent", waiting=True))[0]) == ["silent"]
    assert of("fault", limited("sensor_silent", faults=False)) == []


def test_one_that_never_spoke_is_said_without_a_figure() -> None:
    (finding,) = of(
        "waiting", limited("sensor_silent", waiting=True), last_s=float("nan"), period_s=float("nan")
    )
    said = signs.sentence(finding, "sensor_silent", "en", "metric")
    assert "time since its last word: unknown" in said
    assert "not heard yet" in said


def test_each_sensor_behind_a_source_is_told_by_its_own_name() -> None:
    states = [SourceState(id="feed", sensor=s, state="silent", last_s=NOW_S - 60.0) for s in ("8/11", "8/12")]
    made = scene(sources=states[:1])
    made.now.sources = {f"feed/{s.sensor}": s for s in states}
    assert [f.subject for f in found("sensor_silent", made)] == ["source:feed/8/11", "source:feed/8/12"]
