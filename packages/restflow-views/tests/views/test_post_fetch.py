"""PostFetch: what belongs to whom, in one query, cut in SQL."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from restflow.views import PostFetch
from restflow_testing.models import Category, Product, Review

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def reviews(**kwargs: Any) -> PostFetch:
    arguments: dict[str, Any] = {
        "queryset": Review.objects.all(),
        "to_attr": "latest",
        "values": ["id", "rating"],
        "order_by": ("-id",),
        "product_id": "id",
    }
    return PostFetch(**(arguments | kwargs))


def shop(counts: list[int], using: str = "default") -> list[Product]:
    products = []
    for number, count in enumerate(counts):
        product = Product.objects.using(using).create(name=f"p{number}", price=1)
        for rating in range(count):
            Review.objects.using(using).create(product=product, rating=rating)
        products.append(product)
    return products


def expected(product: Product, limit: int | None, using: str = "default") -> Any:
    rows = Review.objects.using(using).filter(product_id=product.pk).order_by("-id")
    found = list(rows.values("id", "rating")[:limit])
    if limit == 1:
        return found[0] if found else None
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, None])
@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("as_dicts", [False, True])
@given(counts=st.lists(st.integers(0, 5), max_size=6))
def test_each_object_gets_its_rows(
    limit: int | None, colour: str, as_dicts: bool, counts: list[int]
) -> None:
    products = shop(counts)
    objects: list[Any] = [{"id": p.pk} for p in products] if as_dicts else products
    fetch = reviews(limit=limit)
    with CaptureQueriesContext(connections["default"]) as queries:
        if colour == "sync":
            fetch.fetch(objects)
        else:
            async_to_sync(fetch.afetch)(objects)
    assert len(queries) == (1 if objects else 0)
    for product, obj in zip(products, objects, strict=True):
        found = obj["latest"] if as_dicts else obj.latest
        assert found == expected(product, limit)


def test_five_hundred_objects_are_one_query_and_few_rows() -> None:
    products = shop([4] * 500)
    fetch = reviews(limit=3)
    with CaptureQueriesContext(connections["default"]) as queries:
        fetch.fetch(products)
    assert len(queries) == 1
    assert "ROW_NUMBER()" in queries[0]["sql"]
    assert sum(len(rows) for rows in fetch._rows({(p.pk,) for p in products}).values()) == 1500
    assert all(len(product.latest) == 3 for product in products)  # type: ignore[attr-defined]


def test_the_querysets_database_is_asked() -> None:
    (product,) = shop([2], using="other")
    with CaptureQueriesContext(connections["default"]) as default:
        reviews(queryset=Review.objects.using("other")).fetch([product])
    assert len(default) == 0
    assert product.latest == expected(product, 1, "other")  # type: ignore[attr-defined]


def test_keys_of_text_and_missing_keys() -> None:
    (product,) = shop([1])
    rows: list[dict[str, Any]] = [{"id": str(product.pk)}, {"id": None}, {"id": -1}]
    reviews().fetch(rows)
    assert [row["latest"] is None for row in rows] == [False, True, True]


def test_several_pairs_renamed_columns_and_annotations() -> None:
    products = shop([3, 3])
    queryset = Review.objects.annotate(double=F("rating") * 2)
    fetch = PostFetch(
        queryset=queryset,
        to_attr="found",
        values=["double"],
        values_dict={"stars": "rating"},
        limit=None,
        product_id="id",
        rating="wanted",
    )
    objects = [{"id": products[0].pk, "wanted": 2}, {"id": products[1].pk, "wanted": 9}]
    fetch.fetch(objects)
    assert objects[0]["found"] == [{"double": 4, "stars": 2}]
    assert objects[1]["found"] == []


def test_two_objects_with_the_same_key_do_not_share_a_dict() -> None:
    (product,) = shop([1])
    rows: list[dict[str, Any]] = [{"id": product.pk}, {"id": product.pk}]
    reviews().fetch(rows)
    rows[0]["latest"]["rating"] = 100
    assert rows[1]["latest"]["rating"] != 100


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"product_id": None}, TypeError, "belong together"),
        ({"values": []}, ValueError, "names no column"),
        ({"limit": 0}, ValueError, "1 or more"),
    ],
)
def test_what_cannot_work_is_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    complete: dict[str, Any] = {
        "queryset": Category.objects.all(),
        "to_attr": "x",
        "values": ["id"],
        "product_id": "id",
    } | arguments
    with pytest.raises(error, match=message):
        PostFetch(**{key: value for key, value in complete.items() if value is not None})
