"""Beffroi watches the sky round airports, raises explained signs, and lets people decide.

The verbs of the command line are here as functions, with types; the nouns and errors as classes:

    import beffroi
    for read in beffroi.decode("aircraft.json", "readsb"):
        ...

Each is loaded when it is first used.
"""

import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beffroi.errors import (
        AccessError,
        BeffroiError,
        Conflict,
        DeskError,
        FeedError,
        InputError,
        LinkError,
        MissingPart,
        PlotError,
        SiteError,
        StoreError,
        UseError,
        VaultError,
        WireError,
        Withheld,
        ZoneError,
    )
    from beffroi.observation import Observation
    from beffroi.replay import replay_into
    from beffroi.sign import Sign
    from beffroi.site import Site
    from beffroi.store.history import read_history
    from beffroi.track import Track
    from beffroi.tracks.plots import track_plots
    from beffroi.zone import Zone

_HOME = {
    "AccessError": "errors",
    "BeffroiError": "errors",
    "Conflict": "errors",
    "DeskError": "errors",
    "FeedError": "errors",
    "InputError": "errors",
    "LinkError": "errors",
    "MissingPart": "errors",
    "Observation": "observation",
    "PlotError": "errors",
    "Sign": "sign",
    "Site": "site",
    "SiteError": "errors",
    "StoreError": "errors",
    "Track": "track",
    "UseError": "errors",
    "VaultError": "errors",
    "WireError": "errors",
    "Withheld": "errors",
    "Zone": "zone",
    "ZoneError": "errors",
    "read_history": "store.history",
    "replay_into": "replay",
    "track_plots": "tracks.plots",
}
"""Name → module below this package where it lives."""

__all__ = [
    "AccessError",
    "BeffroiError",
    "Conflict",
    "DeskError",
    "FeedError",
    "InputError",
    "LinkError",
    "MissingPart",
    "Observation",
    "PlotError",
    "Sign",
    "Site",
    "SiteError",
    "StoreError",
    "Track",
    "UseError",
    "VaultError",
    "WireError",
    "Withheld",
    "Zone",
    "ZoneError",
    "check",
    "decode",
    "read_history",
    "replay_into",
    "track_plots",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'beffroi' has no attribute {name!r}")
    found = getattr(import_module(f"beffroi.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


def decode(
    path: str | Path, format: str, received_at_s: float | None = None
) -> "Iterator[Observation | InputError]":
    """What a file says: its observations, and an error for each part that cannot be read.

    Text, binary, pcap and pcapng are told apart by their content, gzip too. In a file without stamps of its
    own, each observation is taken to have come when it was true, and `received_at_s` (absent: now) gives the
    day to stamps that have no date.
    Raises LinkError (no such file), UseError (no such format), MissingPart.
    """
    from beffroi.links.replay import observations

    return observations(Path(path), format, time.time() if received_at_s is None else received_at_s)


def check(path: str | Path, format: str) -> None:
    """Is a file right? `site`, `exercise`, a format of zones, or a feed.

    Raises InputError with place and reason if not.
    Raises UseError (no such format), LinkError (no such file), MissingPart.
    """
    from beffroi import feeds, zones
    from beffroi.errors import UseError

    if format == "site":
        from beffroi import links, signs, site

        read = site.read(_text(path))
        links.check(read)
        signs.rules(read)
    elif format == "exercise":
        from beffroi import signs
        from beffroi.simulate import exercise

        exercise.read(_text(path), signs.names())
    elif format in zones.names():
        zones.check(format, _bytes(path))
    elif format in feeds.names():
        _check_feed(path, format)
    else:
        raise UseError(f"no format {format!r}; there are: {' '.join(checkable())}")


def checkable() -> list[str]:
    """The formats that `check` knows."""
    from beffroi import feeds, zones

    return sorted({"site", "exercise", *zones.names(), *feeds.names()})


def _check_feed(path: str | Path, format: str) -> None:
    from beffroi import feeds
    from beffroi.errors import InputError

    member = feeds.feed(format)
    if hasattr(member, "check"):
        member.check(_bytes(path))
        return
    errors = [read for read in decode(path, format) if isinstance(read, InputError)]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise InputError(errors[0].place, errors[0].reason + more)


def _bytes(path: str | Path) -> bytes:
    from beffroi.errors import LinkError

    try:
        return Path(path).read_bytes()
    except OSError as bad:
        raise LinkError(str(path), bad.strerror or str(bad)) from bad


def _text(path: str | Path) -> str:
    from beffroi.errors import InputError

    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise InputError(f"byte {bad.start}", "this is no UTF-8 text") from bad
