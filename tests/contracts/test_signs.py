"""The contract of a sign, run over every file of the family."""

import inspect
import time
from collections.abc import Callable
from string import Formatter
from typing import Any

import msgspec
import pytest

from beffroi import signs
from beffroi.scene import Scene
from beffroi.sentence import LANGUAGES, UNKNOWN, say
from beffroi.sign import Finding

NAMES = signs.names()


def findings(name: str, scene: Scene) -> list[Finding]:
    rule = next(r for r in signs.rules(scene.site) if r.name == name)
    return list(rule.find(scene.now, scene.past, scene.site, rule.limits))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_example_fires(name: str) -> None:
    found = findings(name, signs.module(name).fires())
    assert found
    for finding in found:
        assert all(reason.evidence for reason in finding.reasons), "a reason without evidence"
        assert any(reason.weight > 0 for reason in finding.reasons)
        for language in LANGUAGES:
            for units in ("aviation", "metric"):
                assert "{" not in signs.headline(finding, name, language, units)
                assert "{" not in signs.sentence(finding, name, language, units)
                assert all("{" not in signs.reason(r, name, language, units) for r in finding.reasons)


@pytest.mark.parametrize("name", NAMES)
def test_the_second_example_stays_quiet(name: str) -> None:
    assert not findings(name, signs.module(name).quiet())


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_no_state(name: str) -> None:
    scene = signs.module(name).fires()
    assert findings(name, scene) == findings(name, scene)


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_there_in_every_language(name: str) -> None:
    module = signs.module(name)
    assert module.BASIS
    assert module.HOLD_S >= 0
    assert module.GRACE_S > 0
    texts = [
        module.NAME,
        module.FALSE_ALARMS,
        module.HEADLINE,
        module.SENTENCE,
        module.LOOK,
        *module.REASONS.values(),
    ]
    for text in texts:
        assert set(text) == set(LANGUAGES)
        assert all(t.strip() for t in text.values())
        assert len(set(text.values())) == len(LANGUAGES), "a text is the same in two languages"
        fields = [fields_of(t) for t in text.values()]
        assert fields[0] == fields[1] == fields[2], "languages name different parameters"


@pytest.mark.parametrize("name", NAMES)
def test_its_name_fits_a_list(name: str) -> None:
    for language, longest in (("en", 30), ("fr", 38), ("vi", 42)):
        assert 0 < len(signs.module(name).NAME[language]) <= longest


FIGURES = ("distance", "height", "speed", "duration", "count", "decimal", "angle", "percent", "until")


@pytest.mark.parametrize("name", NAMES)
def test_what_rests_on_a_figure_has_a_measure(name: str) -> None:
    module = signs.module(name)
    assert set(module.MEASURES) <= set(module.REASONS)
    for code, texts in module.REASONS.items():
        figures = [spec for _, _, spec, _ in Formatter().parse(texts["en"]) if spec in FIGURES]
        assert not figures or code in module.MEASURES, f"{code} has a figure and no measure"
    for _, limit in module.MEASURES.values():
        assert fields_of(limit or "") <= set(module.Limits.__struct_fields__)


@pytest.mark.parametrize("name", NAMES)
def test_measures_are_filled_from_its_example(name: str) -> None:
    module = signs.module(name)
    for finding in findings(name, module.fires()):
        for found in finding.reasons:
            said, limit = module.MEASURES.get(found.code, ("-", None))
            for language in LANGUAGES:
                for units in ("aviation", "metric"):
                    filled = say(said, found.params, language, units)
                    bound = say(limit or "-", msgspec.structs.asdict(module.Limits()), language, units)
                    assert "{" not in filled + bound
                    assert UNKNOWN[language].capitalize() not in (filled, bound)


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_has_a_default_and_a_source(name: str) -> None:
    limits = signs.module(name).Limits
    msgspec.convert({}, limits)
    source = inspect.getsource(limits)
    for field in limits.__struct_fields__:
        assert f"{field}:" in source
        after = source.split(f"    {field}:", 1)[1].split('"""', 2)
        assert len(after) == 3, f"{field} has no docstring"


def test_a_sentence_does_not_look_its_rule_up_again() -> None:
    """It is written for each sign in each language; a scan of what is installed takes milliseconds."""
    (finding, *_) = findings("emergency_squawk", signs.module("emergency_squawk").fires())
    before = time.process_time()
    for _ in range(200):
        signs.sentence(finding, "emergency_squawk", "en", "aviation")
    assert time.process_time() - before < 0.2


def test_headlines_are_unique() -> None:
    for language in LANGUAGES:
        said = [signs.module(n).HEADLINE[language] for n in NAMES]
        assert len(set(said)) == len(said)


def test_say_refuses_a_missing_parameter() -> None:
    speak: Callable[..., Any] = say
    with pytest.raises(KeyError):
        speak("{nothing}", {}, "en", "metric")
