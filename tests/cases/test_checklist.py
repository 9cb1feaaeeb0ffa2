"""Lists begin complete in every language, are edited line by line, and become valid playbooks."""

from typing import get_args

import pytest

from beffroi.case import CaseKind
from beffroi.cases import checklist
from beffroi.errors import DeskError
from beffroi.site import Language

KINDS: tuple[CaseKind, ...] = get_args(CaseKind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_list_in_every_language(kind: CaseKind) -> None:
    languages: tuple[Language, ...] = get_args(Language)
    texts = [[item.text for item in checklist.first(kind, language).items] for language in languages]
    assert all(all(lines) for lines in texts)
    assert len({tuple(lines) for lines in texts}) == len(languages)


def test_an_edit_keeps_what_it_names_and_names_what_is_new() -> None:
    before = checklist.first("drone", "en")
    kept = before.items[2]
    after = checklist.edited(before, [{"text": "Call the duty officer"}, {"id": kept.id, "text": kept.text}])
    assert after.version == before.version + 1
    assert [item.text for item in after.items] == ["Call the duty officer", kept.text]
    assert after.items[1].id == kept.id
    assert after.items[0].id not in {item.id for item in before.items}


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([{"text": " "}], "items[0].text"),
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], "items[1].id"),
        ([{"text": "x"}] * 61, "items"),
    ],
)
def test_what_is_no_list_is_refused(items: list[dict[str, str]], field: str) -> None:
    with pytest.raises(DeskError) as bad:
        checklist.edited(checklist.first("drone", "en"), items)
    assert (bad.value.kind, bad.value.field) == ("invalid", field)


def test_a_line_is_inert() -> None:
    after = checklist.edited(checklist.first("other", "en"), [{"text": "a\u202eb\x07c"}])
    assert after.items[0].text == "a·b·c"


def test_the_playbook_holds_the_lines() -> None:
    told = checklist.playbook(checklist.first("drone", "fr"), owner="LFPX", created_s=1e9, modified_s=1e9)
    names = [step["name"] for step in told["workflow"].values() if step["type"] == "action"]
    assert names == [item.text for item in checklist.first("drone", "fr").items]
