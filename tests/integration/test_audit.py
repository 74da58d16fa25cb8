"""The audit's figures for restflow's views are those that requests show."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import override_settings
from django.urls import include, path
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import ModelSerializer

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.audit import endpoints, move_of, project_costs, total
from restflow.permissions import IsAuthenticatedOrReadOnly
from restflow.test import AsyncAPIClient, assert_hops, count_hops
from restflow.views import AsyncAPIView, AsyncModelViewSet
from restflow_testing.models import Product

STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


class Blocking(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return Product.objects.count() >= 0


class Awaiting(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return True


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Products(AsyncModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


class Health(AsyncAPIView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    authentication_classes: list[Any] = []

    async def get(self, request: Any) -> Response:
        return Response({})


class Guarded(Health):
    permission_classes = [Blocking]


class Handled(Health):
    def get(self, request: Any) -> Response:
        return Response({"count": Product.objects.count()})


class Waiting(Health):
    permission_classes = [Awaiting]


router = DefaultRouter()
router.register("products", Products)
URLS = (
    path("api/", include(router.urls)),
    path("health/", Health.as_view()),
    path("guarded/", Guarded.as_view()),
    path("handled/", Handled.as_view()),
    path("waiting/", Waiting.as_view()),
)


@pytest.mark.parametrize(
    ("route", "hops"),
    [("/api/products/", 1), ("/health/", 0), ("/guarded/", 1), ("/handled/", 1), ("/waiting/", 0)],
)
async def test_hops(adb: None, route: str, hops: int) -> None:
    with override_settings(ROOT_URLCONF=URLS):
        (found,) = (each for each in endpoints() if each.route == route)
        assert total(found.costs) == (hops, hops), found.costs
        assert move_of(found.view) is None
        client = AsyncAPIClient()
        await client.get(route)
        async with assert_hops(hops, of="view"):
            assert (await client.get(route)).status_code == 200


@pytest.mark.parametrize(
    ("route", "hops"), [("/api/products/", 1), ("/health/", 0), ("/handled/", 1)]
)
async def test_hops_of_the_whole_request(adb: None, route: str, hops: int) -> None:
    """One hop behind the seven middlewares of ``startproject``, and none without the ORM."""
    with override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=STARTPROJECT):
        transport = httpx.ASGITransport(RestflowASGIHandler())
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            await client.get(route)
            with count_hops() as counted:
                assert (await client.get(route)).status_code == 200
    assert len(counted) == hops, counted.report()
    assert hops == total([*_shared(), *_found(route).costs])[1]


def _shared() -> Any:
    with override_settings(MIDDLEWARE=STARTPROJECT):
        return project_costs()


def _found(route: str) -> Any:
    with override_settings(ROOT_URLCONF=URLS):
        return next(each for each in endpoints() if each.route == route)


def test_what_can_only_be_awaited_is_named() -> None:
    with override_settings(ROOT_URLCONF=URLS):
        (found,) = (each for each in endpoints() if each.route == "/waiting/")
    (cost,) = (cost for cost in found.costs if cost.kind == "component")
    assert cost.cause == f"{__name__}.Awaiting"
    assert "ahas_permission() can only be awaited" in cost.why
