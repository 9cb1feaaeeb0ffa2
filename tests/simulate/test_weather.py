"""The METAR: read by the real feed, it gives the pressure of the scenario, at half hours."""

import pytest

from beffroi.simulate import weather
from simulate_made import START_S, decoded, world


@pytest.mark.parametrize(
    ("qnh_hpa", "since_s", "at_s"), [(1028.0, 0.0, 0.0), (987.0, 1799.0, 0.0), (1001.0, 1800.0, 1800.0)]
)
def test_it_is_read_as_what_the_scenario_says(qnh_hpa: float, since_s: float, at_s: float) -> None:
    report = weather.metar(world(qnh_hpa=qnh_hpa).scenario, START_S + since_s)
    (o,) = decoded("metar", [(START_S + since_s, report)])
    assert o.weather is not None
    assert o.weather.qnh_hpa == qnh_hpa
    assert o.time_s == START_S + at_s
    assert o.subject == "place:LFPX"
