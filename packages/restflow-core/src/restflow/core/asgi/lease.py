"""One request's hold on a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext

from .connections import arrive, in_transaction, leave
from .pool import ThreadPool, pool
from .receivers import closes_old_connections

logger = logging.getLogger("restflow.asgi")


class Lease(Executor):
    """The executor of a request's thread-sensitive calls: a thread from the first one to the end.

    asgiref asks of such an executor that it makes one call at a time, on one thread. Thread-local
    state that a call leaves behind (a tenant's ``search_path``, a transaction) is there for the
    request's next call and for nobody else's, because the thread is returned only after the last.

    Args:
        threads: where threads come from and go to.
        noted: where to put each call, if anywhere.
    """

    def __init__(self, threads: ThreadPool, noted: list[Callable[..., Any]] | None = None) -> None:
        self.noted = noted
        self._threads = threads
        self._lock = Lock()
        self._worker: ThreadPoolExecutor | None = None
        self._fresh = True  # nothing of this request has run in the worker yet
        self._submitted = 0
        self._over = False

    @property
    def holds_thread(self) -> bool:
        """Whether a thread is with this request right now."""
        return self._worker is not None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run *fn* in the request's thread, after what was submitted before.

        Raises:
            RuntimeError: the request is over.
        """
        with self._lock:
            if self._over:
                raise RuntimeError("This thread was leased to a request that is over.")
            if self._worker is None:
                self._worker = self._threads.take()
                self._fresh = True
            self._submitted += 1
            if self.noted is not None:
                self.noted.append(fn)
            return self._worker.submit(self._run, fn, args, kwargs)

    def pause(self) -> None:
        """Return the thread as soon as nothing is queued; the next call leases one again.

        With a transaction open the thread is kept: a stream's source may be reading inside of it.
        """
        with self._lock:
            if self._worker is not None:
                self._worker.submit(self._settle, self._submitted, closes_old_connections())

    def end(self) -> None:
        """Return the thread once what runs in it has ended; submit nothing afterwards."""
        with self._lock:
            self._over = True
            worker, self._worker = self._worker, None
        if worker is not None:
            with suppress(RuntimeError):  # the interpreter is going down
                worker.submit(self._leave, worker, closes_old_connections())

    # -- in the worker -----------------------------------------------------------------------

    def _run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if self._fresh:
            self._fresh = False
            arrive(close_old=closes_old_connections(starting=True))
        return fn(*args, **kwargs)

    def _settle(self, submitted: int, close_old: bool) -> None:
        with self._lock:
            worker = self._worker
            if worker is None or submitted != self._submitted or in_transaction():
                return
            self._worker = None
        self._leave(worker, close_old)

    def _leave(self, worker: ThreadPoolExecutor, close_old: bool) -> None:
        clean, stays = False, self._threads.reserve()
        try:
            leave(close_old=close_old, for_good=not stays)
            clean = True
        except Exception:
            logger.exception("A database connection could not be closed; its thread ends.")
        finally:
            self._threads.give_back(worker, reserved=stays, clean=clean)


current: ContextVar[Lease | None] = ContextVar("restflow_lease", default=None)


@contextmanager
def leasing(noted: list[Callable[..., Any]] | None = None) -> Iterator[Lease]:
    """Send the thread-sensitive calls of this context, and of its tasks, to a lease.

    The lease is put where asgiref keeps the executor of a context. A task that outlives the
    block finds none there, and asgiref makes it one, exactly as it does after a request of Django's
    own handler; handing the lease to ``ThreadSensitiveContext(executor=...)`` would refuse it.
    """
    context, lease = ThreadSensitiveContext(), Lease(pool, noted)
    SyncToAsync.context_to_thread_executor[context] = lease
    was_context = SyncToAsync.thread_sensitive_context.set(context)
    was_lease = current.set(lease)
    try:
        yield lease
    finally:
        SyncToAsync.context_to_thread_executor.pop(context, None)
        lease.end()
        with suppress(ValueError):  # closed by the garbage collector, in some other context
            SyncToAsync.thread_sensitive_context.reset(was_context)
            current.reset(was_lease)


def enclosed() -> bool:
    """Tell whether somebody above has decided already where thread-sensitive calls go."""
    if getattr(AsyncToSync.executors, "current", None) is not None:
        return True
    return SyncToAsync.thread_sensitive_context.get(None) is not None


class thread_lease:
    """Give the block a thread of its own, leased at its first hop and returned at its end.

    For work that outlives its request, and for streams that touch the database now and then: a
    stream that hops keeps its thread until it ends, one that hops in such blocks only for each::

        async def events():
            while True:
                async with thread_lease():
                    news = [row async for row in News.objects.filter(sent=False)]
                yield {"data": [row.title for row in news]}
                await asyncio.sleep(5)

    Connections are returned by Django's rules for the end of a request. Nothing thread-bound may
    leave the block: no cursor, no unfinished ``aiterator()``.
    """

    async def __aenter__(self) -> None:
        self._scope = leasing()
        self._scope.__enter__()

    async def __aexit__(self, *error: Any) -> None:
        self._scope.__exit__(*error)
