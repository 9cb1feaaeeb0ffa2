"""What is read aloud: the site's units, the language's words; absent is unknown, outside text harmless."""

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi import sentence, signs
from beffroi.airspace import Mark
from beffroi.observation import Class
from beffroi.sentence import LANGUAGES, QUANTITIES, Units, say
from beffroi.site import Language
from beffroi.track import CLASSES
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_KT

PLACE = {"distance_m": 2300.0, "bearing_deg": 44.0, "ref": "threshold", "name": "24"}
TEXTS: tuple[Mapping[Language, Any], ...] = (
    sentence.COMPASS, sentence.UNKNOWN, *sentence.KIND.values(), *sentence.DATUM.values(),
         *sentence.REFERENCE.values(), *sentence.PHRASE.values(), *sentence.STATE.values(),
         *sentence.RESTRICTION.values(), *sentence.REPORTER.values(),
         *sentence.EMERGENCY.values())  # fmt: skip


def said(spec: str, value: Any, language: Language = "en", units: Units = "metric") -> str:
    """One quantity, with common spaces."""
    text = say("{v:" + spec + "}", {"v": value}, language, units)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("spec", "value", "language", "units", "text"),
    [
        ("distance", 4.0, "en", "metric", "0 m"),
        ("distance", 994.0, "en", "metric", "990 m"),
        ("distance", 996.0, "en", "metric", "1.0 km"),
        ("distance", 12_340.0, "fr", "metric", "12,3 km"),
        ("distance", 1852.0, "en", "aviation", "1.0 NM"),
        ("distance", 0.4 * M_PER_NM, "vi", "aviation", "0,4 NM"),
        ("distance", 100 * M_PER_FT, "en", "aviation", "100 ft"),
        ("height", 100.4, "fr", "metric", "100 m"),
        ("height", 1003 * M_PER_FT, "fr", "aviation", "1 000 ft"),
        ("height", -12 * M_PER_FT, "en", "aviation", "-10 ft"),
        ("speed", 12.4, "vi", "metric", "12 m/s"),
        ("speed", 50 * MPS_PER_KT, "en", "aviation", "50 kt"),
        ("duration", 59.4, "en", "metric", "59 s"),
        ("duration", 59.6, "en", "metric", "1 min"),
        ("duration", 147.0, "vi", "metric", "2 phút 27 giây"),
        ("duration", 599.0, "fr", "metric", "9 min 59 s"),
        ("duration", 725.0, "fr", "metric", "12 min"),
        ("compass", 337.6, "en", "metric", "North"),
        ("compass", 337.4, "fr", "metric", "Nord-ouest"),
        ("compass", 359.9, "vi", "metric", "Bắc"),
        ("percent", 0.875, "fr", "metric", "88 %"),
        ("angle", -0.04, "en", "metric", "0.0°"),
        ("angle", -0.25, "fr", "metric", "-0,2°"),
        ("decimal", 0.25, "vi", "metric", "0,2"),
        ("count", 12000.0, "en", "metric", "12 000"),
        ("names", ["AFR1", "BAW2", "DLH3"], "fr", "metric", "AFR1, BAW2 et DLH3"),
        ("names", ["AFR1"], "vi", "metric", "AFR1"),
        ("kind", "unknown", "fr", "metric", "Objet non identifié"),
        ("datum", "aerodrome", "vi", "metric", "So với sân bay"),
        ("reach", 0.0, "fr", "metric", "Dans"),
        ("reach", 0.4, "en", "metric", "In"),
        ("until", 0.4, "fr", "metric", "Maintenant"),
        ("until", 12.0, "en", "metric", "In 12 s"),
        ("reach", 12.0, "en", "metric", "12 s from"),
        ("named", {"en": "ring", "fr": "périmètre", "vi": "vành đai"}, "fr", "metric", "Périmètre"),
        ("named", "LF-P 23", "vi", "metric", "LF-P 23"),
        ("state", "fault", "fr", "metric", "En panne"),
        ("restriction", "REQ_AUTHORISATION", "en", "metric", "Authorisation needed"),
        ("reporter", "tower", "vi", "metric", "Đài kiểm soát"),
        ("emergency", "7500", "fr", "metric", "Code 7500, intervention illicite"),
        ("emergency", "1234", "fr", "metric", "1234"),
        ("place", PLACE, "en", "aviation", "1.2 NM north-east of threshold 24"),
        ("place", PLACE, "fr", "metric", "À 2,3 km au nord-est du seuil 24"),
        ("place", PLACE, "vi", "metric", "Ở phía đông bắc ngưỡng đường CHC 24, cách 2,3 km"),
        ("level", {"height_m": 152.4, "datum": "amsl"}, "en", "aviation", "At 500 ft AMSL"),
        ("level", {"height_m": 0.0, "datum": "amsl"}, "en", "aviation", "At 0 ft AMSL"),
        ("motion", {"speed_mps": 10.0, "track_deg": 271.0}, "fr", "metric", "En route vers l’ouest à 10 m/s"),
        ("motion", {"speed_mps": 1.0, "track_deg": 271.0}, "en", "metric", "Not moving"),
    ],
)  # fmt: skip
def test_a_quantity_as_it_is_said(spec: str, value: Any, language: Language, units: Units, text: str) -> None:
    assert said(spec, value, language, units) == text


@pytest.mark.parametrize("spec", sorted(QUANTITIES))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_absent_is_said_to_be_unknown(spec: str, language: Language, value: float | None) -> None:
    if spec in ("place", "level", "motion"):
        value = None
    text = said(spec, value, language).lower()
    assert not any(c.isdigit() for c in text)
    assert any(word in text for word in ("unknown", "inconnu", "không rõ", "chưa rõ"))


def test_a_number_and_its_unit_are_not_parted() -> None:
    text = say("{v:distance}", {"v": 12_000_000.0}, "fr", "metric")
    assert " " not in text
    assert text.split("\N{NO-BREAK SPACE}")[1] == "km"


@pytest.mark.parametrize("units", ["aviation", "metric"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_unit_of_the_other_system_is_said(units: Units, language: Language) -> None:
    values = (0.0, 30.0, 250.0, 280.0, 900.0, 1100.0, 50_000.0)
    words = {said(s, v, language, units).split()[-1] for s in ("distance", "height", "speed") for v in values}
    assert words == ({"ft", "NM", "kt"} if units == "aviation" else {"m", "km", "m/s"})


def test_every_class_and_every_mark_has_its_words() -> None:
    kinds: set[Class] = {*CLASSES, "person", "unknown"}
    assert set(sentence.KIND) == kinds
    assert "ref" in Mark._fields
    assert {"threshold", "aerodrome"} <= set(sentence.REFERENCE)


def test_every_word_is_there_in_every_language() -> None:
    for text in TEXTS:
        assert set(text) == set(LANGUAGES)
        assert all(text.values())
    for table in (sentence.KIND, sentence.STATE, sentence.RESTRICTION, sentence.REPORTER):
        for language in LANGUAGES:
            said_so = [words[language] for words in table.values()]
            assert len(set(said_so)) == len(said_so), "two things are called the same"


def test_every_quantity_that_a_rule_names_is_known() -> None:
    for name in signs.names():
        rule = signs.module(name)
        for text in (rule.HEADLINE, rule.SENTENCE, rule.LOOK, *rule.REASONS.values()):
            for template in text.values():
                specs = {spec for _, field, spec, _ in Formatter().parse(template) if field and spec}
                assert specs <= set(QUANTITIES), name


def test_french_puts_a_space_before_high_signs_and_english_does_not() -> None:
    for name in signs.names():
        rule = signs.module(name)
        for text in (rule.FALSE_ALARMS, rule.HEADLINE, rule.SENTENCE, rule.LOOK, *rule.REASONS.values()):
            plain = {language: _without_fields(template) for language, template in text.items()}
            for sign in ":;":
                assert plain["fr"].count(sign) == plain["fr"].count(f" {sign}"), plain["fr"]
                assert f" {sign}" not in plain["en"], plain["en"]
            assert "'" not in plain["fr"], f"a straight apostrophe in {plain['fr']}"


def _without_fields(template: str) -> str:
    return "0".join(literal for literal, *_ in Formatter().parse(template))


@given(st.text())
def test_text_from_outside_cannot_do_harm(text: str) -> None:
    shown = say("a {v} b", {"v": text}, "en", "metric")
    assert all(c.isprintable() for c in shown)
    assert len(shown) <= 4 + 24
    assert say("a {v}", {"v": "{v} {x}"}, "en", "metric") == "A {v} {x}", "it is not filled in again"


def test_a_sentence_begins_with_a_capital_and_keeps_the_rest() -> None:
    assert say("à {n} m", {"n": "3"}, "fr", "metric") == "À 3 m"
    assert say("", {}, "fr", "metric") == ""
