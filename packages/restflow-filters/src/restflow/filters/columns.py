"""Following a path over the model: which column it ends at, and what lies in between."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from .lookups import STRICT, transformed


@dataclass(frozen=True, slots=True)
class Column:
    """Where a path ends.

    Args:
        model: where it starts.
        path: as the ORM takes it; a to-many relation at its end is followed to the primary key.
        field: the model field whose values are compared.
        many: a to-many relation lies on the way, so one row of *model* has several values.
        relation: the path ends at a foreign key itself.
        opaque: transforms lie on the way whose NULLs Django's negation does not foresee.
        leads_to: the model that a relation at its end leads to.
    """

    model: type[models.Model]
    path: str
    field: Any
    many: bool
    relation: bool
    opaque: bool
    leads_to: type[models.Model] | None

    @property
    def value_field(self) -> Any:
        """The model field that holds the compared values: for a foreign key what it points at."""
        field = self.field
        while field.is_relation and getattr(field, "target_field", None) is not None:
            field = field.target_field
        return getattr(field, "output_field", field) if _generated(field) else field


class NoColumn(LookupError):
    """A path leads nowhere; the message says where it ends and what is there."""


def column_at(model: type[models.Model], path: str) -> Column:
    """Return the column that *path* leads to.

    Raises:
        NoColumn: a part of the path names nothing.
    """
    field: Any = None
    at: type[models.Model] | None = model
    many = opaque = False
    parts = path.split("__")
    for part in parts:
        if at is not None:
            field = _member(at, part, path)
            many = many or any(info.m2m for info in getattr(field, "path_infos", ()))
            at = field.related_model if field.is_relation else None
            continue
        field = transformed(field, part)
        if field is None:
            raise NoColumn(f"{path!r} goes on after its column: there is no {part!r} to follow")
        opaque = opaque or part not in STRICT
    to_many = field.is_relation and (field.auto_created or field.many_to_many)
    if to_many:
        path, field = f"{path}__pk", at._meta.pk  # type: ignore[union-attr]
    if isinstance(field, models.CompositePrimaryKey):
        raise NoColumn(f"{path!r} is a primary key of several columns; name one of them")
    return Column(model, path, field, many, bool(field.is_relation), opaque, at)


def _member(model: type[models.Model], name: str, path: str) -> Any:
    if name == "pk":
        return model._meta.pk
    field: Any
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = _by_query_name(model, name)
    if field is None:
        known = sorted(_names(model))
        close = get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"it has {', '.join(known)}"
        raise NoColumn(f"{model.__name__} has no field {name!r}; {hint}")
    if field.is_relation and field.related_model is None:
        raise NoColumn(f"{path!r} follows {name!r}, a generic relation; name its columns instead")
    return field


def _by_query_name(model: type[models.Model], name: str) -> Any:
    """Find a reverse relation by the name queries use, which may differ from its accessor."""
    for relation in model._meta.related_objects:
        if relation.field.related_query_name() == name:
            return relation
    return None


def _names(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields()}


def _generated(field: Any) -> bool:
    return isinstance(field, models.GeneratedField)
