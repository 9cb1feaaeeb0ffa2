"""Playback: a replay over a socket, in the messages of the live one: hello, signs, events, frames.

`hello` comes again when the speed changes or whether everything is known of that time; `seeking` while the
replay is on its way; `track` what was known of the track that is looked at. The browser says `{"at_s": …}`,
`{"speed": …}` or `{"track": …}`.
"""

import math
from functools import partial

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from beffroi.console import frame, message, pages
from beffroi.console.live import first_of, tell
from beffroi.console.replay.player import Ask, Moment, Seeking
from beffroi.console.replay.process import Replay
from beffroi.console.seen import Seen
from beffroi.errors import BeffroiError, UseError
from beffroi.life import DeskSign
from beffroi.person import Person

BAD, FAILED = 4400, 4500
"""Why a socket is closed: what was asked cannot be; the replay failed."""


async def serve(socket: WebSocket, seen: Seen, who: Person) -> None:
    """Play what `at_s` and `speed` of the query ask for, until the socket is closed."""
    await socket.accept()
    try:
        asked = msgspec.convert(dict(socket.query_params), Ask, strict=False)
        if asked.at_s is None or not math.isfinite(asked.at_s):
            raise UseError("at_s is missing")
        speed = 1.0 if asked.speed is None else asked.speed
        show = partial(frame.packed, seen.site, message.Alarms())
        replay = Replay(
            seen.site, seen.zones, seen.directory, show, at_s=asked.at_s, speed=speed, track=asked.track
        )
        async with replay:
            await first_of(_play(socket, seen, who, replay), _listen(socket, replay))
    except (UseError, msgspec.MsgspecError) as bad:
        await _close(socket, BAD, bad)
    except BeffroiError as bad:
        await _close(socket, FAILED, bad)


async def _close(socket: WebSocket, code: int, why: Exception) -> None:
    await socket.close(code, str(why)[:100])


async def _listen(socket: WebSocket, replay: Replay) -> None:
    """Pass on what the browser asks."""
    while True:
        said = await socket.receive()
        if said["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(said.get("code", 1000))
        asked = msgspec.json.decode(said.get("text") or said.get("bytes") or b"", type=Ask)
        replay.ask(at_s=asked.at_s, speed=asked.speed, track=asked.track)


async def _play(socket: WebSocket, seen: Seen, who: Person, replay: Replay) -> None:
    """Send what the replay gives."""
    told: tuple[float, bool] | None = None
    async for moment in replay.moments():
        if isinstance(moment, Seeking):
            await tell(socket, message.packed(message.Seeking(to_s=moment.to_s, reached_s=moment.reached_s)))
            continue
        if told != (moment.speed, moment.whole):
            told = (moment.speed, moment.whole)
            await tell(socket, message.packed(_hello(seen, who, moment)))
        if moment.signs is not None:
            snapshot = message.Signs(number=moment.number, signs=[_said(seen, s) for s in moment.signs])
            await tell(socket, message.packed(snapshot))
        for event in moment.events:
            said = message.Event(number=event.number, sign=_said(seen, event.sign))
            await tell(socket, message.packed(said))
        await tell(socket, moment.frame)
        if moment.track is not None:
            await tell(socket, message.packed(message.Track(info=moment.track)))


def _hello(seen: Seen, who: Person, moment: Moment) -> message.Hello:
    return message.Hello(
        now_s=moment.now_s, speed=moment.speed, mode="replay", person=seen.person(who),
        version=pages.version(), whole=moment.whole,
    )  # fmt: skip


def _said(seen: Seen, stood: DeskSign) -> message.Sign:
    return message.Sign.of(stood, {}, seen.name)
