"""Security schemes, and operations that need none."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path
from drf_spectacular.utils import inline_serializer
from rest_framework import authentication, permissions, serializers

from restflow import permissions as ours
from restflow.views import AsyncAPIView

from .documents import document, operation

ThingSerializer = inline_serializer("Thing", {"id": serializers.IntegerField()})


def security(
    authenticators: list[Any], permitted: list[Any], method: str = "get"
) -> tuple[Any, Any]:
    class View(AsyncAPIView):
        serializer_class = type(ThingSerializer)
        authentication_classes = authenticators
        permission_classes = permitted

        async def get(self, request: Any) -> Any: ...

        async def post(self, request: Any) -> Any: ...

    made = document([path("x/", View.as_view())])
    schemes = made.get("components", {}).get("securitySchemes", {})
    return operation(made, "/x/", method).get("security"), schemes


BASIC = authentication.BasicAuthentication
BASIC_ONLY = [{"basicAuth": []}]


@pytest.mark.parametrize(
    ("permitted", "get", "post"),
    [
        ([], [*BASIC_ONLY, {}], [*BASIC_ONLY, {}]),
        ([permissions.AllowAny], [*BASIC_ONLY, {}], [*BASIC_ONLY, {}]),
        ([ours.AllowAny], [*BASIC_ONLY, {}], [*BASIC_ONLY, {}]),
        ([ours.IsAuthenticatedOrReadOnly], [*BASIC_ONLY, {}], BASIC_ONLY),
        ([ours.IsAuthenticated], BASIC_ONLY, BASIC_ONLY),
        ([ours.AllowAny & ours.IsAdminUser], BASIC_ONLY, BASIC_ONLY),
    ],
)
def test_who_need_not_be_known(permitted: Any, get: Any, post: Any) -> None:
    assert security([BASIC], permitted)[0] == get
    assert security([BASIC], permitted, "post")[0] == post


def test_without_authenticators_there_is_nothing_to_send() -> None:
    assert security([], [ours.AllowAny]) == (None, {})


def test_a_remote_user_is_no_scheme() -> None:
    found, schemes = security(
        [authentication.RemoteUserAuthentication, BASIC], [ours.IsAuthenticated]
    )
    assert (found, set(schemes)) == (BASIC_ONLY, {"basicAuth"})


def test_subclasses_share_a_scheme() -> None:
    class Mine(authentication.TokenAuthentication):
        pass

    found, schemes = security([authentication.TokenAuthentication, Mine], [ours.IsAuthenticated])
    assert found == [{"tokenAuth": []}, {"tokenAuth": []}]
    assert set(schemes) == {"tokenAuth"}
