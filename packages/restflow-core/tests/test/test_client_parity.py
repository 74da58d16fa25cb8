"""The async client against DRF's own: the same requests, the same answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.urls import reverse_lazy
from rest_framework.test import APIClient

from restflow.test import AsyncAPIClient

from . import echo
from .echo import Pairs, upload

pytestmark = pytest.mark.urls(echo.__name__)


class SyncPairs(APIClient):
    renderer_classes_list = [*APIClient.renderer_classes_list, Pairs]


class AsyncPairs(AsyncAPIClient):
    renderer_classes_list = [*AsyncAPIClient.renderer_classes_list, Pairs]


def with_headers(client: Any) -> Any:
    client.credentials(HTTP_AUTHORIZATION="Name ada", HTTP_X_TENANT="7")
    return client.get("/guarded/", HTTP_X_TENANT="overridden", HTTP_X_OTHER="8")


def with_user(client: Any) -> Any:
    client.force_authenticate(user=User(username="grace"), token="a token")
    return client.get("/guarded/")


def with_token_only(client: Any) -> Any:
    client.force_authenticate(token="a token")
    return client.get("/echo/")


def with_cookies(client: Any) -> Any:
    client.cookies["theme"] = "dark"
    client.cookies["lang"] = "é"
    return client.get("/echo/")


def cleared(client: Any) -> Any:
    client.credentials(HTTP_AUTHORIZATION="Name ada")
    client.credentials()
    return client.get("/guarded/")


TABLE: dict[str, Callable[[Any], Any]] = {
    "get": lambda c: c.get("/echo/"),
    "get with data": lambda c: c.get("/echo/", {"a": "1", "b": ["x", "y"]}),
    "get with a query": lambda c: c.get("/echo/?a=1&b=x%20y&b=z"),
    "data before the URL's query": lambda c: c.get("/echo/?a=1", {"b": "2"}),
    "get with query_params": lambda c: c.get("/echo/", query_params={"a": ["1", "2"]}),
    "get with QUERY_STRING": lambda c: c.get("/echo/", QUERY_STRING="q=%C3%A9"),
    "QUERY_STRING before the URL's query": lambda c: c.post("/echo/?a=1", QUERY_STRING="b=2"),
    "unescaped query": lambda c: c.get("/echo/?q=é+ß"),
    "fragment": lambda c: c.get("/echo/?q=1"),
    "a lazy path": lambda c: c.get(reverse_lazy("echo")),
    "a path with letters": lambda c: c.get("/echo/žlutý kůň/"),
    "an escaped path": lambda c: c.get("/echo/%C5%BElut%C3%BD%20a%2Fb%25/"),
    "head": lambda c: c.head("/raw/", {"a": "1"}),
    "trace": lambda c: c.trace("/echo/"),
    "options": lambda c: c.options("/echo/", {"a": "1"}),
    "options of DRF": lambda c: c.options("/guarded/", HTTP_AUTHORIZATION="Name ada"),
    "delete": lambda c: c.delete("/echo/"),
    "delete with data": lambda c: c.delete("/echo/", {"a": 1}, format="json"),
    "post nothing": lambda c: c.post("/echo/"),
    "post in the default format": lambda c: c.post("/echo/", {"a": "1", "b": ["x", "y"]}),
    "post multipart": lambda c: c.post("/echo/", {"a": "é"}, format="multipart"),
    "post json": lambda c: c.post("/echo/", {"a": [1, {"b": None}]}, format="json"),
    "post a json list": lambda c: c.post("/echo/", [1, 2], format="json"),
    "post an empty json object": lambda c: c.post("/echo/", {}, format="json"),
    "post with a content type": lambda c: c.post(
        "/echo/", '{"a": 1}', content_type="application/json"
    ),
    "post a dict as json by type": lambda c: c.post(
        "/echo/", {"a": 1}, content_type="application/json"
    ),
    "post a dict as a json dialect": lambda c: c.post(
        "/raw/", {"a": 1}, content_type="application/vnd.fictional+json"
    ),
    "post bytes": lambda c: c.post("/raw/", b"\x00\xff", content_type="application/octet-stream"),
    "post text": lambda c: c.post("/raw/", "é", content_type="text/plain"),
    "post a form": lambda c: c.post(
        "/echo/", "a=1&a=2", content_type="application/x-www-form-urlencoded"
    ),
    "post an unknown type": lambda c: c.post("/echo/", "x", content_type="text/x-unknown"),
    "post broken json": lambda c: c.post("/echo/", "{", content_type="application/json"),
    "post in a format of one's own": lambda c: c.post("/raw/", {"a": 1, "b": "é"}, format="pairs"),
    "post with a query": lambda c: c.post("/echo/?q=1", {"a": 1}, format="json"),
    "post with query_params": lambda c: c.post("/echo/", {"a": "1"}, query_params={"q": "2"}),
    "post a file": lambda c: c.post("/echo/", {"file": upload(), "name": "x"}, format="multipart"),
    "post files": lambda c: c.post("/echo/", {"file": [upload("a.txt"), upload("b.txt", b"")]}),
    "post an open file": lambda c: c.post("/echo/", {"file": io.BytesIO(b"in memory")}),
    "post None in a form": lambda c: c.post("/echo/", {"a": None}, format="json"),
    "put": lambda c: c.put("/echo/", {"a": 1}, format="json"),
    "patch": lambda c: c.patch("/echo/", {"a": 1}, format="json"),
    "put multipart": lambda c: c.put("/echo/", {"file": upload()}),
    "generic": lambda c: c.generic("POST", "/raw/", b"abc", "text/plain"),
    "an unknown method": lambda c: c.generic("BREW", "/echo/"),
    "headers=": lambda c: c.get("/echo/", headers={"X-One": "1", "accept": "application/json"}),
    "headers as variables": lambda c: c.get("/echo/", HTTP_X_ONE="1", HTTP_ACCEPT="*/*"),
    "headers in both spellings": lambda c: c.get(
        "/echo/", headers={"X-One": "by name"}, HTTP_X_ONE="by variable"
    ),
    "an Authorization header": lambda c: c.get("/guarded/", HTTP_AUTHORIZATION="Name ada"),
    "secure": lambda c: c.get("/echo/", secure=True),
    "another host": lambda c: c.get("/echo/", HTTP_HOST="shop.example:8080"),
    "another server": lambda c: c.get("/echo/", SERVER_NAME="shop.example"),
    "another address": lambda c: c.get("/echo/", REMOTE_ADDR="10.1.2.3"),
    "no address": lambda c: c.get("/echo/", REMOTE_ADDR=None),
    "mounted": lambda c: c.get("/echo/", SCRIPT_NAME="/mounted"),
    "not acceptable": lambda c: c.get("/echo/", HTTP_ACCEPT="image/png"),
    "format by query": lambda c: c.get("/echo/?format=json"),
    "credentials": with_headers,
    "credentials cleared": cleared,
    "forced user": with_user,
    "forced token": with_token_only,
    "cookies": with_cookies,
    "a Cookie header": lambda c: c.get("/echo/", HTTP_COOKIE="a=1; b=2"),
    "not authenticated": lambda c: c.get("/guarded/"),
    "method not allowed": lambda c: c.post("/failing/drf/"),
    "validation error": lambda c: c.get("/failing/drf/"),
    "not found": lambda c: c.get("/nowhere/"),
    "redirect": lambda c: c.get("/redirect/302/~echo~"),
    "followed 301": lambda c: c.get("/redirect/301/~echo~", follow=True),
    "followed 302 of a post": lambda c: c.post(
        "/redirect/302/~echo~", {"a": 1}, format="json", follow=True
    ),
    "followed 303": lambda c: c.put("/redirect/303/~echo~", {"a": "1"}, follow=True),
    "followed 307 of a post": lambda c: c.post(
        "/redirect/307/~echo~", {"a": 1}, format="json", follow=True
    ),
    "followed 308 of a patch": lambda c: c.patch(
        "/redirect/308/~echo~", {"a": "1"}, follow=True, HTTP_X_ONE="1"
    ),
    "followed 307 of a delete": lambda c: c.delete("/redirect/307/~echo~", follow=True),
    "followed with a query": lambda c: c.get("/redirect/302/~echo~?a=1&b=2", follow=True),
    "followed to a relative path": lambda c: c.get("/redirect/302/..~..~echo~", follow=True),
    "followed to another host": lambda c: c.get(
        "/redirect/302/https:~~shop.example~echo~", follow=True
    ),
    "followed twice": lambda c: c.get("/redirect/302/~redirect~301~~echo~", follow=True),
    "followed to nowhere": lambda c: c.get("/redirect/302/~nowhere~", follow=True),
    "followed by position": lambda c: c.get("/redirect/302/~echo~", None, True),
    "posted and followed by position": lambda c: c.post(
        "/redirect/302/~echo~", {"a": 1}, "json", None, True
    ),
}


def facts(response: Any) -> dict[str, Any]:
    content = response.content
    if response.headers.get("Content-Type") == "application/json":
        content = json.loads(content)
        if isinstance(content, dict):
            # ASGI has no variable for what WSGI leaves out: an absent address stays absent.
            content.pop("port", None)
    return {
        "status": response.status_code,
        "content": content,
        "data": getattr(response, "data", "no data") if not isinstance(content, dict) else "",
        "headers": dict(response.headers),
        "cookies": response.cookies.output(),
        "client cookies": response.client.cookies.output(),
        "chain": getattr(response, "redirect_chain", None),
        "reason": response.reason_phrase,
        "variables": {
            name: response.request.get(name)
            for name in ("PATH_INFO", "REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE")
        },
    }


@pytest.mark.parametrize("name", TABLE)
async def test_answers_equal_those_of_drfs_client(name: str) -> None:
    case = TABLE[name]
    expected = await sync_to_async(lambda: facts(case(SyncPairs())))()
    assert facts(await case(AsyncPairs())) == expected
