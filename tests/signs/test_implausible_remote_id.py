"""Declarations that do not fit together: two weak reasons at least; by hand, and in real captures."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from beffroi import signs
from beffroi.observation import Operator
from beffroi.picture import Claim
from beffroi.replay import replay
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, claim, scene
from beffroi.sign import Finding, Sign
from beffroi.site import Place, Site, Source
from ruling import codes, found, limited
from shared import DATA, needs_data

SERIAL = "1588E040445AC004418"
RULE = "implausible_remote_id"
FAR = Operator(lat_deg=LAT_DEG - 0.22, lon_deg=LON_DEG)


def said(ago_s: float, north_deg: float = 0.0, **more: Any) -> Claim:
    fields: dict[str, Any] = {
        "time_s": NOW_S - ago_s, "received_at_s": NOW_S - ago_s, "lat_deg": LAT_DEG + north_deg,
        "lon_deg": LON_DEG, "transmitter": "mac:1", "ground_speed_mps": 10.0,
        "frame": round(ago_s * 10).to_bytes(16, "big"),
    }  # fmt: skip
    return claim(more.pop("subject", f"uas:{SERIAL}"), **(fields | more))


def of(*claims: Claim, others: tuple[Claim, ...] = (), at: Any = None) -> list[Finding]:
    """Claims of one drone, oldest first; the last is the live one. Others are live too."""
    return found(RULE, scene(claims=[claims[-1], *others], history=[c.latest for c in claims[:-1]], at=at))


def weak(*claims: Claim, others: tuple[Claim, ...] = ()) -> set[str]:
    """The reasons there are, however few."""
    findings = of(*claims, others=others, at=limited(RULE, enough=0.5))
    return {c for f in findings if f.subject == claims[-1].subject for c in codes(f)}


def steady(count: int = 10, **more: Any) -> list[Claim]:
    """Due north at 10 m/s, as it reports."""
    return [said(float(k), -0.00009 * k, **more) for k in range(count - 1, -1, -1)]


def test_an_honest_flight_has_no_weak_reason() -> None:
    assert weak(*steady()) == set()


def test_one_weak_reason_is_never_enough() -> None:
    flight = steady(operator=FAR)
    assert weak(*flight) == {"operator_far"}
    assert of(*flight) == []


def test_two_are() -> None:
    (finding,) = of(*steady(operator=FAR, subject="uas:0O0O-not-a-serial"))
    assert set(codes(finding)) == {"operator_far", "serial_form"}
    assert all(r.weight == 0.5 for r in finding.reasons)
    assert finding.consequence == "order"


def test_one_bad_fix_is_not_a_jump_and_two_are() -> None:
    flight = steady()
    bad = msgspec.structs.replace(flight[0].latest, lat_deg=LAT_DEG + 1.0)
    first_fix = found(RULE, scene(claims=[flight[-1]], history=[bad, *(c.latest for c in flight[1:-1])],
                                  at=limited(RULE, enough=0.5)))  # fmt: skip
    assert first_fix == []
    assert weak(*[said(float(k), 0.002 * (k % 2)) for k in range(9, -1, -1)]) == {"implied_speed"}


def test_a_fast_drone_that_reports_it_is_plausible() -> None:
    assert weak(*[said(float(k), -0.0004 * k, ground_speed_mps=44.0) for k in range(9, -1, -1)]) == set()


def test_two_places_at_once() -> None:
    here, there = steady(), [said(k + 0.5, 0.03, transmitter="mac:2") for k in range(9, -1, -1)]
    mixed = [c for pair in zip(here[:-1], there[1:], strict=True) for c in pair]
    assert "two_places" in weak(*mixed, here[-1], others=(there[-1],))
    near = [said(k + 0.5, -0.00009 * k, transmitter="mac:2") for k in range(9, -1, -1)]
    mixed = [c for pair in zip(here[:-1], near[1:], strict=True) for c in pair]
    assert weak(*mixed, here[-1], others=(near[-1],)) == set(), "two radios of one drone"


def test_many_serials_from_one_transmitter() -> None:
    others = tuple(said(0.0, 0.01 * k, subject=f"uas:1588E040445AC00000{k}") for k in range(2))
    assert weak(*steady(), others=others) == {"many_serials"}
    assert weak(*steady(), others=others[:1]) == set()
    elsewhere = tuple(claim(c.subject, lat_deg=LAT_DEG, lon_deg=LON_DEG, transmitter="mac:9") for c in others)
    assert weak(*steady(), others=elsewhere) == set()


def test_a_frozen_place_at_a_reported_speed() -> None:
    assert weak(*[said(float(k)) for k in range(25, -1, -1)]) == {"frozen"}
    assert weak(*[said(float(k)) for k in range(15, -1, -1)]) == set(), "not for long enough"
    assert weak(*[said(float(k), ground_speed_mps=0.4) for k in range(25, -1, -1)]) == set(), "it hovers"


def test_who_it_is_again_and_again_and_never_where() -> None:
    bare = msgspec.structs.replace(said(0.0), latest=msgspec.structs.replace(said(0.0).latest, lat_deg=None,
                                   lon_deg=None), count=12, first_s=NOW_S - 30.0)  # fmt: skip
    assert weak(bare) == {"no_place"}
    assert weak(msgspec.structs.replace(bare, count=5)) == set()
    assert weak(msgspec.structs.replace(bare, first_s=NOW_S - 5.0)) == set()


@pytest.mark.parametrize(
    ("serial", "formed"), [(SERIAL, True), ("1588E040445AC00441", False), ("0", False), ("1588E0I23", False)]
)
def test_the_form_of_a_serial(serial: str, formed: bool) -> None:
    assert ("serial_form" not in weak(*steady(subject=f"uas:{serial}"))) is formed


def test_an_aircraft_is_not_asked() -> None:
    assert of(*steady(subject="icao24:4baac6", operator=FAR)) == []


def test_what_is_past_is_past() -> None:
    jumps = [said(150.0 + k, 0.002 * (k % 2)) for k in range(20, -1, -1)]
    assert weak(*jumps, *steady()) == set()
    assert weak(*[said(40.0 + k, -0.00009 * k, operator=FAR) for k in range(9, -1, -1)]) == set()


# --- the captures of one real flight, and of somebody who forged it


def played(*names: str) -> list[Sign]:
    """All changes of signs where the capture was made, with a receiver and nothing else."""
    place = Place(name="Field", lat_deg=47.1987, lon_deg=8.7302, elevation_m=400.0, geoid_m=48.0)
    feed = Source(id="rid", format="remote_id", link="file:capture", period_s=1.0)
    files = [Path(DATA / "remote-id" / name) for name in names]
    return [s for step in replay(files, Site(site=place, source=(feed,))) for s in step.signs]


@needs_data
def test_the_real_flight_raises_nothing() -> None:
    assert played("anafi_real_odid_only.pcap") == []


@needs_data
def test_the_forged_one_is_implausible_and_called_no_more_than_that() -> None:
    said = played("anafi_spoofed_odid_only.pcap")
    assert {s.rule for s in said} == {RULE}, "no sensor stands apart here, so nothing is called false"
    assert {s.id for s in said} == {1}
    assert said[0].subject == f"uas:{SERIAL}"
    assert {r.code for r in said[0].reasons} >= {"implied_speed", "operator_far"}


@needs_data
def test_a_simulator_s_capture_of_another_make_raises_nothing() -> None:
    assert played("odid_wifi_bcn_sample.pcap") == []


def test_nothing_here_ever_calls_a_declaration_false() -> None:
    """That takes a sensor."""
    rule = signs.module(RULE)
    texts = (rule.HEADLINE, rule.SENTENCE, rule.LOOK, *rule.REASONS.values())
    words = {w for text in texts for w in re.findall(r"[a-z]+", text["en"].lower())}
    assert not words & {"forged", "forgery", "false", "fake", "lies", "lie", "untrue"}
