"""The client's side of an ASGI conversation, and a project around the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings
from django.urls import path

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.asgi.pool import pool

#: What ``startproject`` writes.
STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
PATIENCE = 60.0


@contextmanager
def project(*views: Any, handler: type[ASGIHandler] = RestflowASGIHandler, **settings: Any) -> Any:
    """An application that serves each view under its name."""
    urls = tuple(
        view if hasattr(view, "resolve") else path(f"{view.__name__}/", view) for view in views
    )
    with override_settings(ROOT_URLCONF=urls, **settings), ExitStack() as bodies:
        application: Any = handler()
        if handler is ASGIHandler:
            application.read_body = _closing(application.read_body, bodies)
        yield application


def _closing(read_body: Any, bodies: ExitStack) -> Any:
    """Before 6.0, Django's own handler forgets the body's file when a request breaks off."""

    async def reading(receive: Any) -> Any:
        body = await read_body(receive)
        bodies.callback(body.close)
        return body

    return reading


@dataclass
class Answer:
    """What the application sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {k.decode().lower(): v.decode("latin1") for k, v in self.messages[0]["headers"]}

    @property
    def cookies(self) -> list[str]:
        pairs = self.messages[0]["headers"]
        return [v.decode("latin1") for k, v in pairs if k.lower() == b"set-cookie"]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


class Client:
    """One connection: sends one request, keeps what comes back, hangs up when told to."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.answer = Answer()
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()
        self._to_send: list[dict[str, Any]] = []

    def request(
        self,
        target: str,
        method: str = "GET",
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> asyncio.Task[None]:
        """Send a request; the task ends with the application."""
        route, _, query = target.partition("?")
        given = {"host": "testserver", **(headers or {})}
        if body:
            given.setdefault("content-length", str(len(body)))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(k.lower().encode(), v.encode()) for k, v in given.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("testserver", 80),
        }
        self._to_send = [{"type": "http.request", "body": body, "more_body": False}]
        return asyncio.ensure_future(self.application(scope, self._receive, self._send))

    def hang_up(self) -> None:
        self.gone.set()

    async def _receive(self) -> dict[str, Any]:
        if self._to_send:
            return self._to_send.pop()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.answer.messages.append(message)
        self.arrived.set()
        await asyncio.sleep(0)


async def ask(application: Any, target: str, method: str = "GET", **options: Any) -> Answer:
    """One request and its whole answer."""
    client = Client(application)
    await asyncio.wait_for(client.request(target, method, **options), PATIENCE)
    return client.answer


async def idle(condition: Callable[[], bool] = lambda: pool.leased == 0) -> None:
    """Wait until no thread is with a request."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, f"{pool.leased} threads are still leased"
        await asyncio.sleep(0.001)


@contextmanager
def connected(signal: Any, receiver: Any, **options: Any) -> Iterator[None]:
    signal.connect(receiver, **options)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=options.get("sender"))
