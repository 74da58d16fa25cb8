"""Views that say what they were sent; the URL configuration of the client's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import path, re_path
from rest_framework import authentication, exceptions, permissions, renderers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Echo(APIView):
    """Says what it was sent."""

    def answer(self, request: Request, **kwargs: Any) -> Response:
        sent = request._request
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("Host", "Cookie") or (name == "Cookie" and value)
        }
        return Response(
            {
                "method": request.method,
                "path": request.path,
                "path_info": sent.path_info,
                "kwargs": kwargs,
                "query": dict(request.query_params.lists()),
                "data": request.data if isinstance(request.data, list) else _plain(request.data),
                "files": {
                    name: [
                        (file.name, file.content_type, file.read().decode("latin-1"))
                        for file in request.FILES.getlist(name)
                    ]
                    for name in request.FILES
                },
                "headers": headers,
                "content_type": request.content_type,
                "host": request.get_host(),
                "secure": request.is_secure(),
                "address": request.META.get("REMOTE_ADDR"),
                "port": request.META["SERVER_PORT"],
                "user": str(request.user),
                "auth": str(request.auth),
                "cookies": request.COOKIES,
            },
            headers={"X-Echo": "yes"},
        )

    get = post = put = patch = delete = options = trace = answer


class TokenOfName(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, str] | None:
        kind, _, name = request.headers.get("Authorization", "").partition(" ")
        return (User(username=name), f"token of {name}") if kind == "Name" else None

    def authenticate_header(self, request: Request) -> str:
        return "Name"


class Guarded(Echo):
    authentication_classes = [TokenOfName, authentication.SessionAuthentication]
    permission_classes = [permissions.IsAuthenticated]


class Failing(APIView):
    def get(self, request: Request, kind: str) -> Response:
        if kind == "drf":
            raise exceptions.ValidationError({"name": ["Too short."]})
        raise LookupError(f"nobody home at {request.query_params.get('at', 'all')}")


class Pairs(renderers.BaseRenderer):
    media_type = "text/x-pairs"
    format = "pairs"
    charset = "utf-16"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> str:
        return ";".join(f"{key}={value}" for key, value in data.items())


def _plain(data: Any) -> Any:
    if hasattr(data, "lists"):
        return {
            name: [value for value in values if isinstance(value, str)]
            for name, values in data.lists()
        }
    return data


def redirect(request: HttpRequest, status: int, target: str) -> HttpResponse:
    location = target.replace("~", "/")
    if request.META["QUERY_STRING"]:
        location += f"?{request.META['QUERY_STRING']}"
    response = HttpResponseRedirect(location, status=status)
    response.set_cookie("seen", str(status))
    return response


def api_redirect(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": "/echo/"})


def endless(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponseRedirect(f"/endless/{number + 1}/")


async def ticks(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[str]:
        for number in range(3):
            yield f"tick {number}\n"

    return StreamingHttpResponse(source())


async def aecho(request: HttpRequest) -> JsonResponse:
    await asyncio.sleep(0)
    user = await request.auser()
    return JsonResponse({"user": user.get_username(), "session": bool(request.session.session_key)})


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "rest_framework/base.html", {"name": "Fictional Ltd"})


def raw(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body, content_type=request.META.get("CONTENT_TYPE", "none"))


urlpatterns = [
    path("echo/", Echo.as_view(), name="echo"),
    path("echo/<str:word>/", Echo.as_view()),
    path("guarded/", Guarded.as_view()),
    path("failing/<str:kind>/", Failing.as_view()),
    path("api-redirect/", api_redirect),
    path("endless/<int:number>/", endless),
    path("ticks/", ticks),
    path("aecho/", aecho),
    path("page/", page),
    path("raw/", raw),
    re_path(
        r"^redirect/(?P<status>\d+)/(?P<target>.*)$",
        lambda request, status, target: redirect(request, int(status), target),
    ),
]


def upload(name: str = "plan.txt", body: bytes = b"line\r\n\xff") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="text/plain")
