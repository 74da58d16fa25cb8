"""Cursors: walks that miss nothing and repeat nothing, links that nobody can forge."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from restflow.test import assert_hops
from restflow_testing.counts import cases
from restflow_testing.models import Category, Product, StockLevel

from .pages import Cursored, DRFCursored, body, request

NULLABLE = ["weight", "released_on", "warranty", "category_id"]
ORDERS = st.lists(
    st.builds(
        lambda sign, name: sign + name,
        st.sampled_from(["", "-"]),
        st.sampled_from(["pk", "stock", "price", "sku", "created_at", "name", *NULLABLE]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda name: name.lstrip("-"),
).map(tuple)


def walk(paginator: Any, rows: Any, *, query: Any = None, back: bool = False) -> list[Any]:
    """Follow the links to the end, then back to the start; the pks as they were seen."""
    target, name, seen = "http://testserver/", "previous" if back else "next", []
    while target:
        data, _, _ = body(paginator, rows, target, query)
        query = None
        seen += [reversed(data["results"])] if back else [data["results"]]
        target = data[name]
    return [pk for page in seen for pk in page]


def product(random: Random) -> Product:
    return Product(
        name=random.choice("abc"),
        stock=random.randrange(3),
        price=random.choice(["1.00", "2.50"]),
        weight=random.choice([None, 0.1, 0.3]),
        released_on=random.choice([None, date(2026, 1, 1)]),
        warranty=random.choice([None, timedelta(days=-1, microseconds=1)]),
    )


class TestWalks(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        random = Random(7)
        Product.objects.bulk_create(product(random) for _ in range(40))

    @settings(max_examples=cases(200), deadline=None)
    @given(ORDERS, st.integers(1, 12))
    def test_forth_and_back_in_the_order_of_the_database(self, order: Any, size: int) -> None:
        class Ordered(Cursored):
            ordering = order
            page_size = size

        pages = Ordered()
        forth = walk(pages, Product.objects.all())
        expected = list(Product.objects.order_by(*order).values_list("pk", flat=True))
        assert sorted(forth) == sorted(expected)
        values = {row["pk"]: row for row in Product.objects.values("pk", *self._plain(order))}
        assert [self._of(values[pk], order) for pk in forth] == [
            self._of(values[pk], order) for pk in expected
        ]
        target = pages.get_previous_link()
        back = list(reversed(pages.page))
        seen = [row.pk for row in back]
        while target:
            data, _, _ = body(pages, Product.objects.all(), target)
            seen += reversed(data["results"])
            target = data["previous"]
        assert seen == list(reversed(forth))

    @staticmethod
    def _plain(order: Any) -> list[str]:
        return [name.lstrip("-") for name in order if name.lstrip("-") != "pk"]

    def _of(self, row: Any, order: Any) -> list[Any]:
        return [row[name.lstrip("-")] for name in order]

    @settings(max_examples=cases(200), deadline=None)
    @given(st.text(max_size=60))
    def test_hostile_cursors_are_a_404(self, text: str) -> None:
        found = body(Cursored(), Product.objects.all(), query={"cursor": text})
        assert found == (404, "Invalid cursor") or (text == "" and "results" in found[0])

    def test_a_cursor_with_one_character_changed_is_a_404(self) -> None:
        data, _, _ = body(Cursored(), Product.objects.all())
        target = data["next"]
        start = target.index("cursor=") + len("cursor=")
        for at in range(start, len(target)):
            other = "A" if target[at] != "A" else "B"
            changed = target[:at] + other + target[at + 1 :]
            assert body(Cursored(), Product.objects.all(), changed) == (404, "Invalid cursor")

    def test_a_cursor_fits_one_model_and_order_only(self) -> None:
        class ByStock(Cursored):
            ordering = "stock"

        data, _, _ = body(Cursored(), Product.objects.all())
        assert body(ByStock(), Product.objects.all(), data["next"])[0] == 404
        assert body(Cursored(), Category.objects.all(), data["next"])[0] == 404

    def test_bodies_equal_drfs_but_for_the_cursor_itself(self) -> None:
        ours: Any = "http://testserver/?q=1"
        drfs: Any = ours
        while ours or drfs:
            mine, *_ = body(Cursored(), Product.objects.all(), ours)
            theirs, *_ = body(DRFCursored(), Product.objects.all(), drfs)
            assert list(mine) == list(theirs)
            assert mine["results"] == theirs["results"]
            for link in ("next", "previous"):
                assert (mine[link] is None) == (theirs[link] is None)
            ours, drfs = mine["next"], theirs["next"]

    def test_rows_of_values_and_annotations(self) -> None:
        class ByReviews(Cursored):
            ordering = ("-many", "pk")

        rows = Product.objects.annotate(many=Count("reviews"))
        assert len(set(walk(ByReviews(), rows))) == 40
        plain = Product.objects.values("id", "stock")
        assert len(walk(Cursored(), plain)) == 40

    def test_another_query(self) -> None:
        with self.assertNumQueries(1):
            body(Cursored(), Product.objects.all())


@pytest.mark.django_db
def test_every_surviving_row_once_while_others_write() -> None:
    """A thousand rows, five values; between two pages rows go and rows come."""
    random = Random(3)
    Product.objects.bulk_create(Product(name="x", stock=number % 5) for number in range(1000))
    before = set(Product.objects.values_list("pk", flat=True))

    class ByStock(Cursored):
        ordering = "-stock"
        page_size = 37

    pages, target, seen = ByStock(), "http://testserver/", []
    while target:
        data, _, _ = body(pages, Product.objects.all(), target)
        seen += data["results"]
        target = data["next"]
        alive = list(Product.objects.values_list("pk", flat=True))
        Product.objects.filter(pk__in=random.sample(alive, 9)).delete()
        if random.random() < 0.5:  # the very row that the cursor names
            Product.objects.filter(pk=data["results"][-1]).delete()
        Product.objects.bulk_create(Product(name="y", stock=random.randrange(5)) for _ in range(9))
    surviving = before & set(Product.objects.values_list("pk", flat=True))
    assert len(seen) == len(set(seen))
    assert surviving <= set(seen)


@pytest.mark.django_db
def test_when_all_that_follows_is_gone_the_way_back_is_there() -> None:
    Product.objects.bulk_create(Product(name="x") for _ in range(14))
    data, _, _ = body(Cursored(), Product.objects.all())
    Product.objects.filter(pk__gt=data["results"][-1]).delete()
    empty, _, _ = body(Cursored(), Product.objects.all(), data["next"])
    assert empty["results"] == []
    assert empty["next"] is None
    again, _, _ = body(Cursored(), Product.objects.all(), empty["previous"])
    assert again["results"] == data["results"]


@pytest.mark.django_db
def test_composite_keys() -> None:
    StockLevel.objects.bulk_create(
        StockLevel(warehouse=name, shelf=shelf) for name in "ab" for shelf in range(10)
    )

    class ByAmount(Cursored):
        ordering = "amount"

    assert len(set(walk(ByAmount(), StockLevel.objects.all()))) == 20


@pytest.mark.parametrize("name", ["category", "nothing", "tags", "?"])
@pytest.mark.django_db
def test_an_order_that_cannot_be_compared_is_named(name: str) -> None:
    class Wrong(Cursored):
        ordering = name

    with pytest.raises(ImproperlyConfigured, match=r"Wrong cannot page by .* of Product"):
        Wrong().paginate_queryset(Product.objects.all(), request())


@pytest.mark.django_db(transaction=True)
async def test_one_hop() -> None:
    pages = Cursored()
    with assert_hops(1):
        page = await pages.apaginate_queryset(Product.objects.all(), request())
        response = await pages.aget_paginated_response(page)
    assert response.data == {"next": None, "previous": None, "results": []}
