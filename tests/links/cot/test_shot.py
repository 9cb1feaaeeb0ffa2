"""What of a picture may go to responders, and what is said of it."""

import math
from typing import Any

import msgspec
import pytest

from beffroi.links.cot.shot import STALE_S, Shot
from beffroi.observation import Operator
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, claim, site
from beffroi.sign import Reason
from beffroi.site import Place, Site, Source
from beffroi.wire.cot import Event
from tak_ends import AIRLINER, DRONE, alarm, sky, stood
from watched import rung

FAKE = Source(id="exercise-radar", format="asterix", link="udp://127.0.0.1:8601", simulated=True)
NAN = math.nan


def shot(picture: Picture, *standing: Any, at: Site | None = None, simulated: bool = False) -> Shot:
    return Shot(picture, at or site(), standing, simulated=simulated)


def one(picture: Picture, *standing: Any, at: Site | None = None, simulated: bool = False) -> Event:
    """The event of the first track that is sent."""
    taken = shot(picture, *standing, at=at, simulated=simulated)
    return taken.event(taken.chosen("all")[0], "u")


def test_only_what_an_open_alarm_speaks_of_is_sent_unless_all_is_asked() -> None:
    picture = sky()
    taken = shot(picture, alarm(7))
    assert [taken.number(i) for i in taken.chosen("alarmed")] == [7]
    assert [taken.number(i) for i in taken.chosen("all")] == [7, 31]
    for state in ("shelved", "closed"):
        assert shot(picture, stood(rung(1, track=7, priority="urgent"), state)).chosen("alarmed") == []
    over = rung(1, track=7, priority="urgent", over_at_s=NOW_S)
    assert shot(picture, stood(over)).chosen("alarmed") == []
    assert shot(picture, stood(rung(1, track=7, priority="notice"))).chosen("alarmed") == []


def test_the_most_pressing_go_first() -> None:
    picture = sky(AIRLINER, DRONE, DRONE | {"id": 8, "x_m": 900.0})
    taken = shot(picture, stood(rung(1, track=7, priority="high")), alarm(8))
    assert [taken.number(i) for i in taken.chosen("all")] == [8, 7, 31]


def test_an_alarm_finds_its_track_by_what_it_says_it_is_and_in_a_group() -> None:
    said = sky(DRONE | {"identity": "uas:X1"}, AIRLINER)
    assert shot(said, stood(rung(1, subject="uas:X1", priority="high"))).chosen("alarmed") == [0]
    told = sky(claims=[claim("uas:X2", track=7, source="radar")])
    assert shot(told, stood(rung(1, subject="uas:X2", priority="high"))).chosen("alarmed") == [0]
    swarm = (Reason(code="near", evidence=("track:7", "track:31")),)
    many = stood(rung(1, subject="group:7", priority="high", reasons=swarm))
    assert shot(sky(), many).chosen("alarmed") == [0, 1]
    copied = sky(DRONE | {"identity": "uas:X1"}, DRONE | {"id": 8, "identity": "uas:X1"})
    assert shot(copied, alarm(7, aliases=("uas:X1",))).chosen("alarmed") == [0], "the one it is said of"


def test_a_measured_drone_under_alarm() -> None:
    event = one(sky(), alarm(7))
    assert event.type == "a-u-A-M-H-Q"
    assert event.how == "m-p", "one sensor: the place is that of a tracker"
    assert (event.time_s, event.start_s, event.stale_s) == (NOW_S, NOW_S, NOW_S + STALE_S)
    assert event.hae_m == 150.0 + 44.0, "above the ellipsoid"
    assert event.ce_m == pytest.approx(5.0)
    assert event.le_m == 20.0
    assert event.course_deg == pytest.approx(90.0, abs=0.1)
    assert event.speed_mps == 4.0
    assert event.callsign == "Drone #7"
    assert (event.remarks or "").startswith("URGENT: ")
    assert (event.remarks or "").endswith(" Measured.")
    assert event.opex is None


def test_two_sensors_corroborate() -> None:
    assert one(sky(DRONE | {"sensors": 2})).how == "m-f"


def test_a_declared_position_is_marked_as_declared() -> None:
    event = one(sky(AIRLINER))
    assert event.how == "m-r"
    assert event.remarks == "Declared, not measured."
    assert (event.type, event.callsign) == ("a-n-A-C-F", "BFI214")
    once_measured = DRONE | {"measured_s": NOW_S - 20, "claimed_s": NOW_S}
    assert one(sky(once_measured)).how == "m-r", "what was measured long ago is not measured now"
    coasting = one(sky(DRONE | {"measured_s": NOW_S - 20}))
    assert (coasting.how, coasting.remarks) == ("m-p", "Predicted, not seen now.")
    assert coasting.stale_s == NOW_S - 20 + STALE_S


def test_words_are_in_the_language_of_the_site() -> None:
    here = msgspec.structs.replace(site().site, languages=("fr", "en"))
    assert one(sky(AIRLINER), at=site(site=here)).remarks == "Déclaré, non mesuré."


def test_what_is_not_known_is_absent() -> None:
    flat = Place(name="Scene", lat_deg=LAT_DEG, lon_deg=LON_DEG, elevation_m=89.0)
    without_geoid = one(sky(), at=site(site=flat))
    assert (without_geoid.hae_m, without_geoid.le_m) == (None, None)
    without_height = one(sky(DRONE | {"alt_m": NAN, "alt_sigma_m": NAN, "vx_mps": 0.0}))
    assert (without_height.hae_m, without_height.le_m) == (None, None)
    assert (without_height.course_deg, without_height.speed_mps) == (None, None)


def test_an_error_ellipse_is_told_by_its_long_axis() -> None:
    slanted = {"var_x_m2": 500.0, "var_y_m2": 500.0, "cov_xy_m2": 400.0}
    assert one(sky(DRONE | slanted)).ce_m == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("row", "alarmed", "type"),
    [
        ({"kind": "helicopter"}, False, "a-n-A-C-H"),
        ({"kind": "balloon"}, False, "a-u-A"),
        ({"kind": "helicopter", "identity": "icao24:393322"}, False, "a-f-A-C-H"),
        ({"kind": "helicopter", "identity": "icao24:393322"}, True, "a-u-A"),
        ({"kind": "drone", "identity": "icao24:393322"}, False, "a-u-A-M-H-Q"),
        ({"kind": "drone", "identity": "icao24:393322"}, True, "a-u-A-M-H-Q"),
        ({"kind": "bird"}, True, "a-u-A"),
    ],
)
def test_nobody_is_called_hostile_and_a_claim_makes_no_friend_under_alarm(
    row: dict[str, Any], alarmed: bool, type: str
) -> None:
    here = site(protected=("icao24:393322",))
    assert one(sky(DRONE | row), *([alarm(7)] if alarmed else []), at=here).type == type


def test_a_drone_and_what_is_under_alarm_cannot_name_itself() -> None:
    forged = DRONE | {"callsign": "POLICE 1", "identity": "uas:</remarks><evil>"}
    event = one(sky(forged), alarm(7))
    assert event.callsign == "Drone #7"
    assert "says that it is uas:</remarks><evil>".lower() in (event.remarks or "").lower()
    assert one(sky(AIRLINER), alarm(31)).callsign == "Aircraft #31"


def test_birds_and_false_echoes_are_sent_under_alarm_only() -> None:
    picture = sky(DRONE | {"kind": "bird"}, DRONE | {"id": 8, "kind": "clutter"})
    assert shot(picture).chosen("all") == []
    assert shot(picture, alarm(7)).chosen("all") == [0]


def test_what_is_tentative_or_old_is_not_sent() -> None:
    picture = sky(DRONE | {"confirmed": False}, DRONE | {"id": 8, "measured_s": NOW_S - STALE_S})
    assert shot(picture, alarm(7), alarm(8)).chosen("all") == []


@pytest.mark.parametrize(
    "heard",
    [{"exercise-radar": NOW_S}, {"radar": NOW_S, "exercise-radar": NOW_S}, {"nobody knows": NOW_S}, {}],
)
def test_nothing_simulated_or_unknown_leaves(heard: dict[str, float]) -> None:
    here = site(source=(*site().source, FAKE))
    picture = sky(at=here)
    picture.heard = {7: heard, 31: {"radar": NOW_S}}
    taken = shot(picture, alarm(7), at=here)
    assert [taken.number(i) for i in taken.chosen("all")] == [31]
    assert taken.left_out >= 1
    shown = one(picture, alarm(7), at=here, simulated=True)
    assert (shown.how, shown.opex) == ("m-s", "s")
    assert (shown.remarks or "").startswith("SIMULATED.")


@pytest.mark.parametrize(
    "more",
    [
        {"simulated": True},
        {"reasons": (Reason(code="x", evidence=("source:exercise-radar",)),)},
        {"reasons": (Reason(code="x", evidence=("track:31",)),)},
    ],
)
def test_an_alarm_on_simulated_evidence_does_not_leave(more: dict[str, Any]) -> None:
    here = site(source=(*site().source, FAKE))
    picture = sky(at=here)
    picture.heard = {7: {"radar": NOW_S}, 31: {"exercise-radar": NOW_S}}
    taken = shot(picture, alarm(7, **more), at=here)
    assert taken.chosen("alarmed") == []
    assert taken.left_out == 2, "the alarm and track 31"


PILOT = Operator(lat_deg=48.73, lon_deg=2.37, alt_wgs84_m=120.0, operator_id="FRA-SECRET-1")


def declared(**fields: Any) -> Picture:
    said: dict[str, Any] = {"operator": PILOT, "source": "radar"} | fields
    return sky(claims=[claim("uas:X1", 7, **said)])


def test_where_an_operator_stands() -> None:
    taken = shot(declared(), alarm(7))
    assert taken.is_alarmed_drone(0)
    track = taken.event(0, "t")
    place = taken.operator(0, "o", track)
    assert place is not None
    assert (place.type, place.how, place.uid) == ("a-u-G", "m-r", "o")
    assert (place.lat_deg, place.lon_deg, place.hae_m) == (48.73, 2.37, 120.0)
    assert place.related is not None
    assert place.related.uid == "t"
    assert (place.callsign, place.remarks) == ("Operator: Drone #7", "Declared, not measured.")
    assert "SECRET" not in repr(place), "who it is stays here"
    takeoff = msgspec.structs.replace(PILOT, at_takeoff=True)
    at_takeoff = shot(declared(operator=takeoff), alarm(7)).operator(0, "o", track)
    assert at_takeoff is not None
    assert at_takeoff.callsign == "Take-off point: Drone #7"


@pytest.mark.parametrize(
    "fields",
    [
        {"operator": None},
        {"operator": Operator(operator_id="FRA1")},
        {"source": "exercise-radar"},
        {"time_s": NOW_S - STALE_S - 1},
    ],
)
def test_no_place_of_an_operator_is_made_up(fields: dict[str, Any]) -> None:
    taken = shot(declared(**fields), alarm(7))
    assert taken.operator(0, "o", taken.event(0, "t")) is None


def test_who_is_not_alarmed_or_no_drone_has_no_operator() -> None:
    assert not shot(declared()).is_alarmed_drone(0)
    assert not shot(declared(), alarm(31)).is_alarmed_drone(1)
