"""Bluetooth LE: packets by hand, round trips, and lengths that lie."""

from collections.abc import Iterable
from struct import pack
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import bluetooth
from beffroi.wire.bluetooth import Advertisement

T = TypeVar("T")
MAC = "c0:ff:ee:01:02:03"
DATA = bluetooth.write_service_data(0xFFFA, b"\x0d\x07message")


def until_error(items: Iterable[T]) -> tuple[list[T], str]:
    """What comes before a WireError, and the place that it names."""
    given = []
    try:
        for item in items:
            given.append(item)  # noqa: PERF402 - an error ends a comprehension and loses the items
    except WireError as error:
        return given, error.place
    return given, ""


def test_the_crc_of_a_known_packet() -> None:
    # ADV_NONCONN_IND of 01:02:03:04:05:06; Wireshark 4.0 finds this CRC right and another wrong.
    data = bytes.fromhex("1e16faff0d071203b5ff7ec007071d801b68010000000000000000ffff0000")
    packet = bluetooth.write_legacy("01:02:03:04:05:06", data)
    assert packet[:4] == bytes.fromhex("d6be898e")
    assert packet[-3:].hex() == "2a8e53"


def test_advertisements_come_back() -> None:
    for packet in (bluetooth.write_legacy(MAC, DATA), bluetooth.write_extended(MAC, DATA)):
        heard = bluetooth.link_layer(packet)
        assert heard == Advertisement(transmitter=MAC, data=DATA)
    assert list(bluetooth.service_data(DATA, 0xFFFA)) == [b"\x0d\x07message"]
    assert list(bluetooth.service_data(DATA, 0xFFF6)) == []


def test_the_pseudo_header_says_how_it_was_received() -> None:
    packet = bluetooth.write_legacy(MAC, DATA)
    # RF channel 39 = 2480 MHz, -60 dBm, noise, offenses, reference address; flags: dewhitened, signal valid,
    # CRC checked and valid.
    heard = bluetooth.link_layer_with_radio(pack("<BbbBIH", 39, -60, -90, 0, 0x8E89BED6, 0x0C03) + packet)
    assert heard == Advertisement(transmitter=MAC, data=DATA, signal_dbm=-60.0, frequency_hz=2.48e9)
    silent = bluetooth.link_layer_with_radio(pack("<BbbBIH", 40, -60, 0, 0, 0, 0) + packet)
    assert silent == Advertisement(transmitter=MAC, data=DATA)
    coded = packet[:4] + b"\x00" + packet[4:]
    heard = bluetooth.link_layer_with_radio(pack("<BbbBIH", 0, -60, 0, 0, 0, 0x8C02) + coded)
    assert heard == Advertisement(transmitter=MAC, data=DATA, signal_dbm=-60.0, frequency_hz=2.402e9)
    with pytest.raises(WireError, match="damaged"):
        bluetooth.link_layer_with_radio(pack("<BbbBIH", 0, -60, 0, 0, 0, 0x0402) + packet)


def report(data: bytes, rssi: int) -> bytes:
    """One advertising report, as in Vol. 4 Part E §7.7.65.2."""
    address = bytes.fromhex(MAC.replace(":", ""))[::-1]
    return pack("<BB6sB", 3, 1, address, len(data)) + data + pack("b", rssi)


def extended_report(data: bytes, rssi: int) -> bytes:
    """One extended advertising report, as in Vol. 4 Part E §7.7.65.13."""
    address = bytes.fromhex(MAC.replace(":", ""))[::-1]
    head = pack("<HB6sBBBbbHB6s", 0, 1, address, 1, 3, 0, 127, rssi, 0, 0, bytes(6))
    return head + bytes((len(data),)) + data


def event(subevent: int, *reports: bytes) -> bytes:
    body = bytes((subevent, len(reports))) + b"".join(reports)
    return b"\x04\x3e" + bytes((len(body),)) + body


def test_hci_reports() -> None:
    heard = Advertisement(transmitter=MAC, data=DATA, signal_dbm=-71.0)
    unknown = Advertisement(transmitter=MAC, data=DATA)
    assert list(bluetooth.hci(event(2, report(DATA, -71), report(DATA, 127)))) == [heard, unknown]
    assert list(bluetooth.hci(event(13, extended_report(DATA, -71), extended_report(DATA, 127)))) == [
        heard,
        unknown,
    ]
    assert list(bluetooth.hci(event(1, report(DATA, 0)))) == []
    assert list(bluetooth.hci(b"\x04\x0e\x00")) == []
    assert list(bluetooth.hci(b"\x02\x00")) == []


def test_a_report_that_lies_costs_only_what_follows() -> None:
    for make, subevent in ((report, 2), (extended_report, 13)):
        whole = make(DATA, -71)
        for cut in range(len(whole)):
            given, place = until_error(bluetooth.hci(event(subevent, whole, whole[:cut])))
            assert len(given) == 1
            assert "advertising report" in place
    lying = bytearray(event(2, report(DATA, -71)))
    lying[2] += 1
    with pytest.raises(WireError, match="length lies"):
        list(bluetooth.hci(bytes(lying)))


def test_a_damaged_or_cut_packet_is_refused() -> None:
    for packet in (bluetooth.write_legacy(MAC, DATA), bluetooth.write_extended(MAC, DATA)):
        for at in range(4, len(packet)):
            damaged = bytearray(packet)
            damaged[at] ^= 0x10
            with pytest.raises(WireError):
                bluetooth.link_layer(bytes(damaged))
            with pytest.raises(WireError):
                bluetooth.link_layer(packet[:at])


def packet(kind: int, payload: bytes) -> bytes:
    pdu = bytes((kind, len(payload))) + payload
    return bluetooth.ACCESS_ADDRESS + pdu + bluetooth.crc(pdu)


@pytest.mark.parametrize("payload", [b"", b"\x3f", b"\x02\x01abc", b"\x01\x7f", b"\x08\x01" + bytes(6)])
def test_an_extended_header_that_lies(payload: bytes) -> None:
    with pytest.raises(WireError):
        bluetooth.link_layer(packet(7, payload[:-1] if payload[:1] == b"\x08" else payload))


def test_what_advertises_nothing() -> None:
    assert bluetooth.link_layer(packet(3, bytes(12))) is None  # a scan request
    assert bluetooth.link_layer(packet(7, b"\x06\x18" + bytes(5))) is None  # points to another packet
    assert bluetooth.link_layer(packet(7, b"\x00data")) == Advertisement(data=b"data")
    with pytest.raises(WireError):
        bluetooth.link_layer(packet(0, bytes(5)))


def test_structures_that_lie_and_padding() -> None:
    assert list(bluetooth.service_data(b"\x02\x01\x06" + DATA + bytes(4), 0xFFFA)) == [b"\x0d\x07message"]
    given = until_error(bluetooth.service_data(DATA + b"\x09\x16\xfa", 0xFFFA))
    assert given == ([b"\x0d\x07message"], f"AD structure at byte {len(DATA)}")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(WireError):
        bluetooth.write_service_data(0xFFFA, bytes(253))
    with pytest.raises(WireError):
        bluetooth.write_legacy(MAC, bytes(32))
    with pytest.raises(WireError):
        bluetooth.write_extended(MAC, bytes(246))


@given(st.binary(max_size=120), st.sampled_from((b"", b"\x04\x3e", bluetooth.ACCESS_ADDRESS)))
def test_random_bytes_raise_only_wire_errors(rest: bytes, start: bytes) -> None:
    data = start + rest
    for read in (
        bluetooth.link_layer,
        bluetooth.link_layer_with_radio,
        lambda d: list(bluetooth.hci(d)),
        lambda d: list(bluetooth.service_data(d, 0xFFFA)),
    ):
        try:
            read(data)
        except WireError as error:
            assert error.reason  # noqa: PT017 - either is right; an error must say why
