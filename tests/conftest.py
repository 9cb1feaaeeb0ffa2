"""Fixtures of the whole suite. A long campaign runs at a tenth, and in full with BEFFROI_SOAK=1."""

import os
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def campaign() -> Callable[[int], int]:
    """How many rounds of a campaign to run: all in `make soak`, a tenth (at least 1) otherwise."""
    soak = os.environ.get("BEFFROI_SOAK") == "1"
    return lambda full_count: full_count if soak else max(1, full_count // 10)
