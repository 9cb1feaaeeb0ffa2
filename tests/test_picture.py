"""The picture: who may be where, who is a crewed flight in its place, what a place is told from."""

from typing import Any

import numpy as np
import pytest

from beffroi.flight import Flight
from beffroi.picture import DOUBTFUL_S, FAST_MPS, HELD_S, SETTLED_S, Claim, Picture
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, claim, scene, site
from beffroi.site import Authorisation, Place, Site
from skies import GEOID_M, PLANE, Flyer, changes, here, permit, ring, sky, watch

OWN = "1588E0CAL00000001"
SUBJECT = f"uas:{OWN}"


def permitted(**more: Any) -> Authorisation:
    """The airport's own drone may fly within 1 km of the field, up to 300 m, that day."""
    said: dict[str, Any] = {"serial": OWN, "id": "CAL-1", "radius_m": 1000.0}
    return permit(**(said | more))


def said_at(x_m: float, y_m: float, track: int, transmitter: str = "mac:1", **more: Any) -> Claim:
    """A claim of the airport's own serial at a place."""
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    return claim(SUBJECT, track, lat_deg=lat, lon_deg=lon, transmitter=transmitter, **more)


def over_the_field(*claims: Claim, allowed: Authorisation | None = None, **row: Any) -> Picture:
    """A drone 300 m east of the field's middle, 150 m high, held by the radar; and claims."""
    drone = {"id": 7, "x_m": 300.0, "y_m": 0.0, "alt_m": 150.0} | row
    return scene([drone], claims=claims, at=site(authorisation=(allowed or permitted(),))).now


# --- permits


def test_a_permitted_drone_that_a_sensor_holds_is_authorised() -> None:
    assert over_the_field(said_at(300.0, 0.0, 7)).standing(0) == "authorised"


def test_a_claim_alone_is_a_claim() -> None:
    for measured_s in (np.nan, NOW_S - HELD_S - 1.0):
        assert over_the_field(said_at(300.0, 0.0, 7), measured_s=measured_s).standing(0) == "claimed"


@pytest.mark.parametrize(
    "changed",
    [
        {"serial": "1588E0CAL00000002"},
        {"to_time": "2023-11-14T12:00:00Z"},
        {"from_time": "2023-11-15T00:00:00Z"},
        {"radius_m": 250.0},
        {"up_to_m": 140.0},
        {"lat_deg": LAT_DEG + 0.02},
    ],
    ids=["another serial", "over", "not yet", "outside", "too high", "elsewhere"],
)
def test_outside_its_permit_it_stands_for_nothing(changed: dict[str, Any]) -> None:
    assert over_the_field(said_at(300.0, 0.0, 7), allowed=permitted(**changed)).standing(0) == "none"


def test_a_track_without_a_claim_stands_for_nothing() -> None:
    assert over_the_field().standing(0) == "none"
    assert over_the_field(said_at(300.0, 0.0, -1)).standing(0) == "none"
    assert over_the_field(said_at(300.0, 0.0, 8)).standing(0) == "none"


def test_a_copy_elsewhere_neither_is_permitted_nor_harms_the_real_one() -> None:
    rows = [{"id": 7, "x_m": 300.0, "y_m": 0.0, "alt_m": 150.0},
            {"id": 8, "x_m": 4000.0, "y_m": 0.0, "alt_m": 150.0}]  # fmt: skip
    claims = [said_at(300.0, 0.0, 7), said_at(4000.0, 0.0, 8, "mac:2")]
    now = scene(rows, claims=claims, at=site(authorisation=(permitted(),))).now
    assert [now.standing(0), now.standing(1)] == ["authorised", "none"]


@pytest.mark.parametrize("track", [8, -1])
def test_two_in_the_permitted_volume_are_both_only_claims(track: int) -> None:
    rows = [{"id": 7, "x_m": 300.0, "y_m": 0.0, "alt_m": 150.0},
            {"id": 8, "x_m": -600.0, "y_m": 0.0, "alt_m": 150.0}]  # fmt: skip
    claims = [said_at(300.0, 0.0, 7), said_at(-600.0, 0.0, track, "mac:2")]
    now = scene(rows, claims=claims, at=site(authorisation=(permitted(),))).now
    assert now.standing(0) == "claimed"
    assert now.standing(1) == ("claimed" if track == 8 else "none")


def test_two_radios_of_one_drone_are_one_drone() -> None:
    """It speaks by Wi-Fi and by Bluetooth, under two addresses; one of them also without a place."""
    bare = claim(SUBJECT, -1, transmitter="mac:3")
    assert (
        over_the_field(said_at(300.0, 0.0, 7), said_at(302.0, 1.0, 7, "mac:2"), bare).standing(0)
        == "authorised"
    )


def test_an_old_word_of_another_radio_harms_nobody() -> None:
    old = said_at(-500.0, 0.0, 3, "mac:2", time_s=NOW_S - 40.0)
    assert over_the_field(said_at(300.0, 0.0, 7), old).standing(0) == "authorised"


def test_of_several_permits_the_one_that_holds_counts() -> None:
    before = permitted(id="CAL-0", to_time="2023-11-14T12:00:00Z")
    now = scene(
        [{"id": 7, "x_m": 300.0, "alt_m": 150.0}], claims=[said_at(300.0, 0.0, 7)],
        at=site(authorisation=(before, permitted())),
    ).now  # fmt: skip
    found = now.permit(SUBJECT, 300.0, 0.0, 150.0)
    assert found is not None
    assert found.id == "CAL-1"


def real(**more: Any) -> Flyer:
    flown: dict[str, Any] = {"x_m": 100.0, "y_m": 0.0, "vx_mps": 4.0, "serial": OWN}
    return Flyer(**(flown | more))


def test_a_forged_copy_of_the_airport_s_own_serial_silences_nothing() -> None:
    """The real one flies over the field; the copy comes in from outside its volume."""
    copy = real(x_m=-2600.0, vx_mps=14.0, transmitter="mac:02:00:00:00:00:66")
    site_ = here(authorisation=(permitted(),))
    alone = changes(watch(site_, [ring()]), sky([real()], 60.0), "zone_intrusion")
    assert alone == [], "the real one is at home"
    both = changes(watch(site_, [ring()]), sky([real(), copy], 60.0), "zone_intrusion")
    opened = [s for s in both if s.change == "opened"]
    assert len(opened) == 1
    x, _ = PLANE.forward(opened[0].lat_deg or 0.0, opened[0].lon_deg or 0.0)
    assert float(x) < -1000.0, "it is the copy"
    assert opened[0].priority == "high", "its claim is no reason against"


def test_a_mere_voice_with_the_airport_s_serial_lowers_the_priority_and_says_why() -> None:
    voice = real(radars=(), transmitter="mac:02:00:00:00:00:66", said={"alt_wgs84_m": 150.0 + GEOID_M})
    said = changes(watch(here(authorisation=(permitted(),)), [ring()]), sky([voice], 30.0), "zone_intrusion")
    assert [s.priority for s in said if s.change == "opened"] == ["notice"]
    against = [r for r in said[0].reasons if r.weight < 0]
    assert [(r.code, r.params["permit"]) for r in against] == [("claims_permit", "CAL-1")]
    assert all(r.evidence for r in against)


# --- crewed flights in their place


def controlled(squawk: str = "", phase: Any = None, identity: str = "icao24:393322", **row: Any) -> bool:
    live = {"id": 3, "kind": "aircraft", "identity": identity, "vx_mps": 50.0} | row
    flights = [Flight(subject=identity, track=3, phase=phase)] if phase else []
    return bool(
        scene([live], squawks={3: (squawk, None)} if squawk else {}, flights=flights).now.controlled[0]
    )


def test_a_flight_is_in_its_place_when_it_lands_or_has_a_code_or_is_fast() -> None:
    assert controlled(phase="arrival")
    assert controlled(phase="departure")
    assert controlled(squawk="5363")
    assert controlled(vx_mps=FAST_MPS + 5.0)


def test_what_nobody_controls_is_not() -> None:
    assert not controlled()
    assert not controlled(phase="overflight")
    for code in ("7000", "1200", "2000", "0000"):
        assert not controlled(squawk=code)


def test_without_a_name_nothing_is_controlled() -> None:
    live = {"id": 3, "kind": "aircraft", "vx_mps": 120.0}
    assert not scene([live], squawks={3: ("5363", None)}).now.controlled[0]


@pytest.mark.parametrize("kind", ["ultralight", "glider", "paraglider", "parachute", "drone", "balloon"])
def test_what_is_light_never_is_whatever_it_says(kind: str) -> None:
    assert not controlled(squawk="5363", phase="arrival", kind=kind, vx_mps=80.0)


@pytest.mark.parametrize("said", [SUBJECT, "mac:60:60:1f:00:00:01"])
@pytest.mark.parametrize("kind", ["vehicle", "aircraft"])
def test_what_says_that_it_is_unmanned_never_is_however_fast_it_jumps_about(said: str, kind: str) -> None:
    assert not controlled(identity=said, kind=kind, vx_mps=120.0, squawk="5363")
    assert not controlled(identity=said, kind=kind, vx_mps=40.0, alt_m=90.0)  # along the runway


def test_only_what_is_flown_by_somebody_aboard_can_be_affected() -> None:
    fast = {"vx_mps": 80.0, "alt_m": 300.0, "kind": "aircraft"}
    rows = [
        fast | {"id": 1, "identity": "icao24:393322"},
        fast | {"id": 2, "identity": "icao24:393323", "on_ground": True},
        fast | {"id": 3, "identity": SUBJECT},
        {"id": 4, "kind": "drone", "alt_m": 90.0, **moving(40.0)},
        {"id": 5, "kind": "vehicle", "alt_m": 90.0, **moving(40.0)},
    ]
    now = scene(rows).now
    assert now.affected.tolist() == [True, False, False, False, True]
    assert not now.controlled[3], "a drone is an intruder on the runway too"
    assert now.controlled[4], "what rolls along the runway is nobody's intruder"


# --- nameless second tracks of crewed flights, and drones that hide beside one

ALONG_X, ALONG_Y = (float(f(np.radians(62.0))) for f in (np.sin, np.cos))
"""Direction of the runway of the scene."""
PARKED: dict[str, Any] = {"id": 1, "identity": "icao24:393322", "kind": "aircraft", "on_ground": True,
                          "x_m": 500.0, "y_m": -800.0, "alt_m": 89.0, "alt_sigma_m": 5.0}  # fmt: skip
BIG: dict[str, Any] = {"id": 1, "identity": "icao24:393322", "kind": "aircraft", "x_m": -4000.0, "y_m": 0.0,
                       "vx_mps": 70.0, "alt_m": 700.0, "alt_sigma_m": 10.0}  # fmt: skip


def moving(speed_mps: float, off_deg: float = 0.0) -> dict[str, Any]:
    """A motion so far off the runway's direction."""
    course = np.radians(62.0 + off_deg)
    return {"vx_mps": speed_mps * float(np.sin(course)), "vy_mps": speed_mps * float(np.cos(course))}


def silenced(*others: dict[str, Any], **row: Any) -> bool:
    """Whether a nameless track beside `others` is taken for one of a crewed flight."""
    live = {"id": 9, "alt_m": 95.0, "alt_sigma_m": 3.0} | row
    now = scene([live, *others]).now
    assert now.flying[0] or row.get("kind") != "drone"
    return bool(now.controlled[0])


@pytest.mark.parametrize("sigma_m", [3.0, 100.0])
@pytest.mark.parametrize(
    ("others", "drone"),
    [
        ([PARKED], {"x_m": 500.0, "y_m": -760.0, "alt_m": 139.0}),
        ([PARKED], {"x_m": 500.0, "y_m": -760.0, "alt_m": 91.0}),
        ([], {"alt_m": 140.0, **moving(26.0)}),
        ([], {"alt_m": 91.0, **moving(26.0)}),
        ([], {"alt_m": 140.0, **moving(26.0, 90.0)}),
        ([BIG], {"x_m": -3800.0, "y_m": 0.0, "alt_m": 300.0, "vx_mps": 36.0}),
        ([BIG], {"x_m": -3800.0, "y_m": 0.0, "alt_m": 700.0, "vx_mps": 36.0}),
        ([BIG], {"x_m": -3800.0, "y_m": 0.0, "alt_m": np.nan, "vx_mps": 36.0}),
    ],
    ids=["over a parked one", "beside a parked one", "over the runway", "on the runway",
         "across the runway", "below an airliner", "before an airliner", "before it, no height"],
)  # fmt: skip
def test_a_nameless_drone_is_never_silenced(
    others: list[dict[str, Any]], drone: dict[str, Any], sigma_m: float
) -> None:
    assert not silenced(*others, **(drone | {"kind": "drone", "alt_sigma_m": sigma_m}))


@pytest.mark.parametrize("kind", ["aircraft", "vehicle"])
def test_the_second_track_of_a_parked_one_is_low(kind: str) -> None:
    beside = {"x_m": 500.0, "y_m": -760.0, "kind": kind}
    assert silenced(PARKED, **beside)
    assert silenced(PARKED, **beside, alt_m=89.0 + 15.0 + 2 * 3.0 - 0.1)
    assert not silenced(PARKED, **beside, alt_m=89.0 + 15.0 + 2 * 3.0 + 0.1)
    assert not silenced(PARKED, **beside, alt_m=150.0, alt_sigma_m=100.0), "60 m is the most"
    assert not silenced(PARKED, **beside, alt_m=np.nan)
    assert not silenced(PARKED, **(beside | {"y_m": -730.0}))
    assert not silenced(PARKED | {"on_ground": False}, **beside)


@pytest.mark.parametrize(
    ("row", "after_s"),
    [
        ({"alt_m": 91.0}, DOUBTFUL_S),
        ({"alt_m": 139.0}, SETTLED_S),
        ({"alt_m": 91.0, "y_m": -730.0}, SETTLED_S),
        ({"alt_m": np.nan}, SETTLED_S),
    ],
    ids=["low beside it", "over it", "farther off", "no height"],
)
def test_a_drone_on_the_ground_beside_an_aircraft_is_waited_for_a_little_longer(
    row: dict[str, Any], after_s: float
) -> None:
    """It may be a second track that the tracker is about to join with the first."""
    drone = {"id": 9, "x_m": 500.0, "y_m": -760.0, "vx_mps": 4.0, "alt_sigma_m": 3.0} | row
    for age_s in (after_s - 1.0, after_s + 1.0):
        now = scene([drone | {"first_s": NOW_S - age_s}, PARKED]).now
        assert bool(now.flying[0]) is (age_s > after_s)
        assert not now.controlled[0]


def test_what_rolls_is_on_a_runway_and_along_it() -> None:
    for off_deg in (0.0, 180.0, 19.0, -161.0):
        assert silenced(kind="aircraft", **moving(40.0, off_deg))
    for off_deg in (21.0, 90.0, 201.0):
        assert not silenced(kind="aircraft", **moving(40.0, off_deg))
    assert not silenced(kind="aircraft", alt_m=140.0, **moving(40.0))
    assert not silenced(kind="aircraft", **moving(24.0))
    assert not silenced(kind="aircraft", x_m=70.0 * ALONG_Y, y_m=-70.0 * ALONG_X, **moving(40.0))


def test_the_second_track_of_a_flight_is_as_high_as_it() -> None:
    behind = {"kind": "aircraft", "x_m": -4150.0, "vx_mps": 60.0, "alt_sigma_m": 10.0}
    at_most_m = 4 * float(np.hypot(10.0, 10.0))
    for height_m in (-at_most_m + 0.1, 0.0, at_most_m - 0.1, np.nan):
        assert silenced(BIG, **behind, alt_m=700.0 + height_m)
    for height_m in (-400.0, -at_most_m - 0.1, at_most_m + 0.1):
        assert not silenced(BIG, **behind, alt_m=700.0 + height_m)
    assert silenced(BIG | {"alt_m": np.nan}, **behind, alt_m=300.0), "whose height is not known"


# --- places and names


def test_a_place_is_told_from_the_nearest_threshold_and_far_off_from_the_aerodrome() -> None:
    now = scene().now
    x, y = now.airspace.finals[1].x_m, now.airspace.finals[1].y_m
    assert now.place(x, y + 1500.0) == {
        "distance_m": pytest.approx(1500.0), "bearing_deg": pytest.approx(0.0, abs=1e-6), "ref": "threshold",
        "name": "24",
    }  # fmt: skip
    far = now.place(0.0, -20_000.0)
    assert (far["ref"], far["name"]) == ("aerodrome", "Scene")
    assert (far["distance_m"], far["bearing_deg"]) == (pytest.approx(20_000.0), pytest.approx(180.0))


def test_without_runways_every_place_is_told_from_the_site() -> None:
    bare = Site(site=Place(name="Field", lat_deg=LAT_DEG, lon_deg=LON_DEG))
    assert scene(at=bare).now.place(300.0, 0.0)["name"] == "Field"


def test_what_is_said_of_a_track_leaves_out_what_is_not_known() -> None:
    now = scene([{"x_m": 0.0}, {"x_m": 0.0, "alt_m": 0.0}]).now
    assert now.said(0)["level"] is None
    assert now.said(1)["level"] == {"height_m": 0.0, "datum": "amsl"}


def test_a_track_is_called_by_its_callsign_its_claim_or_its_number() -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "callsign": "AFR12", "identity": "icao24:393322"},
            {"id": 2, "identity": "icao24:393323"}, {"id": 3}]  # fmt: skip
    now = scene(rows).now
    assert [now.called(n) for n in (1, 2, 3, 9)] == ["AFR12", "393323", "#3", "#9"]
    assert now.index(9) is None


def test_the_latest_claim_on_a_track_speaks_for_it() -> None:
    first, last = said_at(0.0, 0.0, 7, "mac:1", time_s=NOW_S - 5.0), said_at(0.0, 0.0, 7, "mac:2")
    assert over_the_field(last, first).claim(7) is last


# --- what surely flies


@pytest.mark.parametrize(
    ("row", "flies"),
    [
        ({}, True),
        ({"kind": "bird"}, False),
        ({"kind": "vehicle"}, False),
        ({"kind": "aircraft", "vx_mps": 60.0}, True),
        ({"kind": "aircraft", "vx_mps": 5.0}, False),
        ({"kind": "helicopter", "vx_mps": 0.0}, True),
        ({"kind": "helicopter", "vx_mps": 0.0, "alt_m": 250.0}, True),
        ({"kind": "helicopter", "vx_mps": 0.0, "alt_m": 95.0}, False),
        ({"kind": "helicopter", "vx_mps": 5.0, "alt_m": 95.0}, True),
        ({"kind": "drone", "vx_mps": 0.0, "alt_m": 95.0}, True),
        ({"on_ground": True}, False),
        ({"confirmed": False}, False),
        ({"existence": 0.9}, False),
        ({"first_s": NOW_S - 6.0}, False),
        ({"first_s": NOW_S - 6.0, "claimed_s": NOW_S}, True),
        ({"var_v_m2ps2": 100.0}, False),
        ({"var_v_m2ps2": 100.0, "claimed_s": NOW_S - 5.0}, True),
        ({"var_v_m2ps2": 100.0, "claimed_s": NOW_S - 90.0}, False),
        ({"coasting": True, "first_s": NOW_S - 20.0}, False),
        ({"coasting": True, "first_s": NOW_S - 200.0}, True),
    ],
)
def test_what_surely_flies(row: dict[str, Any], flies: bool) -> None:
    """A drone that the radar has followed for a minute; and what each circumstance makes of it."""
    assert bool(scene([{"id": 1, "x_m": 4000.0} | row]).now.flying[0]) is flies
