"""Show: what the demonstration prints: a live table while it runs, a summary at its end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from beffroi import signs
from beffroi.picture import Picture
from beffroi.sentence import Units
from beffroi.sign import Sign
from beffroi.simulate.judge import Judge
from beffroi.site import Language

MARK = {"urgent": "◆ urgent", "high": "▲ high", "notice": "○ notice"}
LATEST = 10


def clock(time_s: float) -> str:
    """`14:21:07`."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%H:%M:%S")


class Board:
    """The live table."""

    def __init__(self, language: Language, units: Units, start_s: float, end_s: float) -> None:
        self._language, self._units = language, units
        self._start_s = start_s
        self._progress = Progress(TextColumn("{task.description}"), BarColumn(bar_width=None))
        self._bar = self._progress.add_task("", total=end_s - start_s)
        self._signs: dict[int, Sign] = {}

    def render(self, picture: Picture | None, changes: Sequence[Sign]) -> Group:
        """The table as it is now."""
        self._signs |= {s.id: s for s in changes}
        parts: list[object] = []
        if picture is not None:
            done_s = picture.now_s - self._start_s
            self._progress.update(self._bar, completed=done_s, description=f"{clock(picture.now_s)} UTC")
            parts += [self._sources(picture), self._newest()]
        return Group(*parts, self._progress)  # type: ignore[arg-type]

    def _sources(self, picture: Picture) -> Table:
        tracks = picture.tracks
        sure = tracks.confirmed
        kinds = Counter(k for k, c in zip(tracks.kind, sure, strict=True) if c)
        title = ", ".join(f"{n} {k}" for k, n in kinds.most_common(6))
        table = Table(title=f"{int(sure.sum())} tracks: {title}", title_justify="left", expand=True)
        for column in ("source", "state", "age", "observations", "late"):
            table.add_column(column)
        for state in picture.sources.values():
            age = f"{picture.now_s - state.last_s:.1f} s" if state.observations else "–"
            table.add_row(state.id, state.state, age, str(state.observations), str(state.late))
        return table

    def _newest(self) -> Table:
        table = Table(title=f"{len(self._signs)} signs", title_justify="left", expand=True)
        for column in ("opened", "priority", "state", "what"):
            table.add_column(column, no_wrap=column != "what")
        for sign in sorted(self._signs.values(), key=lambda s: -s.opened_at_s)[:LATEST]:
            said = signs.sentence(sign, sign.rule, self._language, self._units)
            state = "over" if sign.change == "over" else "open"
            table.add_row(clock(sign.opened_at_s), MARK[sign.priority], state, said)
        return table


def summary(
    picture: Picture, opened: Sequence[Sign], judge: Judge, wall_s: float, cpu_s: float
) -> Iterator[str]:
    """What happened, and whether what was meant was noticed and who was quiet left alone."""
    played_s = picture.now_s - judge.world.start_s
    yield f"Played {played_s / 60:.0f} min of traffic in {wall_s:.0f} s ({cpu_s:.0f} s of CPU)."
    for state in picture.sources.values():
        yield f"  {state.id}: {state.observations} observations, {state.late} late, {state.refused} refused"
    yield f"Signs: {len(opened)} ({_counted(s.rule for s in opened)})."
    met = [n for n in judge.notices if n.delay_s is not None]
    missed = judge.missed(picture.now_s)
    for notice in judge.notices:
        if notice.delay_s is not None:
            yield f"  noticed: {notice.actor}: {notice.sign} after {notice.delay_s:.1f} s"
    for notice in missed:
        yield f"  MISSED: {notice.actor}: {notice.sign}"
    for verdict in judge.accused():
        yield f"  ACCUSED: {verdict.about}: {verdict.rule} (sign {verdict.sign})"
    per_hour = len(judge.false()) / max(_measuring(picture, judge) * played_s / 3600.0, 1e-9)
    yield (
        f"Intended: {len(met)} noticed, {len(missed)} missed. Quiet things accused: {len(judge.accused())}. "
        f"False signs: {len(judge.false())} ({per_hour:.2f} per sensor-hour)."
    )


def _measuring(picture: Picture, judge: Judge) -> int:
    """Sensors that measured something: radars and direction finders. Only they can give a false echo; what
    comes from elsewhere is a word."""
    scenario = judge.world.scenario
    apart = {r.source for r in scenario.radar} | {f.source for f in scenario.finder}
    return len({s.id for s in picture.sources.values() if s.id in apart and s.observations})


def _counted(names: Iterator[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in Counter(names).most_common()) or "none"
