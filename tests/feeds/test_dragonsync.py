"""DragonSync's objects: every kind, what stands for "missing", and what is of the wrong kind."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import FeedError
from beffroi.feeds import dragonsync
from beffroi.observation import Health, Observation, Operator, digest

NOW_S = 1_750_000_100.0
DRONE: dict[str, Any] = {
    "id": "drone-1588E040445AC004418", "id_type": "Serial Number (ANSI/CTA-2063-A)", "description": "survey",
    "rid_make": "Parrot", "rid_model": "Anafi", "lat": 48.7262, "lon": 2.3652, "latitude": 48.7262,
    "longitude": 2.3652, "gps_accuracy": 0.0, "alt": 180.0, "height": 45.0, "height_type": "Above Takeoff",
    "pressure_altitude": 150.0, "speed": 8.0, "vspeed": -0.5, "direction": 90.0, "rssi": -60.0,
    "pilot_lat": 48.7251, "pilot_lon": 2.3611, "home_lat": 48.72, "home_lon": 2.36,
    "mac": "60:60:1F:00:00:01", "ua_type": 2, "caa_id": "F-1234", "operator_id": "FRA87astrdge12k8",
    "op_status": "Airborne", "observed_at": 1750000000.5, "last_update_time": 1750000001.0,
    "horizontal_accuracy": "<10 m", "vertical_accuracy": "<3m", "speed_accuracy": "<1 m/s",
    "freq": 2437.0, "freq_mhz": 2437.0, "seen_by": "wardragon-1", "track_type": "drone",
}  # fmt: skip
SIGNAL: dict[str, Any] = {
    "uid": "fpv-alert-5800MHz", "signal_type": "fpv", "source": "confirm", "callsign": "FPV confirm",
    "description": "analogue video", "center_hz": 5.8e9, "bandwidth_hz": 8e6, "pal": 0.9, "ntsc": None,
    "rssi": -48.0, "sensor_lat": 48.7, "sensor_lon": 2.3, "sensor_alt": 90.0, "lat": 48.70009, "lon": 2.30004,
    "latitude": 48.70009, "longitude": 2.30004, "radius_m": 15.0, "seen_by": "wardragon-1",
    "observed_at": None,
}  # fmt: skip


def read(values: dict[str, Any]) -> list[Observation | FeedError]:
    return list(dragonsync.decode(json.dumps(values).encode(), NOW_S, "kit"))


def one(values: dict[str, Any]) -> Observation:
    (observation,) = read(values)
    assert isinstance(observation, Observation)
    return observation


def test_a_drone() -> None:
    claim = one(DRONE)
    assert claim == Observation(
        source="kit",
        kind="claim",
        time_s=1750000000.5,
        received_at_s=NOW_S,
        frame=digest(json.dumps(DRONE).encode()),
        subject="uas:1588E040445AC004418",
        aliases=("uas:F-1234",),
        sensor="wardragon-1",
        transmitter="mac:60:60:1f:00:00:01",
        lat_deg=48.7262,
        lon_deg=2.3652,
        horizontal_sigma_m=claim.horizontal_sigma_m,
        alt_1013_m=150.0,
        alt_wgs84_m=180.0,
        height_takeoff_m=45.0,
        vertical_sigma_m=claim.vertical_sigma_m,
        on_ground=False,
        ground_speed_mps=8.0,
        track_deg=90.0,
        vertical_speed_mps=-0.5,
        speed_sigma_mps=claim.speed_sigma_mps,
        registration="F-1234",
        classes={"drone": 1.0},
        status="airborne",
        text="survey, Parrot, Anafi",
        rssi_dbm=-60.0,
        frequency_hz=2.437e9,
        operator=Operator(operator_id="FRA87astrdge12k8", lat_deg=48.7251, lon_deg=2.3611, at_takeoff=False),
    )
    assert claim.horizontal_sigma_m == pytest.approx(10 / 2.4477, rel=1e-4)
    assert claim.vertical_sigma_m == pytest.approx(3 / 1.96, rel=1e-4)
    assert claim.speed_sigma_mps == pytest.approx(1 / 2.4477, rel=1e-4)


@pytest.mark.parametrize("missing", [0, 0.0, None, ""])
def test_what_stands_for_missing_is_absent(missing: object) -> None:
    keys = ("lat", "lon", "alt", "height", "pressure_altitude", "speed", "vspeed", "direction", "rssi",
            "freq", "freq_mhz", "pilot_lat", "pilot_lon", "home_lat", "home_lon", "observed_at",
            "last_update_time", "ua_type")  # fmt: skip
    texts = dict.fromkeys(("description", "rid_make", "rid_model", "operator_id", "op_status", "caa_id"), "")
    claim = one(
        DRONE | dict.fromkeys(keys, missing) | texts | {"horizontal_accuracy": "", "vertical_accuracy": 0}
    )
    assert claim == Observation(
        source="kit", kind="claim", time_s=NOW_S, received_at_s=NOW_S, frame=claim.frame,
        subject="uas:1588E040445AC004418", sensor="wardragon-1", transmitter="mac:60:60:1f:00:00:01",
        speed_sigma_mps=claim.speed_sigma_mps, classes={"drone": 1.0},
    )  # fmt: skip


def test_the_codes_for_unknown_are_absent() -> None:
    claim = one(
        DRONE | {"speed": 255.0, "vspeed": 63.0, "alt": -1000.0, "height": -1000.0, "direction": 361.0}
    )
    assert (claim.ground_speed_mps, claim.vertical_speed_mps, claim.track_deg) == (None, None, None)
    assert (claim.alt_wgs84_m, claim.height_takeoff_m, claim.height_agl_m) == (None, None, None)


def test_the_equator_and_the_first_meridian_are_places() -> None:
    assert (one(DRONE | {"lat": 0.0}).lat_deg, one(DRONE | {"lon": 0}).lon_deg) == (0.0, 0.0)
    nowhere = one(DRONE | {"lat": 0.0, "lon": 0.0})
    assert (nowhere.lat_deg, nowhere.lon_deg) == (None, None)


def test_the_operator_is_the_pilot_else_the_take_off_point() -> None:
    home = one(DRONE | {"pilot_lat": 0.0, "pilot_lon": 0.0}).operator
    assert home == Operator(operator_id="FRA87astrdge12k8", lat_deg=48.72, lon_deg=2.36, at_takeoff=True)
    nowhere = dict.fromkeys(("pilot_lat", "pilot_lon", "home_lat", "home_lon"), 0.0)
    assert one(DRONE | nowhere).operator == Operator(operator_id="FRA87astrdge12k8")
    assert one(DRONE | nowhere | {"operator_id": ""}).operator is None


def test_heights_keep_their_datum() -> None:
    assert one(DRONE | {"height_type": "Above Ground Level"}).height_agl_m == 45.0
    assert one(DRONE | {"mac": ""}).alt_msl_m == 180.0


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"id_type": "CAA Assigned Registration ID", "id": ""}, "uas:F-1234"),
        ({"id": "drone-unknown", "caa_id": ""}, "mac:60:60:1f:00:00:01"),
        ({"id": "drone-900FHSS-NETID-7", "id_type": "", "caa_id": ""}, "mac:60:60:1f:00:00:01"),
        ({"id": "drone-900FHSS-NETID-7", "id_type": "", "caa_id": "", "mac": ""}, None),
    ],
)
def test_who_it_is(changes: dict[str, str], subject: str | None) -> None:
    assert one(DRONE | changes).subject == subject


@pytest.mark.parametrize(
    ("changes", "frequency_hz"),
    [({}, 2.437e9), ({"freq_mhz": None}, 2.437e9), ({"freq_mhz": None, "freq": 5.805e9}, 5.805e9)],
)
def test_frequency(changes: dict[str, float | None], frequency_hz: float) -> None:
    assert one(DRONE | changes).frequency_hz == frequency_hz


def test_a_dji_signal_that_could_not_be_decoded_is_an_alarm_without_a_place() -> None:
    alarm = one(DRONE | {"id": "drone-alert", "caa_id": "", "mac": ""})
    assert (alarm.kind, alarm.subject, alarm.lat_deg, alarm.rssi_dbm) == ("alert", None, None, -60.0)


def test_a_signal_alarm_has_no_place_but_its_kit_has() -> None:
    alarm = one(SIGNAL)
    assert alarm == Observation(
        source="kit", kind="alert", time_s=NOW_S, received_at_s=NOW_S, frame=alarm.frame,
        subject="sensor:wardragon-1/fpv-alert-5800MHz", sensor="wardragon-1",
        sensor_track="fpv-alert-5800MHz",
        text="fpv, analogue video, pal 0.9", rssi_dbm=-48.0, frequency_hz=5.8e9,
        health=Health(lat_deg=48.7, lon_deg=2.3),
    )  # fmt: skip


def test_the_kit() -> None:
    system = {
        "id": "wardragon-1", "latitude": 48.7, "longitude": 2.3, "hae": 140.0, "cpu_usage": 31.0,
        "gps_fix": True, "time_source": "gpsd", "updated": 1750000050,
    }  # fmt: skip
    health = one(system)
    assert (health.kind, health.sensor, health.time_s) == ("health", "wardragon-1", 1750000050.0)
    assert health.health == Health(state="ok", lat_deg=48.7, lon_deg=2.3, alt_wgs84_m=140.0)
    lost = one(system | {"gps_fix": False}).health
    assert lost is not None
    assert (lost.state, lost.text) == ("degraded", "no GNSS fix")


def test_an_aircraft() -> None:
    claim = one(
        {
            "icao": "4BAAC6",
            "callsign": "THY9BP",
            "registration": "TC-JTF",
            "lat": 48.7,
            "lon": 2.3,
            "alt": 3000.0,
            "altitude_ft": 3000.0,
            "speed_kt": 100.0,
            "track": 360.0,
            "squawk": "7700",
            "on_ground": False,
            "track_type": "aircraft",
        }
    )
    assert (claim.subject, claim.callsign, claim.registration) == ("icao24:4baac6", "THY9BP", "TC-JTF")
    assert claim.ground_speed_mps == pytest.approx(51.444, abs=0.001)
    assert (claim.track_deg, claim.squawk, claim.on_ground) == (0.0, "7700", False)
    assert {claim.alt_1013_m, claim.alt_msl_m, claim.alt_wgs84_m, claim.height_agl_m} == {None}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lat", "north"), ("lat", 91.0), ("pilot_lon", -181.0), ("speed", -1.0), ("speed", True),
        ("mac", "AA:BB"), ("id", 17), ("description", "two\nlines"), ("observed_at", 12.0), ("rssi", [1]),
        ("direction", 10**400), ("alt", 1e9),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_once_and_the_rest_counts(key: str, value: object) -> None:
    results = read(DRONE | {key: value})
    assert [type(r) for r in results] == [Observation, FeedError]
    assert isinstance(results[1], FeedError)
    assert results[1].place == key
    assert str(value) not in results[1].reason


@pytest.mark.parametrize(
    "frame",
    [b"", b"online", b"[]", b"{}", b'{"a":', b"\xff", b'{"mac": NaN}', b"[" * 10_000, b'{"latitude": 1}'],
)
def test_what_is_none_of_its_objects(frame: bytes) -> None:
    with pytest.raises(FeedError):
        list(dragonsync.decode(frame, NOW_S))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from((DRONE, SIGNAL)),
    st.dictionaries(st.sampled_from((*DRONE, *SIGNAL, "icao", "gps_fix")), JSON, max_size=8),
)
def test_any_values_give_observations_within_bounds(whole: dict[str, Any], changes: dict[str, Any]) -> None:
    for result in read(whole | changes):
        if isinstance(result, Observation):
            assert result.lat_deg is None or -90 <= result.lat_deg <= 90
            assert (result.lat_deg, result.lon_deg) != (0, 0)
            assert result.track_deg is None or 0 <= result.track_deg < 360
            assert result.ground_speed_mps is None or 0 < result.ground_speed_mps < 2100
            assert result.subject is None or result.subject.isprintable()


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_feed_errors(frame: bytes) -> None:
    try:
        results = list(dragonsync.decode(frame, NOW_S))
    except FeedError:
        return
    assert results
