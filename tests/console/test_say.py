"""The browser says every sentence word for word as Python does: web/src/say.ts against beffroi.sentence.

The vectors are made here, from the scene of every rule and from values at the edges, and compared by vitest.
"""

import math
import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import pytest

from beffroi import sentence, signs
from beffroi.console.catalogue import catalogue
from beffroi.scene import site
from beffroi.sentence import LANGUAGES, QUANTITIES, Units, say
from beffroi.signs import Texts
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_KT
from ruling import found

WEB = Path(__file__).resolve().parents[2] / "web"
VITEST = WEB / "node_modules" / "vitest" / "vitest.mjs"
HOSTILE = (
    "<b>x</b>", "a\N{RIGHT-TO-LEFT OVERRIDE}b\x00\x1b[31m\n", "{kind:kind} {}", "}{{", "$& $1", "ß" * 40,
    "é" * 24, "\N{GRINNING FACE}" * 30, "một hai\N{NO-BREAK SPACE}ba", "", "constructor", "ŉa", "__proto__",
)  # fmt: skip
NUMBERS = (
    None, math.nan, math.inf, -math.inf, 0.0, -0.0, -0.04, 0.25, -0.25, 0.35, 2.5, 3.5, -2.5, 5.0, 15.0,
    24.999999999, 25.0, -12.0, 59.4, 59.5, 60.5, 119.5, 599.5, 600.0, 725.0, 994.9, 995.0, 996.0,
    1249.9, 1250.0, 12_345_678.9, 277.7, 277.9, 1003 * M_PER_FT, 0.15 * M_PER_NM, 1.25 * M_PER_NM,
    2.5 * MPS_PER_KT, -400.0, 1.005,
    0.875,
)  # fmt: skip
NESTED = tuple(v for v in NUMBERS if v is not None and math.isfinite(v))
UNITS: tuple[Units, ...] = ("aviation", "metric")
MARKS: dict[str, tuple[Any, ...]] = {
    "place": (None, *({"distance_m": d, "bearing_deg": 7.0 * d, "ref": r, "name": "24"}
                      for d in NESTED if d >= 0.0 for r in sentence.REFERENCE),
              {"distance_m": 1.0, "bearing_deg": -1.0, "ref": "source", "name": HOSTILE[1]}),
    "level": (None, *({"height_m": h, "datum": d} for h in NESTED for d in sentence.DATUM)),
    "motion": (None, *({"speed_mps": v, "track_deg": 11.25 * i} for v in (0.0, 1.49, 1.5, 14.0, 999.9)
                       for i in range(-4, 33))),
    "kind": (None, *sentence.KIND), "datum": (None, *sentence.DATUM), "state": (None, *sentence.STATE),
    "restriction": (None, *sentence.RESTRICTION), "reporter": (None, *sentence.REPORTER),
    "emergency": (None, *sentence.EMERGENCY, *HOSTILE),
    "names": (None, ["AFR1"], ["AFR1", "BAW2"], list(HOSTILE)),
    "named": (None, *HOSTILE, {"en": "ring", "fr": "périmètre", "vi": "vành đai"}),
    "": (None, math.nan, *HOSTILE),
}  # fmt: skip


def _randoms(seed: int) -> Iterator[float]:
    """Numbers of every size, many of them on the edge between two roundings."""
    roll = random.Random(seed)
    for _ in range(400):
        size = 10.0 ** roll.uniform(-2.0, 6.0)
        yield roll.choice((1.0, -1.0)) * roll.choice(
            (size, round(size) + 0.5, round(size * 4.0) / 4.0, round(size) * 5.0)
        )


def _fields(template: str) -> Iterator[tuple[str, str]]:
    return ((name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name)


def _at_the_edges(template: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters as the rule gave them, then each at its edges, one by one."""
    yield dict(params)
    for name, spec in _fields(template):
        for value in MARKS.get(spec, NUMBERS):
            yield {**params, name: value}


def _templates() -> Iterator[tuple[Texts, Mapping[str, Any]]]:
    """Every sentence of every rule, with parameters as its scene gives them."""
    for name in signs.names():
        rule = signs.module(name)
        finding = found(name, rule.fires())[0]
        given: dict[str, Mapping[str, Any]] = {r.code: r.params for r in finding.reasons}
        for texts in (rule.HEADLINE, rule.SENTENCE, rule.LOOK):
            yield texts, finding.params
        for code, texts in rule.REASONS.items():
            every = {field: None for field, _ in _fields(texts["en"])}
            yield texts, every | dict(given.get(code, {}))


def _vectors() -> Iterator[tuple[str, dict[str, Any], str, str, str]]:
    numeric = [spec for spec in QUANTITIES if spec not in MARKS]
    for spec in numeric:
        for value in _randoms(seed=len(spec)):
            for language in LANGUAGES:
                template = "{v:" + spec + "}"
                yield (
                    template,
                    {"v": value},
                    language,
                    "metric",
                    say(template, {"v": value}, language, "metric"),
                )
    for texts, params in _templates():
        for language, template in texts.items():
            for units in UNITS:
                for given in _at_the_edges(template, params):
                    yield template, given, language, units, say(template, given, language, units)


@pytest.mark.timeout(120)
def test_the_browser_says_word_for_word_what_python_says(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not VITEST.exists():
        pytest.skip("needs node and web/node_modules (npm ci in web/)")
    words = {language: catalogue(site(), language).words for language in LANGUAGES}
    path = tmp_path / "said.msgpack"
    path.write_bytes(msgspec.msgpack.encode({"words": words, "said": list(_vectors())}))
    run = subprocess.run(
        [node, str(VITEST), "run", "src/say.test.ts"],
        cwd=WEB, env=os.environ | {"BEFFROI_SAID": str(path)}, capture_output=True, text=True,
        timeout=110, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "skipped" not in run.stdout
