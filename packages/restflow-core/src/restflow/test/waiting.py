"""Futures and tasks that remember who waited for them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Base = asyncio.Future[Any]
else:
    Base = object

# Done-callbacks from here stand for somebody who waits: gather, wait, shield, a task group.
WAITING = ("asyncio", "uvloop", "anyio")


class Remembers(Base):
    """Notes the tasks that wait for this future; None stands for sync code that does."""

    __slots__ = ()  # its instances have their dict from asyncio's classes

    #: Off while whoever made the future adds callbacks of their own.
    armed = True
    #: Waited for by what cannot be seen: the client of a request, a thread inside async_to_sync.
    root = False

    waiters: frozenset[asyncio.Task[Any] | None] = frozenset()

    def __await__(self) -> Any:
        self._note()
        return super().__await__()

    __iter__ = __await__

    def add_done_callback(self, fn: Callable[..., object], /, *, context: Any = None) -> None:
        if self.armed and _module(fn).partition(".")[0] in WAITING:
            self._note()
        super().add_done_callback(fn, context=context)

    def _note(self) -> None:
        try:
            waiter = asyncio.current_task()
        except RuntimeError:
            waiter = None
        self.waiters |= {waiter}


class RememberingFuture(Remembers, asyncio.Future[Any]):
    """A future that notes who waits for it."""


class RememberingTask(Remembers, asyncio.Task[Any]):
    """A task that notes who waits for it."""

    def __init__(self, coro: Coroutine[Any, Any, Any], **kwargs: Any) -> None:
        super().__init__(coro, **kwargs)
        # The thread that called async_to_sync() sits waiting for this one.
        self.root = getattr(coro, "__qualname__", "") == "AsyncToSync.main_wrap"


def waited_for(future: asyncio.Future[Any] | None) -> bool:
    """Tell whether anybody but fire-and-forget tasks waits, or has waited, for *future*.

    Whoever remembers nothing was there before the counting began, and is taken to be waited for.
    """
    return any(not isinstance(one, Remembers) or one.root for one in _waiting(future, set()))


def _waiting(future: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield *future* and whoever waits for it, directly or not."""
    if future in seen:
        return
    seen.add(future)
    yield future
    if isinstance(future, Remembers):
        for waiter in future.waiters:
            yield from _waiting(waiter, seen)


def _module(fn: Any) -> str:
    while isinstance(fn, functools.partial):  # how 3.11's wait_for() waits
        fn = fn.func
    return getattr(fn, "__module__", None) or ""
