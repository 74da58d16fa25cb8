"""Lookup names: the categories, what a declaration asks for, and what a lookup's value is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

#: What ``lookups=`` takes: a name, several, or a map from the client's word to the lookup.
Lookups: TypeAlias = str | Iterable[str] | Mapping[str, str] | None

#: Category -> its members. A category's name wins over a lookup of the same name.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "basic": ("exact", "in", "isnull"),
    "text": ("icontains", "contains", "startswith", "endswith", "iexact"),
    "comparison": ("gt", "gte", "lt", "lte"),
    "date": ("date", "year", "month", "day", "week", "week_day", "quarter"),
    "time": ("time", "hour", "minute", "second"),
    "postgres": ("search", "trigram_similar", "unaccent"),
    "pg_array": ("contains", "overlaps", "contained_by"),
}
ALL = "__all__"

#: Our word -> Django's.
SPELLINGS = {"overlaps": "overlap"}
#: Patterns can be made to run for hours, so nobody gets them by a category.
REGEX = frozenset({"regex", "iregex"})
#: Lookups whose value is text, whatever the column holds. Of an array they take a list.
TEXT = frozenset(
    {
        *("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
        *("iexact", "search", "trigram_similar", "trigram_word_similar"),
        "trigram_strict_word_similar",
    }
)
#: Lookups that become a ``LIKE`` pattern, whose length databases limit.
PATTERN = TEXT - {"iexact", "search"}
#: Lookups only PostgreSQL has.
POSTGRES = frozenset(
    {
        *("search", "trigram_similar", "trigram_word_similar", "trigram_strict_word_similar"),
        *("unaccent", "overlap", "contained_by"),
    }
)
#: Part of a date or time -> the values it can have.
PARTS: dict[str, tuple[int, int]] = {
    "year": (1, 9999),
    "iso_year": (1, 9998),  # the last one ends in the year 10000
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    **dict.fromkeys(("week_day", "iso_week_day"), (1, 7)),
    "quarter": (1, 4),
    "hour": (0, 23),
    **dict.fromkeys(("minute", "second"), (0, 59)),
}
#: Transforms that give NULL for NULL only, so that Django's own negation of them is exact.
STRICT = frozenset({*PARTS, "date", "time", "unaccent"})
#: What a relation itself can be compared by.
RELATION = frozenset({"exact", "in", "isnull", "gt", "gte", "lt", "lte"})


@dataclass(frozen=True, slots=True)
class Requested:
    """One lookup that a declaration asks for.

    Args:
        suffix: what the client appends to the field's name.
        lookup: Django's name, possibly with transforms: ``date__gte``.
        explicit: it was named itself, so a column without it is an error.
    """

    suffix: str
    lookup: str
    explicit: bool


def requested(lookups: Lookups, separator: str) -> list[Requested]:
    """Return the lookups that *lookups* asks for, each once, in the order of the declaration.

    Args:
        lookups: as given to a field.
        separator: ``Meta.lookup_separator``, between the parts of a suffix.
    """
    found: dict[str, Requested] = {}
    for item in _wanted(lookups, separator):
        present = found.get(item.suffix)
        if present is None or item.explicit:
            found[item.suffix] = item
    return list(found.values())


def _wanted(lookups: Lookups, separator: str) -> Iterator[Requested]:
    if isinstance(lookups, Mapping):
        for alias, lookup in lookups.items():
            yield Requested(alias, SPELLINGS.get(lookup, lookup), True)
        return
    for name in (lookups,) if isinstance(lookups, str) else lookups or ():
        if name == ALL:
            for member in (lookup for group in CATEGORIES.values() for lookup in group):
                yield Requested(member, SPELLINGS.get(member, member), False)
        elif name in CATEGORIES:
            for member in CATEGORIES[name]:
                yield Requested(member, SPELLINGS.get(member, member), False)
        else:
            suffix = name.replace("__", separator)
            yield Requested(suffix, SPELLINGS.get(name, name), True)


def output_of(column: Any, lookup: str) -> tuple[Any, str] | None:
    """Return what *lookup* compares, as a model field, and its last part; None if there is none.

    Follows the way Django reads a path: transforms first, and a last part that is a transform
    itself is compared by ``exact``.

    Args:
        column: the model field that the lookup is applied to.
        lookup: ``gte``, ``date``, ``date__gte``...
    """
    *transforms, last = lookup.split("__")
    for name in transforms:
        column = transformed(column, name)
        if column is None:
            return None
    if column.get_lookup(last) is not None:
        return column, last
    column = transformed(column, last)
    return None if column is None else (column, "exact")


def transformed(column: Any, name: str) -> Any:
    """Return the model field that transform *name* makes of *column*, None if there is none."""
    from django.db.models.expressions import Col

    transform = column.get_transform(name)
    if transform is None:
        return None
    return transform(Col("t", column)).output_field
