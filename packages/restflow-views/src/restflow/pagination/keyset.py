"""A place in an ordered queryset: the values of its order, and what lies beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ImproperlyConfigured
from django.db import connections
from django.db.models import Q
from django.utils.duration import duration_iso_string


@dataclass(frozen=True, slots=True)
class Key:
    """One part of an order.

    Args:
        name: the field or annotation, as ``order_by`` takes it.
        descending: from large to small.
        field: turns text back to a value of the column.
        nullable: rows may have no value here.
    """

    name: str
    descending: bool
    field: Any
    nullable: bool

    def term(self, *, reverse: bool) -> str:
        """Return the argument of ``order_by``."""
        return f"-{self.name}" if self.descending != reverse else self.name

    def value_of(self, row: Any) -> Any:
        """Return the key of *row*, an instance or a dictionary, as JSON can carry it."""
        if isinstance(row, dict):
            return as_json(row[self.name])
        for part in self.name.split("__"):
            row = None if row is None else getattr(row, part)
        return as_json(row)

    def same(self, value: Any) -> Q:
        """Return the condition that a row has *value* here."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def nulls_follow(self, *, reverse: bool, nulls_first: bool) -> bool:
        """Tell whether rows without a value come after those with one."""
        return self.nullable and nulls_first == (self.descending != reverse)

    def beyond(self, value: Any, *, reverse: bool, nulls_first: bool) -> Q | None:
        """Return the condition that a row comes after *value*; ``None`` if none can.

        *nulls_first* tells that the database sorts NULL below every value.
        """
        nulls_follow = self.nulls_follow(reverse=reverse, nulls_first=nulls_first)
        if value is None:
            return None if nulls_follow else Q(**{f"{self.name}__isnull": False})
        lookup = "lt" if self.descending != reverse else "gt"
        after = Q(**{f"{self.name}__{lookup}": value})
        return after | Q(**{f"{self.name}__isnull": True}) if nulls_follow else after


def as_json(value: Any) -> Any:
    """Return *value* as JSON can carry it, and as the field's ``to_python`` takes it back."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    return str(value)


class Keyset:
    """A total order of a queryset's rows.

    The primary key is its last part, so that no two rows share a place: rows that come and go
    elsewhere move nobody from one page to another.

    Args:
        queryset: the rows.
        ordering: names for ``order_by``.
        owner: the class to name in errors.

    Raises:
        ImproperlyConfigured: a name of *ordering* is no column that rows could be compared by.
    """

    def __init__(self, queryset: Any, ordering: tuple[str, ...], owner: type) -> None:
        self.queryset = queryset
        names = list(ordering)
        options = queryset.model._meta
        shown = queryset._fields  # of values(): only what it selects can be read from its rows
        last = "-" if names and names[-1].startswith("-") else ""
        keys = [field.attname for field in options.pk_fields]
        if not shown or set(keys) <= set(shown):
            names += [f"{last}{key}" for key in keys]
        self.keys: list[Key] = []
        for name in names:
            for key in self._keys(name, owner):
                if all(key.name != other.name for other in self.keys):
                    self.keys.append(key)

    def _keys(self, name: str, owner: type) -> list[Key]:
        options = self.queryset.model._meta
        plain = name.lstrip("-")
        if plain == "pk":
            return [Key(field.attname, name[0] == "-", field, False) for field in options.pk_fields]
        annotation = self.queryset.query.annotations.get(plain)
        try:
            if annotation is not None:
                return [Key(plain, name[0] == "-", annotation.output_field, True)]
            field = options
            for part in plain.split("__"):
                options = field if field is options else field.related_model._meta
                field = options.get_field(part)
            if field.is_relation and (field.many_to_many or part != field.attname):
                raise FieldError(f"{field.name} is a relation; its column is {field.name}_id")
        except (FieldDoesNotExist, FieldError, AttributeError) as error:
            raise ImproperlyConfigured(
                f"{owner.__module__}.{owner.__qualname__} cannot page by {name!r} of "
                f"{self.queryset.model.__qualname__}: {error}. Set `ordering` to the names of "
                f"columns or annotations."
            ) from error
        return [Key(plain, name[0] == "-", field, field.null or "__" in plain)]

    @property
    def name(self) -> str:
        """A text that only this model with this order has: a cursor fits nothing else."""
        terms = ",".join(key.term(reverse=False) for key in self.keys)
        return f"{self.queryset.model._meta.label}:{terms}"

    def place_of(self, row: Any) -> list[Any]:
        """Return where *row* stands."""
        return [key.value_of(row) for key in self.keys]

    def beyond(self, place: list[Any] | None, *, reverse: bool) -> Any:
        """Return the ordered queryset of what comes after *place*, or before it if *reverse*.

        Raises:
            ValidationError: a value of *place* is none of its column.
        """
        rows = self.queryset.order_by(*(key.term(reverse=reverse) for key in self.keys))
        if place is None:
            return rows
        nulls_first = connections[rows.db].features.order_by_nulls_first
        values = [
            None if value is None else key.field.to_python(value)
            for key, value in zip(self.keys, place, strict=True)
        ]
        same, ways = Q(), []
        for key, value in zip(self.keys, values, strict=True):
            after = key.beyond(value, reverse=reverse, nulls_first=nulls_first)
            if after is not None:
                ways.append(same & after)
            same &= key.same(value)
        if not ways:
            return rows.none()
        first, value = self.keys[0], values[0]
        if value is not None and not first.nulls_follow(reverse=reverse, nulls_first=nulls_first):
            # Follows from the rest; by this one a database enters its index at the place.
            lookup = "lte" if first.descending != reverse else "gte"
            rows = rows.filter(**{f"{first.name}__{lookup}": value})
        return rows.filter(reduce(or_, ways))
