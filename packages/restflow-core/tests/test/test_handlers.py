"""The handlers that a client's requests go through."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from restflow.test import AsyncAPIClient
from restflow.test.handlers import ForceAuthClientHandler, StreamHandler, connections_kept_open

pytestmark = pytest.mark.urls(__name__)


async def whoever(request: HttpRequest) -> HttpResponse:
    user = getattr(request, "_force_auth_user", None)
    return HttpResponse(f"{user} {request._dont_enforce_csrf_checks}")  # type: ignore[attr-defined]


async def breaking(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> Any:
        yield b"["
        raise LookupError

    return StreamingHttpResponse(source())


async def sent(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


urlpatterns = [path("sent/", sent), path("whoever/", whoever), path("breaking/", breaking)]


def keeps_connections() -> bool:
    return not any(
        signal.disconnect(close_old_connections) and not signal.connect(close_old_connections)
        for signal in (request_started, request_finished)
    )


@pytest.mark.parametrize("enforce", [False, True])
async def test_both_handlers_decide_alike(enforce: bool) -> None:
    client = AsyncAPIClient(enforce_csrf_checks=enforce)
    for user in (None, User(username="ada")):
        client.force_authenticate(user)
        expected = f"{user} {not enforce}".encode()
        assert (await client.get("/whoever/")).content == expected
        async with client.stream("GET", "/whoever/") as response:
            assert await response.read() == expected


def test_connections_are_kept_until_the_last_stream_has_ended() -> None:
    assert not keeps_connections()
    with connections_kept_open():
        with connections_kept_open():
            assert keeps_connections()
        assert keeps_connections()
    assert not keeps_connections()


async def test_streams_keep_them() -> None:
    seen = []

    async def look(**kwargs: Any) -> None:
        seen.append(keeps_connections())

    request_started.connect(look)
    try:
        async with AsyncAPIClient().stream("GET", "/whoever/"):
            pass
    finally:
        request_started.disconnect(look)
    assert seen == [True]
    assert not keeps_connections()


async def test_no_body_is_in_a_file_that_somebody_would_have_to_close(monkeypatch: Any) -> None:
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", None)
    client = AsyncAPIClient()
    async with client.stream("POST", "/sent/", b"x" * 200_000, content_type="text/plain") as sent:
        assert await sent.read() == b"200000"
    with pytest.raises(LookupError):
        async with client.stream("POST", "/breaking/", b"x", content_type="text/plain") as broken:
            await broken.read()


async def test_a_request_whose_client_leaves_before_its_body_is_whole() -> None:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = AsyncAPIClient()._base_scope(
        REQUEST_METHOD="POST", PATH_INFO="/sent/", **{"wsgi.url_scheme": "http"}
    )
    await StreamHandler(ForceAuthClientHandler()).handle(scope, receive, send)
    assert (messages, sent) == ([], [])
