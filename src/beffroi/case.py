"""Case: what people work on. Signs and sightings join it, a person owns it, phases are decided one by one.

A case is a row of entries that are only added; how it stands is their fold (`cases.fold`). A decision is not
edited: a later one supersedes it. Phases follow EASA "Drone Incident Management at Aerodromes" (2021) and the
ACI EUROPE concept (2020); which may follow which, and on what, is a table of `beffroi.cases`.
"""

from typing import Any, Literal

import msgspec

from beffroi.sign import Priority

Phase = Literal["sighting", "credible", "confirmed", "suspended", "search", "resumed"]
PHASES: tuple[Phase, ...] = ("sighting", "credible", "confirmed", "suspended", "search", "resumed")
CaseKind = Literal["drone", "aircraft", "interference", "other"]
PlaceState = Literal["open", "restricted", "suspended"]
Outcome = Literal["confirmed", "explained", "unfounded"]
MACHINE = ""
"""Stands for a person where the machine itself added an entry."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing that befell a case, the aerodrome or a handover."""

    about: str
    """`case:7`, `aerodrome`, `handover:3`, `checklist:drone`."""
    version: int
    """Counts the entries of what it is about, from 1, without a gap."""
    at_s: float
    by: str
    """Key of a person, or MACHINE."""
    role: str = ""
    code: str
    """What it is: `opened`, `joined`, `phase`, `note`, …"""
    params: dict[str, Any] = {}
    """Fields of that code."""
    exercise: bool = False


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The last entry that changed one field."""

    version: int
    at_s: float
    by: str
    value: str
    """What was put there, as a person reads it."""


class Joined(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A sign or a sighting of a case, as it was when it joined."""

    key: str
    """Key of the sign, or subject of the sighting (`sighting:…`)."""
    subjects: tuple[str, ...] = ()
    """What it is about, and the aliases of that."""
    at_s: float
    """When what it says was so."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    priority: Priority = "notice"
    rule: str = ""
    simulated: bool = False
    reporter: str = ""
    """Of a sighting, this and the following."""
    grade: str | None = None
    what: str = "unknown"
    count: int | None = None
    text: str = ""
    frame: str = ""
    """Digest of the report, hexadecimal."""
    alt_msl_m: float | None = None
    track_deg: float | None = None
    horizontal_sigma_m: float | None = None

    @property
    def is_sighting(self) -> bool:
        """A person saw it."""
        return self.key.startswith("sighting:")


class File(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A still, a clip or a file of a case; its bytes lie in the vault."""

    digest: str
    name: str
    media_type: str
    bytes: int
    at_s: float
    by: str
    camera: str | None = None
    bearing_deg: float | None = None
    """Where the camera looked, true."""
    field_of_view_deg: float | None = None


class Decision(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A phase that was decided: by whom, why, on what."""

    phase: Phase
    at_s: float
    by: str
    reason: str = ""
    evidence: tuple[str, ...] = ()
    """`sign:KEY`, `frame:HEX`, `file:HEX`, `sighting:ID` or `person:KEY` (who saw it)."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A line of a checklist."""

    id: str
    text: str
    done_by: str | None = None
    done_s: float | None = None


class TowerText(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A text for the tower, each step with its time."""

    id: int
    text: str
    by: str
    draft_s: float
    sent_s: float | None = None
    shown_s: float | None = None
    readback_s: float | None = None
    overdue_s: float | None = None
    """When it had not been read back for too long, and rang."""


class Case(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A case as it stands after its last entry."""

    key: str
    """Opaque: its number."""
    version: int
    kind: CaseKind
    opened_s: float
    changed_s: float
    title: str = ""
    state: Literal["open", "closed"] = "open"
    priority: Priority = "notice"
    owner: str | None = None
    """Key of a person."""
    signs: tuple[str, ...] = ()
    """Keys of signs, in the order in which they joined."""
    sightings: tuple[str, ...] = ()
    """Subjects of sightings."""
    subjects: tuple[str, ...] = ()
    """Subjects and aliases of all of them: what joins by subject."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    """Of what joined last."""
    placed_s: float | None = None
    """When it was there."""
    joined: tuple[Joined, ...] = ()
    """The signs and sightings themselves, in the order in which they joined."""
    left: tuple[str, ...] = ()
    """Signs that a person moved out: they do not come back by themselves."""
    phases: tuple[Decision, ...] = ()
    checklist: tuple[Item, ...] = ()
    files: tuple[File, ...] = ()
    related: tuple[str, ...] = ()
    tower: tuple[TowerText, ...] = ()
    outcome: Outcome | None = None
    outcome_reason: str = ""
    closed_s: float | None = None
    merged_into: str | None = None
    merged: tuple[str, ...] = ()
    """Keys of the cases that ended in this one."""
    changed: dict[str, Changed] = {}
    """The last change of each field: what a later act may not overwrite unseen."""
    exercise: bool = False
    simulated: bool = False

    @property
    def phase(self) -> Phase:
        """The last that was decided."""
        return self.phases[-1].phase if self.phases else "sighting"

    @property
    def keys(self) -> tuple[str, ...]:
        """Its own key, and those of the cases that ended in it."""
        return (self.key, *self.merged)


class Closure(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What holds for a runway or a zone from a time on."""

    place: str
    """`runway:06/24`, `zone:ID`."""
    state: PlaceState
    since_s: float
    by: str
    why: str = ""
    case: str | None = None
    exercise: bool = False


class Aerodrome(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Every decision on runways and zones, oldest first; a place without one is open."""

    version: int = 0
    closures: tuple[Closure, ...] = ()
    changed: dict[str, Changed] = {}
    """The last change of each place."""

    def now(self, place: str, *, exercise: bool = False) -> Closure | None:
        """What was decided last for a place; what an exercise decides is apart."""
        same = (c for c in reversed(self.closures) if c.place == place and c.exercise == exercise)
        return next(same, None)
