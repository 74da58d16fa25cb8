"""Watches executor jobs being submitted while somebody counts them."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from asgiref.sync import iscoroutinefunction
from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase

from .origins import name_of, origin
from .waiting import RememberingFuture, RememberingTask, Remembers, waited_for

#: Where a hop was made: in a view, in Django's handling of a request around it, or in no request.
Part: TypeAlias = Literal["view", "django", "other"]

#: A handler's methods by what happens in them; what sends a response runs a stream's source.
HANDLING: dict[str, Part] = {"__call__": "django", "handle": "django", "send_response": "view"}

INHERITED = object()

_part: ContextVar[Part] = ContextVar("restflow_test_part", default="other")


@dataclass(frozen=True)
class Hop:
    """One executor job.

    Attributes:
        called: the dotted name of what ran in the executor.
        callers: the nearest caller, and the nearest one that is neither Django's, DRF's nor ours.
        part: where it was asked for: ``"view"``, ``"django"`` (handlers, middleware, signals,
            closing of the response) or ``"other"`` (no request at all).
        job: the future that the job completes.
    """

    called: str
    callers: tuple[str, ...]
    part: Part
    job: asyncio.Future[Any]

    @property
    def waited_for(self) -> bool:
        """Whether anything but fire-and-forget tasks waits, or has waited, for it."""
        return waited_for(self.job)

    def __str__(self) -> str:
        return " <- ".join((self.called, *self.callers))


class Counter(Protocol):
    """Whoever wants to hear of hops."""

    def note(self, hop: Hop) -> None:
        """Hear of a hop that has just been asked for."""


class Observer:
    """Instruments event loops and Django's handlers while there is a counter to tell.

    Loops get to hand out futures and tasks that remember who waits for them; handlers, views and
    streamed bodies mark the context they run in, which threads and child tasks inherit.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counters: list[Counter] = []
        self.replaced: list[tuple[type, str, Any]] = []

    def begin(self, counter: Counter) -> None:
        with self.lock:
            if not self.counters:
                self._install()
            self.counters.append(counter)

    def end(self, counter: Counter) -> None:
        with self.lock:
            self.counters.remove(counter)
            if not self.counters:
                self._restore()

    def submitted(self, func: Callable[..., Any], job: asyncio.Future[Any]) -> None:
        called, callers = origin(func)
        part = _part.get()
        if part == "django" and _is_views_work(called):
            part = "view"
        hop = Hop(name_of(called), callers, part, job)
        for counter in tuple(self.counters):
            counter.note(hop)

    def _install(self) -> None:
        for loop in _loop_classes():
            self._replace(loop, "run_in_executor", functools.partial(_submitting, self))
            self._replace(loop, "create_task", _spawning)
        for handler in _subclasses(BaseHandler):
            if "make_view_atomic" in vars(handler):
                self._replace(handler, "make_view_atomic", _marking_view)
            for name, part in HANDLING.items():
                if iscoroutinefunction(vars(handler).get(name)):
                    self._replace(handler, name, functools.partial(_marking, part))

    def _replace(self, cls: type, name: str, make: Callable[[Any], Any]) -> None:
        self.replaced.append((cls, name, vars(cls).get(name, INHERITED)))
        original = getattr(cls, name)
        setattr(cls, name, functools.wraps(original)(make(original)))

    def _restore(self) -> None:
        while self.replaced:
            cls, name, original = self.replaced.pop()
            if original is INHERITED:
                delattr(cls, name)
            else:
                setattr(cls, name, original)


def _loop_classes() -> Iterator[type]:
    """Yield the classes to instrument: asyncio's, uvloop's, and whatever else runs right now."""
    found: list[type] = [asyncio.BaseEventLoop]
    if "uvloop" in sys.modules:
        found.append(sys.modules["uvloop"].Loop)
    with suppress(RuntimeError):
        found.append(type(asyncio.get_running_loop()))
    for number, cls in enumerate(found):
        if not issubclass(cls, tuple(found[:number])):
            yield cls


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _subclasses(subclass)


def _submitting(observer: Observer, original: Any) -> Any:
    def run_in_executor(loop: Any, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        made: list[RememberingFuture] = []

        def create_future() -> RememberingFuture:
            future = RememberingFuture(loop=loop)
            future.armed = False  # asyncio now chains it to the executor's own future
            made.append(future)
            return future

        with _instead(loop, "create_future", create_future):
            job: asyncio.Future[Any] = original(loop, executor, func, *args)
        for future in made:
            future.armed = True
        observer.submitted(func, job)
        return job

    return run_in_executor


def _spawning(original: Any) -> Any:
    def create_task(loop: Any, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        if loop.get_task_factory() is not None:
            foreign: asyncio.Task[Any] = original(loop, coro, **kwargs)
            return foreign
        loop.set_task_factory(_task)
        try:
            task: asyncio.Task[Any] = original(loop, coro, **kwargs)
            return task
        finally:
            loop.set_task_factory(None)

    return create_task


def _task(loop: asyncio.AbstractEventLoop, coro: Any, **kwargs: Any) -> RememberingTask:
    return RememberingTask(coro, loop=loop, **kwargs)


def _marking(part: Part, original: Any) -> Any:
    async def handle(*args: Any, **kwargs: Any) -> Any:
        task: Any = asyncio.current_task()
        if isinstance(task, Remembers):
            task.root = True  # its waiter is the client of the request
        with _in_part(part):
            return await original(*args, **kwargs)

    return handle


def _marking_view(original: Any) -> Any:
    def make_view_atomic(self: BaseHandler, view: Any) -> Any:
        view = original(self, view)

        async def amarked(*args: Any, **kwargs: Any) -> Any:
            with _in_part("view"):
                return await view(*args, **kwargs)

        def marked(*args: Any, **kwargs: Any) -> Any:
            with _in_part("view"):
                return view(*args, **kwargs)

        of_its_colour: Any = amarked if iscoroutinefunction(view) else marked
        functools.update_wrapper(of_its_colour, view)
        of_its_colour.is_view = True
        return of_its_colour

    return make_view_atomic


def _is_views_work(called: Any) -> bool:
    """Tell whether a job that Django submits around a view is the view itself, or its rendering."""
    response = getattr(called, "__self__", None)
    renders = isinstance(response, HttpResponseBase) and called.__name__ == "render"
    return renders or getattr(called, "is_view", False)


@contextmanager
def _in_part(part: Part) -> Iterator[None]:
    before = _part.get()
    _part.set(part)
    try:
        yield
    finally:
        _part.set(before)  # no token: a coroutine may be closed in another context


@contextmanager
def _instead(obj: Any, name: str, value: Any) -> Iterator[None]:
    own = vars(obj)
    before = own.get(name)
    own[name] = value
    try:
        yield
    finally:
        if before is None:
            del own[name]
        else:
            own[name] = before


observer = Observer()
