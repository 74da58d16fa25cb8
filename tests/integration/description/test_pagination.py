"""Paginators on views, as the description has them."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path

from restflow.pagination import (
    CursorPagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from restflow.serializers import ModelSerializer
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, assert_hops
from restflow.views import AsyncListAPIView
from restflow_testing.models import Product


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ("name",)


class FastPages(FastPageNumberPagination):
    page_size = 2


class Pages(PageNumberPagination):
    page_size = 2


class Windows(LimitOffsetPagination):
    default_limit = 2


class Cursors(CursorPagination):
    page_size = 2
    ordering = "stock"


class ProductView(AsyncListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    pagination_class = FastPages


urlpatterns = [
    path("fast/", ProductView.as_view()),
    path("pages/", ProductView.as_view(pagination_class=Pages)),
    path("windows/", ProductView.as_view(pagination_class=Windows)),
    path("cursors/", ProductView.as_view(pagination_class=Cursors)),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


async def _ask(target: str) -> Any:
    response = await AsyncAPIClient().get(target)
    assert response.status_code == 200
    return response.json()


async def _fill(count: int) -> None:
    await Product.objects.abulk_create(Product(name=f"p{number}") for number in range(count))


def _names(data: Any) -> list[str]:
    return [row["name"] for row in data["results"]]


@pytest.mark.describes("PageNumberPagination")
async def test_page_number() -> None:
    await _fill(3)
    data = await _ask("/pages/?page=2")
    assert (data["count"], data["next"]) == (3, None)
    assert data["previous"] == "http://testserver/pages/"
    assert _names(data) == ["p2"]


@pytest.mark.describes("LimitOffsetPagination")
async def test_limit_offset() -> None:
    await _fill(4)
    data = await _ask("/windows/?limit=1&offset=2")
    assert data["count"] == 4
    assert data["next"] == "http://testserver/windows/?limit=1&offset=3"
    assert _names(data) == ["p2"]


@pytest.mark.describes("CursorPagination is stable across inserts")
async def test_cursor() -> None:
    await _fill(4)
    first = await _ask("/cursors/")
    await Product.objects.filter(name="p0").adelete()
    second = await _ask(first["next"])
    assert _names(first) + _names(second) == ["p0", "p1", "p2", "p3"]


@pytest.mark.describes(
    "FastPageNumberPagination counts nothing and names no total",
    "ProductView: AsyncListAPIView with FastPageNumberPagination",
)
async def test_fast() -> None:
    await _fill(4)
    with assert_hops(1):
        response = await ProductView.as_view()(AsyncAPIRequestFactory().get("/fast/?page=2"))
    data = response.data
    assert list(data) == ["next", "previous", "results"]
    assert data["next"] is None
    assert _names(data) == ["p2", "p3"]
