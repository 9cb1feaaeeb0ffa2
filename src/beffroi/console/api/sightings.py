"""Sightings: what a person saw, or was told, goes into the log as any other observation."""

import msgspec

from beffroi.console.api.route import File, Given, Refusal, Route
from beffroi.console.seen import Seen
from beffroi.errors import FeedError
from beffroi.feeds import sighting
from beffroi.intake import Intake
from beffroi.observation import Observation
from beffroi.person import Person
from beffroi.sentence import plain

LARGEST = 16_384


class Reported(msgspec.Struct, kw_only=True):
    """A report was taken."""

    subject: str
    """What it is called where it comes back: in a case, as evidence."""


async def report(seen: Seen, who: Person, given: Given, body: File) -> Reported:
    intake = _intake(seen)
    try:
        (seen_thing,) = sighting.decode(body.data, seen.clock.now_s(), intake.source.id)
    except FeedError as bad:
        raise Refusal(
            400, "Bad report", plain(bad.reason, 200), bad.place.removeprefix("$.") or None
        ) from bad
    if intake.link.inbox.full:
        raise Refusal(503, "Busy", "Reports come faster than they can be taken. Try again.")
    intake.link.inbox.put([body.data])
    assert isinstance(seen_thing, Observation)
    return Reported(subject=seen_thing.subject or "")


def _intake(seen: Seen) -> Intake:
    """Where reports go in."""
    for intake in seen.pipeline.intakes:
        if intake.source.format == "sighting" and intake.source.link == "form:":
            return intake
    raise Refusal(
        409, "No reports here", 'The site has no source with format = "sighting" and link = "form:".'
    )


ROUTES = (
    Route("POST", "/sightings", "Report a sighting", report, Reported, "sighting.report", body=File,
          largest=LARGEST, thing="sighting"),
)  # fmt: skip
