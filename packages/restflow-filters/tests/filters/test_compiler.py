"""Mistakes in a declaration are found when the class is created, and named."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F

from restflow.filters import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    FilterSet,
    InlineFilterSet,
    IntegerField,
    ListField,
    OrderField,
    RelatedField,
    StringField,
    UUIDField,
)
from restflow.filters.checks import check_filter_sets
from restflow_testing.models import Category, Product, Review


async def coroutine(value: Any) -> Any:
    return value


def four(filterset: Any, queryset: Any, value: Any, more: Any) -> Any:
    return queryset


REVIEWS = InlineFilterSet({"rating": int}, model=Review)


@pytest.mark.parametrize(
    ("fields", "meta", "message"),
    [
        ({"prise": int}, {}, r"InlineFilterSet\.prise: Product has no field 'prise'; did you mean"),
        ({"x": StringField(db_field="category__nam")}, {}, r"Category has no field 'nam'"),
        ({"x": StringField(db_field="name__nope")}, {}, r"'name__nope' goes on after its column"),
        ({"name": StringField(lookups=["nope"])}, {}, r"name: CharField has no lookup 'nope'"),
        (
            {"price": DecimalField(lookups=["year"])},
            {},
            r"price: DecimalField has no lookup 'year'",
        ),
        ({"name": StringField(lookups=["search"])}, {}, r"name: CharField has no lookup 'search'"),
        ({"category": IntegerField(lookups=["icontains"])}, {}, r"ForeignKey has no lookup"),
        ({"created_at": DateField()}, {}, r"created_at: its values are no datetime"),
        ({"price": DateTimeField()}, {}, r"price: its values are no decimal"),
        ({"name": BooleanField()}, {}, r"name: its values are no text"),
        ({"x": StringField(filter_by="name__nope")}, {}, r"x: filter_by='name__nope'"),
        ({"x": StringField(filter_by=coroutine)}, {}, r"x: its filter_by is async"),
        ({"x": StringField(filter_by=str, lookups=["gt"])}, {}, r"x: its filter_by is a function"),
        ({"x": StringField(method="nope")}, {}, r"names 'nope', and the class has no such method"),
        ({"x": StringField(method=four)}, {}, r"names four, which takes 4 arguments"),
        (
            {"x": StringField(method=four, lookups=["gt"])},
            {},
            r"x: its method cannot serve lookups",
        ),
        ({"name": StringField(nope=1)}, {}, r"StringField\(\.\.\.\): .*nope"),
        ({"x": OrderField(fields=["prise"])}, {}, r"x: 'prise' sorts by nothing"),
        ({"x": OrderField(fields=["tags__name"])}, {}, r"x: 'tags__name' sorts by .* many values"),
        ({"x": OrderField(fields=["price"], default=["name"])}, {}, r"x: its default 'name'"),
        ({"x": OrderField(fields=["price"])}, {"order_fields": ["name"]}, r"'x' sorts already"),
        ({"category": RelatedField(REVIEWS)}, {}, r"leads to Category and .* filters Review"),
        ({"name": RelatedField(REVIEWS)}, {}, r"'name' leads to no other model"),
        ({"x": RelatedField(REVIEWS)}, {}, r"x: Product has no field 'x'"),
        (
            {"price": IntegerField(lookups=["gt"]), "price__gt": IntegerField(db_field="price")},
            {},
            r"its parameter 'price__gt' belongs to 'price' too",
        ),
        ({}, {"columns": ["nope"]}, r"Meta\.fields: Product has no field 'nope'"),
        ({}, {"columns": ["attributes"]}, r"names 'attributes', a JSONField, which no query"),
        ({}, {"columns": "name"}, r"Meta\.fields is the string 'name'"),
        ({}, {"columns": ["name"], "exclude": ["price"]}, r"has fields and exclude"),
        ({}, {"exclude": ["nope"]}, r"Meta\.exclude names nope"),
        ({}, {"exclude": "name"}, r"Meta\.exclude is a string"),
        ({"name": str}, {"operator": "NOR"}, r"Meta\.operator is 'NOR'"),
        ({"name": str}, {"unknown": "panic"}, r"Meta\.unknown is 'panic'"),
        ({"name": str}, {"lookup_separator": ""}, r"Meta\.lookup_separator is ''"),
        ({"name": str}, {"oprator": "OR"}, r"Meta\.oprator means nothing\. Did you mean operator"),
        ({"name": StringField()}, {"extra_kwargs": {"name": {}}}, r"extra_kwargs names name"),
        ({"name": str}, {"preprocessors": ["nope"]}, r"preprocessors names 'nope'"),
        ({"name": str}, {"preprocessors": [four]}, r"preprocessors lists four, which takes 4"),
        ({"name": str}, {"postprocessors": [3]}, r"postprocessors holds 3"),
    ],
)
def test_a_mistake_is_named(fields: Any, meta: Any, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        InlineFilterSet(fields, model=Product, **meta)


def test_relations_and_columns_need_a_model() -> None:
    with pytest.raises(ImproperlyConfigured, match="category: it needs Meta"):
        InlineFilterSet({"category": RelatedField(REVIEWS)})
    with pytest.raises(ImproperlyConfigured, match="lists fields of no model"):
        InlineFilterSet(columns=["name"])


def test_lists_of_lists_are_refused() -> None:
    with pytest.raises(TypeError, match="one value"):
        ListField(child=ListField())


def test_members_of_a_category_that_a_column_lacks_are_dropped() -> None:
    made = InlineFilterSet(
        {"released_on": DateField(lookups=["date", "time", "postgres", "pg_array"])},
        model=Product,
        allow_negate=False,
    )
    assert "released_on__date" not in made.plan().parameters
    assert {"released_on__year", "released_on__quarter"} < set(made.plan().parameters)
    assert not [name for name in made.plan().parameters if "hour" in name or "search" in name]


def test_everything_but_patterns() -> None:
    made = InlineFilterSet({"name": StringField(lookups="__all__")}, model=Product)
    assert "name__icontains" in made.plan().parameters
    assert not [name for name in made.plan().parameters if "regex" in name]


def test_a_category_wins_over_a_lookup_of_its_name() -> None:
    made = InlineFilterSet({"created_at": DateTimeField(lookups=["date"])}, model=Product)
    assert {"created_at__date", "created_at__year"} < set(made.plan().parameters)


def test_values_take_the_type_and_the_bounds_of_their_column() -> None:
    made = InlineFilterSet(
        {
            "price": int,
            "stock": float,
            "sku": StringField(),
            "released": StringField(db_field="released_on"),
            "category": int,
            "rating": IntegerField(db_field="reviews__rating"),
        },
        model=Product,
    )
    good = {"price": "7", "stock": "3.0", "sku": "0" * 32, "released": "2020-01-01"}
    values = made(good).validated_data
    assert (values["price"], type(values["price"])) == (7, Decimal)
    assert (values["stock"], type(values["stock"])) == (3, int)
    assert values["released"] == datetime.date(2020, 1, 1)
    bad = {"price": "1" + "0" * 8, "stock": "3.5", "sku": "x", "released": "x", "rating": "32768"}
    assert set(made(bad).errors) == set(bad)


def test_model_columns_become_fields_of_their_type() -> None:
    made = InlineFilterSet(model=Product, exclude=["name"])
    assert "name" not in made.fields
    kinds = {name: type(field).__name__ for name, field in made.fields.items()}
    assert kinds == {
        **{"id": "IntegerField", "sku": "UUIDField", "description": "StringField"},
        **{"status": "ChoiceField", "price": "DecimalField", "weight": "FloatField"},
        **{"stock": "IntegerField", "in_stock": "BooleanField", "category": "IntegerField"},
        **{"homepage": "StringField", "contact": "EmailField", "origin": "IPAddressField"},
        **{"warranty": "DurationField", "released_on": "DateField", "opens_at": "TimeField"},
        **{"created_at": "DateTimeField", "updated_at": "DateTimeField", "tags": "IntegerField"},
    }
    assert {"category__in", "tags__in!"} < set(made.plan().parameters)


def test_a_list_is_capped_by_the_class() -> None:
    made = InlineFilterSet({"id": UUIDField(lookups=["in"])}, max_in_items=2)
    key = "0" * 32
    assert made({"id__in": f"{key},{key}"}).is_valid()
    assert made({"id__in": f"{key},{key},{key}"}).errors == {
        "id__in": ["Ensure this list has no more than 2 items."]
    }


def test_a_class_made_before_the_models_is_compiled_later() -> None:
    apps.models_ready, ready = False, apps.models_ready
    try:

        class Early(FilterSet):
            prise: int

            class Meta:
                model = Category
    finally:
        apps.models_ready = ready
    (message,) = [item for item in check_filter_sets() if item.obj is Early]
    assert message.id == "restflow.E201"
    assert "prise" in message.msg
    with pytest.raises(ImproperlyConfigured, match="prise"):
        Early({}).is_valid()


def test_checks_tell_what_is_left_out_and_what_is_exposed() -> None:
    from django.contrib.auth import get_user_model

    made = InlineFilterSet(model=get_user_model(), columns="__all__", name="Left")
    exposed = InlineFilterSet({"password": str}, model=get_user_model(), name="Exposed")
    found = {(item.id, item.obj) for item in check_filter_sets()}
    assert ("restflow.I203", made) in found
    assert ("restflow.W204", exposed) in found
    assert ("restflow.W204", made) not in found


def test_ordering_by_an_expression_needs_no_column() -> None:
    made = InlineFilterSet({"sort": OrderField(fields={"size": F("size")})}, model=Product)
    assert made({"sort": "-size"}).is_valid()
