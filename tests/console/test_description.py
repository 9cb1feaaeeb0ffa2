"""The API against its own description: schemathesis makes requests of it, right ones and wrong ones."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from beffroi.console import api, message, openapi
from served import served


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console with two signs that runs in a thread."""
    started, ended = threading.Event(), threading.Event()
    where: list[str] = []

    async def run(folder: Path) -> None:
        async with served(folder) as console:
            await console.signs([1, 2])
            where.append(console.address)
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run(tmp_path_factory.mktemp("described"))))
    thread.start()
    assert started.wait(30)
    yield where[0].rstrip("/")
    ended.set()
    thread.join(30)


schema = schemathesis.openapi.from_dict(json.loads(message.json(openapi.description(api.ROUTES))))


@schema.parametrize()
@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
def test_nothing_fails_and_answers_are_as_described(case: schemathesis.Case[Any], address: str) -> None:
    checks = [not_a_server_error, response_schema_conformance, content_type_conformance]
    case.call_and_validate(base_url=address, checks=checks, timeout=20)
