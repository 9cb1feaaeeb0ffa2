"""The documents are true: their commands run, their lists are current, their links lead somewhere."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi import errors

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
VERBS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
CI_STEPS = re.findall(r"^step (.+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
BLOCK = re.compile(r"^```sh( ci)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""Commands in a document. `sh`: run here. `sh ci`: too long for here; `.ci/run` runs them."""


def blocks(page: Path, *, ci: bool) -> list[str]:
    """The command blocks of one page, of one kind."""
    return [text for mark, text in BLOCK.findall(page.read_text()) if bool(mark) == ci]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, ci=False)], ids=name)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """In a folder that looks like the checkout, so that what they write lands elsewhere."""
    for entry in ROOT.iterdir():
        if entry.name not in {"out", ".git"}:
            (tmp_path / entry.name).symlink_to(entry)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for text in blocks(page, ci=False):
        command = ["sh", "-eux", "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_long_commands_of_a_page_are_run_by_ci(page: Path) -> None:
    for line in "".join(blocks(page, ci=True)).splitlines():
        assert any(step == line or step.startswith(f"{line} ") for step in CI_STEPS), (
            f"{line}: not in .ci/run"
        )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_verbs_and_links_that_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(r"`make ([a-z]+)[^`]*`", text)) <= VERBS
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_names_every_verb() -> None:
    text = (ROOT / "README.md").read_text()
    assert VERBS - {"lock"} <= set(re.findall(r"`make ([a-z]+)`", text))
    assert {"make demo\n", "make test\n"} <= set(blocks(ROOT / "README.md", ci=True))


def test_the_generated_lists_are_current() -> None:
    command = [sys.executable, str(ROOT / "docs" / "lists.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_bench_page_shows_the_rows_that_are_kept(tmp_path: Path) -> None:
    page = ROOT / "docs" / "bench.md"
    script = "import sys, table; sys.stdout.write(table.page(table.kept()))"
    command = [sys.executable, "-c", script]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks"), "PYTHONUTF8": "1"}
    shown = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout
    assert page.read_text() == shown


def test_the_architecture_names_everything_at_the_root() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"^\| \d+ \| `([a-z_]+(?:\.py|/))` \|", text, re.MULTILINE))
    here = ROOT / "src" / "beffroi"
    files = {path.name for path in here.glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {f"{path.parent.name}/" for path in here.glob("*/__init__.py")}
    assert named == files | folders


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """Every class of errors.py stands in the drawing, below its own parent and with its exit code."""
    drawn: list[tuple[int, str]] = []
    parents: dict[str, str | None] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│├└─ ]*)(\w+)  ", line):
            depth = len(found[1])
            drawn = [(d, n) for d, n in drawn if d < depth]
            parents[found[2]] = drawn[-1][1] if drawn else None
            drawn.append((depth, found[2]))
            if code := re.search(r"exit (\d)$", line):
                assert int(code[1]) == getattr(errors, found[2]).exit_code
    classes = {
        n: c for n, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__
    }
    assert set(parents) == set(classes)
    for child, parent in parents.items():
        assert classes[child].__bases__ == ((classes[parent],) if parent else (Exception,))


@pytest.mark.parametrize("title", ["A feed", "A sign", "A zone format"])
def test_a_recipe_has_at_most_ten_lines_and_ends_in_its_proof(title: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    recipe = text.partition(f"## {title}\n")[2].partition("\n## ")[0].strip().splitlines()
    assert 2 <= len(recipe) <= 10
    assert re.fullmatch(r"\d+\. Proof: `make test ONLY=\w+/NAME`", recipe[-1])
