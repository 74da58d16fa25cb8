"""Cancellation: the decision learns of it exactly once, and never while a thread is inside it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, async_to_sync
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.core.steps import Steps, arun, awaiting, blocking
from restflow.core.steps.hop import Hop
from restflow_testing.counts import cases


class Gate:
    """A blocking step that the test can see entered and decides when to let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.opened.wait(10)
        return "through"

    async def until_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 10)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


async def settle(rounds: int = 20) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0.001)


async def test_inside_the_hop_the_worker_finishes_its_step_and_is_waited_for(gate: Gate) -> None:
    log: list[Any] = []

    def decision() -> Steps[None]:
        try:
            yield blocking(gate)
            log.append("must not be reached")
        except asyncio.CancelledError:
            log.append(("told", threading.current_thread() is threading.main_thread()))
            raise
        finally:
            log.append("finally")

    task = asyncio.create_task(arun(decision()))
    await gate.until_entered()
    task.cancel()
    await settle()
    assert log == []  # nobody resumes the decision in the middle of a step
    assert not task.done()
    task.cancel()  # cancelling again changes nothing
    await settle()
    assert not task.done()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == [("told", False), "finally"]


async def test_a_queued_hop_is_withdrawn_and_never_runs(gate: Gate) -> None:
    log: list[str] = []

    def busy() -> Steps[str]:
        return (yield blocking(gate))

    def queued() -> Steps[None]:
        try:
            yield blocking(log.append, "must not run")
        except asyncio.CancelledError:
            log.append("told")
            raise

    async with ThreadSensitiveContext():  # one thread for both
        first = asyncio.create_task(arun(busy()))
        await gate.until_entered()
        second = asyncio.create_task(arun(queued()))
        await settle()
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert log == ["told"]
        gate.opened.set()
        assert await first == "through"
        await settle()
    assert log == ["told"]


async def test_outside_the_hop_the_awaited_step_is_cancelled() -> None:
    log: list[str] = []
    waiting = asyncio.Event()

    async def forever() -> None:
        waiting.set()
        await asyncio.Event().wait()

    def decision() -> Steps[None]:
        try:
            yield awaiting(forever)
        finally:
            log.append("finally")

    task = asyncio.create_task(arun(decision()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["finally"]


async def test_clean_up_steps_run_in_both_places(gate: Gate) -> None:
    log: list[str] = []

    async def aclean() -> None:
        await asyncio.sleep(0)
        log.append("on the loop")

    def decision() -> Steps[None]:
        try:
            yield blocking(gate)
        finally:
            yield blocking(log.append, "in the worker")
            yield awaiting(aclean)
            yield blocking(log.append, "in the worker again")

    task = asyncio.create_task(arun(decision()))
    await gate.until_entered()
    task.cancel()
    await settle()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["in the worker", "on the loop", "in the worker again"]


async def test_an_error_of_the_last_step_does_not_hide_the_cancellation(gate: Gate) -> None:
    def fails() -> None:
        gate()
        raise ValueError

    told: list[type[BaseException]] = []

    def decision() -> Steps[None]:
        try:
            yield blocking(fails)
        except BaseException as error:
            told.append(type(error))
            raise

    task = asyncio.create_task(arun(decision()))
    await gate.until_entered()
    task.cancel()
    await settle()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == [asyncio.CancelledError]


async def test_a_coroutine_that_the_cancelled_step_returned_is_closed(gate: Gate) -> None:
    log: list[str] = []

    async def answer() -> None:
        log.append("must not run")

    def returns_a_coroutine() -> Any:
        gate()
        return answer()

    def decision() -> Steps[None]:
        try:
            yield blocking(returns_a_coroutine)
        except asyncio.CancelledError:
            log.append("told")
            raise

    task = asyncio.create_task(arun(decision()))
    await gate.until_entered()
    task.cancel()
    await settle()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()  # "coroutine was never awaited" would be an error here
    assert log == ["told"]


def test_a_withdrawn_job_that_is_run_all_the_same_does_nothing() -> None:
    def decision() -> Steps[None]:
        yield blocking(int)

    steps = decision()
    hop = Hop(steps, next(steps), None)
    assert hop._abandon()
    hop.enter()
    assert inspect.getgeneratorstate(steps) == inspect.GEN_SUSPENDED  # still at its step


async def test_timeouts_are_cancellations(gate: Gate) -> None:
    def decision() -> Steps[None]:
        yield blocking(gate)

    timer = threading.Timer(0.1, gate.opened.set)
    timer.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await arun(decision())
    timer.join()


async def test_a_nested_task_that_swallows_its_cancellation_does_not_swallow_ours(
    gate: Gate,
) -> None:
    """asgiref cancels the coroutine a worker waits for, and forgets about us if that one ends."""
    waiting = asyncio.Event()
    log: list[str] = []

    async def stubborn() -> str:
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "ignored"
        return "never"

    def decision() -> Steps[None]:
        found = yield blocking(async_to_sync(stubborn))
        log.append(f"went on with {found}")

    task = asyncio.create_task(arun(decision()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_refused_job_is_an_error_inside_the_decision() -> None:
    class Closed(ThreadPoolExecutor):
        pass

    closed = Closed(max_workers=1)
    closed.shutdown()
    context = ThreadSensitiveContext()

    def decision() -> Steps[str]:
        with pytest.raises(RuntimeError, match="shutdown"):
            yield blocking(int)
        return "told"

    async with context:
        SyncToAsync.context_to_thread_executor[context] = closed
        assert await arun(decision()) == "told"
        del SyncToAsync.context_to_thread_executor[context]


async def test_nothing_of_a_finished_decision_is_kept_alive() -> None:
    class Request:
        pass

    def decision(request: Request) -> Steps[None]:
        yield blocking(int)
        raise KeyError(request)

    gc.collect()
    gc.disable()
    try:
        request = Request()
        alive = weakref.ref(request)
        with contextlib.suppress(KeyError):
            await arun(decision(request))
        del request
        assert alive() is None
    finally:
        gc.enable()


@settings(max_examples=cases(2000))
@given(st.text("bae", min_size=1, max_size=6), st.integers(0, 40))
def test_cancelled_at_any_moment_the_decision_ends_once_and_alone(kinds: str, moment: int) -> None:
    """Whenever it is cancelled: one end, told at most once, never two threads inside."""
    inside = threading.Lock()
    log: list[str] = []

    def step() -> None:
        assert inside.acquire(blocking=False), "two threads in one decision"
        for _ in range(50):
            pass
        inside.release()

    async def astep() -> None:
        step()
        await asyncio.sleep(0)

    def decision() -> Steps[str]:
        try:
            for kind in kinds:
                yield awaiting(astep) if kind == "a" else blocking(step)
                step()
            return "done"
        except asyncio.CancelledError:
            log.append("told")
            raise
        finally:
            log.append("ended")

    async def main() -> None:
        task = asyncio.create_task(arun(decision()))
        for _ in range(moment):
            await asyncio.sleep(0)
        if task.done():
            assert task.result() == "done"
            return
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append("raised")
        else:
            log.append("lost")

    asyncio.run(main())
    begun = "ended" in log
    assert log in (["ended"], ["told", "ended", "raised"], ["ended", "raised"], ["raised"])
    assert begun or moment == 0  # cancelled before its first turn, it never began
