"""Throttles on views, as the description has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response

from restflow.test import AsyncAPIClient
from restflow.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)
from restflow.views import AsyncAPIView


class ByTenant(SimpleRateThrottle):
    scope = "tenant"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        tenant: str | None = request.query_params.get("tenant")
        return tenant


class PlainView(AsyncAPIView):
    authentication_classes = ()

    async def get(self, request: Any) -> Response:
        return Response("passed")


class UploadView(PlainView):
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "uploads"


urlpatterns = [
    path("anon/", PlainView.as_view(throttle_classes=(AnonRateThrottle,))),
    path("user/", PlainView.as_view(throttle_classes=(UserRateThrottle,))),
    path("tenant/", PlainView.as_view(throttle_classes=(ByTenant,))),
    path("uploads/", UploadView.as_view()),
]
RATES = {"anon": "2/hour", "user": "3/hour", "uploads": "1/min", "tenant": "1/30s"}
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _rates() -> Iterator[None]:
    with override_settings(REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": RATES}):
        yield


async def _statuses(count: int, target: str, client: Any = None, **extra: Any) -> list[int]:
    client = client or AsyncAPIClient()
    return [(await client.get(target, **extra)).status_code for _ in range(count)]


@pytest.mark.describes(
    "AnonRateThrottle limits by address", "rates come from DEFAULT_THROTTLE_RATES"
)
async def test_anon() -> None:
    assert await _statuses(3, "/anon/") == [200, 200, 429]
    response = await AsyncAPIClient().get("/anon/")
    assert 3590 < int(response["Retry-After"]) <= 3600
    other = AsyncAPIClient()
    other.defaults["REMOTE_ADDR"] = "192.0.2.9"
    assert await _statuses(1, "/anon/", other, REMOTE_ADDR="192.0.2.9") == [200]


@pytest.mark.describes("UserRateThrottle limits by user")
async def test_user() -> None:
    for pk in (1, 2):
        client = AsyncAPIClient()
        client.force_authenticate(User(pk=pk))
        assert await _statuses(4, "/user/", client) == [200, 200, 200, 429]


@pytest.mark.describes("ScopedRateThrottle limits by throttle_scope")
async def test_scope() -> None:
    assert await _statuses(2, "/uploads/") == [200, 429]


@pytest.mark.describes("SimpleRateThrottle: get_cache_key is the key strategy")
async def test_key() -> None:
    assert await _statuses(2, "/tenant/?tenant=a") == [200, 429]
    assert await _statuses(1, "/tenant/?tenant=b") == [200]
    assert await _statuses(3, "/tenant/") == [200, 200, 200]
