"""The layout by hand, by the recordings, by round trips, and what broken bytes do."""

from collections import Counter
from struct import pack
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import f3411, pcap
from beffroi.wire.bearer import broadcasts
from beffroi.wire.f3411 import Authentication, BasicId, Location, Message, OperatorId, SelfId, System
from shared import DATA, needs_data

# Worked out by hand from the layout in F3411-22a §5.4 / opendroneid.h:
#   12                       type 1 (Location), protocol version 2
#   27                       status 2 airborne, height reference 1 (above ground), east-west 1, multiplier 1
#   24                       36 + 180 (west) = 216 degrees
#   0c                       12 * 0.75 + 63.75 = 72.75 m/s
#   f5                       -11 * 0.5 = -5.5 m/s
#   e23e251b                 0x1b253ee2 = 455425762 -> 45.5425762 deg
#   73e6b4b6                 0xb6b4e673 = -1229658509 -> -122.9658509 deg
#   9808                     0x0898 = 2200 / 2 - 1000 = 100 m
#   ac08                     2220 / 2 - 1000 = 110 m
#   7008                     2160 / 2 - 1000 = 80 m
#   3a                       vertical class 3 (25 m), horizontal class 10 (10 m)
#   52                       pressure class 5 (3 m), speed class 2 (3 m/s)
#   84 2d                    0x2d84 = 11652 -> 1165.2 s
#   02 00                    0.2 s; reserved
LOCATION = bytes.fromhex("12 27 24 0c f5 e23e251b 73e6b4b6 9808 ac08 7008 3a 52 842d 02 00")

MESSAGES = (
    st.builds(
        BasicId,
        id_type=st.sampled_from(("none", "serial", "registration")),
        ua_type=st.sampled_from(f3411.UA_TYPES),
        uas_id=st.none() | st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ.-", min_size=1, max_size=20),
    )
    | st.builds(
        BasicId,
        id_type=st.sampled_from(("utm_uuid", "session")),
        ua_type=st.sampled_from(f3411.UA_TYPES),
        uas_id=st.none() | st.binary(min_size=1, max_size=20).filter(lambda b: b[-1]).map(bytes.hex),
    )
    | st.builds(
        lambda lat, lon, above, **rest: Location(
            lat_deg=lat / 1e7 if lat or lon else None,
            lon_deg=lon / 1e7 if lat or lon else None,
            height_above_ground=above,
            **rest,
        ),
        lat=st.integers(-900_000_000, 900_000_000),
        lon=st.integers(-1_800_000_000, 1_800_000_000),
        above=st.booleans(),
        status=st.sampled_from(f3411.STATUSES),
        alt_1013_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        alt_wgs84_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        height_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        track_deg=st.none() | st.integers(0, 359).map(float),
        ground_speed_mps=st.none()
        | st.integers(0, 255).map(lambda n: n * 0.25)
        | st.integers(1, 254).map(lambda n: n * 0.75 + 63.75),
        vertical_speed_mps=st.none() | st.integers(-124, 124).map(lambda n: n / 2),
        horizontal_95_m=st.sampled_from(f3411.HORIZONTAL_95_M),
        vertical_95_m=st.sampled_from(f3411.VERTICAL_95_M),
        pressure_95_m=st.sampled_from(f3411.VERTICAL_95_M),
        speed_95_mps=st.sampled_from(f3411.SPEED_95_MPS),
        time_accuracy_s=st.none() | st.integers(1, 15).map(lambda n: n / 10),
        after_hour_s=st.none() | st.integers(0, 36_000).map(lambda n: n / 10),
    )
    | st.builds(
        Authentication,
        auth_type=st.integers(0, 15),
        page=st.just(0),
        data=st.binary(min_size=17, max_size=17),
        last_page=st.integers(0, 15),
        length=st.integers(0, 255),
        time_s=st.none() | st.integers(f3411.EPOCH_S + 1, f3411.EPOCH_S + 0xFFFF_FFFF).map(float),
    )
    | st.builds(
        Authentication,
        auth_type=st.integers(0, 15),
        page=st.integers(1, 15),
        data=st.binary(min_size=23, max_size=23),
    )
    | st.builds(
        SelfId,
        text_type=st.integers(0, 255),
        text=st.none() | st.text("Vvol de contrôle 0123456789é", min_size=1, max_size=15).map(str.strip),
    ).filter(lambda m: m.text != "")
    | st.builds(
        lambda lat, lon, european, category, eu_class, **rest: System(
            lat_deg=lat / 1e7 if lat or lon else None,
            lon_deg=lon / 1e7 if lat or lon else None,
            category=category if european else None,
            eu_class=eu_class if european else None,
            **rest,
        ),
        lat=st.integers(-900_000_000, 900_000_000),
        lon=st.integers(-1_800_000_000, 1_800_000_000),
        european=st.booleans(),
        category=st.sampled_from(get_args(f3411.Category)),
        eu_class=st.none() | st.integers(0, 6),
        alt_wgs84_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        place=st.none() | st.sampled_from(f3411.PLACES),
        area_count=st.integers(0, 0xFFFF),
        area_radius_m=st.integers(0, 255).map(lambda n: n * 10.0),
        area_ceiling_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        area_floor_m=st.none() | st.integers(-1999, 63535).map(lambda n: n / 2),
        time_s=st.none() | st.integers(f3411.EPOCH_S + 1, f3411.EPOCH_S + 0xFFFF_FFFF).map(float),
    )
    | st.builds(
        OperatorId,
        operator_id_type=st.integers(0, 255),
        operator_id=st.none() | st.text("FRAfra0123456789", min_size=1, max_size=20),
    )
)


def test_location_by_hand() -> None:
    said = f3411.decode(LOCATION)
    assert said == Location(
        status="airborne",
        lat_deg=45.5425762,
        lon_deg=-122.9658509,
        alt_1013_m=100.0,
        alt_wgs84_m=110.0,
        height_m=80.0,
        height_above_ground=True,
        track_deg=216.0,
        ground_speed_mps=72.75,
        vertical_speed_mps=-5.5,
        horizontal_95_m=10.0,
        vertical_95_m=25.0,
        pressure_95_m=3.0,
        speed_95_mps=3.0,
        time_accuracy_s=0.2,
        after_hour_s=1165.2,
    )
    assert f3411.encode(said) == LOCATION


def test_the_other_messages_by_hand() -> None:
    serial = b"1588E040445AC004418"
    basic = b"\x02\x12" + serial.ljust(20, b"\0") + b"\0\0\0"
    who = BasicId(id_type="serial", ua_type="helicopter_or_multirotor", uas_id=serial.decode())
    assert f3411.decode(basic) == who
    # 0x42; EU (1 << 2) and live (1); 10 aircraft in 50 m; ceiling 150 m, floor none; specific, C2; 60 m;
    # 0x07000000 = 117440512 s after 2019.
    system = b"\x42\x05" + LOCATION[5:13] + bytes.fromhex("0a00 05 fc08 0000 23 4808 00000007 00")
    assert f3411.decode(system) == System(
        lat_deg=45.5425762,
        lon_deg=-122.9658509,
        alt_wgs84_m=60.0,
        place="live",
        area_count=10,
        area_radius_m=50.0,
        area_ceiling_m=150.0,
        category="specific",
        eu_class=2,
        time_s=f3411.EPOCH_S + 117_440_512.0,
    )
    operator = b"\x52\x00" + b"FRA87astrdge12k8".ljust(20, b"\0") + b"\0\0\0"
    assert f3411.decode(operator) == OperatorId(operator_id="FRA87astrdge12k8")
    text = b"\x32\x01" + b"Engine out".ljust(23, b"\0")
    assert f3411.decode(text) == SelfId(text_type=1, text="Engine out")
    page = b"\x22\x31" + bytes(range(23))
    assert f3411.decode(page) == Authentication(auth_type=3, page=1, data=bytes(range(23)))
    zero = b"\x22\x10\x02\x3f\x00\x00\x00\x07" + bytes(range(17))
    assert f3411.decode(zero) == Authentication(
        auth_type=1,
        page=0,
        data=bytes(range(17)),
        last_page=2,
        length=63,
        time_s=f3411.EPOCH_S + 117_440_512.0,
    )


def test_unknown_codes_are_absent_not_zero() -> None:
    # 361 deg (181 + west), 255 m/s (255 with the multiplier), 63 m/s (126), 0/0, three times -1000 m,
    # accuracies 0, 0xFFFF.
    unknown = b"\x12\x03\xb5\xff\x7e" + bytes(8) + bytes(6) + b"\0\0\xff\xff\0\0"
    assert f3411.decode(unknown) == Location()
    assert f3411.encode(Location()) == unknown
    assert f3411.decode(b"\x52" + bytes(24)) == OperatorId()
    assert f3411.decode(b"\x52\0NULL" + bytes(19)) == OperatorId()
    assert f3411.decode(b"\x02" + bytes(24)) == BasicId(id_type="none")
    assert f3411.decode(b"\x42\x03" + bytes(23)) == System(area_count=0)


def test_zero_is_a_value_where_the_standard_has_one() -> None:
    still = Location(
        lat_deg=0.0, lon_deg=6.5, alt_1013_m=0.0, alt_wgs84_m=0.0, height_m=0.0, track_deg=0.0,
        ground_speed_mps=0.0, vertical_speed_mps=0.0, after_hour_s=0.0, status="ground",
    )  # fmt: skip
    assert f3411.decode(f3411.encode(still)) == still


def test_values_at_the_edge_of_their_code() -> None:
    assert f3411.decode(f3411.encode(Location(track_deg=359.7))).track_deg == 0.0  # type: ignore[union-attr]
    for mps, sent in ((300.0, 254.25), (254.25, 254.25), (63.75, 63.75), (64.5, 64.5)):
        said = f3411.decode(f3411.encode(Location(ground_speed_mps=mps)))
        assert isinstance(said, Location)
        assert said.ground_speed_mps == sent
    climb = f3411.decode(f3411.encode(Location(vertical_speed_mps=-80.0)))
    assert isinstance(climb, Location)
    assert climb.vertical_speed_mps == -62.0
    said = f3411.decode(f3411.encode(Location(horizontal_95_m=7.0, vertical_95_m=200.0)))
    assert isinstance(said, Location)
    assert (said.horizontal_95_m, said.vertical_95_m) == (10.0, None)  # the class must cover the value


@given(MESSAGES)
def test_every_message_comes_back(message: Message) -> None:
    data = f3411.encode(message)
    assert len(data) == f3411.SIZE
    assert f3411.decode(data) == message


@given(st.lists(MESSAGES, min_size=1, max_size=9))
def test_every_pack_comes_back(said: list[Message]) -> None:
    assert list(f3411.messages(f3411.encode_pack(said))) == said


@given(st.binary(min_size=25, max_size=25))
def test_what_is_read_from_any_bytes_can_be_written(data: bytes) -> None:
    try:
        said = f3411.decode(data)
    except WireError:
        return
    is_reserved = (isinstance(said, BasicId) and said.id_type is None) or (
        isinstance(said, System) and said.category is None and said.eu_class is not None
    )
    if not is_reserved:  # a reserved code has no meaning that could be written again
        assert f3411.decode(f3411.encode(said)) == said


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"\xf2\x19" + rest))
def test_random_bytes_give_messages_or_wire_errors(data: bytes) -> None:
    given = list(f3411.messages(data))
    assert given
    assert len(given) <= f3411.PACK_MAX + 2
    assert all(isinstance(m, Message | WireError) for m in given)


def test_a_broken_message_does_not_cost_the_rest_of_its_pack() -> None:
    good = f3411.encode(SelfId(text="first")), f3411.encode(OperatorId(operator_id="FRA1"))
    nowhere = bytearray(LOCATION)
    nowhere[5:9] = pack("<i", 1_000_000_000)  # 100 degrees north
    broken = (bytes(nowhere), b"\x72" + bytes(24), b"\xf2\x19\x01" + bytes(22), b"\x02\x10\xff" + bytes(22))
    for bad in broken:
        given = list(f3411.messages(b"\xf2\x19\x03" + good[0] + bad + good[1]))
        assert [type(m) for m in given] == [SelfId, WireError, OperatorId]
        assert isinstance(given[1], WireError)
        assert given[1].place == "message 2 of the pack"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "message"),
        (LOCATION[:24], "message"),
        (LOCATION + b"x", "offset 25"),
        (b"\xf2", "pack"),
        (b"\xf2\x19\x00", "pack"),
        (b"\xf2\x18\x01" + LOCATION, "pack"),
        (b"\xf2\x19\x02" + LOCATION, "pack"),
        (b"\xf2\x19\x01" + LOCATION + LOCATION, "offset 28"),
        (b"\xf2\x19\x0a" + 10 * LOCATION, "pack"),
        (b"\xf2\x19\xff" + LOCATION[:3], "pack"),
    ],
)
def test_lengths_and_counts_that_lie_are_told(data: bytes, place: str) -> None:
    errors = [m for m in f3411.messages(data) if isinstance(m, WireError)]
    assert place in [error.place for error in errors]


def test_a_count_that_lies_leaves_the_messages_that_are_there() -> None:
    given = list(f3411.messages(b"\xf2\x19\x05" + 2 * LOCATION + LOCATION[:9]))
    assert [isinstance(m, Location) for m in given] == [False, True, True]


@pytest.mark.parametrize(
    "message",
    [
        BasicId(id_type="serial", uas_id="X" * 21),
        BasicId(id_type="serial", uas_id="é"),
        BasicId(id_type="session", uas_id="xyz"),
        Location(lat_deg=90.1, lon_deg=0.0),
        Location(lat_deg=0.0, lon_deg=-180.1),
        Location(alt_wgs84_m=-1000.0),
        Location(alt_wgs84_m=40_000.0),
        Location(ground_speed_mps=-1.0),
        Location(after_hour_s=3601.0),
        SelfId(text="x" * 24),
        System(area_radius_m=3000.0),
        System(time_s=0.0),
        Authentication(auth_type=16, page=0, data=b""),
        OperatorId(operator_id_type=256),
    ],
)
def test_what_the_layout_cannot_carry_is_refused(message: Message) -> None:
    with pytest.raises(WireError):
        f3411.encode(message)


def test_a_pack_holds_one_to_nine() -> None:
    for count in (0, 10):
        with pytest.raises(WireError):
            f3411.encode_pack([Location()] * count)


def recorded(name: str) -> list[Message | WireError]:
    """All messages of a recording."""
    said: list[Message | WireError] = []
    for packet in pcap.packets((DATA / "remote-id" / name).read_bytes()):
        assert isinstance(packet, pcap.Packet)
        try:
            for broadcast in broadcasts(packet.data):
                said += f3411.messages(broadcast.body)
        except WireError as error:
            said.append(error)
    return said


@needs_data
def test_a_parrot_anafi_in_flight() -> None:
    said = recorded("anafi_real_odid_only.pcap")
    assert Counter(type(m) for m in said) == {Location: 1140, BasicId: 385, System: 385, OperatorId: 385}
    assert {m for m in said if isinstance(m, BasicId)} == {
        BasicId(id_type="serial", ua_type="helicopter_or_multirotor", uas_id="1588E040445AC004418")
    }
    places = [m for m in said if isinstance(m, Location)]
    assert all(47.19 < (m.lat_deg or 0) < 47.20 and 8.72 < (m.lon_deg or 0) < 8.74 for m in places)
    assert {m.category for m in said if isinstance(m, System)} == {"open"}
    assert {m.eu_class for m in said if isinstance(m, System)} == {1}  # the Anafi is a C1 aircraft
    assert {m.operator_id for m in said if isinstance(m, OperatorId)} == {None}


@needs_data
def test_the_simulator_of_opendroneid() -> None:
    said = recorded("odid_wifi_bcn_sample.pcap")
    assert Counter(type(m) for m in said) == {
        BasicId: 21, Location: 21, SelfId: 21, System: 21, OperatorId: 21,
    }  # fmt: skip
    assert said[0] == BasicId(id_type="none", uas_id="MFG1A0123456789")
    assert said[4] == OperatorId(operator_id="GBR-OP-123ABCD")


@needs_data
def test_what_a_device_sent_is_written_as_it_sent_it() -> None:
    """Byte for byte, but for the time of version 0 and reserved bytes that the simulator leaves dirty."""
    for packet in pcap.packets((DATA / "remote-id" / "anafi_real_odid_only.pcap").read_bytes()):
        assert isinstance(packet, pcap.Packet)
        for broadcast in broadcasts(packet.data):
            said = [m for m in f3411.messages(broadcast.body) if not isinstance(m, WireError)]
            assert f3411.encode_pack(said, version=broadcast.body[0] & 15) == broadcast.body
