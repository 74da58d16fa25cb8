"""The parameters of a filter set as OpenAPI documents them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .fields import OrderField
from .parameters import Parameter

if TYPE_CHECKING:
    from .filterset import FilterSet

#: Lookup -> what it says about the values that match.
_WORDS = {
    "in": "any of the values",
    "isnull": "empty",
    "gt": "greater than the value",
    "gte": "greater than the value or equal to it",
    "lt": "less than the value",
    "lte": "less than the value or equal to it",
    "contains": "containing the value",
    "icontains": "containing the text, whatever its case",
    "startswith": "starting with the text",
    "istartswith": "starting with the text, whatever its case",
    "endswith": "ending with the text",
    "iendswith": "ending with the text, whatever its case",
    "iexact": "equal to the text, whatever its case",
    "range": "between two values, both included",
    "overlap": "having any of the values",
    "contained_by": "having no other values than these",
    "search": "matching the words",
    "trigram_similar": "similar to the text",
    "unaccent": "equal to the text, accents aside",
    "regex": "matching the pattern",
    "iregex": "matching the pattern, whatever its case",
}


def operation_parameters(filterset_class: type[FilterSet]) -> list[dict[str, Any]]:
    """Return every parameter that *filterset_class* accepts, negations included.

    The shape is the one DRF backends give in ``get_schema_operation_parameters``: a list of
    OpenAPI 3 parameter objects.
    """
    return [_parameter(item) for item in filterset_class.plan().parameters.values()]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.field.required and parameter.name == parameter.field_name,
        "description": _description(parameter),
        "schema": _copy(parameter.schema),
    }
    if parameter.plural:
        described["style"] = "form"
        described["explode"] = parameter.field.separator != ","
    return described


def _description(parameter: Parameter) -> str:
    inner = parameter.inner or parameter
    while inner.inner is not None:
        inner = inner.inner
    field = inner.field
    said = str(field.help_text or field.label or "")
    if isinstance(field, OrderField):
        return said or "Sorts by these names; a leading - turns the direction round."
    words = _WORDS.get(inner.lookup) or (
        "" if inner.lookup in ("exact", "method", "filter_by") else inner.lookup.replace("__", " ")
    )
    if parameter.negated:
        words = f"not {words or 'equal to the value'}"
    parts = [said.rstrip("."), words[:1].upper() + words[1:]]
    text = ". ".join(part for part in parts if part)
    return f"{text}." if text and not text.endswith(".") else text


def _copy(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _copy(value) if isinstance(value, Mapping) else value for key, value in schema.items()
    }
