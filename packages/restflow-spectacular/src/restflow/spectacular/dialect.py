"""What OpenAPI 3.0 and 3.1 write differently: null, exclusive bounds, tuples."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.settings import spectacular_settings

EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}


def is_json_schema() -> bool:
    """Tell whether the schemas of the document are JSON Schema, as they are from 3.1 on."""
    return not str(spectacular_settings.OAS_VERSION).startswith("3.0")


def translated(schema: Any) -> Any:
    """Return *schema*, written for OpenAPI 3.0, in the dialect of the document.

    In 3.1 there is no ``nullable``, and an exclusive bound is a number of its own. For schemas that
    were written by hand: DRF's paginators and filter backends know 3.0 only.
    """
    return _converted(schema) if is_json_schema() else schema


def _converted(schema: Any) -> Any:
    if isinstance(schema, (list, tuple)):
        return [_converted(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _converted(value) for key, value in schema.items()}
    if found.get("nullable") is True and not isinstance(schema.get("nullable"), Mapping):
        del found["nullable"]
        found = nullable(found)
    for bound, exclusive in EXCLUSIVE.items():
        if found.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
        elif found.get(exclusive) is False:
            del found[exclusive]
    return found


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* with null allowed, in the dialect of the document."""
    if not is_json_schema():
        if "$ref" in schema:
            return {"allOf": [schema], "nullable": True}
        return {**schema, "nullable": True}
    kind = schema.get("type")
    if kind is None:
        return {"oneOf": [schema, {"type": "null"}]}
    kinds = kind if isinstance(kind, list) else [kind]
    allowed = {**schema, "type": list(dict.fromkeys([*kinds, "null"]))}
    if "enum" in allowed and None not in allowed["enum"]:
        allowed["enum"] = [*allowed["enum"], None]
    return allowed


def set_exclusive(schema: dict[str, Any], bound: str, limit: float) -> None:
    """Bound *schema* by *limit*, itself not included; a tighter bound that is there stays.

    Args:
        schema: of a number; changed in place.
        bound: ``"minimum"`` or ``"maximum"``.
        limit: the number.
    """
    exclusive = EXCLUSIVE[bound]
    present = schema.get(bound)
    if present is not None and (present > limit if bound == "minimum" else present < limit):
        return
    if is_json_schema():
        schema.pop(bound, None)
        schema[exclusive] = limit
    else:
        schema[bound] = limit
        schema[exclusive] = True


def fixed_array(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of an array with exactly *items*."""
    schema: dict[str, Any] = {"type": "array", "minItems": len(items), "maxItems": len(items)}
    if is_json_schema():
        return {**schema, "prefixItems": items}
    # 3.0 knows items of one schema only: which of them stands where cannot be said.
    kinds = [item for number, item in enumerate(items) if item not in items[:number]]
    if not kinds:
        return {**schema, "items": {}}
    return {**schema, "items": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}
