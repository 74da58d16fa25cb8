"""``cache_response`` on restflow's own async views."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response

from restflow.caching import cache_response
from restflow.permissions import BasePermission, IsAuthenticated
from restflow.test import AsyncAPIClient
from restflow.views import AsyncAPIView

calls: list[Any] = []
allowed = [True]


class ByHeader(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        name = request.headers.get("X-User")
        return None if name is None else (User.objects.get(username=name), None)


class Allowed(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return allowed[0]


class AsyncView(AsyncAPIView):
    authentication_classes = [ByHeader]
    permission_classes = [IsAuthenticated, Allowed]

    @cache_response(60)
    async def get(self, request: Any) -> Response:
        calls.append(request.user.username)
        return Response({"for": request.user.username, "n": len(calls)})


class SyncHandlerView(AsyncAPIView):
    authentication_classes = [ByHeader]
    permission_classes = [IsAuthenticated, Allowed]

    @cache_response(60)
    def get(self, request: Any) -> Response:
        calls.append(request.user.username)
        return Response({"for": request.user.username, "n": len(calls)})


urlpatterns = [path("async/", AsyncView.as_view()), path("sync/", SyncHandlerView.as_view())]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("url", ["/async/", "/sync/"])
async def test_an_async_view(url: str, adb: None) -> None:
    calls.clear()
    allowed[0] = True
    for name in ("ada", "bob"):
        await User.objects.acreate(username=name)
    client: Any = AsyncAPIClient()

    async def get(name: str, **headers: str) -> Any:
        return await client.get(url, headers={"x-user": name, **headers})

    assert (await client.get(url)).status_code in (401, 403)
    for _ in range(2):
        assert (await get("ada")).json() == {"for": "ada", "n": 1}
        assert (await get("bob")).json() == {"for": "bob", "n": 2}
    response = await get("ada")
    assert response.headers["Cache-Status"].startswith("restflow; hit")
    tag = response.headers["ETag"]
    again = await get("ada", **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await get("bob", **{"if-none-match": tag})).status_code == 200
    allowed[0] = False
    assert (await get("ada")).status_code == 403
    assert calls == ["ada", "bob"]
