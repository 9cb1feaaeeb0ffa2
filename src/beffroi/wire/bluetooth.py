"""Bluetooth LE advertisements as sniffers and controllers give them, both ways.

Bluetooth Core Specification 5.4, all little-endian:

- Vol. 6 Part B §2: link layer packet: access address, PDU header (type, length), PDU, CRC-24. Advertising
  PDUs 0, 2, 4, 6 (legacy: AdvA, data) and 7 (extended: header length, flags, fields, data).
- Vol. 4 Part E §7.7.65: HCI event 3E, subevents 02 (advertising report) and 0D (extended).
- Supplement Part A §1: AD structures: length, type, body; 16 = service data of a 16-bit UUID.

Capture headers as on tcpdump.org: LINKTYPE 251 (link layer), 256 (10 bytes before it: channel, signal, noise,
offenses, reference address, flags), 187 (HCI H4: packet type) and 201 (direction, u32 big-endian, before it).
"""

from collections.abc import Iterator
from struct import Struct

import msgspec

from beffroi.errors import WireError

ACCESS_ADDRESS = bytes.fromhex("d6be898e")
"""0x8E89BED6, of every advertisement (Vol. 6 Part B §2.1.2)."""
_LEGACY = (0, 2, 4, 6)
_EXTENDED = 7
_EXTENDED_FIELDS = ((0x01, 6), (0x02, 6), (0x04, 1), (0x08, 2), (0x10, 3), (0x20, 18), (0x40, 1))
"""(flag, size): AdvA, TargetA, CTE info, ADI, aux pointer, sync info, transmit power."""
_PSEUDO = Struct("<BbbBIH")
_SIGNAL_VALID, _CRC_CHECKED, _CRC_VALID, _CODED = 0x0002, 0x0400, 0x0800, 0x8000
_REPORT = Struct("<BB6sB")
_EXTENDED_REPORT = Struct("<HB6sBBBbbHB6sB")
_NO_RSSI = 127


class Advertisement(msgspec.Struct, frozen=True, kw_only=True):
    """One advertisement."""

    transmitter: str | None = None
    """Advertiser's address, as `60:60:1f:aa:bb:cc`. It may be random and change."""
    data: bytes
    """AD structures."""
    signal_dbm: float | None = None
    frequency_hz: float | None = None


def link_layer(packet: bytes) -> Advertisement | None:
    """A link layer packet with its CRC (LINKTYPE 251); None if it advertises nothing.

    Raises WireError where it is cut or its CRC is wrong.
    """
    return _packet(packet, len(ACCESS_ADDRESS), check=True)


def link_layer_with_radio(packet: bytes) -> Advertisement | None:
    """A link layer packet behind its pseudo-header (LINKTYPE 256). As `link_layer` otherwise."""
    if len(packet) < 14:
        raise WireError("pseudo-header", f"{len(packet)} bytes")
    channel, signal, _, _, _, flags = _PSEUDO.unpack_from(packet)
    if flags & _CRC_CHECKED and not flags & _CRC_VALID:
        raise WireError("crc", "the receiver marked the packet as damaged")
    # On the coded PHY a coding indicator stands between the access address and the PDU.
    start = 15 if flags & 0xC000 == _CODED else 14
    heard = _packet(packet, start, check=not flags & _CRC_CHECKED)
    if heard is None:
        return None
    return Advertisement(
        transmitter=heard.transmitter,
        data=heard.data,
        signal_dbm=float(signal) if flags & _SIGNAL_VALID else None,
        frequency_hz=(2402 + 2 * channel) * 1e6 if channel < 40 else None,
    )


def hci(packet: bytes) -> Iterator[Advertisement]:
    """The advertisements of an HCI packet (LINKTYPE 187); none if it is no advertising report.

    Raises WireError where the report is cut; the advertisements before that have been given by then.
    """
    if packet[:2] != b"\x04\x3e":
        return
    if len(packet) < 5 or packet[2] != len(packet) - 3:
        raise WireError("hci event", "its length lies")
    subevent, count, at = packet[3], packet[4], 5
    if subevent not in (0x02, 0x0D):
        return
    for _ in range(count):
        heard, at = _report(packet, at) if subevent == 0x02 else _extended_report(packet, at)
        yield heard


def service_data(data: bytes, uuid: int) -> Iterator[bytes]:
    """The service data for a 16-bit `uuid` among AD structures.

    Raises WireError at the structure whose length lies; a length of 0 ends the data early.
    """
    prefix = b"\x16" + uuid.to_bytes(2, "little")
    at = 0
    while at < len(data) and data[at]:
        following = at + 1 + data[at]
        if following > len(data):
            raise WireError(f"AD structure at byte {at}", "it runs past the advertisement")
        if data[at + 1 : at + 4] == prefix:
            yield data[at + 4 : following]
        at = following


def _packet(packet: bytes, start: int, *, check: bool) -> Advertisement | None:
    if len(packet) < start + 5:
        raise WireError("link layer", f"a packet of {len(packet)} bytes")
    end = start + 2 + packet[start + 1]
    if end + 3 > len(packet):
        raise WireError("link layer", "the PDU runs past the packet")
    if check and packet[end : end + 3] != crc(packet[start:end]):
        raise WireError("crc", "it is wrong: the packet is damaged")
    kind, pdu = packet[start] & 15, packet[start + 2 : end]
    if kind == _EXTENDED:
        return _extended(pdu)
    if kind not in _LEGACY:
        return None
    if len(pdu) < 6:
        raise WireError("link layer", "the advertiser's address is cut")
    return Advertisement(transmitter=_mac(pdu[:6]), data=pdu[6:])


def _extended(pdu: bytes) -> Advertisement | None:
    """Header length (6 bits), flags and their fields, then the data."""
    size = pdu[0] & 63 if pdu else 0
    if not pdu or 1 + size > len(pdu):
        raise WireError("link layer", "the extended header runs past the PDU")
    flags = pdu[1] if size else 0
    end = 2 + sum(length for flag, length in _EXTENDED_FIELDS if flags & flag)
    if size and end > 1 + size:
        raise WireError("link layer", "the extended header is shorter than its fields")
    data = pdu[1 + size :]
    transmitter = _mac(pdu[2:8]) if flags & 1 else None
    return Advertisement(transmitter=transmitter, data=data) if data else None


def _report(packet: bytes, at: int) -> tuple[Advertisement, int]:
    start = at + _REPORT.size
    end = start + packet[start - 1] if start <= len(packet) else start
    if end + 1 > len(packet):
        raise WireError("advertising report", "it runs past the event")
    _, _, address, _ = _REPORT.unpack_from(packet, at)
    rssi = int.from_bytes(packet[end : end + 1], "little", signed=True)
    heard = Advertisement(transmitter=_mac(address), data=packet[start:end], signal_dbm=_dbm(rssi))
    return heard, end + 1


def _extended_report(packet: bytes, at: int) -> tuple[Advertisement, int]:
    start = at + _EXTENDED_REPORT.size
    end = start + packet[start - 1] if start <= len(packet) else start
    if start > len(packet) or end > len(packet):
        raise WireError("extended advertising report", "it runs past the event")
    _, _, address, _, _, _, _, rssi, *_ = _EXTENDED_REPORT.unpack_from(packet, at)
    heard = Advertisement(transmitter=_mac(address), data=packet[start:end], signal_dbm=_dbm(rssi))
    return heard, end


def _dbm(rssi: int) -> float | None:
    return None if rssi == _NO_RSSI else float(rssi)


def _mac(address: bytes) -> str:
    return address[::-1].hex(":")


def _crc_table() -> tuple[int, ...]:
    """x²⁴+x¹⁰+x⁹+x⁶+x⁴+x³+x+1, least significant bit first (Vol. 6 Part B §3.1.1)."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0xDA6000 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC = _crc_table()


def crc(pdu: bytes) -> bytes:
    """The CRC-24 of an advertising PDU, header included, as it stands in a capture."""
    value = 0xAAAAAA  # 0x555555 with its bits reversed
    for byte in pdu:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value.to_bytes(3, "little")


def write_service_data(uuid: int, body: bytes) -> bytes:
    """An AD structure with service data. Raises WireError above 252 bytes of `body`."""
    if len(body) > 252:
        raise WireError("service data", f"{len(body)} bytes do not fit in 252")
    return bytes((len(body) + 3, 0x16)) + uuid.to_bytes(2, "little") + body


def write_legacy(transmitter: str, data: bytes) -> bytes:
    """A link layer packet ADV_NONCONN_IND (LINKTYPE 251). Raises WireError above 31 bytes of `data`."""
    if len(data) > 31:
        raise WireError("advertisement", f"{len(data)} bytes do not fit in 31")
    return _write(2, _address(transmitter) + data)


def write_extended(transmitter: str, data: bytes) -> bytes:
    """A link layer packet AUX_ADV_IND (LINKTYPE 251). Raises WireError above 245 bytes of `data`."""
    if len(data) > 245:
        raise WireError("advertisement", f"{len(data)} bytes do not fit in 245")
    return _write(_EXTENDED, b"\x09\x09" + _address(transmitter) + b"\x00\x10" + data)


def _write(kind: int, payload: bytes) -> bytes:
    pdu = bytes((0x40 | kind, len(payload))) + payload
    return ACCESS_ADDRESS + pdu + crc(pdu)


def _address(transmitter: str) -> bytes:
    return bytes.fromhex(transmitter.replace(":", ""))[::-1]
