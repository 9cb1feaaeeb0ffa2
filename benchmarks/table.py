"""Runs every benchmark in a process of its own and writes docs/bench.md: measured, asked, peer, ratio, met.

    table.py                 run all; the rows of each are kept in benchmarks/rows/NAME.jsonl
    table.py NAME...         run these only
    table.py --quick         run all at their smallest, show the table, write nothing
    table.py --soak FILE     take over the rows of the long campaigns, run nothing
    table.py --page          write the page again from the rows that are kept

The protocol is in benchmarks/README.md.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
ROWS = HERE / "rows"
PAGE = HERE.parent / "docs" / "bench.md"
LIMIT_S = 1800


class Row(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One figure. The fields are explained in benchmarks/README.md."""

    what: str
    measured: float | None
    unit: str
    asked: str
    peer: str
    peer_measured: float | None
    met: bool | None
    note: str = ""


class Run(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """When and on what the rows below it were measured."""

    at: str
    machine: str
    python: str
    pace_ms: tuple[float, float] | None = None
    """CPU of a fixed loop of Python right before and after: how fast the machine was just then."""


def names() -> list[str]:
    """Every benchmark: each script of this folder but this one and the peers' own."""
    scripts = {path.stem for path in HERE.glob("*.py")} - {"table"}
    return sorted(name for name in scripts if not name.startswith("peer_"))


def measure(name: str, *, quick: bool) -> list[Row]:
    """The rows of one benchmark. A benchmark that does not finish leaves a row that says so."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(["--quick"] if quick else [])]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return [failed(name, f"did not end within {LIMIT_S} s")]
    try:
        rows = parsed(done.stdout)
    except msgspec.MsgspecError as bad:
        return [failed(name, f"printed a row that is not one: {bad}")]
    if done.returncode:
        rows.append(failed(name, f"ended with {done.returncode}"))
    return rows or [failed(name, "printed no row")]


def failed(name: str, reason: str) -> Row:
    """The row of a benchmark that could not be run."""
    return Row(
        what=name, measured=None, unit="", asked="to run", peer="", peer_measured=None, met=False, note=reason
    )


def parsed(text: bytes) -> list[Row]:
    """Rows, one JSON object a line."""
    return [msgspec.json.decode(line, type=Row) for line in text.splitlines() if line.strip()]


def machine() -> str:
    """The processor and how many of it."""
    model = platform.processor() or platform.machine()
    if (cpuinfo := Path("/proc/cpuinfo")).is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        model = found[1] if found else model
    return f"{os.cpu_count()} × {model}"


def pace_ms() -> float:
    """CPU that a million squares take."""
    began = time.process_time()
    sum(i * i for i in range(1_000_000))
    return round(1000.0 * (time.process_time() - began), 0)


def keep(name: str, rows: list[Row], pace: tuple[float, float] | None = None) -> None:
    """Remember the rows of one benchmark, with the machine that they were measured on."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    run = Run(at=today, machine=machine(), python=platform.python_version(), pace_ms=pace)
    ROWS.mkdir(exist_ok=True)
    lines = [msgspec.json.encode(item) for item in (run, *rows)]
    (ROWS / f"{name}.jsonl").write_bytes(b"\n".join(lines) + b"\n")


def kept() -> dict[str, tuple[Run, list[Row]]]:
    """What was measured last, by benchmark."""
    found = {}
    for path in sorted(ROWS.glob("*.jsonl")):
        head, _, rest = path.read_bytes().partition(b"\n")
        found[path.stem] = (msgspec.json.decode(head, type=Run), parsed(rest))
    return found


def ratio(row: Row) -> str:
    """How many times better than the peer: less is better where `<=` is asked, or if the unit is no rate."""
    if not row.measured or not row.peer_measured:
        return ""
    is_rate = row.unit.startswith("1/") or row.unit.endswith("/s")
    less = row.asked.startswith("<") or (not row.asked.startswith(">") and not is_rate)
    times = row.peer_measured / row.measured if less else row.measured / row.peer_measured
    return f"{figure(times)} ×"


def figure(value: float | None) -> str:
    """Three significant digits; thousands apart."""
    if value is None:
        return "–"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 or rounded == int(rounded) else f"{rounded:g}"


def table(rows: list[Row]) -> str:
    """Rows as a table in Markdown."""
    lines = [
        "| what | measured | asked | peer | peer measured | ratio | met |",
        "|---|---:|---:|---|---:|---:|---|",
    ]
    for row in rows:
        met = {True: "yes", False: "**no**", None: "–"}[row.met]
        cells = [row.what, f"{figure(row.measured)} {row.unit}".strip(), row.asked, row.peer]
        cells += [figure(row.peer_measured) if row.peer else "", ratio(row), met]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    notes = [f"- {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join(lines + ([""] + notes if notes else []))


def page(found: dict[str, tuple[Run, list[Row]]]) -> str:
    """docs/bench.md."""
    every = [row for _, rows in found.values() for row in rows]
    asked = [row for row in every if row.met is not None]
    parts = [
        "# Bench",
        "Written by `make bench` and `make soak`, not by hand. Ratio: how many times better than the peer, "
        "measured in the same run. A machine that others share is not always as fast: a loop of a million "
        "squares in Python, with each part, tells how fast it was just then.",
        f"{sum(row.met is True for row in asked)} of {len(asked)} figures that were asked are met.",
    ]
    for name, (run, rows) in found.items():
        parts += [f"## {name}", f"{run.at}, {run.machine}, Python {run.python}{_paced(run)}.", table(rows)]
    return "\n\n".join(parts) + "\n"


def _paced(run: Run) -> str:
    if run.pace_ms is None:
        return ""
    before, after = run.pace_ms
    return f"; the loop took {before:.0f} ms before and {after:.0f} ms after"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--soak", type=Path)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names()):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are: {' '.join(names())}")
    if asked.soak:
        keep("soak", parsed(asked.soak.read_bytes()))
    bad = False
    for name in [] if asked.soak or asked.page else asked.names or names():
        print(f"{name} ...", file=sys.stderr, flush=True)
        before = pace_ms()
        rows = measure(name, quick=asked.quick)
        pace = (before, pace_ms())
        bad |= any(row.asked == "to run" for row in rows)
        print(table(rows), flush=True)
        if not asked.quick:
            keep(name, rows, pace)
    if not asked.quick:
        PAGE.write_text(page(kept()))
    sys.exit(bad)


if __name__ == "__main__":
    main()
