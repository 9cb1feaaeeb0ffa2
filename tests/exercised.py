"""A watch with its desk, its cases and its exercises, tick by tick."""

from collections.abc import Sequence
from pathlib import Path

from beffroi.casework import Casework
from beffroi.desk import Desk
from beffroi.exercise import Exercises
from beffroi.links.clock import StepClock
from beffroi.observation import Observation
from beffroi.scene import NOW_S
from beffroi.scene import site as made_site
from beffroi.sign import Sign
from beffroi.site import Desk as Procedure
from beffroi.site import Site
from beffroi.store.cases import Entries
from beffroi.store.reading import Batch
from beffroi.store.records import Records
from beffroi.store.vault import Vault
from beffroi.watch import Step, Watch

DRONE = """
name = "Short"
duration_s = 120.0
[[sighting]]
at_s = 10.0
east_m = 700.0
north_m = 500.0
text = "one drone"
[[actor]]
id = "drone"
serial = "EXERCISE0001"
operator_m = [900.0, 900.0]
path = [ { east_m = 900.0, north_m = 600.0, height_m = 60.0, speed_mps = 6.0 },
         { east_m = 300.0, north_m = 300.0, height_m = 60.0, speed_mps = 6.0 },
         { east_m = 900.0, north_m = 600.0, height_m = 60.0 } ]
[[actor.expect]]
sign = "low_slow_small"
after_s = 5.0
within_s = 60.0
"""


class Field:
    """An aerodrome where nothing flies but what a test says."""

    def __init__(self, directory: Path, text: str = DRONE) -> None:
        self.directory = directory
        folder = directory / "scenarios"
        folder.mkdir(exist_ok=True)
        (folder / "short.toml").write_text(text)
        self.site: Site = made_site(desk=Procedure(exercises=str(folder)))
        self.clock = StepClock(NOW_S)
        self.watch = Watch(self.site)
        self.said: list[bytes] = []
        self.open()

    def open(self) -> None:
        self.records = Records.within(self.directory)
        self.desk = Desk(self.records, self.clock)
        entries = Entries(self.records, Vault(self.directory, self.records))
        self.work = Casework(entries, self.desk, self.clock, self.site)
        self.exercises = Exercises(
            self.site, (), self.watch, self.records, self.desk, self.work, self.clock, self.directory
        )

    def close(self) -> None:
        self.exercises.close()
        self.records.close()

    def tick(self, observations: Sequence[Observation] = (), more: Sequence[Sign] = ()) -> Step:
        """A second of the real watch; `more`: signs that it brings besides."""
        now_s = self.clock.now_s() + 1.0
        self.clock.not_before(now_s)
        step = self.watch.step(observations, now_s)
        step = Step(picture=step.picture, signs=(*step.signs, *more))
        self.records.add(step.signs, lambda wanted: {})
        self.desk.take(step.signs)
        self.work.take(step.signs, step.picture)
        batch = Batch(place=0, tick_end_s=now_s, observations=[*observations])
        self.exercises.take(batch, step)
        self.settle()
        return step

    def settle(self) -> None:
        """Until the exercise has taken what it was given."""
        for _ in range(2):
            self.exercises._work.submit(int).result()

    def play(self, seconds: int) -> None:
        for _ in range(seconds):
            self.tick()

    def signs(self) -> list[Sign]:
        """What stands on the desk, oldest first."""
        return [s.sign for s in reversed(self.desk.signs("open"))]
