"""Signs: one file a rule. A rule says what holds now and why; it keeps no state and reads no clock.

A member `signs/NAME.py` gives

- a docstring whose first line says what it finds;
- `BASIS`, the law or standard that makes it a matter of security (one string a source);
- `FALSE_ALARMS`, what is known to set it off wrongly, in three languages;
- `class Limits`, its limits with their source under each field; the site may change them in `[signs.NAME]`;
- `HOLD_S`, how long a finding must hold before the bell rings, and `GRACE_S`, how long it must be gone before
  the sign is over (the hysteresis that the watch applies);
- `NAME`, what the rule is called in a list (at most 30, 38 and 42 characters);
- `HEADLINE`, `SENTENCE`, `LOOK` (what to look at) and `REASONS` (a sentence for each reason code), in three
  languages, filled with the parameters of the finding by `beffroi.sentence`;
- `MEASURES`, for each reason code that rests on a figure what was found, filled with the parameters of the
  reason, and its limit, filled with the fields of `Limits`, or None where there is none; a code without an
  entry is a plain statement;
- `def NAME(now: Picture, past: Window, site: Site, limits: Limits) -> Iterator[Finding]`: screen on columns,
  run Python per candidate; every reason cites evidence;
- `fires()` and `quiet()`: a scene in which it speaks and one, close to it, in which it must not.

The contract test runs both scenes of every file of this folder and reads every sentence in every language.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import msgspec

from beffroi.errors import SiteError, UseError
from beffroi.picture import Picture
from beffroi.sentence import Units, say
from beffroi.sign import Finding, Reason, Sign
from beffroi.site import Language, Site
from beffroi.window import Window

Texts = Mapping[Language, str]
"""One sentence in each language."""
Measures = Mapping[str, tuple[str, str | None]]
"""What was found and its limit, as templates, by reason code; the same in all languages."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the watch runs it: its function with the limits of this site."""

    name: str
    hold_s: float
    grace_s: float
    limits: Any
    find: Callable[[Picture, Window, Site, Any], Iterator[Finding]]


@cache
def names() -> tuple[str, ...]:
    """All rules, by folder scan and by the entry point group `beffroi.signs`."""
    here = {m.name for m in pkgutil.iter_modules(__path__)}
    return tuple(sorted(here | {e.name for e in entry_points(group="beffroi.signs")}))


@cache
def module(name: str) -> ModuleType:
    """The module of the rule `name`. Raises UseError if there is none."""
    if name not in names():
        raise UseError(f"no sign {name!r}; there are: {' '.join(names())}")
    for entry in entry_points(group="beffroi.signs", name=name):
        loaded: ModuleType = entry.load()
        return loaded
    return import_module(f"{__name__}.{name}")


def rules(site: Site) -> tuple[Rule, ...]:
    """Every rule with this site's limits. Raises SiteError with the path of a limit that cannot be."""
    for name in site.signs:
        if name not in names():
            raise SiteError(f"$.signs.{name}", f"no such sign; there are: {' '.join(names())}")
    return tuple(_rule(name, site) for name in names())


def _rule(name: str, site: Site) -> Rule:
    rule = module(name)
    try:
        limits = msgspec.convert(site.limits(name), rule.Limits)
    except msgspec.ValidationError as bad:
        reason, _, at = str(bad).partition(" - at `$")
        raise SiteError(f"$.signs.{name}{at.rstrip('`')}", reason) from bad
    find = getattr(rule, name)
    return Rule(name=name, hold_s=rule.HOLD_S, grace_s=rule.GRACE_S, limits=limits, find=find)


def headline(sign: Sign | Finding, rule: str, language: Language, units: Units) -> str:
    """The title of a sign."""
    return say(module(rule).HEADLINE[language], sign.params, language, units)


def sentence(sign: Sign | Finding, rule: str, language: Language, units: Units) -> str:
    """What a supervisor reads aloud: what, where, how high, where to; then what to look at."""
    texts = module(rule)
    said = say(texts.SENTENCE[language], sign.params, language, units)
    return f"{said} {say(texts.LOOK[language], sign.params, language, units)}"


def reason(why: Reason, rule: str, language: Language, units: Units) -> str:
    """One reason in words."""
    return say(module(rule).REASONS[why.code][language], why.params, language, units)
