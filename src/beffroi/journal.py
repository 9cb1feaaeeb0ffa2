"""Journal: what befalls the sources of a live watch, a line on stderr each.

A source waits for its first observation, is `ok` (or says itself that it is degraded, at fault, off), falls
silent, or is cut; what was cut is called again, or waits to be called. Each change is told once, and why.
"""

import sys
from collections.abc import Iterator, Sequence

import structlog

from beffroi.intake import Intake
from beffroi.picture import Picture
from beffroi.watch import Step

WELL = ("waiting", "ok", "ended")

logger = structlog.get_logger()


def to_stderr() -> None:
    """Send the lines of every logger to stderr, plainly: stdout is for what was asked for."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%SZ", utc=True),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # of now: a live table replaces it
    )


class Journal:
    """The journal of one run. `intakes` are those of its pipeline."""

    def __init__(self) -> None:
        self.intakes: Sequence[Intake] = ()
        self._known: dict[str, tuple[str, str | None]] = {}

    def take(self, step: Step) -> None:
        """Tell what has changed since the last step."""
        for name, state, why in _states(self.intakes, step.picture):
            before, self._known[name] = self._known.get(name, ("waiting", None)), (state, why)
            if before != (state, why):
                tell = logger.info if state in WELL else logger.warning
                tell(f"{name}: {state}", **({"reason": why} if why else {}))

    def end(self) -> None:
        """Tell what each source gave."""
        for intake in self.intakes:
            inbox = intake.link.inbox
            logger.info(
                f"{intake.source.id}: frames", received=inbox.received, refused=intake.refused,
                dropped=inbox.dropped, **({"faults": dict(inbox.faults)} if inbox.faults else {}),
            )  # fmt: skip


def _states(intakes: Sequence[Intake], picture: Picture) -> Iterator[tuple[str, str, str | None]]:
    """Name, state and reason of each source, then of each sensor behind one."""
    for intake in intakes:
        name, inbox = intake.source.id, intake.link.inbox
        if inbox.state == "lost":
            yield name, "cut, to be connected again", inbox.trouble
        elif inbox.state == "ended":
            yield name, "ended", None
        elif name in picture.sources:
            yield name, picture.sources[name].state, None
    for key, state in picture.sources.items():
        if state.sensor:
            yield key, state.state, None
