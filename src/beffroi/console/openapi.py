"""OpenAPI: the description of the API (OpenAPI 3.1), made from the table of routes and the structs in it."""

import re
from importlib.metadata import version
from typing import Any

import msgspec

from beffroi.console import message
from beffroi.console.api import ROOT, File, Route

REFERENCE = "#/components/schemas/{name}"
JSON, PROBLEM = "application/json", "application/problem+json"


def description(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The document."""
    types = [message.Problem, *(t for r in routes for t in (r.answer, r.body, r.given) if _described(t))]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type = {id(t): s for t, s in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        given = components[route.given.__name__]
        said = _operation(route, by_type, given)
        paths.setdefault(ROOT + route.path, {})[route.method.lower()] = said
    used = {n: s for n, s in components.items() if n not in {r.given.__name__ for r in routes}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Beffroi", "version": version("beffroi"), "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": used},
    }


def _operation(route: Route, by_type: dict[int, Any], given: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.does,
        "parameters": [_parameter(route, n, s, given) for n, s in given.get("properties", {}).items()],
        "responses": {
            "200": {"description": "Done", "content": _content(route.answer, by_type)},
            "default": {
                "description": "Refused",
                "content": {PROBLEM: {"schema": by_type[id(message.Problem)]}},
            },
        },
    }
    said["x-needs"] = route.needs
    if route.body is not None:
        said["requestBody"] = {"required": True, "content": _content(route.body, by_type)}
    return said


def _described(what: Any) -> bool:
    """Whether it is JSON with a schema of its own."""
    return what is not None and what is not bytes and what is not File


def _content(what: Any, by_type: dict[int, Any]) -> dict[str, Any]:
    return {JSON: {"schema": by_type[id(what)]}} if _described(what) else {"*/*": {}}


def _parameter(route: Route, name: str, schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    in_path = f"{{{name}}}" in route.path
    return {
        "name": name,
        "in": "path" if in_path else "query",
        "required": in_path or name in given.get("required", ()),
        "schema": schema,
    }
