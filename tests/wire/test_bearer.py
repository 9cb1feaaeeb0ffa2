"""Every bearer is recognised by its first bytes, gives the same pack, and broken frames only WireErrors."""

import zlib
from collections import Counter
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import bearer, bluetooth, dji, f3411, ieee80211, pcap
from beffroi.wire.f3411 import BasicId, Location, OperatorId, SelfId, System
from shared import DATA, needs_data

MAC = "60:60:1f:c6:0e:cc"
MESSAGE = f3411.encode(Location(lat_deg=48.7262, lon_deg=2.3652))
PACK = f3411.encode_pack(
    [
        BasicId(id_type="serial", uas_id="1588E040445AC004418"),
        Location(lat_deg=48.7262, lon_deg=2.3652),
        SelfId(text="survey"),
        System(lat_deg=48.7, lon_deg=2.3),
        OperatorId(operator_id="FRA87astrdge12k8"),
    ]
)
BEACON = bearer.write_beacon(PACK, MAC, 3, signal_dbm=-60, frequency_hz=2.437e9)
BARE_BEACON = ieee80211.write_beacon(MAC, [f3411.WIFI_OUI + b"\x0d\x03" + PACK])
SERVICE_DATA = bearer.write_service_data(PACK, 3)
LINK_LAYER = bluetooth.write_extended(MAC, SERVICE_DATA)
PSEUDO = pack("<BbbBIH", 37, -60, 0, 0, 0, 0x0003)
_ADDRESS = bytes.fromhex(MAC.replace(":", ""))[::-1]
_REPORT = (
    pack("<HB6sBBBbbHB6s", 0, 1, _ADDRESS, 1, 3, 0, 127, -60, 0, 0, bytes(6))
    + bytes((len(SERVICE_DATA),))
    + SERVICE_DATA
)
HCI = b"\x04\x3e" + bytes((2 + len(_REPORT), 0x0D, 1)) + _REPORT

FRAMES = {
    "radiotap": BEACON,
    "802.11": BARE_BEACON,
    "802.11 with FCS": BARE_BEACON + zlib.crc32(BARE_BEACON).to_bytes(4, "little"),
    "probe response": b"\x50" + BARE_BEACON[1:],
    "NAN": bearer.write_nan(PACK, MAC, 3),
    "NAN behind radiotap": ieee80211.write_radiotap(bearer.write_nan(PACK, MAC, 3)),
    "link layer": LINK_LAYER,
    "link layer with radio": PSEUDO + LINK_LAYER,
    "HCI": HCI,
    "HCI with direction": b"\0\0\0\1" + HCI,
    "AD structures": b"\x02\x01\x06" + SERVICE_DATA,
    "service data": SERVICE_DATA[2:],
    "service data without UUID": SERVICE_DATA[4:],
    "pack": PACK,
}


@pytest.mark.parametrize("name", FRAMES)
def test_every_bearer_gives_the_pack(name: str) -> None:
    (heard,) = bearer.broadcasts(FRAMES[name])
    assert heard.body == PACK
    assert not heard.is_dji
    alone = name in ("AD structures", "service data", "service data without UUID", "pack")
    assert heard.transmitter == (None if alone else MAC)


def test_signal_and_frequency() -> None:
    (wifi,) = bearer.broadcasts(FRAMES["radiotap"])
    assert wifi.radio == ieee80211.Radio(signal_dbm=-60.0, frequency_hz=2.437e9)
    (bluetooth_,) = bearer.broadcasts(FRAMES["link layer with radio"])
    assert bluetooth_.radio == ieee80211.Radio(signal_dbm=-60.0, frequency_hz=2.476e9)
    (controller,) = bearer.broadcasts(FRAMES["HCI"])
    assert controller.radio == ieee80211.Radio(signal_dbm=-60.0)


def test_single_messages() -> None:
    legacy = bluetooth.write_legacy(MAC, bearer.write_service_data(MESSAGE, 9))
    assert [(b.body, b.transmitter) for b in bearer.broadcasts(legacy)] == [(MESSAGE, MAC)]
    for number in range(6):
        message = bytes((number << 4,)) + MESSAGE[1:]
        assert [b.body for b in bearer.broadcasts(message)] == [message]


def test_dji_and_remote_id_in_one_beacon() -> None:
    record = dji.FlightRecord(serial="K6RE0WENAH9P8QAL")
    beacon = ieee80211.write_beacon(
        MAC,
        [
            bytes.fromhex("0050f202") + bytes(20),
            dji.OUI + dji.encode(record),
            bytes.fromhex("60601f0102030405"),  # an element of DJI with another magic
            f3411.WIFI_OUI + b"\x0e\x00" + PACK,  # another type of the same organisation
            f3411.WIFI_OUI + b"\x0d\x00" + PACK,
        ],
    )
    assert [(b.is_dji, b.body) for b in bearer.broadcasts(beacon)] == [
        (True, dji.encode(record)),
        (False, PACK),
    ]


def test_frames_of_others_give_nothing() -> None:
    others = (
        ieee80211.write_beacon(MAC, [b"\x00\x50\xf2\x02"], "somebody's home"),
        ieee80211.write_radiotap(b"\x08\x02" + bytes(60)),
        bluetooth.write_legacy(MAC, b"\x02\x01\x06"),
        bluetooth.write_legacy(MAC, bluetooth.write_service_data(0xFFFA, b"\x0e\x00" + MESSAGE[:23])),
        b"\x04\x3e\x04\x01\x00\x00\x00",
    )
    for frame in others:
        assert list(bearer.broadcasts(frame)) == []


@pytest.mark.parametrize("frame", [b"", b"\xff" * 40, b"\x01", b"{}", b"GET / HTTP/1.1"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(WireError):
        list(bearer.broadcasts(frame))


def read(frame: bytes) -> list[bearer.Broadcast]:
    """What comes before the first error."""
    given: list[bearer.Broadcast] = []
    try:
        given.extend(bearer.broadcasts(frame))
    except WireError:
        return given
    return given


@pytest.mark.parametrize("name", FRAMES)
def test_no_cut_of_a_frame_does_harm(name: str) -> None:
    for cut in range(len(FRAMES[name])):
        for heard in read(FRAMES[name][:cut]):
            assert len(heard.body) <= len(PACK)


@given(st.sampled_from(sorted(FRAMES)), st.data())
def test_no_changed_byte_does_harm(name: str, data: st.DataObject) -> None:
    frame = bytearray(FRAMES[name])
    for at in data.draw(st.lists(st.integers(0, len(frame) - 1), min_size=1, max_size=4)):
        frame[at] = data.draw(st.integers(0, 255))
    assert len(read(bytes(frame))) <= len(frame)


@given(st.binary(max_size=400))
def test_random_bytes_raise_only_wire_errors(data: bytes) -> None:
    assert len(read(data)) <= len(data)


@needs_data
def test_the_recordings_carry_what_their_readme_says() -> None:
    found: Counter[tuple[str, bool]] = Counter()
    for path in sorted((DATA / "remote-id").glob("*.pcap*")):
        for packet in pcap.packets(path.read_bytes()):
            assert isinstance(packet, pcap.Packet)
            for heard in read(packet.data):
                found[path.stem, heard.is_dji] += 1
    assert found == {
        ("anafi_real_odid_only", False): 1140,
        ("anafi_spoofed_odid_only", False): 26,
        ("mavic_alessa_spoofed", True): 10,
        ("odid_wifi_bcn_sample", False): 21,
        ("odid_wifi_sample", False): 42,  # of 63 frames, 21 are synchronisation beacons of NAN
    }
