"""Refreshes behind the caller's back: on its loop if that lasts, in a thread otherwise."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any

from asgiref.sync import AsyncToSync, ThreadSensitiveContext, sync_to_async
from django.db import connections

from restflow.core.steps import Steps, arun, run

logger = logging.getLogger("restflow.caching")

#: Threads for refreshes: more would compete with requests for the database.
THREADS = 4


class Background:
    """Runs decisions later, each name at most once at a time in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        #: What is under way: the task, or ``None`` for work in a thread.
        self._running: dict[Hashable, asyncio.Task[None] | None] = {}
        self._threads: ThreadPoolExecutor | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._running)

    def submit(self, name: Hashable, decision: Callable[[], Steps[Any]]) -> bool:
        """Run *decision* later unless one of that name is under way; tell whether it will run."""
        with self._lock:
            if name in self._running:
                task = self._running[name]
                if task is None or not task.get_loop().is_closed():
                    return False  # a task whose loop was closed will never end
            self._running[name] = None
        try:
            loop = _lasting_loop()
            if loop is None:
                self._in_thread(name, decision)
            else:
                self._on_loop(loop, name, decision)
        except BaseException:
            self._forget(name)
            raise
        return True

    def _in_thread(self, name: Hashable, decision: Callable[[], Steps[Any]]) -> None:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, "restflow-cache")
            threads = self._threads
        threads.submit(copy_context().run, self._work, name, decision)

    def _work(self, name: Hashable, decision: Callable[[], Steps[Any]]) -> None:
        try:
            run(decision())
        except Exception:
            logger.warning("A background refresh failed.", exc_info=True)
        finally:
            close_connections()
            self._forget(name)

    def _on_loop(
        self, loop: asyncio.AbstractEventLoop, name: Hashable, decision: Callable[[], Steps[Any]]
    ) -> None:
        async def work() -> None:
            try:
                # A thread of its own: the request's may be gone, or be somebody else's, by then.
                async with ThreadSensitiveContext():
                    try:
                        await arun(decision())
                    finally:
                        await sync_to_async(close_connections)()
            except Exception:
                logger.warning("A background refresh failed.", exc_info=True)

        task = loop.create_task(work(), context=copy_context())
        with self._lock:
            self._running[name] = task
        task.add_done_callback(lambda task: self._forget(name))

    def _forget(self, name: Hashable) -> None:
        with self._lock:
            self._running.pop(name, None)


def close_connections() -> None:
    """Close this thread's database connections: no request will end here and do it."""
    for connection in connections.all(initialized_only=True):
        connection.close()


def _lasting_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running loop, unless ``async_to_sync`` made it for a single call."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if loop in AsyncToSync.loop_thread_executors else loop


background = Background()


def _after_fork() -> None:
    background.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_after_fork)
