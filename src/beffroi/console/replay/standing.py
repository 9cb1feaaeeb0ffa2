"""Standing: the signs as they stood at a moment of the past, and what befell them from there on."""

from collections import deque
from pathlib import Path

from beffroi.life import DeskSign, Event
from beffroi.store.records import Records

READ = 500
"""Events are read so many at a time."""


class Standing:
    """The signs as they stood, event by event."""

    def __init__(self, directory: Path) -> None:
        self._records = Records.within(directory, migrate=False)
        self.number = 0
        self._signs: dict[str, DeskSign] = {}
        self._coming: deque[Event] = deque()

    def seek(self, at_s: float) -> None:
        """Stand as they stood then."""
        self.number, stood = self._records.stood(at_s)
        self._signs, self._coming = {s.key: s for s in stood}, deque()

    def until(self, at_s: float) -> list[Event]:
        """Go on; what happened on the way."""
        events: list[Event] = []
        while True:
            if not self._coming:
                self._coming.extend(self._records.events(self.number, READ))
            if not self._coming or self._coming[0].sign.changed_s > at_s:
                return events
            event = self._coming.popleft()
            self.number = event.number
            events.append(event)
            if event.sign.ended:
                self._signs.pop(event.sign.key, None)
            else:
                self._signs[event.sign.key] = event.sign

    def now(self) -> tuple[DeskSign, ...]:
        """The signs that had not ended."""
        return tuple(self._signs.values())
