"""Told: cases and the aerodrome as they go over the live socket: at each change, the latest of each counts.

A new client gets every open case and the aerodrome. A case that has been closed is told to those who are
there, and forgotten a minute later. All of it runs in the loop, so that what is told last is how it stands.
"""

import time

from beffroi.console import incident, message
from beffroi.console.live import Live
from beffroi.console.seen import Seen

FORGET_S = 60.0


class Told:
    """What `Casework` tells, turned into messages."""

    def __init__(self, seen: Seen, live: Live) -> None:
        self._seen, self._live = seen, live
        self._closed: dict[str, float] = {}

    def begin(self) -> None:
        """Tell how everything stands."""
        for name in ("aerodrome", *(f"case:{case.key}" for case in self._seen.casework.cases())):
            self.tell(name)

    def tell(self, name: str) -> None:
        """`case:7` or `aerodrome` has changed."""
        self._forget()
        if name == "aerodrome":
            said = incident.AerodromeTold(aerodrome=incident.aerodrome(self._seen))
            self._live.latest(name, message.packed(said))
            return
        case = self._seen.casework.case(name.partition(":")[2])
        self._live.latest(name, message.packed(incident.CaseTold(case=incident.summary(self._seen, case))))
        if case.state == "closed":
            self._closed[name] = time.monotonic()
        else:
            self._closed.pop(name, None)

    def _forget(self) -> None:
        """Let go of what was closed a while ago."""
        now_s = time.monotonic()
        for name in [n for n, at_s in self._closed.items() if now_s - at_s > FORGET_S]:
            self._closed.pop(name, None)
            self._live.forget(name)
