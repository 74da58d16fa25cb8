"""Whose a hop is: the view's, or Django's around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, assert_hops

pytestmark = pytest.mark.urls(__name__)

STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


async def hop() -> None:
    await sync_to_async(len)("abc")


async def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


async def orm(request: HttpRequest) -> HttpResponse:
    await User.objects.filter(pk=1).afirst()
    return HttpResponse()


async def together(request: HttpRequest) -> HttpResponse:
    async with asyncio.TaskGroup() as group:
        group.create_task(hop())
        group.create_task(hop())
    await asyncio.gather(hop(), hop())
    return HttpResponse()


background: set[asyncio.Task[None]] = set()


async def forgetful(request: HttpRequest) -> HttpResponse:
    task = asyncio.create_task(hop())
    background.add(task)
    task.add_done_callback(background.discard)
    asyncio.get_running_loop().run_in_executor(None, len, "clean-up")
    await hop()
    return HttpResponse()


def sync(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def sync_to_and_fro(request: HttpRequest) -> HttpResponse:
    async_to_sync(hop)()
    return HttpResponse()


async def templated(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "rest_framework/base.html")


async def streaming(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[bytes]:
        for _ in range(3):
            await hop()
            yield b"x"

    return StreamingHttpResponse(source())


async def failing(request: HttpRequest) -> HttpResponse:
    raise LookupError


class Listing(APIView):
    def get(self, request: Request) -> Response:
        return Response([])


urlpatterns = [
    path("empty/", empty),
    path("orm/", orm),
    path("together/", together),
    path("forgetful/", forgetful),
    path("sync/", sync),
    path("to-and-fro/", sync_to_and_fro),
    path("templated/", templated),
    path("streaming/", streaming),
    path("failing/", failing),
    path("listing/", Listing.as_view()),
]


class HoppingMiddleware:
    """An async middleware with hops of its own, in a task of its own too."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        from asgiref.sync import markcoroutinefunction

        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        await hop()
        await asyncio.gather(hop())
        response: HttpResponseBase = await self.get_response(request)
        await hop()
        return response


async def visit(path: str) -> None:
    await AsyncAPIClient().get(path)


# -- whose it is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "request_hops", "view_hops"),
    [
        ("/empty/", 2, 0),
        ("/orm/", 3, 1),
        ("/together/", 6, 4),
        ("/forgetful/", 3, 1),
        ("/sync/", 3, 1),
        ("/to-and-fro/", 4, 2),
        ("/templated/", 3, 1),
        ("/listing/", 4, 2),
        ("/nowhere/", 4, 0),
    ],
)
@pytest.mark.usefixtures("adb")
async def test_hops_of_requests_on_stock_django(
    path: str, request_hops: int, view_hops: int
) -> None:
    await visit(path)  # middleware is loaded, templates are cached
    async with assert_hops(request_hops):
        await visit(path)
    async with assert_hops(view_hops, of="view"):
        await visit(path)


@pytest.mark.usefixtures("adb")
async def test_startprojects_middleware(settings: Any) -> None:
    settings.MIDDLEWARE = STARTPROJECT
    async with assert_hops(15):
        await visit("/empty/")
    async with assert_hops(0, of="view"):
        await visit("/empty/")
    async with assert_hops(1, of="view"):
        await visit("/orm/")
    async with assert_hops(4, of="view"):
        await visit("/together/")


async def test_hops_of_middleware_are_not_the_views(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.HoppingMiddleware"]
    async with assert_hops(0, of="view") as hops:
        await visit("/empty/")
    assert len(hops.left_out) == 5
    async with assert_hops(2, of="view"):
        await visit("/to-and-fro/")


async def test_hops_of_signals_are_not_the_views() -> None:
    async def async_receiver(**kwargs: Any) -> None:
        await hop()

    def sync_receiver(**kwargs: Any) -> None:
        pass

    request_started.connect(async_receiver)
    request_started.connect(sync_receiver)
    try:
        async with assert_hops(0, of="view") as hops:
            await visit("/empty/")
    finally:
        request_started.disconnect(async_receiver)
        request_started.disconnect(sync_receiver)
    assert len(hops.left_out) == 3


async def test_an_unhandled_error_costs_the_view_nothing() -> None:
    async with assert_hops(0, of="view"):
        await AsyncAPIClient(raise_request_exception=False).get("/failing/")


async def test_a_streams_source_is_the_views() -> None:
    client = AsyncAPIClient()
    async with assert_hops(3, of="view"), client.stream("GET", "/streaming/") as response:
        assert await response.read() == b"xxx"
    async with assert_hops(5), client.stream("GET", "/streaming/") as response:
        await response.read()


async def test_a_real_asgi_handler() -> None:
    application = get_asgi_application()
    sent: list[Any] = []
    done = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not sent:
            sent.append("request")
            return {"type": "http.request"}
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = AsyncAPIRequestFactory().get("/to-and-fro/").scope
    async with assert_hops(4) as hops:
        await asyncio.create_task(application(dict(scope), receive, send))  # type: ignore[arg-type]
    assert sent[1]["status"] == 200
    assert [hop.part for hop in hops] == ["django", "view", "view", "django"]


def test_an_async_view_under_wsgi() -> None:
    with assert_hops(4, of="view"):
        Client().get("/together/")


async def test_a_view_called_directly() -> None:
    async with assert_hops(1, of="view") as hops:
        await orm_free(AsyncAPIRequestFactory().get("/"))
    assert hops[0].part == "other"


async def orm_free(request: HttpRequest) -> HttpResponse:
    await hop()
    return HttpResponse()
