"""One thread's database connections, lent to every thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections


class SharedStorage:
    """Stands in for the thread-local storage of ``django.db.connections``."""

    def __init__(self, own: Any, shared: dict[str, Any]) -> None:
        vars(self).update(own=own, shared=shared)

    def __getattr__(self, alias: str) -> Any:
        return self.shared[alias] if alias in self.shared else getattr(self.own, alias)

    def __setattr__(self, alias: str, connection: Any) -> None:
        if alias in self.shared:
            self.shared[alias] = connection
        else:
            setattr(self.own, alias, connection)

    def __delattr__(self, alias: str) -> None:
        if alias in self.shared:
            del self.shared[alias]
        else:
            delattr(self.own, alias)


@contextmanager
def shared_connections(aliases: Iterable[str] | None = None) -> Iterator[None]:
    """Let all threads work on this thread's connections, and so inside its transactions.

    Django gives each thread connections of its own. Under pytest-asyncio the async ORM runs in
    another thread than the fixture that opened the test's transaction, and would neither see what
    the test saved nor be rolled back with it; an in-memory SQLite is in one connection altogether.
    ``TestCase`` classes do not need this: their async tests run the ORM in the test's own thread.

    Args:
        aliases: the databases to share, all of them by default.

    Threads that work at the same time then share one transaction: leave concurrency to tests with
    real transactions.
    """
    handler: Any = connections
    own = handler._connections
    shared = {alias: connections[alias] for alias in (connections if aliases is None else aliases)}
    for connection in shared.values():
        connection.inc_thread_sharing()
    handler._connections = SharedStorage(own, dict(shared))
    try:
        yield
    finally:
        handler._connections = own
        for connection in shared.values():
            connection.dec_thread_sharing()
