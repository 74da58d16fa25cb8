"""A small site whose one view raises what a test hands it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import translation
from rest_framework.response import Response
from rest_framework.views import APIView

from restflow.exceptions import exception_handler
from restflow_testing.models import Category


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Django's LocaleMiddleware leaves the last request's language active."""
    with translation.override("en"):
        yield


class Answer(Protocol):
    def __call__(
        self,
        error: Any,
        *,
        method: str = ...,
        asgi: bool = ...,
        view: dict[str, Any] | None = ...,
        **request: Any,
    ) -> Any: ...


def raising(error: Any, attributes: dict[str, Any]) -> type[APIView]:
    """A view that writes a row and raises *error*, what ``error(request)`` raises, or nothing."""

    def get(self: APIView, request: Any) -> Response:
        Category.objects.create(name="written", slug=uuid4().hex)
        if callable(error):
            error(request)
        elif error is not None:
            raise error
        return Response({})

    return type(
        "Raising",
        (APIView,),
        {
            "get": get,
            "post": get,
            "authentication_classes": (),
            "permission_classes": (),
            "get_exception_handler": lambda self: exception_handler,
            **attributes,
        },
    )


@pytest.fixture
def answer(settings: Any) -> Answer:
    """Ask a site whose view raises *error*, by Django's WSGI or ASGI stack, and return its answer.

    What the site leaves unhandled becomes Django's response, as in production.
    """

    def ask(
        error: Any,
        *,
        method: str = "get",
        asgi: bool = False,
        view: dict[str, Any] | None = None,
        **request: Any,
    ) -> Any:
        class Site:
            urlpatterns = [path("", raising(error, view or {}).as_view())]

        settings.ROOT_URLCONF = Site
        if asgi:
            client = AsyncClient(raise_request_exception=False)
            return async_to_sync(getattr(client, method))("/", **request)
        return getattr(Client(raise_request_exception=False), method)("/", **request)

    return ask


@pytest.fixture
def atomic_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
