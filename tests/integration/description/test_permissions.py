"""The permissions of the description, as written there."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.response import Response

from restflow.permissions import (
    BasePermission,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from restflow.test import AsyncAPIRequestFactory, assert_hops, force_authenticate
from restflow.views import AsyncAPIView


class User:
    is_authenticated = True

    def __init__(self, number: int, is_staff: bool = False) -> None:
        self.id = self.pk = number
        self.is_staff = is_staff


class Thing:
    owner_id = 1


async def answered(permissions: list[Any], user: User | None = None, method: str = "get") -> int:
    class View(AsyncAPIView):
        permission_classes = permissions

        async def get(self, request: Any) -> Response:
            await self.acheck_object_permissions(request, Thing())
            return Response()

        post = get

    request = getattr(AsyncAPIRequestFactory(), method)("/")
    if user:
        force_authenticate(request, user=user)
    response = await View.as_view()(request)
    return int(response.status_code)


@pytest.mark.describes("IsOwner: an async object permission alone")
async def test_is_owner() -> None:
    class IsOwner(BasePermission):
        async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
            return bool(obj.owner_id == request.user.id)

    assert await answered([IsOwner], User(1)) == 200
    assert await answered([IsOwner], User(2)) == 403


@pytest.mark.describes("a custom permission may be sync")
async def test_sync() -> None:
    class Odd(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            return bool(request.user.pk % 2)

    assert await answered([Odd], User(1)) == 200
    assert await answered([Odd], User(2)) == 403


@pytest.mark.describes("standard permissions need no thread")
async def test_no_thread() -> None:
    async with assert_hops(0):
        assert await answered([IsAuthenticated, IsAuthenticatedOrReadOnly], User(1)) == 200
        assert await answered([IsAdminUser], User(1)) == 403


@pytest.mark.describes("combinators: IsAuthenticated & (IsAdminUser | IsAuthenticatedOrReadOnly)")
async def test_combinators() -> None:
    combined = [IsAuthenticated & (IsAdminUser | IsAuthenticatedOrReadOnly)]
    assert await answered(combined, User(1)) == 200
    assert await answered(combined, User(1), "post") == 200
    assert await answered(combined) in (401, 403)
