"""Several hundred requests: methods, formats, bad bodies, permissions, filters, pages."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


ADA = basic("ada", "pen-and-ink")
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"]


@dataclass
class Scenario:
    method: str
    path: str
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        extra = f" {self.body[:30]!r} {self.content_type[:20]}" if self.body else ""
        headers = f" {sorted(self.headers)}" if self.headers else ""
        return f"{self.method} {self.path}{extra}{headers}"


def js(value: Any) -> bytes:
    return json.dumps(value).encode()


GOOD = {"name": "Brass ruler", "price": "9.50", "category": "rulers"}
BODIES = [
    js(GOOD),
    js(GOOD | {"name": "forbidden"}),
    js(GOOD | {"category": "no-such"}),
    js(GOOD | {"price": "a lot", "status": "lost", "released_on": "31.12.2026"}),
    js(GOOD | {"attributes": {"nested": [1, None, "x"]}}),
    js({"price": 1}),
    js({}),
    js([]),
    js([GOOD]),
    js("text"),
    js(None),
    b"{",
    b"\xff\xfe",
    b'{"price": NaN, "name": "x"}',
]
PATHS = [
    "/api/",
    "/api/products/",
    "/api/products/1/",
    "/api/products/7/",
    "/api/products/999/",
    "/api/products/abc/",
    "/api/products/1/locked/",
    "/api/products/cheapest/2/",
    "/api/products/broken/",
    "/api/categories/",
    "/api/categories/rulers/",
    "/api/cursors/",
    "/plain/",
    "/echo/",
    "/echo/5/",
]
QUERIES = [
    "?page=2", "?page=last", "?page=0", "?page=-1", "?page=x", "?page=99", "?page=",
    "?page_size=2", "?page_size=100", "?page_size=0", "?page_size=x", "?page=2&page_size=2",
    "?search=pen", "?search=", "?search=%00", "?ordering=price", "?ordering=-price,name",
    "?ordering=password", "?search=pen&ordering=-price&page_size=1", "?version=v2", "?throttle=1",
    "?format=json", "?format=api", "?format=pdf",
]  # fmt: skip
ACCEPTS = [
    "application/json", "text/html", "*/*", "application/pdf", "text/html;q=0.1, application/json",
    "application/json; indent=2", "nonsense",
]  # fmt: skip


def scenarios() -> Iterator[Scenario]:
    signed = {"HTTP_AUTHORIZATION": ADA}
    for method, path, headers in itertools.product(METHODS, PATHS, ({}, signed)):
        yield Scenario(method, path, headers=headers)
    for query in QUERIES:
        yield Scenario("GET", f"/api/products/{query}")
        yield Scenario("GET", f"/api/products/1/{query}")
    for query in ("?limit=1", "?limit=1&offset=1", "?limit=0", "?limit=x&offset=-3", "?offset=99"):
        yield Scenario("GET", f"/api/categories/{query}")
    for query in ("?cursor=", "?cursor=x", "?cursor=cD0y", "?cursor=bz0x"):
        yield Scenario("GET", f"/api/cursors/{query}")
    yield Scenario("GET", "/echo/?missing=1")
    for accept, path in itertools.product(
        ACCEPTS, ("/api/products/", "/api/products/999/", "/echo/")
    ):
        yield Scenario("GET", path, headers={"HTTP_ACCEPT": accept})
    for body in BODIES:
        yield Scenario("POST", "/api/products/", body, headers=signed)
        yield Scenario("POST", "/api/products/", body)
        yield Scenario("PUT", "/api/products/1/", body, headers=signed)
        yield Scenario("PATCH", "/api/products/1/", body, headers=signed)
        yield Scenario("POST", "/api/cursors/", body)
        yield Scenario("POST", "/plain/", body)
    for content_type in (FORM, "text/csv", "application/json; charset=utf-8", "", "garbage"):
        yield Scenario("POST", "/api/products/", b"name=Ink&price=3", content_type, signed)
        yield Scenario("POST", "/echo/", b"a=1&b=2", content_type)
    upload = {"file": SimpleUploadedFile("notes.txt", b"ink" * 50_000), "title": "Notes"}
    multipart = encode_multipart(BOUNDARY, upload)
    yield Scenario("POST", "/echo/", multipart, MULTIPART_CONTENT)
    yield Scenario("POST", "/echo/", multipart[:-40], MULTIPART_CONTENT)
    yield Scenario("POST", "/echo/", multipart, "multipart/form-data; boundary=")
    yield Scenario("POST", "/echo/", js({"long": "x" * 200_000}))
    yield Scenario("POST", "/echo/", js({"long": "x" * 200_000})[:-1])
    for header in (
        basic("ada", "wrong"), basic("nobody", "x"), "Basic", "Basic !!!", "Basic a b", "Bearer x",
        basic("sleeper", "asleep"),
    ):  # fmt: skip
        for method in ("GET", "POST"):
            yield Scenario(method, "/api/products/", headers={"HTTP_AUTHORIZATION": header})


SCENARIOS = list(scenarios())
