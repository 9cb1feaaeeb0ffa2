"""Wi-Fi frames as a monitor hears them: radiotap, management frames, their elements, NAN; both ways.

- radiotap.org: version 0, pad, length (u16), present words, then the fields in the order of their bits,
  each aligned to its size. Read here: flags (bit 1), channel (bit 3), antenna signal in dBm (bit 5).
- IEEE 802.11-2020 §9.3.3: management header (24 bytes; 28 with HT Control), beacon and probe response
  (12 bytes, then elements: id, length, body; vendor specific = 221), action frames; FCS = CRC-32.
- Wi-Fi Alliance, Neighbor Awareness Networking: public action (4), vendor specific (9), 50-6F-9A type 19,
  then attributes: id, length (u16), body; service descriptor = 3.
"""

import zlib
from collections.abc import Iterable, Iterator
from struct import Struct

import msgspec

from beffroi.errors import WireError

BEACON, PROBE_RESPONSE, ACTION = 8, 5, 13
VENDOR = 221

_RADIOTAP_SIZES = ((8, 8), (1, 1), (1, 1), (2, 4), (1, 2), (1, 1))
"""(alignment, size) of TSFT, flags, rate, channel, FHSS, antenna signal."""
_FCS_PRESENT, _FCS_BAD = 0x10, 0x40
_NAN = bytes.fromhex("0409506f9a13")
_NAN_ADDRESS = bytes.fromhex("516f9a010000")
_NAN_CLUSTER = bytes.fromhex("506f9a0100ff")
_BROADCAST = b"\xff" * 6
_U16 = Struct("<H")
_U32 = Struct("<I")
_HEADER = Struct("<BBH6s6s6sH")


class Radio(msgspec.Struct, frozen=True, kw_only=True):
    """How a frame was received."""

    signal_dbm: float | None = None
    frequency_hz: float | None = None


class Management(msgspec.Struct, frozen=True, kw_only=True):
    """A management frame."""

    subtype: int
    transmitter: str
    """Address 2, as `60:60:1f:aa:bb:cc`."""
    body: bytes


def radiotap(frame: bytes) -> tuple[Radio, bytes]:
    """What the receiver says, and the 802.11 frame without its FCS.

    Raises WireError where the header lies about its length or the frame is damaged.
    """
    if len(frame) < 8 or frame[0] != 0:
        raise WireError("radiotap", "no header of version 0")
    size, present = _U16.unpack_from(frame, 2)[0], _U32.unpack_from(frame, 4)[0]
    if not 8 <= size <= len(frame):
        raise WireError("radiotap", f"a header of {size} bytes in a frame of {len(frame)}")
    fields = dict(_radiotap_fields(frame[:size], present))
    channel = fields.get(3)
    signal = fields.get(5)
    radio = Radio(
        signal_dbm=float(int.from_bytes(signal, "little", signed=True)) if signal else None,
        frequency_hz=_U16.unpack_from(channel)[0] * 1e6 or None if channel else None,
    )
    flags = fields.get(1, b"\0")[0]
    if flags & _FCS_BAD:
        raise WireError("radiotap", "the receiver marked the frame as damaged")
    rest = frame[size:]
    return radio, _checked(rest) if flags & _FCS_PRESENT else rest


def _radiotap_fields(header: bytes, present: int) -> Iterator[tuple[int, bytes]]:
    """(bit, bytes) of the fields up to the antenna signal; bits above are of no use here."""
    at, word = 8, present
    while word >> 31:
        if at + 4 > len(header):
            raise WireError("radiotap", "the present words run past the header")
        word = _U32.unpack_from(header, at)[0]
        at += 4
    for bit, (align, size) in enumerate(_RADIOTAP_SIZES):
        if present >> bit & 1:
            at += -at % align
            if at + size > len(header):
                raise WireError("radiotap", f"field {bit} runs past the header")
            yield bit, header[at : at + size]
            at += size


def _checked(frame: bytes) -> bytes:
    if len(frame) < 4 or zlib.crc32(frame[:-4]) != _U32.unpack(frame[-4:])[0]:
        raise WireError("fcs", "the frame check sequence is wrong: the frame is damaged")
    return frame[:-4]


def without_fcs(frame: bytes) -> bytes:
    """The frame without its FCS, where it has one that is right (a capture without radiotap does not say)."""
    has_one = len(frame) > 4 and zlib.crc32(frame[:-4]) == _U32.unpack(frame[-4:])[0]
    return frame[:-4] if has_one else frame


def management(frame: bytes) -> Management | None:
    """The management frame in `frame`; None for other kinds of frame and for encrypted ones.

    Raises WireError where the header is cut or of an unknown version.
    """
    if len(frame) < 2:
        raise WireError("802.11", "no frame")
    control, flags = frame[0], frame[1]
    if control & 3:
        raise WireError("802.11", f"protocol version {control & 3}")
    if control & 0x0C or flags & 0x40:
        return None
    size = 28 if flags & 0x80 else 24
    if len(frame) < size:
        raise WireError("802.11", f"a management header of {len(frame)} bytes instead of {size}")
    return Management(subtype=control >> 4, transmitter=frame[10:16].hex(":"), body=frame[size:])


def vendor_elements(body: bytes) -> Iterator[bytes]:
    """The bodies (OUI first) of the vendor elements of a beacon or probe response, in order.

    Raises WireError at the element whose length lies; those before it have been given by then.
    """
    at, end = 12, len(body)
    while at < end:
        if at + 2 > end or at + 2 + body[at + 1] > end:
            raise WireError(f"element at byte {at}", "it runs past the frame")
        following = at + 2 + body[at + 1]
        if body[at] == VENDOR:
            yield body[at + 2 : following]
        at = following


def nan_service_infos(body: bytes, service_id: bytes) -> Iterator[bytes]:
    """The service infos for `service_id` (6 bytes) in the body of an action frame; none if it is no NAN.

    Raises WireError at the attribute whose length lies.
    """
    if not body.startswith(_NAN):
        return
    at, end = len(_NAN), len(body)
    while at < end:
        following = at + 3 + int.from_bytes(body[at + 1 : at + 3], "little")
        if at + 3 > end or following > end:
            raise WireError(f"NAN attribute at byte {at}", "it runs past the frame")
        if body[at] == 3 and body[at + 3 : at + 9] == service_id:
            yield from _service_info(body[at + 3 : following], at)
        at = following


def _service_info(descriptor: bytes, place: int) -> Iterator[bytes]:
    """Service id (6), instance, requestor, control; then what the bits of the control announce."""
    if len(descriptor) < 9:
        raise WireError(f"NAN attribute at byte {place}", "the service descriptor is cut")
    control, at = descriptor[8], 9
    at += 2 if control & 0x40 else 0
    for bit in (0x04, 0x08, 0x10):  # matching filter, response filter, service info
        if control & bit:
            size = descriptor[at] if at < len(descriptor) else 0
            if at + 1 + size > len(descriptor):
                raise WireError(f"NAN attribute at byte {place}", "the service info runs past it")
            if bit == 0x10:
                yield descriptor[at + 1 : at + 1 + size]
            at += 1 + size


def write_radiotap(frame: bytes, signal_dbm: int | None = None, frequency_hz: float | None = None) -> bytes:
    """`frame` behind a radiotap header with what is given."""
    present, fields = 0, b""
    if frequency_hz is not None:
        flags = 0x0080 if frequency_hz < 3e9 else 0x0100
        present, fields = 1 << 3, _U16.pack(round(frequency_hz / 1e6)) + _U16.pack(flags)
    if signal_dbm is not None:
        present, fields = present | 1 << 5, fields + signal_dbm.to_bytes(1, "little", signed=True)
    return b"\0\0" + _U16.pack(8 + len(fields)) + _U32.pack(present) + fields + frame


def write_beacon(transmitter: str, vendor: Iterable[bytes], ssid: str = "", sequence: int = 0) -> bytes:
    """A beacon with an SSID and vendor elements (OUI first). Raises WireError on one above 255 bytes."""
    mac = bytes.fromhex(transmitter.replace(":", ""))
    header = _HEADER.pack(BEACON << 4, 0, 0, _BROADCAST, mac, mac, sequence % 4096 << 4)
    elements = [(0, ssid.encode()), (1, b"\x8c"), *((VENDOR, body) for body in vendor)]
    return header + bytes.fromhex("0000000000000000 6400 2004") + b"".join(_element(*e) for e in elements)


def _element(number: int, body: bytes) -> bytes:
    if len(body) > 255:
        raise WireError(f"element {number}", f"{len(body)} bytes do not fit in 255")
    return bytes((number, len(body))) + body


def write_nan(transmitter: str, service_id: bytes, info: bytes, sequence: int = 0) -> bytes:
    """A NAN service discovery frame that carries `info`. Raises WireError if it is above 255 bytes."""
    if len(info) > 255:
        raise WireError("service info", f"{len(info)} bytes do not fit in 255")
    mac = bytes.fromhex(transmitter.replace(":", ""))
    header = _HEADER.pack(ACTION << 4, 0, 0, _NAN_ADDRESS, mac, _NAN_CLUSTER, sequence % 4096 << 4)
    descriptor = service_id + b"\x01\x00\x10" + bytes((len(info),)) + info
    return header + _NAN + b"\x03" + _U16.pack(len(descriptor)) + descriptor
