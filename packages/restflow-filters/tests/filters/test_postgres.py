"""Lookups that only PostgreSQL has, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.test import modify_settings

from restflow.filters import FilterSet, InlineFilterSet, IntegerField, ListField, StringField
from restflow.filters.checks import check_filter_sets
from restflow_testing.models import Product


class Shelf(models.Model):
    labels = ArrayField(models.CharField(max_length=9), null=True)
    sizes = ArrayField(models.SmallIntegerField(), default=list)

    class Meta:
        app_label = "restflow_filters_tests"

    def __str__(self) -> str:
        return str(self.labels)


@pytest.fixture(scope="module", autouse=True)
def postgres(postgres_alias: str, django_db_blocker: Any) -> Iterator[None]:
    connection = connections[postgres_alias]
    with (
        django_db_blocker.unblock(),
        modify_settings(INSTALLED_APPS={"append": "django.contrib.postgres"}),
    ):
        with connection.schema_editor() as editor:
            editor.create_model(Shelf)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Shelf)


pytestmark = pytest.mark.django_db(databases="__all__")


def products(sent: dict[str, Any]) -> list[str]:
    fields = {"name": StringField(lookups=["postgres", "unaccent__icontains"])}
    filterset = InlineFilterSet(fields, model=Product)
    found = filterset(sent).filter_queryset(Product.objects.using("filters_pg").order_by("id"))
    return [product.name for product in found]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"name__search": "lamp"}, ["brass lamps"]),
        ({"name__search!": "lamp"}, ["Café", "chair"]),
        ({"name__search": "'; -- & | ! ( ) :*"}, []),
        ({"name__unaccent": "Cafe"}, ["Café"]),
        ({"name__unaccent__icontains": "CAFE"}, ["Café"]),
        ({"name__unaccent!": "Cafe"}, ["brass lamps", "chair"]),
        ({"name__trigram_similar": "chairs"}, ["chair"]),
        ({"name__trigram_similar!": "chairs"}, ["brass lamps", "Café"]),
    ],
)
def test_text(sent: dict[str, Any], expected: list[str]) -> None:
    for name in ("brass lamps", "Café", "chair"):
        Product.objects.using("filters_pg").create(name=name)
    assert products(sent) == expected


class ShelfFilterSet(FilterSet):
    labels: list[str] = ListField(lookups=["pg_array", "len", "isnull"])
    sizes = IntegerField(lookups=["pg_array"])

    class Meta:
        model = Shelf
        max_in_items = 4


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"labels": "a,b"}, [1]),
        ({"labels": "b,a"}, []),
        ({"labels!": "a,b"}, [2, 3]),
        ({"labels__contains": "b"}, [1, 2]),
        ({"labels__overlaps": "a,c"}, [1, 2]),
        ({"labels__overlaps!": "a"}, [2, 3]),
        ({"labels__contained_by": "a,b,x"}, [1]),
        ({"labels__len": "3"}, [2]),
        ({"labels__len!": "3"}, [1, 3]),
        ({"labels__isnull": "true"}, [3]),
        ({"sizes__contains": "2"}, [1]),
        ({"sizes": "1,2"}, [1]),
        ({"labels": ""}, [1, 2, 3]),
    ],
)
def test_arrays(sent: dict[str, Any], expected: list[int]) -> None:
    for number, labels in enumerate((["a", "b"], ["c", "b", "d"], None), 1):
        sizes = [1, 2] if number == 1 else []
        Shelf.objects.using("filters_pg").create(id=number, labels=labels, sizes=sizes)
    found = ShelfFilterSet(sent).filter_queryset(Shelf.objects.using("filters_pg").order_by("id"))
    assert [shelf.id for shelf in found] == expected


@pytest.mark.parametrize("sent", [{"sizes": "99999"}, {"labels": "a\0"}, {"labels": "1,2,3,4,5"}])
def test_items_are_bounded(sent: dict[str, str]) -> None:
    assert list(ShelfFilterSet(sent).errors) == list(sent)


def test_an_array_column_makes_a_list() -> None:
    made = InlineFilterSet(model=Shelf, columns="__all__")
    assert {name: type(field) for name, field in made.fields.items()} == {
        "id": IntegerField,
        "labels": ListField,
        "sizes": ListField,
    }


def test_a_lookup_of_postgresql_on_another_database_is_named_by_a_check() -> None:
    made = InlineFilterSet(
        {"name": StringField(lookups=["postgres"])}, model=Product, name="Elsewhere"
    )
    found = [m for m in check_filter_sets() if m.id == "restflow.E202" and m.obj is made]
    vendor = connections["default"].vendor
    assert len(found) == (vendor != "postgresql")
