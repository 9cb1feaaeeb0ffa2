"""Replay: what was known then, played again in a process of its own, so that the live watch never waits.

From the nearest checkpoint before the asked moment the log is stepped through again by the same judgement, so
the picture is the one that was; signs and what people did with them come from the numbered events. Where
checkpoints and log do not reach there are positions from the history, and signs; `Moment.whole` says so.

    async with Replay(site, zones, directory, show, at_s=..., speed=10.0) as replay:
        async for moment in replay.moments():      # until the replay is closed
            ...                                    # meanwhile: replay.ask(at_s=...), replay.ask(speed=0.0)

`show(picture, signs)` runs in the other process, and what it returns comes back as `Moment.frame`: so only
the bytes of a frame cross over. It must be a function of a module, or a `functools.partial` of one.

`serve` plays one over a socket.
"""

from beffroi.console.replay.playback import serve
from beffroi.console.replay.player import Moment, Seeking
from beffroi.console.replay.process import Replay, Show

__all__ = ["Moment", "Replay", "Seeking", "Show", "serve"]
