"""The filter backend under our async views: its colour, its hops, its routes."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from rest_framework import serializers

from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.test import AsyncAPIRequestFactory, assert_hops
from restflow.views import AsyncListAPIView, AsyncRetrieveAPIView
from restflow_testing.models import Product


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["name"]


class SyncScope(FilterSet):
    name: str

    class Meta:
        model = Product
        preprocessors = ["scope"]

    def scope(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(in_stock=True)


class AsyncScope(SyncScope):
    async def scope(  # type: ignore[override]
        self, queryset: QuerySet[Product]
    ) -> QuerySet[Product]:
        return queryset.filter(in_stock=True)


class Filtered:
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend]
    filterset_class = SyncScope


class ProductList(Filtered, AsyncListAPIView):
    pass


class ProductDetail(Filtered, AsyncRetrieveAPIView):
    pass


@pytest.fixture
async def products(adb: None) -> list[Product]:
    create = sync_to_async(Product.objects.create)
    return [await create(name="a"), await create(name="b"), await create(name="b", in_stock=False)]


@pytest.mark.parametrize(("filterset", "hops"), [(SyncScope, 1), (AsyncScope, 2)])
async def test_a_list(products: list[Product], filterset: Any, hops: int) -> None:
    view = ProductList.as_view(filterset_class=filterset)
    with assert_hops(hops):
        response = await view(AsyncAPIRequestFactory().get("/?name=b"))
    assert response.data == [{"name": "b"}]
    refused = await view(AsyncAPIRequestFactory().get("/?nme=b"))
    assert refused.status_code == 400
    assert list(refused.data) == ["nme"]


@pytest.mark.parametrize("filterset", [SyncScope, AsyncScope])
async def test_a_detail_route(products: list[Product], filterset: Any) -> None:
    view = ProductDetail.as_view(filterset_class=filterset)
    _, mine, hidden = products
    request = AsyncAPIRequestFactory().get("/?name=none&nme=b")
    assert (await view(request, pk=mine.pk)).status_code == 200
    assert (await view(request, pk=hidden.pk)).status_code == 404
