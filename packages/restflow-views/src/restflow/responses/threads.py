"""The thread that a request's sync code has had, given back when its stream begins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import connections


def give_back() -> None:
    """End the thread that asgiref keeps for the running request, if it has one.

    Django's handler runs signal receivers, middleware and sync code in a thread of the request's
    own, which lives until the response ends: a thousand silent streams would keep a thousand. The
    next hop, should there be one, starts another. Nothing is waited for: the thread finishes what
    it was given, closes its database connections and ends. An executor that somebody else brought,
    a lease of ``restflow.core.asgi`` for one, is theirs to look after.
    """
    context: Any = SyncToAsync.thread_sensitive_context.get(None)
    if context is None or getattr(context, "_executor", None) is not None:
        return
    executors: Any = SyncToAsync.context_to_thread_executor
    executor = executors.get(context)
    if type(executor) is not ThreadPoolExecutor:
        return
    del executors[context]
    executor.submit(_close_connections)
    executor.shutdown(wait=False)


def _close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # a test's, lent to this thread
            connection.close()
