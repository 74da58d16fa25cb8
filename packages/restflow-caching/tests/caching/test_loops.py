"""Several event loops, threads and forked children of one process: nothing outlives its loop."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest
from asgiref.sync import AsyncToSync, async_to_sync
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.caching import ArgsKeyField, KeyConstructor, cache_result
from restflow.caching.background import background
from restflow.caching.stores import flights
from restflow.core.cache.redis import loops
from restflow_testing.counts import cases
from restflow_testing.services import RedisServer

from .conftest import Clock
from .programs import finish, start


class K(KeyConstructor):
    row = ArgsKeyField("row", partition=True)

    class Meta:
        namespace = "loops"


WAYS = ("run", "to_sync", "thread", "gather", "cancelled", "sync", "stale")


@pytest.fixture(params=["locmem", "redis"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        request.getfixturevalue("own_redis")
    return str(request.param)


def test_any_sequence_of_loops(backend: str) -> None:
    @cache_result(K, lease=2, ttl=60, stale_ttl=60)
    async def rows(row: int) -> int:
        await asyncio.sleep(0)
        return row

    @cache_result(K, lease=2)
    def plain(row: int) -> int:
        return row

    async def gather(row: int) -> int:
        found = await asyncio.gather(*[rows(row) for _ in range(5)])
        assert set(found) == {row}
        return found[0]

    async def cancelled(row: int) -> int:
        task = asyncio.ensure_future(rows(row))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return await rows(row)

    async def stale(row: int) -> int:
        await rows(row)
        await rows.arefresh(row)
        return await rows(row)

    def in_thread(row: int) -> int:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(asyncio.run(rows(row))))
        thread.start()
        thread.join()
        return found[0]

    ways: dict[str, Any] = {
        "run": lambda row: asyncio.run(rows(row)),
        "to_sync": lambda row: async_to_sync(rows)(row),
        "thread": in_thread,
        "gather": lambda row: asyncio.run(gather(row)),
        "cancelled": lambda row: asyncio.run(cancelled(row)),
        "sync": plain,
        "stale": lambda row: asyncio.run(stale(row)),
    }

    @settings(max_examples=cases(1000))
    @given(st.lists(st.tuples(st.sampled_from(WAYS), st.integers(1, 3)), min_size=1, max_size=6))
    def sequence(steps: list[tuple[str, int]]) -> None:
        rows.invalidate_all()
        for way, row in steps:
            assert ways[way](row) == row
            assert len(flights) == 0
        assert background._running == {}
        # Whoever used this process before, no connection belongs to a loop that has ended.
        assert [loop for loop in loops.rooms if loop.is_closed()] == []

    sequence()
    gc.collect()
    assert not AsyncToSync.loop_thread_executors


def test_a_refresh_outlives_a_loop_made_for_one_call(backend: str, clock: Clock) -> None:
    """Under WSGI a loop ends with its request: what runs in the background moves to a thread."""
    done = threading.Event()
    threads: list[threading.Thread] = []

    @cache_result(K, ttl=60, stale_ttl=600)
    async def rows(row: int) -> int:
        threads.append(threading.current_thread())
        if len(threads) == 2:
            done.set()
        return len(threads)

    assert async_to_sync(rows)(1) == 1
    clock.offset = 61
    assert async_to_sync(rows)(1) == 1
    assert done.wait(30)
    pause = threading.Event()
    while background._running:
        pause.wait(0.001)
    assert threads[1] is not threads[0]
    assert async_to_sync(rows)(1) == 2


FORKING = """
held = threading.Event()

@cache_result(K, ttl=60)
def slow(row: int) -> int:
    if os.getpid() == parent:
        held.set()
        threading.Event().wait(60)
    return os.getpid()

parent = os.getpid()
assert rows(1) == "row 1"
asyncio.run(rows.aget_with_metadata(1))
threading.Thread(target=slow, args=(1,), daemon=True).start()
held.wait()
server.delete(*[key for key in server.keys("*") if b"@&" in key])  # the lease is not the subject
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is the subject
child = os.fork()
if child == 0:
    try:
        assert rows(1) == "row 1"
        assert asyncio.run(rows.aget_with_metadata(1))[1]["cache_status"] == "HIT"
        assert slow(1) == os.getpid()
        rows.delete_by_prefix(row=1)
        rows(1)
    except BaseException as error:
        sys.stderr.write(repr(error))
        os._exit(1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert rows.get_with_metadata(1)[1]["cache_status"] == "HIT"
print(server.get("calls").decode())
sys.stdout.flush()
os._exit(0)
"""


def test_a_forked_child_waits_for_nobody_in_its_parent(redis_server: RedisServer) -> None:
    assert finish(start(FORKING, redis_server.url)) == "2"
