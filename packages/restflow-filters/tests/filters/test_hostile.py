"""No query string makes an error of the server: 200 or 400, in at most the two queries of a list.

``RESTFLOW_HOSTILE=50000`` runs as many as one has patience for.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.db import connections
from django.db.models import Q
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework import filters as drf_filters
from rest_framework import generics, pagination, serializers

from restflow.filters import (
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FilterSet,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    RelatedField,
    RestflowFilterBackend,
    StringField,
    TimeField,
    UUIDField,
)
from restflow_testing.counts import cases
from restflow_testing.models import Category, Product, Review, Tag

pytestmark = pytest.mark.django_db(databases="__all__")

HOW_MANY = int(os.environ.get("RESTFLOW_HOSTILE", cases(5_000)))


class ReviewFilterSet(FilterSet):
    rating = IntegerField(lookups=["comparison", "basic"])
    comment = StringField(lookups=["text", "regex"])

    class Meta:
        model = Review


class EverythingFilterSet(FilterSet):
    name = StringField(lookups=["__all__", "regex", "iregex", "range"])
    sku = UUIDField(lookups=["basic", "icontains"])
    status = ChoiceField(choices=Product.Status, lookups=["basic", "text"])
    statuses = MultipleChoiceField(choices=Product.Status, db_field="status")
    price = DecimalField(lookups=["basic", "comparison", "range", "icontains"])
    price_float = FloatField(db_field="price", lookups=["comparison"])
    price_int = IntegerField(db_field="price", lookups=["basic", "comparison"])
    weight = FloatField(lookups=["basic", "comparison", "range"])
    stock = IntegerField(lookups=["basic", "comparison", "range", "icontains"])
    stock_float = FloatField(db_field="stock", lookups=["basic", "comparison"])
    stock_text = StringField(db_field="stock", lookups=["basic", "comparison"])
    in_stock: bool
    category = IntegerField(lookups=["basic", "comparison"])
    tag = StringField(db_field="tags__name", lookups=["basic", "text", "regex"])
    ids = ListField(child=IntegerField(), db_field="id")
    contact = EmailField(lookups=["basic", "text"])
    origin = IPAddressField(lookups=["basic", "text", "comparison"])
    warranty = DurationField(lookups=["basic", "comparison", "range"])
    released_on = DateField(lookups=["basic", "comparison", "date", "range", "year__gte"])
    released_text = StringField(db_field="released_on", lookups=["in"])
    opens_at = TimeField(lookups=["basic", "comparison", "time"])
    created_at = DateTimeField(
        lookups=["basic", "comparison", "date", "time", "range", "date__gte", "iso_year"]
    )
    colour = StringField(db_field="attributes__colour", lookups=["icontains"])
    doubled = IntegerField(filter_by=lambda value: Q(stock=value) | Q(reviews__rating=value))
    review = RelatedField(ReviewFilterSet, db_field="reviews")

    class Meta:
        model = Product
        order_fields = ["price", "name"]


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Pages(pagination.PageNumberPagination):
    page_size = 5


class ProductList(generics.ListAPIView[Product]):
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend, drf_filters.OrderingFilter]
    pagination_class = Pages
    filterset_class = EverythingFilterSet
    alias = "default"

    def get_queryset(self) -> Any:
        return Product.objects.using(self.alias).order_by("id")


PARAMETERS = list(EverythingFilterSet.plan().parameters)
NUMBERS = [
    *("0", "-0", "1", "-1", "00", "1e5", "1e400", "-1e400", "1e-400", "nan", "-inf", "Infinity"),
    *("2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808"),
    *("9" * 5000, "0" * 1001, "1_000", "1.", ".1", "1.0", "0x10", "١٢", "1,5", "sNaN", "--1"),
    *("99999999.99", "99999999.999", "100000000", "0.001", "1E+8", "1E9999999", "-1E-9999999"),
]
DATES = [
    *("2020-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "99999-01-01", "2020-W01-1"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00", "2020-01-01T24:00:00Z"),
    *("0001-01-01T00:00", "9999-12-31T23:59", "2020-01-01 00:00", "20200101", "12:60", "24:00"),
    *("23:59:59.9999999", "12:00+05:00", "0", "10000", "9999", "2021-03-28T02:30:00"),
    *("P1D", "PT999999999999H", "-1 00:00:01", "106751991 04:00:54.775808", "1" * 400),
    *("999999999 23:59:59", "-999999999 00:00:00", "P" + "9" * 30 + "D", "1 1 1"),
]
TEXTS = [
    *(
        "",
        " ",
        "\t",
        "a",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "''; DROP TABLE x; --",
        "%00",
        "\x00",
        "a\x00b",
    ),
    *("é", "ﬀ", "\U0001f600", "￿", "‮", "a" * 100_000, "%" * 40_000, "ß" * 999),
    *(
        "true",
        "null",
        "None",
        "undefined",
        "[]",
        "{}",
        "$ne",
        "__class__",
        "{0.__class__}",
        "%(a)s",
    ),
    *(
        "::1",
        "::ffff:1.2.3.4",
        "1.2.3.4.5",
        "fe80::1%eth0",
        "1" * 40,
        "a@b.example",
        "@",
        "a@" * 300,
    ),
    *("{12345678-1234-5678-1234-567812345678}", "urn:uuid:0", "g" * 32),
]
PATTERNS = [
    *(
        "(",
        "[",
        "*",
        "a**",
        "(a+)+$",
        "a{99999}",
        "\\",
        "[z-a]",
        "(?i)a",
        "^*",
        "a|",
        "|",
        "[[:alpha:]]",
    ),
    *("\\d+", "a.*b", "^a$", "[a-z]+", "(?P<x>", "a*a*a*a*b", "***=a", "\\x", "[^]", "a++", ".?.?"),
]
PATHS = [
    *(
        "id",
        "pk",
        "password",
        "category__name",
        "tags__name__icontains",
        "reviews__author__password",
    ),
    *(
        "name__nope",
        "name__",
        "__name",
        "!",
        "name!!",
        "price__gte!!",
        "a" * 5000,
        "page",
        "ordering",
    ),
    *(
        "created_at__date__gte__lt",
        "review__",
        "review__rating__gt!",
        "_connector",
        "_negated",
        "\x00",
    ),
    *("utm_source", "format", "ids[]", "ids[0]", "name[contains]", "é", "%ff", "search"),
]
TAME = [
    "1",
    "2",
    "ab",
    "true",
    "2020-01-01",
    "0.50",
    "1,2",
    "draft",
    "10:00",
    "price",
    "::1",
    "a",
    "",
]
CHARSETS = ["utf-8", "latin-1", "utf-16", "utf-7", "unicode_escape", "nonsense", "ascii", "cp037"]


class Hostile:
    """Query strings as bytes, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.makers: list[Callable[[], bytes]] = [
            *[lambda: self.random.choice(TAME).encode()] * 8,
            lambda: self.random.choice(NUMBERS).encode(),
            lambda: self.random.choice(DATES).encode(),
            lambda: self.random.choice(TEXTS).encode(),
            lambda: self.random.choice(PATTERNS).encode(),
            lambda: self.random.randbytes(self.random.randrange(12)),
            lambda: b"\xed\xa0\x80\\ud800",
            self.many,
            self.mixed,
        ]

    def many(self) -> bytes:
        count = self.random.choice([2, 3, 499, 500, 501, 501, 2000])
        if self.random.random() < 0.005:
            count = 300_000
        return b",".join([self.random.choice([b"1", b"a", b"", b"2020-01-01"])] * count)

    def mixed(self) -> bytes:
        parts = self.random.choices(NUMBERS[:-20] + DATES + TEXTS[:10] + PATTERNS, k=2)
        return self.random.choice(["", ",", " ", "/"]).join(parts).encode()

    def name(self) -> bytes:
        if self.random.random() < 0.9:
            return self.random.choice(PARAMETERS).encode()
        if self.random.random() < 0.8:
            return self.random.choice(PATHS).encode()
        return self.random.randbytes(self.random.randrange(8))

    def query(self) -> str:
        parts = []
        for _ in range(self.random.choice([1, 1, 2, 3, 6])):
            name, value = self.name(), self.random.choice(self.makers)()
            if self.random.random() < 0.9:
                parts.append(f"{quote_from_bytes(name)}={quote_from_bytes(value)}")
            else:
                parts.append(f"{name.decode('latin-1')}={value.decode('latin-1')}")
        return "&".join(parts)


@pytest.fixture
def client(alias: str) -> Any:
    class URLs:
        urlpatterns = [path("", ProductList.as_view(alias=alias))]

    category = Category.objects.using(alias).create(name="Tools", slug="tools")
    tag = Tag.objects.using(alias).create(name="a")
    for number in range(8):
        product = Product.objects.using(alias).create(
            name="ab" * number, price=number, stock=number, category=category, origin="::1"
        )
        product.tags.add(tag)
        Review.objects.using(alias).create(product=product, rating=number)
    with override_settings(ROOT_URLCONF=URLs):
        yield Client()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what Python's unicode_escape codec says
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_any_query_string_gives_200_or_400(client: Client, alias: str, zone: str) -> None:
    hostile = Hostile(seed=sum(zone.encode()))
    statuses = dict.fromkeys((200, 400), 0)
    with override_settings(TIME_ZONE=zone):
        for _ in range(HOW_MANY // 3):
            query = hostile.query()
            charset = hostile.random.choice(CHARSETS) if hostile.random.random() < 0.1 else "utf-8"
            with CaptureQueriesContext(connections[alias]) as queries:
                try:
                    response = client.get(
                        "/", QUERY_STRING=query, CONTENT_TYPE=f"text/plain; charset={charset}"
                    )
                except Exception as error:
                    raise AssertionError(f"{query[:2000]!r} raised {error!r}") from error
            assert response.status_code in statuses or response.status_code == 404, query
            assert len(queries) <= 2
            json.loads(response.content)
            if response.status_code in statuses:
                statuses[response.status_code] += 1
    assert min(statuses.values()) > HOW_MANY // 60  # both answers are really exercised


WORST = {
    "name": TEXTS,
    "contact": TEXTS,
    "tag": TEXTS,
    "price": NUMBERS,
    "stock": NUMBERS,
    "weight": NUMBERS,
    "ids": NUMBERS,
    "created_at": DATES,
    "released_on": DATES,
    "warranty": DATES,
    "opens_at": DATES,
}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_worst_of_each_type(alias: str, zone: str) -> None:
    """One by one, so that what is refused for one reason cannot hide another."""
    tried = 0
    with override_settings(TIME_ZONE=zone):
        for parameter in EverythingFilterSet.plan().parameters.values():
            if parameter.negated and "iso_year" not in parameter.name:
                continue
            values = PATTERNS if "regex" in parameter.lookup else WORST.get(parameter.field_name)
            if zone != "Asia/Tokyo" and values is not DATES:
                continue  # only times depend on it
            for value in values or ():
                filterset = EverythingFilterSet({parameter.name: value})
                if filterset.is_valid():
                    queryset = Product.objects.using(alias).order_by("id")
                    tried += filterset.filter_queryset(queryset).exists() is not None
    assert tried > 50
