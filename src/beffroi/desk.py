"""Desk: what people do with signs.

    pipeline ──records.add──▶ │ numbered events │ ◀──act── people (threads of the server)
                              └───┬─────────────┘ ◀──tick─ the clock (what comes back from the shelf)
                                  ▼ take
                   the signs as they stand, subscribers

Each change of a sign and each act is one event. The database numbers it in the same transaction, and none is
skipped: whoever has seen event `n` asks for `events(n, limit)` and lacks nothing. An act that `act` returned
from is on the disk. What may be done when is in `beffroi.life`, the figures are in `beffroi.alarm`.

A server does, in the function that it gives to the pipeline: `desk.take(step.signs)`, then
`desk.tick(step.picture.now_s)`; and calls `act` in a thread, as it waits for the disk.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from beffroi import alarm
from beffroi.alarm import Alarms, Ring
from beffroi.errors import DeskError
from beffroi.life import CLOCK, UNDO_S, Act, Code, DeskSign, Event
from beffroi.links.clock import Clock
from beffroi.sign import Sign
from beffroi.store.records import Records

Subscriber = Callable[[Sequence[Event]], None]
"""Gets events in their order, without a gap, from whichever thread brought them. It must not block."""
READ = 500
"""Events are read so many at a time."""
AGAIN_S = 3600.0
"""So often the signs are read again: what the clock deleted is forgotten."""


class Desk:
    """The desk of one watch; safe to use from several threads. Raises StoreError where the records fail."""

    def __init__(
        self, records: Records, clock: Clock, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic_s` times the hand of a person, who is no faster in a demonstration that is."""
        self._records, self._clock, self._monotonic_s = records, clock, monotonic_s
        self._giving = threading.RLock()
        """Held while events are read and given out: one after the other, in their order."""
        self._lock = threading.Lock()
        """Held while what is in memory changes or is read, never while a database is asked."""
        self._subscribers: list[Subscriber] = []
        self._done: dict[int, float] = {}
        """Acts that may still be undone, and when they were."""
        self._standing: dict[str, DeskSign] = {}
        self._last, self._read_s = records.last(), clock.now_s()
        self._rang: deque[Ring] = deque()
        self._read_again()
        rang = records.rang(self._read_s - alarm.LOUD_S)
        self._rang.extend(alarm.ring(event) for event in rang if not event.sign.sign.exercise)

    @property
    def last(self) -> int:
        """The number of the last event that was given out."""
        return self._last

    def signs(self, state: Literal["open", "shelved", "ended"], limit: int = READ) -> list[DeskSign]:
        """Signs, newest first; of those that have ended the last `limit`.

        `open`: not over or not yet acknowledged, and neither shelved nor closed.
        """
        if state == "ended":
            return self._records.ended(limit)
        with self._lock:
            signs = [s for s in self._standing.values() if (s.state == "shelved") == (state == "shelved")]
        return sorted(signs, key=lambda s: (s.sign.opened_at_s, s.sign.id), reverse=True)

    def standing(self) -> tuple[int, list[DeskSign]]:
        """The number of the last event, and all signs that had not ended after it."""
        with self._lock:
            return self._last, list(self._standing.values())

    def sign(self, key: str) -> DeskSign:
        """One sign as it stands. Raises DeskError if there is none of that key."""
        with self._lock:
            if key in self._standing:
                return self._standing[key]
        return self.history(key)[-1].sign

    def history(self, key: str) -> list[Event]:
        """Everything that befell one sign, oldest first: changes and acts. Raises DeskError."""
        if events := self._records.events_of(key):
            return events
        raise DeskError("unknown", key, "key", "there is no such sign")

    def act(
        self,
        key: str,
        code: Code,
        by: str,
        until_s: float | None = None,
        reason: str | None = None,
        outcome: str | None = None,
        undo: int | None = None,
    ) -> Event:
        """Do something with a sign; when this returns it is on the disk. Raises DeskError."""
        if not by.strip():
            raise DeskError("invalid", key, "by", "somebody must do it")
        if code == "undo" and undo is not None:
            self._in_time(key, undo)
        wish = Act(code=code, by=by, at_s=self._clock.now_s(), until_s=until_s, reason=reason,
                   outcome=outcome, undo=undo)  # fmt: skip
        number = self._records.act(key, wish)
        with self._lock:
            self._done[number] = self._monotonic_s()
        self._give_out()
        return self._records.events(number - 1, 1)[0]

    def events(self, since: int, limit: int) -> list[Event]:
        """The events after number `since`, oldest first, at most `limit`.

        Events die with their sign: if the first is not `since + 1`, what lies between was deleted by the
        clock, and only `standing` says how things are.
        """
        return self._records.events(since, limit)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Let `callback` have every event after `last`; returns what ends that."""
        with self._giving:
            self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def take(self, signs: Sequence[Sign]) -> list[Event]:
        """The pipeline has published these changes: give out their events, which are in the records."""
        return self._give_out() if signs else []

    def tick(self, now_s: float) -> None:
        """What lies on the shelf until `now_s` comes back, as an event."""
        if now_s - self._read_s >= AGAIN_S:
            self._read_s = now_s
            with self._giving:
                self._give_out()
                self._read_again()
        with self._lock:
            due = [s.key for s in self._standing.values() if _due(s, now_s)]
        for key in due:
            try:
                self._records.act(key, Act(code="return", by=CLOCK, at_s=now_s))
            except DeskError:
                continue  # a person was quicker
        if due:
            self._give_out()

    def alarms(self, now_s: float) -> Alarms:
        """The figures of the watch at `now_s`."""
        with self._lock:
            alarm.forget(self._rang, now_s)
            return alarm.measure(self._standing.values(), self._rang, now_s)

    def _in_time(self, key: str, undo: int) -> None:
        """Refuse to undo what was done too long ago, or before a restart."""
        now_s = self._monotonic_s()
        with self._lock:
            self._done = {n: at_s for n, at_s in self._done.items() if now_s - at_s <= UNDO_S}
            in_time = undo in self._done
        if not in_time:
            raise DeskError("refused", key, "undo", "it was done too long ago")

    def _give_out(self) -> list[Event]:
        """Read the events that nobody was told of yet, and tell them, in their order."""
        with self._giving:
            told: list[Event] = []
            while events := self._records.events(self._last, READ):
                with self._lock:
                    for event in events:
                        self._stands(event)
                    self._last = events[-1].number
                for subscriber in tuple(self._subscribers):
                    subscriber(events)
                told += events
            return told

    def _stands(self, event: Event) -> None:
        if event.sign.ended:
            self._standing.pop(event.sign.key, None)
        else:
            self._standing[event.sign.key] = event.sign
        if event.rings and not event.sign.sign.exercise:
            self._rang.append(alarm.ring(event))

    def _read_again(self) -> None:
        """Read how the signs stand, up to the last event that was given out."""
        standing = {sign.key: sign for sign in self._records.standing() if sign.event <= self._last}
        with self._lock:
            self._standing = standing


def _due(sign: DeskSign, now_s: float) -> bool:
    """Whether the time of a sign on the shelf is over."""
    until_s = sign.life.until_s if sign.life else None
    return sign.state == "shelved" and until_s is not None and until_s <= now_s
