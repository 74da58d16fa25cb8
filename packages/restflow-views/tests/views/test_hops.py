"""What each kind of view costs in thread hops, Django's own left out."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import include, path
from rest_framework import serializers
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from restflow.permissions import BasePermission
from restflow.renderers import JSONRenderer
from restflow.serializers import ModelSerializer
from restflow.test import AsyncAPIClient, assert_hops
from restflow.views import AsyncAPIView, AsyncModelViewSet
from restflow_testing.models import Category, Product

from .sequences import catch_up


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price", "category"]
        depth = 1


class Pages(PageNumberPagination):
    page_size = 5


class OurSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price", "category"]


class AwaitingSerializer(OurSerializer):
    async def avalidate_name(self, value: str) -> str:
        return value.upper()

    async def ato_representation(self, instance: Any) -> Any:
        found = await super().ato_representation(instance)
        return {**found, "extra": True}


class AllowedLater(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return True


class Products(AsyncModelViewSet):
    queryset = Product.objects.select_related("category")
    serializer_class = ProductSerializer
    pagination_class = Pages
    permission_classes = [IsAuthenticated]
    authentication_classes = [BasicAuthentication, SessionAuthentication]


class SplitByPermission(Products):
    """An async hook before the first blocking stage costs nothing."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowedLater]


class SplitInTheMiddle(Products):
    async def aperform_create(self, serializer: Any) -> None:
        await super().aperform_create(serializer)


class SplitTwice(SplitInTheMiddle):
    async def ainitial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        await super().ainitial(request, *args, **kwargs)


class Ours(Products):
    serializer_class = OurSerializer


class Awaiting(Products):
    serializer_class = AwaitingSerializer


class Pure(AsyncAPIView):
    permission_classes = [AllowedLater]

    async def get(self, request: Any) -> Response:
        return Response({"ok": True})

    async def post(self, request: Any) -> Response:
        return Response(len(request.data["text"]))


class PureFast(Pure):
    renderer_classes = [JSONRenderer]


class PureSync(AsyncAPIView):
    authentication_classes: list[Any] = []

    def get(self, request: Any) -> Response:
        return Response({"ok": True})


router = DefaultRouter()
router.register("products", Products)
router.register("permission", SplitByPermission, basename="permission")
router.register("middle", SplitInTheMiddle, basename="middle")
router.register("twice", SplitTwice, basename="twice")
router.register("ours", Ours, basename="ours")
router.register("awaiting", Awaiting, basename="awaiting")
urls = ModuleType("restflow_tests_views_hops")
vars(urls)["urlpatterns"] = [
    path("", include(router.urls)),
    path("pure/", Pure.as_view()),
    path("pure-fast/", PureFast.as_view()),
    path("sync/", PureSync.as_view()),
]
sys.modules[urls.__name__] = urls
pytestmark = pytest.mark.urls(urls.__name__)

BODY = {"name": "ink", "price": "2.00"}


@pytest.fixture
def client(adb: None) -> AsyncAPIClient:
    category = Category.objects.create(name="Pens", slug="pens")
    for number in range(1, 9):
        Product.objects.create(pk=number, name=f"pen {number}", price=number, category=category)
    catch_up(Product)
    get_user_model().objects.create_user("ada", password="x", is_staff=True)
    client = AsyncAPIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic YWRhOng=")
    return client


@pytest.mark.parametrize(
    ("method", "url", "data", "status", "hops"),
    [
        ("get", "/products/", None, 200, 1),
        ("get", "/products/?page=2", None, 200, 1),
        ("get", "/products/?page=7", None, 404, 1),
        ("get", "/products/1/", None, 200, 1),
        ("get", "/products/99/", None, 404, 1),
        ("post", "/products/", BODY, 201, 1),
        ("post", "/products/", {}, 400, 1),
        ("put", "/products/1/", BODY, 200, 1),
        ("patch", "/products/1/", {"price": "3.00"}, 200, 1),
        ("delete", "/products/1/", None, 204, 1),
        ("options", "/products/", None, 200, 1),
        ("get", "/permission/", None, 200, 1),
        ("post", "/middle/", BODY, 201, 3),
        ("get", "/middle/", None, 200, 1),
        ("get", "/ours/", None, 200, 1),
        ("get", "/ours/1/", None, 200, 1),
        ("post", "/ours/", BODY, 201, 1),
        ("patch", "/ours/1/", {"price": "3.00"}, 200, 1),
        ("get", "/pure/", None, 200, 0),
        ("get", "/pure-fast/", None, 200, 0),
        ("post", "/pure/", {"text": "short"}, 200, 0),
        ("post", "/pure/", {"text": "x" * 70_000}, 200, 1),
        ("get", "/sync/", None, 200, 1),
    ],
)
async def test_hops(
    client: AsyncAPIClient, method: str, url: str, data: Any, status: int, hops: int
) -> None:
    if url.startswith("/pure"):
        client.credentials()
    async with assert_hops(hops, of="view"):
        response = await getattr(client, method)(url, data=data, format="json")
    assert response.status_code == status


async def test_a_session_user_costs_no_hop_of_its_own(
    client: AsyncAPIClient, settings: Any
) -> None:
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    client = AsyncAPIClient()
    await client.aforce_login(await get_user_model().objects.aget())
    async with assert_hops(1, of="view"):
        response = await client.get("/products/")
    assert response.status_code == 200


async def test_an_async_hook_in_the_middle_adds_at_most_the_hops_of_its_own_super(
    client: AsyncAPIClient,
) -> None:
    """``initial`` hops for the user, the handler once more, and ``aperform_create`` splits it."""
    async with assert_hops(4, of="view"):
        response = await client.post("/twice/", data=BODY, format="json")
    assert response.status_code == 201


async def test_async_hooks_of_a_serializer_run_whatever_they_cost(client: AsyncAPIClient) -> None:
    created = await client.post("/awaiting/", data=BODY, format="json")
    assert (created.status_code, created.json()["name"], created.json()["extra"]) == (
        201,
        "INK",
        True,
    )
    assert (await client.get("/awaiting/")).json()["results"][0]["extra"] is True
