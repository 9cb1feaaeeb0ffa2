"""Draft: entries that are written together, each checked against how things stand after those before it."""

from collections.abc import Callable
from typing import Any

import msgspec

from beffroi.case import Aerodrome, Case, Entry, File, Joined
from beffroi.cases import fold
from beffroi.errors import DeskError
from beffroi.sentence import plain

LONGEST = 5000
"""Longer than any field may be: a longer one is refused, not cut."""
OPTIONAL = ("reason", "why", "title")
"""Fields that may be empty, and then are not written down."""


class Draft:
    """What one person, or the machine, does at one time."""

    def __init__(
        self, find: Callable[[str], Case], aerodrome: Aerodrome, by: str, role: str, at_s: float
    ) -> None:
        """`find` gives a case by its key; raises DeskError if there is none."""
        self._find, self._aerodrome = find, aerodrome
        self._by, self._role, self._at_s = by, role, at_s
        self.entries: list[Entry] = []
        self.cases: dict[str, Case] = {}
        """The cases as they will stand."""

    def open(self, key: str, *, exercise: bool = False, **params: Any) -> None:
        """Open a case. Raises DeskError."""
        self._take(None, self._entry(f"case:{key}", 1, "opened", params, exercise), None)

    def add(self, key: str, code: str, made_on: int | None = None, **params: Any) -> None:
        """Add an entry to a case. Raises DeskError; Conflict where its field changed after `made_on`."""
        case = self.cases.get(key) or self._find(key)
        entry = self._entry(f"case:{key}", case.version + 1, code, params, case.exercise)
        self._take(case, entry, made_on)

    def _take(self, case: Case | None, entry: Entry, made_on: int | None) -> None:
        fold.check(case, entry, self._aerodrome, made_on)
        after = fold.after(case, entry)
        self.cases[after.key] = after
        self.entries.append(entry)

    def _entry(self, about: str, version: int, code: str, params: dict[str, Any], exercise: bool) -> Entry:
        lines = code == "note"
        said = {k: inert(v, lines=lines) for k, v in params.items() if not (k in OPTIONAL and not v)}
        return Entry(
            about=about, version=version, at_s=self._at_s, by=self._by, role=self._role, code=code,
            params=said, exercise=exercise,
        )  # fmt: skip


def inert(value: Any, *, lines: bool = False) -> Any:
    """What people and other programs wrote, without control characters and those that turn the direction of
    writing. `lines`: line breaks stay."""
    if isinstance(value, str):
        parts = value.strip().replace("\r\n", "\n").split("\n") if lines else [value.strip()]
        return "\n".join(plain(part, LONGEST) for part in parts)
    if isinstance(value, Joined | File):
        words = {k: inert(v) for k, v in msgspec.structs.asdict(value).items() if isinstance(v, str)}
        return msgspec.structs.replace(value, **words)
    if isinstance(value, tuple):
        return tuple(inert(part) for part in value)
    return value


def of_case(key: str, case: Case | None) -> Case:
    """The case, or a DeskError where there is none."""
    if case is None:
        raise DeskError("unknown", f"case:{key}", "key", "there is no such case")
    return case
