"""A thread's database connections, between two requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections


def arrive(*, close_old: bool) -> None:
    """Do at a request's first step into this thread what Django does when a request starts.

    Args:
        close_old: whether ``close_old_connections`` is connected to ``request_started``.
    """
    for connection in _own():
        connection.queries_log.clear()
        if close_old:
            connection.close_if_unusable_or_obsolete()


def leave(*, close_old: bool, for_good: bool) -> None:
    """Do with this thread's connections what Django does when a request ends.

    A transaction that the request left open is rolled back: Django's rules say nothing about it,
    because the thread that had it would have ended.

    Args:
        close_old: whether ``close_old_connections`` is connected to ``request_finished``.
        for_good: the thread ends now, and would leave its connections to the garbage collector.
    """
    for connection in _own():
        if connection.in_atomic_block:
            connection.close()
            # Inside of atomic() the wrapper stays broken until the block ends, which it never will.
            del connections[connection.alias]
        elif for_good:
            connection.close()
        elif close_old:
            connection.close_if_unusable_or_obsolete()


def in_transaction() -> bool:
    """Tell whether this thread has a transaction open."""
    return any(connection.in_atomic_block for connection in _own())


def _own() -> Iterator[Any]:
    """Yield the connections that this thread has opened; a test may have lent it another's."""
    for connection in connections.all(initialized_only=True):
        if not connection.allow_thread_sharing:
            yield connection
