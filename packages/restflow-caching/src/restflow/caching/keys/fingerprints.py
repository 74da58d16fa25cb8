"""Fingerprints of models and serializers: short texts that change when the shape does."""

from __future__ import annotations

import hashlib
from typing import Any

from django.apps import apps
from django.db.models import Model


def resolve_model(model: type[Model] | str) -> type[Model]:
    """Return the model class for a class or an ``"app_label.Model"`` string."""
    return apps.get_model(model) if isinstance(model, str) else model


def model_fingerprint(model: type[Model]) -> str:
    """Return 16 hexadecimal digits for the concrete fields of *model*, in no particular order.

    They change when a field is added, removed, renamed, retyped or pointed elsewhere.
    """
    rows = []
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        target = field.related_model
        rows.append(
            (
                field.name,
                str(field.column),
                _path(type(field)),
                field.null,
                field.max_length,
                getattr(field, "decimal_places", None),
                target._meta.label_lower if isinstance(target, type) else str(target),
                _path(type(field.base_field)) if hasattr(field, "base_field") else "",
            )
        )
    return _digest([model._meta.label_lower, *sorted(map(repr, rows))])


def serializer_fingerprint(serializer_class: Any) -> str:
    """Return 16 hexadecimal digits for the fields of a DRF serializer class, nested ones included.

    They change when a field is added, removed, renamed, retyped or gets another source.
    """
    instance = serializer_class() if isinstance(serializer_class, type) else serializer_class
    return _digest(_shape(instance, ()))


def _shape(field: Any, above: tuple[type, ...]) -> list[str]:
    rows = [_path(type(field))]
    if type(field) in above:  # a serializer that holds itself: its name is enough
        return rows
    above = (*above, type(field))
    child = getattr(field, "child", None)
    if child is not None:
        rows += _shape(child, above)
    fields: Any = getattr(field, "fields", None)
    if hasattr(fields, "items"):
        for name in sorted(fields):
            inner = fields[name]
            # A related field's choices are rows: reading them here would query.
            choices = None if hasattr(inner, "queryset") else getattr(inner, "choices", None)
            facts = (
                name,
                inner.source,
                inner.read_only,
                inner.write_only,
                inner.allow_null,
                getattr(inner, "method_name", None),
                getattr(inner, "slug_field", None),
                sorted(map(str, choices)) if choices else None,
            )
            rows.append(repr(facts))
            rows += _shape(inner, above)
    return rows


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _digest(rows: list[str]) -> str:
    return hashlib.blake2b("\n".join(rows).encode(), digest_size=8).hexdigest()
