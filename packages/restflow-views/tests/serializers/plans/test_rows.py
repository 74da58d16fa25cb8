"""Straight code for rows: what it cannot be sure of is represented as DRF represents it."""

from __future__ import annotations

import datetime
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers as drf

from restflow import serializers as ours
from restflow.serializers.plans import plan_of, rows
from restflow.serializers.plans.reading import reader_of
from restflow.serializers.plans.texts import by_msgspec, by_orjson, by_python, texts
from restflow_testing.models import Category, Product

UTC = datetime.UTC
MOMENT = datetime.datetime(2024, 5, 17, 9, 30, 12, 345678, tzinfo=UTC)
FIELDS = ["id", "name", "sku", "status", "price", "stock", "in_stock", "created_at"]


class Loud(str):
    def __str__(self) -> str:
        return "loud"


@dataclass
class Item:
    at: Any
    price: Any


@dataclass
class SimpleItem:
    at: Any
    zone: str


def pair(**fields: Any) -> list[Any]:
    """Return the same class on DRF's base and on ours."""
    bases = (drf.Serializer, ours.Serializer)
    return [type(base)("Made", (base,), dict(fields)) for base in bases]


def model_pair() -> list[Any]:
    made = []
    for base in (drf, ours):

        class CategorySerializer(base.ModelSerializer):  # type: ignore[name-defined, misc]
            class Meta:
                model = Category
                fields = ["id", "name", "created_at"] if hasattr(Category, "created_at") else ["id"]

        class ProductSerializer(base.ModelSerializer):  # type: ignore[name-defined, misc]
            category = CategorySerializer()

            class Meta:
                model = Product
                fields = [*FIELDS, "category"]

        made.append(ProductSerializer)
    return made


def is_straight(cls: Any, row: type) -> bool:
    plan = plan_of(cls)
    assert plan is not None
    return rows.is_straight(plan.representation, reader_of(row))


def shown(cls: Any, given: Any) -> Any:
    """Return what one and many of *given* look like, types included."""
    try:
        one = repr(dict(cls(given).data))
        many = repr([dict(row) for row in cls([given, given], many=True).data])
    except Exception as error:
        return type(error).__name__
    return one, many


def agree(fields: dict[str, Any], given: Any) -> Any:
    theirs, mine = pair(**fields)
    expected = shown(theirs, given)
    assert shown(mine, given) == expected
    return expected


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    yield
    timezone.deactivate()


class Answering:
    """Attributes come from a method, which may do anything."""

    def __getattr__(self, name: str) -> Any:
        return 1


def test_what_is_straight() -> None:
    _, mine = model_pair()
    assert is_straight(mine, Product)
    _, plain = pair(at=drf.DateTimeField(), price=drf.DecimalField(5, 2))
    assert all(is_straight(plain, cls) for cls in (dict, Item))
    assert not is_straight(plain, Answering)
    for field in (drf.SerializerMethodField(), drf.CharField(source="a.b"), drf.FileField()):
        assert not is_straight(pair(x=field, get_x=lambda self, row: 1)[1], dict)
    _, nested = pair(inner=plain(), inners=plain(many=True))
    assert not is_straight(nested, dict)


class TestColumns:
    pytestmark = pytest.mark.django_db

    def test_deferred_columns_are_fetched(self) -> None:
        category = Category.objects.create(name="c", slug="c")
        for n in range(3):
            Product.objects.create(name=f"p{n}", price=Decimal("1.10"), category=category)
        query = Product.objects.select_related("category").defer("price", "category__name")
        whole = Product.objects.select_related("category")
        results = []
        for cls in model_pair():
            mixed = [*query[:1], *whole[:1], *query[1:2], *Product.objects.all()]
            with CaptureQueriesContext(connection) as queries:
                data = [{**row, "sku": 0, "created_at": 0} for row in cls(mixed, many=True).data]
            results.append((data, len(queries)))
        assert results[0] == results[1]
        assert results[1][0][0]["price"] == "1.10"

    def test_relations_that_are_missing_or_of_another_class(self) -> None:
        class Special(Category):
            class Meta:
                proxy = True
                app_label = "restflow_testing"

        given = [
            Product(name="none", category=None),
            Product(name="cached", category=Category(pk=1, name="c")),
            Product(name="proxy", category=Special(pk=2, name="s")),
            Product(name="gone", category_id=99),
        ]
        theirs, mine = model_pair()
        for row in given[:3]:
            assert dict(mine(row).data) == dict(theirs(row).data)
        assert mine(given[:3], many=True).data == theirs(given[:3], many=True).data
        for cls in (theirs, mine):
            assert cls(given[3]).data["category"] is None


class TestValues:
    @pytest.mark.parametrize(
        "value",
        ["1", "1.5", "1.50", "-0.00", "0.00", "1E+2", "0.001", "999.99", "1000.00", "NaN", "-1.20"],
    )
    @pytest.mark.parametrize("digits", [(5, 2), (None, None), (None, 2), (9, 7), (6, 4)])
    def test_decimals(self, value: str, digits: Any) -> None:
        for coerce in (True, False):
            fields = {"price": drf.DecimalField(*digits, coerce_to_string=coerce)}
            agree(fields, {"price": Decimal(value)})
            agree(fields, {"price": value})

    def test_too_many_digits_raise(self) -> None:
        _, mine = pair(price=drf.DecimalField(5, 2))
        with pytest.raises(InvalidOperation):
            _ = mine([{"price": Decimal("1000.00")}], many=True).data

    @pytest.mark.parametrize("number", [True, 1, 2**127, 0])
    def test_uuids(self, number: Any) -> None:
        for pattern in ("hex_verbose", "hex", "int", "urn"):
            agree({"id": drf.UUIDField(format=pattern)}, {"id": uuid.UUID(int=number)})

    @pytest.mark.parametrize("value", [Loud("x"), 5, None, b"x", lambda: "called", True, 1.5])
    def test_texts(self, value: Any) -> None:
        agree({"name": drf.CharField()}, {"name": value})
        agree({"name": drf.ReadOnlyField()}, {"name": value})

    @pytest.mark.parametrize("value", ["red", "", None, 1, "1", "blue", Loud("red"), True])
    @pytest.mark.parametrize(
        "choices", [["red", "green"], [1, 2], [("red", "R"), (1, "One")], [""]]
    )
    def test_choices(self, value: Any, choices: Any) -> None:
        agree({"colour": drf.ChoiceField(choices=choices)}, {"colour": value})

    @pytest.mark.parametrize(
        "given",
        [{}, {"inner": None}, {"inner": {"a": 1}}, {"inner": OrderedDict(a=1)}, {"inner": 5}],
        ids=str,
    )
    def test_nested(self, given: Any) -> None:
        inner = pair(a=drf.IntegerField(), b=drf.CharField(required=False))
        results = []
        for base, cls in zip((drf.Serializer, ours.Serializer), inner, strict=True):
            made = type(base)("Outer", (base,), {"inner": cls(), "name": drf.CharField(default=1)})
            results.append(shown(made, given))
        assert results[0] == results[1]


class TestMoments:
    @pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
    @pytest.mark.parametrize(
        "moment",
        [
            MOMENT,
            MOMENT.replace(microsecond=0),
            MOMENT.replace(tzinfo=None),
            MOMENT.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
            datetime.datetime(1, 1, 1, tzinfo=UTC),
            datetime.datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
            datetime.date(2024, 5, 17),
            "2024-05-17",
        ],
        ids=str,
    )
    def test_in_every_zone(self, zone: str, moment: Any) -> None:
        timezone.activate(zone)
        agree({"at": drf.DateTimeField()}, {"at": moment})
        agree({"at": drf.DateTimeField()}, Item(moment, 1))

    def test_a_zone_that_changes_between_two_uses_of_a_plan(self) -> None:
        theirs, mine = pair(at=drf.DateTimeField())
        seen = set()
        for zone in ("UTC", "Asia/Tokyo", "UTC"):
            timezone.activate(zone)
            expected = theirs([{"at": MOMENT}] * 3, many=True).data
            assert mine([{"at": MOMENT}] * 3, many=True).data == expected
            seen.add(expected[2]["at"])
        assert seen == {"2024-05-17T09:30:12.345678Z", "2024-05-17T18:30:12.345678+09:00"}

    def test_a_zone_that_a_row_of_another_class_activates(self) -> None:
        class Activating:
            def __init__(self, zone: str) -> None:
                self.zone = zone

            @property
            def at(self) -> datetime.datetime:
                timezone.activate(self.zone)
                return MOMENT

        given = [Item(MOMENT, 1), Activating("Asia/Tokyo"), Item(MOMENT, 1), Activating("UTC")]
        theirs, mine = pair(at=drf.DateTimeField())
        timezone.activate("UTC")
        expected = theirs([*given, given[0]], many=True).data
        timezone.activate("UTC")
        assert mine([*given, given[0]], many=True).data == expected
        assert len({row["at"] for row in expected}) == 2

    def test_a_zone_that_a_row_activates_after_its_own_moment(self) -> None:
        class Activating:
            at = MOMENT

            @property
            def zone(self) -> str:
                timezone.activate("Asia/Tokyo")
                return "Tokyo"

        rows = [SimpleItem(MOMENT, "a"), Activating(), SimpleItem(MOMENT, "b")]
        shown = []
        for cls in pair(at=drf.DateTimeField(), zone=drf.CharField()):
            timezone.activate("UTC")
            shown.append(cls(rows, many=True).data)
        assert shown[0] == shown[1]
        assert shown[0][2]["at"].endswith("+09:00")

    @pytest.mark.parametrize("pattern", ["%Y", "%d.%m.%Y %H:%M", "iso-8601", "ISO-8601", None])
    def test_formats_of_fields(self, pattern: Any) -> None:
        given = {"at": MOMENT, "on": MOMENT.date(), "time": MOMENT.time()}
        fields = {
            "at": drf.DateTimeField(format=pattern),
            "on": drf.DateField(format=pattern),
            "time": drf.TimeField(format=pattern),
        }
        agree(fields, given)
        agree(fields, SimpleNamespace(**given))

    def test_without_time_zones(self, settings: Any) -> None:
        settings.USE_TZ = False
        agree({"at": drf.DateTimeField()}, {"at": MOMENT.replace(tzinfo=None)})


@pytest.mark.parametrize(
    "changed",
    [
        {"COERCE_DECIMAL_TO_STRING": False},
        {"DATETIME_FORMAT": "%d.%m.%Y", "DATE_FORMAT": None, "TIME_FORMAT": "%H"},
        {"DURATION_FORMAT": "iso-8601"},
        {"COERCE_BIGINT_TO_STRING": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_settings_that_change_between_two_uses_of_a_plan(changed: dict[str, Any]) -> None:
    theirs, mine = pair(
        at=drf.DateTimeField(),
        on=drf.DateField(),
        time=drf.TimeField(),
        price=drf.DecimalField(5, 2),
        took=drf.DurationField(),
        big=drf.BigIntegerField() if hasattr(drf, "BigIntegerField") else drf.IntegerField(),
    )
    given = {"at": MOMENT, "on": MOMENT.date(), "time": MOMENT.time(), "price": Decimal("1.10")}
    given |= {"took": datetime.timedelta(1, 2), "big": 2**60}
    usual = shown(theirs, given)
    assert shown(mine, given) == usual
    with override_settings(REST_FRAMEWORK=changed):
        assert shown(mine, given) == shown(theirs, given) != usual
    assert shown(mine, given) == usual


class TestRows:
    def test_of_several_classes(self) -> None:
        theirs, mine = pair(at=drf.DateTimeField(), price=drf.DecimalField(5, 2, required=False))
        made = [
            {"at": MOMENT, "price": Decimal("1.00")},
            Item(MOMENT, Decimal("2.00")),
            {"at": MOMENT},
            OrderedDict(at=MOMENT, price=None),
            SimpleNamespace(at=None, price="3"),
            Item(MOMENT, lambda: Decimal("4.00")),
        ]
        assert mine(made, many=True).data == theirs(made, many=True).data
        assert mine(reversed(made), many=True).data == theirs(reversed(made), many=True).data

    def test_one_object_that_changes_while_it_is_iterated(self) -> None:
        def changing() -> Iterator[dict[str, Any]]:
            row: dict[str, Any] = {}
            for number in range(4):
                row["number"] = number
                yield row

        for cls in pair(number=drf.IntegerField()):
            assert [row["number"] for row in cls(changing(), many=True).data] == [0, 1, 2, 3]

    def test_none_at_all(self) -> None:
        for cls in pair(number=drf.IntegerField()):
            assert cls([], many=True).data == []

    def test_too_many_parts_go_the_careful_way(self) -> None:
        fields = {f"f{n}": drf.IntegerField() for n in range(rows.MOST + 1)}
        assert not is_straight(pair(**fields)[1], dict)
        agree(fields, {name: n for n, name in enumerate(fields)})


LIBRARIES = [by_msgspec, by_orjson, by_python]


@pytest.mark.parametrize("made", LIBRARIES)
@given(moment=st.datetimes(), number=st.integers(0, 2**128 - 1))
def test_every_library_writes_what_python_writes(
    made: Any, moment: datetime.datetime, number: int
) -> None:
    writers = made()
    aware = moment.replace(tzinfo=UTC)
    assert writers.naive(moment) == moment.isoformat()
    assert writers.utc(aware) == aware.isoformat().replace("+00:00", "Z")
    value = uuid.UUID(int=number)
    assert writers.uuid(value) == str(value)


def test_the_fastest_library_is_taken() -> None:
    assert texts().library == "msgspec"
