"""Several drones close together: counted once each, one sign for the group."""

from typing import Any

import pytest

from beffroi.scene import claim, scene
from beffroi.sign import Finding
from beffroi.site import Site
from ruling import found, limited
from skies import here, permit


def rows(*places: tuple[float, float], **row: Any) -> list[dict[str, Any]]:
    return [{"id": k + 1, "x_m": x, "y_m": y, "alt_m": 180.0} | row for k, (x, y) in enumerate(places)]


def of(*places: tuple[float, float], at: Site | None = None, **row: Any) -> list[Finding]:
    return found("swarm", scene(rows(*places, **row), at=at))


THREE = ((1500.0, 400.0), (1600.0, 400.0), (1700.0, 400.0))


def test_two_are_a_chance_and_three_are_not() -> None:
    assert of(*THREE[:2]) == []
    assert of(*THREE)[0].params["count"] == 3
    assert of(*THREE[:2], at=limited("swarm", least=2))[0].params["count"] == 2


def test_a_chain_holds_together_though_its_ends_are_far_apart() -> None:
    chain = [(1000.0 + 350.0 * k, 400.0) for k in range(6)]
    (finding,) = of(*chain)
    assert finding.params["count"] == 6
    assert finding.params["span_m"] == pytest.approx(1750.0, abs=1.0)


def test_two_groups_are_two_findings() -> None:
    far = [(x + 4000.0, y) for x, y in THREE]
    found_ = of(*THREE, *far)
    assert sorted(f.subject for f in found_) == ["group:1", "group:4"]
    assert found_[0].aliases == ("track:1", "track:2", "track:3")


@pytest.mark.parametrize(
    "row", [{"kind": "bird"}, {"coasting": True}, {"confirmed": False}, {"on_ground": True}]
)
def test_what_does_not_count(row: dict[str, Any]) -> None:
    assert of(*THREE, **row) == []


def test_every_member_is_evidence() -> None:
    evidence = of(*THREE)[0].reasons[0].evidence
    assert {"track:1", "track:2", "track:3"} <= set(evidence)


def test_permitted_drones_are_no_swarm() -> None:
    permits = tuple(permit(f"S{k}") for k in (1, 2, 3))
    claims = [claim(f"uas:S{k}", k) for k in (1, 2, 3)]
    assert found("swarm", scene(rows(*THREE), claims=claims, at=here(authorisation=permits))) == []
    assert len(found("swarm", scene(rows(*THREE), claims=claims, at=here(authorisation=permits[:2])))) == 0
    assert len(found("swarm", scene(rows(*THREE), claims=claims, at=here()))) == 1
