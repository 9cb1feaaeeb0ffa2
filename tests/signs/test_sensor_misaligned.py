"""A sensor that is off by more than it may be, when that is sure; and a whole watch that finds it out."""

import math
from typing import Any

import pytest

from beffroi.picture import SourceState
from beffroi.scene import NOW_S, scene
from beffroi.sign import Finding
from ruling import codes, found, limited


def of(at: Any = None, **state: float) -> list[Finding]:
    source = SourceState(id="radar", state="ok", last_s=NOW_S, **state)  # type: ignore[arg-type]
    return found("sensor_misaligned", scene(sources=[source], at=at))


@pytest.mark.parametrize(
    ("kind", "code", "limit"), [("range_bias_m", "range", 100.0), ("azimuth_bias_deg", "azimuth", 0.3),
                                ("time_bias_s", "clock", 0.5)],
)  # fmt: skip
def test_it_must_be_off_by_more_than_allowed_and_surely_so(kind: str, code: str, limit: float) -> None:
    unit = kind.rpartition("_")[2]
    sigma = kind.replace(f"_{unit}", f"_sigma_{unit}")
    for sign in (1.0, -1.0):
        assert codes(of(**{kind: sign * 1.5 * limit, sigma: 0.1 * limit})[0]) == [code]
        assert of(**{kind: sign * 1.5 * limit, sigma: 0.2 * limit}) == []
        assert of(**{kind: sign * 0.9 * limit, sigma: 0.001 * limit}) == []


def test_before_anything_is_learnt_nothing_is_said() -> None:
    assert of() == []
    assert of(range_bias_m=1e6, range_bias_sigma_m=math.inf) == []


def test_what_is_allowed_is_up_to_the_site() -> None:
    state = {"azimuth_bias_deg": 0.2, "azimuth_bias_sigma_deg": 0.01}
    assert of(**state) == []
    assert len(of(limited("sensor_misaligned", azimuth_deg=0.1), **state)) == 1


def test_several_errors_are_one_finding() -> None:
    (finding,) = of(range_bias_m=500.0, range_bias_sigma_m=1.0, time_bias_s=2.0, time_bias_sigma_s=0.1)
    assert codes(finding) == ["range", "clock"]
