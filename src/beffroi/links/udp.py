"""UDP: `udp://host:port` listens on that address, `udp://group:port` joins a multicast group.

`?interface=ADDRESS` names the interface on which to join. One datagram is one frame (EUROCONTROL ASTERIX and
the radar world send so). Datagrams that the kernel had no room for are counted where it tells
(SO_RXQ_OVFL, Linux).
"""

import asyncio
import ipaddress
import socket
import struct

from beffroi.errors import SiteError
from beffroi.links import Clock, Inbox, Link, address, options, place
from beffroi.site import Source

SCHEMES = ("udp",)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DATAGRAM_BYTES = 65535
DATAGRAMS_A_TURN = 512
"""After so many, the other tasks have their turn."""
BUFFER_BYTES = 8 * 1024 * 1024
"""Asked of the kernel; it may give less."""
_SO_RXQ_OVFL = 40
_HAS_OVERFLOW_COUNT = hasattr(socket, "SO_DOMAIN")  # Linux


class Receiver:
    """Receives datagrams on one port."""

    def __init__(self, source: Source, framing: str, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self.port: int | None = None
        """The port once it listens (port 0 asks the system for one)."""
        self._at, self._port, self._interface = _endpoint(source)
        self._overflow = 0

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except OSError as bad:
                self.inbox.lost(f"cannot listen: {bad}")
            await self.inbox.back_off()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        with self._socket() as sock:
            self.port, self._overflow = sock.getsockname()[1], 0
            self.inbox.connected()
            loop.add_reader(sock, self._read, sock)
            try:
                await asyncio.Event().wait()
            finally:
                loop.remove_reader(sock)

    def _socket(self) -> socket.socket:
        six = self._at.version == 6
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            if _HAS_OVERFLOW_COUNT:
                sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            if self._at.is_multicast:
                self._join(sock, six)
            sock.bind((str(self._at), self._port))
        except BaseException:
            sock.close()
            raise
        return sock

    def _join(self, sock: socket.socket, six: bool) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            group = self._at.packed + struct.pack("@I", 0)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
        else:
            group = self._at.packed + socket.inet_aton(self._interface)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)

    def _read(self, sock: socket.socket) -> None:
        """All that is there, with one stamp. The kernel's count of what it lost comes with the first."""
        frames: list[bytes] = []
        try:
            first, told, _, _ = sock.recvmsg(DATAGRAM_BYTES, 64)
            self._count_overflow(told)
            frames.append(first)
            while len(frames) < DATAGRAMS_A_TURN:
                frames.append(sock.recv(DATAGRAM_BYTES))
        except BlockingIOError:
            pass
        except OSError as bad:
            self.inbox.faults[str(bad)] += 1
        self.inbox.put([frame for frame in frames if frame])

    def _count_overflow(self, told: list[tuple[int, int, bytes]]) -> None:
        for level, kind, data in told:
            if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL):
                total: int = struct.unpack("@I", data[:4])[0]
                self.inbox.dropped += (total - self._overflow) & 0xFFFFFFFF
                self._overflow = total


def _endpoint(source: Source) -> tuple[Address, int, str]:
    """Address, port and interface. Raises SiteError."""
    host, port = address(source, listens=True)
    interface = options(source, "interface").get("interface", "0.0.0.0")
    try:
        at = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        return at, port, str(ipaddress.IPv4Address(interface))
    except ValueError as bad:
        raise SiteError(place(source), str(bad)) from bad


def check(source: Source) -> None:
    """Raises SiteError if the link cannot be."""
    _endpoint(source)


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of `udp://host:port`."""
    return Receiver(source, framing, now_s)
