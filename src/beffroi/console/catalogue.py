"""Catalogue: the sentences of all rules and the words that fill them, in one language.

The browser makes sentences of codes and parameters as `beffroi.sentence` does (web/src/say.ts); these are its
tables, under the names that they have there without a leading `_`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from beffroi import sentence, signs
from beffroi.console.message import Catalogue, RuleTexts
from beffroi.site import Language

TABLES = (
    "UNKNOWN", "COMPASS", "SIDE", "TOWARDS", "KIND", "DATUM", "REFERENCE", "STATE", "RESTRICTION", "REPORTER",
    "EMERGENCY", "PHRASE", "AND", "SECONDS", "MINUTES",
)  # fmt: skip
"""The tables of `beffroi.sentence`."""


@cache
def catalogue(language: Language) -> Catalogue:
    """Everything that is said in a language."""
    words = {name: _in(_table(name), language) for name in TABLES}
    return Catalogue(language=language, rules={n: _texts(n, language) for n in signs.names()}, words=words)


def _texts(name: str, language: Language) -> RuleTexts:
    rule = signs.module(name)
    return RuleTexts(
        headline=rule.HEADLINE[language], sentence=rule.SENTENCE[language], look=rule.LOOK[language],
        reasons={code: texts[language] for code, texts in rule.REASONS.items()},
        false_alarms=rule.FALSE_ALARMS[language], basis=tuple(rule.BASIS),
    )  # fmt: skip


def _table(name: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] = getattr(sentence, name, None) or getattr(sentence, f"_{name}")
    return table


def _in(table: Mapping[str, Any], language: Language) -> Any:
    """A table of one language: its text or row of texts, or a text a key."""
    if language in table:
        return table[language]
    return {key: texts[language] for key, texts in table.items()}
