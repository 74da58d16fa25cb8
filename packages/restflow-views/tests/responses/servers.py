"""ASGI servers on a free port, in the loop of the test, and clients on plain sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from django.core.handlers.asgi import ASGIHandler

from restflow_testing.services import free_port

SERVERS = ["uvicorn", "hypercorn"]
_bodies: ContextVar[list[Any]] = ContextVar("bodies")


class Handler(ASGIHandler):
    """Django's, which before 6.1 forgets to close the request's body when an answer fails."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        bodies: list[Any] = []
        _bodies.set(bodies)
        try:
            await super().handle(scope, receive, send)
        finally:
            for body in bodies:
                body.close()

    async def read_body(self, receive: Any) -> Any:
        body = await super().read_body(receive)
        _bodies.get().append(body)
        return body


@asynccontextmanager
async def serving(server: str) -> AsyncIterator[int]:
    """Serve the URLs of the test; gives the port once somebody answers there."""
    port = free_port()
    ended = asyncio.Event()
    run = _uvicorn if server == "uvicorn" else _hypercorn
    task = asyncio.create_task(run(port, ended))
    try:
        async with asyncio.timeout(30):
            while not await _answers(port):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield port
    finally:
        ended.set()
        await task


async def _uvicorn(port: int, ended: asyncio.Event) -> None:
    import uvicorn

    config = uvicorn.Config(
        Handler(),
        port=port,
        log_config=None,
        lifespan="off",
        http="h11",
        ws="none",
        backlog=2048,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await ended.wait()
    server.should_exit = True
    await task


async def _hypercorn(port: int, ended: asyncio.Event) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = config.errorlog = None
    config.backlog = 2048
    application: Any = Handler()
    await serve(application, config, shutdown_trigger=ended.wait)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def opened(port: int, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for *target* and return once the headers of the answer are there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: testserver\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer
