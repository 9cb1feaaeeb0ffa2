"""Exercise: a scenario for training, beside the real watch, which never sees it.

    pipeline ──follow──▶ real observations ┐
    scenario ──frames──▶ real decoders ────┴▶ a watch of its own ──▶ what rests on the exercise alone
                                                                      ├▶ signs, marked: records, desk, cases
                                                                      └▶ picture: the console

The watch of an exercise begins as a copy of the real one and takes the same ticks, with the scenario's
observations among them. Nothing of it flows back: the real tracks, log, history and responders are what they
would be without it. It runs in a thread of its own; when it cannot keep up it pauses, and the watch goes on.
A real sign that becomes urgent pauses it at once: its signs are over, its tracks gone, until a person lets it
go on; then its watch begins again as a copy.
"""

import math
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exc
from typing import Literal

import msgspec
import structlog

from beffroi.casework import Casework
from beffroi.desk import Desk
from beffroi.errors import DeskError, InputError
from beffroi.life import CLOCK, DeskSign
from beffroi.links.clock import Clock
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.shadow import Shadow, over
from beffroi.sign import Sign
from beffroi.simulate import exercise as scenario
from beffroi.simulate.exercise import Handled, Mark
from beffroi.site import Site
from beffroi.store import ledger, reading
from beffroi.store.reading import Batch
from beffroi.store.records import Records
from beffroi.watch import Step, Watch
from beffroi.window import Window
from beffroi.zone import Zone

Follow = Callable[[Batch, Step], None]
"""Is told what a tick of the watch took and gave."""
BEHIND = 40
"""With so many ticks waiting, an exercise pauses: ten seconds of a live watch."""
DAY_S = 86_400.0
STAMP = "%Y%m%dT%H%M%SZ"

State = Literal["running", "paused", "ended"]
Why = Literal["urgent", "person", "behind", "fault", "over"]
"""Why it does not run: a real sign became urgent; a person wants it; it was too slow for the watch; it
failed; its time is over."""
logger = structlog.get_logger()


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """An exercise as it stands."""

    name: str
    scenario: str
    """The name of its file."""
    text: str
    state: State
    why: Why | None
    since_s: float
    """Since when it is in this state."""
    began_s: float
    by: str
    """Key of who began it."""
    duration_s: float


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """An exercise with its score."""

    exercise: Current
    played_s: float
    """How much of it has been played."""
    score: tuple[Mark, ...]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An exercise that can be played, or why not."""

    scenario: str
    name: str = ""
    text: str = ""
    duration_s: float = 0.0
    wrong: str | None = None
    """What is wrong with its file."""


class Exercises:
    """The exercises of one watch, one at a time; safe to use from several threads.

    What an exercise that a restart cut off left open is said to be over.
    """

    def __init__(
        self,
        site: Site,
        zones: Sequence[Zone],
        watch: Watch,
        records: Records,
        desk: Desk,
        casework: Casework,
        clock: Clock,
        directory: Path,
    ) -> None:
        self._site, self._zones, self._watch = site, zones, watch
        self._records, self._desk, self._casework, self._clock = records, desk, casework, clock
        self._directory = directory
        self._lock = threading.Lock()
        """Held while what stands below changes or is read."""
        self._run: Shadow | None = None
        self._current: Current | None = None
        self._fresh = False
        """The watch of the exercise must begin with a copy."""
        self._waiting = 0
        self._urgent: set[int] = set()
        self._subscribers: list[Callable[[], None]] = []
        self._work = ThreadPoolExecutor(1, "exercise")
        left = [s.sign for s in desk.standing()[1] if s.sign.exercise and not s.over]
        self._say([over(sign, max(clock.now_s(), sign.time_s)) for sign in left])

    # How it stands

    @property
    def current(self) -> Current | None:
        """The exercise that runs, is paused, or has ended and was not put away yet."""
        with self._lock:
            return self._current

    @property
    def seen(self) -> tuple[Picture, Window, Site] | None:
        """What there is of the exercise alone, its last minutes, and the site with its sources; None while
        nothing of it may be shown."""
        with self._lock:
            run, current = self._run, self._current
            if run is None or run.picture is None or current is None or current.state != "running":
                return None
            return run.picture, Window(blocks=[*run.watch.window.blocks]), run.site

    def scored(self) -> Scored | None:
        """The exercise with its score so far. Waits for the database."""
        with self._lock:
            run, current = self._run, self._current
        if run is None or current is None:
            return None
        until_s = current.since_s if current.state == "ended" else math.inf
        expects = [e for a in run.sensors.world.scenario.actor for e in a.expect]
        numbers = {n.number for n in run.judge.notices if n.number is not None}
        handled = {n: (run.keys[n], self._handled(run.keys[n], until_s)) for n in sorted(numbers)}
        marks = scenario.score(run.judge.notices, expects, handled, run.played)
        return Scored(exercise=current, played_s=run.played_s, score=marks)

    def offers(self) -> list[Offer]:
        """The exercises that can be played here, by name."""
        return [self._offer(name) for name in sorted(self._files())]

    def subscribe(self, told: Callable[[], None]) -> None:
        """Let `told` know when an exercise begins, pauses, goes on or ends, in whatever thread."""
        self._subscribers.append(told)

    # What people do

    def start(self, name: str, by: str) -> Current:
        """Begin an exercise. Raises DeskError; InputError where its file is wrong."""
        exercise = scenario.read(self._text(name))
        self._no_alarm()
        now_s = self._clock.now_s()
        self._purge(now_s)
        stamp = datetime.fromtimestamp(now_s, UTC).strftime(STAMP)
        with self._lock:
            if self._current is not None:
                raise _refused(f"there is one: {self._current.name}")
            folder = self._directory / "exercises" / f"{stamp}-{name}"
            self._run = Shadow(exercise, self._site, self._zones, folder, now_s)
            self._fresh, self._waiting = True, 0
            begun = self._current = Current(
                name=exercise.name, scenario=name, text=exercise.text, state="running", why=None,
                since_s=now_s, began_s=now_s, by=by, duration_s=exercise.duration_s,
            )  # fmt: skip
        self._tell("start", begun, by)
        return begun

    def pause(self, by: str) -> Current:
        """Let its time stand still. Raises DeskError."""
        return self._turn("running", "paused", "person", by)

    def resume(self, by: str) -> Current:
        """Go on. Raises DeskError, also while a real urgent sign waits for somebody."""
        self._no_alarm()
        return self._turn("paused", "running", None, by)

    def stop(self, by: str) -> Scored:
        """End it, or put away one that has ended; what is left of it is acknowledged. Raises DeskError."""
        stood = self.current
        if stood is None:
            raise _refused("there is none")
        self._work.submit(self._end, "person", by).result()
        for sign in self._desk.signs("open"):
            if sign.sign.exercise and sign.state == "new":
                self._acknowledge(sign, by)
        ended = self.scored()
        if ended is None:
            raise _refused("somebody else has put it away")
        if stood.state == "ended":
            with self._lock:
                self._current = self._run = None
            self._tell("put_away", stood, by)
        return ended

    def close(self) -> None:
        """End what runs."""
        self._work.submit(self._end, "over", CLOCK).result()
        self._work.shutdown()

    # What the pipeline says

    def take(self, batch: Batch, step: Step) -> None:
        """What a tick of the real watch took and gave. It is called between the steps of that watch, and does
        not wait."""
        urgent = self._became_urgent(step.signs)
        stood = self.current
        if stood is None or stood.state != "running":
            return
        if urgent or self._waiting >= BEHIND:
            self._pause_at_once("urgent" if urgent else "behind")
            return
        with self._lock:
            if self._current is None or self._current.state != "running":
                return
            state = self._watch.state() if self._fresh else None
            self._fresh = False
            self._waiting += 1
            self._work.submit(self._step, batch.observations, batch.tick_end_s, state)

    # Inside

    def _step(self, observations: Sequence[Observation], end_s: float, state: bytes | None) -> None:
        """In the thread of exercises: one tick. A copy of the real watch has taken its tick already."""
        with self._lock:
            self._waiting -= 1
            run, current = self._run, self._current
        if run is None or current is None or current.state != "running":
            return
        try:
            if state is not None:
                run.begin(state, end_s)
                return
            step = run.step(observations, end_s)
            self._share(run, step)
            if run.played_s >= current.duration_s:
                self._end("over", CLOCK)
        except Exception:  # noqa: BLE001 - an exercise that fails must not end the watch
            logger.error("the exercise failed", fault=format_exc())
            self._end("fault", CLOCK)

    def _share(self, run: Shadow, step: Step) -> None:
        """Records, desk and cases get what came of the exercise, and only that."""
        if step.signs:
            run.log.commit().result()
        self._say(step.signs, run)
        self._casework.take(step.signs, step.picture, exercise=True)

    def _say(self, signs: Sequence[Sign], run: Shadow | None = None) -> None:
        if signs:
            self._records.add(signs, lambda wanted: self._find(run, wanted))
            self._desk.take(signs)

    def _find(self, run: Shadow | None, wanted: set[bytes]) -> Mapping[bytes, Observation]:
        logs = [self._directory / "log", *([run.folder / "log"] if run else [])]
        return {digest: found for log in logs for digest, found in reading.find(log, wanted).items()}

    def _rest(self) -> None:
        """In the thread of exercises: nothing of it goes on."""
        with self._lock:
            run = self._run
        if run is not None:
            signs = run.rest(self._clock.now_s())
            self._say(signs)
            if run.picture is not None:
                self._casework.take(signs, run.picture, exercise=True)

    def _end(self, why: Why, by: str) -> None:
        """In the thread of exercises: end what runs or is paused."""
        with self._lock:
            run, current = self._run, self._current
            if run is None or current is None or current.state == "ended":
                return
            now_s = self._clock.now_s()
            ended = msgspec.structs.replace(current, state="ended", why=why, since_s=now_s)
            self._current = ended
        self._rest()
        run.log.close()
        (run.folder / "score.json").write_bytes(msgspec.json.encode(self.scored()))
        self._tell("end", ended, by)

    def _turn(self, was: State, to: State, why: Why | None, by: str) -> Current:
        with self._lock:
            stood = self._current
            if stood is None or stood.state != was:
                raise _refused("there is none" if stood is None else f"it is {stood.state}")
            self._fresh = to == "running"
            turned = msgspec.structs.replace(stood, state=to, why=why, since_s=self._clock.now_s())
            self._current = turned
            if to == "paused":
                self._work.submit(self._rest)
        self._tell("pause" if to == "paused" else "resume", turned, by)
        return turned

    def _pause_at_once(self, why: Why) -> None:
        try:
            self._turn("running", "paused", why, CLOCK)
        except DeskError:
            return  # a person was quicker

    def _became_urgent(self, signs: Sequence[Sign]) -> bool:
        """Whether a real sign is urgent that was not before."""
        urgent = {s.id for s in signs if s.priority == "urgent" and s.over_at_s is None}
        news = urgent - self._urgent
        self._urgent = (self._urgent - {s.id for s in signs}) | urgent
        return bool(news)

    def _no_alarm(self) -> None:
        """Refuse while a real urgent sign waits for somebody."""
        for stood in self._desk.signs("open"):
            if stood.sign.priority == "urgent" and not stood.sign.exercise and stood.state == "new":
                raise _refused("a real urgent sign is not acknowledged yet")

    def _acknowledge(self, sign: DeskSign, by: str) -> None:
        try:
            self._desk.act(sign.key, "acknowledge", by)
        except DeskError as no:
            logger.info("a sign of the exercise stays as it is", sign=sign.key, reason=no.reason)

    def _handled(self, key: str, until_s: float) -> Handled:
        """What became of a sign until then."""
        events, case = self._desk.history(key), self._casework.of_sign(key)
        acts = [e.sign.changed_s for e in events if e.sign.life is not None and e.sign.life.by != CLOCK]
        confirmed = [d.at_s for d in case.phases if d.phase == "confirmed"] if case else []
        closures = self._casework.aerodrome.closures
        decided = [c.since_s for c in closures if case and c.case in case.keys and c.state != "open"]
        first = (
            min((at for at in times if at <= until_s), default=None) for times in (acts, confirmed, decided)
        )
        return Handled(events[0].sign.changed_s, *first)

    def _tell(self, code: str, about: Current, by: str) -> None:
        """Tell the screens, and write it down: at once where a person waits for it."""
        entry = ledger.Entry(
            at_s=self._clock.now_s(), by=by, action=f"exercise.{code}", purpose=about.why or "",
            subject=f"exercise:{about.scenario}", exercise=True,
        )  # fmt: skip
        if by == CLOCK:
            self._work.submit(self._write, entry)
        else:
            self._write(entry)
        for told in tuple(self._subscribers):
            told()

    def _write(self, entry: ledger.Entry) -> None:
        with self._records.change() as db:
            ledger.append(db, entry)

    # Its files

    def _files(self) -> dict[str, Path | None]:
        """The file of each exercise; None: it comes with the program."""
        found: dict[str, Path | None] = dict.fromkeys(scenario.SAMPLES)
        folder = self._site.desk.exercises
        return found | {path.stem: path for path in sorted(Path(folder).glob("*.toml"))} if folder else found

    def _text(self, name: str) -> str:
        """The text of an exercise. Raises DeskError, InputError."""
        known = self._files()
        if name not in known:
            raise DeskError("unknown", f"exercise:{name}", "scenario", "there is no such exercise")
        path = known[name]
        try:
            return scenario.sample(name) if path is None else path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as bad:
            raise InputError(f"{name}.toml", str(bad)) from bad

    def _offer(self, name: str) -> Offer:
        try:
            found = scenario.read(self._text(name))
        except InputError as bad:
            return Offer(scenario=name, wrong=str(bad))
        return Offer(scenario=name, name=found.name, text=found.text, duration_s=found.duration_s)

    def _purge(self, now_s: float) -> None:
        """Delete what is left of exercises as old as cases may become."""
        before_s = now_s - self._site.store.cases_days * DAY_S
        oldest = datetime.fromtimestamp(max(before_s, 0.0), UTC).strftime(STAMP)
        for folder in (self._directory / "exercises").glob("*Z-*"):
            if folder.name < oldest:
                shutil.rmtree(folder)


def _refused(reason: str) -> DeskError:
    return DeskError("refused", "exercise:", "state", reason)
