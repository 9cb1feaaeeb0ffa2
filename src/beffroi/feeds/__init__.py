"""Feeds: one file a format, each turns the frames of one wire format into observations.

A member gives

- a docstring whose first line is its title, and `SOURCE`, the standard and table that it follows;
- `FRAMING`, how its bytes are cut into frames: one of the names in `beffroi.wire.framing`
  (`line`, `json`, `asterix`, `length32`, `whole`); a datagram or a captured packet is one frame in any case;
- `PERSONAL`, True if its frames can carry data of a person (a drone operator's place is personal data);
- `SAMPLE`, a frame (or a tuple of frames, in order) that decodes;
- `decode(frame, received_at_s, source="") -> Iterator[Observation | FeedError]`, or, where frames depend on
  each other, a class `Decoder` with a method of that form.

The generator yields what it can read and *yields* a `FeedError` for each part that it cannot; when nothing
of the frame can be read it *raises* `FeedError`. It reads no clock: a date that the frame lacks comes from
`received_at_s`. Nothing is guessed: what is absent stays None.

The contract test runs over every file of this folder: the sample decodes; same bytes, same records; random
bytes raise only `FeedError`; values stay within physical bounds.
"""

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from beffroi.errors import FeedError, MissingPart, UseError
from beffroi.observation import Observation

Decode = Callable[[bytes, float, str], Iterator[Observation | FeedError]]
"""(frame, received_at_s, source) → observations, and errors for the parts that cannot be read."""


@cache
def names() -> tuple[str, ...]:
    """All feeds, by folder scan and by the entry point group `beffroi.feeds`."""
    here = {m.name for m in pkgutil.iter_modules(__path__)}
    return tuple(sorted(here | {e.name for e in entry_points(group="beffroi.feeds")}))


@cache
def feed(name: str) -> ModuleType:
    """The module of the feed `name`.

    Raises UseError if there is none of that name, MissingPart if its library is not installed.
    """
    if name not in names():
        raise UseError(f"no format {name!r}; there are: {' '.join(names())}")
    for entry in entry_points(group="beffroi.feeds", name=name):
        module: ModuleType = entry.load()
        return module
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as missing:
        raise MissingPart(str(missing.name), f"pip install 'beffroi[{name}]'") from missing


def decoder(name: str) -> Decode:
    """A fresh decoder of the feed `name`, with no memory of earlier frames."""
    module = feed(name)
    made: Decode = module.Decoder().decode if hasattr(module, "Decoder") else module.decode
    return made
