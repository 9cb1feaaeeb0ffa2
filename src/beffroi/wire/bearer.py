"""Bearers of Remote ID: which frames carry it and where in them; both ways.

- Wi-Fi beacon (EN 4709-002, F3411-22a): vendor element FA-0B-BC type 0D, message counter, pack. DJI DroneID:
  vendor element of DJI with its magic number.
- Wi-Fi NAN: service info of `org.opendroneid.remoteid`: message counter, pack.
- Bluetooth 4 and 5: service data of UUID FFFA: code 0D, message counter, message or pack.

What a frame is shows in its first bytes: 802.11 with radiotap or without (link types 127, 105), Bluetooth LE
link layer (251, 256), HCI (187, 201), the AD structures or service data of an advertisement, or a bare
message or pack, as receivers hand them on.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from beffroi.errors import WireError
from beffroi.wire import bluetooth, dji, f3411, ieee80211
from beffroi.wire.ieee80211 import Radio

_CODE = bytes((f3411.APPLICATION_CODE,))
_UUID_AND_CODE = f3411.BLUETOOTH_UUID.to_bytes(2, "little") + _CODE


class Broadcast(NamedTuple):
    """One broadcast, whatever carried it."""

    transmitter: str | None
    """Its address, as `60:60:1f:aa:bb:cc`."""
    radio: Radio
    is_dji: bool
    body: bytes
    """A message or pack; for DJI the body of the vendor element after its OUI."""


def broadcasts(frame: bytes) -> Iterator[Broadcast]:
    """The Remote ID and DJI broadcasts in a frame; none if it carries something else.

    Raises WireError where the frame is broken, after what stood before; and if it is no frame at all.
    """
    for is_it, read in _BEARERS:
        if is_it(frame):
            return read(frame)
    raise WireError("frame", f"{len(frame)} bytes that are no frame known to carry Remote ID")


def _radiotap(frame: bytes) -> Iterator[Broadcast]:
    radio, inner = ieee80211.radiotap(frame)
    return _wifi(inner, radio)


def _wifi(frame: bytes, radio: Radio) -> Iterator[Broadcast]:
    heard = ieee80211.management(frame)
    if heard is None:
        return
    if heard.subtype in (ieee80211.BEACON, ieee80211.PROBE_RESPONSE):
        for element in ieee80211.vendor_elements(heard.body):
            oui, body = element[:3], element[3:]
            if oui == f3411.WIFI_OUI and body[:1] == _CODE:
                yield Broadcast(heard.transmitter, radio, False, body[2:])
            elif oui in dji.OUIS and body[:3] == dji.MAGIC:
                yield Broadcast(heard.transmitter, radio, True, body)
    elif heard.subtype == ieee80211.ACTION:
        for info in ieee80211.nan_service_infos(heard.body, f3411.NAN_SERVICE_ID):
            yield Broadcast(heard.transmitter, radio, False, info[1:])


def _advertised(heard: Iterable[bluetooth.Advertisement | None]) -> Iterator[Broadcast]:
    for advertisement in heard:
        if advertisement is None:
            continue
        radio = Radio(signal_dbm=advertisement.signal_dbm, frequency_hz=advertisement.frequency_hz)
        for data in bluetooth.service_data(advertisement.data, f3411.BLUETOOTH_UUID):
            if data[:1] == _CODE:
                yield Broadcast(advertisement.transmitter, radio, False, data[2:])


def _bare(body: bytes) -> Iterator[Broadcast]:
    yield Broadcast(None, Radio(), False, body)


_BEARERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Broadcast]]], ...] = (
    # service data with its UUID; without; a single message; a pack
    (lambda f: f[:3] == _UUID_AND_CODE, lambda f: _bare(f[4:])),
    (lambda f: f[:1] == _CODE, lambda f: _bare(f[2:])),
    (lambda f: len(f) == f3411.SIZE and f[0] >> 4 < 6, _bare),
    (lambda f: f[1:2] == b"\x19" and f[0] >> 4 == f3411.PACK, _bare),
    # Bluetooth: link layer, with its pseudo-header, HCI with direction, HCI
    (lambda f: f[:4] == bluetooth.ACCESS_ADDRESS, lambda f: _advertised([bluetooth.link_layer(f)])),
    (
        lambda f: f[10:14] == bluetooth.ACCESS_ADDRESS,
        lambda f: _advertised([bluetooth.link_layer_with_radio(f)]),
    ),
    (lambda f: f[:3] == b"\0\0\0" and f[4:6] == b"\x04\x3e", lambda f: _advertised(bluetooth.hci(f[4:]))),
    (lambda f: f[:2] == b"\x04\x3e", lambda f: _advertised(bluetooth.hci(f))),
    # Wi-Fi: radiotap; beacon, probe response or action frame without it
    (lambda f: f[:1] == b"\0", _radiotap),
    (lambda f: f[:1] in (b"\x80", b"\x50", b"\xd0"), lambda f: _wifi(ieee80211.without_fcs(f), Radio())),
    # the AD structures of an advertisement
    (
        lambda f: b"\x16" + _UUID_AND_CODE in f[:64],
        lambda f: _advertised([bluetooth.Advertisement(data=f)]),
    ),
)
"""What a frame is, by its first bytes, and how it is read; the first that fits."""


def write_beacon(
    pack: bytes,
    transmitter: str,
    counter: int = 0,
    *,
    ssid: str = "",
    signal_dbm: int | None = None,
    frequency_hz: float | None = None,
) -> bytes:
    """A pack in a Wi-Fi beacon behind radiotap, as a monitor hears it."""
    element = f3411.WIFI_OUI + _CODE + bytes((counter & 0xFF,)) + pack
    beacon = ieee80211.write_beacon(transmitter, [element], ssid, counter)
    return ieee80211.write_radiotap(beacon, signal_dbm, frequency_hz)


def write_dji(
    record: dji.FlightRecord | dji.UserInformation,
    transmitter: str,
    *,
    ssid: str = "",
    signal_dbm: int | None = None,
    frequency_hz: float | None = None,
) -> bytes:
    """A DJI record in a Wi-Fi beacon behind radiotap."""
    beacon = ieee80211.write_beacon(transmitter, [dji.OUI + dji.encode(record)], ssid)
    return ieee80211.write_radiotap(beacon, signal_dbm, frequency_hz)


def write_nan(pack: bytes, transmitter: str, counter: int = 0) -> bytes:
    """A pack in a NAN service discovery frame (802.11 without radiotap)."""
    info = bytes((counter & 0xFF,)) + pack
    return ieee80211.write_nan(transmitter, f3411.NAN_SERVICE_ID, info, counter)


def write_service_data(body: bytes, counter: int = 0) -> bytes:
    """A message or pack as the AD structure of a Bluetooth advertisement."""
    return bluetooth.write_service_data(f3411.BLUETOOTH_UUID, _CODE + bytes((counter & 0xFF,)) + body)
