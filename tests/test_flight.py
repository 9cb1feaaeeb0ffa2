"""Arrivals, departures and overflights: forty real minutes round Paris, and cases made by hand."""

import csv
import gzip
from collections import defaultdict
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from beffroi.airspace import Final
from beffroi.flight import AHEAD_S, Flight, Movements, infer
from beffroi.kernels.geodesy import Plane
from beffroi.kernels.pressure import learn_qnh, qnh_altitude_m
from beffroi.units import M_PER_FT, MPS_PER_FPM, MPS_PER_KT
from beffroi.zones import aerodrome
from shared import DATA, needs_data

Floats = NDArray[np.float64]
PLANE = Plane.at(48.7262, 2.3652)


class Flown(NamedTuple):
    """What one aircraft really did, one element a row."""

    subject: str
    callsign: str
    t: Floats
    x: Floats
    y: Floats
    alt: Floats
    vx: Floats
    vy: Floats
    climb: Floats
    ground: NDArray[np.bool_]


class Landing(NamedTuple):
    flown: Flown
    runway: str
    at_s: float


def finals(*indicators: str) -> list[Final]:
    made = []
    for runway in (r for name in indicators for r in aerodrome.runways(name)):
        x, y = PLANE.forward([e.lat_deg for e in runway.ends], [e.lon_deg for e in runway.ends])
        for near, far in ((0, 1), (1, 0)):
            end, other = runway.ends[near], runway.ends[far]
            length = float(np.hypot(x[0] - x[1], y[0] - y[1]))
            out_x, out_y = float(x[near] - x[far]) / length, float(y[near] - y[far]) / length
            made.append(
                Final(f"{runway.aerodrome} {end.designator}", f"{runway.aerodrome} {other.designator}",
                      float(x[near]) - out_x * end.displaced_m, float(y[near]) - out_y * end.displaced_m,
                      out_x, out_y, end.elevation_m or 0.0, length - end.displaced_m)
            )  # fmt: skip
    return made


@cache
def recording() -> tuple[Flown, ...]:
    """Every aircraft of the recording, on the QNH that is learnt at Orly; repeated positions left out."""
    rows = defaultdict(list)
    with gzip.open(DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            rows[row["icao24"], row["callsign"]].append(row)
    made = []
    for (address, callsign), given in rows.items():
        columns = (
            "time",
            "lat",
            "lon",
            "altitude_ft",
            "groundspeed_kt",
            "track_deg",
            "vertical_rate_fpm",
            "onground",
        )
        t, lat, lon, alt, speed, track, climb, ground = (
            np.array([float(r[c]) if r[c] else np.nan for r in given]) for c in columns
        )
        x, y = PLANE.forward(lat, lon)
        vx, vy = PLANE.velocity(lat, lon, speed * MPS_PER_KT, track)
        new = np.append(True, np.hypot(np.diff(x), np.diff(y)) > 0)
        made.append(
            Flown(
                f"icao24:{address}", callsign, t[new], x[new], y[new], alt[new] * M_PER_FT, vx[new], vy[new],
                climb[new] * MPS_PER_FPM, ground[new] == 1,
            )
        )  # fmt: skip
    alt, who = (
        np.concatenate([np.atleast_1d(v)[f.ground & (np.hypot(f.x, f.y) < 3000)] for f, v in parts])
        for parts in ([(f, f.alt) for f in made], [(f, np.full(len(f.t), i)) for i, f in enumerate(made)])
    )
    learnt = learn_qnh(alt, 88.7, who)
    assert learnt is not None
    return tuple(f._replace(alt=qnh_altitude_m(f.alt, learnt[0])) for f in made)


def landings(paths: list[Final]) -> list[Landing]:
    """Who crosses which threshold when: low, fast, aligned, descending; of two runways the straighter."""
    found = []
    for f in recording():
        best: tuple[float, Landing] | None = None
        for path in paths:
            out, off = path.seen_from(f.x, f.y)
            speed = np.hypot(f.vx, f.vy)
            aligned = -(f.vx * path.out_x + f.vy * path.out_y) > 0.98 * speed
            low = (np.abs(off) < 100) & (f.alt - path.alt_m < 150) & (speed > 40) & (f.climb < -1) & aligned
            for i in np.flatnonzero(low[:-1] & (out[:-1] > 0) & (out[1:] <= 0) & (np.diff(f.t) < 30)):
                at_s = f.t[i] + out[i] / (out[i] - out[i + 1]) * (f.t[i + 1] - f.t[i])
                final = (out > 0) & (out < 6000) & (f.t < at_s) & (f.t > at_s - 150)
                crooked = float(np.abs(off[final]).mean())
                if best is None or crooked < best[0]:
                    best = crooked, Landing(f, path.name, float(at_s))
        if best is not None and best[0] < 60:
            found.append(best[1])
    return found


def seen(f: Flown, now_s: float) -> Movements | None:
    """The aircraft at a moment; None if it is not in the recording then."""
    i = int(np.searchsorted(f.t, now_s, side="right")) - 1
    if i < 0 or now_s - f.t[i] > 3:
        return None
    return one(
        f.x[i], f.y[i], f.vx[i], f.vy[i], f.alt[i], f.climb[i], bool(f.ground[i]), f.subject, f.callsign
    )


def one(x: float, y: float, vx: float, vy: float, alt: float, climb: float = 0.0, ground: bool = False,
        subject: str = "icao24:4b1234", callsign: str | None = "TST1") -> Movements:  # fmt: skip
    def column(value: float) -> Floats:
        return np.array([value])

    return Movements(
        [subject], [callsign], np.array([7]), column(x), column(y), column(vx), column(vy), column(alt),
        column(float(np.nan_to_num(climb))), column(20.0), column(20.0), np.array([ground]),
    )  # fmt: skip


def judged(landing: Landing, paths: list[Final], lead_s: float) -> Flight | None:
    now_s = landing.at_s - lead_s
    movement = seen(landing.flown, now_s)
    found = infer(movement, paths, now_s) if movement else ()
    return found[0] if found else None


@needs_data
@pytest.mark.parametrize(("lead_s", "rms_s"), [(30, 5.0), (60, 8.0), (120, 15.0), (180, 20.0)])
def test_real_arrivals_are_known_with_their_runway_and_time(lead_s: float, rms_s: float) -> None:
    paths = finals("LFPO", "LFPB", "LFPG")
    real = landings(paths)
    flights = [(o, judged(o, paths, lead_s)) for o in real if seen(o.flown, o.at_s - lead_s)]
    assert len(flights) >= 8
    right = [
        (landing, f) for landing, f in flights if f and f.phase == "arrival" and f.runway == landing.runway
    ]
    assert len(right) >= 0.95 * len(flights)
    error = np.array([(f.threshold_s or np.nan) - landing.at_s for landing, f in right])
    assert np.sqrt((error**2).mean()) < rms_s
    told = np.array([f.threshold_sigma_s for _, f in right], dtype=np.float64)
    assert np.sqrt(((error / told) ** 2).mean()) < 1.6  # no surer than it is right


@needs_data
def test_the_path_of_a_real_arrival_is_where_it_flies() -> None:
    paths = finals("LFPO", "LFPB", "LFPG")
    away, heights = [], []
    for landing in landings(paths):
        flight = judged(landing, paths, 150.0)
        for point in flight.path if flight else ():
            i = int(np.abs(landing.flown.t - point.time_s).argmin())
            if point.time_s < landing.at_s and abs(landing.flown.t[i] - point.time_s) < 1:
                away.append(np.hypot(landing.flown.x[i] - point.x_m, landing.flown.y[i] - point.y_m))
                heights.append(abs(landing.flown.alt[i] - (point.alt_m or np.nan)))
    assert len(away) > 100
    assert np.median(away) < 400
    assert np.nanmedian(heights) < 40


@needs_data
def test_real_departures_are_known_and_not_taken_for_arrivals() -> None:
    paths = finals("LFPO", "LFPB")
    right: list[str] = []
    wrong: list[str] = []
    for f in recording():
        near = np.min([np.hypot(f.x - p.x_m, f.y - p.y_m) for p in paths], axis=0) < 6000
        climbs = np.flatnonzero(near & (f.climb > 5) & (f.alt < 900) & (f.alt > 200))
        if not len(climbs):
            continue
        movement = seen(f, f.t[climbs[0]])
        found = infer(movement, paths, f.t[climbs[0]]) if movement else ()
        (right if found and found[0].phase == "departure" else wrong).append(f.callsign)
    assert len(right) >= 10
    assert len(wrong) <= 0.1 * len(right), wrong


# --- by hand ----------------------------------------------------------------------------------------------

NORTH = Final("LFXX 18", "LFXX 36", 0.0, 0.0, 0.0, 1.0, 90.0, 3000.0)
"""Land southwards from the north; the runway lies south of the origin."""
SOUTH = Final("LFXX 36", "LFXX 18", 0.0, -3000.0, 0.0, -1.0, 90.0, 3000.0)
PARALLEL = Final("LFXX 18R", "LFXX 36L", -400.0, 0.0, 0.0, 1.0, 90.0, 3000.0)


def test_an_arrival_comes_down_the_centre_line_and_stops() -> None:
    (flight,) = infer(one(30.0, 9000.0, 0.0, -75.0, 580.0, -4.0), [NORTH, SOUTH], 1000.0)
    assert (flight.phase, flight.runway, flight.track) == ("arrival", "LFXX 18", 7)
    assert flight.threshold_s == pytest.approx(1000 + 9000 / 73, abs=5)
    assert [p.time_s for p in flight.path] == [1000 + t for t in AHEAD_S[: len(flight.path)]]
    assert (flight.path[0].x_m, flight.path[0].y_m) == pytest.approx((30, 9000))
    assert all(abs(p.x_m) <= 30 for p in flight.path)
    south = [p.y_m for p in flight.path]
    assert south == sorted(south, reverse=True)
    assert south[-1] > -2500
    assert flight.path[-1].alt_m == pytest.approx(90)
    assert [p.sigma_m for p in flight.path] == sorted(p.sigma_m for p in flight.path)


def test_of_two_parallel_runways_the_nearer_is_likelier() -> None:
    (near,) = infer(one(-390.0, 4000.0, 0.0, -72.0, 310.0, -4.0), [NORTH, PARALLEL], 0.0)
    assert near.runway == "LFXX 18R"
    assert near.probability > 0.9
    (between,) = infer(one(-200.0, 12000.0, 0.0, -80.0, 720.0, -4.0), [NORTH, PARALLEL], 0.0)
    assert between.probability == pytest.approx(0.475, abs=0.01)


def test_a_take_off_run_and_a_climb_are_departures() -> None:
    (roll,) = infer(one(0.0, -400.0, 0.0, -38.0, 90.0, 0.0, ground=True), [NORTH, SOUTH], 0.0)
    assert (roll.phase, roll.runway) == ("departure", "LFXX 18")
    assert 0 < (roll.threshold_s or 0) < 60
    (climb,) = infer(one(100.0, -6000.0, 0.0, -90.0, 600.0, 12.0), [NORTH, SOUTH], 0.0)
    assert (climb.phase, climb.runway) == ("departure", "LFXX 18")
    assert climb.threshold_s == pytest.approx(-3000 / 90)
    assert climb.path[6].alt_m == pytest.approx(600 + 12 * 60)
    assert climb.path[6].y_m < -6000 - 90 * 60


def test_a_landing_run_is_an_arrival_that_is_down() -> None:
    (flight,) = infer(one(0.0, -500.0, 0.0, -68.0, 90.0, 0.0, ground=True), [NORTH, SOUTH], 50.0)
    assert (flight.phase, flight.runway) == ("arrival", "LFXX 18")
    assert (flight.threshold_s or 99) < 50


def test_who_passes_is_an_overflight_and_who_taxies_or_is_far_is_none() -> None:
    (flight,) = infer(one(8000.0, 2000.0, 0.0, -100.0, 1500.0), [NORTH, SOUTH], 0.0)
    assert (flight.phase, flight.runway, flight.threshold_s) == ("overflight", None, None)
    assert flight.path[3].y_m == pytest.approx(2000 - 3000)
    assert infer(one(0.0, -500.0, 0.0, -8.0, 90.0, ground=True), [NORTH, SOUTH], 0.0) == ()
    assert infer(one(0.0, 60_000.0, 0.0, -100.0, 2000.0), [NORTH, SOUTH], 0.0) == ()
    assert infer(one(0.0, 9000.0, 0.0, -220.0, 9000.0), [NORTH, SOUTH], 0.0) == ()
    assert infer(one(0.0, 9000.0, 0.0, -75.0, 580.0), [], 0.0) == ()


def test_without_a_height_the_path_has_none() -> None:
    (flight,) = infer(one(0.0, 9000.0, 0.0, -75.0, np.nan), [NORTH, SOUTH], 0.0)
    assert flight.phase == "arrival"
    assert {p.alt_m for p in flight.path if p.time_s < (flight.threshold_s or 0)} == {None}
    assert flight.path[-1].alt_m == 90  # on the ground it has the height of the ground


def test_one_who_crosses_the_final_high_or_aslant_is_no_arrival() -> None:
    for movement in (one(0.0, 6000.0, 70.0, -20.0, 400.0), one(0.0, 6000.0, 0.0, -75.0, 2500.0),
                     one(0.0, 6000.0, 0.0, 75.0, 400.0), one(2000.0, 6000.0, 0.0, -75.0, 400.0)):  # fmt: skip
        (flight,) = infer(movement, [NORTH], 0.0)
        assert flight.phase == "overflight"
