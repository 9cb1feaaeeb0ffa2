"""Form: what people write down at the console, `form:`. The console puts each report into the inbox."""

import asyncio

from beffroi.errors import SiteError
from beffroi.links import Clock, Inbox, Link, place
from beffroi.site import Source

SCHEMES = ("form",)


class Form:
    """A way in that waits for people."""

    def __init__(self, now_s: Clock) -> None:
        self.inbox = Inbox(now_s)
        self.inbox.connected()

    async def run(self) -> None:
        """There is nothing to fetch."""
        await asyncio.Event().wait()


def check(source: Source) -> None:
    """Raises SiteError where the address says more than `form:`."""
    if source.link != "form:":
        raise SiteError(place(source), "a form has no address: form:")


def link(source: Source, framing: str, now_s: Clock) -> Link:
    """The link of a source."""
    return Form(now_s)
