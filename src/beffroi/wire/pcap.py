"""Packet captures: pcap and pcapng to packets, packets to UDP payloads, and pcap written.

Formats: IETF draft-ietf-opsawg-pcap-06 (pcap; both byte orders, micro- and nanoseconds) and
draft-ietf-opsawg-pcapng-04 (sections in either byte order; Enhanced, Simple and the old Packet Block).
Link types are those of the tcpdump registry. IPv4 RFC 791, IPv6 RFC 8200, UDP RFC 768, VLAN IEEE 802.1Q.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from beffroi.errors import WireError

NULL, ETHERNET, RAW, IEEE802_11, LOOP, SLL, RADIOTAP, IPV4, IPV6, SLL2 = (
    0, 1, 101, 105, 108, 113, 127, 228, 229, 276,
)  # fmt: skip
"""Link types, by their number in the tcpdump registry."""

MAX_PACKET_BYTES = 256 * 1024
"""The longest packet that capture programs write (tcpdump's default snapshot length)."""

_PCAP = {b"\xa1\xb2\xc3\xd4": (">", 1e-6), b"\xa1\xb2\x3c\x4d": (">", 1e-9),
         b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\x4d\x3c\xb2\xa1": ("<", 1e-9)}  # fmt: skip
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_TSRESOL, _TSOFFSET = 9, 14


class Packet(NamedTuple):
    """One captured packet."""

    time_s: float | None
    """Unix seconds; None where the capture does not say (a Simple Packet Block)."""
    linktype: int
    data: bytes


class _Interface(NamedTuple):
    linktype: int
    tick_s: float
    offset_s: int


def packets(capture: bytes | memoryview) -> Iterator[Packet | WireError]:
    """The packets of a pcap or pcapng file; in place of one that cannot be read, why (not raised).

    A file that is cut short gives what is whole, and says at the end that it was cut. Raises WireError if
    it is no capture.
    """
    whole = memoryview(capture)
    magic = bytes(whole[:4])
    if magic in _PCAP and len(whole) >= 24:
        return _pcap(whole, *_PCAP[magic])
    if magic == b"\x0a\x0d\x0d\x0a":
        return _pcapng(whole)
    raise WireError("octet 0", "neither pcap nor pcapng")


def _pcap(whole: memoryview, order: str, tick_s: float) -> Iterator[Packet | WireError]:
    linktype = struct.unpack_from(order + "I", whole, 20)[0] & 0x0FFFFFFF
    header = struct.Struct(order + "IIII")
    at = 24
    while at + 16 <= len(whole):
        seconds, ticks, size, _ = header.unpack_from(whole, at)
        if size > MAX_PACKET_BYTES or at + 16 + size > len(whole):
            break
        yield Packet(seconds + ticks * tick_s, linktype, bytes(whole[at + 16 : at + 16 + size]))
        at += 16 + size
    if at < len(whole):
        yield WireError(f"octet {at}", f"no whole packet in the last {len(whole) - at} octets")


def _pcapng(whole: memoryview) -> Iterator[Packet | WireError]:
    order, at = "<", 0
    interfaces: list[_Interface] = []
    while at < len(whole):
        if bytes(whole[at : at + 4]) == b"\x0a\x0d\x0d\x0a":
            order = "<" if bytes(whole[at + 8 : at + 12]) == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        left = len(whole) - at
        kind, length = struct.unpack_from(order + "II", whole, at) if left >= 12 else (0, 0)
        if not 12 <= length <= left or length % 4:
            yield WireError(f"octet {at}", f"a block of {length} octets, {left} are left")
            return
        try:
            yield from _block(kind, bytes(whole[at + 8 : at + length - 4]), order, interfaces)
        except (WireError, struct.error) as wrong:
            yield WireError(f"octet {at}", f"block type {kind}: {wrong}")
        at += length


def _block(kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Iterator[Packet]:
    """What one block gives; an Interface Description Block is added to `interfaces`."""
    if kind == _INTERFACE:
        interfaces.append(_interface(body, order))
    elif kind == _ENHANCED:
        number, high, low, size = struct.unpack_from(order + "IIII", body)
        yield _stamped(interfaces, number, high << 32 | low, body[20:], size)
    elif kind == _OLD_PACKET:
        number, _, high, low, size = struct.unpack_from(order + "HHIII", body)
        yield _stamped(interfaces, number, high << 32 | low, body[20:], size)
    elif kind == _SIMPLE:
        size = min(*struct.unpack_from(order + "I", body), len(body) - 4)
        yield Packet(None, _numbered(interfaces, 0).linktype, body[4 : 4 + size])


def _numbered(interfaces: list[_Interface], number: int) -> _Interface:
    if number >= len(interfaces):
        raise WireError("", f"interface {number} is not described")
    return interfaces[number]


def _stamped(interfaces: list[_Interface], number: int, ticks: int, data: bytes, size: int) -> Packet:
    interface = _numbered(interfaces, number)
    if size > len(data) or size > MAX_PACKET_BYTES:
        raise WireError("", f"a packet of {size} octets in {len(data)}")
    return Packet(ticks * interface.tick_s + interface.offset_s, interface.linktype, data[:size])


def _interface(body: bytes, order: str) -> _Interface:
    linktype, _, _ = struct.unpack_from(order + "HHI", body)
    tick_s, offset_s, at = 1e-6, 0, 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == _TSRESOL and size == 1:
            tick_s = 2.0 ** -(value[0] & 0x7F) if value[0] & 0x80 else 10.0 ** -value[0]
        elif code == _TSOFFSET and size == 8:
            (offset_s,) = struct.unpack(order + "q", value)
        elif code == 0:
            break
        at += 4 + size + -size % 4
    return _Interface(linktype, tick_s, offset_s)


def udp_payload(linktype: int, packet: bytes) -> bytes:
    """The payload of the UDP datagram in a packet.

    Raises WireError with the reason where there is none: another protocol, a fragment, a packet cut short.
    """
    try:
        protocol, at = _network(linktype, packet)
        if protocol == 0x0800:
            end, at = _ipv4(packet, at)
        elif protocol == 0x86DD:
            end, at = _ipv6(packet, at)
        else:
            raise WireError("", f"protocol {protocol:04x} is not IP")
        (length,) = struct.unpack_from(">H", packet, at + 4)
    except (struct.error, IndexError):
        raise WireError("", "the packet is cut short") from None
    last = at + length if length else end  # 0: a datagram longer than the field holds, RFC 2675
    if not at + 8 <= last <= min(end, len(packet)):
        raise WireError("", f"a datagram of {length} octets in {min(end, len(packet)) - at}")
    return packet[at + 8 : last]


def _network(linktype: int, packet: bytes) -> tuple[int, int]:
    """The EtherType of what the link carries, and where that starts."""
    if linktype == ETHERNET:
        return _vlan(packet, 12)
    if linktype == SLL:
        return _vlan(packet, 14)
    if linktype == SLL2:
        return struct.unpack_from(">H", packet)[0], 20
    if linktype in (NULL, LOOP):
        return _version(packet, 4)
    if linktype in (RAW, IPV4, IPV6, 12, 14):  # 12 and 14: LINKTYPE_RAW as BSDs number it
        return _version(packet, 0)
    raise WireError("", f"link type {linktype} carries no IP that is known here")


def _vlan(packet: bytes, at: int) -> tuple[int, int]:
    while (ethertype := struct.unpack_from(">H", packet, at)[0]) in (0x8100, 0x88A8, 0x9100):
        at += 4
    return ethertype, at + 2


def _version(packet: bytes, at: int) -> tuple[int, int]:
    return {4: 0x0800, 6: 0x86DD}.get(packet[at] >> 4, 0), at


def _ipv4(packet: bytes, at: int) -> tuple[int, int]:
    """Where the IPv4 packet at `at` ends and where its UDP header starts."""
    first, total, fragment, protocol = struct.unpack_from(">BxHxxHxB", packet, at)
    if fragment & 0x3FFF:
        raise WireError("", "a fragment of an IPv4 packet")
    if first >> 4 != 4 or first & 15 < 5:
        raise WireError("", "not an IPv4 header")
    if protocol != 17:
        raise WireError("", f"IP protocol {protocol} is not UDP")
    return (at + total if total else len(packet)), at + 4 * (first & 15)


def _ipv6(packet: bytes, at: int) -> tuple[int, int]:
    """Where the IPv6 packet at `at` ends and where its UDP header starts, past its extension headers."""
    version, total, following = struct.unpack_from(">B3xHB", packet, at)
    if version >> 4 != 6:
        raise WireError("", "not an IPv6 header")
    end, at = (at + 40 + total if total else len(packet)), at + 40
    while following in (0, 43, 60):  # hop-by-hop, routing, destination options
        following, size = struct.unpack_from("BB", packet, at)
        at += 8 + 8 * size
    if following != 17:
        raise WireError("", "a fragment of an IPv6 packet" if following == 44 else f"{following} is not UDP")
    return end, at


def header(linktype: int) -> bytes:
    """The start of a pcap file: little-endian, nanoseconds."""
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, MAX_PACKET_BYTES, linktype)


def record(time_s: float, packet: bytes) -> bytes:
    """One packet of a pcap file that starts with `header`."""
    seconds, nanoseconds = divmod(round(time_s * 1e9), 1_000_000_000)
    return struct.pack("<IIII", seconds, nanoseconds, len(packet), len(packet)) + packet


def udp_packet(payload: bytes, port: int, group: bytes = b"\x7f\x00\x00\x01") -> bytes:
    """An IPv4 packet (link type `RAW`) with a UDP datagram from 127.0.0.1 to `group` and `port`."""
    udp = struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload  # checksum 0: none, RFC 768
    start = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + b"\x7f\x00\x00\x01" + group
    total: int = sum(struct.unpack(">10H", start))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return start[:10] + checksum.to_bytes(2, "big") + start[12:] + udp
