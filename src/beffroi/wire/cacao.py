"""CACAO: a checklist as a security playbook that other tools can read.

OASIS CACAO Security Playbooks 2.0 (Committee Specification 01, 27 November 2023): playbook §3.1, workflow
steps §4, the manual command §5.8, agents §7. Each line of the list is one action step with a manual command;
they follow one another.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

NAMESPACE = UUID("5e4c7f0a-2d1b-5b7e-9a53-0b6f2f3c9d11")
"""Of the identifiers made here: the same list gives the same ones."""


class Step(NamedTuple):
    """One line of a list."""

    id: str
    text: str


def playbook(
    name: str,
    steps: Sequence[Step],
    *,
    owner: str,
    created_s: float,
    modified_s: float,
    labels: Sequence[str],
) -> dict[str, Any]:
    """The playbook of a list, as JSON values. `owner`: a stable name of the organisation."""

    def named(kind: str, what: str) -> str:
        return f"{kind}--{uuid5(NAMESPACE, '|'.join((owner, name, what)))}"

    agent, start, end = named("group", "duty"), named("start", "start"), named("end", "end")
    ids = [named("action", step.id) for step in steps]
    workflow: dict[str, Any] = {start: {"type": "start", "on_completion": [*ids, end][0]}}
    for step, here, following in zip(steps, ids, [*ids, end][1:], strict=True):
        workflow[here] = {
            "type": "action",
            "name": step.text,
            "on_completion": following,
            "commands": [{"type": "manual", "command": step.text}],
            "agent": agent,
        }
    workflow[end] = {"type": "end"}
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": named("playbook", "playbook"),
        "name": name,
        "created_by": f"identity--{uuid5(NAMESPACE, owner)}",
        "created": _stamp(created_s),
        "modified": _stamp(modified_s),
        "industry_sectors": ["aviation"],
        "labels": list(labels),
        "workflow_start": start,
        "workflow": workflow,
        "agent_definitions": {agent: {"type": "group", "name": "Duty"}},
    }


def _stamp(time_s: float) -> str:
    """With exactly three digits of a second (§10.17)."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
