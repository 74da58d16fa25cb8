"""From a value to a condition, and the exact complement of it.

SQL knows three truth values, a filter two: a row matches or it does not. ``name!`` is therefore
never just ``NOT``: rows where the comparison is NULL belong to the complement too. Over a to-many
relation a row matches if *some* related row does, which an ``EXISTS`` says without duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db.models import BooleanField, Case, Exists, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from .columns import NoColumn, column_at
from .lookups import output_of

#: What a ``Q`` takes: a pair of path and value, a ``Q``, or a conditional expression.
Child: TypeAlias = Any


def exists(model: type[Model], condition: Child) -> Exists:
    """Return the condition that some row of a join over *model* matches, for each row once."""
    return Exists(QuerySet(model).filter(pk=OuterRef("pk")).filter(_conditional(condition)))


def unless(condition: Q) -> Q:
    """Return the complement of any condition: true where it is false, and where it is NULL."""
    return Q(
        Case(
            When(condition, then=Value(False)),
            default=Value(True),
            output_field=BooleanField(),
        )
    )


def combined(children: list[Child], operator: str) -> Q:
    """Return *children* combined by AND, OR or XOR (an odd number of them holds).

    The ORM's own XOR keeps inner joins that drop rows which only another part matches, and a NULL
    part makes the whole NULL on databases that know XOR; so the parts that hold are counted.
    """
    if len(children) == 1:
        return Q(children[0])
    if operator != Q.XOR:
        return Q(*children, _connector=operator)
    held: Any = sum(
        (Case(When(_conditional(child), then=1), default=0) for child in children), Value(0)
    )
    return Q(Exact(Mod(held, 2), 1))


def _conditional(child: Child) -> Any:
    return child if hasattr(child, "conditional") else Q(child)


@dataclass(frozen=True, slots=True)
class Plain:
    """A comparison with a column of the row itself, or of a row it points at."""

    path: str

    def inner(self, value: Any, prefix: str) -> Child:
        """Return the comparison, made for one row of a join."""
        return (prefix + self.path, value)

    def positive(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return the condition."""
        return (prefix + self.path, value)

    def negative(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return its complement."""
        return Q((prefix + self.path, value), _negated=True)


@dataclass(frozen=True, slots=True)
class Opaque(Plain):
    """A comparison whose NULLs the ORM does not foresee: annotations, JSON keys, transforms."""

    def negative(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return its complement."""
        return unless(Q((prefix + self.path, value)))


@dataclass(frozen=True, slots=True)
class Many(Plain):
    """A comparison with a column of related rows, of which there may be several or none."""

    def positive(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return the condition that some related row matches."""
        return exists(queryset.model, (prefix + self.path, value))

    def negative(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return the condition that no related row matches."""
        return ~exists(queryset.model, (prefix + self.path, value))


@dataclass(frozen=True, slots=True)
class Made:
    """A condition that the user's function makes of the value."""

    make: Callable[[Any], Q | Mapping[str, Any]]
    owner: str

    def inner(self, value: Any, prefix: str) -> Child:
        """Return the condition; sets that hold functions are never joined with a prefix."""
        made = self.make(value)
        if isinstance(made, Mapping):
            made = Q(**made)
        if not getattr(made, "conditional", False):
            raise ImproperlyConfigured(
                f"{self.owner}: filter_by returned {made!r}; return a Q or a dict of conditions."
            )
        return made

    def positive(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return the condition, without the duplicates that joins would make."""
        return matching(self.inner(value, prefix), queryset)

    def negative(self, value: Any, prefix: str, queryset: QuerySet[Any]) -> Child:
        """Return its complement."""
        return not_matching(self.inner(value, prefix), queryset)


def matching(condition: Q, queryset: QuerySet[Any]) -> Child:
    """Return *condition*, a user's, so that each row of *queryset* matches at most once."""
    kinds = set(_kinds(condition, queryset.model))
    if Kind.MANY not in kinds:
        return condition
    return _exists_in(queryset, condition, kinds)


def not_matching(condition: Q, queryset: QuerySet[Any]) -> Child:
    """Return the complement of *condition*, a user's."""
    kinds = set(_kinds(condition, queryset.model))
    if Kind.MANY in kinds:
        return ~_exists_in(queryset, condition, kinds)
    return ~condition if kinds <= {Kind.PLAIN} else unless(condition)


class Kind:
    """What a part of a user's condition compares."""

    PLAIN, MANY, OTHER = "plain", "many", "other"


def _kinds(condition: Any, model: type[Model]) -> Iterator[str]:
    for child in getattr(condition, "children", ()) if isinstance(condition, Q) else (condition,):
        if isinstance(child, Q):
            yield from _kinds(child, model)
        elif isinstance(child, tuple):
            path, value = child
            yield Kind.OTHER if hasattr(value, "resolve_expression") else _kind(path, model)
        else:
            yield Kind.OTHER


def _kind(path: str, model: type[Model]) -> str:
    """Tell what a path with its lookup compares; the longest part that is a column decides."""
    parts = path.split("__")
    for end in range(len(parts), 0, -1):
        try:
            column = column_at(model, "__".join(parts[:end]))
        except NoColumn:
            continue
        if column.many:
            return Kind.MANY
        lookup = "__".join(parts[end:]) or "exact"
        exact = not column.opaque and output_of(column.field, lookup) is not None
        return Kind.PLAIN if exact else Kind.OTHER
    return Kind.OTHER


def _exists_in(queryset: QuerySet[Any], condition: Q, kinds: set[str]) -> Exists:
    """Return ``exists``, over *queryset* itself if the condition may need its annotations."""
    if Kind.OTHER not in kinds:
        return exists(queryset.model, condition)
    rows = queryset.order_by().filter(pk=OuterRef("pk")).filter(condition)
    return Exists(rows)
