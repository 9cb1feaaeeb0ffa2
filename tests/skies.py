"""Small skies made by hand: things that fly straight, that radars see, and what they say of themselves."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.observation import Class, Health, Observation, Operator, digest
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, site
from beffroi.sign import Sign
from beffroi.site import Authorisation, Place, Site, Source
from beffroi.watch import Step, Watch
from beffroi.zone import Circle, Text, Volume, Zone

PLANE = Plane.at(LAT_DEG, LON_DEG)
TICK_S = 0.25
START_S = NOW_S
SERIAL = "1588E040445AC004418"
GEOID_M = 44.0


class Flyer(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that flies straight, and what is known of it."""

    x_m: float
    y_m: float
    vx_mps: float = 0.0
    vy_mps: float = 0.0
    alt_m: float = 160.0
    from_s: float = 0.0
    to_s: float = 1e9
    radars: tuple[str, ...] = ("radar",)
    """Sources that see it."""
    serial: str | None = None
    """What it says it is; None: it says nothing."""
    transmitter: str = "mac:02:00:00:00:00:01"
    declared_m: tuple[float, float] = (0.0, 0.0)
    said: dict[str, Any] = {}
    """Other fields of its claims."""
    word: Class | None = None
    """What the radar calls it."""

    def at(self, since_s: float) -> tuple[float, float]:
        return self.x_m + self.vx_mps * since_s, self.y_m + self.vy_mps * since_s


def here(**more: Any) -> Site:
    """The hand-made site with its radar, and a receiver of Remote ID."""
    plain = site()
    heard = Source(id="rid", format="remote_id", link="udp://127.0.0.1:8601", period_s=1.0,
                   silent_after_s=1e6)  # fmt: skip
    return msgspec.structs.replace(plain, **({"source": (*plain.source, heard)} | more))


def place(**more: Any) -> Place:
    """`[site]` of the hand-made site, with other values."""
    return msgspec.structs.replace(site().site, **more)


def permit(serial: str, **more: Any) -> Authorisation:
    """A flight that is permitted within 2 km of the field, up to 300 m, that day."""
    said: dict[str, Any] = {
        "id": f"A-{serial}", "operator": "FRA1", "serial": serial, "lat_deg": LAT_DEG, "lon_deg": LON_DEG,
        "radius_m": 2000.0, "up_to_m": 300.0, "from_time": "2023-11-14T00:00:00Z",
        "to_time": "2023-11-16T00:00:00Z",
    }  # fmt: skip
    return Authorisation(**(said | more))


def ring(radius_m: float = 2000.0, x_m: float = 0.0, y_m: float = 0.0, **more: Any) -> Zone:
    """A prohibited circle round the field, up to 450 m."""
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    volume = Volume(
        shape=Circle(lat_deg=lat, lon_deg=lon, radius_m=radius_m), upper_m=450.0, upper_datum="AMSL"
    )
    said: dict[str, Any] = {"identifier": "RING", "country": "FRA", "restriction": "PROHIBITED",
                            "name": (Text(text="LFPX ring"),), "volumes": (volume,)}  # fmt: skip
    return Zone(**(said | more))


def plot(source: str, x_m: float, y_m: float, alt_m: float, time_s: float, **more: Any) -> Observation:
    """What a radar says: a place within 10 m, a height within 15."""
    lat, lon = (float(v) for v in PLANE.inverse(x_m, y_m))
    frame = digest(f"{source} {time_s} {x_m}".encode())
    said: dict[str, Any] = {
        "kind": "plot", "time_s": time_s, "received_at_s": time_s, "source": source, "frame": frame,
        "lat_deg": lat, "lon_deg": lon, "horizontal_sigma_m": 10.0, "alt_msl_m": alt_m,
        "vertical_sigma_m": 15.0,
    }  # fmt: skip
    return Observation(**(said | more))


def claim(flyer: Flyer, since_s: float) -> Observation:
    """What a drone says of itself."""
    x, y = flyer.at(since_s)
    lat, lon = (float(v) for v in PLANE.inverse(x + flyer.declared_m[0], y + flyer.declared_m[1]))
    at_s = START_S + since_s
    said: dict[str, Any] = {
        "kind": "claim", "time_s": at_s, "received_at_s": at_s, "source": "rid",
        "subject": f"uas:{flyer.serial}", "transmitter": flyer.transmitter,
        "frame": digest(f"{flyer.transmitter} {at_s}".encode()), "lat_deg": lat, "lon_deg": lon,
        "horizontal_sigma_m": 5.0, "alt_wgs84_m": flyer.alt_m + GEOID_M, "classes": {"drone": 1.0},
        "ground_speed_mps": float(np.hypot(flyer.vx_mps, flyer.vy_mps)),
        "track_deg": float(np.degrees(np.arctan2(flyer.vx_mps, flyer.vy_mps)) % 360.0),
        "operator": Operator(lat_deg=lat, lon_deg=lon),
    }  # fmt: skip
    return Observation(**(said | flyer.said))


def sky(flyers: Sequence[Flyer], seconds: float, seed: int = 1) -> list[tuple[float, list[Observation]]]:
    """Ticks of 250 ms: once a second every radar looks and says that it lives, and every drone speaks."""
    rng = np.random.default_rng(seed)
    radars = sorted({radar for f in flyers for radar in f.radars})
    ticks = []
    for number in range(round(seconds / TICK_S)):
        since_s = number * TICK_S
        heard = [o for k, f in enumerate(flyers) for o in _tick(f, k, number, since_s, rng)]
        if number % 4 == 0:
            heard += [alive(radar, START_S + since_s) for radar in radars]
        ticks.append((START_S + since_s, heard))
    return ticks


def alive(source: str, time_s: float) -> Observation:
    """A north mark."""
    return Observation(
        kind="health", time_s=time_s, received_at_s=time_s, source=source, health=Health(state="ok")
    )


def _tick(
    flyer: Flyer, number: int, tick: int, since_s: float, rng: np.random.Generator
) -> Iterator[Observation]:
    if not flyer.from_s <= since_s < flyer.to_s:
        return
    if tick % 4 == 0:
        for source in flyer.radars:
            (x, y), noise = flyer.at(since_s), rng.normal(0.0, 1.0, 3)
            words = {flyer.word: 0.8} if flyer.word else None
            yield plot(source, x + 10 * noise[0], y + 10 * noise[1], flyer.alt_m + 15 * noise[2],
                       START_S + since_s, classes=words)  # fmt: skip
    if tick % 4 == 1 + number % 3 and flyer.serial:
        yield claim(flyer, since_s)


def watch(at: Site | None = None, zones: Iterable[Zone] = ()) -> Watch:
    """A watch over the hand-made site."""
    return Watch(at or here(), list(zones))


def steps(run: Watch, ticks: Iterable[tuple[float, list[Observation]]]) -> Iterator[Step]:
    """The steps of a watch over ticks."""
    for now_s, heard in ticks:
        yield run.step(heard, now_s)


def changes(run: Watch, ticks: Iterable[tuple[float, list[Observation]]], rule: str = "") -> list[Sign]:
    """Every change of a sign, of one rule if it is named."""
    return [s for step in steps(run, ticks) for s in step.signs if rule in ("", s.rule)]
