"""What a drone says of itself does not fit together: speed, places, operator, serial, frozen fields.

Each reason alone is weak and may have an honest cause, so one alone is never enough. Nothing here says that a
declaration is false; that takes a sensor (`contradicted_remote_id`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile

import msgspec
import numpy as np

from beffroi.errors import WireError
from beffroi.kernels.geodesy import A_M, distance_m
from beffroi.observation import Observation, Operator
from beffroi.picture import Claim, Picture
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, Scene, claim, scene
from beffroi.sign import Finding, Reason
from beffroi.signs import Measures, Texts
from beffroi.site import Site
from beffroi.window import Window
from beffroi.wire import cta2063

BASIS = (
    "Regulation (EU) 2019/945, Annex, Part 6: what direct remote identification broadcasts",
    "ASTM F3411-22a, 5.4: fields and their accuracy; ANSI/CTA-2063-A: form of the serial number",
)
FALSE_ALARMS: Texts = {
    "en": "A cheap add-on module with a frozen field, a first satellite fix far off, a pilot who hands over to "
    "another far away, a serial typed in by hand.",
    "fr": "Module additionnel à champ figé, premier point satellite aberrant, relais entre deux pilotes "
    "éloignés, numéro de série saisi à la main.",
    "vi": "Mô-đun gắn thêm bị đứng một trường, định vị đầu tiên sai xa, chuyển giao giữa hai người điều khiển "
    "ở xa, số sê-ri nhập tay.",
}
HOLD_S = 3.0
GRACE_S = 30.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the rule."""

    enough: float = 1.0
    """Sum of weights that makes a sign; every reason weighs 0.5. Source: own trials on a real and a forged
    flight of one drone."""
    speed_mps: float = 40.0
    """Implied beyond reported. Source: 1.4 times the 28 m/s of the fastest consumer drones."""
    operator_m: float = 15_000.0
    """Control range. Source: 15 km is what makers state with FCC power; CE power gives about 8 km."""
    twin_m: float = 1000.0
    """Between two places of one serial within `twin_s`. Source: 28 m/s for 5 s is 140 m; seven times that."""
    twin_s: float = 5.0
    """See `twin_m`. Source: ASTM F3411-22a asks a location at least once a second."""
    serials: int = 3
    """Different serials from one transmitter in the window. Source: one machine has one serial."""
    frozen_s: float = 20.0
    """Place the same for this long at a reported speed above 2 m/s. Source: 20 missed updates."""
    recent_s: float = 120.0
    """Places older than this are past. Source: own trials; the forged flight gave 26 places in 49 s."""
    live_s: float = 30.0
    """Claims older than this are past. Source: own trials."""


NAME: Texts = {
    "en": "Declarations do not fit",
    "fr": "Déclarations incohérentes",
    "vi": "Khai báo không khớp",
}
HEADLINE: Texts = {
    "en": "Declarations of drone {serial} do not fit",
    "fr": "Déclarations du drone {serial} incohérentes",
    "vi": "Khai báo của tàu bay không người lái {serial} không nhất quán",
}
SENTENCE: Texts = {
    "en": "Drone {serial} declares itself {declared:place}, {motion:motion}; {count:count} of its statements "
    "do not fit together.",
    "fr": "Le drone {serial} se déclare {declared:place}, {motion:motion} ; {count:count} de ses déclarations "
    "ne concordent pas.",
    "vi": "Tàu bay không người lái {serial} khai báo {declared:place}, {motion:motion}; {count:count} khai báo "
    "không khớp nhau.",
}
LOOK: Texts = {
    "en": "Look for a sensor that sees it; take neither its place nor its operator's for granted.",
    "fr": "Cherchez un capteur qui le voit ; ne tenez ni sa position ni celle de l’opérateur pour acquise.",
    "vi": "Hãy tìm cảm biến thấy được nó; không coi vị trí của nó và của người điều khiển là chắc chắn.",
}
REASONS: dict[str, Texts] = {
    "implied_speed": {
        "en": "Its places imply {implied_mps:speed}; it reports {reported_mps:speed}.",
        "fr": "Ses positions impliquent {implied_mps:speed} ; il déclare {reported_mps:speed}.",
        "vi": "Các vị trí cho thấy {implied_mps:speed}; nó khai báo {reported_mps:speed}.",
    },
    "two_places": {
        "en": "The same serial is declared in two places {away_m:distance} apart.",
        "fr": "Le même numéro de série est déclaré en deux lieux distants de {away_m:distance}.",
        "vi": "Cùng một số sê-ri được khai ở hai nơi cách nhau {away_m:distance}.",
    },
    "operator_far": {
        "en": "Its operator is declared {away_m:distance} away, beyond radio range.",
        "fr": "Son opérateur est déclaré à {away_m:distance}, hors de portée radio.",
        "vi": "Người điều khiển được khai ở cách {away_m:distance}, ngoài tầm vô tuyến.",
    },
    "many_serials": {
        "en": "One transmitter declared {count:count} serials in 15 minutes.",
        "fr": "Un même émetteur a déclaré {count:count} numéros de série en 15 minutes.",
        "vi": "Một máy phát đã khai {count:count} số sê-ri trong 15 phút.",
    },
    "frozen": {
        "en": "Its place has not changed for {for_s:duration} while it reports {reported_mps:speed}.",
        "fr": "Sa position est figée depuis {for_s:duration} alors qu’il déclare {reported_mps:speed}.",
        "vi": "Vị trí không đổi trong {for_s:duration} trong khi khai báo {reported_mps:speed}.",
    },
    "serial_form": {
        "en": "Its serial does not have the form of ANSI/CTA-2063-A.",
        "fr": "Son numéro de série n’a pas la forme ANSI/CTA-2063-A.",
        "vi": "Số sê-ri không đúng dạng ANSI/CTA-2063-A.",
    },
    "no_place": {
        "en": "It repeats who it is and never says where.",
        "fr": "Il répète qui il est sans jamais dire où.",
        "vi": "Nó lặp lại danh tính mà không bao giờ báo vị trí.",
    },
}
MEASURES: Measures = {
    "implied_speed": ("{implied_mps:speed}", "{speed_mps:speed}"),
    "two_places": ("{away_m:distance}", "{twin_m:distance}"),
    "operator_far": ("{away_m:distance}", "{operator_m:distance}"),
    "many_serials": ("{count:count}", "{serials:count}"),
    "frozen": ("{for_s:duration}", "{frozen_s:duration}"),
}
WEIGHT = 0.5


def implausible_remote_id(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]:
    """One finding a declared identity."""
    senders = _senders(past)
    for subject, said in _by_subject(now, limits).items():
        recent = takewhile(
            lambda o: now.now_s - o.time_s <= limits.recent_s, reversed(past.claims.get(subject, ()))
        )
        reasons = tuple(_reasons(now, senders, limits, said, list(recent)[::-1]))
        if sum(r.weight for r in reasons) >= limits.enough:
            yield _finding(now, site, said[-1], reasons)


def _senders(past: Window) -> dict[str, list[Observation]]:
    """The last word of each subject of the window, by what sent it."""
    found: dict[str, list[Observation]] = {}
    for history in past.claims.values():
        if history[-1].transmitter is not None:
            found.setdefault(history[-1].transmitter, []).append(history[-1])
    return found


def _by_subject(now: Picture, limits: Limits) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for said in sorted(now.claims.values(), key=lambda c: c.latest.time_s):
        if said.subject.startswith("uas:") and now.now_s - said.latest.time_s <= limits.live_s:
            found.setdefault(said.subject, []).append(said)
    return found


def _finding(now: Picture, site: Site, said: Claim, reasons: tuple[Reason, ...]) -> Finding:
    o = said.latest
    where, move = None, None
    if o.lat_deg is not None and o.lon_deg is not None:
        x, y = now.plane.forward(o.lat_deg, o.lon_deg)
        where = now.place(float(x), float(y))
    if o.ground_speed_mps is not None:
        move = {"speed_mps": o.ground_speed_mps, "track_deg": o.track_deg or 0.0}
    params = {
        "serial": said.subject.removeprefix("uas:"), "declared": where, "motion": move, "count": len(reasons),
    }  # fmt: skip
    return Finding(
        subject=said.subject, reasons=reasons, consequence="order", time_left_s=float("inf"), params=params,
        lat_deg=o.lat_deg, lon_deg=o.lon_deg,
    )  # fmt: skip


def _reasons(
    now: Picture,
    senders: Mapping[str, Sequence[Observation]],
    limits: Limits,
    said: Sequence[Claim],
    history: Sequence[Observation],
) -> Iterator[Reason]:
    subject = said[0].subject
    placed = [o for o in history if o.lat_deg is not None and o.lon_deg is not None]
    yield from _implied_speed(limits, placed)
    yield from _two_places(limits, placed)
    yield from _operator_far(limits, said[-1].latest)
    yield from _many_serials(limits, senders.get(said[-1].transmitter or "", ()))
    yield from _frozen(limits, placed)
    if not _well_formed(subject.removeprefix("uas:")):
        yield _weak("serial_form", {}, said[-1].latest)
    if not placed and said[-1].count >= 10 and now.now_s - said[-1].first_s >= limits.frozen_s:
        yield _weak("no_place", {}, said[-1].latest)


def _well_formed(serial: str) -> bool:
    try:
        cta2063.decode(serial)
    except WireError:
        return False
    return True


def _weak(code: str, params: dict[str, float], *evidence: Observation) -> Reason:
    frames = tuple(dict.fromkeys(f"frame:{o.frame.hex()}" for o in evidence))
    return Reason(code=code, params=params, weight=WEIGHT, evidence=frames)


def _about_m(a: Observation, b: Observation) -> float:
    """As `_apart_m` within a per cent where it matters, and a hundred times faster."""
    lat, lon = math.radians(a.lat_deg or 0.0), math.radians(b.lon_deg or 0.0) - math.radians(a.lon_deg or 0.0)
    east = math.remainder(lon, math.tau) * math.cos(lat)
    return A_M * math.hypot(east, math.radians(b.lat_deg or 0.0) - lat)


def _apart_m(a: Observation, b: Observation) -> float:
    return float(distance_m(a.lat_deg or 0.0, a.lon_deg or 0.0, b.lat_deg or 0.0, b.lon_deg or 0.0))


def _implied_speed(limits: Limits, placed: Sequence[Observation]) -> Iterator[Reason]:
    """The second largest jump counts: one bad fix has two jumps, but a honest first fix only one."""
    jumps = []
    for a, b in pairwise([o for o in placed if o.transmitter == placed[-1].transmitter]):
        if 0.5 <= b.time_s - a.time_s <= 60.0 and b.ground_speed_mps is not None:
            jumps.append((_about_m(a, b) / (b.time_s - a.time_s) - b.ground_speed_mps, a, b))
    if len(jumps) < 2:
        return
    _, a, b = sorted(jumps, key=lambda j: -j[0])[1]
    params = {
        "implied_mps": _apart_m(a, b) / (b.time_s - a.time_s),
        "reported_mps": b.ground_speed_mps or 0.0,
    }
    if params["implied_mps"] - params["reported_mps"] > limits.speed_mps:
        yield _weak("implied_speed", params, a, b)


def _two_places(limits: Limits, placed: Sequence[Observation]) -> Iterator[Reason]:
    twins = [
        (_about_m(a, b), a, b)
        for a, b in pairwise(placed)
        if a.transmitter != b.transmitter and abs(b.time_s - a.time_s) <= limits.twin_s
    ]
    if twins:
        _, a, b = max(twins, key=lambda t: t[0])
        if (away_m := _apart_m(a, b)) > limits.twin_m:
            yield _weak("two_places", {"away_m": away_m}, a, b)


def _operator_far(limits: Limits, o: Observation) -> Iterator[Reason]:
    where = o.operator
    if where is None or where.lat_deg is None or where.lon_deg is None or o.lat_deg is None:
        return
    away = float(distance_m(o.lat_deg, o.lon_deg or 0.0, where.lat_deg, where.lon_deg))
    if away > limits.operator_m:
        yield _weak("operator_far", {"away_m": away}, o)


def _many_serials(limits: Limits, sent: Sequence[Observation]) -> Iterator[Reason]:
    if len(sent) >= limits.serials:
        yield _weak("many_serials", {"count": float(len(sent))}, *sent)


def _frozen(limits: Limits, placed: Sequence[Observation]) -> Iterator[Reason]:
    if not placed:
        return
    last = placed[-1]
    same = []
    for o in reversed(placed):
        if (o.lat_deg, o.lon_deg) != (last.lat_deg, last.lon_deg):
            break
        same.append(o)
    for_s = last.received_at_s - same[-1].received_at_s
    slowest = min((o.ground_speed_mps or 0.0) for o in same)
    if for_s >= limits.frozen_s and slowest > 2.0:
        yield _weak("frozen", {"for_s": for_s, "reported_mps": slowest}, same[-1], last)


def _flight(jump_deg: float) -> Scene:
    """A drone seen once in two seconds, whose operator stands 24 km away; every step moves it `jump_deg`."""
    far = Operator(lat_deg=LAT_DEG - 0.22, lon_deg=LON_DEG)
    said = [
        claim("uas:1588E040445AC004418", time_s=NOW_S - 2.0 * back, received_at_s=NOW_S - 2.0 * back,
              lat_deg=LAT_DEG + jump_deg * (back % 2), lon_deg=LON_DEG, ground_speed_mps=0.0, operator=far,
              transmitter="mac:02:00:00:00:00:01", frame=np.int64(back + 1).tobytes() * 2)
        for back in range(6, -1, -1)
    ]  # fmt: skip
    return scene(claims=said[-1:], history=[c.latest for c in said[:-1]])


def fires() -> Scene:
    """It jumps 400 m to and fro at a reported speed of 0, and its operator is 24 km away."""
    return _flight(0.0036)


def quiet() -> Scene:
    """It stands still; a far operator alone is one weak reason."""
    return _flight(0.0)
