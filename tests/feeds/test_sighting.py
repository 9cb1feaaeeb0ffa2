"""Sightings: the form, its place, and what it refuses."""

from typing import Any

import msgspec
import pytest

from beffroi.errors import FeedError
from beffroi.feeds.sighting import decode
from beffroi.kernels.geodesy import bearing_deg, distance_m
from beffroi.observation import Observation, Report

NOW_S = 1_633_614_100.0
HERE = {"lat_deg": 48.72, "lon_deg": 2.32}
THERE = {"from": {"name": "tower", "lat_deg": 48.72, "lon_deg": 2.37}, "bearing_deg": 240, "distance_m": 1850}


def form(**fields: Any) -> bytes:
    return msgspec.json.encode({"reporter": "patrol", **fields})


def only(**fields: Any) -> Observation:
    (one,) = decode(form(**fields), NOW_S, "desk")
    assert isinstance(one, Observation)
    return one


def test_every_field() -> None:
    one = only(
        **HERE, time="2021-10-07T15:40:00+02:00", grade="B2", what="drone", count=2, text="two, <b>left</b>",
        sigma_m=300, height_agl_m=0, alt_msl_m=90, track_deg=360,
    )  # fmt: skip
    assert (one.kind, one.source, one.time_s, one.received_at_s) == (
        "sighting",
        "desk",
        1_633_614_000.0,
        NOW_S,
    )
    assert (one.lat_deg, one.lon_deg, one.horizontal_sigma_m) == (48.72, 2.32, 300.0)
    assert (one.height_agl_m, one.alt_msl_m, one.track_deg) == (0.0, 90.0, 0.0)
    assert one.classes == {"drone": 1.0}
    assert one.report == Report(text="two, <b>left</b>", reporter="patrol", grade="B2", count=2)
    assert one.subject == f"sighting:{one.frame.hex()[:12]}"


def test_what_is_not_said_is_absent() -> None:
    one = only(**HERE)
    assert one.time_s == NOW_S
    assert (one.horizontal_sigma_m, one.height_agl_m, one.classes, one.track_deg) == (None, None, None, None)
    assert one.report == Report(reporter="patrol")


def test_bearing_and_distance_from_a_point() -> None:
    one = only(**THERE)
    assert one.lat_deg is not None
    assert one.lon_deg is not None
    assert float(distance_m(48.72, 2.37, one.lat_deg, one.lon_deg)) == pytest.approx(1850, abs=0.01)
    assert float(bearing_deg(48.72, 2.37, one.lat_deg, one.lon_deg)) == pytest.approx(240, abs=1e-6)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "a place is needed"),
        (HERE | THERE, "a place is needed"),
        ({"lat_deg": 48.7}, "half a place"),
        ({k: v for k, v in THERE.items() if k != "distance_m"}, "half a place"),
        (HERE | {"name": "Jean Dupont"}, "unknown field `name`"),
        ({"from": {"lat_deg": 1, "lon_deg": 2, "street": "x"}}, "unknown field `street`"),
        (HERE | {"grade": "G7"}, r"\$\.grade"),
        (HERE | {"what": "ufo"}, "Invalid enum value 'ufo'"),
        (HERE | {"reporter": "press"}, "Invalid enum value 'press'"),
        (HERE | {"count": 0}, r"\$\.count"),
        (HERE | {"time": "2021-10-07T15:40:00"}, "timezone"),
        (HERE | {"text": "x" * 2001}, r"\$\.text"),
        (HERE | {"height_agl_m": 1e9}, r"\$\.height_agl_m"),
    ],
)
def test_what_the_form_does_not_take(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(FeedError, match=why):
        list(decode(form(**fields), NOW_S))


@pytest.mark.parametrize("frame", [b"", b"{}", b"[1]", b"\xff", b'{"reporter":'])
def test_what_is_no_form_is_refused(frame: bytes) -> None:
    with pytest.raises(FeedError):
        list(decode(frame, NOW_S))
