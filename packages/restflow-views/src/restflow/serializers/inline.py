"""Serializer classes made on the fly from a dict of fields."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers as drf

from .model import ModelSerializer
from .serializer import Serializer

__all__ = ["InlineSerializer"]


def InlineSerializer(
    *,
    name: str,
    fields: Mapping[str, Any],
    model: Any = None,
    meta: Mapping[str, Any] | None = None,
    bases: tuple[type, ...] | None = None,
) -> Any:
    """Return a serializer class: for shapes that are used in one place.

    Args:
        name: of the class, as messages and OpenAPI show it.
        fields: annotations or DRF field instances by name.
        model: makes it a model serializer; what ``fields`` maps to ``...`` is the model's own.
        meta: further attributes of ``Meta``.
        bases: other base classes.

    Raises:
        AnnotationError: an annotation has no field.
    """
    bases = bases or ((Serializer,) if model is None else (ModelSerializer,))
    explicit = {key: field for key, field in fields.items() if isinstance(field, drf.Field)}
    hints = {key: hint for key, hint in fields.items() if key not in explicit and hint is not ...}
    body: dict[str, Any] = {
        "__module__": sys._getframe(1).f_globals.get("__name__", __name__),
        "__annotations__": hints,
        **explicit,
    }
    options = dict(meta or {})
    if model is not None:
        options = {"model": model, "fields": list(fields), **options}
    if options:
        body["Meta"] = type("Meta", (), options)
    return type(bases[0])(name, bases, body)
