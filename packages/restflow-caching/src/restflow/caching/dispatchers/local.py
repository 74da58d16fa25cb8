"""Dispatchers that need nothing else: in the caller, in threads, on the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext, sync_to_async

from restflow.core.steps import arun

from ..background import close_connections
from .base import Dispatcher, Job

__all__ = ["AsyncioDispatcher", "InlineDispatcher", "ThreadPoolDispatcher"]

logger = logging.getLogger("restflow.caching")


class InlineDispatcher(Dispatcher):
    """Does the work in the thread that has written, before the save returns: the default."""

    at_once = True

    def dispatch(self, job: Job) -> None:
        job.run()


class Threads:
    """The threads of this process for invalidations; made at the first job, anew after a fork."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def submit(self, job: Job, workers: int) -> None:
        """Have *job* done by one of *workers* threads.

        Raises:
            RuntimeError: the interpreter is on its way out.
        """
        with self._lock:
            pool = self._pools.get(workers)
            if pool is None:
                pool = self._pools[workers] = ThreadPoolExecutor(workers, "restflow-invalidation")
        pool.submit(copy_context().run, work, job)


def work(job: Job) -> None:
    """Do *job* in a thread of ours."""
    try:
        job.run()
    except Exception:
        logger.exception("The rule %s failed.", job.bound.name)
    finally:
        close_connections()


threads = Threads()


class ThreadPoolDispatcher(Dispatcher):
    """Does the work in a thread of this process. Option: ``max_workers`` (4)."""

    def dispatch(self, job: Job) -> None:
        threads.submit(job, int(self.options.get("max_workers", 4)))


#: Tasks under way: a loop keeps no strong reference to them.
tasks: set[asyncio.Task[None]] = set()


class AsyncioDispatcher(Dispatcher):
    """Does the work in a task of the event loop that the request runs on.

    Where there is no loop that will go on, as under WSGI or in a command, it uses a thread.
    """

    def dispatch(self, job: Job) -> None:
        loop = serving_loop()
        if loop is None:
            threads.submit(job, 4)
            return
        # A context without the request's own thread: the task outlives the request.
        loop.call_soon_threadsafe(self._begin, loop, job, context=copy_context())

    @staticmethod
    def _begin(loop: asyncio.AbstractEventLoop, job: Job) -> None:
        task = loop.create_task(work_on_loop(job))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def work_on_loop(job: Job) -> None:
    """Do *job* on a loop; blocking steps take a thread of their own."""
    try:
        async with ThreadSensitiveContext():
            try:
                if job.context:  # restoring may set what belongs to a thread
                    await sync_to_async(job.run)()
                else:
                    await arun(job.steps(on_loop=True))
            finally:
                await sync_to_async(close_connections)()
    except Exception:
        logger.exception("The rule %s failed.", job.bound.name)


def serving_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop this thread runs or works for, if it was not made for a single call."""
    try:
        loop: Any = asyncio.get_running_loop()
    except RuntimeError:
        loop = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    if loop is None or not loop.is_running() or loop in AsyncToSync.loop_thread_executors:
        return None
    found: asyncio.AbstractEventLoop = loop
    return found


def _after_fork() -> None:
    threads.__init__()  # type: ignore[misc]
    tasks.clear()


os.register_at_fork(after_in_child=_after_fork)
