"""Judge: holds the signs against the truth. It alone knows what was meant; the watch never asks it.

An intended intrusion is *noticed* if a sign of the named rule opens in time on the object itself: by place if
it is on a track, by the identity that it declares if it is on a declaration. A quiet thing is *accused* if a
sign names its place and nothing that was to be noticed is near. A sign where there is nothing at all is
*false*.
"""

from collections.abc import Iterable

import msgspec
import numpy as np

from beffroi.sign import Sign
from beffroi.simulate.scenario import Actor, Expect
from beffroi.simulate.world import Things, World, declared

NEAR_M = 300.0
"""A sign this near to an object is about it."""
LINGER_S = (0.0, 10.0, 30.0)
"""A sign may still come so long after its object has gone."""
OF_SENSORS = ("sensor_silent", "sensor_misaligned")
MEANINGLESS = ("bird", "vehicle")
"""A sign on one of these is false like one on nothing; nobody is accused by it."""
ON_AIRCRAFT = ("emergency_squawk",)
"""Signs that a quiet aircraft may rightly get: they say what it sends itself."""


class Verdict(msgspec.Struct, kw_only=True):
    """One sign, judged."""

    sign: int
    rule: str
    about: str
    what: str
    """`intended`, `accused`, `false`, `allowed`."""


class Notice(msgspec.Struct, kw_only=True):
    """One expectation, and what became of it."""

    actor: str
    sign: str
    delay_s: float | None = None
    """From when there was reason for it; None = missed."""
    number: int | None = None
    """Of the sign that noticed it."""


class Judge:
    """Takes every change of a sign when it comes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.notices = [Notice(actor=a.id, sign=e.sign) for a in world.scenario.actor for e in a.expect]
        self._wanted: list[tuple[int, Actor, Expect]] = [
            (i, a, e) for i, a in enumerate(world.scenario.actor) for e in a.expect
        ]
        self.verdicts: dict[int, Verdict] = {}

    def take(self, signs: Iterable[Sign]) -> None:
        """Judge what changed."""
        for sign in signs:
            if sign.change == "over" or sign.rule in OF_SENSORS:
                continue
            self._notice(sign)
            if sign.id not in self.verdicts or self.verdicts[sign.id].what == "false":
                self.verdicts[sign.id] = self._judge(sign)

    def missed(self, now_s: float) -> list[Notice]:
        """Expectations whose time has passed."""
        since_s = now_s - self.world.start_s
        return [
            n
            for n, (_, _, e) in zip(self.notices, self._wanted, strict=True)
            if n.delay_s is None and since_s > e.after_s + e.within_s
        ]

    def accused(self) -> list[Verdict]:
        """Signs on things that did nothing."""
        return [v for v in self.verdicts.values() if v.what == "accused"]

    def false(self) -> list[Verdict]:
        """Signs on nothing."""
        return [v for v in self.verdicts.values() if v.what == "false"]

    def _notice(self, sign: Sign) -> None:
        since_s = sign.time_s - self.world.start_s
        for notice, (number, actor, expect) in zip(self.notices, self._wanted, strict=True):
            if notice.delay_s is not None or sign.rule != expect.sign:
                continue
            delay_s = since_s - expect.after_s
            if -30.0 <= delay_s <= expect.within_s and self._about(sign, number, actor):
                notice.delay_s, notice.number = max(delay_s, 0.0), sign.id

    def _about(self, sign: Sign, number: int, actor: Actor) -> bool:
        ago = (self.world.actor(number, sign.time_s - back_s) for back_s in LINGER_S)
        here = next((h for h in ago if h is not None), None)
        if here is None:
            return False
        if sign.subject.startswith("uas:"):
            return sign.subject == f"uas:{actor.serial}"
        if sign.lat_deg is None or sign.lon_deg is None:
            return False
        x, y = self.world.plane.forward(sign.lat_deg, sign.lon_deg)
        places = (here, declared(actor, here)) if actor.serial else (here,)
        return any(np.hypot(p[0] - x, p[1] - y) <= NEAR_M for p in places)

    def _judge(self, sign: Sign) -> Verdict:
        bad = [(i, a) for i, a in enumerate(self.world.scenario.actor) if (a.expect and not a.permitted)]
        for number, actor in bad:
            if self._about(sign, number, actor):
                what = "accused" if sign.rule in actor.forbid else "intended"
                return Verdict(sign=sign.id, rule=sign.rule, about=actor.id, what=what)
        things = self.world.at(sign.time_s)
        nearest = self._nearest(sign, things)
        if nearest is None:
            return Verdict(sign=sign.id, rule=sign.rule, about=sign.subject, what="false")
        name, kind = nearest
        told = "allowed" if sign.rule in ON_AIRCRAFT else "false" if kind in MEANINGLESS else "accused"
        return Verdict(sign=sign.id, rule=sign.rule, about=name, what=told)

    def _nearest(self, sign: Sign, things: Things) -> tuple[str, str] | None:
        if sign.lat_deg is None or sign.lon_deg is None or not things.name:
            return None
        x, y = self.world.plane.forward(sign.lat_deg, sign.lon_deg)
        away_m = np.hypot(things.x_m - x, things.y_m - y)
        best = int(away_m.argmin())
        return (things.name[best], things.kind[best]) if away_m[best] <= NEAR_M else None
