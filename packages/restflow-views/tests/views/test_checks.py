"""Each check of views with a project that fails it and one that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from django.urls import path
from rest_framework import permissions as drf
from rest_framework.serializers import ModelSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView as DRFAPIView

from restflow.core.checks import registered_checks
from restflow.permissions import BasePermission, IsAdminUser
from restflow.views import ActionConfig, AsyncAPIView, AsyncModelViewSet
from restflow.views.checks import check_views
from restflow_testing.models import Product


class Unmirrored(drf.BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return False


class Mirrored(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return False


class Never(BaseThrottle):
    async def aallow_request(self, request: Any, view: Any) -> bool:
        return False


class Serializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id"]


class Products(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = Serializer


def found(view: Any, settings: Any) -> list[tuple[str | None, str]]:
    settings.ROOT_URLCONF = (path("x/", view), path("again/", view))
    return [(message.id, message.msg) for message in check_views()]


def drf_view(**attributes: Any) -> Any:
    return type("Stock", (DRFAPIView,), attributes).as_view()


def test_the_check_is_registered() -> None:
    assert check_views in list(registered_checks())


@pytest.mark.parametrize(
    "attributes",
    [
        {"permission_classes": [Unmirrored]},
        {"permission_classes": [drf.AllowAny & ~(Unmirrored | drf.IsAdminUser)]},
        {"throttle_classes": [Never]},
    ],
)
def test_async_only_components_of_drfs_views(attributes: Any, settings: Any) -> None:
    ((id_, message),) = found(drf_view(**attributes), settings)
    assert id_ == "restflow.E301"
    assert "never calls" in message


@pytest.mark.parametrize("components", [[Mirrored], [drf.IsAdminUser & Mirrored], [drf.AllowAny]])
def test_components_that_are_asked(components: Any, settings: Any) -> None:
    assert found(drf_view(permission_classes=components), settings) == []
    ours = type("Ours", (AsyncAPIView,), {"permission_classes": [*components, Unmirrored]})
    assert found(ours.as_view(), settings) == []


STAFF = ActionConfig(permission_classes=[IsAdminUser])


@pytest.mark.parametrize(
    ("configs", "ids"),
    [
        ({"update": STAFF}, ["restflow.W302"]),
        ({"partial_update": STAFF}, ["restflow.W302"]),
        ({"update": STAFF, "partial_update": STAFF}, []),
        ({"update": ActionConfig(pagination_class=None)}, []),
        ({}, []),
    ],
)
def test_update_and_partial_update(configs: Any, ids: list[str], settings: Any) -> None:
    cls = type("Edited", (Products,), {"action_configs": configs})
    assert [id_ for id_, _ in found(cls.as_view({"get": "list"}), settings)] == ids


def test_a_subclass_that_drops_a_permission(settings: Any) -> None:
    base = type("Base", (Products,), {"action_configs": {"destroy": STAFF}})
    dropping = type("Dropping", (base,), {"action_configs": {"list": ActionConfig()}})
    keeping = type("Keeping", (base,), {"action_configs": {**base.action_configs}})
    ((id_, message),) = found(dropping.as_view({"get": "list"}), settings)
    assert id_ == "restflow.W303"
    assert "'destroy'" in message
    assert found(keeping.as_view({"get": "list"}), settings) == []


@pytest.fixture
def _atomic() -> Iterator[None]:
    options = connections.settings["default"]
    options["ATOMIC_REQUESTS"] = True
    yield
    options["ATOMIC_REQUESTS"] = False


class Split(Products):
    async def aperform_create(self, serializer: Any) -> None:
        await super().aperform_create(serializer)


@pytest.mark.usefixtures("_atomic")
def test_an_async_hook_under_atomic_requests(settings: Any) -> None:
    ((id_, message),) = found(Split.as_view({"get": "list"}), settings)
    assert id_ == "restflow.W304"
    assert "perform_create" in message
    assert found(Products.as_view({"get": "list"}), settings) == []
    exempt = transaction.non_atomic_requests(Split.as_view({"get": "list"}))
    assert found(exempt, settings) == []


def test_an_async_hook_without_atomic_requests(settings: Any) -> None:
    assert found(Split.as_view({"get": "list"}), settings) == []
