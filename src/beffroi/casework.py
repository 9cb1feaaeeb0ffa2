"""Casework: what people and the machine do with cases and with the aerodrome; beside `desk`.

    signs, sightings ──take──▶ ┐                               ┌──▶ subscribers (`case:7`, `aerodrome`)
    people ──act, decide──▶    ├── draft ── check ── append ──▶ ┤
    the clock ──tick──▶        ┘      (cases.fold)  (records)   └──▶ the cases as they stand, in memory

One act after another: whoever acts holds the lock from the check until the entries are on the disk. When an
act returns it is in the records and in the audit log. The memory is made of the records again at each start.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import msgspec
import structlog

from beffroi.case import (
    MACHINE,
    Aerodrome,
    Case,
    CaseKind,
    Entry,
    File,
    Item,
    Joined,
    PlaceState,
    TowerText,
)
from beffroi.cases import file, fold, join, place, tower
from beffroi.cases.draft import Draft, inert, of_case
from beffroi.cases.join import Where
from beffroi.desk import Desk
from beffroi.errors import DeskError
from beffroi.life import OUTCOMES, rises
from beffroi.life import key as key_of
from beffroi.links.clock import Clock
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.sign import Sign
from beffroi.site import Language, Site
from beffroi.store.cases import Entries, Stale, holder_of
from beffroi.zone import Zone

logger = structlog.get_logger()
Told = Callable[[str], None]
"""Is told what changed: `case:7`, `aerodrome`. It must not block."""
RECENT_S = 86_400.0
"""So long a closed case stays in memory: its signs open no other."""
HERE_S = 30.0
"""Who has not been heard of for so long looks no more."""
DAY_S = 86_400.0
PURGE_S = 3600.0
TRIES = 3
T = TypeVar("T")


class Casework:
    """The cases of one watch; safe to use from several threads. Raises StoreError where the records fail."""

    def __init__(
        self,
        entries: Entries,
        desk: Desk,
        clock: Clock,
        site: Site,
        zones: Sequence[Zone] = (),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic_s` times who looks at a case."""
        self._entries, self._desk, self._clock, self._site = entries, desk, clock, site
        self._monotonic_s = monotonic_s
        self.places = place.places(site, zones)
        self._writing = threading.RLock()
        """Held from the check of an act until it is on the disk."""
        self._lock = threading.Lock()
        """Held while what is in memory changes or is read."""
        self._subscribers: list[Told] = []
        self._here: dict[str, dict[str, float]] = {}
        self._cases: dict[str, Case] = {}
        self._live: dict[str, Sign] = {}
        """The signs of open cases, as the machine said last."""
        self._timelines: dict[str, list[Entry]] = {}
        """What befell the cases that somebody looked at."""
        self._in: dict[str, str] = {}
        """Sign or sighting → the case that it is in."""
        self.aerodrome = Aerodrome()
        self.picture: Picture | None = None
        self.checklist: Callable[[CaseKind], tuple[Item, ...]] = lambda kind: ()
        """What is to be done in a case of a kind: it is put into the case when that is opened."""
        self._purged_s = -PURGE_S
        self._total = 0
        """So many entries are in memory, or were."""
        self._read_all()

    # How things stand

    def cases(self, state: Literal["open", "closed"] = "open", limit: int = 500) -> list[Case]:
        """Cases, those that changed last first."""
        if state == "closed":
            names = self._entries.closed(limit)
            return [self.case(name.partition(":")[2]) for name in names]
        with self._lock:
            found = [case for case in self._cases.values() if case.state == "open"]
        return sorted(found, key=lambda c: (c.changed_s, c.key), reverse=True)

    def case(self, key: str) -> Case:
        """A case as it stands. Raises DeskError if there is none of that key, or no more."""
        with self._lock:
            if key in self._cases:
                return self._cases[key]
        return of_case(key, fold.fold(self._entries.of(f"case:{key}")))

    def timeline(self, key: str) -> list[Entry]:
        """Everything that befell a case, decisions on places too, oldest first."""
        case = self.case(key)
        if len(case.keys) > 1 or case.key not in self._cases:
            return self._entries.held_by(*(f"case:{k}" for k in case.keys))
        lines = self._timelines.get(key)
        if lines is None:
            with self._writing:
                lines = self._timelines[key] = self._entries.held_by(f"case:{key}")
        return [*lines]

    def signs(self, case: Case) -> list[Sign]:
        """The signs of a case as the machine said last, in the order in which they joined; without those that
        the clock has deleted."""
        found = []
        for key in case.signs:
            sign = self._live.get(key)
            try:
                found.append(sign or self._desk.sign(key).sign)
            except DeskError:
                continue
        return found

    def of_sign(self, key: str) -> Case | None:
        """The case that a sign is in."""
        with self._lock:
            held = self._in.get(key)
        return self.case(held) if held else None

    def newest(self, case: Case) -> Sign | None:
        """The sign of an open case of which the machine spoke last."""
        live = [self._live[key] for key in case.signs if key in self._live]
        return max(live, key=lambda s: s.time_s, default=None)

    def cited(self, signs: Sequence[Sign]) -> dict[bytes, Observation]:
        """The observations that signs cite, by the digest of their frame."""
        return self._entries.cited(signs)

    def proposed(self, key: str, language: Language) -> str:
        """A text for the tower, from what is known now. Raises DeskError."""
        case = self.case(key)
        return tower.proposed(case, self.signs(case), self.picture, language)

    def predicted_s(self, case: Case) -> float | None:
        """Seconds of closure for which its signs speak."""
        return place.predicted_s(self.signs(case), self._site.desk.wait_s, self._clock.now_s())

    def may_resume_s(self, key: str, *, exercise: bool = False) -> float | None:
        """When a place may be resumed without saying why; None while a sign of its case lives."""
        now = self.aerodrome.now(key, exercise=exercise)
        if now is None:
            return None
        case = self.case(now.case) if now.case else None
        return place.may_resume_s(now, case, self.signs(case) if case else (), self._site.desk.wait_s)

    def overdue(self) -> int:
        """How many texts the tower has not read back for too long: each is a high alarm."""
        return sum(_rings(t) for case in self.cases() for t in case.tower)

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Let `told` have what changes; returns what ends that."""
        self._subscribers.append(told)
        return lambda: self._subscribers.remove(told)

    # What people do

    def open(
        self,
        by: str,
        role: str = "",
        *,
        sign: str | None = None,
        kind: CaseKind | None = None,
        title: str = "",
        exercise: bool = False,
    ) -> Case:
        """Open a case, of a sign or of nothing yet. Raises DeskError."""

        def make(draft: Draft) -> None:
            key = self._next()
            if sign is None:
                self._open(draft, key, kind or "other", exercise, title=title)
                return
            self._must_be_free(key, sign)
            stood = self._live[sign] = self._desk.sign(sign).sign
            joined = join.of_sign(stood)
            what = kind or join.kind(joined, stood.params)
            self._open(draft, key, what, stood.exercise, title=title)
            draft.add(key, "join", joined=joined)

        return self._write(make, by, role)[0]

    def act(
        self, key: str, code: str, by: str, role: str = "", made_on: int | None = None, **params: Any
    ) -> Case:
        """Add an entry that a person made on version `made_on` of a case. Raises DeskError; Conflict where
        the same field was changed since."""
        special: dict[str, Callable[..., None]] = {
            "join": self._join, "merge": self._merge, "split": self._split, "close": self._close,
        }  # fmt: skip

        def make(draft: Draft) -> None:
            if code in special:
                special[code](draft, key, made_on, **params)
            else:
                draft.add(key, code, made_on, **params)

        self._write(make, by, role)
        return self.case(key)

    def tell_tower(self, key: str, text: str, by: str, role: str = "") -> Case:
        """Draft a text for the tower and send it. Raises DeskError."""

        def make(draft: Draft) -> None:
            number = len(self.case(key).tower) + 1
            draft.add(key, "tower_draft", id=number, text=text)
            draft.add(key, "tower_sent", id=number)

        return self._write(make, by, role)[0]

    def decide(
        self,
        name: str,
        state: PlaceState,
        by: str,
        role: str = "",
        *,
        why: str = "",
        case: str | None = None,
        made_on: int | None = None,
    ) -> Aerodrome:
        """Suspend, restrict or resume a runway or a zone. Raises DeskError; Conflict where somebody decided
        of the same place since."""

        def write() -> Entry:
            entry = self._decision(name, state, by, role, why, case)
            place.check(self.aerodrome, entry, self.places, made_on)
            self._check_wait(entry)
            self._entries.append([entry])
            return entry

        with self._writing:
            entry = self._again(write)
            with self._lock:
                self._written(entry)
                self.aerodrome = place.after(self.aerodrome, entry)
        self._tell("aerodrome", *([f"case:{entry.params['case']}"] if "case" in entry.params else []))
        return self.aerodrome

    def add_file(
        self, key: str, code: Literal["file", "still"], said: File, data: bytes, by: str, role: str = ""
    ) -> Case:
        """Add a file or a still to a case; its bytes go into the vault. Raises DeskError."""
        said = file.checked(self.case(key), said, data)
        body = (said.media_type, data)
        return self._write(lambda draft: draft.add(key, code, file=said), by, role, body)[0]

    def file(self, key: str, digest: str) -> tuple[File, bytes]:
        """A file of a case. Raises DeskError."""
        for said in self.case(key).files:
            if said.digest == digest:
                return said, self._entries.file(f"case:{key}", digest)[1]
        raise DeskError("unknown", f"case:{key}", "digest", "there is no such file")

    # Who looks

    def look(self, key: str, who: str, *, looking: bool = True) -> None:
        """Somebody looks at a case, or no longer."""
        with self._lock:
            there = self._here.setdefault(key, {})
            news = looking != (who in there)
            if looking:
                there[who] = self._monotonic_s()
            else:
                there.pop(who, None)
        if news:
            self._tell(f"case:{key}")

    def here(self, key: str) -> list[str]:
        """Who looks at a case."""
        since = self._monotonic_s() - HERE_S
        with self._lock:
            return [who for who, at in self._here.get(key, {}).items() if at > since]

    # What the machine does

    def take(self, signs: Sequence[Sign], picture: Picture, *, exercise: bool = False) -> None:
        """Signs have changed and sightings have come: each joins its case by itself. A sighting that joins
        none opens one. `exercise`: they are of one, and the picture is no picture of the sky."""
        if not exercise:
            self.picture = picture
        with self._writing:
            new = [sign for sign in signs if not self._known(sign)]
            seen = [o for o in picture.sightings if o.subject is not None and o.subject not in self._in]
            for joined in (*map(join.of_sign, new), *map(join.of_sighting, seen)):
                self._take(joined, exercise)
            self._live |= {key_of(sign): sign for sign in new if key_of(sign) in self._in}

    def tick(self, now_s: float) -> None:
        """What the clock brings: texts that were not read back ring once; who looked no more has gone; once
        an hour, what is old enough dies."""
        if now_s - self._purged_s >= PURGE_S:
            self._purged_s = now_s
            self.purge(now_s)
        for case in self.cases():
            for text in case.tower:
                if text.overdue_s is None and tower.overdue(text, now_s, self._site.desk.readback_s):
                    self._ring(case.key, text.id)
        since = self._monotonic_s() - HERE_S
        with self._lock:
            gone = [k for k, there in self._here.items() if any(at <= since for at in there.values())]
            for key in gone:
                self._here[key] = {w: at for w, at in self._here[key].items() if at > since}
            old = [k for k, c in self._cases.items() if (c.closed_s or now_s) < now_s - RECENT_S]
            for key in old:
                self._forget(key)
        self._tell(*(f"case:{key}" for key in gone))

    def purge(self, now_s: float) -> int:
        """Let die what has been closed for as long as the site says; how many cases died."""
        with self._writing:
            keep = {c.version for c in self.aerodrome.changed.values() if c.value != "open"}
            died = self._entries.purge(now_s - self._site.store.cases_days * DAY_S, now_s, keep)
            if died:
                self._read_all()
        return died

    # Inside

    def _write(
        self, make: Callable[[Draft], None], by: str, role: str, body: tuple[str, bytes] | None = None
    ) -> list[Case]:
        """Check and write what `make` drafts."""

        def write() -> Draft:
            draft = Draft(self.case, self.aerodrome, by, role, self._clock.now_s())
            make(draft)
            closed = {f"case:{key}": case.closed_s for key, case in draft.cases.items()}
            self._entries.append(draft.entries, closed, body)
            return draft

        with self._writing:
            draft = self._again(write)
            with self._lock:
                self._written(*draft.entries)
                for case in draft.cases.values():
                    self._stands(case)
        self._tell(*(f"case:{key}" for key in draft.cases))
        return [*draft.cases.values()]

    def _again(self, write: Callable[[], T]) -> T:
        """Write; once more where another process has written meanwhile, so that what is refused is refused
        for how things stand."""
        for _ in range(TRIES):
            try:
                return write()
            except Stale:
                self._read_all()
            except DeskError:
                if self._entries.total() == self._total:
                    raise
                self._read_all()
        raise DeskError("refused", "case:", "version", "somebody else writes all the time: try again")

    def _open(self, draft: Draft, key: str, kind: CaseKind, exercise: bool, **params: Any) -> None:
        draft.open(key, exercise=exercise, kind=kind, **params)
        if items := self.checklist(kind):
            draft.add(key, "listed", items=items)

    def _join(self, draft: Draft, key: str, made_on: int | None, sign: str) -> None:
        self._must_be_free(key, sign)
        stood = self._desk.sign(sign).sign
        if stood.exercise != self.case(key).exercise:
            raise DeskError("refused", f"case:{key}", "sign", "an exercise meets nothing real")
        self._live[sign] = stood
        draft.add(key, "join", made_on, joined=join.of_sign(stood))

    def _split(self, draft: Draft, key: str, made_on: int | None, signs: Sequence[str]) -> None:
        case, new = self.case(key), self._next()
        draft.add(key, "split", made_on, signs=tuple(signs), into=new)
        self._open(draft, new, case.kind, case.exercise, **{"from": key})
        for joined in case.joined:
            if joined.key in signs:
                draft.add(new, "join", joined=joined)

    def _merge(self, draft: Draft, key: str, made_on: int | None, other: str) -> None:
        kept, ends = self.case(key), self.case(other)
        if key == other or kept.exercise != ends.exercise:
            raise DeskError("refused", f"case:{key}", "other", "these two cannot be one case")
        draft.add(other, "merged", into=key)
        draft.add(key, "merge", made_on, other=other, joined=ends.joined, keys=ends.keys)

    def _close(self, draft: Draft, key: str, made_on: int | None, outcome: str, reason: str = "") -> None:
        """Its open signs end with it, by the same person: first, so that no closed case has open ones."""
        draft.add(key, "close", made_on, outcome=outcome, reason=reason)
        by = draft.entries[-1].by
        for sign in self.case(key).signs:
            try:
                if outcome in OUTCOMES and self._desk.sign(sign).state != "closed":
                    self._desk.act(sign, "close", by, outcome=outcome, reason=reason or None)
            except DeskError as no:
                logger.info("a sign stays as it is", sign=sign, reason=no.reason)

    def _must_be_free(self, key: str, sign: str) -> None:
        held = self._in.get(sign)
        if held not in (None, key) and self.case(held or "").state == "open":
            raise DeskError("refused", f"case:{key}", "sign", f"it is in case {held}")

    def _next(self) -> str:
        """The key of the next case."""
        return str(self._entries.count("case") + 1)

    def _decision(
        self, name: str, state: PlaceState, by: str, role: str, why: str, case: str | None
    ) -> Entry:
        about = self.case(case) if case else None
        if about is not None and about.state != "open":
            raise DeskError("refused", f"case:{case}", "case", "the case is closed")
        exercise = about is not None and about.exercise
        now = self.aerodrome.now(name, exercise=exercise)
        if case is None and now is not None and now.state != "open":
            case = now.case
        params = {"place": name, "state": state, "why": inert(why), "case": case}
        return Entry(
            about="aerodrome", version=self.aerodrome.version + 1, by=by, role=role, code=state,
            at_s=max(self._clock.now_s(), now.since_s if now else 0.0),
            params={k: v for k, v in params.items() if v}, exercise=exercise,
        )  # fmt: skip

    def _check_wait(self, entry: Entry) -> None:
        """Before the waiting time is over, a reason is asked."""
        said = entry.params
        now = self.aerodrome.now(said["place"], exercise=entry.exercise)
        if said["state"] != "open" or now is None or said.get("why"):
            return
        may_s = self.may_resume_s(said["place"], exercise=entry.exercise)
        if may_s is None or entry.at_s < may_s:
            raise DeskError("invalid", entry.about, "why", "the waiting time is not over: say why")

    def _known(self, sign: Sign) -> bool:
        """Take what the machine says of a sign that is in a case; False where it may join one."""
        name = key_of(sign)
        held = self._in.get(name)
        if held is None:
            return sign.over_at_s is not None
        before, self._live[name] = self._live.get(name), sign
        case = self._cases.get(held)
        if case is None or case.state != "open":
            return True
        was = before or next(j for j in case.joined if j.key == name)
        if rises(was.priority, sign.priority) and rises(case.priority, sign.priority):
            self._write(lambda draft: draft.add(held, "rank", priority=sign.priority), MACHINE, "")
        elif before is None or before.over_at_s != sign.over_at_s:
            self._tell(f"case:{held}", "aerodrome")
        return True

    def _take(self, new: Joined, exercise: bool) -> None:
        """Let a sign or a sighting join its case."""
        limits = self._site.desk
        found = join.case_of(
            new, self.cases(), self._where(), exercise=exercise, join_m=limits.join_m, join_s=limits.join_s
        )
        if found is None and not new.is_sighting:
            return

        def make(draft: Draft) -> None:
            key = found.key if found else self._next()
            if found is None:
                self._open(draft, key, join.kind(new), exercise)
            draft.add(key, "sighting" if new.is_sighting else "join", joined=new)

        self._write(make, MACHINE, "")

    def _where(self) -> dict[str, Where]:
        """Where the open cases were last, by their live signs."""
        found: dict[str, Where] = {}
        for name, sign in self._live.items():
            held = self._in.get(name)
            if held is None or sign.lat_deg is None or sign.lon_deg is None:
                continue
            if held not in found or found[held].at_s < sign.time_s:
                found[held] = Where(sign.lat_deg, sign.lon_deg, sign.time_s)
        return found

    def _ring(self, key: str, text: int) -> None:
        try:
            self._write(lambda draft: draft.add(key, "tower_overdue", id=text), MACHINE, "")
        except DeskError:
            return  # it was read back in that moment
        self._tell("aerodrome")

    def _read_all(self) -> None:
        """Fold everything again."""
        total = self._entries.total()
        entries = self._entries.standing(self._clock.now_s() - RECENT_S)
        aerodrome = msgspec.structs.replace(
            place.fold(self._entries.of("aerodrome")), version=self._entries.version("aerodrome")
        )
        cases: dict[str, Case] = {}
        for entry in entries:
            key = entry.about.partition(":")[2]
            cases[key] = fold.after(cases.get(key), entry)
        with self._lock:
            self._total = total
            self.aerodrome, self._cases = aerodrome, {}
            self._in, self._live, self._timelines = {}, {}, {}
            for case in sorted(cases.values(), key=lambda c: c.state):  # `open` last: it has the say
                self._stands(case)
        for case in cases.values():
            if case.state == "open":
                self._live |= {key_of(sign): sign for sign in self.signs(case)}

    def _written(self, *entries: Entry) -> None:
        """Keep what has just been written; `self._lock` is held."""
        self._total += len(entries)
        for entry in entries:
            holder = holder_of(entry).partition(":")[2]
            if holder in self._timelines and (entry.about != "aerodrome" or "case" in entry.params):
                self._timelines[holder].append(entry)

    def _stands(self, case: Case) -> None:
        """Keep a case as it stands now; `self._lock` is held."""
        self._cases[case.key] = case
        for joined in case.joined:
            if case.merged_into is None:
                self._in[joined.key] = case.key

    def _forget(self, key: str) -> None:
        """Let go of a closed case; `self._lock` is held."""
        self._timelines.pop(key, None)
        for joined in self._cases.pop(key).joined:
            if self._in.get(joined.key) == key:
                del self._in[joined.key]
                self._live.pop(joined.key, None)

    def _tell(self, *names: str) -> None:
        for name in names:
            for told in tuple(self._subscribers):
                told(name)


def _rings(text: TowerText) -> bool:
    return text.overdue_s is not None and text.readback_s is None
