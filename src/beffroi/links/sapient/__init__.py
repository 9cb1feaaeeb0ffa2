"""SAPIENT over TCP: the fusion node that edge nodes call (`sapient-listen://host:port`), and callers.

`FusionNode` listens, on the loopback address unless told otherwise; `EdgeNode` calls one, as a simulated
sensor does; `Forwarder` calls the fusion node above this one (the key `forward` of a source). With an
`ssl.SSLContext` that demands certificates both sides show one. What is said and when is in
`beffroi.wire.sapient`; here are the sockets.
"""

import asyncio
from contextlib import AsyncExitStack

from beffroi.errors import LinkError
from beffroi.links import Clock, Inbox, Link, address, host_port, mutual_tls, options
from beffroi.links.sapient.caller import Caller, EdgeNode, Forwarder, new_ulid
from beffroi.links.sapient.connection import TICK_S
from beffroi.links.sapient.fusion_node import FusionNode
from beffroi.site import Source
from beffroi.wire.sapient.fusion import Received, Refused
from beffroi.wire.sapient.rules import Sound

__all__ = [
    "SCHEMES", "Caller", "EdgeNode", "Forwarder", "FusionNode", "Received", "Refused", "check", "link",
    "new_ulid",
]  # fmt: skip

SCHEMES = ("sapient-listen",)


class Listener:
    """The link of a source of the site: every sound message, as bytes, goes into the inbox, and on to the
    fusion node above if the site names one."""

    def __init__(self, source: Source, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        host, port = address(source, listens=True)
        self.node = FusionNode(
            self._take,
            now_s,
            host=host,
            port=port,
            tls=mutual_tls(source, listens=True),
            on_refused=self._refused,
            has_room=lambda: not self.inbox.full,
        )
        self.above = _above(source, self.node, now_s)
        self._unsent = 0

    async def run(self) -> None:
        while True:
            try:
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(self.node)
                    if self.above is not None:
                        await stack.enter_async_context(self.above)
                    await self._watch()
            except LinkError as bad:
                self.inbox.lost(bad.reason)
            await self.inbox.back_off()

    async def _watch(self) -> None:
        """Tell the inbox how the nodes are."""
        while True:
            await asyncio.sleep(TICK_S)
            self.inbox.faults.update(self.node.faults)
            self.node.faults.clear()
            if self.above is not None:
                self._watch_above(self.above)
            if self.node.connected:
                self.inbox.connected()
            elif self.inbox.state == "connected":
                self.inbox.lost("no node is connected")

    def _watch_above(self, above: Forwarder) -> None:
        """Count what goes wrong on the way up."""
        self.inbox.faults.update({f"forward: {why}": count for why, count in above.faults.items()})
        above.faults.clear()
        if lost := above.unsent - self._unsent:
            self._unsent += lost
            self.inbox.faults["forward: messages lost"] += lost

    def _refused(self, refused: Refused) -> None:
        """What is wrong by itself is kept with the rest that cannot be read; the feed says why again."""
        if refused.why in ("unreadable", "unsound"):
            self.inbox.put([refused.payload])
        else:
            self.inbox.faults[f"refused: {refused.why}"] += 1

    def _take(self, received: list[Received]) -> None:
        self.inbox.put([Sound(each.payload) for each in received])
        if self.above is not None:
            self.above.forward(received)


def _above(source: Source, node: FusionNode, now_s: Clock) -> Forwarder | None:
    if source.forward is None:
        return None
    host, port = host_port(source.forward, f"source {source.id!r}: forward")
    return Forwarder(node.fusion, now_s, host, port, tls=mutual_tls(source, listens=False))


def check(source: Source) -> None:
    """Raises SiteError if the link cannot be."""
    address(source, listens=True)
    options(source)


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of `sapient-listen://host:port`; the framing is SAPIENT's own."""
    return Listener(source, now_s)
