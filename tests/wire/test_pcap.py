"""Captures: real files, every variant of the two formats, damage, and UDP through each kind of link."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import pcap
from beffroi.wire.pcap import Packet
from shared import DATA, needs_data

PAYLOADS = st.lists(st.tuples(st.integers(0, 2**31), st.binary(max_size=80)), max_size=5)


def whole(capture: bytes) -> list[Packet]:
    """The packets of a capture in which nothing is wrong."""
    found = list(pcap.packets(capture))
    assert not [one for one in found if isinstance(one, WireError)]
    return [one for one in found if isinstance(one, Packet)]


@needs_data
@pytest.mark.parametrize(
    ("name", "count", "linktype", "first_s"),
    [
        ("asterix/cat_034_048.pcap", 100, pcap.ETHERNET, 1462433756.5),
        ("asterix/cat_062_065.pcap", 1, pcap.ETHERNET, 1393332227.4),
        ("remote-id/anafi_real_odid_only.pcap", 1140, pcap.RADIOTAP, 1680365730.4),
        ("remote-id/mavic_alessa_spoofed.pcapng", 10, pcap.RADIOTAP, 1678626712.5),
    ],
)
def test_real_captures(name: str, count: int, linktype: int, first_s: float) -> None:
    found = whole((DATA / name).read_bytes())
    assert len(found) == count
    assert {packet.linktype for packet in found} == {linktype}
    assert found[0].time_s == pytest.approx(first_s, abs=1)


@needs_data
def test_udp_of_the_real_capture_is_asterix_without_ethernet_padding() -> None:
    for packet in whole((DATA / "asterix/cat_034_048.pcap").read_bytes()):
        payload = pcap.udp_payload(packet.linktype, packet.data)
        at = 0
        while at < len(payload):
            assert payload[at] in (34, 48)
            at += int.from_bytes(payload[at + 1 : at + 3], "big")
        assert at == len(payload)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(order: str, linktype: int, options: bytes = b"") -> bytes:
    start = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    return start + block(order, 1, struct.pack(order + "HHI", linktype, 0, 0) + options)


def enhanced(order: str, ticks: int, data: bytes, interface: int = 0) -> bytes:
    head = struct.pack(order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(order, 6, head + data)


@given(PAYLOADS, st.sampled_from("<>"), st.sampled_from([(0xA1B2C3D4, 10**6), (0xA1B23C4D, 10**9)]))
def test_pcap_in_both_orders_and_resolutions(
    packets: list[tuple[int, bytes]], order: str, kind: tuple[int, int]
) -> None:
    magic, ticks = kind
    capture = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 113)
    for seconds, data in packets:
        capture += struct.pack(order + "IIII", seconds, ticks // 4, len(data), len(data)) + data
    assert whole(capture) == [Packet(seconds + 0.25, 113, data) for seconds, data in packets]


@given(PAYLOADS, st.sampled_from("<>"))
def test_pcapng_in_both_orders(packets: list[tuple[int, bytes]], order: str) -> None:
    capture = section(order, 1)
    for seconds, data in packets:
        capture += enhanced(order, seconds * 10**6 + 250_000, data)
    assert whole(capture) == [Packet(seconds + 0.25, 1, data) for seconds, data in packets]


def test_pcapng_options_sections_and_other_blocks() -> None:
    nanoseconds = struct.pack("<HHB3x", 9, 1, 9) + struct.pack("<HHq", 14, 8, 1000) + bytes(4)
    halves = struct.pack(">HHB3x", 9, 1, 0x81)
    capture = section("<", 1, nanoseconds) + enhanced("<", 2_500_000_000, b"a")
    capture += block("<", 5, bytes(12))  # interface statistics: passed over
    capture += block("<", 3, struct.pack("<I", 2) + b"bc")
    capture += block("<", 2, struct.pack("<HHIIII", 0, 0, 0, 1_500_000_000, 1, 1) + b"d")
    capture += section(">", 101, halves) + enhanced(">", 3, b"e")
    assert whole(capture) == [
        Packet(1002.5, 1, b"a"),
        Packet(None, 1, b"bc"),
        Packet(1001.5, 1, b"d"),
        Packet(1.5, 101, b"e"),
    ]


def test_a_bad_block_of_pcapng_does_not_hide_the_next() -> None:
    lying = block("<", 6, struct.pack("<IIIII", 0, 0, 0, 4000, 4000))
    capture = section("<", 1) + enhanced("<", 0, b"a", interface=7) + lying + enhanced("<", 0, b"b")
    found = list(pcap.packets(capture))
    assert [type(one) for one in found] == [WireError, WireError, Packet]
    assert "interface 7 is not described" in str(found[0])
    assert "4000 octets" in str(found[1])


@given(st.integers(1, 70), st.booleans())
def test_a_cut_capture_gives_what_is_whole_and_says_so(cut: int, next_generation: bool) -> None:
    if next_generation:
        capture = section("<", 1) + enhanced("<", 0, bytes(40)) + enhanced("<", 0, bytes(40))
    else:
        capture = pcap.header(1) + pcap.record(0, bytes(60)) + pcap.record(0, bytes(60))
    found = list(pcap.packets(capture[:-cut]))
    assert [type(one) for one in found] == [Packet, WireError]


def test_a_packet_that_claims_a_gigabyte_is_not_believed() -> None:
    capture = pcap.header(1) + struct.pack("<IIII", 0, 0, 2**30, 2**30) + bytes(100)
    (wrong,) = pcap.packets(capture)
    assert isinstance(wrong, WireError)
    assert wrong.place == "octet 24"


@pytest.mark.parametrize("junk", [b"", b"\xa1\xb2", b"GIF89a" * 9, b"\xd4\xc3\xb2\xa1"])
def test_what_is_no_capture_is_refused(junk: bytes) -> None:
    with pytest.raises(WireError, match="neither pcap nor pcapng"):
        pcap.packets(junk)


@given(st.binary(max_size=400), st.sampled_from([b"", pcap.header(1), section("<", 1), section(">", 276)]))
def test_junk_raises_nothing_but_wire_errors(junk: bytes, start: bytes) -> None:
    try:
        found = list(pcap.packets(start + junk))
    except WireError:
        return
    assert sum(len(one.data) for one in found if isinstance(one, Packet)) <= len(junk)


@given(st.integers(0, 300), st.binary(max_size=120))
def test_junk_in_a_packet_raises_nothing_but_wire_errors(linktype: int, packet: bytes) -> None:
    try:
        assert pcap.udp_payload(linktype, packet) in packet
    except WireError:
        pass


@given(st.floats(0, 2**32 - 2), st.binary(max_size=100))
def test_what_is_written_is_read(time_s: float, payload: bytes) -> None:
    packet = pcap.udp_packet(payload, 8600)
    (back,) = whole(pcap.header(pcap.RAW) + pcap.record(time_s, packet))
    assert back.time_s == pytest.approx(time_s, abs=1e-6)
    assert pcap.udp_payload(back.linktype, back.data) == payload


UDP = struct.pack(">HHHH", 4000, 8600, 8 + 5, 0) + b"hello"
IPV4 = pcap.udp_packet(b"hello", 8600)
IPV6 = struct.pack(">IHBB", 6 << 28, len(UDP), 17, 64) + bytes(32) + UDP
OPTIONS = struct.pack(">BB6x", 17, 0)
IPV6_OPTIONS = struct.pack(">IHBB", 6 << 28, len(UDP) + 8, 0, 64) + bytes(32) + OPTIONS + UDP
MACS = bytes(12)


@pytest.mark.parametrize(
    ("linktype", "packet"),
    [
        (pcap.ETHERNET, MACS + b"\x08\x00" + IPV4),
        (pcap.ETHERNET, MACS + b"\x08\x00" + IPV4 + bytes(13)),  # padded to 60 octets
        (pcap.ETHERNET, MACS + b"\x81\x00\x00\x05\x08\x00" + IPV4),
        (pcap.ETHERNET, MACS + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd" + IPV6),
        (pcap.SLL, bytes(14) + b"\x08\x00" + IPV4),
        (pcap.SLL2, b"\x86\xdd" + bytes(18) + IPV6_OPTIONS),
        (pcap.RAW, IPV4),
        (pcap.IPV4, IPV4),
        (pcap.IPV6, IPV6),
        (pcap.NULL, b"\x02\x00\x00\x00" + IPV4),
        (pcap.NULL, b"\x00\x00\x00\x1e" + IPV6),
        (pcap.LOOP, b"\x00\x00\x00\x02" + IPV4),
    ],
)
def test_udp_through_every_kind_of_link(linktype: int, packet: bytes) -> None:
    assert pcap.udp_payload(linktype, packet) == b"hello"


@pytest.mark.parametrize(
    ("linktype", "packet", "reason"),
    [
        (pcap.RAW, IPV4[:6] + b"\x20\x00" + IPV4[8:], "a fragment of an IPv4 packet"),
        (pcap.RAW, IPV4[:6] + b"\x00\x10" + IPV4[8:], "a fragment of an IPv4 packet"),
        (pcap.RAW, IPV6[:6] + b"\x2c" + IPV6[7:], "a fragment of an IPv6 packet"),
        (pcap.RAW, IPV4[:9] + b"\x06" + IPV4[10:], "IP protocol 6 is not UDP"),
        (pcap.RAW, IPV4[:-3], "a datagram of 13 octets in 10"),
        (pcap.RAW, IPV4[:22], "the packet is cut short"),
        (pcap.ETHERNET, MACS + b"\x08\x06" + bytes(28), "protocol 0806 is not IP"),
        (pcap.RADIOTAP, IPV4, "link type 127 carries no IP"),
    ],
)
def test_what_carries_no_datagram_is_refused_with_its_reason(
    linktype: int, packet: bytes, reason: str
) -> None:
    with pytest.raises(WireError, match=reason):
        pcap.udp_payload(linktype, packet)


def test_the_written_ipv4_header_has_a_right_checksum() -> None:
    total = sum(struct.unpack(">10H", IPV4[:20]))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
