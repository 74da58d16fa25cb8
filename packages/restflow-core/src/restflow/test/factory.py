"""Requests without a server: ``AsyncAPIRequestFactory`` and ``force_authenticate``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpHeaders, HttpRequest
from django.test.client import AsyncRequestFactory, FakePayload
from django.utils.encoding import force_bytes
from django.utils.functional import Promise
from django.utils.http import urlencode
from rest_framework import test as drf

from .environ import DEFAULT_PORTS, scope_of

#: Query parameters as Django's ``urlencode`` takes them.
Query: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None

BINARY = "application/octet-stream"


def force_authenticate(request: HttpRequest, user: Any = None, token: Any = None) -> None:
    """Make *request* arrive as *user*: views skip their authenticators for it.

    Args:
        request: what a request factory made, before a view has seen it.
        user: becomes ``request.user``.
        token: becomes ``request.auth``.
    """
    drf.force_authenticate(request, user=user, token=token)


class AsyncAPIRequestFactory(AsyncRequestFactory):
    """Makes ASGI requests to call a view with, in the manner of DRF's ``APIRequestFactory``.

    Args:
        enforce_csrf_checks: have session authentication check CSRF tokens.
        headers: sent with every request.
        query_params: the query string of requests that name none.
        defaults: WSGI variables of every request, ``HTTP_X_TENANT="7"``, ``REMOTE_ADDR="::1"``.

    ``data`` is rendered by ``format``, a key of the project's ``TEST_REQUEST_RENDERER_CLASSES``
    (``TEST_REQUEST_DEFAULT_FORMAT`` when unset), or sent as the ``content_type`` it is said to be.
    Every method also takes ``headers=``, ``query_params=``, ``secure=`` and WSGI variables.
    """

    renderer_classes_list: Any = drf.APIRequestFactory.renderer_classes_list
    default_format: str = drf.APIRequestFactory.default_format

    def __init__(self, enforce_csrf_checks: bool = False, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.enforce_csrf_checks = enforce_csrf_checks
        self.renderer_classes = {cls.format: cls for cls in self.renderer_classes_list}

    def get(  # type: ignore[override]
        self, path: str | Promise, data: Query = None, **extra: Any
    ) -> ASGIRequest:
        """Return a GET request; *data* is its query string."""
        return self.generic("GET", path, **with_query(data, extra))

    def head(  # type: ignore[override]
        self, path: str | Promise, data: Query = None, **extra: Any
    ) -> ASGIRequest:
        """Return a HEAD request; *data* is its query string."""
        return self.generic("HEAD", path, **with_query(data, extra))

    def trace(self, path: str | Promise, **extra: Any) -> ASGIRequest:  # type: ignore[override]
        """Return a TRACE request."""
        return self.generic("TRACE", path, **extra)

    def post(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return a POST request."""
        return self.generic("POST", path, *self._encode(data, format, content_type), **extra)

    def put(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return a PUT request."""
        return self.generic("PUT", path, *self._encode(data, format, content_type), **extra)

    def patch(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return a PATCH request."""
        return self.generic("PATCH", path, *self._encode(data, format, content_type), **extra)

    def delete(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return a DELETE request."""
        return self.generic("DELETE", path, *self._encode(data, format, content_type), **extra)

    def options(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return an OPTIONS request."""
        return self.generic("OPTIONS", path, *self._encode(data, format, content_type), **extra)

    def generic(
        self,
        method: str,
        path: str | Promise,
        data: Any = "",
        content_type: str | None = BINARY,
        secure: bool = False,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Query = None,
        **extra: Any,
    ) -> ASGIRequest:
        """Return a request with any *method* and with *data*, text or bytes, for its body."""
        return self.request(
            **self._environ(
                method,
                path,
                data,
                content_type,
                secure,
                headers=headers,
                query_params=query_params,
                **extra,
            )
        )

    def request(self, **request: Any) -> ASGIRequest:
        """Return the request that the WSGI variables *request* describe."""
        scope = self._base_scope(**request)
        body = scope.pop("_body_file")
        made = ASGIRequest(scope, LimitedStream(body, len(body)))  # type: ignore[arg-type]
        made._dont_enforce_csrf_checks = not self.enforce_csrf_checks  # type: ignore[attr-defined]
        return made

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        return scope_of(self._base_environ(**request))  # type: ignore[attr-defined]

    def _environ(
        self,
        method: str,
        path: str | Promise,
        data: Any = "",
        content_type: str | None = BINARY,
        secure: bool = False,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Query = None,
        **extra: Any,
    ) -> dict[str, Any]:
        """Return what sets this request apart, as WSGI variables."""
        url = urlsplit(str(path))
        body = force_bytes(data, settings.DEFAULT_CHARSET)
        scheme = "https" if secure else "http"
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
            "SERVER_PORT": DEFAULT_PORTS[scheme],
            "wsgi.url_scheme": scheme,
            "wsgi.input": FakePayload(body),
        }
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
        environ.update(extra)
        if content_type is not None:
            environ["CONTENT_TYPE"] = str(content_type)
        if headers:
            environ.update(HttpHeaders.to_wsgi_names(headers))
        if query_params:
            environ["QUERY_STRING"] = urlencode(query_params, doseq=True)
        elif url.query and not environ.get("QUERY_STRING"):
            environ["QUERY_STRING"] = url.query.encode().decode("latin-1")
        return environ

    def _encode(
        self, data: Any, format: str | None, content_type: str | None
    ) -> tuple[bytes, str | None]:
        """Return the body that stands for *data*, and its content type."""
        if data is None:
            return b"", content_type
        if content_type:
            if format is not None:
                raise ValueError(
                    f"format={format!r} and content_type={content_type!r} both say how to encode "
                    "the data. Pass one of them."
                )
            return force_bytes(
                self._encode_json(data, content_type),  # type: ignore[attr-defined]
                settings.DEFAULT_CHARSET,
            ), content_type
        name = self.default_format if format is None else format
        if name not in self.renderer_classes:
            raise ValueError(
                f"format={name!r} has no renderer; there are "
                f"{', '.join(map(repr, self.renderer_classes))}. Add the renderer's class to "
                "REST_FRAMEWORK['TEST_REQUEST_RENDERER_CLASSES']."
            )
        renderer = self.renderer_classes[name]()
        rendered = renderer.render(data)
        content_type = renderer.media_type
        if renderer.charset:
            content_type = f"{content_type}; charset={renderer.charset}"
        if isinstance(rendered, str):
            rendered = rendered.encode(renderer.charset or "utf-8")
        return rendered, content_type


def with_query(data: Query, extra: dict[str, Any]) -> dict[str, Any]:
    """Return *extra* with *data* for its query parameters, if there are any."""
    if not data:
        return extra
    if extra.get("query_params"):
        raise ValueError("data and query_params are the same thing here. Pass one of them.")
    return {**extra, "query_params": data}
