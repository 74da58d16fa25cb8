"""Answers are held against the document while tests get them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from rest_framework.test import APIClient

from restflow.test import AsyncAPIClient, Document, recorded

pytestmark = pytest.mark.urls(__name__)


async def number(request: HttpRequest) -> HttpResponse:
    if "missing" in request.GET:
        return JsonResponse({}, status=404)
    if "stream" in request.GET:
        return StreamingHttpResponse([b"x"], content_type="application/json")  # type: ignore[return-value]
    return JsonResponse({"number": 1 if "good" in request.GET else "one"})


urlpatterns = [path("number/", number), path("other/", number)]

SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
DOCUMENT = Document(
    {
        "openapi": "3.1.0",
        "paths": {
            "/number/": {
                "get": {
                    "parameters": [
                        {"in": "query", "name": name, "schema": {}} for name in ("good", "stream")
                    ],
                    "responses": {"200": {"content": {"application/json": {"schema": SCHEMA}}}},
                }
            }
        },
    }
)
CLIENTS = [Client, APIClient]


@pytest.mark.parametrize("client", CLIENTS)
def test_sync_clients(client: Any) -> None:
    with recorded(DOCUMENT) as recorder:
        client().get("/number/?good=1")
        client().get("/number/?stream=1")
        client().get("/other/")
    assert recorder.answered == {("GET /number/", 200): 2}
    assert recorder.undocumented == ["GET /other/"]
    with pytest.raises(AssertionError, match="'one' is not of type 'integer'"), recorded(DOCUMENT):
        client().get("/number/")


async def test_the_async_client() -> None:
    with recorded(DOCUMENT) as recorder:
        await AsyncAPIClient().get("/number/", {"good": "1"})
        async with AsyncAPIClient().stream("GET", "/number/?good=2") as response:
            await response.read()
    assert recorder.answered == {("GET /number/", 200): 2}
    holding = recorded(DOCUMENT)
    holding.__enter__()
    await AsyncAPIClient().get("/number/?missing=1")
    await AsyncAPIClient().get("/number/?good=1&bad=2")
    with pytest.raises(AssertionError) as caught:
        holding.__exit__(None, None, None)
    assert str(caught.value).splitlines() == [
        "GET /number/ answered 404, which is not documented",
        "GET /number/ took the parameter 'bad', which is not documented",
    ]


def test_a_failing_test_is_the_news_and_everything_is_put_back() -> None:
    before = BaseHandler.get_response, BaseHandler.get_response_async
    holding = recorded(DOCUMENT)
    holding.__enter__()
    Client().get("/number/")
    news = LookupError()
    assert not holding.__exit__(LookupError, news, None)
    assert (BaseHandler.get_response, BaseHandler.get_response_async) == before
