"""API: every route under /api/v1 in one table, from which both the routing and its description are made.

A handler is a plain function of what the console sees, what the path and the query give and what the body
says. One that waits for a database is `def` and runs in a thread; one that looks at the picture is
`async def` and runs in the loop that makes it. A refusal is a problem document (RFC 9457).
"""

import asyncio
import inspect
from collections.abc import Callable
from traceback import format_exc
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import structlog
from msgspec import Meta
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from beffroi.console import catalogue, message, said, security, timeline, track
from beffroi.console.seen import Seen
from beffroi.errors import BeffroiError, DeskError
from beffroi.sentence import plain
from beffroi.site import Language

ROOT = "/api/v1"
REFUSED = {"unknown": (404, "No such sign"), "refused": (409, "Not now"), "invalid": (400, "Bad act")}
"""Status and title of what the desk refuses."""
logger = structlog.get_logger()

Key = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[int, Meta(ge=0, le=2**53)]
Moment = Annotated[float, Meta(ge=0.0, le=4e9)]


class Refusal(Exception):  # noqa: N818 - it is an answer
    """What is asked cannot be."""

    def __init__(self, status: int, title: str, detail: str, at: str | None = None) -> None:
        super().__init__(detail)
        self.answer = security.problem(status, title, detail, at)


class Given(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the path and the query give."""


class OfSign(Given, kw_only=True):
    """One sign."""

    key: Key


class OfHistory(OfSign, kw_only=True):
    """What befell one sign, up to a time."""

    until_s: Moment | None = None


class OfTrack(Given, kw_only=True):
    """One track."""

    id: Number


class OfState(Given, kw_only=True):
    """Signs in a state."""

    state: message.Shelf = "open"


class OfLanguage(Given, kw_only=True):
    """In a language."""

    language: Language = "en"


class OfTime(Given, kw_only=True):
    """From one time to another."""

    from_s: Moment
    to_s: Moment


class Route(NamedTuple):
    """One route."""

    method: str
    path: str
    does: str
    handler: Callable[..., Any]
    answer: Any
    given: type[Given] = Given
    body: Any = None


# --- handlers ---------------------------------------------------------------------------------------------


def site(seen: Seen, given: Given) -> message.SiteInfo:
    return seen.ground


def signs(seen: Seen, given: OfState) -> list[message.Sign]:
    return [seen.said(sign) for sign in seen.desk.signs(given.state)]


def one_sign(seen: Seen, given: OfHistory) -> message.SignHistory:
    until_s = np.inf if given.until_s is None else given.until_s
    happened = [e for e in seen.desk.history(given.key) if e.sign.changed_s <= until_s]
    if not happened:
        raise Refusal(404, "No such sign then", "This sign was opened later.", "until_s")
    last = happened[-1].sign
    return message.SignHistory(
        sign=seen.said(last),
        events=[message.Event(number=e.number, sign=seen.said(e.sign)) for e in happened],
        evidence=said.by_source((e.sign.sign for e in happened), seen.records.evidence(last.sign)),
    )


def act(seen: Seen, given: OfSign, body: message.Act) -> message.Sign:
    event = seen.desk.act(
        given.key, body.code, seen.person.name, until_s=body.until_s, reason=body.reason,
        outcome=body.outcome, undo=body.act,
    )  # fmt: skip
    return seen.said(event.sign)


async def sources(seen: Seen, given: Given) -> list[message.SourceState]:
    return seen.sources()


async def alarms(seen: Seen, given: Given) -> message.Alarms:
    return seen.alarms()


def words(seen: Seen, given: OfLanguage) -> message.Catalogue:
    return catalogue.catalogue(seen.site, given.language)


def past(seen: Seen, given: OfTime) -> timeline.Timeline:
    if given.to_s < given.from_s:
        raise Refusal(400, "Bad parameter", "to_s lies before from_s", "to_s")
    return timeline.timeline(seen.records, seen.directory, given.from_s, given.to_s)


def carpet(seen: Seen, given: Given) -> msgspec.Raw:
    return msgspec.Raw(timeline.carpet(seen.directory, seen.clock.now_s()))


async def one_track(seen: Seen, given: OfTrack) -> message.TrackInfo:
    raw = await asyncio.to_thread(seen.raw, given.id)
    picture = seen.picture
    found = track.info(picture, seen.watch.window, given.id, raw) if picture else None
    if found is None:
        raise Refusal(404, "No such track", f"Track {given.id} lives no more.", "id")
    return found


async def operator(seen: Seen, given: OfTrack, body: message.Purpose) -> message.OperatorPlace:
    place = track.operator(seen.picture, given.id) if seen.picture else None
    if place is None:
        raise Refusal(404, "No place", f"Track {given.id} declares no place of an operator.", "id")
    await asyncio.to_thread(seen.shown, given.id, place.subject, body.purpose)
    return place


ROUTES = (
    Route("GET", "/site", "The site: runways, aerodromes, zones, sources", site, message.SiteInfo),
    Route("GET", "/signs", "Signs in a state", signs, list[message.Sign], OfState),
    Route("GET", "/signs/{key}", "A sign and all that befell it", one_sign, message.SignHistory, OfHistory),
    Route("POST", "/signs/{key}/acts", "Do something with a sign", act, message.Sign, OfSign, message.Act),
    Route("GET", "/sources", "The sources as they are now", sources, list[message.SourceState]),
    Route("GET", "/alarms", "The watch measured after ISA-18.2", alarms, message.Alarms),
    Route("GET", "/timeline", "What happened, and what the log holds", past, timeline.Timeline, OfTime),
    Route("GET", "/carpet", "Where traffic went in the last day", carpet, timeline.Carpet),
    Route("GET", "/catalogue", "Sentences and words", words, message.Catalogue, OfLanguage),
    Route("GET", "/tracks/{id}", "All that is known of a track", one_track, message.TrackInfo, OfTrack),
    Route("POST", "/tracks/{id}/operator", "Where the operator of a drone stands; the showing is logged",
          operator, message.OperatorPlace, OfTrack, message.Purpose),
)  # fmt: skip


# --- from a request to an answer --------------------------------------------------------------------------


def endpoint(route: Route, seen: Seen) -> Callable[[Request], Any]:
    """The function that answers requests on a route."""
    waits = not inspect.iscoroutinefunction(route.handler)

    async def answer(request: Request) -> Response:
        try:
            asked = [_given(route, request), *([await _body(route, request)] if route.body else ())]
            if waits:
                found = await asyncio.to_thread(route.handler, seen, *asked)
            else:
                found = await route.handler(seen, *asked)
        except Refusal as no:
            return no.answer
        except DeskError as bad:
            return security.problem(*REFUSED[bad.kind], bad.reason, bad.field)
        except BeffroiError as bad:
            return security.problem(409, "This cannot be done", str(bad))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:  # noqa: BLE001 - a fault in one answer must not end the console
            logger.error("the API failed", path=route.path, fault=format_exc())
            return security.problem(500, "A fault of the server", "What happened is in the log.")
        return Response(message.json(found), 200, {"cache-control": "no-store"}, "application/json")

    return answer


def _given(route: Route, request: Request) -> Given:
    """What the path and the query say, each name once."""
    query = request.query_params.multi_items()
    if len({name for name, _ in query}) < len(query):
        raise Refusal(400, "Bad query", "A parameter is given twice.")
    return _converted({**dict(query), **request.path_params}, route.given)


def _converted(values: dict[str, str], wanted: type[Given]) -> Given:
    try:
        return msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as bad:
        raise _refused("Bad parameter", bad) from bad


async def _body(route: Route, request: Request) -> Any:
    """The body, decoded and checked."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "Wrong type", "The body must be application/json.")
    try:
        return msgspec.json.decode(await _read(request), type=route.body)
    except msgspec.ValidationError as bad:
        raise _refused("Bad body", bad) from bad
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise Refusal(400, "No JSON", plain(bad, 200)) from bad


async def _read(request: Request) -> bytes:
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > security.LARGEST:
            raise Refusal(413, "Too large", f"A body may have {security.LARGEST} bytes.")
    return bytes(read)


def _refused(title: str, bad: msgspec.ValidationError) -> Refusal:
    reason, _, at = str(bad).partition(" - at ")
    return Refusal(400, title, plain(reason, 200), at.strip("`").removeprefix("$.") or None)
