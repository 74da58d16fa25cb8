"""Model serializers: rows and errors are DRF's, annotations refine what the model says."""

import datetime
from decimal import Decimal
from random import Random
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers as drf

from restflow import serializers as ours
from restflow_testing.counts import cases
from restflow_testing.models import Book, Category, Country, Parcel, Product, Review, Tag

from .outcomes import outcome, validated
from .values import DATES, NUMBER_TEXTS, OTHERS, SCALARS, TEXTS

pytestmark = pytest.mark.django_db

FIELDS = ["id", "name", "sku", "description", "status", "price", "weight", "stock", "in_stock"]
FIELDS += ["category", "tags", "attributes", "homepage", "contact", "origin", "warranty"]
FIELDS += ["released_on", "opens_at", "created_at", "label", "reviews"]


def classes(fields: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    made = []
    for base in (drf, ours):

        class CategorySerializer(base.ModelSerializer):  # type: ignore[name-defined, misc]
            class Meta:
                model = Category
                fields = ["id", "name", "parent"]

        body: dict[str, Any] = {}
        if options.get("nested"):
            body["category"] = CategorySerializer(read_only=True)
        if options.get("dotted"):
            body["description"] = drf.CharField(source="category.name", read_only=True)
        meta = {"model": Product, "fields": fields, "depth": options.get("depth", 0)}
        meta["extra_kwargs"] = options.get("extra_kwargs", {})
        meta["read_only_fields"] = options.get("read_only", [])
        body["Meta"] = type("Meta", (), meta)
        made.append(type(base.ModelSerializer)("Made", (base.ModelSerializer,), body))
    return made[0], made[1]


def shop() -> tuple[list[Any], list[Any]]:
    root = Category.objects.create(pk=1, name="root", slug="root")
    categories = [root, Category.objects.create(pk=2, name="leaf", slug="leaf", parent=root)]
    return categories, [Tag.objects.create(pk=n, name=f"tag {n}") for n in (1, 2, 3)]


@pytest.fixture
def _shop() -> None:
    shop()


def values(random: Random) -> dict[str, Any]:
    data: dict[str, Any] = {"name": random.choice(TEXTS), "status": random.choice(OTHERS)}
    data |= {"price": random.choice([*NUMBER_TEXTS, "3.50"]), "stock": random.choice(SCALARS)}
    data |= {"category": random.choice([1, 2, 3, "1", None, "x", True, 2**70])}
    data |= {"tags": random.choice([[], [1], [1, 3], [9], "1", None, [None], ["2"]])}
    data |= {"sku": random.choice(["12345678-1234-5678-1234-567812345678", "x", 5, None])}
    data |= {"released_on": random.choice(DATES), "contact": random.choice(OTHERS)}
    good = {"name": "ok", "status": "active", "price": "1.50", "stock": 3, "category": 1}
    good |= {"tags": [1], "sku": "12345678-1234-5678-1234-567812345678"}
    good |= {"released_on": "2024-01-01", "contact": "a@example.com"}
    rate = random.choice([0.0, 0.1, 0.5])
    chosen = {key: value if random.random() < rate else good[key] for key, value in data.items()}
    return {key: value for key, value in chosen.items() if random.random() > 0.1}


def rows() -> list[Any]:
    names = [
        f.attname for f in Product._meta.fields if not f.name.endswith("_at") and not f.primary_key
    ]
    return [
        (*(getattr(p, n) for n in names if n != "sku"), sorted(p.tags.values_list("pk", flat=True)))
        for p in Product.objects.all()
    ]


options = st.fixed_dictionaries(
    {},
    optional={
        "nested": st.booleans(),
        "dotted": st.booleans(),
        "depth": st.integers(0, 2),
        "read_only": st.sampled_from([["stock"], ["tags", "category"]]),
        "extra_kwargs": st.sampled_from(
            [
                {"name": {"max_length": 3}, "stock": {"write_only": True}},
                {"price": {"coerce_to_string": False}, "sku": {"required": True}},
                {"contact": {"source": "homepage"}},
            ]
        ),
    },
)


@pytest.mark.usefixtures("_shop")
@settings(
    max_examples=cases(600),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.sampled_from(FIELDS), min_size=1, unique=True) | st.just("__all__"),
    options,
    st.integers(0, 2**32),
)
def test_rows_errors_and_output_equal_drf(fields: Any, chosen: dict[str, Any], seed: int) -> None:
    results = []
    for cls in classes(fields, chosen):
        with transaction.atomic():  # both begin in the same shop
            results.append(history(cls, Random(seed)))
            transaction.set_rollback(True)
    assert results[1] == results[0]


def history(cls: Any, random: Random) -> list[Any]:
    """Return everything that comes of some writes and reads by one class."""
    found: list[Any] = []
    for _ in range(4):
        data = values(random)
        instance = random.choice([None, Product.objects.first()])
        partial = random.random() < 0.5
        serializer = cls(instance, data=data, partial=partial)
        found.append(_without_times(outcome(lambda s=serializer: validated(s))))
        found.append(_without_times(outcome(lambda s=serializer: s.save() and None)))
    found.append(rows())
    many = cls(Product.objects.prefetch_related("tags").select_related("category"), many=True)
    found.append(_without_times(outcome(lambda: many.data)))
    deferred = cls(Product.objects.defer("name", "price"), many=True)
    found.append(_without_times(outcome(lambda: deferred.data)))
    return found


def _without_times(found: Any) -> Any:
    """Leave out what differs from run to run: keys, made-up UUIDs, times of saving."""
    if isinstance(found, tuple) and len(found) == 2 and found[0] == ("str", "'sku'"):
        return "sku"
    if isinstance(found, tuple) and len(found) == 2 and found[0] in _VARYING:
        return "varies"
    if isinstance(found, (tuple, list)):
        return type(found)(_without_times(item) for item in found)
    return found


_VARYING = [("str", repr(name)) for name in ("id", "created_at", "updated_at")]


def test_queries_equal_drf() -> None:
    categories, tags = shop()
    for n in range(3):
        Product.objects.create(name=f"p{n}", category=categories[n % 2]).tags.set(tags[:n])
    theirs, mine = classes(FIELDS, {"nested": True})
    counts = []
    for cls in (theirs, mine):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list(cls(Product.objects.all(), many=True).data)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", [Book, Country, Parcel, Review])
def test_every_kind_of_key_and_inheritance(model: Any) -> None:
    made = []
    for base in (drf, ours):
        meta = type("Meta", (), {"model": model, "fields": "__all__"})
        cls = type(base.ModelSerializer)("Made", (base.ModelSerializer,), {"Meta": meta})
        serializer = cls(data={"name": "n", "code": "at", "address": "a", "pages": 3, "sku": None})
        made.append((repr(cls()), outcome(lambda s=serializer: validated(s))))
    assert made[0] == made[1]


class TestRefinement:
    def test_keeps_what_the_model_says(self) -> None:
        class Made(ours.ModelSerializer):
            contact: ours.Email
            stock: Annotated[int, Ge(5)]
            label: str
            note: str

            class Meta:
                model = Product
                fields = ["id", "name"]

        fields = dict(Made().fields)
        assert list(fields) == ["id", "name", "contact", "stock", "label", "note"]
        assert isinstance(fields["contact"], drf.EmailField)
        assert fields["contact"].max_length == 254
        assert not fields["contact"].required
        assert fields["contact"].allow_blank
        assert fields["stock"].min_value == 5
        assert (
            fields["stock"].max_value == Product._meta.get_field("stock").validators[-1].limit_value
        )
        assert fields["label"].read_only
        assert fields["note"].required
        assert not fields["note"].read_only

    def test_choices_narrow_and_null_widens(self) -> None:
        class Made(ours.ModelSerializer):
            status: Literal["draft", "active"]
            name: str | None
            price: Decimal = Decimal("2.00")

            class Meta:
                model = Product
                fields = ("status",)

        fields = dict(Made().fields)
        assert list(fields["status"].choices) == ["draft", "active"]
        assert fields["name"].allow_null
        assert fields["name"].max_length == 120
        assert fields["price"].default == Decimal("2.00")
        assert fields["price"].max_digits == 10
        assert isinstance(Made.Meta.fields, tuple)

    def test_a_nested_serializer_stands_for_a_relation(self) -> None:
        class CategorySerializer(ours.ModelSerializer):
            class Meta:
                model = Category
                fields = ["name"]

        class Made(ours.ModelSerializer):
            category: CategorySerializer | None
            tags: list[int] = ours.Field(read_only=True)

            class Meta:
                model = Product
                fields = "__all__"

        fields = dict(Made().fields)
        assert isinstance(fields["category"], CategorySerializer)
        assert fields["category"].allow_null
        assert not fields["category"].required
        assert fields["tags"].read_only

    def test_a_subclass_may_list_fewer_fields(self) -> None:
        class Base(ours.ModelSerializer):
            label: str

            class Meta:
                model = Product
                fields = ["id"]

        class Short(Base):
            class Meta(Base.Meta):
                fields = ["name"]

        assert list(Short().fields) == ["name"]
        assert list(Base().fields) == ["id", "label"]


def test_hyperlinks_equal_drf(rf: Any) -> None:
    context = {"request": rf.get("/")}
    product = Product(pk=3, name="x")
    made = []
    for base in (drf, ours):
        meta = type("Meta", (), {"model": Product, "fields": ["url", "name"]})
        parents = (base.HyperlinkedModelSerializer,)
        cls = type(base.ModelSerializer)("Made", parents, {"Meta": meta})
        made.append(outcome(lambda c=cls: c(product, context=context).data))
    assert made[0] == made[1]


def test_writing_equals_drf_where_nesting_is_left_to_the_user() -> None:
    for base in (drf, ours):

        class CategorySerializer(base.ModelSerializer):  # type: ignore[name-defined, misc]
            class Meta:
                model = Category
                fields = ["name", "slug"]

        class Made(base.ModelSerializer):  # type: ignore[name-defined, misc]
            category = CategorySerializer()

            class Meta:
                model = Product
                fields = ["name", "category"]

        serializer = Made(data={"name": "x", "category": {"name": "c", "slug": "c"}})
        assert serializer.is_valid(), serializer.errors
        with pytest.raises(AssertionError, match="does not support writable nested"):
            serializer.save()


def test_a_moment_is_written_in_the_active_zone(settings: Any) -> None:
    moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    product = Product(pk=1, created_at=moment)
    theirs, mine = classes(["created_at"], {})
    for zone in ("UTC", "Asia/Kathmandu"):
        settings.TIME_ZONE = zone
        assert mine(product).data == theirs(product).data
    settings.USE_TZ = False
    assert mine(Product(created_at=datetime.datetime(2024, 1, 1))).data == {
        "created_at": "2024-01-01T00:00:00"
    }
