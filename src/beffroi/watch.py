"""Watch: the machine's whole judgement as one pure state machine.

`step(observations, now_s)` takes what one tick brought and says what holds and which signs changed. It opens
no socket, reads no clock, draws no random number: the same ticks give the same bytes. Its state is one struct
that `state()` writes and `restore()` reads back exactly.
"""

import math
from collections.abc import Sequence

import msgspec

from beffroi import signs
from beffroi.airspace import Airspace
from beffroi.kernels import columns
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.picture import Picture
from beffroi.sign import Finding, Sign, priority
from beffroi.signs import Rule
from beffroi.site import EXERCISE, Site
from beffroi.tracks.sky import Sky, SkyState
from beffroi.window import Window
from beffroi.zone import Zone

REPEAT_S = 5.0
"""A sign that only changes its figures is said again at most this often."""
SAME_PLACE_M = 300.0
"""A sign whose track was lost goes on with a new track that appears this near while it may still be over."""


class Step(msgspec.Struct, kw_only=True):
    """What one tick gave."""

    picture: Picture
    signs: tuple[Sign, ...]
    """Changes, in the order of rules and subjects."""


class Ringing(msgspec.Struct, kw_only=True):
    """A sign as the watch keeps it: from the first finding, before it is opened, until it is over."""

    rule: str
    subject: str
    first_s: float
    seen_s: float
    said_s: float = -math.inf
    sign: Sign | None = None
    """None while the finding has not held long enough."""
    aliases: tuple[str, ...] = ()


class WatchState(msgspec.Struct, kw_only=True):
    """Everything that the next step depends on."""

    sky: SkyState
    window: Window
    ringing: list[Ringing] = []
    signs_made: int = 0


class Watch:
    """The watch of one site. Raises SiteError where the site sets a limit that cannot be."""

    def __init__(self, site: Site, zones: Sequence[Zone] = ()) -> None:
        self._site = site
        plane = Plane.at(site.site.lat_deg, site.site.lon_deg)
        self._airspace = Airspace(zones, plane, site)
        self._rules = signs.rules(site)
        self._simulated = {s.id for s in site.source if s.simulated}
        self._exercise = {s.id for s in site.source if s.id.startswith(EXERCISE)}
        self._sky = Sky(site)
        self._state = WatchState(sky=self._sky.state, window=Window())

    @property
    def window(self) -> Window:
        """The last minutes, to be read between steps."""
        return self._state.window

    def state(self) -> bytes:
        """The state, for a checkpoint."""
        return columns.pack(self._state)

    def restore(self, state: bytes) -> None:
        """Go on from a checkpoint of the same site."""
        self._state = columns.unpack(state, WatchState)
        self._sky = Sky(self._site, self._state.sky)

    def step(self, observations: Sequence[Observation], now_s: float) -> Step:
        """Take what came until `now_s`. Ticks must not go back in time."""
        self._sky.take(observations, now_s)
        picture = self._sky.picture(now_s, self._airspace)
        window = self._state.window
        self._sky.remember(picture, window)
        changes: list[Sign] = []
        for rule in self._rules:
            findings = list(rule.find(picture, window, self._site, rule.limits))
            changes.extend(self._ring(rule, findings, picture))
        return Step(picture=picture, signs=tuple(changes))

    def _ring(self, rule: Rule, findings: list[Finding], picture: Picture) -> list[Sign]:
        """Open, update and end the signs of one rule."""
        now_s = picture.now_s
        known = {r.subject: r for r in self._state.ringing if r.rule == rule.name}
        free = [r for r in known.values() if r.subject not in {f.subject for f in findings}]
        changes = []
        for finding in findings:
            ringing = known.get(finding.subject) or self._same(finding, free, picture)
            if ringing is None:
                ringing = Ringing(rule=rule.name, subject=finding.subject, first_s=now_s, seen_s=now_s)
                self._state.ringing.append(ringing)
            known[finding.subject] = ringing
            changes.extend(self._found(rule, ringing, finding, picture))
        changes.extend(self._ended(rule, now_s))
        return changes

    def _same(self, finding: Finding, free: list[Ringing], picture: Picture) -> Ringing | None:
        """The sign that this finding goes on with, though its subject is another: the same declared
        identity, or a lost track's sign near by."""
        for ringing in free:
            near = _distance_m(finding, ringing.sign, picture) <= SAME_PLACE_M
            lost = _track(ringing.subject)
            gone = min(lost, _track(finding.subject)) >= 0 and picture.index(lost) is None
            if set(finding.aliases) & set(ringing.aliases) or (near and gone):
                free.remove(ringing)
                ringing.subject = finding.subject
                return ringing
        return None

    def _found(self, rule: Rule, ringing: Ringing, finding: Finding, picture: Picture) -> list[Sign]:
        now_s = picture.now_s
        ringing.seen_s = now_s
        ringing.aliases = tuple(sorted({*ringing.aliases, *finding.aliases}))
        if ringing.sign is None:
            if now_s - ringing.first_s < rule.hold_s:
                return []
            self._state.signs_made += 1
            number = self._state.signs_made
        else:
            number = ringing.sign.id
        sign = self._sign(number, ringing, finding, picture)
        if ringing.sign is not None and not _worth_saying(ringing.sign, sign, now_s - ringing.said_s):
            return []
        ringing.sign, ringing.said_s = sign, now_s
        return [sign]

    def _sign(self, number: int, ringing: Ringing, finding: Finding, picture: Picture) -> Sign:
        before, now_s = ringing.sign, picture.now_s
        sources = _behind(finding, picture)
        return Sign(
            id=number,
            change="updated" if before else "opened",
            time_s=now_s,
            rule=ringing.rule,
            subject=finding.subject,
            priority=priority(finding.consequence, finding.time_left_s, claimed_harmless=finding.against),
            opened_at_s=before.opened_at_s if before else now_s,
            updates=before.updates + 1 if before else 0,
            reasons=finding.reasons,
            params=finding.params,
            lat_deg=finding.lat_deg,
            lon_deg=finding.lon_deg,
            flights=finding.flights,
            aliases=ringing.aliases,
            simulated=bool(sources & self._simulated),
            exercise=bool(sources & self._exercise or (before and before.exercise)),
        )

    def _ended(self, rule: Rule, now_s: float) -> list[Sign]:
        changes, kept = [], []
        for ringing in self._state.ringing:
            patience_s = rule.grace_s if ringing.sign else min(rule.hold_s, rule.grace_s)
            if ringing.rule != rule.name or now_s - ringing.seen_s < patience_s or ringing.seen_s == now_s:
                kept.append(ringing)
            elif ringing.sign is not None:
                updates = ringing.sign.updates + 1
                over = {"change": "over", "time_s": now_s, "over_at_s": now_s, "updates": updates}
                changes.append(msgspec.structs.replace(ringing.sign, **over))
        self._state.ringing = kept
        return changes


def _behind(finding: Finding, picture: Picture) -> set[str]:
    """The sources that a finding rests on."""
    cited = {e.partition(":") for r in finding.reasons for e in r.evidence}
    named = {value for kind, _, value in cited if kind == "source"}
    tracks = {int(value) for kind, _, value in cited if kind == "track"} | {_track(finding.subject)}
    heard = {source for t in tracks for source in picture.heard.get(t, ())}
    claimed = {c.latest.source for c in picture.claims.values() if c.subject == finding.subject}
    return named | heard | claimed


def _track(subject: str) -> int:
    return int(subject.removeprefix("track:")) if subject.startswith("track:") else -1


def _distance_m(finding: Finding, sign: Sign | None, picture: Picture) -> float:
    if sign is None or finding.lat_deg is None or finding.lon_deg is None:
        return math.inf
    if sign.lat_deg is None or sign.lon_deg is None:
        return math.inf
    x, y = picture.plane.forward([finding.lat_deg, sign.lat_deg], [finding.lon_deg, sign.lon_deg])
    return float(math.hypot(x[1] - x[0], y[1] - y[0]))


def _worth_saying(before: Sign, after: Sign, since_s: float) -> bool:
    """Something that a person would act on has changed, or figures have and it is time again."""
    if since_s >= REPEAT_S:
        return True
    return (before.priority, before.subject, _codes(before), _flights(before)) != (
        after.priority, after.subject, _codes(after), _flights(after),
    )  # fmt: skip


def _codes(sign: Sign) -> set[str]:
    return {r.code for r in sign.reasons}


def _flights(sign: Sign) -> set[str]:
    return {f.subject for f in sign.flights}
