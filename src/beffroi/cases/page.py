"""Page: a report as one HTML page that needs nothing else, reads well on paper, and runs nothing.

The page has no script; its style is one fixed text whose hash stands in `POLICY` (CSP level 3, §2.3.1), so it
may be served and saved. Every text that came from outside is escaped here and nowhere else.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

import msgspec

from beffroi.cases.report import Line, Look, Minutes, Report, SignStory, stamp
from beffroi.kernels.geodesy import Plane
from beffroi.sign import FlightEffect
from beffroi.site import Language

_FILES = files("beffroi.cases")
STYLE = _FILES.joinpath("page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"sandbox; default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'"
"""The content policy to serve it with."""

WORDS: dict[Language, dict[str, str]] = msgspec.toml.decode(_FILES.joinpath("page.toml").read_bytes())
"""Headings and labels."""

Images = Mapping[str, tuple[str, bytes]]
"""Digest of a file → media type and bytes, of what is to be shown in the page."""
SHOWN = ("image/jpeg", "image/png")
MAP_PX = (960, 480)


def page(report: Report, images: Images | None = None) -> str:
    """The page, UTF-8 text."""
    words = WORDS[report.language]
    title = f"{words['title']} {report.case.key}"
    body = "".join(_body(report, words, images or {}))
    return (
        f'<!doctype html><html lang="{report.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}: {escape(report.case.title)}</h1>{body}"
        "</body></html>"
    )


def _body(report: Report, words: Mapping[str, str], images: Images) -> Iterator[str]:
    case = report.case
    if case.exercise:
        yield f'<p class="unreal">{words["exercise"]}</p>'
    if case.simulated or any(s.simulated for s in report.signs):
        yield f'<p class="unreal">{words["simulated"]}</p>'
    yield _facts(report, words)
    yield f"<h2>{words['map']}</h2>" + _map(report)
    yield f"<h2>{words['signs']}</h2>" + ("".join(_sign(s, words) for s in report.signs) or _none(words))
    yield _table(words, "timeline", ("time", "who", "what", "text"), map(_line, report.timeline))
    closures = ((stamp(c.since_s), c.by, f"{c.place}: {c.state}", c.why) for c in report.closures)
    yield _table(words, "runways", ("time", "who", "what", "why"), closures)
    yield _table(words, "lost", ("place", "lost", "predicted"), map(_minutes, report.minutes))
    yield _table(words, "flights", ("flight", "runway", "distance"), map(_flight, report.flights))
    yield _table(words, "looks", ("time", "who", "what", "purpose"), map(_look, report.looks))
    yield f"<h2>{words['files']}</h2>" + ("".join(_files(report, words, images)) or _none(words))


def _facts(report: Report, words: Mapping[str, str]) -> str:
    case = report.case
    facts = (
        ("site", report.site), ("kind", case.kind), ("phase", case.phase), ("owner", case.owner or "–"),
        ("opened", stamp(case.opened_s)), ("closed", stamp(case.closed_s) if case.closed_s else "–"),
        ("outcome", f"{case.outcome or '–'} {case.outcome_reason}".strip()),
        ("made", f"{stamp(report.made_s)} {words['by']} {report.made_by}"),
    )  # fmt: skip
    return "<dl>" + "".join(f"<dt>{words[k]}</dt><dd>{escape(v)}</dd>" for k, v in facts) + "</dl>"


def _sign(sign: SignStory, words: Mapping[str, str]) -> str:
    over = stamp(sign.over_s) if sign.over_s else "–"
    reasons = "".join(
        f"<li>{words['for' if r.speaks_for else 'against']}: {escape(r.text)}</li>" for r in sign.reasons
    )
    return (
        f"<h3>{escape(sign.headline)} ({escape(sign.priority)})</h3><p>{escape(sign.sentence)}</p>"
        f"<p>{stamp(sign.opened_s)} – {over}</p><ul>{reasons}</ul>"
    )


def _line(line: Line) -> tuple[str, ...]:
    return stamp(line.at_s), line.by or "Beffroi", f"{line.about} {line.code}", line.text


def _minutes(minutes: Minutes) -> tuple[str, ...]:
    predicted = "–" if minutes.predicted is None else f"{minutes.predicted:.1f}"
    return minutes.place, f"{minutes.measured:.1f}", predicted


def _flight(flight: FlightEffect) -> tuple[str, ...]:
    return flight.callsign, flight.runway or "–", f"{flight.distance_m:.0f}"


def _look(look: Look) -> tuple[str, ...]:
    return stamp(look.at_s), look.by, f"{look.action} {look.subject}", look.purpose


def _table(
    words: Mapping[str, str], title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    if not lines:
        return f"<h2>{words[title]}</h2>{_none(words)}"
    head = "".join(f'<th scope="col">{words[c]}</th>' for c in columns)
    return f"<h2>{words[title]}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _none(words: Mapping[str, str]) -> str:
    return f"<p>{words['none']}.</p>"


def _files(report: Report, words: Mapping[str, str], images: Images) -> Iterator[str]:
    for file in report.files:
        seen = f", {words['camera']} {file.camera}" if file.camera else ""
        if file.bearing_deg is not None:
            seen += f", {words['looked']} {file.bearing_deg:03.0f}°"
        media_type, data = images.get(file.digest, ("", b""))
        shown = ""
        if media_type in SHOWN:
            url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
            shown = f'<img alt="{escape(file.name)}" src="{url}">'
        caption = f"{stamp(file.at_s)} {file.name}{seen}, SHA-256 {file.digest}"
        yield f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def _map(report: Report) -> str:
    """Runways, the path of the object and where it was last, on a plane round the case; north is up."""
    ends = [(lat, lon) for _, a, b, c, d in report.runways for lat, lon in ((a, b), (c, d))]
    path = [(p.lat_deg, p.lon_deg) for p in report.path]
    case = report.case
    last = [(case.lat_deg, case.lon_deg)] if case.lat_deg is not None and case.lon_deg is not None else []
    if not (places := [*ends, *path, *last]):
        return ""
    plane = Plane.at(sum(p[0] for p in places) / len(places), sum(p[1] for p in places) / len(places))
    x_m, y_m = plane.forward([p[0] for p in places], [p[1] for p in places])
    width_px, height_px = MAP_PX
    reach_m = max(float(abs(x_m).max()) / width_px, float(abs(y_m).max()) / height_px, 1.0) * 2.2
    at = [(width_px / 2 + x / reach_m, height_px / 2 - y / reach_m) for x, y in zip(x_m, y_m, strict=True)]
    runways, line, spot = at[: len(ends)], at[len(ends) : len(ends) + len(path)], at[len(ends) + len(path) :]
    drawn = [
        f'<path d="M{a[0]:.1f} {a[1]:.1f} {b[0]:.1f} {b[1]:.1f}" stroke="#34424d" stroke-width="5"/>'
        f'<text x="{b[0]:.1f}" y="{b[1] - 8:.1f}" font-size="14">{escape(name)}</text>'
        for (name, *_), a, b in zip(report.runways, runways[::2], runways[1::2], strict=True)
    ]
    if line:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="#c4003b" stroke-width="1.8"/>')
    drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#c4003b"/>' for x, y in spot]
    return f'<svg viewBox="0 0 {width_px} {height_px}" role="img">{"".join(drawn)}</svg>'
