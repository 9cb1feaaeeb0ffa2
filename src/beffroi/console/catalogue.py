"""Catalogue: the sentences of all rules and the words that fill them, in one language.

The browser makes sentences of codes and parameters as `beffroi.sentence` does (web/src/say.ts); these are its
tables, under the names that they have there without a leading `_`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from beffroi import sentence, signs
from beffroi.console.message import Catalogue, RuleTexts
from beffroi.signs import Rule
from beffroi.site import Language, Site

TABLES = (
    "UNKNOWN", "COMPASS", "SIDE", "TOWARDS", "KIND", "DATUM", "REFERENCE", "STATE", "RESTRICTION", "REPORTER",
    "EMERGENCY", "PHRASE", "AND", "SECONDS", "MINUTES",
)  # fmt: skip
"""The tables of `beffroi.sentence`."""


def catalogue(site: Site, language: Language) -> Catalogue:
    """Everything that is said in a language, with the limits of a site."""
    words = {name: _in(_table(name), language) for name in TABLES}
    texts = {rule.name: _texts(rule, language) for rule in signs.rules(site)}
    return Catalogue(language=language, rules=texts, words=words)


def _texts(of: Rule, language: Language) -> RuleTexts:
    rule = signs.module(of.name)
    return RuleTexts(
        name=rule.NAME[language], measures=dict(rule.MEASURES), limits=msgspec.to_builtins(of.limits),
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
