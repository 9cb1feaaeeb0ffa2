"""Route: a line of the API's table, and the way from a request to an answer.

A handler is a plain function of what the console sees, who asks, what the path and the query give and what
the body says. One that waits for a database is `def` and runs in a thread; one that looks at the picture is
`async def` and runs in the loop that makes it. Whether somebody may is asked here, before anything else, by
the action that the route needs; what is refused and what is read goes into the audit log before the answer
goes out. A refusal is a problem document (RFC 9457).
"""

import asyncio
import inspect
from collections.abc import Callable
from traceback import format_exc
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import structlog
from msgspec import Meta
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from beffroi import policy
from beffroi.console import message, security
from beffroi.console.seen import Seen
from beffroi.console.session import Caller
from beffroi.errors import AccessError, BeffroiError, Conflict, DeskError
from beffroi.person import Person
from beffroi.policy import Action, Thing
from beffroi.sentence import plain

ROOT = "/api/v1"
REFUSED = {"unknown": (404, "No such sign"), "refused": (409, "Not now"),
           "invalid": (400, "Bad act"), "conflict": (409, "It was changed meanwhile")}  # fmt: skip
"""Status and title of what the desk refuses."""
DENIED = {"wrong": (401, "Not proven"), "wait": (429, "Wait"), "unknown": (404, "Not there"),
          "refused": (409, "This cannot be done"), "invalid": (400, "Bad field")}  # fmt: skip
"""Of what `beffroi.people` refuses."""
FORBIDDEN = (401, 403, 423)
"""Refusals that are written down."""
logger = structlog.get_logger()

Key = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[int, Meta(ge=0, le=2**53)]
Moment = Annotated[float, Meta(ge=0.0, le=4e9)]
Reads = Literal["record", "list"]


class Refusal(Exception):  # noqa: N818 - it is an answer
    """What is asked cannot be."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        at: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.answer = security.problem(status, title, detail, at)
        self.answer.headers.update(headers or {})


class Given(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the path and the query give."""


class Said(NamedTuple):
    """An answer with headers of its own; bytes go out as they are, under their `content-type`."""

    answer: Any
    headers: dict[str, str]


class File(NamedTuple):
    """A body that is no JSON: what a route with `body=File` gets."""

    media_type: str
    data: bytes


class Route(NamedTuple):
    """One route."""

    method: str
    path: str
    does: str
    handler: Callable[..., Any]
    answer: Any
    needs: Action
    """What somebody must be allowed to do."""
    given: type[Given] = Given
    body: Any = None
    largest: int = security.LARGEST
    """Bytes of a body, at most `security.LARGEST_FILE`."""
    reads: Reads | None = None
    """Whether the answer is a record or a list of records: the reading is written down."""
    thing: str = ""
    """Key of what the answer is about, as the log has it, filled from the path: `sign:{key}`."""
    hand: bool = True
    """What changes something comes from a hand: the session does not lock. False for what a page says by
    itself."""
    door: bool = False
    """Its handler gets the caller, who may be nobody yet, in place of the person."""


def require(who: Person | None, action: Action, thing: Thing | None = None) -> None:
    """Refuse what somebody may not do to a thing."""
    if policy.may(who, action, thing):
        return
    if who is None:
        raise Refusal(401, "No session", "Log in first.")
    if who.locked:
        raise Refusal(423, "Locked", "The session is locked. Unlock it first.")
    raise Refusal(403, "Not allowed", f"Your roles do not allow: {policy.LAW[action].does}.")


def endpoint(route: Route, seen: Seen) -> Callable[[Request], Any]:
    """The function that answers requests on a route."""

    async def answer(request: Request) -> Response:
        caller = seen.caller(request)
        try:
            return await _answered(route, seen, caller, request)
        except Refusal as no:
            if no.status in FORBIDDEN:
                await seen.refused(caller, route.needs, _subject(route, request))
            return no.answer
        except AccessError as bad:
            status, title = DENIED[bad.kind]
            return security.problem(status, title, str(bad), bad.field, after_s=bad.wait_s)
        except Conflict as bad:
            return _conflict(seen, bad)
        except DeskError as bad:
            return security.problem(*REFUSED[bad.kind], bad.reason, bad.field)
        except BeffroiError as bad:
            return security.problem(409, "This cannot be done", str(bad))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:  # noqa: BLE001 - a fault in one answer must not end the console
            logger.error("the API failed", path=route.path, fault=format_exc())
            return security.problem(500, "A fault of the server", "What happened is in the log.")

    return answer


async def _answered(route: Route, seen: Seen, caller: Caller, request: Request) -> Response:
    require(caller.who, route.needs)
    if route.method != "GET" and route.hand:
        await seen.touch(caller)
    given = _given(route, request)
    asked = [caller if route.door else caller.who, given]
    if route.body is not None:
        asked.append(await _body(route, request))
    if inspect.iscoroutinefunction(route.handler):
        found = await route.handler(seen, *asked)
    else:
        found = await asyncio.to_thread(route.handler, seen, *asked)
    if route.reads and caller.who:
        purpose = getattr(asked[-1], "purpose", None)
        await seen.read(caller.who, route.needs, _subject(route, request), purpose)
    if isinstance(found, Response):
        return found
    said = found if isinstance(found, Said) else Said(found, {})
    headers = {"cache-control": "no-store", **said.headers}
    if isinstance(said.answer, bytes):
        return Response(said.answer, 200, headers)
    return Response(message.json(said.answer), 200, headers, "application/json")


def _conflict(seen: Seen, bad: Conflict) -> Response:
    """Both texts: what somebody else wrote meanwhile, and what was to be written."""
    said = message.Conflict(
        title="It was changed meanwhile", status=409, detail=bad.reason, field=bad.field, theirs=bad.theirs,
        yours=bad.yours, at_s=bad.at_s,
        by=message.Who(key=bad.by, name=seen.name(bad.by)) if bad.by else None,
    )  # fmt: skip
    return Response(message.json(said), 409, {"cache-control": "no-store"}, "application/problem+json")


def _subject(route: Route, request: Request) -> str:
    """What is asked for, as the log has it: its key, or the path below the root and the query."""
    if route.thing:
        return plain(route.thing.format_map(request.path_params), 200)
    path = request.url.path.removeprefix(ROOT + "/")
    return plain(f"{path}?{request.url.query}" if request.url.query else path, 200)


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
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if route.body is File:
        return File(media_type, await _read(request, route.largest))
    if media_type != "application/json":
        raise Refusal(415, "Wrong type", "The body must be application/json.")
    try:
        return msgspec.json.decode(await _read(request, route.largest), type=route.body)
    except msgspec.ValidationError as bad:
        raise _refused("Bad body", bad) from bad
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise Refusal(400, "No JSON", plain(bad, 200)) from bad


async def _read(request: Request, largest: int) -> bytes:
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > largest:
            raise Refusal(413, "Too large", f"A body may have {largest} bytes here.")
    return bytes(read)


def _refused(title: str, bad: msgspec.ValidationError) -> Refusal:
    reason, _, at = str(bad).partition(" - at ")
    return Refusal(400, title, plain(reason, 200), at.strip("`").removeprefix("$.") or None)
