"""Connections come and go with their loops, whatever kind of loop that is."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from restflow.core.cache import CacheUnavailable, compatible_cache, raw_cache
from restflow.core.cache.redis import loops
from restflow_testing.counts import cases
from restflow_testing.services import RedisServer


@pytest.fixture(params=["django", "django-redis"])
def server(request: pytest.FixtureRequest, use: Any, redis_server: RedisServer) -> RedisServer:
    more = {"OPTIONS": {"SOCKET_TIMEOUT": 1}} if request.param == "django-redis" else {}
    use(request.param, redis_server.url, **more)
    return redis_server


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def once(mark: bytes = b"1") -> None:
    cache = raw_cache()
    await asyncio.gather(*(cache.aset(f"{mark!r}/{number}", mark) for number in range(5)))
    assert await cache.aget_many([f"{mark!r}/{number}" for number in range(5)]) == [mark] * 5


def test_a_loop_leaves_nothing_behind(server: RedisServer, spy: Any) -> None:
    asyncio.run(once())
    before = open_files()
    for _ in range(cases(100)):
        asyncio.run(once())
        assert not loops.rooms
    assert open_files() <= before  # fewer, when garbage of an earlier test went
    spy.until_connections(0)


def test_one_connection_serves_a_whole_loop(server: RedisServer, spy: Any) -> None:
    async def many() -> int:
        await asyncio.gather(*(once(b"%d" % number) for number in range(20)))
        return int(await asyncio.to_thread(spy.connections))

    assert asyncio.run(many()) == 1


def test_both_levels_and_all_versions_share_the_connection(server: RedisServer, spy: Any) -> None:
    async def many() -> int:
        await raw_cache().aget("a")
        await raw_cache(version=2).aget("a")
        await compatible_cache().aget("a")
        await compatible_cache(strict=True).aget("a")
        return int(await asyncio.to_thread(spy.connections))

    assert asyncio.run(many()) == 1


def test_loops_in_threads_keep_apart(server: RedisServer, spy: Any) -> None:
    def work(number: int) -> None:
        for turn in range(cases(60)):
            asyncio.run(once(b"%d/%d" % (number, turn)))

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, number) for number in range(8)]:
            future.result()
    assert not loops.rooms
    spy.until_connections(0)


def test_loops_alive_at_the_same_time_have_a_connection_each(server: RedisServer, spy: Any) -> None:
    ready, go = threading.Barrier(5), threading.Event()

    def work() -> None:
        async def main() -> None:
            await once()
            ready.wait()
            await asyncio.to_thread(go.wait)
            await once()

        asyncio.run(main())

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        ready.wait()
        assert spy.connections() == 4
        go.set()
        for future in futures:
            future.result()
    spy.until_connections(0)


def test_a_loop_made_for_one_call_borrows_a_thread(server: RedisServer, spy: Any) -> None:
    async def view() -> str:
        await once()
        assert not loops.rooms
        return threading.current_thread().name

    name = async_to_sync(view)()
    assert name != threading.current_thread().name  # the loop had a thread of its own
    assert not loops.rooms
    assert spy.connections() == 1  # the sync client's, in its pool


def test_async_code_reached_from_a_worker_uses_the_lasting_loop(
    server: RedisServer, spy: Any, hops: list[Any]
) -> None:
    async def main() -> None:
        await once()
        hops.clear()
        await sync_to_async(lambda: async_to_sync(once)())()
        assert len(hops) == 1  # the one that the line above asks for

    asyncio.run(main())
    spy.until_connections(0)


@pytest.fixture
def no_collection() -> Iterator[None]:
    """What a test leaves to the garbage collector is collected when the test says so."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_loop_that_was_closed_without_shutting_down_is_swept(
    server: RedisServer, spy: Any, no_collection: None
) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(once())
    loop.close()
    assert len(loops.rooms) == 1
    assert spy.connections() == 1
    asyncio.run(once())
    assert not loops.rooms
    spy.until_connections(0)
    del loop
    with pytest.warns(ResourceWarning, match="closed"):  # asyncio's word for such a loop
        gc.collect()


def test_new_settings_close_what_the_old_ones_opened(
    server: RedisServer, spy: Any, use: Any
) -> None:
    async def main() -> None:
        await once()
        assert await asyncio.to_thread(spy.connections) == 1
        use("locmem")
        await once()
        await asyncio.to_thread(spy.until_connections, 0)

    asyncio.run(main())


def test_cancelling_who_opened_takes_nothing_from_the_others(
    server: RedisServer, spy: Any, freezing: Any
) -> None:
    async def main() -> None:
        cache = raw_cache()
        freezing.freeze(server)
        try:
            tasks = [asyncio.create_task(cache.aget("a")) for _ in range(10)]
            await asyncio.sleep(0.05)
            for task in tasks[:5]:
                task.cancel()
            await asyncio.sleep(0.05)
        finally:
            freezing.thaw(server)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in outcomes[:5]] == [asyncio.CancelledError] * 5
        assert outcomes[5:] == [None] * 5
        assert await asyncio.to_thread(spy.connections) == 1

    asyncio.run(main())


def test_cancelling_everybody_leaves_a_working_cache(server: RedisServer, freezing: Any) -> None:
    async def main() -> None:
        freezing.freeze(server)
        try:
            tasks = [asyncio.create_task(once()) for _ in range(10)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            freezing.thaw(server)
        await once()

    asyncio.run(main())


def test_a_loop_that_ends_while_connecting(server: RedisServer, spy: Any, freezing: Any) -> None:
    async def main() -> None:
        freezing.freeze(server)
        task = asyncio.create_task(once())
        await asyncio.sleep(0.05)
        assert not task.done()

    before = open_files()
    try:
        asyncio.run(main())
    finally:
        freezing.thaw(server)
    assert not loops.rooms
    gc.collect()
    assert open_files() == before
    spy.until_connections(0)


def test_a_loop_shut_down_by_hand_while_connecting(
    server: RedisServer, spy: Any, freezing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await once()

    freezing.freeze(server)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    freezing.thaw(server)
    assert not loops.rooms
    del loop
    gc.collect()
    assert not caplog.records  # asyncio would tell of a task that was destroyed
    spy.until_connections(0)


def test_everybody_learns_that_connecting_failed_and_the_next_one_tries_again(
    server: RedisServer,
) -> None:
    async def main() -> None:
        cache = raw_cache()
        server.stop()
        outcomes = await asyncio.gather(
            *(cache.aget("a") for _ in range(20)), return_exceptions=True
        )
        assert {type(one) for one in outcomes} == {CacheUnavailable}
        await asyncio.to_thread(server.start)
        await once()

    asyncio.run(main())


FORK = '''
import asyncio, os, sys
import django
from django.conf import settings
kind, url = sys.argv[1:]
settings.configure(CACHES={"default": {"BACKEND": kind, "LOCATION": url}})
django.setup()
from restflow.core.cache import raw_cache

async def use(mark):
    cache = raw_cache()
    for turn in range(50):
        await cache.aset(f"{mark}{turn}", f"{mark}{turn}".encode())
        assert await cache.aget(f"{mark}{turn}") == f"{mark}{turn}".encode()
        raw_cache().set("sync", b"1")

def child(mark):
    """Fork; the child works on a loop of its own and tells by its exit code how that went."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            raw_cache().set("sync", b"child")
            asyncio.run(use(mark))
            code = 0
        finally:
            os._exit(code)
    return pid

def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

async def parent():
    await use("before")
    if os.fork() == 0:
        sys.exit(3)                                 # ends the child's copy of this loop
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 3
    await use("between")
    children = [child(mark) for mark in "abc"]      # while this loop and its connection are alive
    await use("meanwhile")
    assert all(map(ended, children))
    await use("after")

raw_cache().set("sync", b"parent")
asyncio.run(parent())
last = child("late")
assert ended(last)
print("as it should be")
'''


@pytest.mark.parametrize(
    "kind",
    ["django.core.cache.backends.redis.RedisCache", "django_redis.cache.RedisCache"],
)
@pytest.mark.load
def test_children_do_not_touch_what_they_inherit(
    kind: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    script = tmp_path / "fork.py"
    script.write_text(FORK)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), kind, redis_server.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("as it should be\n", "")
