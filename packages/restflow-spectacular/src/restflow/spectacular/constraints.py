"""Bounds that DRF has no argument for, as JSON Schema keywords."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .dialect import set_exclusive

#: Code of a validator of ``restflow.serializers`` -> the keyword that says the same.
KEYWORDS = {"greater_than": "minimum", "less_than": "maximum", "multiple_of": "multipleOf"}
NUMBERS = {"integer", "number"}


def insert_constraints(field: Any, schema: dict[str, Any]) -> None:
    """Add to *schema* what the validators of *field* ask of its value.

    Decimals travel as text by default, and JSON Schema cannot compare texts: they stay as they are.
    """
    if not _types(schema) & NUMBERS:
        return
    for validator in getattr(field, "validators", ()):
        keyword = KEYWORDS.get(getattr(validator, "code", ""))
        if keyword is None:
            continue
        limit = getattr(validator, "limit_value", None)
        limit = limit() if callable(limit) else limit
        if isinstance(limit, Decimal):
            limit = int(limit) if limit == limit.to_integral_value() else float(limit)
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            continue
        if keyword == "multipleOf":
            schema[keyword] = limit
        else:
            set_exclusive(schema, keyword, limit)


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type")
    return set(found) if isinstance(found, list) else {str(found)}
