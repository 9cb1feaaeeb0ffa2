"""Picture: the site, its sources and tracks, and what was."""

import asyncio

import msgspec

from beffroi.console import catalogue, message, timeline, track
from beffroi.console.api.route import Given, Moment, Number, Refusal, Route
from beffroi.console.carpet import Carpet, laid
from beffroi.console.seen import Seen
from beffroi.person import Person
from beffroi.site import Language


class OfTrack(Given, kw_only=True):
    """One track."""

    id: Number


class OfLanguage(Given, kw_only=True):
    """In a language."""

    language: Language = "en"


class OfTime(Given, kw_only=True):
    """From one time to another."""

    from_s: Moment
    to_s: Moment


def site(seen: Seen, who: Person, given: Given) -> message.SiteInfo:
    return seen.ground


async def sources(seen: Seen, who: Person, given: Given) -> list[message.SourceState]:
    return seen.sources()


async def alarms(seen: Seen, who: Person, given: Given) -> message.Alarms:
    return seen.alarms()


def words(seen: Seen, who: Person, given: OfLanguage) -> message.Catalogue:
    return catalogue.catalogue(seen.site, given.language)


def past(seen: Seen, who: Person, given: OfTime) -> timeline.Timeline:
    if given.to_s < given.from_s:
        raise Refusal(400, "Bad parameter", "to_s lies before from_s", "to_s")
    return timeline.timeline(seen.records, seen.directory, given.from_s, given.to_s)


def carpet(seen: Seen, who: Person, given: Given) -> msgspec.Raw:
    return msgspec.Raw(laid(seen.directory, seen.clock.now_s()))


async def one_track(seen: Seen, who: Person, given: OfTrack) -> message.TrackInfo:
    raw = await asyncio.to_thread(seen.raw, given.id)
    there = seen.around(given.id)
    found = track.info(*there, given.id, raw) if there else None
    if found is None:
        raise Refusal(404, "No such track", f"Track {given.id} lives no more.", "id")
    return found


async def operator(seen: Seen, who: Person, given: OfTrack, body: message.Purpose) -> message.OperatorPlace:
    there = seen.around(given.id)
    place = track.operator(there[0], given.id) if there else None
    if place is None:
        raise Refusal(404, "No place", f"Track {given.id} declares no place of an operator.", "id")
    await asyncio.to_thread(seen.shown, who, given.id, place.subject, body.purpose)
    return place


ROUTES = (
    Route("GET", "/site", "The site: runways, aerodromes, zones, sources", site, message.SiteInfo,
          "picture.read"),
    Route("GET", "/sources", "The sources as they are now", sources, list[message.SourceState],
          "picture.read"),
    Route("GET", "/alarms", "The watch measured after ISA-18.2", alarms, message.Alarms, "picture.read"),
    Route("GET", "/timeline", "What happened, and what the log holds", past, timeline.Timeline, "sign.read",
          OfTime),
    Route("GET", "/carpet", "Where traffic went in the last day", carpet, Carpet, "picture.read"),
    Route("GET", "/catalogue", "Sentences and words", words, message.Catalogue, "picture.read", OfLanguage),
    Route("GET", "/tracks/{id}", "All that is known of a track", one_track, message.TrackInfo, "picture.read",
          OfTrack, reads="record", thing="track:{id}"),
    Route("POST", "/tracks/{id}/operator", "Where the operator of a drone stands; the showing is logged",
          operator, message.OperatorPlace, "operator.see", OfTrack, message.Purpose, reads="record",
          thing="track:{id}"),
)  # fmt: skip
