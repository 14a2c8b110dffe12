"""The OpenAPI document of the routes, written from the models of their queries and of a record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import BaseModel

from explorer.records.schema import Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["Described", "document"]

Json = dict[str, Any]
ERRORS: Json = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rule"],
                "properties": {name: {"type": "string"} for name in ("parameter", "rule", "got")},
            },
        }
    },
}
REFUSED = {
    "409": "A newer request of the same client took this one's place",
    "422": "A parameter, the rule that it breaks, and what came",
    "503": "No room at the moment, or the model hub does not answer: Retry-After says when to come again",
    "507": "The disk is full, so that a model's weights cannot be stored: Retry-After says when to come again",
}
RETRY: Json = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}}
"""headers of the states of the server, which pass"""
RATE: Json = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]{1,3},-?[01](\.[0-9])?$"},
        {"type": "string", "pattern": r"^\[[0-9]{1,3}(,[0-9]{1,3}){0,11}\]$"},
    ]
}
OPTIONS = {field.name: field.metadata["options"] for field in fields(MergeConfig) if field.metadata["options"]}
OPTIONS["algorithm"] = tuple(ALGORITHMS)


@dataclass(frozen=True)
class Described:
    """Description of a route in the document."""

    path: str
    summary: str
    query: type[BaseModel]
    media_types: tuple[str, ...]
    only: tuple[str, ...] = ()
    """parameters on which the answer depends; () for all of the query"""


def document(routes: Iterable[Described], version: str) -> Json:
    """Return the document, in OpenAPI 3.1."""
    record = Record.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas = {**record.pop("$defs"), "Record": record, "Errors": ERRORS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "ToMe Explorer", "version": version},
        "paths": {route.path: {"get": _operation(route)} for route in routes},
        "components": {"schemas": schemas},
    }


def _operation(route: Described) -> Json:
    described = {media_type: _body(route, media_type) for media_type in route.media_types}
    refused = {
        status: {
            "description": why,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}},
            **({"headers": RETRY} if status.startswith("5") else {}),
        }
        for status, why in REFUSED.items()
    }
    return {
        "operationId": route.path.rsplit("/", 1)[-1],
        "summary": route.summary,
        "parameters": [each for each in _parameters(route.query) if not route.only or each["name"] in route.only],
        "responses": {"200": {"description": "The answer", "content": described}, **refused},
    }


def _body(route: Described, media_type: str) -> Json:
    if route.path.endswith("/record") and media_type == "application/json":
        return {"schema": {"$ref": "#/components/schemas/Record"}}
    return {}


def _parameters(query: type[BaseModel]) -> Iterable[Json]:
    model = query.model_json_schema()
    required = model.get("required", ())
    for name, schema in model["properties"].items():
        parameter = {"name": name, "in": "query", "required": name in required}
        told = _told(name, schema)
        if told.get("type") in ("object", "array"):  # JSON in a query parameter
            yield {**parameter, "content": {"application/json": {"schema": told}}}
        else:
            yield {**parameter, "schema": told}


def _told(name: str, schema: Mapping[str, Any]) -> Json:
    """Return the schema of one query parameter, which is never null."""
    if name == "r":
        return {**RATE, "default": schema["default"]}
    if name in OPTIONS:
        return {"enum": list(OPTIONS[name])}
    told = {key: value for key, value in schema.items() if key not in ("title", "anyOf", "default")}
    if schema.get("default") is not None:
        told["default"] = schema["default"]
    for each in schema.get("anyOf", ()):
        if each.get("type") != "null":
            told |= each
    return told
