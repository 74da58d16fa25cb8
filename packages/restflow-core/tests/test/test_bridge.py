"""ASGI behind a WSGI face: the whole request, the test's transaction, streams that do not end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from restflow.test.bridge import ASGIBridge, rolled_back
from restflow_testing.models import Country

pytestmark = pytest.mark.urls(__name__)
ended: list[str] = []


async def echo(request: HttpRequest) -> HttpResponse:
    await Country.objects.acreate(code=request.GET["code"], name=request.headers["X-Name"])
    count = await Country.objects.acount()
    return JsonResponse({"body": request.body.decode(), "count": count}, status=201)


async def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[str]:
        try:
            while True:
                yield "data: 1\n\n"
                await asyncio.sleep(0.01)
        finally:
            ended.append("stream")

    return StreamingHttpResponse(source(), content_type="text/event-stream")


async def failing(request: HttpRequest) -> HttpResponse:
    raise LookupError


urlpatterns = [path("echo/", echo), path("endless/", endless), path("failing/", failing)]


def ask(where: str, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    answer: list[Any] = []
    url, _, query = where.partition("?")
    given = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": url,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "werkzeug.other": object(),
        "REQUEST_URI": where,
        **environ,
    }
    (content,) = ASGIBridge()(given, lambda *head: answer.extend(head))
    return answer[0], dict(answer[1]), content


@pytest.mark.django_db
def test_requests_are_whole_and_in_the_test_s_transaction() -> None:
    Country.objects.create(code="FX", name="Faraway")
    body = {"wsgi.input": BytesIO(b"text and more"), "CONTENT_LENGTH": "4"}
    with rolled_back():
        status, headers, content = ask(
            "/echo/?code=FY", REQUEST_METHOD="POST", HTTP_X_NAME="Far Yonder", **body
        )
        assert (status, content) == ("201 Created", b'{"body": "text", "count": 2}')
        assert headers["Content-Type"] == "application/json"
    assert Country.objects.count() == 1


def test_a_stream_of_events_is_left() -> None:
    ended.clear()
    status, headers, content = ask("/endless/")
    assert (status, headers["Content-Type"], content) == ("200 OK", "text/event-stream", b"")
    assert ended == ["stream"]


def test_an_error_is_an_answer() -> None:
    assert ask("/failing/")[0] == "500 Internal Server Error"
