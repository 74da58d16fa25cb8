"""The project as a WSGI application whose requests are ASGI's, for tools that call in-process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from io import BytesIO
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connections, transaction

from .client import AsyncAPIClient
from .environ import PLACED, scope_of
from .handlers import StreamHandler
from .streams import Exchange

#: Bodies that need not end by themselves; only their beginning is looked at.
ENDLESS = ("text/event-stream",)


class ASGIBridge:
    """Calls the project by ASGI, in this thread and on the test's database connections.

    Views run as under an ASGI server, through the project's middleware. A stream of events is left
    once its response has started, as a client does that hangs up.

    Args:
        timeout: seconds within which a stream has to end that was left.
    """

    def __init__(self, timeout: float = 10.0) -> None:
        self.client = AsyncAPIClient(enforce_csrf_checks=True, raise_request_exception=False)
        self.timeout = timeout

    def __call__(
        self, environ: Mapping[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = BytesIO(environ["wsgi.input"].read(length))
        known = {
            name: value
            for name, value in environ.items()
            if name.startswith(("HTTP_", "CONTENT_", "wsgi.")) or name in PLACED
        }
        status, headers, content = async_to_sync(self._answer)({**known, "wsgi.input": body})
        start_response(f"{status} {responses.get(status, 'Unknown')}", headers)
        return [content]

    async def _answer(self, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        handler = StreamHandler(self.client.handler)
        scope = scope_of(environ)
        exchange = Exchange(self.client, handler.handle, scope, 65_536, self.timeout)
        async with exchange as response:
            media_type = response.headers.get("Content-Type", "").partition(";")[0]
            content = b"" if media_type in ENDLESS else await response.read()
        self.client.cookies.clear()
        return response.status_code, list(response.headers.items()), content


class rolled_back:
    """Undoes on every database of the test what the block wrote."""

    def __enter__(self) -> None:
        self._blocks = [
            (transaction.atomic(using=alias), alias)
            for alias in connections
            if connections[alias].in_atomic_block
        ]
        for block, _ in self._blocks:
            block.__enter__()

    def __exit__(self, *exc_info: Any) -> None:
        for block, alias in reversed(self._blocks):
            transaction.set_rollback(True, using=alias)
            block.__exit__(None, None, None)
