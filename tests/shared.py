"""Where the recordings for tests lie: the folder `shared` beside the checkout, or `BEFFROI_SHARED`."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("BEFFROI_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DATA = SHARED / "data"
BENCH = SHARED / "bench"

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recordings are not here: put the folder `shared` beside the checkout"
)
