"""Process: a replay seen from the live watch: what is asked of it, and what it gives."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Self

import msgspec

from beffroi.console.replay import player
from beffroi.console.replay.player import FASTEST, Ask, Failed, Moment, Seeking
from beffroi.errors import StoreError, UseError
from beffroi.life import DeskSign
from beffroi.picture import Picture
from beffroi.site import Site
from beffroi.zone import Zone

Show = Callable[[Picture, Sequence[DeskSign]], Any]
"""What is made of a picture and of the signs that had not ended."""

processes = multiprocessing.get_context("spawn")


class Replay:
    """One replay for one person. Raises StoreError where the store cannot be read, UseError for a bad ask."""

    def __init__(
        self,
        site: Site,
        zones: Sequence[Zone],
        directory: Path,
        show: Show,
        *,
        at_s: float,
        speed: float = 1.0,
        track: int | None = None,
    ) -> None:
        first = _checked(Ask(at_s=at_s, speed=speed, track=track))
        self._directory = directory
        self._pipe, self._theirs = processes.Pipe()
        self._process = processes.Process(
            target=player.run, args=(self._theirs, site, tuple(zones), directory, show, first),
            name="replay", daemon=True,
        )  # fmt: skip
        self._waiting = ThreadPoolExecutor(1, "replay")
        self._asking = ThreadPoolExecutor(1, "replay-ask")
        self._asked = Ask()
        """What is asked and not yet sent: of each kind the last."""
        self._lock = Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._process.start)
        self._theirs.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        self._process.terminate()
        await asyncio.to_thread(self._process.join)
        await asyncio.to_thread(self._waiting.shutdown)
        await asyncio.to_thread(self._asking.shutdown)
        self._pipe.close()

    def ask(self, *, at_s: float | None = None, speed: float | None = None, track: int | None = None) -> None:
        """Go to another moment, on at another speed (0 = stand), or tell of a track too. Raises UseError.

        It waits for nobody: who asks more than the other process can take is followed to the last of it.
        """
        asked = _checked(Ask(at_s=at_s, speed=speed, track=track))
        if self._closed:
            return
        with self._lock:
            idle, self._asked = self._asked == Ask(), _then(self._asked, asked)
        if idle:
            self._asking.submit(self._send)

    def _send(self) -> None:
        with self._lock:
            asked, self._asked = self._asked, Ask()
        with suppress(OSError):  # that it has ended is told by `moments`
            self._pipe.send(asked)

    async def moments(self) -> AsyncIterator[Moment | Seeking]:
        """What it gives, at most four times a second, until it is closed. Who is slow makes it slow, and
        lacks no event. Raises StoreError if the other process fails."""
        loop = asyncio.get_running_loop()
        while not self._closed:
            try:
                said = await loop.run_in_executor(self._waiting, self._pipe.recv)
            except (EOFError, OSError):
                break
            if isinstance(said, Failed):
                raise StoreError(str(self._directory), said.reason)
            yield said
        if not self._closed:
            raise StoreError(str(self._directory), "the replay has ended")


def _then(before: Ask, after: Ask) -> Ask:
    """Both in one: what the later one does not ask stays as it was asked before."""
    said = {name: value for name, value in msgspec.structs.asdict(after).items() if value is not None}
    return msgspec.structs.replace(before, **said)


def _checked(ask: Ask) -> Ask:
    """Refuse what is no time or no speed."""
    try:
        ask = msgspec.convert(msgspec.to_builtins(ask), Ask)
    except msgspec.ValidationError as bad:
        raise UseError(f"replay: {bad}") from bad
    if ask.speed is not None and not 0.0 <= ask.speed <= FASTEST:
        raise UseError(f"replay: speed must lie between 0 and {FASTEST:.0f}")
    if ask.at_s is not None and not 0.0 <= ask.at_s < 1e11:
        raise UseError("replay: at_s must be a time, Unix seconds")
    return ask
