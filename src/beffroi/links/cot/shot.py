"""Shot: what of one picture may go to responders, as events of Cursor on Target.

No track is called hostile: that is for people. How a place is known is in `how` (see `beffroi.wire.cot`) and
in words. Types follow MIL-STD-2525 as Cursor on Target writes it: a-u-A unknown air, a-u-A-M-H-Q a drone,
a-n-A-C civil and crewed, a-f-A what the site protects, a-u-G on the ground. What an alarm speaks of is
unknown, whatever it says that it is.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from beffroi import signs
from beffroi.life import ALARMS, RANK, DeskSign
from beffroi.observation import CREWED, Class, Observation
from beffroi.picture import HELD_S, Claim, Picture
from beffroi.sentence import KIND, plain
from beffroi.sign import Sign
from beffroi.site import Language, Site
from beffroi.track import B
from beffroi.wire.cot import Event, Related

STALE_S = 30.0
"""A track that was not seen for so long is sent no more; what was sent of it says so itself."""
STILL_MPS = 0.5
"""Slower than this the direction of movement is noise."""
UNKNOWN_AIR, DRONE, OPERATOR = "a-u-A", "a-u-A-M-H-Q", "a-u-G"
"""Nearly every drone by an airport has rotors; Cursor on Target knows no drone of an unknown kind."""
CIVIL: dict[Class, str] = {
    "aircraft": "A-C-F", "light": "A-C-F", "glider": "A-C-F", "ultralight": "A-C-F", "helicopter": "A-C-H",
    "paraglider": "A-C", "parachute": "A-C",
}  # fmt: skip
"""Crewed: fixed wing, rotary wing, else."""
NOT_FLYING: tuple[Class, ...] = ("bird", "clutter", "vehicle")
"""Sent only where an alarm speaks of it."""
Known = Literal["measured", "declared", "predicted"]
WORDS: dict[str, dict[Language, str]] = {
    "measured": {"en": "measured", "fr": "mesuré", "vi": "đo được"},
    "declared": {"en": "declared, not measured", "fr": "déclaré, non mesuré",
                 "vi": "tự khai báo, chưa đo được"},
    "predicted": {"en": "predicted, not seen now", "fr": "prédit, non vu à présent",
                  "vi": "dự đoán, hiện không thấy"},
    "operator": {"en": "Operator", "fr": "Télépilote", "vi": "Người điều khiển"},
    "takeoff": {"en": "Take-off point", "fr": "Point de décollage", "vi": "Điểm cất cánh"},
    "says": {"en": "says that it is", "fr": "dit être", "vi": "tự xưng là"},
    "simulated": {"en": "SIMULATED", "fr": "SIMULÉ", "vi": "MÔ PHỎNG"},
    "urgent": {"en": "URGENT", "fr": "URGENT", "vi": "KHẨN CẤP"},
    "high": {"en": "HIGH", "fr": "ÉLEVÉ", "vi": "CAO"},
}  # fmt: skip


class Shot:
    """One picture, looked at once for all its tracks. `i` is an index into them."""

    def __init__(
        self, picture: Picture, site: Site, standing: Sequence[DeskSign], *, simulated: bool
    ) -> None:
        """`simulated`: show also what stands on simulated or unknown evidence, and mark it."""
        t = picture.tracks
        self._picture, self._site, self._language = picture, site, site.site.languages[0]
        self._sources = {s.id for s in site.source if not s.simulated}
        self._kind, self._speed_mps, self._track_deg = t.kind, t.speed_mps, t.track_deg
        self._at, self._claims = _index(picture), _claims(picture)
        self._real: B = np.array([self._is_real(int(n)) for n in t.id], dtype=np.bool_)
        self._simulated = simulated
        self._seen_s = np.fmax(t.measured_s, t.claimed_s)
        self._lat, self._lon = picture.plane.inverse(t.x_m, t.y_m)
        self._turn_deg = picture.plane.convergence_deg(self._lat, self._lon)
        spread, apart = (t.var_x_m2 + t.var_y_m2) / 2, (t.var_x_m2 - t.var_y_m2) / 2
        self._ce_m = np.sqrt(spread + np.hypot(apart, t.cov_xy_m2))
        alarms = [s.sign for s in standing if _rings(s) and not s.sign.exercise]
        may_go = [sign for sign in alarms if simulated or self._rests_on_real(sign)]
        self._alarm = self._alarms(may_go)
        recent = t.confirmed & (picture.now_s - self._seen_s < STALE_S)
        self._may_go: B = recent & (self._real | simulated)
        self.left_out = int((recent & ~self._may_go).sum()) + len(alarms) - len(may_go)
        """Tracks and alarms that stand on simulated or unknown evidence."""

    def chosen(self, sends: Literal["alarmed", "all"]) -> list[int]:
        """The tracks to send: the alarmed first, the most pressing of them before the others."""
        t = self._picture.tracks
        alarmed = [i for i in self._alarm if self._may_go[i]]
        alarmed.sort(key=lambda i: -RANK[self._alarm[i].priority])
        if sends == "alarmed":
            return alarmed
        rest = self._may_go & ~(t.class_sum(NOT_FLYING) >= 0.5)
        rest[alarmed] = False
        return [*alarmed, *np.flatnonzero(rest).tolist()]

    def number(self, i: int) -> int:
        """The id of a track."""
        return int(self._picture.tracks.id[i])

    def is_alarmed(self, i: int) -> bool:
        """An open alarm speaks of it."""
        return i in self._alarm

    def is_alarmed_drone(self, i: int) -> bool:
        """An open alarm speaks of it, and it is a drone."""
        return self.is_alarmed(i) and self._kind[i] == "drone"

    def event(self, i: int, uid: str) -> Event:
        """The event of a track."""
        p, t = self._picture, self._picture.tracks
        speed_mps = float(self._speed_mps[i])
        course_deg = float((self._track_deg[i] - self._turn_deg[i]) % 360.0)
        alt_m, geoid_m = float(t.alt_m[i]), self._site.site.geoid_m
        high = geoid_m is not None and np.isfinite(alt_m)
        le_m = float(t.alt_sigma_m[i])
        return Event(
            uid=uid, type=self._type(i), how=self._how(i), opex=self._opex(i),
            time_s=p.now_s, start_s=p.now_s, stale_s=float(self._seen_s[i]) + STALE_S,
            lat_deg=float(self._lat[i]), lon_deg=float(self._lon[i]), ce_m=float(self._ce_m[i]),
            hae_m=alt_m + (geoid_m or 0.0) if high else None,
            le_m=le_m if high and np.isfinite(le_m) else None,
            callsign=self._name(i), remarks=self._remarks(i),
            course_deg=course_deg if speed_mps >= STILL_MPS else None,
            speed_mps=speed_mps if speed_mps >= STILL_MPS else None,
        )  # fmt: skip

    def operator(self, i: int, uid: str, track: Event) -> Event | None:
        """The event of where the operator of a track stands, as declared; None if nobody says."""
        said = self._declared(self.number(i))
        who = said.operator if said else None
        if said is None or who is None or who.lat_deg is None or who.lon_deg is None:
            return None
        now_s = self._picture.now_s
        stale_s = min(said.time_s, now_s) + STALE_S
        if stale_s < now_s:
            return None
        role = self._word("takeoff" if who.at_takeoff else "operator")
        return Event(
            uid=uid, type=OPERATOR, how="m-s" if track.opex else "m-r", opex=track.opex,
            time_s=now_s, start_s=now_s, stale_s=stale_s, lat_deg=who.lat_deg, lon_deg=who.lon_deg,
            hae_m=who.alt_wgs84_m, callsign=f"{role}: {track.callsign}",
            remarks=self._sentences([self._mark(i), self._word("declared")]),
            related=Related(uid=track.uid, type=track.type),
        )  # fmt: skip

    def _is_real(self, number: int) -> bool:
        """Whether every source that spoke of a track is one of the site that is not simulated."""
        heard = self._picture.heard.get(number, {})
        return bool(heard) and self._sources.issuperset(heard)

    def _rests_on_real(self, sign: Sign) -> bool:
        """Whether nothing simulated or unknown stands behind a sign."""
        cited = [e.partition(":")[::2] for r in sign.reasons for e in r.evidence]
        sources = {value for kind, value in cited if kind == "source"}
        for key in (sign.subject, *sign.aliases):
            sources |= {c.latest.source for c in self._claims.get(key, ())}
        tracks = [i for kind, value in cited for i in self._at.get(f"{kind}:{value}", ()) if kind == "track"]
        return not sign.simulated and sources <= self._sources and bool(self._real[tracks].all())

    def _alarms(self, alarms: Sequence[Sign]) -> dict[int, Sign]:
        """The most pressing alarm of each track that one speaks of."""
        pressing: dict[int, Sign] = {}
        for sign in sorted(alarms, key=lambda s: (RANK[s.priority], s.time_s)):
            for i in self._spoken_of(sign):
                pressing[i] = sign
        return pressing

    def _spoken_of(self, sign: Sign) -> set[int]:
        """The tracks that a sign is about: by number, else by what they say they are or as one of a group."""
        if sign.subject.startswith("track:") and sign.subject in self._at:
            return set(self._at[sign.subject])
        keys = {sign.subject, *sign.aliases}
        if sign.subject.startswith("group:"):
            keys |= {e for r in sign.reasons for e in r.evidence if e.startswith("track:")}
        keys |= {f"track:{c.track}" for key in list(keys) for c in self._claims.get(key, ())}
        return {i for key in keys for i in self._at.get(key, ())}

    def _declared(self, number: int) -> Observation | None:
        """The latest claim on a track that places its operator, from a source that may go."""
        said = [c.latest for c in self._claims.get(f"track:{number}", ())]
        said = [o for o in said if self._simulated or o.source in self._sources]
        placed = [o for o in said if o.operator and None not in (o.operator.lat_deg, o.operator.lon_deg)]
        return max(placed, key=lambda o: o.time_s, default=None)

    def _type(self, i: int) -> str:
        kind = self._kind[i]
        protected = self._picture.identity(i) in self._site.protected
        if kind == "drone":
            return DRONE
        if self.is_alarmed(i):
            return UNKNOWN_AIR
        side = "f" if protected else "n" if kind in CREWED else "u"
        return f"a-{side}-{CIVIL.get(kind, 'A')}"

    def _known(self, i: int) -> Known:
        """How its place is known now."""
        t, now_s = self._picture.tracks, self._picture.now_s
        if now_s - t.measured_s[i] <= HELD_S:
            return "measured"
        never = np.isnan(t.measured_s[i])
        return "declared" if never or t.claimed_s[i] > t.measured_s[i] else "predicted"

    def _how(self, i: int) -> str:
        if self._mark(i):
            return "m-s"
        known = self._known(i)
        if known == "declared":
            return "m-r"
        return "m-f" if known == "measured" and self._picture.tracks.sensors[i] >= 2 else "m-p"

    def _opex(self, i: int) -> str | None:
        return "s" if self._mark(i) else None

    def _mark(self, i: int) -> str:
        """The word that marks what is simulated; nothing for what is real."""
        return "" if self._real[i] else self._word("simulated")

    def _name(self, i: int) -> str:
        """The callsign that a crewed aircraft says, else its kind and number: a drone may call itself
        anything."""
        kind, number = self._kind[i], self.number(i)
        called = self._picture.callsigns.get(number, "").strip()
        if called and kind in CREWED and not self.is_alarmed(i):
            return plain(called)
        word = KIND[kind][self._language]
        return f"{word[:1].upper()}{word[1:]} #{number}"

    def _remarks(self, i: int) -> str:
        sign = self._alarm.get(i)
        parts = [self._mark(i)]
        if sign is not None:
            units = self._site.site.units
            headline = signs.headline(sign, sign.rule, self._language, units)
            parts += [f"{self._word(sign.priority)}: {headline}"]
        parts += [self._word(self._known(i))]
        if sign is not None and (said := self._picture.identity(i)):
            parts += [f"{self._word('says')} {plain(said, 60)}"]
        return self._sentences(parts)

    def _sentences(self, parts: Sequence[str]) -> str:
        return " ".join(f"{p[:1].upper()}{p[1:].rstrip('.')}." for p in parts if p)

    def _word(self, code: str) -> str:
        return WORDS[code][self._language]


def _rings(stood: DeskSign) -> bool:
    """Whether it is an alarm that is open: not over, and nobody shelved or closed it."""
    return stood.state in ("new", "acknowledged") and not stood.over and stood.sign.priority in ALARMS


def _index(picture: Picture) -> dict[str, list[int]]:
    """Where tracks stand, by their number (`track:N`) and by what they say they are."""
    at = {f"track:{number}": [i] for i, number in enumerate(picture.tracks.id.tolist())}
    for i, key in enumerate(picture.tracks.identity.tolist()):
        if key >= 0:
            at.setdefault(picture.identities[key], []).append(i)
    return at


def _claims(picture: Picture) -> dict[str, list[Claim]]:
    """The live claims, by what they say they are and by the track that they fell on."""
    claims: dict[str, list[Claim]] = {}
    for claim in picture.claims.values():
        for key in (claim.subject, f"track:{claim.track}"):
            claims.setdefault(key, []).append(claim)
    return claims
