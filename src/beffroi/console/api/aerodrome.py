"""Aerodrome: what holds for runways and zones, and who decided it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from beffroi.case import PlaceState
from beffroi.console import incident
from beffroi.console.api.cases import Clash, role
from beffroi.console.api.route import Given, Route
from beffroi.console.seen import Seen
from beffroi.errors import Conflict
from beffroi.person import Person

Text = Annotated[str, Meta(max_length=2000)]


class Wish(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A decision on a place."""

    place: Annotated[str, Meta(min_length=1, max_length=200)]
    state: PlaceState
    why: Text = ""
    case: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    version: Annotated[int, Meta(ge=0, le=2**53)]


def aerodrome(seen: Seen, who: Person, given: Given) -> incident.Aerodrome:
    return incident.aerodrome(seen)


def decide(seen: Seen, who: Person, given: Given, body: Wish) -> incident.Aerodrome:
    try:
        seen.casework.decide(
            body.place, body.state, who.key, role(who, "runway.state"), why=body.why, case=body.case,
            made_on=body.version,
        )  # fmt: skip
    except Conflict as met:
        raise Clash(seen, met) from met
    return incident.aerodrome(seen)


ROUTES = (
    Route("GET", "/aerodrome", "Runways and zones as they stand", aerodrome, incident.Aerodrome,
          "picture.read"),
    Route("POST", "/aerodrome/places", "Suspend, restrict or resume a place", decide, incident.Aerodrome,
          "runway.state", body=Wish, thing="aerodrome"),
)  # fmt: skip
