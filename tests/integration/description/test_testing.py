"""The test tools, used the way a project uses them."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.http import JsonResponse
from django.test import override_settings
from django.test.testcases import DatabaseOperationForbidden
from django.urls import path
from rest_framework.response import Response

from restflow.test import (
    AsyncAPIClient,
    AsyncAPILiveServerTestCase,
    AsyncAPIRequestFactory,
    AsyncAPISimpleTestCase,
    AsyncAPITestCase,
    AsyncAPITransactionTestCase,
    force_authenticate,
)
from restflow.views import AsyncAPIView
from restflow_testing.models import Category, Product


class WhoView(AsyncAPIView):
    async def get(self, request: Any) -> Response:
        return Response({"user": str(request.user), "asgi": hasattr(request._request, "scope")})


async def products(request: Any) -> JsonResponse:
    names = [product.name async for product in Product.objects.all()]
    return JsonResponse(names, safe=False)


urlpatterns = [path("who/", WhoView.as_view()), path("api/products/", products)]


@pytest.mark.describes("AsyncAPIClient sends ASGI requests to a view")
@pytest.mark.urls(__name__)
async def test_client() -> None:
    response = await AsyncAPIClient().get("/who/")
    assert response.json() == {"user": "AnonymousUser", "asgi": True}


@pytest.mark.describes("AsyncAPIRequestFactory makes requests for a view")
async def test_request_factory() -> None:
    request = AsyncAPIRequestFactory().get("/who/")
    response = await WhoView.as_view()(request)
    assert response.data == {"user": "AnonymousUser", "asgi": True}


@pytest.mark.describes("force_authenticate bypasses the authenticators")
async def test_force_authenticate() -> None:
    request = AsyncAPIRequestFactory().get("/who/", headers={"authorization": "Basic !"})
    force_authenticate(request, user=User(username="ida"))
    response = await WhoView.as_view()(request)
    assert response.data["user"] == "ida"


@override_settings(ROOT_URLCONF=__name__)
class TestSimple(AsyncAPISimpleTestCase):
    @pytest.mark.describes("AsyncAPISimpleTestCase has no transaction")
    async def test_no_database(self) -> None:
        assert (await self.client.get("/who/")).status_code == 200
        with pytest.raises(DatabaseOperationForbidden):
            await Category.objects.acount()


@override_settings(ROOT_URLCONF=__name__)
class TestProducts(AsyncAPITestCase):
    @pytest.mark.describes("TestProducts: the list answers 200")
    async def test_list_returns_200(self) -> None:
        client = AsyncAPIClient()
        response = await client.get("/api/products/")
        assert response.status_code == 200

    @pytest.mark.describes("AsyncAPITestCase rolls back at teardown")
    async def test_rollback_1(self) -> None:
        await Product.objects.acreate(name="pen")
        assert (await self.client.get("/api/products/")).json() == ["pen"]

    async def test_rollback_2(self) -> None:
        assert (await self.client.get("/api/products/")).json() == []


class TestCommit(AsyncAPITransactionTestCase):
    @pytest.mark.describes("AsyncAPITransactionTestCase runs on_commit")
    async def test_on_commit(self) -> None:
        committed: list[str] = []

        def write() -> None:
            with transaction.atomic():
                transaction.on_commit(lambda: committed.append(Category.objects.get().slug))
                Category.objects.create(name="Ink", slug="ink")

        await sync_to_async(write)()
        assert committed == ["ink"]


@override_settings(ROOT_URLCONF=__name__)
class TestLive(AsyncAPILiveServerTestCase):
    @pytest.mark.describes("AsyncAPILiveServerTestCase serves in a thread")
    def test_over_http(self) -> None:
        Product.objects.create(name="ink")
        with urlopen(f"{self.live_server_url}/api/products/") as response:
            assert json.load(response) == ["ink"]
