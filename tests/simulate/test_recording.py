"""A recording: its rows are played as they are, and between them each aircraft is where it must have been."""

import csv
import gzip
from typing import Any

import msgspec
import numpy as np
import pytest

from beffroi.kernels.pressure import qnh_altitude_m
from beffroi.scene import site
from beffroi.simulate import recording
from beffroi.simulate.recording import GAP_S, Row, Traffic
from beffroi.units import M_PER_FT, MPS_PER_KT
from shared import DATA, needs_data
from simulate_made import PLANE, START_S, decoded, world

QNH_HPA, FIELD_M = 1028.0, 89.0


def row(since_s: float, x_m: float, y_m: float = 0.0, **more: Any) -> Row:
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    said: dict[str, Any] = {
        "timestamp": (START_S + since_s) * 1000.0, "icao24": "3944f1", "callsign": "AFR15AH", "latitude": lat,
        "longitude": lon, "altitude": 3000.0, "groundspeed": 180.0, "track": 90.0, "vertical_rate": 0.0,
        "squawk": "1000", "onground": False,
    }  # fmt: skip
    return Row(**(said | more))


def traffic(*rows: Row) -> Traffic:
    return Traffic(rows, PLANE, QNH_HPA, site())


def place(made: Traffic, since_s: float) -> np.ndarray:
    """x, y, alt, vx, vy of the one aircraft that is there."""
    who, columns = made.at(START_S + since_s)
    assert len(who) == 1
    return columns[:, 0]


def test_a_row_is_read_by_the_feed_as_it_was_recorded() -> None:
    (o,) = decoded("opensky", [(START_S, recording.line(row(0.0, 5000.0)))])
    assert (o.subject, o.callsign, o.squawk, o.on_ground) == ("icao24:3944f1", "AFR15AH", "1000", False)
    assert o.time_s == START_S
    assert o.alt_1013_m == pytest.approx(3000.0 * M_PER_FT)
    assert o.ground_speed_mps == pytest.approx(180.0 * MPS_PER_KT)


def test_what_a_row_lacks_the_feed_lacks() -> None:
    bare = row(
        0.0, 0.0, altitude=None, groundspeed=None, track=None, squawk=None, onground=None, callsign=None
    )
    (o,) = decoded("opensky", [(START_S, recording.line(bare))])
    given = (o.alt_1013_m, o.ground_speed_mps, o.track_deg, o.squawk, o.on_ground, o.callsign)
    assert given == (None,) * 6


def test_between_two_rows_it_flies_straight() -> None:
    made = traffic(row(0.0, 0.0, altitude=3000.0), row(4.0, 400.0, 40.0, altitude=3400.0))
    here = place(made, 1.0)
    assert here[:2] == pytest.approx([100.0, 10.0], abs=0.1)
    assert here[2] == pytest.approx(float(qnh_altitude_m(3100.0 * M_PER_FT, QNH_HPA)), abs=0.1)
    assert here[3:] == pytest.approx([100.0, 10.0], abs=0.1)


def test_it_may_be_asked_in_any_order() -> None:
    made = traffic(*(row(float(k), 90.0 * k) for k in range(20)))
    found = [float(place(made, t)[0]) for t in (10.5, 2.5, 15.5)]
    assert found == pytest.approx([945.0, 225.0, 1395.0], abs=0.5)


def test_where_it_was_not_heard_for_long_it_was_not() -> None:
    made = traffic(row(0.0, 0.0), row(2.0, 200.0), row(2.0 + GAP_S + 1.0, 2000.0), row(30.0, 3200.0))
    assert [len(made.at(START_S + t)[0]) for t in (-1.0, 1.0, 8.0, 25.0, 31.0)] == [0, 1, 0, 1, 0]


def test_a_place_that_is_held_is_no_place() -> None:
    """The network repeats the last place of an aircraft that it does not hear."""
    made = traffic(row(0.0, 0.0), row(1.0, 90.0), row(2.0, 90.0), row(3.0, 90.0), row(4.0, 360.0))
    assert place(made, 2.5)[0] == pytest.approx(225.0, abs=0.5)


def test_on_the_ground_it_stands_at_the_height_of_the_field() -> None:
    """Its altimeter says -100 ft, or nothing at all."""
    rows = [row(float(k), 10.0 * k, altitude=None if k % 2 else -100.0, onground=True) for k in range(6)]
    made = traffic(*rows)
    assert place(made, 2.5)[2] == pytest.approx(FIELD_M)


def test_rows_come_once_each_in_order() -> None:
    rows = [row(float(k), 90.0 * k) for k in range(10)]
    made = traffic(*rows)
    cut = [list(made.between(START_S + a, START_S + a + 2.5)) for a in (-1.0, 1.5, 4.0, 6.5)]
    assert [r for part in cut for r in part] == rows[:10]


def test_a_document_is_sorted_and_one_that_is_none_is_refused() -> None:
    late, soon = row(5.0, 0.0), row(1.0, 0.0)
    document = msgspec.json.encode([late, soon])
    assert recording.read(document) == [soon, late]
    with pytest.raises(msgspec.ValidationError):
        recording.read(b'[{"icao24": "3944f1"}]')


@needs_data
def test_a_radar_would_see_real_airliners_as_they_fly() -> None:
    """Of ten real minutes: nobody is much faster than an airliner (whole seconds), or below the sea."""
    with gzip.open(DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz", "rt") as file:
        rows = [_real(r) for r in csv.DictReader(file) if float(r["time"]) < 1_633_614_601.0]
    made = Traffic(sorted(rows, key=lambda r: r.timestamp), PLANE, QNH_HPA, site())
    here = world(traffic=made)
    fast, low, count = 0, 0, 0
    for since_s in np.arange(made.start_s + 30.0, made.end_s - 30.0, 5.0):
        things = here.at(float(since_s))
        count += len(things.name)
        fast += int((np.hypot(things.vx_mps, things.vy_mps) > 450.0).sum())
        low += int((things.alt_m < 0.0).sum())
    assert count > 2000
    assert fast / count < 0.005
    assert low / count < 0.005


def _real(r: dict[str, str]) -> Row:
    def number(key: str) -> float | None:
        return float(r[key]) if r[key] else None

    return Row(
        timestamp=float(r["time"]) * 1000.0, icao24=r["icao24"], callsign=r["callsign"] or None,
        latitude=number("lat"), longitude=number("lon"), altitude=number("altitude_ft"),
        groundspeed=number("groundspeed_kt"), track=number("track_deg"), squawk=r["squawk"] or None,
        vertical_rate=number("vertical_rate_fpm"), onground=r["onground"] == "1",
    )  # fmt: skip
