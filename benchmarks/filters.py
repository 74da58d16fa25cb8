"""Building, validating and making the condition for 4 of 40 declared parameters.

    python benchmarks/filters.py

Compares a filter set with the code one would write by hand and with django-filter. Samples are
interleaved and each figure is the median of ratios within one round, so a noisy machine shifts
all sides alike. Nothing touches a database: a queryset is narrowed, never evaluated.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "testing"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django

django.setup()

import django_filters  # noqa: E402
from django.db.models import Q, QuerySet  # noqa: E402
from django.http import QueryDict  # noqa: E402
from rest_framework.exceptions import ValidationError  # noqa: E402

from restflow.filters import (  # noqa: E402
    BooleanField,
    DateField,
    DecimalField,
    FilterSet,
    FloatField,
    IntegerField,
    StringField,
)
from restflow_testing.models import Product  # noqa: E402

ROUNDS, CALLS = 40, 250
TEXT = ("exact", "icontains", "startswith", "endswith", "iexact")
ORDER = ("exact", "gt", "gte", "lt", "lte")
#: 40 parameters: the columns, how their values are read, and by which lookups.
COLUMNS: dict[str, tuple[Callable[[str], Any], tuple[str, ...]]] = {
    "name": (str, TEXT),
    "description": (str, TEXT),
    "contact": (str, TEXT),
    "price": (Decimal, ORDER),
    "weight": (float, ORDER),
    "stock": (int, ORDER),
    "released_on": (date.fromisoformat, ORDER),
    "in_stock": ({"true": True, "false": False}.__getitem__, ("exact",)),
    "category": (int, ("exact", "gt", "gte", "lt")),
}
QUERY = {"name__icontains": "lamp", "price__gte": "9.50", "stock__gt": "3", "in_stock": "true"}
DATA = QueryDict(urlencode(QUERY))


def parameter(column: str, lookup: str) -> str:
    return column if lookup == "exact" else f"{column}__{lookup}"


NAMES = [parameter(column, lookup) for column, (_, found) in COLUMNS.items() for lookup in found]


class ProductFilterSet(FilterSet):
    name = StringField(lookups=TEXT[1:])
    description = StringField(lookups=TEXT[1:])
    contact = StringField(lookups=TEXT[1:])
    price = DecimalField(lookups=ORDER[1:])
    weight = FloatField(lookups=ORDER[1:])
    stock = IntegerField(lookups=ORDER[1:])
    released_on = DateField(lookups=ORDER[1:])
    in_stock = BooleanField()
    category = IntegerField(lookups=["gt", "gte", "lt"])

    class Meta:
        model = Product
        allow_negate = False


_FILTERS: dict[Any, type[django_filters.Filter]] = {
    "price": django_filters.NumberFilter,
    "weight": django_filters.NumberFilter,
    "stock": django_filters.NumberFilter,
    "category": django_filters.NumberFilter,
    "released_on": django_filters.DateFilter,
    "in_stock": django_filters.BooleanFilter,
}
PeerFilterSet = type(
    "PeerFilterSet",
    (django_filters.FilterSet,),
    {
        parameter(column, lookup): _FILTERS.get(column, django_filters.CharFilter)(
            field_name=column, lookup_expr=lookup
        )
        for column, (_, lookups) in COLUMNS.items()
        for lookup in lookups
    }
    | {"Meta": type("Meta", (), {"model": Product, "fields": []})},
)


def source() -> str:
    """Write out what a careful person writes: one `if` for each of the 40 parameters."""
    lines = ["def by_hand(params, queryset):", "    errors, conditions = {}, Q()"]
    for column, (_read, lookups) in COLUMNS.items():
        for lookup in lookups:
            name = parameter(column, lookup)
            lines += [
                f"    if raw := params.get({name!r}, '').strip():",
                "        try:",
                f"            conditions &= Q({name}=read_{column}(raw))",
                "        except (ValueError, KeyError, InvalidOperation):",
                f"            errors[{name!r}] = ['Enter a valid value.']",
            ]
    lines += ["    if errors:", "        raise ValidationError(errors)"]
    lines += ["    return queryset.filter(conditions)"]
    return "\n".join(lines)


_scope: dict[str, Any] = {
    "Q": Q,
    "InvalidOperation": InvalidOperation,
    "ValidationError": ValidationError,
    **{f"read_{column}": read for column, (read, _) in COLUMNS.items()},
}
exec(source(), _scope)
by_hand: Callable[[QueryDict, QuerySet[Any]], Any] = _scope["by_hand"]


READERS = {
    parameter(column, lookup): read
    for column, (read, lookups) in COLUMNS.items()
    for lookup in lookups
}


def by_table(params: QueryDict, queryset: QuerySet[Any]) -> Any:
    """The shortest thing that could work: one table, no order, no guard against anything."""
    errors, conditions = {}, Q()
    for name, raw in params.items():
        read = READERS.get(name)
        if read is None or not raw:
            continue
        try:
            conditions &= Q((name, read(raw)))
        except (ValueError, KeyError, InvalidOperation):
            errors[name] = ["Enter a valid value."]
    if errors:
        raise ValidationError(errors)
    return queryset.filter(conditions)


class Nothing:
    """Takes the condition and does nothing with it, so that only making it is measured."""

    model = Product

    def filter(self, condition: Q) -> Q:
        return condition


NOTHING: Any = Nothing()
QUERYSET = Product.objects.all()
TASKS: dict[str, dict[str, Callable[[], Any]]] = {
    "build + validate + Q, 4 of 40": {
        "by hand": lambda: by_hand(DATA, NOTHING),
        "by table": lambda: by_table(DATA, NOTHING),
        "restflow": lambda: ProductFilterSet(DATA).filter_queryset(NOTHING),
    },
    "the same, into queryset.filter()": {
        "by hand": lambda: by_hand(DATA, QUERYSET),
        "by table": lambda: by_table(DATA, QUERYSET),
        "restflow": lambda: ProductFilterSet(DATA).filter_queryset(QUERYSET),
        "django-filter": lambda: PeerFilterSet(DATA, queryset=QUERYSET).qs,
    },
    "no parameter sent": {
        "by hand": lambda: by_hand(QueryDict(""), QUERYSET),
        "restflow": lambda: ProductFilterSet(QueryDict("")).filter_queryset(QUERYSET),
        "django-filter": lambda: PeerFilterSet(QueryDict(""), queryset=QUERYSET).qs,
    },
}


def timed(task: Callable[[], Any], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        task()
    return (perf_counter() - start) / calls


def main() -> None:
    assert len(NAMES) == 40
    assert set(ProductFilterSet.plan().parameters) == set(NAMES)
    assert str(by_hand(DATA, QUERYSET).query)
    for title, sides in TASKS.items():
        samples: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, task in sides.items():
                samples[name].append(timed(task, CALLS // 20 if name == "django-filter" else CALLS))
        hand = samples["by hand"]
        print(title)
        for name, found in samples.items():
            ratio = statistics.median(a / b for a, b in zip(found, hand, strict=True))
            print(f"  {name:<14}{ratio:8.2f}x{statistics.median(found) * 1e6:10.1f} us")


if __name__ == "__main__":
    main()
