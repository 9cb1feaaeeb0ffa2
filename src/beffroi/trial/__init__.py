"""Trial: the detection, tracking and identification figures of a sensor set, after CEN CWA 18150.

Logs of the sensors and the GPS tracks of the targets go in; out come figures for each sensor alone, for the
tracks that it gives itself, and for all sensors together: a table, an HTML page and JSON. The logs go through
the watch's own intake and tracker, tick by tick, as they would live.
"""

from collections.abc import Sequence
from pathlib import Path

from beffroi import site as sites
from beffroi import zones
from beffroi.errors import StoreError
from beffroi.trial import page, report
from beffroi.trial.judge import Terms, trial
from beffroi.trial.outcome import Trial
from beffroi.trial.truth import text_of

__all__ = ["Terms", "Trial", "run", "trial"]

PAGE, JSON = "trial.html", "trial.json"


def run(
    logs: Sequence[str],
    truth: Sequence[Path],
    out: Path,
    site: Path | None = None,
    terms: Terms | None = None,
) -> str:
    """Judge a trial; the table as text. `out` gets `trial.html` and `trial.json`.

    Raises UseError, LinkError, StoreError, SiteError, PlotError, InputError, MissingPart.
    """
    read = zones.with_runways(sites.read(text_of(site))) if site else None
    made = trial(logs, truth, read, terms)
    made.report.site = str(site) if site else None
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / PAGE).write_text(page.page(made), "utf-8")
        (out / JSON).write_bytes(report.json(made.report))
    except OSError as bad:
        raise StoreError(str(out), f"cannot be written: {bad.strerror}") from bad
    return report.text(made.report)
