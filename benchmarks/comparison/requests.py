"""One request in process: what a server would hand to the application, without the sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from io import BytesIO
from itertools import cycle
from typing import Any

from comparison.endpoints import Endpoint

#: Many clients, so that no throttle's history of one of them grows.
CLIENTS = cycle([f"10.0.{high}.{low}" for high in range(20) for low in range(250)])


def headers(endpoint: Endpoint, token: str) -> dict[str, str]:
    found = {"Host": "testserver", "Accept": "application/json"}
    if endpoint.body:
        found |= {"Content-Type": "application/json", "Content-Length": str(len(endpoint.body))}
    if endpoint.authorized:
        found["Authorization"] = f"Bearer {token}"
    return found


async def over_asgi(application: Any, endpoint: Endpoint, token: str) -> tuple[int, bytes]:
    lines = headers(endpoint, token).items()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": endpoint.method,
        "scheme": "http",
        "path": endpoint.path,
        "raw_path": endpoint.path.encode(),
        "root_path": "",
        "query_string": endpoint.query.encode(),
        "headers": [(key.lower().encode(), value.encode()) for key, value in lines],
        "client": (next(CLIENTS), 1),
        "server": ("testserver", 80),
    }
    status, body, asked = 0, b"", 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": endpoint.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    await application(scope, receive, send)
    return status, body


def over_wsgi(application: Any, endpoint: Endpoint, token: str) -> tuple[int, bytes]:
    lines = headers(endpoint, token).items()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": endpoint.method,
        "PATH_INFO": endpoint.path,
        "QUERY_STRING": endpoint.query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": next(CLIENTS),
        "wsgi.input": BytesIO(endpoint.body),
        "wsgi.url_scheme": "http",
        **{f"HTTP_{key.upper().replace('-', '_')}": value for key, value in lines},
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{key}" in environ:
            environ[key] = environ.pop(f"HTTP_{key}")
    started: list[str] = []

    def start(status: str, headers: Iterable[Any], exc_info: Any = None) -> None:
        started.append(status)

    response = application(environ, start)
    body = b"".join(response)
    response.close()
    return int(started[0][:3]), body
