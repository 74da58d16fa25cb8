"""The fast page: one query, and it knows the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.paginator import EmptyPage

from restflow.test import assert_hops
from restflow_testing.models import Product

from .pages import Fast, body, request


def _products(count: int) -> Any:
    Product.objects.bulk_create(Product(name=f"p{number}") for number in range(count))
    return Product.objects.order_by("pk")


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 13, 14, 15])
def test_a_walk_visits_all_and_ends_there(count: int, django_assert_num_queries: Any) -> None:
    rows = _products(count)
    seen: list[Any] = []
    target: str | None = "http://testserver/?q=x&page=1"
    pages = 0
    while target:
        with django_assert_num_queries(1):
            data, _, _ = body(Fast(), rows, target)
        assert set(data) == {"next", "previous", "results"}
        seen += data["results"]
        target = data["next"]
        pages += 1
    assert seen == list(rows.values_list("pk", flat=True))
    assert pages == max(-(-count // 7), 1)


@pytest.mark.django_db
def test_beyond_the_end_is_a_404() -> None:
    rows = _products(7)
    assert body(Fast(), rows, query={"page": "2"}) == (
        404,
        "Invalid page.",
    )
    assert body(Fast(), rows, query={"page": "0"})[0] == 404
    assert body(Fast(), rows, query={"page": "last"})[0] == 404


@pytest.mark.django_db
def test_last_page_strings_may_be_set_and_count() -> None:
    class WithLast(Fast):
        last_page_strings = ("last",)

    data, _, _ = body(WithLast(), _products(15), query={"page": "last"})
    assert len(data["results"]) == 1
    assert data["next"] is None
    assert data["previous"] == "http://testserver/?page=2"


def test_links_and_controls() -> None:
    data, shown, html = body(Fast(), list(range(21)), query={"page": "2"})
    assert data["next"] == "http://testserver/?page=3"
    assert data["previous"] == "http://testserver/"
    assert shown
    assert 'href="http://testserver/?page=3"' in html
    assert not body(Fast(), list(range(7)))[1]


def test_the_page_refuses_numbers_it_has_not() -> None:
    pages = Fast()
    pages.paginate_queryset([1], request())
    with pytest.raises(EmptyPage):
        pages.page.next_page_number()
    with pytest.raises(EmptyPage):
        pages.page.previous_page_number()
    assert repr(pages.page) == "<Page 1>"


@pytest.mark.django_db(transaction=True)
async def test_one_hop() -> None:
    pages = Fast()
    with assert_hops(1):
        page = await pages.apaginate_queryset(Product.objects.all(), request())
        response = await pages.aget_paginated_response(page)
    assert response.data == {"next": None, "previous": None, "results": []}


def test_the_description_has_no_count() -> None:
    schema = Fast().get_paginated_response_schema({"type": "array"})
    assert set(schema["properties"]) == {"next", "previous", "results"}
    assert schema["required"] == ["results"]
