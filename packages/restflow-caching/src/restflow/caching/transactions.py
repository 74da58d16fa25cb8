"""When a result that was computed inside a database transaction may be shown to others."""

from __future__ import annotations

from typing import Any

from django.db import connections

#: Isolation levels at which each query sees what has been committed by then. Above them a
#: transaction works on older rows, and may do so after the invalidation of what replaced them.
READS_COMMITTED = frozenset(["READ_COMMITTED", "READ_UNCOMMITTED"])


class Publication:
    """What this thread's transactions say about a result computed just now.

    Attributes:
        at_once: it depends on committed rows only.
        on_commit: the database alias whose commit makes it true, if there is one such.
    """

    __slots__ = ("at_once", "on_commit")

    def __init__(self) -> None:
        busy: list[Any] = [
            connection
            for connection in connections.all(initialized_only=True)
            if connection.in_atomic_block and not _of_a_test_case(connection)
        ]
        self.at_once = not busy
        self.on_commit: str | None = None
        if len(busy) == 1 and _reads_committed(busy[0]):
            self.on_commit = busy[0].alias


def _of_a_test_case(connection: Any) -> bool:
    """Tell whether all that is open is what ``TestCase`` rolls back at the end."""
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _reads_committed(connection: Any) -> bool:
    if connection.vendor not in ("postgresql", "mysql"):
        return False  # SQLite's transactions work on a snapshot
    level = getattr(connection, "isolation_level", None)
    name = getattr(level, "name", level)
    return str(name).upper().replace(" ", "_") in READS_COMMITTED
