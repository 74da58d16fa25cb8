"""Fields whose values are named in advance."""

from __future__ import annotations

from typing import Any

from rest_framework import fields as drf

from ..readers import SerializerField
from .base import Field


class ChoiceField(Field):
    """One of ``choices``, compared by value: pairs, a flat list, groups, or a Django ``Choices``.

    Args:
        choices: as DRF's ``ChoiceField`` takes them.
        options: as for every field.
    """

    serializer_class = drf.ChoiceField
    family = "choice"

    def __init__(self, *, choices: Any, **options: Any) -> None:
        super().__init__(choices=getattr(choices, "choices", choices), **options)

    def item_schema(self, field: SerializerField) -> dict[str, Any]:
        """Return the OpenAPI schema: an enumeration, typed if all its values are of one type."""
        values = list(field.choices)  # type: ignore[attr-defined]
        schema: dict[str, Any] = {"enum": values}
        if all(isinstance(value, str) for value in values):
            schema["type"] = "string"
        elif all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            schema["type"] = "integer"
        return schema


class MultipleChoiceField(ChoiceField):
    """Any of several ``choices``: ``status=new,paid`` or ``status=new&status=paid``."""

    plural = True
