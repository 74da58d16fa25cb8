"""What is instrumented while somebody counts, and that it behaves as if it were not."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.test.client import AsyncClientHandler

from restflow.test import count_hops
from restflow.test.observer import Hop, observer

INSTRUMENTED = [
    (asyncio.BaseEventLoop, "run_in_executor"),
    (asyncio.BaseEventLoop, "create_task"),
    (BaseHandler, "make_view_atomic"),
    (ASGIHandler, "__call__"),
    (ASGIHandler, "handle"),
    (ASGIHandler, "send_response"),
    (AsyncClientHandler, "__call__"),
]


class OwnHandler(ASGIHandler):
    """Overrides what a project's own handler may."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)


def test_everything_is_put_back() -> None:
    before = [vars(cls)[name] for cls, name in INSTRUMENTED]
    own = vars(OwnHandler)["__call__"]
    with count_hops(), count_hops():
        assert all(
            vars(cls)[name] is not was
            for (cls, name), was in zip(INSTRUMENTED, before, strict=True)
        )
        assert vars(OwnHandler)["__call__"] is not own
        assert "handle" not in vars(OwnHandler)
    assert [vars(cls)[name] for cls, name in INSTRUMENTED] == before
    assert vars(OwnHandler)["__call__"] is own


def test_views_keep_their_colour_and_what_is_written_on_them() -> None:
    async def coroutine(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def plain(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    plain.csrf_exempt = True  # type: ignore[attr-defined]
    with count_hops():
        assert iscoroutinefunction(BaseHandler().make_view_atomic(coroutine))  # type: ignore[arg-type]
        marked = BaseHandler().make_view_atomic(plain)
    assert not iscoroutinefunction(marked)
    assert marked.csrf_exempt  # type: ignore[attr-defined]
    assert marked.__name__ == "plain"


async def test_a_loop_of_another_kind_is_instrumented_when_it_runs() -> None:
    class Loop:
        """No asyncio loop by birth, as uvloop's is none."""

        def __init__(self) -> None:
            self.own = asyncio.new_event_loop()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.own, name)

        def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
            return self.own.run_in_executor(executor, func, *args)

        def create_task(self, coro: Any, **kwargs: Any) -> Any:
            return self.own.create_task(coro, **kwargs)

    loop = Loop()
    before = vars(Loop)["run_in_executor"]
    running = asyncio.events._get_running_loop()  # type: ignore[attr-defined]
    asyncio.events._set_running_loop(loop)  # type: ignore[arg-type]
    try:
        with count_hops():
            assert vars(Loop)["run_in_executor"] is not before
    finally:
        asyncio.events._set_running_loop(running)
    assert vars(Loop)["run_in_executor"] is before
    loop.own.close()


def test_uvloop_is_counted_too() -> None:
    import uvloop  # here: loops are instrumented by what is imported

    async def main() -> None:
        await asyncio.create_task(sync_to_async(len)("abc"))
        asyncio.get_running_loop().run_in_executor(None, len, "nobody waits")

    with count_hops() as hops:
        uvloop.run(main())
    assert (len(hops), len(hops.left_out)) == (1, 1)


async def test_a_future_factory_of_the_loops_own_stays() -> None:
    loop = asyncio.get_running_loop()
    made = []

    def create_future() -> asyncio.Future[Any]:
        made.append(asyncio.Future(loop=loop))
        return made[-1]

    loop.create_future = create_future  # type: ignore[method-assign]
    try:
        with count_hops() as hops:
            await asyncio.to_thread(len, "abc")
        assert loop.create_future is create_future
    finally:
        del loop.create_future
    assert len(hops) == 1


async def test_an_executor_that_refuses_leaves_nothing_behind() -> None:
    class Refusing(threading.Thread):
        def submit(self, *args: Any) -> None:
            raise LookupError("closed for the day")

    loop: Any = asyncio.get_running_loop()
    with count_hops() as hops, pytest.raises(LookupError):
        await loop.run_in_executor(Refusing(), len, "abc")
    assert len(hops) == 0
    assert "create_future" not in vars(loop)


def test_counters_in_several_threads() -> None:
    totals: list[int] = []

    def count(number: int) -> None:
        with count_hops() as hops:
            ready.wait()
            asyncio.run(asyncio.to_thread(len, "abc"))
            ready.wait()
        totals.append(len(hops))

    ready = threading.Barrier(4)
    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [4] * 4
    assert not observer.counters


async def test_a_hop_reads_as_its_chain_of_callers() -> None:
    hop = Hop("a.b", ("c.d (e.py:1)", "f.g (h.py:2)"), "view", asyncio.Future())
    assert str(hop) == "a.b <- c.d (e.py:1) <- f.g (h.py:2)"
    assert hop.waited_for
