"""The scenario: the demonstration's is sound, and what cannot be is refused with its path."""

from importlib.resources import files

import pytest

from beffroi import signs
from beffroi.errors import InputError
from beffroi.simulate.scenario import read
from beffroi.site import read as read_site

TEXT = (files("beffroi.simulate") / "paris.toml").read_text()
HEAD = 'name = "x"\nseed = 1\nqnh_hpa = 1013.0\nstation = "LFPX"\nduration_s = 60.0\n'


def test_the_demonstration_expects_signs_that_there_are_of_actors_that_fly_then() -> None:
    scenario = read(TEXT)
    assert len({a.id for a in scenario.actor}) == len(scenario.actor)
    for actor in scenario.actor:
        for expect in actor.expect:
            assert expect.sign in signs.names()
            assert actor.start_s <= expect.after_s <= scenario.duration_s
            assert expect.within_s <= 240.0
    assert any(a.permitted for a in scenario.actor), "somebody must not be accused"
    assert scenario.flock
    assert scenario.road


def test_its_sensors_are_sources_of_its_site_and_simulated() -> None:
    scenario, site = read(TEXT), read_site((files("beffroi.simulate") / "paris-site.toml").read_text())
    sources = {s.id: s for s in site.source}
    for name in (*(r.source for r in scenario.radar), *(f.source for f in scenario.finder)):
        assert sources[name].simulated
        assert sources[name].range_m
    assert not sources["adsb"].simulated, "the traffic is real"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (HEAD + "[[actor]]\n", "$.actor[0]", "missing"),
        (HEAD + "colour = 1\n", "$", "colour"),
        (HEAD.replace("60.0", '"long"'), "$.duration_s", "float"),
        (HEAD + '[[flock]]\nlat_deg = 1.0\nlon_deg = 2.0\ncount = 2.5\n', "$.flock[0].count", "int"),
        ("name", "TOML", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_path(text: str, place: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.place == place
    assert reason in caught.value.reason
