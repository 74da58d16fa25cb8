"""Who waited for a future, seen from the future."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from restflow.test.waiting import RememberingFuture, RememberingTask, waited_for


def future() -> RememberingFuture:
    made = RememberingFuture(loop=asyncio.get_running_loop())
    made.set_result(1)
    return made


async def one() -> int:
    await asyncio.sleep(0)
    return 1


def task(coroutine: Any) -> RememberingTask:
    return RememberingTask(coroutine, loop=asyncio.get_running_loop())


WAYS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "gather": asyncio.gather,
    "shield": asyncio.shield,
    "wait": lambda future: asyncio.wait([future]),
    "wait_for": lambda future: asyncio.wait_for(future, 5),
    "as_completed": lambda future: next(iter(asyncio.as_completed([future]))),
}


@pytest.mark.parametrize("way", WAYS)
async def test_waiting_is_noticed(way: str) -> None:
    awaited = task(one())
    assert not waited_for(awaited)
    await WAYS[way](awaited)
    assert waited_for(awaited)
    assert awaited.waiters == {asyncio.current_task()}


async def test_awaiting_a_future_is_noticed() -> None:
    made = future()
    assert not waited_for(made)
    assert await made == 1
    assert waited_for(made)


async def test_a_task_group_waits() -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **kwargs: RememberingTask(coro, loop=loop, **kwargs))  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        child = group.create_task(one())
    loop.set_task_factory(None)
    assert waited_for(child)


async def test_a_callback_of_the_users_waits_for_nothing() -> None:
    made = future()
    made.add_done_callback(lambda made: None)
    assert not waited_for(made)


async def test_what_is_not_armed_notices_callbacks_of_nobody() -> None:
    made = future()
    made.armed = False
    asyncio.shield(made)
    assert not waited_for(made)


async def test_waiting_passes_on() -> None:
    inner = future()

    async def middle() -> None:
        await inner

    forgotten = task(middle())
    await asyncio.sleep(0.01)
    assert not waited_for(inner)  # only a task that nobody waits for wanted it
    await forgotten
    assert waited_for(inner)


async def test_two_that_wait_for_each_other_wait_for_nobody() -> None:
    first, second = task(one()), task(one())
    first.waiters, second.waiters = frozenset({second}), frozenset({first})
    assert not waited_for(first)
    await asyncio.sleep(0.01)


async def test_a_root_is_waited_for_by_what_cannot_be_seen() -> None:
    made = future()
    made.root = True
    assert waited_for(made)


async def test_what_remembers_nothing_is_taken_to_be_waited_for() -> None:
    assert waited_for(asyncio.get_running_loop().create_future())
    assert waited_for(None)


async def test_the_thread_of_async_to_sync_waits() -> None:
    inner = future()

    async def wanted() -> None:
        await inner

    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **kwargs: RememberingTask(coro, loop=loop, **kwargs))  # type: ignore[arg-type]
    await sync_to_async(async_to_sync(wanted))()
    loop.set_task_factory(None)
    assert waited_for(inner)


async def test_sync_code_may_wait() -> None:
    made = future()
    asyncio.get_running_loop().call_soon(made.__await__)
    await asyncio.sleep(0)
    assert made.waiters == {None}
    assert waited_for(made)
