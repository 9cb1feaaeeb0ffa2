"""The audit log: entries a second that are on the disk when `log` returns, with one caller and with many.

Each caller waits for its entry before it logs the next, as the threads of a server do: `synchronous=FULL`,
one transaction for all that wait. Then the whole log is examined against a checkpoint, and one entry proven.
"""

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from beffroi.store import ledger
from beffroi.store.audit import Audit, Entry
from beffroi.store.records import Records

ASKED = 1000


def row(
    what: str, measured: float, unit: str, asked: str = "", met: bool | None = None, note: str = ""
) -> None:
    """Print a row of the bench table."""
    figures = {"what": what, "measured": round(measured, 3), "unit": unit, "asked": asked, "met": met}
    print(json.dumps(figures | {"peer": "", "peer_measured": None, "note": note}), flush=True)


def read(number: int) -> Entry:
    """A read of a case."""
    return Entry(at_s=time.time(), by=f"person:{number % 40}", role="operator", action="read.case",
                 subject=f"case:{number % 1000}", purpose="duty")  # fmt: skip


def log_rows(audit: Audit, directory: Path, each: int) -> None:
    """Log with 1, 8 and 32 callers."""
    for callers in (1, 8, 32):
        count = each * callers
        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(audit.log, map(read, range(callers))))  # the threads are there
            began_s = time.perf_counter()
            list(pool.map(audit.log, map(read, range(count))))
            rate = count / (time.perf_counter() - began_s)
        asked = f">= {ASKED}" if callers == 32 else ""
        note = f"this disk does {syncs(directory):.0f} syncs a second" if callers == 1 else ""
        row(
            f"audit log, {callers} callers, durable",
            rate,
            "1/s",
            asked,
            rate >= ASKED if asked else None,
            note,
        )


def syncs(directory: Path) -> float:
    """How often a second this disk writes a page for good: what one caller alone cannot pass."""
    file = os.open(directory / "sync", os.O_WRONLY | os.O_CREAT)
    began_s, times = time.perf_counter(), 50
    for _ in range(times):
        os.pwrite(file, bytes(4096), 0)
        os.fsync(file)
    os.close(file)
    return times / (time.perf_counter() - began_s)


def examine_rows(audit: Audit, records: Records, count: int) -> None:
    """Examine `count` entries and prove one."""
    there = len(audit.entries(0, 10**9))
    with records.change() as db:
        ledger.extend(db, [read(n) for n in range(count - there)])
    checkpoint = audit.checkpoint()
    began_s = time.process_time()
    found = audit.verify(checkpoint)
    took_s = time.process_time() - began_s
    if found.faults or found.size != count:
        raise SystemExit(f"{found.size} entries: {found.faults}")
    row(f"audit log, {count} entries, verify", took_s, "s CPU")
    began_s = time.process_time()
    audit.prove(count // 2)
    row(f"audit log, {count} entries, prove one", time.process_time() - began_s, "s CPU")
    with records.snapshot() as db:
        pages = db.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        row(f"audit log, {count} entries, on disk", int(pages.scalar_one()) / count, "bytes an entry")


def main() -> None:
    """Print the rows."""
    words = argparse.ArgumentParser()
    words.add_argument("--quick", action="store_true")
    quick = words.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        records = Records.within(directory)
        audit = Audit(records, time.time, directory, {"log.reads": "on"})
        log_rows(audit, directory, 20 if quick else 400)
        examine_rows(audit, records, 5_000 if quick else 100_000)
        audit.close()
        records.close()


if __name__ == "__main__":
    main()
