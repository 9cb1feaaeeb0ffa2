"""DJI DroneID: a record by hand, the forged recording, round trips, broken bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import dji, pcap
from beffroi.wire.bearer import broadcasts
from shared import DATA, needs_data

# Worked out by hand: magic, flight record, version 2, sequence 1613, state: serial, motors, in air, GPS,
# altitude, height, speed, climb (0x07f1); serial; longitude 0x003dee31 = 4058673 * 1e-7 rad = 23.2545... deg;
# latitude 0x0052abc0 = 5417920 -> 31.0424 deg; 129 m; -3 m; 1.50, -2.25, 0.10 m/s; yaw -121.00 deg;
# 1650894901980 ms; operator 1000000 -> 5.729578 deg, 2000000 -> 11.459156; home longitude 3000000, latitude
# 4000000 -> 17.188734, 22.918312; product 58, 3 characters.
RECORD = bytes.fromhex(
    "586213 10 02 4d06 f107 30313233343536373839414243444546 31ee3d00 c0ab5200 8100 fdff 9600 1fff 0a00"
    "bcd0 dc12016180010000 40420f00 80841e00 c0c62d00 00093d00 3a 03 616263" + 17 * "00"
)


def test_a_flight_record_by_hand() -> None:
    said = dji.decode(RECORD)
    assert isinstance(said, dji.FlightRecord)
    assert (said.version, said.sequence, said.serial) == (2, 1613, "0123456789ABCDEF")
    assert said.lon_deg == pytest.approx(23.254483, abs=1e-6)
    assert said.lat_deg == pytest.approx(31.042395, abs=1e-6)
    assert (said.altitude_m, said.height_m) == (129.0, -3.0)
    assert (said.north_mps, said.east_mps, said.up_mps, said.yaw_deg) == (1.5, -2.25, 0.1, -121.0)
    assert said.operator_time_s == 1650894901.98
    assert (said.operator_lat_deg, said.operator_lon_deg) == pytest.approx((5.729578, 11.459156), abs=1e-6)
    assert (said.home_lon_deg, said.home_lat_deg) == pytest.approx((17.188734, 22.918312), abs=1e-6)
    assert (said.product, said.uuid) == (58, "abc")
    assert dji.encode(said) == RECORD


def test_zero_and_its_bit_off_is_absent() -> None:
    said = dji.decode(dji.encode(dji.FlightRecord(state=0)))
    assert said == dji.FlightRecord(state=0, yaw_deg=0.0)
    grounded = dji.FlightRecord(
        state=dji.ALTITUDE_VALID | dji.HEIGHT_VALID | dji.SPEED_VALID | dji.CLIMB_VALID,
        altitude_m=0.0, height_m=0.0, north_mps=0.0, east_mps=0.0, up_mps=0.0, yaw_deg=0.0,
    )  # fmt: skip
    assert dji.decode(dji.encode(grounded)) == grounded


RADIANS = st.integers(-15_000_000, 15_000_000).map(lambda n: n * dji.RADIAN_DEG)


@given(
    st.builds(
        dji.FlightRecord,
        version=st.sampled_from((1, 2)),
        sequence=st.integers(0, 0xFFFF),
        state=st.just(0xFFFF),
        serial=st.none() | st.text("0123456789ABCDEF", min_size=1, max_size=16),
        lat_deg=RADIANS,
        lon_deg=RADIANS,
        altitude_m=st.integers(-500, 9000).map(float),
        height_m=st.integers(-500, 9000).map(float),
        north_mps=st.integers(-9000, 9000).map(lambda n: n / 100),
        east_mps=st.integers(-9000, 9000).map(lambda n: n / 100),
        up_mps=st.integers(-9000, 9000).map(lambda n: n / 100),
        yaw_deg=st.integers(-18000, 18000).map(lambda n: n / 100),
        home_lat_deg=RADIANS,
        home_lon_deg=RADIANS,
        product=st.integers(0, 255),
        uuid=st.none() | st.text("abcdef0123456789", min_size=1, max_size=20),
    )
)
def test_every_flight_record_comes_back(record: dji.FlightRecord) -> None:
    data = dji.encode(record)
    said = dji.decode(data)
    assert dji.encode(said) == data
    assert isinstance(said, dji.FlightRecord)
    assert (said.serial, said.altitude_m, said.uuid) == (record.serial, record.altitude_m, record.uuid)
    assert (said.lat_deg or 0) == pytest.approx(record.lat_deg, abs=1e-9)


def test_user_information_comes_back() -> None:
    entered = dji.UserInformation(serial="K6RE0WENAH9P8QAL", identification="FRA123", purpose="roof survey")
    assert dji.decode(dji.encode(entered)) == entered
    # On the air the length of the purpose is often wrong: what is there counts.
    lying = bytearray(dji.encode(entered))
    lying[31] = 255
    assert dji.decode(bytes(lying)) == entered


@pytest.mark.parametrize(
    "data",
    [
        b"",
        RECORD[:4],
        RECORD[:70],
        b"\x58\x62\x14" + RECORD[3:],
        RECORD[:3] + b"\x12" + RECORD[4:],
        RECORD[:4] + b"\x03" + RECORD[5:],
        RECORD[:9] + b"\xff" + RECORD[10:],
        RECORD[:29] + b"\xff\xff\xff\x7f" + RECORD[33:],
        dji.MAGIC + b"\x11" + bytes(27),
    ],
)
def test_what_does_not_follow_the_layout_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        dji.decode(data)


@given(
    st.binary(max_size=150),
    st.sampled_from((b"", dji.MAGIC + b"\x10\x01", dji.MAGIC + b"\x10\x02", dji.MAGIC + b"\x11")),
)
def test_random_bytes_give_a_record_or_a_wire_error(rest: bytes, start: bytes) -> None:
    try:
        said = dji.decode(start + rest)
    except WireError:
        return
    assert isinstance(said, dji.FlightRecord | dji.UserInformation)


def test_what_the_layout_cannot_carry_is_refused() -> None:
    for record in (
        dji.FlightRecord(version=3),
        dji.FlightRecord(serial="X" * 17),
        dji.FlightRecord(uuid="é"),
    ):
        with pytest.raises(WireError):
            dji.encode(record)


@needs_data
def test_ten_forged_beacons() -> None:
    said = []
    for packet in pcap.packets((DATA / "remote-id" / "mavic_alessa_spoofed.pcapng").read_bytes()):
        assert isinstance(packet, pcap.Packet)
        for broadcast in broadcasts(packet.data):
            assert broadcast.is_dji
            record = dji.decode(broadcast.body)
            assert dji.encode(record)[:68] == broadcast.body[:68]  # the forger's uuid is dirty
            said.append(record)
    assert len(said) == 10
    first = said[0]
    assert isinstance(first, dji.FlightRecord)
    assert first.serial == "K6RE0WENAH9P8QAL"
    assert (first.lat_deg, first.lon_deg) == pytest.approx((12, 13), abs=1e-5)
    assert (first.operator_lat_deg, first.operator_lon_deg) == pytest.approx((56, 43), abs=1e-4)
    assert (first.home_lat_deg, first.home_lon_deg) == pytest.approx((56, 43), abs=1e-4)
    assert (first.north_mps, first.east_mps, first.up_mps) == (21.0, 39.0, 9.0)
    assert first.state & dji.IN_AIR
    assert not first.state & dji.GPS_VALID
