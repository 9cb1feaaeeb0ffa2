"""Zones: one file a format, each turns documents into zones.

A member gives

- a docstring whose first line is its title, and `SOURCE`, the standard that it follows;
- `read(data: bytes) -> Iterator[Zone]`; it raises `ZoneError` with the path of what is wrong;
- `write(zones) -> bytes`, so that what is read, written and read again is the same (a member that only makes
  zones of other data leaves it out).

The contract test runs over every file of this folder.
"""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

import msgspec

from beffroi.errors import SiteError, UseError
from beffroi.site import Runway, Site
from beffroi.zone import Zone
from beffroi.zones import aerodrome


def names() -> tuple[str, ...]:
    """All formats, by folder scan and by the entry point group `beffroi.zones`."""
    here = {m.name for m in pkgutil.iter_modules(__path__)}
    return tuple(sorted(here | {e.name for e in entry_points(group="beffroi.zones")}))


def zone_format(name: str) -> ModuleType:
    """The module of the format `name`. Raises UseError if there is none."""
    if name not in names():
        raise UseError(f"no zone format {name!r}; there are: {' '.join(names())}")
    for entry in entry_points(group="beffroi.zones", name=name):
        module: ModuleType = entry.load()
        return module
    return import_module(f"{__name__}.{name}")


def read(name: str, data: bytes) -> Iterator[Zone]:
    """The zones of a document in the format `name`. Raises ZoneError with the path of what is wrong."""
    zones: Iterator[Zone] = zone_format(name).read(data)
    return zones


def check(name: str, data: bytes) -> int:
    """How many zones a document holds. Raises ZoneError if it is not right."""
    return sum(1 for _ in read(name, data))


def of_site(site: Site, load: Callable[[str], bytes]) -> tuple[Zone, ...]:
    """All zones that a site configures; `load` gives the bytes of a file. Raises ZoneError, SiteError."""
    found: list[Zone] = []
    for source in site.zone:
        if source.file is not None:
            found += read(source.format, load(source.file))
        else:
            found += _of_aerodrome(site, source.aerodrome or "", source.ring_m)
    return tuple(found)


def _of_aerodrome(site: Site, indicator: str, ring_m: float | None) -> Iterator[Zone]:
    known = [r for r in site.runway if r.aerodrome == indicator] or list(aerodrome.runways(indicator))
    if not known:
        raise SiteError("$.zone", f"no runways are known of {indicator!r}: give them as [[runway]]")
    country = site.site.jurisdiction
    yield from aerodrome.protect(known, ring_m, country if len(country) == 3 else aerodrome.UNKNOWN_COUNTRY)


def with_runways(site: Site) -> Site:
    """The site with the runways of its `aerodromes` that it does not give itself. Raises SiteError where
    the tables know none, MissingPart where there are no tables."""
    given = {r.aerodrome for r in site.runway}
    found: list[Runway] = list(site.runway)
    for i, indicator in enumerate(site.site.aerodromes):
        if indicator in given:
            continue
        known = aerodrome.runways(indicator)
        if not known:
            raise SiteError(f"$.site.aerodromes[{i}]", f"no runways are known of {indicator!r}")
        found += known
    return msgspec.structs.replace(site, runway=tuple(found))
