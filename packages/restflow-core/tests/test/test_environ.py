"""WSGI spelling in, ASGI scope out: what Django then sees, and what a real server would say."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes, unquote

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from django.test.client import FakePayload
from hypothesis import given
from hypothesis import strategies as st

from restflow.test.environ import scope_of


def environ(**variables: Any) -> dict[str, Any]:
    made: dict[str, Any] = RequestFactory()._base_environ(**variables)  # type: ignore[attr-defined]
    return made


def headers(**variables: Any) -> dict[bytes, bytes]:
    return dict(scope_of(environ(**variables))["headers"])


def test_the_scope_of_a_plain_request() -> None:
    scope = scope_of(environ(QUERY_STRING="a=1"))
    body = scope.pop("_body_file")
    assert isinstance(body, FakePayload)
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "root_path": "",
        "query_string": b"a=1",
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 0),
    }


@pytest.mark.parametrize(
    ("variables", "name", "value"),
    [
        ({"HTTP_X_TENANT": "7"}, b"x-tenant", b"7"),
        ({"X_TENANT": "7"}, b"x-tenant", b"7"),
        ({"AUTHORIZATION": "Bearer x"}, b"authorization", b"Bearer x"),
        ({"REMOTE_USER": "ada"}, b"remote-user", b"ada"),
        ({"CONTENT_TYPE": "text/plain"}, b"content-type", b"text/plain"),
        ({"CONTENT_LENGTH": 5}, b"content-length", b"5"),
        ({"HTTP_COOKIE": "a=1"}, b"cookie", b"a=1"),
        ({"HTTP_AUTHORIZATION": b"Basic \xff"}, b"authorization", b"Basic \xff"),
        ({"HTTP_X_NAME": "é"}, b"x-name", b"\xe9"),
        ({"HTTP_X_NAME": "ž"}, b"x-name", "ž".encode()),
        ({"SERVER_NAME": "shop.example"}, b"host", b"shop.example"),
        ({"SERVER_PORT": "8080"}, b"host", b"testserver:8080"),
        ({"SERVER_PORT": 443, "wsgi.url_scheme": "https"}, b"host", b"testserver"),
        ({"SERVER_NAME": "a.example", "HTTP_HOST": "b.example"}, b"host", b"b.example"),
    ],
)
def test_headers(variables: dict[str, Any], name: bytes, value: bytes) -> None:
    assert headers(**variables)[name] == value


@pytest.mark.parametrize(
    "variables",
    [{"HTTP_X_TENANT": None}, {"HTTP_COOKIE": ""}, {"REMOTE_HOST": "x"}, {"wsgi.other": "x"}],
)
def test_what_is_no_header(variables: dict[str, Any]) -> None:
    assert headers(**variables) == {b"host": b"testserver"}


def test_where_the_project_is_mounted() -> None:
    scope = scope_of(environ(SCRIPT_NAME="/mounted/", PATH_INFO="/echo/"))
    assert (scope["root_path"], scope["path"]) == ("/mounted", "/mounted/echo/")


def test_who_asks() -> None:
    assert scope_of(environ(REMOTE_ADDR="::1", REMOTE_PORT="70"))["client"] == ("::1", 70)
    assert scope_of(environ(REMOTE_ADDR=None))["client"] is None


@given(path=st.binary(max_size=20), query=st.binary(max_size=20))
def test_paths_and_queries_arrive_as_a_server_hands_them_over(path: bytes, query: bytes) -> None:
    escaped = quote_from_bytes(query)
    scope = scope_of(environ(PATH_INFO="/" + path.decode("latin-1"), QUERY_STRING=escaped))
    assert scope["path"] == unquote("/" + quote_from_bytes(path))  # what uvicorn does
    assert scope["query_string"] == escaped.encode()


@given(
    path=st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=20),
    value=st.text(alphabet=st.characters(max_codepoint=255), max_size=20),
    port=st.integers(1, 65535),
    secure=st.booleans(),
)
def test_django_reads_the_same_from_both(path: str, value: str, port: int, secure: bool) -> None:
    made = environ(
        **{
            "PATH_INFO": "/" + path.encode().decode("latin-1"),
            "HTTP_X_VALUE": value,
            "SERVER_PORT": str(port),
            "wsgi.url_scheme": "https" if secure else "http",
        }
    )
    wsgi, scope = WSGIRequest(dict(made)), scope_of(made)  # Django's writes to its environ
    asgi = ASGIRequest(scope, scope.pop("_body_file"))
    for name in ("path", "path_info", "method", "scheme"):
        assert getattr(asgi, name) == getattr(wsgi, name)
    assert asgi.headers["X-Value"] == wsgi.headers["X-Value"]
    assert asgi.get_host() == wsgi.get_host()
    assert asgi.META["SERVER_PORT"] == wsgi.META["SERVER_PORT"]
