"""Truth: where the targets of a trial really were, from their GPS loggers. GPX 1.1 or CSV.

GPX (Topografix GPX 1.1): each `trk` is a target, its `name` the name and its `type` the class; a `trkpt`
needs `time`; `ele` is taken above mean sea level. CSV: see `rows`; the column `target` names the target,
`class` what it is, `alt_m` is above mean sea level and `alt_wgs84_m` above the ellipsoid.

A target whose name is a subject key (`uas:1588E040445AC004418`) is expected under that identity.
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import msgspec
import numpy as np

from beffroi.errors import InputError, LinkError, PlotError
from beffroi.observation import Class
from beffroi.subject import KINDS, kind_of, value_of
from beffroi.track import F
from beffroi.trial import rows

LARGEST_BYTES = 64 * 1024 * 1024
CLASSES: tuple[str, ...] = get_args(Class)


class Target(msgspec.Struct, kw_only=True):
    """One target: its fixes by time, (n,) each, no time twice."""

    name: str
    kind: Class = "drone"
    time_s: F
    lat_deg: F
    lon_deg: F
    alt_msl_m: F
    """NaN = not known."""
    alt_wgs84_m: F

    @property
    def subject(self) -> str | None:
        """The identity that it is expected under, if its name is one."""
        known = kind_of(self.name) in KINDS and bool(value_of(self.name))
        return self.name if known else None


class Fix(msgspec.Struct, kw_only=True):
    """One fix of one target."""

    place: str
    """Where it stands in its file."""
    target: str
    kind: str | None
    time_s: float
    lat_deg: float
    lon_deg: float
    alt_msl_m: float | None = None
    alt_wgs84_m: float | None = None


def read(paths: Iterable[Path]) -> list[Target]:
    """The targets of all files, by name. Raises PlotError with file and line, LinkError."""
    targets: dict[str, list[Fix]] = {}
    for path in paths:
        text = text_of(path)
        fixes = _gpx(text, path) if text.lstrip()[:1] == "<" else _csv(text, path)
        if not fixes:
            raise PlotError(str(path), "holds no fix")
        for fix in fixes:
            targets.setdefault(fix.target, []).append(fix)
    return [_target(name, of_it) for name, of_it in targets.items()]


def text_of(path: Path) -> str:
    """A text file. Raises LinkError if it cannot be read, InputError if it is too large or no UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as bad:
        raise LinkError(str(path), bad.strerror or str(bad)) from bad
    if len(raw) > LARGEST_BYTES:
        raise InputError(str(path), f"larger than {LARGEST_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}, byte {bad.start}", "this is no UTF-8 text") from bad


def _csv(text: str, path: Path) -> list[Fix]:
    return [
        Fix(
            place=f"{path}, line {row.line}",
            target=row.words["target"] or path.stem,
            kind=row.words["class"],
            time_s=row.time_s,
            lat_deg=row.lat_deg,
            lon_deg=row.lon_deg,
            alt_msl_m=row.numbers.get("alt_msl_m"),
            alt_wgs84_m=row.numbers.get("alt_wgs84_m"),
        )
        for row in rows.rows(text, str(path))
    ]


def _gpx(text: str, path: Path) -> list[Fix]:
    if re.search(r"<!(DOCTYPE|ENTITY)", text):
        raise PlotError(str(path), "a document type is not read: GPX has none")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as bad:
        raise PlotError(f"{path}, line {bad.position[0]}", f"this is no XML: {bad}") from bad
    if _tag(root) != "gpx":
        raise PlotError(str(path), f"this is <{_tag(root)}>, not <gpx>")
    fixes: list[Fix] = []
    tracks = [e for e in root if _tag(e) == "trk"]
    for number, track in enumerate(tracks, 1):
        words = {_tag(e): (e.text or "").strip() for e in track if _tag(e) in ("name", "type")}
        name = words.get("name") or (path.stem if len(tracks) == 1 else f"{path.stem} {number}")
        points = [p for segment in track if _tag(segment) == "trkseg" for p in segment if _tag(p) == "trkpt"]
        kind = words.get("type", "").lower()
        for at, point in enumerate(points, 1):
            place = f"{path}, trk {number}, trkpt {at}"
            fixes.append(_point(point, place, name, kind if kind in CLASSES else None))
    return fixes


def _point(point: ElementTree.Element, place: str, name: str, kind: str | None) -> Fix:
    said = {_tag(e): (e.text or "").strip() for e in point}
    if not said.get("time"):
        raise PlotError(place, "has no time")
    try:
        lat, lon = (float(point.get(key, "nan")) for key in ("lat", "lon"))
        alt = float(said["ele"]) if said.get("ele") else None
        time_s = rows.moment_s(said["time"])
    except ValueError as bad:
        raise PlotError(place, str(bad)) from bad
    if not (abs(lat) <= 90 and abs(lon) <= 180) or not (alt is None or math.isfinite(alt)):
        raise PlotError(place, f"latitude {lat}, longitude {lon}, elevation {alt} cannot be")
    return Fix(place=place, target=name, kind=kind, time_s=time_s, lat_deg=lat, lon_deg=lon, alt_msl_m=alt)


def _tag(element: ElementTree.Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]


def _target(name: str, fixes: list[Fix]) -> Target:
    """The fixes of one target. The same fix twice is one; two places at one time are refused."""
    kept: list[Fix] = []
    for fix in sorted(fixes, key=lambda f: f.time_s):
        if not kept or fix.time_s > kept[-1].time_s:
            kept.append(fix)
        elif (fix.lat_deg, fix.lon_deg) != (kept[-1].lat_deg, kept[-1].lon_deg):
            raise PlotError(fix.place, f"{name} is at two places at one time (see {kept[-1].place})")
    kinds = {fix.kind for fix in fixes if fix.kind}
    if bad := [k for k in kinds if k not in CLASSES]:
        raise PlotError(fixes[0].place, f"class {bad[0]!r} is none of {' '.join(CLASSES)}")
    if len(kinds) > 1:
        raise PlotError(fixes[0].place, f"{name} has several classes: {', '.join(sorted(kinds))}")
    return Target(
        name=name,
        kind=next(iter(kinds), "drone"),  # type: ignore[arg-type]
        time_s=np.array([f.time_s for f in kept]),
        lat_deg=np.array([f.lat_deg for f in kept]),
        lon_deg=np.array([f.lon_deg for f in kept]),
        alt_msl_m=np.array([f.alt_msl_m for f in kept], dtype=np.float64),
        alt_wgs84_m=np.array([f.alt_wgs84_m for f in kept], dtype=np.float64),
    )
