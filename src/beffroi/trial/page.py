"""Page: the outcome of a trial as one HTML file: no script, no request, light and dark, printable.

All text from outside (names of sensors, targets and files, reasons in notes) is escaped.
"""

from collections.abc import Sequence
from importlib.resources import files

from beffroi.trial import words
from beffroi.trial.drawing import clean, pictures, timeline
from beffroi.trial.outcome import Trial
from beffroi.trial.report import Report, Section, sections, span

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
LONGEST = 300
"""Characters of outside text that are shown."""

STYLE = (files("beffroi.trial") / "page.css").read_text("utf-8")

LEGEND = (
    ('<path class="truth" d="M4 5h20"/>', "truth"),
    ('<path class="track" d="M0 5h28"/>', "track on a target"),
    ('<path class="missed" d="M0 5h28"/>', "truth without a track"),
    ('<path class="false" d="M2 3l4 4m0 -4l-4 4M12 3l4 4m0 -4l-4 4M22 3l4 4m0 -4l-4 4"/>', "false track"),
    ('<path class="dots" d="M4 5h0M14 5h0M24 5h0"/>', "report"),
    ('<path class="sensor" d="M14 0l5 9h-10z"/>', "sensor"),
    ('<circle class="start" cx="14" cy="5" r="3.5"/>', "first fix"),
)
LANES = (
    ('<rect class="volume" width="28" height="10"/>', "target in the volume, truth known"),
    ('<path class="ticks" d="M6 0v10M14 0v10M22 0v10"/>', "report on the target"),
    ('<rect class="held" y="1" width="28" height="8"/>', "the target has a track"),
    ('<path class="notch" d="M14 0v10"/>', "another track takes over"),
)


def page(made: Trial) -> str:
    """The whole page."""
    report = made.report
    body = [
        "<h1>Trial</h1>",
        f'<p class="sub">{_subtitle(report)}</p>',
        _key(report),
        _notes(report.notes),
        f'<section class="keep"><h2>Who saw what when</h2>{_legend(LANES)}'
        f'<figure class="scroll">{timeline(made)}</figure></section>',
        *(_table(section, "h2") for section in sections(report)),
        "<h2>Tracks over truth</h2>",
        _legend(LEGEND),
        *(
            f'<section class="keep"><h3>{_outside(n)}</h3><figure class="pair">{drawn}</figure></section>'
            for n, drawn in pictures(made)
        ),
        *(_target(report, name) for name in report.targets if len(report.targets) > 1),
        _meanings(report),
        _footer(report),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Trial: {clean(', '.join(report.targets))}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _outside(text: str, longest: int = LONGEST) -> str:
    """Outside text, escaped, its writing direction kept to itself."""
    return f"<bdi>{clean(text, longest)}</bdi>"


def _subtitle(report: Report) -> str:
    names = ", ".join(f"{_outside(n, 60)} ({clean(k)})" for n, k in report.targets.items())
    return f"{names}. {span(report.from_s, report.to_s)}."


def _key(report: Report) -> str:
    """Four figures of all sensors together, or of the only one."""
    if not report.tracking:
        return ""
    name, best = report.tracking[0].line, report.tracking[0].all
    cells = (
        (words.times(best.time_to_track_s), "s", "to the first track"),
        (words.percent(best.tracked), "%", "of the time tracked"),
        (words.number(best.horizontal_m.median if best.horizontal_m else None), "m", "median position error"),
        (words.number(best.false_tracks_per_sensor_hour), "", "false tracks a sensor-hour"),
    )
    boxes = [
        f"<div><b>{value}{f' {unit}' if unit and value[0].isdigit() else ''}</b>"
        f"<span>{what}</span><span>{_outside(name, 40)}</span></div>"
        for value, unit, what in cells
    ]
    return f'<div class="key">{"".join(boxes)}</div>'


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{_outside(note, 400)}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>'


def _legend(rows: Sequence[tuple[str, str]]) -> str:
    items = "".join(f'<li><svg viewBox="0 0 28 10">{mark}</svg>{words}</li>' for mark, words in rows)
    return f'<ul class="legend">{items}</ul>'


def _table(section: Section, head: str) -> str:
    """A figure a row, a sensor or line a column."""
    heads = "".join(f'<th scope="col">{_outside(name, 40)}</th>' for name, _ in section.columns)
    lines = "".join(
        f'<tr><th scope="row">{clean(f.heading)}</th>'
        + "".join(f"<td>{f.show(of)}</td>" for _, of in section.columns)
        + "</tr>"
        for f in section.figures
    )
    return (
        f'<section class="keep"><{head}>{section.theme}</{head}><div class="scroll"><table>'
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{lines}</tbody></table></div></section>"
    )


def _target(report: Report, name: str) -> str:
    """The figures of one target of several."""
    tables = "".join(_table(section, "h3") for section in sections(report, name))
    return f"<h2>Target {_outside(name, 60)}</h2>{tables}"


def _meanings(report: Report) -> str:
    shown = [f for section in sections(report) for f in section.figures]
    lines = "".join(
        f"<tr><td>{clean(f.name)}</td><td>{clean(f.meaning, 999)}</td><td>{clean(f.source, 999)}</td></tr>"
        for f in shown
    )
    return (
        "<h2>What the figures mean</h2>"
        "<p>Detection, tracking and identification are the three functions that CEN CWA 18150 judges. "
        f"A report or track is on a target within {words.number(report.gate_m, 0)} m of it. "
        f"Tracks are looked at every {report.step_s:g} s.</p>"
        '<div class="scroll"><table class="left"><thead><tr>'
        f"<th>Figure</th><th>Meaning</th><th>Source</th></tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _footer(report: Report) -> str:
    asked = f"{report.range_m:g} m around each sensor" if report.range_m else "as the site says"
    parts = (
        f"Logs: {', '.join(_outside(log) for log in report.logs)}.",
        f"Truth: {', '.join(_outside(file) for file in report.truth)}, moved by {report.shift_s:g} s.",
        f"Site: {_outside(report.site) if report.site else 'none'}. Volume: {asked}.",
        f"Made by {clean(report.made_by)}.",
    )
    return f"<footer>{'<br>'.join(parts)}</footer>"
