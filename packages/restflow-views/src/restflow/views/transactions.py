"""``ATOMIC_REQUESTS`` for async views: one transaction round each stay in the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from django.db import connections, transaction


class OwnTransactions(set[Any]):
    """The databases a view was exempted from, in the place where Django looks for them.

    Django refuses ``ATOMIC_REQUESTS`` on an async view unless the view is exempt. To Django this
    set claims that every database is; what it really holds is what the project exempted.
    """

    def __contains__(self, alias: object) -> bool:
        return True

    def exempts(self, alias: str) -> bool:
        """Tell whether the project exempted the view from transactions on *alias*."""
        return super().__contains__(alias) or super().__contains__(None)


def atomic_aliases(exempt: OwnTransactions) -> list[str]:
    """Return the databases with ``ATOMIC_REQUESTS`` that *exempt* does not name."""
    return [
        alias
        for alias, options in connections.settings.items()
        if options["ATOMIC_REQUESTS"] and not exempt.exempts(alias)
    ]


class Atomic:
    """Encloses a stay in the worker in a transaction on each of *aliases*."""

    def __init__(self, aliases: Iterable[str]) -> None:
        self.aliases = tuple(aliases)

    def __call__(self, stay: Callable[[], Any]) -> Any:
        with ExitStack() as stack:
            for alias in self.aliases:
                stack.enter_context(transaction.atomic(using=alias))
            return stay()
