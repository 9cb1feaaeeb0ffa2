"""The build of the web files: when it is due, what it runs, and that what it cannot do it says."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
import hatch_build  # noqa: E402


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose web files were built a moment ago."""
    monkeypatch.delenv("BEFFROI_NO_WEB", raising=False)
    for name in (
        "web/package.json",
        "web/package-lock.json",
        "web/src/main.ts",
        "src/beffroi/console/web/index.html",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (1000.0, 1000.0))
    return tmp_path


def test_nothing_is_done_where_what_is_built_is_as_new_as_its_sources(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert not hatch_build.is_due(checkout)
    assert hatch_build.build(checkout) is None


def test_it_is_due_where_a_source_is_newer_or_nothing_is_built(checkout: Path) -> None:
    (checkout / "web/node_modules/vite").mkdir(parents=True)
    (checkout / "web/node_modules/vite/x.js").write_text("")
    assert not hatch_build.is_due(checkout)
    os.utime(checkout / "web/src/main.ts", (1001.0, 1001.0))
    assert hatch_build.is_due(checkout)
    os.utime(checkout / "web/src/main.ts", (999.0, 999.0))
    (checkout / hatch_build.BUILT / "index.html").unlink()
    assert hatch_build.is_due(checkout)


def test_a_switch_skips_it_and_so_does_a_package_without_sources(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / hatch_build.BUILT / "index.html").unlink()
    monkeypatch.setenv("BEFFROI_NO_WEB", "1")
    assert not hatch_build.is_due(checkout)
    monkeypatch.delenv("BEFFROI_NO_WEB")
    shutil.rmtree(checkout / "web")
    assert not hatch_build.is_due(checkout)


def test_without_a_node_it_says_so_and_goes_on(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / hatch_build.BUILT / "index.html").unlink()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(hatch_build, "find_spec", lambda name: None)
    assert "20.19" in (hatch_build.build(checkout) or "")


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm on this machine")
def test_what_npm_says_is_passed_on(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that nobody serves."""
    (checkout / hatch_build.BUILT / "index.html").unlink()
    lock = (
        '{"name":"x","lockfileVersion":3,"packages":{"":{"dependencies":{"svelte":"5.0.0"}},'
        '"node_modules/svelte":{"version":"5.0.0","integrity":"sha512-AAAA"}}}'
    )
    (checkout / "web/package.json").write_text('{"name":"x","dependencies":{"svelte":"5.0.0"}}')
    (checkout / "web/package-lock.json").write_text(lock)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    said = hatch_build.build(checkout)
    assert said is not None
    assert "ci --ignore-scripts" in said
    assert "ECONNREFUSED" in said
