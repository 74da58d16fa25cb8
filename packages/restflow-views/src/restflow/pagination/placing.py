"""Where a paginator's work runs: in a worker, or on the loop if there is nothing to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from restflow.core.steps import Step, blocking, inline

#: The most rows a client gets at once, unless a class sets ``max_page_size`` or ``max_limit``.
MOST_ROWS = 1000
#: The largest offset and limit that databases take.
FARTHEST = 2**63 - 1


def fetching(
    paginator: Any, known: type, hooks: tuple[str, ...], page: Callable[..., Any], *args: Any
) -> Step:
    """Return the step that calls *page* with *args*, a queryset or list first.

    Counting and reading are one call, so they share one stay in the worker. A list is cut where
    the driver stands, unless somebody overrode one of *hooks*, which *known* defines.
    """
    in_memory = type(args[0]) in (list, tuple)
    kind = inline if in_memory and not overridden(paginator, known, hooks) else blocking
    return kind(page, *args)


def answering(
    paginator: Any, known: type, hooks: tuple[str, ...], answer: Callable[..., Any], data: Any
) -> Step:
    """Return the step that makes the response: URLs and a dictionary, unless *hooks* say more."""
    kind = blocking if overridden(paginator, known, hooks) else inline
    return kind(answer, paginator, data)


def overridden(paginator: Any, known: type, hooks: tuple[str, ...]) -> bool:
    """Tell whether *paginator*, a *known* or of a subclass, has one of *hooks* of its own."""
    cls = type(paginator)
    if cls is known:
        return False
    return any(getattr(cls, hook) is not getattr(known, hook) for hook in hooks)
