"""The shared deadline does what ``asyncio.timeout`` does, whatever begins, ends or is cancelled."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from restflow.caching.stores import deadline
from restflow.caching.stores.deadline import in_time
from restflow_testing.counts import cases

#: A command ends at a multiple of a quarter, it is cancelled a tenth later: so is the deadline, and
#: those two may meet.
SECONDS = 2.6


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to the next timer instead of waiting for it."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        timers: list[Any] = self._scheduled  # type: ignore[attr-defined]
        due = [timer.when() for timer in timers if not timer.cancelled()]
        if due and not self._ready:  # type: ignore[attr-defined]
            self.now = max(self.now, min(due))
        super()._run_once()  # type: ignore[misc]


async def reference(seconds: float, operation: Any, *args: Any) -> Any:
    async with asyncio.timeout(seconds):
        return await operation(*args)


async def command(duration: float, stubborn: bool) -> str:
    try:
        await asyncio.sleep(duration)
    except asyncio.CancelledError:
        if not stubborn:
            raise
        return "went on"
    return "done"


async def caller(limit: Callable[..., Any], call: tuple[float, float, bool, bool]) -> Any:
    start, duration, stubborn, twice = call
    await asyncio.sleep(start)
    outcomes = []
    task = asyncio.current_task()
    assert task is not None
    for _ in range(1 + twice):
        try:
            outcome = await limit(SECONDS, command, duration, stubborn)
        except (TimeoutError, asyncio.CancelledError) as error:
            outcome = type(error).__name__
        outcomes.append((outcome, task.cancelling(), asyncio.get_running_loop().time()))
    return outcomes


def played(limit: Callable[..., Any], calls: Any, cancels: Any) -> Any:
    async def play() -> Any:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(caller(limit, call)) for call in calls]
        for number, moment in cancels:
            loop.call_at(moment, tasks[number % len(tasks)].cancel)
        return await asyncio.gather(*tasks, return_exceptions=True)

    with asyncio.Runner(loop_factory=Leaping) as runner:
        found = runner.run(play())
    return [type(each).__name__ if isinstance(each, BaseException) else each for each in found]


MOMENT = st.integers(0, 24).map(lambda number: number / 4)
CALLS = st.lists(st.tuples(MOMENT, MOMENT, st.booleans(), st.booleans()), min_size=1, max_size=8)
CANCELS = st.lists(st.tuples(st.integers(0, 7), MOMENT.map(lambda at: at + 0.1)), max_size=4)


@settings(max_examples=cases(4000), deadline=None)
@given(CALLS, CANCELS)
@example([(0.0, 5.0, False, False)], [(0, SECONDS)])  # both in the same turn of the loop
@example([(0.0, 5.0, False, True)], [(0, 1.0), (0, 1.0)])
def test_it_does_what_asyncio_does(calls: Any, cancels: Any) -> None:
    assert played(in_time, calls, cancels) == played(reference, calls, cancels)


def test_one_timer_serves_all() -> None:
    async def many() -> int:
        loop: Any = asyncio.get_running_loop()
        tasks = [loop.create_task(in_time(60, asyncio.sleep, 0, n)) for n in range(200)]
        assert await asyncio.gather(*tasks) == list(range(200))
        return len(loop._scheduled)

    with asyncio.Runner(loop_factory=Leaping) as runner:
        assert runner.run(many()) == 1


def test_nothing_outlives_its_loop() -> None:
    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(in_time(60, asyncio.sleep, 0, "an answer")) == "an answer"
        hanging = loop.create_task(in_time(60, asyncio.Event().wait))
        loop.run_until_complete(asyncio.sleep(0))
        hanging.cancel()
        loop.run_until_complete(asyncio.wait([hanging]))
        key = (id(loop), 60)
        assert key in deadline._watches
    finally:
        loop.close()
    gone = weakref.ref(loop)
    del loop, hanging
    gc.collect()
    assert gone() is None
    assert key not in deadline._watches
