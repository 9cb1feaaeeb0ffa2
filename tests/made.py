"""Nouns made by number, for tests that need many: the same number, the same noun."""

from typing import Any

from beffroi.observation import Observation, digest
from beffroi.sign import Reason, Sign

START_S = 1_700_000_000.0


def observation(number: int, *, at_s: float | None = None, **fields: Any) -> Observation:
    """An aircraft's claim, ten a second."""
    at_s = START_S + number / 10 if at_s is None else at_s
    said: dict[str, Any] = {
        "source": "adsb",
        "kind": "claim",
        "subject": f"icao24:{0x400000 + number % 50:06x}",
        "lat_deg": 48.7 + number % 100 / 1000,
        "lon_deg": 2.3 + number % 70 / 1000,
        "alt_1013_m": 300.0 + number % 1000,
        "callsign": f"TST{number % 50:03d}",
        "frame": digest(str(number).encode()),
    }
    return Observation(**({"time_s": at_s, "received_at_s": at_s} | said | fields))


def sign(number: int = 1, *, updates: int = 0, cites: tuple[bytes, ...] = (), **fields: Any) -> Sign:
    """A sign that was opened at `START_S` and updated every second."""
    said: dict[str, Any] = {
        "change": "updated" if updates else "opened",
        "time_s": START_S + updates,
        "rule": "zone_intrusion",
        "subject": f"track:{number}",
        "priority": "high",
        "opened_at_s": START_S,
        "reasons": (Reason(code="inside", evidence=tuple(f"frame:{c.hex()}" for c in cites)),),
        "params": {"zone": "R-1", "time_left_s": float("inf")},
    }
    return Sign(id=number, updates=updates, **(said | fields))
