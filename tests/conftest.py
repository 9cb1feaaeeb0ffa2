"""Fixtures of the whole suite. A long campaign runs at a tenth, and in full with BEFFROI_SOAK=1.

In `make soak` each test that ran one leaves a row for the bench table (see benchmarks/README.md).
"""

import json
import os
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
"""What a property says does not depend on how busy the machine is."""

SOAK = os.environ.get("BEFFROI_SOAK") == "1"
ROUNDS: list[int] = []
"""What the running test asked of its campaigns."""


@pytest.fixture(scope="session")
def campaign() -> Callable[[int], int]:
    """How many rounds of a campaign to run: all in `make soak`, a tenth (at least 1) otherwise."""

    def rounds(full_count: int) -> int:
        ROUNDS.append(full_count if SOAK else max(1, full_count // 10))
        return ROUNDS[-1]

    return rounds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a campaign came to, where `BEFFROI_SOAK_ROWS` names a file."""
    report = yield
    kept = os.environ.get("BEFFROI_SOAK_ROWS")
    if call.when == "call":
        if kept and ROUNDS:
            with Path(kept).open("a") as rows:
                rows.write(json.dumps(soak_row(item, report)) + "\n")
        ROUNDS.clear()
    return report


def soak_row(item: pytest.Item, report: pytest.TestReport) -> dict[str, Any]:
    """The row of one campaign: its rounds, and whether every one of them held."""
    held = f"{report.duration:.0f} s" if report.passed else "a round failed"
    what = re.sub(r"tests/|test_|\.py", "", item.nodeid).replace("::", ": ").replace("_", " ")
    asked = f"= {sum(ROUNDS)}" if SOAK else ""
    figures = {"measured": sum(ROUNDS), "unit": "rounds", "asked": asked, "met": report.passed}
    return {"what": what, "peer": "", "peer_measured": None, "note": held, **figures}
