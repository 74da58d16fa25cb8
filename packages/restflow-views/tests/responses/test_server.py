"""Streams over real sockets: clients that leave, and what a server does with a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
import uvicorn
from django.core.handlers.asgi import ASGIHandler
from django.urls import path

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse
from restflow_testing.counts import cases
from restflow_testing.services import free_port

began: list[str] = []
ended: list[str] = []


async def _endless(name: str) -> AsyncIterator[dict[str, Any]]:
    began.append(name)
    try:
        for number in range(10**9):
            yield {"data": f"{name} {number}"}
            if number % 40 == 0:
                await asyncio.sleep(0.001)
    finally:
        await asyncio.sleep(0)
        ended.append(name)


async def _silent(name: str) -> AsyncIterator[dict[str, Any]]:
    began.append(name)
    try:
        await asyncio.Event().wait()
        yield {}
    finally:
        ended.append(name)


async def _failing() -> AsyncIterator[int]:
    yield 1
    await asyncio.sleep(0)
    raise RuntimeError("planted")


async def array(request: Any) -> Any:
    return StreamingJSONListResponse(_endless("array"))


async def lines(request: Any) -> Any:
    return NDJSONResponse(_endless("lines"))


async def events(request: Any) -> Any:
    return SSEResponse(_endless("events"))


async def silent(request: Any) -> Any:
    return SSEResponse(_silent("silent"))


async def failing(request: Any) -> Any:
    return StreamingJSONListResponse(_failing())


urlpatterns = [
    path("array/", array),
    path("lines/", lines),
    path("events/", events),
    path("silent/", silent),
    path("failing/", failing),
]


@asynccontextmanager
async def _serving() -> AsyncIterator[int]:
    port = free_port()
    config = uvicorn.Config(
        ASGIHandler(), port=port, log_config=None, lifespan="off", http="h11", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def _open(port: int, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: testserver\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


@pytest.mark.urls(__name__)
async def test_sources_end_when_clients_leave() -> None:
    began.clear()
    ended.clear()
    random = Random(11)

    async def visit(port: int, target: str) -> None:
        reader, writer = await _open(port, target)
        await reader.read(random.randrange(1, 60_000))
        writer.transport.abort()

    async with _serving() as port:
        before = asyncio.all_tasks()
        targets = ["/array/", "/lines/", "/events/", "/silent/"]
        for _ in range(cases(200) // 5):
            await asyncio.gather(*(visit(port, random.choice(targets)) for _ in range(5)))
        async with asyncio.timeout(10):
            while len(ended) < len(began):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            while asyncio.all_tasks() - before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert began
    assert sorted(ended) == sorted(began)


@pytest.mark.urls(__name__)
async def test_a_failed_array_breaks_the_connection_off() -> None:
    async with _serving() as port:
        reader, writer = await _open(port, "/failing/")
        rest = await reader.read()
        writer.close()
    assert b"[" in rest
    assert b"]" not in rest
    assert not rest.endswith(b"0\r\n\r\n")  # the end that chunked bodies must have
