"""Flight: a crewed aircraft on its way, and where it will be in the next minutes."""

from typing import Literal

import msgspec

Phase = Literal["arrival", "departure", "overflight"]


class PathPoint(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where a flight will be."""

    time_s: float
    x_m: float
    """In the site's plane, grid east."""
    y_m: float
    sigma_m: float
    """One sigma per axis, of the place at that time."""
    alt_m: float | None = None
    """Above mean sea level; absent if the flight's height is not known."""
    alt_sigma_m: float | None = None


class Flight(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An expected or observed flight."""

    subject: str
    """`icao24:…` where known, else `track:N`."""
    callsign: str | None = None
    track: int = -1
    """Id of the track; -1 = not followed now."""
    phase: Phase
    runway: str | None = None
    """Aerodrome and designator, `LFPO 25`; absent for an overflight."""
    probability: float = 1.0
    """How sure: that the phase and the runway are right."""
    threshold_s: float | None = None
    """When it crosses the landing threshold (arrival) or the end of the runway (departure)."""
    threshold_sigma_s: float | None = None
    path: tuple[PathPoint, ...] = ()
    """The next minutes, oldest first."""
