"""Hooks of one class written in several colours: each level runs, or a check says it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path
from rest_framework import permissions as drf
from rest_framework import throttling as drf_throttling
from rest_framework.serializers import ModelSerializer

from restflow.core.steps import on_loop
from restflow.permissions import IsAuthenticated
from restflow.test import AsyncAPIRequestFactory
from restflow.views import AsyncAPIView, AsyncModelViewSet
from restflow.views.checks import check_views
from restflow_testing.models import Product

LOG: list[str] = []


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Products(AsyncModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    authentication_classes: list[Any] = []


#: Hooks that have work to do, and hooks of DRF that only compute.
HOOKS = [
    "get_queryset",
    "filter_queryset",
    "initial",
    "check_permissions",
    "finalize_response",
    "get_serializer_class",
    "get_serializer_context",
    "get_renderers",
    "get_permissions",
    "get_format_suffix",
    "initialize_request",
]


def sync_mixin(hook: str) -> type:
    def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
        LOG.append(f"sync, on the loop: {on_loop()}")
        return getattr(super(mixin, self), hook)(*args, **kwargs)

    mixin = type("SyncMixin", (), {hook: sync})
    return mixin


def async_mixin(hook: str) -> type:
    async def async_(self: Any, *args: Any, **kwargs: Any) -> Any:
        LOG.append(f"async, on the loop: {on_loop()}")
        return await getattr(super(mixin, self), f"a{hook}")(*args, **kwargs)

    mixin = type("AsyncMixin", (), {f"a{hook}": async_})
    return mixin


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("between", [False, True])
async def test_a_mixin_with_only_the_async_form_below_a_sync_override(
    adb: None, hook: str, between: bool
) -> None:
    below: Any = type("Below", (async_mixin(hook), Products), {}) if between else None
    bases = (
        (sync_mixin(hook), below) if between else (sync_mixin(hook), async_mixin(hook), Products)
    )
    cls: Any = type("Above", bases, {})
    LOG.clear()
    response = await cls.as_view({"get": "list"})(AsyncAPIRequestFactory().get("/"))
    assert response.data == []
    times = LOG.count("sync, on the loop: False")
    assert times > 0
    assert LOG.count("async, on the loop: True") == times
    assert len(LOG) == 2 * times


class AsyncOnly:
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return False


class Loud:
    def has_permission(self, request: Any, view: Any) -> Any:
        return super().has_permission(request, view)  # type: ignore[misc]


class AsyncThrottle:
    async def aallow_request(self, request: Any, view: Any) -> bool:
        return False


class LoudThrottle:
    def allow_request(self, request: Any, view: Any) -> Any:
        return super().allow_request(request, view)  # type: ignore[misc]


class Refusing(Loud, AsyncOnly, IsAuthenticated):
    """Over a base of restflow every level is asked."""


class Granting(Loud, AsyncOnly, drf.BasePermission):
    """Over DRF's base the async one cannot be: DRF's says yes."""


class SlowLimit(LoudThrottle, AsyncThrottle, drf_throttling.AnonRateThrottle):
    """The same for throttles."""


class Complete(AsyncOnly, drf.BasePermission):
    """The async one wins: there is nothing above it."""


def found(settings: Any, **attributes: Any) -> list[tuple[str | None, str]]:
    view = type("View", (AsyncAPIView,), attributes).as_view()
    settings.ROOT_URLCONF = (path("x/", view),)
    return [(message.id, message.msg) for message in check_views()]


async def test_over_our_base_the_async_one_refuses() -> None:
    assert await Refusing().ahas_permission(None, None) is False


def test_over_drfs_base_a_check_names_all_three(settings: Any) -> None:
    ((id_, message),) = found(settings, permission_classes=[drf.AllowAny & Granting])
    assert id_ == "restflow.E305"
    for part in ("Granting", "Loud.has_permission", "AsyncOnly.ahas_permission", "BasePermission"):
        assert part in message
    ((id_, message),) = found(settings, throttle_classes=[SlowLimit])
    assert id_ == "restflow.E305"
    assert "AsyncThrottle.aallow_request() never runs" in message


@pytest.mark.parametrize("permission", [Refusing, Complete, IsAuthenticated, drf.IsAdminUser])
def test_what_runs_is_no_error(permission: Any, settings: Any) -> None:
    assert found(settings, permission_classes=[permission]) == []


def test_views_of_both_colours_are_no_error(settings: Any) -> None:
    cls: Any = type("Above", (*map(sync_mixin, HOOKS), *map(async_mixin, HOOKS), Products), {})
    settings.ROOT_URLCONF = (path("x/", cls.as_view({"get": "list"})),)
    assert check_views() == []
