"""Sign: "this is suspicious, for these reasons, on this evidence, on this legal basis". Never a verdict.

A rule says what holds *now*, as a `Finding`. The watch alone makes of findings a `Sign` with a life: opened,
updated, over. Both hold codes and parameters; sentences are made where they are read (`sentence`).
"""

from typing import Any, Literal

import msgspec

APART = 1_000_000_000
"""Signs and tracks of an exercise have numbers above this."""
Priority = Literal["urgent", "high", "notice"]
Consequence = Literal["flight", "aerodrome", "order"]
"""Whom it can hurt: `flight` = a crewed aircraft or a runway in use; `aerodrome` = something inside a
protected volume; `order` = a rule is broken or a sensor needs care, and nobody is near."""

PRIORITY: tuple[tuple[Consequence, float, Priority], ...] = (
    # consequence, if time left to act is under (s), then
    ("flight", 120.0, "urgent"),
    ("flight", 600.0, "high"),
    ("aerodrome", 600.0, "high"),
)
"""The one table. What no row covers is a notice."""


LOWER: dict[Priority, Priority] = {"urgent": "high", "high": "notice", "notice": "notice"}


def priority(consequence: Consequence, time_left_s: float, *, claimed_harmless: bool = False) -> Priority:
    """The priority of a finding, from the one table (first row that fits); one step lower where the object
    claims to be permitted and nothing measured contradicts it."""
    for row, under_s, level in PRIORITY:
        if consequence == row and time_left_s < under_s:
            return LOWER[level] if claimed_harmless else level
    return "notice"


class Reason(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One reason for a sign, or against it."""

    code: str
    """Names the sentence of the rule that says it."""
    params: dict[str, Any] = {}
    weight: float = 1.0
    """How much it speaks for the sign; negative = speaks against."""
    evidence: tuple[str, ...] = ()
    """What it rests on: `frame:HEX` digests, `track:N`, `zone:ID`, `source:ID`. Never empty in a finding."""


class FlightEffect(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What it does to one flight."""

    callsign: str
    subject: str
    in_s: float
    """Time to the closest approach, or to the entry into the protected volume."""
    distance_m: float
    """Smallest horizontal distance predicted."""
    vertical_m: float | None = None
    """Vertical separation then; absent if a height is not known."""
    probability: float
    """How sure: that they come closer than the volume that the rule protects."""
    runway: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says now of one subject."""

    subject: str
    """`track:N` where there is a track; else the key of the claim or source."""
    reasons: tuple[Reason, ...]
    consequence: Consequence
    time_left_s: float
    """Time left to act; infinity if nothing presses."""
    params: dict[str, Any]
    """What the headline and the sentence of the rule are filled with."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    flights: tuple[FlightEffect, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other keys of the same object (declared identity): they tie the signs of several rules together."""
    against: bool = False
    """True if a claim alone speaks for harmlessness: lowers the priority one step, silences nothing."""


class Sign(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A sign with its life: a line of `signs.jsonl` at each change."""

    id: int
    """Counter, from 1."""
    change: Literal["opened", "updated", "over"]
    time_s: float
    """When this change was."""
    rule: str
    subject: str
    priority: Priority
    opened_at_s: float
    over_at_s: float | None = None
    updates: int = 0
    reasons: tuple[Reason, ...]
    params: dict[str, Any]
    lat_deg: float | None = None
    lon_deg: float | None = None
    flights: tuple[FlightEffect, ...] = ()
    aliases: tuple[str, ...] = ()
    simulated: bool = False
    """Some of its evidence comes from a source that is configured as simulated."""
    exercise: bool = False
    """Some of its evidence is, or was, of an exercise."""
