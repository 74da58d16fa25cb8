"""A filter set outside of any view: reading, applying, reporting."""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

import annotated_types as at
import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, F, Q, QuerySet
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from restflow.core.adapters import loop_safe
from restflow.core.annotations import (
    AnnotationError,
    AnnotationType,
    annotation_types,
    register_annotation,
)
from restflow.filters import (
    Applied,
    DateField,
    DecimalField,
    Field,
    FilterSet,
    InlineFilterSet,
    IntegerField,
    ListField,
    MultipleChoiceField,
    RelatedField,
    StringField,
)
from restflow_testing.models import Category, Country, Parcel, Product, Review, StockLevel, Tag

pytestmark = pytest.mark.django_db


class ProductFilterSet(FilterSet):
    name = StringField(lookups=["icontains"])
    price = DecimalField(lookups=["comparison", "in", "range"])
    status = MultipleChoiceField(choices=Product.Status)
    in_stock: bool
    released_on: datetime.date

    class Meta:
        model = Product
        fields = ["category", "tags", "sku"]
        order_fields = {"cost": "price", "name": "name", "newest": F("created_at").desc()}
        default_order_fields = ["-cost"]
        order_param = "sort"


def rows(filterset: FilterSet, **kwargs: Any) -> list[str]:
    return [item.name for item in filterset.filter_queryset(Product.objects.all(), **kwargs)]


@pytest.fixture
def products(db: None) -> list[Product]:
    return [
        Product.objects.create(name=name, price=price, status=status)
        for name, price, status in (("a", 1, "draft"), ("b", 3, "active"), ("ab", 2, "retired"))
    ]


BLANKS = ["", " ", "\t\n", "%E3%80%80"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("name", list(ProductFilterSet.plan().parameters))
def test_blank_parameters_filter_nothing(name: str, blank: str, products: Any) -> None:
    filterset = ProductFilterSet(QueryDict(f"{name}={blank}"))
    assert filterset.is_valid(), filterset.errors
    assert len(rows(filterset)) == 3
    assert filterset.validated_data == {}


@pytest.mark.parametrize("name", list(ProductFilterSet.plan().parameters))
def test_none_is_blank_too(name: str) -> None:
    assert ProductFilterSet({name: None}).validated_data == {}


def test_the_last_value_of_a_single_parameter_counts() -> None:
    assert ProductFilterSet(QueryDict("name=a&name=b")).validated_data == {"name": "b"}
    assert ProductFilterSet(QueryDict("name=a&name=")).validated_data == {}


def test_lists_take_commas_and_repetition() -> None:
    sent = ProductFilterSet(QueryDict("price__in=1,2&price__in=3&status=draft&status=active,draft"))
    assert sent.validated_data["price__in"] == [Decimal(1), Decimal(2), Decimal(3)]
    assert sent.validated_data["status"] == ["draft", "active"]


def test_python_values_are_as_good_as_texts(products: list[Product]) -> None:
    day = datetime.date(2020, 1, 2)
    sent = {"price__in": [1, Decimal(2)], "in_stock": True, "released_on!": day}
    assert rows(ProductFilterSet(sent)) == ["ab", "a"]
    category = Category.objects.create(name="x", slug="x")
    products[0].category = category
    products[0].save()
    assert rows(ProductFilterSet({"category__in": {category.pk}})) == ["a"]
    assert list(ProductFilterSet({"name": ["a"]}).errors) == ["name"]


def test_errors_carry_the_parameter_as_it_was_sent() -> None:
    filterset = ProductFilterSet({"price__gte!": "x", "sku": "1", "category": "-" * 9})
    assert not filterset.is_valid()
    assert set(filterset.errors) == {"price__gte!", "sku", "category"}
    assert filterset.errors["price__gte!"] == ["A valid number is required."]
    with pytest.raises(ValidationError) as caught:
        rows(filterset)
    assert set(caught.value.detail) == set(filterset.errors)
    with pytest.raises(ValidationError):
        async_to_sync(filterset.afilter_queryset)(Product.objects.all())


def test_what_was_done_is_reported(products: Any) -> None:
    filterset = ProductFilterSet({"name__icontains!": "b", "price__lte": "2", "sort": "name"})
    assert filterset.applied == ()
    assert rows(filterset) == ["a"]
    assert filterset.applied == (
        Applied("name__icontains!", "not name__icontains", "b"),
        Applied("price__lte", "price__lte", Decimal(2)),
        Applied("sort", "order by", ["name"]),
    )
    rows(filterset, ignore=["price", "name__icontains!"])
    assert [item.parameter for item in filterset.applied] == ["sort"]


def test_parameters_can_be_ignored(products: Any) -> None:
    filterset = ProductFilterSet({"price__lte": "2", "price__gte": "2"})
    assert rows(filterset, ignore=["price"]) == ["b", "ab", "a"]
    assert rows(filterset, ignore=["price__gte"]) == ["ab", "a"]
    with pytest.raises(KeyError, match=r"ProductFilterSet has neither .* 'prise'"):
        rows(filterset, ignore=["prise"])


def test_ordering(products: Any) -> None:
    assert rows(ProductFilterSet({})) == ["b", "ab", "a"]
    assert rows(ProductFilterSet({"sort": "name"})) == ["a", "ab", "b"]
    assert rows(ProductFilterSet({"sort": "-name,name,cost"})) == ["b", "ab", "a"]
    assert rows(ProductFilterSet({"sort": "newest"})) == ["ab", "b", "a"]
    assert rows(ProductFilterSet({"sort": "-newest"})) == ["a", "b", "ab"]


@pytest.mark.parametrize("forced", ["desc", {"cost": "desc"}])
def test_a_direction_can_be_forced(products: Any, forced: Any) -> None:
    class Forced(ProductFilterSet):
        class Meta(ProductFilterSet.Meta):
            override_order_direction = forced

    assert rows(Forced({"sort": "cost"})) == rows(Forced({"sort": "-cost"})) == ["b", "ab", "a"]


def test_required() -> None:
    filterset = InlineFilterSet({"name": StringField(required=True), "price": int}, model=Product)
    for sent in ({}, {"name": ""}, {"price": "1"}):
        assert filterset(sent).errors == {"name": ["This field is required."]}
    assert filterset({"name": "x"}).is_valid()


def test_methods(products: Any) -> None:
    class Methodical(FilterSet):
        near: int = Field(method="by_distance")
        named = StringField(method="by_name", allow_negate=True)
        tagged = IntegerField(method=lambda filterset, queryset, value: queryset)

        class Meta:
            model = Product

        def by_distance(self, queryset: QuerySet[Product], value: int) -> QuerySet[Product]:
            return queryset.annotate(far=F("price") - value).filter(far__lte=1, far__gte=-1)

        async def by_name(self, queryset: QuerySet[Product], value: str) -> Q:
            await asyncio.sleep(0)
            return Q(name__startswith=value)

    assert list(Methodical.plan().parameters) == ["near", "named", "named!", "tagged"]
    assert rows(Methodical({"near": "1", "named": "a"})) == ["a", "ab"]
    assert rows(Methodical({"named!": "a"})) == ["b"]

    class Either(Methodical):
        class Meta(Methodical.Meta):
            operator = "OR"

    assert rows(Either({"near": "3", "named": "a"})) == ["a", "b", "ab"]


def test_a_computed_value_is_filtered_and_negated(products: list[Product]) -> None:
    def counted(queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.annotate(size=Count("tags"))

    products[0].tags.add(Tag.objects.create(name="x"))
    filterset = InlineFilterSet(
        {"size": IntegerField(computed=True, lookups=["gt"])},
        model=Product,
        preprocessors=[counted],
    )
    assert rows(filterset({"size__gt": "0"})) == ["a"]
    assert rows(filterset({"size__gt!": "0"})) == ["b", "ab"]


def test_no_duplicates(products: list[Product]) -> None:
    products[0].tags.add(*(Tag.objects.create(name=name) for name in "xyz"))
    pks = [tag.pk for tag in Tag.objects.all()]
    assert rows(ProductFilterSet({"tags__in": pks})) == ["a"]
    assert sorted(rows(ProductFilterSet({"tags__in!": pks}))) == ["ab", "b"]
    own = InlineFilterSet({"x": ListField(filter_by=lambda v: Q(tags__name__in=v))}, model=Product)
    assert rows(own({"x": "x,y"})) == ["a"]
    assert rows(own({"x!": "x,y"})) == ["b", "ab"]


def test_every_kind_of_key() -> None:
    parcel = Parcel.objects.create(address="x")
    Country.objects.create(code="XA", name="Xa")
    StockLevel.objects.create(warehouse="north", shelf=1)
    for model, sent in ((Parcel, {"id": str(parcel.pk)}), (Country, {"code": "XA"})):
        made = InlineFilterSet(model=model, columns="__all__")
        assert made(sent).filter_queryset(model._default_manager.all()).count() == 1
    made = InlineFilterSet(model=StockLevel, columns="__all__")
    assert list(made.fields) == ["warehouse", "shelf", "amount"]
    assert made({"shelf!": "2"}).filter_queryset(StockLevel.objects.all()).count() == 1


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def test_annotations_of_every_kind() -> None:
    class Wide(FilterSet):
        size: Annotated[int, at.Gt(0), at.Lt(10)]
        even: Annotated[int, at.MultipleOf(2)]
        short: Annotated[str, at.MaxLen(3)]
        day: Annotated[datetime.date, at.Ge(datetime.date(2020, 1, 1))]
        colour: Colour
        level: Literal[1, 2]
        maybe: float | None
        many: list[Literal["a", "b"]]
        size_limit: ClassVar[int] = 3
        _private: int

    assert list(Wide.fields) == [
        *("size", "even", "short", "day", "colour", "level", "maybe", "many")
    ]
    good = {"size": "9", "even": "4", "short": "abc", "day": "2020-01-01", "colour": "red"}
    more = {"level": "2", "maybe": "1.5", "many": "a,b"}
    assert Wide({**good, **more}).validated_data == {
        **{"size": 9, "even": 4, "short": "abc", "day": datetime.date(2020, 1, 1)},
        **{"colour": "red", "level": 2, "maybe": 1.5, "many": ["a", "b"]},
    }
    bad = {"size": "10", "even": "3", "short": "abcd", "day": "2019-12-31", "colour": "RED"}
    assert set(Wide({**bad, "level": "3", "many": "c"}).errors) == {*bad, "level", "many"}


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


class MoneyType(AnnotationType):
    wire = Decimal

    def to_python(self, value: Decimal) -> int:
        if value < 0:
            raise ValueError("Nobody owes anything here.")
        return int(value * 100)


def test_an_annotation_of_ones_own() -> None:
    register_annotation(Money, MoneyType())
    try:
        made = InlineFilterSet({"price": Money})
    finally:
        annotation_types.unregister(Money)
    assert made({"price": "1.25"}).validated_data == {"price": 125}
    assert made({"price": "-1"}).errors == {"price": ["Nobody owes anything here."]}


def test_a_field_of_ones_own() -> None:
    class HexField(IntegerField):
        def to_internal_value(self, raw: Any) -> int:
            try:
                return int(str(raw), 16)
            except ValueError:
                raise ValidationError("Not hexadecimal.") from None

    made = InlineFilterSet({"stock": HexField(lookups=["gt"])}, model=Product)
    assert made({"stock__gt": "ff"}).validated_data == {"stock__gt": 255}
    assert made({"stock": "xyz"}).errors == {"stock": ["Not hexadecimal."]}


def test_inheritance() -> None:
    class Base(FilterSet):
        name: str
        price = DecimalField()

        class Meta:
            model = Product

    class Derived(Base):
        price = None  # type: ignore[assignment]
        in_stock: bool
        name: str = Field(lookups=["icontains"])

    assert list(Base.fields) == ["name", "price"]
    assert set(Derived.fields) == {"name", "in_stock"}
    assert "name__icontains" in Derived.plan().parameters


def test_separators_and_aliases() -> None:
    made = InlineFilterSet(
        {
            "price": DecimalField(lookups={"max": "lte", "min": "gte"}),
            "created_at": DateField(filter_by="created_at__date", lookups=["date__gte"]),
            "shelf": RelatedField(
                InlineFilterSet({"name": str}, model=Category), db_field="category"
            ),
        },
        model=Product,
        lookup_separator=".",
        allow_negate=False,
    )
    assert list(made.plan().parameters) == [
        *("price", "price.max", "price.min", "created_at", "created_at.date.gte", "shelf.name")
    ]
    Product.objects.create(name="a", price=5)
    assert rows(made({"price.max": "5", "created_at.date.gte": "2020-01-01"})) == ["a"]


async def test_no_hop_without_user_code(adb: None) -> None:
    """Nothing of ours needs a thread: a queryset is narrowed on the loop, evaluated elsewhere."""
    from unittest.mock import patch

    with patch("asgiref.sync.SyncToAsync.__call__", side_effect=AssertionError("a hop")):
        found = await ProductFilterSet({"name": "a"}).afilter_queryset(Product.objects.all())
    assert "WHERE" in str(found.query)


async def test_user_code_leaves_the_loop(adb: None) -> None:
    import threading

    seen: list[bool] = []
    loop_thread = threading.get_ident()

    def processor(queryset: Any) -> Any:
        seen.append(threading.get_ident() == loop_thread)
        return queryset

    def validator(value: Any) -> None:
        seen.append(threading.get_ident() == loop_thread)

    validated = InlineFilterSet({"name": StringField(validators=[validator])}, model=Product)
    await validated({"name": "a"}).afilter_queryset(Product.objects.all())
    processed = InlineFilterSet({"name": str}, model=Product, preprocessors=[processor])
    await processed({}).afilter_queryset(Product.objects.all())
    assert seen == [False, False]
    safe = loop_safe(lambda queryset: processor(queryset))
    quick = InlineFilterSet({"name": str}, model=Product, preprocessors=[safe])
    await quick({}).afilter_queryset(Product.objects.all())
    assert seen == [False, False, True]


def forgetful(queryset: Any) -> None:
    return None


@pytest.mark.parametrize("where", ["preprocessors", "postprocessors"])
def test_a_processor_that_returns_nothing_is_named(where: str) -> None:
    made = InlineFilterSet({"name": str}, model=Product, **{where: [forgetful]})
    with pytest.raises(ImproperlyConfigured, match="forgetful returned NoneType"):
        rows(made({}))


def test_annotations_that_fit_no_parameter() -> None:
    for hint in (dict[str, int], list[list[int]], bytes):
        with pytest.raises(AnnotationError, match=r"x is annotated .* RelatedField"):
            InlineFilterSet({"x": hint})
    with pytest.raises(AnnotationError, match="no default value"):

        class Wrong(FilterSet):
            name: str = "x"


def test_a_negated_related_parameter_says_that_no_row_matches(products: list[Product]) -> None:
    products[0].reviews.create(rating=4)
    products[0].reviews.create(rating=2)
    products[1].reviews.create(rating=2)
    reviews = InlineFilterSet({"rating": IntegerField(lookups=["gte"])}, model=Review)
    made = InlineFilterSet({"reviews": RelatedField(reviews)}, model=Product)
    assert rows(made({"reviews__rating!": "4"})) == ["b", "ab"]
    assert rows(made({"reviews__rating": "4"})) == ["a"]
    assert rows(made({"reviews__rating": "2", "reviews__rating__gte!": "4"})) == ["b"]
