"""A small store with an audit log: signs, acts on them, reads, checkpoints; and one who logs until killed."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from beffroi.life import Act, key
from beffroi.store.audit import Audit, Entry
from beffroi.store.records import Records
from made import START_S, sign

SAFEGUARDS = {"retention.signs_days": "365", "log.reads": "on"}


def entry(number: int, **fields: str) -> Entry:
    """A read of a case."""
    said = {"by": f"person:{number % 3}", "role": "operator", "action": "read.case",
            "subject": f"case:{number % 5}", "purpose": "duty"} | fields  # fmt: skip
    return Entry(at_s=START_S + number, **said)  # type: ignore[arg-type]


class Store:
    """A store in a directory, its clock and its log."""

    def __init__(self, directory: Path, safeguards: dict[str, str] | None = SAFEGUARDS) -> None:
        self.directory, self.now_s = directory, START_S
        self.records = Records.within(directory)
        self.audit = Audit(self.records, lambda: self.now_s, directory, safeguards)

    def live(self, rounds: int = 3) -> None:
        """Signs open, people act on them and read; each round ends with a checkpoint."""
        for turn in range(rounds):
            signs = [sign(3 * turn + n) for n in range(1, 4)]
            self.records.add(signs, lambda _: {})
            for number, one in enumerate(signs):
                self.act(key(one), Act(code="acknowledge", by=f"person:{number}", at_s=self.now_s))
                self.audit.log(entry(turn * 10 + number))
            shelve = {"until_s": START_S + 9000, "reason": "birds"}
            self.act(key(signs[0]), Act(code="shelve", by="person:1", at_s=self.now_s, **shelve))  # type: ignore[arg-type]
            self.act(key(signs[1]), Act(code="close", by="person:2", at_s=self.now_s, outcome="unfounded"))
            self.audit.checkpoint()

    def act(self, name: str, act: Act) -> None:
        self.now_s += 1
        self.records.act(name, act)

    def close(self) -> None:
        self.audit.close()
        self.records.close()


def log_until_killed(directory: Path) -> None:
    """Four threads log and one acts; each tells what it did once it is done, a line each."""
    records = Records.within(directory)
    audit = Audit(records, time.time, directory, SAFEGUARDS)
    file = os.open(directory / "told", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(what: str, said: object) -> None:
        os.write(file, msgspec.json.encode((what, said)) + b"\n")

    def act() -> None:
        for stood in records.standing():
            wish = Act(code="close", by="person:9", at_s=time.time(), outcome="unfounded")
            tell("act", (records.act(stood.key, wish), stood.key))

    def log(name: int) -> None:
        for number in range(1_000_000):
            subject = f"case:{name}-{number}"
            tell("entry", (audit.log(entry(number, by=f"person:{name}", subject=subject)), subject))
            if number % 10 == 9:
                tell("checkpoint", audit.checkpoint())

    with ThreadPoolExecutor(5) as pool:
        doing = [pool.submit(act), *(pool.submit(log, name) for name in range(4))]
        for one in doing:
            one.result()
