"""Stock DRF views: what they cost, whether they can move, and what would change."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIHandler

pytest.importorskip("rest_framework")

from rest_framework import generics, serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.audit import move_of, project_costs, total, view_costs
from restflow.test import count_hops

from ..asgi.conversation import STARTPROJECT, ask, idle, project
from .test_project import audit


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["username"]


class Users(generics.ListAPIView[User]):
    queryset = User.objects.order_by("pk")
    serializer_class = UserSerializer

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(is_active=True)


class UserSet(viewsets.ModelViewSet[User]):
    queryset = User.objects.all()
    serializer_class = UserSerializer

    @action(detail=True)
    def friends(self, request: Any, pk: Any) -> Response:
        return Response([])

    def perform_create(self, serializer: Any) -> None:
        serializer.save()


class Timed(APIView):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)


class TimedToo(Timed):
    def get(self, request: Any) -> Response:
        return Response({})


class OnlyAsync(BasePermission):
    async def has_permission(self, request: Any, view: Any) -> bool:  # type: ignore[override]
        return True


class Guarded(APIView):
    permission_classes = [OnlyAsync]

    async def get(self, request: Any) -> Response:
        return Response({})


class Rows(APIView):
    def get_renderers(self) -> Any:
        yield from super().get_renderers()


@api_view(["GET"])
def function(request: Any) -> Response:
    return Response({})


@pytest.mark.parametrize("middleware", [[], STARTPROJECT], ids=["none", "startproject"])
@pytest.mark.parametrize("handler", [ASGIHandler, RestflowASGIHandler])
async def test_costs_are_what_requests_show(
    adb: None, handler: Any, middleware: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if handler is ASGIHandler:  # it closes the connection of the test
        from restflow.test.handlers import connections_kept_open as kept
    else:
        from contextlib import nullcontext as kept  # type: ignore[assignment]
    view = Users.as_view()
    view.__name__ = "users"
    with project(view, handler=handler, MIDDLEWARE=middleware) as app, kept():
        costs = total([*project_costs(), *view_costs(view)])
        await ask(app, "/users/")
        await idle()
        with count_hops() as hops:
            answer = await ask(app, "/users/")
        await idle()
    assert answer.body == b"[]"
    assert len(hops) == costs[handler is RestflowASGIHandler], hops.report()


@pytest.mark.parametrize(
    ("view", "base", "obstacles", "kept"),
    [
        (Users.as_view(), "AsyncListAPIView", 0, ("get_queryset()",)),
        (UserSet.as_view({"get": "list"}), "AsyncModelViewSet", 0, ("perform_create()",)),
        (TimedToo.as_view(), "AsyncAPIView", 1, ()),
        (Guarded.as_view(), "AsyncAPIView", 0, ()),
        (Rows.as_view(), "AsyncAPIView", 1, ()),
        (function, "api_view on an async function", 0, ()),
    ],
)
def test_moves(view: Any, base: str, obstacles: int, kept: tuple[str, ...]) -> None:
    move = move_of(view)
    assert move is not None
    assert move.base.removeprefix("restflow.views.") == base
    assert len(move.obstacles) == obstacles, move.obstacles
    assert move.kept == kept


def test_an_async_component_of_a_plain_view_is_named() -> None:
    move = move_of(Guarded.as_view())
    assert move is not None
    assert any("OnlyAsync" in note for note in move.notes)


def test_what_is_no_view_of_drf_has_nowhere_to_move() -> None:
    assert move_of(lambda request: None) is None


def test_the_report(settings: Any) -> None:
    with project(Users.as_view(), function):
        report = audit()
    assert "can move to restflow.views.AsyncListAPIView" in report
    assert "as they are, in the view's one hop: get_queryset()" in report
    assert "Django renders the response in a second hop" in report
