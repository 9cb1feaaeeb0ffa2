"""Radiotap, management frames, elements and NAN: by hand, by the recordings, and with lengths that lie."""

import zlib
from collections.abc import Iterable
from struct import pack
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import ieee80211, pcap
from beffroi.wire.ieee80211 import Management, Radio
from shared import DATA, needs_data

T = TypeVar("T")
MAC = "60:60:1f:c6:0e:cc"
INNER = ieee80211.write_beacon(MAC, [b"\xfa\x0b\xbc\x0d\x01x"], "test", 7)


def behind(present: int, fields: str, inner: bytes = INNER) -> bytes:
    """`inner` behind a radiotap header."""
    body = bytes.fromhex(fields)
    return b"\0\0" + pack("<HI", 8 + len(body), present) + body + inner


def until_error(items: Iterable[T]) -> tuple[list[T], str]:
    """What comes before a WireError, and the place that it names."""
    given = []
    try:
        for item in items:
            given.append(item)  # noqa: PERF402 - an error ends a comprehension and loses the items
    except WireError as error:
        return given, error.place
    return given, ""


def test_radiotap_by_hand() -> None:
    # TSFT (8), flags 0, rate 0x0c, channel 2412 = 0x096c and its flags, antenna signal 0xde = -34.
    frame = behind(0x2F, "9175283e00000000 00 0c 6c09c000 de")
    assert ieee80211.radiotap(frame) == (Radio(signal_dbm=-34.0, frequency_hz=2.412e9), INNER)
    # rate, then the channel on the next even byte: one byte of padding.
    assert ieee80211.radiotap(behind(0x0C, "0c 00 8509a000"))[0].frequency_hz == 2.437e9
    # FHSS before the signal; noise and the rest after it are not read.
    assert ieee80211.radiotap(behind(0x18, "8509a000 ffff"))[0].frequency_hz == 2.437e9
    assert ieee80211.radiotap(behind(0x70, "ffff d0 a0"))[0].signal_dbm == -48.0
    # Two present words: the fields of the first start after both.
    assert ieee80211.radiotap(behind(0x80000020, "00000000 c4"))[0].signal_dbm == -60.0
    assert ieee80211.radiotap(behind(0, "")) == (Radio(), INNER)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\0\0\x08\0\0\0\0",
        b"\x01" + behind(0, "")[1:],
        b"\0\0\x07\0" + bytes(40),
        b"\0\0\xff\xff" + bytes(40),
        behind(0x20, ""),
        behind(0x28, "8509a000"),
        behind(0x80000000, ""),
        behind(0xFFFFFFFF, "ff" * 30),
        behind(0x02, "40"),
        behind(0x02, "10"),
        behind(0x02, "10", b"abc"),
    ],
    ids=[
        "empty",
        "cut",
        "version",
        "short",
        "long",
        "no field",
        "half",
        "words",
        "all words",
        "bad",
        "fcs",
        "cut fcs",
    ],
)
def test_a_radiotap_header_that_lies_and_a_damaged_frame(frame: bytes) -> None:
    with pytest.raises(WireError):
        ieee80211.radiotap(frame)


def test_the_frame_check_sequence_is_checked_and_cut_off() -> None:
    fcs = zlib.crc32(INNER).to_bytes(4, "little")
    assert ieee80211.radiotap(behind(0x02, "10", INNER + fcs))[1] == INNER
    assert ieee80211.without_fcs(INNER + fcs) == INNER
    assert ieee80211.without_fcs(INNER) == INNER
    assert ieee80211.without_fcs(b"") == b""


def test_a_beacon_comes_back() -> None:
    heard = ieee80211.management(INNER)
    assert heard is not None
    assert (heard.subtype, heard.transmitter) == (ieee80211.BEACON, MAC)
    assert list(ieee80211.vendor_elements(heard.body)) == [b"\xfa\x0b\xbc\x0d\x01x"]
    with pytest.raises(WireError):
        ieee80211.write_beacon(MAC, [bytes(256)])


def test_other_frames_are_none_of_ours() -> None:
    assert ieee80211.management(b"\x08\x02" + bytes(40)) is None  # data
    assert ieee80211.management(b"\xb4\x00" + bytes(14)) is None  # RTS
    assert ieee80211.management(b"\xd0\x40" + bytes(40)) is None  # encrypted action
    with_ht = ieee80211.management(b"\x80\x80" + bytes(26) + b"body")
    assert with_ht == Management(subtype=8, transmitter="00:00:00:00:00:00", body=b"body")
    for frame in (b"", b"\x80", b"\x80\x00" + bytes(20), b"\x81\x00" + bytes(40)):
        with pytest.raises(WireError):
            ieee80211.management(frame)


def test_an_element_that_lies_costs_only_what_follows() -> None:
    good = b"\xdd\x04\xfa\x0b\xbc\x0d"
    for tail in (b"\xdd", b"\xdd\xff\x01", b"\x00\x05abc"):
        given = until_error(ieee80211.vendor_elements(bytes(12) + good + tail))
        assert given == ([good[2:]], "element at byte 18")
    assert list(ieee80211.vendor_elements(bytes(5))) == []


@given(st.binary(max_size=240), st.integers(-100, 0), st.integers(1000, 7000))
def test_what_is_written_is_read(body: bytes, signal_dbm: int, mhz: int) -> None:
    beacon = ieee80211.write_beacon(MAC, [b"\x01\x02\x03" + body], "name")
    radio, inner = ieee80211.radiotap(ieee80211.write_radiotap(beacon, signal_dbm, mhz * 1e6))
    assert radio == Radio(signal_dbm=float(signal_dbm), frequency_hz=mhz * 1e6)
    heard = ieee80211.management(inner)
    assert heard is not None
    assert list(ieee80211.vendor_elements(heard.body)) == [b"\x01\x02\x03" + body]


@given(st.binary(max_size=240))
def test_nan_comes_back(info: bytes) -> None:
    service = bytes.fromhex("8869199d9209")
    heard = ieee80211.management(ieee80211.write_nan(MAC, service, info))
    assert heard is not None
    assert heard.subtype == ieee80211.ACTION
    assert list(ieee80211.nan_service_infos(heard.body, service)) == [info]
    assert list(ieee80211.nan_service_infos(heard.body, bytes(6))) == []


def test_nan_with_filters_before_the_service_info() -> None:
    service = bytes.fromhex("8869199d9209")
    # Control 0x5c: matching filter, response filter, service info, binding bitmap.
    descriptor = service + bytes.fromhex("01 00 5c 0001 02aabb 01cc 03010203")
    body = bytes.fromhex("0409506f9a13 03") + pack("<H", len(descriptor)) + descriptor
    assert list(ieee80211.nan_service_infos(body, service)) == [b"\x01\x02\x03"]
    other = bytes.fromhex("0409506f9a13 0e0400 01000200") + body[6:]
    assert list(ieee80211.nan_service_infos(other, service)) == [b"\x01\x02\x03"]


@pytest.mark.parametrize("cut", [7, 8, 10, 17, 18, 25])
def test_a_nan_attribute_that_lies(cut: int) -> None:
    heard = ieee80211.management(ieee80211.write_nan(MAC, b"\x88\x69\x19\x9d\x92\x09", b"0123456789"))
    assert heard is not None
    with pytest.raises(WireError, match="NAN attribute at byte 6"):
        list(ieee80211.nan_service_infos(heard.body[:cut], b"\x88\x69\x19\x9d\x92\x09"))


def test_a_service_info_that_runs_past_its_attribute() -> None:
    service = b"\x88\x69\x19\x9d\x92\x09"
    for rest in ("0100", "010010", "010010 05 00", "010004 ff"):
        descriptor = service + bytes.fromhex(rest)
        body = bytes.fromhex("0409506f9a13 03") + pack("<H", len(descriptor)) + descriptor
        with pytest.raises(WireError, match="NAN attribute"):
            list(ieee80211.nan_service_infos(body, service))


@given(st.binary(max_size=200), st.integers(0, 3))
def test_random_bytes_raise_only_wire_errors(data: bytes, kind: int) -> None:
    body = bytes.fromhex("0409506f9a13") + data if kind == 2 else data
    try:
        if kind == 0:
            ieee80211.radiotap(b"\0\0" + data)
        elif kind == 1:
            ieee80211.management(data)
        else:
            assert len(list(ieee80211.nan_service_infos(body, data[9:15]))) <= len(data)
            assert len(list(ieee80211.vendor_elements(data))) <= len(data)
    except WireError as error:
        assert error.reason  # noqa: PT017 - either is right; an error must say why


@needs_data
def test_every_recorded_frame_of_the_anafi_is_whole() -> None:
    packets = list(pcap.packets((DATA / "remote-id" / "anafi_real_odid_only.pcap").read_bytes()))
    for packet in packets:
        assert isinstance(packet, pcap.Packet)
        radio, frame = ieee80211.radiotap(packet.data)
        assert radio.frequency_hz == 2.412e9
        assert radio.signal_dbm is not None
        assert -90 < radio.signal_dbm < 0
        heard = ieee80211.management(frame)
        assert heard is not None
        assert heard.transmitter == "90:3a:e6:5b:c8:a8"
    assert len(packets) == 1140
