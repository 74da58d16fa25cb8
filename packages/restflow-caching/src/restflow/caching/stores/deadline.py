"""A deadline for every command without a timer for every command: those of one loop share one.

``asyncio.timeout`` costs a fifth of a hit on Redis. All commands have the same time, so they are
due in the order in which they began, and one timer for the oldest is enough.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary


class Wait:
    """One command that somebody waits for."""

    __slots__ = ("cancelling", "due", "expired", "task")

    def __init__(self, task: asyncio.Task[Any], due: float) -> None:
        #: ``None`` from the end of the wait on.
        self.task: asyncio.Task[Any] | None = task
        self.due = due
        self.expired = False
        #: How often others had cancelled the task before: that is none of our business.
        self.cancelling = task.cancelling()


class Watch:
    """All waits of one loop that have the same time, oldest first.

    Nothing but its own timer keeps it, so it ends with its loop.
    """

    def __init__(self) -> None:
        self._waits: deque[Wait] = deque()
        self._armed = False

    def begin(self, task: asyncio.Task[Any], due: float, loop: asyncio.AbstractEventLoop) -> Wait:
        """Return a wait that is cancelled at *due*, in the time of *loop*."""
        wait = Wait(task, due)
        self._waits.append(wait)
        if not self._armed:
            self._armed = True
            loop.call_at(due, self._expire, loop)
        return wait

    def end(self, wait: Wait) -> None:
        """Forget *wait*."""
        wait.task = None
        waits = self._waits
        while waits and waits[0].task is None:
            waits.popleft()

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        waits, now = self._waits, loop.time()
        while waits and (waits[0].task is None or waits[0].due <= now):
            wait = waits.popleft()
            if wait.task is not None:
                wait.expired = True
                wait.task.cancel()
        self._armed = bool(waits)
        if waits:
            loop.call_at(waits[0].due, self._expire, loop)


#: By loop and seconds. An identity is given to another loop only after the watch is gone.
_watches: WeakValueDictionary[tuple[int, float], Watch] = WeakValueDictionary()


async def in_time(seconds: float, operation: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """Return ``await operation(*args)``, as within ``asyncio.timeout(seconds)``.

    Raises:
        TimeoutError: it took longer, and was cancelled.
    """
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    key = (id(loop), seconds)
    watch = _watches.get(key)
    if watch is None:
        watch = _watches[key] = Watch()
    wait = watch.begin(task, loop.time() + seconds, loop)
    try:
        return await operation(*args)
    except asyncio.CancelledError as error:
        if wait.expired and task.cancelling() - 1 <= wait.cancelling:
            raise TimeoutError from error
        raise
    finally:
        watch.end(wait)
        if wait.expired:
            task.uncancel()
