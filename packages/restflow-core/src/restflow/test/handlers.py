"""Django's request handlers, with what a test client decides about each request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test.client import AsyncClientHandler

from .factory import force_authenticate


class ForceAuthClientHandler(AsyncClientHandler):
    """Django's handler for test requests; the client sets whom they come from."""

    def __init__(self, enforce_csrf_checks: bool = True) -> None:
        super().__init__(enforce_csrf_checks)
        self.force_user: Any = None
        self.force_token: Any = None

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        force_authenticate(request, self.force_user, self.force_token)
        return await super().get_response_async(request)


class StreamHandler(ASGIHandler):
    """Django's ASGI handler for one client's streams, deciding what *client_handler* decides."""

    def __init__(self, client_handler: ForceAuthClientHandler) -> None:
        super().__init__()
        self.client_handler = client_handler

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        with connections_kept_open():
            return await super().handle(scope, receive, send)

    async def read_body(self, receive: Any) -> BytesIO:
        """Return the body in memory, where it was before.

        Django's temporary file stays open when the request is broken off at the wrong moment.
        """
        body = BytesIO()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
        body.seek(0)
        return body

    def create_request(self, scope: dict[str, Any], body_file: IO[bytes]) -> Any:  # type: ignore[override]
        request, error_response = super().create_request(scope, body_file)
        if request is not None:
            ours = self.client_handler
            request._dont_enforce_csrf_checks = (  # type: ignore[attr-defined]
                not ours.enforce_csrf_checks
            )
            force_authenticate(request, ours.force_user, ours.force_token)
        return request, error_response


@contextmanager
def connections_kept_open() -> Iterator[None]:
    """Leave the test's database connections alone while its requests start and finish."""
    global _open
    _open += 1
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        _open -= 1
        if not _open:
            request_started.connect(close_old_connections)
            request_finished.connect(close_old_connections)


_open = 0
