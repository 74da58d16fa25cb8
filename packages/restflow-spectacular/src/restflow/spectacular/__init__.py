"""OpenAPI for restflow through drf-spectacular: what runs is what is documented.

``REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "restflow.spectacular.RestflowAutoSchema"`` turns it on.
Everything is imported on first use: drf-spectacular imports DRF's views.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .generator import RestflowSchemaGenerator
    from .schema import RestflowAutoSchema
    from .streams import EventStream, JSONListStream, NDJSONStream

__all__ = [
    "EventStream",
    "JSONListStream",
    "NDJSONStream",
    "RestflowAutoSchema",
    "RestflowSchemaGenerator",
]

__version__ = "0.1.0"

_HOMES = {
    "EventStream": "streams",
    "JSONListStream": "streams",
    "NDJSONStream": "streams",
    "RestflowAutoSchema": "schema",
    "RestflowSchemaGenerator": "generator",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
