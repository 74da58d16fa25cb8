"""What filter sets return equals a plain-Python reading of what they declare."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, reduce
from operator import xor
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Avg, Q, QuerySet
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.filters import (
    BooleanField,
    DateField,
    DecimalField,
    FilterSet,
    FloatField,
    InlineFilterSet,
    IntegerField,
    ListField,
    RelatedField,
    StringField,
)
from restflow_testing.counts import cases
from restflow_testing.models import Category, Product, Review, Tag

pytestmark = pytest.mark.django_db(databases="__all__")

Row = dict[str, Any]
WORDS = ["ab", "b", "abc", "ca"]
NUMBERS = [0, 1, 2, 3]

# -- the filter sets ---------------------------------------------------------------------------


def with_average(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset.annotate(average=Avg("reviews__rating"))


def lenient(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset.filter(rating__gte=2)


def heavy(filterset: FilterSet, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
    return queryset.filter(weight__gt=value)


def reviewed(filterset: FilterSet, queryset: QuerySet[Any], value: Any) -> Q:
    return Q(reviews__rating=value)


@lru_cache(None)
def filterset(operator: str, inner: str, scoped: bool, averaged: bool) -> type[FilterSet]:
    class ShelfFilterSet(FilterSet):
        name = StringField(lookups=["in", "icontains", "isnull"])
        parent = IntegerField(db_field="parent__id", lookups=["isnull"])

        class Meta:
            model = Category
            operator = inner

    class ReviewFilterSet(FilterSet):
        rating = IntegerField(lookups=["comparison", "in"])
        comment = StringField()
        kin = StringField(db_field="product__tags__name")

        class Meta:
            model = Review
            operator = inner
            preprocessors = [lenient] if scoped else []

    fields: dict[str, Any] = {
        "name": StringField(lookups=["text", "in"]),
        "price": DecimalField(lookups=["comparison", "in", "range"]),
        "weight": FloatField(lookups=["comparison", "basic"]),
        "in_stock": BooleanField(),
        "released_on": DateField(lookups=["comparison", "year", "month__gte", "isnull"]),
        "category": IntegerField(lookups=["basic", "gt"]),
        "shelf_name": StringField(db_field="category__name", lookups=["basic", "icontains"]),
        "grandparent": StringField(db_field="category__parent__name", lookups=["isnull"]),
        "tag": StringField(db_field="tags__name", lookups=["basic", "icontains"]),
        "tags": ListField(child=IntegerField()),
        "rating": IntegerField(db_field="reviews__rating", lookups=["basic", "comparison"]),
        "starts": StringField(filter_by="name__startswith"),
        "light": FloatField(filter_by=lambda value: Q(weight__lt=value)),
        "tagged": StringField(filter_by=lambda value: Q(tags__name=value) | Q(name=value)),
        "both": IntegerField(
            filter_by=lambda value: Q(reviews__rating=value, reviews__comment="b")
        ),
        "heavy": FloatField(method=heavy, allow_negate=True),
        "reviewed": IntegerField(method=reviewed, allow_negate=True),
        "shelf": RelatedField(ShelfFilterSet, db_field="category"),
        "review": RelatedField(ReviewFilterSet, db_field="reviews"),
    }
    if averaged:
        fields["average"] = FloatField(computed=True, lookups=["comparison"])
    return InlineFilterSet(
        fields,
        model=Product,
        operator=operator,
        preprocessors=[with_average] if averaged else [],
    )


# -- the oracle --------------------------------------------------------------------------------

#: Parameter -> path; what is not listed filters by its own name.
PATHS = {
    "shelf_name": "category__name",
    "grandparent": "category__parent__name",
    "tag": "tags__name",
    "tags": "tags__id",
    "rating": "reviews__rating",
    "starts": "name",
    "average": "average",
    "category": "category__id",
}
MISSING: Row = {}


def joined(row: Row, path: str) -> list[Any]:
    """All values at the end of *path*; a relation without rows gives one None, as a join does."""
    head, _, rest = path.partition("__")
    value = row.get(head)
    if not rest:
        return [value]
    if isinstance(value, list):
        return [found for item in value or [MISSING] for found in joined(item, rest)]
    return joined(value or MISSING, rest)


def compare(lookup: str, found: Any, wanted: Any) -> bool:
    if lookup == "isnull":
        return (found is None) is wanted
    if found is None:
        return False
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "exact": lambda a, b: a == b,
        "in": lambda a, b: a in b,
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
        "range": lambda a, b: b[0] <= a <= b[1],
        "icontains": lambda a, b: b.lower() in a.lower(),
        "contains": lambda a, b: b in a,
        "startswith": lambda a, b: a.startswith(b),
        "endswith": lambda a, b: a.endswith(b),
        "iexact": lambda a, b: a.lower() == b.lower(),
        "year": lambda a, b: a.year == b,
        "month__gte": lambda a, b: a.month >= b,
    }
    return tests[lookup](found, wanted)


def split(name: str) -> tuple[str, str, bool]:
    """The field, the lookup and whether the parameter is negated."""
    plain = name.removesuffix("!")
    field, _, lookup = plain.partition("__")
    if field in ("starts",):
        lookup = "startswith"
    if field == "tags":
        lookup = "in"
    return field, lookup or "exact", name.endswith("!")


SPECIAL: dict[str, Callable[[Row, Any], bool]] = {
    "light": lambda row, value: row["weight"] is not None and row["weight"] < value,
    "heavy": lambda row, value: row["weight"] is not None and row["weight"] > value,
    "tagged": lambda row, value: row["name"] == value or value in joined(row, "tags__name"),
    "reviewed": lambda row, value: value in joined(row, "reviews__rating"),
    "both": lambda row, value: any(
        review["rating"] == value and review["comment"] == "b" for review in row["reviews"]
    ),
}


def holds(row: Row, name: str, value: Any) -> bool:
    field, lookup, negated = split(name)
    if field in SPECIAL:
        return SPECIAL[field](row, value) is not negated
    found = joined(row, PATHS.get(field, field))
    return any(compare(lookup, item, value) for item in found) is not negated


def combined(operator: str, truths: list[bool]) -> bool:
    if operator == "AND":
        return all(truths)
    return any(truths) if operator == "OR" else reduce(xor, truths)


RELATED_PATHS = {"parent": "parent__id", "kin": "product__tags__name"}


def related_holds(related: Row, name: str, value: Any) -> bool:
    field, lookup, _ = split(name)
    found = joined(related, RELATED_PATHS.get(field, field))
    return any(compare(lookup, item, value) for item in found)


def relation_holds(
    rows: list[Row], operator: str, sent: list[tuple[str, Any]], *, inner_join: bool
) -> bool:
    """One related row for which the positive ones hold; and for each negative one, none."""
    positive = [(name, value) for name, value in sent if not name.endswith("!")]
    truths = []
    if positive:
        truths.append(
            any(
                combined(operator, [related_holds(row, name, value) for name, value in positive])
                for row in rows or ([] if inner_join else [MISSING])
            )
        )
    for name, value in sent:
        if name.endswith("!"):
            candidates = rows or ([] if inner_join else [MISSING])
            truths.append(not any(related_holds(row, name, value) for row in candidates))
    return combined(operator, truths)


def expected(
    rows: list[Row], operator: str, inner: str, scoped: bool, sent: list[tuple[str, Any]]
) -> list[int]:
    result = []
    for row in rows:
        truths = []
        by_relation: dict[str, list[tuple[str, Any]]] = {}
        for name, value in sent:
            head, _, rest = name.partition("__")
            if head in ("shelf", "review") and rest:
                by_relation.setdefault(head, []).append((rest, value))
            else:
                truths.append(holds(row, name, value))
        for head, inner_sent in by_relation.items():
            if head == "shelf":
                related = [row["category"]] if row["category"] else []
                truths.append(relation_holds(related, inner, inner_sent, inner_join=False))
            else:
                related = [r for r in row["reviews"] if not scoped or r["rating"] >= 2]
                truths.append(relation_holds(related, inner, inner_sent, inner_join=scoped))
        if not truths or combined(operator, truths):
            result.append(row["id"])
    return sorted(result)


# -- rows and requests -------------------------------------------------------------------------

words = st.sampled_from(WORDS)
numbers = st.sampled_from(NUMBERS)
dates = st.sampled_from(["2020-01-31", "2021-06-15", "2021-12-31"])
booleans = st.booleans()

rows_of = st.fixed_dictionaries(
    {
        "categories": st.lists(st.tuples(words, st.booleans()), max_size=3),
        "tags": st.lists(words, max_size=3, unique=True),
        "products": st.lists(
            st.fixed_dictionaries(
                {
                    "name": words,
                    "price": st.sampled_from(["0.00", "1.00", "1.50", "3.00"]),
                    "weight": st.none() | numbers.map(float),
                    "in_stock": booleans,
                    "released_on": st.none() | dates,
                    "category": st.none() | st.integers(0, 2),
                    "tags": st.sets(st.integers(0, 2)),
                    "reviews": st.lists(st.tuples(numbers, words), max_size=3),
                }
            ),
            min_size=1,
            max_size=5,
        ),
    }
)

TEXT = words
INT = numbers.map(str)
DECIMAL = st.sampled_from(["0", "1", "1.00", "1.5", "3.00"])
FLOAT = st.sampled_from(["0", "1.0", "2", "3"])
BOOL = st.sampled_from(["true", "false"])


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(",".join)


def pair(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(values, values).map(",".join)


def several(*names: str, **values: Any) -> list[tuple[str, Any]]:
    return [(name, values["of"]) for name in names]


PARAMETERS = [
    *several("name", "name__iexact", "name__icontains", "name__startswith", of=TEXT),
    *several("name__endswith", "name__contains", "starts", "shelf_name", of=TEXT),
    *several("tag", "tag__icontains", "tagged", "shelf_name__icontains", of=TEXT),
    *several("name__in", "tag__in", "shelf_name__in", of=listed(TEXT)),
    *several("price", "price__gt", "price__gte", "price__lt", "price__lte", of=DECIMAL),
    ("price__in", listed(DECIMAL)),
    ("price__range", pair(DECIMAL)),
    *several("weight", "weight__gt", "weight__lte", "light", "heavy", of=FLOAT),
    *several("weight__isnull", "in_stock", "category__isnull", "tag__isnull", of=BOOL),
    *several("rating__isnull", "released_on__isnull", "grandparent__isnull", of=BOOL),
    ("grandparent", TEXT),
    *several("rating", "rating__gt", "rating__lte", "both", "reviewed", of=INT),
    ("rating__in", listed(INT)),
    *several("released_on", "released_on__gt", "released_on__lte", of=dates),
    ("released_on__year", st.sampled_from(["2020", "2021"])),
    ("released_on__month__gte", st.sampled_from(["1", "6", "12"])),
    *several("category", "category__gt", of=INT),
    *several("category__in", "tags", of=listed(INT)),
    *several("shelf__name", "shelf__name__icontains", of=TEXT),
    ("shelf__name__in", listed(TEXT)),
    *several("shelf__name__isnull", "shelf__parent__isnull", of=BOOL),
    *several("review__rating", "review__rating__gte", "review__rating__lt", of=INT),
    *several("review__comment", "review__kin", of=TEXT),
    *several("average", "average__gt", "average__lte", of=FLOAT),
]
sent_of = st.lists(
    st.sampled_from(PARAMETERS).flatmap(
        lambda item: st.tuples(
            st.sampled_from([item[0], f"{item[0]}!"]),
            item[1],
        )
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item[0],
)


def save(alias: str, data: dict[str, Any]) -> list[Row]:
    """Create the rows and return them as plain dictionaries."""
    categories: list[Row] = []
    for index, (name, nested) in enumerate(data["categories"]):
        parent = categories[-1] if nested and categories else None
        Category.objects.using(alias).create(
            id=index, name=name, slug=f"c{index}", parent_id=parent and parent["id"]
        )
        categories.append({"id": index, "name": name, "parent": parent})
    tags: list[Row] = []
    for index, name in enumerate(data["tags"]):
        Tag.objects.using(alias).create(id=index, name=name)
        tags.append({"id": index, "name": name})
    rows = []
    for index, item in enumerate(data["products"]):
        category = item["category"]
        within = category is not None and category < len(categories)
        row: Row = {
            "id": index + 1,
            "name": item["name"],
            "price": Decimal(item["price"]),
            "weight": item["weight"],
            "in_stock": item["in_stock"],
            "released_on": item["released_on"] and datetime.date.fromisoformat(item["released_on"]),
            "category": categories[category] if within else None,
        }
        plain = {key: value for key, value in row.items() if key != "category"}
        product = Product.objects.using(alias).create(
            **plain, category_id=category if within else None
        )
        row["tags"] = [tags[number] for number in sorted(item["tags"]) if number < len(tags)]
        product.tags.set([tag["id"] for tag in row["tags"]])
        row["reviews"] = []
        for rating, comment in item["reviews"]:
            Review.objects.using(alias).create(product=product, rating=rating, comment=comment)
            row["reviews"].append({"rating": rating, "comment": comment, "product": row})
        ratings = [review["rating"] for review in row["reviews"]]
        row["average"] = sum(ratings) / len(ratings) if ratings else None
        rows.append(row)
    return rows


@settings(max_examples=cases(2000))
@given(
    data=rows_of,
    sent=sent_of,
    operator=st.sampled_from(["AND", "OR", "XOR"]),
    inner=st.sampled_from(["AND", "OR", "XOR"]),
    scoped=st.booleans(),
)
def test_filtering_equals_plain_python(
    alias: str, data: Any, sent: Any, operator: str, inner: str, scoped: bool
) -> None:
    averaged = any(name.startswith("average") for name, _ in sent)
    query = QueryDict(mutable=True)
    query.update(dict(sent))
    chosen = filterset(operator, inner, scoped, averaged)(QueryDict(query.urlencode()))
    assert chosen.is_valid(), chosen.errors
    with transaction.atomic(using=alias):
        rows = save(alias, data)
        found = chosen.filter_queryset(Product.objects.using(alias).order_by("id"))
        ids = [product.id for product in found]
        transaction.set_rollback(True, using=alias)
    values = list(chosen.validated_data.items())
    assert ids == expected(rows, operator, inner, scoped, values)


@settings(max_examples=cases(600))
@given(data=rows_of, sent=sent_of.map(lambda items: items[:1]))
def test_a_parameter_and_its_negation_part_the_rows(alias: str, data: Any, sent: Any) -> None:
    name, value = sent[0]
    name = name.removesuffix("!")
    averaged = name.startswith("average")
    chosen = filterset("AND", "AND", False, averaged)
    with transaction.atomic(using=alias):
        rows = save(alias, data)
        queryset = Product.objects.using(alias).order_by("id")
        matching = list(chosen({name: value}).filter_queryset(queryset))
        others = list(chosen({f"{name}!": value}).filter_queryset(queryset))
        transaction.set_rollback(True, using=alias)
    assert sorted(item.id for item in matching + others) == [row["id"] for row in rows]


def test_every_declared_parameter_is_generated() -> None:
    """The list above stays complete: nothing the filter sets accept goes unexamined."""
    declared = filterset("AND", "AND", False, True).plan().parameters.values()
    examined = {name.partition("__")[0] for name, _ in PARAMETERS}
    assert {parameter.field_name for parameter in declared} == examined
    assert {parameter.lookup for parameter in declared} <= {
        split(name)[1] for name, _ in PARAMETERS
    } | {"method", "filter_by"}


#: What the ORM gets wrong by itself, as requests of one product without anything around it.
LONELY = {
    "categories": [],
    "tags": [],
    "products": [
        {
            **{"name": "ab", "price": "1.00", "weight": None, "in_stock": True},
            **{"released_on": None, "category": None, "tags": set(), "reviews": []},
        }
    ],
}


@pytest.mark.parametrize("inner", ["AND", "XOR"])
@pytest.mark.parametrize("operator", ["AND", "OR", "XOR"])
@pytest.mark.parametrize(
    "sent",
    [
        {"name": "ab", "grandparent__isnull!": "true"},
        {"name": "ab", "shelf__name__isnull!": "true"},
        {"name": "ab", "shelf_name": "b"},
        {"name": "ab", "shelf_name!": "b"},
        {"average__gt!": "1"},
        {"average__gt!": "1", "weight__gt!": "1", "name": "ab"},
        {"heavy!": "1", "light!": "1", "both!": "1"},
        {"tag__isnull": "true", "tag__isnull!": "true", "tag!": "b"},
    ],
)
def test_nothing_is_lost_to_null(
    alias: str, operator: str, inner: str, sent: dict[str, str]
) -> None:
    averaged = any(name.startswith("average") for name in sent)
    chosen = filterset(operator, inner, False, averaged)(sent)
    rows = save(alias, LONELY)
    found = chosen.filter_queryset(Product.objects.using(alias))
    values = list(chosen.validated_data.items())
    assert [item.id for item in found] == expected(rows, operator, inner, False, values)


def test_a_condition_of_ones_own_on_an_annotation_has_a_complement(alias: str) -> None:
    better = FloatField(filter_by=lambda value: Q(average__gt=value))
    chosen = InlineFilterSet({"better": better}, model=Product, preprocessors=[with_average])
    save(alias, LONELY)
    for name, count in (("better", 0), ("better!", 1)):
        assert chosen({name: "1"}).filter_queryset(Product.objects.using(alias)).count() == count
