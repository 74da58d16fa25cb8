"""Both drivers run the same decision: same calls, same order, same result, same error."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.core.steps import (
    AsyncOnlyError,
    Step,
    Steps,
    arun,
    awaiting,
    blocking,
    either,
    inline,
    refuse,
    run,
)
from restflow_testing.counts import cases

MAIN = threading.main_thread()


def place() -> str:
    """Tell where a step runs: on the loop, in the worker, or in plain sync code."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "thread"
    return "loop"


async def aplace() -> str:
    return place()


def note(log: list[Any], what: Any) -> Any:
    log.append(what)
    return what


async def anote(log: list[Any], what: Any) -> Any:
    await asyncio.sleep(0)
    log.append(what)
    return what


class Planned(Exception):
    pass


def fail(log: list[Any], what: Any) -> None:
    log.append(f"fail {what}")
    raise Planned(what)


async def afail(log: list[Any], what: Any) -> None:
    log.append(f"fail {what}")
    raise Planned(what)


def test_sync_driver_returns_what_the_decision_returns() -> None:
    def decision() -> Steps[list[int]]:
        first = yield blocking(int, "1")
        second = yield inline(int, "2", base=10)
        third = yield either(int, anote, "3")
        fourth = yield awaiting(anote, [], 4)
        return [first, second, third, fourth]

    assert run(decision()) == [1, 2, 3, 4]


async def test_where_each_kind_of_step_runs() -> None:
    def decision() -> Steps[list[str]]:
        return [
            (yield inline(place)),
            (yield either(place, aplace)),
            (yield awaiting(aplace)),
            (yield blocking(place)),
            (yield inline(place)),
            (yield either(place, aplace)),
            (yield awaiting(aplace)),
            (yield inline(place)),
        ]

    expected = ["loop", "loop", "loop", "thread", "thread", "thread", "loop", "loop"]
    assert await arun(decision()) == expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("", 0),
        ("iae", 0),
        ("b", 1),
        ("bbbb", 1),
        ("ibiebib", 1),
        ("bab", 2),
        ("abiba", 1),
        ("babab", 3),
        ("eaebeae", 1),
    ],
)
async def test_hops(kinds: str, expected: int, hops: list[Any]) -> None:
    steps = {
        "i": lambda: inline(place),
        "b": lambda: blocking(place),
        "a": lambda: awaiting(aplace),
        "e": lambda: either(place, aplace),
    }

    def decision() -> Steps[None]:
        for kind in kinds:
            yield steps[kind]()

    await arun(decision())
    assert len(hops) == expected


tree = st.recursive(
    st.tuples(st.sampled_from("ibae"), st.booleans(), st.integers(0, 9)),
    lambda inner: st.tuples(
        st.sampled_from(["all", "catch", "finally", "enter"]), st.lists(inner, max_size=4)
    ),
    max_leaves=14,
)


def decide(plan: Any, log: list[Any]) -> Steps[Any]:
    """Build a decision from a drawn plan: nested, raising, catching and cleaning up."""
    if plan[0] == "all":
        results = []
        for part in plan[1]:
            results.append((yield from decide(part, log)))
        return results
    if plan[0] == "enter":
        inner = ("all", plan[1])
        return (yield blocking(run, decide(inner, log)))  # a sync override calling super()
    if plan[0] == "catch":
        try:
            return (yield from decide(("all", plan[1]), log))
        except Planned as error:
            yield blocking(note, log, f"caught {error}")
            return "caught"
    if plan[0] == "finally":
        try:
            return (yield from decide(("all", plan[1]), log))
        finally:
            yield awaiting(anote, log, "cleanup")
            yield blocking(note, log, "cleanup")
    kind, fails, what = plan
    sync, async_ = (fail, afail) if fails else (note, anote)
    step = {
        "i": lambda: inline(sync, log, what),
        "b": lambda: blocking(sync, log, what),
        "a": lambda: awaiting(async_, log, what),
        "e": lambda: either(sync, async_, log, what),
    }[kind]()
    return (yield step)


def outcome(call: Any) -> Any:
    try:
        return ("returned", call())
    except Planned as error:
        return ("raised", error.args, type(error.__context__))


@settings(max_examples=cases(3000))
@given(tree)
def test_drivers_agree(plan: Any) -> None:
    sync_log: list[Any] = []
    async_log: list[Any] = []
    expected = outcome(lambda: run(decide(plan, sync_log)))
    found = outcome(lambda: asyncio.run(arun(decide(plan, async_log))))
    assert (found, async_log) == (expected, sync_log)


@pytest.mark.parametrize("kind", ["inline", "blocking", "awaiting", "either"])
async def test_an_error_is_raised_inside_the_decision_at_the_step(kind: str) -> None:
    step = {
        "inline": lambda: inline(fail, [], 1),
        "blocking": lambda: blocking(fail, [], 1),
        "awaiting": lambda: awaiting(afail, [], 1),
        "either": lambda: either(fail, afail, [], 1),
    }[kind]

    def decision() -> Steps[str]:
        with pytest.raises(Planned):
            yield step()
        return "went on"

    assert await arun(decision()) == "went on"


async def test_stop_iteration_of_user_code_is_an_error_not_an_end() -> None:
    def decision() -> Steps[None]:
        yield blocking(next, iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await arun(decision())
    # pytest's own thread of the loop may not block, so the sync driver gets another
    with pytest.raises(RuntimeError, match="StopIteration"):
        run(decision())


async def test_context_variables_travel_both_ways() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="-")

    def decision() -> Steps[list[str]]:
        seen = [(yield blocking(variable.get))]
        yield blocking(variable.set, "from the worker")
        seen.append((yield awaiting(aget)))
        yield awaiting(aset)
        seen.append((yield blocking(variable.get)))
        return seen

    async def aget() -> str:
        return variable.get()

    async def aset() -> None:
        variable.set("from a coroutine")

    variable.set("from the caller")
    found = await arun(decision())
    assert found == ["from the caller", "from the worker", "from a coroutine"]
    assert variable.get() == "from a coroutine"


async def test_every_hop_of_a_context_is_on_one_thread() -> None:
    def decision() -> Steps[set[int]]:
        seen = set()
        for _ in range(3):
            seen.add((yield blocking(threading.get_ident)))
            yield awaiting(aplace)
        return seen

    async with ThreadSensitiveContext():
        assert len(await arun(decision())) == 1


async def test_the_decision_itself_runs_in_the_worker_after_the_first_blocking_step() -> None:
    def decision() -> Steps[list[bool]]:
        before = threading.current_thread() is MAIN
        yield blocking(place)
        inside = threading.current_thread() is MAIN
        yield awaiting(aplace)
        return [before, inside, threading.current_thread() is MAIN]

    assert await arun(decision()) == [True, False, True]


async def test_around_encloses_each_stay_and_nothing_else() -> None:
    log: list[str] = []

    def around(stay: Any) -> Any:
        log.append("in")
        try:
            return stay()
        finally:
            log.append("out")

    def decision() -> Steps[None]:
        yield inline(note, log, "inline")
        yield blocking(note, log, "b1")
        yield inline(note, log, "i1")
        yield awaiting(anote, log, "await")
        yield blocking(note, log, "b2")

    await arun(decision(), around=around)
    assert log == ["inline", "in", "b1", "i1", "out", "await", "in", "b2", "out"]


async def test_what_around_raises_on_leaving_is_raised_in_the_decision() -> None:
    def around(stay: Any) -> Any:
        stay()
        raise Planned("commit")

    def decision() -> Steps[str]:
        yield blocking(place)
        with pytest.raises(Planned):
            yield awaiting(aplace)
        return "told"

    assert await arun(decision(), around=around) == "told"

    def ends_inside() -> Steps[str]:
        yield blocking(place)
        return "response"

    with pytest.raises(Planned):  # too late to tell it: the caller has to know
        await arun(ends_inside(), around=around)


@pytest.mark.parametrize("first", [inline, blocking])
async def test_a_sync_call_that_returns_an_awaitable_is_awaited(first: Any) -> None:
    def decision() -> Steps[str]:
        answer: str = yield first(lambda: aplace())
        return answer

    assert await arun(decision()) == "loop"


def test_the_sync_driver_waits_for_an_unawaited_coroutine() -> None:
    def decision() -> Steps[Any]:
        return (yield blocking(lambda: anote([], False)))

    assert run(decision()) is False  # a coroutine is truthy: a permission would have passed


@pytest.mark.parametrize(
    "step", [lambda: awaiting(afail, [], 1), lambda: blocking(lambda: afail([], 1))]
)
def test_refuse_names_the_async_function(step: Any) -> None:
    def decision() -> Steps[None]:
        yield step()

    with pytest.raises(AsyncOnlyError, match="test_drivers"):
        run(decision(), on_async=refuse)
    gc.collect()


@pytest.mark.parametrize(
    "step", [lambda: awaiting(afail, [], 1), lambda: blocking(lambda: afail([], 1))]
)
async def test_bridging_on_the_loop_is_an_error_not_a_dead_lock(step: Any) -> None:
    def decision() -> Steps[None]:
        yield step()

    with pytest.raises(AsyncOnlyError, match=r"test_drivers\..*event loop"):
        run(decision())
    gc.collect()  # "coroutine was never awaited" would be an error here


async def test_sync_code_inside_a_hop_bridges_to_the_callers_loop() -> None:
    loop = asyncio.get_running_loop()

    async def which() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def inner() -> Steps[Any]:
        return (yield awaiting(which))

    def decision() -> Steps[Any]:
        return (yield blocking(lambda: run(inner())))

    assert await arun(decision()) is loop


async def test_re_entrance_sync_to_async_and_back_eight_times() -> None:
    async def down(depth: int) -> int:
        def decision() -> Steps[int]:
            if depth == 0:
                return 0
            below: int = yield blocking(async_to_sync(down), depth - 1)
            return below + 1

        return await arun(decision())

    async with ThreadSensitiveContext():
        assert await down(8) == 8


def test_a_step_says_what_it_calls() -> None:
    assert repr(blocking(place)) == f"<Step blocking {__name__}.place>"
    assert repr(either(place, aplace)) == f"<Step either {__name__}.place>"
    assert repr(Step(async_=aplace)) == f"<Step async {__name__}.aplace>"
    assert repr(inline(place)) == f"<Step inline {__name__}.place>"
