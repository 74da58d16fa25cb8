"""Makes the OpenAPI document of a few URL patterns, and lets nothing pass that it warns of."""

from __future__ import annotations

import json
from typing import Any

from django.test import override_settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema

from restflow.spectacular import RestflowSchemaGenerator

VERSIONS = ("3.0.3", "3.1.0")
SCHEMA_CLASS = {"DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema"}
ENVELOPE = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}


def document(
    patterns: list[Any],
    *,
    version: str = "3.0.3",
    warnings: bool = False,
    request: Any = None,
    generator: Any = RestflowSchemaGenerator,
    drf: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """The document of *patterns*; *drf* is REST_FRAMEWORK, *settings* are drf-spectacular's."""
    rest_framework = {**SCHEMA_CLASS, **ENVELOPE, **(drf or {})}
    with (
        override_settings(REST_FRAMEWORK=rest_framework),
        patched_settings({"OAS_VERSION": version, **settings}),
        GENERATOR_STATS.silence(),
    ):
        made = generator(patterns=patterns).get_schema(request=request, public=request is None)
        said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    if said and not warnings:
        raise AssertionError("\n".join(said))
    found: dict[str, Any] = json.loads(json.dumps(made))
    validate_schema(found)
    return found


def operation(made: dict[str, Any], path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = made["paths"][path][method]
    return found


def names(found: dict[str, Any]) -> set[str]:
    """The names of an operation's query parameters."""
    return {one["name"] for one in found.get("parameters", ()) if one["in"] == "query"}


def schema(found: dict[str, Any], status: str = "200", media: str = "application/json") -> Any:
    """The schema of a response."""
    return found["responses"][status]["content"][media]["schema"]


def body(found: dict[str, Any], media: str = "application/json") -> Any:
    """The schema of the request's body."""
    return found["requestBody"]["content"][media]["schema"]


def component(made: dict[str, Any], reference: Any) -> Any:
    """What a reference leads to."""
    _, kind, name = reference["$ref"].lstrip("#/").split("/")
    return made["components"][kind][name]
