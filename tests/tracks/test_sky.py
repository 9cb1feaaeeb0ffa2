"""The sky: observations of every kind joined into one picture, counted when they cannot be used."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.airspace import Airspace
from beffroi.kernels.geodesy import destination, geodetic_to_polar
from beffroi.observation import Health, Observation, Weather
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG
from beffroi.site import Site, Source
from beffroi.tracks.sky import BEARING_S, CLAIM_S, FUTURE_S, LATE_S, SIGHTING_S, Sky
from beffroi.window import STEP_S, WINDOW_S, Window
from skies import PLANE, SERIAL, START_S, Flyer, alive, claim, here, place, plot, sky

DRONE = Flyer(x_m=500.0, y_m=200.0, vx_mps=6.0, serial=SERIAL)


def picture(run: Sky, site: Site, now_s: float) -> Picture:
    return run.picture(now_s, Airspace((), PLANE, site))


def after(
    *ticks: tuple[float, list[Observation]], site: Site | None = None, now_s: float | None = None
) -> Picture:
    """What holds after ticks."""
    at = site or here()
    run = Sky(at)
    for end_s, heard in ticks:
        run.take(heard, end_s)
    return picture(run, at, ticks[-1][0] if now_s is None else now_s)


def radar(time_s: float = START_S, **more: Any) -> Observation:
    return plot("radar", 800.0, 0.0, 150.0, time_s, **more)


# --- late and early


def tracked(o: Observation) -> bool:
    return len(after((o.received_at_s, [o])).tracks) == 1


@given(st.floats(-10.0, 30.0), st.sampled_from([0.0, 3.0]))
def test_a_plot_too_late_or_from_the_future_moves_nothing_and_is_counted(
    age_s: float, delay_s: float
) -> None:
    plain = here()
    site = here(source=(msgspec.structs.replace(plain.source[0], delay_s=delay_s), *plain.source[1:]))
    o = radar(START_S, received_at_s=START_S + age_s)
    got = after((o.received_at_s, [o]), site=site)
    measured_age_s = o.received_at_s - o.time_s
    timely = -FUTURE_S <= measured_age_s <= LATE_S + delay_s
    assert len(got.tracks) == (1 if timely else 0)
    assert got.sources["radar"].late == (0 if timely else 1)
    assert got.sources["radar"].observations == 1


@pytest.mark.parametrize("delay_s", [0.0, 3.0])
def test_a_radar_that_is_late_and_then_sees_nothing_loses_no_track_too_soon(delay_s: float) -> None:
    """Its plots of the last seconds are on their way: that they have not come says nothing."""
    plain = here()
    late = msgspec.structs.replace(plain.source[0], delay_s=delay_s, sees_all=True, period_s=1.0)
    run = Sky(msgspec.structs.replace(plain, source=(late, *plain.source[1:])))
    for k in range(80):
        now_s = START_S + 0.25 * k
        at_s = now_s - delay_s
        seen = [plot("radar", 800.0 + 5.0 * k, 0.0, 150.0, at_s, received_at_s=now_s)] if k % 4 == 0 else []
        run.take(seen, now_s)
    missed = run.state.tracker.targets.missed[run.state.tracker.targets.id > 0]
    assert missed.tolist() == [0]
    assert run.state.tracker.sensors["radar"].last_s <= now_s - delay_s


def test_a_claim_too_late_to_move_a_track_is_still_kept_as_said() -> None:
    late = msgspec.structs.replace(claim(DRONE, 0.0), received_at_s=START_S + 10.0)
    got = after((START_S + 10.0, [late]))
    assert len(got.tracks) == 0
    assert [(c.subject, c.track) for c in got.claims.values()] == [(f"uas:{SERIAL}", -1)]


def test_a_claim_from_the_future_is_not_believed() -> None:
    """It would stand before every true one until its time has come."""
    early = msgspec.structs.replace(claim(DRONE, 3600.0), received_at_s=START_S)
    true = claim(DRONE, 1.0)
    got = after((START_S, [early]), (START_S + 1.0, [true]))
    assert [c.latest for c in got.claims.values()] == [true]
    assert got.sources["rid"].late == 1


def test_what_cannot_be_placed_is_counted() -> None:
    nowhere = Source(id="lost", format="asterix", link="")
    site = here(source=(*here().source, nowhere))
    polar = Observation(kind="plot", time_s=START_S, received_at_s=START_S, source="lost", range_m=4000.0,
                        azimuth_deg=10.0)  # fmt: skip
    got = after((START_S, [polar]), site=site)
    assert len(got.tracks) == 0
    assert got.sources["lost"].refused == 1


# --- where plots land


@given(st.floats(0.0, 359.0), st.floats(500.0, 14_000.0))
def test_a_polar_plot_becomes_a_track_where_geodesy_says(azimuth_deg: float, distance_m: float) -> None:
    lat, lon = (float(v) for v in destination(LAT_DEG, LON_DEG, azimuth_deg, distance_m))
    seen = geodetic_to_polar(lat, lon, 250.0, LAT_DEG, LON_DEG, 100.0)
    o = Observation(kind="plot", time_s=START_S, received_at_s=START_S, source="radar",
                    range_m=float(seen[0]), azimuth_deg=float(seen[1]), alt_msl_m=250.0)  # fmt: skip
    got = after((START_S, [o])).tracks
    x, y = PLANE.forward(lat, lon)
    assert np.hypot(got.x_m[0] - x, got.y_m[0] - y) < 1.0
    assert got.alt_m[0] == pytest.approx(250.0, abs=0.1)


def test_a_bearing_alone_begins_no_track_but_is_kept_for_half_a_minute() -> None:
    heard = Observation(kind="plot", time_s=START_S, received_at_s=START_S, source="radar", azimuth_deg=80.0,
                        subject=f"uas:{SERIAL}", frame=b"\7" * 16)  # fmt: skip
    got = after((START_S, [heard]))
    assert len(got.tracks) == 0
    (kept,) = got.bearings
    assert (kept.source, kept.subject) == ("radar", f"uas:{SERIAL}")
    assert kept.azimuth_deg == pytest.approx(80.0, abs=1e-6)
    later = after((START_S, [heard]), (START_S + BEARING_S + 1.0, []))
    assert later.bearings == []


def test_a_bearing_is_kept_from_grid_north() -> None:
    lat, lon = (float(v) for v in destination(LAT_DEG, LON_DEG, 90.0, 60_000.0))
    far = Source(id="far", format="sapient", link="", lat_deg=lat, lon_deg=lon)
    site = here(source=(*here().source, far))
    north = Observation(kind="plot", time_s=START_S, received_at_s=START_S, source="far", azimuth_deg=0.0)
    kept = after((START_S, [north]), site=site).bearings[0]
    x, y = PLANE.forward(*destination(lat, lon, 0.0, 1000.0))
    towards = float(np.degrees(np.arctan2(x - kept.x_m, y - kept.y_m)))
    assert kept.azimuth_deg == pytest.approx(towards, abs=0.01)
    assert abs(towards) > 0.5


# --- claims


def test_who_it_is_without_where_takes_no_place_away() -> None:
    """Remote ID says who and where in separate messages; a transponder answers without its place."""
    ticks = sky([DRONE], 12.0)
    bare = msgspec.structs.replace(claim(DRONE, 11.9), lat_deg=None, lon_deg=None, horizontal_sigma_m=None)
    got = after(*ticks, (START_S + 12.0, [bare]))
    (kept,) = got.claims.values()
    assert kept.latest.lat_deg is not None
    assert kept.track == got.tracks.id[0]
    assert got.claim(int(got.tracks.id[0])) is kept


def test_claims_of_one_subject_are_kept_by_transmitter() -> None:
    twin = msgspec.structs.replace(DRONE, transmitter="mac:02:00:00:00:00:02", declared_m=(3000.0, 0.0))
    got = after(*sky([DRONE, twin], 8.0))
    assert len({c.transmitter for c in got.claims.values()}) == 2
    assert {c.subject for c in got.claims.values()} == {f"uas:{SERIAL}"}
    assert all(c.count == 8 for c in got.claims.values())


def test_a_claim_is_forgotten() -> None:
    ticks = [(START_S, [claim(DRONE, 0.0)]), (START_S + CLAIM_S - 1.0, []), (START_S + CLAIM_S + 2.0, [])]
    assert after(*ticks[:2]).claims
    assert not after(*ticks).claims


def test_a_claim_never_counts_as_measured_though_its_source_measures_too() -> None:
    """One frame of a source holds plots, the next claims (ASTERIX 048 and 021): they are kept apart."""
    both = [radar(START_S), msgspec.structs.replace(claim(DRONE, 0.0), source="radar", time_s=START_S)]
    for heard in (both, both[::-1]):
        got = after((START_S, heard)).tracks
        near = np.hypot(got.x_m - 800.0, got.y_m) < 50.0
        assert np.isfinite(got.measured_s[near]).all()
        assert np.isnan(got.measured_s[~near]).all()
        assert len(got) == 2


def test_a_radar_does_not_say_that_a_taxiing_aircraft_has_left_the_ground() -> None:
    taxiing = Flyer(x_m=0.0, y_m=0.0, vx_mps=8.0, alt_m=89.0, serial="x", said={
        "subject": "icao24:4baac6", "on_ground": True, "source": "adsb", "classes": None})  # fmt: skip
    got = after(*sky([taxiing], 12.0))
    assert got.tracks.on_ground.all()
    assert np.isfinite(got.tracks.measured_s).all(), "the radar sees it"


# --- sensors


def test_a_source_waits_works_falls_silent_and_comes_back() -> None:
    site, run = here(), Sky(here())

    def state(now_s: float, *heard: Observation) -> str:
        run.take(heard, now_s)
        return picture(run, site, now_s).sources["radar"].state

    assert state(START_S) == "waiting"
    assert state(START_S + 1.0, radar(START_S + 1.0)) == "ok"
    assert state(START_S + 10.0) == "ok", "five periods, at least ten seconds"
    assert state(START_S + 11.5) == "silent"
    assert state(START_S + 12.0, radar(START_S + 12.0)) == "ok"


def test_a_sensor_s_own_word_on_its_state_stands_until_it_says_otherwise() -> None:
    def says(state: str, time_s: float) -> Observation:
        return msgspec.structs.replace(alive("radar", time_s), health=Health(state=state))  # type: ignore[arg-type]

    faulty = [(START_S, [says("fault", START_S)]), (START_S + 1.0, [radar(START_S + 1.0)])]
    assert after(*faulty).sources["radar"].state == "fault"
    assert after(*faulty, (START_S + 2.0, [says("ok", START_S + 2.0)])).sources["radar"].state == "ok"


def test_a_sensor_that_says_where_it_stands_is_believed() -> None:
    lost = Source(id="lost", format="sapient", link="")
    site = here(source=(*here().source, lost))
    health = Health(lat_deg=48.74, lon_deg=2.40, alt_wgs84_m=144.0, rotation_period_s=4.0)
    said = Observation(kind="health", time_s=START_S, received_at_s=START_S, source="lost", health=health)
    state = after((START_S, [said]), site=site).sources["lost"]
    x, y = PLANE.forward(48.74, 2.40)
    assert (state.x_m, state.y_m) == (float(x), float(y))
    assert state.alt_msl_m == 100.0
    assert state.period_s == 4.0
    blind = msgspec.structs.replace(site, site=place(geoid_m=None))
    assert np.isnan(after((START_S, [said]), site=blind).sources["lost"].alt_msl_m), "no geoid, no height"


def test_a_radar_that_is_turned_is_found_out() -> None:
    """Five airliners that report themselves; the radar points one degree too far east."""
    flights = [
        Flyer(x_m=-9000.0 + 3500.0 * k, y_m=-4000.0 + 2000.0 * k, vx_mps=70.0, vy_mps=20.0 * k - 40.0,
              alt_m=900.0, radars=(), serial="x", transmitter=f"mac:{k}",
              said={"subject": f"icao24:40000{k}", "source": "adsb"})
        for k in range(5)
    ]  # fmt: skip
    ticks = sky(flights, 60.0)
    turned = 1.0
    for number, (now_s, heard) in enumerate(ticks):
        if number % 4 == 0:
            heard += [_polar(f, number / 4.0, now_s, turned) for f in flights]
    run, end_s = Sky(here()), ticks[-1][0]
    for now_s, heard in ticks:
        run.take(heard, now_s)
    state = picture(run, here(), end_s).sources["radar"]
    assert state.azimuth_bias_deg == pytest.approx(turned, abs=0.15)
    assert state.azimuth_bias_sigma_deg < 0.1
    assert abs(state.range_bias_m) < 100.0
    run.state.tracker.sensors["radar"].witnesses.clear()
    state = picture(run, here(), end_s).sources["radar"]
    assert (state.azimuth_bias_deg, state.azimuth_bias_sigma_deg) == (0.0, float("inf"))


def _polar(flyer: Flyer, since_s: float, now_s: float, turned_deg: float) -> Observation:
    lat, lon = PLANE.inverse(*flyer.at(since_s))
    seen = geodetic_to_polar(lat, lon, flyer.alt_m, LAT_DEG, LON_DEG, 100.0)
    return Observation(kind="plot", time_s=now_s, received_at_s=now_s, source="radar", range_m=float(seen[0]),
                       azimuth_deg=(float(seen[1]) + turned_deg) % 360.0, alt_msl_m=flyer.alt_m)  # fmt: skip


# --- the rest


def test_weather_is_kept_by_station_and_gives_the_qnh() -> None:
    report = Observation(kind="weather", time_s=START_S, received_at_s=START_S, source="metar",
                         subject="place:LFPX", weather=Weather(qnh_hpa=1003.0))  # fmt: skip
    got = after((START_S, [report]))
    assert got.weather == {"place:LFPX": report}
    assert got.qnh_hpa == 1003.0


def test_a_barometric_height_waits_for_the_qnh() -> None:
    high = radar(alt_msl_m=None, vertical_sigma_m=None, alt_1013_m=500.0)
    assert np.isnan(after((START_S, [high])).tracks.alt_m[0])
    report = Observation(kind="weather", time_s=START_S, received_at_s=START_S, source="metar",
                         weather=Weather(qnh_hpa=1023.25))  # fmt: skip
    known = after((START_S, [report, high])).tracks.alt_m[0]
    assert known == pytest.approx(500.0 + 82.0, abs=2.0)


def test_a_sighting_moves_no_track_and_stands_for_a_while() -> None:
    seen = Observation(kind="sighting", time_s=START_S, received_at_s=START_S, source="tower",
                       lat_deg=LAT_DEG, lon_deg=LON_DEG)  # fmt: skip
    got = after((START_S, [seen]))
    assert got.sightings == [seen]
    assert len(got.tracks) == 0
    assert after((START_S, [seen]), (START_S + SIGHTING_S + 2.0, [])).sightings == []


def test_a_track_carries_its_evidence_and_who_spoke_of_it() -> None:
    got = after(*sky([DRONE], 12.0))
    number = int(got.tracks.id[0])
    assert set(got.heard[number]) == {"radar", "rid"}
    assert len(got.evidence[number]) == 3
    assert got.frames(number)[0] == f"track:{number}"
    assert all(f.startswith("frame:") for f in got.frames(number)[1:])
    assert got.identity(0) == f"uas:{SERIAL}"


def test_callsign_and_squawk_fall_on_the_track_and_go_with_it() -> None:
    flight = Flyer(x_m=3000.0, y_m=0.0, vx_mps=80.0, serial="x", radars=(), to_s=10.0, said={
        "subject": "icao24:4baac6", "callsign": "THY8", "squawk": "7600", "source": "adsb"})  # fmt: skip
    ticks = sky([flight], 10.0)
    got = after(*ticks)
    number = int(got.tracks.id[0])
    assert got.called(number) == "THY8"
    assert got.squawks[number] == ("7600", None)
    gone = after(*ticks, (START_S + 200.0, []))
    assert not gone.callsigns
    assert not gone.squawks


def test_tracks_die_when_every_sensor_is_silent() -> None:
    """No scan comes to end them; time does."""
    ticks = sky([DRONE], 20.0)
    assert len(after(*ticks, (START_S + 50.0, [])).tracks) == 1, "coasted"
    assert len(after(*ticks, (START_S + 50.0, []), (START_S + 100.0, [])).tracks) == 0


# --- the window


def remembered(ticks: list[tuple[float, list[Observation]]]) -> Window:
    site, window = here(), Window()
    run = Sky(site)
    for now_s, heard in ticks:
        run.take(heard, now_s)
        run.remember(picture(run, site, now_s), window)
    return window


def test_the_window_keeps_each_declaration_once() -> None:
    """Also where two transmitters use one serial in turn."""
    twin = msgspec.structs.replace(DRONE, transmitter="mac:02:00:00:00:00:02", declared_m=(3000.0, 0.0))
    kept = remembered(sky([DRONE, twin], 20.0)).claims[f"uas:{SERIAL}"]
    assert len(kept) == 40
    assert len({(o.transmitter, o.time_s) for o in kept}) == 40


def test_the_window_keeps_a_quarter_of_an_hour_in_steps() -> None:
    ticks = sky([DRONE], 8.0) + [(START_S + t, []) for t in (8.0, 600.0, WINDOW_S + 4.0, WINDOW_S + 40.0)]
    window = remembered(ticks)
    times = [b.time_s - START_S for b in window.blocks]
    assert times[-1] == WINDOW_S + 40.0
    assert times[0] >= 40.0
    assert not window.claims
    assert len(remembered(ticks[:32]).blocks) == pytest.approx(8.0 / STEP_S, abs=1)


def test_the_window_holds_what_unmanned_aircraft_say_and_nothing_of_others() -> None:
    flight = Flyer(x_m=3000.0, y_m=0.0, serial="x", said={"subject": "icao24:4baac6", "source": "adsb"})
    assert set(remembered(sky([flight, DRONE], 6.0)).claims) == {f"uas:{SERIAL}"}


# --- on the ground, or so it says


@pytest.mark.parametrize(
    ("alt_m", "speed_mps", "radars", "grounded"),
    [
        (95.0, 0.5, ("radar",), True),
        (95.0, 12.0, ("radar",), False),
        (95.0, 12.0, (), True),
        (260.0, 0.5, ("radar",), False),
    ],
    ids=["stands", "moves along the ground", "moves, but no sensor sees it", "hovers high"],
)
def test_a_drone_that_says_it_is_on_the_ground_is_believed_until_a_sensor_sees_it_fly(
    alt_m: float, speed_mps: float, radars: tuple[str, ...], grounded: bool
) -> None:
    sly = msgspec.structs.replace(
        DRONE, alt_m=alt_m, vx_mps=speed_mps, radars=radars, said={"on_ground": True}
    )
    assert after(*sky([sly], 20.0)).tracks.on_ground.tolist() == [grounded]


def test_an_aircraft_that_lands_or_is_parked_stays_on_the_ground() -> None:
    """It moves fast on the runway, and later gives no new place for a while."""
    said = {"subject": "icao24:4baac6", "on_ground": True, "source": "adsb"}
    lands = Flyer(x_m=-1000.0, y_m=-500.0, vx_mps=60.0, alt_m=89.0, serial="x", said=said)
    assert after(*sky([lands], 20.0)).tracks.on_ground.all()
    parked = msgspec.structs.replace(lands, vx_mps=0.0, radars=(), to_s=10.0)
    assert after(*sky([parked], 40.0)).tracks.on_ground.all()
