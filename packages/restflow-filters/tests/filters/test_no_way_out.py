"""What clients cannot do, whatever they send."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from hypothesis import given
from hypothesis import strategies as st

from restflow.filters import (
    Field,
    FilterSet,
    InlineFilterSet,
    IntegerField,
    OrderField,
    RelatedField,
    StringField,
)
from restflow_testing.models import Category, Product, Review, Tag

pytestmark = pytest.mark.django_db
User = get_user_model()


class Recorder:
    """Stands for a queryset and keeps every path that reaches the ORM."""

    model = Product

    def __init__(self) -> None:
        self.paths: list[str] = []

    def filter(self, condition: Q) -> Recorder:
        for child in condition.children:
            if isinstance(child, Q):
                self.filter(child)
            elif isinstance(child, tuple):
                self.paths.append(child[0])
        return self

    def order_by(self, *terms: str) -> Recorder:
        self.paths.extend(term.removeprefix("-") for term in terms)
        return self


class ShelfFilterSet(FilterSet):
    name: str = Field(lookups="text")

    class Meta:
        model = Category


class ProductFilterSet(FilterSet):
    name = StringField(lookups=["text", "in"])
    price__gte = IntegerField(db_field="price", filter_by="price__gte")
    shelf = RelatedField(ShelfFilterSet, db_field="category")

    class Meta:
        model = Product
        order_fields = {"cost": "price"}


PATHS = {
    *("name", "name__icontains", "name__contains", "name__startswith", "name__endswith"),
    *("name__iexact", "name__in", "price__gte", "price", "category__name"),
    *(f"category__name__{lookup}" for lookup in ("icontains", "contains", "startswith")),
    *("category__name__endswith", "category__name__iexact"),
}
pieces = st.sampled_from(
    [
        *(
            "name",
            "price",
            "shelf",
            "category",
            "author",
            "password",
            "reviews",
            "__",
            "!",
            "pk",
            "cost",
        ),
        *("gte", "in", "icontains", "regex", "ordering", "-", "_connector", "OR", "?", "\0"),
    ]
)
texts = st.lists(pieces, max_size=5).map("".join) | st.text(max_size=8)


@given(
    sent=st.dictionaries(texts | st.sampled_from(list(ProductFilterSet.plan().parameters)), texts)
)
def test_only_declared_paths_reach_the_orm(sent: dict[str, str]) -> None:
    recorder = Recorder()
    filterset = ProductFilterSet(sent)
    if filterset.is_valid():
        filterset.filter_queryset(recorder)  # type: ignore[arg-type]
    assert set(recorder.paths) <= PATHS


def own(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset.filter(description="mine")


@pytest.mark.parametrize("operator", ["AND", "OR", "XOR"])
@pytest.mark.parametrize("colour", ["sync", "async"])
@given(data=st.data())
def test_a_tenant_holds_under_every_operator(operator: str, colour: str, data: Any) -> None:
    from asgiref.sync import async_to_sync

    class Scoped(FilterSet):
        name = StringField(lookups=["text", "isnull"])
        anything = StringField(filter_by=lambda value: Q(pk__gt=0))
        leak = StringField(method="widen", allow_negate=True)
        tag = StringField(db_field="tags__name", lookups=["isnull"])
        stock: int

        class Meta:
            model = Product
            preprocessors = [own]

        def widen(self, queryset: Any, value: str) -> Any:
            return Q(pk__gt=0)

    filterset = type(
        "Made", (Scoped,), {"Meta": type("Meta", (Scoped.Meta,), {"operator": operator})}
    )
    if not Product.objects.exists():
        for description in ("mine", "theirs"):
            product = Product.objects.create(name="a", description=description)
            product.tags.add(Tag.objects.get_or_create(name="t")[0])
    names = st.sampled_from(list(filterset.plan().parameters))  # type: ignore[attr-defined]
    sent = data.draw(
        st.dictionaries(names, st.sampled_from(["a", "t", "0", "1", "true"]), max_size=4)
    )
    made = filterset(sent)
    if not made.is_valid():
        return
    run = made.filter_queryset if colour == "sync" else async_to_sync(made.afilter_queryset)
    assert {item.description for item in run(Product.objects.all())} <= {"mine"}


def test_a_related_filter_set_keeps_its_own_scope() -> None:
    """Products cannot be found by the text of reviews that nobody may see."""

    def published(queryset: QuerySet[Review]) -> QuerySet[Review]:
        return queryset.filter(rating__gt=0)

    reviews = InlineFilterSet({"comment": str}, model=Review, preprocessors=[published])
    products = InlineFilterSet({"reviews": RelatedField(reviews)}, model=Product)
    product = Product.objects.create(name="a")
    Review.objects.create(product=product, rating=0, comment="hidden")
    everything = Product.objects.all()
    assert not products({"reviews__comment": "hidden"}).filter_queryset(everything).exists()
    assert products({"reviews__comment!": "hidden"}).filter_queryset(everything).exists()


def test_password_like_columns_are_left_out() -> None:
    class Vault(models.Model):
        name = models.CharField(max_length=9)
        api_key = models.CharField(max_length=9)
        reset_token = models.CharField(max_length=9)
        secret = models.CharField(max_length=9)
        pin = models.CharField(max_length=9)
        spinner = models.CharField(max_length=9)
        keyboard = models.CharField(max_length=9)
        hashtag = models.CharField(max_length=9)
        secretary = models.CharField(max_length=9)
        code_hash = models.CharField(max_length=9)

        class Meta:
            app_label = "vaults"

        def __str__(self) -> str:
            return self.name

    users = InlineFilterSet(model=User, columns="__all__")
    assert not [name for name in users.plan().parameters if "password" in name]
    assert users.left_out == ("password",)
    vault = InlineFilterSet(model=Vault, columns="__all__")
    assert list(vault.fields) == ["id", "name", "spinner", "keyboard", "hashtag", "secretary"]
    assert vault.left_out == ("api_key", "reset_token", "secret", "pin", "code_hash")
    assert "password" in InlineFilterSet(model=User, columns=["password"]).fields  # asked for


def test_nobody_sorts_by_what_is_not_listed() -> None:
    filterset = InlineFilterSet({"sort": OrderField(fields={"cost": "price"})}, model=Product)
    assert filterset({"sort": "-cost"}).validated_data == {"sort": ["-price"]}
    for word in ("price", "category__name", "?", "-", "--cost", "pk"):
        assert list(filterset({"sort": word}).errors) == ["sort"]
