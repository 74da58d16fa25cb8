"""What counts as a hop, and what is said of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path

from restflow.test import AsyncAPIClient, assert_hops, count_hops

pytestmark = pytest.mark.urls(__name__)


async def hop() -> None:
    await sync_to_async(len)("abc")


async def orm(request: HttpRequest) -> HttpResponse:
    await User.objects.filter(pk=1).afirst()
    return HttpResponse()


urlpatterns = [path("orm/", orm)]


# -- what is a hop -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: sync_to_async(len)("abc"),
        lambda: sync_to_async(len, thread_sensitive=False)("abc"),
        lambda: asyncio.to_thread(len, "abc"),
        lambda: asyncio.get_running_loop().run_in_executor(None, len, "abc"),
        lambda: asyncio.wait_for(hop(), 5),
        lambda: asyncio.wait([asyncio.ensure_future(hop())]),
        lambda: asyncio.gather(hop()),
        lambda: asyncio.shield(hop()),
        lambda: asyncio.create_task(hop()),
        lambda: next(asyncio.as_completed([hop()])),
    ],
    ids=[
        "sync_to_async",
        "thread-insensitive",
        "to_thread",
        "run_in_executor",
        "wait_for",
        "wait",
        "gather",
        "shield",
        "task",
        "as_completed",
    ],
)
async def test_one_job_that_is_waited_for(make: Any) -> None:
    with assert_hops(1):
        await make()


async def test_an_executor_of_ones_own() -> None:
    with ThreadPoolExecutor(1) as executor, assert_hops(2):
        await asyncio.get_running_loop().run_in_executor(executor, len, "abc")
        await sync_to_async(len, thread_sensitive=False, executor=executor)("abc")


async def test_a_job_that_fails_or_is_cancelled_was_waited_for() -> None:
    def fail() -> None:
        raise LookupError

    release = threading.Event()
    with assert_hops(2):
        with pytest.raises(LookupError):
            await asyncio.to_thread(fail)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.to_thread(release.wait, 5)
        release.set()


async def test_results_exceptions_and_cancellation_are_those_without_it() -> None:
    loop = asyncio.get_running_loop()
    with assert_hops(1):
        future = loop.run_in_executor(None, len, "abc")
        assert await future == 3
    assert future.done()
    with ThreadPoolExecutor(1) as executor, assert_hops(1):
        release = threading.Event()
        blocker = loop.run_in_executor(executor, release.wait, 5)
        queued = loop.run_in_executor(executor, len, "never run")
        assert queued.cancel()
        release.set()
        await blocker
    assert queued.cancelled()


async def test_what_nobody_waits_for_is_none() -> None:
    async def parent() -> None:
        await asyncio.gather(hop(), hop())

    with assert_hops(0) as hops:
        job = asyncio.get_running_loop().run_in_executor(None, len, "abc")
        job.add_done_callback(lambda job: None)  # a look at the outcome is no waiting
        ends = [asyncio.Event(), asyncio.Event()]
        tasks = [asyncio.create_task(hop()), asyncio.create_task(parent())]
        for task, end in zip(tasks, ends, strict=True):
            task.add_done_callback(lambda task, end=end: end.set())
        for end in ends:
            await end.wait()
    assert len(hops.left_out) == 4
    assert not any(hop.waited_for for hop in hops.left_out)


async def test_a_task_that_is_awaited_later_was_waited_for() -> None:
    with assert_hops(1):
        task = asyncio.create_task(hop())
        await asyncio.sleep(0.02)
        await task


async def test_tasks_that_were_there_before_are_taken_to_be_waited_for() -> None:
    go = asyncio.Event()

    async def early() -> None:
        await go.wait()
        await hop()

    task = asyncio.create_task(early())
    await asyncio.sleep(0)
    with assert_hops(1):
        go.set()
        await asyncio.sleep(0.02)
    await task


async def test_a_foreign_task_factory_is_left_in_place() -> None:
    loop = asyncio.get_running_loop()

    class Task(asyncio.Task[Any]):
        pass

    loop.set_task_factory(lambda loop, coro, **kwargs: Task(coro, loop=loop, **kwargs))  # type: ignore[arg-type]
    with assert_hops(1):
        task = asyncio.create_task(hop(), name="mine")
        await task
    assert type(task) is Task
    assert task.get_name() == "mine"
    loop.set_task_factory(None)


async def test_tasks_keep_their_name_and_context() -> None:
    with count_hops():
        task = asyncio.create_task(hop(), name="mine")
        await task
    assert task.get_name() == "mine"
    assert asyncio.get_running_loop().get_task_factory() is None


def test_sync_code_counts_the_loops_it_starts() -> None:
    with assert_hops(1):
        async_to_sync(hop)()
    with assert_hops(1):
        asyncio.run(hop())


def test_loops_of_other_threads_count() -> None:
    with assert_hops(1):
        thread = threading.Thread(target=asyncio.run, args=(hop(),))
        thread.start()
        thread.join()


async def test_blocks_nest_and_leave_nothing_behind() -> None:
    before = asyncio.BaseEventLoop.run_in_executor, asyncio.BaseEventLoop.create_task
    async with assert_hops(2):
        await hop()
        async with assert_hops(1) as inner:
            await hop()
    assert len(inner) == 1
    assert before == (asyncio.BaseEventLoop.run_in_executor, asyncio.BaseEventLoop.create_task)
    assert "create_future" not in vars(asyncio.get_running_loop())


@pytest.mark.parametrize("expected", [0, 2])
async def test_too_many_and_too_few(expected: int) -> None:
    with pytest.raises(AssertionError, match=f"^1 hop, expected {expected}:"):
        async with assert_hops(expected):
            await hop()


async def test_an_error_in_the_block_is_what_is_reported() -> None:
    with pytest.raises(LookupError):
        async with assert_hops(5):
            raise LookupError


# -- what is said ------------------------------------------------------------------------------


@pytest.mark.usefixtures("adb")
async def test_the_report_names_each_hop() -> None:
    with pytest.raises(AssertionError) as caught:
        async with assert_hops(0, of="view"):
            await AsyncAPIClient().get("/orm/")
    lines = str(caught.value).splitlines()
    assert lines[0] == "1 hop of the view, expected 0:"
    assert lines[1].startswith("  1. [view] django.db.models.query.QuerySet.first <- ")
    assert f"{__name__}.orm ({__file__}:" in lines[1]
    assert lines[2] == "not counted:"
    assert all(line.startswith("  - [django] ") for line in lines[3:])
    assert "Signal.asend" in lines[3]


async def test_the_report_tells_what_nobody_waited_for() -> None:
    with count_hops() as hops:
        asyncio.get_running_loop().run_in_executor(None, len, "abc")
        await asyncio.sleep(0)
    assert hops.report().endswith("(nobody waits for it)")


async def test_counting_without_asserting() -> None:
    with count_hops() as hops:
        await hop()
        assert len(hops) == 1  # so far
        await asyncio.to_thread(len, "abc")
    assert [one.called for one in hops] == ["builtins.len", "builtins.len"]
    assert hops[0].callers[0].startswith(f"{__name__}.hop ({__file__}:")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="of='views' is unknown"):
        count_hops(of="views")  # type: ignore[arg-type]
