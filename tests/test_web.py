"""The console's own sources in web/: their types, and their tests of everything that needs no browser."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[1] / "web"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None or not (WEB / "node_modules").is_dir(),
    reason="needs Node and web/node_modules; `make demo` gets the second where the npm registry is reached",
)


def node(*command: str) -> None:
    """Run a tool of web/node_modules."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, *command], cwd=WEB, env=os.environ | {"NO_COLOR": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@needs_node
def test_its_types_hold() -> None:
    node("node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings")


@needs_node
def test_what_needs_no_browser() -> None:
    node("node_modules/vitest/vitest.mjs", "run", "--reporter=tap")
