"""App: the console of one watch: what takes its steps, the web application, and the server that opens it.

    pipeline → Console.take(step) → desk (signs become numbered events) → Live (frames and events) → sockets
                                  → Seen (the latest picture)           → the API

All of it runs in the loop of the pipeline; what waits for a database runs in threads.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from traceback import format_exc
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from beffroi import policy
from beffroi.audit import safeguards
from beffroi.console import api, frame, message, metrics, openapi, pages, readsb, replay, security
from beffroi.console.basemap import Basemap, archive
from beffroi.console.live import Live, first_of
from beffroi.console.seen import Seen, Working
from beffroi.console.told import Told
from beffroi.desk import Desk
from beffroi.errors import LinkError
from beffroi.life import Event
from beffroi.links.clock import Clock
from beffroi.links.cot import Responders
from beffroi.people import People
from beffroi.person import Person
from beffroi.picture import Picture
from beffroi.policy import Action
from beffroi.sentence import plain
from beffroi.sign import Sign
from beffroi.site import Console as Settings
from beffroi.site import Site
from beffroi.store.audit import Audit, Entry
from beffroi.store.reading import Batch
from beffroi.watch import Step, Watch
from beffroi.zone import Zone

logger = structlog.get_logger()
FAST_S, SLOW_S, MANY = 0.25, 1.0, 500
"""Least wall time between two frames; and with more tracks than this."""
Answer = Callable[[Request], Awaitable[Response]]
STILL_S = 1.0
"""So often is looked whether who watches may still."""
REPLAYS = 4
"""So many at once: each is a process of its own."""


class Console:
    """The console of one watch. `take` is a publish function of its pipeline.

    `speed`: how many times faster than the wall clock its time goes; `recorded_on`: the day of what a
    demonstration plays. A fault in it is counted and told, and the watch goes on.
    """

    def __init__(
        self,
        site: Site,
        zones: Sequence[Zone],
        watch: Watch,
        pipeline: Working,
        clock: Clock,
        directory: Path,
        *,
        speed: float = 1.0,
        recorded_on: str | None = None,
        people: People | None = None,
    ) -> None:
        guards = safeguards(site) | {"accounts": "off" if people is None else "on"}
        self._audit = Audit(pipeline.records, clock.now_s, directory, guards)
        seen = self.seen = Seen(
            site,
            zones,
            watch,
            pipeline,
            Desk(pipeline.records, clock),
            clock,
            directory,
            speed,
            recorded_on,
            self._audit,
            people,
        )
        self._responders = Responders(site, seen.store, clock.now_s, self._sent)
        self._basemap = Basemap(archive(site))
        self.live = Live(self._read)
        self.live.last = seen.desk.last
        self._next_frame = 0.0
        self._replays = 0
        self._desk_work = ThreadPoolExecutor(1, "desk")
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = Told(seen, self.live)
        seen.desk.subscribe(self._happened)
        seen.casework.subscribe(self._changed)
        seen.exercises.subscribe(self._greet)
        pipeline.follow(self._follow)

    def take(self, step: Step) -> None:
        """Tell of a step: its signs at once, its picture when a frame is due."""
        if self._closed:
            return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._told.begin()
        self.seen.picture, self.seen.taken = step.picture, time.monotonic()
        self._desk_work.submit(self._hand_over, step.signs, step.picture)
        self._responders.take(step.picture, self.seen.desk.standing()[1])
        if self._due(len(step.picture.tracks)):
            self._show()

    def _hand_over(self, signs: Sequence[Sign], picture: Picture) -> None:
        """Let the desk take what a step brought; it waits for the disk, so this is beside the loop."""
        try:
            self.seen.desk.take(signs)
            self.seen.desk.tick(picture.now_s)
            self.seen.casework.take(signs, picture)
            self.seen.casework.tick(picture.now_s)
            self._audit.tick()
            self.seen.forget(picture.now_s)
        except Exception:  # noqa: BLE001 - nobody waits for the outcome, and the next step gives out the rest
            self._failed("the desk could not take a step")

    def _sent(self, track: int, responder: str) -> None:
        """A responder is shown for the first time where the operator of a drone stands."""
        entry = Entry(
            at_s=self.seen.clock.now_s(), by="", action="operator.sent", subject=f"track:{track}",
            purpose=responder,
        )  # fmt: skip
        self._desk_work.submit(self._audit.log, entry)

    def _follow(self, batch: Batch, step: Step) -> None:
        """Let the exercise go on, if there is one."""
        try:
            self.seen.exercises.take(batch, step)
        except Exception:  # noqa: BLE001 - an exercise must not end the watch
            self._failed("the exercise could not take a tick")

    def _greet(self) -> None:
        """The exercise stands otherwise, in whatever thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.live.greet)

    def _show(self) -> None:
        """Give out the latest picture."""
        try:
            self.live.latest("frame", self._frame())
        except Exception:  # noqa: BLE001 - a fault in the console must not end the watch
            self._failed("the console could not show a picture")

    def _failed(self, what: str) -> None:
        self.seen.faults += 1
        logger.error(what, fault=format_exc())

    async def stand(self) -> None:
        """Show the last picture on and on, its time standing still."""
        self.seen.speed = 0.0
        self.live.greet()
        while self.seen.picture is not None:
            self.seen.taken = time.monotonic()
            self._show()
            await asyncio.sleep(SLOW_S)

    def app(self) -> ASGIApp:
        """The web application."""
        return security.Guard(
            Starlette(
                routes=[
                    *self._api(),
                    *self._machines(),
                    Route("/basemap.pmtiles", self._basemap.answer),
                    Route("/{path:path}", pages.page),
                ],
                exception_handlers={HTTPException: _plain},
            ),
            self.seen.site.console,
        )

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[str]:
        """Serve until the end of the block; gives the address. Raises UseError beyond loopback, LinkError
        where the port is taken."""
        console = self.seen.site.console
        security.check_address(host, console, people=self.seen.people is not None)
        with _listening(host, port) as listener:
            server = _Server(_config(self.app(), console))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            sending = asyncio.create_task(self._responders.run())
            try:
                name = f"[{host}]" if ":" in host else host
                yield f"http{'s' if console.certificate else ''}://{name}:{listener.getsockname()[1]}/"
            finally:
                self._closed = server.should_exit = True
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                await serving
                await asyncio.to_thread(self.seen.exercises.close)
                await asyncio.to_thread(self._desk_work.shutdown)
                await asyncio.to_thread(self._audit.close)

    # What is told

    def _happened(self, events: Sequence[Event]) -> None:
        """The desk gives out events, from whatever thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.live.events, self._said(events))

    def _changed(self, name: str) -> None:
        """A case or the aerodrome has changed, in whatever thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.tell, name)

    def _read(self, since: int, limit: int) -> list[message.Event]:
        return self._said(self.seen.desk.events(since, limit))

    def _said(self, events: Sequence[Event]) -> list[message.Event]:
        return [message.Event(number=e.number, sign=self.seen.said(e.sign)) for e in events]

    def _due(self, tracks: int) -> bool:
        """Whether a frame may go out now."""
        now, wait = time.monotonic(), FAST_S if tracks <= MANY else SLOW_S
        if now < self._next_frame or not self.live.clients:
            return False
        self._next_frame = max(self._next_frame, now - wait / 8) + wait
        return True

    def _frame(self) -> bytes:
        seen, picture = self.seen, self.seen.picture
        assert picture is not None
        return frame.packed(
            seen.site, seen.alarms(), picture, seen.desk.signs("open"), seen.intakes, seen.exercises.seen
        )

    def _hello(self, who: Person) -> message.Hello:
        seen = self.seen
        return message.Hello(
            now_s=seen.clock.now_s(), speed=seen.speed, mode=seen.mode, person=seen.person(who),
            version=pages.version(), store=seen.store, exercise=seen.exercise(),
        )  # fmt: skip

    def _signs(self) -> message.Signs:
        """The signs that a person still has to do with."""
        number, found = self.seen.desk.standing()
        return message.Signs(number=number, signs=[self.seen.said(s) for s in found])

    # Routes

    def _api(self) -> list[BaseRoute]:
        described = Response(message.json(openapi.description(api.ROUTES)), media_type="application/json")

        async def description(request: Request) -> Response:
            return described

        table: list[BaseRoute] = [
            Route(api.ROOT + r.path, api.endpoint(r, self.seen), methods=[r.method]) for r in api.ROUTES
        ]
        return [
            *table,
            Route(api.ROOT + "/openapi.json", description),
            WebSocketRoute(api.ROOT + "/live", self._live),
            WebSocketRoute(api.ROOT + "/replay", self._replay),
            Route("/api/{path:path}", _nothing),
        ]

    def _machines(self) -> list[BaseRoute]:
        """What other programs read."""
        return [
            Route("/data/aircraft.json", self._to_machines(self._aircraft)),
            Route("/data/receiver.json", self._to_machines(self._receiver)),
            Route("/metrics", self._to_machines(self._metrics)), Route("/healthz", self._health),
        ]  # fmt: skip

    def _to_machines(self, answer: Answer) -> Answer:
        """Answer to programs on this machine, and to who may see the picture."""
        proxied = self.seen.site.console.behind_proxy

        async def answered(request: Request) -> Response:
            caller = self.seen.caller(request)
            near = not proxied and security.is_loopback(caller.address)
            if near or policy.may(caller.who, "picture.read"):
                return await answer(request)
            await self.seen.refused(caller, "picture.read", request.url.path)
            return security.problem(401, "No session", "Log in first, or ask from this machine.")

        return answered

    async def _live(self, socket: WebSocket) -> None:
        if (who := await self._admitted(socket, "picture.read")) is None:
            return
        store, _, since = socket.query_params.get("since", "").rpartition(":")
        same = store == self.seen.store and since.isdecimal() and len(since) < 19
        known = int(since) if same else None
        async with self._looking(who, "picture.read", "live"):
            await socket.accept()
            if self.seen.picture is not None and not self.live.clients:
                self._show()
            serving = self.live.serve(
                socket, known, lambda: self._hello(self.seen.caller(socket).who or who), self._signs
            )
            await first_of(serving, self._still(socket, who, "picture.read"))

    async def _admitted(self, socket: WebSocket, needs: Action) -> Person | None:
        """Who opens a socket; whom the policy does not allow it is closed to."""
        caller = self.seen.caller(socket)
        if caller.who is not None and policy.may(caller.who, needs):
            return caller.who
        await self.seen.refused(caller, needs, socket.url.path)
        await socket.close(security.NO_SESSION if caller.who is None else security.NOT_ALLOWED)
        return None

    async def _still(self, socket: WebSocket, who: Person, needs: Action) -> None:
        """Close a socket when its person may look no more; say hello again when they may something else."""
        while True:
            await asyncio.sleep(STILL_S)
            now = self.seen.caller(socket).who
            if now is None or now.key != who.key or not policy.may(now, needs):
                await socket.close(security.NO_SESSION if now is None else security.NOT_ALLOWED)
                return
            if now != who:
                who = now
                self.live.greet()

    @asynccontextmanager
    async def _looking(self, who: Person, action: Action, scope: str) -> AsyncIterator[None]:
        """Write down when somebody begins to look, and when it ends."""
        await self.seen.note(who, action, f"{scope}#begin")
        try:
            yield
        finally:
            await asyncio.shield(self.seen.note(who, action, f"{scope}#end"))

    async def _replay(self, socket: WebSocket) -> None:
        if (who := await self._admitted(socket, "replay.read")) is None:
            return
        if self._replays >= REPLAYS:
            await socket.close(4429, "too many replays")
            return
        self._replays += 1
        try:
            at = socket.query_params.get("at_s", "")
            async with self._looking(who, "replay.read", f"replay?at_s={plain(at, 40)}"):
                playing = replay.serve(socket, self.seen, who)
                await first_of(playing, self._still(socket, who, "replay.read"))
        finally:
            self._replays -= 1

    async def _aircraft(self, request: Request) -> Response:
        seen = self.seen
        return _json(readsb.aircraft(seen.picture, seen.site, seen.clock.now_s()))

    async def _receiver(self, request: Request) -> Response:
        return _json(readsb.receiver(self.seen.site))

    async def _metrics(self, request: Request) -> Response:
        text = metrics.exposition(self.seen, self.live)
        return Response(text, headers={"cache-control": "no-store"}, media_type=metrics.CONTENT_TYPE)

    async def _health(self, request: Request) -> Response:
        """200 while the watch gives pictures, 503 when it does not."""
        fresh, picture = self.seen.fresh, self.seen.picture
        said = {"status": "ok" if fresh else "old", "picture_s": picture and picture.now_s}
        return _json(said, 200 if fresh else 503)


def _json(said: Any, status: int = 200) -> Response:
    return Response(message.json(said), status, {"cache-control": "no-store"}, "application/json")


async def _nothing(request: Request) -> Response:
    return security.problem(404, "Not found", "The API has no such path.")


async def _plain(request: Request, bad: Exception) -> Response:
    """What the framework refuses: a wrong method."""
    assert isinstance(bad, HTTPException)
    return security.problem(bad.status_code, bad.detail, f"{request.method} is not possible here.")


# --- the server -------------------------------------------------------------------------------------------


class _Server(uvicorn.Server):
    """A server inside another program: signals are that program's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, console: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off",
        ws_max_size=security.LARGEST, ssl_certfile=console.certificate, ssl_keyfile=console.private_key,
        ws_per_message_deflate=False, timeout_graceful_shutdown=1, proxy_headers=False,
    )  # fmt: skip


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as bad:
        raise LinkError(f"{host}:{port}", f"the console cannot listen there: {bad.strerror}") from bad
    with listener:
        # What is accepted inherits it; asyncio sets it only where a socket names its protocol. Without it an
        # answer in two pieces waits 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener
