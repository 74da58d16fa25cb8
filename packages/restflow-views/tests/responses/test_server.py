"""Streams over real sockets: clients that leave, idle and slow ones, and failures in mid-stream."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest
from django.urls import path

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse

from .servers import SERVERS, opened, serving

pytestmark = [
    pytest.mark.load,
    pytest.mark.urls(__name__),
    pytest.mark.parametrize("server", SERVERS),
]
ROWS = 1_000_000
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


def _generated(name: str) -> Iterator[dict[str, Any]]:
    began.append(name)
    try:
        for number in range(10**9):
            yield {"data": f"{name} {number}"}
    finally:
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


async def _counted() -> AsyncIterator[dict[str, Any]]:
    for number in range(ROWS):
        yield {"id": number, "name": "a name of some length", "price": "10.00"}


async def array(request: Any) -> Any:
    return StreamingJSONListResponse(_endless("array"))


async def lines(request: Any) -> Any:
    return NDJSONResponse(_endless("lines"))


async def events(request: Any) -> Any:
    return SSEResponse(_endless("events"))


async def generated(request: Any) -> Any:
    return NDJSONResponse(_generated("generated"))


async def silent(request: Any) -> Any:
    return SSEResponse(_silent("silent"))


async def failing(request: Any) -> Any:
    return StreamingJSONListResponse(_failing())


async def counted(request: Any) -> Any:
    return NDJSONResponse(_counted())


VIEWS = [array, lines, events, generated, silent, failing, counted]
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    began.clear()
    ended.clear()


async def _all_ended(before: set[Any]) -> None:
    async with asyncio.timeout(60):
        while len(ended) < len(began):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        while asyncio.all_tasks() - before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_sources_end_when_clients_leave(server: str) -> None:
    random = Random(11)

    async def visit(port: int, target: str) -> None:
        reader, writer = await opened(port, target)
        await reader.read(random.randrange(1, 60_000))
        writer.transport.abort()

    async with serving(server) as port:
        before = asyncio.all_tasks()
        targets = ["/array/", "/lines/", "/events/", "/generated/", "/silent/"]
        for _ in range(20):
            await asyncio.gather(*(visit(port, random.choice(targets)) for _ in range(10)))
        await _all_ended(before)
    assert len(began) > 150
    assert sorted(ended) == sorted(began)


async def test_idle_clients_hold_no_thread(server: str) -> None:
    async with serving(server) as port:
        before = asyncio.all_tasks()
        threads = threading.active_count()
        clients = []
        try:
            for _ in range(20):
                clients += await asyncio.gather(*(opened(port, "/silent/") for _ in range(50)))
            async with asyncio.timeout(60):
                while len(began) < 1000 or threading.active_count() > threads + 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert ended == []
        finally:
            for _, writer in clients:
                writer.transport.abort()
        await _all_ended(before)
    assert len(ended) == 1000


async def test_a_slow_reader_makes_nobody_remember_a_million_rows(server: str) -> None:
    async with serving(server) as port:
        reader, writer = await opened(port, "/counted/")
        gc.collect()
        tracemalloc.start()
        try:
            held = tracemalloc.get_traced_memory()[0]
            count = size = 0
            while part := await reader.read(65_536):
                count += part.count(b"}")
                if size // 10_000_000 != (size := size + len(part)) // 10_000_000:
                    await asyncio.sleep(0.2)
            growth = tracemalloc.get_traced_memory()[1] - held
        finally:
            tracemalloc.stop()
        writer.close()
    assert count == ROWS
    assert growth < 8 * 2**20


async def test_a_failed_array_breaks_the_connection_off(server: str) -> None:
    async with serving(server) as port:
        reader, writer = await opened(port, "/failing/")
        rest = await reader.read()
        writer.close()
    assert b"[" in rest
    assert b"]" not in rest
    assert not rest.endswith(b"0\r\n\r\n")  # the end that chunked bodies must have
