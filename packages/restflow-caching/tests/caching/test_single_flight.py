"""However many miss a key at once, the function runs once; and nobody waits for the dead."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
import redis
from django.test import override_settings

from restflow.caching import ArgsKeyField, KeyConstructor, cache_result
from restflow.caching.stores import flights
from restflow_testing.services import RedisServer

from .conftest import DJANGO_REDIS, REDIS_CACHE, redis_caches
from .programs import finish, start


class K(KeyConstructor):
    row = ArgsKeyField("row", partition=True)

    class Meta:
        namespace = "flights"


@pytest.fixture(params=["locmem", DJANGO_REDIS, REDIS_CACHE, "file"])
def backend(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """Each kind of cache: in the process, over a network, and one that hops to a thread."""
    if request.param == "locmem":
        yield request.param
        return
    if request.param == "file":
        file = "django.core.cache.backends.filebased.FileBasedCache"
        with override_settings(CACHES={"default": {"BACKEND": file, "LOCATION": str(tmp_path)}}):
            yield request.param
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with override_settings(CACHES=redis_caches(server.url, request.param)):
        yield request.param


async def eventually(condition: Callable[[], Any]) -> None:
    """Let the loop go on until *condition* holds."""
    deadline = monotonic() + 90
    while not condition():
        assert monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.002)


def eventually_sync(condition: Callable[[], Any]) -> None:
    asyncio.run(eventually(condition))


async def test_two_hundred_coroutines(backend: str) -> None:
    calls, gate = [], asyncio.Event()

    @cache_result(K)
    async def rows(row: int) -> list[int]:
        calls.append(row)
        await gate.wait()
        return [row]

    callers = [asyncio.create_task(rows(1)) for _ in range(200)]
    await eventually(lambda: rows.stats()["wait"] >= 199)
    gate.set()
    results = await asyncio.gather(*callers)
    assert calls == [1]
    assert results == [[1]] * 200
    assert len({id(result) for result in results}) == 200  # nobody shares a mutable result


def test_fifty_threads(backend: str) -> None:
    calls, gate = [], threading.Event()

    @cache_result(K)
    def rows(row: int) -> list[int]:
        calls.append(row)
        assert gate.wait(30)
        return [row]

    with ThreadPoolExecutor(50) as pool:
        results = [pool.submit(rows, 1) for _ in range(50)]
        eventually_sync(lambda: rows.stats()["wait"] >= 49)
        gate.set()
        assert [result.result() for result in results] == [[1]] * 50
    assert calls == [1]


@pytest.mark.load
def test_four_processes(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("hold", 1)
    program = """
found = []
def call():
    server.incr("started")
    found.append(rows(1))
threads = [threading.Thread(target=call) for _ in range(5)]
[t.start() for t in threads]
[t.join() for t in threads]
print(found)
"""
    processes = [start(program, redis_server.url) for _ in range(4)]
    eventually_sync(lambda: int(client.get("started") or 0) == 20)
    client.rpush("gate", *range(20))  # one for each: who computes too is counted, and ends
    outputs = [finish(process) for process in processes]
    assert outputs == [str(["row 1"] * 5)] * 4
    assert client.get("calls") == b"1"
    client.close()


GATED = """
server.incr("ready")
server.blpop(os.environ["GATE"], timeout=120)
server.incr("started")
print(rows(1))
"""


@pytest.mark.load
def test_a_leader_that_is_killed_is_succeeded(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("hold", 1)
    leader = start(GATED, redis_server.url, LEASE="3", GATE="first")
    waiter = start(GATED, redis_server.url, LEASE="3", GATE="second")
    eventually_sync(lambda: client.get("ready") == b"2")
    client.rpush("first", 1)
    eventually_sync(lambda: client.get("calls") == b"1")
    client.delete("hold")
    client.rpush("second", 1)
    eventually_sync(lambda: client.get("started") == b"2")
    leader.send_signal(signal.SIGKILL)
    leader.communicate()
    assert finish(waiter) == "row 1"
    assert client.get("calls") == b"2"
    client.close()


async def test_a_leader_that_is_cancelled_is_succeeded(backend: str) -> None:
    calls, gate = [], asyncio.Event()

    @cache_result(K)
    async def rows(row: int) -> int:
        calls.append(row)
        if len(calls) == 1:
            await asyncio.Event().wait()
        await gate.wait()
        return len(calls)

    leader = asyncio.create_task(rows(1))
    await eventually(lambda: calls)
    waiters = [asyncio.create_task(rows(1)) for _ in range(10)]
    await eventually(lambda: rows.stats()["wait"] >= 10)
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    await eventually(lambda: len(calls) == 2)
    gate.set()
    assert await asyncio.gather(*waiters) == [2] * 10


async def test_a_waiter_that_is_cancelled_takes_nobody_along(backend: str) -> None:
    gate = asyncio.Event()

    @cache_result(K)
    async def rows(row: int) -> int:
        await gate.wait()
        return row

    callers = [asyncio.create_task(rows(1)) for _ in range(10)]
    await eventually(lambda: rows.stats()["wait"] >= 9)
    for caller in callers[3:7]:
        caller.cancel()
    gate.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [result for result in results if result == 1] == [1] * 6
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 4


async def test_a_leader_that_fails_leaves_nobody_hanging(backend: str) -> None:
    calls, gate = [], asyncio.Event()

    @cache_result(K)
    async def rows(row: int) -> int:
        calls.append(row)
        await gate.wait()
        raise LookupError("no such row")

    callers = [asyncio.create_task(rows(1)) for _ in range(20)]
    await eventually(lambda: rows.stats()["wait"] >= 19)
    gate.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(result) for result in results} == {LookupError}
    assert len(calls) < 20


async def test_threads_and_coroutines_wait_for_each_other(backend: str) -> None:
    calls, gate = [], threading.Event()

    @cache_result(K)
    def rows(row: int) -> int:
        calls.append(row)
        assert gate.wait(30)
        return row

    in_thread = [asyncio.create_task(asyncio.to_thread(rows, 1)) for _ in range(3)]
    await eventually(lambda: calls)
    on_loop = [asyncio.create_task(rows.aget_with_metadata(1)) for _ in range(3)]
    await eventually(lambda: rows.stats()["wait"] >= 5)
    gate.set()
    assert await asyncio.gather(*in_thread) == [1] * 3
    assert [value for value, _ in await asyncio.gather(*on_loop)] == [1] * 3
    assert calls == [1]


async def test_results_that_are_not_stored_are_computed_for_each(backend: str) -> None:
    calls, gate = [], asyncio.Event()

    @cache_result(K, cache_if=lambda result: False)
    async def rows(row: int) -> int:
        calls.append(row)
        await gate.wait()
        return len(calls)

    callers = [asyncio.create_task(rows(1)) for _ in range(5)]
    await eventually(lambda: rows.stats()["wait"] >= 4)
    gate.set()
    await asyncio.gather(*callers)
    assert len(calls) == 5


async def test_who_starts_after_an_invalidation_joins_no_older_flight(backend: str) -> None:
    value, gates = 1, [asyncio.Event(), asyncio.Event()]
    calls: list[int] = []

    @cache_result(K)
    async def rows(row: int) -> int:
        seen = value
        calls.append(seen)
        await gates[len(calls) - 1].wait()
        return seen

    old = asyncio.create_task(rows(1))
    await eventually(lambda: calls)
    value = 2
    await rows.adelete_by_prefix(row=1)
    new = asyncio.create_task(rows(1))
    if backend == "locmem":  # elsewhere the lease is waited for; the result is judged all the same
        await eventually(lambda: len(calls) == 2)
    gates[0].set()
    gates[1].set()
    assert [await old, await new, await rows(1)] == [1, 2, 2]


async def test_flights_of_a_loop_that_died(backend: str) -> None:
    """A loop closed with a leader on it must not keep the others waiting beyond the lease."""
    began = threading.Event()

    @cache_result(K, lease=0.5)
    async def rows(row: int) -> int:
        if not began.is_set():
            began.set()
            await asyncio.Event().wait()
        return row

    left: list[Any] = []

    def abandon() -> None:
        loop = asyncio.new_event_loop()
        left.append(loop.create_task(rows(1)))
        loop.run_until_complete(eventually(began.is_set))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    await asyncio.to_thread(abandon)
    assert await rows(1) == 1
    task = left.pop()
    task._log_destroy_pending = False
    task.get_coro().close()
    assert len(flights) == 0
