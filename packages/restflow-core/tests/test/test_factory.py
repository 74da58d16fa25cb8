"""Requests for calling views directly, against those of DRF's factory."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, JsonResponse
from django.test import AsyncRequestFactory
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from restflow.test import AsyncAPIRequestFactory, force_authenticate

CALLS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "get": ("get", ("/a/?b=1",), {}),
    "get with data": ("get", ("/a/", {"b": [1, 2]}), {}),
    "head": ("head", ("/a/", {"b": 1}), {}),
    "trace": ("trace", ("/a/",), {}),
    "post": ("post", ("/a/", {"b": "c"}), {}),
    "post json": ("post", ("/a/", {"b": [1]}), {"format": "json"}),
    "post by position": ("post", ("/a/", {"b": 1}, "json"), {}),
    "post a type by position": ("post", ("/a/", '{"b": 1}', None, "application/json"), {}),
    "put": ("put", ("/a/", {"b": 1}), {"format": "json", "HTTP_X_ONE": "1"}),
    "patch": ("patch", ("/a/", "b=1"), {"content_type": "application/x-www-form-urlencoded"}),
    "delete": ("delete", ("/a/",), {"headers": {"X-One": "1"}}),
    "options": ("options", ("/a/",), {"query_params": {"b": 1}}),
    "secure": ("get", ("/a/",), {"secure": True}),
    "generic": ("generic", ("BREW", "/a/", "tea", "text/plain"), {}),
    "content type without content": ("post", ("/a/",), {"content_type": "application/json"}),
}


def facts(request: HttpRequest) -> dict[str, Any]:
    seen = Request(request, parsers=[JSONParser(), FormParser(), MultiPartParser()])
    readable = seen.content_type != "text/plain"
    return {
        "method": seen.method,
        "path": request.path,
        "query": seen.query_params,
        "data": seen.data if readable else request.body,
        "type": request.META.get("CONTENT_TYPE"),
        "length": request.META.get("CONTENT_LENGTH"),
        "secure": request.is_secure(),
        "one": request.headers.get("X-One"),
        "csrf": request._dont_enforce_csrf_checks,  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("enforce", [False, True])
def test_requests_equal_those_of_drfs_factory(name: str, enforce: bool) -> None:
    method, arguments, keywords = CALLS[name]
    theirs = getattr(APIRequestFactory(enforce_csrf_checks=enforce), method)
    ours = getattr(AsyncAPIRequestFactory(enforce_csrf_checks=enforce), method)
    assert facts(ours(*arguments, **keywords)) == facts(theirs(*arguments, **keywords))


def test_they_are_asgi_requests() -> None:
    factory = AsyncAPIRequestFactory()
    assert isinstance(factory, AsyncRequestFactory)
    assert isinstance(factory.get("/"), ASGIRequest)


async def test_an_async_view_can_be_called_with_one() -> None:
    async def view(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"path": request.path})

    response = await view(AsyncAPIRequestFactory().get("/a/"))
    assert response.content == b'{"path": "/a/"}'


def test_cookies_of_the_factory_are_sent() -> None:
    factory = AsyncAPIRequestFactory()
    factory.cookies["theme"] = "dark"
    assert factory.get("/").COOKIES == {"theme": "dark"}


def test_a_format_of_ones_own() -> None:
    class Loud(BaseRenderer):
        media_type, format, charset = "text/x-loud", "loud", "utf-8"

        def render(self, data: Any, *args: Any, **kwargs: Any) -> str:
            return str(data).upper()

    class Factory(AsyncAPIRequestFactory):
        renderer_classes_list = [Loud]
        default_format = "loud"

    request = Factory().post("/", "é")
    assert (request.body, request.META["CONTENT_TYPE"]) == (
        "É".encode(),
        "text/x-loud; charset=utf-8",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data": {}, "format": "yaml"}, r"format='yaml' has no renderer; there are 'multipart'"),
        (
            {"data": {}, "format": "json", "content_type": "text/plain"},
            r"format='json' and content_type='text/plain' both say",
        ),
    ],
)
def test_contradictions_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AsyncAPIRequestFactory().post("/", **arguments)


def test_two_query_strings_are_refused() -> None:
    with pytest.raises(ValueError, match="data and query_params are the same thing"):
        AsyncAPIRequestFactory().get("/", {"a": 1}, query_params={"b": 2})


# -- force_authenticate ------------------------------------------------------------------------


class WhoAmI(APIView):
    permission_classes = [IsAuthenticated]
    authentication_classes = [SessionAuthentication]

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user), "auth": str(request.auth)})


def test_force_authenticate_passes_the_authenticators() -> None:
    request = AsyncAPIRequestFactory().get("/")
    force_authenticate(request, user=User(username="ada"), token="a token")
    assert WhoAmI.as_view()(request).data == {"user": "ada", "auth": "a token"}


def test_without_it_nobody_is_in() -> None:
    request = AsyncAPIRequestFactory().get("/")
    request.user = AnonymousUser()
    assert WhoAmI.as_view()(request).status_code == 403


def test_it_works_for_function_views() -> None:
    @api_view(["GET"])
    def view(request: Request) -> Response:
        return Response(str(request.user))

    request = AsyncAPIRequestFactory().get("/")
    force_authenticate(request, User(username="grace"))
    assert view(request).data == "grace"
