"""``ATOMIC_REQUESTS``: one transaction round the stages of a hop, kept or undone as in DRF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.test import AsyncClient, override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from restflow.views import AsyncAPIView, AsyncCreateAPIView
from restflow_testing.models import Category, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class Audited(AsyncCreateAPIView):
    """A sync hook that writes two rows: both or neither."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer

    def perform_create(self, serializer: Any) -> None:
        assert connection.in_atomic_block
        serializer.save()
        Category.objects.create(name="audit", slug="audit")
        if serializer.instance.name == "refused":
            raise PermissionDenied("Both or neither.")
        if serializer.instance.name == "broken":
            raise RuntimeError("Both or neither.")


class Exempt(Audited):
    def perform_create(self, serializer: Any) -> None:
        assert not connection.in_atomic_block
        serializer.save()


class SyncDispatch(Audited):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        response["X-Dispatched"] = "sync"
        return response


class SyncHandler(AsyncAPIView):
    def post(self, request: Any) -> Response:
        assert connection.in_atomic_block
        Category.objects.create(name="audit", slug="audit")
        raise PermissionDenied


class SplitByAwait(AsyncAPIView):
    """No transaction spans the await: the first row stays, the second is undone."""

    async def post(self, request: Any) -> Response:
        await self.aone()
        assert not connection.in_atomic_block
        await self.atwo()
        return Response()

    async def aone(self) -> None:
        await Category.objects.acreate(name="one", slug="one")

    async def atwo(self) -> None:
        await Category.objects.acreate(name="two", slug="two")


urlpatterns = [
    path("audited/", Audited.as_view()),
    path("exempt/", transaction.non_atomic_requests(Exempt.as_view())),
    path("dispatch/", SyncDispatch.as_view()),
    path("handler/", SyncHandler.as_view()),
    path("split/", SplitByAwait.as_view()),
]


@pytest.fixture(autouse=True)
def _atomic(transactional_db: None) -> Iterator[None]:
    options = connections["default"].settings_dict
    options["ATOMIC_REQUESTS"] = True
    with override_settings(ROOT_URLCONF=__name__):
        yield
    options["ATOMIC_REQUESTS"] = False


def post(url: str, **data: Any) -> Any:
    async def send() -> Any:
        client = AsyncClient(raise_request_exception=False)
        return await client.post(url, data, content_type="application/json")

    return async_to_sync(send)()


@pytest.mark.parametrize("url", ["/audited/", "/dispatch/"])
@pytest.mark.parametrize(
    ("name", "status", "rows"), [("pen", 201, 1), ("refused", 403, 0), ("broken", 500, 0)]
)
def test_both_rows_or_neither(url: str, name: str, status: int, rows: int) -> None:
    assert post(url, name=name, price="1.00").status_code == status
    assert Product.objects.count() == Category.objects.count() == rows


def test_a_sync_handler_is_inside_the_transaction() -> None:
    assert post("/handler/").status_code == 403
    assert Category.objects.count() == 0


def test_a_view_may_be_exempted_as_ever() -> None:
    assert post("/exempt/", name="pen", price="1.00").status_code == 201
    assert Product.objects.count() == 1


def test_no_transaction_spans_an_await() -> None:
    assert post("/split/").status_code == 200
    assert Category.objects.count() == 2
