"""Clients that leave at random while a real server works: afterwards nothing is held."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from time import sleep
from typing import Any

import pytest
import uvicorn
from asgiref.sync import SyncToAsync, sync_to_async
from django.contrib.auth.models import User
from django.db.backends.signals import connection_created
from django.http import HttpResponse, StreamingHttpResponse

from restflow.core.asgi.pool import pool
from restflow_testing.counts import cases, full

from .conversation import PATIENCE, STARTPROJECT, ask, connected, idle, project

pytestmark = [pytest.mark.load, pytest.mark.django_db(transaction=True)]


def users() -> int:
    return User.objects.count()


def sync_view(request: Any) -> HttpResponse:
    sleep(0.002)
    return HttpResponse(str(users()))


async def one_hop(request: Any) -> HttpResponse:
    return HttpResponse(str(await User.objects.acount()))


async def many_hops(request: Any) -> HttpResponse:
    for _ in range(5):
        await User.objects.acount()
        await asyncio.sleep(0.001)
    return HttpResponse("")


async def queued_hops(request: Any) -> HttpResponse:
    await asyncio.gather(*(sync_to_async(users)() for _ in range(5)))
    return HttpResponse("")


async def stream(request: Any) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 1000
            await User.objects.acount()
            await asyncio.sleep(0.001)

    return StreamingHttpResponse(source())


VIEWS = [sync_view, one_hop, many_hops, queued_hops, stream]


@asynccontextmanager
async def served(application: Any) -> AsyncIterator[int]:
    """Serve *application* on this loop, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn.Config(application, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await idle(lambda: server.started)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, PATIENCE)
        listener.close()


async def visit(port: int, name: str, random: Random) -> None:
    """Ask for a view and leave when it suits: before, during or after the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /{name}/ HTTP/1.1\r\nHost: testserver\r\n\r\n".encode())
        patience = random.choice([0, 0.001, 0.005, 0.02, 1.0])
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(patience):
                await reader.read(random.choice([1, 100, 10_000]))
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize("seed", range(3))
async def test_clients_that_leave_at_random(seed: int) -> None:
    random = Random(seed)
    opened: list[Any] = []

    def remember(connection: Any, **kwargs: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            opened.append(connection)

    before = len(SyncToAsync.context_to_thread_executor)
    with (
        project(*VIEWS, MIDDLEWARE=STARTPROJECT) as app,
        connected(connection_created, remember),
    ):
        async with served(app) as port:
            for _ in range(max(1, cases(100) // 5)):
                names = [random.choice(VIEWS).__name__ for _ in range(100)]
                await asyncio.gather(*(visit(port, name, random) for name in names))
            await idle()
        assert opened
        assert [c for c in opened if c.connection is not None] == []
        assert (await ask(app, "/one_hop/")).body == b"0"
        await idle()
    gc.collect()
    assert len(SyncToAsync.context_to_thread_executor) == before
    assert pool.idle <= 32


async def test_a_thousand_idle_streams_hold_no_thread() -> None:
    stop = asyncio.Event()

    async def waiting(request: Any) -> StreamingHttpResponse:
        await User.objects.acount()

        async def source() -> AsyncIterator[bytes]:
            yield b"ready"
            await stop.wait()

        return StreamingHttpResponse(source())

    with project(waiting) as app:
        async with served(app) as port:
            clients = []
            for _ in range(min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /waiting/ HTTP/1.1\r\nHost: testserver\r\n\r\n")
                clients.append((reader, writer))
            for reader, _ in clients:
                await asyncio.wait_for(reader.readuntil(b"ready"), PATIENCE)
            await idle()
            assert pool.leased == 0
            stop.set()
            for _, writer in clients:
                writer.close()
        await idle()


async def test_memory_does_not_grow() -> None:
    """24 MB at most after many requests; most of what is counted is the allocator's."""
    with project(one_hop, MIDDLEWARE=STARTPROJECT) as app:

        async def many(count: int) -> None:
            for _ in range(count):
                await ask(app, "/one_hop/")
            await idle()
            gc.collect()

        await many(300)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await many(cases(100_000) // (1 if full() else 4))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 24 * 1024, f"{grown / 1024:.1f} MB"
