"""A declaration is called false only where a sensor speaks against it, and never while it may be true."""

from typing import Any

import msgspec
import numpy as np
import pytest

from beffroi.observation import Observation
from beffroi.picture import Bearing, Claim, SourceState
from beffroi.scene import NOW_S, Scene, claim, scene, site
from beffroi.sign import Finding
from ruling import codes, found
from skies import PLANE, SERIAL, Flyer, changes, here, permit, ring, sky, watch

SUBJECT = f"uas:{SERIAL}"
RULE = "contradicted_remote_id"


def said(x_m: float, track: int = -1, transmitter: str = "mac:1", **more: Any) -> Claim:
    lat, lon = (float(v) for v in PLANE.inverse(x_m, 0.0))
    return claim(SUBJECT, track, lat_deg=lat, lon_deg=lon, transmitter=transmitter, **more)


def earlier(one: Claim, seconds: float, **more: Any) -> list[Observation]:
    """The same, said once a second before."""
    ago = np.arange(1.0, seconds + 0.5)[::-1]
    return [msgspec.structs.replace(one.latest, **({"time_s": NOW_S - float(a)} | more)) for a in ago]


def of(
    one: Claim, seconds: float = 20.0, *, rows: Any = (), history: Any = None, **more: Any
) -> list[Finding]:
    past = earlier(one, seconds) if history is None else history
    return found(RULE, scene(rows, claims=[one, *more.pop("others", ())], history=past, **more))


# --- a sensor that would see it


def test_seen_nowhere_for_ten_looks() -> None:
    (finding,) = of(said(3000.0))
    assert codes(finding) == ["not_seen"]
    assert finding.reasons[0].params == {"sensor": "radar", "for_s": 20.0}
    assert "source:radar" in finding.reasons[0].evidence
    assert of(said(3000.0), seconds=8.0) == []


@pytest.mark.parametrize(
    "one",
    [
        said(14_000.0),
        said(50.0),
        said(3000.0, on_ground=True),
        said(3000.0, height_takeoff_m=2.0),
        said(3000.0, height_agl_m=10.0),
        said(3000.0, time_s=NOW_S - 12.0),
    ],
    ids=["beyond its range", "over its head", "on the ground", "taking off", "by the ground", "silent now"],
)
def test_where_no_sensor_would_see_it_nothing_is_said(one: Claim) -> None:
    assert of(one) == []


def test_a_track_near_the_declared_place_is_enough() -> None:
    near = {"id": 5, "x_m": 3150.0, "y_m": 0.0}
    assert of(said(3000.0), rows=[near]) == []
    assert len(of(said(3000.0), rows=[near | {"measured_s": NOW_S - 30.0}])) == 1
    assert len(of(said(3000.0), rows=[near | {"x_m": 3300.0, "kind": "bird"}])) == 1


def test_a_sensor_that_is_not_well_or_does_not_see_all_says_nothing() -> None:
    for state in ("silent", "fault", "degraded", "waiting"):
        ill = SourceState(id="radar", state=state, last_s=NOW_S, period_s=1.0, x_m=0.0, y_m=0.0)
        assert of(said(3000.0), sources=[ill]) == []
    plain = site().source[0]
    for changed in ({"sees_all": False}, {"range_m": None}):
        assert of(said(3000.0), at=site(source=(msgspec.structs.replace(plain, **changed),))) == []


def test_it_must_have_stood_there_without_a_break() -> None:
    """Ten minutes ago it was in the volume too; now it has just come in again."""
    one = said(3000.0)
    lat, lon = (float(v) for v in PLANE.inverse(16_000.0, 0.0))
    outside = earlier(one, 20.0, lat_deg=lat, lon_deg=lon)
    inside = [msgspec.structs.replace(o, time_s=o.time_s - 600.0) for o in earlier(one, 20.0)]
    assert of(one, history=[*inside, *outside[:-3], *earlier(one, 3.0)]) == []


def test_an_honest_drone_that_the_radar_has_just_lost_is_not_called_a_liar() -> None:
    """It hovers: a radar that sees what moves sees it no more."""
    held = {"id": 5, "x_m": 3000.0, "y_m": 0.0, "measured_s": NOW_S - 14.0, "identity": SUBJECT}
    hovering = said(3000.0, 5, ground_speed_mps=0.3)
    assert of(hovering, seconds=300.0, rows=[held]) == []
    lost = said(3000.0, 5, ground_speed_mps=9.0)
    assert of(lost, seconds=300.0, rows=[held])[0].reasons[0].params["for_s"] == pytest.approx(14.0)
    assert of(lost, seconds=300.0, rows=[held | {"measured_s": NOW_S - 9.0}]) == []


# --- a bearing, another place


def bearing(azimuth_deg: float, subject: str = SUBJECT) -> Bearing:
    return Bearing(time_s=NOW_S - 1.0, source="rf", x_m=0.0, y_m=0.0, azimuth_deg=azimuth_deg, sigma_deg=2.0,
                   track=-1, frame=b"\6" * 16, subject=subject)  # fmt: skip


def test_a_bearing_of_this_very_transmitter_that_points_elsewhere() -> None:
    """It declares itself due east."""
    (finding,) = of(said(3000.0), 2.0, bearings=[bearing(120.0)])
    assert codes(finding) == ["bearing"]
    assert finding.reasons[0].params["off_deg"] == pytest.approx(30.0)
    assert of(said(3000.0), 2.0, bearings=[bearing(100.0)]) == []
    assert of(said(3000.0), 2.0, bearings=[bearing(270.0, "uas:OTHER")]) == []
    assert of(said(3000.0), 2.0, bearings=[bearing(270.0), bearing(90.0)]) == [], "the latest counts"


def test_the_track_that_bore_it_is_seen_elsewhere() -> None:
    away = {"id": 5, "x_m": -2000.0, "y_m": 0.0, "identity": SUBJECT}
    (finding,) = of(said(3000.0), 2.0, rows=[away])
    assert codes(finding) == ["moved_away"]
    assert finding.reasons[0].params["away_m"] == pytest.approx(5000.0)
    assert "track:5" in finding.reasons[0].evidence


def test_the_real_one_is_not_named_because_of_a_copy() -> None:
    """Another transmitter under the same serial falls on the track that a sensor holds: that one is true."""
    real = {"id": 5, "x_m": -2000.0, "y_m": 0.0, "identity": SUBJECT, "claimed_s": NOW_S}
    (finding,) = of(said(3000.0), rows=[real], others=[said(-2000.0, 5, "mac:2")])
    assert codes(finding) == ["not_seen"]
    x, _ = PLANE.forward(finding.lat_deg or 0.0, finding.lon_deg or 0.0)
    assert float(x) == pytest.approx(3000.0, abs=1.0), "the sign lies where the copy says it is"


def test_a_silent_drone_near_by_may_be_the_sender_and_one_far_off_is_not() -> None:
    silent = {"id": 6, "x_m": 6000.0, "y_m": 0.0}
    (finding,) = of(said(3000.0), rows=[silent])
    assert codes(finding) == ["not_seen", "unclaimed"]
    assert finding.reasons[1].weight < finding.reasons[0].weight
    assert codes(of(said(3000.0), rows=[silent | {"x_m": -9000.0}])[0]) == ["not_seen"]
    assert codes(of(said(3000.0), rows=[silent | {"kind": "bird"}])[0]) == ["not_seen"]


# --- who is asked


def test_a_claim_that_falls_on_a_track_which_a_sensor_holds_is_true() -> None:
    held = {"id": 5, "x_m": 3000.0, "y_m": 0.0, "identity": SUBJECT}
    assert of(said(3000.0, 5), rows=[held]) == []


def test_only_unmanned_aircraft_are_asked_and_only_where_they_say_where() -> None:
    lat, lon = (float(v) for v in PLANE.inverse(3000.0, 0.0))
    aircraft = claim("icao24:4baac6", lat_deg=lat, lon_deg=lon)
    assert of(aircraft) == []
    assert of(claim(SUBJECT, transmitter="mac:1")) == []


def test_one_finding_a_serial_however_many_use_it() -> None:
    two = [said(3000.0), said(-3000.0, transmitter="mac:2")]
    past = [o for one in two for o in earlier(one, 20.0)]
    made: Scene = scene(claims=two, history=past, bearings=[bearing(0.0)])
    (finding,) = found(RULE, made)
    assert set(codes(finding)) == {"not_seen", "bearing"}


# --- the same with a whole watch


def opened(*flyers: Flyer, seconds: float = 45.0, at: Any = None) -> list[Any]:
    run = watch(at or here(), [ring()])
    return [s for s in changes(run, sky(flyers, seconds), RULE) if s.change == "opened"]


DRONE = Flyer(x_m=2500.0, y_m=300.0, vx_mps=8.0, serial=SERIAL)


def test_an_honest_drone_is_believed() -> None:
    assert opened(DRONE) == []


def test_one_that_declares_itself_elsewhere_is_not() -> None:
    (sign,) = opened(msgspec.structs.replace(DRONE, declared_m=(-4000.0, 900.0)))
    assert sign.subject == SUBJECT
    assert "not_seen" in {r.code for r in sign.reasons}


def test_one_that_waits_on_the_ground_with_its_radio_on_is_not_accused() -> None:
    waiting = Flyer(x_m=2500.0, y_m=300.0, alt_m=90.0, radars=(), serial=SERIAL, said={
        "on_ground": True, "ground_speed_mps": 0.0})  # fmt: skip
    assert opened(waiting) == []


def test_a_copy_of_a_permitted_serial_is_contradicted_and_the_real_one_left_alone() -> None:
    copy = msgspec.structs.replace(DRONE, radars=(), transmitter="mac:02:00:00:00:00:66", x_m=-3000.0)
    real = msgspec.structs.replace(DRONE, x_m=300.0, vx_mps=3.0)
    site_ = here(authorisation=(permit(SERIAL),))
    (sign,) = opened(real, copy, at=site_)
    x, _ = PLANE.forward(sign.lat_deg or 0.0, sign.lon_deg or 0.0)
    assert float(x) < -1000.0
    run = watch(site_, [ring()])
    accused = [s for s in changes(run, sky([real, copy], 45.0), "zone_intrusion") if s.subject == "track:1"]
    assert accused == []
