"""Reading what rules must know of rows: from an instance where it tells the truth, or by query."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connections

from .change import Row

__all__ = ["columns_of", "fetch", "fetch_many", "from_instance"]

#: More rows than this are not looked at one by one: everything of the function is dropped.
MOST_ROWS = 500


def columns_of(rules: Iterable[Any], *, compared: bool = True) -> tuple[str, ...]:
    """Return what all *rules* have to know of a row, the primary key first.

    Args:
        compared: with what is only compared with the row before.
    """
    names = ["pk"]
    for bound in rules:
        mapped = bound.rule.field_mapping.values()
        names += bound.columns if compared or bound.rule.invalidator is not None else mapped
    return tuple(dict.fromkeys(names))


def fetch(
    model: Any, columns: Collection[str], using: str, *, lock: bool = False, **lookup: Any
) -> Row | None:
    """Return *columns* of the one row of *model*, or ``None`` if there is no such row.

    Args:
        lock: inside a transaction, keep others from writing the row until it ends: what was
            read is then what this write replaces.
    """
    rows = model._base_manager.using(using).filter(**lookup).order_by()
    connection = connections[using]
    if lock and connection.in_atomic_block and connection.features.has_select_for_update:
        if not any("__" in name for name in columns):
            rows = rows.select_for_update()
        elif rows.select_for_update().values_list("pk", flat=True).first() is None:
            return None  # with a join, which may be an outer one, it takes two queries
    found: Row | None = next(iter(rows.values(*columns)[:1]), None)
    return found


def fetch_many(
    model: Any, columns: Collection[str], using: str, pks: Collection[Any]
) -> list[Row] | None:
    """Return *columns* of the rows with *pks*, or ``None`` if they are too many."""
    if len(pks) > MOST_ROWS:
        return None
    if set(columns) == {"pk"}:
        return [{"pk": pk} for pk in pks]
    rows = model._base_manager.using(using).filter(pk__in=list(pks)).order_by()
    return list(rows.values(*columns))


def from_instance(
    model: Any, columns: Iterable[str], instance: Any, before: Row | None, written: Any
) -> Row | None:
    """Return *columns* as *instance* has just been saved, or ``None`` if only a query can tell.

    Args:
        before: the row as it was; it stands for what this save did not write.
        written: ``update_fields`` of the save; ``None`` for all.
    """
    found = {}
    for name in columns:
        if name == "pk" and not hasattr(model._meta.pk, "fields"):
            name, field = "pk", model._meta.pk
        else:
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist:  # a path into another table, or the composite "pk"
                return None
        if not getattr(field, "concrete", False) or getattr(field, "generated", False):
            return None
        left = written is not None and not {field.name, field.attname} & set(written)
        if left and not field.primary_key:
            if before is None:
                return None
            found[name] = before[name]
            continue
        value = getattr(instance, field.attname)
        if hasattr(value, "resolve_expression"):
            return None
        found[name] = _normal(field, value)
    return found


def _normal(field: Any, value: Any) -> Any:
    """Bring *value* to the type that the database will give: instances may hold "42" for 42."""
    target = getattr(field, "target_field", field)
    if hasattr(value, "_committed"):  # a FieldFile
        return value.name
    try:
        return target.to_python(value)
    except (ValidationError, TypeError, ValueError):
        return value
