"""Writes the lists of formats and signs in this folder from the code, so that no one has to keep them.

lists.py            write docs/formats.md and docs/signs.md
lists.py --check    end with 1 if they are not what the code says
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from beffroi import feeds, policy, signs, zones
from beffroi.person import ROLES

HERE = Path(__file__).resolve().parent
NOTE = "Written by `make docs` from the code; not edited by hand."


def first(module: ModuleType) -> str:
    """The first sentence of a docstring, on one line."""
    return re.split(r"\n\s*\n|(?<=\.)\s", (module.__doc__ or "").strip())[0].replace("\n", " ")


def formats() -> str:
    """docs/formats.md."""
    lines = ["# Formats", NOTE, "## Feeds", "`beffroi decode FORMAT FILE` reads each of them."]
    rows = ["| format | what | follows | can carry persons |", "|---|---|---|---|"]
    for name in feeds.names():
        member = feeds.feed(name)
        personal = "yes" if member.PERSONAL else "no"
        rows.append(f"| `{name}` | {first(member)} | {member.SOURCE} | {personal} |")
    lines += ["\n".join(rows), "## Zones"]
    rows = ["| format | what | follows |", "|---|---|---|"]
    for name in zones.names():
        member = zones.zone_format(name)
        rows.append(f"| `{name}` | {first(member)} | {member.SOURCE} |")
    return "\n\n".join([*lines, "\n".join(rows)]) + "\n"


def limits(module: ModuleType) -> Iterator[str]:
    """A row for each limit of a rule: name, default, and the docstring under it, which gives its source."""
    body = ast.parse(inspect.getsource(module.Limits)).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, text in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and field.value is not None:
            said = (
                text.value.value
                if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                else ""
            )
            what = " ".join(str(said).split())
            yield f"| `{ast.unparse(field.target)}` | {ast.unparse(field.value)} | {what} |"


def page_of_signs() -> str:
    """docs/signs.md."""
    parts = ["# Signs", NOTE, "A site changes a limit in `[signs.NAME]` of its configuration."]
    for name in signs.names():
        rule = signs.module(name)
        rows = list(limits(rule))
        parts += [f"## {name}", first(rule), "Basis: " + "; ".join(rule.BASIS) + "."]
        parts.append("Known false alarms: " + rule.FALSE_ALARMS["en"])
        if rows:
            parts.append("\n".join(["| limit | default | why |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def law() -> str:
    """Who may do what: the table of docs/people.md."""
    rows = ["| action | what | who | of their own | of closed ones | without personal data | locked too |",
            "|---|---|---|---|---|---|---|"]  # fmt: skip
    for action, rule in policy.LAW.items():
        who = "everybody" if set(rule.any) == set(ROLES) else ", ".join(rule.any)
        who = "everybody, also before login" if rule.stranger else who
        cells = [who, *(", ".join(roles) for roles in (rule.own, rule.ended, rule.plain))]
        rows.append(f"| `{action}` | {rule.does} | {' | '.join(cells)} | {'yes' if rule.locked else ''} |")
    return "\n".join(rows) + "\n"


def between(path: Path, table: str) -> str:
    """A page, with what stands between its marks written anew."""
    before, begin, rest = path.read_text().partition("<!-- written by `make docs` -->\n")
    _, end, after = rest.partition("<!-- until here -->\n")
    return before + begin + table + end + after


def pages() -> dict[Path, str]:
    """What each generated page must say."""
    people = HERE / "people.md"
    return {
        HERE / "formats.md": formats(),
        HERE / "signs.md": page_of_signs(),
        people: between(people, law()),
    }


def main() -> int:
    """Command line."""
    stale = {path: text for path, text in pages().items() if not path.is_file() or path.read_text() != text}
    if sys.argv[1:] == ["--check"]:
        sys.stderr.writelines(f"{path.name} is not current: run `make docs`\n" for path in stale)
        return int(bool(stale))
    for path, text in stale.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
