"""The feed on real flights, on forged ones, and on what a hostile transmitter may send."""

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import FeedError, WireError
from beffroi.feeds import remote_id
from beffroi.observation import Observation, Operator, digest
from beffroi.wire import bearer, dji, f3411, ieee80211, pcap
from beffroi.wire.f3411 import BasicId, Location, Message, OperatorId, SelfId, System
from shared import DATA, needs_data

MAC = "60:60:1f:00:00:01"
NOW_S = 1_750_000_000.0
SERIAL = BasicId(id_type="serial", ua_type="helicopter_or_multirotor", uas_id="1588E040445AC004418")
HERE = Location(status="airborne", lat_deg=48.7262, lon_deg=2.3652)
PILOT = System(lat_deg=48.7251, lon_deg=2.3611, alt_wgs84_m=135.0, place="live")


def beacon(*messages: Message, mac: str = MAC) -> bytes:
    return bearer.write_beacon(f3411.encode_pack(messages), mac, signal_dbm=-60, frequency_hz=2.437e9)


def one(decoder: remote_id.Decoder, frame: bytes, at_s: float = NOW_S) -> Observation:
    (claim,) = decoder.decode(frame, at_s, "rid-1")
    assert isinstance(claim, Observation)
    return claim


def about(value: float) -> Any:
    return pytest.approx(value, rel=0, abs=1e-3)


def recorded(name: str) -> tuple[list[Observation], list[FeedError]]:
    """All that the feed makes of a recording."""
    decoder, claims, errors = remote_id.Decoder(), [], []
    for packet in pcap.packets((DATA / "remote-id" / name).read_bytes()):
        assert isinstance(packet, pcap.Packet)
        assert packet.time_s is not None
        for result in decoder.decode(packet.data, packet.time_s, "rid-1"):
            if isinstance(result, Observation):
                claims.append(result)
            else:
                errors.append(result)
    return claims, errors


def distance_m(a: Observation, b: Observation | Operator) -> float:
    """On a sphere; good to half a per cent."""
    assert a.lat_deg is not None
    assert a.lon_deg is not None
    assert b.lat_deg is not None
    assert b.lon_deg is not None
    north = math.radians(b.lat_deg - a.lat_deg)
    east = math.radians(b.lon_deg - a.lon_deg) * math.cos(math.radians(a.lat_deg))
    return 6_371_000 * math.hypot(north, east)


def test_all_fields_of_a_claim() -> None:
    said = Location(
        status="emergency", lat_deg=48.7262, lon_deg=2.3652, alt_1013_m=150.0, alt_wgs84_m=180.0,
        height_m=45.0, height_above_ground=True, track_deg=90.0, ground_speed_mps=8.0,
        vertical_speed_mps=-0.5, horizontal_95_m=10.0, vertical_95_m=3.0, speed_95_mps=1.0,
        after_hour_s=(NOW_S - 0.4) % 3600,
    )  # fmt: skip
    frame = beacon(
        SERIAL, BasicId(id_type="registration", uas_id="F-1234"), said, SelfId(text="survey"), PILOT,
        OperatorId(operator_id="FRA87astrdge12k8"),
    )  # fmt: skip
    claim = one(remote_id.Decoder(), frame)
    assert claim == Observation(
        source="rid-1",
        kind="claim",
        time_s=about(NOW_S - 0.4),
        stated_time_s=about(NOW_S - 0.4),
        received_at_s=NOW_S,
        frame=digest(frame),
        subject="uas:1588E040445AC004418",
        aliases=("uas:F-1234",),
        transmitter=f"mac:{MAC}",
        lat_deg=48.7262,
        lon_deg=2.3652,
        horizontal_sigma_m=about(10 / 2.4477),
        alt_1013_m=150.0,
        alt_wgs84_m=180.0,
        height_agl_m=45.0,
        vertical_sigma_m=about(3 / 1.96),
        ground_speed_mps=8.0,
        track_deg=90.0,
        vertical_speed_mps=-0.5,
        speed_sigma_mps=about(1 / 2.4477),
        registration="F-1234",
        emergency="general",
        classes={"drone": 1.0},
        status="emergency",
        text="survey",
        rssi_dbm=-60.0,
        frequency_hz=2.437e9,
        operator=Operator(
            operator_id="FRA87astrdge12k8",
            lat_deg=48.7251,
            lon_deg=2.3611,
            alt_wgs84_m=135.0,
            at_takeoff=False,
        ),
    )


def test_what_is_not_said_is_absent() -> None:
    claim = one(remote_id.Decoder(), beacon(Location()))
    assert claim == Observation(
        source="rid-1", kind="claim", time_s=NOW_S, received_at_s=NOW_S, frame=claim.frame,
        subject=f"mac:{MAC}", transmitter=f"mac:{MAC}", rssi_dbm=-60.0, frequency_hz=2.437e9,
    )  # fmt: skip


def test_height_keeps_its_datum() -> None:
    claim = one(remote_id.Decoder(), beacon(Location(height_m=0.0)))
    assert (claim.height_takeoff_m, claim.height_agl_m) == (0.0, None)
    assert (claim.alt_1013_m, claim.alt_wgs84_m, claim.alt_msl_m) == (None, None, None)


def test_messages_are_joined_by_transmitter() -> None:
    decoder = remote_id.Decoder()
    assert one(decoder, beacon(HERE)).subject == f"mac:{MAC}"
    assert one(decoder, beacon(SERIAL), NOW_S + 1).subject == "uas:1588E040445AC004418"
    with_operator = one(decoder, beacon(PILOT), NOW_S + 2)
    assert with_operator.operator is not None
    assert with_operator.lat_deg is None  # the position of the first frame is not repeated
    joined = one(decoder, beacon(HERE), NOW_S + 3)
    assert (joined.subject, joined.lat_deg, joined.operator) == (
        "uas:1588E040445AC004418",
        48.7262,
        with_operator.operator,
    )
    stranger = one(decoder, beacon(HERE, mac="60:60:1f:00:00:02"), NOW_S + 3)
    assert (stranger.subject, stranger.operator) == ("mac:60:60:1f:00:00:02", None)


def test_memory_ends() -> None:
    decoder = remote_id.Decoder()
    one(decoder, beacon(SERIAL))
    assert one(decoder, beacon(HERE), NOW_S + 60).subject == "uas:1588E040445AC004418"
    # A transmitter that goes on without its id is not known for ever.
    assert one(decoder, beacon(HERE), NOW_S + 61).subject == f"mac:{MAC}"


def test_another_serial_does_not_inherit_the_operator() -> None:
    decoder = remote_id.Decoder()
    one(decoder, beacon(SERIAL, PILOT, SelfId(text="survey")))
    other = BasicId(id_type="serial", ua_type="aeroplane", uas_id="MFG1A0123456789")
    claim = one(decoder, beacon(other, HERE), NOW_S + 1)
    assert (claim.subject, claim.operator, claim.text) == ("uas:MFG1A0123456789", None, None)
    # An id of another type is of the same aircraft.
    session = one(decoder, beacon(BasicId(id_type="session", uas_id="01ab")), NOW_S + 2)
    assert (session.subject, session.aliases) == ("uas:MFG1A0123456789", ("uas:01ab",))


def test_several_ids_and_positions_in_one_pack_are_all_reported() -> None:
    other = BasicId(id_type="serial", uas_id="MFG1A0123456789")
    there = Location(lat_deg=48.8, lon_deg=2.4)
    claims = list(remote_id.Decoder().decode(beacon(SERIAL, other, HERE, there), NOW_S))
    assert [(c.subject, c.aliases, c.lat_deg) for c in claims if isinstance(c, Observation)] == [
        ("uas:1588E040445AC004418", ("uas:MFG1A0123456789",), 48.7262),
        ("uas:1588E040445AC004418", ("uas:MFG1A0123456789",), 48.8),
    ]


def test_memory_is_bounded() -> None:
    decoder = remote_id.Decoder()
    for n in range(remote_id.TRANSMITTERS + 500):
        one(decoder, beacon(SERIAL, mac=bytes((2, 0, *n.to_bytes(4, "big"))).hex(":")), NOW_S + n / 1000)
    assert len(decoder._memory._of) == remote_id.TRANSMITTERS
    assert one(decoder, beacon(HERE, mac="02:00:00:00:00:00"), NOW_S + 5).subject == "mac:02:00:00:00:00:00"
    # One that is remembered costs nobody else his place.
    oldest = next(iter(decoder._memory._of))
    one(decoder, beacon(HERE, mac=oldest), NOW_S + 6)
    assert len(decoder._memory._of) == remote_id.TRANSMITTERS
    assert one(decoder, beacon(HERE, mac=oldest), NOW_S + 6).subject == "uas:1588E040445AC004418"
    one(decoder, beacon(HERE), NOW_S + 120)
    assert len(decoder._memory._of) == 1


@pytest.mark.parametrize(
    ("stated_s", "believed"), [(-1.9, True), (0.9, True), (-2.1, False), (1.1, False), (1800, False)]
)
@pytest.mark.parametrize("received_at_s", [3600.0 * 480_000 + 0.5, 3600.0 * 480_000 + 3599.5, 1.75e9])
def test_the_stated_time_counts_where_it_can_be_true(
    received_at_s: float, stated_s: float, believed: bool
) -> None:
    after_hour_s = round((received_at_s + stated_s) % 3600, 1)
    claim = one(remote_id.Decoder(), beacon(Location(after_hour_s=after_hour_s)), received_at_s)
    assert claim.time_s == pytest.approx(received_at_s + (stated_s if believed else 0), abs=0.06)


def test_without_a_transmitter_nothing_is_joined() -> None:
    decoder = remote_id.Decoder()
    assert one(decoder, f3411.encode(SERIAL)).subject == "uas:1588E040445AC004418"
    assert one(decoder, f3411.encode(HERE)).subject is None


@pytest.mark.parametrize(
    ("ua_type", "name"), [("airship", "balloon"), ("aeroplane", "drone"), (None, "drone")]
)
def test_class_as_declared(ua_type: f3411.UAType | None, name: str) -> None:
    claim = one(remote_id.Decoder(), beacon(BasicId(id_type="serial", ua_type=ua_type, uas_id="X")))
    assert claim.classes == {name: 1.0}
    assert one(remote_id.Decoder(), beacon(BasicId(ua_type="ground_obstacle"))).classes is None


def test_dji_beacons() -> None:
    record = dji.FlightRecord(
        state=0x07FF, serial="K6RE0WENAH9P8QAL", lat_deg=12.0, lon_deg=13.0, altitude_m=55.0, height_m=10.0,
        north_mps=3.0, east_mps=-4.0, up_mps=0.5, home_lat_deg=12.1, home_lon_deg=13.1,
    )  # fmt: skip
    frame = bearer.write_dji(record, MAC, signal_dbm=-70)
    claim = one(remote_id.Decoder(), frame)
    assert (claim.subject, claim.transmitter, claim.status) == (
        "uas:K6RE0WENAH9P8QAL",
        f"mac:{MAC}",
        "airborne",
    )
    assert (claim.lat_deg, claim.lon_deg) == pytest.approx((12, 13), abs=1e-5)
    assert (claim.alt_msl_m, claim.height_takeoff_m, claim.vertical_speed_mps) == (55.0, 10.0, 0.5)
    assert claim.ground_speed_mps == 5.0
    assert claim.track_deg == pytest.approx(306.87, abs=0.01)
    assert claim.operator is not None
    assert claim.operator.at_takeoff is True
    entered = dji.UserInformation(serial="K6RE0WENAH9P8QAL", identification="FRA1", purpose="roof")
    user = one(remote_id.Decoder(), bearer.write_dji(entered, MAC))
    assert (user.subject, user.text, user.status, user.lat_deg) == (
        "uas:K6RE0WENAH9P8QAL",
        "FRA1 / roof",
        None,
        None,
    )


def test_dji_is_passed_over_and_counted_where_it_is_not_allowed() -> None:
    decoder = remote_id.Decoder(dji=False)
    assert list(decoder.decode(bearer.write_dji(dji.FlightRecord(serial="K6"), MAC), NOW_S)) == []
    assert decoder.not_allowed == 1
    assert one(decoder, beacon(SERIAL)).subject == "uas:1588E040445AC004418"


def test_a_broken_part_does_not_cost_the_rest() -> None:
    frame = f3411.encode_pack([SERIAL, HERE])
    results = list(remote_id.Decoder().decode(frame[:28] + b"\x72" + frame[29:], NOW_S))
    assert isinstance(results[0], FeedError)
    assert results[0].place == "message 2 of the pack"
    assert isinstance(results[1], Observation)
    assert results[1].subject == "uas:1588E040445AC004418"
    broken_dji = dji.OUI + dji.encode(dji.FlightRecord())[:-40]
    element = f3411.WIFI_OUI + b"\x0d\x00" + f3411.encode_pack([SERIAL])
    both = list(remote_id.Decoder().decode(ieee80211.write_beacon(MAC, [broken_dji, element]), NOW_S))
    assert [type(r) for r in both] == [FeedError, Observation]
    cut = list(remote_id.Decoder().decode(beacon(SERIAL, HERE) + b"\xdd\x50", NOW_S))
    assert [type(r) for r in cut] == [Observation, FeedError]


def test_what_cannot_be_read_at_all_is_raised() -> None:
    damaged_dji = bearer.write_dji(dji.FlightRecord(version=1), MAC)[:-8]
    for frame in (b"", b"\xff\xff", b"\0\0\xff\xff" + bytes(30), damaged_dji):
        with pytest.raises(FeedError):
            list(remote_id.Decoder().decode(frame, NOW_S))


SEEDS = (
    *remote_id.SAMPLE,
    beacon(SERIAL, HERE, PILOT, SelfId(text="x"), OperatorId(operator_id="FRA1")),
    bearer.write_dji(dji.FlightRecord(serial="K6RE0WENAH9P8QAL", lat_deg=12.0, lon_deg=13.0), MAC),
    bearer.write_nan(f3411.encode_pack([SERIAL, HERE]), MAC),
)


def physical(claim: Observation) -> None:
    """Raises AssertionError on a value that nothing can have."""
    assert claim.lat_deg is None or (-90 <= claim.lat_deg <= 90 and claim.lon_deg is not None)
    assert claim.lon_deg is None or -180 <= claim.lon_deg <= 180
    assert (claim.lat_deg, claim.lon_deg) != (0, 0)
    assert claim.track_deg is None or 0 <= claim.track_deg < 360
    assert claim.ground_speed_mps is None or 0 <= claim.ground_speed_mps < 500
    assert claim.subject is None or claim.subject.isprintable()
    assert claim.text is None or claim.text.isprintable()
    assert abs(claim.time_s - claim.received_at_s) <= remote_id.AGE_S


def test_mutated_frames(campaign: Callable[[int], int]) -> None:
    """Changed bytes give claims within bounds or FeedErrors, and the same twice."""

    @given(
        st.sampled_from(SEEDS),
        st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=6),
        st.integers(0, 500),
    )
    def mutate(frame: bytes, changes: list[tuple[int, int]], cut: int) -> None:
        data = bytearray(frame)
        for at, value in changes:
            data[at % len(data)] = value
        first, second = (outcome(bytes(data[: max(1, cut)])) for _ in range(2))
        assert first == second

    settings(max_examples=campaign(10_000), deadline=None)(mutate)()


def outcome(frame: bytes) -> list[Observation | tuple[str, str]]:
    """What a fresh decoder gives."""
    results: list[Observation | tuple[str, str]] = []
    try:
        for result in remote_id.Decoder().decode(frame, NOW_S, "rid-1"):
            if isinstance(result, Observation):
                physical(result)
                results.append(result)
            else:
                results.append((result.place, result.reason))
    except FeedError as error:
        results.append((error.place, error.reason))
    return results


@given(st.binary(max_size=300))
def test_random_bytes(frame: bytes) -> None:
    assert len(outcome(frame)) <= 20


@needs_data
def test_a_real_flight() -> None:
    claims, errors = recorded("anafi_real_odid_only.pcap")
    assert errors == []
    assert len(claims) == 1140
    # Until the first Basic ID comes, after 15 frames, it is known by its transmitter.
    assert [s for s, _ in itertools.groupby(c.subject for c in claims)] == [
        "mac:90:3a:e6:5b:c8:a8",
        "uas:1588E040445AC004418",
    ]
    assert sum(c.subject == "mac:90:3a:e6:5b:c8:a8" for c in claims) == 15
    assert all(c.transmitter == "mac:90:3a:e6:5b:c8:a8" for c in claims)
    assert all(0.8 < c.received_at_s - c.time_s < 1.9 for c in claims)  # the stated time is believed
    away = [distance_m(c, c.operator) for c in claims if c.operator and c.operator.lat_deg is not None]
    assert len(away) > 1100
    assert max(away) < 25
    assert {c.operator.at_takeoff for c in claims if c.operator} == {False}


@needs_data
def test_a_forged_copy_of_that_flight() -> None:
    claims, errors = recorded("anafi_spoofed_odid_only.pcap")
    real, _ = recorded("anafi_real_odid_only.pcap")
    assert len(claims) == 26
    assert {c.subject for c in claims} == {"uas:1588E040445AC004418"}
    assert all(c.operator is not None for c in claims)
    away = [distance_m(c, c.operator) for c in claims if c.operator]
    assert [min(away), max(away)] == pytest.approx([24_000, 25_400], rel=0.01)
    assert {c.operator for c in claims} < {c.operator for c in real}
    assert {c.ground_speed_mps for c in claims} == {0.0}
    moved = [
        distance_m(a, b) / (b.received_at_s - a.received_at_s)
        for a, b in itertools.pairwise(claims)
        if b.received_at_s - a.received_at_s > 0.5
    ]
    assert max(moved) == pytest.approx(137, rel=0.01)
    # It states the time of another half hour, which is not believed; and its lengths lie.
    assert all(c.time_s == c.received_at_s for c in claims)
    assert Counter(e.place.partition(" ")[0] for e in errors) == {"pack": 26, "element": 26}


@needs_data
def test_forged_dji_beacons() -> None:
    claims, errors = recorded("mavic_alessa_spoofed.pcapng")
    assert errors == []
    assert len(claims) == 10
    assert {(c.subject, c.transmitter) for c in claims} == {("uas:K6RE0WENAH9P8QAL", "mac:60:60:1f:c6:0e:cc")}


@needs_data
@pytest.mark.parametrize(
    ("name", "count"), [("odid_wifi_bcn_sample.pcap", 21), ("odid_wifi_sample.pcap", 42)]
)
def test_the_simulator_of_opendroneid(name: str, count: int) -> None:
    claims, errors = recorded(name)
    assert errors == []
    assert len(claims) == count
    assert {c.operator.operator_id for c in claims if c.operator} == {"GBR-OP-123ABCD"}
    assert {c.vertical_speed_mps for c in claims} == {None}  # it sends the code for unknown
    assert {c.text for c in claims if c.lat_deg is not None and "bcn" in name} <= {"Recreational"}


@needs_data
def test_the_wire_errors_of_a_recording_are_few() -> None:
    for path in (DATA / "remote-id").glob("*.pcap*"):
        assert not [p for p in pcap.packets(path.read_bytes()) if isinstance(p, WireError)]
