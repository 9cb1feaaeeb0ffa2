"""A busy desk in a process of its own, to be killed: signs, cases, decisions, texts for the tower, notes."""

import os
import random
from pathlib import Path

from beffroi.errors import DeskError
from beffroi.life import key
from cased import RUNWAY, Room
from made import sign


def work_until_killed(directory: Path, seed: int) -> None:
    """Do one thing after another, and tell of each once it is done: (about, code, by)."""
    room, chance = Room(directory), random.Random(seed)
    told = os.open(directory / "told", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(about: str, code: str, text: str = "") -> None:
        os.write(told, f"{about} {code} {text}\n".encode())

    for n in range(seed * 1000 + 1, seed * 1000 + 1000):
        if n % 10 == 1:
            room.say(sign(n))
            tell(f"case:{room.work.open('ana', sign=key(sign(n))).key}", "opened")
        case = chance.choice(room.work.cases()).key
        match chance.randrange(5):
            case 0:
                room.work.act(case, "note", "ben", text=f"note {n}")
                tell(f"case:{case}", "note", f"note {n}")
            case 1:
                room.work.tell_tower(case, f"text {n}", "ana")
                tell(f"case:{case}", "tower_sent", f"text {n}")
            case 2:
                now = room.work.aerodrome.now(RUNWAY)
                state = "open" if now and now.state == "suspended" else "suspended"
                room.work.decide(RUNWAY, state, "ana", why=f"why {n}")  # type: ignore[arg-type]
                tell("aerodrome", state, f"why {n}")
            case 3:
                room.work.act(case, "title", "ana", text=f"title {n}")
                tell(f"case:{case}", "title", f"title {n}")
            case _:
                try:
                    room.desk.act(key(sign(n // 10 * 10 + 1)), "acknowledge", "ana")
                except DeskError:
                    continue
                tell(f"sign:{key(sign(n // 10 * 10 + 1))}", "acknowledge")
