"""A filter set class without a class statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from . import fields as filter_fields
from .filterset import FilterSet


def InlineFilterSet(
    fields: Mapping[str, Any] | None = None,
    *,
    model: type[models.Model] | None = None,
    name: str = "InlineFilterSet",
    base: type[FilterSet] = FilterSet,
    **meta: Any,
) -> type[FilterSet]:
    """Return a new filter set class.

    Args:
        fields: field or annotation by name: ``{"name": str, "price": IntegerField(...)}``.
        model: ``Meta.model``.
        name: of the class, for messages and schemas.
        base: the class to derive from.
        meta: further attributes of ``Meta``; ``columns`` stands for ``Meta.fields``.

    Raises:
        ImproperlyConfigured: as for a class statement.
    """
    given = dict(fields or {})
    if model is not None:
        meta["model"] = model
    if "columns" in meta:
        meta["fields"] = meta.pop("columns")
    inherited = (base.Meta,) if hasattr(base, "Meta") else ()
    body: dict[str, Any] = {
        key: value for key, value in given.items() if isinstance(value, filter_fields.Field)
    }
    body["__annotations__"] = {
        key: value for key, value in given.items() if not isinstance(value, filter_fields.Field)
    }
    body["__module__"] = __name__
    body["Meta"] = type("Meta", inherited, meta)
    metaclass: Any = type(base)
    made: type[FilterSet] = metaclass(name, (base,), body)
    return made
