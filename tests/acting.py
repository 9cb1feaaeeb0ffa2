"""A person at the desk in a process of their own, to be killed."""

import os
from pathlib import Path

from beffroi.desk import Desk
from beffroi.links.clock import StepClock
from beffroi.store.records import Records
from made import START_S


def act_until_killed(directory: Path) -> None:
    """Acknowledge one sign after another, and tell of each once it is done."""
    desk = Desk(Records.within(directory), StepClock(START_S))
    told = os.open(directory / "told", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stood in desk.signs("open"):
        event = desk.act(stood.key, "acknowledge", "ana")
        os.write(told, f"{event.number} {stood.key}\n".encode())
