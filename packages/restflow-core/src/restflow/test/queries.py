"""``assert_queries``: how many SQL statements a block runs, in whichever threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper


class QueryCounter:
    """The statements of one block: ``with assert_queries(2) as queries``, then ``queries.sql``.

    Attributes:
        sql: the statements, in the order in which they ended.
    """

    def __init__(self, expected: int | None, using: str | None) -> None:
        self.expected = expected
        self.using = using
        self.sql: list[str] = []

    def __len__(self) -> int:
        return len(self.sql)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sql)

    def __enter__(self) -> QueryCounter:
        _watch.begin(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _watch.end(self)
        if error is None and self.expected is not None and len(self) != self.expected:
            raise AssertionError(self.report())

    async def __aenter__(self) -> QueryCounter:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def report(self) -> str:
        """Return what was counted, against what was expected, and the statements."""
        where = "all databases" if self.using is None else f"database {self.using!r}"
        what = "SQL statement" if len(self) == 1 else "SQL statements"
        lines = [f"{len(self)} {what} on {where}, expected {self.expected}:"]
        lines += [f"  {number}. {sql}" for number, sql in enumerate(self.sql, 1)]
        return "\n".join(lines)


def assert_queries(expected: int, *, using: str | None = DEFAULT_DB_ALIAS) -> QueryCounter:
    """Fail unless the block runs *expected* SQL statements; for ``with`` and ``async with``.

    Counts what Django's ``assertNumQueries`` counts, but of every thread's connection rather than
    of the calling thread's: on an event loop that one is not the connection the ORM uses, and
    Django's assertion refuses to look at it.

    Args:
        expected: the number of statements, those that begin and end transactions included.
        using: the alias of the database; None: all databases together.

    Raises:
        AssertionError: another number ran; the message lists the statements.
    """
    return QueryCounter(expected, using)


def count_queries(*, using: str | None = DEFAULT_DB_ALIAS) -> QueryCounter:
    """Count the SQL statements of the block as :func:`assert_queries` does, asserting nothing."""
    return QueryCounter(None, using)


class Log(deque[dict[str, str]]):
    """A connection's ``queries_log`` that also tells the counters; it keeps what Django would."""

    def __init__(self, connection: BaseDatabaseWrapper, was_logged: Any) -> None:
        self.connection = connection
        self.was_logged = was_logged
        self.replaced: deque[dict[str, str]] = connection.queries_log
        super().__init__(self.replaced, self.replaced.maxlen)

    def append(self, entry: dict[str, str]) -> None:
        _watch.note(self.connection.alias, entry["sql"])
        if self.was_logged(self.connection):
            super().append(entry)
            self.replaced.append(entry)

    def clear(self) -> None:
        super().clear()
        self.replaced.clear()


class Watch:
    """Has every connection of the process log its statements while somebody counts."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.thread = threading.local()
        self.counters: list[QueryCounter] = []
        self.connections: list[BaseDatabaseWrapper] = []
        self.originals: dict[str, Any] = {}

    def begin(self, counter: QueryCounter) -> None:
        with self.lock:
            if not self.counters:
                self._install()
            self.counters.append(counter)

    def end(self, counter: QueryCounter) -> None:
        with self.lock:
            self.counters.remove(counter)
            if not self.counters:
                self._uninstall()

    def note(self, alias: str, sql: str) -> None:
        for counter in tuple(self.counters):
            if counter.using in (None, alias):
                counter.sql.append(sql)

    def _install(self) -> None:
        self.originals["queries_logged"] = vars(BaseDatabaseWrapper)["queries_logged"]
        was_logged = self.originals["queries_logged"].fget
        connect = self.originals["connect"] = BaseDatabaseWrapper.connect

        def watched(connection: BaseDatabaseWrapper) -> bool:
            if getattr(self.thread, "connecting", False):
                return bool(was_logged(connection))
            with self.lock:
                if self.counters and not isinstance(connection.queries_log, Log):
                    connection.queries_log = Log(connection, was_logged)
                    self.connections.append(connection)
            return True

        def quiet_connect(connection: BaseDatabaseWrapper) -> None:
            # What sets a connection up is not the request's: its thread may have had one already.
            self.thread.connecting = True
            try:
                connect(connection)
            finally:
                self.thread.connecting = False

        wrapper: Any = BaseDatabaseWrapper
        wrapper.queries_logged = property(watched)
        wrapper.connect = quiet_connect

    def _uninstall(self) -> None:
        for name, original in self.originals.items():
            setattr(BaseDatabaseWrapper, name, original)
        for connection in self.connections:
            if isinstance(connection.queries_log, Log):
                connection.queries_log = connection.queries_log.replaced
        self.connections.clear()


_watch = Watch()
