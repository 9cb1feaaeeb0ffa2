"""Playbooks are valid against the schemas of OASIS, whatever stands in the list."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from beffroi.wire.cacao import Step, playbook
from shared import DATA, needs_data

SCHEMAS = "cacao-json-schemas"
MODIFIED_S = 1_700_000_100.25


def made(steps: list[Step]) -> dict[str, Any]:
    return playbook("Drone", steps, owner="LFPX", created_s=1.7e9, modified_s=MODIFIED_S, labels=["drone"])


@cache
def registry() -> Registry[Any]:
    """The schemas, each also by the path under which it names the others."""
    read = [json.loads(file.read_text()) for file in sorted((DATA / SCHEMAS / "schemas").rglob("*.json"))]
    return Registry().with_resources([(schema["$id"], DRAFT7.create_resource(schema)) for schema in read])


def faults(value: dict[str, Any], schema: str) -> Iterator[str]:
    """What is wrong with a value."""
    there = registry()
    whole = next(there[uri].contents for uri in there if uri.endswith(f"/{schema}.json"))
    validator = Draft7Validator(whole, registry=there)
    yield from (f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(value))


@needs_data
def test_a_playbook_is_valid() -> None:
    told = made([Step("a", "Tell the tower"), Step("b", "Send a patrol")])
    assert not [*faults(told, "schemas/playbook")]
    for step in told["workflow"].values():
        assert not [*faults(step, f"workflows/{step['type']}")]
        for command in step.get("commands", ()):
            assert not [*faults(command, "commands/manual")]


@needs_data
def test_the_schemas_see_what_is_wrong() -> None:
    told = made([Step("a", "Tell the tower")])
    assert [*faults(told | {"spec_version": "1.0"}, "schemas/playbook")]
    assert [*faults(told | {"workflow_start": "start--1"}, "schemas/playbook")]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=40)), unique_by=lambda s: s[0]))
def test_the_steps_follow_one_another(lines: list[tuple[str, str]]) -> None:
    told = made([Step(*line) for line in lines])
    here, texts = told["workflow_start"], []
    while (step := told["workflow"][here])["type"] != "end":
        texts += [command["command"] for command in step.get("commands", ())]
        here = step["on_completion"]
    assert texts == [text for _, text in lines]
    assert len(told["workflow"]) == len(lines) + 2


def test_the_same_list_gives_the_same_names() -> None:
    steps = [Step("a", "Tell the tower")]
    assert made(steps) == made(steps)
    assert made(steps)["modified"] == "2023-11-14T22:15:00.250Z"
