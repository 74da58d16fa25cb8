"""Rows of another query, attached to the objects of a page: one query a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps, blocking

Key = tuple[Any, ...]
RANK = "restflow_rank"


class PostFetch(Twinned):
    """Fetches related rows for objects that are at hand already.

    For what ``prefetch_related`` cannot say: the latest N rows of each object, rows of another
    database, computed columns.

    Args:
        queryset: where the rows come from; its database is the one that is asked.
        to_attr: the attribute, or the key of a dict, that gets what was found.
        values: the columns of each attached dict. Annotations of the queryset count.
        values_dict: more columns, under other names: ``{"stars": "rating"}``.
        limit: rows for each object, cut in SQL. 1 attaches a dict or ``None``, N a list, ``None``
            all of them as a list.
        order_by: the order of each object's rows; the queryset's own by default.
        joins: pairs of a column of the queryset and the attribute of the objects it equals:
            ``product_id="id"``. Several pairs must all be equal.

    Raises:
        TypeError: no pair was given.
        ValueError: no column was given, or ``limit`` is less than 1.
    """

    def __init__(
        self,
        queryset: QuerySet[Any],
        to_attr: str,
        values: Sequence[str] = (),
        values_dict: Mapping[str, str] | None = None,
        limit: int | None = 1,
        order_by: Sequence[str] | str | None = None,
        **joins: str,
    ) -> None:
        if not joins:
            raise TypeError(
                f"PostFetch(to_attr={to_attr!r}) does not say how rows and objects belong "
                f'together. Name a column and an attribute: product_id="id".'
            )
        if not values and not values_dict:
            raise ValueError(f"PostFetch(to_attr={to_attr!r}) names no column. Set values.")
        if limit is not None and limit < 1:
            raise ValueError(f"PostFetch(to_attr={to_attr!r}) has limit={limit}; use 1 or more.")
        self.queryset = queryset
        self.to_attr = to_attr
        self.columns = {name: name for name in values} | dict(values_dict or {})
        self.limit = limit
        self.order_by = (order_by,) if isinstance(order_by, str) else order_by
        self.joins = joins

    def _fetch(self, objects: Iterable[Any]) -> Steps[None]:
        """Attach to each of *objects* what belongs to it. No objects, no query."""
        objects = list(objects)
        keys = {key for key in map(self._key_of, objects) if None not in key}
        found: dict[Key, list[dict[str, Any]]] = {}
        if keys:
            found = yield blocking(self._rows, keys)
        for obj in objects:
            rows = found.get(self._key_of(obj), [])
            attach(obj, self.to_attr, self._shaped(rows))

    fetch, afetch = twins(_fetch)

    def _shaped(self, rows: list[dict[str, Any]]) -> Any:
        if self.limit != 1:
            return [dict(row) for row in rows]
        return dict(rows[0]) if rows else None

    def _key_of(self, obj: Any) -> Key:
        return tuple(self._typed(column, read(obj, name)) for column, name in self.joins.items())

    def _typed(self, column: str, value: Any) -> Any:
        """Return *value* as the column holds it: a dict may have a key as text."""
        field = self.queryset.model._meta.get_field(column.removesuffix("_id"))
        while getattr(field, "target_field", None) is not None:
            field = field.target_field
        return None if value is None else field.to_python(value)

    def _rows(self, keys: set[Key]) -> dict[Key, list[dict[str, Any]]]:
        order = tuple(self.order_by or self._own_order())
        rows = self.queryset.filter(self._condition(keys)).order_by(*order)
        if self.limit is not None:
            partition = [F(column) for column in self.joins]
            rank = Window(RowNumber(), partition_by=partition, order_by=order)
            rows = rows.annotate(**{RANK: rank}).filter(**{f"{RANK}__lte": self.limit})
        selected = list(dict.fromkeys([*self.columns.values(), *self.joins]))
        grouped: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        for values in rows.values_list(*selected):
            row = dict(zip(selected, values, strict=True))
            key = tuple(row[column] for column in self.joins)
            grouped[key].append({name: row[column] for name, column in self.columns.items()})
        return grouped

    def _own_order(self) -> Sequence[Any]:
        query = self.queryset.query
        return query.order_by or query.get_meta().ordering or ("pk",)

    def _condition(self, keys: set[Key]) -> Q:
        if len(self.joins) == 1:
            (column,) = self.joins
            return Q(**{f"{column}__in": [key[0] for key in keys]})
        condition = Q()
        for key in keys:
            condition |= Q(**dict(zip(self.joins, key, strict=True)))
        return condition


def read(obj: Any, name: str) -> Any:
    """Return what *obj*, a dict or an object, has under *name*."""
    return obj[name] if isinstance(obj, Mapping) else getattr(obj, name)


def attach(obj: Any, name: str, value: Any) -> None:
    """Set *name* of *obj*, a dict or an object."""
    if isinstance(obj, dict):
        obj[name] = value
    else:
        setattr(obj, name, value)
