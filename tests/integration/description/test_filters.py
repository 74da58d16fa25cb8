"""Every part of the filters' description, asked of real rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, Optional

import pytest
from django.db import models
from django.db.models import Q, QuerySet
from django.test import modify_settings
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer
from rest_framework.test import APIRequestFactory

from restflow.filters import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    Email,
    EmailField,
    FilterSet,
    FloatField,
    InlineFilterSet,
    IntegerField,
    IPAddress,
    IPAddressField,
    ListField,
    RestflowFilterBackend,
    StringField,
    TimeField,
)
from restflow_testing.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def products(db: None) -> None:
    Product.objects.create(name="Lamp", description="bright", price="10.00", stock=5)
    Product.objects.create(name="Chair", description="oak", price="40.00", in_stock=False)
    Product.objects.create(name="Table", description="oak", price="99.00", stock=5, weight=20)


def names(filterset: FilterSet) -> list[str]:
    found = filterset.filter_queryset(Product.objects.order_by("id"))
    return [product.name for product in found]


def of(field: Any, **meta: Any) -> type[FilterSet]:
    """A filter set over products with one field, `x`."""
    return InlineFilterSet({"x": field}, model=Product, **meta)


def parameters(filterset: type[FilterSet]) -> set[str]:
    return set(filterset.plan().parameters)


@pytest.mark.describes("filter set: fields from annotations")
def test_annotations() -> None:
    class ProductFilterSet(FilterSet):
        name: str
        price: int
        in_stock: bool

        class Meta:
            model = Product

    assert names(ProductFilterSet({"price": "40", "in_stock": "false"})) == ["Chair"]
    assert "name" in ProductFilterSet.fields


@pytest.mark.describes("filter set: called with a request it validates and filters")
def test_request() -> None:
    filterset = of(IntegerField(db_field="price"))
    good = Request(APIRequestFactory().get("/", {"x": "99"}))
    assert names(filterset(request=good)) == ["Table"]
    bad = Request(APIRequestFactory().get("/", {"x": "dear"}))
    assert filterset(request=bad).errors == {"x": ["A valid integer is required."]}


class MixedFilterSet(FilterSet):
    name = StringField(lookups=["icontains"])
    description: str
    in_stock: bool

    class Meta:
        model = Product
        fields = ["price", "name", "description"]
        extra_kwargs = {"price": {"min_value": 0}}


@pytest.mark.describes("declaration: explicit fields, annotations and model fields mixed")
def test_mixed() -> None:
    sent = {"name__icontains": "A", "description": "oak", "in_stock": "true", "price": "99"}
    assert names(MixedFilterSet(sent)) == ["Table"]


@pytest.mark.describes("declaration: explicit wins over annotation, annotation over model")
def test_priority() -> None:
    class ProductFilterSet(FilterSet):
        name: int = StringField()
        price: int

        class Meta:
            model = Product
            fields = ["name", "price"]

    assert isinstance(ProductFilterSet.fields["name"], StringField)
    assert isinstance(ProductFilterSet.fields["price"], IntegerField)


@pytest.mark.describes("declaration: extra_kwargs reach model-derived fields")
def test_extra_kwargs() -> None:
    assert list(MixedFilterSet({"price": "-1"}).errors) == ["price"]


@pytest.mark.describes("filter_by: an ORM string")
def test_filter_by_string() -> None:
    assert names(of(StringField(filter_by="name__icontains"))({"x": "AB"})) == ["Table"]


@pytest.mark.describes("filter_by: a callable that returns a Q")
def test_filter_by_q() -> None:
    either = StringField(filter_by=lambda value: Q(name=value) | Q(description=value))
    assert names(of(either)({"x": "oak"})) == ["Chair", "Table"]
    assert names(of(either)({"x!": "oak"})) == ["Lamp"]


@pytest.mark.describes("filter_by: a callable that returns a dict")
def test_filter_by_dict() -> None:
    both = IntegerField(filter_by=lambda value: {"stock": value, "description": "oak"})
    assert names(of(both)({"x": "5"})) == ["Table"]


@pytest.mark.describes("db_field: product_price filters price")
def test_db_field() -> None:
    fields = {"product_price": IntegerField(db_field="price", lookups=["comparison"])}
    filterset = InlineFilterSet(fields, model=Product)
    assert names(filterset({"product_price__gt": "40"})) == ["Table"]


CATEGORIES = {
    "basic": (IntegerField(db_field="stock", lookups=["basic"]), "exact in isnull"),
    "text": (
        StringField(db_field="name", lookups=["text"]),
        "icontains contains startswith endswith iexact",
    ),
    "comparison": (IntegerField(db_field="stock", lookups=["comparison"]), "gt gte lt lte"),
    "date": (
        DateTimeField(db_field="created_at", lookups=["date"]),
        "date year month day week week_day quarter",
    ),
    "time": (DateTimeField(db_field="created_at", lookups=["time"]), "time hour minute second"),
}


@pytest.mark.describes(
    "lookup category: basic",
    "lookup category: text",
    "lookup category: comparison",
    "lookup category: date",
    "lookup category: time",
)
@pytest.mark.parametrize("category", CATEGORIES)
def test_category(category: str) -> None:
    field, members = CATEGORIES[category]
    filterset = of(field, allow_negate=False)
    assert parameters(filterset) == {"x", *(f"x__{member}" for member in members.split())}
    for member in members.split():
        value = {"isnull": "true", "date": "2020-01-01", "time": "12:00"}.get(member, "1")
        filterset({f"x__{member}": value}).filter_queryset(Product.objects.all()).count()


@pytest.fixture
def postgres_app() -> Iterator[None]:
    with modify_settings(INSTALLED_APPS={"append": "django.contrib.postgres"}):
        yield


@pytest.mark.describes("lookup category: postgres")
def test_postgres(postgres_app: None) -> None:
    filterset = of(StringField(db_field="name", lookups=["postgres"]), allow_negate=False)
    assert parameters(filterset) == {"x", "x__search", "x__trigram_similar", "x__unaccent"}


@pytest.mark.describes("lookup category: pg_array")
def test_pg_array() -> None:
    from django.contrib.postgres.fields import ArrayField

    class Shelf(models.Model):
        labels = ArrayField(models.CharField(max_length=9))

        class Meta:
            app_label = "described"

        def __str__(self) -> str:
            return ", ".join(self.labels)

    filterset = InlineFilterSet(
        {"labels": ListField(lookups=["pg_array"])}, model=Shelf, allow_negate=False
    )
    assert parameters(filterset) == {
        "labels",
        "labels__contains",
        "labels__overlaps",
        "labels__contained_by",
    }
    assert filterset({"labels__overlaps": "a,b"}).validated_data == {"labels__overlaps": ["a", "b"]}


PRICE = IntegerField(db_field="price", lookups=["gte", "lte"])


@pytest.mark.describes("variants: price, price__gte, price__lte and their negations")
def test_variants() -> None:
    assert parameters(of(PRICE)) == {"x", "x__gte", "x__lte", "x!", "x__gte!", "x__lte!"}
    assert names(of(PRICE)({"x__gte!": "40"})) == ["Lamp"]


@pytest.mark.describes("negation: allow_negate=False on a field")
def test_no_negation_of_a_field() -> None:
    filterset = of(StringField(db_field="name", allow_negate=False))
    assert parameters(filterset) == {"x"}


@pytest.mark.describes("negation: Meta.allow_negate = False")
def test_no_negation_at_all() -> None:
    assert parameters(of(PRICE, allow_negate=False)) == {"x", "x__gte", "x__lte"}


def combined(operator: str) -> list[str]:
    fields = {"description": str, "stock": int}
    filterset = InlineFilterSet(fields, model=Product, operator=operator)
    return names(filterset({"description": "oak", "stock": "5"}))


@pytest.mark.describes("operator: AND")
def test_and() -> None:
    assert combined("AND") == ["Table"]


@pytest.mark.describes("operator: OR")
def test_or() -> None:
    assert combined("OR") == ["Lamp", "Chair", "Table"]


@pytest.mark.describes("operator: XOR")
def test_xor() -> None:
    assert combined("XOR") == ["Lamp", "Chair"]


def only_oak(queryset: QuerySet[Product]) -> QuerySet[Product]:
    return queryset.filter(description="oak")


def dearest_first(filterset: FilterSet, queryset: QuerySet[Product]) -> QuerySet[Product]:
    return queryset.order_by("-price")


@pytest.mark.describes("processors: preprocessors run before filtering")
def test_preprocessors() -> None:
    fields = {"name": str, "stock": int}
    filterset = InlineFilterSet(fields, model=Product, operator="OR", preprocessors=[only_oak])
    assert names(filterset({"name": "Lamp", "stock": "5"})) == ["Table"]


@pytest.mark.describes("processors: postprocessors run after filtering")
def test_postprocessors() -> None:
    filterset = InlineFilterSet({"stock": int}, model=Product, postprocessors=[dearest_first])
    assert names(filterset({"stock": "5"})) == ["Table", "Lamp"]


ANNOTATIONS: list[tuple[Any, type]] = [
    (str, StringField),
    (int, IntegerField),
    (float, FloatField),
    (bool, BooleanField),
    (Decimal, DecimalField),
    (datetime.date, DateField),
    (datetime.datetime, DateTimeField),
    (datetime.time, TimeField),
    (datetime.timedelta, DurationField),
    (Email, EmailField),
    (IPAddress, IPAddressField),
    (Literal["a", "b"], ChoiceField),
]


@pytest.mark.describes(
    "annotation: str is a StringField",
    "annotation: int is an IntegerField",
    "annotation: float is a FloatField",
    "annotation: bool is a BooleanField",
    "annotation: Decimal is a DecimalField",
    "annotation: date is a DateField",
    "annotation: datetime is a DateTimeField",
    "annotation: time is a TimeField",
    "annotation: timedelta is a DurationField",
    "annotation: Email is an EmailField",
    "annotation: IPAddress is an IPAddressField",
    "annotation: Literal is a ChoiceField",
)
@pytest.mark.parametrize(("annotation", "expected"), ANNOTATIONS)
def test_annotation(annotation: Any, expected: type) -> None:
    assert type(InlineFilterSet({"x": annotation}).fields["x"]) is expected


@pytest.mark.describes("annotation: list[T] is a ListField with a child for T")
def test_list() -> None:
    field = InlineFilterSet({"x": list[int]}).fields["x"]
    assert isinstance(field, ListField)
    assert isinstance(field.child, IntegerField)


@pytest.mark.describes("annotation: Optional[T] and T | None are the field for T")
def test_optional() -> None:
    filterset = InlineFilterSet({"x": Optional[int], "y": int | None})  # noqa: UP045
    assert [type(field) for field in filterset.fields.values()] == [IntegerField, IntegerField]


class ProductSerializer(ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["name"]


class ProductList(ListAPIView[Product]):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend]
    filterset_class = MixedFilterSet


@pytest.mark.describes("backend: RestflowFilterBackend filters a list view")
def test_backend() -> None:
    request = APIRequestFactory().get("/", {"description": "oak", "in_stock": "true"})
    assert ProductList.as_view()(request).data == [{"name": "Table"}]


@pytest.mark.describes("backend: RestflowFilterBackend documents every parameter")
def test_documented() -> None:
    documented = RestflowFilterBackend().get_schema_operation_parameters(ProductList())
    assert {item["name"] for item in documented} == parameters(MixedFilterSet)
